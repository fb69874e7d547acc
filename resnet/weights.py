"""Save and load weights: safetensors only.

A weight file is data, never code. What a file is gets decided by its first bytes, not by its name, so a pickle, a
ZIP or a web page renamed to .safetensors is refused by its real kind and none of it is ever executed. Names, shapes
and number types come from the header and are compared with the net before any tensor is read.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import torch
from safetensors import SafetensorError
from safetensors.torch import load as from_bytes
from safetensors.torch import save as to_bytes
from torch import Tensor, nn

from resnet.errors import UserError
from resnet.file_kinds import CURES, kind_of
from resnet.files import write_whole

MAX_HEADER_BYTES = 1_000_000  # the header of torchvision's ResNet-152 takes 85 kB
MAX_TENSORS = 2_000  # ResNet-152 has 932
# safetensors' own codes of the number types a net can hold; everything else (8-bit floats, packed 4-bit) is refused.
FLOATS = frozenset({"F16", "BF16", "F32", "F64"})
INTEGERS = frozenset({"I8", "I16", "I32", "I64", "U8", "BOOL"})

WANTED = "Give a .safetensors file, such as the model.safetensors of a run"
AGAIN = "Copy or download the file again"


@dataclass(frozen=True)
class TensorInfo:
    """What the header tells about one tensor: `dtype` in safetensors' own code ("F32") and `shape`."""

    dtype: str
    shape: tuple[int, ...]


@dataclass(frozen=True)
class Header:
    """Everything a weight file says before its numbers: tensors by name, and its free text."""

    tensors: dict[str, TensorInfo]
    metadata: dict[str, str]


def save(
    path: str | os.PathLike[str],
    model: nn.Module | Mapping[str, Tensor],
    metadata: Mapping[str, str] | None = None,
    *,
    half: bool = False,
) -> None:
    """Write the weights of a model (or a state dict) as one safetensors file, whole or not at all.

    A reader sees the old file or the new one, also after a crash.

    Args:
        path: the file to write; its folder must exist.
        model: a module or a mapping of names to tensors. Integer tensors are kept as they are.
        metadata: free text stored in the header; keys and values are strings.
        half: store floating-point tensors as float16, half the size. `read` gives float32 back, rounded.

    Raises:
        TypeError: a metadata key or value is not a string.
        UserError: a number does not fit into float16.
        OSError: there is no room, or no permission; the old file is as it was.
    """
    path = Path(path)
    for key, value in (metadata or {}).items():
        if not isinstance(key, str) or not isinstance(value, str):
            raise TypeError(f"Metadata is text only, got {key!r}: {value!r}")
    state = model.state_dict() if isinstance(model, nn.Module) else model
    tensors = {name: _for_file(name, tensor, half, path.name) for name, tensor in state.items()}
    write_whole(path, to_bytes(tensors, dict(metadata or {})))


def header(path: str | os.PathLike[str], *, where: str = "") -> Header:
    """Names, shapes, number types and metadata of a weight file, without reading a tensor.

    Args:
        path: the file.
        where: how to call the file in a refusal; its name where empty.

    Raises:
        UserError: the file is not there, not a safetensors file (its real kind is named), cut off or too large.
    """
    path = Path(path)
    where = where or path.name
    with _opened(path, where) as file:
        return _header(file, where)


def _header(file: IO[bytes], where: str) -> Header:
    file_bytes = os.fstat(file.fileno()).st_size  # not of the path: a run may have replaced that file by now
    start = file.read(4096)
    length = _header_length(start, file_bytes, where)
    file.seek(8)
    text = file.read(length)
    try:
        entries = json.loads(text)
        metadata = entries.pop("__metadata__", None) or {}
        tensors = {name: TensorInfo(str(e["dtype"]), tuple(map(int, e["shape"]))) for name, e in entries.items()}
        data_bytes = max((int(entry["data_offsets"][1]) for entry in entries.values()), default=0)
        metadata = {str(key): str(value) for key, value in metadata.items()}
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError, OverflowError) as error:
        raise UserError("The header of this safetensors file is damaged", where=where, cure=AGAIN) from error
    if len(tensors) > MAX_TENSORS:
        raise UserError(
            f"The file lists {len(tensors):,} tensors, over the limit of {MAX_TENSORS:,}",
            where=where,
            cure="No net of this catalogue is that large; give the weights of one of them",
        )
    if 8 + length + data_bytes > file_bytes:
        raise UserError(
            f"The file is cut off: {file_bytes:,} of {8 + length + data_bytes:,} bytes are there",
            where=where,
            cure=AGAIN,
        )
    _refuse_types(tensors, where)
    return Header(tensors, metadata)


