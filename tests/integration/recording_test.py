"""What the layers knew while they were trained: information.csv and gradients.csv of a run.

    recording_test.py      (VIB in the environment: the program)
"""

import csv
import math
import signal
import subprocess
import unittest

import program
from program import ROOT, VIB, ProgramTest, vib

CONFIG = ROOT / "configs" / "quickstart.yaml"
RECORDED = [*program.TINY, 'information.epochs="0,1,3"',  # in quotes: of a sweep's axes a comma parts the values
             "information.estimators=[bins:30,kernel:0.1]"]


def read(file):
    with open(file, newline="") as text:
        return list(csv.DictReader(text))


class Recording(ProgramTest):
    def run_in(self, name, *overrides):
        folder = self.folder / name
        self.succeeds(vib("train", CONFIG, *RECORDED, *overrides, "--out", folder))
        return folder

    def test_has_a_row_for_each_epoch_layer_and_estimator(self):
        run = self.run_in("run")
        rows = read(run / "information.csv")
        layers = ["encoder.hidden.0", "mean", "output"]
        self.assertEqual([(row["epoch"], row["layer"], row["estimator"].split(":")[0]) for row in rows],
                         [(e, layer, name) for e in "013" for layer in layers for name in ("bins", "kernel")])
        for row in rows:
            self.assertEqual(row["n"], str(1200 + 300), "validation is held out of the 1,200")
            self.assertLessEqual(float(row["ity_bits"]), float(row["label_entropy_bits"]) + 1e-9)
            self.assertLessEqual(float(row["itx_bits"]), math.log2(1500) + 1e-9)
        gradients = read(run / "gradients.csv")
        self.assertEqual({row["epoch"] for row in gradients}, {"1", "3"})
        self.assertEqual({row["layer"] for row in gradients},
                         {"backbone.layers.0", "bottleneck.linear", "decoder.linear"})
        page = (run / "report.html").read_text()
        for part in ("Information plane", "Snapshots", "Gradients", "plane.csv"):
            self.assertIn(part, page)

    def test_grows_nothing_where_it_is_off(self):
        run = self.folder / "run"
        self.succeeds(vib("train", CONFIG, *program.TINY, "--out", run))
        self.assertFalse((run / "information.csv").exists() or (run / "gradients.csv").exists())
        self.assertNotIn("Information plane", (run / "report.html").read_text())

    def test_is_the_same_after_a_kill(self):
        more = ["train.epochs=20", "information.epochs=0..20", "information.estimators=[bins:30]",
                "train.checkpoint_seconds=0"]
        whole = self.run_in("whole", *more)
        command = [VIB, "train", CONFIG, *RECORDED, *more, "--out", self.folder / "killed"]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        file = self.folder / "killed" / "information.csv"
        self.wait_for(lambda: file.exists() and file.stat().st_size > 3000, process)
        process.send_signal(signal.SIGKILL)
        process.wait()
        with open(file, "a") as text:
            text.write("19,half a li")
        self.succeeds(vib(*command[1:], "--resume"))
        for name in ("information.csv", "gradients.csv"):
            self.assertEqual((self.folder / "killed" / name).read_text(), (whole / name).read_text())

    def test_the_runs_of_a_sweep_have_their_own(self):
        sweep = self.folder / "sweep"
        self.succeeds(vib("sweep", CONFIG, *RECORDED, "objective.beta=1e-3", "seed=0,1", "--out", sweep))
        alone = read(self.run_in("alone", "objective.beta=1e-3", "seed=1", "train.order_seed=0") / "information.csv")
        together = read(sweep / "runs" / "seed-1" / "information.csv")
        self.assertEqual(len(alone), len(together))
        for a, b in zip(alone, together):
            self.assertEqual((a["epoch"], a["layer"], a["estimator"]), (b["epoch"], b["layer"], b["estimator"]))
            self.assertAlmostEqual(float(a["itx_bits"]), float(b["itx_bits"]), delta=0.05)
        self.assertIn("means of 2 runs", (sweep / "report.html").read_text())

    def test_refuses_what_has_no_effect_or_is_none(self):
        for override, parts in {
            "information.on=test": ["information.on", "has no effect while information.epochs is empty"],
            "information.epochs=1.5": ["information.epochs", "1.5 is no epoch"],
            "information.epochs=4": ["information.epochs", "4 is never reached, since train.epochs is 3"],
            "information.estimators=[guess]": ["information.estimators"],
        }.items():
            more = ["information.epochs=1"] if "estimators" in override else []
            self.fails(vib("train", CONFIG, *program.TINY, *more, override, "--out", self.folder / "no"), 2, *parts)
            self.assertFalse((self.folder / "no").exists())
        self.fails(vib("train", CONFIG, *program.TINY, "information.epochs=1", "data.target=input", "--out",
                       self.folder / "no"), 2, "information.epochs", "classes")
        self.assertFalse((self.folder / "no").exists())


if __name__ == "__main__":
    unittest.main()
