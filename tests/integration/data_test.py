"""`vib data` against servers that serve rightly, badly, and not at all.

    data_test.py      (VIB in the environment: the program)

After every `get`, whatever its end, the file under its final name is the right one or missing.
"""

import collections
import fcntl
import gzip
import hashlib
import http.server
import json
import os
import pathlib
import pty
import random
import re
import resource
import signal
import socket
import struct
import subprocess
import tempfile
import threading
import time
import unittest

from program import VIB

REAL = pathlib.Path(os.environ.get("VIB_DATA_DIR", "/nonexistent"))
DATA = random.Random(1).randbytes(300_000)
HALF = len(DATA) // 2
INSTALLED = [name for name in ("http_proxy", "https_proxy", "all_proxy", "HTTPS_PROXY", "ALL_PROXY", "VIB_MIRROR",
                               "VIB_CATALOG", "VIB_DATA_DIR", "COLORTERM", "NO_COLOR", "TERM")]


class Request(http.server.BaseHTTPRequestHandler):
    """Answers as the server's `answer` does; `start` is what the Range header asks for, 0 without one."""

    def do_GET(self):
        asked = self.headers.get("Range")
        self.server.requests.append((self.path, asked))
        self.start = int(re.fullmatch(r"bytes=(\d+)-", asked)[1]) if asked else 0
        try:
            self.server.answer(self)
        except (BrokenPipeError, ConnectionResetError):
            pass
        self.close_connection = True

    def log_message(self, *_):
        pass

    def reply(self, status, body=b"", **headers):
        """Sends `headers` as they are, with Content-Length unless it is given; None leaves it out."""
        self.send_response_only(status)
        headers.setdefault("Content_Length", len(body))
        for name, value in headers.items():
            if value is not None:
                self.send_header(name.replace("_", "-"), str(value))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()


def rightly(request, data=DATA, upto=None, **headers):
    """As a good server does; `upto` breaks off there, behind headers that promise everything."""
    rest = len(data) - request.start
    if request.start:
        headers.setdefault("Content_Range", f"bytes {request.start}-{len(data) - 1}/{len(data)}")
    request.reply(206 if request.start else 200, data[request.start:upto], **{"Content_Length": rest, **headers})


def first(answer, then=rightly):
    """`answer` to the first request, `then` to the others."""
    return lambda request: (answer if len(request.server.requests) == 1 else then)(request)


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, answer):
        super().__init__(("127.0.0.1", 0), Request)
        self.answer = answer
        self.requests = []
        self.done = threading.Event()  # for answers that hang
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}/"

    @property
    def ranges(self):
        return [asked for _, asked in self.requests]

    def close(self):
        self.done.set()
        self.shutdown()
        self.server_close()


Finished = collections.namedtuple("Finished", "code out err")


