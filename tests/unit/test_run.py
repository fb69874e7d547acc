"""A run's folder, and executing one with a stand-in for the engine: what is obeyed, kept and said."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from resnet.errors import UserError
from train import worker
from train.events import Diverged, Epoch, Event, Finished, Preparing, Started, Step
from train.recipe import Recipe
from train.run import Run

RECIPE = Recipe(net="resnet10_w16", image_px=32, epochs=2)
STEPS = 5  # an epoch


class Scripted:
    """Stands in for `Training`: the events of a run without the arithmetic."""

    trouble: Exception | None = None  # raised at step 3
    diverges = False  # at step 8
    seconds = 0.0  # a step takes

    def __init__(self, recipe: Recipe) -> None:
        self.recipe, self.step = recipe, 0

    def finite_weights(self) -> SimpleNamespace:
        return SimpleNamespace(step=self.step)

    def events(self) -> Iterator[Event]:
        sizes = {"train_pictures": 10, "val_pictures": 2, "image_px": 32, "batch": 2, "threads": 1, "refused": 0}
        steps = self.recipe.epochs * STEPS
        yield Started("net", 1, ("cat", "dog"), epochs=self.recipe.epochs, steps_per_epoch=STEPS, steps=steps,
                      precision="float32", **sizes)  # fmt: skip
        for epoch in range(self.recipe.epochs):
            for _ in range(STEPS):
                if self.step == 2 and self.trouble:
                    raise self.trouble
                if self.step == 7 and self.diverges:
                    yield Diverged(8, "The loss became nan")
                    return
                time.sleep(self.seconds)
                self.step += 1
                yield Step(self.step, epoch, 0.5, 0.5, 0.1, 100.0)
            yield Epoch(epoch, self.step, 0.5, 0.5, 0.5, 0.5, 1.0, 1.0)
        yield Finished(self.step)


@pytest.fixture
def scripted(monkeypatch: pytest.MonkeyPatch) -> type[Scripted]:
    fresh = type("Fresh", (Scripted,), {})

    def prepare(recipe: Recipe) -> Generator[Preparing, None, Scripted]:
        yield Preparing(1, 1, "drawing")
        return fresh(recipe)

    monkeypatch.setattr(worker, "prepare", prepare)
    monkeypatch.setattr(worker, "save_classifier", lambda path, training: path.write_text(str(training.step)))
    return fresh


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return Run.create(tmp_path, RECIPE)[0]


def kinds(run: Run) -> list[str]:
    return [event["kind"] for event in run.events()]


def wait_until(condition: Callable[[], Any], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.01)


# The folder


def test_created_runs_can_be_opened_and_keep_no_token(tmp_path: Path) -> None:
    run, token = Run.create(tmp_path / "runs", RECIPE)
    assert len(run.id) == 32
    assert Run.open(tmp_path / "runs", run.id).recipe == RECIPE
    assert run.state() == "queued"
    assert not any(token in file.read_text() for file in run.path.iterdir())


def test_only_the_token_proves_ownership(tmp_path: Path) -> None:
    run, token = Run.create(tmp_path, RECIPE)
    _, other = Run.create(tmp_path, RECIPE)
    assert run.owned_by(token)
    for wrong in (other, "", token[:-1], token + "x", "é", "\ud800", None, 0, [token]):
        assert not run.owned_by(wrong)
    (run.path / "owner.json").unlink()
    assert not run.owned_by(token)


HOSTILE = [
    "", ".", "..", "../x", "a/b", "a\\b", "/etc", "C:x", ".hidden", "-rf", "a\0", "a\n", "x" * 81, "é", "con",
    "NUL.txt", "a.", "a b", "~", "%2e%2e", None, 7, ["a"], {"a": 1},
]  # fmt: skip


@pytest.mark.parametrize("id", HOSTILE)
def test_ids_that_are_no_plain_folder_name_are_refused_before_the_disk_is_touched(tmp_path: Path, id: Any) -> None:
    runs = tmp_path / "runs"
    with pytest.raises(UserError) as refused:
        Run.open(runs, id)
    assert refused.value.cure
    if id is not None:  # which asks `create` for a name of its own
        with pytest.raises(UserError):
            Run.create(runs, RECIPE, id=id)
    assert not list(tmp_path.iterdir())


def test_unknown_and_half_made_runs_are_refused(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for id in ("nobody", "empty"):
        with pytest.raises(UserError, match="no run of this name"):
            Run.open(tmp_path, id)


def test_a_name_is_used_once(tmp_path: Path) -> None:
    Run.create(tmp_path, RECIPE, id="mine")
    with pytest.raises(UserError, match=r"mine: .*another name"):
        Run.create(tmp_path, RECIPE, id="mine")


def test_relative_data_is_kept_as_an_absolute_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pets").mkdir()
    (tmp_path / "drawn").mkdir()
    monkeypatch.chdir(tmp_path)
    made = {data: Run.create("runs", Recipe(data=data))[0].recipe.data for data in ("pets", "drawn", "nowhere")}
    assert made == {"pets": str(tmp_path / "pets"), "drawn": "drawn", "nowhere": "nowhere"}


def test_what_is_wanted_is_the_last_thing_asked_for(run: Run) -> None:
    asking = Run(run.path)
    assert run.wanted() == "run"
    for want in ("pause", "pause", "run", "stop"):
        asking.ask(want)
        assert run.wanted() == want
    with pytest.raises(UserError, match="run, pause, stop"):
        asking.ask("explode")
    (run.path / "control.json").write_text("{torn")
    assert run.wanted() == "stop"


def test_nothing_temporary_is_left_behind(run: Run) -> None:
    for _ in range(20):
        run.ask("pause")
    assert not list(run.path.glob(".*")) + list(run.path.glob("*.tmp"))


def test_a_run_whose_process_died_reads_interrupted(run: Run) -> None:
    run.release()
    code = """
