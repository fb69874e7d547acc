"""ImageNet weights on the Predict tab: those on this machine, those that can come, and those on their way. No Gradio.

What is here is told without asking the network. A download is begun by a person only, once however many ask for it,
and nobody's answer waits for it.
"""

from __future__ import annotations

import threading
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path

from resnet.errors import UserError
from resnet.pretrained import IMAGENET, is_offline, kept, locate, missing
from resnet.published import ACCURACIES, TORCHVISION
from train.events import Preparing
from train.imagenet import CLASSES, MEGABYTES, SIDE
from train.watched import downloading
from ui.names import net_title
from ui.offers import Offer
from ui.text import t

KEY = "imagenet:"  # and the net's name
KEYS = frozenset(KEY + net for net in IMAGENET)
_RIGHT = {each.net: each.top1 for each in ACCURACIES if each.source == TORCHVISION}


@dataclass(frozen=True)
class ToDownload:
    """Weights that are not here yet.

    Args:
        key: what pages and scripts call them.
        title: one line for a list, the size among it.
        knows: as `Offer`'s.
        megabytes: of the download, about.
    """

    key: str
    title: str
    knows: str
    megabytes: int


class ImageNetWeights:
    """The published weights of the ten ResNets. Safe for threads.

    Args:
        public: strangers use the page; what fills this machine's disk is not theirs to begin.
    """

    def __init__(self, *, public: bool) -> None:
        self._public = public
        self._downloads: dict[str, _Download] = {}  # by net; the last of each
        self._mutex = threading.Lock()  # of `_downloads`, never held for long

    def offers(self) -> list[Offer]:
        """Those that can be asked at once."""
        return [_offer(net, path) for net in IMAGENET if (path := self._here(net))]

    def to_download(self) -> list[ToDownload]:
        """Those that can be asked once they have come; none where nobody may download."""
        if self._public or is_offline():
            return []
        return [
            ToDownload(
                KEY + net,
                t("predict.imagenet_to_download", net=net_title(net), classes=CLASSES, megabytes=MEGABYTES[net]),
                _knows(net),
                MEGABYTES[net],
            )
            for net in IMAGENET
            if not self._here(net)
        ]

    def find(self, key: str) -> Offer:
        """Those of a key of ours.

        Raises:
            UserError: they are not here yet; the cure says whether they can come.
        """
        net = key.removeprefix(KEY)
        if path := self._here(net):
            return _offer(net, path)
        raise self._refusal(net) or UserError(
            t("predict.imagenet_not_here"), where=net_title(net), cure=t("predict.imagenet_not_here_cure")
        )

    def begin(self, key: str) -> None:
        """Let them come, unless they are here or on their way; a download that failed is begun anew.

        Raises:
            UserError: nobody may download here.
        """
        net = key.removeprefix(KEY)
        if self._here(net):
            return
        if refusal := self._refusal(net):
            raise refusal
        with self._mutex:
            known = self._downloads.get(net)
            if known is None or known.done.done():
                self._downloads[net] = _Download(net)

    def progress(self, key: str) -> Preparing | None:
        """How far they are; None while they are not on their way.

        Raises:
            UserError: the last download failed.
        """
        download = self._last(key.removeprefix(KEY))
        if download is None:
            return None
        if not download.done.done():
            return download.told
        download.done.result()
        return None

    def wait(self, key: str) -> None:
        """Let them come, and return when they are here. Raises what `begin` and `progress` raise."""
        self.begin(key)
        if download := self._last(key.removeprefix(KEY)):
            download.done.result()

    def _last(self, net: str) -> _Download | None:
        with self._mutex:
            return self._downloads.get(net)

    def _here(self, net: str) -> Path | None:
        """The file, once it is whole and was compared with the hash that the Hub names it by."""
        download = self._last(net)
        return kept(net) if download is None or download.done.done() else None

    def _refusal(self, net: str) -> UserError | None:
        """Why they cannot come."""
        if self._public:
            return UserError(t("predict.imagenet_public"), where=net_title(net), cure=t("predict.imagenet_public_cure"))
        if is_offline():
            return UserError(
                t("predict.imagenet_offline"), where=net_title(net), cure=t("predict.imagenet_offline_cure")
            )
        return None


class _Download:
    """One download, in a thread of its own: how far it is, and whether it is done."""

    def __init__(self, net: str) -> None:
        self.told = Preparing(0, 0, "downloading")
        self.done: Future[None] = Future()
        self._net = net
        threading.Thread(target=self._run, name=f"download {net}", daemon=True).start()

    def _run(self) -> None:
        net = self._net
        try:
            if lacking := missing(net, "imagenet"):
                for told in downloading(lambda: locate(net, "imagenet"), lacking.folder, lacking.size):
                    self.told = told
        except UserError as error:  # its own cure is for who can give a path
            cure = t("predict.imagenet_failed_cure")
            self.done.set_exception(UserError(error.what, where=net_title(net), cure=cure))
        except Exception as error:
            self.done.set_exception(error)
        else:
            self.done.set_result(None)


def _offer(net: str, path: Path) -> Offer:
    status = path.stat()
    stamp = (status.st_mtime_ns, status.st_size)
    title = t("predict.imagenet_title", net=net_title(net), classes=CLASSES)
    return Offer(KEY + net, path, title, _knows(net), stamp)


def _knows(net: str) -> str:
    return t("predict.imagenet_knows", classes=CLASSES, share=f"{_RIGHT[net]:.1f}", side=SIDE)
