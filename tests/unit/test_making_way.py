"""A pause is no claim to the only slot: a paused run makes way for one that waits, and goes on exactly when resumed."""

from __future__ import annotations

import dataclasses
import io
import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from resnet.errors import UserError
from tests.launchers import ENDLESS, SHORT
from tests.runs import check_same, steps, wait_until, written
from train import session, slots
from train.event_log import STATE_AFTER
from train.events import Continued, Finished, MadeWay, Paused, Started, Step, as_dict
from train.launcher import Launcher
from train.making_way import Pauses
from train.run import Run
from train.waiting import Entry
from train.worker_process import WorkerProcess

RECIPE = dataclasses.replace(SHORT, epochs=3, device="cpu")


class Steered:
    """A run whose record a test writes, held as by who trains it."""

    def __init__(self, folder: Path, id: str) -> None:
        self.run, _ = Run.create(folder, SHORT, id=id)
        self.step = 0

    def tell(self, *events: Any) -> None:
        held = Run.open(self.run.path.parent, self.run.id)
        self.run.release()
        with held.writing() as log:
            for event in events:
                log.append(as_dict(event))
        self.run.hold(1)

    def pause(self) -> None:
        self.step += 1
        self.run.ask("pause", after=self.step)
        self.tell(Continued(self.step - 1), Step(self.step, 0, 0.5, 0.5, 0.1, 100.0), Paused(self.step))


@pytest.fixture
def now() -> list[float]:
    return [1000.0]


@pytest.fixture
def pauses(now: list[float]) -> Pauses:
    return Pauses(clock=lambda: now[0])


def test_a_pause_lasts_from_when_it_began_until_anything_happens(
    tmp_path: Path, pauses: Pauses, now: list[float]
) -> None:
    one = Steered(tmp_path, "one")
    entry = Entry((one.run,))

    def paused_for() -> float | None:
        pauses.look([entry])
        longest = pauses.longest([entry])
        return longest and longest[1]

    assert paused_for() is None  # it waits
    one.pause()
    assert paused_for() == 0
    now[0] += 100
    assert paused_for() == 100
    one.pause()  # a single step ends in a pause of its own
    assert paused_for() == 0
    now[0] += 50
    assert paused_for() == 50
    one.run.ask("pause", after=one.step + 1)  # asked for a step that is not taken yet
    assert paused_for() is None
    one.run.ask("pause")
    assert paused_for() == 0
    one.run.ask("run")
    assert paused_for() is None
    one.run.ask("pause")
    one.tell(Finished(one.step, "stopped"))
    assert paused_for() is None
    assert pauses.longest([]) is None


def test_a_set_is_paused_once_all_of_it_is_and_of_several_entries_the_longest_is_told(
    tmp_path: Path, pauses: Pauses, now: list[float]
) -> None:
    one, two, ended, other = (Steered(tmp_path, id) for id in ("one", "two", "ended", "other"))
    together, alone = Entry((one.run, two.run, ended.run)), Entry((other.run,))
    for each in (one, other):
        each.pause()
    ended.tell(Finished(4))
    pauses.look([together, alone])
    assert pauses.longest([together, alone]) is None
    now[0] += 10
    two.pause()
    pauses.look([together, alone])
    now[0] += 10
    assert pauses.longest([alone, together]) == (alone, 20)
    assert pauses.longest([together]) == (together, 10)
    pauses.look([together])
    assert pauses.longest([together, alone]) is None  # it has left


