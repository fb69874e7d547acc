"""Weights that somebody trained: from a file, or from the Hugging Face Hub.

torchvision's own ImageNet weights of the ten ResNets lie on the Hub as safetensors, repository `timm/<name>.tv_in1k`,
with torchvision's parameter names (BSD-3). `huggingface_hub` fetches them, resumes where a connection broke, and keeps
them for next time; HF_ENDPOINT, HF_HOME, HF_HUB_OFFLINE and a login are honoured because they are its own.
"""

from __future__ import annotations

import hashlib
import os
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from resnet import weights
from resnet.catalogue import CATALOGUE, Net
from resnet.design import PREFIX
from resnet.errors import UserError

FILE_NAME = "model.safetensors"  # what the Hub and a run's folder call their weights
HUB = "hub:"
#: The nets that have ImageNet weights under their own name.
IMAGENET = (
    *("resnet18", "resnet34", "resnet50", "resnet101", "resnet152"),
    *("resnext50_32x4d", "resnext101_32x8d", "resnext101_64x4d", "wide_resnet50_2", "wide_resnet101_2"),
)
LARGEST_BYTES = 1_200_000_000  # VGG-19, the largest net of the catalogue, takes 575 MB in float32 and twice in float64
RANDOM_RUN_ID = re.compile(r"[0-9a-f]{32}")  # of a run that nobody named
SHA256 = re.compile(r"[0-9a-f]{64}")

Weights = str | os.PathLike[str]
Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class WeightFile:
    """A weight file on this computer, and what refusals call it."""

    path: Path
    where: str


@dataclass(frozen=True, slots=True)
class Download:
    """Weights that are not on this computer yet: the folder they will come to, and their bytes (0: nobody says)."""

    folder: Path
    size: int


def load(net: Net, given: Weights, *, tell: Tell | None = None, **kwargs: Any) -> nn.Module:
    """A net with weights from a file, on PyTorch's current default device; no time is spent on drawing initial ones.

    Args:
        net: a row of the catalogue.
        given: as `locate`.
        tell: as `locate`.
        kwargs: as `Net.build`.

    Raises:
        UserError: as `locate`, `Net.build` and `weights.load`; or the file is of another net or other classes.
    """
    device = torch.get_default_device()
    with torch.device("meta"):
        model = net.build(**kwargs)
    file = locate(net.name, given, tell=tell)
    header = weights.header(file.path, where=file.where)
    check_net(header, net.name, where=file.where)
    _check_classes(model, header, file.where)
    weights.expect(model, header, where=file.where)  # before memory is taken for it
    model = model.to_empty(device=device)
    weights.load(file.path, model, where=file.where)
    return model


def locate(net: str, given: Weights, *, tell: Tell | None = None) -> WeightFile:
    """The file that some words stand for, downloaded where it has to be.

    Args:
        net: a name of the catalogue.
        given: "imagenet"; "hub:OWNER/NAME", a repository of the Hub; or the path of a safetensors file or of a folder
            with a model.safetensors in it, such as a run's.
        tell: called with one sentence, the size among it, before anything is downloaded; by default it is printed to
            standard error.

    Raises:
        UserError: there is no such file, the net has no ImageNet weights, or the download failed; the cure names the
            file to download by hand.
    """
    repository = _repository(net, given)
    if repository is not None:
        return _fetch(repository, tell or _print)
    path, where = Path(given), called(given)
    if not os.path.exists(path):
        if RANDOM_RUN_ID.fullmatch(path.name):
            raise UserError("This run is not there, or no longer", where=where, cure="Begin with other weights")
        cure = 'Give the path of a .safetensors file or of a run\'s folder, "imagenet", or "hub:OWNER/NAME"'
        raise UserError("There is no such file", where=where, cure=cure)
    if not path.is_dir():
        return WeightFile(path, where)
    if not (path / FILE_NAME).exists():
        cure = "Choose another; a run has weights from the end of its first epoch on"
        raise UserError(f"This folder holds no weights ({FILE_NAME})", where=where, cure=cure)
    return WeightFile(path / FILE_NAME, where)


def called(given: Weights) -> str:
    """What some weights are called where others may read it: a repository by its name, a path by its last part.

    Of the id of a run that nobody named only the beginning: whoever knows all of it may watch that run.
    """
    if isinstance(given, str) and given.startswith(HUB):
        return given
    name = Path(given).name
    return f"run {name[:8]}" if RANDOM_RUN_ID.fullmatch(name) else name


def missing(net: str, given: Weights) -> Download | None:
    """What `locate` would download; None where it is here already. Arguments and errors as `locate`."""
    repository = _repository(net, given)
    if repository is None or (kept := _look_up(repository)).path:
        return None
    from huggingface_hub import constants
    from huggingface_hub.file_download import repo_folder_name

    folder = Path(constants.HF_HUB_CACHE) / repo_folder_name(repo_id=repository, repo_type="model")
    return Download(folder, kept.size or 0)


def imagenet_repository(net: str) -> str:
    """The repository with a net's ImageNet weights. UserError: the net has none."""
    if net not in IMAGENET:
        cure = f"Leave them out, or choose one that has: {', '.join(IMAGENET)}"
        raise UserError(f"There are no ImageNet weights of {net}", where="weights", cure=cure)
    return f"timm/{net}.tv_in1k"


def check_net(found: weights.Header, net: str, *, where: str) -> None:
    """Refuse a file that says it is of another net: some differ in nothing that shapes show, such as a stride's place.

    Raises:
        UserError: naming that net.
    """
    said = found.metadata.get("net", net)
    if said != net and (said in CATALOGUE or said.startswith(PREFIX)):
        raise UserError(f"These weights are of {said}, not of {net}", where=where, cure=f"Choose the net {said}")


