"""`vib sweep` as a user meets it: its files, restarts after kill -9, processes, divergence, exit codes, messages.

    sweep_test.py      (VIB in the environment: the program)
"""

import hashlib
import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

from program import ROOT, VIB, ProgramTest, epochs, rows, summary, vib

CONFIG = ROOT / "configs/digits_sweep.yaml"
# Two groups: four replicas, which max_replicas splits, and the two baselines.
GRID = ["objective.beta=1e-4,1e-2", "seed=0..1", "sweep.max_replicas=3"]
NAMES = ["beta-1e-4_seed-0", "beta-1e-4_seed-1", "beta-1e-2_seed-0", "beta-1e-2_seed-1", "baseline_seed-0",
         "baseline_seed-1"]
TINY = ["data.train=400", "data.test=200", "data.validation=100", "train.epochs=3", "train.batch_size=50",
        "optimizer.lr=3e-2", "optimizer.ema=0.9", "model.encoder.hidden=[16]", "model.latent.dim=3", "threads=1"]
LONG = [*TINY, "train.epochs=16", "train.checkpoint_seconds=0"]
TIMES = {"train_seconds", "examples_per_second", "load_seconds"}


def timeless(sweep):
    return [{key: value for key, value in row.items() if key not in TIMES} for row in rows(sweep)]


def flattened(value, prefix=""):
    if not isinstance(value, dict):
        return {prefix: value}
    parts = (flattened(part, f"{prefix}_{key}".strip("_")) for key, part in value.items())
    return {key: number for part in parts for key, number in part.items()}


def stamps(sweep):
    """When and as what each file of the runs was written."""
    files = [path for path in sweep.glob("runs/*/*") if path.suffix in (".pt", ".json", ".jsonl", ".txt")]
    return {path: (path.stat().st_mtime_ns, path.stat().st_ino) for path in files}


def contents(folder):
    return {path.relative_to(folder): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(folder.rglob("*")) if path.is_file()}


def children(pid):
    """The processes that it has started and that still run."""
    found = []
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent = stat.read_text().rsplit(")", 1)[1].split()[:2]
        except OSError:
            continue
        if int(parent) == pid and state != "Z":
            found.append(int(stat.parent.name))
    return found


def alive(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] not in "ZX"
    except OSError:
        return False


class Program(ProgramTest):
    def out(self, name="sweep"):
        return self.folder / name

    def sweep(self, *arguments, name="sweep", config=CONFIG):
        return vib("sweep", config, *arguments, "--out", self.out(name))

    def start(self, *arguments, **options):
        return subprocess.Popen([VIB, "sweep", CONFIG, *arguments, "--out", self.out(), "--quiet"],
                                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, **options)

    def expect_near(self, value, reference, tolerance):
        """Relative; other groups and other layouts in memory round in other places."""
        if reference is None or reference == 0:
            self.assertEqual(value, reference)
        else:
            self.assertAlmostEqual(value / reference, 1, delta=tolerance)

    def expect_tidy(self, sweep):
        left = [str(p) for p in sweep.rglob("*") if p.suffix in (".tmp", ".lock") or "checkpoint" in p.name]
        self.assertEqual(left, [])


