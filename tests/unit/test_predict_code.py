"""The code that the Predict tab gives: run as it stands, it says what the page says."""

from __future__ import annotations

import contextlib
import io
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from resnet.errors import UserError
from tests.checkpoints import write_checkpoint, write_run
from tests.toys import TOY
from train.drawn_pets import draw
from ui.checkpoints import Shelf
from ui.desk import Desk
from ui.predict_code import predict_code


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    write_checkpoint(tmp_path / "runs" / "one" / "model.safetensors", seed=3)
    write_checkpoint(tmp_path / "assets" / "small.safetensors", seed=4)
    monkeypatch.chdir(tmp_path)  # where the person runs it
    return Desk(Shelf(tmp_path / "runs", assets=tmp_path / "assets"), tmp_path / "uploads")


def ask(**more: Any) -> dict[str, Any]:
    plain = {"pictures": [], "drawing": 0, "checkpoint": "run:one", "fit": "crop", "run": "", "picture": 0}
    return {**plain, "changes": {}, **more}


def said(code: str) -> dict[str, float]:
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(code, "taken along", "exec"), {})
    lines = re.findall(r"^(\w+): ([\d.]+)%$", out.getvalue(), re.MULTILINE)
    return {name: float(share) / 100 for name, share in lines}


def shown(desk: Desk, sent: dict[str, Any]) -> dict[str, float]:
    return {name: round(share, 4) for name, share in desk.changed(sent)["shares"]}


@pytest.mark.parametrize("checkpoint", ["run:one", "shipped:small"])
@pytest.mark.parametrize("changes", [{}, {"turns": 1, "grey": True, "cover": [0, 0, 0.5, 0.5]}])
def test_it_says_what_the_page_says_of_a_drawing(desk: Desk, checkpoint: str, changes: dict[str, Any]):
    sent = ask(checkpoint=checkpoint, drawing=5, changes=changes)
    assert said(predict_code(desk, sent)) == pytest.approx(shown(desk, sent), abs=1e-4)


@pytest.mark.parametrize("fit", ["crop", "squash"])
def test_it_says_what_the_page_says_of_a_picture(desk: Desk, tmp_path: Path, fit: str):
    sent_to = tmp_path / "uploads" / ("0" * 64) / 'it\'s "my" cat.png'
    sent_to.parent.mkdir(parents=True)
    Image.fromarray(draw(1, 0, 90).image[:60]).save(sent_to)
    sent = ask(pictures=[str(sent_to)], fit=fit)
    code = predict_code(desk, sent)
    assert str(tmp_path) not in code
    shutil.copy(sent_to, tmp_path)  # the person has it under its name
    assert said(code) == pytest.approx(shown(desk, sent), abs=1e-4)


def test_it_says_what_the_page_says_of_a_validation_picture(desk: Desk, tmp_path: Path):
    write_run(tmp_path / "runs", TOY.with_settings({"data": "drawn"}), id="two")
    sent = ask(unseen={"run": "two", "number": 3})
    assert said(predict_code(desk, sent)) == pytest.approx(shown(desk, sent), abs=1e-4)


def test_strangers_have_the_weights_as_a_file(desk: Desk, tmp_path: Path):
    assert 'load_classifier("model.safetensors")' in predict_code(desk, ask(), public=True)
    write_run(tmp_path / "runs", TOY.with_settings({"data": "drawn"}), id="two")
    with pytest.raises(UserError, match="on this machine alone"):
        predict_code(desk, ask(unseen={"run": "two", "number": 3}), public=True)


def test_a_file_goes_by_the_name_it_has_at_home(desk: Desk, tmp_path: Path):
    sent_to = tmp_path / "uploads" / ("0" * 64) / "a.png"
    sent_to.parent.mkdir(parents=True)
    Image.fromarray(draw(1, 0, 90).image).save(sent_to)
    long = "a long day at the sea with two cats and a dog, all of them wet and none of them amused.png"
    assert f'Path("{long}")' in predict_code(desk, ask(pictures=[str(sent_to)], name=long))
