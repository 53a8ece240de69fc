"""The event files of train.tensorboard, as TensorBoard's own reader sees them.

    tensorboard_test.py      (VIB in the environment: the program; wants the package tensorboard)
"""

import random
import subprocess
import sys
import time
import unittest

import numpy as np

import program
from program import ROOT, VIB, ProgramTest, vib

try:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    from tensorboard.backend.event_processing.event_file_loader import EventFileLoader
except ImportError as reason:
    print(f"left out: {reason}; pip install tensorboard")
    sys.exit(77)

TINY = [*program.TINY, "train.tensorboard=true"]
PREFIX = "events.out.tfevents."
LOSSES = {"loss_bits", "distortion_bits", "rate_bits"}
COUNTS = {"examples", "samples"}  # which are no curves


def event_files(run):
    return sorted(p for p in run.iterdir() if "tfevents" in p.name)


def expected_points(run):
    """{tag: [(step, value), ...]} as metrics.jsonl has them."""
    points = {}
    for line in program.epochs(run):
        numbers = {"beta": line["beta"], "learning_rate": line["lr"]}
        numbers |= {f"{key}/train": line["train"][key] for key in LOSSES | {"error", "rmse"} if key in line["train"]}
        for split in ("validation", "validation_raw"):
            numbers |= {f"{key}/{split}": line[split][key] for key in line.get(split, {}).keys() - COUNTS}
        for tag, value in numbers.items():
            if value is not None:
                points.setdefault(tag, []).append((line["step"], value))
    return points


def points_of(accumulator):
    accumulator.Reload()
    return {tag: [(e.step, e.value) for e in accumulator.Scalars(tag)] for tag in accumulator.Tags()["scalars"]}


class Runs(ProgramTest):
    def setUp(self):
        super().setUp()
        self.run_folder = self.folder / "run"

    def vib(self, *arguments):
        self.succeeds(vib(*arguments))

    def train(self, *arguments, config=ROOT / "configs/quickstart.yaml"):
        self.vib("train", config, *TINY, *arguments, "--out", self.run_folder)

    def expect_metrics(self, run, accumulator=None):
        expected = expected_points(run)
        points = points_of(accumulator or EventAccumulator(str(run)))
        self.assertEqual(set(points), set(expected))
        for tag, pairs in expected.items():
            self.assertEqual([step for step, _ in points[tag]], [step for step, _ in pairs], tag)
            np.testing.assert_array_equal([value for _, value in points[tag]],
                                          np.float64(np.float32([value for _, value in pairs])), tag)
        return points


class EventFiles(Runs):
    def test_there_is_none_unless_asked_for(self):
        self.train("train.tensorboard=false")
        self.assertEqual(event_files(self.run_folder), [])

    def test_hold_the_numbers_of_metrics(self):
        self.train()
        points = self.expect_metrics(self.run_folder)
        self.assertLessEqual({"loss_bits/train", "distortion_bits/train", "rate_bits/train", "error/train",
                              "error/validation", "nll_bits/validation", "rate_bits/validation", "beta",
                              "learning_rate"}, set(points))
        self.assertEqual([step for step, _ in points["beta"]], [20, 40, 60])

    def test_begin_with_their_version_and_carry_the_time(self):
        before = time.time()
        self.train()
        file, = event_files(self.run_folder)
        self.assertTrue(file.name.startswith(PREFIX))
        first, *events = EventFileLoader(str(file)).Load()
        self.assertEqual(first.file_version, "brain.Event:2")
        self.assertEqual(len(events), 3)
        times = [first.wall_time, *(event.wall_time for event in events)]
        self.assertEqual(times, sorted(times))
        self.assertTrue(before <= times[0] and times[-1] <= time.time())

    def test_a_model_without_a_rate_has_no_curve_of_it(self):
        self.train("model.deterministic=true")
        self.assertNotIn("rate_bits/train", self.expect_metrics(self.run_folder))

    def test_values_have_a_distance_instead_of_an_error(self):
        inputs = np.random.default_rng(0).normal(size=(400, 5)).astype(np.float32)
        np.save(self.folder / "x.npy", inputs)
        np.save(self.folder / "y.npy", inputs @ np.ones((5, 1), np.float32))
        config = self.folder / "config.yaml"
        config.write_text(f"data: {{name: tensors, root: {self.folder}, train_inputs: x.npy, train_targets: y.npy, "
                          "test_inputs: x.npy, test_targets: y.npy, targets: values, validation: 100}\n"
                          "model: {encoder: {hidden: [16]}, latent: {dim: 2}}\n"
                          "train: {epochs: 2, tensorboard: true}\nthreads: 1\n")
        self.vib("train", config, "--out", self.run_folder)
        points = self.expect_metrics(self.run_folder)
        self.assertLessEqual({"rmse/train", "rmse/validation", "r2/validation"}, set(points))
        self.assertNotIn("error/train", points)

    def test_a_sweep_gives_every_trial_its_own(self):
        self.vib("sweep", ROOT / "configs/quickstart.yaml", *TINY, "objective.beta=1e-3,1e-1", "--out",
                 self.folder / "sweep")
        runs = sorted((self.folder / "sweep/runs").iterdir())
        self.assertEqual(len(runs), 2)
        betas = {self.expect_metrics(run)["beta"][0][1] for run in runs}
        self.assertEqual(betas, {float(np.float32(1e-3)), float(np.float32(1e-1))})