class DataCase(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.root = self.folder / "data/toy"
        self.target = self.root / "a.bin"
        self.part = self.root / "a.bin.part"
        self.env = {k: v for k, v in os.environ.items() if k not in INSTALLED}
        self.env |= {"no_proxy": "127.0.0.1", "VIB_CATALOG": str(self.folder / "catalogue.json")}
        self.catalogue()

    def serve(self, *answers):
        """A server for each answer: the mirrors of the data set `toy`, in order."""
        self.servers = [Server(answer) for answer in answers]
        for server in self.servers:
            self.addCleanup(server.close)
        self.catalogue(*(server.url for server in self.servers))
        return self.servers[0]

    def catalogue(self, *mirrors, **file):
        file = {"name": "a.bin", "bytes": len(DATA), "sha256": hashlib.sha256(DATA).hexdigest()} | file
        entry = {"name": "toy", "mirrors": mirrors, "files": [{k: v for k, v in file.items() if v is not None}]}
        (self.folder / "catalogue.json").write_text(json.dumps([entry]))

    def start(self, *arguments, **options):
        return subprocess.Popen([VIB, "data", *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                text=True, errors="replace", env=self.env, cwd=self.folder, **options)

    def finish(self, process):
        out, err = process.communicate(timeout=60)
        self.assertNotIn("terminate called", err)
        if self.target.exists():
            self.assertEqual(self.target.read_bytes(), DATA)
        return Finished(process.returncode, out, err)

    def vib(self, *arguments, **options):
        return self.finish(self.start(*arguments, **options))

    def get(self, *arguments, **options):
        return self.vib("get", "toy", *arguments, **options)

    def put_part(self, data):
        self.root.mkdir(parents=True, exist_ok=True)
        self.part.write_bytes(data)

    def succeeds(self, done):
        self.assertEqual(done.code, 0, done.err)
        self.assertEqual(self.target.read_bytes(), DATA)
        self.assertFalse(self.part.exists())

    def fails(self, done, code, *parts):
        self.assertEqual(done.code, code, done.err)
        self.assertFalse(self.target.exists())
        for part in parts:
            self.assertIn(part, done.err)

    def has_no_data(self, done, *parts):
        """Exit code 3, and a message with the cause, the address and both ways out."""
        self.fails(done, 3, *parts, "data/toy/a.bin", self.servers[-1].url, "by hand", "VIB_MIRROR", "toy/a.bin")

    def idx(self, name, sizes, data):
        root = self.folder / "data/fashion_mnist"
        root.mkdir(parents=True, exist_ok=True)
        with gzip.open(root / name, "wb") as file:
            file.write(struct.pack(f">4B{len(sizes)}I", 0, 0, 8, len(sizes), *sizes) + data)

    def put_fashion(self):
        """Four and two images, all black but one pixel."""
        for part, labels in (("train", [3, 3, 0, 9]), ("t10k", [9, 1])):
            count = len(labels)
            pixels = bytearray(count * 784)
            pixels[(count - 2) * 784 + 5] = 200
            self.idx(f"{part}-images-idx3-ubyte.gz", (count, 28, 28), bytes(pixels))
            self.idx(f"{part}-labels-idx1-ubyte.gz", (count,), bytes(labels))

    def wait_for_part(self, size):
        for _ in range(500):
            if self.part.exists() and self.part.stat().st_size >= size:
                return
            time.sleep(0.02)
        self.fail("the part did not grow")


class Get(DataCase):
    def test_downloads_once(self):
        server = self.serve(rightly)
        done = self.get()
        self.succeeds(done)
        self.assertEqual(done.out, "data/toy/a.bin: downloaded\n")
        self.assertEqual(self.get().out, "data/toy/a.bin: already there\n")
        self.assertEqual(server.ranges, [None])

    def test_downloads_where_it_is_told(self):
        self.serve(rightly)
        self.env["VIB_DATA_DIR"] = "elsewhere"
        self.assertEqual(self.get("--json").code, 0)
        self.assertEqual((self.folder / "elsewhere/toy/a.bin").read_bytes(), DATA)
        done = self.get("--root", "here", "--json", "-q")
        self.assertEqual(json.loads(done.out), {"name": "toy", "files": [{"path": "here/a.bin",
                                                                          "status": "downloaded"}]})
        self.assertEqual((self.folder / "here/a.bin").read_bytes(), DATA)
        self.assertEqual(done.err, "")

    def test_leaves_a_file_alone_that_is_something_else(self):
        server = self.serve(rightly)
        self.root.mkdir(parents=True)
        self.target.write_bytes(b"mine")
        process = self.start("get", "toy")
        _, err = process.communicate()
        self.assertEqual((process.returncode, self.target.read_bytes()), (3, b"mine"))
        self.assertIn("move it away", err)
        self.assertEqual(server.requests, [])

    def test_needs_no_size(self):
        server = self.serve(rightly)
        self.catalogue(server.url, bytes=None)
        self.succeeds(self.get())

    def test_asks_the_own_mirror_first(self):
        server = self.serve(rightly)
        own = Server(rightly)
        self.addCleanup(own.close)
        self.env["VIB_MIRROR"] = own.url + "sets"
        self.succeeds(self.get())
        self.assertEqual([path for path, _ in own.requests], ["/sets/toy/a.bin"])
        self.assertEqual(server.requests, [])

    def test_two_at_once_take_turns(self):
        def slowly(request):
            time.sleep(0.5)
            rightly(request)
        server = self.serve(slowly)
        for done in [self.finish(p) for p in [self.start("get", "toy") for _ in range(3)]]:
            self.succeeds(done)
        self.assertEqual(server.ranges, [None])


class BrokenOff(DataCase):
    def test_asks_for_the_rest(self):
        server = self.serve(first(lambda request: rightly(request, upto=HALF)))
        self.succeeds(self.get())
        self.assertEqual(server.ranges, [None, f"bytes={HALF}-"])

    def test_without_a_length(self):
        server = self.serve(first(lambda request: rightly(request, upto=HALF, Content_Length=None)))
        self.succeeds(self.get())
        self.assertEqual(server.ranges, [None, f"bytes={HALF}-"])

    def test_is_given_up_in_the_end_and_kept(self):
        server = self.serve(lambda request: rightly(request, upto=HALF))
        self.has_no_data(self.get(), "broke off", f"after {HALF} bytes", "try 6 of 6")
        self.assertEqual(len(server.requests), 6)
        self.assertEqual(self.part.read_bytes(), DATA[:HALF])
        server.answer = rightly
        self.succeeds(self.get())
        self.assertEqual(server.ranges[-1], f"bytes={HALF}-")

    def test_at_once_leaves_nothing(self):
        self.serve(lambda request: None)
        self.has_no_data(self.get(), "broke off", "after 0 bytes")
        self.assertFalse(self.part.exists())

    def test_goes_on_at_another_mirror(self):
        self.serve(lambda request: rightly(request, upto=HALF), rightly)
        self.succeeds(self.get())
        self.assertEqual(self.servers[1].ranges, [f"bytes={HALF}-"])

    def hang(self, request):
        rightly(request, upto=HALF)
        request.server.done.wait(120)

    def test_by_kill_goes_on_the_next_time(self):
        server = self.serve(first(self.hang))
        process = self.start("get", "toy")
        self.wait_for_part(HALF)
        process.kill()
        self.assertEqual(self.finish(process).code, -signal.SIGKILL)
        self.assertFalse(self.target.exists())
        self.succeeds(self.get())
        self.assertEqual(server.ranges, [None, f"bytes={HALF}-"])

    def test_by_an_interrupt_goes_on_the_next_time(self):
        server = self.serve(first(self.hang))
        process = self.start("get", "toy", "--timeout", 3600)
        self.wait_for_part(HALF)
        process.send_signal(signal.SIGINT)
        self.fails(self.finish(process), 130, "interrupted")
        self.assertEqual(self.part.read_bytes(), DATA[:HALF])
        self.succeeds(self.get())
        self.assertEqual(server.ranges, [None, f"bytes={HALF}-"])

    def test_while_another_downloads(self):
        server = self.serve(rightly)
        self.root.mkdir(parents=True)
        with open(self.root / ".download.lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            process = self.start("get", "toy")
            self.assertIn("data/toy: another process is downloading there", process.stderr.readline())
            process.send_signal(signal.SIGINT)
            self.fails(self.finish(process), 130, "interrupted")
        self.assertEqual(server.requests, [])
        self.succeeds(self.get())


class Stalled(DataCase):
    def given_up(self, answer, *parts):
        self.serve(answer)
        self.has_no_data(self.get("--timeout", 1), *parts)

    def test_in_the_middle(self):
        def answer(request):
            rightly(request, upto=HALF)
            request.server.done.wait(120)
        self.given_up(answer, "stalled")
        self.assertEqual(self.part.read_bytes(), DATA[:HALF])

    def test_before_the_first_byte(self):
        self.given_up(lambda request: request.server.done.wait(120), "stalled")

    def test_by_drops(self):
        def answer(request):
            rightly(request, upto=0)
            for byte in DATA[:300]:
                request.wfile.write(bytes([byte]))
                if request.server.done.wait(0.1):
                    return
        self.given_up(answer, "stalled")


class WrongFile(DataCase):
    def refused(self, answer, *parts):
        self.serve(answer)
        self.has_no_data(self.get(), *parts)
        self.assertFalse(self.part.exists())

    def test_does_not_keep_the_next_mirror_from_the_right_one(self):
        answers = [lambda r: r.reply(200, DATA[:HALF] + b"?" + DATA[HALF + 1:]), lambda r: r.reply(404),
                   lambda r: r.reply(200, b"<html>", Content_Type="text/html"),
                   lambda r: r.reply(200, b"<html>", Content_Length=None), rightly]
        self.serve(*answers)
        self.succeeds(self.get())
        self.assertTrue(all(server.requests for server in self.servers))

    def test_damaged(self):
        self.refused(lambda r: r.reply(200, DATA[:HALF] + b"?" + DATA[HALF + 1:]), "checksum")

    def test_announced_longer(self):
        self.refused(lambda r: r.reply(200, DATA, Content_Length=len(DATA) + 9), "has a file of 300009 bytes")

    def test_announced_shorter(self):
        self.refused(lambda r: r.reply(200, DATA, Content_Length=len(DATA) - 9), "has a file of 299991 bytes")

    def test_announced_wrongly_where_the_size_is_not_known(self):
        for length in (len(DATA) + 9, len(DATA) - 9):
            server = self.serve(lambda r: r.reply(200, DATA, Content_Length=length))
            self.catalogue(server.url, bytes=None)
            self.has_no_data(self.get(), "broke off" if length > len(DATA) else "checksum")

    def test_web_page(self):
        page = b"<html>Please log in to the network</html>"
        self.refused(lambda r: r.reply(200, page, Content_Type="text/html; charset=utf-8"), "web page")
        self.refused(lambda r: r.reply(200, page), "has a file of 41 bytes")
        self.refused(lambda r: r.reply(200, page.ljust(len(DATA))), "checksum")
        self.serve(lambda r: r.reply(200, page, Content_Length=None))
        self.has_no_data(self.get(), "ended after 41 bytes")

    def test_longer_without_a_length(self):
        self.refused(lambda r: r.reply(200, DATA + b"and more", Content_Length=None), "sends more than")

    def test_garbage_behind_its_end_does_not_matter(self):
        self.serve(lambda r: r.reply(200, DATA + b"and more", Content_Length=len(DATA)))
        self.succeeds(self.get())

    def test_empty(self):
        self.refused(lambda r: r.reply(200, b""), "ended after 0 bytes")

    def test_errors(self):
        for status in (404, 500):
            self.refused(lambda r: r.reply(status, DATA), f"HTTP {status}")

    def test_other_answers(self):
        self.refused(lambda r: r.reply(204), "HTTP 204")
        self.refused(lambda r: r.reply(206, DATA, Content_Range="bytes 0-299999/300000"), "HTTP 206")
        self.refused(lambda r: r.wfile.write(DATA), "HTTP/0.9")


class Redirected(DataCase):
    def test_to_the_file(self):
        self.serve(lambda r: rightly(r) if r.path == "/there" else r.reply(302, b"moved", Location="/there"))
        self.succeeds(self.get())

    def test_without_end(self):
        server = self.serve(lambda r: r.reply(302, Location="/again"))
        self.has_no_data(self.get(), "redirects")
        self.assertLess(len(server.requests), 15)

    def test_to_a_local_file(self):
        (self.folder / "secret").write_bytes(DATA)
        self.serve(lambda r: r.reply(302, Location=f"file://{self.folder}/secret"))
        self.has_no_data(self.get(), '"file"')

    def test_a_mirror_is_no_local_file_either(self):
        (self.folder / "a.bin").write_bytes(DATA)
        self.catalogue(f"file://{self.folder}/")
        self.fails(self.get(), 3, '"file"')


class Part(DataCase):
    def test_of_another_file_is_replaced(self):
        server = self.serve(rightly)
        self.put_part(b"x" * 1000)
        self.succeeds(self.get())
        self.assertEqual(server.ranges, ["bytes=1000-", None])

    def test_that_is_too_long_is_replaced(self):
        server = self.serve(rightly)
        self.put_part(DATA + b"x")
        self.succeeds(self.get())
        self.assertEqual(server.ranges, [None])

    def test_that_is_whole_needs_no_server(self):
        server = self.serve(rightly)
        self.put_part(DATA)
        self.succeeds(self.get())
        self.assertEqual(server.requests, [])

    def test_a_server_that_ignores_ranges_starts_over(self):
        def whole(request):
            request.start = 0
            rightly(request)
        server = self.serve(whole)
        self.put_part(DATA[:HALF])
        self.succeeds(self.get())
        self.assertEqual(server.ranges, [f"bytes={HALF}-"])

    def starts_over(self, answer):
        server = self.serve(first(answer))
        self.put_part(DATA[:HALF])
        self.succeeds(self.get())
        self.assertEqual(server.ranges, [f"bytes={HALF}-", None])

    def test_a_server_that_refuses_the_range_starts_over(self):
        self.starts_over(lambda r: r.reply(416, DATA, Content_Range="bytes */300000"))

    def test_a_server_that_sends_another_range_starts_over(self):
        for wrong in ("bytes 0-299999/300000", "items 150000-", None):
            self.starts_over(lambda r: r.reply(206, DATA[HALF:], Content_Range=wrong))
            self.target.unlink()

    def test_a_server_with_a_file_of_another_size_is_refused(self):
        self.serve(lambda r: rightly(r, DATA + b"x"))
        self.put_part(DATA[:HALF])
        self.has_no_data(self.get(), "has a file of 300001 bytes")
        self.assertEqual(self.part.read_bytes(), DATA[:HALF])

    def test_a_server_that_always_refuses_the_rest_ends(self):
        self.serve(lambda r: r.reply(416))
        self.put_part(DATA[:HALF])
        self.has_no_data(self.get(), "HTTP 416")


class Here(DataCase):
    """What is wrong on this machine."""

    def test_a_full_disk(self):
        self.serve(rightly)
        self.root.mkdir(parents=True)
        self.part.symlink_to("/dev/full")
        self.fails(self.get(), 1, "a.bin.part", "No space left on device")

    def test_a_file_that_may_not_grow(self):
        self.serve(rightly)
        limit = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (HALF, HALF))
        self.fails(self.get(preexec_fn=limit, restore_signals=False), 1, "a.bin.part", "File too large")
        self.assertEqual(self.part.read_bytes(), DATA[:HALF])
        self.succeeds(self.get())

    def test_a_folder_that_cannot_be(self):
        self.serve(rightly)
        (self.folder / "data").write_text("")
        self.fails(self.get(), 1, "data/toy", "Not a directory")

    @unittest.skipIf(os.geteuid() == 0, "root may write anywhere")
    def test_a_folder_that_is_read_only(self):
        self.serve(rightly)
        self.root.mkdir(parents=True)
        self.root.chmod(0o555)
        self.fails(self.get(), 1, "data/toy", "Permission denied")
        self.root.chmod(0o755)

    def test_nobody_listens(self):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            url = f"http://127.0.0.1:{free.getsockname()[1]}/"
        self.catalogue(url)
        self.fails(self.get(), 3, url, "onnect")

    def test_no_such_host(self):
        self.catalogue("http://no-such-host.invalid/")
        self.fails(self.get(), 3, "resolve")


class Usage(DataCase):
    def test_an_unknown_name_has_a_suggestion(self):
        for verb in ("get", "info"):
            self.fails(self.vib(verb, "mnits"), 2, "mnits", "did you mean mnist?", "fashion_mnist")
        self.fails(self.vib("get", "qqqqqq"), 2, "there are digits, mnist, fashion_mnist, imdb or toy")

    def test_a_missing_name(self):
        for arguments in ([], ["get"], ["info"], ["get", "toy", "--timeout", "0"]):
            self.assertEqual(self.vib(*arguments).code, 2)

    def test_a_catalogue_that_is_none(self):
        file = self.folder / "catalogue.json"
        right = json.loads(file.read_text())
        for change, said in ((lambda e: e.update(name="../toy"), "'../toy'"),
                             (lambda e: e["files"][0].update(name=".."), "'..'"),
                             (lambda e: e["files"][0].update(name="a/b"), "'a/b'"),
                             (lambda e: e["files"][0].update(sha256="abc"), "64 hexadecimal digits"),
                             (lambda e: e["files"][0].pop("sha256"), "sha256"),
                             (lambda e: e.update(files=[]), "files"),
                             (lambda e: e.update(mirrors=3), "expected [{")):
            wrong = json.loads(json.dumps(right))
            change(wrong[0])
            file.write_text(json.dumps(wrong))
            self.fails(self.vib("list"), 2, "catalogue.json", said)
        for text in ("", "[3]", "\xff"):
            file.write_text(text, encoding="latin-1")
            self.fails(self.vib("list"), 2, "catalogue.json")
        file.unlink()
        self.fails(self.vib("list"), 2, "VIB_CATALOG", "catalogue.json")

    def test_digits_are_there_already(self):
        done = self.vib("get", "digits")
        self.assertEqual(done.code, 0)
        self.assertIn("made by the program", done.out)


class List(DataCase):
    def test_says_where_each_is(self):
        self.serve(rightly)
        self.get()
        lines = {line.split()[0]: line for line in self.vib("list").out.splitlines()}
        self.assertEqual(list(lines), ["digits", "mnist", "fashion_mnist", "imdb", "toy"])
        self.assertTrue(lines["digits"].endswith("made on the fly"))
        self.assertTrue(lines["mnist"].endswith("not here: vib data get mnist"))
        self.assertTrue(lines["toy"].endswith("data/toy"))

    def test_has_checksums_in_json(self):
        entries = {entry["name"]: entry for entry in json.loads(self.vib("list", "--json").out)}
        self.assertTrue(entries["digits"]["made_here"])
        self.assertFalse(entries["mnist"]["here"])
        self.assertEqual(len(entries["mnist"]["files"]), 4)
        self.assertEqual(entries["toy"]["files"][0]["sha256"], hashlib.sha256(DATA).hexdigest())


class Terminal(DataCase):
    def on_terminal(self, stream, *arguments):
        """What the program writes to a terminal that is its `stream`."""
        ours, theirs = pty.openpty()
        self.env.setdefault("TERM", "xterm")
        process = subprocess.Popen([VIB, "data", *arguments], env=self.env, cwd=self.folder, text=True,
                                   **({"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL} | {stream: theirs}))
        os.close(theirs)
        text = b""
        try:
            while chunk := os.read(ours, 1 << 16):
                text += chunk
        except OSError:  # Linux's way to say that nobody is at the other end
            pass
        os.close(ours)
        self.assertEqual(process.wait(60), 0)
        return text.decode()

    def test_shows_a_bar_that_goes(self):
        self.serve(rightly)
        shown = self.on_terminal("stderr", "get", "toy")
        self.assertRegex(shown, r"\ra\.bin  \[[#-]{24}\]  0\.\d MB of 0\.3 MB")
        self.assertTrue(shown.endswith("\r\x1b[K"))

    def test_elsewhere_there_is_none(self):
        self.serve(rightly)
        self.assertEqual(self.get().err, "")

    def test_elsewhere_a_large_file_has_lines(self):
        data = DATA * 40
        server = self.serve(lambda r: rightly(r, data))
        self.catalogue(server.url, bytes=len(data), sha256=hashlib.sha256(data).hexdigest())
        process = self.start("get", "toy")
        _, err = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 0, err)
        self.assertIn("of 12.0 MB\n", err)
        self.assertLessEqual(len(err.splitlines()), 10)
        self.assertFalse(set("\r\x1b") & set(err))

    def test_has_colours_only_where_it_says_so(self):
        self.put_fashion()
        self.env |= {"LC_ALL": "C.UTF-8", "COLORTERM": "truecolor"}
        self.assertIn("m▀", self.on_terminal("stdout", "info", "fashion_mnist"))
        for plain in ({"LC_ALL": "C"}, {"COLORTERM": "1"}, {"NO_COLOR": "1"}, {"TERM": "dumb"}):
            before = dict(self.env)
            self.env |= plain
            shown = self.on_terminal("stdout", "info", "fashion_mnist")
            self.assertEqual(shown.splitlines()[-14], "     -")
            self.assertFalse(set("▀\x1b") & set(shown))
            self.env = before


def read_idx(path):
    with gzip.open(path) as file:
        data = file.read()
    rank = data[3]
    return struct.unpack(f">{rank}I", data[4:4 + 4 * rank]), data[4 + 4 * rank:]


class Info(DataCase):
    def info(self, *arguments):
        done = self.vib("info", *arguments)
        self.assertEqual(done.code, 0, done.err)
        return done.out

    def test_of_a_folder_whose_name_is_no_text(self):
        self.put_fashion()
        (self.folder / "data/fashion_mnist").rename(self.folder / "caf\udce9")  # the byte E9 alone
        numbers = json.loads(self.info("fashion_mnist", "--root", "caf\udce9", "--json"))
        self.assertEqual(numbers["root"], "caf\ufffd")

    def test_of_digits(self):
        numbers = json.loads(self.info("digits", "--json"))
        self.assertEqual(numbers["classes"], 10)
        self.assertEqual(numbers["splits"]["train"]["examples"], 60000)
        self.assertEqual(numbers["splits"]["train"]["shape"], [1, 28, 28])
        self.assertEqual(sum(numbers["splits"]["test"]["class_counts"]), 10000)
        text = self.info("digits")
        self.assertIn("60,000 images of 1 x 28 x 28", text)
        drawn = text.splitlines()[-14:]
        self.assertTrue(any("@" in line for line in drawn))
        self.assertLessEqual(max(map(len, drawn)), 80)

    def test_of_small_files(self):
        self.put_fashion()
        numbers = json.loads(self.info("fashion_mnist", "--json"))
        self.assertEqual(numbers["splits"]["train"], {"examples": 4, "shape": [1, 28, 28], "type": "uint8", "min": 0,
                                                      "max": 200, "class_counts": [1, 0, 0, 2, 0, 0, 0, 0, 0, 1]})
        self.assertEqual(numbers["splits"]["test"]["class_counts"], [0, 1, 0, 0, 0, 0, 0, 0, 0, 1])
        text = self.info("fashion_mnist")
        self.assertRegex(text, r"Dress +2 +50\.00 +0 +0\.00\n")
        self.assertRegex(text, r"T-shirt/top +Dress\n")
        (self.folder / "data/fashion_mnist/t10k-labels-idx1-ubyte.gz").write_bytes(b"damaged")
        self.fails(self.vib("info", "fashion_mnist"), 3, "t10k-labels-idx1-ubyte.gz")

    def test_of_what_is_not_there(self):
        self.fails(self.vib("info", "mnist"), 3, "data/mnist", "vib data get mnist")
        self.fails(self.vib("info", "toy", "--root", "nowhere"), 3, "nowhere", "vib data get toy")

    def test_of_texts_that_are_not_all_there(self):
        for part, count in (("train/pos", 3), ("train/neg", 2), ("test/pos", 1), ("test/neg", 4)):
            folder = self.folder / "data/imdb/aclImdb" / part
            folder.mkdir(parents=True)
            for i in range(count):
                (folder / f"{i}_7.txt").write_text("good")
        self.fails(self.vib("info", "imdb"), 3, "12500")

    @unittest.skipUnless((REAL / "imdb").exists(), "VIB_DATA_DIR has no imdb/")
    def test_of_the_real_texts(self):
        text = self.info("imdb", "--root", REAL / "imdb")
        self.assertIn("25,000 reviews", text)
        self.assertRegex(text, "(?m)^ *(negative|neg|0) .*12,500")
        self.assertIn("story of a man who has ? feelings", text)

    def test_of_other_files(self):
        self.serve(rightly)
        self.get()
        self.assertIn("a.bin: 300,000 bytes", self.info("toy"))

    @unittest.skipUnless((REAL / "mnist").exists(), "VIB_DATA_DIR has no mnist/")
    def test_of_the_real_mnist(self):
        numbers = json.loads(self.info("mnist", "--root", REAL / "mnist", "--json"))
        for split, stem in (("train", "train"), ("test", "t10k")):
            counted = collections.Counter(read_idx(REAL / f"mnist/{stem}-labels-idx1-ubyte.gz")[1])
            self.assertEqual(numbers["splits"][split]["class_counts"], [counted[c] for c in range(10)])


@unittest.skipUnless((REAL / "mnist").exists(), "VIB_DATA_DIR has no mnist/")
class RealMnist(DataCase):
    """The catalogue's own numbers, against the files themselves."""

    def test_comes_from_a_mirror(self):
        files = {path.name: path.read_bytes() for path in (REAL / "mnist").iterdir()}
        server = self.serve(lambda r: rightly(r, files[r.path.split("/")[-1]]))
        self.env |= {"VIB_MIRROR": server.url, "https_proxy": "http://127.0.0.1:9", "http_proxy": "http://127.0.0.1:9"}
        listed = {entry["name"]: entry for entry in json.loads(self.vib("list", "--json").out)}["mnist"]["files"]
        right = [f["name"] for f in listed if hashlib.sha256(files[f["name"]]).hexdigest() == f["sha256"]]
        self.assertGreaterEqual(len(right), 3)
        done = self.vib("get", "mnist")
        there = {path.name for path in (self.folder / "data/mnist").glob("*.gz")}
        if len(right) == 4:
            self.assertEqual((done.code, there), (0, set(right)))
        else:  # one was compressed anew; the rest is not asked for
            self.assertEqual(done.code, 3, done.err)
            self.assertLessEqual(there, set(right))
            self.assertIn("ossci-datasets.s3.amazonaws.com", done.err)


if __name__ == "__main__":
    unittest.main()