import sys, os
from pathlib import Path
from filelock import FileLock
folder = Path(sys.argv[1])
lock = FileLock(folder / "lock")
lock.acquire()
(folder / "events.jsonl").write_text('{"seq":1,"time":1,"kind":"started","steps":9}\\n')
print("held", flush=True)
sys.stdin.read()
"""
    holder = subprocess.Popen(
        [sys.executable, "-c", code, str(run.path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert holder.stdout
        assert holder.stdout.readline() == "held\n"
        assert run.state() == "running"
        with pytest.raises(UserError, match="Another process"):
            run.hold(timeout=0.05)
    finally:
        holder.kill()
        holder.communicate()
    assert run.state() == "interrupted"


# Executing


def test_a_run_goes_from_preparing_to_finished(run: Run, scripted: type[Scripted]) -> None:
    watched: list[Event] = []
    worker.execute(run, watch=watched.append)
    assert kinds(run) == ["preparing", "started", *["step"] * 5, "epoch", *["step"] * 5, "epoch", "finished"]
    assert [event.kind for event in watched] == kinds(run)
    assert [event["seq"] for event in run.events()] == list(range(1, 16))
    assert run.state() == "finished"
    assert run.weights.read_text() == "10"
    assert not run.is_held()
    assert not (run.path / "error.log").exists()


def test_weights_are_there_when_their_epoch_is_told(run: Run, scripted: type[Scripted]) -> None:
    found: list[str] = []

    def look(event: Event) -> None:
        if isinstance(event, Epoch):
            found.append(run.weights.read_text())

    worker.execute(run, watch=look)
    assert found == ["5", "10"]


def test_a_run_is_trained_once(run: Run, scripted: type[Scripted]) -> None:
    worker.execute(run)
    before = kinds(run)
    with pytest.raises(UserError, match="trained before"):
        worker.execute(run)
    assert kinds(run) == before


def test_pause_stops_steps_and_continue_goes_on(run: Run, scripted: type[Scripted]) -> None:
    scripted.seconds = 0.02
    busy: dict[str, float] = {}  # the trainer's own processor time at each kind of event

    def watch(event: Event) -> None:
        busy[event.kind] = time.thread_time()

    trainer = threading.Thread(target=worker.execute, args=(run,), kwargs={"watch": watch})
    trainer.start()
    wait_until(lambda: run.summary()["step"] >= 2)
    run.ask("pause")
    wait_until(lambda: run.state() == "paused")
    step = run.summary()["step"]
    time.sleep(0.4)
    assert run.summary()["step"] == step
    run.ask("run")
    trainer.join(30)
    assert run.state() == "finished"
    assert [kind for kind in kinds(run) if kind in ("paused", "continued")] == ["paused", "continued"]
    assert busy["continued"] - busy["paused"] < 0.2
    assert [event["step"] for event in run.events() if event["kind"] == "step"] == list(range(1, 11))


@pytest.mark.parametrize("when", ["training", "paused"])
def test_stop_keeps_the_weights_before_the_first_epoch_is_over(run: Run, scripted: type[Scripted], when: str) -> None:
    def stop_at(event: Event) -> None:
        if isinstance(event, Step) and event.step == 3:
            run.ask("stop" if when == "training" else "pause")
        if event.kind == "paused":
            run.ask("stop")

    worker.execute(run, watch=stop_at)
    assert run.events()[-1]["reason"] == "stopped"
    assert run.state() == "stopped"
    assert "continued" not in kinds(run)
    assert run.weights.read_text() == "3"


def test_stop_while_pictures_are_prepared_ends_the_run_at_once(run: Run, scripted: type[Scripted]) -> None:
    run.ask("stop")
    worker.execute(run)
    assert kinds(run) == ["preparing", "finished"]
    assert run.state() == "stopped"
    assert not run.weights.exists()


@pytest.mark.parametrize("how", ["stop", "leave"])
def test_a_run_that_ends_before_its_first_step_keeps_no_weights(run: Run, scripted: type[Scripted], how: str) -> None:
    leaving = threading.Event()

    def end_at(event: Event) -> None:
        if isinstance(event, Started):
            run.ask("stop") if how == "stop" else leaving.set()

    worker.execute(run, leaving=leaving, watch=end_at)
    assert kinds(run) == ["preparing", "started", "finished"][: 3 if how == "stop" else 2]
    assert not run.weights.exists()


@pytest.mark.parametrize("when", ["training", "paused"])
def test_leaving_saves_and_reads_interrupted(run: Run, scripted: type[Scripted], when: str) -> None:
    leaving = threading.Event()

    def leave_at(event: Event) -> None:
        if isinstance(event, Step) and event.step == 4:
            if when == "training":
                leaving.set()
            else:
                run.ask("pause")
                threading.Timer(0.1, leaving.set).start()

    worker.execute(run, leaving=leaving, watch=leave_at)
    assert run.state() == "interrupted"
    assert run.weights.read_text() == "4"


def test_divergence_is_an_end_of_its_own(run: Run, scripted: type[Scripted]) -> None:
    scripted.diverges = True
    worker.execute(run)
    assert run.state() == "diverged"
    assert run.weights.exists()


def test_a_refusal_becomes_the_last_event_word_for_word(run: Run, scripted: type[Scripted]) -> None:
    scripted.trouble = UserError("It is bad", where="data", cure="Make it good")
    worker.execute(run)
    last = run.events()[-1]
    assert (last["kind"], last["what"], last["where"], last["cure"]) == ("failed", "It is bad", "data", "Make it good")
    assert run.state() == "failed"
    assert not (run.path / "error.log").exists()


@pytest.mark.parametrize(
    ("trouble", "where"),
    [
        (UserError("{data}/cat holds nothing", where="{data}", cure="Fill {data}"), "pets"),
        (UserError("It is bad", where="{data}/cat/1.jpg", cure="Make it good"), "pets/cat/1.jpg"),
        (UserError("It is bad", where="cat/1.jpg", cure="Make it good"), "cat/1.jpg"),
        (UserError("It is bad", where="{above}/other.zip", cure="Make it good"), "other.zip"),
        (PermissionError(13, "Permission denied", "{above}/letters/x.png"), "x.png"),
    ],
)
def test_a_failed_run_does_not_tell_where_this_computer_keeps_its_files(
    tmp_path: Path, scripted: type[Scripted], trouble: Exception, where: str
) -> None:
    data = tmp_path / "pets"
    data.mkdir()

    def placed(text: str) -> str:
        return text.format(data=data, above=tmp_path)

    if isinstance(trouble, UserError):
        scripted.trouble = UserError(placed(trouble.what), where=placed(trouble.where), cure=placed(trouble.cure))
    else:
        assert isinstance(trouble, OSError)
        scripted.trouble = OSError(trouble.errno, trouble.strerror, placed(trouble.filename))
    run = Run.create(tmp_path / "runs", Recipe(net="resnet10_w16", data=str(data)))[0]
    worker.execute(run)
    last = run.events()[-1]
    assert last["kind"] == "failed"
    assert Path(last["where"]) == Path(where)
    assert str(tmp_path) not in run.path.joinpath("events.jsonl").read_text(encoding="utf-8").replace("\\\\", "\\")


def test_a_spoilt_recipe_fails_its_run(run: Run, scripted: type[Scripted]) -> None:
    (run.path / "recipe.json").write_text("{")
    worker.execute(run)
    assert (run.state(), run.events()[-1]["where"]) == ("failed", "recipe.json")


@pytest.mark.parametrize(
    ("trouble", "said"),
    [
        (KeyError("secret"), "error in this program"),
        (MemoryError(), "memory"),
        (RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory"), "memory"),
        (OSError(28, "No space left on device", "x"), "No space left"),
    ],
)
def test_other_errors_are_said_plainly_and_detailed_in_the_folder(
    run: Run, scripted: type[Scripted], trouble: Exception, said: str
) -> None:
    scripted.trouble = trouble
    worker.execute(run)
    last = run.events()[-1]
    assert said in last["what"]
    assert last["cure"]
    assert "Traceback" not in json.dumps(last)
    assert "secret" not in json.dumps(last)
    assert "Traceback" in (run.path / "error.log").read_text()


def test_recipes_are_kept_as_they_were_settled(
    run: Run, scripted: type[Scripted], monkeypatch: pytest.MonkeyPatch
) -> None:
    settled = Recipe(net="resnet10_w16", image_px=32, epochs=1, threads=2, precision="float32")
    monkeypatch.setattr(scripted, "__init__", lambda self, *_: vars(self).update(recipe=settled, step=0))
    worker.execute(run)
    assert Run.open(run.path.parent, run.id).recipe == settled


def test_a_full_disk_leaves_no_half_made_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    run, _token = Run.create(tmp_path, RECIPE, id="before")
    run.ask("pause")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(UserError, match="No space left"):
        Run.create(tmp_path, RECIPE)
    with pytest.raises(UserError, match="No space left"):
        run.ask("stop")
    monkeypatch.undo()
    assert run.wanted() == "pause"
    assert [path.name for path in tmp_path.iterdir()] == ["before"]
    assert not list(run.path.glob(".*"))


def test_a_folder_that_cannot_be_written_to_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="may write to"):
        Run.create(tmp_path / "file", RECIPE)