class Finished(Program):
    """One small sweep, looked at from all sides. Whatever changes it works on a copy."""

    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.temporary.cleanup)
        cls.done_at = pathlib.Path(cls.temporary.name) / "sweep"
        cls.result = vib("sweep", CONFIG, *TINY, *GRID, "--out", cls.done_at)

    def setUp(self):
        super().setUp()
        self.succeeds(self.result)
        shutil.copytree(self.done_at, self.out(), copy_function=shutil.copy2)

    def test_the_table_has_a_row_for_each_trial_with_the_numbers_of_its_run(self):
        header = (self.out() / "sweep.csv").read_text().splitlines()[0].split(",")
        fields = list(flattened(summary(self.out() / "runs" / NAMES[0])))
        self.assertEqual(header[:2], ["objective.beta", "seed"])
        self.assertEqual(header[-2:], ["run", "status"])
        self.assertEqual(header[2:-2], [name for name in fields if name != "seed"])
        self.assertLessEqual({"beta", "deterministic", "replicas", "test_error", "test_raw_nll_bits", "test_rate_bits",
                              "test_izy_bits", "validation_nll_bits", "best_epoch", "train_seconds"}, set(header))
        table = rows(self.out())
        self.assertEqual([row["run"] for row in table], NAMES)
        self.assertEqual([row["replicas"] for row in table], ["2"] * 6)
        for row in table:
            self.assertEqual(row["status"], "finished")
            for key, value in flattened(summary(self.out() / "runs" / row["run"])).items():
                expected = "" if value is None else value if isinstance(value, str) else json.dumps(value)
                self.assertEqual(row[key], expected, key)

    def test_the_swept_values_stand_as_they_were_written(self):
        self.assertEqual([(row["objective.beta"], row["seed"]) for row in rows(self.out())],
                         [("1e-4", "0"), ("1e-4", "1"), ("1e-2", "0"), ("1e-2", "1"), ("0", "0"), ("0", "1")])
        self.assertEqual([row["deterministic"] for row in rows(self.out())], ["false"] * 4 + ["true"] * 2)

    def test_a_trial_is_an_ordinary_run(self):
        for name in ("beta-1e-2_seed-1", "baseline_seed-0"):
            run = self.out() / "runs" / name
            evaluated = json.loads(vib("evaluate", run, "--json").stdout)
            for split in ("test", "test_raw", "validation"):
                for key, value in summary(run)[split].items():
                    self.expect_near(evaluated[split][key], value, 1e-6)
            self.succeeds(vib("report", run))
            self.assertIn("<svg", (run / "report.html").read_text())

    def test_a_replica_is_the_single_run_of_its_own_configuration(self):
        for name in ("beta-1e-4_seed-1", "beta-1e-2_seed-0", "baseline_seed-1"):
            replica = self.out() / "runs" / name
            self.succeeds(vib("train", replica / "config.yaml", "--out", self.out(name), "--quiet"))
            self.assertEqual((replica / "config.yaml").read_text(), (self.out(name) / "config.yaml").read_text())
            ours, alone = summary(replica), summary(self.out(name))
            self.assertEqual((ours["replicas"], alone["replicas"]), (2, 1))
            self.assertEqual((ours["seed"], ours["beta"]), (alone["seed"], alone["beta"]))
            self.expect_near(ours["test"]["nll_bits"], alone["test"]["nll_bits"], 1e-3)
            self.expect_near(ours["test"]["rate_bits"], alone["test"]["rate_bits"], 1e-3)
            losses = [[epoch["train"]["loss_bits"] for epoch in epochs(run)] for run in (replica, self.out(name))]
            for one, other in zip(*losses, strict=True):
                self.expect_near(one, other, 1e-4)

    def test_with_dropout_too_and_in_its_validation(self):
        keys = [*TINY, "train.epochs=6", "model.encoder.dropout=0.3", "objective.beta=1e-3", "seed=0..1",
                "sweep.baseline=false"]
        self.succeeds(self.sweep(*keys, name="dropout"))
        for seed in (0, 1):
            replica, alone = self.out("dropout") / f"runs/seed-{seed}", self.out(f"alone{seed}")
            self.succeeds(vib("train", replica / "config.yaml", "--out", alone, "--quiet"))
            self.assertEqual(summary(replica)["best_epoch"], summary(alone)["best_epoch"])
            for one, other in zip(epochs(replica), epochs(alone), strict=True):
                self.expect_near(one["train"]["loss_bits"], other["train"]["loss_bits"], 1e-4)
                self.expect_near(one["validation"]["nll_bits"], other["validation"]["nll_bits"], 1e-3)

    def test_replicas_learn_and_differ(self):
        """What the comparison above would not notice: nothing was trained, or all were one model."""
        table = rows(self.out())
        self.assertEqual(len({row["test_nll_bits"] for row in table}), 6)
        first, *_, last = (epoch["train"]["loss_bits"] for epoch in epochs(self.out() / "runs" / NAMES[0]))
        self.assertLess(last, 0.9 * first)

    def test_says_what_it_does_and_ends_with_a_table(self):
        self.assertIn("6 trials in 3 groups, at most 2 trained as one", self.result.stderr)
        self.assertIn("group 3/3 (2 models)  epoch 3/3", self.result.stderr)
        for part in ("1e-4", "1e-2", "deterministic", "±", "Pareto", "Best validation NLL", "report.html"):
            self.assertIn(part, self.result.stdout)

    def test_leaves_a_report_and_nothing_half_done(self):
        self.expect_tidy(self.done_at)
        for name in ("report.html", "error.svg", "error.csv", "nll.svg", "information.svg", "sweep.yaml"):
            self.assertTrue((self.done_at / name).exists(), name)

    def test_prints_the_table_before_it_draws(self):
        for page in (self.out() / "report.html", self.out() / "runs" / NAMES[0] / "report.html"):
            page.unlink()
            page.mkdir()  # which no page can replace
            failed = self.sweep(*TINY, *GRID)
            self.fails(failed, 1, "report.html")
            self.assertIn("Best validation NLL", failed.stdout)
            page.rmdir()

    def test_called_again_trains_nothing_and_prints_the_table_again(self):
        before = stamps(self.out())
        again = self.succeeds(self.sweep(*TINY, *GRID))
        self.assertEqual(stamps(self.out()), before)
        self.assertEqual(again.stdout, self.result.stdout.replace(str(self.done_at), str(self.out())))
        self.assertIn("6 trials, finished already", again.stderr)
        self.assertNotIn("epoch", again.stderr)
        self.expect_tidy(self.out())

    def test_its_own_configuration_is_the_same_sweep(self):
        before = stamps(self.out())
        self.succeeds(self.sweep(config=self.out() / "sweep.yaml"))
        self.assertEqual(stamps(self.out()), before)

    def test_json_is_all_there_is_on_stdout_and_quiet_silences_stderr(self):
        done = self.succeeds(self.sweep(*TINY, *GRID, "--json", "--quiet", "--jobs", "2"))
        self.assertEqual(done.stderr, "")
        result = json.loads(done.stdout)
        self.assertEqual((result["trials"], result["diverged"]), (6, 0))
        for file in ("table", "report"):
            self.assertTrue(pathlib.Path(result[file]).exists())

    def test_report_draws_again(self):
        whole = (self.out() / "report.html").read_bytes()
        (self.out() / "report.html").unlink()
        self.succeeds(vib("report", self.out()))
        self.assertEqual((self.out() / "report.html").read_bytes(), whole)

    def test_another_configuration_is_refused_with_the_difference(self):
        before = contents(self.out())
        self.fails(self.sweep(*TINY, *GRID, "train.epochs=4"), 1, "another", "-   epochs: 3", "+   epochs: 4",
                   str(self.out() / "sweep.yaml"))
        self.fails(self.sweep(*TINY, "objective.beta=1e-4,1e-3", "seed=0..1"), 1, "1e-4,1e-2", "1e-4,1e-3")
        self.assertEqual(contents(self.out()), before)

    def test_another_group_size_keeps_what_is_finished(self):
        lost = [self.out() / "runs" / name for name in ("beta-1e-4_seed-1", "beta-1e-2_seed-0")]
        for run in lost:
            shutil.rmtree(run)
        before = stamps(self.out())
        self.succeeds(self.sweep(*TINY, *GRID, "sweep.max_replicas=1"))
        after = stamps(self.out())
        self.assertEqual({path: after[path] for path in before}, before)
        # They were in two groups of two, and are trained alone now: the same numbers within rounding.
        for row, reference in zip(rows(self.out()), rows(self.done_at), strict=True):
            self.expect_near(float(row["test_nll_bits"]), float(reference["test_nll_bits"]), 1e-3)
        self.assertEqual([row["replicas"] for row in rows(self.out())], ["2", "1", "1", "2", "2", "2"])

    def test_takes_up_what_a_kill_left_half_written(self):
        """Each of these is a moment in which kill -9 is hard to meet by chance."""
        run = self.out() / "runs" / NAMES[2]
        for path in run.iterdir():
            path.unlink()
        (run / "config.yaml.4242.tmp").write_text("seed:")  # before its first file was there
        (self.out() / "runs" / NAMES[0] / "weights.pt.4242.tmp").write_text("PK")
        (self.out() / "sweep.csv.4242.tmp").write_text("objective")
        checkpoints = self.out() / "checkpoints"
        checkpoints.mkdir()
        (checkpoints / "2-0.pt.4242.tmp").write_text("PK")
        self.succeeds(self.sweep(*TINY, *GRID))
        self.expect_tidy(self.out())
        self.assertEqual([row["run"] for row in rows(self.out())], NAMES)


