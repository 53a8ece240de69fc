"""People's own data, as Python writes and reads it.

    own_data_python_test.py READ_DATA

READ_DATA is the program built from read_data.cpp; it is started once, and asked line by line. Arrays and tensors that
Python wrote must come through to the same bits, CSV files must be cut as Python's csv module cuts them, tables and
standardisation must agree with numpy, and what cannot be used must be refused with a reason.
"""

import csv
import io
import json
import os
import pathlib
import random
import struct
import subprocess
import sys
import tempfile

import numpy as np
import torch

SAFETENSORS = {torch.bool: "BOOL", torch.uint8: "U8", torch.int16: "I16", torch.int64: "I64", torch.float16: "F16",
               torch.bfloat16: "BF16", torch.float32: "F32", torch.float64: "F64"}


def run(*arguments):
    """What READ_DATA answers: ("answer", ...) or ("refused", the reason)."""
    print(json.dumps(list(map(str, arguments))), file=reader.stdin, flush=True)
    line = reader.stdout.readline()
    assert line, (arguments, "the reader is gone", reader.wait())
    (item,) = json.loads(line).items()
    return item


def refused(reason, *arguments):
    kind, error = run(*arguments)
    assert kind == "refused", (arguments, kind)
    assert reason in error and "\n" not in error, (arguments, reason, error)


def accepted(*arguments):
    kind, answer = run(*arguments)
    assert kind == "answer", (arguments, answer)
    return answer


def read_tensor(source, folder):
    accepted("tensor", source, folder / "out.pt")
    return torch.load(folder / "out.pt", weights_only=True)["tensor"]


def read_data(what, folder, **arguments):
    answer = accepted(what, folder / "data.pt", *(f"{key}={value}" for key, value in arguments.items()))
    return torch.load(folder / "data.pt", weights_only=True), answer


def refused_data(reason, what, folder, **arguments):
    refused(reason, what, folder / "data.pt", *(f"{key}={value}" for key, value in arguments.items()))


def arrays():
    rng = np.random.default_rng(0)
    bits = lambda dtype, shape: np.frombuffer(rng.bytes(int(np.prod(shape)) * np.dtype(dtype).itemsize),
                                              dtype).reshape(shape)
    types = "u1 i1 <i2 <i4 <i8 <f2 <f4 <f8 >i2 >i4 >i8 >f2 >f4 >f8".split()
    result = {f"{dtype.strip('<').replace('>', 'big_')}": bits(dtype, (3, 5)) for dtype in types}
    result["bool"] = rng.random((7, 3)) < 0.5
    result["scalar"] = np.array(0.1)
    result["vector"] = bits("<f4", (11,))
    result["empty"] = np.empty((0, 3), np.float32)
    result["deep"] = bits("<f4", (2, 1, 3, 2, 2))
    result["fortran"] = np.asfortranarray(bits("<f4", (4, 3, 2)))
    result["big_fortran"] = np.asfortranarray(bits(">f8", (4, 3)))
    result["great"] = bits("<f4", (700, 300))
    result["größe"] = bits("<f4", (2,))
    return result


def check_same_bits(tensor, array, name):
    assert tuple(tensor.shape) == array.shape, (name, tensor.shape)
    native = np.ascontiguousarray(array.astype(array.dtype.newbyteorder("=")))
    assert tensor.numpy().dtype == native.dtype, (name, tensor.dtype)
    assert tensor.numpy().tobytes() == native.tobytes(), name


def check_numpy(folder):
    everything = arrays()
    for name, array in everything.items():
        np.save(folder / f"{name}.npy", array)
        check_same_bits(read_tensor(folder / f"{name}.npy", folder), array, name)
    for version in ((1, 0), (2, 0), (3, 0)):
        with open(folder / "version.npy", "wb") as file:
            np.lib.format.write_array(file, everything["vector"], version=version)
        check_same_bits(read_tensor(folder / "version.npy", folder), everything["vector"], version)
    np.savez(folder / "stored.npz", **everything)
    np.savez_compressed(folder / "packed.npz", **everything)
    for name in ("f4", "big_f4", "fortran", "great", "scalar", "bool", "größe"):
        for file in ("stored", "packed"):
            check_same_bits(read_tensor(f"{folder}/{file}.npz:{name}", folder), everything[name], (file, name))
    np.savez(folder / "one:1.npz", only=everything["f4"])
    check_same_bits(read_tensor(folder / "one:1.npz", folder), everything["f4"], "only")


