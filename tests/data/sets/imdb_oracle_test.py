"""The tokens of the Large Movie Review Dataset, by tarfile, re and collections.Counter, against the library's, all of
them. Needs the archive in VIB_DATA_DIR/imdb; exit code 77 where it is not there.

    VIB_DATA_DIR=FOLDER python tests/data/sets/imdb_oracle_test.py PROGRAM     (PROGRAM: load_imdb.cpp, built)
"""

import codecs
import collections
import os
import pathlib
import re
import subprocess
import sys
import tarfile
import tempfile

import torch

LINE_BREAK = re.compile(r"<br *\/?>", re.IGNORECASE)
WORD = re.compile(r"[a-z0-9'\x80-\U0010ffff]+")
MEMBER = re.compile(r"(?:^|/)(train|test)/(neg|pos)/(\d+)_\d+\.txt$")
LOWER = {ord(upper): upper.lower() for upper in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}
RESERVED, START, UNKNOWN, PADDING = 3, 1, 2, 0

codecs.register_error("blank", lambda error: (" ", error.end))


def words_of(content):
    return WORD.findall(LINE_BREAK.sub(" ", content.decode("utf-8", "blank")).translate(LOWER))


def read(path):
    """{part: [(label, id, words)]} in order."""
    parts = {"train": [], "test": []}
    with tarfile.open(path) as archive:
        for member in archive:
            if match := MEMBER.search(member.name):
                part, label, number = match.groups()
                content = archive.extractfile(member).read()
                parts[part].append((["neg", "pos"].index(label), int(number), words_of(content)))
    return {part: sorted(reviews, key=lambda review: review[:2]) for part, reviews in parts.items()}


def fit(reviews, size):
    counts = collections.Counter(word for _, _, words in reviews for word in words)
    return sorted(counts, key=lambda word: (-counts[word], word.encode()))[: size - RESERVED]


def encode(words, ids, length, side):
    row = [START] + [ids.get(word, UNKNOWN) for word in words]
    padding = [PADDING] * (length - len(row))
    return padding + row[-length:] if side == "front" else row[:length] + padding


def check(program, root, reviews, size, length, side):
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder) / "tokens.pt"
        command = [program, root, out, size, length, side]
        done = subprocess.run(list(map(str, command)), capture_output=True, check=True)
        ours = torch.load(out, weights_only=True)
    words = fit(reviews["train"], size)
    assert done.stdout.decode().split("\n")[:-1] == words, "the vocabularies differ"
    ids = {word: RESERVED + i for i, word in enumerate(words)}
    for part, rows in reviews.items():
        expected = torch.tensor([encode(words, ids, length, side) for _, _, words in rows], dtype=torch.int32)
        assert torch.equal(ours[part], expected), f"{part}: tokens differ"
        assert ours[f"{part}_targets"].tolist() == [label for label, _, _ in rows], f"{part}: labels differ"
        print(f"{part}: {expected.numel()} tokens are the same ({size} ids, length {length}, {side})")


def main():
    root = pathlib.Path(os.environ.get("VIB_DATA_DIR", "")) / "imdb"
    found = [path for name in ("aclImdb_v1.tar.gz", "aclImdb.tar.gz") if (path := root / name).exists()]
    if not os.environ.get("VIB_DATA_DIR") or not found:
        print("skipped: set VIB_DATA_DIR to a folder whose imdb/ holds aclImdb_v1.tar.gz")
        sys.exit(77)
    reviews = read(found[0])
    check(sys.argv[1], found[0], reviews, 5000, 400, "front")
    check(sys.argv[1], found[0], reviews, 20000, 100, "back")


if __name__ == "__main__":
    main()
