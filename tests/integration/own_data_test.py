"""The program with people's own data: tensors, tables, images and texts from files, trained on, evaluated and predicted.

    own_data_test.py      (VIB in the environment: the program)

What is expected of the predictions is computed by numpy from the targets that the data were made with.
"""

import csv
import gzip
import io
import json
import os
import shutil
import struct
import subprocess
import time
import unittest
import zlib

import numpy as np

from program import VIB, ProgramTest, vib

CONFIG = {"threads": 1, "data": {"validation": 50, "test": 100},
          "model": {"encoder": {"hidden": [16]}, "latent": {"dim": 4}}, "objective": {"beta": 1e-4},
          "optimizer": {"lr": 0.02}, "train": {"epochs": 6, "batch_size": 25}}
# Which of the keys of `data` above each kind of data has.
USED = {"tensors": ("validation", "test"), "csv": ("validation",), "idx": ("validation",), "imdb": ("validation",),
        "images": ("validation",)}


def write_idx(path, array):
    content = struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape) + array.astype(np.uint8).tobytes()
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)


def write_png(path, pixels):
    """[H, W] or [H, W, 3] bytes, as RFC 2083 has it: no filter, one chunk of data."""
    def chunk(name, content):
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    rows = b"".join(b"\0" + row.astype(np.uint8).tobytes() for row in pixels)
    header = struct.pack(">IIBBBBB", pixels.shape[1], pixels.shape[0], 8, 0 if pixels.ndim == 2 else 2, 0, 0, 0)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) +
                     chunk(b"IEND", b""))


def write_csv(path, rows):
    with open(path, "w", newline="") as file:
        csv.writer(file).writerows(rows)


class OwnData(ProgramTest):
    name = "tensors"

    def setUp(self):
        super().setUp()
        self.run = self.folder / "run"
        self.rng = np.random.default_rng(0)

    def save(self, **arrays):
        for name, array in arrays.items():
            np.save(self.folder / f"{name}.npy", array)

    def command(self, what, settings, out, flags=("--quiet", "--json")):
        data = {key: CONFIG["data"][key] for key in USED[self.name]}
        if self.name == "tensors":
            data["train_inputs"] = "x.npy"
            if "data.target=input" not in settings:
                data["train_targets"] = "y.npy"
        config = CONFIG | {"data": data | {"name": self.name, "root": str(self.folder)}}
        (self.folder / "config.yaml").write_text(json.dumps(config))
        return vib(what, self.folder / "config.yaml", *settings, "--out", out, *flags)

    def train(self, *settings):
        done = self.command("train", settings, self.run)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.check_report_and_evaluation(json.loads(done.stdout))
        return json.loads(done.stdout)

    def check_report_and_evaluation(self, summary):
        self.assertTrue((self.run / "report.html").exists())
        done = vib("evaluate", self.run, "--json")
        self.assertEqual(done.returncode, 0, done.stderr)
        again = json.loads(done.stdout)
        for part in ("test", "validation"):
            self.assertEqual(again[part], summary[part])

    def refused(self, parts, *settings, code=3, what="train"):
        done = self.command(what, settings, self.run)
        self.assertEqual(done.returncode, code, done.stderr)
        for part in parts:
            self.assertIn(part, done.stderr)
        self.assertEqual(done.stderr.strip().count("\n"), 0, done.stderr)
        self.assertFalse(self.run.exists())

    def said(self, *settings, what="train", flags=()):
        """What stands on stderr before the first epoch; the run stays."""
        shutil.rmtree(self.run, ignore_errors=True)
        done = self.command(what, settings, self.run, flags)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stderr.split("epoch ")[0]

    def description(self):
        return json.loads((self.run / "data.json").read_text())

    def predict(self, file, columns, names=False):
        done = vib("predict", self.run, file)
        self.assertEqual(done.returncode, 0, done.stderr)
        rows = list(csv.reader(io.StringIO(done.stdout)))
        self.assertEqual(rows[0], columns)
        found = {name: np.array(column) for name, column in zip(columns, np.array(rows[1:]).T)}
        found = {name: column if name == "class" and names else np.where(column == "", "nan", column).astype(float)
                 for name, column in found.items()}
        self.assertTrue((found["index"] == np.arange(len(rows) - 1)).all())
        return found

    def cannot_predict(self, file, *parts):
        done = vib("predict", self.run, file)
        self.assertEqual(done.returncode, 3, (done.stdout[:100], done.stderr))
        for part in parts:
            self.assertIn(part, done.stderr)

    def check_classes(self, summary, found, classes):
        """The predictions of a file whose true classes are known."""
        share = np.mean(found["class"] != classes)
        self.assertLess(share, 0.1)
        self.assertLess(abs(summary["test"]["error"] - share), 0.1)
        self.assertLess(summary["test"]["error"], 0.1)
        each = np.stack([column for name, column in found.items() if name.startswith("p:")], 1)
        self.assertTrue((found["probability"] == each.max(1)).all())
        self.assertLess(np.abs(each.sum(1) - 1).max(), 1e-5)
        self.assertTrue((found["rate_bits"] >= 0).all() and (found["entropy_bits"] >= 0).all())


