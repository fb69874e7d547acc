"""`train.downloads`: a large file arrives whole, whatever the connection does, or a refusal says what to do."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from resnet.errors import UserError
from tests.picture_sets import run
from tests.web_server import Site, served
from train import downloads
from train.downloads import Download, fetch

CONTENT = np.random.default_rng(0).bytes(3_500_000)


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    monkeypatch.setattr(downloads, "PAUSE", 0.001)
    with served(Site({"/a.gz": CONTENT})) as site:
        yield site


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "a.gz"


def file(site: Site, content: bytes = CONTENT) -> Download:
    return Download(f"{site.address}/a.gz", hashlib.md5(content).hexdigest(), len(content))


def refusal(download: Download, target: Path) -> UserError:
    with pytest.raises(UserError) as caught:
        run(fetch(download, target))
    assert caught.value.cure
    return caught.value


def left(target: Path) -> list[str]:
    return sorted(path.name for path in target.parent.iterdir())


def test_the_size_is_told_first(site: Site, target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(downloads, "EVENT_SECONDS", 0)
    _, events = run(fetch(file(site), target))
    assert target.read_bytes() == CONTENT
    assert left(target) == ["a.gz"]
    assert (events[0].what, events[0].done, events[0].total, events[0].size) == ("downloading", 0, 3, 3_500_000)
    done = [event.done for event in events if event.what == "downloading"]
    assert done == sorted(done)
    assert done[-1] == 3
    run(fetch(file(site), target))
    assert len(site.asked) == 1


def test_a_cut_connection_is_resumed(site: Site, target: Path) -> None:
    site.cut_after, site.cuts = 1_000_000, 2
    run(fetch(file(site), target))
    assert target.read_bytes() == CONTENT
    assert [wanted for _, wanted in site.asked] == ["", "bytes=1000000-", "bytes=2000000-"]


def test_a_broken_off_download_is_resumed_later(site: Site, target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(downloads, "EVENT_SECONDS", 0)
    work = fetch(file(site), target)
    while next(work).done < 1:
        pass
    work.close()
    assert left(target) == ["a.gz.part"]
    have = (target.parent / "a.gz.part").stat().st_size
    assert 1_000_000 <= have < 3_500_000
    run(fetch(file(site), target))
    assert target.read_bytes() == CONTENT
    assert site.asked[-1] == ("/a.gz", f"bytes={have}-")


def test_a_server_without_ranges_starts_over(site: Site, target: Path) -> None:
    site.ranges, site.cut_after, site.cuts = False, 1_000_000, 1
    run(fetch(file(site), target))
    assert target.read_bytes() == CONTENT


def test_a_server_that_gives_nothing_is_given_up(site: Site, target: Path) -> None:
    site.cut_after, site.cuts = 0, 100
    error = refusal(file(site), target)
    assert error.what == "a.gz cannot be downloaded (the connection was cut)"
    assert len(site.asked) == downloads.TRIES


def test_other_contents_are_removed_and_refused(site: Site, target: Path) -> None:
    error = refusal(Download(f"{site.address}/a.gz", "0" * 32, len(CONTENT)), target)
    assert "not the file that was published" in error.what
    assert error.where == str(target)
    assert left(target) == []


@pytest.mark.parametrize("size", [3_400_000, 3_600_000])
def test_another_size_is_refused(size: int, site: Site, target: Path) -> None:
    error = refusal(Download(f"{site.address}/a.gz", hashlib.md5(CONTENT).hexdigest(), size), target)
    assert error.where == str(target)
    assert left(target) == []


def test_a_file_put_there_by_hand(site: Site, target: Path) -> None:
    target.parent.mkdir()
    target.write_bytes(CONTENT)
    run(fetch(file(site), target))
    assert site.asked == []
    target.write_bytes(CONTENT[::-1])
    error = refusal(file(site), target)
    assert error.cure == "Delete it and start again: it is then downloaded"
    assert target.exists()


def test_a_file_that_is_not_there(site: Site, target: Path) -> None:
    site.files.clear()
    error = refusal(file(site), target)
    assert error.what == "a.gz cannot be downloaded (the server answers 404)"
    assert f"put {site.address}/a.gz there by hand" in error.cure
    assert len(site.asked) == 1


def test_offline(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(downloads, "PAUSE", 0.001)
    with served(Site({})) as site:
        gone = file(site)
    error = refusal(gone, target)
    assert "Connection refused" in error.what
    assert "Connect the computer that trains to the internet" in error.cure
    assert f"put {gone.url} there by hand" in error.cure
    assert error.where == str(target)


def test_between_two_tries_it_still_tells_so_that_a_stop_is_heard(
    site: Site, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.cut_after, site.cuts = 0, 100
    monkeypatch.setattr(downloads, "PAUSE", 60.0)
    monkeypatch.setattr(downloads, "EVENT_SECONDS", 0.01)
    events = fetch(file(site), target)
    assert [next(events).what for _ in range(9)] == ["downloading"] * 9  # within the first minute of waiting
    events.close()


def test_no_room(site: Site, target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=3_499_999))
    error = refusal(file(site), target)
    assert error.what == "a.gz needs 4 MB, and the disk has less"
    assert site.asked == []
    assert left(target) == []


def test_a_part_that_cannot_be_written_is_no_fault_of_the_connection(site: Site, target: Path) -> None:
    part = target.with_name("a.gz.part")
    part.mkdir(parents=True)
    error = refusal(file(site), target)
    assert error.where == str(part)
    assert "It cannot be read or written (Is a directory)" in error.what
    assert "RESNET_LAB_CACHE" in error.cure
    assert len(site.asked) == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a disk that is always full")
def test_a_disk_that_fills_up(site: Site, target: Path) -> None:
    target.parent.mkdir()
    target.with_name("a.gz.part").symlink_to("/dev/full")
    error = refusal(file(site), target)
    assert error.what == "The disk is full"
    assert "Make room there" in error.cure
    assert len(site.asked) == 1
