"""`vib export`: runs of every kind of network, in every format, loaded by other people's readers.

    export_test.py      (VIB in the environment: the program)

What a network computes is recomputed here in float64 from weights.pt, config.yaml and data.json. The examples of
docs/export.md run as written; where VIB_DATA_DIR has MNIST, on 1,000 of its test images.
"""

import csv
import gzip
import json
import math
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

import numpy as np
import torch
import yaml
from torch.distributions import MultivariateNormal, kl_divergence
from torch.nn import functional

from program import ROOT, VIB, ProgramTest, vib

try:
    import onnxruntime
    import safetensors
    from safetensors.torch import load_file
except ImportError as error:
    print(f"skipped: {error}; pip install onnxruntime safetensors")
    sys.exit(77)
try:
    import onnx
except ImportError:
    onnx = None

torch.set_num_threads(1)
os.environ["OMP_NUM_THREADS"] = "1"  # of the program
MNIST = pathlib.Path(os.environ.get("VIB_DATA_DIR", "")) / "mnist"
TOLERANCE = 1e-5  # absolute, of numbers up to 1; relative beyond
FILES = {"torchscript": "model.torchscript.pt", "onnx": "model.onnx", "safetensors": "model.safetensors"}
ACTIVATIONS = {"relu": torch.relu, "gelu": functional.gelu, "silu": functional.silu, "tanh": torch.tanh}
worst = {"torchscript": 0.0, "onnx": 0.0}


def numbers(values):
    return torch.tensor(values, dtype=torch.float64)


