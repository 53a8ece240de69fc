"""A sweep answers as one model: its seeds are a deep ensemble, for `vib evaluate`, `predict`, `export` and its table.

    ensemble_test.py SAVE_DATA      (VIB in the environment: the program)

What the ensemble should say is computed by numpy from what its members say.
"""

import csv
import io
import json
import subprocess
import sys
import unittest

import numpy as np
import torch

from program import ProgramTest, rows, summary, vib

SAVE_DATA = sys.argv.pop()
BINS = 15
BEST, OTHER = "objective.beta=1e-3", "objective.beta=5"


def probabilities(path, file, *arguments):
    done = vib("predict", path, file, "--json", *arguments)
    assert done.returncode == 0, done.stderr
    objects = [json.loads(line) for line in done.stdout.splitlines()]
    return (np.array([[o[name] for name in o if name.startswith("p:")] for o in objects]),
            np.array([o["rate_bits"] for o in objects], dtype=float))


def nll_bits(p, y):
    return -np.log2(p[np.arange(len(y)), y]).mean()


def ece(p, y):
    top, right = p.max(1), p.argmax(1) == y
    which = np.clip(np.ceil(top * BINS) - 1, 0, BINS - 1)
    return sum(abs(right[which == b].mean() - top[which == b].mean()) * np.mean(which == b)
               for b in range(BINS) if (which == b).any())


class Sweep(ProgramTest):
    def setUp(self):
        super().setUp()
        rng = np.random.default_rng(0)
        y = rng.integers(0, 3, 700)
        x = rng.normal(size=(700, 4)) * 0.8 + np.eye(4)[y]  # classes that overlap
        self.x, self.y = x[400:], y[400:]
        for name, array in {"x": x[:400], "y": y[:400], "tx": self.x, "ty": self.y}.items():
            np.save(self.folder / f"{name}.npy", array)
        self.test = self.folder / "tx.npy"
        self.sweep = self.folder / "sweep"

    def train(self, *settings, validation=100):
        data = {"name": "tensors", "root": str(self.folder), "train_inputs": "x.npy", "train_targets": "y.npy",
                "test_inputs": "tx.npy", "test_targets": "ty.npy", "validation": validation}
        config = {"threads": 1, "data": data, "model": {"encoder": {"hidden": [32]}, "latent": {"dim": 3}},
                  "objective": {"beta": 1e-3}, "optimizer": {"lr": 0.02}, "train": {"epochs": 12, "batch_size": 25},
                  "evaluate": {"samples": 20}}
        (self.folder / "config.yaml").write_text(json.dumps(config))
        done = vib("sweep", self.folder / "config.yaml", *settings, "--out", self.sweep, "--quiet", "--json")
        return json.loads(self.succeeds(done).stdout)

    def evaluate(self, *arguments):
        return json.loads(self.succeeds(vib("evaluate", self.sweep, *arguments, "--json")).stdout)

    def runs(self, of):
        return [self.sweep / "runs" / row["run"] for row in rows(self.sweep) if f"objective.beta={row['objective.beta']}" == of]


