"""Features like those of the VIB paper's ImageNet experiment (the last layer of a classifier): class means plus noise.

    make_features.py FOLDER [--train 100000] [--test 10000] [--features 1536] [--classes 1001] [--seed 0]

Writes train_inputs.npy and test_inputs.npy (float32 [N, features]), train_targets.npy and test_targets.npy (int64 [N]).
The same arguments write the same files.
"""

import argparse
import pathlib

import numpy as np

ROWS_AT_ONCE = 10_000


def write_split(folder, name, count, means, seed):
    rng = np.random.default_rng(seed)
    targets = rng.integers(0, len(means), count)
    targets[: min(count, len(means))] = np.arange(min(count, len(means)))  # every class occurs
    np.save(folder / f"{name}_targets.npy", targets)
    inputs = np.lib.format.open_memmap(folder / f"{name}_inputs.npy", "w+", np.float32, (count, means.shape[1]))
    for begin in range(0, count, ROWS_AT_ONCE):
        part = targets[begin : begin + ROWS_AT_ONCE]
        noise = rng.standard_normal((len(part), means.shape[1]), dtype=np.float32)
        inputs[begin : begin + len(part)] = means[part] + 2 * noise
    inputs.flush()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--train", type=int, default=100_000)
    parser.add_argument("--test", type=int, default=10_000)
    parser.add_argument("--features", type=int, default=1536)
    parser.add_argument("--classes", type=int, default=1001)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(arguments.seed)
    means = rng.standard_normal((arguments.classes, arguments.features), dtype=np.float32)
    for stream, (name, count) in enumerate((("train", arguments.train), ("test", arguments.test)), start=1):
        write_split(arguments.folder, name, count, means, [arguments.seed, stream])


if __name__ == "__main__":
    main()