def test_a_run_that_cannot_be_read_leaves_the_pauses_of_others(
    tmp_path: Path, pauses: Pauses, now: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, spoilt = Steered(tmp_path, "one"), Steered(tmp_path, "spoilt")
    one.pause()
    monkeypatch.setattr(spoilt.run, "summary", unreadable)
    entries = [Entry((spoilt.run,)), Entry((one.run,))]
    pauses.look(entries)
    now[0] += 10
    pauses.look(entries)
    assert pauses.longest(entries[1:]) == (entries[1], 10)
    assert pauses.longest(entries) is None


def worker(entry: Entry) -> WorkerProcess:
    """One without a process, which has ended well."""
    process: Any = SimpleNamespace(wait=lambda: 0, stdin=io.BytesIO())
    return WorkerProcess(process, io.BytesIO(), entry)


def unreadable(*_: Any) -> Any:
    raise PermissionError(13, "Permission denied")


def test_who_looks_after_pauses_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slots, "LOOK_SECONDS", 0.01)
    ended = threading.Thread()
    ended.start()
    ended.join()
    three = slots.Slots(3, 1.0, unreadable)
    three._watcher = ended  # as after an error that nobody foresaw
    three.running.add(worker(Entry(())))
    with three.mutex:
        three._dispatch()
        watcher = three._watcher
        three._dispatch()
        assert watcher.is_alive()
        assert three._watcher is watcher
        three.running.clear()
    wait_until(lambda: three._watcher is None)


def test_whatever_becomes_of_who_leaves_the_next_has_its_turn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    turns = []
    two = slots.Slots(2, 1.0, unreadable)
    monkeypatch.setattr(two, "_dispatch", lambda: turns.append("given"))
    leaves = worker(Entry((Run.create(tmp_path, SHORT)[0],)))
    leaves.paused_for = 2.0
    with pytest.raises(PermissionError):
        two._reap(leaves)
    assert turns == ["given"]
    assert leaves.output.closed


@pytest.mark.parametrize(
    ("pauses", "has_weights", "state", "kind"),
    [
        (1, True, "stopped", "finished"),
        (1, False, "interrupted", "made_way"),  # it was killed before it could keep them
        (0, False, "stopped", "finished"),  # there is nothing to keep before the first step
    ],
)
def test_a_run_that_is_stopped_while_it_leaves_says_so_only_of_weights_that_are_there(
    tmp_path: Path, pauses: int, has_weights: bool, state: str, kind: str
) -> None:
    launcher = Launcher(tmp_path, slots=0)
    one = Steered(tmp_path, "one")
    one.tell(Started("net", 1, ("cat", "dog"), 4, 4, 1, 4, 4, 24, 1, "float32", 1, 0))
    for _ in range(pauses):
        one.pause()
    if has_weights:
        one.run.weights.write_bytes(b"")
    one.run.ask("stop")
    one.run.release()
    launcher._set_aside(one.run, 180.0)
    assert (one.run.state(), one.run.events()[-1]["kind"]) == (state, kind)
    launcher.close()


def test_a_run_whose_folder_cannot_be_written_to_is_set_aside_in_silence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    launcher = Launcher(tmp_path, slots=0)
    one = Steered(tmp_path, "one")
    one.pause()
    one.run.release()
    monkeypatch.setattr("train.run.EventWriter", unreadable)
    launcher._set_aside(one.run, 180.0)
    assert one.run.state() == "interrupted"
    launcher.close()


@pytest.fixture
def launcher(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Launcher]:
    """One whose runs may be paused for half a second."""
    monkeypatch.setattr(slots, "LOOK_SECONDS", 0.02)
    monkeypatch.setattr(slots, "SPARE_AFTER_SECONDS", 0.1)
    launcher = Launcher(tmp_path / "runs", pause_seconds=0.5)
    yield launcher
    launcher.close()
    wait_until(lambda: not launcher.slots.running)


def pause_at(launcher: Launcher, run: Run, token: str, step: int) -> None:
    launcher.control(run.id, token, "step", step=step)
    wait_until(lambda: run.state() == "paused" and steps(run) == step)


