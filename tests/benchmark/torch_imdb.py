"""Deep VIB on movie reviews in PyTorch: the program that `vib train configs/imdb.yaml` is measured against.

Embedding 50, a convolution of 250 filters over 3 tokens, ReLU, maximum over time (padding masked), two linear heads of
128 (mu, and sigma = softplus(s - 5)), a linear decoder of 2 logits; Adam 1e-3, batches of 32, beta = 1e-3.

    tuned      the tokens in one tensor, an index per batch, fused Adam
    compiled   tuned, and forward and loss through torch.compile (compiled before the clock starts)

The tokens come from a file that torch.load reads: {"train": [N, L], "train_targets": [N], "test", "test_targets"}, as
the tests' program load_imdb writes. One JSON line per epoch: the seconds of its training part, and the test error (a
fraction, at z = mu). Where torch.compile does not work, `compiled` prints {"skipped": why} instead.

    python tests/benchmark/torch_imdb.py tuned --tokens tokens.pt
"""

import argparse
import json
import pathlib
import time

import torch
from torch import nn
from torch.nn import functional

VOCABULARY, EMBEDDING, FILTERS, WIDTH, LATENT, CLASSES = 5000, 50, 250, 3, 128, 2
BATCH, BETA = 32, 1e-3


class Vib(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(VOCABULARY, EMBEDDING)
        self.convolution = nn.Conv1d(EMBEDDING, FILTERS, WIDTH)
        self.mean = nn.Linear(FILTERS, LATENT)
        self.scale = nn.Linear(FILTERS, LATENT)
        self.decoder = nn.Linear(LATENT, CLASSES)

    def features(self, tokens):
        h = functional.relu(self.convolution(self.embedding(tokens).transpose(1, 2)))
        padded = tokens.eq(0).unfold(1, WIDTH, 1).all(-1)
        # After the ReLU 0 is as low as -inf.  `max` with its index has a much cheaper backward pass than `amax`.
        return h.masked_fill(padded.unsqueeze(1), 0).max(-1).values

    def encode(self, tokens):
        h = self.features(tokens)
        return self.mean(h).float(), functional.softplus(self.scale(h).float() - 5)

    def loss(self, tokens, y):
        """Distortion + beta * rate in nats, averaged over the batch."""
        mu, sigma = self.encode(tokens)
        logits = self.decoder(torch.addcmul(mu, sigma, torch.randn_like(mu))).float()
        rate = 0.5 * (mu.square() + sigma.square() - 1).sum() - sigma.log().sum()
        return functional.cross_entropy(logits, y) + BETA * rate / len(y)


@torch.no_grad()
def error(model, tokens, y):
    wrong = [(model.decoder(model.encode(t)[0]).argmax(1) != c).sum() for t, c in zip(tokens.split(250), y.split(250))]
    return sum(wrong).item() / len(y)


def train(variant, data, epochs, steps, autocast, evaluate):
    tokens, targets = data["train"].long(), data["train_targets"]
    model = Vib()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, fused=True)
    loss = torch.compile(model.loss) if variant == "compiled" else model.loss
    with autocast:
        loss(tokens[:BATCH], targets[:BATCH]).backward()
    for epoch in range(1, epochs + 1):
        start = time.perf_counter()
        batches = torch.randperm(len(targets)).split(BATCH)[:steps]
        for index in batches:
            optimizer.zero_grad()
            with autocast:
                value = loss(tokens.index_select(0, index), targets.index_select(0, index))
            value.backward()
            optimizer.step()
        seconds = time.perf_counter() - start
        line = {"epoch": epoch, "seconds": seconds, "seconds_per_step": seconds / len(batches)}
        if evaluate:
            line["error"] = error(model, data["test"].long(), data["test_targets"])
        print(json.dumps(line), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("variant", choices=["tuned", "compiled"])
    parser.add_argument("--tokens", type=pathlib.Path, required=True, help="what load_imdb wrote")
    parser.add_argument("--precision", choices=["float32", "bfloat16"], default="float32", help="of the products")
    parser.add_argument("--threads", type=int, help="default: PyTorch's own choice")
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--steps", type=int, help="of each epoch, for a quick look; default: all")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--no-error", action="store_true", help="leave the test error out")
    arguments = parser.parse_args()

    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    torch.manual_seed(arguments.seed)
    autocast = torch.autocast("cpu", torch.bfloat16, enabled=arguments.precision == "bfloat16")
    data = torch.load(arguments.tokens, weights_only=True)
    try:
        train(arguments.variant, data, arguments.epochs, arguments.steps, autocast, not arguments.no_error)
    except RuntimeError as failure:
        if arguments.variant != "compiled":
            raise
        print(json.dumps({"skipped": f"torch.compile: {failure}"}))


if __name__ == "__main__":
    main()
