"""What the Architecture tab's script asks the server for: right for the page, harmless for anybody else."""

from __future__ import annotations

import json

import pytest

from resnet.summary import summarize
from ui import architecture_api, board
from ui.look import Look, as_parameters
from ui.timings import Timings

ASK = {function.__name__: function for function in architecture_api.for_the_page(Timings(public=False))}
RESNET50 = {"net": "resnet50", "open": "layer2", "select": "layer2.0"}


def test_only_the_regions_that_are_asked_for_are_painted():
    answer = ASK["paint"]({"look": RESNET50, "regions": ["table", "why", "nothing"]})
    assert set(answer) == {"table", "why"}
    assert 'data-part="layer2.3"' in answer["table"]
    assert "layer2.0" in answer["why"]
    assert 'data-part="layer2.3"' in ASK["paint"]({"look": RESNET50, "regions": ["picture"]})["picture"]
    assert "3.858" in ASK["paint"]({"look": RESNET50, "regions": ["about"]})["about"]


@pytest.mark.parametrize("kind", ["csv", "markdown", "latex", "svg"])
@pytest.mark.parametrize("table", ["operations", "torchstat"])
def test_files_have_a_name_and_hold_the_net(kind, table):
    answer = ASK["write_file"]({"look": {"net": "alexnet", "classes": "10", "table": table}, "format": kind})
    assert answer["name"].startswith("alexnet")
    figure = "57,044,810" if kind == "svg" else "23296"
    assert figure.replace(",", "") in answer["text"].replace(",", "").replace("{", "").replace("}", "")


def test_the_memory_panel_follows_batch_and_optimizer():
    ask = ASK["memory"]
    look = {"net": "resnet18"}
    chosen = {"batch": "1", "dtype": "float32", "optimizer": "sgd"}
    plain = ask({"look": look, "memory": chosen})["html"]
    adam = ask({"look": look, "memory": {**chosen, "optimizer": "adam"}})["html"]
    assert plain != adam
    params = summarize("resnet18").totals.params
    assert f"{2 * 4 * params / 1e6:.1f} MB" in adam


def test_what_was_chosen_for_memory_stays_with_the_next_net():
    chosen = {"batch": "7", "dtype": "float32", "optimizer": "adam"}
    about = ASK["paint"]({"look": {"net": "resnet34"}, "regions": ["about"], "memory": chosen})["about"]
    assert 'value="7"' in about
    assert ASK["memory"]({"look": {"net": "resnet34"}, "memory": chosen})["html"] in about


def test_what_was_measured_stands_in_the_next_table_of_who_asked():
    look = {"net": "resnet20", "classes": "7"}
    asks = {"look": {**look, "times": "1"}, "regions": ["table"]}
    assert "time (ms)" not in ASK["paint"](asks)["table"]
    assert ASK["measure"]({"look": look}) == {}
    first = ASK["paint"](asks)["table"]
    assert "time (ms)" in first
    assert "time (ms)" not in ASK["paint"]({"look": look, "regions": ["table"]})["table"]
    ASK["measure"]({"look": look})
    assert ASK["paint"](asks)["table"] == first, "asked again at once, it is not measured again"


def test_strangers_wait_between_measurements():
    measure = next(f for f in architecture_api.for_the_page(Timings(public=True)) if f.__name__ == "measure")
    assert measure({"look": {"net": "resnet20"}}) == {}
    assert measure({"look": {"net": "resnet20"}}) == {}  # the one that is there
    assert "Try again in" in measure({"look": {"net": "resnet32"}})["error"]


def test_what_would_take_too_long_is_refused():
    answer = ASK["measure"]({"look": {"net": "resnet152", "input": "3,4096,4096"}})
    assert "smaller" in answer["error"]


@pytest.mark.parametrize("function", sorted(ASK))
@pytest.mark.parametrize("asked", [None, 5, "look", [], {}, {"look": None}, {"look": [1]}])
def test_without_a_look_it_is_refused_in_a_sentence(function, asked, caplog):
    assert ASK[function](asked)["error"].endswith(".")
    assert caplog.records == []  # nothing unexpected happened on the server


def test_nonsense_within_a_look_is_harmless(caplog):
    asked = {"look": {"net": 5, "open": {}}, "memory": {"batch": {}}, "regions": 7, "format": []}
    assert ASK["paint"](asked) == {}
    assert "resnet18" in ASK["python"](asked)["code"]
    for name in ("memory", "write_file"):
        assert ASK[name](asked)["error"].endswith(".")
    assert caplog.records == []


def test_what_is_kept_for_the_next_visitor_stays_small():
    for net in ("resnet152", "vgg16"):
        for columns in ("few", "all"):
            assert len(board.board(Look(net=net, columns=columns))) < 60_000
    before = board._first_sight.cache_info().currsize
    for large in (Look(net="resnet152", opened=("*",)), Look(net="resnet152", table="torchstat")):
        assert len(board.board(large)) > 100_000
    assert board._first_sight.cache_info().currsize == before


def test_a_look_travels_as_json():
    look = Look(net="resnet34", opened=("layer1",))
    assert architecture_api.parameters(json.dumps(as_parameters(look))) == {"net": "resnet34", "open": "layer1"}
    for nonsense in ("", "[]", "{", "null", "5", None, '{"net": 5}', "[" * 15_000, " " * 100_000):
        assert architecture_api.parameters(nonsense) == {}  # type: ignore[arg-type]
