"""Trains small runs and holds what they report against oracle.py: rate, error, NLL and distortion to 1e-4 relative, at
the initial weights and at trained ones. On the built-in digits, and on MNIST where VIB_DATA_DIR leads to it.

    oracle_test.py REDRAW       (REDRAW: the program of redraw.cpp; VIB in the environment: the program itself)
"""

import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

from program import ROOT, ProgramTest, vib

HERE = pathlib.Path(__file__).parent
CONFIGS = ROOT / "configs"
REDRAW = sys.argv.pop(1)

DIGITS = ["threads=1", "data.train=3000", "data.test=700", "data.validation=500", "train.epochs=2"]
STANDSTILL = ["optimizer.lr=1e-30", "train.epochs=1"]  # an update far below a float32's last bit: the initial weights


class Oracle(ProgramTest):
    def check(self, config, *overrides):
        with tempfile.TemporaryDirectory() as folder:
            run, redrawn = pathlib.Path(folder, "run"), pathlib.Path(folder, "redrawn")
            self.succeeds(vib("train", CONFIGS / config, "--quiet", "--out", run, *overrides))
            subprocess.run([REDRAW, run, redrawn], check=True)
            oracle = [sys.executable, HERE / "oracle.py", redrawn]
            known = ["--split", redrawn / "split.pt", "--noise", redrawn / "noise.pt"]
            subprocess.run([*oracle, *known], check=True)
            # What the run itself reported came from draws of its own: within the noise of other draws.
            subprocess.run([sys.executable, HERE / "oracle.py", run, "--split", redrawn / "split.pt"], check=True)

    def test_trained_with_a_log_variance(self):
        self.check("quickstart.yaml", *DIGITS)

    def test_trained_with_a_softplus_scale(self):
        self.check("quickstart.yaml", *DIGITS, "model.latent.scale=softplus", "model.initialization.type=default")

    def test_trained_with_a_full_covariance(self):
        self.check("quickstart.yaml", *DIGITS, "model.latent.covariance=full")

    def test_at_initialisation(self):
        self.check("quickstart.yaml", *DIGITS, *STANDSTILL)

    @unittest.skipUnless("VIB_DATA_DIR" in os.environ, "VIB_DATA_DIR is not set: no MNIST here")
    def test_the_papers_network_on_mnist(self):
        few = ["threads=1", "train.epochs=1", "train.batch_size=500", "evaluate.samples=2"]
        self.check("mnist.yaml", *few)
        self.check("mnist.yaml", *few, *STANDSTILL)


if __name__ == "__main__":
    unittest.main()