class Reference:
    """A run's network in float64."""

    def __init__(self, run):
        weights = torch.load(run / "weights.pt", weights_only=True)
        self.weights = {name: tensor.double() for name, tensor in weights.items()}
        self.model = yaml.safe_load((run / "config.yaml").read_text())["model"]
        self.data = json.loads((run / "data.json").read_text())

    def linear(self, name, x):
        return functional.linear(x, self.weights[f"{name}.weight"], self.weights[f"{name}.bias"])

    def mlp(self, name, x):
        part = "decoder" if name.startswith("decoder") else "encoder"
        activate = ACTIVATIONS[self.model[part].get("activation", "relu")]
        count = sum(key.startswith(f"{name}.layers.") and key.endswith("weight") for key in self.weights)
        for i in range(count):
            x = activate(self.linear(f"{name}.layers.{i}", x))
        return x

    def prepared(self, x):
        data = self.data
        if data["inputs"] == "tokens":
            return x
        x = x.double()
        if data["inputs"] == "bytes":
            x = data["low"] + x / 255 * (data["high"] - data["low"])
        mean, scale = ((numbers(data[key]["values"]).reshape(data[key]["shape"]) if data[key] else None)
                       for key in ("mean", "scale"))
        if columns := data["table"]["inputs"]:
            mean, scale, fill = (numbers([column[key] for column in columns if column["numeric"]])
                                 for key in ("mean", "scale", "fill"))
            cells = torch.where(x[:, :len(mean)].isnan(), fill, x[:, :len(mean)])
            return torch.cat([(cells - mean) / scale, x[:, len(mean):]], 1)  # numeric ones come first here
        return x if mean is None else (x - mean) / scale

    def features(self, x):
        kind, weights = self.model["encoder"]["type"], self.weights
        if kind == "mlp":
            return self.mlp("backbone", x.flatten(1))
        if kind == "conv":
            for i in range(len(self.model["encoder"]["channels"])):
                layer = f"backbone.convolutions.{i}"
                x = functional.conv2d(x, weights[f"{layer}.weight"], weights[f"{layer}.bias"], padding=1)
                x = functional.max_pool2d(ACTIVATIONS[self.model["encoder"]["activation"]](x), 2)
            return self.mlp("backbone.dense", x.flatten(1))
        table, rows = weights["backbone.embedding.weight"], []
        for text in x:  # one by one, in words instead of masks
            if kind == "text_mean":
                words = table[text[text != 0]]
                rows.append(words.mean(0) if len(words) else torch.zeros(table.shape[1]).double())
                continue
            width = weights["backbone.convolution.weight"].shape[2]
            windows = [text[i:i + width] for i in range(len(text) - width + 1) if text[i:i + width].any()]
            sums = [torch.einsum("fek,ke->f", weights["backbone.convolution.weight"], table[window]) +
                    weights["backbone.convolution.bias"] for window in windows]
            nothing = torch.zeros(len(weights["backbone.convolution.bias"])).double()
            rows.append(torch.stack([nothing, *sums]).amax(0))  # and with the zeros the ReLU
        return self.mlp("backbone.dense", torch.stack(rows))

    def posterior(self, x):
        """The mean, and the Cholesky factor of the covariance."""
        output = self.linear("bottleneck.linear", self.features(self.prepared(x)))
        if self.model["deterministic"]:
            return output, None
        latent = self.model["latent"]
        k = latent["dim"]
        mean, s, below = output.tensor_split((k, 2 * k), 1)
        if latent["scale"] == "softplus":
            s = 2 * functional.softplus(s - latent["shift"]).log()
        factor = torch.eye(k).double().repeat(len(x), 1, 1)
        if latent["covariance"] == "full":
            rows, columns = torch.tril_indices(k, k, -1)
            factor[:, rows, columns] = (below / math.sqrt(k)).clamp(-1000, 1000)
        return mean, (s.clamp(-40, 40) / 2).exp()[:, :, None] * factor

    def moments(self, z):
        """Mean and variance of y given z, as it was standardised; no variance but of Gaussians."""
        o = self.linear("decoder.linear", self.mlp("decoder.trunk", z))
        kind = self.model["likelihood"]["type"]
        if kind == "auto":
            pixels = "bernoulli" if self.data["inputs"] == "bytes" else "gaussian"
            kind = pixels if self.data["reconstructs"] else "categorical" if self.data["classes"] else "gaussian_shared"
        if kind == "gaussian":
            return o, torch.full_like(o, self.model["likelihood"].get("variance", 1))
        if kind == "gaussian_shared":
            return o, (10 * self.weights["shared_outputs"]).exp().expand(o.shape)
        if kind == "gaussian_learned":
            mean, log_variance = o.chunk(2, -1)
            return mean, log_variance.clamp(-40, 40).exp()
        mean = o.softmax(-1) if kind == "categorical" else o.sigmoid()
        return torch.cat([1 - mean, mean], -1) if kind == "bernoulli" and self.data["classes"] else mean, None

    def unit(self):
        """What standardised values were made of: mean and scale."""
        if not self.data["target_mean"]:
            return 0, 1
        return [numbers(self.data[key]["values"]) for key in ("target_mean", "target_scale")]

    def __call__(self, x):
        """{output: numbers}"""
        mean, factor = self.posterior(x)
        centre, scale = self.unit()
        moments = self.moments(mean)
        answer = {"probabilities" if self.data["classes"] else "mean": centre + scale * moments[0]}
        if moments[1] is not None:
            answer["sd"] = scale * moments[1].sqrt()
        if factor is not None and self.model["prior"]["type"] in ("standard_normal", "gaussian"):
            centre = prior = torch.zeros(mean.shape[1], dtype=torch.float64)
            if self.model["prior"]["type"] == "gaussian":
                centre, prior = self.weights["prior.mean"], self.weights["prior.log_variance"].clamp(-40, 40)
            prior = MultivariateNormal(centre, scale_tril=(prior / 2).exp().diag())
            rate = kl_divergence(MultivariateNormal(mean, scale_tril=factor), prior)
            answer["rate_bits"] = rate / math.log(2)
        return answer


def torchscript(file):
    model = torch.jit.load(file)
    return lambda x: {name: value.numpy() for name, value in model(x).items()}


def session_of(file):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(file, options)


def onnx_model(file):
    if onnx:
        onnx.checker.check_model(str(file), full_check=True)
    session = session_of(file)
    names = [output.name for output in session.get_outputs()]
    return lambda x: dict(zip(names, session.run(names, {"inputs": x.numpy()})))


LOADERS = {"torchscript": torchscript, "onnx": onnx_model}


