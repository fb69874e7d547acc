"""Beginning from a run of one's own: who may, what is refused, and that nobody is told more of it than its net."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import gradio as gr
import pytest

import resnet
from resnet.errors import UserError
from tests.checkpoints import write_checkpoint
from tests.made_up import append, started, steps
from tests.toys import TOY
from train.checkpoint import without_folders
from train.launcher import Launcher
from train.preparation import prepare
from train.recipe import Recipe
from train.run import Run
from train.warm_start import warm_start
from ui import own_runs, visitor
from ui.lab import Lab
from ui.live_run import Runs, about
from ui.own_run_field import init_of, offers
from ui.room import Room
from ui.run_settings import written
from ui.take_away import TakeAway
from ui.train_knobs import OWN_RUN

NET = "resnet10_w16"
NOON = 1_800_014_400.0  # 2027-01-15, in UTC
HOUR = 3600.0


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lab:
    """An app whose runs are queued and never trained."""
    launcher = Launcher(tmp_path / "runs")
    monkeypatch.setattr(launcher, "start", lambda recipe: make(lab, recipe, weights=False))
    lab = Lab(tmp_path / "runs", tmp_path / "data", launcher)
    return lab


def make(lab: Lab, recipe: Recipe | None = None, name: str | None = None, *, weights: bool = True) -> tuple[Run, str]:
    """A run that nobody trains, and its owner's token."""
    run, token = Run.create(lab.runs, recipe or Recipe(net=NET), id=name)
    run.release()
    if weights:
        write_checkpoint(run.weights)
    return run, token


def begin(lab: Lab, run: str, token: object = "", net: str = NET, **settings: object) -> Recipe:
    begun = Runs(lab).start("drawn", net, "live", settings, f"run:{run}", token)
    return Run.open(lab.runs, begun["run"]).recipe


# --- Who may ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("public", [False, True])
def test_a_run_begins_with_the_weights_of_ones_own(lab: Lab, public: bool) -> None:
    run, token = make(lab)
    assert begin(replace(lab, public=public), run.id, token).init == str(run.path)


@pytest.mark.parametrize("public", [False, True])
@pytest.mark.parametrize("token", ["", "guess", None, 7, ["x"], "a" * 10_000])
def test_somebody_elses_weights_are_refused_without_a_path(lab: Lab, public: bool, token: object) -> None:
    run, _ = make(lab)
    with pytest.raises(UserError, match="Only whoever started this run can begin another") as refused:
        begin(replace(lab, public=public), run.id, token)
    assert refused.value.where == f"run {run.id[:8]}"
    assert "init_token" in refused.value.cure
    assert str(lab.runs) not in str(refused.value)


def test_a_token_is_good_for_its_own_run_alone(lab: Lab) -> None:
    (run, _), (_, token) = make(lab), make(lab)
    with pytest.raises(UserError, match="Only whoever started"):
        begin(lab, run.id, token)


@pytest.mark.parametrize(
    ("change", "leads", "may"),
    [
        ({}, False, True),
        ({"host": "localhost"}, False, True),
        ({"host": "0.0.0.0"}, False, False),
        ({"host": "192.168.1.5"}, False, False),
        ({"host": "0.0.0.0"}, True, True),
        ({"public": True}, False, False),
        ({"public": True}, True, False),
    ],
)
def test_runs_of_the_command_line_serve_who_sits_at_the_machine(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, change: dict[str, object], leads: bool, may: bool
) -> None:
    run, _ = make(lab, name="2026-01-31-live")
    room = Room(led=leads)
    leader = room.lead(room.link) if leads else ""
    monkeypatch.setattr(visitor, "leader_token", lambda: leader)
    here = replace(lab, room=room, **change)  # type: ignore[arg-type]
    offered = own_runs.choices(here, {}, 0, NOON)
    assert [id for _, id in offered] == [run.id] * may
    assert all(line.startswith("2026-01-31-live · ResNet-10, width 16 · ") for line, _ in offered)
    if may:
        assert begin(here, run.id).init == str(run.path)
    else:
        with pytest.raises(UserError, match="Only whoever started"):
            begin(here, run.id)


# --- What is refused -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("net", "settings", "said"),
    [
        (
            "resnet18",
            {},
            r"run \w{8}: These weights are of resnet10_w16, not of resnet18\. Choose the net resnet10_w16",
        ),
        (NET, {"norm": "group"}, r"run \w{8}: These weights are of a net with batch norm\. Set norm=batch"),
    ],
)
def test_weights_that_do_not_fit_are_refused_before_the_run_waits(
    lab: Lab, net: str, settings: dict[str, str], said: str
) -> None:
    run, token = make(lab)
    described = {"net": NET, "net_args": json.dumps({"num_classes": 2, "norm": "batch"})}
    resnet.weights.save(run.weights, resnet.create(NET, num_classes=2), described)
    with pytest.raises(UserError, match=said):
        begin(lab, run.id, token, net, **settings)
    assert len(lab.launcher.list()) == 1


def test_a_run_without_weights_is_refused_with_when_it_has_some(lab: Lab) -> None:
    run, token = make(lab, weights=False)
    with pytest.raises(UserError, match=r"run \w{8}: .*holds no weights.*from the end of its first epoch on"):
        begin(lab, run.id, token)


@pytest.mark.parametrize("id", ["nobody", "0" * 32, "", "../../etc", "/etc/passwd", "x" * 5000, "a\0b"])
def test_runs_that_are_none_are_refused(lab: Lab, id: str) -> None:
    with pytest.raises(UserError, match=r"There is no run of this name|cannot be the name of a run") as refused:
        begin(lab, id, "")
    assert refused.value.cure
    assert str(lab.runs) not in str(refused.value)


