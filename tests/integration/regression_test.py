"""Regression beside what is known of it: least squares, scikit-learn's scores, and the same data in other units."""

import csv
import json
import math
import unittest

import numpy as np

from program import ProgramTest, epochs, summary, vib

try:
    from sklearn import datasets, linear_model, metrics
except ImportError:
    datasets = None

# A linear encoder and decoder: what least squares can say, this network can.
LINEAR = {"threads": 1, "seed": 0, "objective": {"beta": 1e-4},
          "model": {"encoder": {"type": "mlp", "hidden": []}, "latent": {"dim": 4}},
          "optimizer": {"lr": 0.01, "schedule": {"type": "cosine"}, "ema": 0.99}, "train": {"batch_size": 50}}


def least_squares(x, y, test_x):
    """Predictions of the linear model that fits best."""
    with_one = [np.column_stack([part, np.ones(len(part))]) for part in (x, test_x)]
    return with_one[1] @ np.linalg.lstsq(with_one[0], y, rcond=None)[0]


def rmse(a, b):
    return math.sqrt(np.mean((a - b) ** 2))


class Regression(ProgramTest):
    def write(self, name, x, y, targets=("price",)):
        with open(self.folder / name, "w", newline="") as file:
            header = [f"x{i}" for i in range(x.shape[1])] + list(targets)
            csv.writer(file).writerows([header, *np.column_stack([x, y]).tolist()])

    def train(self, run, *settings, targets=("price",), train="train.csv", test="test.csv", **config):
        data = {"name": "csv", "root": str(self.folder), "train_file": train, "test_file": test, "validation": 0,
                "target_columns": list(targets), "targets": "values"}
        (self.folder / "config.yaml").write_text(json.dumps(LINEAR | {"data": data} | config))
        self.succeeds(vib("train", self.folder / "config.yaml", *settings, "--out", self.folder / run, "--quiet"))
        return summary(self.folder / run)["test"]

    def predict(self, run, file, *options):
        done = self.succeeds(vib("predict", self.folder / run, self.folder / file, *options))
        rows = list(csv.DictReader(done.stdout.splitlines()))
        return {name: np.array([float(row[name]) for row in rows]) for name in rows[0]}


