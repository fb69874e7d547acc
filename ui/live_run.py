"""What the page and its API can do with training runs: start one, read its events, steer it, list them.

Every function takes what a stranger may send and answers plain JSON values; refusals are `UserError`.
"""

from __future__ import annotations

import contextlib
import json
import shlex
import threading
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from resnet.errors import UserError
from train.chart import chart_of
from train.event_log import OVER
from train.recipe import Recipe
from train.resuming import check_pictures, resumable
from train.run import Run
from train.warm_start import check_init
from ui import data_sets, own_runs, visitor
from ui.lab import Lab
from ui.lease import Lease
from ui.names import net_title
from ui.network import is_own
from ui.recipes import make_recipe
from ui.run_list import given_name
from ui.text import t

RECORDED = Path(__file__).resolve().parent.parent / "assets" / "recorded_run.json"  # made by tools.record
EVENTS_A_CALL = 500
RUNS_A_LIST = 50
_ENDED = OVER | {"interrupted"}


class Runs:
    """The runs of one app."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self.lease = Lease(lab.runs) if lab.public else None
        self.uploads = lab.runs.resolve() / "uploads"
        self._uploading = threading.Lock()  # from keeping a ZIP until there is a run that needs it
        self._forget_uploads()

    def start(self, data: str, *wanted: Any) -> dict[str, str]:
        """Queue a run on the pictures called `data`; see `ui.data_sets.source`; the rest is `_recipe`'s.

        Returns:
            ``{"run": id, "token": what controls it}``.
        """
        return self._launch(self._recipe(data_sets.source(self.lab.data, data, public=self.lab.public), *wanted))

    def start_upload(self, file: str | None, *wanted: Any) -> dict[str, str]:
        """Queue a run on an uploaded ZIP, which is kept until the run is over; also while somebody may go on with it,
        as long as there is room (`ui.data_sets.forget_uploads`).
        """
        if not file:
            raise UserError(t("train.no_upload"), cure=t("train.no_upload_cure"))
        # Before anything is copied: it may be refused.
        recipe = self._recipe(file, *wanted)
        with self._uploading:
            kept = data_sets.keep_upload(self.uploads, Path(file))
            try:
                return self._launch(replace(recipe, data=str(kept)))
            finally:
                self._forget_uploads()

    def _recipe(
        self, source: str, net: str, recipe: str, settings: Mapping[str, Any], init: str = "", init_token: object = ""
    ) -> Recipe:
        """As `make_recipe`; but `init` may also be "run:ID", and `init_token` is then that run's token."""
        own = ""
        if isinstance(init, str) and init.startswith(own_runs.PREFIX):
            own = own_runs.weights_of(self.lab, init, init_token)
        return make_recipe(source, net, recipe, settings, "" if own else init, own=own, public=self.lab.public)

    def start_over(self, run: str, token: object = "") -> dict[str, str]:
        """Queue a new run like another: its settings as they were settled (seed, threads, precision), its pictures.

        Args:
            run: the other run's id. Who may watch it may do so; on a public page its id must be one that cannot be
                guessed. An uploaded ZIP, or the weights of a run of one's own, are for its owner alone.
            token: the other run's, where one is needed.

        Returns:
            ``{"run": id, "token": what controls it}`` of the new run.
        """
        other = Run.open(self.lab.runs, run)
        recipe = other.recipe
        begins_from_run = self.lab.runs.resolve() in Path(recipe.init).resolve().parents
        is_link_enough = not self.lab.public or (own_runs.is_from_page(other) and not self._is_uploaded(other))
        if begins_from_run or not is_link_enough:
            self._check_owner(other, token)
        if begins_from_run:
            check_init(recipe.net, recipe.norm, recipe.init)
        with self._uploading:  # nobody forgets its ZIP meanwhile
            check_pictures(other)
            return self._launch(recipe)

    def _check_owner(self, run: Run, token: object) -> None:
        """Refuse whoever may not have its weights."""
        if not own_runs.may_begin_from(self.lab, run, token):
            raise UserError(t("train.not_yours"), where=run.id, cure=t("train.not_yours_cure"))

    def _is_uploaded(self, run: Run) -> bool:
        return self.uploads in Path(run.recipe.data).parents

    def _launch(self, recipe: Recipe) -> dict[str, str]:
        self.lab.room.check(visitor.leader_token())
        run, token = self.lab.launcher.start(recipe)
        if self.lease:
            self.lease.begin(run.id)
        return {"run": run.id, "token": token}

    def _forget_uploads(self) -> None:
        """Delete the uploads that no run needs any longer."""
        if not self.uploads.is_dir():
            return
        needed, useful = [], []
        for row in self.lab.launcher.list():
            if row["state"] in _ENDED and not resumable(row):
                continue
            with contextlib.suppress(OSError, UserError):  # deleted by hand since
                path = Path(Run.open(self.lab.runs, row["id"]).recipe.data)
                (useful if row["state"] in _ENDED else needed).append(path)
        data_sets.forget_uploads(self.uploads, needed, useful)

    def events(self, run: str, since: int) -> dict[str, Any]:
        """The next events of a run, at most 500.

        Returns:
            ``run, state, ahead`` (runs that come before it), ``holds_up`` (the state of what it waits for, empty if it
            does not wait), ``makes_way_in`` (seconds until a paused run leaves its place to one that waits, for either;
            None if none will) and ``events`` with a larger ``seq`` than `since`; from the start of a run (``since=0``)
            also ``about``: what is being trained on what. Only where there is one: ``note``, why a public page stopped
            the run; ``command``, what resumes an interrupted run in a terminal, on a page for this machine alone.
        """
        seq, found = _count(since, "since"), Run.open(self.lab.runs, run)
        answer = self._standing(found)
        answer["events"] = found.events(seq, EVENTS_A_CALL)
        if seq == 0:
            answer["about"] = about(found)
        return answer

    def chart(self, run: str, since: int, step: int, width: int) -> dict[str, Any]:
        """What a page lacks that has a run's events up to `since` and its steps up to `step`, in buckets of `width`.

        Returns:
            ``run, state, ahead, holds_up, makes_way_in, note, command`` and ``about`` as `events` does, and what
            `train.chart.Chart.since` returns.
        """
        had = [_count(number, name) for number, name in ((since, "since"), (step, "step"), (width, "width"))]
        found = Run.open(self.lab.runs, run)
        answer = self._standing(found)
        if since == 0:
            answer["about"] = about(found)
        return {**answer, **chart_of(found.path / "events.jsonl").since(*had)}

    def _standing(self, found: Run) -> dict[str, Any]:
        """How a run stands. Ask before reading its events: once this says that it is over, they are complete."""
        answer: dict[str, Any] = {"run": found.id, "state": found.state()}
        if self.lease:
            self.lease.watched(found.id)
            if self.lease.has_ended(found.id) and answer["state"] == "stopped":
                answer["note"] = t("page.room.abandoned", minutes=f"{self.lease.minutes:g}")
        answer["ahead"] = self.lab.launcher.ahead(found.id)
        answer["holds_up"] = self.lab.launcher.holds_up(found.id)
        answer["makes_way_in"] = self.lab.launcher.makes_way_in(found.id)
        if answer["state"] == "interrupted" and not self.lab.public and is_own(self.lab.host):
            answer["command"] = resume_command(found)  # whoever sits at this machine needs no token
        if answer["state"] in _ENDED and self._is_uploaded(found):
            with self._uploading:
                self._forget_uploads()
        return answer

    def is_there(self, run: object) -> bool:
        """Whether there is a run of that id."""
        try:
            Run.open(self.lab.runs, run)  # type: ignore[arg-type]
        except UserError:
            return False
        return True

    def control(
        self, run: str, token: str, want: str, step: int | None = None, lr: float | None = None
    ) -> dict[str, str]:
        """Ask a run to ``run``, ``pause``, ``stop``, ``step`` (go on until `step` was taken, then pause) or ``resume``
        (go on with a run that was left), and to learn at another highest rate `lr`.

        Returns:
            Its id and state, which follows within a step.
        """
        self.lab.room.check(visitor.leader_token())
        if want == "resume":
            self.lab.launcher.resume(run, token, lr=lr)
        else:
            self.lab.launcher.control(run, token, want, step=step, lr=lr)
        if self.lease and want in ("resume", "run", "step"):  # all of them let a run go on that was left
            self.lease.begin(run)
        return {"run": run, "state": Run.open(self.lab.runs, run).state()}

    def list(self, tokens: Mapping[str, str]) -> list[dict[str, Any]]:
        """The newest runs. On a public page only those `tokens` (run id -> token) proves to be the caller's own."""
        if not isinstance(tokens, Mapping):
            raise UserError(t("train.no_tokens"), where="tokens", cure=t("train.no_tokens_cure"))
        rows = self.lab.launcher.list()
        if self.lab.public:
            rows = [row for row in rows if row["id"] in tokens and self._owns(row["id"], tokens[row["id"]])]
        return [as_told(row) for row in rows[:RUNS_A_LIST]]

    def _owns(self, run: str, token: object) -> bool:
        return Run.open(self.lab.runs, run).owned_by(token)


