"""Where a net looked: Grad-CAM (Selvaraju et al. 2017, "Grad-CAM: Visual Explanations from Deep Networks", section 3).

The class's logit is differentiated with respect to the maps a layer puts out; the mean of that gradient over a map
says how much the map speaks for the class; the maps, weighed so and added, are high where the evidence lies. What
speaks against the class is cut off at 0. The arithmetic is captum's.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from resnet.activations import watch
from resnet.errors import UserError


def grad_cam(model: nn.Module, images: Tensor, layer: str, labels: Tensor) -> Tensor:
    """Heat maps of what speaks for a class, as fine as the layer's own maps.

    The model is given back as it was: mode, hooks and gradients.

    Args:
        model: answers N,3,S,S with N,K logits.
        images: N,3,S,S, normalised.
        layer: a name from `resnet.activations.layer_names` whose output has a height and a width.
        labels: N int64, for which class of each picture.

    Returns:
        N,h,w float32, 0 where nothing speaks for the class.

    Raises:
        UserError: there is no such layer, or its output has no height and width.
    """
    from captum.attr import LayerGradCam  # takes seconds, which only who asks for a heat map should wait

    with watch(model, [layer]) as seen, torch.enable_grad():
        with torch.no_grad():
            model(images)
        if layer not in seen or seen[layer].ndim != 4:
            what = f"{layer} puts out no maps with a height and a width"
            raise UserError(what, where="layer", cure="Choose a layer before the last pooling, such as layer4")
        cam = LayerGradCam(model, model.get_submodule(layer))
        heat = cam.attribute(images, target=labels, relu_attributions=True)
    return heat.detach()[:, 0].float()