def head_of(model: nn.Module) -> str:
    """The path of a net's last linear layer, which tells the classes apart; "" if it has none."""
    return next((path for path, module in reversed([*model.named_modules()]) if isinstance(module, nn.Linear)), "")


def other_classes(model: nn.Module, found: weights.Header) -> int | None:
    """How many classes the file's head tells apart; None where as many as the model's, or not a head of the kind."""
    name = f"{head_of(model)}.weight"
    if name not in found.tensors or name not in model.state_dict():
        return None
    (classes, *features), (own, *own_features) = found.tensors[name].shape or (0,), model.state_dict()[name].shape
    return classes if features == own_features and classes != own else None


def _check_classes(model: nn.Module, found: weights.Header, where: str) -> None:
    if (classes := other_classes(model, found)) is not None:
        own = model.state_dict()[f"{head_of(model)}.weight"].shape[0]
        raise UserError(
            f"These weights tell {classes:,} classes apart, the net {own:,}",
            where=where,
            cure=f"Give num_classes={classes}; a training that starts from them (init) may have other classes",
        )


# --- The Hub ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Kept:
    """What the Hub says of a repository's weights (nothing where it is out of reach), and the copy that is here."""

    url: str
    path: str | None
    size: int | None = None
    etag: str | None = None


def _repository(net: str, given: Weights) -> str | None:
    """The repository that some words name, None where they are a path. UserError: the net has no such weights."""
    if given == "imagenet":
        return imagenet_repository(net)
    if isinstance(given, str) and given.startswith(HUB):
        return given.removeprefix(HUB)
    return None


def _look_up(repository: str) -> _Kept:
    """A repository's weights as they were kept last time, if they are current or the Hub is out of reach."""
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")  # it would ask for more than the weights, and tell more
    import huggingface_hub as hub  # late: whoever gives a path never needs it

    try:
        url = hub.hf_hub_url(repository, FILE_NAME)
    except ValueError:
        url = ""
    if not url or "/" not in repository:
        cure = "Write hub:OWNER/NAME, such as hub:timm/resnet18.tv_in1k"
        raise UserError("This cannot be a repository of the Hub", where=repository[:100], cure=cure)
    # What goes wrong in there may be an error of the library, of its HTTP client, of Xet or of the disk.
    try:
        there = hub.get_hf_file_metadata(url)
    except Exception as error:
        kept = hub.try_to_load_from_cache(repository, FILE_NAME)
        if isinstance(kept, str):
            return _Kept(url, kept)
        raise _refusal(error, repository, url) from error
    path = hub.try_to_load_from_cache(repository, FILE_NAME, revision=there.commit_hash)
    return _Kept(url, path if isinstance(path, str) else None, there.size, there.etag)


def _fetch(repository: str, tell: Tell) -> WeightFile:
    """A repository's weights, downloaded where they are not kept."""
    import huggingface_hub as hub

    kept = _look_up(repository)
    if (path := kept.path) is None:
        _announce(repository, kept.size, tell)
        try:
            path = hub.hf_hub_download(repository, FILE_NAME)
        except Exception as error:
            raise _refusal(error, repository, kept.url) from error
    _verify(Path(path), kept.etag, repository, kept.url)
    return WeightFile(Path(path), repository)


def _announce(repository: str, size: int | None, tell: Tell) -> None:
    """Tell how large the download is; refuse one that no net here can need."""
    if size is None:
        tell(f"Downloading the weights of {repository}; the Hub does not say how large they are")
    elif size <= LARGEST_BYTES:
        tell(f"Downloading the weights of {repository}, {size / 1e6:,.1f} MB")
    else:
        raise UserError(
            f"Its weights are {size / 1e6:,.0f} MB, more than any net of the catalogue takes",
            where=repository,
            cure="Choose a repository with the weights of this net",
        )


def _verify(path: Path, etag: str | None, repository: str, url: str) -> None:
    """Compare a file with the hash that the Hub names it by; one that differs is removed, so that nobody meets it."""
    if etag is None or not SHA256.fullmatch(etag):
        return  # a mirror of its own ways
    found = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(1 << 20):
            found.update(piece)
    if found.hexdigest() == etag:
        return
    for copy in {path.resolve(), path}:  # the cache links a name to the numbers
        copy.unlink(missing_ok=True)
    raise UserError(
        "The weights arrived damaged (their SHA-256 is not the Hub's) and were removed",
        where=repository,
        cure=f"Try again, or {_by_hand(url)}",
    )


def _refusal(error: Exception, repository: str, url: str) -> UserError:
    from huggingface_hub import errors

    status = getattr(getattr(error, "response", None), "status_code", None)
    if isinstance(error, errors.OfflineModeIsEnabled):
        what, cure = "HF_HUB_OFFLINE is set, and these weights were not downloaded before", "Unset it"
    elif isinstance(error, errors.RemoteEntryNotFoundError):
        what, cure = f"This repository has no {FILE_NAME}", "Choose another"
    elif status in (401, 403, 404):
        what = f"The Hub has no such repository, or does not show it to you (HTTP {status})"
        cure = "Check the name, or log in with `hf auth login`"
    elif status is not None:
        what, cure = f"The Hub answered HTTP {status}", "Try again later"
    elif isinstance(error, OSError) and error.errno is not None:
        what, cure = f"The weights could not be kept ({error.strerror})", "Let HF_HOME name a folder with room"
    else:
        reason = next(iter(str(error).splitlines()), "") or type(error).__name__
        what, cure = f"The download failed ({reason})", "Connect to the network and try again"
    return UserError(what, where=repository, cure=f"{cure}, or {_by_hand(url)}")


def _by_hand(url: str) -> str:
    return f"download {url} by hand and give the path of the file instead"


def _print(message: str) -> None:
    print(message, file=sys.stderr)