def as_told(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row of the launcher's list with what people call its net and its pictures."""
    return {**row, "net": net_title(row["net"]), "data": data_sets.title(row["data"])}


def recorded() -> dict[str, Any]:
    """The shipped recording of a finished run: what `Runs.chart` answers from its start, and ``recorded``: when it was
    trained (unix seconds) and on what machine.
    """
    return dict(json.loads(RECORDED.read_text(encoding="utf-8")))


def resume_command(run: Run) -> str:
    """What goes on with a run in a terminal, typed in the folder that this app was started in."""
    folder, here = run.path, Path.cwd()
    return f"python -m train resume {shlex.quote(str(folder.relative_to(here) if here in folder.parents else folder))}"


def _count(number: object, name: str) -> int:
    if isinstance(number, bool) or not isinstance(number, (int, float)) or not 0 <= number < 2**53:
        raise UserError(t("train.no_seq"), where=name, cure=t("train.no_seq_cure"))
    return int(number)


def about(run: Run) -> dict[str, Any]:
    """What a viewer is told of a run before its first event; no path of this machine is among it."""
    recipe = run.recipe
    return {
        "given": given_name(run.id),
        "created": run.created,
        "net": net_title(recipe.net),
        "data": data_sets.title(recipe.data),
        "recipe": recipe.name,
        "epochs": recipe.epochs,
        "image_px": recipe.image_px,
        "batch": recipe.batch,
        "lr": recipe.lr,
        "seed": recipe.seed,
        "train_pictures": recipe.train_pictures,
        "from_page": own_runs.is_from_page(run),
    }
