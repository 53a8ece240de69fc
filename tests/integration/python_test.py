"""docs/python.md: its code runs as written, and Python's numbers are the program's.

    python_test.py      (VIB in the environment: the program)
"""

import json
import math
import os
import pathlib
import re
import shutil
import subprocess
import sys
import unittest

import numpy as np
import torch

from program import ROOT, ProgramTest, vib

DOCUMENT = (ROOT / "docs/python.md").read_text()
BLOCKS = re.findall(r"^```python\n(.*?)^```", DOCUMENT, re.MULTILINE | re.DOTALL)
EXAMPLE = ROOT / "apps/examples/06_read_a_run.py"
READ, MODEL, PREDICT, TUNE = BLOCKS

CONFIG = """
data: {{name: tensors, root: {folder}, train_inputs: train.npy, train_targets: train_labels.npy,
       test_inputs: images.npy, test_targets: labels.npy, validation: 50, standardize: {standardize}}}
model:
  encoder: {{type: mlp, hidden: {hidden}, activation: {activation}}}
  latent: {latent}
  decoder: {decoder}
objective: {{beta: 1e-2}}
optimizer: {{lr: 3e-3, ema: 0.9}}
train: {{epochs: 3, batch_size: 50}}
evaluate: {{samples: 2000}}
threads: 1
"""
PLAIN = {"standardize": "false", "hidden": "[24, 16]", "activation": "relu", "latent": "{dim: 3}",
         "decoder": "{type: linear}"}
ELABORATE = {"standardize": "true", "hidden": "[16]", "activation": "gelu",
             "latent": "{dim: 3, scale: softplus, shift: 2}", "decoder": "{type: mlp, hidden: [8], activation: tanh}"}
BARE = {"standardize": "true", "hidden": "[]", "activation": "tanh", "latent": "{dim: 2}", "decoder": "{type: linear}"}


def make_images(folder, kind):
    """Noisy images of four classes, for training and for test."""
    random = np.random.default_rng(0)
    centres = random.uniform(60, 200, size=(4, 5, 6))
    for inputs, targets, count in (("train", "train_labels", 400), ("images", "labels", 60)):
        labels = random.integers(4, size=count)
        images = (centres[labels] + random.normal(0, 40, size=(count, 5, 6))).clip(0, 255)
        np.save(folder / f"{inputs}.npy", images.astype(kind))
        np.save(folder / f"{targets}.npy", labels)


class Python(ProgramTest):
    def setUp(self):
        super().setUp()
        self.addCleanup(os.chdir, os.getcwd())
        os.chdir(self.folder)
        torch.set_num_threads(1)
        torch.manual_seed(0)

    def train(self, options=None, kind=np.uint8, name="first"):
        make_images(self.folder, kind)
        pathlib.Path("config.yaml").write_text(CONFIG.format(folder=self.folder, **(options or PLAIN)))
        done = vib("train", "config.yaml", "--out", f"runs/{name}", "--quiet")
        self.assertEqual(done.returncode, 0, done.stderr)

    def execute(self, *blocks):
        names = {}
        for block in blocks:
            exec(compile(block, "docs/python.md", "exec"), names)
        return names

    def predictions(self, run):
        done = vib("predict", run, "images.npy", "--json")
        self.assertEqual(done.returncode, 0, done.stderr)
        rows = [json.loads(line) for line in done.stdout.splitlines()]
        return {key: np.array([row[key] for row in rows]) for key in rows[0]}

    def evaluated(self, run):
        done = vib("evaluate", run, "--json")
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)["test"]

    def expect_equal(self, run, model, images, draws, tolerance):
        """The numbers of `vib predict` and `vib evaluate` against those of `model`."""
        with torch.no_grad():
            log_probabilities, rate = model(images, draws=draws)
        theirs, summary = self.predictions(run), self.evaluated(run)
        np.testing.assert_allclose(theirs["rate_bits"], rate, rtol=2e-6, atol=1e-4)
        self.assertAlmostEqual(summary["rate_bits"] / rate.mean().item(), 1, delta=1e-5)
        probabilities = log_probabilities.exp()
        classes = torch.as_tensor(theirs["class"]).long()
        of_class = probabilities.gather(1, classes[:, None])[:, 0]
        np.testing.assert_allclose(theirs["probability"], of_class, atol=tolerance)
        np.testing.assert_array_less(probabilities.max(1).values - of_class, 2 * tolerance)
        entropy = torch.special.entr(probabilities).sum(1) / math.log(2)
        np.testing.assert_allclose(theirs["entropy_bits"], entropy, atol=10 * tolerance)
        labels = torch.as_tensor(np.load("labels.npy"))
        nll = torch.nn.functional.nll_loss(log_probabilities, labels).item() / math.log(2)
        self.assertAlmostEqual(summary["nll_bits"], nll, delta=5 * tolerance)
        if tolerance < 1e-3:
            self.assertEqual(summary["error"], (probabilities.argmax(1) != labels).double().mean().item())


