"""Reads what training a classifier left behind: settings, results, the course of training, weights.

    python apps/examples/06_read_a_run.py RUN

prints, of a run of configs/quickstart.yaml:

    beta 0.001, 32 dimensions, 12 epochs
    test: error 0.57 %, rate 40.02 bits
    epoch 12, which was chosen: a training loss of 0.054 bits
    283,530 weights, backbone.layers.0.weight (256, 784) first
"""

import json
import pathlib
import sys

import torch
import yaml

run = pathlib.Path(sys.argv[1])
config = yaml.safe_load((run / "config.yaml").read_text())
summary = json.loads((run / "summary.json").read_text())
epochs = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
weights = torch.load(run / "weights.pt", weights_only=True)

test, best, (name, first) = summary["test"], epochs[summary["best_epoch"] - 1], next(iter(weights.items()))
print(f"beta {summary['beta']:g}, {config['model']['latent']['dim']} dimensions, {len(epochs)} epochs")
print(f"test: error {100 * test['error']:.2f} %, rate {test['rate_bits']:.2f} bits")
print(f"epoch {best['epoch']}, which was chosen: a training loss of {best['train']['loss_bits']:.3f} bits")
print(f"{sum(w.numel() for w in weights.values()):,} weights, {name} {tuple(first.shape)} first")
