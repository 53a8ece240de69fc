"""Priors that are made of codes, `vamp` and `aggregate`: trained, resumed, swept, evaluated and used from the shell.

    priors_test.py SAVE_DATA      (VIB in the environment: the program)

The rate of the test split is computed anew with torch.distributions, from weights.pt and the data alone.
"""

import json
import math
import signal
import subprocess
import sys
import unittest

import numpy as np
import torch
from torch.distributions import Categorical, Independent, MixtureSameFamily, Normal

from program import ROOT, TINY, VIB, ProgramTest, epochs, rows, summary, vib

SAVE_DATA = sys.argv.pop()
QUICKSTART = ROOT / "configs" / "quickstart.yaml"
PRIORS = {"vamp": ("prior.pseudo_inputs", "model.prior={type: vamp, components: 30}"),
          "aggregate": ("prior.examples", "model.prior={type: aggregate, examples: 300}")}
DRAWS = 50


def posterior(weights, x):
    for name in ("backbone.layers.0", "bottleneck.linear"):
        x = x.flatten(1) @ weights[name + ".weight"].T + weights[name + ".bias"]
        x = x.relu() if name.startswith("backbone") else x
    mean, log_variance = x.chunk(2, 1)
    return mean, (0.5 * log_variance).exp()


class Priors(ProgramTest):
    def train(self, prior, *settings, name="run"):
        run = self.folder / name
        self.succeeds(vib("train", QUICKSTART, *TINY, PRIORS[prior][1], *settings, "--out", run, "--quiet"))
        return run

    def saved(self, run):
        return torch.load(run / "weights.pt", weights_only=True)

    def data(self, run):
        subprocess.run([SAVE_DATA, run / "config.yaml", self.folder / "splits.pt"], check=True)
        splits = torch.load(self.folder / "splits.pt", weights_only=True)
        return {part: splits[part + ".inputs"].double() / 127.5 - 1 for part in ("train", "test")}

    def test_the_rate_is_that_of_torch_distributions(self):
        for prior, (tensor, _) in PRIORS.items():
            run = self.train(prior, f"evaluate.samples={DRAWS}", "data.range=[-1, 1]", name=prior)
            weights = {name: value.double() for name, value in self.saved(run).items()}
            data = self.data(run)
            mean, sd = posterior(weights, weights[tensor])
            r = MixtureSameFamily(Categorical(torch.ones(len(mean))), Independent(Normal(mean, sd), 1))
            q = Independent(Normal(*posterior(weights, data["test"])), 1)
            torch.manual_seed(0)
            z = q.sample((DRAWS,))
            each = (q.log_prob(z) - r.log_prob(z)).mean(0) / math.log(2)
            ours = summary(run)["test"]["rate_bits"]
            # Of the same examples: only the draws differ.
            error = ((q.log_prob(z) - r.log_prob(z)).std(0) / math.log(2)).square().sum().sqrt() / len(each) / DRAWS ** 0.5
            self.assertAlmostEqual(ours, each.mean().item(), delta=5 * math.sqrt(2) * error.item())
            self.assertGreater(ours, 1)

    def test_an_aggregate_keeps_training_examples_and_pseudo_inputs_move(self):
        for prior, (tensor, _) in PRIORS.items():
            run = self.train(prior, "train.epochs=1", "optimizer.ema=0", name=prior)
            held = self.saved(run)[tensor].double().flatten(1)
            nearest = torch.cdist(held, self.data(run)["train"].flatten(1)).min(1).values
            if prior == "aggregate":
                self.assertLess(nearest.max(), 1e-4)
            else:
                self.assertGreater(nearest.min(), 1e-3)

    def test_evaluation_and_prediction_do_not_draw_it_anew(self):
        np.save(self.folder / "x.npy", np.random.default_rng(0).integers(0, 256, (4, 1, 28, 28), dtype=np.uint8))
        for prior in PRIORS:
            run = self.train(prior, "train.epochs=1", name=prior)
            told = json.loads(self.succeeds(vib("evaluate", run, "--json")).stdout)
            self.assertEqual(told["test"]["rate_bits"], summary(run)["test"]["rate_bits"])
            told = [json.loads(line) for line in
                    self.succeeds(vib("predict", run, self.folder / "x.npy", "--json")).stdout.splitlines()]
            self.assertTrue(all(math.isfinite(row["rate_bits"]) for row in told))

    def test_an_interrupted_run_continues_to_the_same_bits(self):
        for prior in PRIORS:
            more = ("train.epochs=12", "train.checkpoint_seconds=0")
            whole = self.train(prior, *more, name=prior)
            stopped = self.folder / (prior + "_stopped")
            arguments = [str(part) for part in ("train", QUICKSTART, *TINY, PRIORS[prior][1], *more, "--out", stopped)]
            process = subprocess.Popen([VIB, *arguments], stderr=subprocess.PIPE, text=True)
            self.wait_for((stopped / "metrics.jsonl").exists, process)
            process.send_signal(signal.SIGTERM)
            self.assertEqual(process.wait(), 130, process.stderr.read())
            process.stderr.close()
            self.succeeds(vib(*arguments, "--resume", "--quiet"))
            for name, value in self.saved(whole).items():
                self.assertTrue(torch.equal(value, self.saved(stopped)[name]), (prior, name))

    def test_replicas_of_a_sweep_are_their_single_runs(self):
        for prior, (tensor, setting) in PRIORS.items():
            sweep = self.folder / f"{prior}_sweep"
            self.succeeds(vib("sweep", QUICKSTART, *TINY, setting, "seed=0..1", "objective.beta=1e-3,1e-1", "--out",
                              sweep, "--quiet"))
            table = {(row["seed"], float(row["objective.beta"])): row for row in rows(sweep)}
            self.assertEqual(len(table), 4)
            row = table["1", 0.1]
            together = sweep / "runs" / row["run"]
            self.assertEqual(epochs(together)[-1]["replicas"], 4)
            order = "train.order_seed=0"
            alone = self.train(prior, "seed=1", "objective.beta=1e-1", order, name=f"{prior}_alone")
            a, b = self.saved(together), self.saved(alone)
            self.assertEqual(sorted(a), sorted(b))
            for name, value in a.items():
                self.assertLess((value - b[name]).abs().max(), 1e-3, (prior, name))
            self.assertFalse(torch.allclose(a[tensor], self.saved(sweep / "runs" / table["0", 0.1]["run"])[tensor]))


if __name__ == "__main__":
    unittest.main()