class Restart(Program):
    """A sweep that is disturbed ends with the numbers of one that is not, to the last digit."""

    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.temporary.cleanup)
        cls.undisturbed = pathlib.Path(cls.temporary.name) / "sweep"
        start = time.monotonic()
        cls.result = vib("sweep", CONFIG, *LONG, *GRID, "--out", cls.undisturbed)
        cls.duration = time.monotonic() - start

    def setUp(self):
        super().setUp()
        self.succeeds(self.result)

    def expect_undisturbed_numbers(self):
        self.assertEqual(timeless(self.out()), timeless(self.undisturbed))
        for name in NAMES:
            for file in ("weights.pt", "weights_raw.pt"):
                ours, theirs = (sweep / "runs" / name / file for sweep in (self.out(), self.undisturbed))
                self.assertEqual(ours.read_bytes(), theirs.read_bytes(), f"{name}/{file}")
        self.expect_tidy(self.out())

    def test_killed_at_ten_moments(self):
        moments = random.Random(7)
        kills = [moments.uniform(0.1, 0.45) * self.duration for _ in range(10)]
        finished_at_kill = []
        while kills:
            run = self.start(*LONG, *GRID)
            try:
                run.wait(kills.pop())
                self.assertEqual(run.returncode, 0, run.stderr.read())
            except subprocess.TimeoutExpired:
                run.kill()
                run.wait()
            run.stderr.close()
            finished_at_kill.append(len(list(self.out().glob("runs/*/summary.json"))))
        self.assertEqual(finished_at_kill, sorted(finished_at_kill), "a finished trial was lost")
        self.succeeds(self.sweep(*LONG, *GRID))
        self.expect_undisturbed_numbers()

    def test_killed_when_the_first_result_appears(self):
        """The others of its group are written from the group's last state, not trained anew in smaller company."""
        arguments = [*LONG, "train.checkpoint_seconds=1000", *GRID]
        run = self.start(*arguments)
        while not list(self.out().glob("runs/*/summary.json")):
            self.assertIsNone(run.poll(), "it ended too early")
        run.kill()
        run.wait()
        run.stderr.close()
        self.assertLess(len(list(self.out().glob("runs/*/summary.json"))), len(NAMES))
        self.succeeds(self.sweep(*arguments))
        self.expect_undisturbed_numbers()

    def test_killed_with_its_processes(self):
        for trials_ended in (0, 2):
            run = self.start(*LONG, *GRID, "--jobs", "2")
            self.wait_for(lambda: len(children(run.pid)) == 2, run)
            workers = children(run.pid)
            self.wait_for(lambda: len(list(self.out().glob("runs/*/metrics.jsonl"))) > trials_ended, run)
            run.kill()
            run.wait()
            run.stderr.close()
            for _ in range(500):
                if not any(map(alive, workers)):
                    break
                time.sleep(0.01)
            self.assertEqual([pid for pid in workers if alive(pid)], [])
        self.succeeds(self.sweep(*LONG, *GRID))  # and one process takes up what two have begun
        self.expect_undisturbed_numbers()

    def test_a_sweep_that_is_running_is_left_alone(self):
        run = self.start(*LONG, *GRID, "--jobs", "2", start_new_session=True)
        self.addCleanup(run.kill)
        self.wait_for(lambda: list(self.out().glob("runs/*/metrics.jsonl")), run)
        os.killpg(run.pid, signal.SIGSTOP)  # it waits until all has been tried
        self.fails(self.sweep(*LONG, *GRID, "--jobs", "2"), 1, f"{self.out()}: this sweep is running already, in another process")
        self.fails(self.sweep(*LONG, *GRID, "--jobs", "2", "optimizer.lr=1"), 1, "the sweep there is another one")
        trial = next(self.out().glob("runs/*/metrics.jsonl")).parent
        self.fails(vib("train", trial / "config.yaml", "--out", trial, "--resume"), 1,
                   f"{trial}: another process is training this run")
        os.killpg(run.pid, signal.SIGCONT)
        self.assertEqual(run.wait(), 0, run.stderr.read())
        run.stderr.close()
        self.expect_undisturbed_numbers()

    def test_tells_of_a_process_that_was_killed(self):
        run = self.start(*TINY, *GRID, "--jobs", "2")
        self.wait_for(lambda: len(children(run.pid)) == 2, run)
        os.kill(children(run.pid)[0], signal.SIGKILL)
        message = run.communicate()[1]
        self.assertEqual(run.returncode, 1, message)
        self.assertIn("a process of the sweep was ended by signal 9 (Killed)", message)
        self.assertIn("fewer --jobs", message)
        self.assertIn("the same command goes on", message)

    def test_processes_give_the_same_numbers_as_one(self):
        done = self.succeeds(self.sweep(*LONG, *GRID, "--jobs", "2"))
        self.expect_undisturbed_numbers()
        progress = done.stderr.split("in the machine\n")[1]
        self.assertLess(len(progress.splitlines()), 9, "no terminal: a line when a trial ends, not ever so often")

    def test_interrupted_saves_itself_and_goes_on(self):
        for jobs in ("1", "2"):
            def lines():
                return [file.read_bytes() for file in sorted(self.out().glob("runs/*/metrics.jsonl"))]

            before = lines()
            run = self.start(*LONG, *GRID, "--jobs", jobs, start_new_session=True)
            self.wait_for(lambda: lines() != before, run)  # the end of an epoch
            os.killpg(run.pid, signal.SIGINT)  # as a terminal does: the processes of --jobs get it, too
            message = run.communicate()[1]
            self.assertEqual(run.returncode, 130, message)
            self.assertIn("the same command goes on", message)
            self.assertTrue(list(self.out().glob("checkpoints/*.pt")), "nothing was saved")
        self.succeeds(self.sweep(*LONG, *GRID))
        self.expect_undisturbed_numbers()


