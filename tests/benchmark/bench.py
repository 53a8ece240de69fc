"""Seconds per epoch and model of configs/mnist.yaml, in `vib train` and `vib sweep`, beside PyTorch programs of the same
recipe (torch_vib.py). "vib x8" trains 8 models as one; "vib 2x4" does so in two processes of one thread and 4 models.

Each round runs every contender once, one process at a time, for two epochs, and takes the seconds of the training part
of the second. Ratios are taken within a round, where both met the same machine, and their median is reported.

    .venv/bin/python tests/benchmark/bench.py --data FOLDER_OF_THE_FOUR_IDX_FILES
"""

import argparse
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
PRECISIONS = ["float32", "bfloat16"]
VARIANTS = ["plain", "tuned", "compiled", "vib", "vib x8", "vib 2x4"]
REPLICAS = 8
EPOCHS = 2


class Skipped(Exception):
    """A contender that cannot run on this machine, and says why."""


def output_of(*command):
    done = subprocess.run(list(map(str, command)), cwd=ROOT, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{done.stderr}{' '.join(done.args)}: exit code {done.returncode}")
    return done.stdout


def peak_memory_of(*command):
    """The most bytes of memory that the program, which prints little, had at a time."""
    process = subprocess.Popen(list(map(str, command)), cwd=ROOT, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        sys.exit(f"{' '.join(map(str, command))}: wait status {status}")
    return usage.ru_maxrss * 1024


def counted_memory():
    """Bytes of what training 8 models in float32 has to hold: weights, two moments and average; the images and labels;
    of a batch the inputs and what each layer and activation puts out."""
    widths = [784, 1024, 1024, 512]
    parameters = sum((a + 1) * b for a, b in zip(widths, widths[1:])) + 257 * 10
    activations = 100 * (2 * 1024 + 2 * 1024 + 512 + 5 * 256 + 3 * 10)
    images = 70_000 * (784 + 8)
    return REPLICAS * (4 * 4 * parameters + 4 * activations) + 4 * 100 * 784 + images


def run_torch(variant, precision, data):
    program = ROOT / "tests/benchmark/torch_vib.py"
    options = ["--data", data, "--precision", precision, "--epochs", EPOCHS]
    last = json.loads(output_of(sys.executable, program, variant, *options).splitlines()[-1])
    if "skipped" in last:
        raise Skipped(last["skipped"])
    return {"seconds": last["seconds"]}


def run_vib(vib, precision, data):
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder) / "run"
        overrides = [f"data.root={data}", f"train.epochs={EPOCHS}", f"precision={precision}", "evaluate.samples=1"]
        output_of(vib, "train", "configs/mnist.yaml", *overrides, "--out", out, "--quiet")
        epochs = (out / "metrics.jsonl").read_text().splitlines()
        summary = json.loads((out / "summary.json").read_text())
    return {"seconds": json.loads(epochs[-1])["seconds"], "load_seconds": summary["load_seconds"]}


def run_sweep(vib, precision, data, jobs):
    """8 models that differ in their seed, as one or divided among processes: the seconds of an epoch for each model."""
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder) / "sweep"
        values = [f"data.root={data}", f"train.epochs={EPOCHS}", f"precision={precision}", "evaluate.samples=1",
                  f"seed=0..{REPLICAS - 1}", f"sweep.max_replicas={REPLICAS // jobs}"]
        memory = peak_memory_of(vib, "sweep", "configs/mnist.yaml", *values, "--jobs", jobs, "--out", out, "--quiet")
        last = [json.loads(file.read_text().splitlines()[-1]) for file in out.glob("runs/*/metrics.jsonl")]
    # Each run tells the seconds of its whole group; groups of different processes ran at the same time.
    return {"seconds": statistics.mean(line["seconds"] for line in last) / REPLICAS, "memory": memory}


def run(variant, precision, arguments):
    if variant == "vib":
        return run_vib(arguments.vib, precision, arguments.data)
    if variant.startswith("vib"):
        return run_sweep(arguments.vib, precision, arguments.data, jobs=2 if "2x4" in variant else 1)
    return run_torch(variant, precision, arguments.data)


