"""Trains the bottleneck on data whose information curve is known in closed form, eight values of beta at once."""

import pathlib
import subprocess
import tempfile
import unittest
import unittest.mock

import linear_gaussian
from program import ROOT, VIB

CONFIG = ROOT / "configs" / "linear_gaussian.yaml"


class Curve(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        data, sweep = pathlib.Path(folder.name) / "data", pathlib.Path(folder.name) / "sweep"
        linear_gaussian.make(data)
        subprocess.run([VIB, "sweep", CONFIG, f"data.root={data}", "--out", sweep, "--quiet"], check=True,
                       stdout=subprocess.DEVNULL)
        cls.points = list(linear_gaussian.compare(sweep, data))

    def test_the_closed_form_is_that_of_one_dimension(self):
        # For one input the curve is the rate-distortion bound: I(Z;Y) = -1/2 log2(1 - rho^2 (1 - 2^(-2 R))).
        for rate in (0.1, 1.0, 3.0):
            with unittest.mock.patch.object(linear_gaussian, "LAMBDAS", linear_gaussian.LAMBDAS[:1]):
                rho2 = 1 - linear_gaussian.LAMBDAS[0]
                known = -0.5 * linear_gaussian.np.log2(1 - rho2 * (1 - 2 ** (-2 * rate)))
                self.assertAlmostEqual(linear_gaussian.curve_over(rate), known, places=6)

    def test_every_point_lies_on_the_curve_or_within_five_percent_under_it(self):
        self.assertEqual(len(self.points), 8)
        for point in self.points:
            with self.subTest(**point):
                # Above by no more than the noise of 40,000 test examples allows.
                self.assertLess(point["information"], point["allowed"] + 0.01)
                self.assertGreater(point["information"], 0.95 * point["allowed"])

    def test_every_beta_ends_close_to_its_optimum(self):
        for point in self.points:
            rate, information = point["optimum"]
            gained, most = point["information"] - point["beta"] * point["rate"], information - point["beta"] * rate
            with self.subTest(**point):
                self.assertLess(most - gained, 0.1)  # bits
                self.assertLess(gained, most + 0.01)


if __name__ == "__main__":
    unittest.main()
