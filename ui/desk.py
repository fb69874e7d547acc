"""What the Predict tab is told: which checkpoints there are, and what one of them takes pictures for.

Nothing of a visitor is kept here but some pictures for some minutes (`ui.squares`): the page sends again what it is
about, and every answer is computed anew. No Gradio.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from PIL import Image

from resnet.errors import UserError
from resnet.stages import stage_of
from train.familiarity import UNFAMILIAR
from ui import inside
from ui.changes import Changes
from ui.checkpoints import Checkpoint, Shelf
from ui.desk_question import Question, not_so
from ui.imagenet_weights import KEYS
from ui.images import (
    DRAWN_MOST,
    MAX_PICTURES,
    Picture,
    RefusedPicture,
    Square,
    drawn,
    load_one,
    next_drawn,
    shown_name,
    too_many,
)
from ui.links import parse
from ui.offers import Offer
from ui.picture_uri import png_uri, webp_uri
from ui.run_list import given_name
from ui.squares import Squares
from ui.text import t
from ui.unseen import Unseen
from ui.uploads import upload_at

MOST_BESIDE = 3  # checkpoints asked about one picture, next to the first
MOST_SHARES = 20  # of an answer; the page draws five, and ImageNet has a thousand, at each move of what covers a part

Loaded = Picture | RefusedPicture


class Desk:
    """Answers pages. Safe for threads.

    Args:
        shelf: the checkpoints.
        uploads: where Gradio keeps what visitors send; nothing else is read for them.
    """

    def __init__(self, shelf: Shelf, uploads: Path) -> None:
        self.shelf = shelf
        self._uploads = uploads
        self._squares = Squares()
        self._unseen = Unseen(shelf.runs, public=shelf.public)

    def checkpoints(self, run: Any) -> list[dict[str, Any]]:
        """What can be asked: key, title, what it knows, the MB to ``download`` before, 0 where it is here; and when
        it was ``made``, in unix seconds, where a run has no other name.
        """
        offers = self.shelf.offers(parse({"run": str(run)}).run)
        here = [
            {"key": offer.key, "title": offer.title, "knows": offer.knows, "download": 0, "made": _made(offer)}
            for offer in offers
        ]
        return here + [
            {"key": other.key, "title": other.title, "knows": other.knows, "download": other.megabytes, "made": None}
            for other in self.shelf.imagenet.to_download()
        ]

    def download(self, key: Any) -> dict[str, Any]:
        """Let the ImageNet weights of that key come; as `downloaded`.

        Raises:
            UserError: nobody may download here, or they could not be had.
        """
        if not isinstance(key, str) or key not in KEYS:
            raise not_so()
        self.shelf.imagenet.begin(key)
        return self.downloaded(key)

    def downloaded(self, key: Any) -> dict[str, Any]:
        """How far they are: ``key``, whether they are ``here``, ``what`` is done to them ("downloading" or, once all of
        it has come, "unpacking"), and MB that are ``done`` of ``total``, 0 while that is not known.

        Raises:
            UserError: they could not be had, or are not on their way.
        """
        if not isinstance(key, str) or key not in KEYS:
            raise not_so()
        told = self.shelf.imagenet.progress(key)
        if told is None:
            self.shelf.imagenet.find(key)
            return {"key": key, "here": True}
        return {"key": key, "here": False, "what": told.what, "done": told.done, "total": told.total}

    def opened(self, key: Any) -> dict[str, str]:
        """The checkpoint of that key, ready to answer: as `checkpoints` lists one.

        Raises:
            UserError: there is none, or its file is refused.
        """
        if not isinstance(key, str):
            raise not_so()
        offer = self.shelf.open(key).offer
        return {"key": offer.key, "title": offer.title, "knows": offer.knows}

    def answers(self, sent: Any) -> dict[str, Any]:
        """What a checkpoint says of each picture.

        Returns:
            ``checkpoint`` (`about_checkpoint`, and whether it has ``unseen`` pictures to offer) and ``replies``, one
            for each picture: see `_reply`.

        Raises:
            UserError: there is no such checkpoint, or it is no question.
        """
        question = Question.asked(sent)
        checkpoint = self.shelf.open(question.checkpoint, question.run)
        replies = [self._reply(question, checkpoint, place) for place in range(question.count)]
        about = about_checkpoint(checkpoint)
        about["unseen"] = self._unseen.may_have(about["key"].removeprefix("run:"))  # no other key is a run's id
        return {"checkpoint": about, "replies": replies}

    def changed(self, sent: Any) -> dict[str, Any]:
        """What it says of one of them, ``picture``, once it has undergone ``changes``: `_says` and the ``square``."""
        _, checkpoint, picture = self.one(sent)
        square = Changes.asked(sent.get("changes"))(picture.square)
        return {**_says(checkpoint, square), "square": png_uri(square)}

    def beside(self, sent: Any) -> dict[str, Any]:
        """What checkpoints ``others`` (keys, `MOST_BESIDE` at most) say of one picture, each of the square it looks at,
        once that has undergone ``changes``.

        Returns:
            ``rows``, one for each: its ``key``, and either `_says` or ``refused`` (what, cure).
        """
        question, others = Question.asked(sent), sent.get("others")
        if not isinstance(others, list) or len(others) > MOST_BESIDE:
            raise not_so()
        if not all(isinstance(key, str) for key in others):
            raise not_so()
        changes = Changes.asked(sent.get("changes"))
        asked = [replace(question, checkpoint=key) for key in others]
        return {"rows": [self._row(each, sent.get("picture"), changes) for each in asked]}

    def one(self, sent: Any) -> tuple[Question, Checkpoint, Picture]:
        """The picture at place ``picture`` of a question.

        Raises:
            UserError: there is no such picture, or it is refused.
        """
        question = Question.asked(sent)
        return question, *self._one(question, sent.get("picture"))

    def _one(self, question: Question, place: Any) -> tuple[Checkpoint, Picture]:
        if isinstance(place, bool) or not isinstance(place, int) or not 0 <= place < question.count:
            raise not_so()
        checkpoint = self.shelf.open(question.checkpoint, question.run)
        picture = self._load(question, checkpoint.side, place)
        if isinstance(picture, RefusedPicture):
            raise picture.reason
        return checkpoint, picture

    def _row(self, question: Question, place: Any, changes: Changes) -> dict[str, Any]:
        try:
            checkpoint, picture = self._one(question, place)
            return {"key": question.checkpoint, **_says(checkpoint, changes(picture.square))}
        except UserError as error:  # the others' answers are still worth having
            return {"key": question.checkpoint, "refused": {"what": error.what, "cure": error.cure}}

    def checkpoint(self, sent: Any) -> Checkpoint:
        """The checkpoint of a question."""
        question = Question.asked(sent)
        return self.shelf.open(question.checkpoint, question.run)

    def another(self, animal: Any, after: Any) -> int:
        """The next drawing of a cat or a dog after drawing `after`; -1 is before the first."""
        if animal not in ("cat", "dog") or isinstance(after, bool) or not isinstance(after, int):
            raise not_so()
        if not -1 <= after < DRAWN_MOST - 1:
            raise not_so()
        return next_drawn(animal, after) % DRAWN_MOST

    def _reply(self, question: Question, checkpoint: Checkpoint, place: int) -> dict[str, Any]:
        """``name`` and either ``refused`` (what, cure) or what it says, with the ``truth``, where that is known, and
        whether it was ``drawn``; the ``square`` that the net got, the ``side`` of it, the ``whole`` picture it was made
        from and, where some was cut off, the ``crop`` in it.
        """
        picture = self._load(question, checkpoint.side, place)
        if isinstance(picture, RefusedPicture):
            return {"name": picture.name, "refused": {"what": picture.reason.what, "cure": picture.reason.cure}}
        reply = {
            "name": picture.name,
            "truth": picture.truth,
            "drawn": not (question.pictures or question.unseen),
            "square": png_uri(picture.square),
            "side": checkpoint.side,
            **_says(checkpoint, picture.square),
        }
        if picture.whole is not None:
            reply |= {"whole": webp_uri(Image.fromarray(picture.whole)), "crop": picture.crop}
        return reply

    def _validation(self, run: str, number: int, side: int) -> Loaded:
        try:
            return self._unseen.picture(run, number, side)
        except UserError as error:
            return RefusedPicture(t("predict.unseen"), error)

    def _load(self, question: Question, side: int, place: int) -> Loaded:
        if not question.pictures and question.unseen:
            return self._squares.get((*question.unseen, side), lambda: self._validation(*question.unseen, side))
        if not question.pictures:
            number, name = question.drawing, t("predict.drawing_name", n=question.drawing + 1)
            return self._squares.get((number, side), lambda: drawn(number, side, name))
        sent = question.pictures[place]
        if place >= MAX_PICTURES:
            return too_many(sent, place)
        found = upload_at(self._uploads, sent)
        if found is None:
            return RefusedPicture(shown_name(sent), UserError(t("predict.gone"), cure=t("predict.gone_cure")))
        path = str(found)
        return self._squares.get((path, side, question.fit), lambda: load_one(path, side, question.fit, whole=True))


def about_checkpoint(checkpoint: Checkpoint) -> dict[str, Any]:
    """``key``, ``title``, ``knows``, ``side``, ``classes``; ``layers`` (name, shape without the batch, stage) in order,
    and which of them, ``layer``, is shown first; names of its residual ``blocks``.
    """
    offer = checkpoint.offer
    layers = [{"name": name, "shape": shape, "stage": stage_of(name)} for name, shape in checkpoint.layers.items()]
    return {
        "key": offer.key, "title": offer.title, "knows": offer.knows, "side": checkpoint.side, "layers": layers,
        "layer": checkpoint.default_layer(), "classes": checkpoint.classes, "blocks": inside.blocks(checkpoint),
    }  # fmt: skip


def _made(offer: Offer) -> float | None:
    is_nameless = offer.key.startswith("run:") and not given_name(offer.key.removeprefix("run:"))
    return offer.stamp[0] / 1e9 if is_nameless else None


def _says(checkpoint: Checkpoint, square: Square) -> dict[str, Any]:
    """``label``, ``shares`` (class and probability, the likeliest first, `MOST_SHARES` of them) of so many ``classes``,
    ``milliseconds``, and whether the picture is ``unfamiliar``: unlike anything the net was trained on, so that its
    answer means little.
    """
    shares, milliseconds, familiarity = checkpoint.answer(square)
    return {
        "label": next(iter(shares)),
        "shares": list(shares.items())[:MOST_SHARES],
        "classes": len(shares),
        "milliseconds": milliseconds,
        "unfamiliar": familiarity is not None and familiarity < UNFAMILIAR,
    }
