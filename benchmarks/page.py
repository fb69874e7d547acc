"""The Architecture tab on the server: what it takes to draw the largest nets, switched to and unfolded.

Each sample is a fresh process in which the page was built, ResNet-18 on show. "Switched to" draws the figures, the
picture and the table; what is said of the net beside them is asked for when these are on show, and is measured apart.
"Unfolded" draws the picture and the table that a click on a stage or on "Unfold all" asks for. Python's full garbage
collection is done before all that, lest it fall into one of the figures by chance; what it takes is printed too.

    python benchmarks/page.py [SAMPLES]

Bar: switching to the largest net of the catalogue takes at most 150 ms, and at most 1 ms when it was shown before.
"""

from __future__ import annotations

import sys

from _fresh import medians, where

NETS = {
    "resnet152": {"net": "resnet152"},
    "a design of 300 bottlenecks": {"view": "build", "block": "bottleneck", "layers": "75,75,75,75"},
}

BEGIN = """
import gc, json, pathlib, tempfile, time
from train.launcher import Launcher
from ui import board, page
from ui.architecture_api import for_the_page
from ui.lab import Lab
from ui.look import parse

def draw(look):
    return board.figures(look), board.board(look)

def clock(name, work):
    start = time.perf_counter()
    drawn = work()
    found[name] = (time.perf_counter() - start) * 1000
    return drawn

found = {{}}
query = {query}
with tempfile.TemporaryDirectory() as name:
    folder = pathlib.Path(name)
    built = page.build(Lab(folder, folder, Launcher(folder)))
clock("a full garbage collection", gc.collect)
"""

SWITCH = """
look = parse(query)
shown = clock("switched to", lambda: draw(look))
clock("switched to again", lambda: draw(look))
clock("what is said of it", lambda: board.about(look))
clock("what is said of it, again", lambda: board.about(look))
print(json.dumps(found | {{"size": len("".join(shown).encode())}}))
"""

UNFOLD = """
def unfold(opened):
    drawn = paint({{"look": query | {{"open": opened}}, "regions": ["picture", "table"]}})
    return drawn["picture"], drawn["table"]

paint = for_the_page()[0]
draw(parse(query))
clock("one stage unfolded", lambda: unfold("layer3"))
clock("one stage unfolded, again", lambda: unfold("layer3"))
shown = clock("all unfolded", lambda: unfold("*"))
clock("all unfolded, again", lambda: unfold("*"))
print(json.dumps(found | {{"size": len("".join(shown).encode())}}))
"""


def main() -> None:
    samples = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    programs = {}
    for title, query in NETS.items():
        programs[title] = (BEGIN + SWITCH).format(query=query)
        programs[f"{title}, with all of it unfolded"] = (BEGIN + SWITCH).format(query=query | {"open": "*"})
        programs[f"{title}, already on show"] = (BEGIN + UNFOLD).format(query=query)
    print(f"Medians of {samples} fresh processes each, {where()}")
    for title, figures in medians(programs, samples).items():
        print(f"{title}: {figures.pop('size') / 1000:,.0f} kB of HTML")
        for name, milliseconds in figures.items():
            print(f"    {name:<28} {milliseconds:9.3f} ms")


if __name__ == "__main__":
    main()
