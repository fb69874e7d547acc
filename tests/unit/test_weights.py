"""Weight files: whole or not at all, data and never code, and refusals that name the real kind."""

import contextlib
import io
import json
import os
import pickle
import struct
import zipfile
from pathlib import Path

import pytest
import torch
from torch import nn

from resnet import weights
from resnet.errors import UserError


def tiny() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Flatten(), nn.Linear(4, 2))


def handmade(entries: dict, data: bytes = b"", length: int | None = None) -> bytes:
    text = json.dumps(entries).encode()
    return struct.pack("<Q", len(text) if length is None else length) + text + data


def bytes_of(writer) -> bytes:
    buffer = io.BytesIO()
    writer(buffer)
    return buffer.getvalue()


class Canary:
    """Unpickling it would create a file."""

    def __init__(self, path: Path):
        self.path = path

    def __reduce__(self):
        return (open, (str(self.path), "w"))


def test_a_saved_model_comes_back_bit_for_bit(tmp_path):
    model = tiny()
    weights.save(tmp_path / "w.safetensors", model, {"net": "tiny"})
    state, metadata = weights.read(tmp_path / "w.safetensors")
    assert metadata == {"net": "tiny"}
    assert sorted(state) == sorted(model.state_dict())
    for name, tensor in model.state_dict().items():
        assert state[name].dtype == tensor.dtype
        assert torch.equal(state[name], tensor)


def test_half_precision_halves_the_numbers_and_reads_back_as_float32(tmp_path):
    model = nn.Sequential(nn.Linear(300, 300), nn.BatchNorm1d(300))
    weights.save(tmp_path / "full.safetensors", model)
    weights.save(tmp_path / "half.safetensors", model, half=True)
    full, half = ((tmp_path / f"{name}.safetensors").stat().st_size for name in ("full", "half"))
    assert 0.49 < half / full < 0.52
    state, _ = weights.read(tmp_path / "half.safetensors")
    assert state["0.weight"].dtype == torch.float32
    assert torch.equal(state["0.weight"], model[0].weight.detach().half().float())
    assert state["1.num_batches_tracked"].dtype == torch.int64


def test_half_precision_refuses_a_number_that_would_become_infinite(tmp_path):
    with pytest.raises(UserError, match=r"big holds 1e\+05, more than float16 can"):
        weights.save(tmp_path / "w.safetensors", {"big": torch.tensor([1e5])}, half=True)
    assert list(tmp_path.iterdir()) == []


def test_a_failed_write_keeps_the_old_file_and_leaves_nothing_behind(tmp_path, monkeypatch):
    path = tmp_path / "w.safetensors"
    weights.save(path, {"a": torch.ones(2)})
    before = path.read_bytes()

    def full_disk(_):
        raise OSError("No space left on device")

    monkeypatch.setattr(os, "fsync", full_disk)
    with pytest.raises(OSError, match="No space left"):
        weights.save(path, {"a": torch.zeros(2)})
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_the_bytes_are_synced_before_they_replace_the_file(tmp_path, monkeypatch):
    order = []
    fsync, replace = os.fsync, Path.replace
    monkeypatch.setattr(os, "fsync", lambda fd: (order.append("fsync"), fsync(fd))[1])
    monkeypatch.setattr(Path, "replace", lambda a, b: (order.append("replace"), replace(a, b))[1])
    weights.save(tmp_path / "w.safetensors", {"a": torch.ones(2)})
    assert order == ["fsync", "replace"]


def test_tensors_that_share_memory_can_be_saved(tmp_path):
    tied = torch.arange(6.0).reshape(2, 3)
    weights.save(tmp_path / "w.safetensors", {"a": tied, "b": tied, "c": tied.t()})
    state, _ = weights.read(tmp_path / "w.safetensors")
    assert torch.equal(state["b"], tied)
    assert torch.equal(state["c"], tied.t())


def test_metadata_is_text_only(tmp_path):
    with pytest.raises(TypeError, match="'epoch': 3"):
        weights.save(tmp_path / "w.safetensors", {"a": torch.ones(1)}, {"epoch": 3})


