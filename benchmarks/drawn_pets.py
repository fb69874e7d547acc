"""Drawn pets a second, on one core, at three sides.

Each sample is a fresh process that draws the same pets, after a few that do not count. What is counted is processor
time, of all threads together, so that a busy machine does not look slow.

    python benchmarks/drawn_pets.py [SAMPLES] [--quick]

`--quick` draws only a few, to see whether it runs. Bar: 500 a second at 64 pixels.
"""

from __future__ import annotations

import argparse
import sys

from _fresh import in_turn, keeps, median_of, where

PROGRAM = """
import json, time
from train.drawn_pets import draw_image
for index in range(10):
    draw_image(0, index, {side})
began = time.process_time()
for index in range(10, 10 + {count}):
    draw_image(0, index, {side})
print(json.dumps(dict(rate={count} / (time.process_time() - began))))
"""
SIDES = (48, 64, 128)
BAR_SIDE, BAR = 64, 500


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("samples", nargs="?", type=int, default=5)
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args(arguments)
    count = 20 if options.quick else 1000
    programs = {str(side): PROGRAM.format(side=side, count=count) for side in SIDES}
    print(f"{count} pets, medians of {options.samples} fresh processes each, {where()}")
    rates = {int(side): median_of(taken)["rate"] for side, taken in in_turn(programs, options.samples).items()}
    for side, rate in rates.items():
        print(f"    {side:3} pixels {rate:7.0f} a second, {rate / rates[BAR_SIDE]:5.2f}x as many as at {BAR_SIDE}")
    return 0 if keeps(f"drawn pets at {BAR_SIDE} px", rates[BAR_SIDE], "a second", at_least=BAR) else 1


if __name__ == "__main__":
    sys.exit(main())
