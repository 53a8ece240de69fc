"""Tensor files travel between Python and C++ unharmed.

    tensor_file_python_test.py COPY_TENSORS

COPY_TENSORS is the program built from copy_tensors.cpp. Python writes, C++ reads and writes again, Python reads
with weights_only=True and compares; what is no plain dict of tensors must be refused with a reason, never a crash.
"""

import collections
import pathlib
import resource
import subprocess
import sys
import tempfile
import zipfile

import torch


def copy(program, source, target):
    """With the memory that LibTorch itself takes and a little more, so that a file that fills it fails soon."""
    memory = 6 << 30
    return subprocess.run([program, source, target], capture_output=True, text=True, timeout=60,
                          preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (memory, memory)))


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
                  torch.bfloat16, torch.float32, torch.float64, torch.complex64, torch.complex128):
        tensors[str(dtype)] = torch.tensor([0, 1, 100]).to(dtype)
    tensors["flags, transposed"] = torch.tensor([[True, False], [True, True]]).t()
    tensors["requires a gradient"] = torch.ones(2, requires_grad=True)
    pairs = torch.arange(6.0).view(3, 2)
    tensors |= {"conjugated": torch.view_as_complex(pairs.clone()).conj(),
                "negated": torch.view_as_complex(pairs.clone()).conj().imag}
    for i in range(300):
        tensors[f"many.{i}"] = torch.full((2,), float(i))
    return tensors


def bits(tensor):
    return tensor.detach().resolve_conj().resolve_neg().contiguous().view(-1).view(torch.uint8).tolist()


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
    confusing = torch.nn.Module()
    confusing.add_module("_metadata", torch.nn.Linear(2, 1))
    check_round_trip(program, folder, confusing.state_dict())
    changed = torch.nn.Linear(2, 2).state_dict()
    changed.comment = "more than versions"
    torch.save(changed, folder / "changed.pt")
    check_refused(program, folder / "changed.pt", 'its dict has an attribute "comment" of its own')
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
    check_refused(program, folder / "gone.pt", '"data/0" is missing')
    with_record(folder / "unnamed.pt", folder / "good.pt", "data.pkl", lambda content: None)
    check_refused(program, folder / "unnamed.pt", '"data.pkl" is missing')
    for length in (0, 1, 20, 60):
        with_record(folder / f"pickle{length}.pt", folder / "good.pt", "data.pkl", lambda content: content[:length])
        check_refused(program, folder / f"pickle{length}.pt", "cannot be read as tensors")
    # Sizes (K\x04K\x04) and strides (K\x04K\x01) that reach beyond the sixteen numbers, or overflow.
    for old, new in ((b"K\x04K\x04", b"K\x04K\x05"), (b"K\x04K\x01", b"K\x05K\x01"),
                     (b"K\x04K\x04", b"J\xff\xff\xff\x7fJ\xff\xff\xff\x7f"), (b"K\x04K\x04", b"J\xff\xff\xff\xffK\x04"),
                     (b"K\x04K\x01", b"J\xff\xff\xff\xffK\x01")):
        with_record(folder / "beyond.pt", folder / "good.pt", "data.pkl", lambda content: content.replace(old, new))
        check_refused(program, folder / "beyond.pt", "cannot be read as tensors")


def check_hostile(program, folder):
    """Small files that would fill the memory or overflow the stack."""
    ones = torch.ones(4, 4)
    torch.save({"a": ones}, folder / "good.pt")
    pickle = b"\x80\x02"
    for name, content, reason in (("endless name", pickle + b"c" + b"a" * 512, "a name that does not end"),
                                  ("long text", pickle + b"X\xff\xff\xff\xffa", "it needs 4294967295 more bytes"),
                                  ("deep tuples", pickle + b")" + b"\x85" * 180_000 + b".", "it holds no dict"),
                                  ("a call", pickle + b"cposix\nsystem\nX\x02\0\0\0ls\x85R.", '"posix.system"')):
        with_record(folder / f"{name}.pt", folder / "good.pt", "data.pkl", lambda _: content)
        check_refused(program, folder / f"{name}.pt", reason)
    torch.save({"a": torch.ones(1).expand(1 << 15, 1 << 15)}, folder / "expanded.pt")
    check_refused(program, folder / "expanded.pt", '"a" [32768, 32768] would bring its tensors to 4294967296 bytes')

    torch.save({"a": torch.zeros(1 << 20)}, folder / "zeros.pt")
    with zipfile.ZipFile(folder / "zeros.pt") as old:
        with zipfile.ZipFile(folder / "deflated.pt", "w", zipfile.ZIP_DEFLATED) as new:
            for part in old.namelist():
                new.writestr(part, old.read(part))
    check_refused(program, folder / "deflated.pt", 'the part "data/0" claims 4194304 bytes where')
    check_refused(program, folder / "deflated.pt", "it is compressed or damaged")
    with_record(folder / "twice.pt", folder / "good.pt", "none", lambda _: None)
    with zipfile.ZipFile(folder / "twice.pt", "a") as twice:
        twice.writestr("other/data/0", b"\0" * 64)
    check_refused(program, folder / "twice.pt", 'the part "data/0" is there twice')
    with_record(folder / "big.pt", folder / "good.pt", "byteorder", lambda _: b"big")
    check_refused(program, folder / "big.pt", "highest byte first")


def main():
    program = sys.argv[1]
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        check_round_trip(program, folder, good_tensors())
        check_round_trip(program, folder, {})
        check_state_dicts(program, folder)
        check_refusals(program, folder)
        check_hostile(program, folder)


if __name__ == "__main__":
    main()
