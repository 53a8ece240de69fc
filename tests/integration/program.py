"""The program as the tests of this folder run it (VIB in the environment), and what its runs hold."""

import csv
import json
import os
import pathlib
import subprocess
import tempfile
import time
import unittest

VIB = os.path.abspath(os.environ["VIB"])
ROOT = pathlib.Path(__file__).resolve().parents[2]
# Beside configs/quickstart.yaml: a run of half a second.
TINY = ["data.train=1200", "data.test=300", "data.validation=200", "train.epochs=3", "train.batch_size=50",
        "model.encoder.hidden=[32]", "model.latent.dim=4", "threads=1"]


def vib(*arguments, **options):
    return subprocess.run([VIB, *map(str, arguments)], capture_output=True, text=True, timeout=300, **options)


def catches(process, number):
    """Whether it has put up a handler for the signal."""
    for line in pathlib.Path(f"/proc/{process.pid}/status").read_text().splitlines():
        if line.startswith("SigCgt:"):
            return int(line.split()[1], 16) >> (number - 1) & 1 == 1
    return False


def summary(run):
    return json.loads((run / "summary.json").read_text())


def epochs(run):
    return [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]


def rows(sweep):
    with open(sweep / "sweep.csv", newline="") as file:
        return list(csv.DictReader(file))


class ProgramTest(unittest.TestCase):
    """Has a folder of its own for each test."""

    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))

    def wait_for(self, what, process):
        while not what():
            self.assertIsNone(process.poll(), "it ended too early")
            time.sleep(0.01)

    def ends_by(self, process, number, *parts):
        """By the signal: at once, with exit code 130 and these words."""
        self.addCleanup(process.kill)
        process.send_signal(number)
        message = process.communicate(timeout=10)[1]  # two seconds, on a machine with nothing else to do
        self.assertEqual(process.returncode, 130, message)
        for part in parts:
            self.assertIn(part, message)

    def succeeds(self, result):
        self.assertEqual(result.returncode, 0, result.stderr)
        return result

    def fails(self, result, code, *parts):
        self.assertEqual(result.returncode, code, result.stderr)
        for part in parts:
            self.assertIn(part, result.stderr)
        self.assertNotIn("terminate called", result.stderr)
