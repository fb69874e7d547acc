"""From real photos to an answer: `fit` and `evaluate` on the command line, then the same checkpoint on the page."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from gradio_client import Client, handle_file

from tests.running_app import PROJECT, App

RUN = "photos-test"
SETTINGS = ("image_px=32", "epochs=4", "val_pictures=1000", "precision=float32")


def train_command(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "train", *arguments]
    return subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_photos_from_zip_to_label(photos_zip: Path, app: App, tmp_path: Path):
    settings = [part for setting in SETTINGS for part in ("--set", setting)]
    run = app.runs / RUN
    fitted = train_command("fit", "--data", str(photos_zip), "--recipe", "photos", "--out", str(run), *settings)
    assert fitted.returncode == 0, fitted.stderr

    evaluated = train_command("evaluate", str(run), "--data", str(photos_zip), "--json")
    assert evaluated.returncode == 0, evaluated.stderr
    report = json.loads(evaluated.stdout)
    assert report["classes"] == ["cat", "dog"]
    assert report["n"] == sum(map(sum, report["confusion"])) >= 2_400
    assert report["accuracy"] > 0.75

    with zipfile.ZipFile(photos_zip) as archive:
        members = sorted(name for name in archive.namelist() if "val/" in name and name.endswith((".jpg", ".png")))
        photos = [Path(archive.extract(member, tmp_path)) for member in (*members[:8], *members[-8:])]
    answers = Client(app.url, verbose=False).predict(
        [handle_file(str(photo)) for photo in photos], f"run:{RUN}", api_name="/predict"
    )
    labels = [answer["label"] for answer in answers["pictures"]]
    truth = [photo.parent.name for photo in photos]
    assert sum(a == b for a, b in zip(labels, truth, strict=True)) >= 10
