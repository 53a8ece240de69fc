"""Seconds per epoch of configs/imdb.yaml in `vib train`, beside the same network in PyTorch (torch_imdb.py).

Each round runs every contender once, one process at a time, for an epoch, and takes its training part; the PyTorch
program computes a batch before its clock starts. Ratios are taken within a round, where both met the same machine, and their median is reported.

    .venv/bin/python tests/benchmark/bench_imdb.py --data FOLDER_OF_THE_ARCHIVE
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
PROGRAMS = ROOT / "build/release/bin"


def lines_of(*command):
    environment = os.environ | {"OMP_NUM_THREADS": str(arguments.threads)}
    done = subprocess.run(list(map(str, command)), cwd=ROOT, capture_output=True, text=True, env=environment)
    if done.returncode != 0:
        sys.exit(f"{done.stderr}{' '.join(done.args)}: exit code {done.returncode}")
    return done.stdout.splitlines()


def run_vib(folder):
    out = tempfile.mkdtemp(dir=folder)
    options = [f"data.root={arguments.data}", f"threads={arguments.threads}", "train.epochs=1", "evaluate.samples=1"]
    lines_of(PROGRAMS / "vib", "train", "configs/imdb.yaml", *options, "--out", f"{out}/run", "--quiet")
    return json.loads(pathlib.Path(out, "run/metrics.jsonl").read_text().splitlines()[-1])["seconds"]


def run_torch(variant, tokens):
    options = ["--tokens", tokens, "--threads", arguments.threads, "--epochs", 1, "--no-error"]
    last = json.loads(lines_of(sys.executable, "tests/benchmark/torch_imdb.py", variant, *options)[-1])
    return last.get("seconds")  # none where torch.compile does not work


def main():
    with tempfile.TemporaryDirectory() as folder:
        tokens = pathlib.Path(folder, "tokens.pt")
        lines_of(PROGRAMS / "load_imdb", arguments.data, tokens)
        rounds = []
        for i in range(arguments.rounds):
            seconds = {"vib": run_vib(folder)} | {name: run_torch(name, tokens) for name in arguments.variants}
            print(f"round {i + 1}:", json.dumps(seconds), flush=True)
            rounds.append(seconds)
    for name in ["vib", *arguments.variants]:
        known = [r[name] for r in rounds if r[name]]
        if not known:
            continue
        ratio = statistics.median(r[name] / r["vib"] for r in rounds)
        print(f"{name:10} {statistics.median(known):7.2f} s   {ratio:5.2f} of vib")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True, help="the folder of aclImdb_v1.tar.gz")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--variants", nargs="+", default=["tuned", "compiled"])
    arguments = parser.parse_args()
    main()