class Runs(ProgramTest):
    def setUp(self):
        super().setUp()
        self.run_directory = self.folder / "run"
        self.rng = np.random.default_rng(0)

    def train(self, x, y, *settings, **data):
        config = {"threads": 1, "seed": 3, "model": {"latent": {"dim": 3}, "encoder": {"hidden": [12, 9]}},
                  "optimizer": {"lr": 0.01, "ema": 0.9}, "train": {"epochs": 3, "batch_size": 20},
                  "data": {"name": "tensors", "root": str(self.folder), "test": 40, "validation": 0,
                           "train_inputs": "x.npy"} | data}
        np.save(self.folder / "x.npy", x)
        if y is not None:
            np.save(self.folder / "y.npy", y)
            config["data"]["train_targets"] = "y.npy"
        self.train_with(config, *settings)

    def train_with(self, config, *settings):
        (self.folder / "config.yaml").write_text(json.dumps(config))
        done = vib("train", self.folder / "config.yaml", *settings, "--out", self.run_directory, "--quiet")
        self.assertEqual(done.returncode, 0, done.stderr)

    def export(self, kind, *arguments):
        done = vib("export", self.run_directory, "--format", kind, *arguments, "--json")
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def check(self, x, file="x.npy", outputs=None):
        """Both graphs beside the reference, at three batch sizes; the weights' file; `vib predict`."""
        x = torch.from_numpy(x)
        expected = Reference(self.run_directory)(x)
        for kind, load in LOADERS.items():
            told = self.export(kind)
            self.assertEqual([output["name"] for output in told["outputs"]], list(expected))
            model = load(self.run_directory / FILES[kind])
            for size in (1, 7, len(x)):
                self.compare(kind, model(x[-size:]), {name: value[-size:] for name, value in expected.items()})
            for output in told["outputs"]:
                self.assertEqual(output["shape"][1:], list(expected[output["name"]].shape[1:]))
        self.check_weights()
        self.check_predictions(expected, file)

    def compare(self, kind, found, expected):
        self.assertEqual(list(found), list(expected))
        for name, value in expected.items():
            exact = name in ("mean", "sd") and Reference(self.run_directory).data["target_mean"]
            self.assertEqual(found[name].dtype, np.float64 if exact else np.float32)
            self.assertEqual(found[name].shape, tuple(value.shape))
            difference = (np.abs(found[name] - value.numpy()) / np.maximum(1, np.abs(value.numpy()))).max()
            worst[kind] = max(worst[kind], difference)
            self.assertLess(difference, TOLERANCE, (kind, name))

    def check_weights(self):
        self.export("safetensors")
        file = self.run_directory / FILES["safetensors"]
        ours, theirs = load_file(file), torch.load(self.run_directory / "weights.pt", weights_only=True)
        self.assertEqual(sorted(ours), sorted(theirs))
        for name, tensor in theirs.items():
            self.assertEqual(ours[name].dtype, tensor.dtype)
            self.assertTrue(torch.equal(ours[name], tensor), name)
        state = torch.jit.load(self.run_directory / FILES["torchscript"]).state_dict()
        for name, tensor in theirs.items():
            self.assertTrue(torch.equal(state[name], tensor), name)
        self.assertLessEqual(set(state) - set(theirs),
                             {"inputs.mean", "inputs.scale", "inputs.fill", "targets.mean", "targets.scale"})

    def check_predictions(self, expected, file):
        """The rate does not depend on draws; of a deterministic model nothing does."""
        done = vib("predict", self.run_directory, self.folder / file, "--json")
        self.assertEqual(done.returncode, 0, done.stderr)
        rows = [json.loads(line) for line in done.stdout.splitlines()]
        if "rate_bits" in expected:
            theirs = np.array([row["rate_bits"] for row in rows])
            ours = expected["rate_bits"].numpy()
            self.assertLess((np.abs(theirs - ours) / np.maximum(1, ours)).max(), 1e-4)
        elif "probabilities" in expected:
            best = expected["probabilities"].max(1)
            names = json.loads((self.run_directory / "data.json").read_text())["class_names"]
            self.assertEqual([row["class"] for row in rows], [names[i] if names else i for i in best.indices.tolist()])
            self.assertLess(np.abs([row["probability"] for row in rows] - best.values.numpy()).max(), TOLERANCE)
        else:
            width = expected["mean"].shape[1]
            names = Reference(self.run_directory).data["target_names"] or [f"y_{i}" for i in range(width)]
            for key in ("mean", "sd"):
                theirs = np.array([[row[f"{key}:{name}"] for name in names] for row in rows])
                ours = expected[key].numpy()
                self.assertLess((np.abs(theirs - ours) / np.maximum(1, np.abs(ours))).max(), TOLERANCE)


