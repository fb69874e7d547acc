"""How familiar a picture looks to a net: is it like anything the net was trained on?

A net that only knows cats and dogs calls a car one of the two, and often surely. What gives the car away are its
features: they lie far from those of the training pictures. How far is said as a part of held-out pictures, a conformal
p-value (Bates et al. 2021, arXiv 2104.08279).

Measured with a `resnet18_w40` of 93 % on photos, trained on photos and drawn pets, at 96 px: below `UNFAMILIAR` are 1 %
of other photos and drawings of pets, 96 % of noise, plain colours, gradients and stripes, every page of text, 86 % of
charts, 99 % of drawn scenes without an animal, and 36 % of 44 real photos of other things (area under the ROC curve
0.92).

N pictures, D features of a layer, R directions kept of them.
"""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from resnet.errors import UserError
from resnet.network import ResNet
from train.evaluate import evaluating, logits_of

UNFAMILIAR = 0.02  # below: unlike anything the net was trained on; so are two in a hundred pictures of its own kind
DIRECTIONS = 16  # R, where so many fit
MOST_NUMBERS = 32_768  # in all Gaussians together: 64 kB as float16, 87 kB as text
LEVELS = 499  # quantiles kept, so that familiarity comes in steps of 1/500
TINY = 1e-12  # a variance or a distance is never less
MOST_TEXT = 200_000  # characters a stranger may write
HUGE = 1e9  # no number in there is larger


@dataclass(frozen=True, slots=True, eq=False)
class Gaussian:
    """Where the features of training pictures lie: a probabilistic PCA of one layer (Tipping and Bishop 1999).

    Features are brought to length 1 first: their length says more of contrast and sharpness than of what is seen
    (Müller and Hein 2025, arXiv 2505.18032).

    Attributes:
        centre: D float16.
        directions: R,D float16, in which they vary most: at right angles, each of length 1.
        variances: R + 1, along each direction and along any other.
    """

    centre: Tensor
    directions: Tensor
    variances: tuple[float, ...]

    @classmethod
    def fit(cls, features: Tensor, directions: int) -> Gaussian:
        """Fit to N,D features; R is `directions`, or less where N or D do not allow so many."""
        unit = _unit(features)
        centre = unit.mean(dim=0).half()
        away = unit - centre
        count = max(1, min(directions, len(unit) - 1, unit.shape[1] - 1))
        vectors = torch.linalg.eigh(away.T @ away).eigenvectors  # the last varies most
        kept = vectors[:, -count:].T.flip(0).half()
        variances = _squares(away, kept).mean(dim=0)
        variances[-1] /= max(1, unit.shape[1] - count)
        return cls(centre, kept, tuple(variances.clamp(min=TINY).tolist()))

    def distance(self, features: Tensor) -> Tensor:
        """Squared Mahalanobis distance of N,D features from the centre: N float64."""
        squares = _squares(_unit(features) - self.centre, self.directions)
        return (squares / torch.tensor(self.variances, dtype=torch.float64)).sum(dim=1)


