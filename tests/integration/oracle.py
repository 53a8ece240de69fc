"""Recomputes the numbers of a run in plain Python and PyTorch, from what the run wrote, and compares.

Also the shortest description of how to read a run in Python: weights are a plain dict of tensors, the configuration is
YAML, results are JSON. Nothing here shares code with the program: the network is rebuilt from the weights' names, the
rate comes from torch.distributions, all in float64.

    python tests/integration/oracle.py RUN --data FOLDER_OF_THE_FOUR_IDX_FILES
    python tests/integration/oracle.py RUN --split SPLIT.pt [--noise NOISE.pt]

SPLIT.pt is a dict {inputs: uint8 [N, 1, 28, 28], targets: int64 [N]}. NOISE.pt is a dict {noise: [M, N, K]} of the very
draws behind the run's numbers: all must then agree to 1e-4. Without it other draws are made, and what depends on draws
must agree within five standard errors. Prints every number of both, and exits with 1 when any differ.
"""

import argparse
import gzip
import json
import math
import pathlib
import sys
from dataclasses import dataclass

import numpy
import torch
import yaml
from torch.distributions import Independent, MultivariateNormal, Normal, kl_divergence
from torch.nn import functional

RELATIVE = 1e-4
STANDARD_ERRORS = 5
REPETITIONS = 8  # of the run's M draws, where other draws are made


@dataclass
class Network:
    """An MLP backbone, a Gaussian bottleneck and a linear decoder, as functions of the weights."""

    weights: dict
    latent: dict  # the configuration's model.latent

    @classmethod
    def load(cls, path, latent):
        weights = torch.load(path, weights_only=True)
        return cls({name: tensor.double() for name, tensor in weights.items()}, latent)

    def linear(self, name, x):
        return functional.linear(x, self.weights[f"{name}.weight"], self.weights[f"{name}.bias"])

    def backbone(self, x):
        layers = {int(name.split(".")[2]) for name in self.weights if name.startswith("backbone.layers.")}
        for layer in sorted(layers):
            x = self.linear(f"backbone.layers.{layer}", x).relu()
        return x

    def posterior(self, x):
        """q(z|x) as a distribution of vectors `[N, K]`."""
        k = int(self.latent["dim"])
        mu, s, a = self.linear("bottleneck.linear", self.backbone(x)).tensor_split((k, 2 * k), dim=1)
        if self.latent["scale"] == "softplus":
            sigma = functional.softplus(s - float(self.latent["shift"]))
        else:
            sigma = (s / 2).exp()
        if self.latent["covariance"] == "diagonal":
            return Independent(Normal(mu, sigma), 1)
        factor = torch.diag_embed(torch.ones_like(sigma))
        factor[:, *torch.tril_indices(k, k, -1)] = a / math.sqrt(k)
        return MultivariateNormal(mu, scale_tril=sigma[:, :, None] * factor)

    def log_softmax(self, z):
        """log q(y|z) in nats for every class: `[..., classes]`."""
        return self.linear("decoder.linear", z).log_softmax(-1)


@dataclass
class Estimate:
    """A mean over the split, and the standard error that the draws of z leave in it for one set of M draws."""

    value: float
    standard_error: float = 0.0


def standard_normals(samples, like):
    """Endless sets of M draws, each draw `[N, K]`."""
    generator = torch.Generator().manual_seed(0)
    while True:
        yield (torch.randn(like.shape, dtype=like.dtype, generator=generator) for _ in range(samples))


def draw(posterior, epsilon):
    if isinstance(posterior, MultivariateNormal):
        return posterior.loc + (posterior.scale_tril @ epsilon[:, :, None]).squeeze(2)
    return posterior.base_dist.loc + posterior.base_dist.scale * epsilon


def score(network, posterior, noise, targets):
    """Per example `[N]`, from one set of draws: error and NLL of the mean of softmaxes, and the distortion, in bits."""
    draws = torch.stack([network.log_softmax(draw(posterior, epsilon)) for epsilon in noise])  # [M, N, classes]
    averaged = draws.logsumexp(0) - math.log(len(draws))
    true_class = targets[:, None]
    return {
        "error": (averaged.argmax(1) != targets).double(),
        "nll_bits": -averaged.gather(1, true_class).squeeze(1) / math.log(2),
        "distortion_bits": -draws.mean(0).gather(1, true_class).squeeze(1) / math.log(2),
    }


def over_repetitions(terms):
    """`[S, N]` values of S independent sets of draws: their mean, and the deviation of one set's mean over examples."""
    terms = torch.stack(terms)
    spread = terms.var(0).mean().div(terms.shape[1]).sqrt() if len(terms) > 1 else 0.0
    return Estimate(terms.mean().item(), float(spread))


