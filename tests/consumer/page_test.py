"""docs/library.md, word for word: its files are written, its commands run, in an empty folder.

    page_test.py
"""

import os
import pathlib
import re
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PAGE = (ROOT / "docs/library.md").read_text()


class Page(unittest.TestCase):
    def test_it_leads_from_an_empty_folder_to_a_program_that_serves(self):
        home = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        work = home / "work"
        work.mkdir()
        (work / "vib").symlink_to(ROOT)
        said = ""
        for name, language, text in re.findall(r"(?:^`(\S+)`\n\n)?^```(\w+)\n(.*?)^```", PAGE, re.M | re.S):
            if name:
                (work / name).parent.mkdir(exist_ok=True)
                (work / name).write_text(text)
                continue
            self.assertEqual(language, "sh", "a block without a file's name is to be run")
            for command in text.splitlines():
                done = subprocess.run(command, shell=True, cwd=work, capture_output=True, text=True,
                                      env=os.environ | {"HOME": str(home), "OMP_NUM_THREADS": "1"})
                self.assertEqual(done.returncode, 0, f"{command}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}")
                said += done.stdout
        self.assertRegex(said, r"test error (\d|1\d)\.\d %")
        self.assertEqual(len(re.findall(r"^a \d: \d+\.\d bits$", said, re.M)), 5)
        self.assertTrue((work / "run/summary.json").exists())

    def test_its_links_lead_somewhere(self):
        for target in re.findall(r"\]\(([^)#:]+)\)", PAGE):
            self.assertTrue((ROOT / "docs" / target).exists(), target)


if __name__ == "__main__":
    unittest.main()