def test_the_form_refuses_to_begin_from_no_run() -> None:
    assert init_of({"init": "shipped", "run": "of before"}) == "shipped"
    assert init_of({"init": OWN_RUN, "run": "mine"}) == "run:mine"
    with pytest.raises(UserError, match="No run is chosen"):
        init_of({"init": OWN_RUN, "run": None})


# --- What becomes of it ----------------------------------------------------------------------------------------------


def test_nobody_is_told_the_path_or_the_whole_id_of_the_run_it_began_from(lab: Lab) -> None:
    source, token = make(lab)
    recipe = begin(lab, source.id, token)
    run, _ = make(lab, recipe)
    name = f"run {source.id[:8]}"
    assert written(recipe, "init") == without_folders(recipe)["init"] == name
    told = b"".join(TakeAway(lab.runs).parcel(run.id, "recipe", "").pieces).decode()
    assert json.loads(told)["init"] == name
    found = warm_start(resnet.create(NET, num_classes=2), NET, recipe.init, classes=("cat", "dog"))
    assert found.source == name
    for text in (told, json.dumps(about(run)), json.dumps(Runs(lab).list({})[0])):
        assert str(lab.runs) not in text
        assert source.id not in text


def test_weights_that_have_gone_are_missed_at_the_start_and_not_on_the_way(lab: Lab) -> None:
    source, token = make(lab)
    recipe = replace(TOY, init=begin(lab, source.id, token).init)
    shutil.rmtree(source.path)
    with pytest.raises(UserError, match=r"run \w{8}: This run is not there.*Begin with other weights"):
        next(prepare(recipe))
    assert next(prepare(recipe, resumed=True)).kind == "preparing"


def test_only_its_owner_starts_over_what_began_from_a_run(lab: Lab) -> None:
    source, token = make(lab)
    begun = Runs(lab).start("drawn", NET, "live", {}, f"run:{source.id}", token)
    for public in (False, True):
        page = Runs(replace(lab, public=public))
        for wrong in ("", "guess", token, None):
            with pytest.raises(UserError, match="Only whoever started this run can start it over"):
                page.start_over(begun["run"], wrong)
        again = page.start_over(begun["run"], begun["token"])
        assert Run.open(lab.runs, again["run"]).recipe.init == str(source.path)
    shutil.rmtree(source.path)
    with pytest.raises(UserError, match="This run is not there, or no longer"):
        Runs(lab).start_over(begun["run"], begun["token"])


# --- The list --------------------------------------------------------------------------------------------------------


def test_the_list_has_ones_own_runs_that_have_weights(lab: Lab) -> None:
    learned, mine = make(lab)
    append(learned.path / "events.jsonl", [started(1000), *steps(1, 500)])
    fresh, also_mine = make(lab, Recipe(net="design:layers=1,1:width=16"))
    bare, third = make(lab, weights=False)
    make(lab)
    (lab.runs / "no run").mkdir()
    tokens = {learned.id: mine, fresh.id: also_mine, bare.id: third}
    for run, hour in ((learned, 1), (fresh, 30)):
        owner = json.loads((run.path / "owner.json").read_text())
        (run.path / "owner.json").write_text(json.dumps({**owner, "created": NOON + hour * HOUR}))
    assert own_runs.choices(lab, tokens, 90, NOON) == [
        ("Your net: 1-1 basic blocks, width 16 · 16 Jan, 19:30", fresh.id),
        ("ResNet-10, width 16 · 90.0 % · 14:30", learned.id),
    ]
    for nothing in (None, [], "x", {learned.id: 7}, {learned.id: also_mine}):
        assert own_runs.choices(lab, nothing, 0, NOON) == []
    for no_offset in (None, "1", 10**9, True, -1440, 0.5):
        assert own_runs.choices(lab, tokens, no_offset, NOON)[1][0].endswith("· 13:00")


def test_no_two_lines_of_the_list_read_the_same(lab: Lab) -> None:
    tokens = {run.id: token for run, token in (make(lab), make(lab), make(lab, Recipe(net=NET, seed=1)))}
    for id in tokens:
        (lab.runs / id / "owner.json").write_text(
            json.dumps({**json.loads((lab.runs / id / "owner.json").read_text()), "created": NOON})
        )
    lines = [line for line, _ in own_runs.choices(lab, tokens, 0, NOON)]
    assert sorted(line.rsplit(" · ", 1)[1] for line in lines) == ["seed 0, no. 1", "seed 0, no. 2", "seed 1"]


def test_the_field_lists_them_where_a_run_is_wanted_and_says_where_there_is_none(lab: Lab) -> None:
    run, token = make(lab)
    offer, sent = offers(lab), {"tokens": {run.id: token}, "minutes_east": 0}
    hidden, listed = offer("scratch", None, {}, [])
    assert (hidden.visible, listed) == (False, None)
    shown, listed = offer(OWN_RUN, run.id, sent, None)
    assert listed == shown.choices
    assert (shown.visible, [id for _, id in shown.choices]) == (True, [run.id])
    assert "value" not in shown._constructor_args[0]  # what is chosen stays
    assert offer(OWN_RUN, run.id, sent, listed) == (gr.skip(), listed)
    shutil.rmtree(run.path)
    shown, listed = offer(OWN_RUN, run.id, sent, listed)
    assert (shown.choices, shown.value) == ([], None)
    assert "value" in shown._constructor_args[0]
    assert "No run you started in this browser has weights yet" in shown.info
