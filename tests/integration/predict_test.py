"""`vib predict`: the columns of docs/predictions.md, its formats, its answers and what it says of rows without one.

    predict_test.py      (VIB in the environment: the program)

What is expected is computed by numpy, from the data and from the columns themselves.
"""

import csv
import io
import json
import os
import pty
import subprocess
import sys
import unittest

import numpy as np

from program import VIB, ProgramTest, vib

NAMES = ["aster", "flax", "rose"]
COLUMNS = ["index", "class", "probability", *(f"p:{name}" for name in NAMES), "rate_bits", "entropy_bits"]
# How much memory a child took at most, in MB.
PEAK = ("import resource, subprocess, sys; code = subprocess.run(sys.argv[1:]).returncode; "
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024); sys.exit(code)")


def table(text):
    rows = list(csv.reader(io.StringIO(text)))
    return {name: np.array(column) for name, column in zip(rows[0], np.array(rows[1:]).T)}


def numbers(columns, *names):
    return np.stack([columns[name].astype(float) for name in names], -1)


class Tables(ProgramTest):
    """A flower follows from its size and colour."""

    settings = []

    def setUp(self):
        super().setUp()
        self.run = self.folder / "run"
        rng = np.random.default_rng(0)
        size, colour = rng.normal(2000, 300, 500), rng.choice(["red", "blue", "a, b"], 500)
        flower = np.where(colour == "red", "rose", np.where(size > 2000, "aster", "flax"))
        self.header = ["size", "colour", "flower"]
        self.rows = [[f"{s:.3f}", c, f] for s, c, f in zip(size, colour, flower)]
        self.train_rows, self.test_rows = self.rows[:400], self.rows[400:]

    def write(self, name, rows):
        with open(self.folder / name, "w", newline="") as file:
            csv.writer(file).writerows([self.header, *rows])
        return self.folder / name

    def train(self, *settings):
        self.write("train.csv", self.train_rows)
        self.write("test.csv", self.test_rows)
        config = {"threads": 1, "data": {"name": "csv", "root": str(self.folder), "train_file": "train.csv",
                                         "test_file": "test.csv", "target_columns": ["flower"], "validation": 50},
                  "model": {"encoder": {"hidden": [16]}, "latent": {"dim": 3}}, "objective": {"beta": 1e-2},
                  "optimizer": {"lr": 0.02}, "train": {"epochs": 6, "batch_size": 25}}
        (self.folder / "config.yaml").write_text(json.dumps(config))
        self.succeeds(vib("train", self.folder / "config.yaml", *settings, "--out", self.run, "--quiet"))

    def predict(self, *arguments, **options):
        return self.succeeds(vib("predict", self.run, *arguments, **options))