class Diverging(Program):
    # Plain gradient descent: its step is as large as β makes it.
    SGD = [*TINY, "optimizer.type=sgd", "optimizer.lr=1e-2", "objective.beta=1e-3,1e12", "seed=0",
           "sweep.baseline=false"]

    def diverges(self, *arguments, name="sweep"):
        done = self.succeeds(self.sweep(*self.SGD, *arguments, name=name))
        good, bad = rows(self.out(name))
        self.assertEqual((good["status"], bad["status"]), ("finished", "diverged"))
        self.assertEqual(bad["test_nll_bits"], "")
        failure = (self.out(name) / "runs" / bad["run"] / "failure.txt").read_text()
        self.assertIn("no longer a finite number", failure)
        self.assertIn("optimizer.lr", failure)
        self.assertFalse((self.out(name) / "runs" / bad["run"] / "weights.pt").exists())
        self.assertIn(bad["run"], done.stdout.split("Pareto", 1)[1])
        self.assertIn("1 trial diverged", done.stdout)
        self.expect_tidy(self.out(name))
        return good

    def test_one_replica_that_diverges_leaves_the_others_alone(self):
        together, alone = self.diverges(), self.diverges("sweep.max_replicas=1", name="alone")
        self.assertEqual((together["replicas"], alone["replicas"]), ("2", "1"))
        self.expect_near(float(together["test_nll_bits"]), float(alone["test_nll_bits"]), 1e-3)
        before = stamps(self.out())
        self.succeeds(self.sweep(*self.SGD))
        self.assertEqual(stamps(self.out()), before, "a trial that has diverged has ended")


