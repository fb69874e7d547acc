"""ImageNet weights on the Predict tab: those on this machine, those that can come, and those on their way. No Gradio.

What is here is told without asking the network. A download is begun by a person or a script, never by looking at the
page; one runs at a time, once however many ask for it, and nobody's answer waits for it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path

from resnet.errors import UserError
from resnet.pretrained import IMAGENET, locate, missing
from resnet.pretrained_here import is_offline, kept
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
        may_begin: whether whoever asks at this moment may begin a download.
    """

    def __init__(self, *, public: bool, may_begin: Callable[[], bool] = lambda: True) -> None:
        self._public, self._may_begin = public, may_begin
        self._download: _Download | None = None  # the last one
        self._beginning = threading.Lock()

    def offers(self) -> list[Offer]:
        """Those that can be asked at once."""
        return [_offer(net, path) for net in IMAGENET if (path := self._here(net))]

    def to_download(self) -> list[ToDownload]:
        """Those that can be asked once they have come; none for whoever may not let them come."""
        return [
            ToDownload(
                KEY + net,
                t("predict.imagenet_to_download", net=net_title(net), classes=CLASSES, megabytes=MEGABYTES[net]),
                _knows(net),
                MEGABYTES[net],
            )
            for net in IMAGENET
            if not self._here(net) and not self._refusal(net)
        ]

    def find(self, key: str) -> Offer:
        """Those of a key of ours.

        Raises:
            UserError: they are not here yet; it says how far they are or why they failed, or the cure says whether they
                can come.
        """
        net = key.removeprefix(KEY)
        if told := self.progress(key):
            total = MEGABYTES[net]
            done = min(told.done, total) if told.what == "downloading" else total
            what = t("predict.imagenet_coming", done=done, total=total)
            raise UserError(what, where=net_title(net), cure=t("predict.imagenet_coming_cure"))
        if path := self._here(net):
            return _offer(net, path)
        raise self._refusal(net) or UserError(
            t("predict.imagenet_not_here"), where=net_title(net), cure=t("predict.imagenet_not_here_cure")
        )

    def begin(self, key: str) -> None:
        """Let them come, unless they are here or on their way; a download that failed is begun anew.

        Raises:
            UserError: whoever asks may not download here, or others are on their way.
        """
        net = key.removeprefix(KEY)
        with self._beginning:
            last = self._download
            busy = last if last and not last.done.done() else None
            if (busy and busy.net == net) or self._here(net):
                return
            if refusal := self._refusal(net):
                raise refusal
            if busy:
                what = t("predict.imagenet_busy", other=net_title(busy.net))
                raise UserError(what, where=net_title(net), cure=t("predict.imagenet_busy_cure"))
            self._download = _Download(net)

    def summon(self, key: str) -> None:
        """`begin`, for a script, which hears nothing meanwhile: why the last download failed is told once, and the next
        time it is begun anew.

        Raises:
            UserError: as `begin`, or the last download failed.
        """
        try:
            self.progress(key)
        except Exception:
            self._download = None
            raise
        self.begin(key)

    def progress(self, key: str) -> Preparing | None:
        """How far they are; None while they are not on their way.

        Raises:
            UserError: the last download failed.
        """
        net = key.removeprefix(KEY)
        download = self._last(net)
        if download is None or self._here(net):
            return None
        if not download.done.done():
            return download.told
        download.done.result()
        return None

    def _last(self, net: str) -> _Download | None:
        """The last download, if it was of that net."""
        last = self._download
        return last if last and last.net == net else None

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
        if not self._may_begin():
            return UserError(t("predict.imagenet_led"), where=net_title(net), cure=t("predict.imagenet_led_cure"))
        return None


class _Download:
    """One download, in a thread of its own: how far it is, and whether it is done."""

    def __init__(self, net: str) -> None:
        self.told = Preparing(0, 0, "downloading")
        self.done: Future[None] = Future()
        self.net = net
        threading.Thread(target=self._run, name=f"download {net}", daemon=True).start()

    def _run(self) -> None:
        net = self.net
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
