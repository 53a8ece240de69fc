"""The variational autoencoder of configs/vae_digits.yaml beside the same one written in PyTorch: bits per image after the
same number of epochs, means over two seeds each.

    vae_test.py SAVE_DATA      the program of save_data.cpp
"""

import statistics
import subprocess
import sys
import unittest

import torch

import torch_vae
from program import ROOT, ProgramTest, rows, vib

CONFIG = ROOT / "configs" / "vae_digits.yaml"
DATA = ["data.train=6000", "data.test=2000"]
EPOCHS, SEEDS = 8, [0, 1]


class BesidePyTorch(ProgramTest):
    def test_reconstruction_and_rate_are_the_same(self):
        torch.set_num_threads(1)
        data, sweep = self.folder / "data.pt", self.folder / "sweep"
        subprocess.run([SAVE_DATA, CONFIG, data, *DATA], check=True)
        options = [f"train.epochs={EPOCHS}", f"seed={','.join(map(str, SEEDS))}", "threads=1"]
        self.succeeds(vib("sweep", CONFIG, *DATA, *options, "--out", sweep, "--quiet"))
        ours = rows(sweep)
        theirs = [torch_vae.main(data, EPOCHS, seed) for seed in SEEDS]
        distortion, rate = (statistics.mean(float(run[f"test_{key}"]) for run in ours)
                            for key in ("distortion_bits", "rate_bits"))
        their_distortion, their_rate = (statistics.mean(run[key] for run in theirs)
                                        for key in ("distortion_bits", "rate_bits"))
        # Seeds differ by half a bit in the rate of 20; the bound, their sum, by less.
        self.assertAlmostEqual(distortion / their_distortion, 1, delta=0.02)
        self.assertAlmostEqual((distortion + rate) / (their_distortion + their_rate), 1, delta=0.01)
        self.assertAlmostEqual(rate / their_rate, 1, delta=0.08)


if __name__ == "__main__":
    SAVE_DATA = sys.argv.pop(1)
    unittest.main()