class Document(Python):
    def test_reads_a_run_as_the_example_does(self):
        without_path = [line for line in READ.splitlines() if not line.startswith("run = ")]
        lines = EXAMPLE.read_text().splitlines()
        self.assertEqual([line for line in without_path if line not in lines], [])

    def test_the_example_prints_what_the_run_says(self):
        self.train()
        done = subprocess.run([sys.executable, EXAMPLE, "runs/first"], capture_output=True, text=True, timeout=120)
        self.assertEqual(done.returncode, 0, done.stderr)
        beta, test, best, weights = done.stdout.splitlines()
        summary = json.loads(pathlib.Path("runs/first/summary.json").read_text())
        self.assertEqual(beta, "beta 0.01, 3 dimensions, 3 epochs")
        error, rate = re.fullmatch(r"test: error (\S+) %, rate (\S+) bits", test).groups()
        self.assertAlmostEqual(float(error), 100 * summary["test"]["error"], delta=0.005)
        self.assertAlmostEqual(float(rate), summary["test"]["rate_bits"], delta=0.005)
        self.assertRegex(best, rf"epoch {summary['best_epoch']}, which was chosen: a training loss of \d+\.\d+ bits")
        # (30 + 1) 24 + (24 + 1) 16 + (16 + 1) 6 + (3 + 1) 4
        self.assertEqual(weights, "1,262 weights, backbone.layers.0.weight (24, 30) first")

    def test_its_model_predicts_what_the_program_predicts(self):
        self.train()
        names = self.execute(READ, MODEL, PREDICT)
        theirs = self.predictions("runs/first")
        np.testing.assert_allclose(names["rate_bits"], theirs["rate_bits"], rtol=2e-6, atol=1e-4)
        # 12 draws against 2,000, then 5,000 of them.
        self.assertGreater((names["label"].numpy() == theirs["class"]).mean(), 0.8)
        self.expect_equal("runs/first", names["model"], names["images"], draws=5000, tolerance=0.05)

    def test_its_model_has_every_setting_of_an_mlp(self):
        """Numbers, standardised; softplus; a decoder with a hidden layer; no hidden layer at all."""
        for name, options in (("elaborate", ELABORATE), ("bare", BARE)):
            with self.subTest(name):
                self.train(options, np.float32, name)
                code = READ.replace("runs/first", f"runs/{name}")
                names = self.execute(code, MODEL, PREDICT)
                self.expect_equal(f"runs/{name}", names["model"], names["images"], draws=5000, tolerance=0.05)
                self.expect_exact(names["model"], names["images"], f"runs/{name}")

    def expect_exact(self, model, images, run):
        """Without noise in the code, Python's numbers are the program's to the last digit that is printed."""
        latent = model.bottleneck.linear.out_features // 2
        with torch.no_grad():
            model.bottleneck.linear.weight[latent:] = 0
            model.bottleneck.linear.bias[latent:] = -40
        torch.save(model.state_dict(), f"{run}/weights.pt")
        self.expect_equal(run, model, images, draws=1, tolerance=5e-6)

    def test_its_tuned_weights_are_used(self):
        self.train()
        names = self.execute(READ, MODEL, PREDICT, TUNE)
        before, after = names["weights"], torch.load("runs/tuned/weights.pt", weights_only=True)
        self.assertGreater((after["decoder.linear.weight"] - before["decoder.linear.weight"]).abs().min().item(), 0)
        self.expect_equal("runs/tuned", names["model"], names["images"], draws=5000, tolerance=0.05)
        self.expect_exact(names["model"], names["images"], "runs/tuned")


