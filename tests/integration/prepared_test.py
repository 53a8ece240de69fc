"""What a run prepared once stays prepared: files that change, new data, splits, weights.

    prepared_test.py      (VIB in the environment: the program)
"""

import csv
import json
import unittest

import numpy as np

from program import ProgramTest, rows, summary, vib

CONFIG = {"threads": 1,
          "data": {"name": "csv", "train_file": "table.csv", "target_columns": ["kind"]},
          "model": {"encoder": {"hidden": [8]}, "latent": {"dim": 2}}, "objective": {"beta": 1e-3},
          "optimizer": {"lr": 0.02}, "train": {"epochs": 3, "batch_size": 25}}


class Prepared(ProgramTest):
    def setUp(self):
        super().setUp()
        self.rng = np.random.default_rng(0)
        self.run = self.folder / "run"
        self.table = self.folder / "table.csv"

    def write_table(self, n=150, path=None, share=0.5):
        kind = self.rng.random(n) < share
        x = self.rng.normal(kind * 2.0, 1)
        with open(path or self.table, "w", newline="") as file:
            csv.writer(file).writerows([["day", "x", "size", "kind"], *(
                [i % 12, f"{x[i]:.4f}", f"{1000 + 50 * x[i]:.1f}", "late" if kind[i] else "early"] for i in range(n))])

    def command(self, what, *settings, out=None, **data):
        config = CONFIG | {"data": CONFIG["data"] | {"root": str(self.folder)} | data}
        (self.folder / "config.yaml").write_text(json.dumps(config))
        return vib(what, self.folder / "config.yaml", *settings, "--out", out or self.run, "--quiet", "--json")

    def train(self, *settings, **data):
        self.succeeds(self.command("train", *settings, **data))
        return summary(self.run)

    def evaluate(self, *arguments):
        return vib("evaluate", self.run, *arguments, "--json")

    def evaluated(self, *arguments):
        return json.loads(self.succeeds(self.evaluate(*arguments)).stdout)


class Files(Prepared):
    def test_a_changed_file_is_said_and_refused(self):
        self.write_table()
        numbers = self.train()["test"]
        self.assertEqual(self.evaluated()["test"], numbers)
        record, = json.loads((self.run / "data.json").read_text())["files"]
        self.assertEqual(record["path"], str(self.table))
        self.assertEqual(record["bytes"], self.table.stat().st_size)
        text = self.table.read_bytes()
        self.table.write_bytes(text.replace(b"early", b"late", 1))
        self.fails(self.evaluate(), 3, str(self.table), "has changed since the run was trained", "--data")
        self.table.write_bytes(text)
        self.assertEqual(self.evaluated()["test"], numbers)

    def test_a_run_goes_on_with_the_data_that_it_began_with(self):
        self.write_table()
        self.train()
        self.succeeds(self.command("train", "--resume"))
        self.table.write_bytes(self.table.read_bytes().replace(b"early", b"late", 1))
        self.fails(self.command("train", "--resume"), 3, str(self.table), "has changed since the run was trained")

    def test_files_may_move(self):
        self.write_table()
        numbers = self.train()["test"]
        (self.folder / "new").mkdir()
        self.table.rename(self.folder / "new" / "table.csv")
        self.fails(self.evaluate(), 3, str(self.table))
        self.assertEqual(self.evaluated(f"data.root={self.folder / 'new'}")["test"], numbers)

    def test_what_was_trained_cannot_be_overridden(self):
        self.write_table()
        self.train()
        self.assertEqual(self.evaluated("--draws", "3"), self.evaluated("evaluate.samples=3"))
        for setting in ("data.validation=3", "data.missing=mean", "model.encoder.activation=tanh", "objective.beta=1"):
            self.fails(self.evaluate(setting), 2, setting.split("=")[0], "evaluate.samples")
        self.assertEqual(self.evaluated("evaluate.samples=3")["test"]["samples"], 3)