def read(path: str | os.PathLike[str], *, where: str = "") -> tuple[dict[str, Tensor], dict[str, str]]:
    """The tensors and the metadata of a weight file. Floating-point tensors come back as float32, in CPU memory.

    Raises:
        UserError: as `header`, and where the library finds the file damaged.
    """
    path = Path(path)
    where = where or path.name
    with _opened(path, where) as file:
        found = _header(file, where)
        file.seek(0)
        try:
            # Read into memory rather than mapped: a run may replace the file at any moment, which Windows would forbid.
            tensors = from_bytes(file.read())
        except (SafetensorError, OSError, ValueError, KeyError) as error:
            raise UserError(f"The safetensors file is damaged ({error})", where=where, cure=AGAIN) from error
    return {name: t.float() if t.is_floating_point() else t for name, t in tensors.items()}, found.metadata


def load(
    path: str | os.PathLike[str], model: nn.Module, *, where: str = "", fresh: Collection[str] = ()
) -> dict[str, str]:
    """Load a weight file into a model and return the file's metadata.

    Names and shapes are compared from the header, so a file of another net costs no more than its header.

    Args:
        path: the file.
        model: takes the weights; it keeps its device and memory format.
        where: how to call the file in a refusal; its name where empty.
        fresh: names of tensors that the model keeps as they are, whatever the file has for them.

    Raises:
        UserError: as `read` and `load_into`; the model is then unchanged.
    """
    where = where or Path(path).name
    expect(model, header(path, where=where), where=where, fresh=fresh)
    state, metadata = read(path, where=where)
    load_into(model, state, where, fresh=fresh)
    return metadata


def expect(model: nn.Module, found: Header, *, where: str = "", fresh: Collection[str] = ()) -> None:
    """Refuse a header that does not have exactly the names, shapes and kinds of number of the model, `fresh` aside.

    Raises:
        UserError: names the first difference.
    """
    kinds = {name: info.dtype in FLOATS for name, info in found.tensors.items()}
    _compare(model, {name: info.shape for name, info in found.tensors.items()}, kinds, where, fresh)


def load_into(model: nn.Module, state: Mapping[str, Tensor], where: str = "", *, fresh: Collection[str] = ()) -> None:
    """Load tensors into a model, strictly: all of them or none, `fresh` aside.

    Names and shapes are compared first, then every number is checked, and only then is the model touched. Batch
    norm's `num_batches_tracked` may be missing, as in torchvision's older files: it plays no part in predictions, and
    starts at 0.

    Raises:
        UserError: a name is missing or left over, a shape differs, or a tensor holds NaN or infinity.
    """
    shapes = {name: tuple(tensor.shape) for name, tensor in state.items()}
    _compare(model, shapes, {name: tensor.is_floating_point() for name, tensor in state.items()}, where, fresh)
    for name, tensor in state.items():
        bad = 0 if tensor.isfinite().all() else int((~tensor.isfinite()).sum())
        if bad:
            kind = "NaN" if tensor.isnan().any() else "Infinity"
            raise UserError(
                f"{kind} in {name} ({bad:,} of {tensor.numel():,} values are not finite)",
                where=where,
                cure="The training that wrote it diverged; take an earlier checkpoint",
            )
    own = model.state_dict()
    kept = {name: own[name] for name in fresh}
    counters = {name: torch.zeros_like(tensor) for name, tensor in own.items() if name not in state}
    model.load_state_dict({**counters, **state, **kept}, strict=True)