def classes_of(*names):
    return ["index", "class", "probability", *(f"p:{name}" for name in names), "rate_bits", "entropy_bits"]


TWO, THREE = classes_of(*range(2)), classes_of(*range(3))
# Evaluation and prediction draw differently, so they agree to the last digits where nothing is drawn.
SAME_DRAWS = ["model.deterministic=true", "objective.beta=0"]
FLOWERS = classes_of("aster", "flax", "rose")


class Tensors(OwnData):
    def clusters(self, n=400):
        """Three classes; what tells them apart is small beside the inputs' offset, and lost unless it is removed."""
        y = self.rng.integers(0, 3, n)
        x = self.rng.normal(size=(n, 4)) * 0.1 + np.eye(4)[y] + [1000, -500, 0, 20]
        return x, y

    def test_numbers_and_classes(self):
        x, y = self.clusters()
        self.save(x=x, y=y, new=x[:60])
        summary = self.train()
        self.assertEqual(summary["test"]["examples"], 100)
        self.assertEqual(summary["validation"]["examples"], 50)
        self.assertNotIn("rmse", summary["test"])
        self.check_classes(summary, self.predict(self.folder / "new.npy", THREE), y[:60])
        self.assertEqual(vib("report", self.run).returncode, 0)

        np.savez(self.folder / "new.npz", a=x[:60].astype(np.float32), b=y)
        self.assertLess(np.mean(self.predict(f"{self.folder}/new.npz:a", THREE)["class"] != y[:60]), 0.1)
        self.save(narrow=x[:, :3], whole=y, bad=np.where(np.arange(400)[:, None] == 7, np.nan, x))
        self.cannot_predict(self.folder / "narrow.npy", "narrow.npy", "inputs of 4", "400 x 3")
        self.cannot_predict(self.folder / "whole.npy", "whole.npy", "numbers")
        self.cannot_predict(self.folder / "bad.npy", "bad.npy", "row 7")
        self.cannot_predict(self.folder / "nothing.npy", "nothing.npy")

    def test_values(self):
        x = self.rng.normal(size=(500, 3)) * [1, 100, 1] + [0, 1e4, 0]
        y = np.stack([x[:, 0] + (x[:, 1] - 1e4) / 100, x[:, 2]], 1)
        self.save(x=x[:400], y=y[:400], tx=x[400:], ty=y[400:])
        summary = self.train("data.targets=values", "data.test=0", "data.test_inputs=tx.npy",
                             "data.test_targets=ty.npy", "train.epochs=10", "model.likelihood.variance=0.01",
                             "model.likelihood.type=gaussian", *SAME_DRAWS)
        self.assertNotIn("error", summary["test"])
        found = self.predict(self.folder / "tx.npy", ["index", "mean:y_0", "sd:y_0", "mean:y_1", "sd:y_1", "rate_bits"])
        miss = np.stack([found["mean:y_0"], found["mean:y_1"]], 1) - y[400:]
        self.assertAlmostEqual(summary["test"]["rmse"], np.sqrt((miss**2).mean()), delta=1e-4)
        r2 = np.mean(1 - (miss**2).sum(0) / ((y[400:] - y[400:].mean(0))**2).sum(0))
        self.assertAlmostEqual(summary["test"]["r2"], r2, delta=1e-4)
        self.assertGreater(r2, 0.9)

    def test_images(self):
        y = self.rng.integers(0, 2, 300)
        x = self.rng.integers(0, 100, (300, 1, 6, 10), dtype=np.uint8)
        x[np.arange(300), 0, :3] += (100 * y[:, None, None]).astype(np.uint8)
        self.save(x=x, y=y, flat=x[:, 0])
        summary = self.train("model.encoder.type=conv", "model.encoder.channels=[4]", "model.likelihood.type=bernoulli")
        self.check_classes(summary, self.predict(self.folder / "x.npy", TWO), y)
        # Without the dimension of the one channel the images are the same.
        self.check_classes(summary, self.predict(self.folder / "flat.npy", TWO), y)
        self.save(turned=x.transpose(0, 1, 3, 2))
        self.cannot_predict(self.folder / "turned.npy", "turned.npy", "1 x 6 x 10")

    def test_tokens(self):
        x = self.rng.integers(3, 20, (400, 8), dtype=np.int32)
        y = (x == 7).any(1).astype(int)
        x[350:, 0] = 20  # which only the test part has
        y[350:] = (x[350:] == 7).any(1)
        self.save(x=x[:350], y=y[:350], tx=x[350:], ty=y[350:])
        summary = self.train("model.encoder.type=text_mean", "train.epochs=12", "data.test=0",
                             "data.test_inputs=tx.npy", "data.test_targets=ty.npy")
        self.assertEqual(json.loads((self.run / "data.json").read_text())["tokens"], 21)
        self.check_classes(summary, self.predict(self.folder / "x.npy", TWO), y[:350])
        self.save(strange=x + 1, below=x - 9)
        self.cannot_predict(self.folder / "strange.npy", "strange.npy", "row 350 (counted from 0) holds 21")
        self.cannot_predict(self.folder / "below.npy", "below.npy", "row 0 (counted from 0) holds -")

    def test_inputs_that_are_their_own_targets(self):
        hidden = self.rng.normal(size=(400, 2))
        self.save(x=hidden @ self.rng.normal(size=(2, 6)) + 50)
        columns = ["index", "distortion_bits", "rate_bits"]
        summary = self.train("data.target=input", "model.likelihood.type=gaussian",
                             "model.likelihood.variance=0.1")
        self.assertNotIn("error", summary["test"])
        self.assertGreater(summary["test"]["r2"], 0.5)
        found = self.predict(self.folder / "x.npy", columns)
        self.assertAlmostEqual(found["distortion_bits"].mean(), summary["test"]["distortion_bits"], delta=2)

    def test_pixels_that_are_their_own_targets(self):
        self.save(x=self.rng.integers(0, 2, (200, 1, 4, 4), dtype=np.uint8) * 255)
        summary = self.train("data.target=input", "train.epochs=1")
        # Sixteen fair coins: a new model knows nothing of them.
        self.assertAlmostEqual(summary["test"]["distortion_bits"], 16, delta=3)
        found = self.predict(self.folder / "x.npy", ["index", "distortion_bits", "rate_bits"])
        self.assertAlmostEqual(found["distortion_bits"].mean(), summary["test"]["distortion_bits"], delta=1)

    def test_bytes_are_scaled_and_not_standardized(self):
        self.save(x=self.rng.integers(0, 256, (300, 4), dtype=np.uint8), y=self.rng.integers(0, 2, 300))
        self.train("train.epochs=1")
        self.assertIsNone(self.description()["mean"])
        self.said("train.epochs=1", "data.standardize=true")
        self.assertIsNotNone(self.description()["mean"])
        self.save(x=self.rng.integers(0, 20, (300, 4), dtype=np.uint8))
        small = "the inputs are bytes up to 19, and are read as pixels, whose range 0 to 255 becomes -1 to 1"
        self.assertIn(f"{small}; data.standardize: true if they are numbers and no pixels", self.said("train.epochs=1"))
        self.assertNotIn(small, self.said("train.epochs=1", "data.range=[-1, 25]"))

    def test_what_was_understood(self):
        self.save(x=self.rng.integers(0, 200, (300, 2, 3), dtype=np.uint8), y=np.arange(300) % 3)
        text = self.said("train.epochs=1")
        for part in ("input [2 x 3]", "bytes", "0 to 199", "classes"):
            self.assertIn(part, text)
        counts = [part["class_counts"] for part in self.description()["understood"]["parts"]]
        self.assertEqual(np.sum(counts, 0).tolist(), [100, 100, 100])
        self.save(y=np.where(np.arange(300) == 7, 2, np.arange(300) % 2))
        self.assertIn('data.test sets its size', self.said("train.epochs=1"))
        self.save(y=np.arange(300) // 3)
        self.assertIn("the targets are 100 classes, of 300 examples; data.targets: values", self.said("train.epochs=1"))
        self.assertNotIn("data.targets", self.said("train.epochs=1", "data.targets=classes"))

    def test_labels_with_gaps(self):
        self.save(x=self.rng.normal(size=(400, 3)), y=self.rng.integers(1, 3, 400), far=self.rng.integers(0, 2, 400) * 999,
                  one=np.full(400, 2))
        fast = ["train.epochs=1"]
        self.assertIn("warning: of 3 classes, these have no example: 0; number the classes from 0", self.said(*fast))
        shutil.rmtree(self.run)
        for name, said in (("far", "only 2 of 1000 classes have an example: 0, 999"),
                           ("one", "every example is of the class 2")):
            self.refused([f"{name}.npy: {said}"], f"data.train_targets={name}.npy")
            self.assertIn(said, vib("data", "info", self.folder / "x.npy", "--targets", self.folder / f"{name}.npy").stdout)
    def test_a_file_that_is_cut_short_while_it_is_trained_on(self):
        x, y = self.clusters(4000)
        self.save(x=x, y=y, test_x=x[:100], test_y=y[:100])
        file = self.folder / "x.npy"
        settings = ["data.test=0", "data.test_inputs=test_x.npy", "data.test_targets=test_y.npy", "data.validation=0",
                    "train.epochs=100000", "train.checkpoint_seconds=0"]
        self.assertEqual(self.command("train", [*settings, "train.epochs=1"], self.folder / "config").returncode, 0)
        run = subprocess.Popen([VIB, "train", self.folder / "config.yaml", *settings, "--out", self.run, "--quiet"],
                               stderr=subprocess.PIPE, text=True)
        while not (self.run / "metrics.jsonl").exists() and run.poll() is None:
            time.sleep(0.01)
        os.truncate(file, 200)
        message = run.communicate()[1]
        self.assertEqual(run.returncode, 3, message)
        self.assertIn(f"{file}: was cut short while it was in use", message)
        self.assertEqual(message.count("\n"), 1, message)
        self.assertTrue((self.run / "checkpoint.pt").exists())

    def test_several_labels(self):
        x = self.rng.normal(size=(400, 3)).astype(np.float32)
        labels = (x > 0).astype(np.float32)
        self.save(x=x, y=labels)
        summary = self.train("data.targets=values", "model.likelihood.type=bernoulli")
        found = self.predict(self.folder / "x.npy", ["index", "p:y_0", "p:y_1", "p:y_2", "rate_bits"])
        wrong = np.mean((np.stack([found[f"p:y_{i}"] for i in range(3)], 1) > 0.5) != labels)
        self.assertLess(wrong, 0.1)
        self.assertAlmostEqual(summary["test"]["error"], wrong, delta=0.05)
        self.assertNotIn("rmse", summary["test"])

        self.save(y=labels + 1)
        self.run = self.folder / "other"
        self.refused(["model.likelihood.type", "0 and 1"], "data.targets=values", "model.likelihood.type=bernoulli",
                     code=2)
        self.save(y=labels / 2 + 0.25)  # shares, which would be no shares once standardised
        self.refused(["model.likelihood.type", "data.standardize_targets: false"], "data.targets=values",
                     "model.likelihood.type=bernoulli", code=2)

    def test_sweep(self):
        x, y = self.clusters()
        self.save(x=x, y=y)
        done = self.command("sweep", ["objective.beta=1e-4,10"], self.run)
        self.assertEqual(done.returncode, 0, done.stderr)
        with open(self.run / "sweep.csv", newline="") as file:
            good, squeezed = csv.DictReader(file)
        self.assertLess(float(good["test_error"]), 0.1)
        self.assertGreater(float(squeezed["test_error"]), 0.4)
        self.assertLess(float(squeezed["test_rate_bits"]), float(good["test_rate_bits"]))

    def test_mistakes(self):
        x, y = self.clusters()
        self.save(x=x, y=y, short=y[:-1], narrow=x[:, :3], tokens=y[:, None], nan=np.where(x == x[5, 2], np.nan, x),
                  values=x[:, :2], many=np.arange(400) % 10, negative=y[:, None] - 1)
        test = "data.test=0", "data.test_targets=y.npy"
        self.refused(["narrow.npy", "[N, 4]", "[N, 3]"], *test, "data.test_inputs=narrow.npy")
        self.refused(["tokens.npy", "[N, 4]", "[N, 1]"], *test, "data.test_inputs=tokens.npy")
        self.refused(["many.npy", "is of class 3"], *test[:1], "data.test_inputs=x.npy", "data.test_targets=many.npy")
        self.refused(["short.npy", "expected 400 targets"], "data.train_targets=short.npy")
        self.refused(["nan.npy", "row 5"], "data.train_inputs=nan.npy")
        self.refused(["negative.npy", "row", "-1"], "data.train_inputs=negative.npy", "model.encoder.type=text_mean")
        self.refused(["values.npy", "targets: values"], "data.train_targets=values.npy")
        self.refused(["nothing.npy", "no such file"], "data.train_inputs=nothing.npy")
        self.refused(["x.npy", "data.validation"], "data.validation=5000")
        self.refused(["data.test_inputs", "data.test"], "data.test=0", code=2)
        self.refused(["data.train_targets"], 'data.train_targets=""', code=2)
        self.refused(["model.encoder.type", "numbers"], "model.encoder.type=text_mean", code=2)
        self.refused(["model.encoder.type", "token ids", "float32"], "data.train_inputs=tokens.npy", code=2)
        self.refused(["negative.npy", "-1", "float32"], "data.train_inputs=negative.npy")
        self.refused(["token ids", "float32"], "data.train_inputs=tokens.npy", "data.target=input")
        self.refused(["model.encoder.type", "images"], "model.encoder.type=conv", code=2)
        likelihood = "model.likelihood.type="
        self.refused([likelihood[:-1], "10 classes"], "data.train_targets=many.npy", likelihood + "bernoulli", code=2)
        self.refused([likelihood[:-1], "3 classes"], likelihood + "gaussian", code=2)
        self.refused([likelihood[:-1], "2 values"], "data.train_targets=values.npy", "data.targets=values",
                     likelihood + "categorical", code=2)
        self.refused(["short.npy"], "data.train_targets=short.npy", "objective.beta=1e-3,1e-4", what="sweep")


class Tables(OwnData):
    name = "csv"
    settings = ["data.train_file=table.csv", "data.target_columns=[flower]", "data.ignore=[id]"]

    def rows(self, n=400):
        """The class follows from a number and a category together."""
        size, colour = self.rng.normal(2000, 300, n), self.rng.choice(["red", "blue", "a, b"], n)
        flower = np.where(colour == "red", "rose", np.where(size > 2000, "aster", "flax"))
        header = ["id", "size", "colour", "flower"]
        return [header, *([str(i), f"{size[i]:.3f}", colour[i], flower[i]] for i in range(n))]

    def test_classes_by_name(self):
        rows = self.rows()
        write_csv(self.folder / "table.csv", rows)
        summary = self.train(*self.settings, "train.epochs=15")
        self.assertEqual(summary["test"]["examples"], 80)
        # Names are in order, columns go by name, what is not needed may be absent, and what is no class is ignored.
        write_csv(self.folder / "new.csv", [[row[2], row[1]] for row in rows[:101]])
        classes = np.array([row[3] for row in rows[1:101]])
        self.check_classes(summary, self.predict(self.folder / "new.csv", FLOWERS, names=True), classes)
        table = json.loads((self.run / "data.json").read_text())["table"]
        self.assertEqual(table["classes"], ["aster", "flax", "rose"])
        write_csv(self.folder / "less.csv", [row[2:] for row in rows])
        self.cannot_predict(self.folder / "less.csv", "less.csv", '"size"')
        write_csv(self.folder / "bad.csv", [*rows[:4], ["", "big", "red", ""]])
        self.cannot_predict(self.folder / "bad.csv", 'bad.csv:5: column "size"', '"big"')

    def test_what_was_understood(self):
        write_csv(self.folder / "table.csv", self.rows())
        for flags in (["--quiet"], ["--json"]):
            self.assertNotIn("colour", self.said(*self.settings, "train.epochs=1", flags=flags))
        text = self.said(*self.settings, "train.epochs=1")
        lines = {line.split("  ")[0]: line for line in text.splitlines() if line}
        self.assertIn("ignored", lines["id"])
        self.assertIn("number", lines["size"])
        self.assertRegex(lines["colour"], "category +a, b, blue, red +3 +0")
        self.assertRegex(lines["flower"], r"classes +aster \d+, flax \d+, rose \d+ +3 +0")
        with open(self.folder / "table.csv", newline="") as file:
            counts = np.unique([row["flower"] for row in csv.DictReader(file)], return_counts=True)[1]
        kept = self.description()["understood"]
        self.assertEqual([part["examples"] for part in kept["parts"]], [270, 50, 80])
        self.assertEqual(np.sum([part["class_counts"] for part in kept["parts"]], 0).tolist(), counts.tolist())
        self.assertIn("warning: training takes 11 steps in all", text)
        self.assertIn("train.epochs: 91", text)
        self.assertEqual([warning["key"] for warning in kept["warnings"]], ["train.epochs"])
        self.assertNotIn("train.epochs", self.said(*self.settings, "train.batch_size=5", "train.epochs=19"))

    def test_warnings_name_the_key(self):
        rows = self.rows()
        rows[0][0] = ""
        rows = [[*row, "v" if i == 0 else f"{i * 7 % 401}"] for i, row in enumerate(rows)]
        write_csv(self.folder / "table.csv", rows)
        fast = ["data.train_file=table.csv", "train.epochs=1"]
        flower = [*fast, "data.target_columns=[flower]"]
        self.assertIn('has no name: most likely the rows\' numbers, written along with them; data.ignore: [""]',
                      self.said(*flower))
        self.assertNotIn("data.ignore", self.said(*flower, 'data.ignore=[""]'))
        values = [*fast, "data.target_columns=[v]", 'data.ignore=[""]']
        self.assertIn('the classes of "v" are 400 different numbers; data.targets: values', self.said(*values))
        for kind in ("classes", "values"):
            self.assertNotIn("different numbers", self.said(*values, f"data.targets={kind}"))
        self.assertIn("too few examples to be in the test part of 80", self.said(*values))
        text = self.said(*flower, "seed=0..1", what="sweep")
        self.assertEqual(text.count("has no name"), 1, text)

    def test_rows_that_are_their_own_targets(self):
        write_csv(self.folder / "table.csv", self.rows())
        own = ["data.train_file=table.csv", "data.target=input", "train.epochs=1"]
        self.train(*own, "data.ignore=[id, flower]")
        self.assertEqual(self.description()["values"], 4)  # a number and three categories
        self.said(*own, "data.ignore=[id]", "data.target_columns=[flower]")
        self.assertEqual(self.description()["values"], 4)

    def test_values_with_a_test_file(self):
        rows = [["x", "kind", "y"]]
        rows += [[x := self.rng.normal(), kind := self.rng.choice(["u", "v"]), x * 2 + (kind == "u")]
                 for _ in range(400)]
        write_csv(self.folder / "table.csv", rows[:301])
        write_csv(self.folder / "test.csv", rows[:1] + rows[301:])
        summary = self.train("data.train_file=table.csv", "data.test_file=test.csv", "data.target_columns=[y]",
                             "data.targets=values", "model.likelihood.type=gaussian", "model.likelihood.variance=0.01",
                             "train.epochs=10", *SAME_DRAWS)
        found = self.predict(self.folder / "test.csv", ["index", "mean:y", "sd:y", "rate_bits"])
        miss = found["mean:y"] - np.array([row[2] for row in rows[301:]])
        self.assertAlmostEqual(summary["test"]["rmse"], np.sqrt((miss**2).mean()), delta=1e-4)
        self.assertGreater(summary["test"]["r2"], 0.9)

    def test_missing_values(self):
        rows = self.rows(300)
        rows[4][1], rows[9][2] = "NA", ""
        write_csv(self.folder / "table.csv", rows)
        self.refused(['table.csv:5: column "size"', "missing"], *self.settings)
        fast = [*self.settings, "train.epochs=1", "data.validation=0", "data.test_share=0.1"]
        for missing, columns in (("drop", 4), ("mean", 5)):
            done = self.command("train", [*fast, f"data.missing={missing}"], self.folder / missing)
            self.assertEqual(done.returncode, 0, done.stderr)
            # The category that is missing is one of its own.
            self.assertEqual(json.loads((self.folder / missing / "data.json").read_text())["shape"], [columns])
        self.run = self.folder / "mean"
        self.assertEqual(len(self.predict(self.folder / "table.csv", FLOWERS, names=True)["class"]), 300)

    def test_mistakes(self):
        write_csv(self.folder / "table.csv", self.rows())
        self.refused(["table.csv", '"price"', '"flower"'], *self.settings, "data.target_columns=[price]")
        self.refused(["table.csv:2", '"flower"', "finite number"], *self.settings, "data.targets=values")
        self.refused(["table.csv", '"colour"', "numeric"], *self.settings, "data.numeric=[colour]")
        self.refused(["data.target_columns"], *self.settings, "data.target_columns=[]", code=2)
        self.refused(["nothing.csv"], *self.settings, "data.test_file=nothing.csv")
        self.refused(["model.encoder.type"], *self.settings, "model.encoder.type=text_cnn", code=2)
        self.refused(["data.separator", "or tab"], *self.settings, "data.separator=t", code=2)
        self.refused(["table.csv:1", 'set separator: ","'], *self.settings, "data.separator=;")
        rows = self.rows()
        rows[7][1] = "1,234.5"
        write_csv(self.folder / "table.csv", rows)
        self.refused(["table.csv", 'column "size"', '"1,234.5" in line 8', 'categorical: ["size"]'], *self.settings)
        write_csv(self.folder / "table.csv", [[*row[:3], "flower" if i == 0 else "rose"] for i, row in enumerate(self.rows())])
        self.refused(["table.csv: every example is of the class rose"], *self.settings)
        self.said(*self.settings, "data.target=input", "train.epochs=1")

    def test_tabs(self):
        rows = self.rows()
        (self.folder / "table.tsv").write_text("\n".join("\t".join(row) for row in rows))
        (self.folder / "table.txt").write_text("\n".join("\t".join(row) for row in rows))
        fast = ["data.target_columns=[flower]", "train.epochs=1"]
        self.assertIn("a, b, blue, red", self.said(*fast, "data.train_file=table.tsv", 'data.missing_words=["-", none]'))
        self.assertEqual(self.description()["table"]["missing_words"], ["-", "none"])
        for separator in ("\\t", "tab", '"\\t"', "\t"):
            self.assertIn("a, b, blue, red", self.said(*fast, "data.train_file=table.txt", f"data.separator={separator}"))
        self.assertIn("separator: tab\n", (self.run / "config.yaml").read_text())
        self.succeeds(vib("predict", self.run, self.folder / "table.txt"))
        self.succeeds(vib("evaluate", self.run))


class Images(OwnData):
    name = "idx"
    settings = [f"data.{part}_{what}={part}-{what}" for part in ("train", "test") for what in ("images", "labels")]

    def setUp(self):
        super().setUp()
        self.labels = self.rng.integers(1, 4, 400)
        self.images = self.rng.integers(0, 60, (400, 9, 5))
        for row, label in enumerate(self.labels):  # a bright band of rows
            self.images[row, 3 * label - 3:3 * label] += 120
        write_idx(self.folder / "train-images.gz", self.images[:300])
        write_idx(self.folder / "train-labels", self.labels[:300])
        write_idx(self.folder / "test-images", self.images[300:])
        write_idx(self.folder / "test-labels", self.labels[300:])

    def test_images_that_are_not_square(self):
        summary = self.train(*self.settings, "data.first_label=1", "model.encoder.type=conv",
                             "model.encoder.channels=[4]")
        self.assertEqual(summary["test"]["examples"], 100)
        found = self.predict(self.folder / "test-images", THREE)
        self.check_classes(summary, found, self.labels[300:] - 1)
        write_idx(self.folder / "turned.gz", self.images.transpose(0, 2, 1))
        self.cannot_predict(self.folder / "turned.gz", "turned.gz", "9 x 5")
        self.cannot_predict(self.folder / "config.yaml", "config.yaml")

    def test_images_without_labels(self):
        unlabelled = [setting for setting in self.settings if "labels" not in setting]
        self.refused(["data.train_labels", "data.target: input"], *unlabelled, code=2)
        self.train(*unlabelled, "data.target=input", "train.epochs=1")
        self.assertTrue(self.description()["reconstructs"])

    def test_new_images_with_labels(self):
        summary = self.train(*self.settings, "data.first_label=1", "train.epochs=1")
        images, labels = self.folder / "test-images", self.folder / "test-labels"
        new = vib("evaluate", self.run, "--data", images, "--targets", labels, "--json")
        self.assertEqual(json.loads(self.succeeds(new).stdout)["test"], summary["test"])
        wrong = vib("evaluate", self.run, "--data", labels, "--targets", images)
        self.fails(wrong, 3, "test-labels", "the run takes inputs of 1 x 9 x 5, these are an array of 100")

    def test_images_on_their_side(self):
        summary = self.train(*self.settings, "data.first_label=1", "data.transpose=true")
        self.assertEqual(json.loads((self.run / "data.json").read_text())["shape"], [1, 5, 9])
        # The files of the same kind lie on their side too.
        found = self.predict(self.folder / "test-images", THREE)
        self.check_classes(summary, found, self.labels[300:] - 1)

    def test_mistakes(self):
        self.refused(["train-labels", "first_label: 1"], *self.settings)
        self.refused(["train-labels", "label 1"], *self.settings, "data.first_label=2")
        one = [*self.settings, "data.first_label=1"]
        self.refused(["train-labels", "expected 100 labels"], *one, "data.test_labels=train-labels")
        write_idx(self.folder / "small", self.images[300:, :4])
        self.refused(["small", "9 x 5", "4 x 5"], *one, "data.test_images=small")
        self.refused(["model.encoder.channels", "9 x 5"], *one, "model.encoder.type=conv",
                     "model.encoder.channels=[4, 4, 4]", code=2)


class Folders(OwnData):
    name = "images"

    def setUp(self):
        super().setUp()
        for i in range(240):
            label = ["dark", "light"][i % 2]
            for part in ("train", "test"):
                (self.folder / part / label).mkdir(parents=True, exist_ok=True)
            pixels = self.rng.integers(0, 100, (12, 8) if i % 3 else (6, 4, 3)) + 120 * (i % 2)
            write_png(self.folder / ("test" if i < 40 else "train") / label / f"{i:03}.png", pixels)

    def test_a_folder_a_class(self):
        summary = self.train("data.train_folder=train", "data.test_folder=test", "data.size=[6, 4]",
                             "model.encoder.type=conv", "model.encoder.channels=[4]")
        self.assertEqual(summary["test"]["examples"], 40)
        self.assertLess(summary["test"]["error"], 0.1)
        self.assertEqual(self.description()["class_names"], ["dark", "light"])
        self.assertEqual(self.description()["shape"], [3, 6, 4])
        shutil.rmtree(self.folder / "train")
        new = json.loads(self.succeeds(vib("evaluate", self.run, "--data", self.folder / "test", "--json")).stdout)
        self.assertEqual(new["test"], summary["test"])
        lights = self.folder / "test" / "light"
        for source, count in ((lights, 20), (lights / "001.png", 1)):
            shown = self.succeeds(vib("predict", self.run, source)).stdout
            self.assertEqual([row["class"] for row in csv.DictReader(io.StringIO(shown))], ["light"] * count)
        self.fails(vib("predict", self.run, self.folder / "test"), 3, "holds no PNG or JPEG image")

    def test_a_share_for_test(self):
        text = self.said("data.train_folder=train", "data.test_share=0.1", "train.epochs=1", "data.channels=1")
        self.assertRegex(text, r"classes +dark \d+, light \d+ ")
        self.assertEqual(self.description()["shape"], [1, 12, 8])

    def test_mistakes(self):
        one = ["data.train_folder=train", "data.test_folder=test"]
        self.refused(["data.size", "[height, width]"], *one, "data.size=[28]", code=2)
        self.refused(["data.channels", "1 or 3"], *one, "data.channels=4", code=2)
        self.refused(["data.train_folder"], "data.channels=1", code=2)
        broken = self.folder / "train/dark/100.png"
        broken.write_bytes(broken.read_bytes()[:60])
        self.refused([str(broken), "damaged PNG"], *one)


class Info(OwnData):
    def info(self, *arguments):
        done = self.succeeds(vib("data", "info", *arguments))
        self.assertEqual(done.stderr, "")
        return done.stdout

    def test_of_a_table(self):
        file = self.folder / "a.csv"
        write_csv(file, [["id", "x", "y"], *([i, i * i % 7, "uv"[i % 2]] for i in range(30))])
        text = self.info(file, "--targets", "y")
        for part in ("number", "0 to 4", "u 15, v 15", 'column "id" counts the rows; data.ignore: ["id"]'):
            self.assertIn(part, text)
        found = json.loads(self.info(file, "--json"))
        self.assertEqual([column["kind"] for column in found["columns"]], ["number", "number", "category"])
        self.assertEqual(found["parts"][0]["examples"], 30)
        self.fails(vib("data", "info", file, "--targets", "z"), 3, "a.csv", '"z"')
        (self.folder / "a.tsv").write_text("x\ty\n1\tu\n2,5\tu\n")
        text = self.info(self.folder / "a.tsv", "--targets", "y")
        self.assertIn("training refuses this: every example is of the class u", text)
        self.assertIn('training refuses this: column "x" holds numbers', text)
        for separator in ("\\t", "tab", "\t"):
            self.assertEqual(self.info(self.folder / "a.tsv", "--targets", "y", "--separator", separator), text)
        self.fails(vib("data", "info", file, "--separator", "t"), 2, "--separator", "or tab")
        self.fails(vib("data", "info", "digits", "--targets", "z"), 2, "--targets")

    def test_of_tensors(self):
        self.save(x=np.arange(12.0).reshape(4, 3), y=np.array([0, 1, 1, 2]))
        text = self.info(self.folder / "x.npy", "--targets", self.folder / "y.npy")
        for part in ("input [3]", "numbers", "0 to 11", "0 1, 1 2, 2 1"):
            self.assertIn(part, text)
        self.assertNotIn("target", self.info(self.folder / "x.npy"))
        self.fails(vib("data", "info", self.folder / "nothing.npy"), 3, "nothing.npy")

    def test_of_images_and_texts(self):
        write_idx(self.folder / "images-ubyte", np.arange(2 * 5 * 4).reshape(2, 5, 4))
        self.assertIn("0 to 39", self.info(self.folder / "images-ubyte"))
        (self.folder / "a.txt").write_text("one two\n\nthree two one\n")
        self.assertRegex(self.info(self.folder / "a.txt"), "0 to 3 words, 3 different ones +3 +1")
        for name in ("photos/a", "photos/b"):
            (self.folder / name).mkdir(parents=True)
            write_png(self.folder / name / "1.png", np.full((2, 3), 9))
        self.assertIn("a 1, b 1", self.info(f"{self.folder}/photos"))
        self.fails(vib("data", "info", self.folder / "nothing.csv"), 3, "nothing.csv", "no such file")


class Reviews(OwnData):
    name = "imdb"

    def setUp(self):
        super().setUp()
        words = {"pos": "good fine lovely great", "neg": "bad dull awful poor"}
        for part in ("train", "test"):
            for label, of_label in words.items():
                folder = self.folder / "aclImdb" / part / label
                folder.mkdir(parents=True)
                for i in range(60):
                    text = " ".join(self.rng.choice(of_label.split() + ["the", "film", "was"], 12))
                    (folder / f"{i}_7.txt").write_text(f"{text}<br />{of_label.split()[i % 4]}.")

    def train_reviews(self):
        return self.train("data.expect=0", "data.length=16", "train.epochs=20",
                          "model.encoder.type=text_mean", "model.encoder.hidden=[]")

    def test_new_texts_with_labels(self):
        summary = self.train_reviews()
        folders = [self.folder / "aclImdb" / "test" / label for label in ("neg", "pos")]
        lines = [(folder / f"{i}_7.txt").read_text() for folder in folders for i in range(60)]
        (self.folder / "texts.txt").write_text("\n".join(lines) + "\n")
        (self.folder / "labels.txt").write_text("negative\n" * 60 + "1\n" * 60)
        evaluate = ["evaluate", self.run, "--data", self.folder / "texts.txt", "--targets", self.folder / "labels.txt"]
        self.assertEqual(json.loads(self.succeeds(vib(*evaluate, "--json")).stdout)["test"], summary["test"])
        (self.folder / "labels.txt").write_text("negative\nbad\n" + "1\n" * 118)
        self.fails(vib(*evaluate), 3, "labels.txt:2", '"bad"', "negative, positive")

    def test_reviews_of_ones_own(self):
        self.assertLess(self.train_reviews()["test"]["error"], 0.05)
        (self.folder / "new.txt").write_text("A LOVELY film\nwhat an awful bore\n")
        shown = vib("predict", self.run, self.folder / "new.txt")
        rows = list(csv.DictReader(io.StringIO(shown.stdout)))
        self.assertEqual([row["class"] for row in rows], ["positive", "negative"], shown.stderr)
        self.assertEqual([row["text"] for row in rows], ["? lovely film", "? ? awful ?"])
        one = vib("predict", self.run, "--text", "A LOVELY film", "--json")
        self.assertEqual(json.loads(one.stdout)["text"], "? lovely film")

    def test_mistakes(self):
        self.train_reviews()
        (self.folder / "empty.txt").write_text("")
        self.cannot_predict(self.folder / "empty.txt", "empty.txt", "a text on each line")
        self.cannot_predict(self.folder / "nothing.txt", "nothing.txt", "no such file", "--text")
        self.save(x=np.zeros((4, 3)))
        write_csv(self.folder / "t.csv", [["a"], ["1"]])
        texts = "this run takes a file in UTF-8 with a text on each line"
        self.cannot_predict(self.folder / "x.npy", "x.npy: is a NumPy array; expected a file in UTF-8 with a text")
        self.cannot_predict(self.folder / "t.csv", "t.csv: is a table by its name", texts)
        self.cannot_predict(self.folder, ": is a folder; expected a file")
        done = subprocess.run([VIB, "predict", self.run, "-"], input=b"good\nsch\xf6n\n", capture_output=True)
        self.assertEqual(done.returncode, 3)
        self.assertIn(b"standard input:2: is not UTF-8", done.stderr)
        self.fails(vib("predict", self.run), 2, "--text")
        self.fails(vib("evaluate", self.run, "--data", "-"), 2, "standard input", "give a file")

    def test_a_text_on_the_command_line_is_one_text(self):
        self.train_reviews()
        (self.folder / "e.txt").write_text("bad film\n")
        for order in (["--text", "good", self.folder / "e.txt"], [self.folder / "e.txt", "--text", "good"]):
            self.fails(vib("predict", self.run, *order), 2, "INPUT", "e.txt", "--text are both given")
        two = self.succeeds(vib("predict", self.run, "--text", "A good\nfilm", "--text", "dull")).stdout
        self.assertEqual([row["text"] for row in csv.DictReader(io.StringIO(two))], ["? good film", "dull"])
        self.fails(vib("predict", self.run, "--text", ""), 2, "--text", "the text is empty")
        self.fails(vib("predict", self.run, "--text", b"sch\xf6n".decode(errors="surrogateescape")), 2, "not UTF-8")


if __name__ == "__main__":
    unittest.main()
