"""What bench_serve measures, in PyTorch on the same weights: a run of configs/mnist.yaml, float32, on the CPU.

    torch_serve.py RUN IMAGES DRAWS
"""

import gzip
import json
import pathlib
import statistics
import sys
import time

import numpy as np
import torch
import torch.nn.functional as F

run, images, draws = pathlib.Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
weights = torch.load(run / "weights.pt", weights_only=True)
layers = [(weights[f"backbone.layers.{i}.weight"], weights[f"backbone.layers.{i}.bias"]) for i in range(2)]
pixels = gzip.open(images).read() if images.endswith(".gz") else pathlib.Path(images).read_bytes()
pixels = torch.from_numpy(np.frombuffer(pixels, np.uint8, offset=16).reshape(-1, 784)[:1000].copy())


@torch.inference_mode()
def predict(x):
    """As Predictor::predict: the mean of the draws' probabilities, the probabilities at z = mu, the rate."""
    h = x.float().mul_(2 / 255).sub_(1)
    for weight, bias in layers:
        h = F.relu(F.linear(h, weight, bias))
    mean, s = F.linear(h, weights["bottleneck.linear.weight"], weights["bottleneck.linear.bias"]).chunk(2, -1)
    sigma = F.softplus(s - 5)
    decode = lambda z: F.linear(z, weights["decoder.linear.weight"], weights["decoder.linear.bias"])
    total = sum(decode(mean + sigma * torch.randn_like(mean)).double().softmax(-1) for _ in range(draws))
    log_variance = 2 * sigma.log()
    rate = (mean.square() + log_variance.expm1() - log_variance).sum(-1) / 2
    return total / draws, decode(mean).softmax(-1), rate


def median_seconds(calls, x):
    seconds = []
    for _ in range(calls):
        start = time.perf_counter()
        predict(x)
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds)


for _ in range(50):
    predict(pixels[:1])
print(json.dumps({"latency_us": 1e6 * median_seconds(1000, pixels[:1]),
                  "examples_per_second": len(pixels) / median_seconds(15, pixels),
                  "mean_rate_bits": float(predict(pixels)[2].mean() / np.log(2))}))
