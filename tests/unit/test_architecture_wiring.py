"""What a change of a control shows, without a page around it."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import gradio as gr
import pytest

from resnet.catalogue import find
from ui import architecture_tab
from ui.architecture_tab import Wiring
from ui.look import Look, as_parameters


@pytest.fixture(scope="module")
def tab() -> Wiring:
    with gr.Blocks():
        return architecture_tab.build(SimpleNamespace(public=False))  # type: ignore[arg-type]


def given(tab: Wiring, look: Look, sent: Look | None = None, **typed: Any) -> dict[Any, Any]:
    """The fields as they stand while `look` is on show; `sent` is what the page's script had on show, if older."""
    fields = tab._values(sent or look)
    fields |= {tab.controls[name]: value for name, value in typed.items()}
    return {**fields, tab.before: look, tab.kept: json.dumps(as_parameters(sent or look))}


def fields(tab: Wiring, shown: dict[Any, Any]) -> tuple[Any, Any]:
    """Input and classes as they are written into their fields; None where they are not."""
    classes = shown.get(tab.controls["classes"])
    return shown.get(tab.controls["shape"]), getattr(classes, "value", classes)


def test_another_net_brings_its_own_input_and_classes(tab):
    shown = tab._other(given(tab, Look(), other="resnet20"))
    assert shown[tab.before] == Look(net="resnet20")
    assert fields(tab, shown) == ("3,32,32", 10)


def test_the_same_choice_sent_twice_is_the_same_choice(tab):
    """A drop-down reports one choice twice, the second time with the fields as they were before the first."""
    again = given(tab, Look(net="resnet20"), sent=Look(), other="resnet20")
    shown = tab._other(again)
    assert shown[tab.before] == Look(net="resnet20")
    assert fields(tab, shown) == ("3,32,32", 10)


def test_what_was_typed_stays_where_the_next_net_can_take_it(tab):
    look = Look(input=(3, 160, 192), classes=7)
    assert tab._depth(given(tab, look, depth="resnet50"))[tab.before] == Look("net", "resnet50", **typed(look))
    assert tab._other(given(tab, look, other="alexnet"))[tab.before] == Look(net="alexnet", classes=7)


def typed(look: Look) -> dict[str, Any]:
    return {"input": look.input, "classes": look.classes}


def test_nonsense_is_refused_at_its_field_and_forgotten_with_the_next_net(tab):
    refused = tab._fields(given(tab, Look(), shape="3,abc"))
    assert set(refused) == {tab.controls["refused"]}
    assert 'data-field="net-input"' in refused[tab.controls["refused"]]
    assert tab._depth(given(tab, Look(), depth="resnet50", shape="3,abc"))[tab.before] == Look(net="resnet50")
    assert tab._fields(given(tab, Look(), view="convolution", shape="3,abc"))[tab.before].view == "convolution"


def test_while_somebody_types_nothing_is_refused_or_written_into_the_fields(tab):
    assert tab._typed(given(tab, Look(), shape="3,"))[tab.controls["refused"]] == gr.skip()
    shown = tab._typed(given(tab, Look(), shape="3,32,48"))
    assert shown[tab.before] == Look(input=(3, 32, 48))
    assert tab.board in shown
    assert not set(tab._values(Look())) & set(shown)


def test_an_emptied_field_says_again_what_is_shown(tab):
    left = tab._fields(given(tab, Look(), classes=None))
    assert left == {tab.controls["refused"]: "", tab.controls["classes"]: find("resnet18").classes}
    assert tab._fields(given(tab, Look())) == {tab.controls["refused"]: ""}


def test_a_field_that_holds_it_is_not_written_again_unless_the_view_has_changed_since(tab):
    shown = tab._depth(given(tab, Look(), depth="resnet50"))
    assert tab.controls["depth"] not in shown
    assert fields(tab, shown) == (None, None)
    late = tab._fields(given(tab, Look(net="resnet20"), sent=Look(), view="compare"))
    assert fields(tab, late) == ("3,224,224", 1000)


def test_a_net_that_was_picked_a_moment_ago_stays(tab):
    late = tab._fields(given(tab, Look(net="resnet50"), sent=Look(), classes=10))
    assert late[tab.before] == Look(net="resnet50", classes=10)


def test_without_a_session_what_the_page_shows_counts(tab):
    lost = given(tab, Look(), sent=Look(net="resnet152"), classes=10)
    assert tab._fields(lost)[tab.before] == Look(net="resnet152", classes=10)