FAKES = {
    "empty": (b"", "is empty"),
    "lfs": (b"version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 12\n", "git-LFS pointer"),
    "lfs-cure": (b"version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 12\n", "git lfs pull"),
    "html": (b"\n<!DOCTYPE html><html><body>Not found</body></html>", "web page"),
    "jpeg": (b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01", "JPEG picture"),
    "pt": (bytes_of(lambda b: torch.save({"a": torch.ones(2)}, b)), "PyTorch .pt file"),
    "old pt": (
        bytes_of(lambda b: torch.save({"a": torch.ones(2)}, b, _use_new_zipfile_serialization=False)),
        "This is a pickle",
    ),
    "zip": (bytes_of(lambda b: zipfile.ZipFile(b, "w").writestr("cat/1.jpg", "x")), "ZIP archive"),
    **{f"pickle {p}": (pickle.dumps({"a": [1.5]}, protocol=p), "This is a pickle") for p in range(6)},
    "text": (b"epoch 1 loss 0.5\n", "text file"),
    "noise": (bytes(range(0, 256, 5)), "something unknown"),
    "five bytes": (b"\x01\x02\x03\x04\x05", "something unknown"),
    "long header": (handmade({}, b" " * 64, length=1_000_001), "over the limit of 1,000,000"),
    "cut in header": (handmade({"a": {"dtype": "F32"}}, length=900), "cut off inside its header"),
    "cut in data": (
        handmade({"a": {"dtype": "F32", "shape": [4], "data_offsets": [0, 16]}}, b"\0" * 7),
        "cut off: ",
    ),
    "not json": (struct.pack("<Q", 4) + b"{abc", "header of this safetensors file is damaged"),
    "nested": (struct.pack("<Q", 200_005) + b'{"a":' + b"[" * 200_000, "header of this safetensors file is damaged"),
    "no dtype": (handmade({"a": {"shape": [1]}}), "header of this safetensors file is damaged"),
    "overlap": (
        handmade(
            {
                "a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]},
                "b": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]},
            },
            b"\0" * 4,
        ),
        "safetensors file is damaged",
    ),
    "wrong size": (
        handmade({"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 4]}}, b"\0" * 4),
        "safetensors file is damaged",
    ),
    "many": (
        handmade({f"a{i}": {"dtype": "F32", "shape": [0], "data_offsets": [0, 0]} for i in range(2001)}),
        "lists 2,001 tensors",
    ),
    "float8": (
        handmade({"a": {"dtype": "F8_E4M3", "shape": [1], "data_offsets": [0, 1]}}, b"\0"),
        "a is stored as F8_E4M3",
    ),
}


@pytest.mark.parametrize("kind", FAKES)
def test_a_file_of_another_kind_is_refused_by_its_real_kind(tmp_path, kind):
    content, words = FAKES[kind]
    path = tmp_path / "model.safetensors"
    path.write_bytes(content)
    with pytest.raises(UserError) as refused:
        weights.read(path)
    assert words in str(refused.value)
    assert refused.value.where == "model.safetensors"
    assert refused.value.cure
    assert str(tmp_path) not in str(refused.value)


@pytest.mark.parametrize("protocol", range(6))
def test_no_pickle_is_ever_run(tmp_path, protocol):
    canary = tmp_path / "canary"
    for name, content in {
        "a.safetensors": pickle.dumps(Canary(canary), protocol=protocol),
        "b.safetensors": bytes_of(lambda b: torch.save({"a": Canary(canary)}, b)),
    }.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(UserError):
            weights.load(tmp_path / name, tiny())
    assert not canary.exists()


def test_a_header_that_starts_like_a_pickle_is_still_read(tmp_path):
    # 640 = 0x0280: the little-endian length is the two bytes that open a protocol 2 pickle.
    text = json.dumps({"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}).encode().ljust(640)
    (tmp_path / "w.safetensors").write_bytes(struct.pack("<Q", 640) + text + struct.pack("<f", 2.5))
    state, _ = weights.read(tmp_path / "w.safetensors")
    assert state["a"].item() == 2.5


@pytest.mark.parametrize("path", ["nothing.safetensors", "a\0b", "x" * 5000])
def test_a_missing_file_is_refused(tmp_path, path):
    with pytest.raises(UserError, match="no such file"):
        weights.read(tmp_path / path)


def test_a_folder_is_refused(tmp_path):
    with pytest.raises(UserError, match="This is a folder"):
        weights.read(tmp_path)


def wrong(change) -> dict:
    state = tiny().state_dict()
    change(state)
    return state


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda s: s.pop("0.weight"), "missing 0.weight."),
        (lambda s: (s.pop("0.weight"), s.pop("3.bias")), "missing 0.weight and 1 more"),
        (lambda s: s.update({"3.weight": torch.zeros(1000, 4)}), "3.weight is 1000x4 in the file, 2x4 in the net"),
        (lambda s: s.update({"3.weight": torch.zeros(2, 4).int()}), "3.weight holds whole numbers"),
        (lambda s: s.update({"extra": torch.zeros(1)}), "extra has no place in the net"),
    ],
)
def test_another_architecture_is_refused_from_the_header_alone(tmp_path, change, words, monkeypatch):
    path = tmp_path / "w.safetensors"
    weights.save(path, wrong(change))

    def must_not_read(_):
        raise AssertionError("the tensors were read")

    monkeypatch.setattr(weights, "from_bytes", must_not_read)
    with pytest.raises(UserError) as refused:
        weights.load(path, tiny())
    assert words in str(refused.value)
    assert "another architecture" in str(refused.value)


