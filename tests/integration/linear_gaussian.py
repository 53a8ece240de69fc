"""The information curve of linear-Gaussian data in closed form, and the data itself.

    python linear_gaussian.py make FOLDER        train_x.npy, train_y.npy, test_x.npy, test_y.npy
    python linear_gaussian.py compare SWEEP FOLDER    the trials of a finished sweep beside the curve

x ~ N(0, I) of 6 numbers, rotated; y of 4, y_i = a_i u_i + noise of variance 1 with u the unrotated x. Of u_i, y leaves
the variance lambda_i = 1 / (1 + a_i^2), the eigenvalues of Chechik, Globerson, Tishby & Weiss (JMLR 6, 2005, Theorem
3.1). With the weight beta of I(X;Z) (theirs is 1 / beta), and the sum over those i with beta < 1 - lambda_i:

    I(Z;X) = sum 1/2 log2( (1/beta - 1) (1 - lambda_i) / lambda_i ),   I(Z;Y) = I(Z;X) - sum 1/2 log2( (1 - lambda_i) / beta )
"""

import csv
import pathlib
import sys

import numpy as np

GAINS = np.array([4.0, 2.0, 1.0, 0.5])
INPUTS = 6
EXAMPLES = {"train": 40_000, "test": 40_000}
LAMBDAS = 1 / (1 + GAINS**2)


def curve_at(beta):
    """(I(Z;X), I(Z;Y)) in bits of the optimum for one beta."""
    used = LAMBDAS[beta < 1 - LAMBDAS]
    relevant = np.sum(0.5 * np.log2((1 / beta - 1) * (1 - used) / used))
    return relevant, relevant - np.sum(0.5 * np.log2((1 - used) / beta))


def curve_over(rate):
    """The largest I(Z;Y) that a rate allows: the beta that has this rate, found by bisection."""
    low, high = 1e-9, 1.0
    for _ in range(200):
        middle = np.sqrt(low * high)
        low, high = (middle, high) if curve_at(middle)[0] > rate else (low, middle)
    return curve_at(high)[1]


def make(folder):
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    generator = np.random.default_rng(5)
    rotation, _ = np.linalg.qr(generator.standard_normal((INPUTS, INPUTS)))
    for part, count in EXAMPLES.items():
        u = generator.standard_normal((count, INPUTS))
        y = GAINS * u[:, : len(GAINS)] + generator.standard_normal((count, len(GAINS)))
        np.save(folder / f"{part}_x.npy", (u @ rotation.T).astype(np.float32))
        np.save(folder / f"{part}_y.npy", y.astype(np.float32))


def bits_of_targets(folder):
    """Mean of -log2 p(y) over the test set by the true density: what D is taken from, so that its luck cancels."""
    y = np.load(pathlib.Path(folder) / "test_y.npy").astype(np.float64)
    variance = 1 + GAINS**2
    return np.mean(np.sum(0.5 * np.log2(2 * np.pi * variance) + 0.5 * y**2 / variance / np.log(2), axis=1))


def compare(sweep, folder):
    """One row per trial: beta, rate, I(Z;Y) = bits of y - distortion, and the curve's I(Z;Y) at that rate and its own
    optimum for that beta."""
    bits = bits_of_targets(folder)
    with open(pathlib.Path(sweep) / "sweep.csv", newline="") as file:
        for row in csv.DictReader(file):
            beta, rate = float(row["objective.beta"]), float(row["test_rate_bits"])
            yield {"beta": beta, "rate": rate, "information": bits - float(row["test_distortion_bits"]),
                   "allowed": curve_over(rate), "optimum": curve_at(beta)}


if __name__ == "__main__":
    if sys.argv[1] == "make":
        make(sys.argv[2])
    else:
        for point in compare(*sys.argv[2:]):
            print("beta {beta:<5} rate {rate:7.4f}  I(Z;Y) {information:7.4f}  curve at this rate {allowed:7.4f}  "
                  "optimum for this beta ({0:.4f}, {1:.4f})".format(*point["optimum"], **point))
