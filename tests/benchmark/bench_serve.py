"""Latency of one example and throughput of a batch of 1,000, of vib::load_classifier and of PyTorch on the same weights, in
turns, one thread each: a run of configs/mnist.yaml (one epoch: the weights' values do not matter for the time).

    .venv/bin/python tests/benchmark/bench_serve.py --data FOLDER_OF_THE_FOUR_IDX_FILES [--rounds 5]
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = ROOT / "build/release/bin"
DRAWS = 12


def output_of(*command):
    return subprocess.run(list(map(str, command)), cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True,
                          env=os.environ | {"OMP_NUM_THREADS": "1"}).stdout


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", required=True)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    images = next(pathlib.Path(arguments.data).resolve().glob("t10k-images*"))
    rounds = []
    with tempfile.TemporaryDirectory() as folder:
        run = pathlib.Path(folder) / "run"
        output_of(BIN / "vib", "train", "configs/mnist.yaml", f"data.root={images.parent}", "train.epochs=1", "threads=1",
                  f"evaluate.samples={DRAWS}", "--out", run, "--quiet")
        for _ in range(arguments.rounds):
            ours = json.loads(output_of(BIN / "bench_serve", run, images))
            theirs = json.loads(output_of(sys.executable, ROOT / "tests/benchmark/torch_serve.py", run, images, DRAWS))
            if abs(ours["mean_rate_bits"] / theirs["mean_rate_bits"] - 1) > 1e-4:
                sys.exit(f"the two do not compute the same: {ours}, {theirs}")
            rounds.append((ours, theirs))
    for key in ("latency_us", "examples_per_second"):
        pairs = [(ours[key], theirs[key]) for ours, theirs in rounds]
        ratio = statistics.median(ours / theirs for ours, theirs in pairs)
        print(f"{key}: vib {statistics.median(a for a, _ in pairs):.0f}, PyTorch {statistics.median(b for _, b in pairs):.0f}, "
              f"vib / PyTorch {ratio:.2f}")


if __name__ == "__main__":
    main()