def check_numpy_refusals(folder):
    out = folder / "out.pt"
    bad = {
        "objects": (np.array([1, "a"], dtype=object), "Python objects"),
        "fields": (np.zeros(3, [("a", "f4"), ("b", "i4")]), "structured"),
        "text": (np.array(["ab"]), "'<U2'"),
        "dates": (np.array(["2020-01-01"], "M8[D]"), "M8"),
        "complex": (np.zeros(2, complex), "c16"),
    }
    for name, (array, reason) in bad.items():
        np.save(folder / f"{name}.npy", array, allow_pickle=True)
        refused(reason, "tensor", folder / f"{name}.npy", out)
        np.savez(folder / f"{name}.npz", x=array)
        refused(reason, "tensor", folder / f"{name}.npz", out)
    np.save(folder / "good.npy", np.arange(12, dtype=np.float32).reshape(3, 4))
    good = (folder / "good.npy").read_bytes()
    for length in (0, 1, 5, 6, 7, 8, 9, 10, 11, 60, 127, 128, 129, len(good) - 1):
        (folder / "short.npy").write_bytes(good[:length])
        refused("short.npy", "tensor", folder / "short.npy", out)
    (folder / "long.npy").write_bytes(good + b"\0")
    refused("found 49", "tensor", folder / "long.npy", out)
    for shape in (b"(3, 5)", b"(9223372036854775807, 4)", b"(99999999999999999999,)", b"(4294967296, 4294967296)"):
        (folder / "shape.npy").write_bytes(good.replace(b"(3, 4), }" + b" " * (len(shape) - 6), shape + b", }"))
        refused("shape.npy", "tensor", folder / "shape.npy", out)
    (folder / "pickle.npy").write_bytes(b"\x80\x04K\x01.")
    refused("is a pickle", "tensor", folder / "pickle.npy", out)
    np.savez_compressed(folder / "whole.npz", a=np.arange(1000), b=np.arange(3))
    whole = (folder / "whole.npz").read_bytes()
    refused("say which", "tensor", folder / "whole.npz", out)
    refused('"a", "b"', "tensor", f"{folder}/whole.npz:c", out)
    for length in (0, 10, 300, len(whole) - 1):
        (folder / "cut.npz").write_bytes(whole[:length])
        refused("cut.npz", "tensor", f"{folder}/cut.npz:a", out)
    damaged = bytearray(whole)
    damaged[400] ^= 1
    (folder / "bit.npz").write_bytes(damaged)
    refused("bit.npz", "tensor", f"{folder}/bit.npz:a", out)
    refused("no such file", "tensor", folder / "nothing.npy", out)
    (folder / "folder.npy").mkdir()
    refused("found a folder", "tensor", folder / "folder.npy", out)
    refused("expected a tensor", "tensor", folder / "x.csv", out)


