"""docs/data.md holds: its commands run as written, in their order, and print what stands there but for the numbers.

    data_page_test.py      (VIB in the environment: the program; exits with 77 where palmerpenguins is missing)
"""

import importlib.util
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

from program import ROOT, VIB

PAGE = (ROOT / "docs/data.md").read_text()


def shape(text):
    """The text without its numbers, the rules under headers and the spaces between columns."""
    words = re.sub(r"[-+]?\b[0-9][0-9.,]*(e[-+]?[0-9]+)?", "#", text)
    return [" ".join(line.replace("●", "").split()) for line in words.splitlines() if line.strip("─ ")]


class DataPage(unittest.TestCase):
    def setUp(self):
        self.home = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        (self.home / "bin").mkdir()
        (self.home / "bin/vib").symlink_to(VIB)

    def run_block(self, block):
        path = os.pathsep.join([str(self.home / "bin"), str(pathlib.Path(sys.executable).parent), os.environ["PATH"]])
        done = subprocess.run(["bash", "-e"], input=block, cwd=self.home, env=os.environ | {"PATH": path},
                              capture_output=True, text=True, timeout=300)
        self.assertEqual(done.returncode, 0, f"{block}\n{done.stderr}")
        return done.stdout

    def test_runs_as_written(self):
        printed, blocks = None, re.findall(r"^```(\w+)\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
        self.assertEqual({language for language, _ in blocks}, {"sh", "text"})
        for language, block in blocks:
            if language == "sh":
                printed = shape(self.run_block(block))
                continue
            for line in shape(block):
                self.assertIn(line, printed)

    def test_its_links_lead_somewhere(self):
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", PAGE):
            self.assertTrue((ROOT / "docs" / target).exists(), target)


if __name__ == "__main__":
    if importlib.util.find_spec("palmerpenguins") is None:
        print("palmerpenguins is not there: cmake/setup.sh test installs it")
        sys.exit(77)
    unittest.main()
