"""The picture of a network: what is in it for what is unfolded, and that its lines say what they should."""

import re
import xml.etree.ElementTree as ET
from collections import Counter
from dataclasses import replace
from functools import cache
from itertools import pairwise

import pytest

import resnet
from resnet.design import Design
from resnet.diagram import STAGE_COLOURS, as_svg
from resnet.outline import find_part, outline
from resnet.summary import summarize

SVG = "{http://www.w3.org/2000/svg}"
NETS = sorted(resnet.CATALOGUE)
SHAPES = ("resnet18", "resnet152", "preact_resnet50", "resnet20", "plain18", "googlenet", "alexnet", "inception_block")


def unfoldable(summary):
    return [part.name for stage in outline(summary) for part in stage.walk() if part.parts]


def stages_of(summary):
    return [stage.name for stage in outline(summary)]


def parsed(summary, opened=()):
    return ET.fromstring(as_svg(summary, opened=opened))


@cache
def drawn(name, unfold=lambda summary: ()):
    """A net's picture and the same parsed; to be looked at only."""
    summary = summarize(name)
    text = as_svg(summary, opened=unfold(summary))
    return text, ET.fromstring(text)


def groups(root):
    return {group.get("data-part"): group for group in root.iter(f"{SVG}g") if "data-part" in group.attrib}


def own(group):
    """What is drawn for a part itself, not for the parts within it."""
    for child in group:
        if "data-part" not in child.attrib:
            yield child


def styled(elements, style):
    return [element for element in elements if style in element.get("class", "").split()]


def visible(summary, opened):
    """The names that a picture should show: the stages, and what is in whatever is unfolded and seen itself."""
    names = []

    def see(part):
        names.append(part.name)
        if part.name in opened:
            for inner in part.parts:
                see(inner)

    for stage in outline(summary):
        see(stage)
    return names


def corners(path):
    """The points of a path, control points included, of which its curves stay within the hull."""
    x = y = 0.0
    start = (0.0, 0.0)
    for command, figures in re.findall(r"([MVHClhvqcz])([^A-Za-z]*)", path):
        numbers = [float(number) for number in re.findall(r"-?[\d.]+", figures)]
        if command == "z":
            x, y = start
        elif command in "VvHh":
            base = (y if command == "v" else 0) if command in "Vv" else (x if command == "h" else 0)
            x, y = (x, base + numbers[0]) if command in "Vv" else (base + numbers[0], y)
            yield x, y
        else:
            dx, dy = (x, y) if command.islower() else (0.0, 0.0)
            pairs = list(zip(numbers[::2], numbers[1::2], strict=True))
            yield from ((dx + a, dy + b) for a, b in pairs)
            x, y = dx + pairs[-1][0], dy + pairs[-1][1]
            start = (x, y) if command == "M" else start


def measures(group):
    """Height and depth in pixels of the solids drawn for a part itself."""
    for solid in styled(own(group), "solid"):
        foot, top, depth = re.match(r"M[\d.]+,([\d.]+)V([\d.]+)l([\d.]+),", solid.get("d")).groups()
        yield float(foot) - float(top), float(depth)


# --- What is in it ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NETS)
def test_every_net_folded_and_unfolded_stays_within_the_picture(name):
    for text, root in (drawn(name), drawn(name, stages_of), drawn(name, unfoldable)):
        assert not re.search(r"nan|inf[^e]|None", re.sub("inception", "", text))
        _, _, width, height = map(float, root.get("viewBox").split())
        points = [(0.0, 0.0)]
        for element in root.iter():
            if element.tag == f"{SVG}path":
                points += corners(element.get("d"))
            elif element.tag == f"{SVG}rect" and "x" in element.attrib:
                x, y, w, h = (float(element.get(key)) for key in ("x", "y", "width", "height"))
                assert w > 0
                assert h > 0
                points += [(x, y), (x + w, y + h)]
            elif element.tag == f"{SVG}text" and "x" in element.attrib:
                points.append((float(element.get("x")), float(element.get("y"))))
        assert all(0 <= x <= width and 0 <= y <= height for x, y in points)


