"""Kills the program and fails its disk, over and over; what it ends with is, bit for bit, what it writes undisturbed.

    torture.py SHIM [--kills 30] [--seed 0] [--jobs CORES] [--first CASE] [--only CASE]
        (VIB in the environment: the program; SHIM: the library of shim.cpp)

A case takes a command through one to three disturbances, each of them a kill or a failing disk, and starts it again as
a user would. In between, whatever has its final name is whole; in the end the files are those of the undisturbed
command, and no others. A disk that fails ends the command with the exit code 1, the file and the reason. What happens
in a case follows from the seed and its number, but for moments: `--only` repeats it.
"""

import argparse
import collections
import concurrent.futures
import csv
import ctypes
import errno
import hashlib
import io
import itertools
import json
import os
import pathlib
import random
import re
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import threading
import time
import traceback
import xml.etree.ElementTree

import torch
import yaml

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "integration"))
from data_test import Server, rightly  # noqa: E402
from program import ROOT, VIB  # noqa: E402

TINY = ["data.train=300", "data.test=100", "data.validation=60", "train.epochs=4", "train.batch_size=50", "threads=1",
        "train.checkpoint_seconds=0", "model.encoder.hidden=[16]", "model.latent.dim=3"]
TIMES = {"seconds", "train_seconds", "examples_per_second", "load_seconds"}
RECORD_BYTES = 1 << 20  # as in shim.cpp
ERRORS = [errno.ENOSPC, errno.EIO, errno.EROFS]
PATIENCE = 120  # seconds, for what takes one


class Problem(Exception):
    pass


def expect(holds, problem):
    if not holds:
        raise Problem(problem)


# --- What is tortured -------------------------------------------------------------------------------------------------

class Scenario:
    """A command, and how it is started again."""

    def __init__(self, name, *command, out="--out", again=(), environment=None):
        self.name, self.command, self.out, self.again = name, command, out, again
        self.environment = os.environ | (environment or {})

    def arguments(self, out, again):
        return [VIB, *self.command, "--quiet", self.out, str(out), *(self.again if again else ())]

    def learn(self, folder, shim):
        """What it writes undisturbed, and by which calls."""
        results = []
        for name in ("reference", "again"):
            record = Record(folder / f"{self.name}.record")
            start = time.monotonic()
            run = Run(self, folder / self.name / name, shim, record)
            code, err = run.finish()
            self.duration = time.monotonic() - start
            expect(code == 0, f"{self.name}: {err}")
            results.append(results_of(run.out))
        expect_equal(*results)
        self.results = results[0]
        self.bytes = sum(path.stat().st_size for path in run.out.rglob("*") if path.is_file())
        self.calls = collections.defaultdict(list)  # (call, file) -> numbers
        for number, call, file in record.names():
            self.calls[call, file].append(number)
        expect(self.calls, f"{self.name}: the shim saw no call")


DIGITS, SWEEP = ROOT / "configs/quickstart.yaml", ROOT / "configs/digits_sweep.yaml"