@pytest.mark.parametrize(("value", "kind"), [(float("nan"), "NaN"), (float("inf"), "Infinity")])
def test_numbers_that_are_not_finite_are_refused_and_the_model_stays_as_it_was(tmp_path, value, kind):
    state = wrong(lambda s: s["0.weight"].fill_(7))
    state["3.weight"][1, 2] = value
    weights.save(tmp_path / "w.safetensors", state)
    model = tiny()
    with pytest.raises(UserError, match=rf"{kind} in 3.weight \(1 of 8 values"):
        weights.load(tmp_path / "w.safetensors", model)
    assert all(
        torch.equal(a, b) for a, b in zip(model.state_dict().values(), tiny().state_dict().values(), strict=True)
    )


def test_loading_sets_the_weights_and_gives_the_metadata(tmp_path):
    trained = tiny()
    with torch.no_grad():
        trained[3].bias.fill_(3)
    weights.save(tmp_path / "w.safetensors", trained, {"net": "tiny"})
    model = tiny()
    assert weights.load(tmp_path / "w.safetensors", model) == {"net": "tiny"}
    assert torch.equal(model[3].bias, torch.full((2,), 3.0))


def test_batch_counters_may_be_missing_and_then_start_at_nothing(tmp_path):
    weights.save(tmp_path / "w.safetensors", wrong(lambda s: s.pop("1.num_batches_tracked")))
    model = tiny()
    model[1].num_batches_tracked.fill_(9)
    weights.load(tmp_path / "w.safetensors", model)
    assert model[1].num_batches_tracked == 0


@pytest.mark.parametrize("change", [lambda s: s.pop("3.weight"), lambda s: s.update({"3.weight": torch.ones(9, 9)})])
def test_tensors_that_stay_fresh_are_neither_compared_nor_touched(tmp_path, change):
    weights.save(tmp_path / "w.safetensors", wrong(lambda s: (change(s), s["0.weight"].fill_(7))))
    model = tiny()
    before = model[3].weight.clone()
    weights.load(tmp_path / "w.safetensors", model, fresh=("3.weight",))
    assert torch.equal(model[3].weight, before)
    assert (model[0].weight == 7).all()


def test_only_what_is_named_stays_fresh(tmp_path):
    weights.save(tmp_path / "w.safetensors", wrong(lambda s: s.pop("3.bias")))
    with pytest.raises(UserError, match=r"missing 3\.bias"):
        weights.load(tmp_path / "w.safetensors", tiny(), fresh=("3.weight",))


@pytest.mark.parametrize("step", ["stat", "open"])
@pytest.mark.parametrize("texts", [("short", "long" * 3_000), ("long" * 3_000, "short")])
def test_a_file_replaced_while_it_is_read_is_the_old_one_or_the_new_one(tmp_path, monkeypatch, step, texts):
    """A run's weights are written again after its end, with what was measured of them: a longer header."""
    path = tmp_path / "model.safetensors"
    old, new = ({"text": text} for text in texts)
    weights.save(path, tiny(), old)
    (tmp_path / "new").mkdir()
    weights.save(tmp_path / "new" / path.name, tiny(), new)
    real = getattr(Path, step)

    def replaced_after(self, *args, **kwargs):
        result = real(self, *args, **kwargs)
        if self == path:
            with contextlib.suppress(FileNotFoundError):  # the second time it is done
                os.replace(tmp_path / "new" / path.name, path)
        return result

    monkeypatch.setattr(Path, step, replaced_after)
    tensors, metadata = weights.read(path)
    assert metadata in (old, new)
    assert sorted(tensors) == sorted(tiny().state_dict())
