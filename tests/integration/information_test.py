"""`vib information` beside estimates that NumPy makes of the same activations, one example and one pair at a time.

    information_test.py      (VIB in the environment: the program)
"""

import json
import unittest

import numpy as np

from program import ProgramTest, vib


def entropy(rows):
    counts = np.unique(rows.reshape(len(rows), -1), axis=0, return_counts=True)[1]
    return -(counts / len(rows) * np.log2(counts / len(rows))).sum()


def information(rows, labels):
    return entropy(rows) - sum((labels == y).mean() * entropy(rows[labels == y]) for y in np.unique(labels))


def kernel_entropy(rows, width):
    """Above that of the noise."""
    squares = ((rows[:, None] - rows[None]) ** 2).sum(2)
    return -np.log2(np.exp(-squares / width).mean(1)).mean()


def ranks(values):
    """Between 0 and 1, equal values in the middle of theirs."""
    _, which, counts = np.unique(values, return_inverse=True, return_counts=True)
    return ((np.cumsum(counts) - counts / 2) / values.size)[which].reshape(values.shape)


class InformationTest(ProgramTest):
    def setUp(self):
        super().setUp()
        random = np.random.default_rng(0)
        self.labels = random.integers(0, 3, 700)
        self.layer = np.tanh(1.5 * random.normal(size=(700, 4)) + 0.5 * self.labels[:, None]).astype(np.float32)

    def save(self, name, array):
        np.save(self.folder / name, array)
        return self.folder / name

    def run_on(self, layer, labels, *options):
        return vib("information", self.save("layer.npy", layer), self.save("targets.npy", labels), *options)

    def estimate(self, *options, layer=None, labels=None):
        layer, labels = self.layer if layer is None else layer, self.labels if labels is None else labels
        return json.loads(self.succeeds(self.run_on(layer, labels, "--json", *options)).stdout)

    def check_cells(self, answer, cells):
        self.assertEqual(answer["n"], 700)
        self.assertAlmostEqual(answer["entropy_bits"], entropy(cells), places=10)
        self.assertAlmostEqual(answer["itx_bits"], entropy(cells), places=10)
        self.assertAlmostEqual(answer["ity_bits"], information(cells, self.labels), places=10)
        self.assertEqual(answer["distinct"], len(np.unique(cells, axis=0)))
        self.assertEqual(answer["saturated"], bool(entropy(cells) > np.log2(700) - 0.5))

    def test_cells_of_one_width(self):
        wide = self.layer.astype(float)
        answer = self.estimate()
        self.check_cells(answer, np.minimum(np.floor((wide + 1) / 2 * 30), 29))
        self.assertEqual(answer["estimator"], {"type": "bins", "name": "bins", "bins": 30, "low": -1, "high": 1,
                                               "range": "bounded"})
        answer = self.estimate("--bins", 5, "--range", "-0.5:0.7")
        self.check_cells(answer, np.clip(np.floor((wide + 0.5) / 1.2 * 5), 0, 4))
        self.assertEqual(answer["estimator"], {"type": "bins", "name": "bins:5:-0.5:0.7", "bins": 5, "low": -0.5,
                                               "high": 0.7, "range": "given"})
        self.assertEqual(answer, self.estimate("--estimator", "bins:5:-0.5:0.7"))
        answer = self.estimate("--range", "observed", "--bins", 7)
        low, high = wide.min(), wide.max()
        self.check_cells(answer, np.minimum(np.floor((wide - low) / (high - low) * 7), 6))
        answer = self.estimate(layer=3 * self.layer)
        self.assertEqual(answer["estimator"]["bins"], 100)
        self.assertEqual(answer["estimator"]["range"], "observed")
        self.assertEqual(answer["estimator"]["high"], float((3 * self.layer).max()))

    def test_cells_of_one_mass(self):
        for bins in 4, 9:
            # No tie, and no rank at an edge.
            cells = np.floor(ranks(self.layer) * bins)
            self.check_cells(self.estimate("--estimator", "adaptive", "--bins", bins), cells)
        halves = np.round(self.layer * 2) / 2
        self.check_cells(self.estimate("--estimator", "adaptive", "--bins", 3, layer=halves),
                         np.floor(ranks(halves) * 3))

    def test_the_edges_of_idnns(self):
        saturated = np.where(np.abs(self.layer) > 0.9, np.sign(self.layer), self.layer)
        answer = self.estimate("--estimator", "idnns", layer=saturated)
        self.check_cells(answer, np.digitize(saturated, np.linspace(-1, 1, 30)))
        self.assertEqual(answer["estimator"], {"type": "idnns", "name": "idnns:30", "edges": 30, "low": -1, "high": 1,
                                               "range": "given"})
        beyond = 3 * self.layer
        for edges in 2, 11, 1000:
            self.check_cells(self.estimate("--estimator", "idnns", "--bins", edges, layer=beyond),
                             np.digitize(beyond, np.linspace(-1, 1, edges)))

    def test_many_cells_in_many_units(self):
        layer = np.tanh(np.random.default_rng(1).normal(size=(700, 90)))
        layer[350:] = layer[:350]
        self.check_cells(self.estimate("--bins", 1000, layer=layer), np.minimum(np.floor((layer + 1) * 500), 999))

    def test_the_correction_of_miller_and_madow(self):
        answer = self.estimate("--bins", 3, "--miller-madow")
        cells = np.minimum(np.floor((self.layer.astype(float) + 1) * 1.5), 2)

        def corrected(rows):
            return entropy(rows) + (len(np.unique(rows, axis=0)) - 1) / (2 * len(rows) * np.log(2))

        given = sum((self.labels == y).mean() * corrected(cells[self.labels == y]) for y in range(3))
        self.assertAlmostEqual(answer["itx_bits"], corrected(cells), places=10)
        self.assertAlmostEqual(answer["ity_bits"], corrected(cells) - given, places=10)
        self.assertEqual(answer["estimator"]["correction"], "miller-madow")

    def test_kernels(self):
        wide = self.layer.astype(float)
        for options, v in (([], 0.001), (["--noise", 0.1], 0.1)):
            answer = self.estimate("--estimator", "kernel", *options)
            self.assertEqual(answer["estimator"], {"type": "kernel", "name": f"kernel:{v}", "noise_variance": v})
            upper, lower = kernel_entropy(wide, 2 * v), kernel_entropy(wide, 8 * v)
            given = [sum((self.labels == y).mean() * kernel_entropy(wide[self.labels == y], width * v)
                         for y in range(3)) for width in (2, 8)]
            expected = {"itx_bits": upper, "ity_bits": upper - given[0], "itx_lower_bits": lower,
                        "itx_upper_bits": upper, "ity_lower_bits": lower - given[0], "ity_upper_bits": upper - given[1]}
            for key, bits in expected.items():
                self.assertAlmostEqual(answer[key], bits, places=9, msg=key)
            self.assertEqual(answer["saturated"], bool(upper > np.log2(700) - 0.5))
            self.assertNotIn("entropy_bits", answer)

    def test_any_array_of_numbers(self):
        whole = np.round(3 * self.layer)
        before = self.estimate(layer=whole)
        for kind in np.int8, np.int64, np.float16, np.float64:
            self.assertEqual(self.estimate(layer=whole.astype(kind)), before, kind)
        for kind in np.uint8, np.float32:
            self.assertEqual(self.estimate(layer=whole, labels=self.labels.astype(kind)), before, kind)
        self.assertEqual(self.estimate(layer=whole, labels=self.labels[:, None] * 2 - 1), before)
        self.assertEqual(self.estimate(layer=whole.reshape(700, 2, 2)), before)
        self.assertEqual(self.estimate(layer=whole[:, 0]), self.estimate(layer=whole[:, :1]))
        signs = self.estimate(layer=whole, labels=self.labels > 0)
        self.assertAlmostEqual(signs["ity_bits"], information(whole, self.labels > 0), places=10)
        np.savez(self.folder / "both.npz", layer=whole, y=self.labels)
        both = self.folder / "both.npz"
        result = self.succeeds(vib("information", f"{both}:layer", f"{both}:y", "--json"))
        self.assertEqual(json.loads(result.stdout), before)

    def test_what_a_person_reads(self):
        text = self.succeeds(self.run_on(self.layer, self.labels, "--bins", 1000)).stdout
        self.assertRegex(text, r"examples +700\n")
        self.assertRegex(text, r"estimator +bins:1000 \(1000 cells from -1 to 1, where all values lie\)\n")
        self.assertRegex(text, r"I\(T;X\) +9\.45\d\d bits\n")
        self.assertIn("the estimate measures the number of examples, not the layer", text)
        text = self.succeeds(self.run_on(self.layer, self.labels, "--bins", 2)).stdout
        self.assertNotIn("number of examples", text)
        text = self.succeeds(self.run_on(self.layer, self.labels, "--estimator", "kernel", "--noise", 0.5)).stdout
        self.assertRegex(text, r"I\(T;X\) +\d\.\d{4} bits, guaranteed: \d\.\d{4} to \d\.\d{4}\n")

    def test_options_without_effect(self):
        for options, parts in [
                (["--estimator", "kernel", "--bins", 3], ["--bins", "a kernel has none", "--noise VARIANCE"]),
                (["--estimator", "kernel", "--range", "0:1"], ["--range", "a kernel has none"]),
                (["--estimator", "kernel", "--miller-madow"], ["--miller-madow"]),
                (["--noise", 0.1], ["--noise", "belongs to --estimator kernel"]),
                (["--estimator", "adaptive", "--range", "0:1"], ["--range", "belongs to --estimator bins"]),
                (["--estimator", "idnns", "--range", "0:1"], ["--range", "belongs to --estimator bins"]),
                (["--estimator", "bins:30", "--bins", 3], ["--bins", "bins:30 is written out"]),
                (["--estimator", "kernel:1", "--noise", 3], ["--noise", "kernel:1 is written out"])]:
            self.fails(self.run_on(self.layer, self.labels, *options), 2, *parts)

    def test_options_that_are_wrong(self):
        for options, parts in [
                (["--estimator", "knn"], ["--estimator", "knn", "known are bins"]),
                (["--bins", 0], ["at least one cell"]),
                (["--bins", "many"], ["--bins"]),
                (["--estimator", "idnns", "--bins", 1], ["2 to 1000000 edges"]),
                (["--range", "1:-1"], ["from a number to a greater one"]),
                (["--range", "0"], ["a range is two numbers"]),
                (["--range", "a:b"], ["\"a\" is no number"]),
                (["--estimator", "kernel", "--noise", 0], ["positive number"]),
                (["--estimator", "kernel", "--noise", "nan"], ["positive number"])]:
            self.fails(self.run_on(self.layer, self.labels, *options), 2, *parts)
        self.fails(vib("information", "layer.npy"), 2, "targets is required")

    def test_activations_that_are_none(self):
        broken = self.layer.copy()
        for value in np.nan, np.inf:
            broken[41, 2] = value
            for estimator in "bins", "adaptive", "idnns", "kernel":
                self.fails(self.run_on(broken, self.labels, "--estimator", estimator), 3, "layer.npy", "row 41, column 2",
                           str(value))
        self.fails(self.run_on(np.zeros((0, 3)), np.zeros(0, int)), 3, "layer.npy", "[0, 3]")
        self.fails(self.run_on(np.zeros((3, 0)), np.zeros(3, int)), 3, "layer.npy", "[3, 0]")
        self.fails(self.run_on(np.float32(1), np.zeros(1, int)), 3, "layer.npy", "[]")
        self.fails(self.run_on(np.zeros((3, 1), complex), np.zeros(3, int)), 3, "layer.npy")
        self.fails(vib("information", self.folder / "none.npy", self.folder / "targets.npy"), 3, "none.npy")

    def test_labels_that_are_none(self):
        self.fails(self.run_on(self.layer, np.eye(3)[self.labels]), 3, "targets.npy", "one-hot", "argmax")
        self.fails(self.run_on(self.layer, self.labels[:5]), 3, "targets.npy", "5 labels", "700 examples")
        self.fails(self.run_on(self.layer, self.labels + 0.5), 3, "targets.npy", "row 0", "whole numbers")
        wrong = self.labels.astype(float)
        wrong[9] = np.nan
        self.fails(self.run_on(self.layer, wrong), 3, "targets.npy", "row 9", "holds nan")


if __name__ == "__main__":
    unittest.main()