@dataclass(frozen=True, slots=True, eq=False)
class Familiarity:
    """Tells pictures like those a net was trained on from others, by the features that `look` gives.

    Attributes:
        gaussians: one for each layer that is looked at.
        quantiles: strangeness of pictures held out of training, ascending: all of them, or `LEVELS` quantiles.
    """

    gaussians: tuple[Gaussian, ...]
    quantiles: tuple[float, ...]

    @classmethod
    def fit(cls, training: Sequence[Tensor], held_out: Sequence[Tensor]) -> Familiarity:
        """Fit to the features, one N,D tensor a layer, of training pictures and of others of the same kind.

        With fewer than 50 held out, no picture can ever be called unfamiliar.
        """
        directions = min(DIRECTIONS, MOST_NUMBERS // sum(each.shape[1] for each in training) - 1)
        gaussians = tuple(Gaussian.fit(each, directions) for each in training)
        strangeness = _strangeness(gaussians, held_out)
        if len(strangeness) > LEVELS:
            strangeness = strangeness.quantile((torch.arange(LEVELS, dtype=torch.float64) + 0.5) / LEVELS)
        return cls(gaussians, tuple(round(value, 5) for value in strangeness.sort().values.tolist()))

    def of(self, features: Sequence[Tensor]) -> Tensor:
        """Which part of held-out pictures is no more familiar than each of these: N float64, above 0 up to 1.

        Of pictures like those held out a part p has a familiarity of p or less, whatever p is. Nothing is less
        familiar than 1 / (number of quantiles + 1).

        Args:
            features: one N,D tensor a layer.
        """
        quantiles = torch.tensor(self.quantiles, dtype=torch.float64)
        below = torch.searchsorted(quantiles, _strangeness(self.gaussians, features))
        return (len(quantiles) - below + 1).double() / (len(quantiles) + 1)  # 10/500 is not below 0.02, in float64

    def to_json(self) -> str:
        """Everything as text, from which `from_json` makes the same again, to the last bit."""
        gaussians = [
            {
                "centre": _pack(each.centre),
                "directions": _pack(each.directions),
                "variances": each.variances,
            }
            for each in self.gaussians
        ]
        return json.dumps({"gaussians": gaussians, "quantiles": self.quantiles})

    @classmethod
    def from_json(cls, text: str, sizes: Sequence[int], where: str) -> Familiarity:
        """Read what anyone may have written.

        Args:
            text: as `to_json` writes it.
            sizes: D of each layer of the net it has to fit, from `feature_sizes`.
            where: the file, for the refusal.

        Raises:
            UserError: it is something else, or made for another net.
        """
        try:
            if len(text) > MOST_TEXT:
                raise ValueError
            found = _Fields(json.loads(text), {"gaussians", "quantiles"})
            gaussians = tuple(_gaussian(each, size) for each, size in zip(found.list("gaussians"), sizes, strict=True))
            quantiles = found.numbers("quantiles", -HUGE)
            if any(low > high for low, high in pairwise(quantiles)):
                raise ValueError
        except (ValueError, RecursionError):
            raise UserError(
                "What the file says of 'familiarity' is impossible, or of another net",
                where=where,
                cure="It was altered or damaged: take the original checkpoint",
            ) from None
        return cls(gaussians, quantiles)


# Features


def look(model: nn.Module, images: Tensor, mirrored: bool) -> tuple[Tensor, tuple[Tensor, ...]]:
    """What a net answers, and the features that tell how familiar the pictures are. Other threads may use it too.

    Args:
        model: takes N,3,S,S normalised; in evaluation mode.
        images: N,3,S,S, normalised.
        mirrored: whether both are means over each picture and its mirror image.

    Returns:
        Logits N,K float32, and one N,D float32 tensor a layer, on the net's device.
    """
    with _watching(model) as seen:
        logits = logits_of(model, images, mirrored)
    return logits, tuple(torch.stack(calls).mean(dim=0) for calls in seen)


def feature_sizes(model: nn.Module, side: int) -> tuple[int, ...]:
    """D of each layer that `look` watches, for pictures of `side` pixels; costs nothing on the meta device."""
    with evaluating(model):
        blank = torch.zeros(1, 3, side, side, device=next(model.parameters()).device)
        return tuple(each.shape[1] for each in look(model, blank, mirrored=False)[1])


@contextmanager
def _watching(model: nn.Module) -> Iterator[list[list[Tensor]]]:
    """Collect features while the `with` body runs: a list for each layer, with an N,D tensor for each call.

    By the input of the last linear layer the net decides. What it has no class for may be lost there already, so a
    ResNet's inner stages, averaged over their pixels, are asked too: they tell textures, noise and paper. The first
    stage is not: it sees edges and colours, in which anything is like anything.
    """
    stages = list(model.stages())[1:-1] if isinstance(model, ResNet) else []
    *_, last = (module for module in model.modules() if isinstance(module, nn.Linear))
    own = threading.get_ident()
    seen: list[list[Tensor]] = [[] for _ in (*stages, last)]

    def keep(calls: list[Tensor], features: Tensor) -> None:
        if threading.get_ident() == own:
            calls.append(features.detach().float().clone())

    def keep_map(calls: list[Tensor]) -> Callable[[nn.Module, Any, Tensor], None]:
        return lambda _module, _inputs, output: keep(calls, output.mean(dim=(2, 3)))

    hooks = []
    try:
        for stage, calls in zip(stages, seen, strict=False):
            hooks.append(stage.register_forward_hook(keep_map(calls)))
        hooks.append(last.register_forward_pre_hook(lambda _module, inputs: keep(seen[-1], inputs[0])))
        yield seen
    finally:
        for hook in hooks:
            hook.remove()


# Numbers


def _unit(features: Tensor) -> Tensor:
    """N,D of any type and place to float64 of length 1 each."""
    return nn.functional.normalize(features.to("cpu", torch.float64))


def _squares(away: Tensor, directions: Tensor) -> Tensor:
    """N,D differences to their squares along each of R directions, and what is left along all others: N,R+1."""
    along = (away @ directions.double().T).square()
    others = away.square().sum(dim=1, keepdim=True) - along.sum(dim=1, keepdim=True)
    return torch.cat([along, others.clamp(min=0)], dim=1)


def _strangeness(gaussians: Sequence[Gaussian], features: Sequence[Tensor]) -> Tensor:
    """Mean over the layers of the distance's logarithm: N float64. A factor counts the same in each layer."""
    distances = [gaussian.distance(each) for gaussian, each in zip(gaussians, features, strict=True)]
    return torch.stack(distances).clamp(min=TINY).log().mean(dim=0)


# Text


def _pack(numbers: Tensor) -> str:
    return base64.b64encode(numbers.numpy().astype("<f2").tobytes()).decode("ascii")


def _gaussian(value: object, size: int) -> Gaussian:
    """Raises ValueError for what is none of D = `size`."""
    found = _Fields(value, {"centre", "directions", "variances"})
    variances = found.numbers("variances", TINY)
    directions = found.tensor("directions", (len(variances) - 1, size))
    return Gaussian(found.tensor("centre", (size,)), directions, variances)


class _Fields:
    """A JSON object of exactly these keys, read one at a time; ValueError for whatever is not as it should be."""

    def __init__(self, value: object, keys: set[str]) -> None:
        if not isinstance(value, dict) or value.keys() != keys:
            raise ValueError
        self._value: dict[str, Any] = value

    def list(self, key: str) -> list[Any]:
        if not isinstance(self._value[key], list):
            raise ValueError
        return self._value[key]

    def numbers(self, key: str, low: float) -> tuple[float, ...]:
        """At least one number, each from `low` to `HUGE`, which NaN is not."""
        values = self.list(key)
        if not values or not all(type(value) in (int, float) and low <= value <= HUGE for value in values):
            raise ValueError
        return tuple(map(float, values))

    def tensor(self, key: str, shape: tuple[int, ...]) -> Tensor:
        """Packed float16 numbers of that shape, all finite."""
        text = self._value[key]
        if not isinstance(text, str):
            raise ValueError
        numbers = np.frombuffer(base64.b64decode(text, validate=True), "<f2").astype(np.float16)
        if not np.isfinite(numbers).all():
            raise ValueError
        return torch.from_numpy(numbers.reshape(shape))
