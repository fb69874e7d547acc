"""How much memory a network takes: to keep, to answer, to train.

Weights and their copies are counted off the parameters. Activations cannot be: they come and go, and when one goes is
decided by Python. A block's `x` stays until the block returns, `out += x` makes nothing new, a local of a caller keeps
a whole stage's input. So the net runs once on the meta device (see `resnet.tracing`) and a ledger follows the storages
that are really made and really dropped, once at evaluation for the peak, once in training for what stays.

What autograd keeps of each operation is `_KEPT` (after PyTorch's tools/autograd/derivatives.yaml). The tests compare
with the allocations that PyTorch's profiler sees in real runs on a CPU: equal to the byte.

What is not in the figures: the scratch that a kernel takes and gives back within one operation (reordered weights,
unfolded patches), which differs between processors and exceeds the activations of a small picture, and whatever the
allocator or a GPU's libraries hold in reserve.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from types import MappingProxyType
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from resnet.catalogue import Net
from resnet.errors import UserError
from resnet.operations import operation_name
from resnet.tracing import ModuleRequest, RowRequest, made_by_call, pretend, request, run_empty, tensors_in

DTYPES: Mapping[str, torch.dtype] = MappingProxyType(
    {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}
)

#: How many numbers an optimizer remembers for each weight: plain SGD none, momentum the last step, Adam (Kingma and Ba
#: 2014, arXiv 1412.6980) the means of the gradient and of its square.
OPTIMIZERS: Mapping[str, int] = MappingProxyType({"sgd": 0, "momentum": 1, "adam": 2})

MAX_BATCH = 65_536  # pictures; larger is a typing error far more often than a wish


@dataclass(frozen=True, slots=True)
class Memory:
    """What a network takes, in bytes.

    `unknown` names operations without a rule for what autograd keeps: `activations` and `training` are too low by that.
    """

    weights: int  # all parameters
    buffers: int  # running means and variances of norms, and their counters
    activations: int  # alive after a forward pass in training: what autograd keeps, the pictures and the answer
    inference_peak: int  # the most that is alive at once in a forward pass at evaluation, the pictures included
    gradients: int  # one number for each weight
    optimizer: int  # its state after the first step
    unknown: tuple[str, ...]

    @property
    def inference(self) -> int:
        """Bytes to answer one batch: weights, buffers and the peak."""
        return self.weights + self.buffers + self.inference_peak

    @property
    def training(self) -> int:
        """Bytes to train: the sum of all parts, as if each were there in full at once.

        An estimate, usually from above: the backward pass lets go of activations while it makes gradients.
        """
        return self.weights + self.buffers + self.activations + self.gradients + self.optimizer


def memory_of(
    net: str | Net | nn.Module,
    input_shape: Sequence[int] | None = None,
    *,
    num_classes: int | None = None,
    batch: int = 1,
    dtype: str = "float32",
    optimizer: str = "sgd",
) -> Memory:
    """The memory of a network of the catalogue, or of any module that takes one tensor of pictures.

    No weight is allocated and nothing is computed. The whole net and the pictures are of one dtype; int64 stay the
    counters of norms and the indices max-pools keep for training.

    Args:
        net: a name such as "resnet50", a row of the catalogue, or a module; a module is left as it was.
        input_shape: (channels, height, width); for a name or row it may be left out.
        num_classes: outputs of the head, for a name or row; a module has its own.
        batch: pictures at once.
        dtype: a key of `DTYPES`.
        optimizer: a key of `OPTIMIZERS`.

    Raises:
        UserError: unknown name, dtype or optimizer, or a shape or batch the network cannot work on.
    """
    if dtype not in DTYPES:
        raise UserError(f"There is no dtype {dtype!r} here", where="dtype", cure=f"Choose from {', '.join(DTYPES)}")
    if optimizer not in OPTIMIZERS:
        cure = f"Choose from {', '.join(OPTIMIZERS)}"
        raise UserError(f"There is no optimizer {optimizer!r} here", where="optimizer", cure=cure)
    if isinstance(batch, bool) or not isinstance(batch, int) or not 1 <= batch <= MAX_BATCH:
        raise UserError(f"{batch!r} pictures at once are not possible", where="batch", cure=f"Choose 1 to {MAX_BATCH}")
    asked = request(net, input_shape, num_classes)
    memory = _memory(asked, batch, dtype) if isinstance(asked, ModuleRequest) else _memory_of_row(asked, batch, dtype)
    return replace(memory, optimizer=OPTIMIZERS[optimizer] * memory.weights)


@lru_cache(maxsize=256)
def _memory_of_row(asked: RowRequest, batch: int, dtype: str) -> Memory:
    return _memory(asked, batch, dtype)


def _memory(asked: RowRequest | ModuleRequest, batch: int, dtype: str) -> Memory:
    """All but the optimizer's, which is left at 0."""
    model = asked.build_empty().to(DTYPES[dtype])
    pictures = torch.empty((batch, *asked.shape), dtype=DTYPES[dtype], device="meta")
    answering, training = _Ledger(model), _Ledger(model)
    run_empty(model.eval(), pictures, _Bookkeeper(answering, pictures))
    bookkeeper = _Bookkeeper(training, pictures, training=True)
    answer = run_empty(model.train(), pictures, bookkeeper)
    activations = training.alive  # here, where the answer is still among them
    del answer
    weights = sum(parameter.nbytes for parameter in model.parameters())
    return Memory(
        weights=weights,
        buffers=sum(buffer.nbytes for buffer in model.buffers()),
        activations=activations,
        inference_peak=answering.peak,
        gradients=weights,
        optimizer=0,
        unknown=tuple(sorted(bookkeeper.unknown)),
    )


