"""No two headers or sources define different things under one name of namespace vib: the linker would take one for both.

    names_test.py
"""

import collections
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
UNNAMED = re.compile(r"^namespace \{\n.*?^\}  // namespace\n", re.M | re.S)
TYPE = re.compile(r"^(?:struct|class|enum class) (?:VIB_API )?(\w+)(?!\w|::)[^;{]*\{", re.M)
# With its parameters: overloads are others.
FUNCTION = re.compile(r"^(?!return|else|using|struct|class|enum)(?:[\w:<>,&*]+ )+"
                      r"[&*]?(\w+\([^;{}]*\))(?: noexcept| try)? \{", re.M)

places = collections.defaultdict(set)
for folder in ("vib", "apps/vib"):
    for file in (ROOT / folder).rglob("*"):
        if file.suffix in (".h", ".cpp"):
            text = UNNAMED.sub("", file.read_text())
            for name in TYPE.findall(text) + FUNCTION.findall(text):
                places[" ".join(name.split()).replace("( ", "(")].add(str(file.relative_to(ROOT)))

twice = {name: sorted(files) for name, files in places.items() if len(files) > 1}
for name, files in twice.items():
    print(f"vib::{name} is defined in {' and '.join(files)}: rename one")
sys.exit(bool(twice) or len(places) < 300)
