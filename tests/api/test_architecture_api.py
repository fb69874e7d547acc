"""/summary: the layer table through gradio_client."""

import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError

from resnet.summary import summarize


def test_the_table_is_the_packages(client: Client):
    table = client.predict("resnet50", "3,160,192", 10, api_name="/summary")
    ours = summarize("resnet50", (3, 160, 192), num_classes=10)
    assert table["input"] == "3x160x192"
    assert [row["name"] for row in table["rows"]] == [row.name for row in ours.rows]
    assert table["totals"]["macs"] == ours.totals.macs == sum(row["macs"] for row in table["rows"])
    assert table["rows"][-1]["output_shape"] == "10"
    assert table["partial"] == []


def test_defaults_are_the_nets_own(client: Client):
    table = client.predict("resnet18_d2l", api_name="/summary")
    assert table["input"] == "1x224x224"
    assert table["totals"]["params"] == 11_178_378


@pytest.mark.parametrize(
    ("arguments", "cure"),
    [
        (("resnet81",), "Try resnet"),
        (("resnet18", "224,224"), "3,224,224"),
        (("resnet18", "3,1e9,3"), "channels,height,width"),
        (("resnet18", "3,224,224", -5), "Choose 1 to"),
        (("vgg16", "3,64,64"), "3,224,224"),
    ],
)
def test_refusals_name_the_cure(client: Client, arguments: tuple, cure: str):
    with pytest.raises(AppError, match=cure):
        client.predict(*arguments, api_name="/summary")
