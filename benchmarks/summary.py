"""The layer table against those of other tools: from a net's name to its rows, first call in a process.

Each sample is a fresh process that has imported torch and the library; building the net counts on every side. torchinfo
and ptflops are measured as they are and with the net on the meta device; fvcore traces with real tensors only. Rows are
what each tool lists, containers and parameters among them.

    python benchmarks/summary.py [NET] [SAMPLES]

Bar: torchinfo at its default takes at least 6 times as long (aim 10); ours repeated takes at most 1 ms.
"""

from __future__ import annotations

import sys
from importlib.metadata import version

from _fresh import ProgramError, measure, medians, where

OURS = """
import json, time, torch
from resnet.summary import summarize
start = time.perf_counter()
rows = summarize("{net}").rows
first = time.perf_counter()
summarize("{net}")
print(json.dumps(dict(first=first - start, again=time.perf_counter() - first, rows=len(rows))))
"""

THEIRS = """
import io, json, time, torch, torchvision
{library}
start = time.perf_counter()
with torch.device("{device}"):
    model = torchvision.models.get_model("{net}").eval()
    picture = torch.empty(1, 3, 224, 224)
{rows}
print(json.dumps(dict(first=time.perf_counter() - start, rows=len(rows))))
"""

# Each peer's import, and how it makes its rows of `model` as its manual shows it.
PEERS = {
    "torchinfo": ("import torchinfo", "rows = torchinfo.summary(model, input_data=picture, verbose=0).summary_list"),
    "fvcore": (
        "from fvcore.nn import FlopCountAnalysis, flop_count_table",
        "rows = flop_count_table(FlopCountAnalysis(model, picture), max_depth=4).splitlines()[2:]",
    ),
    "ptflops": (
        "from ptflops import get_model_complexity_info",
        "listing = io.StringIO()\n"
        "get_model_complexity_info(model, (3, 224, 224), ost=listing)\n"
        "rows = listing.getvalue().splitlines()",
    ),
}
DEVICES = {"torchinfo": ("cpu", "meta"), "fvcore": ("cpu",), "ptflops": ("cpu", "meta")}


def peers(net: str) -> dict[str, str]:
    """The programs of the peers that work here, by name and device; says of the others why they do not."""
    working = {}
    for peer, (library, rows) in PEERS.items():
        for device in DEVICES[peer]:
            program = THEIRS.format(library=library, rows=rows, device=device, net=net)
            try:
                measure(program)
            except ProgramError as error:
                missing = f"No module named '{peer}'" in str(error)
                print(f"{peer} on {device}: {'not installed' if missing else error}")
            else:
                working[f"{peer} {version(peer)}" + (", meta" if device == "meta" else "")] = program
    return working


def main() -> None:
    net = sys.argv[1] if len(sys.argv) > 1 else "resnet152"
    samples = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    found = medians({"ResNet Lab": OURS.format(net=net), **peers(net)}, samples)
    ours = found["ResNet Lab"]
    print(f"{net}, medians of {samples} fresh processes each, {where()}")
    for name, figures in found.items():
        ratio = figures["first"] / ours["first"]
        print(f"{name:<36} {figures['first'] * 1000:9.1f} ms  {ratio:6.1f}x  {figures['rows']:>6.0f} rows")
    print(f"{'ResNet Lab, repeated':<36} {ours['again'] * 1000:9.3f} ms")


if __name__ == "__main__":
    main()