class NewData(Prepared):
    def test_a_table(self):
        self.write_table()
        self.write_table(90, self.folder / "test.csv")
        numbers = self.train(test_file="test.csv")["test"]
        self.table.unlink()
        self.assertEqual(self.evaluated("--data", self.folder / "test.csv")["test"], numbers)
        self.fails(self.evaluate("--data", self.folder / "no.csv"), 3, "no.csv")
        self.fails(self.evaluate("--data", self.folder / "test.csv", "--targets", "y.npy"), 3, "leave --targets off")
        self.fails(self.evaluate("--targets", "y.npy"), 2, "--data")

    def test_tensors(self):
        x, y = self.rng.normal(size=(200, 3)) * 10 + 5, self.rng.integers(0, 2, 200)
        for name, array in {"x": x[:120], "y": y[:120], "tx": x[120:], "ty": y[120:], "few": y[:7]}.items():
            np.save(self.folder / f"{name}.npy", array)
        data = {"name": "tensors", "train_inputs": "x.npy", "train_targets": "y.npy", "test_inputs": "tx.npy",
                "test_targets": "ty.npy", "root": str(self.folder)}
        config = CONFIG | {"data": data}
        (self.folder / "config.yaml").write_text(json.dumps(config))
        self.succeeds(vib("train", self.folder / "config.yaml", "--out", self.run, "--quiet"))
        (self.folder / "x.npy").unlink()
        found = self.evaluated("--data", self.folder / "tx.npy", "--targets", self.folder / "ty.npy")
        self.assertEqual(found["test"], summary(self.run)["test"])
        self.fails(self.evaluate("--data", self.folder / "tx.npy"), 3, "--targets FILE")
        self.fails(self.evaluate("--data", self.folder / "tx.npy", "--targets", self.folder / "few.npy"), 3, "7 targets")
        self.fails(self.evaluate("--data", self.folder / "ty.npy", "--targets", self.folder / "ty.npy"), 3, "ty.npy",
                   "this run takes a tensor of numbers (float) [N, 3]")


    def test_a_table_for_a_sweep(self):
        self.write_table()
        self.write_table(90, self.folder / "test.csv")
        self.succeeds(self.command("sweep", "seed=0..1", test_file="test.csv"))
        own = self.evaluated()
        self.table.unlink()
        new = self.evaluated("--data", self.folder / "test.csv")
        self.assertEqual((new["test"], new["members"]["test"]), (own["test"], own["members"]["test"]))
        self.fails(self.evaluate("model.latent.dim=3"), 2, "model.latent.dim", "evaluate.samples")

    def test_a_sweep_over_folds_answers_for_new_data_alone(self):
        self.write_table()
        self.write_table(90, self.folder / "test.csv")
        self.succeeds(self.command("sweep", "data.folds=2", "data.fold=0,1"))
        self.fails(self.evaluate(), 2, "different parts", "--data FILE")
        self.assertEqual(self.evaluated("--data", self.folder / "test.csv")["test"]["examples"], 90)


class Splits(Prepared):
    def of_run(self, out):
        return summary(self.folder / out)["test"]

    def test_small_tables_hold_out_a_fifth(self):
        self.write_table()
        numbers = self.train()
        self.assertEqual((numbers["test"]["examples"], numbers["validation"]["examples"]), (30, 24))

    def test_a_seed_of_their_own(self):
        self.write_table()
        for out, settings in (("a", ["seed=1"]), ("b", ["seed=1", "data.split_seed=1"])):
            self.succeeds(self.command("train", *settings, out=self.folder / out))
        self.assertNotEqual(self.of_run("a")["nll_bits"], self.of_run("b")["nll_bits"])

    def test_folds_are_an_axis_and_the_table_a_cross_validation(self):
        self.write_table()
        sweep = self.folder / "sweep"
        done = self.command("sweep", "data.folds=5", "data.fold=0..4", "objective.beta=1e-3,1e-1", out=sweep)
        self.succeeds(done)
        trials = rows(sweep)
        self.assertEqual([int(row["test_examples"]) for row in trials], [30] * 10)
        self.assertEqual(sum(row["data.fold"] == "3" for row in trials), 2)
        table = vib("sweep", self.folder / "config.yaml", "data.folds=5", "data.fold=0..4", "objective.beta=1e-3,1e-1",
                    "--out", sweep, "--quiet").stdout
        lines = [line.split() for line in table.splitlines() if line.startswith(("β", "1e-"))]
        self.assertEqual([line[:2] for line in lines], [["β", "folds"], ["1e-3", "5"], ["1e-1", "5"]], table)
        self.fails(self.command("train", "data.fold=5", "data.folds=5"), 2, "data.fold", "0 to 4")
        self.fails(self.command("train", "data.fold=1"), 2, "data.fold", "data.folds")
        self.fails(self.command("train", "data.folds=3", "data.test_file=t.csv"), 2, "data.folds", "data.test_file")

    def test_weights_that_are_all_zero_are_refused(self):
        self.write_table()
        self.table.write_text("\n".join(f"{line},{'w' if i == 0 else 0}"
                                        for i, line in enumerate(self.table.read_text().splitlines())))
        self.fails(self.command("train", "data.weight=w"), 3, "csv/train", "are 0", "data.weight")

    def test_groups_are_no_inputs(self):
        self.write_table()
        self.train("data.group=day")
        self.assertEqual(json.loads((self.run / "data.json").read_text())["shape"], [2])

    def test_classes_in_balance(self):
        self.write_table(400, share=0.1)
        self.write_table(400, self.folder / "test.csv")
        settings = ["train.epochs=20", "data.test_file=test.csv"]
        plain = self.train(*settings)["test"]["error"]
        self.run = self.folder / "balanced"
        balanced = self.train(*settings, "data.class_weights=balanced")["test"]["error"]
        self.assertLess(balanced, plain - 0.05, "the rare class is half of the test file")
        self.fails(self.command("train", "data.class_weights=balanced", "data.target_columns=[size]",
                                "data.targets=values", out=self.folder / "v"), 3, "data.class_weights", "classes")


if __name__ == "__main__":
    unittest.main()