def _compare(
    model: nn.Module,
    shapes: Mapping[str, tuple[int, ...]],
    floats: Mapping[str, bool],
    where: str,
    fresh: Collection[str],
) -> None:
    own = {name: tensor for name, tensor in model.state_dict().items() if name not in fresh}
    missing = [name for name in own if name not in shapes and not name.endswith("num_batches_tracked")]
    extra = [name for name in shapes if name not in own and name not in fresh]
    for name, tensor in own.items():
        if name in shapes and shapes[name] != tuple(tensor.shape):
            _wrong_net(f"{name} is {_by(shapes[name])} in the file, {_by(tensor.shape)} in the net", where)
        if name in shapes and floats[name] != tensor.is_floating_point():
            _wrong_net(f"{name} holds {'fractions' if floats[name] else 'whole numbers'}, the net's does not", where)
        if missing and name == missing[0]:
            _wrong_net(f"missing {name}{_and_more(missing)}", where)
    if extra:
        _wrong_net(f"{extra[0]}{_and_more(extra)} has no place in the net", where)


def _wrong_net(difference: str, where: str) -> None:
    raise UserError(
        f"The weights are of another architecture: {difference}",
        where=where,
        cure="Choose the net, the number of classes and the input channels that the file was saved from",
    )


def _and_more(names: list[str]) -> str:
    return f" and {len(names) - 1:,} more" if len(names) > 1 else ""


def _by(shape: tuple[int, ...] | torch.Size) -> str:
    return "x".join(map(str, shape)) or "a single number"


def _for_file(name: str, tensor: Tensor, half: bool, where: str) -> Tensor:
    # A copy of its own for each: safetensors refuses tensors that share memory.
    tensor = tensor.detach().to("cpu", copy=True).contiguous()
    if not (half and tensor.is_floating_point()):
        return tensor
    small = tensor.to(torch.float16)
    if tensor.isfinite().all() and not small.isfinite().all():
        raise UserError(
            f"{name} holds {float(tensor.abs().max()):.3g}, more than float16 can",
            where=where,
            cure="Save it in full precision",
        )
    return small


def _opened(path: Path, where: str) -> IO[bytes]:
    try:
        mode = path.stat().st_mode  # before it is opened: a named pipe would wait for a writer
    except (OSError, ValueError) as error:
        raise UserError("There is no such file", where=where, cure=WANTED) from error
    if not stat.S_ISREG(mode):
        kind = "a folder" if stat.S_ISDIR(mode) else "not an ordinary file"
        raise UserError(f"This is {kind}, not a safetensors file", where=where, cure=WANTED)
    return path.open("rb")


def _header_length(start: bytes, file_bytes: int, where: str) -> int:
    """Length of the JSON header in bytes, or the refusal that names what the file is instead."""
    if not start:
        raise UserError("The file is empty (0 bytes)", where=where, cure=AGAIN)
    length = int.from_bytes(start[:8], "little")
    # Only a safetensors file has a brace at byte 8; checked first, because a length of 640 starts like a pickle. A
    # real kind that happens to have the brace there gives an absurd length.
    braced = start[8:9] == b"{" and length < 1 << 32
    if not braced:
        kind = kind_of(start)
        raise UserError(f"This is {kind}, not a safetensors file", where=where, cure=CURES.get(kind, WANTED))
    if length > MAX_HEADER_BYTES:
        raise UserError(
            f"The header is {length:,} bytes long, over the limit of {MAX_HEADER_BYTES:,}", where=where, cure=WANTED
        )
    if 8 + length > file_bytes:
        raise UserError(f"The file is cut off inside its header, after {file_bytes:,} bytes", where=where, cure=AGAIN)
    return length


def _refuse_types(tensors: Mapping[str, TensorInfo], where: str) -> None:
    for name, info in tensors.items():
        if info.dtype not in FLOATS | INTEGERS:
            raise UserError(
                f"{name} is stored as {info.dtype}, which no net here uses",
                where=where,
                cure="Save the weights as float32 or float16",
            )
