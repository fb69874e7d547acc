"""Executing a run with a stand-in for the engine: what is obeyed, kept and said."""

from __future__ import annotations

import errno
import json
import threading
import time
from pathlib import Path

import pytest

from resnet.errors import UserError
from tests.runs import wait_until
from tests.scripted import Scripted, kinds
from train import keeper, session
from train.events import Epoch, Event, Started, Step
from train.recipe import Recipe
from train.run import Run


def test_a_run_goes_from_preparing_to_finished(run: Run, scripted: type[Scripted]) -> None:
    watched: list[Event] = []
    session.execute(run, watch=watched.append)
    assert kinds(run) == ["preparing", "started", *["step"] * 5, "epoch", *["step"] * 5, "epoch", "finished"]
    assert [event.kind for event in watched] == kinds(run)
    assert [event["seq"] for event in run.events()] == list(range(1, 16))
    assert run.state() == "finished"
    assert run.weights.read_text() == "10, calibrated"
    assert not run.is_held()
    assert not (run.path / "error.log").exists()


def test_weights_are_there_when_their_epoch_is_told(run: Run, scripted: type[Scripted]) -> None:
    found: list[str] = []

    def look(event: Event) -> None:
        if isinstance(event, Epoch):
            found.append(run.weights.read_text())

    session.execute(run, watch=look)
    assert found == ["5", "10"]


def test_a_run_is_trained_once(run: Run, scripted: type[Scripted]) -> None:
    session.execute(run)
    before = kinds(run)
    with pytest.raises(UserError, match="trained before"):
        session.execute(run)
    assert kinds(run) == before


def test_pause_stops_steps_and_continue_goes_on(run: Run, scripted: type[Scripted]) -> None:
    scripted.seconds = 0.02
    busy: dict[str, float] = {}  # the trainer's own processor time at each kind of event

    def watch(event: Event) -> None:
        busy[event.kind] = time.thread_time()

    trainer = threading.Thread(target=session.execute, args=(run,), kwargs={"watch": watch})
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

    session.execute(run, watch=stop_at)
    assert run.events()[-1]["reason"] == "stopped"
    assert run.state() == "stopped"
    assert "continued" not in kinds(run)
    assert run.weights.read_text() == "3, calibrated"


def test_a_run_has_ended_before_it_is_calibrated_whatever_becomes_of_that(
    run: Run, scripted: type[Scripted], monkeypatch: pytest.MonkeyPatch
) -> None:
    ends: list[str] = []

    def fail(path: Path, training: Scripted) -> None:
        ends.append(run.log_state())
        raise UserError("The weights are strange")

    monkeypatch.setattr(keeper, "calibrate_checkpoint", fail)
    session.execute(run)
    assert ends == ["finished"]
    assert run.state() == "finished"
    assert run.weights.read_text() == "10"
    assert "strange" in (run.path / "error.log").read_text()


def test_an_error_that_cannot_even_be_written_down_changes_no_end(
    run: Run, scripted: type[Scripted], monkeypatch: pytest.MonkeyPatch
) -> None:
    (run.path / "error.log").mkdir()  # opening it fails, as on a full disk
    monkeypatch.setattr(keeper, "calibrate_checkpoint", lambda path, training: 1 / 0)
    session.execute(run)
    assert run.state() == "finished"
    assert kinds(run)[-1] == "finished"


def test_a_full_disk_under_the_weights_says_that_the_run_can_go_on(
    run: Run, scripted: type[Scripted], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, training: Scripted) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(keeper, "save_classifier", full)
    session.execute(run)
    assert run.events()[-1]["kind"] == "failed"
    assert "resume the run" in run.events()[-1]["cure"]


def test_stop_while_pictures_are_prepared_ends_the_run_at_once(run: Run, scripted: type[Scripted]) -> None:
    run.ask("stop")
    session.execute(run)
    assert kinds(run) == ["preparing", "finished"]
    assert run.state() == "stopped"
    assert not run.weights.exists()


@pytest.mark.parametrize("how", ["stop", "leave"])
def test_a_run_that_ends_before_its_first_step_keeps_no_weights(run: Run, scripted: type[Scripted], how: str) -> None:
    leaving = threading.Event()

    def end_at(event: Event) -> None:
        if isinstance(event, Started):
            run.ask("stop") if how == "stop" else leaving.set()

    session.execute(run, leaving=leaving, watch=end_at)
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

    session.execute(run, leaving=leaving, watch=leave_at)
    assert run.state() == "interrupted"
    assert run.weights.read_text() == "4"


def test_divergence_is_an_end_of_its_own(run: Run, scripted: type[Scripted]) -> None:
    scripted.diverges = True
    session.execute(run)
    assert run.state() == "diverged"
    assert run.weights.exists()


def test_a_refusal_becomes_the_last_event_word_for_word(run: Run, scripted: type[Scripted]) -> None:
    scripted.trouble = UserError("It is bad", where="data", cure="Make it good")
    session.execute(run)
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
        (UserError("It is bad", where="{above}/store/downloads/a.gz", cure="Put it there"), "cache/downloads/a.gz"),
        (PermissionError(13, "Permission denied", "{above}/letters/x.png"), "x.png"),
    ],
)
def test_a_failed_run_does_not_tell_where_this_computer_keeps_its_files(
    tmp_path: Path, scripted: type[Scripted], monkeypatch: pytest.MonkeyPatch, trouble: Exception, where: str
) -> None:
    monkeypatch.setenv("RESNET_LAB_CACHE", str(tmp_path / "store"))
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
    session.execute(run)
    last = run.events()[-1]
    assert last["kind"] == "failed"
    assert Path(last["where"]) == Path(where)
    assert str(tmp_path) not in run.path.joinpath("events.jsonl").read_text(encoding="utf-8").replace("\\\\", "\\")


def test_a_spoilt_recipe_fails_its_run(run: Run, scripted: type[Scripted]) -> None:
    (run.path / "recipe.json").write_text("{")
    session.execute(run)
    assert (run.state(), run.events()[-1]["where"]) == ("failed", "recipe.json")


@pytest.mark.parametrize(
    ("trouble", "said"),
    [
        (KeyError("secret"), "error in this program"),
        (MemoryError(), "memory"),
        (RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory"), "memory"),
        (OSError(28, "No space left on device", "x"), "No space left"),
        (RuntimeError("[gloo/gloo/transport/tcp/pair.cc:545] Connection reset by peer"), "Another process"),
    ],
)
def test_other_errors_are_said_plainly_and_detailed_in_the_folder(
    run: Run, scripted: type[Scripted], trouble: Exception, said: str
) -> None:
    scripted.trouble = trouble
    session.execute(run)
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
    real = scripted.__init__
    monkeypatch.setattr(
        scripted,
        "__init__",
        lambda self, recipe: real(self, settled),
    )
    session.execute(run)
    assert Run.open(run.path.parent, run.id).recipe == settled