class Groups(Program):
    def test_another_key_makes_groups(self):
        others = [text for text in TINY if not text.startswith("model.latent.dim=")]
        done = self.succeeds(self.sweep(*others, "train.epochs=1", "objective.beta=lin:0:1e-2:2", "seed=3",
                                        "model.latent.dim=2,3", "sweep.baseline=false"))
        self.assertIn("4 trials in 2 groups, at most 2 trained as one", done.stderr)
        table = rows(self.out())
        self.assertEqual([(row["objective.beta"], row["model.latent.dim"]) for row in table],
                         [("0", "2"), ("0", "3"), ("0.01", "2"), ("0.01", "3")])
        self.assertEqual({row["seed"] for row in table}, {"3"})
        for row in table:
            text = (self.out() / "runs" / row["run"] / "config.yaml").read_text()
            self.assertIn(f"dim: {row['model.latent.dim']}", text)


class WrongUse(Program):
    def test_wrong_grammar_is_refused_before_anything_is_made(self):
        for argument, parts in {"objective.beta=log:0:1:5": ["objective.beta=log:0:1:5"],
                                "seed=4..1": ["seed=4..1"],
                                "seed=1,1": ["seed=1,1"],
                                "objective.betta=1,2": ["objective.betta", "unknown key", "did you mean"],
                                "optimizer.lr=1e-3,fast": ["optimizer.lr", "fast"]}.items():
            with self.subTest(argument):
                self.fails(self.sweep(*TINY, argument), 2, *parts)
                self.assertFalse(self.out().exists())

    def test_nothing_to_vary(self):
        self.fails(self.sweep(config=CONFIG.parent / "quickstart.yaml"), 2, "nothing to vary", "vib sweep")
        self.assertFalse(self.out().exists())

    def test_a_directory_that_is_something_else_stays_as_it_is(self):
        self.out().mkdir()
        (self.out() / "thesis.tex").write_text("precious")
        self.fails(self.sweep(*TINY, *GRID), 1, "is no sweep", "--out")
        self.assertEqual([p.name for p in self.out().iterdir()], ["thesis.tex"])

    def test_missing_data_leaves_no_directory(self):
        for jobs in ("1", "2"):
            done = self.sweep(f"data.root={self.folder}/nothing", "--jobs", jobs,
                              config=CONFIG.parent / "mnist_sweep.yaml")
            self.fails(done, 3, "train-images-idx3-ubyte", "nothing")
            self.assertFalse(self.out().exists())

    def test_what_shows_only_beside_the_data_leaves_no_directory(self):
        self.fails(self.sweep(*TINY, *GRID, "train.batch_size=5000", "train.drop_last=true"), 2, "train.drop_last")
        self.assertFalse(self.out().exists())

    def test_help_and_flags(self):
        self.assertIn("log:LO:HI:N", vib("sweep", "--help").stdout)
        self.assertNotIn("worker", vib("sweep", "--help").stdout)
        self.assertEqual(vib("sweep", CONFIG, "--jobs", "0").returncode, 2)