class Networks(Runs):
    def images(self, classes=3):
        y = self.rng.integers(0, classes, 160)
        x = self.rng.integers(0, 150, (160, 1, 8, 10), dtype=np.uint8)
        x[np.arange(160), 0, y] += 100
        return x, y

    def numbers(self, n=160):
        return (self.rng.normal(size=(n, 5)) * [1, 20, 1, 0.1, 3] + [0, 1000, -5, 1, 0]).astype(np.float32)

    def tokens(self):
        x = self.rng.integers(1, 30, (160, 9))
        x[np.arange(9) < self.rng.integers(0, 10, (160, 1))] = 0  # padded in front; some are nothing else
        x[:5, 4] = 0  # and some have a gap
        x[-1] = 0
        return x, (x == 7).any(1).astype(np.int64)

    def test_mlp(self):
        x, y = self.images()
        self.train(x, y, "data.standardize=false")
        self.check(x)
        done = vib("export", self.run_directory, "--format", "onnx", "--out", self.folder / "other", "--quiet")
        bytes_ = (self.folder / "other").stat().st_size
        self.assertEqual(done.stdout, f"{self.folder}/other: {bytes_} bytes, inputs uint8 [batch, 1, 8, 10] -> "
                         "probabilities float32 [batch, 3], rate_bits float32 [batch]\n")
        self.assertEqual(done.stderr, "")
        self.assertEqual((self.folder / "other").read_bytes(), (self.run_directory / "model.onnx").read_bytes())

    def test_what_the_files_say_of_themselves(self):
        x, y = self.images()
        self.train(x, y, "model.latent.scale=softplus", "model.latent.shift=2")
        self.check(x)
        with safetensors.safe_open(self.run_directory / FILES["safetensors"], "np") as file:
            metadata = file.metadata()
        self.assertEqual(metadata, metadata | {
            "format": "pt", "encoder": "mlp", "likelihood": "categorical", "latent_dim": "3", "inputs": "bytes",
            "latent_covariance": "diagonal", "latent_scale": "softplus", "latent_shift": "2", "shape": "[1,8,10]", "deterministic": "false"})
        session = session_of(self.run_directory / FILES["onnx"])
        self.assertEqual(session.get_modelmeta().custom_metadata_map, metadata)
        self.assertEqual(session.get_inputs()[0].shape, ["batch", 1, 8, 10])
        extra = {"metadata.json": ""}
        model = torch.jit.load(self.run_directory / FILES["torchscript"], _extra_files=extra)
        self.assertEqual(json.loads(extra["metadata.json"]), metadata)
        self.assertFalse(any(parameter.requires_grad for parameter in model.parameters()))
        with self.assertRaisesRegex(Exception, "uint8"):  # numbers between 0 and 1 would give a plausible answer
            model(torch.from_numpy(x / np.float32(255)))
        frozen = torch.jit.freeze(model.eval())
        self.assertTrue(torch.equal(frozen(torch.from_numpy(x))["rate_bits"], model(torch.from_numpy(x))["rate_bits"]))

    def test_mlp_decoder_gelu_softplus_and_dropout(self):
        x, y = self.images()
        self.train(x, y, "model.encoder.activation=gelu", "model.encoder.dropout=0.2", "model.decoder.type=mlp",
                   "model.decoder.hidden=[7, 6]", "model.decoder.activation=silu", "model.latent.scale=softplus",
                   "data.range=[0, 1]")
        self.check(x)

    def test_a_learned_prior(self):
        x, y = self.images()
        self.train(x, y, "model.prior.type=gaussian", "optimizer.lr=3e-2", "objective.beta=0.1")
        prior = Reference(self.run_directory).weights
        self.assertGreater(prior["prior.mean"].abs().max(), 0.05)
        self.assertGreater(prior["prior.log_variance"].abs().max(), 0.05)
        self.check(x)

    def test_priors_against_which_the_rate_has_no_closed_form(self):
        x, y = self.images()
        for prior in ("mixture, components: 5", "vamp, components: 5", "aggregate, examples: 9", "class_conditional"):
            self.run_directory = self.folder / prior[:4]
            self.train(x, y, f"model.prior={{type: {prior}}}")
            expected = Reference(self.run_directory)(torch.from_numpy(x))
            self.assertEqual(list(expected), ["probabilities"])
            for kind, load in LOADERS.items():
                told = vib("export", self.run_directory, "--format", kind)
                self.assertIn("without rate_bits: ", told.stderr)
                self.compare(kind, load(self.run_directory / FILES[kind])(torch.from_numpy(x)), expected)
            state = torch.jit.load(self.run_directory / FILES["torchscript"]).state_dict()
            held = set(torch.load(self.run_directory / "weights.pt", weights_only=True))
            self.assertEqual({name for name in held if name not in state}, {name for name in held if "prior" in name})
            self.export("safetensors")
            self.assertEqual(set(load_file(self.run_directory / FILES["safetensors"])), held)

    def test_a_full_covariance(self):
        x, y = self.images()
        for prior, scale in (("standard_normal", "log_variance"), ("gaussian", "softplus")):
            with self.subTest(prior), tempfile.TemporaryDirectory() as name:
                self.run_directory = pathlib.Path(name) / "run"
                self.train(x, y, "model.latent.covariance=full", "model.latent.dim=5", f"model.prior.type={prior}",
                           f"model.latent.scale={scale}", "optimizer.lr=3e-2", "objective.beta=0.1")
                factor = Reference(self.run_directory).posterior(torch.from_numpy(x))[1]
                self.assertGreater((factor.tril(-1).abs().sum(2)[:, 1:] / factor.diagonal(0, 1, 2)[:, 1:]).max(), 0.5)
                self.check(x)

    def test_softplus_far_into_its_tail(self):
        x, y = self.images()
        self.train(x, y, "model.latent.scale=softplus", "model.latent.shift=19")
        self.check(x)

    def test_linear_encoder(self):
        x = self.numbers()
        self.train(x, (x[:, 0] > 0).astype(int), "model.encoder.hidden=[]")
        self.check(x)

    def test_conv(self):
        x, y = self.images()
        self.train(x, y, "model.encoder.type=conv", "model.encoder.channels=[3, 4]", "model.encoder.activation=silu")
        self.check(x)

    def test_conv_and_two_classes_as_one_label(self):
        x, y = self.images(classes=2)
        self.train(x, y, "model.encoder.type=conv", "model.encoder.channels=[3]", "model.encoder.activation=tanh",
                   "model.likelihood.type=bernoulli")
        self.check(x)

    def test_text_cnn(self):
        for width in (1, 3):
            with self.subTest(width=width), tempfile.TemporaryDirectory() as name:
                self.run_directory = pathlib.Path(name) / "run"
                x, y = self.tokens()
                self.train(x, y, "model.encoder.type=text_cnn", "model.encoder.embedding=6", "model.encoder.filters=8",
                           f"model.encoder.width={width}")
                self.check(x)
                shorter = torch.from_numpy(x[:, -4:])
                expected = Reference(self.run_directory)(shorter)
                for kind, load in LOADERS.items():
                    self.compare(kind, load(self.run_directory / FILES[kind])(shorter), expected)

    def test_text_mean(self):
        x, y = self.tokens()
        self.train(x, y, "model.encoder.type=text_mean", "model.encoder.embedding=6", "model.encoder.hidden=[5]")
        self.check(x)

    def test_values(self):
        x = self.numbers()
        for kind in ("gaussian", "gaussian_shared", "gaussian_learned"):
            with self.subTest(kind), tempfile.TemporaryDirectory() as name:
                self.run_directory = pathlib.Path(name) / "run"
                self.train(x, np.stack([x[:, 0], x[:, 1] / 100], 1), f"model.likelihood.type={kind}", targets="values")
                self.check(x)

    def test_labels(self):
        x = self.numbers()
        self.train(x, (x[:, :3] > [0, 1000, -5]).astype(np.float32), "model.likelihood.type=bernoulli",
                   targets="values")
        self.check(x)

    def test_deterministic_classes(self):
        x, y = self.images()
        self.train(x, y, "model.deterministic=true")
        self.check(x)
        mean = torchscript(self.run_directory / FILES["torchscript"])(torch.from_numpy(x))
        self.export("torchscript", "--draws", 5)  # a point has one draw
        drawn = torchscript(self.run_directory / FILES["torchscript"])(torch.from_numpy(x))
        self.assertTrue((mean["probabilities"] == drawn["probabilities"]).all())

    def test_deterministic_values(self):
        x = self.numbers()
        self.train(x, x[:, :2] / [1, 100], "model.deterministic=true", targets="values")
        self.check(x)

    def test_reconstructed_numbers(self):
        x = self.numbers()
        self.train(x, None, target="input")
        self.check(x)

    def test_reconstructed_images(self):
        x, _ = self.images()
        self.train(x, None, "data.standardize=false", target="input")
        self.check(x)

    def test_table(self):
        size, age = self.rng.normal(2000, 300, 160), self.rng.normal(5, 1, 160)
        colour = self.rng.choice(["blue", "red"], 160)
        with open(self.folder / "table.csv", "w", newline="") as file:
            csv.writer(file).writerows([["size", "age", "colour", "class"],
                                        *zip(size, age, colour, np.where(size > 2000, "a", "b"))])
        self.train_with({"threads": 1, "model": {"latent": {"dim": 3}, "encoder": {"hidden": [8]}},
                         "train": {"epochs": 3, "batch_size": 20},
                         "data": {"name": "csv", "root": str(self.folder), "train_file": "table.csv",
                                  "target_columns": ["class"], "validation": 0}})
        self.check(np.stack([size, age, colour == "blue", colour == "red"], 1), file="table.csv")

    def test_rows_with_a_large_number_and_missing_cells(self):
        """Seconds since 1970, of which float32 knows every 128th."""
        time, age = 1.7e9 + self.rng.permutation(160), self.rng.normal(5, 1, 160)
        colour = self.rng.choice(["blue", "red"], 160)
        price, due = 1000 * (time - 1.7e9) / 160 + 500 * age, time + 10 * age
        time[[3, 20]], age[[7, 20]] = np.nan, np.nan
        with open(self.folder / "table.csv", "w", newline="") as file:
            csv.writer(file).writerows([["time", "age", "colour", "price", "due"],
                                        *zip(time, age, colour, price, due)])
        x = np.stack([time, age, colour == "blue", colour == "red"], 1)
        for deterministic in ("true", "false"):
            with self.subTest(deterministic=deterministic), tempfile.TemporaryDirectory() as name:
                self.run_directory = pathlib.Path(name) / "run"
                self.train_with({"threads": 1, "model": {"latent": {"dim": 3}, "encoder": {"hidden": [8]}},
                                 "train": {"epochs": 20, "batch_size": 20}, "optimizer": {"lr": 0.01},
                                 "data": {"name": "csv", "root": str(self.folder), "train_file": "table.csv",
                                          "targets": "values", "target_columns": ["price", "due"], "missing": "mean",
                                          "validation": 0}}, f"model.deterministic={deterministic}")
                self.check(x, file="table.csv")

    def test_tensors_with_a_large_number(self):
        x = np.stack([1.7e9 + self.rng.permutation(160), self.rng.normal(size=160)], 1)
        self.train(x, x[:, 0] - 1.7e9 + x[:, 1], "model.deterministic=true", targets="values")
        self.check(x)
        with torch.no_grad():
            reference = Reference(self.run_directory)(torch.from_numpy(x))["mean"]
        self.assertGreater(len(np.unique(reference.numpy().round(4))), 150)

    def test_draws_of_values(self):
        x = self.numbers()
        self.train(x, 1000 * x[:, :2] / [1, 20], "objective.beta=1", "train.epochs=8", "model.likelihood.type=gaussian",
                   "model.likelihood.variance=0.05", targets="values")
        reference, few = Reference(self.run_directory), torch.from_numpy(x[:20])
        mean, factor = reference.posterior(few)
        noise = torch.randn(20000, *mean.shape, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
        each, variance = reference.moments(mean + (factor @ noise[..., None]).squeeze(-1))
        scale = reference.unit()[1]
        limit = ((each.var(0) + variance.mean(0)).sqrt() * scale).numpy()
        for kind, load in LOADERS.items():
            with self.subTest(kind):
                self.export(kind, "--draws", 2000)
                torch.manual_seed(1)
                onnxruntime.set_seed(1)
                found = load(self.run_directory / FILES[kind])(few)["sd"]
                self.assertLess(np.abs(found / limit - 1).max(), 0.1)
                at_mean = reference(few)["sd"].numpy()
                self.assertLess((at_mean / limit).mean(), 0.8)  # the draws' spread counts

    def test_draws(self):
        for covariance in ("diagonal", "full"):
            with tempfile.TemporaryDirectory() as name:
                self.run_directory = pathlib.Path(name) / "run"
                self.check_draws(f"model.latent.covariance={covariance}")

    def check_draws(self, setting):
        x = self.numbers()
        self.train(x, (x[:, 0] > 0).astype(int), "objective.beta=0.2", "train.epochs=8", setting)
        reference, few = Reference(self.run_directory), torch.from_numpy(x[:20])
        mean, factor = reference.posterior(few)
        noise = torch.randn(100000, *mean.shape, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
        each = reference.moments(mean + (factor @ noise[..., None]).squeeze(-1))[0]
        limit, deviation = each.mean(0).numpy(), each.std(0).numpy()
        at_mean = reference.moments(mean)[0].numpy()
        draws, calls = 50, 200
        for kind, load in LOADERS.items():
            with self.subTest(kind, setting=setting):
                self.export(kind, "--draws", draws)
                torch.manual_seed(1)
                onnxruntime.set_seed(1)
                model = load(self.run_directory / FILES[kind])
                answers = [model(few) for _ in range(calls)]
                self.assertGreater(np.abs(answers[0]["probabilities"] - answers[1]["probabilities"]).max(), 1e-4)
                self.compare(kind, {"rate_bits": answers[0]["rate_bits"]}, {"rate_bits": reference(few)["rate_bits"]})
                found = np.mean([answer["probabilities"] for answer in answers], 0)
                error = deviation * math.sqrt(1 / (draws * calls) + 1 / len(noise))
                self.assertLess((np.abs(found - limit) / error).max(), 5)
                self.assertGreater((np.abs(at_mean - limit) / error).max(), 10)  # what z = μ gives is something else
                spread = np.std([answer["probabilities"] for answer in answers], 0) * math.sqrt(draws)
                self.assertLess(abs((spread / deviation).mean() - 1), 0.1)  # all draws count, and are independent
                torch.manual_seed(1)
                onnxruntime.set_seed(1)
                again = load(self.run_directory / FILES[kind])(few)
                self.assertTrue((again["probabilities"] == answers[0]["probabilities"]).all())


class Mistakes(Runs):
    def refused(self, code, parts, *arguments):
        done = vib("export", *arguments)
        self.assertEqual(done.returncode, code, done.stderr)
        for part in parts:
            self.assertIn(part, done.stderr)
        self.assertEqual(done.stdout, "")

    def test_mistakes(self):
        x = self.rng.normal(size=(100, 4))
        self.train(x, (x[:, 0] > 0).astype(int), "train.epochs=1")
        run = self.run_directory
        before = sorted(run.iterdir())
        self.refused(2, ["--format"], run)
        self.refused(2, ["--format", "onnxx", "torchscript", "safetensors"], run, "--format", "onnxx")
        self.refused(2, ["run is required"], "--format", "onnx")
        self.refused(2, ["--draws"], run, "--format", "onnx", "--draws", "0")
        self.refused(2, ["--draws", "safetensors"], run, "--format", "safetensors", "--draws", "3")
        for kind in FILES:
            self.refused(1, [f"{self.folder}/nothing", "no run there"], self.folder / "nothing", "--format", kind)
            missing = self.folder / "nothing/model"
            self.refused(1, [str(missing), "No such file"], run, "--format", kind, "--out", missing)
            self.refused(1, [str(self.folder)], run, "--format", kind, "--out", self.folder)
        self.assertEqual(sorted(run.iterdir()), before)
        # A file that is there is replaced, or stays.
        self.export("onnx")
        (run / "data.json").write_text("{")
        content = (run / "model.onnx").read_bytes()
        self.refused(1, ["data.json", "damaged"], run, "--format", "onnx")
        self.assertEqual((run / "model.onnx").read_bytes(), content)
        (run / "weights.pt").unlink()
        self.refused(1, ["not finished", "--resume"], run, "--format", "onnx")


class Document(unittest.TestCase):
    """docs/export.md, word for word, beside the reference."""

    def setUp(self):
        self.home = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        (self.home / "build/release/bin").mkdir(parents=True)
        (self.home / "build/release/bin/vib").symlink_to(VIB)

    def blocks(self, language):
        text = (ROOT / "docs/export.md").read_text()
        return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)

    def runs(self, images, *settings):
        done = vib("train", ROOT / "configs/mnist.yaml", *settings, "threads=1", "train.epochs=1", "--out",
                   self.home / "runs/mnist", "--quiet")
        self.assertEqual(done.returncode, 0, done.stderr)
        for command in self.blocks("sh")[0].splitlines():
            subprocess.run(command, shell=True, cwd=self.home, check=True, stdout=subprocess.DEVNULL)
        np.save(self.home / "images.npy", images)
        expected = Reference(self.home / "runs/mnist")(torch.from_numpy(images))
        differences = {}
        for kind, block in zip(FILES, self.blocks("python"), strict=True):
            keep = "numpy.save('found.npy', numpy.asarray(probabilities))\n"
            environment = os.environ | {"OMP_NUM_THREADS": "1"}
            done = subprocess.run([sys.executable, "-c", block + keep], cwd=self.home, env=environment,
                                  capture_output=True, text=True)
            self.assertEqual(done.returncode, 0, done.stderr)
            found = np.load(self.home / "found.npy")
            self.assertEqual(found.shape, (len(images), 10))
            differences[kind] = np.abs(found - expected["probabilities"].numpy()).max()
        return differences

    def test_on_drawn_digits(self):
        images = np.random.default_rng(0).integers(0, 256, (50, 1, 28, 28), dtype=np.uint8)
        settings = ["data={name: digits, train: 1000, test: 100, validation: 0}", "model.encoder.hidden=[32, 32]",
                    "model.latent.dim=8"]
        self.assertLess(max(self.runs(images, *settings).values()), TOLERANCE)

    @unittest.skipUnless(MNIST.is_dir(), "VIB_DATA_DIR has no mnist")
    def test_on_mnist(self):
        file = next(MNIST.glob("t10k-images*"))
        content = gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()
        images = np.frombuffer(content, np.uint8, offset=16).reshape(-1, 1, 28, 28)[:1000].copy()
        differences = self.runs(images, "model.encoder.hidden=[256, 256]")
        print("\n1,000 MNIST test images, largest difference of a probability:",
              ", ".join(f"{kind} {value:.1e}" for kind, value in differences.items()))
        self.assertLess(max(differences.values()), TOLERANCE)


def tearDownModule():
    print("\nlargest difference of any output:", ", ".join(f"{kind} {value:.1e}" for kind, value in worst.items()))


if __name__ == "__main__":
    unittest.main(warnings="ignore")  # torch.jit.load is deprecated
