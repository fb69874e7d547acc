"""ImageNet weights that were downloaded before: whether there are any is told without asking the network."""

from __future__ import annotations

from pathlib import Path

from resnet.pretrained import FILE_NAME, imagenet_repository


def kept(net: str) -> Path | None:
    """The ImageNet weights of a net as they were downloaded before; nobody is asked whether there are newer ones.

    Raises:
        UserError: the net has none.
    """
    import huggingface_hub as hub  # late: whoever gives a path never needs it

    found = hub.try_to_load_from_cache(imagenet_repository(net), FILE_NAME)
    return Path(found) if isinstance(found, str) else None


def is_offline() -> bool:
    """Whether nothing may be downloaded: HF_HUB_OFFLINE is set."""
    from huggingface_hub import constants

    return bool(constants.HF_HUB_OFFLINE)