class Cases(Program):
    def test_a_case_has_its_name_in_the_table_the_pictures_and_the_choice_of_a_setting(self):
        config = self.folder / "cases.yaml"
        config.write_text(CONFIG.read_text().split("sweep:")[0] + "sweep:\n  vary: [\"seed=0,1\"]\n  cases:\n"
                          "    plain: {objective.beta: 1e-3}\n    dropped: {model.encoder.dropout: 0.5}\n"
                          "    point: {model.deterministic: true}\n")
        done = self.succeeds(vib("sweep", config, *TINY, "--out", self.out()))
        for name in ("plain", "dropped", "point"):
            self.assertRegex(done.stdout, rf"(?m)^ *{name} +2 ")
        table = rows(self.out())
        self.assertEqual([row["case"] for row in table], ["plain"] * 2 + ["dropped"] * 2 + ["point"] * 2)
        self.assertEqual(table[2]["run"], "dropped_seed-0")
        for name in ("plain", "dropped", "point"):
            self.assertIn(f">{name}<", (self.out() / "error.svg").read_text())
        served = json.loads(self.succeeds(vib("evaluate", self.out(), "--setting", "case=point", "--json")).stdout)
        self.assertEqual(served["runs"], ["point_seed-0", "point_seed-1"])

    def test_one_case_alone(self):
        config = self.folder / "cases.yaml"
        config.write_text(CONFIG.read_text().split("sweep:")[0] +
                          "sweep: {cases: {a: {objective.beta: 1e-3}, b: {objective.beta: 1e-2}}}\n")
        self.succeeds(vib("sweep", config, *TINY, "case=b", "--out", self.out()))
        self.assertEqual([p.name for p in (self.out() / "runs").iterdir()], ["b"])
        self.fails(vib("sweep", config, *TINY, "case=c", "--out", self.folder / "c"), 2, "no case c; there are a, b")


# Counts the calls of fsync in the file FSYNCS.
COUNTER = r"""
#include <fcntl.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>
int fsync(int file) {
  int count = open(getenv("FSYNCS"), O_WRONLY | O_CREAT | O_APPEND, 0600);
  if (write(count, "x", 1) < 0) abort();
  close(count);
  return (int)syscall(SYS_fsync, file);
}
"""


class Small(Program):
    @unittest.skipUnless(shutil.which("cc"), "no C compiler")
    def test_results_are_synced_and_epochs_are_not(self):
        (self.folder / "counter.c").write_text(COUNTER)
        subprocess.run(["cc", "-shared", "-fPIC", "-o", self.folder / "counter.so", self.folder / "counter.c"], check=True)
        environment = os.environ | {"LD_PRELOAD": str(self.folder / "counter.so"), "FSYNCS": str(self.folder / "count")}
        arguments = [*TINY, "train.epochs=30", "seed=0", "objective.beta=1e-4,1e-2", "--out", self.out()]
        self.succeeds(vib("sweep", CONFIG, *arguments, "sweep.baseline=false", env=environment))
        # Each trial: config.yaml, data.json, both weights, summary.json, metrics.jsonl, and names. The sweep: its own
        # two files and a checkpoint.
        self.assertLessEqual((self.folder / "count").stat().st_size, 2 * 10 + 10)


if __name__ == "__main__":
    unittest.main()