class Resume(Runs):
    """A run that is killed and resumed, and a TensorBoard that watches all the while."""

    def start(self, *arguments):
        return subprocess.Popen([VIB, "train", ROOT / "configs/quickstart.yaml", *TINY, "train.epochs=40", *arguments,
                                 "--out", self.run_folder, "--resume", "--quiet"], stdout=subprocess.DEVNULL,
                                stderr=subprocess.PIPE, text=True)

    def epochs_written(self):
        metrics = self.run_folder / "metrics.jsonl"
        return len(metrics.read_text().splitlines()) if metrics.exists() else 0

    def kill_after(self, epochs, *arguments):
        run = self.start(*arguments)
        while self.epochs_written() < epochs and run.poll() is None:
            time.sleep(0.001)
        run.kill()
        message = run.communicate()[1]
        self.assertEqual(run.returncode, -9, f"finished before it was killed\n{message}")

    def finish(self, *arguments):
        run = self.start(*arguments)
        self.assertEqual((run.wait(), run.communicate()[1]), (0, ""))

    def expect_each_epoch_once(self, watching):
        self.assertEqual(len(event_files(self.run_folder)), 1)
        for accumulator in (watching, None):
            points = self.expect_metrics(self.run_folder, accumulator)
            self.assertEqual([step for step, _ in points["loss_bits/train"]], [20 * e for e in range(1, 41)])

    def test_has_each_epoch_once(self):
        """With a checkpoint of every epoch; every later life begins where the last one ended."""
        self.kill_after(3, "train.checkpoint_seconds=0")
        watching = EventAccumulator(str(self.run_folder))
        self.assertGreaterEqual(len(points_of(watching)["beta"]), 2)
        self.kill_after(12, "train.checkpoint_seconds=0")
        self.finish("train.checkpoint_seconds=0")
        self.expect_each_epoch_once(watching)

    def test_has_each_epoch_once_where_the_checkpoint_lags(self):
        """Without a checkpoint the second life trains again what is in the file already."""
        self.kill_after(8)
        watching = EventAccumulator(str(self.run_folder))
        self.assertGreaterEqual(len(points_of(watching)["beta"]), 7)
        self.assertFalse((self.run_folder / "checkpoint.pt").exists())
        self.finish()
        self.expect_each_epoch_once(watching)

    def test_mends_an_event_that_was_cut_short(self):
        self.kill_after(8, "train.checkpoint_seconds=0")
        file, = event_files(self.run_folder)
        whole = file.read_bytes()
        file.write_bytes(whole[:random.Random(0).randrange(len(whole) - 300, len(whole))])
        self.finish("train.checkpoint_seconds=0")
        self.expect_each_epoch_once(None)


if __name__ == "__main__":
    unittest.main()
