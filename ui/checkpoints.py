"""The checkpoints a visitor can ask, and the nets kept ready to answer.

A checkpoint is named by a key, "shipped:NAME", "run:ID" or "imagenet:NET", which is looked up among what is really
there and never made into a path; or "upload:FOLDER/NAME", the last two parts of the path that Gradio gave to whoever
uploaded it. The folder is a hash of the file and of a secret: nobody else can guess it, and it is never listed.
"""

from __future__ import annotations

import contextlib
import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from resnet.activations import watch
from resnet.errors import UserError
from resnet.saliency_checks import randomised
from train import imagenet
from train.augment import normalise
from train.checkpoint import WEIGHTS_NAME, Classifier, load_classifier
from ui.heat import Compared, Heat, Question, checked, heat_of, judged
from ui.imagenet_weights import KEY, KEYS, ImageNetWeights
from ui.images import Square
from ui.layer_shapes import layer_shapes
from ui.offers import Offer, described
from ui.text import t
from ui.uploads import check_size, upload_at

ASSETS = Path(__file__).resolve().parent.parent / "assets"
FIRST = "photos"  # of the shipped weights: they know drawings as well
RANDOM_SEED = 0  # of the weights that a heat map is held against
UPLOAD = "upload:"
ROOM = 10**9  # bytes of nets kept in memory: five ResNet-50 that were compared with random weights
FEWEST = 4  # that are kept whatever they take: as many stand side by side on one picture


class Checkpoint:
    """A net in memory with everything needed to ask it. Threads take turns."""

    def __init__(self, offer: Offer) -> None:
        self.offer = offer
        self._classifier: Classifier = _read(offer)
        self._once = replace(self._classifier, mirrored=False, familiarity=None)  # to look at one pass of one picture
        self._random: torch.nn.Module | None = None  # the same net with shuffled weights, once somebody asked for it
        self._turn = threading.Lock()
        self.side: int = self._classifier.image_px
        self.classes: tuple[str, ...] = self._classifier.classes
        self.temperature: float = self._classifier.temperature
        #: Every layer one can look at, in order, with the shape of what it puts out, without the batch: C,H,W or C.
        about = self._classifier.about
        self.layers = layer_shapes(about["net"], about["net_args"], self.side)

    @property
    def size(self) -> int:
        """Bytes of its weights and, once they were asked for, of the random ones."""
        own = sum(part.numel() * part.element_size() for part in self._classifier.model.state_dict().values())
        return own if self._random is None else 2 * own

    def answer(self, square: Square) -> tuple[dict[str, float], float, float | None]:
        """Probabilities by class, the likeliest first; how long the net took, in milliseconds; and how familiar the
        picture looks to it (`Classifier.answer`), where it can tell.
        """
        batch = as_batch(square)
        with self._turn:
            began = time.perf_counter()
            probabilities, familiar = self._classifier.answer(batch)
            milliseconds = 1000 * (time.perf_counter() - began)
        row = probabilities[0].tolist()
        if not all(math.isfinite(share) for share in row):
            raise UserError(t("predict.not_finite"), where=self.offer.title, cure=t("predict.not_finite_cure"))
        ranked = sorted(zip(self._classifier.classes, row, strict=True), key=lambda pair: -pair[1])
        return dict(ranked), milliseconds, None if familiar is None else familiar.item()

    def maps(self, square: Square, layer: str) -> npt.NDArray[np.float32]:
        """What `layer` puts out for this picture: (C, H, W); a layer without height and width gives (C, 1, 1).

        Raises:
            UserError: there is no such layer in this net.
        """
        with self._turn, watch(self._classifier.model, [layer]) as seen:
            self._once.probabilities(as_batch(square))
        if layer not in seen:
            raise UserError(t("predict.layer_not_called", layer=layer), where="layer", cure=t("predict.layer_cure"))
        maps = seen[layer][0].float().numpy()
        return maps.reshape(maps.shape + (1,) * (3 - maps.ndim))

    @contextlib.contextmanager
    def borrowed(self) -> Iterator[Classifier]:
        """The net, for whoever looks into it: nobody else asks it meanwhile. It has to come back as it was."""
        with self._turn:
            yield self._classifier

    def heat(self, square: Square, asked: Question) -> Heat:
        """Where the net looked, in one pass of the picture as it is, without its mirror image.

        Raises:
            UserError: the question makes no sense for this net, or its numbers are not finite.
        """
        return self._heat(self._classifier.model, square, asked)

    def random_heat(self, square: Square, asked: Question) -> Heat:
        """The same question to the same net with random weights (`resnet.saliency_checks.randomised`); it is kept.

        Args:
            square: as in `heat`.
            asked: the answered question of `heat`, so that both are about the same class.

        Raises:
            UserError: as `heat`.
        """
        with self._turn:
            self._random = self._random or randomised(self._classifier.model, RANDOM_SEED, self.side)
        return self._heat(self._random, square, asked)

    def compared(self, square: Square, asked: Question) -> Compared:
        """`heat` beside `random_heat`, and what follows from the two.

        Raises:
            UserError: as `heat`.
        """
        heat = self.heat(square, asked)
        random = self.random_heat(square, heat.question).values
        return Compared(heat, random, *judged(heat, random, self.default_layer()))

    def _heat(self, model: torch.nn.Module, square: Square, asked: Question) -> Heat:
        own = self._classifier
        asked = checked(asked, own.classes)
        if asked.method == "grad_cam" and not asked.layer:
            asked = replace(asked, layer=self.default_layer())
        images = normalise(as_batch(square), own.mean, own.std)
        with self._turn:
            return heat_of(model, images, asked, own.classes, own.temperature)

    def default_layer(self) -> str:
        """The last stage whose maps still have a height and a width: `layer4` in a residual net."""
        spread = [name for name, shape in self.layers.items() if len(shape) == 3 and shape[1] * shape[2] > 1]
        stages = [name for name in spread if "." not in name]
        return (stages or spread or list(self.layers))[-1]