def safetensors(tensors, metadata=None, filling=" "):
    """The bytes of a file in that format, written by hand."""
    header, data = {}, b""
    if metadata:
        header["__metadata__"] = metadata
    for name, tensor in tensors.items():
        raw = tensor.contiguous().view(-1).view(torch.uint8).numpy().tobytes()
        header[name] = {"dtype": SAFETENSORS[tensor.dtype], "shape": list(tensor.shape),
                        "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header).encode() + filling.encode()
    return struct.pack("<Q", len(text)) + text + data


def check_safetensors(folder):
    out, path = folder / "out.pt", folder / "x.safetensors"
    # The odd byte in front leaves all that follows unaligned.
    tensors = {"odd": torch.ones(1, dtype=torch.uint8)}
    for dtype in SAFETENSORS:
        tensors[str(dtype)] = torch.tensor([[0, 1, 100], [3, 1, 1]]).to(dtype)
    for filling in ("", " ", " " * 7):
        path.write_bytes(safetensors(tensors, {"format": "pt"}, filling))
        for name, tensor in tensors.items():
            found = read_tensor(f"{path}:{name}", folder)
            assert found.dtype == tensor.dtype and torch.equal(found, tensor), name
    one = safetensors({"x": torch.arange(4.0)})
    path.write_bytes(one)
    assert torch.equal(read_tensor(path, folder), torch.arange(4.0))
    for length in (0, 7, 8, 9, 40, len(one) - 17, len(one) - 1):
        path.write_bytes(one[:length])
        refused("not a whole safetensors file", "tensor", path, out)
    for old, new in ((b"[0, 16]", b"[0, 17]"), (b"[0, 16]", b"[4, 20]"), (b"[0, 16]", b"[-1,15]"), (b'"F32"', b'"F33"'),
                     (b"[0, 16]", b"[16, 0]"), (b'"shape": [4]', b'"shape": [5]'), (b'"shape": [4]', b'"shape": 4  '),
                     (b'"x": {', b'"x"; {'), (b'"dtype"', b'"dtypo"'), (b"[4]", b"4.0"), (b"[0, 16]", b"[0, .2]")):
        assert old in one
        path.write_bytes(one.replace(old, new))
        refused("not a whole safetensors file", "tensor", path, out)


def check_torch(folder):
    out = folder / "out.pt"
    x = torch.randn(4, 3)
    torch.save({"x": x, "y": x.t()}, folder / "two.pt")
    assert torch.equal(read_tensor(f"{folder}/two.pt:y", folder), x.t())
    refused('"x", "y"', "tensor", folder / "two.pt", out)
    torch.save({"x": x}, folder / "one.pth")
    assert torch.equal(read_tensor(folder / "one.pth", folder), x)
    for name, value in (("bare", x), ("code", {"x": x, "p": pathlib.Path()}), ("module", torch.nn.Linear(2, 2))):
        torch.save(value, folder / f"{name}.pt")
        refused('torch.save({"x": x}, path)', "tensor", folder / f"{name}.pt", out)


def check_tensor_data(folder):
    rng = np.random.default_rng(1)
    x = (rng.normal(size=(1000, 7)) * [1, 1e3, 1e-3, 1, 1, 1, 1] + [0, 1e4, 5, 0, 0, 0, 0]).astype(np.float32)
    x[:, 3] = 0.1
    x[:, 4] = np.arange(1000)
    y = rng.integers(0, 5, 1000)
    names = dict(train_inputs=folder / "tx.npy", train_targets=folder / "ty.npy")
    np.save(folder / "tx.npy", x)
    np.save(folder / "ty.npy", y)
    data, _ = read_data("tensors", folder, **names, test=100, validation=50, standardize="true")
    rows = {part: data[f"{part}_inputs"][:, 4].long().numpy() for part in ("train", "validation", "test")}
    assert [len(rows[part]) for part in rows] == [850, 50, 100] and data["classes"] == 5
    assert sorted(np.concatenate(list(rows.values()))) == list(range(1000))
    for part, index in rows.items():
        assert (data[f"{part}_inputs"].numpy() == x[index]).all()
        assert (data[f"{part}_targets"].numpy() == y[index]).all()
    train = x[rows["train"]].astype(np.float64)
    deviation = train.std(0)
    deviation[3] = 1
    np.testing.assert_allclose(data["mean"], train.mean(0), rtol=2e-7, atol=1e-7)
    np.testing.assert_allclose(data["scale"], deviation, rtol=2e-7)

    for targets in (y.astype(np.float32), y.reshape(-1, 1), y.astype(np.uint8)):
        np.save(folder / "ty.npy", targets)
        assert (read_data("tensors", folder, **names)[0]["train_targets"].numpy() == y).all()
    for targets in (rng.normal(size=(1000, 3)), rng.normal(size=1000).astype(np.float32)):
        np.save(folder / "ty.npy", targets)
        found = read_data("tensors", folder, **names, targets="values")[0]["train_targets"].numpy()
        assert (found == targets.reshape(1000, -1)).all() and found.dtype == targets.dtype
    np.save(folder / "ty.npy", y)
    np.save(folder / "tx.npy", np.arange(1000))
    data, _ = read_data("tensors", folder, **names, standardize="true")
    assert data["train_inputs"].flatten().tolist() == list(range(1000)) and "mean" not in data, "tokens have no mean"
    check_tensor_refusals(folder, x, y, names)


def check_tensor_refusals(folder, x, y, names):
    def changed(array, row, value):
        array = array.astype(np.float64)
        array[row] = value
        return array

    def expect(reason, labels, inputs=x, **arguments):
        np.save(folder / "tx.npy", inputs)
        np.save(folder / "ty.npy", labels)
        refused_data(reason, "tensors", folder, **names, **arguments)

    expect("row 17", changed(y, 17, np.nan))
    expect("row 17", changed(y, 17, np.inf), targets="values")
    expect("row 17", changed(y, 17, 1e300), targets="values")
    expect("row 999", y, changed(x, (999, 6), np.nan))
    expect("row 3", y, changed(x, (3, 0), -np.inf))
    expect("row 5 (counted from 0) holds -1", changed(y, 5, -1))
    expect("row 6 (counted from 0) holds 1.5", changed(y, 6, 1.5))
    expect("expected 1000 targets", y[:-1])
    expect("one-hot", np.eye(5)[y])
    expect("empty shape", y[:0], x[:0])
    expect("empty shape", y, x[:, :0])
    expect("give 600 to test", y, test=600, validation=400)
    expect("UInt16", y, x.astype(np.uint16))
    tokens = np.arange(2000).reshape(1000, 2)
    expect("row 4 (counted from 0) holds -3", y, np.where(tokens == 9, -3, tokens))
    expect("row 6 (counted from 0) holds 10000000", y, np.where(tokens == 13, 10**7, tokens))
    expect("more than 1000000 classes", changed(y, 0, 10**7))
    np.save(folder / "vx.npy", x[:10])
    np.save(folder / "vy.npy", y[:10] * 0 + 5)
    test = dict(test_inputs=folder / "vx.npy", test_targets=folder / "vy.npy")
    expect("is of class 5", y, **test)
    expect("expected Float [N, 6]", y, x[:, :6], **test)
    expect("expected Byte [N, 7]", y, x.astype(np.uint8), **test)
    expect("with a file for test", y, test=3, **test)
    expect("belong together", y, test_inputs=folder / "vx.npy")


def check_csv(folder):
    rng = random.Random(0)
    alphabet = ["a", "b", ",", ";", '"', "\n", "\r\n", " ", "é", "1", "\t", "'", "", "x"]
    path = folder / "nasty.csv"
    for trial in range(30):
        separator = rng.choice(",;\t")
        columns = rng.randint(2, 5)
        rows = [[f"c{i}" for i in range(columns)]]
        rows += [["".join(rng.choices(alphabet, k=rng.randint(0, 6))) for _ in range(columns)]
                 for _ in range(rng.randint(0, 40))]
        text = io.StringIO(newline="")
        ending = rng.choice(["\n", "\r\n", "\r"])
        # The writer knows of one kind of line end, and leaves the others without quotes.
        quoting = csv.QUOTE_ALL if ending == "\r" or rng.random() < 0.5 else csv.QUOTE_MINIMAL
        csv.writer(text, delimiter=separator, lineterminator=ending, quoting=quoting).writerows(rows)
        content = text.getvalue()
        if rng.random() < 0.3:
            content = content.rstrip(ending) if not rows[-1][-1] == "" else content
        path.write_bytes((b"\xef\xbb\xbf" if rng.random() < 0.3 else b"") + content.encode())
        expected = [row for row in csv.reader(io.StringIO(content, newline=""), delimiter=separator) if row]
        found = accepted("csv", path, separator)
        assert [found[0]] + [row[1:] for row in found[1:]] == expected, (trial, content)
        line = 2
        for row, numbered in zip(rows[1:], found[1:]):
            assert numbered[0] == line, (trial, content, numbered)
            line += 1 + sum(cell.count("\n") for cell in row)
    for content, reason in ((b'a,b\n1,2\n\n3\n', ":4: expected 2 cells"), (b'a,b\n1,"2\n\n3\n', ":2: a cell begins"),
                            (b'a,b\n1,"2"3\n', ":2: text follows"), (b"a,a\n", "twice"), (b"", "found nothing"),
                            (b"\n\n", "found nothing"), ("a,b\n1,2".encode("utf-16"), "UTF-16"),
                            ("a,b\n1,é\n".encode("latin-1"), ":2: column 2 is not UTF-8")):
        path.write_bytes(content)
        refused(reason, "csv", path, ",")


def write_table(path, rows):
    with open(path, "w", newline="") as file:
        csv.writer(file).writerows(rows)
    return path


def check_table(folder):
    rng = random.Random(1)
    colours = ["red", "green", "a, b"]
    rows = [[i, rng.gauss(3, 2), rng.choice(colours), 7, f"{rng.randrange(12)}", rng.random()] for i in range(200)]
    train = write_table(folder / "train.csv", [["id", "size", "colour", "same", "kind", "price"], *rows])
    data, classes = read_data("table", folder, train=train, targets="kind", ignore="price", validation=20)
    assert classes == [str(i) for i in range(12)], classes
    assert [len(data[f"{part}_inputs"]) for part in ("train", "validation", "test")] == [140, 20, 40]

    # Unstandardised, the first column tells which row is which.
    plain, _ = read_data("table", folder, train=train, targets="kind", ignore="price", validation=20,
                         standardize="false")
    kept = plain["train_inputs"][:, 0].long().tolist()
    numbers = np.array([[rows[i][0], rows[i][1]] for i in kept])
    mean, deviation = numbers.mean(0), numbers.std(0)
    for part in ("train", "validation", "test"):
        for i, inputs, target in zip(plain[f"{part}_inputs"][:, 0].long().tolist(), data[f"{part}_inputs"],
                                     data[f"{part}_targets"]):
            expected = list((np.array(rows[i][:2]) - mean) / deviation)
            expected += [float(rows[i][2] == colour) for colour in sorted(colours)] + [0]
            np.testing.assert_allclose(inputs.numpy(), expected, rtol=1e-6, atol=1e-6)
            assert target == int(rows[i][4])

    both, _ = read_data("table", folder, train=train, test=train, targets="price,size", kind="values",
                        categorical="same")
    assert both["train_inputs"].shape == (200, 1 + 3 + 1 + 1) and both["classes"] == 0
    np.testing.assert_array_equal(both["test_targets"], np.array([[row[5], row[1]] for row in rows], np.float64))
    new = write_table(folder / "new.csv", [["same", "colour", "id", "size"], [7, "blue", 5, 1], [7, "red", "6 ", 2]])
    data, _ = read_data("table", folder, train=train, targets="kind", ignore="price", test_share=0, predict=new,
                        standardize="false")
    assert data["predict"].tolist() == [[5, 1, 0, 0, 0, 7], [6, 2, 0, 0, 1, 7]], data["predict"]
    check_missing(folder)


def check_missing(folder):
    rows = [["a", "b", "y"], [1, "u", 0], ["?", "v", 1], [5, "NA", 1], [6, "u", ""], [9, "v", 0]]
    path = write_table(folder / "missing.csv", rows)
    arguments = dict(train=path, targets="y", test_share=0, standardize="false")
    refused_data(':5: column "y": the target is missing', "table", folder, **arguments)
    data, _ = read_data("table", folder, **arguments, missing="drop")
    assert data["train_inputs"].tolist() == [[1, 1, 0], [9, 0, 1]]
    path = write_table(folder / "missing.csv", rows[:4] + rows[5:])
    refused_data(':3: column "a": the value is missing', "table", folder, **arguments)
    data, _ = read_data("table", folder, **arguments, missing="mean")
    assert data["train_inputs"].tolist() == [[1, 0, 1, 0], [5, 0, 0, 1], [5, 1, 0, 0], [9, 0, 0, 1]]
    data, _ = read_data("table", folder, **{**arguments, "standardize": "true"}, missing="mean")
    np.testing.assert_allclose(data["train_inputs"][:, 0], (np.array([1, 5, 5, 9]) - 5) / np.sqrt(8), rtol=1e-6)

    test = write_table(folder / "test.csv", [["a", "b", "y"], [1, "u", 0], ["x", "w", 1]])
    refused_data(':3: column "a": expected a finite number, found "x"', "table", folder, **arguments, missing="mean",
                 test=test)
    write_table(test, [["a", "b", "y"], [1, "u", 2]])
    refused_data(':2: column "y": the training file has no class "2"', "table", folder, **arguments, missing="mean",
                 test=test)
    write_table(test, [["a", "y"], [1, 0]])
    refused_data('has no column "b"', "table", folder, **arguments, missing="mean", test=test)
    refused_data('named numeric', "table", folder, **arguments, missing="mean", numeric="b")
    refused_data('has no column "c"', "table", folder, **arguments, ignore="c")
    refused_data("no column is left", "table", folder, **arguments, ignore="a,b")
    refused_data("one column of classes", "table", folder, **{**arguments, "targets": "y,a"})
    write_table(path, [["a", "y"], [1, 0], ["1e39", 1]])
    refused_data(':3: column "a": expected a finite number', "table", folder, **arguments, numeric="a")


def main():
    for check in (check_numpy, check_numpy_refusals, check_safetensors, check_torch, check_tensor_data, check_csv,
                  check_table):
        if len(sys.argv) > 2 and check.__name__ not in sys.argv[2:]:
            continue
        with tempfile.TemporaryDirectory() as name:
            check(pathlib.Path(name))


if __name__ == "__main__":
    # In the C locale, where names of arrays beyond ASCII are the hardest to read.
    with subprocess.Popen([sys.argv[1]], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8",
                          env={**os.environ, "LC_ALL": "C"}) as reader:
        main()
