"""The autoencoder of configs/vae_*.yaml in PyTorch, written on its own: reconstruction and rate in bits per example.

    python torch_vae.py DATA.pt EPOCHS [SEED]      DATA.pt: train.inputs and test.inputs, bytes [N, ...]
"""

import json
import math
import sys

import torch
from torch import distributions, nn

LATENT, HIDDEN, BATCH, DRAWS = 32, [512, 256], 100, 12


def layers(widths):
    stack = []
    for a, b in zip(widths, widths[1:]):
        stack += [nn.Linear(a, b), nn.ReLU()]
    return stack


class Autoencoder(nn.Module):
    def __init__(self, pixels):
        super().__init__()
        self.encoder = nn.Sequential(*layers([pixels, *HIDDEN]), nn.Linear(HIDDEN[-1], 2 * LATENT))
        self.decoder = nn.Sequential(*layers([LATENT, *reversed(HIDDEN)]), nn.Linear(HIDDEN[0], pixels))
        for layer in self.modules():
            if isinstance(layer, nn.Linear):
                nn.init.xavier_uniform_(layer.weight)
                nn.init.zeros_(layer.bias)

    def terms(self, x, draws=1):
        """Distortion and rate of each example in nats."""
        mean, log_variance = self.encoder(x).chunk(2, -1)
        posterior = distributions.Normal(mean, (0.5 * log_variance).exp())
        rate = distributions.kl_divergence(posterior, distributions.Normal(0.0, 1.0)).sum(-1)
        z = posterior.rsample((draws,))
        pixels = distributions.Bernoulli(logits=self.decoder(z), validate_args=False)
        return -pixels.log_prob(x).sum(-1).mean(0), rate


def images(tensor):
    return tensor.flatten(1).float() / 255


def main(path, epochs, seed=0):
    torch.manual_seed(seed)
    data = torch.load(path, weights_only=True)
    train, test = images(data["train.inputs"]), images(data["test.inputs"])
    model = Autoencoder(train.shape[1])
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, fused=True)
    for _ in range(epochs):
        for batch in torch.randperm(len(train)).split(BATCH):
            distortion, rate = model.terms(train[batch])
            optimizer.zero_grad()
            (distortion + rate).mean().backward()
            optimizer.step()
    with torch.no_grad():
        terms = [model.terms(part, DRAWS) for part in test.split(1000)]
    distortion, rate = (torch.cat(part).double().mean().item() / math.log(2) for part in zip(*terms))
    return {"distortion_bits": distortion, "rate_bits": rate}


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], *map(int, sys.argv[2:]))))