class Together(Sweep):
    def test_its_probabilities_are_the_mean_of_the_members(self):
        told = self.train(f"{BEST},5", "seed=0..2")
        members = [probabilities(run, self.test) for run in self.runs(BEST)]
        self.assertEqual(len(members), 3)
        p, rate = probabilities(self.sweep, self.test)
        self.assertLess(np.abs(p - np.mean([m[0] for m in members], 0)).max(), 1e-6)
        self.assertLess(np.abs(rate - np.mean([m[1] for m in members], 0)).max(), 1e-4)
        other, _ = probabilities(self.sweep, self.test, "--setting", "objective.beta=5.0")
        self.assertLess(np.abs(other - np.mean([probabilities(run, self.test)[0] for run in self.runs(OTHER)], 0)).max(),
                        1e-6)

        # Beside the mean of its members, which is that of their summaries.
        result = self.evaluate()
        self.assertEqual(result["setting"], BEST)
        self.assertEqual(result["runs"], [run.name for run in self.runs(BEST)])
        for split in ("test", "validation"):
            for key, value in result["members"][split].items():
                theirs = [summary(run)[split][key] for run in self.runs(BEST)]
                self.assertAlmostEqual(value, np.mean(theirs), delta=1e-6, msg=key)
        self.assertLess(result["test"]["nll_bits"], result["members"]["test"]["nll_bits"])
        self.assertAlmostEqual(result["test"]["nll_bits"], nll_bits(p, self.y), delta=0.02)
        self.assertAlmostEqual(result["test"]["rate_bits"], result["members"]["test"]["rate_bits"], delta=1e-5)
        self.assertEqual(self.evaluate("--setting", OTHER)["setting"], OTHER)

        # What the sweep kept when it closed, and shows.
        self.assertEqual(told["ensemble"]["test"], result["test"])
        self.assertEqual(json.loads((self.sweep / "ensemble.json").read_text()), result)
        table = vib("sweep", self.folder / "config.yaml", f"{BEST},5", "seed=0..2", "--out", self.sweep, "--quiet").stdout
        row = next(line for line in table.splitlines() if "3 as one" in line)
        self.assertIn(f"{result['test']['nll_bits']:.4f}", row)
        self.assertIn("3 as one", (self.sweep / "report.html").read_text())
        shown = self.succeeds(vib("evaluate", self.sweep)).stdout
        self.assertIn(f"{result['members']['test']['nll_bits']:.4f}", shown)

        self.fails(vib("predict", self.sweep, self.test, "--setting", "objective.beta=7"), 2, BEST, OTHER)
        self.fails(vib("predict", self.sweep, self.test, "--setting", "model.latent.dim=7"), 2, "objective.beta")
        self.fails(vib("predict", self.runs(BEST)[0], self.test, "--setting", BEST), 2, "only a sweep")
        self.fails(vib("predict", self.sweep, self.test, "--codes"), 2, "SWEEP/runs/NAME")

    def test_numbers_and_temperature_against_numpy(self):
        """Of deterministic models, in which no draw stands between the probabilities and the numbers."""
        self.train("seed=0..2", "model.deterministic=true", "objective.beta=0", "train.epochs=150")
        p, _ = probabilities(self.sweep, self.test)
        test = self.evaluate()["test"]
        self.assertEqual(test["error"], np.mean(p.argmax(1) != self.y))
        self.assertAlmostEqual(test["nll_bits"], nll_bits(p, self.y), delta=1e-5)
        self.assertAlmostEqual(test["ece"], ece(p, self.y), delta=1e-5)

        self.fails(vib("predict", self.sweep, self.test, "--temperature"), 1, "vib evaluate", "--temperature")
        fit = self.evaluate("--temperature")["temperature"]
        run = self.sweep / "runs" / rows(self.sweep)[0]["run"]
        subprocess.run([SAVE_DATA, run / "config.yaml", self.folder / "splits.pt"], check=True)
        held_out = torch.load(self.folder / "splits.pt", weights_only=True)
        np.save(self.folder / "v.npy", held_out["validation.inputs"].numpy())
        v, labels = probabilities(self.sweep, self.folder / "v.npy")[0], held_out["validation.targets"].numpy()

        def at(q, temperature):
            powers = np.maximum(q, 1e-300) ** (1 / temperature)
            return powers / powers.sum(1, keepdims=True)

        grid = np.linspace(0.5, 5, 9001)
        best = grid[np.argmin([nll_bits(at(v, t), labels) for t in grid])]
        self.assertGreater(abs(best - 1), 0.01)
        self.assertAlmostEqual(fit["temperature"], best, delta=1e-3)
        self.assertAlmostEqual(fit["test"]["before"]["nll_bits"], nll_bits(p, self.y), delta=1e-5)
        self.assertAlmostEqual(fit["test"]["after"]["nll_bits"], nll_bits(at(p, fit["temperature"]), self.y), delta=1e-5)
        self.assertAlmostEqual(fit["validation"]["after"]["ece"], ece(at(v, fit["temperature"]), labels), delta=1e-5)
        scaled, _ = probabilities(self.sweep, self.test, "--temperature")
        self.assertLess(np.abs(scaled - at(p, fit["temperature"])).max(), 1e-5)

    def test_export_averages_the_members(self):
        try:
            import onnxruntime
        except ImportError:
            self.skipTest("no onnxruntime")
        self.train("seed=0..2")
        x = self.x.astype(np.float64)
        told = json.loads(self.succeeds(vib("export", self.sweep, "--format", "onnx", "--json")).stdout)
        session = onnxruntime.InferenceSession(told["file"])
        p, rate = session.run(None, {"inputs": x})
        graph = torch.jit.load(self.export("torchscript", self.sweep))(torch.from_numpy(x))
        each = [torch.jit.load(self.export("torchscript", run))(torch.from_numpy(x))
                for run in sorted((self.sweep / "runs").iterdir())]
        for name, found in (("probabilities", p), ("rate_bits", rate)):
            expected = np.mean([one[name].detach().numpy() for one in each], 0)
            self.assertLess(np.abs(found - expected).max(), 1e-5)
            self.assertLess(np.abs(graph[name].detach().numpy() - expected).max(), 1e-5)
        self.fails(vib("export", self.sweep, "--format", "safetensors"), 2, "SWEEP/runs/NAME")

    def export(self, kind, run):
        return json.loads(self.succeeds(vib("export", run, "--format", kind, "--json")).stdout)["file"]


