"""Single steps and another learning rate, with a stand-in for the engine: what is done, when, and how often."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from resnet.errors import UserError
from tests.runs import wait_until
from tests.scripted import RECIPE, Scripted, kinds
from train import session
from train.events import Event, Step
from train.run import Run
from train.wish import Wish, checked_step


@pytest.fixture
def trained(run: Run, scripted: type[Scripted]) -> Iterator[Run]:
    """A run that is being trained in a thread; at the test's end it is stopped."""
    trainer = threading.Thread(target=session.execute, args=(run,), daemon=True)
    run.ask("pause", after=2)
    trainer.start()
    yield run
    run.ask("stop")
    trainer.join(30)


def paused_after(run: Run, step: int) -> None:
    """It waits there, and goes no further."""
    wait_until(lambda: run.state() == "paused" and run.summary()["step"] == step, 30)
    seq = run.summary()["seq"]
    time.sleep(4 * session.PAUSE_POLL_SECONDS)
    assert run.summary()["seq"] == seq


def at(step: int, do: Callable[[], Any]) -> Callable[[Event], None]:
    """Watch for the moment when this step was told."""

    def watch(event: Event) -> None:
        if isinstance(event, Step) and event.step == step:
            do()

    return watch


def rates(run: Run) -> list[float]:
    """The learning rate of every step."""
    return [event["lr"] for event in run.events() if event["kind"] == "step"]


def changes(run: Run) -> list[tuple[int, float, float]]:
    """Where the record says that the learning rate changed, to what, and what it was before."""
    told = [event for event in run.events() if event["kind"] == "learning_rate"]
    return [(event["step"], event["lr"], event["before"]) for event in told]


def test_a_paused_run_takes_one_step_however_often_it_is_asked(trained: Run) -> None:
    paused_after(trained, 2)
    trained.ask("pause", after=3)
    trained.ask("pause", after=3)
    paused_after(trained, 3)
    trained.ask("pause", after=3)  # a request that was under way for long
    paused_after(trained, 3)
    assert kinds(trained)[-5:] == ["step", "paused", "continued", "step", "paused"]


def test_the_validation_of_an_epoch_belongs_to_its_last_step(trained: Run) -> None:
    paused_after(trained, 2)
    trained.ask("pause", after=5)
    paused_after(trained, 5)
    assert kinds(trained)[-3:] == ["step", "epoch", "paused"]
    trained.ask("pause", after=6)
    paused_after(trained, 6)


def test_a_run_pauses_after_the_step_it_is_asked_for_and_at_once_where_that_is_behind(
    run: Run, scripted: type[Scripted]
) -> None:
    scripted.seconds = 0.02
    trainer = threading.Thread(target=session.execute, args=(run,))
    trainer.start()
    wait_until(lambda: run.summary()["step"] >= 1)
    run.ask("pause", after=4)
    paused_after(run, 4)
    run.ask("run")
    wait_until(lambda: run.summary()["step"] >= 6)
    run.ask("pause", after=3)
    wait_until(lambda: run.state() == "paused")
    assert run.summary()["step"] < 10
    run.ask("pause", after=1000)  # further than there are steps
    trainer.join(30)
    assert run.state() == "finished"


def test_a_pause_at_the_end_of_an_epoch_comes_after_its_validation(run: Run, scripted: type[Scripted]) -> None:
    def steer(event: Event) -> None:
        if isinstance(event, Step) and event.step == 5:
            run.ask("pause")
        if event.kind == "paused":
            run.ask("stop")

    session.execute(run, watch=steer)
    assert kinds(run)[-4:] == ["step", "epoch", "paused", "finished"]


@pytest.mark.parametrize("step", [1, 4, 5, 9])
def test_another_learning_rate_holds_from_the_next_step_and_is_told_once(
    run: Run, scripted: type[Scripted], step: int
) -> None:
    def change() -> None:
        run.ask("run", lr=0.5)
        run.ask("run", lr=0.5)

    def again(event: Event) -> None:
        at(step, change)(event)
        at(step + 1, change)(event)

    session.execute(run, watch=again)
    assert changes(run) == [(step, 0.5, RECIPE.lr)]
    assert rates(run) == [RECIPE.lr] * step + [0.5] * (10 - step)
    assert run.summary()["lr"] == 0.5
    assert run.recipe == RECIPE
    kind_after = kinds(run)[kinds(run).index("learning_rate") - 1]
    assert kind_after == ("epoch" if step == 5 else "step")


def test_a_learning_rate_that_was_asked_for_survives_other_wishes(run: Run, scripted: type[Scripted]) -> None:
    run.ask("run", lr=0.5)  # before its turn
    run.ask("pause", after=2)
    run.ask("run")
    session.execute(run)
    assert changes(run) == [(0, 0.5, RECIPE.lr)]
    assert rates(run) == [0.5] * 10


def test_after_the_last_step_there_is_no_other_rate(run: Run, scripted: type[Scripted]) -> None:
    session.execute(run, watch=at(10, lambda: run.ask("run", lr=0.5)))
    assert changes(run) == []
    assert run.state() == "finished"


def test_a_paused_run_tells_a_new_rate_at_once_and_stays_paused(trained: Run) -> None:
    paused_after(trained, 2)
    trained.ask("pause", lr=0.5)
    wait_until(lambda: changes(trained) == [(2, 0.5, RECIPE.lr)], 30)
    assert trained.state() == "paused"
    assert trained.events()[-1]["next_lr"] == 0.5
    trained.ask("pause", after=3)
    paused_after(trained, 3)
    assert rates(trained)[-1] == 0.5


@pytest.mark.parametrize(
    ("lr", "said"),
    [
        (0.0, "lr: 0.0 is out of range. Give a number from 1e-08 to 10."),
        (100.0, "lr: 100.0 is out of range. Give a number from 1e-08 to 10."),
        (float("nan"), "lr: nan is out of range. Give a number from 1e-08 to 10."),
        ("fast", "lr: 'fast' is not a number. Give a number from 1e-08 to 10."),
        (True, "lr: 'True' is not a number. Give a number from 1e-08 to 10."),
        (10**400, "is not a number"),
    ],
)
def test_rates_are_refused_as_a_recipe_refuses_them(run: Run, lr: Any, said: str) -> None:
    with pytest.raises(UserError) as refused:
        run.ask("pause", lr=lr)
    assert said in str(refused.value)
    assert run.wanted() == Wish()


def test_what_is_no_wish_changes_nothing(run: Run) -> None:
    run.ask("pause", after=7, lr=1)
    wish = Wish("pause", 7, 1.0)
    assert Run(run.path).wanted() == run.wanted() == wish
    for text in ("", "[]", '{"want": "explode"}', '{"want": "run", "after": "x"}', '{"want": "run", "lr": "x"}'):
        (run.path / "control.json").write_text(text)
        assert run.wanted() == wish
    (run.path / "control.json").write_text('{"want": "pause"}')  # as a program before this one wrote it
    assert run.wanted() == Wish("pause")


def test_only_numbers_of_steps_are_steps() -> None:
    assert checked_step(13, 12) == checked_step(13.0, 12) == 13
    for wrong in (None, "13", True, 0, -1, 1.5, float("inf"), 2**53, [13]):
        with pytest.raises(UserError, match=r"step: .* Give the step to pause after, such as 13"):
            checked_step(wrong, 12)
