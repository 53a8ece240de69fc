"""What README.md says holds: its commands run as written, and its code is the examples'.

    readme_test.py      (VIB in the environment: the program)
"""

import os
import pathlib
import re
import subprocess
import tempfile
import unittest

from program import ROOT, VIB

README = (ROOT / "README.md").read_text()


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


class Readme(unittest.TestCase):
    def test_its_code_is_the_examples(self):
        examples = "\n".join(p.read_text() for p in (ROOT / "apps/examples").glob("*.cpp"))
        known = {line.strip() for line in examples.splitlines()} | {"#include <vib/vib.h>"}
        for block in blocks("cpp"):
            for line in filter(None, map(str.strip, block.splitlines())):
                self.assertIn(line, known)

    def test_its_links_lead_somewhere(self):
        for target in re.findall(r"\]\(([^)#:]+)\)", README):
            self.assertTrue((ROOT / target).exists(), target)

    def test_its_make_targets_exist(self):
        makefile = (ROOT / "Makefile").read_text()
        for target in set(re.findall(r"\bmake ([a-z]+)", README)):
            self.assertRegex(makefile, rf"(?m)^{target}:")

    def setUp(self):
        self.home = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        (self.home / "build/release/bin").mkdir(parents=True)
        (self.home / "build/release/bin/vib").symlink_to(VIB)
        (self.home / "configs").symlink_to(ROOT / "configs")

    def runs(self, command, environment=None):
        done = subprocess.run(command, shell=True, cwd=self.home, env=environment, capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, f"{command}\n{done.stderr}")
        return done

    def test_its_sweeps_run_as_written_but_smaller(self):
        smaller = "data.train=300 data.test=100 data.validation=100 train.epochs=1 model.encoder.hidden=[16] threads=1"
        commands = next(block for block in blocks("sh") if "vib sweep" in block)
        for command in commands.splitlines():
            self.runs(f"{command} {smaller}" if "vib sweep" in command else command)

    def test_its_commands_on_data_run_as_written(self):
        commands = next(block for block in blocks("sh") if "vib data info" in block)
        for command in commands.splitlines():
            self.assertIn("digits", self.runs(command).stdout)

    @unittest.skipUnless("VIB_DATA_DIR" in os.environ, "VIB_DATA_DIR is not set: no reviews here")
    def test_its_commands_on_reviews_run_as_written(self):
        environment = {name: value for name, value in os.environ.items() if name != "VIB_DATA_DIR"}
        commands = next(block for block in blocks("sh") if "configs/imdb.yaml" in block)
        (self.home / "data").symlink_to(os.environ["VIB_DATA_DIR"])
        train, predict = commands.splitlines()
        self.runs(f"{train} threads=1", environment)
        header, loved, waste = self.runs(predict, environment).stdout.splitlines()
        self.assertEqual(header, "index,class,probability,p:negative,p:positive,rate_bits,entropy_bits,text")
        self.assertEqual(loved.split(",")[1], "positive")
        self.assertEqual(waste.split(",")[1], "negative")
        self.assertTrue(loved.endswith(",i loved every minute of it"), loved)

    @unittest.skipUnless("VIB_DATA_DIR" in os.environ, "VIB_DATA_DIR is not set: no MNIST here")
    def test_its_commands_on_mnist_run_as_written(self):
        environment = {name: value for name, value in os.environ.items() if name != "VIB_DATA_DIR"}
        commands = next(block for block in blocks("sh") if "configs/mnist.yaml" in block)
        (self.home / "data").symlink_to(os.environ["VIB_DATA_DIR"])
        for command in commands.splitlines():
            done = self.runs(f"{command} threads=1" if "vib train" in command else command, environment)
            if "predict" in command:
                self.assertEqual(len(done.stdout.splitlines()), 10001)


if __name__ == "__main__":
    unittest.main()
