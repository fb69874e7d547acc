"""Which pictures the page offers, and how long an uploaded ZIP is kept."""

from __future__ import annotations

import dataclasses
import zipfile
from pathlib import Path
from typing import Any

import pytest

from resnet.errors import UserError
from train.recipe import Recipe
from train.run import Run
from train.wish import Wish
from ui import data_sets
from ui.data_sets import found, source
from ui.lab import Lab
from ui.live_run import Runs
from ui.train_form import data_choices


class Launcher:
    """Keeps runs where the real one would train them."""

    def __init__(self, runs: Path) -> None:
        self.runs = runs
        self.started: list[Run] = []

    def start(self, recipe: Recipe) -> tuple[Run, str]:
        run, token = Run.create(self.runs, recipe)
        self.started.append(run)
        return run, token

    def list(self) -> list[dict[str, Any]]:
        return [{"id": run.id, **run.summary()} for run in reversed(self.started)]

    def ahead(self, _: str) -> int:
        return 0

    def makes_way_in(self, _: str) -> None:
        return None

    def holds_up(self, _: str) -> str:
        return ""


@pytest.fixture
def launcher(tmp_path: Path) -> Launcher:
    return Launcher(tmp_path / "runs")


@pytest.fixture
def runs(tmp_path: Path, launcher: Launcher) -> Runs:
    return Runs(Lab(tmp_path / "runs", tmp_path / "data", launcher))  # type: ignore[arg-type]


@pytest.fixture
def upload(tmp_path: Path) -> str:
    path = tmp_path / "mine.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("cat/1.png", b"")
    return str(path)


def kept(tmp_path: Path) -> list[Path]:
    return list((tmp_path / "runs" / "uploads").glob("*/*"))


def test_pictures_that_may_not_be_read_hide_nothing_else(tmp_path, monkeypatch):
    for name in ("fine", "closed"):
        (tmp_path / name / "cat").mkdir(parents=True)
    real = Path.iterdir

    def iterdir(path: Path) -> Any:  # the superuser, who may run the tests, reads everything
        if path.name == "closed":
            raise PermissionError(13, "Permission denied")
        return real(path)

    monkeypatch.setattr(Path, "iterdir", iterdir)
    assert list(found(tmp_path)) == ["fine"]


def test_what_is_called_as_the_page_calls_something_else_is_left_out(tmp_path):
    for name in ("drawn", "upload", "photos"):
        (tmp_path / name / "cat").mkdir(parents=True)
    assert list(found(tmp_path)) == ["photos"]
    assert source(tmp_path, "drawn") == "drawn"
    with pytest.raises(UserError, match=r"There are no pictures called 'upload'. Choose one of: drawn, photos"):
        source(tmp_path, "upload")


def test_strangers_get_oxfords_photos_only_where_they_lie_already(tmp_path, monkeypatch, launcher):
    monkeypatch.setenv("RESNET_LAB_CACHE", str(tmp_path / "cache"))
    (tmp_path / "data" / "oxford-pets" / "cat").mkdir(parents=True)  # nobody could tell it from the real ones
    assert found(tmp_path / "data") == {}
    here, public = (Lab(tmp_path / "runs", tmp_path / "data", launcher, public=public) for public in (False, True))
    assert ("Oxford-IIIT Pet (811 MB)", "oxford-pets") in data_choices(here)
    assert "oxford-pets" not in dict(map(reversed, data_choices(public)))
    started = Runs(here).start("oxford-pets", "", "live", {})
    assert Run.open(tmp_path / "runs", started["run"]).recipe.data == "oxford-pets"
    with pytest.raises(UserError, match="Choose one of: drawn;"):
        Runs(public).start("oxford-pets", "", "live", {})

    photos = tmp_path / "cache" / "downloads" / "oxford-iiit-pet"
    photos.mkdir(parents=True)
    (photos / "complete").touch()
    Runs(public).start("oxford-pets", "", "live", {})
    assert ("Oxford-IIIT Pet", "oxford-pets") in data_choices(public)
    for run in launcher.started:
        run.release()


def test_nothing_is_kept_of_an_upload_whose_run_is_refused(runs, upload, tmp_path):
    with pytest.raises(UserError, match="There is no recipe"):
        runs.start_upload(upload, "", "quick", {})
    with pytest.raises(UserError, match="out of range"):
        runs.start_upload(upload, "", "live", {"epochs": 0})
    assert kept(tmp_path) == []


def test_an_upload_that_cannot_be_kept_is_refused(runs, upload, tmp_path):
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs" / "uploads").write_text("a file where the folder should be")
    with pytest.raises(UserError, match="The ZIP could not be kept"):
        runs.start_upload(upload, "", "live", {})