class Shelf:
    """All checkpoints of one app, and the last few nets that were asked.

    Args:
        runs: the runs folder.
        assets: where shipped weights lie.
        public: strangers use the page; a run is then listed only for whoever has its address.
        uploads: where Gradio keeps what visitors send; None where nobody sends anything.
        may_download: whether whoever asks at this moment may let ImageNet weights come.
    """

    def __init__(
        self,
        runs: Path,
        *,
        assets: Path = ASSETS,
        public: bool = False,
        uploads: Path | None = None,
        may_download: Callable[[], bool] = lambda: True,
    ) -> None:
        self.runs, self._assets, self.public, self._uploads = runs, assets, public, uploads
        self.imagenet = ImageNetWeights(public=public, may_begin=may_download)
        self._described_last: dict[str, Offer] = {}
        self._ready: OrderedDict[str, Checkpoint] = OrderedDict()
        self._mutex = threading.Lock()  # of `_ready`, never held for long
        self._building = threading.Lock()  # one net at a time; those that are ready answer meanwhile

    def offers(self, run: str = "") -> list[Offer]:
        """What can be asked: shipped weights by name; runs, the newest first, on a public page only run `run`; ImageNet
        weights that are here.
        """
        own = [
            offer
            for offer in self._all()
            if not self.public or offer.key.startswith("shipped:") or offer.key == f"run:{run}"
        ]
        return own + self.imagenet.offers()

    def find(self, key: str, run: str = "") -> Offer:
        """The checkpoint of that key; an empty key is the first one listed.

        Raises:
            UserError: there is none, the keys of those listed are named; its file cannot be read, or has to be
                downloaded first.
        """
        if key.startswith(UPLOAD):
            path = self._uploaded(key)
            if path is None:
                raise UserError(t("predict.upload_gone"), cure=t("predict.upload_gone_cure"))
            return self._described(key, path)
        if key in KEYS:
            return self.imagenet.find(key)
        for known, path in self._files() if key else ():
            if known == key:
                return self._described(key, path)
        listed = self.offers(run)  # not before: every move of what covers a picture asks for its net
        if not key and listed:
            return listed[0]
        if not listed:
            raise UserError(t("predict.no_checkpoint"), where="checkpoint", cure=t("predict.no_checkpoint_cure"))
        what = t("predict.unknown_checkpoint", asked=repr(key)[:60])
        keys = ", ".join(offer.key for offer in listed[:5])
        raise UserError(what, where="checkpoint", cure=t("predict.unknown_checkpoint_cure", keys=keys))

    def open(self, key: str, run: str = "") -> Checkpoint:
        """The net of that key, from memory while its file stays as it is.

        Raises:
            UserError: there is no such checkpoint, or its file is refused.
        """
        self._forget_deleted()
        offer = self.find(key, run)
        if ready := self._at_hand(offer):
            return ready
        with self._building:
            if ready := self._at_hand(offer):  # whoever was here before us has built it
                return ready
            if key.startswith(UPLOAD):
                check_size(offer.path)
            built = Checkpoint(offer)
            with self._mutex:
                self._ready[offer.key] = built
                self._ready.move_to_end(offer.key)
                while len(self._ready) > FEWEST and sum(net.size for net in self._ready.values()) > ROOM:
                    self._ready.popitem(last=False)
            return built

    def _at_hand(self, offer: Offer) -> Checkpoint | None:
        """The net of an offer, if it is in memory and its file is still the same."""
        with self._mutex:
            ready = self._ready.get(offer.key)
            if ready is None or ready.offer.stamp != offer.stamp:
                return None
            self._ready.move_to_end(offer.key)
            return ready

    def _uploaded(self, key: str) -> Path | None:
        """The upload of that key, while it is there."""
        if self._uploads is None:
            return None
        folder = self._uploads.resolve()
        found = upload_at(folder, str(folder / key.removeprefix(UPLOAD)))
        return found if found and key == UPLOAD + found.relative_to(folder).as_posix() else None  # one key a file

    def _forget_deleted(self) -> None:
        """Drop the nets of uploads that are deleted by now."""
        with self._mutex:
            for key in [key for key in self._ready if key.startswith(UPLOAD) and self._uploaded(key) is None]:
                del self._ready[key]

    def _files(self) -> Iterator[tuple[str, Path]]:
        """Every weight file there is, by key; whether it can be read is another question."""
        for path in sorted(self._assets.glob("*.safetensors"), key=lambda path: (path.stem != FIRST, path.stem)):
            yield f"shipped:{path.stem}", path
        for path in self.runs.glob(f"*/{WEIGHTS_NAME}"):
            yield f"run:{path.parent.name}", path

    def _all(self) -> list[Offer]:
        """Shipped weights by name, then runs, newest first; files that cannot be read are left out."""
        offers = []
        for key, path in self._files():
            with contextlib.suppress(UserError):
                offers.append(self._described(key, path))
        shipped = [offer for offer in offers if offer.key.startswith("shipped:")]
        runs = [offer for offer in offers if offer.key.startswith("run:")]
        return shipped + sorted(runs, key=lambda offer: offer.stamp, reverse=True)

    def _described(self, key: str, path: Path) -> Offer:
        """The offer of a file; its header is read once for each version of it."""
        try:
            status = path.stat()
        except OSError as error:  # deleted since it was listed
            raise UserError(t("predict.unknown_checkpoint", asked=key), where="checkpoint") from error
        stamp = (status.st_mtime_ns, status.st_size)
        known = self._described_last.get(key)
        if known is None or known.stamp != stamp:
            known = described(key, path, stamp)
            if not key.startswith(UPLOAD):  # there may be any number of them
                self._described_last[key] = known
        return known


def _read(offer: Offer) -> Classifier:
    if offer.key in KEYS:
        return imagenet.classifier(offer.key.removeprefix(KEY), offer.path)
    return load_classifier(offer.path)


def as_batch(square: Square) -> torch.Tensor:
    """1,3,S,S uint8."""
    return torch.from_numpy(np.array(square)).permute(2, 0, 1)[None]
