"""Deep VIB on MNIST in PyTorch: the program that `vib train configs/mnist.yaml` is measured against.

The recipe of Alemi et al. (2017): 784-1024-1024-2K, sigma = softplus(s - 5), K = 256, a linear decoder, beta = 1e-3,
Adam (1e-4, betas 0.5 and 0.999), learning rate x 0.97 every two epochs, weight average 0.999, batches of 100.

    plain      TensorDataset, a shuffling DataLoader, torch.optim.Adam as it comes
    tuned      the data in one tensor, an index per batch, fused Adam, the average over all parameters in one call
    compiled   tuned, and forward and loss through torch.compile (compiled before the clock starts)

One JSON line per epoch: the seconds of its training part, and the test errors (fractions, at z = mu) of the averaged
and of the raw weights. Where torch.compile does not work, `compiled` prints {"skipped": why} instead.

    python tests/benchmark/torch_vib.py plain --data FOLDER_OF_THE_FOUR_IDX_FILES
"""

import argparse
import contextlib
import gzip
import json
import pathlib
import time

import numpy
import torch
from torch import nn
from torch.nn import functional
from torch.utils.data import DataLoader, TensorDataset

PIXELS, HIDDEN, LATENT, CLASSES = 784, 1024, 256, 10
BATCH, BETA, DECAY = 100, 1e-3, 0.999


class Skipped(Exception):
    """The variant cannot run on this machine."""


class Vib(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Sequential(
            nn.Linear(PIXELS, HIDDEN), nn.ReLU(),
            nn.Linear(HIDDEN, HIDDEN), nn.ReLU(),
            nn.Linear(HIDDEN, 2 * LATENT),
        )  # fmt: skip
        self.decoder = nn.Linear(LATENT, CLASSES)
        for layer in self.modules():
            if isinstance(layer, nn.Linear):
                nn.init.xavier_uniform_(layer.weight)
                nn.init.zeros_(layer.bias)

    def encode(self, x):
        mu, s = self.encoder(x).float().chunk(2, dim=1)
        return mu, functional.softplus(s - 5)

    def loss(self, x, y):
        """Distortion + beta * rate in nats, averaged over the batch; everything but the products in float32."""
        mu, sigma = self.encode(x)
        logits = self.decoder(torch.addcmul(mu, sigma, torch.randn_like(mu))).float()
        rate = 0.5 * (mu.square() + sigma.square() - 1).sum() - sigma.log().sum()
        return functional.cross_entropy(logits, y) + BETA * rate / len(y)


class WeightAverage:
    """The bias-corrected exponential average of a model's parameters."""

    def __init__(self, model):
        self.parameters = list(model.parameters())
        self.values = [p.detach().clone() for p in self.parameters]
        self.updates = 0

    def weight(self):
        self.updates += 1
        return (1 - DECAY) / (1 - DECAY**self.updates)

    @torch.no_grad()
    def update(self):
        weight = self.weight()
        for value, parameter in zip(self.values, self.parameters):
            value.lerp_(parameter, weight)

    @torch.no_grad()
    def update_at_once(self):
        torch._foreach_lerp_(self.values, self.parameters, self.weight())

    @contextlib.contextmanager
    def applied(self):
        raw = [p.data for p in self.parameters]
        for parameter, value in zip(self.parameters, self.values):
            parameter.data = value
        yield
        for parameter, value in zip(self.parameters, raw):
            parameter.data = value


class ResidentBatches:
    """A fresh permutation of the whole set at each pass, gathered a batch at a time."""

    def __init__(self, x, y):
        self.x, self.y = x, y

    def __iter__(self):
        for index in torch.randperm(len(self.y)).split(BATCH):
            yield self.x.index_select(0, index), self.y.index_select(0, index)


def read_idx(folder, name):
    path = folder / name
    data = path.read_bytes() if path.exists() else gzip.decompress((folder / f"{name}.gz").read_bytes())
    dimensions = data[3]
    shape = numpy.frombuffer(data, ">i4", dimensions, offset=4)
    return torch.tensor(numpy.frombuffer(data, numpy.uint8, offset=4 + 4 * dimensions).reshape(shape))


def read_split(folder, prefix):
    images = read_idx(folder, f"{prefix}-images-idx3-ubyte")
    labels = read_idx(folder, f"{prefix}-labels-idx1-ubyte")
    return images.flatten(1).float() / 127.5 - 1, labels.long()


def compiled_loss(model, x, y, autocast):
    """`model.loss` through torch.compile, compiled by a first forward and backward pass."""
    loss = torch.compile(model.loss)
    try:
        with autocast:
            value = loss(x[:BATCH], y[:BATCH])
        value.backward()
    except Exception as failure:
        raise Skipped(f"torch.compile: {failure}") from failure
    return loss


@torch.no_grad()
def error(model, x, y):
    mu, _ = model.encode(x)
    return (model.decoder(mu).argmax(1) != y).double().mean().item()


def train(variant, data, epochs, autocast):
    x, y = read_split(data, "train")
    test = read_split(data, "t10k")
    model = Vib()
    average = WeightAverage(model)
    if variant == "plain":
        batches = DataLoader(TensorDataset(x, y), batch_size=BATCH, shuffle=True)
        optimizer = torch.optim.Adam(model.parameters(), lr=1e-4, betas=(0.5, 0.999))
        update_average = average.update
    else:
        batches = ResidentBatches(x, y)
        optimizer = torch.optim.Adam(model.parameters(), lr=1e-4, betas=(0.5, 0.999), fused=True)
        update_average = average.update_at_once
    loss = compiled_loss(model, x, y, autocast) if variant == "compiled" else model.loss
    schedule = torch.optim.lr_scheduler.StepLR(optimizer, step_size=2, gamma=0.97)

    for epoch in range(1, epochs + 1):
        start = time.perf_counter()
        for inputs, targets in batches:
            optimizer.zero_grad()
            with autocast:
                value = loss(inputs, targets)
            value.backward()
            optimizer.step()
            update_average()
        schedule.step()
        seconds = time.perf_counter() - start
        raw = error(model, *test)
        with average.applied():
            averaged = error(model, *test)
        print(json.dumps({"epoch": epoch, "seconds": seconds, "error": averaged, "error_raw": raw}), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("variant", choices=["plain", "tuned", "compiled"])
    parser.add_argument("--data", type=pathlib.Path, required=True, help="folder of the four IDX files, .gz or plain")
    parser.add_argument("--precision", choices=["float32", "bfloat16"], default="float32", help="of the products")
    parser.add_argument("--threads", type=int, help="default: PyTorch's own choice")
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()

    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    torch.manual_seed(arguments.seed)
    autocast = torch.autocast("cpu", torch.bfloat16, enabled=arguments.precision == "bfloat16")
    try:
        train(arguments.variant, arguments.data, arguments.epochs, autocast)
    except Skipped as reason:
        print(json.dumps({"skipped": str(reason)}))


if __name__ == "__main__":
    main()