def scenarios(folder, server):
    files = [{"name": name, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
             for name, data in DOWNLOADS.items()]
    catalogue = folder / "catalogue.json"
    catalogue.write_text(json.dumps([{"name": "toy", "mirrors": [server.url], "files": files}]))
    resume = ["--resume"]
    sgd = ["optimizer.type=sgd", "optimizer.lr=1e-2"]  # it diverges where β is large
    return [
        Scenario("train", "train", DIGITS, *TINY, "model.encoder.dropout=0.2", "train.tensorboard=true", again=resume),
        Scenario("dual", "train", DIGITS, *TINY, "objective.beta={type: dual, target_bits: 1}", "optimizer.ema=0",
                 "model.prior.type=gaussian", again=resume),
        Scenario("sweep", "sweep", SWEEP, *TINY, "train.epochs=2", "objective.beta=1e-4,1e-2", "seed=0..1",
                 "sweep.max_replicas=3"),
        Scenario("singly", "sweep", SWEEP, *TINY[:-1], "train.epochs=2", *sgd, "objective.beta=1e-3,1e12", "seed=0",
                 "model.latent.dim=2,3", "sweep.baseline=false", "sweep.max_replicas=1"),
        Scenario("jobs", "sweep", SWEEP, *TINY, "train.epochs=2", "objective.beta=1e-4,1e-2", "seed=0..1",
                 "sweep.max_replicas=2", "--jobs", "2"),
        Scenario("download", "data", "get", "toy", out="--root",
                 environment={"VIB_CATALOG": str(catalogue), "VIB_MIRROR": "", "no_proxy": "127.0.0.1"}),
    ]


DOWNLOADS = {"a.bin": random.Random(1).randbytes(60_000), "b.bin": random.Random(2).randbytes(20_000)}


def slowly(request):
    """A good server whose bytes come in pieces."""
    data = DOWNLOADS[request.path.rsplit("/", 1)[-1]]
    rightly(request, data, upto=request.start)
    for begin in range(request.start, len(data), 4000):
        request.wfile.write(data[begin:begin + 4000])
        request.wfile.flush()
        time.sleep(0.005)


# --- What it writes ---------------------------------------------------------------------------------------------------

def timeless(value):
    if isinstance(value, dict):
        return {key: timeless(part) for key, part in value.items() if key not in TIMES}
    return value


def rows(text):
    found = list(csv.DictReader(io.StringIO(text)))
    expect(all(None not in row and None not in row.values() for row in found), "a row is not whole")
    return found


def whole(path):
    """What `path` says but for times; raises where it is half a file."""
    data = path.read_bytes()
    if path.suffix == ".pt":
        torch.load(path, weights_only=True)
        if not path.name.startswith("weights"):
            return "a checkpoint"
    if path.suffix == ".json":
        return timeless(json.loads(data))
    if path.suffix == ".csv":
        return [timeless(row) for row in rows(data.decode())]
    if path.suffix == ".svg":
        xml.etree.ElementTree.fromstring(data)
    if path.suffix == ".html":
        expect(data.endswith(b"</html>\n"), "ends too early")
        return "a page"
    if path.suffix == ".yaml":
        expect(isinstance(yaml.safe_load(data), dict), "is no configuration")
    if path.suffix == ".bin":
        expect(data == DOWNLOADS[path.name], "is not what the server has")
    return data


def grown(path):
    """Of a file that is appended to."""
    if path.suffix == ".jsonl":
        return [timeless(json.loads(line)) for line in path.read_text().splitlines()]
    return len(path.read_bytes())  # TensorBoard's holds the time of each event


def stem(name):
    """The same for every process and time."""
    return re.sub(r"^events\.out.*", "events", re.sub(r"\.\d+\.tmp$", ".tmp", name))


def grows(path):
    return path.suffix == ".jsonl" or stem(path.name) == "events"


def passes(path):
    """What may be there in between."""
    return path.suffix in (".tmp", ".lock", ".part")


def expect_whole(out):
    for path in out.rglob("*"):
        if not path.is_file() or passes(path) or grows(path):
            continue
        try:
            whole(path)
        except FileNotFoundError:
            pass  # a process that was killed a moment ago had not ended yet
        except Exception as problem:
            raise Problem(f"{path}: {problem}") from problem


def results_of(out):
    return {str(path.relative_to(out).with_name(stem(path.name))): grown(path) if grows(path) else whole(path)
            for path in sorted(out.rglob("*")) if path.is_file()}


def expect_equal(results, reference):
    names, others = set(results), set(reference)
    expect(names == others, f"too much: {sorted(names - others)}, too little: {sorted(others - names)}")
    different = [name for name in results if results[name] != reference[name]]
    expect(not different, f"not the undisturbed ones: {different}")


# --- How it is disturbed ----------------------------------------------------------------------------------------------

class Record:
    """Where the shim counts and names the calls."""

    def __init__(self, path):
        self.path = path
        path.write_bytes(bytes(RECORD_BYTES))

    def numbers(self):
        return struct.unpack_from("<3Q", self.path.read_bytes())

    @property
    def hit(self):
        return self.numbers()[1]

    def names(self):
        used = self.numbers()[2]
        for line in self.path.read_bytes()[24:24 + used].decode(errors="replace").splitlines():
            number, call, path = (line.split(" ", 2) + ["", ""])[:3]
            yield int(number), call, stem(path.rsplit("/", 1)[-1])

    def hit_name(self):
        return next(((call, file) for number, call, file in self.names() if number == self.hit), ("", ""))


class Run:
    """The command in a process of its own; `disturbance` is the shim's."""

    def __init__(self, scenario, out, shim=None, record=None, again=False, **disturbance):
        self.out = out
        environment = dict(scenario.environment)
        if shim:
            environment |= {"LD_PRELOAD": str(shim), "SHIM_FOLDER": str(out), "SHIM_RECORD": str(record.path)}
            environment |= {f"SHIM_{name.upper()}": str(value) for name, value in disturbance.items()}
        self.process = subprocess.Popen(scenario.arguments(out, again), stdout=subprocess.DEVNULL,
                                        stderr=subprocess.PIPE, text=True, errors="replace", env=environment)

    def wait(self, seconds):
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            pass

    def finish(self):
        try:
            err = self.process.communicate(timeout=PATIENCE)[1]
        except subprocess.TimeoutExpired as late:
            self.process.kill()
            raise Problem(f"does not end: {' '.join(map(str, self.process.args))}") from late
        return self.process.returncode, err

    def workers(self):
        try:
            text = pathlib.Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        except OSError:
            return []
        return list(map(int, text.split()))


def kill(pid, number):
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        pass


class Case:
    def __init__(self, torture, number):
        self.torture = torture
        self.random = random.Random(f"{torture.seed} {number}")
        turn, place = divmod(number, len(torture.scenarios))
        self.scenario = torture.scenarios[place]
        kinds = [torture.cycle[(place + i) % len(torture.cycle)] for i in range(turn + 1)]
        self.kind = kinds[-1]
        self.turn = kinds.count(self.kind) - 1  # of the scenario's cases that begin with this kind
        self.folder = torture.folder / str(number)
        self.folder.mkdir(parents=True)
        self.out = self.folder / "out"
        self.done = []  # (kind, what happened)
        self.starts = itertools.count()

    def run(self):
        if self.kind == "full":
            return self.full()
        disturb = getattr(self, self.kind)
        for _ in range(self.random.randint(1, 3)):
            code = disturb()
            expect_whole(self.out)
            if code == 0:
                break
            disturb = getattr(self, self.random.choice(["moment", "call", "interrupt", "disk"]))
        self.finish()

    def finish(self):
        code, err = self.end(self.start())
        expect(code == 0, f"does not go on, but ends with {code}: {err}")
        expect_equal(results_of(self.out), self.scenario.results)

    def start(self, **disturbance):
        """As it is started first, or again: before there is a run, a user may do either."""
        count = next(self.starts)
        self.before = set(self.temporaries())
        begun = (self.out / "config.yaml").exists()
        again = count > 0 and (begun or self.random.random() < 0.5)
        self.record = Record(self.folder / "record") if disturbance else None
        return Run(self.scenario, self.out, self.torture.shim if disturbance else None, self.record, again,
                   **disturbance)

    def note(self, kind, what):
        self.done.append((kind, what))

    def end(self, run, kind="", what=""):
        """Its exit code and messages; notes what the shim did."""
        code, err = run.finish()
        if self.record and self.record.hit:
            self.note(kind, f"{what} {' '.join(self.record.hit_name())}")
        expect("terminate called" not in err, f"aborts: {err}")
        return code, err

    def site(self, actions, only=None):
        """The number of a call, and what is done to it. A case's first goes through all pairs in turn."""
        pairs = sorted((site, action) for site in self.scenario.calls for action in actions if not only or only(*site))
        random.Random(f"{self.torture.seed} {self.scenario.name} {self.kind}").shuffle(pairs)
        (call, file), action = pairs[self.turn % len(pairs)] if not self.done else self.random.choice(pairs)
        if action == "within" and call != "write":
            action = "before"
        return self.random.choice(self.scenario.calls[call, file]), action

    # Each of these starts the command and disturbs it; it gives the exit code.

    def moment(self):
        """SIGKILL at any moment, for the process or one that works for it."""
        run = self.start()
        seconds = self.random.uniform(0, 1.1) * self.scenario.duration
        run.wait(seconds)
        workers = run.workers()
        victim = self.random.choice([run.process.pid, *workers])
        if run.process.poll() is None:
            kill(victim, signal.SIGKILL)
            self.note("moment", f"killed {'a worker ' if victim in workers else ''}after {seconds:.2f} s")
        code, err = self.end(run)
        told = victim in workers and code == 1 and "signal 9" in err
        expect(told or code in (0, -signal.SIGKILL), f"ends with {code}: {err}")
        return code

    def call(self):
        """SIGKILL before, within or behind a call that changes a file."""
        at, action = self.site(["before", "within", "after"])
        code, err = self.end(self.start(at=at, do=action), "call", f"killed {action}")
        told = self.scenario.name == "jobs" and code == 1 and "signal 9" in err
        expect(told or code == (-signal.SIGKILL if self.record.hit else 0), f"ends with {code}: {err}")
        return code

    def interrupt(self):
        """SIGINT or SIGTERM at any moment, and often SIGKILL while it saves."""
        run = self.start()
        seconds, number = self.random.uniform(0, 1.1) * self.scenario.duration, self.random.choice([signal.SIGINT,
                                                                                                    signal.SIGTERM])
        run.wait(seconds)
        if run.process.poll() is None:
            kill(run.process.pid, number)
            self.note("interrupt", f"{number.name} after {seconds:.2f} s")
            if self.random.random() < 0.5:
                run.wait(self.random.uniform(0, 0.1))
                if run.process.poll() is None:
                    kill(run.process.pid, signal.SIGKILL)
                    self.note("interrupt", "killed while it saved")
        code, err = self.end(run)
        expect(code in (0, 130, -number, -signal.SIGKILL), f"ends with {code}: {err}")
        return code

    def disk(self):
        """A call that fails, once or from then on."""
        number = self.random.choice(ERRORS)
        at, action = self.site(["once", "on"])
        name = errno.errorcode[number] + (" once at" if action == "once" else " from")
        code, err = self.end(self.start(at=at, do=action, errno=number), "disk", name)
        if not self.record.hit:
            expect(code == 0, f"ends with {code}: {err}")
            return code
        call, file = self.record.hit_name()
        if code == 0:
            expect(call == "unlink" or file.endswith(".lock"), f"says nothing of it: {err}")
            return code
        self.expect_message(code, err, number)
        if action == "once" or number == errno.ENOSPC:
            self.expect_tidy()
        return code

    def harmless(self):
        """Calls that write less than they are told, or are interrupted: nobody notices."""
        writes = lambda call, _: call == "write"  # noqa: E731
        at, action = self.site(["short", "once"], only=writes)
        what = "EINTR at" if action == "once" else "short from"
        code, err = self.end(self.start(at=at, do=action, errno=errno.EINTR), "harmless", what)
        expect(code == 0, f"ends with {code}: {err}")
        return code

    def full(self):
        """A disk on which there is not room for everything."""
        self.out = self.folder / "disk/out"
        disk = self.out.parent
        disk.mkdir()
        size = self.random.randrange(4096, self.scenario.bytes, 4096)
        mount(disk, f"size={size},nr_inodes=1000")
        try:
            self.note("full", f"a disk of {size} bytes")
            code, err = self.end(self.start())
            if code != 0:
                self.expect_message(code, err, errno.ENOSPC)
                self.expect_tidy()
            expect_whole(self.out)
            mount(disk, "remount,size=64m")
            self.finish()
        finally:
            ctypes.CDLL(None).umount2(str(disk).encode(), 2)  # at once, for us

    def expect_message(self, code, err, number):
        expect(code == 1, f"ends with {code}: {err}")
        help = r"; free some space there, then .+" if number == errno.ENOSPC else ""
        message = rf"^vib: {re.escape(str(self.out))}\S*: cannot .+: {os.strerror(number)}{help}$"
        expect(re.search(message, err, re.M), f"names no file, or no reason: {err}")

    def expect_tidy(self):
        left = set(self.temporaries()) - self.before
        expect(not left, f"leaves {sorted(left)}")

    def temporaries(self):
        return map(str, self.out.rglob("*.tmp"))


def mount(folder, options):
    libc = ctypes.CDLL(None, use_errno=True)
    flags = 32 if options.startswith("remount,") else 0  # MS_REMOUNT
    options = options.removeprefix("remount,").encode()
    if libc.mount(b"tmpfs", str(folder).encode(), b"tmpfs", flags, options) != 0:
        raise OSError(ctypes.get_errno(), "mount", str(folder))


# --- The whole --------------------------------------------------------------------------------------------------------

# What the cases of a scenario begin with, in turn.
KINDS = ["call", "disk", "moment", "call", "full", "interrupt", "disk", "call", "moment", "harmless"]


class Torture:
    def __init__(self, arguments, folder):
        self.seed, self.shim, self.folder = arguments.seed, pathlib.Path(arguments.shim).resolve(), folder
        self.limit = arguments.kills
        self.lock = threading.Lock()
        self.kinds = collections.Counter()  # (scenario, kind) -> disturbances
        self.bad = []
        self.server = Server(slowly)
        self.scenarios = scenarios(folder, self.server)
        with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
            list(pool.map(lambda scenario: scenario.learn(folder, self.shim), self.scenarios))
        for scenario in self.scenarios:
            print(f"{scenario.name}: {sum(map(len, scenario.calls.values()))} calls of {len(scenario.calls)} kinds, "
                  f"{scenario.bytes} bytes, {scenario.duration:.2f} s undisturbed", flush=True)
        self.cycle = [kind for kind in KINDS if kind != "full" or may_mount()]

    def take(self, number):
        case = Case(self, number)
        problem = ""
        try:
            case.run()
        except Problem as error:
            problem = str(error)
        except Exception:
            problem = traceback.format_exc()
        with self.lock:
            for kind, _ in case.done:
                self.kinds[case.scenario.name, kind] += 1
            what = ", ".join(what.strip() for _, what in case.done) or "ended before it was disturbed"
            print(f"{number:5} {case.scenario.name:9}{what}: {problem or 'equal'}", flush=True)
            if problem:
                self.bad.append(number)
        if not problem:
            shutil.rmtree(case.folder)

    def work(self, numbers):
        while True:
            with self.lock:
                number = next(numbers, None)
                if number is None or self.kinds.total() >= self.limit:
                    return
            self.take(number)

    def run(self, numbers, jobs):
        threads = [threading.Thread(target=self.work, args=(numbers,)) for _ in range(jobs)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def table(self):
        kinds = list(dict.fromkeys(KINDS))
        print(f"\n{'':9}" + "".join(f"{kind:>11}" for kind in kinds))
        for scenario in self.scenarios:
            print(f"{scenario.name:9}" + "".join(f"{self.kinds[scenario.name, kind]:11}" for kind in kinds))


def may_mount():
    return "TORTURE_MAY_MOUNT" in os.environ


def mount_for_us_alone():
    """Starts this anew where it may mount what nobody else sees, if that is allowed."""
    unshare = ["unshare", "--mount"] + ([] if os.geteuid() == 0 else ["--map-root-user"])
    if may_mount() or not shutil.which("unshare") or subprocess.run([*unshare, "true"], capture_output=True).returncode:
        return
    os.environ["TORTURE_MAY_MOUNT"] = "1"
    os.execvp("unshare", [*unshare, sys.executable, *sys.argv])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shim")
    parser.add_argument("--kills", type=int, default=30, help="disturbances after which no case begins")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=len(os.sched_getaffinity(0)), help="cases at the same time")
    parser.add_argument("--first", type=int, default=0, help="case; for going on where a night has ended")
    parser.add_argument("--only", type=int, help="this case alone")
    arguments = parser.parse_args()
    mount_for_us_alone()
    start = time.monotonic()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="torture-"))
    torture = Torture(arguments, folder)
    numbers = itertools.count(arguments.first) if arguments.only is None else iter([arguments.only])
    torture.run(numbers, arguments.jobs)
    torture.server.close()
    torture.table()
    print(f"{torture.kinds.total()} disturbances, {len(torture.bad)} cases bad, {time.monotonic() - start:.0f} s")
    if not torture.bad:
        shutil.rmtree(folder)
        return 0
    print(f"left in {folder}; again: --seed {arguments.seed} --only {torture.bad[0]}")
    return 1


if __name__ == "__main__":
    sys.exit(main())
