"""The program as a user meets it: exit codes, messages, files, interruption and resumption.

    cli_test.py      (VIB in the environment: the program)
"""

import csv
import io
import json
import math
import os
import pty
import random
import re
import resource
import signal
import struct
import subprocess
import time
import unittest

import numpy

from program import ROOT, TINY, VIB, ProgramTest, catches, epochs, summary, vib

QUICKSTART = ROOT / "configs/quickstart.yaml"
LONG = [*TINY, "train.epochs=60", "train.checkpoint_seconds=0"]
FILES = {"data.json", "config.yaml", "metrics.jsonl", "summary.json", "weights.pt", "weights_raw.pt", "checkpoint.pt",
         "report.html", "curves.svg", "curves.csv"}


class Program(ProgramTest):
    def out(self, name="run"):
        return self.folder / name

    def train(self, *arguments, name="run", config=QUICKSTART):
        return vib("train", config, *arguments, "--out", self.out(name))


class Train(Program):
    def test_leaves_the_files_of_the_contract(self):
        done = self.train(*TINY)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual({p.name for p in self.out().iterdir()}, FILES)
        lines = epochs(self.out())
        self.assertEqual([line["epoch"] for line in lines], [1, 2, 3])
        self.assertEqual([line["step"] for line in lines], [20, 40, 60])
        for line in lines:
            self.assertLessEqual({"seconds", "replicas", "beta", "lr", "train", "validation"}, line.keys())
            self.assertLessEqual({"loss_bits", "distortion_bits", "rate_bits"}, line["train"].keys())
        result = summary(self.out())
        self.assertLessEqual({"format", "seed", "beta", "device", "precision", "threads", "epochs", "best_epoch",
                              "train_seconds", "examples_per_second", "versions", "test", "test_raw", "validation"},
                             result.keys())
        self.assertEqual(set(result["test"]), {"examples", "samples", "error", "error_mean_z", "nll_bits", "ece",
                                               "distortion_bits", "rate_bits", "izy_bits"})
        self.assertEqual(result["test"]["examples"], 300)
        self.assertIn("epoch 3/3", done.stderr)
        self.assertIn("bits", done.stdout)

    def test_the_validation_examples_come_from_the_training_part(self):
        """Mistakes: "validation cut out of the test set", "best epoch chosen on the test set"."""
        self.train(*TINY)
        result = summary(self.out())
        self.assertEqual((result["validation"]["examples"], result["test"]["examples"]), (200, 300))
        lines = epochs(self.out())
        best = min(lines, key=lambda line: line["validation"]["nll_bits"])
        self.assertEqual(result["best_epoch"], best["epoch"])
        self.assertEqual(result["validation"]["nll_bits"], best["validation"]["nll_bits"])
        self.assertNotIn("test", lines[0])

    def test_prints_json_alone_when_asked(self):
        done = self.train(*TINY, "--json", "--quiet")
        self.assertEqual(json.loads(done.stdout), summary(self.out()))
        self.assertEqual(done.stderr, "")

    def test_its_own_config_repeats_the_run_bit_for_bit(self):
        self.train(*TINY)
        self.train(config=self.out() / "config.yaml", name="again")
        for name in ("config.yaml", "weights.pt", "weights_raw.pt"):
            self.assertEqual((self.out() / name).read_bytes(), (self.out("again") / name).read_bytes(), name)

    def test_a_deterministic_model_has_no_rate(self):
        done = self.train(*TINY, "model.deterministic=true", "--json")
        summary = json.loads(done.stdout)
        self.assertIsNone(summary["test"]["rate_bits"])
        self.assertEqual(summary["test"]["samples"], 1)

    def test_a_convolutional_encoder_trains(self):
        done = self.train(*[t for t in TINY if "hidden" not in t], "model.encoder.type=conv",
                          "model.encoder.channels=[4, 8]", "model.encoder.hidden=[16]", "model.decoder.type=mlp",
                          "train.epochs=1")
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_refuses_a_used_directory(self):
        self.train(*TINY)
        self.fails(self.train(*TINY), 1, "a run is there already", "--resume", "--out")

    def test_takes_a_directory_of_its_own_where_none_is_given(self):
        command = [VIB, "train", QUICKSTART, *TINY, "train.epochs=1", "--quiet", "--json"]
        runs = [subprocess.Popen(command, cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
                for _ in range(3)]
        for run in runs:
            message = run.communicate()[1]
            self.assertEqual(run.returncode, 0, message)
        self.assertEqual(len(list(self.folder.glob("runs/quickstart-*/summary.json"))), 3)

    def test_refuses_a_directory_that_is_something_else(self):
        self.out().mkdir()
        (self.out() / "thesis.tex").write_text("precious")
        self.fails(self.train(*TINY), 1, "no run directory")
        self.assertEqual([p.name for p in self.out().iterdir()], ["thesis.tex"])

    def test_a_loss_that_is_no_number_stops_the_run(self):
        done = self.train(*TINY, "optimizer.lr=1e18", "train.epochs=100")
        self.fails(done, 1, "no longer a finite number", "step", "beta", "optimizer.lr")
        self.assertFalse((self.out() / "weights.pt").exists())


    def test_epochs_compete_once_beta_has_arrived(self):
        done = self.train(*TINY, "train.epochs=5", "objective.beta={type: linear, from: 0, to: 0.1, epochs: 4}", "--json")
        result = json.loads(self.succeeds(done).stdout)
        self.assertGreaterEqual(result["best_epoch"], 4)
        self.assertEqual(result["beta"], 0.1)
        betas = [epoch["beta"] for epoch in epochs(self.out())]
        self.assertEqual(betas, sorted(betas))
        self.assertEqual(betas[3:], [0.1, 0.1])

    def test_weights_that_end_as_no_numbers_are_no_result(self):
        jump = ["train.epochs=2", "optimizer.schedule={type: step, milestones: [1.94], factor: 1e33}", "optimizer.ema=0"]
        result = json.loads(self.succeeds(self.train(*TINY, *jump, "--json")).stdout)
        self.assertEqual(result["best_epoch"], 1)
        self.assertIsNotNone(result["test"]["nll_bits"])
        done = self.train(*TINY, *jump, "data.validation=0", name="no-validation")
        self.fails(done, 1, "training broke", "optimizer.lr")
        self.assertFalse((self.out("no-validation") / "summary.json").exists())

    def test_every_regulariser_is_a_named_term_of_the_log(self):
        keys = ["objective.label_smoothing=0.1", "objective.confidence_penalty=0.2", "optimizer.weight_decay=1e-4",
                "model.encoder.input_dropout=0.1"]
        self.succeeds(self.train(*TINY, *keys))
        for line in epochs(self.out()):
            train = line["train"]
            self.assertLess(0, train["weight_decay_bits"])
            # A constant prediction of uniform probabilities has the most entropy there is.
            self.assertTrue(-math.log2(10) <= train["confidence_penalty_bits"] < 0, train)
            self.assertAlmostEqual(train["loss_bits"], train["distortion_bits"] + 1e-3 * train["rate_bits"] +
                                   0.1 * train["label_smoothing_bits"] + 0.2 * train["confidence_penalty_bits"], places=4)
        self.succeeds(self.train(*TINY, name="plain"))
        self.assertEqual(set(epochs(self.out("plain"))[0]["train"]),
                         {"loss_bits", "distortion_bits", "rate_bits", "error"})

    def test_a_regulariser_of_labels_refuses_values(self):
        for key in ("label_smoothing", "confidence_penalty"):
            done = self.train(*TINY, "data.target=input", "data.range=[0, 1]", f"objective.{key}=0.1")
            self.fails(done, 2, f"objective.{key}: 0.1: is of classes and labels", "bernoulli", "allowed: 0")
            self.assertFalse(self.out().exists())

    def test_a_rate_is_held_by_a_constraint(self):
        keys = ["train.epochs=12", "model.prior.type=gaussian",
                "objective.beta={type: dual, target_bits: 3, scale: linear, step: 1e-2}"]
        result = json.loads(self.succeeds(self.train(*TINY, *keys, "--json")).stdout)
        self.assertAlmostEqual(epochs(self.out())[-1]["train"]["rate_bits"], 3, delta=0.3)
        self.assertGreater(result["beta"], 0)

    def test_a_rate_that_is_asked_for_comes_from_the_defaults(self):
        keys = ["train.epochs=100", "objective.beta={type: dual, target_bits: 3}"]
        result = json.loads(self.succeeds(self.train(*TINY, *keys, "--json")).stdout)
        lines = epochs(self.out())
        self.assertAlmostEqual(numpy.mean([line["train"]["rate_bits"] for line in lines[-5:]]), 3, delta=0.06)
        self.assertAlmostEqual(lines[result["best_epoch"] - 1]["train"]["rate_bits"], 3, delta=0.0601)
        self.assertGreater(len({line["beta"] for line in lines}), 30)
        self.assertIn("Weight of the rate", (self.out() / "report.html").read_text())


class WrongUse(Program):
    def test_no_command(self):
        self.assertEqual(vib().returncode, 2)

    def test_an_unknown_flag(self):
        self.assertEqual(vib("train", QUICKSTART, "--frobnicate").returncode, 2)

    def test_help_is_no_mistake(self):
        for command in ([], ["train"], ["sweep"], ["evaluate"], ["predict"], ["export"], ["report"], ["curve"],
                        ["information"], ["data"], ["doctor"]):
            done = vib(*command, "--help")
            self.assertEqual(done.returncode, 0)
            self.assertIn("Usage", done.stdout)

    def test_an_unknown_key_names_its_place_and_its_neighbour(self):
        config = self.folder / "config.yaml"
        config.write_text("train:\n  epoch: 3\n")
        self.fails(self.train(config=config), 2, f"{config}:2:3: train.epoch: unknown key", "did you mean epochs?")
        self.assertFalse(self.out().exists())

    def test_a_wrong_override(self):
        self.fails(self.train("train.epochs=twenty"), 2, "command line: train.epochs=twenty")
        self.assertFalse(self.out().exists())

    def test_resume_needs_to_know_what(self):
        self.fails(vib("train", QUICKSTART, "--resume"), 2, "--out")

    def test_cuda_says_which_of_the_two_is_missing(self):
        facts = json.loads(vib("doctor", "--json").stdout)
        if facts["cuda_devices"]:
            self.skipTest("there is a CUDA device here")
        reason = "no CUDA device" if facts["torch_built_with_cuda"] else "CPU build"
        self.fails(self.train(*TINY, "device=cuda"), 1, reason)
        self.assertFalse(self.out().exists())

    def test_what_shows_only_beside_the_data_leaves_no_run(self):
        for settings, parts in ((["train.batch_size=5000", "train.drop_last=true"],
                                 ["train.drop_last", "5000", "1000 examples"]),
                                (["train.monitor=rmse"], ["train.monitor: rmse", "allowed: auto, loss_bits, error,"])):
            self.fails(self.train(*TINY, *settings), 2, *parts)
            self.assertFalse(self.out().exists())

    def test_a_folder_whose_name_no_configuration_can_hold(self):
        folder = os.path.join(os.fsencode(self.folder), b"gr\xfcn")
        os.mkdir(folder)
        with open(os.path.join(folder, b"x.csv"), "w") as file:
            file.writelines(["a,y\n", *[f"{i},{i % 2}\n" for i in range(100)]])
        config = self.folder / "config.yaml"
        config.write_text("data: {name: csv, train_file: x.csv, target_columns: [y], validation: 20}\n")
        done = subprocess.run([VIB, "train", config, "--out", self.out()], cwd=folder, capture_output=True)
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertIn("gr\N{REPLACEMENT CHARACTER}n", done.stderr.decode())
        self.assertFalse(self.out().exists())

    def test_missing_data(self):
        done = self.train(f"data.root={self.folder}/nothing", config=ROOT / "configs/mnist.yaml")
        self.fails(done, 3, "train-images-idx3-ubyte", "nothing")
        self.assertFalse(self.out().exists())

    def test_damaged_data(self):
        for name in ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte",
                     "t10k-labels-idx1-ubyte"):
            (self.folder / name).write_bytes(b"\0\0\x08\x03garbage")
        self.fails(self.train(f"data.root={self.folder}", config=ROOT / "configs/mnist.yaml"), 3, "idx")
        self.assertFalse(self.out().exists())