class Answers(Tables):
    def test_the_columns_are_the_contract_and_classes_have_names(self):
        self.train()
        found = table(self.predict(self.folder / "test.csv").stdout)
        self.assertEqual(list(found), COLUMNS)
        p = numbers(found, *COLUMNS[3:6])
        self.assertLess(np.abs(p.sum(1) - 1).max(), 1e-5)
        self.assertEqual(found["class"].tolist(), [NAMES[i] for i in p.argmax(1)])
        self.assertTrue((found["probability"].astype(float) == p.max(1)).all())
        entropy = -(p * np.log2(np.maximum(p, 1e-300))).sum(1)
        self.assertLess(np.abs(found["entropy_bits"].astype(float) - entropy).max(), 1e-4)
        self.assertLess(np.mean(found["class"] != [row[2] for row in self.test_rows]), 0.1)
        self.assertEqual(json.loads((self.run / "data.json").read_text())["class_names"], NAMES)

    def test_an_input_gets_the_same_answer_wherever_it_stands(self):
        self.train()
        one = self.test_rows[:1]
        others = self.rows * 3  # more than evaluate.batch_size
        first = table(self.predict(self.write("first.csv", one + others)).stdout)
        last = table(self.predict(self.write("last.csv", others + one)).stdout)
        alone = table(self.predict(self.write("alone.csv", one)).stdout)
        for name in COLUMNS[2:]:
            here, there, by_itself = (float(found[name][i]) for found, i in ((first, 0), (last, -1), (alone, 0)))
            self.assertAlmostEqual(here, there, delta=1e-5 * max(1, here))
            self.assertAlmostEqual(here, by_itself, delta=1e-5 * max(1, here))

    def agreement(self):
        found = table(self.predict(self.folder / "test.csv").stdout)
        truth = [row[2] for row in self.test_rows]
        p = numbers(found, *COLUMNS[3:6])[np.arange(100), [NAMES.index(name) for name in truth]]
        test = json.loads(self.succeeds(vib("evaluate", self.run, "--json")).stdout)["test"]
        return test, np.mean(found["class"] != truth), -np.log2(p)

    def test_predicting_the_test_file_agrees_with_evaluating(self):
        self.train("evaluate.samples=100")
        test, error, nll = self.agreement()
        self.assertAlmostEqual(test["error"], error, delta=0.02)
        # Two estimates with 100 draws each: far less than the spread of the examples.
        self.assertAlmostEqual(test["nll_bits"], nll.mean(), delta=0.1 * nll.std())

    def test_of_a_deterministic_model_they_are_the_same(self):
        self.train("model.deterministic=true", "objective.beta=0")
        test, error, nll = self.agreement()
        self.assertEqual(test["error"], error)
        self.assertAlmostEqual(test["nll_bits"], nll.mean(), delta=1e-5)
        self.assertEqual(set(table(self.predict(self.folder / "test.csv").stdout)["rate_bits"]), {""})

    def test_codes_have_the_rate_that_is_told(self):
        self.train()
        found = table(self.predict(self.folder / "test.csv", "--codes").stdout)
        self.assertEqual(list(found), COLUMNS + [f"{what}_{i}" for what in ("mu", "sigma") for i in range(3)])
        mu, sigma = numbers(found, "mu_0", "mu_1", "mu_2"), numbers(found, "sigma_0", "sigma_1", "sigma_2")
        rate = ((mu**2 + sigma**2 - 1) / 2 - np.log(sigma)).sum(1) / np.log(2)
        self.assertLess(np.abs(rate - found["rate_bits"].astype(float)).max(), 1e-3)

    def test_codes_of_a_full_covariance_have_its_correlations(self):
        self.train("model.latent.covariance=full")
        found = table(self.predict(self.folder / "test.csv", "--codes").stdout)
        names = [f"{what}_{i}" for what in ("mu", "sigma") for i in range(3)] + ["rho_1_0", "rho_2_0", "rho_2_1"]
        self.assertEqual(list(found), COLUMNS + names)
        mu, sigma, (a, b, c) = numbers(found, *names[:3]), numbers(found, *names[3:6]), numbers(found, *names[6:]).T
        volume = 1 + 2 * a * b * c - a**2 - b**2 - c**2  # the determinant of the correlations
        self.assertLess(volume.min(), 0.99)
        rate = ((mu**2 + sigma**2 - 1) / 2 - np.log(sigma)).sum(1) - np.log(volume) / 2
        self.assertLess(np.abs(rate / np.log(2) - found["rate_bits"].astype(float)).max(), 1e-3)

    def test_formats_say_the_same(self):
        self.train()
        file = self.folder / "test.csv"
        rows = table(self.predict(file).stdout)
        lines = self.predict(file, "--format", "jsonl").stdout
        self.assertEqual(self.predict(file, "--json").stdout, lines)
        objects = [json.loads(line) for line in lines.splitlines()]
        self.assertEqual([o["class"] for o in objects], rows["class"].tolist())
        self.assertEqual([f"{o['probability']:.7g}" for o in objects], rows["probability"].tolist())
        out = self.folder / "out.npz"
        self.assertEqual(self.predict(file, "--format", "npz", "--out", out).stdout, "")
        with np.load(out) as arrays:
            self.assertEqual(arrays.files, COLUMNS)
            self.assertEqual(arrays["class"].tolist(), rows["class"].tolist())
            self.assertEqual(arrays["index"].tolist(), list(range(100)))
            self.assertLess(np.abs(arrays["p:rose"] - rows["p:rose"].astype(float)).max(), 1e-6)
        self.fails(vib("predict", self.run, file, "--format", "xml"), 2, "xml", "jsonl")

    def test_standard_input(self):
        self.train()
        text = (self.folder / "test.csv").read_text()
        self.assertEqual(self.predict("-", input=text).stdout, self.predict(self.folder / "test.csv").stdout)
        self.fails(vib("predict", self.run, "-", input="size,colour\nbig,red\n"), 3, 'standard input:2: column "size"')

    def test_fewer_draws_are_asked_for(self):
        self.train()
        one, same, many = (self.predict(self.folder / "test.csv", "--draws", n).stdout for n in (1, 1, 100))
        self.assertEqual(one, same)
        self.assertNotEqual(one, many)
        self.assertEqual(many, self.predict(self.folder / "test.csv").stdout)

    def test_a_terminal_sees_how_far_it_is(self):
        self.train("train.epochs=1")
        file = self.write("large.csv", self.rows * 100)
        for quiet in ([], ["--quiet"]):
            ours, theirs = pty.openpty()
            command = [VIB, "predict", self.run, file, "--out", self.folder / "out.csv", *quiet]
            subprocess.run(command, stderr=theirs, check=True, env=os.environ | {"TERM": "xterm"})
            os.close(theirs)
            try:
                seen = os.read(ours, 1 << 16).decode()
            except OSError:  # nothing was written
                seen = ""
            os.close(ours)
            self.assertEqual("predicting: " in seen, not quiet, seen)
            self.assertEqual("rows [=" in seen, not quiet, seen)

    def test_memory_does_not_grow_with_the_file(self):
        self.train("train.epochs=1")
        peaks = []
        for rows in (20_000, 400_000):
            file = self.write("large.csv", (self.rows * (rows // 500)))
            done = subprocess.run([sys.executable, "-c", PEAK, VIB, "predict", self.run, file, "--draws", "1", "--out",
                                   self.folder / "out.csv"], capture_output=True, text=True, timeout=120)
            peaks.append(int(self.succeeds(done).stdout))
            with open(self.folder / "out.csv") as out:
                self.assertEqual(sum(1 for _ in out), rows + 1)
        self.assertLess(peaks[1] - peaks[0], 30, peaks)


class Gaps(Tables):
    """Cells that are missing, categories that are new."""

    def holes(self):
        return self.write("holes.csv", [self.rows[0], ["", "red", ""], ["2000", "?", ""], self.rows[3]])

    def test_where_training_dropped_rows_a_row_gets_a_reason(self):
        self.train_rows[7][0] = "NA"
        self.train("data.missing=drop")
        done = self.predict(self.holes())
        found = table(done.stdout)
        self.assertEqual(list(found), [*COLUMNS, "reason"])
        self.assertEqual(found["index"].tolist(), ["0", "1", "2", "3"])
        self.assertEqual(found["reason"].tolist(), ["", 'column "size": the value is missing',
                                                    'column "colour": the value is missing', ""])
        for name in COLUMNS[1:]:
            self.assertEqual((found[name] == "").tolist(), [False, True, True, False], name)
        self.assertIn("2 of 4 rows have no answer", done.stderr)
        whole = table(self.predict(self.write("whole.csv", [self.rows[0], self.rows[3]])).stdout)
        self.assertEqual(found["class"][[0, 3]].tolist(), whole["class"].tolist())
        self.assertIsNone(json.loads(self.predict(self.holes(), "--json").stdout.splitlines()[1])["class"])
        nothing = self.predict(self.write("nothing.csv", [["", "red", ""]])).stdout
        self.assertEqual(len(nothing.splitlines()), 2)

    def test_where_they_were_refused_they_still_are(self):
        self.train()
        self.fails(vib("predict", self.run, self.holes()), 3, 'holes.csv:3: column "size"', "missing")

    def test_where_they_were_filled_in_they_are(self):
        self.train_rows[7][0] = self.train_rows[8][1] = ""
        self.train("data.missing=mean")
        done = self.predict(self.holes())
        self.assertEqual(list(table(done.stdout)), COLUMNS)
        self.assertEqual(len(table(done.stdout)["class"]), 4)
        self.assertEqual(done.stderr, "")

    def test_new_categories_are_counted_and_said(self):
        self.train()
        rows = [["2000", "green", ""], self.rows[0], ["1900", "pink", ""]]
        done = self.predict(self.write("new.csv", rows))
        self.assertEqual(len(table(done.stdout)["class"]), 3)
        self.assertIn('column "colour": 2 of 3 rows', done.stderr)
        self.assertIn('"green"', done.stderr)


class Pieces(Tables):
    """A table is read in pieces of 256 KiB: whatever stands where one ends, the answers are those of the whole."""

    def test_quotes_and_line_ends_across_pieces(self):
        self.train()
        header, plain = "size,colour,note\r\n", []
        text = header
        for i, row in enumerate(self.rows * 8):
            note = "x" * (i % 7) + ('"" \r\n,' if i % 3 else "")
            text += f'{row[0]},"{row[1]}","{note * 20}"\r\n'
            plain.append(row)
        self.assertGreater(len(text), 1 << 19)
        (self.folder / "quoted.csv").write_bytes(b"\xef\xbb\xbf" + text.encode())
        ours = table(self.predict(self.folder / "quoted.csv").stdout)
        theirs = table(self.predict(self.write("plain.csv", plain)).stdout)
        self.assertEqual(ours["class"].tolist(), theirs["class"].tolist())
        lines = text.count("\r\n") + 1  # the bad row begins there
        (self.folder / "bad.csv").write_bytes((text + "big,red,\r\n").encode())
        self.fails(vib("predict", self.run, self.folder / "bad.csv"), 3, f'bad.csv:{lines}: column "size"')
        (self.folder / "open.csv").write_text(text + '2000,"red')
        self.fails(vib("predict", self.run, self.folder / "open.csv"), 3, f"open.csv:{lines}:", "never closed")


if __name__ == "__main__":
    unittest.main()
