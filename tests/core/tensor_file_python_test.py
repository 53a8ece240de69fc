"""Tensor files travel between Python and C++ unharmed.

    tensor_file_python_test.py COPY_TENSORS

COPY_TENSORS is the program built from copy_tensors.cpp. Python writes, C++ reads and writes again, Python reads
with weights_only=True and compares; what is no plain dict of tensors must be refused with a reason, never a crash.
"""

import collections
import pathlib
import subprocess
import sys
import tempfile
import zipfile

import torch


def copy(program, source, target):
    return subprocess.run([program, source, target], capture_output=True, text=True, timeout=60)


def good_tensors():
    matrix = torch.arange(12.0).view(3, 4)
    tensors = {
        "z.weight": matrix,
        "a.weight": matrix.t(),
        "row": matrix[1],
        "column": matrix[:, 2],
        "again": matrix,
        "expanded": torch.tensor([1.0, 2.0]).expand(3, 2),
        "permuted": torch.arange(24).view(2, 3, 4).permute(2, 0, 1),
        "parameter": torch.nn.Parameter(torch.ones(2)),
        "scalar": torch.tensor(0.1, dtype=torch.float64),
        "empty": torch.empty(0, 3),
        "not finite": torch.tensor([float("inf"), float("nan"), -0.0]),
        "": torch.ones(1),
        "β/größe": torch.ones(1),
    }
    for dtype in (torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64, torch.bool, torch.float16,
                  torch.bfloat16, torch.float32, torch.float64):
        tensors[str(dtype)] = torch.tensor([0, 1, 100]).to(dtype)
    for i in range(300):
        tensors[f"many.{i}"] = torch.full((2,), float(i))
    return tensors


def bits(tensor):
    return tensor.detach().contiguous().view(-1).view(torch.uint8).tolist()


def check_round_trip(program, folder, tensors, **how):
    torch.save(tensors, folder / "in.pt", **how)
    result = copy(program, folder / "in.pt", folder / "out.pt")
    assert result.returncode == 0, result.stderr
    copied = torch.load(folder / "out.pt", weights_only=True)
    assert type(copied) is dict
    assert list(copied) == list(tensors), "names or their order changed"
    for name, tensor in tensors.items():
        assert copied[name].dtype == tensor.dtype, name
        assert copied[name].shape == tensor.shape, name
        assert bits(copied[name]) == bits(tensor), name
        assert copied[name].untyped_storage().nbytes() == tensor.numel() * tensor.element_size(), name


def check_state_dicts(program, folder):
    """What a module's state_dict() returns is an OrderedDict with an attribute."""
    tied = torch.nn.Sequential(torch.nn.Linear(3, 3), torch.nn.Linear(3, 3))
    tied[1].weight = tied[0].weight
    modules = [torch.nn.Linear(2, 2), torch.nn.BatchNorm1d(3), tied, torch.nn.Module()]
    modules += [torch.nn.Sequential(*(torch.nn.Linear(1, 1) for _ in range(n))) for n in (20, 500, 1001)]
    for module in modules:
        check_round_trip(program, folder, module.state_dict())
        without_versions = module.state_dict()
        del without_versions._metadata
        check_round_trip(program, folder, without_versions)
    # Where "_metadata" is a name too, the two are not told apart.
    confusing = torch.nn.Module()
    confusing.add_module("_metadata", torch.nn.Linear(2, 1))
    torch.save(confusing.state_dict(), folder / "confusing.pt")
    check_refused(program, folder / "confusing.pt", "cannot be read as tensors")
    changed = torch.nn.Linear(2, 2).state_dict()
    changed.comment = "more than versions"
    torch.save(changed, folder / "changed.pt")
    check_refused(program, folder / "changed.pt", "cannot be read as tensors")
    for value in (torch.nn.Linear(2, 2).state_dict(), torch.Size([1]), 1, None):
        torch.save(torch.nn.Linear(2, 2).state_dict() | {"x": value}, folder / "more.pt")
        check_refused(program, folder / "more.pt", "cannot be read as tensors")
    torch.save(collections.OrderedDict({0: torch.ones(1)}), folder / "numbers.pt")
    check_refused(program, folder / "numbers.pt", "cannot be read as tensors")


def check_refused(program, path, reason):
    result = copy(program, path, path.with_suffix(".out"))
    assert result.returncode == 1, (path.name, result.returncode, result.stderr)
    assert str(path) in result.stderr and reason in result.stderr, (path.name, result.stderr)
    assert "report a bug" not in result.stderr, (path.name, result.stderr)


def with_record(path, source, name, change):
    """`source` with the part that ends in `name` changed, and every checksum right again."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(path, "w") as new:
        for part in old.namelist():
            content = old.read(part)
            if not part.endswith(name):
                new.writestr(part, content)
            elif change(content) is not None:
                new.writestr(part, change(content))


def check_refusals(program, folder):
    ones = torch.ones(4, 4)
    not_tensors = {
        "list": [ones],
        "tensor": ones,
        "number": {"a": 1},
        "nested": {"a": {"b": ones}},
        "number_key": {1: ones},
        "module": torch.nn.Linear(2, 2),
        "sparse": {"a": ones.to_sparse()},
        "complete": {"a": ones, "path": pathlib.Path()},
    }
    for name, value in not_tensors.items():
        torch.save(value, folder / f"{name}.pt")
        check_refused(program, folder / f"{name}.pt", "cannot be read as tensors")
    torch.save({"a": ones}, folder / "old.pt", _use_new_zipfile_serialization=False)
    check_refused(program, folder / "old.pt", "not a whole tensor file")

    torch.save({"a": ones}, folder / "good.pt")
    with_record(folder / "short.pt", folder / "good.pt", "data/0", lambda content: content[:-1])
    check_refused(program, folder / "short.pt", '"a" lies outside')
    with_record(folder / "gone.pt", folder / "good.pt", "data/0", lambda content: None)
    check_refused(program, folder / "gone.pt", "data/0 is missing")
    with_record(folder / "unnamed.pt", folder / "good.pt", "data.pkl", lambda content: None)
    check_refused(program, folder / "unnamed.pt", "data.pkl is missing")
    for length in (0, 1, 20, 60):
        with_record(folder / f"pickle{length}.pt", folder / "good.pt", "data.pkl", lambda content: content[:length])
        check_refused(program, folder / f"pickle{length}.pt", "cannot be read as tensors")
    # Sizes (K\x04K\x04) and strides (K\x04K\x01) that reach beyond the sixteen numbers, or overflow.
    for old, new in ((b"K\x04K\x04", b"K\x04K\x05"), (b"K\x04K\x01", b"K\x05K\x01"),
                     (b"K\x04K\x04", b"J\xff\xff\xff\x7fJ\xff\xff\xff\x7f"), (b"K\x04K\x04", b"J\xff\xff\xff\xffK\x04"),
                     (b"K\x04K\x01", b"J\xff\xff\xff\xffK\x01")):
        with_record(folder / "beyond.pt", folder / "good.pt", "data.pkl", lambda content: content.replace(old, new))
        check_refused(program, folder / "beyond.pt", "cannot be read as tensors")


def main():
    program = sys.argv[1]
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        check_round_trip(program, folder, good_tensors())
        check_round_trip(program, folder, {})
        check_state_dicts(program, folder)
        check_refusals(program, folder)


if __name__ == "__main__":
    main()