class Resume(Program):
    def start(self, *arguments, name="run"):
        return subprocess.Popen([VIB, "train", QUICKSTART, *arguments, "--out", self.out(name), "--quiet"],
                                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)

    def expect_equal_runs(self, name, other):
        for file in ("weights.pt", "weights_raw.pt"):
            self.assertEqual((self.out(name) / file).read_bytes(), (self.out(other) / file).read_bytes(), file)
        timeless = []
        for run in (name, other):
            lines = epochs(self.out(run))
            timeless.append([{k: v for k, v in line.items() if k != "seconds"} for line in lines])
        self.assertEqual(*timeless)

    def test_a_killed_run_continues_to_the_same_bits(self):
        start = time.monotonic()
        self.assertEqual(self.train(*LONG, name="undisturbed").returncode, 0)
        duration = time.monotonic() - start
        moments = random.Random(0)
        kills = 0
        while not (self.out() / "summary.json").exists():
            run = self.start(*LONG, "--resume")
            try:
                # Kill it up to five times, then let it finish.
                run.wait(moments.uniform(0.05, 1.0) * duration if kills < 5 else None)
                self.assertEqual(run.returncode, 0, run.stderr.read())
            except subprocess.TimeoutExpired:
                run.kill()
                run.wait()
                kills += 1
            run.stderr.close()
        self.expect_equal_runs("run", "undisturbed")

    def test_an_interrupted_run_saves_itself_and_continues(self):
        self.train(*LONG, name="undisturbed")
        for number in (signal.SIGINT, signal.SIGTERM):
            name = number.name
            run = self.start(*LONG, name=name)
            while not (self.out(name) / "metrics.jsonl").exists() and run.poll() is None:
                time.sleep(0.01)
            run.send_signal(number)
            message = run.communicate()[1]
            self.assertEqual(run.returncode, 130, message)
            self.assertIn("--resume", message)
            self.assertEqual(self.train(*LONG, "--resume", name=name).returncode, 0)
            self.expect_equal_runs(name, "undisturbed")

    def test_a_run_that_is_running_is_left_alone(self):
        arguments = [*LONG, "train.epochs=100000"]
        run = self.start(*arguments)
        self.wait_for((self.out() / "metrics.jsonl").exists, run)
        self.fails(self.train(*arguments, "--resume"), 1,
                   f"{self.out()}: another process is training this run; wait for it or end it")
        self.ends_by(run, signal.SIGINT, "--resume")

    def test_a_closed_terminal_lets_a_run_save_itself(self):
        arguments = [*LONG, "train.epochs=100000", "train.checkpoint_seconds=1000"]
        pid, terminal = pty.fork()
        if pid == 0:
            os.execv(VIB, [VIB, "train", QUICKSTART, *arguments, "--out", self.out()])
        while not (self.out() / "metrics.jsonl").exists():
            os.read(terminal, 1 << 16)
        os.close(terminal)  # which sends SIGHUP
        self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), 130)
        self.assertTrue((self.out() / "checkpoint.pt").exists())

    def test_its_last_evaluation_is_ended_by_a_signal_and_repeated(self):
        draws = [*TINY, "train.epochs=1", "data.validation=0", "evaluate.samples=1000"]
        self.succeeds(self.train(*draws, name="undisturbed"))
        run = self.start(*draws)
        self.wait_for((self.out() / "checkpoint.pt").exists, run)
        self.ends_by(run, signal.SIGTERM, f"interrupted; continue with: vib train {self.out()}/config.yaml --out "
                                          f"{self.out()} --resume")
        self.assertFalse((self.out() / "summary.json").exists())
        self.succeeds(self.train(*draws, "--resume"))
        self.expect_equal_runs("run", "undisturbed")
        self.assertEqual(summary(self.out())["test"], summary(self.out("undisturbed"))["test"])

    def test_a_signal_while_data_are_read_leaves_nothing(self):
        run = self.start("data.train=200000", "data.validation=0")
        self.wait_for(lambda: catches(run, signal.SIGINT), run)
        self.ends_by(run, signal.SIGINT, "interrupted")
        self.assertFalse(self.out().exists())

    def test_a_second_signal_ends_it_at_once(self):
        run = self.start(*LONG, "train.checkpoint_seconds=1000")
        while not (self.out() / "metrics.jsonl").exists() and run.poll() is None:
            time.sleep(0.01)
        run.send_signal(signal.SIGSTOP)
        os.waitpid(run.pid, os.WUNTRACED)  # both arrive before the next step
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGCONT):
            run.send_signal(number)
        message = run.communicate()[1]
        self.assertEqual(run.returncode, 130, message)
        self.assertIn("--resume", message)
        self.assertFalse((self.out() / "checkpoint.pt").exists(), "the first signal alone has it saved")

    def test_another_configuration_is_refused_with_the_difference(self):
        self.train(*TINY)
        self.fails(self.train(*TINY, "objective.beta=0.5", "--resume"), 1, "-   beta: 0.001", "+   beta: 0.5")

    def test_a_damaged_checkpoint_is_refused(self):
        self.train(*TINY)
        checkpoint = self.out() / "checkpoint.pt"
        whole = checkpoint.read_bytes()
        weights = 50_000  # within a large tensor: between small ones there is padding
        for broken in (whole[: len(whole) // 2], b"", whole[:weights] + bytes([whole[weights] ^ 1]) + whole[weights + 1:]):
            checkpoint.write_bytes(broken)
            self.fails(self.train(*TINY, "--resume"), 1, str(checkpoint))
        checkpoint.write_bytes((self.out() / "weights.pt").read_bytes())
        self.fails(self.train(*TINY, "--resume"), 1, str(checkpoint))

    def test_json_nested_without_end_is_refused(self):
        self.train(*TINY)
        numpy.save(self.folder / "x.npy", numpy.zeros((1, 1, 28, 28), numpy.uint8))
        deep = "[" * 60_000 + "]" * 60_000
        for file, command in (("data.json", ["evaluate"]), ("summary.json", ["report"]), ("metrics.jsonl", ["report"]),
                              ("temperature.json", ["predict", self.folder / "x.npy", "--temperature"])):
            whole = (self.out() / file).read_text() if (self.out() / file).exists() else None
            (self.out() / file).write_text(deep + "\n")
            self.fails(vib(command[0], self.out(), *command[1:]), 1,
                       f"{self.out() / file}:1: not JSON from column 65 on: brackets are nested more than 64 deep")
            (self.out() / file).unlink()
            if whole is not None:
                (self.out() / file).write_text(whole)

    def test_a_finished_run_stays_as_it_is(self):
        self.train(*TINY)
        before = (self.out() / "weights.pt").read_bytes()
        self.assertEqual(self.train(*TINY, "--resume").returncode, 0)
        self.assertEqual((self.out() / "weights.pt").read_bytes(), before)


class AfterTraining(Program):
    def setUp(self):
        super().setUp()
        self.assertEqual(self.train(*TINY).returncode, 0)
        self.summary = summary(self.out())

    def test_evaluate_repeats_the_summary(self):
        result = json.loads(vib("evaluate", self.out(), "--json").stdout)
        for split in ("test", "test_raw", "validation"):
            self.assertEqual(result[split], self.summary[split])
        self.assertIn("bits", vib("evaluate", self.out()).stdout)

    def test_evaluate_takes_overrides(self):
        result = json.loads(vib("evaluate", self.out(), "evaluate.samples=50", "--json").stdout)
        self.assertEqual(result["test"]["samples"], 50)
        self.assertLessEqual(result["test"]["nll_bits"], self.summary["test"]["nll_bits"] + 0.05)

    def test_evaluate_refuses_what_is_no_run(self):
        self.fails(vib("evaluate", self.folder / "nothing"), 1, "no run there")
        (self.out() / "weights.pt").write_bytes(b"PK")
        self.fails(vib("evaluate", self.out()), 1, "weights.pt")

    def images(self, *shape):
        count = 1
        for n in shape:
            count *= n
        path = self.folder / "images-idx-ubyte"
        path.write_bytes(bytes([0, 0, 8, len(shape)]) + struct.pack(f">{len(shape)}I", *shape) +
                         random.Random(1).randbytes(count))
        return path

    def test_evaluate_and_predict_are_ended_by_a_signal(self):
        for arguments in (["evaluate", self.out()], ["predict", self.out(), self.images(5000, 28, 28)]):
            process = subprocess.Popen([VIB, *map(str, arguments), "--draws", "100000"], stdout=subprocess.DEVNULL,
                                       stderr=subprocess.PIPE, text=True)
            self.wait_for(lambda: catches(process, signal.SIGTERM), process)
            self.ends_by(process, signal.SIGTERM, "interrupted")

    def test_predict_gives_a_row_per_image(self):
        done = vib("predict", self.out(), self.images(5, 28, 28))
        self.assertEqual(done.returncode, 0, done.stderr)
        rows = list(csv.DictReader(io.StringIO(done.stdout)))
        self.assertEqual(len(rows), 5)
        for i, row in enumerate(rows):
            self.assertEqual(int(row["index"]), i)
            self.assertIn(int(row["class"]), range(10))
            self.assertGreaterEqual(float(row["probability"]), 0.1)
            self.assertGreater(float(row["rate_bits"]), 0)
            self.assertTrue(0 <= float(row["entropy_bits"]) <= 3.33)

    def test_predict_writes_a_file_or_json(self):
        images, out = self.images(3, 28, 28), self.folder / "rows.csv"
        self.assertEqual(vib("predict", self.out(), images, "--out", out).stdout, "")
        self.assertEqual(len(out.read_text().splitlines()), 4)
        lines = vib("predict", self.out(), images, "--json").stdout.splitlines()
        self.assertEqual([json.loads(line)["index"] for line in lines], [0, 1, 2])

    def test_predict_refuses_images_of_another_size(self):
        self.fails(vib("predict", self.out(), self.images(5, 27, 28)), 3, "28 x 28", "5 x 27 x 28")
        self.fails(vib("predict", self.out(), self.folder / "nothing"), 3, "nothing")

    def test_report_draws_again(self):
        (self.out() / "report.html").unlink()
        self.assertEqual(vib("report", self.out()).returncode, 0)
        self.assertIn("<svg", (self.out() / "report.html").read_text())

    def test_prints_the_table_before_it_draws(self):
        (self.out() / "report.html").unlink()
        (self.out() / "report.html").mkdir()  # which no page can replace
        done = self.train(*TINY, "--resume")
        self.fails(done, 1, "report.html")
        self.assertIn("NLL (bits)", done.stdout)


class NoRoom(Program):
    """Nothing that could not be written is called done. A limit on the size of files stands for a full disk."""

    def limited(self, *arguments, size):
        limit = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
        return vib("train", QUICKSTART, *arguments, "--out", self.out(), "--quiet", preexec_fn=limit)

    def test_for_a_checkpoint_is_said_and_the_run_goes_on(self):
        settings = [*TINY, "train.checkpoint_seconds=0"]
        done = self.limited(*settings, size=300_000)
        self.fails(done, 1, f"{self.out()}/checkpoint.pt: cannot write: File too large; raise the limit")
        self.assertEqual({p.name for p in self.out().iterdir()}, {"config.yaml", "data.json"})
        command = done.stderr.split("then continue with: ")[1].split()
        self.succeeds(vib(*command[1:]))
        self.assertTrue((self.out() / "summary.json").exists())

    def test_for_the_first_file_leaves_nothing_in_the_way(self):
        self.fails(self.limited(*TINY, size=10), 1, "config.yaml: cannot write", "then give the same command again")
        self.succeeds(self.limited(*TINY, size=10_000_000))

    def test_for_results_on_stdout(self):
        self.succeeds(self.train(*TINY))
        images = self.folder / "images-idx-ubyte"
        images.write_bytes(struct.pack(">HBBIII", 0, 8, 3, 2000, 28, 28) + bytes(2000 * 28 * 28))
        for command in (["train", QUICKSTART, *TINY, "--out", self.out(), "--resume", "--json"], ["train", "--keys"],
                        ["predict", self.out(), images, "--draws", "1"], ["evaluate", self.out()], ["--help"],
                        ["report", self.out()], ["data", "list"]):
            with self.subTest(command), open("/dev/full", "w") as full:
                done = subprocess.run([VIB, *map(str, command)], stdout=full, stderr=subprocess.PIPE, text=True)
                self.assertEqual((done.returncode, done.stderr.splitlines()[-1:]),
                                 (1, ["vib: cannot write the result: No space left on device"]))

    def test_a_closed_stdout_is_said(self):
        done = subprocess.run([VIB, "data", "list"], stderr=subprocess.PIPE, text=True, preexec_fn=lambda: os.close(1))
        self.fails(done, 1, "cannot write the result: Bad file descriptor")

    def test_on_stderr_changes_neither_the_work_nor_the_exit_code(self):
        with open("/dev/full", "w") as full:
            for stderr in ({"stderr": full}, {"preexec_fn": lambda: os.close(2)}):
                out = self.out(f"run{len(list(self.folder.iterdir()))}")
                done = subprocess.run([VIB, "train", QUICKSTART, *TINY, "--out", out], stdout=subprocess.DEVNULL,
                                      **stderr)
                self.assertEqual(done.returncode, 0)
                self.assertTrue((out / "report.html").exists())
                done = subprocess.run([VIB, "train", "nothing.yaml"], stdout=subprocess.DEVNULL, **stderr)
                self.assertEqual(done.returncode, 2)

    def test_a_reader_that_has_seen_enough_ends_the_program_quietly(self):
        with subprocess.Popen([VIB, "train", "--keys"], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as done:
            done.stdout.close()
            self.assertEqual(done.stderr.read(), b"")
        self.assertEqual(done.returncode, -signal.SIGPIPE)

    def test_a_device_behind_a_link_stays_one(self):
        self.succeeds(self.train(*TINY))
        link = self.folder / "link"
        for device, code in (("/dev/null", 0), ("/dev/full", 1)):
            link.unlink(missing_ok=True)
            link.symlink_to(device)
            for command in (["predict", self.out(), "--draws", "1", self.folder / "images"],
                            ["export", self.out(), "--format", "onnx"],
                            ["export", self.out(), "--format", "safetensors"]):
                with self.subTest(device=device, command=command):
                    (self.folder / "images").write_bytes(struct.pack(">HBBIII", 0, 8, 3, 1, 28, 28) + bytes(28 * 28))
                    done = vib(*command, "--out", link)
                    self.assertEqual(done.returncode, code, done.stderr)
                    self.assertTrue(link.is_char_device() and link.is_symlink())
                    if code:
                        self.assertIn(f"{link}: cannot write: No space left on device", done.stderr)


class Doctor(Program):
    def test_says_what_there_is_and_what_is_missing(self):
        facts = json.loads(vib("doctor", "--json").stdout)
        self.assertTrue(re.match(r"2\.1[123]\.", facts["torch"]))
        self.assertIn("missing:", vib("doctor").stdout)


if __name__ == "__main__":
    unittest.main()
