"""The page's part of a room: the bar under the header, where somebody leads, and "Share" on the Train tab."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Any

import gradio as gr

from ui import visitor
from ui.lab import Lab
from ui.live_html import fields, live_html
from ui.refusals import answering
from ui.room_share import share
from ui.text import t

WORDS = "page.room.live."


def build(lab: Lab) -> gr.HTML:
    """Add the bar; it is invisible where nobody leads, and counts who is on the page all the same.

    Its event `moved` fires when this browser is to show what the leader shows in the Architecture tab.
    """
    room = lab.room

    @answering
    def look(asked: Any) -> dict[str, Any]:
        who, run, at = fields(asked, "who", "run", "at")
        return room.look(who, run, visitor.leader_token(), at)

    @answering
    def lead(asked: Any) -> dict[str, Any]:
        return {"cookie": visitor.LEADER, "token": room.lead(*fields(asked, "link"), visitor.leader_token())}

    @answering
    def guess(asked: Any) -> dict[str, Any]:
        room.guess(*fields(asked, "who", "number", "option"))
        return {}

    @answering
    def put_question(asked: Any) -> dict[str, Any]:
        room.put_question(visitor.leader_token(), *fields(asked, "question", "options"))
        return {}

    leaders = [_leaders(act) for act in (room.close_vote, room.end_vote, room.clear_room)]
    return live_html(
        "room.html",
        # what is kept; the vote; where the leader is; the server and the buttons
        ("browser_store.js", "room_vote.js", "room_place.js", "room.js"),
        [look, lead, guess, put_question, *leaders, _invite(lab)],
        elem_id="lab-room",
        words=WORDS,
        led=room.led,
    )


def build_share(lab: Lab) -> gr.HTML:
    """Add the fold "Share": the address of the run that is watched, its QR code, and how many watch it."""
    return live_html("room_share.html", ("room_share.js",), [_invite(lab)], elem_id="train-share", words=WORDS)


def build_only_leader() -> gr.HTML:
    """Add what those who do not lead read in the place of a button that starts a run; `room.css` hides it otherwise."""
    return gr.HTML(
        f"<p>{escape(t('page.room.only_leader'))}</p>",
        elem_classes="room-only",
        apply_default_css=False,
        js_on_load=None,
    )


def _leaders(act: Callable[[str], None]) -> Callable[[Any], dict[str, Any]]:
    """What the leader's page may call by the name of `act`."""

    def do(asked: Any) -> dict[str, Any]:
        act(visitor.leader_token())
        return {}

    do.__name__ = act.__name__
    return answering(do)


def _invite(lab: Lab) -> Callable[[Any], dict[str, Any]]:
    @answering
    def invite(asked: Any) -> dict[str, Any]:
        return share(lab, *fields(asked, "page", "run"))

    return invite