class _Ledger:
    """Bytes of the storages that are alive, a model's weights and buffers apart.

    Not of tensors, because a view (`flatten`, a slice) is another tensor on the same bytes.
    """

    def __init__(self, model: nn.Module) -> None:
        self.alive = 0
        self.peak = 0
        self._listed = {_identity(tensor) for tensor in (*model.parameters(), *model.buffers())}

    def enter(self, tensor: Tensor) -> None:
        """Count the storage of this tensor, if it is not there yet, until nothing refers to it any more."""
        identity = _identity(tensor)
        if identity in self._listed:
            return
        storage = tensor.untyped_storage()
        size = storage.nbytes()
        self._listed.add(identity)
        self.alive += size
        self.peak = max(self.peak, self.alive)
        weakref.finalize(storage, self._strike, identity, size).atexit = False

    def _strike(self, identity: int, size: int) -> None:
        self._listed.remove(identity)
        self.alive -= size


def _identity(tensor: Tensor) -> int:
    return tensor.untyped_storage()._cdata


def _extra(shape: tuple[int, ...], dtype: torch.dtype) -> Tensor:
    """A tensor that the program never sees: made by an operation for its own gradient."""
    return torch.empty(shape, dtype=dtype, device="meta")


#: What autograd keeps of an operation with this input and output until the backward pass has used it. A weight's
#: gradient needs the layer's input; the gradient of a ReLU needs only which outputs are above zero; an addition hands
#: its gradient on and needs nothing. What several operations keep is there once.
_KEPT: Mapping[str, Callable[..., list[Tensor]]] = {
    "conv2d": lambda x, y: [x],
    "linear": lambda x, y: [x],
    "batch_norm": lambda x, y: [x, _extra((2, x.shape[1]), x.dtype)],  # mean and 1/deviation of the batch
    "relu": lambda x, y: [y],
    "max_pool2d": lambda x, y, *places: [x, *(places or [_extra(tuple(y.shape), torch.int64)])],  # of each maximum
    "avg_pool2d": lambda x, y: [x],
    "adaptive_avg_pool2d": lambda x, y: [] if tuple(y.shape[2:]) == (1, 1) else [x],  # to 1x1 it is a plain mean
    "dropout": lambda x, y: [_extra(tuple(y.shape), y.dtype)],  # the mask, of the dtype on CPUs, of bytes on GPUs
    "add": lambda x, y: [],
    "cat": lambda x, y: [],
    "flatten": lambda x, y: [],
    "slice": lambda x, y: [],
    "pad": lambda x, y: [],
}


class _Bookkeeper(TorchFunctionMode):
    """Enters every output of every operation into a ledger; in training it holds on to what autograd would keep.

    Not the ledger itself, which its own finalizers keep alive as long as there are storages: tensors in its hands would
    never go.
    """

    def __init__(self, ledger: _Ledger, pictures: Tensor, training: bool = False) -> None:
        super().__init__()
        self.unknown: set[str] = set()
        self._ledger = ledger
        self._training = training
        self._kept: list[Tensor] = []
        ledger.enter(pictures)

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        output = pretend(func, args, kwargs)
        for tensor in tensors_in((output,)):
            self._ledger.enter(tensor)
        made = made_by_call(func, output)
        if self._training and made:
            self._keep(operation_name(func), args[0] if args else kwargs.get("input"), made)
        return output

    def _keep(self, operation: str, input: Any, made: list[Tensor]) -> None:
        """Hold what autograd would, so that it stays alive."""
        if operation not in _KEPT:
            self.unknown.add(operation)
            return
        kept = _KEPT[operation](input, *made)
        for tensor in kept:
            self._ledger.enter(tensor)
        self._kept += kept