@pytest.mark.parametrize("name", SHAPES)
def test_exactly_what_is_unfolded_shows(name):
    summary = summarize(name)
    everything = unfoldable(summary)
    stages = stages_of(summary)
    blocks = [part for part in everything if part not in stages]
    parts = {part.name: part for stage in outline(summary) for part in stage.walk()}
    for opened in ((), stages, stages[1:2], stages[:2] + blocks[:3], blocks, everything, ["layer9", "", "conv1"]):
        root = parsed(summary, opened)
        shown = [group.get("data-part") for group in root.iter(f"{SVG}g") if "data-part" in group.attrib]
        assert shown == visible(summary, opened)  # in the order of execution, wholes before their parts
        for part, group in groups(root).items():
            found = parts[part]
            assert group.get("data-level") == found.level
            assert group.get("data-opens") == str(bool(found.parts)).lower()
            assert group.get("data-open") == str(part in opened).lower()
            assert len(styled(own(group), "hit")) == len(styled(own(group), "ring")) == 1


def test_parts_lie_within_their_wholes():
    groups_of = groups(parsed(summarize("resnet50"), ["layer2", "layer2.0"]))
    inner = groups_of["layer2.0.downsample.0"]
    assert inner in list(groups_of["layer2.0"])
    assert groups_of["layer2.0"] in list(groups_of["layer2"])
    for group in groups_of.values():
        assert group.get("class").split()[1].removeprefix("stage-") in STAGE_COLOURS


def test_a_part_says_what_it_is():
    title = groups(parsed(summarize("resnet18"), ["stem"]))["conv1"].find(f"{SVG}title").text
    assert title == "conv1 · 64×112×112 · 9,408 parameters · 118,013,952 MACs"


def test_other_names_have_no_effect():
    summary = summarize("resnet18")
    assert as_svg(summary, opened=["layer7", "layer2.0", "layer2.0.conv1", "fc", "input"]) == as_svg(summary)


def test_titles_are_text():
    summary = replace(summarize("resnet18"), title='<script>"&')
    root = parsed(summary)
    assert '<script>"&' in "".join(root.itertext())
    assert root.get("aria-label").startswith('<script>"&')
    assert not list(root.iter(f"{SVG}script"))


def test_a_long_title_leaves_room_for_the_figures():
    summary = replace(summarize("resnet18"), title="Every layer anybody ever thought of, one after the other")
    shown = next(parsed(summary).iter(f"{SVG}tspan")).text
    assert shown.endswith("…")
    assert summary.title.startswith(shown[:-1])


# --- What its lines say ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["resnet18", "resnet50", "preact_resnet50", "resnet20", "alexnet", "vgg16"])
def test_height_is_resolution_and_depth_is_channels(name):
    summary = summarize(name)
    heights, depths = {}, {}
    for part, group in groups(parsed(summary, unfoldable(summary))).items():
        found = find_part(summary, part)
        if found.level == "call" and "downsample" not in part and found.calls[0].type != "add":
            (height, depth) = next(iter(measures(group)))
            side = found.output_shape[-2] if len(found.output_shape) == 3 else 1
            heights.setdefault(side, set()).add(height)
            depths.setdefault(found.output_shape[0], set()).add(depth)
    for scale in (heights, depths):
        assert all(max(values) - min(values) < 0.2 for values in scale.values())  # drawn to a tenth of a pixel
        in_order = [max(scale[size]) for size in sorted(scale)]
        assert len(in_order) > 3
        assert all(small < large for small, large in pairwise(in_order))


@pytest.mark.parametrize("name", NETS)
def test_shortcuts_are_dashed_exactly_where_they_project(name):
    stages = outline(summarize(name))
    folded = groups(drawn(name)[1])
    for stage in stages:
        kinds = {block.shortcut for block in stage.parts} - {""}
        assert {arc.get("data-shortcut") for arc in styled(folded[stage.name].iter(), "arc")} == kinds
    for unfold in (stages_of, unfoldable):
        shown = groups(drawn(name, unfold)[1])
        for stage in stages:
            for block in (part for part in stage.parts if part.level == "block"):
                arcs = styled(own(shown[block.name]), "arc")
                assert [arc.get("data-shortcut") for arc in arcs] == [block.shortcut] * bool(block.shortcut)
                dashes = [arc.get("stroke-dasharray", "") for arc in arcs]
                assert ("6 4" in dashes) == (block.shortcut == "projection")
                assert ("" in dashes) == (block.shortcut == "identity")


