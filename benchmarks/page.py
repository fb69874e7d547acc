"""The Architecture tab with the largest nets: what drawing takes on the server, and how the browser scrolls the table.

On the server, each sample is a fresh process in which the page was built, ResNet-18 on show. "Switched to" draws the
figures, the picture and the table; what is said of the net beside them is asked for when these are on show, and is
measured apart. "Unfolded" draws the picture and the table that a click on the stage of most operations, or on "Unfold
all", asks for; "switched to, all unfolded" is for who comes with all of it in the address. Python's full garbage
collection is done before all that, lest it fall into one of the figures by chance; what it takes is printed too.

In the browser, a wheel turns through the unfolded table of ResNet-152. `_frames.py` says how.

    python benchmarks/page.py [SAMPLES]

Bars: switching to the largest net of the catalogue takes at most 150 ms, and at most 1 ms when it was shown before;
while its table scrolls, the median frame keeps to 60 a second (17 ms), and 95 of 100 to 30 (34 ms).
"""

from __future__ import annotations

import sys

from _frames import scrolling
from _fresh import in_turn, keeps, median_of, where

from tests.browser.find_browser import NoBrowserError

LARGEST = "resnet152"  # 515 operations; of GoogLeNet's, fewer, the picture has branches
NETS = {
    LARGEST: {"net": "resnet152"},
    "googlenet": {"net": "googlenet"},
    "a design of 300 bottlenecks": {"view": "build", "block": "bottleneck", "layers": "75,75,75,75"},
}

BEGIN = """
import gc, json, pathlib, tempfile, time
from resnet.outline import outline
from train.launcher import Launcher
from ui import board, page
from ui.architecture_api import for_the_page
from ui.lab import Lab
from ui.look import parse
from ui.timings import Timings

def clock(name, work):
    start = time.perf_counter()
    drawn = work()
    milliseconds[name] = (time.perf_counter() - start) * 1000
    return drawn

def switch(query):
    look = parse(query)
    return board.figures(look), board.board(look)

def unfold(opened):
    drawn = paint({{"look": query | {{"open": opened}}, "regions": ["picture", "table"]}})
    return drawn["picture"], drawn["table"]

def size(drawn):
    return len("".join(drawn).encode())

milliseconds, query, paint = {{}}, {query}, for_the_page(Timings(public=False))[0]
with tempfile.TemporaryDirectory() as name:
    folder = pathlib.Path(name)
    built = page.build(Lab(folder, folder, Launcher(folder)))
clock("a full garbage collection", gc.collect)
"""

STEPS = """
shown = clock("switched to", lambda: switch(query))
clock("switched to, again", lambda: switch(query))
largest = max(outline(board.summary_of(parse(query))), key=lambda stage: len(stage.calls)).name
clock("one stage unfolded", lambda: unfold(largest))
whole = clock("all unfolded", lambda: unfold("*"))
clock("all unfolded, again", lambda: unfold("*"))
clock("what is said of it", lambda: board.about(parse(query)))
clock("what is said of it, again", lambda: board.about(parse(query)))
print(json.dumps(milliseconds | {{"size": size(shown), "size unfolded": size(whole)}}))
"""

AT_ONCE = """
clock("switched to, all unfolded", lambda: switch(query | {{"open": "*"}}))
print(json.dumps(milliseconds))
"""


def main() -> int:
    samples = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    kept = server(samples)
    print()
    return 0 if browser(samples) and kept else 1


def server(samples: int) -> bool:
    """Print what drawing takes; whether the bars are kept."""
    programs = {}
    for title, query in NETS.items():
        programs[title] = (BEGIN + STEPS).format(query=query)
        programs[f"{title}, at once"] = (BEGIN + AT_ONCE).format(query=query)
    print(f"On the server, medians of {samples} fresh processes each, {where()}")
    found = {name: median_of(measured) for name, measured in in_turn(programs, samples).items()}
    for title in NETS:
        figures = found[title] | found[f"{title}, at once"]
        folded, unfolded = (figures.pop(name) / 1000 for name in ("size", "size unfolded"))
        print(f"{title}: {folded:,.0f} kB of HTML, picture and table unfolded {unfolded:,.0f} kB")
        for name, milliseconds in figures.items():
            print(f"    {name:<28} {milliseconds:9.3f} ms")
    largest = found[LARGEST]
    cold = keeps(f"{LARGEST}, switched to", largest["switched to"], "ms", at_most=150)
    return keeps(f"{LARGEST}, again", largest["switched to, again"], "ms", at_most=1) and cold


def browser(samples: int) -> bool:
    """Print how the table scrolls; whether the bars are kept. Without a browser there is nothing to keep."""
    try:
        found = scrolling(samples)
    except NoBrowserError as problem:
        print(f"Scrolling is left out: {problem}")
        return True
    print(f"In the browser, 1440x900, medians of {samples} scrolls each, {where()}")
    for name, figures in found.items():
        frames = ", ".join(f"{figure} {figures[figure]:.1f}" for figure in ("median", "95th percentile", "longest"))
        print(f"{name:<34} {figures['rows']:.0f} rows, {figures['frames']:.0f} frames, ms each: {frames}")
    page = next(iter(found.values()))
    usual = keeps("median frame", page["median"], "ms", at_most=17)
    return keeps("95 of 100 frames", page["95th percentile"], "ms", at_most=34) and usual


if __name__ == "__main__":
    sys.exit(main())