@torch.no_grad()
def recompute(network, inputs, targets, samples, noise=None):
    """What summary.json says of one split. `noise` `[M, N, K]`: the draws to use; else sets of `samples` are drawn."""
    posterior = network.posterior(inputs)
    mean = posterior.mean
    prior = Independent(Normal(torch.zeros_like(mean), torch.ones_like(mean)), 1)
    if isinstance(posterior, MultivariateNormal):
        prior = MultivariateNormal(torch.zeros_like(mean), torch.eye(mean.shape[1], dtype=mean.dtype))
    sets = [noise.double()] if noise is not None else standard_normals(samples, mean)
    scores = [score(network, posterior, draws, targets) for _, draws in zip(range(REPETITIONS), sets)]
    frequencies = targets.bincount().double() / len(targets)
    label_entropy = -torch.special.xlogy(frequencies, frequencies).sum().item() / math.log(2)

    numbers = {name: over_repetitions([s[name] for s in scores]) for name in scores[0]}
    distortion = numbers["distortion_bits"]
    return numbers | {
        "rate_bits": Estimate(kl_divergence(posterior, prior).mean().item() / math.log(2)),
        "error_mean_z": Estimate((network.log_softmax(mean).argmax(1) != targets).double().mean().item()),
        "izy_bits": Estimate(label_entropy - distortion.value, distortion.standard_error),
    }


def allowed(name, estimate, examples):
    """How far the run's number may lie from ours."""
    if name.startswith("error"):
        tolerance = 1.5 / examples  # one example may sit on the edge between two classes
    else:
        tolerance = RELATIVE * abs(estimate.value)
    spread_of_difference = estimate.standard_error * math.sqrt(1 + 1 / REPETITIONS)
    return tolerance + STANDARD_ERRORS * spread_of_difference


def compare(title, found, expected, examples):
    """Prints one line per number; true when all agree."""
    agree = found["examples"] == examples
    if not agree:
        print(f"{title} examples: run {found['examples']}, oracle {examples}: DIFFERS")
    for name, estimate in expected.items():
        difference, bound = abs(found[name] - estimate.value), allowed(name, estimate, examples)
        verdict = "ok" if difference <= bound else "DIFFERS"
        agree &= difference <= bound
        numbers = f"run {found[name]:.8g}, oracle {estimate.value:.8g}"
        print(f"{title} {name}: {numbers}, apart {difference:.2g}, allowed {bound:.2g}: {verdict}")
    return agree


def read_idx(folder, name):
    path = folder / name
    data = path.read_bytes() if path.exists() else gzip.decompress((folder / f"{name}.gz").read_bytes())
    dimensions = data[3]
    shape = numpy.frombuffer(data, ">i4", dimensions, offset=4)
    return torch.tensor(numpy.frombuffer(data, numpy.uint8, offset=4 + 4 * dimensions).reshape(shape))


def read_test_split(arguments, low, high):
    """Images as `[N, pixels]` between `low` and `high`, and their classes `[N]`."""
    if arguments.split:
        split = torch.load(arguments.split, weights_only=True)
        images, targets = split["inputs"], split["targets"]
    else:
        images = read_idx(arguments.data, "t10k-images-idx3-ubyte")
        targets = read_idx(arguments.data, "t10k-labels-idx1-ubyte").long()
    return low + images.flatten(1).double() / 255 * (high - low), targets


def read_config(run):
    config = yaml.safe_load((run / "config.yaml").read_text())
    model = config["model"]
    kind = (model["deterministic"], model["encoder"]["type"], model["encoder"]["activation"], model["decoder"]["type"])
    if kind != (False, "mlp", "relu", "linear"):
        sys.exit(f"{run}: a stochastic ReLU MLP with a linear decoder is all that oracle.py rebuilds, this is {kind}")
    return config


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=pathlib.Path)
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--data", type=pathlib.Path, help="the folder of MNIST's IDX files, .gz or plain")
    source.add_argument("--split", type=pathlib.Path, help="the test split as a .pt file")
    parser.add_argument("--noise", type=pathlib.Path, help="the draws behind the run's numbers, as a .pt file")
    arguments = parser.parse_args()

    config = read_config(arguments.run)
    summary = json.loads((arguments.run / "summary.json").read_text())
    noise = torch.load(arguments.noise, weights_only=True)["noise"] if arguments.noise else None
    inputs, targets = read_test_split(arguments, *map(float, config["data"]["range"]))

    agree = True
    for title, weights in [("test", "weights.pt"), ("test_raw", "weights_raw.pt")]:
        if title in summary:
            network = Network.load(arguments.run / weights, config["model"]["latent"])
            expected = recompute(network, inputs, targets, summary[title]["samples"], noise)
            agree &= compare(title, summary[title], expected, len(targets))
    sys.exit(0 if agree else 1)


if __name__ == "__main__":
    main()