@pytest.mark.slow
def test_a_paused_run_makes_way_and_goes_on_exactly_where_it_was(launcher: Launcher, tmp_path: Path) -> None:
    whole, _ = Run.create(tmp_path, RECIPE)
    session.execute(whole)
    paused, token = launcher.start(RECIPE)
    pause_at(launcher, paused, token, 5)
    wait_until(lambda: launcher.slots._pauses.longest([Entry((paused,))]) is not None)
    assert launcher.makes_way_in(paused.id) is None  # nobody waits
    waiting, waiting_token = launcher.start(ENDLESS)
    wait_until(lambda: steps(waiting) > 0)

    last = paused.events()[-1]
    assert (paused.state(), last["kind"], last["step"]) == ("interrupted", "made_way", 5)
    assert last["seconds"] >= 0.5
    assert not (paused.path / "error.log").exists()
    with pytest.raises(UserError, match="Resume it"):
        launcher.control(paused.id, token, "pause")
    launcher.control(paused.id, token, "run")  # as good as to resume it, for a page that does not know yet
    assert (paused.state(), launcher.ahead(paused.id)) == ("queued", 1)
    launcher.control(waiting.id, waiting_token, "stop")
    wait_until(lambda: paused.state() == "finished")
    check_same(paused, whole)


@pytest.mark.slow
def test_a_run_that_is_let_go_on_while_it_leaves_waits_for_its_next_turn(
    launcher: Launcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    paused, token = launcher.start(ENDLESS)
    pause_at(launcher, paused, token, 3)
    dismiss = slots.WorkerProcess.dismiss

    def just_then(worker: Any) -> None:
        dismiss(worker)
        wait_until(lambda: not paused.is_held())  # it has left for certain
        paused.ask("pause", after=6)

    monkeypatch.setattr(slots.WorkerProcess, "dismiss", just_then)
    waiting, waiting_token = launcher.start(ENDLESS)
    wait_until(lambda: steps(waiting) > 0)
    monkeypatch.undo()
    wait_until(lambda: paused.state() == "queued")
    assert "made_way" not in [event["kind"] for event in written(paused)]
    launcher.control(waiting.id, waiting_token, "stop")
    wait_until(lambda: paused.state() == "paused" and steps(paused) == 6)


@pytest.mark.slow
def test_a_set_makes_way_once_all_of_its_runs_are_paused(launcher: Launcher) -> None:
    (one, one_token), (two, two_token) = launcher.start_together([ENDLESS] * 2, experiment="depth", slice_steps=2)
    wait_until(lambda: steps(one) > 0)
    launcher.control(one.id, one_token, "pause")
    waiting, _ = launcher.start(SHORT)
    wait_until(lambda: one.state() == "paused")
    gone_on = steps(two) + 20
    wait_until(lambda: steps(two) > gone_on)
    assert waiting.state() == "queued"
    assert launcher.makes_way_in(waiting.id) is None
    launcher.control(two.id, two_token, "pause")
    wait_until(lambda: waiting.state() == "finished")
    wait_until(lambda: [run.events(limit=10**6)[-1]["kind"] for run in (one, two)] == ["made_way"] * 2)
    left_at = steps(two)
    launcher.resume(two.id, two_token)
    wait_until(lambda: steps(two) > left_at)
    assert one.state() == "interrupted"


def test_both_are_told_how_long_it_still_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without workers: what the launcher says of entries that are in its slots."""
    launcher = Launcher(tmp_path / "runs", slots=0)
    waiting, _ = launcher.start(SHORT)
    assert launcher.makes_way_in(waiting.id) is None  # nothing trains
    one = Steered(tmp_path / "runs", "one")
    one.tell(Started("net", 1, ("cat", "dog"), 4, 4, 1, 4, 4, 24, 1, "float32", 1, 0))
    one.pause()
    entry, now = Entry((one.run,)), [0.0]
    launcher.slots._pauses._clock = lambda: now[0]
    launcher.slots.count = 1
    monkeypatch.setattr(launcher.slots, "_training", lambda: [entry])
    launcher.slots._pauses.look([entry])
    now[0] = 100
    assert [launcher.makes_way_in(id) for id in (waiting.id, one.run.id, "unknown")] == [80, 80, None]
    now[0] = 1000  # the machine slept, say, and nobody has looked since
    assert launcher.makes_way_in(waiting.id) == 0
    launcher.close()
    assert STATE_AFTER[MadeWay.kind] == "interrupted"
