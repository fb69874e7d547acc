"""The Predict tab's answer as HTML: a card for one picture, a table for several, a sentence where there is none.

Everything that comes from a visitor or a file (names, classes) is escaped here.
"""

from __future__ import annotations

import html
import io
from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image

from resnet.errors import UserError
from train.familiarity import UNFAMILIAR
from ui.feature_maps import data_uri
from ui.images import Picture, RefusedPicture, Square
from ui.text import t

CARD_PX, THUMB_PX = 224, 64  # what a picture is enlarged to, at most, by a whole factor
MOST_BARS = 5


@dataclass(frozen=True)
class Answer:
    """What a net says of a picture: probabilities by class, the likeliest first, and how long it took."""

    picture: Picture
    probabilities: dict[str, float]
    milliseconds: float
    familiarity: float | None = None  # as `Classifier.answer`; None where the net cannot tell

    @property
    def label(self) -> str:
        return next(iter(self.probabilities))

    @property
    def is_unfamiliar(self) -> bool:
        """Whether the picture is unlike anything the net was trained on, so that its answer means little."""
        return self.familiarity is not None and self.familiarity < UNFAMILIAR


Reply = Answer | RefusedPicture


def answers(replies: Sequence[Reply], fit: str) -> str:
    """All replies: one as a card, several as a table."""
    if len(replies) != 1:
        return _table(replies)
    (reply,) = replies
    return refused(reply.name, reply.reason) if isinstance(reply, RefusedPicture) else _card(reply, fit)


def refused(name: str, reason: UserError) -> str:
    """A refusal in the answer's place: which, what, cure."""
    return _note("predict-refused", name, reason)


def nothing_trained(picture: Picture) -> str:
    """A drawing and how to get a network that answers."""
    note = UserError(t("predict.nothing_trained"), cure=t("predict.nothing_trained_cure").rstrip("."))
    return f'<div class="predict-card">{_pixels(picture.square, CARD_PX)}{_note("predict-empty", "", note)}</div>'


def _note(kind: str, name: str, reason: UserError) -> str:
    place = f"<p>{html.escape(name)}</p>" if name else ""
    cure = f"<p>{html.escape(reason.cure)}.</p>" if reason.cure else ""
    return f'<div class="{kind}" role="status">{place}<h2>{html.escape(reason.what)}.</h2>{cure}</div>'


def _card(answer: Answer, fit: str) -> str:
    picture = answer.picture
    side = picture.square.shape[0]
    factor = _factor(side, CARD_PX)
    size = t("predict.what_it_got_size" if factor > 1 else "predict.what_it_got_plain", side=side, factor=factor)
    if not picture.is_square:
        size += ", " + t(f"predict.how_{fit}")
    truth = f"<p>{html.escape(t('predict.drawn_as', label=picture.truth))}</p>" if picture.truth else ""
    took = html.escape(t("predict.milliseconds", ms=_ms(answer.milliseconds)))
    return (
        '<div class="predict-card">'
        f"<figure>{_pixels(picture.square, CARD_PX)}<figcaption>{html.escape(t('predict.what_it_got'))}"
        f"<span>{html.escape(size)}</span></figcaption></figure>"
        f'<div role="status"><p class="predict-name">{html.escape(picture.name)}</p><h2>{_sentence(answer)}</h2>{truth}'
        f'{_unfamiliar(answer)}{_bars(answer)}<p class="predict-small">{took}</p></div></div>'
    )


def _unfamiliar(answer: Answer) -> str:
    if not answer.is_unfamiliar:
        return ""
    sentence = t("predict.unfamiliar", percent=f"{100 * UNFAMILIAR:.0f}")
    return f'<p class="predict-unfamiliar">{html.escape(sentence)}</p>'


def _bars(answer: Answer) -> str:
    shown = list(answer.probabilities.items())[:MOST_BARS]
    rest = len(answer.probabilities) - len(shown)
    if rest:
        shown.append((t("predict.rest", n=rest), 1 - sum(share for _, share in shown)))
    rows = "".join(
        f"<li><span>{html.escape(name)}</span><i><b style='width:{100 * max(0.0, share):.2f}%'></b></i>"
        f"<span>{_percent(share)} %</span></li>"
        for name, share in shown
    )
    return f'<ul class="predict-bars">{rows}</ul>'


def _table(replies: Sequence[Reply]) -> str:
    without = sum(isinstance(reply, RefusedPicture) for reply in replies)
    key = "predict.summary_refused" if without else "predict.summary"
    head = "".join(f"<th scope=col>{html.escape(t(f'predict.column_{c}'))}</th>" for c in ("picture", "answer", "ms"))
    rows = "".join(map(_row, replies))
    return (
        f'<div class="predict-several" role="status"><h2>{html.escape(t(key, n=len(replies), refused=without))}</h2>'
        f'<div tabindex="0"><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div></div>'
    )


def _row(reply: Reply) -> str:
    if isinstance(reply, RefusedPicture):
        name, cure = html.escape(reply.name), html.escape(reply.reason.cure)
        return (
            f"<tr class=predict-without><th scope=row><div><i></i><span>{name}</span></div></th>"
            f"<td colspan=2><b>{html.escape(t('predict.no_answer'))}</b>: {html.escape(reply.reason.what)}. {cure}."
            "</td></tr>"
        )
    picture = _pixels(reply.picture.square, THUMB_PX)
    share = 100 * next(iter(reply.probabilities.values()))
    return (
        f"<tr><th scope=row><div>{picture}<span>{html.escape(reply.picture.name)}</span></div></th>"
        f"<td><b>{_sentence(reply)}</b>{_mark(reply)}<i><b style='width:{share:.2f}%'></b></i></td>"
        f"<td>{_ms(reply.milliseconds)}</td></tr>"
    )


def _mark(answer: Answer) -> str:
    return f" ({html.escape(t('predict.unfamiliar_mark'))})" if answer.is_unfamiliar else ""


def _sentence(answer: Answer) -> str:
    share = _percent(answer.probabilities[answer.label])
    label = answer.label[:1].upper() + answer.label[1:]
    return html.escape(t("predict.sentence", label=label, share=share))


def _percent(share: float) -> str:
    """One decimal. A softmax is never quite 0 or 1, whatever float32 rounds it to, so neither is what we say."""
    if share >= 0.9995:
        return ">99.9"
    return "<0.1" if share < 0.0005 else f"{100 * share:.1f}"


def _ms(milliseconds: float) -> str:
    return f"{milliseconds:.1f}" if milliseconds < 10 else f"{milliseconds:.0f}"


def _factor(side: int, most: int) -> int:
    return max(1, most // side)


def _pixels(square: Square, most: int) -> str:
    """The picture with its own pixels; the browser enlarges them by a whole factor, or shrinks a large picture."""
    side = square.shape[0]
    shown = side * _factor(side, most) if side <= most else most
    buffer = io.BytesIO()
    Image.fromarray(square).save(buffer, "PNG", compress_level=3)
    enlarged = " class=predict-pixels" if side <= most else ""
    return f'<img{enlarged} src="{data_uri(buffer.getvalue())}" width="{shown}" height="{shown}" alt="">'
