"""Every test that docs/guarantees.md names is there, and so is the corpus of every reader.

    guarantees_test.py
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
TESTS = ROOT / "tests"


def text_of(*patterns):
    return "\n".join(file.read_text() for pattern in patterns for file in sorted(TESTS.rglob(pattern)))


unit = {".".join(names) for names in re.findall(r"^TEST(?:_[FP])?\((\w+),\s*(\w+)\)", text_of("*.cpp"), re.M)}
python = set(re.findall(r"^ +def (test_\w+)\(", text_of("*.py"), re.M))
ctest = set(re.findall(r"(?:vib_python_test\(|add_test\(NAME )(\w+)", text_of("CMakeLists.txt")))

named = set()
for line in (ROOT / "docs/guarantees.md").read_text().splitlines():
    cells = [cell.strip() for cell in line.strip("|").split("|")]
    words = set(re.findall(r"`([^`]+)`", line))
    named |= {word for word in words if re.fullmatch(r"[A-Z]\w+\.\w+|test_\w+", word)}
    if line.startswith("|") and len(cells) == 2:  # promise, held by
        named |= set(re.findall(r"`([^`]+)`", cells[1]))
    if line.startswith("|") and len(cells) == 3:  # file, limits, fuzzed as
        named |= {f"corpus/{name}" for name in re.findall(r"`([^`]+)`", cells[2])}

corpus = {f"corpus/{folder.name}" for folder in (TESTS / "fuzz/corpus").iterdir()}
missing = sorted(named - unit - python - ctest - corpus)
for name in missing:
    print(f"docs/guarantees.md names {name}, and there is no such test")
forgotten = sorted(corpus - named)
for name in forgotten:
    print(f"docs/guarantees.md does not speak of tests/fuzz/{name}")
sys.exit(bool(missing or forgotten) or len(named) < 40)
