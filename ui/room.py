"""A room of people on one page: who is there, where its leader is, and what is voted on.

Everything is kept in memory and safe for threads. Every function takes what a stranger may send; refusals are
`UserError`.
"""

from __future__ import annotations

import hmac
import re
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from resnet.errors import UserError
from ui import links, look
from ui.room_vote import Vote
from ui.text import t

HERE_SECONDS = 10.0  # since a browser was last heard of: its page asks at least every five
MOST = 500  # browsers that are counted, and that vote
_BROWSER = re.compile(r"[0-9a-f]{32}")
_MAX_ADDRESS = 16_000  # characters
_MOST_COMPARED = 12  # runs; the page says what it can draw


@dataclass(frozen=True, slots=True)
class Place:
    """What the leader has on show.

    Args:
        tab: one of `ui.links.TABS`.
        run: the id of the run that is watched; empty for none.
        compare: the ids of those that are drawn over each other.
        look: what the Architecture tab shows, as `ui.look.parse` reads it.
    """

    tab: str = links.TABS[0]
    run: str = ""
    compare: tuple[str, ...] = ()
    look: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def at(cls, address: str) -> Place:
        """The place that an address's query names. Only parameters that are known, and make sense, are taken.

        Raises:
            ValueError: it is too long.
        """
        if len(address) > _MAX_ADDRESS:
            raise ValueError(address[:60])
        query = dict(parse_qsl(address.removeprefix("?"), max_num_fields=100))
        state = links.parse(query)
        compare = tuple(run for run in query.get("compare", "").split(",") if links.RUN_ID.fullmatch(run))
        return cls(state.tab, state.run, compare[:_MOST_COMPARED], look.as_parameters(look.parse(query)))


@dataclass(frozen=True, slots=True)
class _Seen:
    at: float  # seconds of the clock
    run: str


class Room:
    """The people on one app's page.

    Args:
        led: one browser leads: only it starts and steers runs, and the others follow what it shows.
        clock: seconds that never go back.

    Attributes:
        link: the word that makes a browser the leader, once; empty where nobody leads.
    """

    def __init__(self, *, led: bool = False, clock: Callable[[], float] = time.monotonic) -> None:
        self.led = led
        self.link = secrets.token_urlsafe(12) if led else ""
        self._token = ""  # of the browser that opened the link
        self._clock = clock
        self._lock = threading.RLock()
        self._people: dict[str, _Seen] = {}
        self._leader = ""  # the leader's browser, as it calls itself
        self._place: Place | None = None  # until a leader was there
        self._moves = 0
        self._round = secrets.token_hex(4)
        self._vote: Vote | None = None
        self._votes = 0

    # --- the leader ---

    def lead(self, link: object, token: object = "") -> str:
        """Make whoever brings the one-time link the leader, and return the token that proves it from now on.

        Args:
            link: the word of the link.
            token: what this browser has, if it leads already: it may open the link again.

        Raises:
            UserError: nobody leads here, another browser has opened the link, or it is another app's.
        """
        with self._lock:
            if not (self.link and _same(link, self.link)):
                raise UserError(t("page.room.no_link"), cure=t("page.room.no_link_cure"))
            if self._token and not self.leads(token):
                raise UserError(t("page.room.link_used"), cure=t("page.room.link_used_cure"))
            self._token = self._token or secrets.token_urlsafe(32)
            return self._token

    def leads(self, token: object) -> bool:
        """Whether this is the leader's token; in constant time."""
        return bool(self._token) and _same(token, self._token)

    def check(self, token: object) -> None:
        """Refuse what only the leader may do, where there is one.

        Raises:
            UserError: another browser leads.
        """
        if self.led and not self.leads(token):
            raise UserError(t("page.room.not_leader"), cure=t("page.room.not_leader_cure"))

    @property
    def place(self) -> Place | None:
        """What the leader has on show; None before there was a leader."""
        return self._place

    # --- everybody ---

    def look(self, who: object, run: object, token: object = "", address: object = "") -> dict[str, Any]:
        """Note that a browser is here, and tell it how the room stands.

        Args:
            who: 32 hexadecimal digits that the browser made up.
            run: the run it watches; empty for none.
            token: the leader's, if it has one.
            address: the query of its own address: the others follow the leader's.

        Returns:
            ``people`` here beside the leader, ``watching`` this run, ``leading`` (this browser is the leader),
            ``taken`` (there is one), ``place`` (what `Place` holds, and ``number``, which changes whenever it does),
            ``round`` (another whenever the room is cleared) and ``vote``, as `Vote.told` says it, or None.
        """
        browser = _browser(who)
        with self._lock:
            leading = self.leads(token)
            self._meet(browser, run if isinstance(run, str) and links.RUN_ID.fullmatch(run) else "")
            if leading:
                self._leader = browser
                self._move(address)
            return {
                "people": sum(name != self._leader for name in self._people),
                "watching": sum(seen.run == run for seen in self._people.values()) if run else 0,
                "leading": leading,
                "taken": bool(self._token),
                "place": self._told(),
                "round": self._round,
                "vote": self._vote.told(browser, leading) if self._vote else None,
            }

    def guess(self, who: object, number: object, option: object) -> None:
        """Give a browser's guess, or change it.

        Raises:
            UserError: nothing of that number is voted on, or it has no such option.
        """
        browser = _browser(who)
        with self._lock:
            if not self._vote or self._vote.number != number:
                raise UserError(t("page.room.vote_over"), cure=t("page.room.vote_over_cure"))
            if len(self._vote.guesses) >= MOST and browser not in self._vote.guesses:
                raise UserError(t("page.room.vote_full"), cure=t("page.room.vote_over_cure"))
            self._vote.guess(browser, option)

    # --- the leader's ---

    def put_question(self, token: object, question: object, options: object) -> None:
        """Let the room vote; a vote that was on show makes way.

        Raises:
            UserError: another browser leads; or the question or its options are none, see `Vote`.
        """
        self.check(token)
        with self._lock:
            self._vote = Vote.of(self._votes + 1, question, options)
            self._votes += 1

    def close_vote(self, token: object) -> None:
        """Take no more guesses; the result is shown to everybody."""
        self.check(token)
        with self._lock:
            if self._vote:
                self._vote.is_open = False

    def end_vote(self, token: object) -> None:
        """Take the vote off the page."""
        self.check(token)
        with self._lock:
            self._vote = None

    def clear_room(self, token: object) -> None:
        """Begin afresh: no vote, nobody counted until they are heard of again, and everybody follows."""
        self.check(token)
        with self._lock:
            self._vote = None
            self._people.clear()
            self._round = secrets.token_hex(4)

    def _meet(self, browser: str, run: str) -> None:
        now = self._clock()
        self._people = {name: seen for name, seen in self._people.items() if now - seen.at < HERE_SECONDS}
        if browser in self._people or len(self._people) < MOST:
            self._people[browser] = _Seen(now, run)

    def _move(self, address: object) -> None:
        try:
            place = Place.at(address) if isinstance(address, str) else self._place
        except ValueError:
            return
        if place != self._place:
            self._place = place
            self._moves += 1

    def _told(self) -> dict[str, Any] | None:
        place = self._place
        if place is None:
            return None
        return {"number": self._moves, **asdict(place)}


def _browser(who: object) -> str:
    if not isinstance(who, str) or not _BROWSER.fullmatch(who):
        raise UserError(t("train.not_asked_so"), cure=t("train.not_asked_so_cure"))
    return who


def _same(given: object, wanted: str) -> bool:
    return isinstance(given, str) and hmac.compare_digest(given.encode("utf-8", "surrogatepass"), wanted.encode())