class WrongWeights(Python):
    def setUp(self):
        super().setUp()
        self.train()
        self.weights = torch.load("runs/first/weights.pt", weights_only=True)

    def refused(self, weights, *parts):
        torch.save(weights, "runs/first/weights.pt")
        for command in (("evaluate", "runs/first"), ("predict", "runs/first", "images.npy")):
            done = vib(*command)
            self.assertEqual(done.returncode, 1, done.stderr)
            self.assertEqual(done.stdout, "")
            self.assertEqual(len(done.stderr.strip().splitlines()), 1, done.stderr)
            for part in ("runs/first/weights.pt", *parts):
                self.assertIn(part, done.stderr)
            named = set(re.findall(r'"([a-z.0-9]+)"', done.stderr))
            self.assertEqual(named, {re.search(r'"(.*?)"', part)[1] for part in parts})

    def test_a_missing_name(self):
        del self.weights["decoder.linear.bias"]
        self.refused(self.weights, '"decoder.linear.bias" is missing')

    def test_an_extra_name(self):
        self.weights["decoder.linear.scale"] = torch.ones(4)
        self.refused(self.weights, '"decoder.linear.scale" is unexpected')

    def test_a_wrong_shape(self):
        self.weights["bottleneck.linear.weight"] = torch.ones(16, 6)
        self.refused(self.weights, '"bottleneck.linear.weight" is Float[16, 6], expected Float[6, 16]')

    def test_a_wrong_type(self):
        self.weights["decoder.linear.bias"] = self.weights["decoder.linear.bias"].double()
        self.refused(self.weights, '"decoder.linear.bias" is Double[4], expected Float[4]')

    def test_all_at_once(self):
        """As a module's state_dict() would have them."""
        module = torch.nn.Module()
        for name, tensor in self.weights.items():
            *path, last = name.split(".")
            part = module
            for step in path:
                if not hasattr(part, step):
                    part.add_module(step, torch.nn.Module())
                part = getattr(part, step)
            part.register_buffer(last, tensor)
        del module.decoder.linear.bias
        module.register_buffer("step", torch.tensor(7))
        module.backbone.layers.get_submodule("0").weight = torch.ones(24, 31)
        module.bottleneck.double()
        self.refused(module.state_dict(), '"decoder.linear.bias" is missing', '"step" is unexpected',
                     '"backbone.layers.0.weight" is Float[24, 31], expected Float[24, 30]',
                     '"bottleneck.linear.weight" is Double[6, 16], expected Float[6, 16]',
                     '"bottleneck.linear.bias" is Double[6], expected Float[6]')

    def test_what_is_no_state_dict(self):
        shutil.copy("labels.npy", "runs/first/weights.pt")
        self.assertEqual(vib("evaluate", "runs/first").returncode, 1)
        torch.save(torch.nn.Linear(2, 2), "runs/first/weights.pt")
        done = vib("evaluate", "runs/first")
        self.assertEqual(done.returncode, 1)
        self.assertIn("torch.save(module.state_dict(), path)", done.stderr)


if __name__ == "__main__":
    unittest.main()