@pytest.mark.parametrize("name", NETS)
def test_a_plus_for_every_addition(name):
    additions = sum(call.type == "add" for call in summarize(name).rows)
    for unfold in (stages_of, unfoldable):
        assert len(styled(drawn(name, unfold)[1].iter(f"{SVG}circle"), "sum")) == additions


def test_the_legend_explains_what_occurs():
    def legend(name):
        return [line.get("data-shortcut") for line in styled(parsed(summarize(name)).iter(), "legend")]

    assert legend("resnet50") == ["identity", "projection"]
    assert legend("resnet20") == ["identity", "padded"]
    assert legend("plain34") == legend("vgg16") == []


def test_the_legend_says_where_branches_are_not_to_scale():
    def said(name, *opened):
        return "not to scale" in "".join(parsed(summarize(name), opened).itertext())

    assert said("resnet50", "layer2", "layer2.0")
    assert said("googlenet", "inception3", "inception3a")
    assert not said("resnet50", "layer2", "layer2.1")  # an identity has nothing to draw
    assert not said("googlenet")


def test_a_pool_in_a_branch_is_called_a_pool():
    shown = groups(parsed(summarize("googlenet"), ["inception3", "inception3a"]))
    assert "pool" in list(shown["inception3a.branch4.0"].itertext())
    assert "1.conv" in list(shown["inception3a.branch4.1.conv"].itertext())


def test_a_shape_that_reaches_beyond_its_frame_is_written_over_it():
    group = groups(parsed(summarize("resnet50"), ["layer2", "layer2.0"]))["layer2.0.conv2"]
    kinds = [element.get("class") for element in group]
    assert kinds.index("ring") < kinds.index("tower-soft halo")


def test_work_too_small_for_a_figure_in_billions_is_said_in_macs():
    large = summarize("resnet152", (3, 4096, 4096))
    assert f" {large.totals.macs / 1e9:,.3f} GMACs" in as_svg(large)
    assert "· 634,240 MACs" in as_svg(summarize("resnet20", (3, 4, 4)))


def test_a_pack_has_as_many_leaves_and_shortcuts_as_blocks():
    stage = groups(parsed(summarize("resnet152")))["layer3"]
    edges = "".join(edge.get("d") for edge in styled(own(stage), "edge")).count("M")
    solids = len(styled(own(stage), "solid"))
    assert solids + edges == 36
    arcs = [arc.get("d") for arc in styled(own(stage), "arc")]
    assert sum(path.count("C") + path.count("q") for path in arcs) == 36
    assert "36 blocks" in stage.itertext()


# --- How large it is -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NETS)
def test_folded_nets_share_one_size(name):
    text, _ = drawn(name)
    assert (width_of(text), len(text) < 60_000) == (1080, True)
    assert 'viewBox="0 0 1080 466"' in text


def test_one_unfolded_block_of_a_common_net_fits_the_same_width():
    for name in ("resnet18", "resnet34", "resnet50"):
        summary = summarize(name)
        for stage in outline(summary):
            for block in stage.parts:
                assert width_of(as_svg(summary, opened=[stage.name, block.name])) == 1080
    assert 1080 < width_of(as_svg(summarize("resnet152"), opened=["layer3"])) < 1700


@pytest.mark.parametrize("layers", [(1,), (12,), (1, 1, 1, 1, 1), (3, 9, 40), (60, 60, 60, 60, 60)])
def test_designs_of_one_to_five_stages(layers):
    summary = summarize(Design(layers=layers).net())
    root = parsed(summary)
    assert list(groups(root)) == ["stem", *(f"layer{n}" for n in range(1, len(layers) + 1)), "head"]
    words = Counter(root.itertext())
    for depth in set(layers):
        assert words[f"{depth} block" + "s" * (depth > 1)] == layers.count(depth)


def width_of(text):
    return int(re.search(r'viewBox="0 0 (\d+)', text)[1])