class KnownNoise(Regression):
    NOISE = 3000.0

    def setUp(self):
        super().setUp()
        rng = np.random.default_rng(0)
        x = rng.normal(size=(4000, 8)) * 10.0 ** rng.integers(-2, 4, 8)
        y = 50_000 + (x / x.std(0)) @ rng.normal(0, 4000, 8) + rng.normal(0, self.NOISE, 4000)
        self.x, self.y = [x[:3000], x[3000:]], [y[:3000], y[3000:]]
        self.write("train.csv", self.x[0], self.y[0])
        self.write("test.csv", self.x[1], self.y[1])

    def test_is_as_good_as_least_squares_and_its_gaussian(self):
        found = self.train("run", "train.epochs=30")
        fit = [least_squares(self.x[0], self.y[0], x) for x in self.x]
        variance = np.mean((fit[0] - self.y[0]) ** 2)
        bits = 0.5 * (np.log(2 * np.pi * variance) + (fit[1] - self.y[1]) ** 2 / variance) / np.log(2)
        self.assertLess(found["rmse"], 1.03 * rmse(fit[1], self.y[1]))
        self.assertLess(abs(found["nll_bits"] - bits.mean()), 0.05)

        # What is said row by row is what the summary says.
        rows = self.predict("run", "test.csv")
        self.assertEqual(list(rows), ["index", "mean:price", "sd:price", "rate_bits"])
        self.assertAlmostEqual(rmse(rows["mean:price"], self.y[1]) / found["rmse"], 1, delta=0.002)
        self.assertLess(np.abs(rows["sd:price"] / self.NOISE - 1).max(), 0.1)
        density = 0.5 * (np.log2(2 * np.pi * rows["sd:price"] ** 2)
                         + ((rows["mean:price"] - self.y[1]) / rows["sd:price"]) ** 2 / np.log(2))
        self.assertAlmostEqual(density.mean(), found["nll_bits"], delta=0.01)
        error = np.sum((rows["mean:price"] - self.y[1]) ** 2) / np.sum((self.y[1] - self.y[1].mean()) ** 2)
        self.assertAlmostEqual(found["r2"], 1 - error, delta=0.001)

    def test_a_thousand_times_a_target_changes_nothing_but_units(self):
        # Where the rate counts, so that beta's meaning would show.
        settings = ["train.epochs=4", "objective.beta=0.1", "optimizer.ema=0", "data.validation=500"]
        metres = self.train("metres", *settings)
        self.write("train.csv", self.x[0], 1000 * self.y[0])
        self.write("test.csv", self.x[1], 1000 * self.y[1])
        millimetres = self.train("millimetres", *settings)
        self.assertGreater(metres["rate_bits"], 0.1)
        self.assertAlmostEqual(millimetres["rate_bits"] / metres["rate_bits"], 1, delta=1e-4)
        self.assertAlmostEqual(millimetres["r2"], metres["r2"], delta=1e-4)
        self.assertAlmostEqual(millimetres["rmse"] / metres["rmse"], 1000, delta=0.1)
        for key in ("nll_bits", "distortion_bits"):
            self.assertAlmostEqual(millimetres[key] - metres[key], math.log2(1000), delta=1e-4)
        for a, b in zip(epochs(self.folder / "metres"), epochs(self.folder / "millimetres"), strict=True):
            for part in ("train", "validation"):
                more = b[part]["distortion_bits"] - a[part]["distortion_bits"]
                self.assertAlmostEqual(more, math.log2(1000), delta=1e-3)
                self.assertAlmostEqual(b[part]["rmse"] / a[part]["rmse"], 1000, delta=0.2)

        last = epochs(self.folder / "metres")[-1]  # a draw is farther off than the mean of twelve, but in the same unit
        self.assertLess(abs(math.log(last["train"]["rmse"] / last["validation"]["rmse"])), math.log(2))

    def test_several_targets_by_name(self):
        two = [np.column_stack([y, np.sin(x[:, 0] / x.std())]) for x, y in zip(self.x, self.y)]
        names = ("price", "a, b")
        for file, x, y in zip(("train.csv", "test.csv"), self.x, two):
            self.write(file, x, y, names)
        found = self.train("run", "train.epochs=2", "evaluate.samples=2000", targets=names)
        rows = self.predict("run", "test.csv", "--draws", 2000)
        self.assertEqual(list(rows), ["index", "mean:price", "sd:price", "mean:a, b", "sd:a, b", "rate_bits"])
        means = np.column_stack([rows["mean:price"], rows["mean:a, b"]])
        ours = [1 - np.sum((m - y) ** 2) / np.sum((y - y.mean()) ** 2) for m, y in zip(means.T, two[1].T)]
        self.assertAlmostEqual(found["r2"], np.mean(ours), delta=0.005)
        if datasets:
            self.assertAlmostEqual(metrics.r2_score(two[1], means), np.mean(ours), delta=1e-9)
        text = self.succeeds(vib("predict", self.folder / "run", self.folder / "test.csv", "--json")).stdout
        self.assertEqual(list(json.loads(text.splitlines()[0])), list(rows))

    def test_keys_without_effect_are_refused(self):
        (self.folder / "config.yaml").write_text(json.dumps({"data": {
            "name": "csv", "train_file": "train.csv", "target_columns": ["price"], "standardize_targets": False}}))
        self.fails(vib("train", self.folder / "config.yaml"), 2,
                   "data.standardize_targets: belongs to targets: values; targets is classes")

    def test_without_a_scale_the_variance_is_learned_all_the_same(self):
        for file, x, y in zip(("train.csv", "test.csv"), self.x, self.y):
            self.write(file, x, (y - self.y[0].mean()) / 10_000)
        found = self.train("run", "train.epochs=15", "data.standardize_targets=false")
        variance = (self.NOISE / 10_000) ** 2
        self.assertLess(abs(found["nll_bits"] - 0.5 * math.log2(2 * math.pi * math.e * variance)), 0.15)
        described = json.loads((self.folder / "run" / "data.json").read_text())
        self.assertIsNone(described["target_mean"])
        self.assertEqual(described["target_names"], ["price"])

    def test_an_old_run_keeps_its_meaning(self):
        """Runs from before have data.json without a scale, and `auto` meant a fixed variance."""
        found = self.train("run", "train.epochs=1", "data.standardize_targets=false", "model.likelihood.type=gaussian",
                           "model.likelihood.variance=1")
        run = self.folder / "run"
        config = (run / "config.yaml").read_text().replace("  standardize_targets: false\n", "")
        (run / "config.yaml").write_text(config.replace("type: gaussian\n    variance: 1\n", "type: auto\n"))
        described = json.loads((run / "data.json").read_text())
        for key in ("target_mean", "target_scale", "class_names", "target_names", "files"):
            del described[key]
        (run / "data.json").write_text(json.dumps(described))
        again = json.loads(self.succeeds(vib("evaluate", run, "--json")).stdout)["test"]
        self.assertEqual(again, found)
        rows = self.predict("run", "test.csv")
        self.assertEqual(list(rows), ["index", "mean:y_0", "sd:y_0", "rate_bits"])


@unittest.skipUnless(datasets, "scikit-learn is not there: pip install scikit-learn")
class Diabetes(Regression):
    def test_is_as_good_as_linear_regression(self):
        x, y = datasets.load_diabetes(return_X_y=True, scaled=False)
        order = np.random.default_rng(0).permutation(len(y))
        train, test = order[:342], order[342:]
        self.write("train.csv", x[train], y[train])
        self.write("test.csv", x[test], y[test])
        found = self.train("run", "train.epochs=100", "train.batch_size=20")
        expected = linear_model.LinearRegression().fit(x[train], y[train]).predict(x[test])
        self.assertLess(found["rmse"], 1.03 * rmse(expected, y[test]))
        rows = self.predict("run", "test.csv")
        self.assertAlmostEqual(found["r2"], metrics.r2_score(y[test], rows["mean:price"]), delta=0.01)


if __name__ == "__main__":
    unittest.main()