def measure(contenders, rounds, arguments):
    """The figures of each contender, one per round; without those that cannot run here."""
    figures = {contender: [] for contender in contenders}
    for number in range(1, rounds + 1):
        for variant, precision in list(figures):
            try:
                figure = run(variant, precision, arguments)
            except Skipped as reason:
                print(f"{variant} {precision}: skipped: {reason}", file=sys.stderr)
                del figures[variant, precision]
                continue
            figures[variant, precision].append(figure)
            print(f"round {number}: {variant} {precision} {figure['seconds']:.2f} s", file=sys.stderr)
    return figures


def seconds(figures):
    return [figure["seconds"] for figure in figures]


def table(figures):
    """Seconds of each contender, and how many times longer it took than ours in each precision."""
    ours = {precision: seconds(figures["vib", precision]) for precision in PRECISIONS if ("vib", precision) in figures}
    columns = "".join(f"{'/ vib ' + precision:>16}" for precision in ours)
    lines = [f"{'seconds per epoch and model':<30}{'median':>8}{'min':>8}{'max':>8}{columns}"]
    for (variant, precision), rows in figures.items():
        theirs = seconds(rows)
        line = f"{variant + ' ' + precision:<30}{statistics.median(theirs):8.2f}{min(theirs):8.2f}{max(theirs):8.2f}"
        for reference in ours.values():
            line += f"{statistics.median(t / o for t, o in zip(theirs, reference)):16.2f}"
        lines.append(line)
    return "\n".join(lines)


def cpu_model():
    info = pathlib.Path("/proc/cpuinfo")
    names = [line for line in info.read_text().splitlines() if line.startswith("model name")] if info.exists() else []
    return names[0].split(":")[1].strip() if names else platform.machine()


def machine():
    versions = "import torch; print(torch.__version__, torch.backends.cpu.get_cpu_capability())"
    torch_version, instructions = output_of(sys.executable, "-c", versions).strip().split(maxsplit=1)
    load = os.getloadavg()[0]
    return f"{cpu_model()}, {os.cpu_count()} cores, {instructions}, torch {torch_version}, load {load:.1f}"


def select(words, vib):
    precisions = PRECISIONS
    if vib.exists() and not json.loads(output_of(vib, "doctor", "--json"))["bfloat16_units"]:
        print("bfloat16: left out: this processor has no units for it, and emulates it", file=sys.stderr)
        precisions = ["float32"]
    every = [(variant, precision) for precision in precisions for variant in VARIANTS]
    return [c for c in every if not words or any(word in " ".join(c) for word in words)]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=pathlib.Path, required=True, help="the folder of the four IDX files")
    parser.add_argument("--vib", type=pathlib.Path, default=ROOT / "build/release/bin/vib")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", nargs="+", metavar="WORD", help='contenders whose name has one: vib, "tuned float32"')
    parser.add_argument("--out", type=pathlib.Path, help="write the raw figures here, as JSON")
    arguments = parser.parse_args()
    arguments.data = arguments.data.resolve()
    arguments.vib = arguments.vib.resolve()
    contenders = select(arguments.only, arguments.vib)
    if not arguments.data.is_dir():
        parser.error(f"{arguments.data}: no such folder; it should hold MNIST's four IDX files")
    if not arguments.vib.exists() and any(variant.startswith("vib") for variant, _ in contenders):
        parser.error(f"{arguments.vib}: no such program; `make build` makes it, --vib names another")

    where = machine()
    figures = measure(contenders, arguments.rounds, arguments)
    print(f"{where}; {arguments.rounds} rounds; ratios above 1: ours is faster")
    print(table(figures))
    loads = [row["load_seconds"] for (variant, _), rows in figures.items() if variant == "vib" for row in rows]
    if loads:
        print(f"vib, data loading from .gz: {statistics.median(loads):.2f} s (at most {max(loads):.2f} s)")
    if figures.get(("vib x8", "float32")):
        peak, counted = max(row["memory"] for row in figures["vib x8", "float32"]), counted_memory()
        print(f"vib x8 float32, memory: {peak / 1e6:.0f} MB at most; what it has to hold, by count, is "
              f"{counted / 1e6:.0f} MB: {peak / counted:.2f} times that")
    if arguments.out:
        raw = {" ".join(contender): rows for contender, rows in figures.items()}
        arguments.out.write_text(json.dumps({"machine": where, "epochs": EPOCHS, "rounds": raw}, indent=1) + "\n")


if __name__ == "__main__":
    main()
