"""The layer table against those of other tools: from a net's name to its rows, first call in a process.

Each sample is a fresh process that has imported torch and the library; building the net counts on every side. Peers get
torchvision's net and are called as their manuals show; where they can do without arithmetic, once more on the meta
device, to which torchinfo moves the net, or on which it is built. Rows are what each tool lists, containers and
parameters among them. A peer that is not installed is left out, visibly: fvcore, unless somebody installs it, for there
is no wheel of it. On a busy machine the peers, which compute on all cores, lose more than we do: the quickest sample of
each is printed beside the median.

    python benchmarks/summary.py [NET] [SAMPLES]

Bar: torchinfo at its default takes at least 6 times as long (aim 10); ours repeated takes at most 1 ms.
"""

from __future__ import annotations

import sys
from importlib.metadata import version

from _fresh import ProgramError, in_turn, keeps, measure, median_of, where

MINE = """
import json, time, torch
from resnet.summary import summarize
start = time.perf_counter()
rows = summarize("{net}").rows
first = time.perf_counter()
again = summarize("{net}").rows
print(json.dumps(dict(first=first - start, again=time.perf_counter() - first, rows=len(rows))))
"""

THEIRS = """
import io, json, time, torch, torchvision
{library}
start = time.perf_counter()
with torch.device("{built_on}"):
    model = torchvision.models.{net}().eval()
{rows}
print(json.dumps(dict(first=time.perf_counter() - start, rows=len(rows))))
"""

TORCHINFO = "rows = torchinfo.summary(model, input_size=(1, 3, 224, 224), verbose=0{device}).summary_list"
FVCORE = """
analysis = FlopCountAnalysis(model, torch.randn(1, 3, 224, 224))
rows = flop_count_table(analysis, max_depth=4).splitlines()[2:]
"""
PTFLOPS = """
listing = io.StringIO()
get_model_complexity_info(model, (3, 224, 224), ost=listing)
rows = listing.getvalue().splitlines()
"""
# Each peer's import; and by name of the way: where the net is built, and how the peer makes its rows of `model`.
PEERS = {
    "torchinfo": (
        "import torchinfo",
        {
            "default": ("cpu", TORCHINFO.format(device="")),
            'device="meta"': ("cpu", TORCHINFO.format(device=', device="meta"')),
            "net built on meta": ("meta", TORCHINFO.format(device=', device="meta"')),
        },
    ),
    "fvcore": ("from fvcore.nn import FlopCountAnalysis, flop_count_table", {"default": ("cpu", FVCORE)}),
    "ptflops": (
        "from ptflops import get_model_complexity_info",
        {"default": ("cpu", PTFLOPS), "net built on meta": ("meta", PTFLOPS)},
    ),
}
OURS, BAR = "ResNet Lab", "torchinfo, default"


def peers(net: str) -> dict[str, str]:
    """The programs of the peers that work here, by name and way; says of the others why they do not."""
    working = {}
    for peer, (library, ways) in PEERS.items():
        for way, (built_on, rows) in ways.items():
            program = THEIRS.format(library=library, built_on=built_on, net=net, rows=rows)
            try:
                measure(program)
            except ProgramError as error:
                missing = f"No module named '{peer}'" in str(error)
                print(f"{peer}, {way}, is left out: {'not installed' if missing else error}")
            else:
                working[f"{peer}, {way}"] = program
    return working


def main() -> int:
    net = sys.argv[1] if len(sys.argv) > 1 else "resnet152"
    samples = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    theirs = peers(net)
    used = ", ".join(f"{peer} {version(peer)}" for peer in PEERS if any(name.startswith(peer) for name in theirs))
    print(f"{net}, medians of {samples} fresh processes each, {where()}; {used}")
    taken = in_turn({OURS: MINE.format(net=net), **theirs}, samples)
    medians = {name: median_of(measured) for name, measured in taken.items()}
    quickest = {name: min(sample["first"] for sample in measured) for name, measured in taken.items()}
    print(f"{'':<30} {'median':>12} {'ratio':>8} {'quickest':>12} {'ratio':>8}")
    for name, figures in medians.items():
        columns = ((figures["first"], medians[OURS]["first"]), (quickest[name], quickest[OURS]))
        times = " ".join(f"{theirs * 1000:9.1f} ms {theirs / ours:7.1f}x" for theirs, ours in columns)
        print(f"{name:<30} {times} {figures['rows']:6.0f} rows")
    again = medians[OURS]["again"] * 1000
    print(f"{OURS + ', repeated':<30} {again:9.3f} ms")
    kept = [keeps("repeated", again, "ms", at_most=1)]
    if BAR in medians:
        kept.append(keeps(BAR, medians[BAR]["first"] / medians[OURS]["first"], "times as long", at_least=6))
    return 0 if all(kept) else 1


if __name__ == "__main__":
    sys.exit(main())
