"""A room: who is counted, who leads, where the others follow to, and what is voted on."""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import Any

import pytest

from resnet.errors import UserError
from ui.lab import Lab
from ui.network import is_own
from ui.room import HERE_SECONDS, MOST, Place, Room
from ui.room_share import invitation, share

LEADER, VIEWER, OTHER = ("0" * 31 + digit for digit in "123")


class Clock:
    """Seconds as a test tells them."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def room(clock: Clock) -> Room:
    return Room(led=True, clock=clock)


@pytest.fixture
def token(room: Room) -> str:
    return room.lead(room.link)


def vote(room: Room, who: str, token: str = "") -> Any:
    return room.look(who, "", token)["vote"]


def test_who_was_heard_of_lately_is_counted_once(room: Room, token: str, clock: Clock) -> None:
    room.look(LEADER, "", token)
    for who in (VIEWER, VIEWER, OTHER):
        room.look(who, "abc")
    assert room.look(LEADER, "abc", token)["people"] == 2
    assert room.look(LEADER, "abc", token)["watching"] == 3
    clock.now += HERE_SECONDS - 0.1
    room.look(OTHER, "")
    clock.now += 0.2
    answer = room.look(LEADER, "abc", token)
    assert (answer["people"], answer["watching"]) == (1, 1)


def test_a_flood_of_browsers_is_bounded(room: Room) -> None:
    for number in range(MOST + 20):
        answer = room.look(f"{number:032x}", "")
    assert answer["people"] == MOST


@pytest.mark.parametrize("who", [None, 3, "", "x" * 32, "0" * 31, "0" * 5000, ["0" * 32], {}])
def test_a_name_no_page_makes_up_is_refused(room: Room, who: object) -> None:
    with pytest.raises(UserError, match="Reload"):
        room.look(who, "")


@pytest.mark.parametrize("run", [None, 3, {}, ["abc"], "../..", "x" * 5000, "<b>"])
def test_a_run_that_is_no_name_is_none(room: Room, run: object) -> None:
    assert room.look(VIEWER, run)["watching"] == 0


def test_the_link_makes_one_browser_the_leader(room: Room) -> None:
    for link in ("", None, 3, "guess", room.link + "x", "\ud800"):
        with pytest.raises(UserError, match="terminal"):
            room.lead(link)
    assert not room.leads("")
    token = room.lead(room.link)
    assert room.leads(token)
    for guess in ("", None, 3, room.link, "\ud800", token[:-1]):
        assert not room.leads(guess)
        with pytest.raises(UserError, match="Another browser"):
            room.lead(room.link, guess)
    assert room.lead(room.link, token) == token  # the same browser may open it again


def test_without_a_leader_everybody_may_do_everything() -> None:
    room = Room()
    room.check("")
    for link in ("", "guess"):
        with pytest.raises(UserError):
            room.lead(link)


def test_only_the_leader_starts_and_steers(room: Room, token: str) -> None:
    room.check(token)
    for other in ("", None, "guess"):
        with pytest.raises(UserError, match=r"Only the leader.* on your own computer; to lead, open the link"):
            room.check(other)


def test_the_others_are_told_where_the_leader_is(room: Room, token: str) -> None:
    assert room.look(VIEWER, "", "", "?tab=predict")["place"] is None
    room.look(LEADER, "abc", token, "?tab=train&run=abc&compare=abc,d,../e&net=resnet50&open=layer1")
    place = room.look(VIEWER, "")["place"]
    look = {"net": "resnet50", "open": "layer1"}
    assert place == {"number": 1, "tab": "train", "run": "abc", "compare": ("abc", "d"), "look": look}
    room.look(
        LEADER, "abc", token, "?open=layer1&net=resnet50&compare=abc,d&run=abc&tab=train"
    )  # the same in another order
    room.look(VIEWER, "", "", "?tab=predict")
    room.look(VIEWER, "", "guess", "?tab=predict")
    room.look(LEADER, "", token, None)  # it has not moved
    assert room.look(VIEWER, "")["place"]["number"] == 1
    room.look(LEADER, "", token, "?tab=predict")
    assert room.look(VIEWER, "")["place"] == {"number": 2, "tab": "predict", "run": "", "compare": (), "look": {}}


@pytest.mark.parametrize(
    "address",
    [
        "?tab=train&run=../..&next=//evil.example&__theme=dark&lead=secret",
        "?tab=<script>&net=nobody&select=%3Cb%3E&view=x&classes=-1",
        "javascript:alert(1)",
        "?" + "&".join(f"a{i}=1" for i in range(500)),
        "?net=" + "x" * 100_000,
        {"tab": "train"},
        None,
    ],
)
def test_only_what_is_known_of_an_address_is_passed_on(room: Room, token: str, address: object) -> None:
    room.look(LEADER, "", token, "?tab=predict&run=abc")
    room.look(LEADER, "", token, address)
    place = room.place
    assert place is not None
    assert place.tab in ("architecture", "train", "predict")
    assert place in (Place("predict", "abc"), Place("train"), Place())


def test_a_vote_counts_one_guess_a_browser_and_shows_it_to_those_who_guessed_and_at_its_end(
    room: Room, token: str
) -> None:
    assert vote(room, VIEWER) is None
    room.put_question(token, "  Which curve\nends lower? ", ["Plain-20", "", " Plain-56 "])
    told = vote(room, VIEWER)
    assert (told["question"], told["options"]) == ("Which curve ends lower?", ["Plain-20", "Plain-56"])
    assert (told["answers"], told["counts"]) == (0, None)
    room.guess(VIEWER, told["number"], 0)
    room.guess(VIEWER, told["number"], 1)
    assert vote(room, VIEWER)["counts"] == [0, 1]
    assert vote(room, VIEWER)["mine"] == 1
    assert vote(room, OTHER)["counts"] is None
    room.guess(LEADER, told["number"], 0)  # before it led, say: all of the room sees its screen
    assert (vote(room, LEADER, token)["answers"], vote(room, LEADER, token)["counts"]) == (2, None)
    room.close_vote(token)
    assert vote(room, OTHER)["counts"] == vote(room, LEADER, token)["counts"] == [1, 1]
    with pytest.raises(UserError, match="over"):
        room.guess(OTHER, told["number"], 0)
    room.end_vote(token)
    assert vote(room, VIEWER) is None


@pytest.mark.parametrize(
    ("question", "options", "said"),
    [
        ("", ["a", "b"], "question"),
        ("x" * 121, ["a", "b"], "at most 120"),
        ("Which?", ["a"], "2 to 4"),
        ("Which?", ["a", "b", "c", "d", "e"], "2 to 4"),
        ("Which?", ["a", " a"], "2 to 4"),
        ("Which?", ["a", "b" * 41], "at most 40"),
        ("Which?", "ab", "Reload"),
        ("Which?", {"a": "b"}, "Reload"),
        (3, [4, None], "question"),
    ],
)
def test_a_vote_that_cannot_be_is_refused_with_the_cure(
    room: Room, token: str, question: object, options: object, said: str
) -> None:
    with pytest.raises(UserError, match=said):
        room.put_question(token, question, options)
    assert vote(room, VIEWER) is None


@pytest.mark.parametrize("option", [None, -1, 2, True, 0.0, "0", []])
def test_a_guess_that_is_none_is_not_counted(room: Room, token: str, option: object) -> None:
    room.put_question(token, "Which?", ["a", "b"])
    with pytest.raises(UserError):
        room.guess(VIEWER, 1, option)
    with pytest.raises(UserError, match="over"):
        room.guess(VIEWER, 2, 0)
    assert vote(room, LEADER, token)["answers"] == 0


def test_votes_are_bounded(room: Room, token: str) -> None:
    room.put_question(token, "Which?", ["a", "b"])
    for number in range(MOST):
        room.guess(f"{number:032x}", 1, 0)
    with pytest.raises(UserError, match="No more"):
        room.guess("f" * 32, 1, 0)
    room.guess(f"{0:032x}", 1, 1)  # who has guessed may change it
    room.close_vote(token)
    assert vote(room, LEADER, token)["counts"] == [MOST - 1, 1]


def test_only_the_leader_asks_closes_and_clears(room: Room, token: str) -> None:
    room.put_question(token, "Which?", ["a", "b"])
    for act in (lambda: room.put_question("", "What?", ["c", "d"]), lambda: room.close_vote("guess")):
        with pytest.raises(UserError, match="leader"):
            act()
    for act in (lambda: room.end_vote(""), lambda: room.clear_room(None)):
        with pytest.raises(UserError, match="leader"):
            act()
    assert vote(room, VIEWER)["open"]


def test_a_cleared_room_begins_afresh(room: Room, token: str) -> None:
    room.look(LEADER, "", token)
    before = room.look(VIEWER, "")["round"]
    room.put_question(token, "Which?", ["a", "b"])
    room.clear_room(token)
    answer = room.look(LEADER, "", token)
    assert (answer["people"], answer["vote"], answer["leading"]) == (0, None, True)
    assert room.look(VIEWER, "")["round"] != before  # who explored alone follows again
    room.put_question(token, "Which?", ["a", "b"])
    assert vote(room, VIEWER)["number"] == 2  # a page that still shows the last one shows another


def test_what_is_this_machines_own() -> None:
    assert all(map(is_own, ("localhost", "lab.localhost", "127.0.0.1", "127.0.0.2", "::1")))
    assert not any(map(is_own, ("192.168.1.5", "lab.example", "2001:db8::1", "localhost.example")))


@pytest.mark.parametrize(
    ("host", "page", "network", "address"),
    [
        ("0.0.0.0", "http://127.0.0.1:9/", "192.0.2.7", "http://192.0.2.7:7860/"),
        ("0.0.0.0", "http://lab.example:80/at/", "192.0.2.7", "http://lab.example:80/at/"),
        ("0.0.0.0", "http://localhost:7860/", "", "http://localhost:7860/"),
        ("127.0.0.1", "http://localhost:7860/", "192.0.2.7", "http://localhost:7860/"),
        ("192.0.2.9", "http://localhost:7860/", "192.0.2.7", "http://192.0.2.9:7860/"),
        ("127.0.0.1", "https://user-lab.hf.space/", "192.0.2.7", "https://user-lab.hf.space/"),
    ],
)
def test_a_phone_is_given_an_address_it_can_open(
    monkeypatch: pytest.MonkeyPatch, host: str, page: str, network: str, address: str
) -> None:
    monkeypatch.setattr("ui.network.lan_address", lambda: network)
    lab = Lab(Path(), Path(), None, host=host)  # type: ignore[arg-type]
    told = share(lab, page, "abc")
    assert told["address"] == f"{address}?tab=train&run=abc"
    assert share(lab, page, "../..")["address"] == address
    can_be_reached = not address.startswith("http://localhost")
    assert bool(told["qr"]) is can_be_reached
    assert bool(told["note"]) is not can_be_reached
    if host == "127.0.0.1" and not can_be_reached:
        assert "--presenter and no --host, or with --host 0.0.0.0" in told["note"]


class Terminal(io.TextIOWrapper):
    """What people read in, that can write so much."""

    def __init__(self, encoding: str, is_one: bool) -> None:
        super().__init__(io.BytesIO(), encoding=encoding)
        self._is_one = is_one

    def isatty(self) -> bool:
        return self._is_one


@pytest.mark.parametrize(("encoding", "is_one"), [("utf-8", True), ("utf-8", False), ("cp1252", True)])
def test_the_terminal_shows_the_link_and_draws_the_code_where_it_can(
    monkeypatch: pytest.MonkeyPatch, encoding: str, is_one: bool
) -> None:
    monkeypatch.setattr(sys, "stdout", Terminal(encoding, is_one))
    lab = led(monkeypatch, "0.0.0.0", "192.0.2.7")
    said = invitation(lab, "http://127.0.0.1:7860/")
    lines = said.splitlines()
    assert f"http://192.0.2.7:7860/?lead={lab.room.link}" in lines[0]
    draws = is_one and encoding == "utf-8"
    assert len(lines) == (18 if draws else 1)  # two rows of the 33 squares, margins among them, in a line
    assert draws == ("\033[97;40m█" in said)


@pytest.mark.parametrize(
    ("host", "network", "address", "said"),
    [
        ("0.0.0.0", "", "http://127.0.0.1:7860/", "in no network. Join one"),
        ("127.0.0.1", "192.0.2.7", "http://127.0.0.1:7860/", "listens on this computer only. Start it with"),
        ("192.0.2.9", "192.0.2.7", "http://192.0.2.9:7860/", ""),
        ("2001:db8::1", "192.0.2.7", "http://[2001:db8::1]:7860/", ""),
    ],
)
def test_the_terminal_says_why_no_phone_can_come(
    monkeypatch: pytest.MonkeyPatch, host: str, network: str, address: str, said: str
) -> None:
    lead, *rest = invitation(led(monkeypatch, host, network), "http://127.0.0.1:7860/").splitlines()
    assert f" {address}?lead=" in lead
    assert said in " ".join(rest)
    assert bool(rest) is bool(said)


def led(monkeypatch: pytest.MonkeyPatch, host: str, network: str) -> Lab:
    """An app that somebody leads; `network` is this machine's address there."""
    monkeypatch.setattr("ui.network.lan_address", lambda: network)
    return Lab(Path(), Path(), None, host=host, room=Room(led=True))  # type: ignore[arg-type]


@pytest.mark.parametrize("page", [None, 3, "", "javascript:alert(1)", "file:///etc", "http://", "http://[", "http:x"])
def test_what_is_no_address_gets_no_code(page: object) -> None:
    with pytest.raises(UserError, match="Reload"):
        share(Lab(Path(), Path(), None), page, "")  # type: ignore[arg-type]
