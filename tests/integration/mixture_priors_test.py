"""Priors that are mixtures, and those that know the class, as a user meets them.

    mixture_priors_test.py      (VIB in the environment: the program)

What the program says of a run is recomputed from its codes (vib predict --codes) and the prior's weights with
torch.distributions.
"""

import csv
import io
import json
import math
import signal
import subprocess
import unittest

import numpy as np
import torch
from torch.distributions import Categorical, Independent, MixtureSameFamily, Normal, kl_divergence

from program import ROOT, TINY, VIB, ProgramTest, epochs, summary, vib

QUICKSTART = ROOT / "configs/quickstart.yaml"
MIXTURE = "model.prior={type: mixture, components: 4}"
CONDITIONAL = "model.prior.type=class_conditional"
LONG = [*TINY, "train.epochs=40", "train.checkpoint_seconds=0"]
DRAWS = 400


class Priors(ProgramTest):
    def train(self, *arguments, name="run"):
        done = vib("train", QUICKSTART, *arguments, "--out", self.folder / name, "--quiet")
        self.assertEqual(done.returncode, 0, done.stderr)
        return self.folder / name

    def refuses(self, *arguments):
        done = vib("train", QUICKSTART, *TINY, *arguments, "--out", self.folder / "refused")
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertFalse((self.folder / "refused").exists())
        return done.stderr

    def clouds(self, targets=lambda y: y):
        """Three overlapping clouds, of which the second has twice as many examples, as files of one's own."""
        generator = np.random.default_rng(0)
        y = generator.choice([0, 1, 1, 2], 1200)
        x = (generator.normal(size=(1200, 5)) + 2 * np.eye(5)[y]).astype("float32")
        for name, rows in (("x", x), ("y", targets(y)), ("new", x[:200]), ("new_y", targets(y)[:200])):
            np.save(self.folder / f"{name}.npy", rows)
        return ["data={name: tensors, train_inputs: x.npy, train_targets: y.npy, test: 300, validation: 200}",
                f"data.root={self.folder}", "model.encoder.hidden=[32]", "model.latent.dim=3", "train.epochs=5",
                "objective.beta=0.1", "optimizer.lr=0.01", "optimizer.ema=0", "threads=1"]

    def codes(self, run):
        done = vib("predict", run, self.folder / "new.npy", "--codes", "--draws", DRAWS)
        self.assertEqual(done.returncode, 0, done.stderr)
        rows = list(csv.DictReader(io.StringIO(done.stdout)))
        column = lambda name: torch.tensor([float(row[name]) for row in rows], dtype=torch.float64)
        stack = lambda name: torch.stack([column(f"{name}_{i}") for i in range(3)], 1)
        return Independent(Normal(stack("mu"), stack("sigma")), 1), column("rate_bits")

    def on_new_data(self, run):
        done = vib("evaluate", run, "--data", self.folder / "new.npy", "--targets", self.folder / "new_y.npy", "--json",
                   f"evaluate.samples={DRAWS}")
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)["test"]

    def components(self, run):
        saved = torch.load(run / "weights.pt", weights_only=True)
        weights = {name: tensor.double() for name, tensor in saved.items() if name.startswith("prior.")}
        deviation = (weights["prior.log_variance"] / 2).exp()
        return Independent(Normal(weights["prior.mean"], deviation), 1), weights

    def expect_rate(self, codes, prior, column, number):
        """Column and number are means over draws: within a few standard errors of ours."""
        torch.manual_seed(0)
        z = codes.sample((4000,))
        ratios = (codes.log_prob(z) - prior.log_prob(z)) / math.log(2)
        error = ratios.std(0) * math.sqrt(1 / 4000 + 1 / DRAWS)
        self.assertLess(((column - ratios.mean(0)).abs() / error).max(), 5)
        self.assertLess(abs(number - ratios.mean().item()), 5 * error.square().sum().sqrt().item() / len(error))

    def test_a_mixture_says_how_many_components_are_in_use(self):
        run = self.train(*self.clouds(), MIXTURE)
        components, weights = self.components(run)
        prior = MixtureSameFamily(Categorical(logits=weights["prior.logits"]), components)
        codes, rate = self.codes(run)
        test = self.on_new_data(run)
        self.expect_rate(codes, prior, rate, test["rate_bits"])
        z = codes.sample((2000,)).unsqueeze(-2)
        shares = (components.log_prob(z) + weights["prior.logits"].log_softmax(0)).softmax(-1).mean((0, 1))
        self.assertAlmostEqual(test["prior_components"], Categorical(shares).entropy().exp().item(), 1)
        self.assertNotIn("residual_bits", test)
        for line in epochs(run):
            self.assertIn("prior_components", line["validation"])
            self.assertNotIn("residual_bits", line["train"])

    def test_a_prior_of_each_class_tells_rate_and_residual_apart(self):
        run = self.train(*self.clouds(), CONDITIONAL)
        components, weights = self.components(run)
        y = np.load(self.folder / "y.npy")
        frequencies = weights["prior.frequencies"]
        self.assertAlmostEqual(frequencies.sum().item(), 1, 6)
        counts = 700 * frequencies  # of the training part
        self.assertLess((counts - counts.round()).abs().max().item(), 1e-3)
        self.assertLess((frequencies - torch.from_numpy(np.bincount(y) / 1200)).abs().max().item(), 0.05)
        codes, rate = self.codes(run)
        test = self.on_new_data(run)
        self.expect_rate(codes, MixtureSameFamily(Categorical(probs=frequencies), components), rate, test["rate_bits"])
        labels = torch.from_numpy(np.load(self.folder / "new_y.npy"))
        of_label = Independent(Normal(components.base_dist.loc[labels], components.base_dist.scale[labels]), 1)
        residual = kl_divergence(codes, of_label).mean().item() / math.log(2)
        self.assertAlmostEqual(test["residual_bits"], residual, 4)
        self.assertLess(test["residual_bits"], test["rate_bits"])
        last = epochs(run)[-1]["train"]
        self.assertAlmostEqual(last["loss_bits"], last["distortion_bits"] + 0.1 * last["residual_bits"], 4)

    def test_two_classes_may_be_one_label(self):
        run = self.train(*self.clouds(lambda y: y % 2), CONDITIONAL, "model.likelihood.type=bernoulli")
        self.assertGreater(summary(run)["test"]["residual_bits"], 0)
        self.assertEqual(len(self.components(run)[1]["prior.frequencies"]), 2)

    def test_digits_are_trained_resumed_and_predicted_without_labels(self):
        np.save(self.folder / "new.npy", np.random.default_rng(0).integers(0, 256, (7, 1, 28, 28), np.uint8))
        for prior, number in ((MIXTURE, "prior_components"), (CONDITIONAL, "residual_bits")):
            whole = self.train(*LONG, prior, name=number)
            cut = self.folder / f"{number}_cut"
            run = subprocess.Popen([VIB, "train", QUICKSTART, *LONG, prior, "--out", cut, "--quiet"],
                                   stderr=subprocess.DEVNULL)
            self.wait_for((cut / "metrics.jsonl").exists, run)
            run.send_signal(signal.SIGTERM)
            self.assertEqual(run.wait(), 130)
            self.train(*LONG, prior, "--resume", name=cut.name)
            self.assertEqual((whole / "weights.pt").read_bytes(), (cut / "weights.pt").read_bytes())
            self.assertEqual(summary(whole)["test"], summary(cut)["test"])
            for split in ("test", "test_raw", "validation"):
                self.assertGreater(summary(whole)[split][number], 0)

            done = vib("predict", whole, self.folder / "new.npy")
            self.assertEqual(done.returncode, 0, done.stderr)
            for row in csv.DictReader(io.StringIO(done.stdout)):
                self.assertTrue(math.isfinite(float(row["rate_bits"])))

    def test_a_sweep_shows_the_number_in_its_table(self):
        for prior, number in ((MIXTURE, "prior_components"), (CONDITIONAL, "residual_bits")):
            done = vib("sweep", QUICKSTART, *TINY, prior, "seed=0,1", "--out", self.folder / number, "--quiet")
            self.assertEqual(done.returncode, 0, done.stderr)
            with open(self.folder / number / "sweep.csv", newline="") as file:
                for row in csv.DictReader(file):
                    self.assertGreater(float(row[f"test_{number}"]), 0)

    def test_a_dual_beta_steers_the_residual(self):
        run = self.train(*TINY, CONDITIONAL, "train.epochs=30",
                         "objective.beta={type: dual, target_bits: 1, scale: linear, step: 0.01}")
        last = epochs(run)[-1]["train"]
        self.assertLess(abs(last["residual_bits"] - 1), 0.2)
        self.assertGreater(last["rate_bits"], 1.2)  # what would be 1 if the rate were steered

    def test_where_there_are_no_classes_or_no_rate_it_is_refused_with_the_way_out(self):
        self.assertIn("class_conditional: a deterministic model has no rate to price; set model.prior.type: "
                      "standard_normal or model.deterministic: false",
                      self.refuses(CONDITIONAL, "model.deterministic=true"))
        self.assertIn("class_conditional: has a density for each class, and with data.target: input there are none; "
                      "use another prior", self.refuses(CONDITIONAL, "data.target=input"))
        values = self.clouds(lambda y: np.stack([y, -y], 1) + 0.5)
        self.assertIn("model.prior.type: class_conditional: has a density for each class, and the targets are 2 "
                      "values; use another prior", self.refuses(*values, "data.targets=values", CONDITIONAL))

    def test_components_are_a_key_of_the_mixture_alone(self):
        self.assertIn("components", self.refuses("model.prior.components=3"))
        self.assertIn("model.prior.components", self.refuses("model.prior={type: mixture, components: 0}"))


if __name__ == "__main__":
    unittest.main()