class Choices(Sweep):
    def test_without_a_validation_split(self):
        told = self.train(f"{BEST},5", "seed=0..1", "train.epochs=1", validation=0)
        self.assertIsNone(told["ensemble"])
        for command in (("evaluate", self.sweep), ("predict", self.sweep, self.test)):
            self.fails(vib(*command), 2, "--setting", BEST, OTHER)
        result = self.evaluate("--setting", BEST)
        self.assertEqual(result["setting"], BEST)
        self.fails(vib("evaluate", self.sweep, "--setting", BEST, "--temperature"), 2, "data.validation")

    def test_one_setting_needs_none(self):
        self.assertEqual(len(self.train("seed=0..1", "train.epochs=1", validation=0)["ensemble"]["runs"]), 2)

    def test_a_diverged_trial_is_left_out_and_said(self):
        self.train("seed=0..2", "train.epochs=1")
        # As a trial leaves it whose loss broke.
        lost = rows(self.sweep)[1]["run"]
        lines = list(csv.reader(io.StringIO((self.sweep / "sweep.csv").read_text())))
        lines[2] = [lines[2][0], *[""] * (len(lines[0]) - 3), lost, "diverged"]
        with open(self.sweep / "sweep.csv", "w", newline="") as file:
            csv.writer(file).writerows(lines)
        result = self.evaluate()
        self.assertEqual((len(result["runs"]), result["diverged"]), (2, [lost]))
        self.assertIn(f"left out: {lost}", vib("evaluate", self.sweep).stdout)
        self.assertIn(f"left out: {lost}", self.succeeds(vib("predict", self.sweep, self.test)).stderr)
        self.assertIn(f"left out: {lost}", self.succeeds(vib("export", self.sweep, "--format", "onnx")).stderr)

    def test_the_baseline_by_its_name(self):
        self.train(f"{BEST},5", "seed=0..1", "sweep.baseline=true", "train.epochs=1")
        result = self.evaluate("--setting", "model.deterministic=true")
        self.assertIn("model.deterministic=true", result["setting"])
        self.assertTrue(all(name.startswith("baseline") for name in result["runs"]))

    def test_an_unfinished_sweep_is_refused(self):
        self.train("seed=0..1", "train.epochs=1")
        (self.sweep / "checkpoints").mkdir()
        self.fails(vib("evaluate", self.sweep), 1, "not finished", "vib sweep")


if __name__ == "__main__":
    unittest.main()
