"""Where a net looked, three ways. The arithmetic is captum's.

All three are asked about a class's logit, or about the difference of two classes' logits, and answer in logits with a
sign: above 0 speaks for the class, below 0 against it. No map is scaled to its own maximum, so a picture without
evidence gives small numbers.

`grad_cam`
    Selvaraju et al. 2017, "Grad-CAM: Visual Explanations from Deep Networks", arXiv 1610.02391, section 3, without
    its ReLU. As fine as the layer's maps.
`integrated_gradients`
    Sundararajan et al. 2017, "Axiomatic Attribution for Deep Networks", arXiv 1703.01365. For each pixel.
`occlusion`
    Zeiler and Fergus 2013, "Visualizing and Understanding Convolutional Networks", arXiv 1311.2901, section 4.2. No
    gradient: what the logit loses when a patch is covered.

N pictures, K classes, S pixels a side. "Grey" is 0 once normalised: the mean colour of the training pictures.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TypeAlias

import torch
from torch import Tensor, nn

from resnet.activations import watch
from resnet.errors import UserError

STEPS = 16  # of the way from grey to the picture, in integrated gradients
PASS_PICTURES = 8  # through the net at once, where one map takes many

Choice: TypeAlias = Callable[[Tensor], "tuple[Tensor, Tensor | None]"]  # from logits to classes


def grad_cam(model: nn.Module, images: Tensor, layer: str, labels: Tensor, against: Tensor | None = None) -> Tensor:
    """What the logit would be if every place were like this one.

    A layer's map A_k counts with the sum w_k of the logit's gradient over its places; the heat at a place is the sum
    over the maps of w_k A_k: Selvaraju's map times the number of places, so that its size does not depend on how fine
    the layer is. At the layer before a global mean and one linear layer (`layer4` of a residual net) this is exact:
    the mean of the heat plus the head's bias is the logit, and the heat is the class activation map of Zhou et al.
    2015, arXiv 1512.04150. At earlier layers it is a first-order estimate.

    The model is given back as it was: mode, hooks and gradients.

    Args:
        model: answers N,3,S,S with N,K logits.
        images: N,3,S,S, normalised.
        layer: a name from `resnet.activations.layer_names` whose output has a height and a width.
        labels: N int64, for which class of each picture.
        against: N int64: the logit of `labels` minus that of these classes is asked about.

    Returns:
        N,h,w float32, in logits.

    Raises:
        UserError: there is no such layer, or its output has no height and width.
    """
    return grad_cam_and_logits(model, images, layer, lambda _logits: (labels, against))[0]


def grad_cam_and_logits(model: nn.Module, images: Tensor, layer: str, choose: Choice) -> tuple[Tensor, Tensor]:
    """`grad_cam` of classes that are chosen by the net's own answer, which the same pass gives.

    Args:
        model: as in `grad_cam`.
        images: N,3,S,S, normalised.
        layer: as in `grad_cam`.
        choose: from N,K logits to `labels` and `against` of `grad_cam`; what it raises is passed on.

    Returns:
        The heat, N,h,w float32, and the logits, N,K.

    Raises:
        UserError: as `grad_cam`.
    """
    from captum.attr import LayerGradCam  # takes seconds, which only who asks for a heat map should wait

    answers = []

    def score(images: Tensor) -> Tensor:
        logits = model(images)
        answers.append(logits.detach())
        return _speaking(logits, *choose(answers[0]))

    with watch(model, [layer]) as seen, torch.enable_grad():
        cam = LayerGradCam(score, model.get_submodule(layer))
        try:
            heat = cam.attribute(images.detach())
        except AssertionError:  # captum's, of a layer that is not called
            if layer in seen:
                raise
    if layer not in seen or seen[layer].ndim != 4:
        what = f"{layer} puts out no maps with a height and a width"
        raise UserError(what, where="layer", cure="Choose a layer before the last pooling, such as layer4")
    places = heat.shape[2] * heat.shape[3]
    return heat.detach()[:, 0].float() * places, answers[0]


def integrated_gradients(model: nn.Module, images: Tensor, labels: Tensor, against: Tensor | None = None) -> Tensor:
    """What each pixel adds to the logit on the way from a grey picture to this one, times the number of pixels.

    Over `STEPS` pictures between the two, the mean gradient times the way the pixel goes, added over its colours. So
    multiplied, the mean of the heat is the logit of the picture minus that of a grey one, up to the error of so few
    steps.

    Args:
        model: answers N,3,S,S with N,K logits; given back as it was.
        images: N,3,S,S, normalised.
        labels: N int64, for which class of each picture.
        against: N int64, as in `grad_cam`.

    Returns:
        N,S,S float32, in logits.
    """
    from captum.attr import IntegratedGradients

    with watch(model, []), torch.enable_grad():
        heat = IntegratedGradients(_score(model)).attribute(
            images.detach().requires_grad_(),
            additional_forward_args=_classes(labels, against),
            n_steps=STEPS,
            internal_batch_size=max(PASS_PICTURES, len(images)),
        )
    places = heat.shape[2] * heat.shape[3]
    return heat.detach().sum(dim=1).float() * places


def occlusion(model: nn.Module, images: Tensor, labels: Tensor, against: Tensor | None = None) -> Tensor:
    """What the logit loses when a grey patch covers the place: the mean over all patches that cover it.

    Args:
        model: answers N,3,S,S with N,K logits; given back as it was.
        images: N,3,S,S, normalised.
        labels: N int64, for which class of each picture.
        against: N int64, as in `grad_cam`.

    Returns:
        N,S,S float32, in logits; equal within squares as wide as the stride of `patch`.
    """
    from captum.attr import Occlusion

    side, stride = patch(images.shape[-1])
    with watch(model, []), torch.no_grad():
        heat = Occlusion(_score(model)).attribute(
            images.detach(),
            sliding_window_shapes=(images.shape[1], side, side),
            strides=(images.shape[1], stride, stride),
            additional_forward_args=_classes(labels, against),
            perturbations_per_eval=max(1, PASS_PICTURES // len(images)),
        )
    return heat[:, 0].float()


def patch(side: int) -> tuple[int, int]:
    """The side of the patch that covers, and how far it moves each time, in pixels: a third of the picture and a third
    of that, about 49 patches. At 176 pixels 59 and 20.

    A patch of a quarter is too small: what it covers, the shipped `photos` hardly misses. At the hottest place a
    drawing's class loses 0.3 logits (divided by the temperature; mean of 12), with a patch of a third 0.6.
    """
    covered = max(1, round(side / 3))
    return covered, math.ceil(covered / 3)


def _score(model: nn.Module) -> Callable[..., Tensor]:
    """What is explained, as captum asks for it: N numbers."""

    def score(images: Tensor, labels: Tensor, against: Tensor | None = None) -> Tensor:
        return _speaking(model(images), labels, against)

    return score


def _speaking(logits: Tensor, labels: Tensor, against: Tensor | None) -> Tensor:
    """Of N,K logits the N that are explained."""
    speaking = logits.gather(1, labels[:, None])[:, 0]
    return speaking if against is None else speaking - logits.gather(1, against[:, None])[:, 0]


def _classes(labels: Tensor, against: Tensor | None) -> tuple[Tensor, ...]:
    return (labels,) if against is None else (labels, against)