def test_an_upload_is_kept_until_its_run_is_over(runs, launcher, upload, tmp_path):
    first = runs.start_upload(upload, "", "live", {})["run"]
    runs.start_upload(upload, "", "live", {})
    assert len(kept(tmp_path)) == 2
    for run in launcher.started:
        assert run.recipe.data in map(str, kept(tmp_path))
    runs.events(first, 0)
    assert len(kept(tmp_path)) == 2

    run = launcher.started[0]
    run.release()
    with run.writing() as log:
        log.append({"kind": "finished", "step": 1, "reason": "done"})
    assert runs.events(first, 0)["state"] == "finished"
    assert [str(path) for path in kept(tmp_path)] == [launcher.started[1].recipe.data]
    launcher.started[1].release()


def left(run: Run) -> None:
    """Its trainer was killed after three steps."""
    run.release()
    with run.writing() as log:
        log.append({"kind": "step", "step": 3})


def test_uploads_are_kept_while_somebody_may_go_on_with_their_run(runs, launcher, upload, tmp_path):
    for _ in range(3):
        runs.start_upload(upload, "", "live", {})
    interrupted, cancelled, diverged = launcher.started
    left(interrupted)
    for run, end in (
        (cancelled, {"kind": "finished", "step": 0, "reason": "stopped"}),
        (diverged, {"kind": "diverged", "step": 4}),
    ):
        run.release()
        with run.writing() as log:
            log.append(end)
    Runs(runs.lab)  # as the next start of the app does
    assert [str(path) for path in kept(tmp_path)] == [interrupted.recipe.data]


@pytest.mark.parametrize(("most", "room"), [(2, 1 << 30), (8, 250)], ids=["count", "bytes"])
def test_uploads_of_runs_that_were_left_are_bounded_and_the_oldest_go_first(
    most, room, runs, launcher, upload, tmp_path, monkeypatch
):
    monkeypatch.setattr(data_sets, "UPLOADS_KEPT", most)
    monkeypatch.setattr(data_sets, "UPLOADED_BYTES_KEPT", room)
    assert 84 < Path(upload).stat().st_size < 125  # two fit into the room
    for _ in range(4):
        runs.start_upload(upload, "", "live", {})
    waiting, oldest, *newest = launcher.started
    for run in (oldest, *newest):
        left(run)
    runs.events(oldest.id, 0)
    assert {str(path) for path in kept(tmp_path)} == {run.recipe.data for run in (waiting, *newest)}
    waiting.release()


def test_a_run_is_started_over_as_it_was_settled_on_the_same_pictures(runs, launcher, upload, tmp_path):
    first = runs.start_upload(upload, "", "live", {"seed": 7})["run"]
    run = launcher.started[0]
    run.settle(dataclasses.replace(run.recipe, threads=1, precision="float32", lr=0.02))
    left(run)
    run.ask("run", lr=0.5)  # the new one begins as this one began
    again = runs.start_over(first)
    assert launcher.started[1].recipe == run.recipe
    assert again["run"] == launcher.started[1].id != first
    assert launcher.started[1].owned_by(again["token"])
    assert launcher.started[1].wanted() == Wish()

    launcher.started[1].release()
    kept(tmp_path)[0].unlink()
    with pytest.raises(UserError, match=r"^mine.zip: The pictures of this run are gone"):
        runs.start_over(first)
    for strange in ("nobody", "../..", None, 7):
        with pytest.raises(UserError):
            runs.start_over(strange)
    assert len(launcher.started) == 2


def test_on_a_public_page_a_link_is_enough_but_not_for_somebodys_own_pictures(launcher, upload, tmp_path):
    public = Runs(Lab(tmp_path / "runs", tmp_path / "data", launcher, public=True))
    drawn = public.start("drawn", "", "live", {})
    public.start_over(drawn["run"])
    uploaded = public.start_upload(upload, "", "live", {})
    named, token = Run.create(tmp_path / "runs", Recipe(), id="2026-01-31-live")
    for run, own in ((uploaded["run"], uploaded["token"]), (named.id, token)):
        for wrong in ("", "guess", drawn["token"], None, 7):
            with pytest.raises(UserError, match="Only whoever started this run can start it over"):
                public.start_over(run, wrong)
        public.start_over(run, own)
    for run in (named, *launcher.started):
        run.release()


def test_uploads_that_nobody_needs_are_gone_after_a_start(launcher, tmp_path):
    left = tmp_path / "runs" / "uploads" / "of an earlier evening" / "x.zip"
    left.parent.mkdir(parents=True)
    left.write_bytes(b"x")
    Runs(Lab(tmp_path / "runs", tmp_path / "data", launcher))
    assert kept(tmp_path) == []


def test_a_run_says_whether_the_page_started_it(runs, launcher, tmp_path):
    by_page, _ = launcher.start(Recipe())
    by_hand, _ = Run.create(tmp_path / "runs", Recipe(), id="2026-01-31-live-resnet10_w24")
    assert runs.events(by_page.id, 0)["about"]["from_page"] is True
    assert runs.events(by_hand.id, 0)["about"]["from_page"] is False
    for run in (by_page, by_hand):
        run.release()
