"""python -m resnet list | summary | diagram"""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path

from resnet import factories
from resnet.catalogue import CATALOGUE
from resnet.errors import UserError
from resnet.files import close_output
from resnet.formats import FORMATS, VIEWS, shape_text, write
from resnet.inputs import parse_shape
from resnet.summary import Summary, summarize

PICTURE = "3,224,224"  # the input of a net that does not say what it was made for


def main(arguments: list[str] | None = None) -> int:
    """Run one command; 0 when it worked, 2 when the person asked for something impossible."""
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]  # a redirected SVG, whatever the console's
    options = _parser().parse_args(arguments)
    try:
        sys.stdout.write(options.command(options))
        sys.stdout.flush()
    except UserError as error:
        print(error, file=sys.stderr)
        return 2
    except BrokenPipeError:  # `| head` has seen enough
        close_output()
    except OSError as error:  # a full disk behind `> file`
        cure = "Send it to a place with room"
        print(UserError(f"The output could not be written ({error.strerror})", cure=cure), file=sys.stderr)
        close_output()
        return 2
    return 0


def _list(options: argparse.Namespace) -> str:
    width = max(map(len, CATALOGUE))
    lines = [
        f"{net.name.ljust(width)}  {net.title.ljust(38)}  {shape_text(net.input_shape):>11}  {net.source}\n"
        for net in CATALOGUE.values()
    ]
    return "".join(lines)


def _summarize(options: argparse.Namespace) -> Summary:
    shape = parse_shape(options.input) if options.input is not None else None
    return summarize(options.net, shape, num_classes=options.classes)


def _summary(options: argparse.Namespace) -> str:
    found = _summarize_made(options) if factories.is_factory(options.net) else _summarize(options)
    return write(found, options.view, options.format)


def _summarize_made(options: argparse.Namespace) -> Summary:
    """Of a net that somebody's function makes."""
    shape = parse_shape(PICTURE if options.input is None else options.input)
    return replace(summarize(factories.build(options.net), shape, num_classes=options.classes), title=options.net)


def _diagram(options: argparse.Namespace) -> str:
    from resnet.diagram import as_svg
    from resnet.files import write_whole

    if options.out is not None and options.out.suffix.lower() != ".svg":
        cure = "Give --out a name that ends in .svg"
        raise UserError("A diagram is drawn as SVG only", where=str(options.out), cure=cure)
    svg = as_svg(_summarize(options))
    if options.out is None:
        return svg
    try:
        write_whole(options.out, svg.encode())
    except OSError as error:
        raise UserError(
            f"The picture could not be written ({error.strerror})",
            where=str(options.out),
            cure="Give --out a file in a folder you may write to",
        ) from error
    return f"{options.out}\n"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m resnet", description="Look at residual networks.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    listing = commands.add_parser("list", help="name the networks of the catalogue")
    listing.set_defaults(command=_list)

    summary = commands.add_parser("summary", help="print a network's layer table")
    summary.set_defaults(command=_summary)
    _add_net(summary, ", or package.module:factory, a function that returns a network")
    summary.add_argument(
        "--view",
        choices=VIEWS,
        default="calls",
        help="every operation, the layers as torchstat counts them, or the shape after each stage",
    )
    summary.add_argument("--format", choices=FORMATS, default="table", help="of the stages, a table only")

    diagram = commands.add_parser("diagram", help="draw a network as SVG")
    diagram.set_defaults(command=_diagram)
    _add_net(diagram)
    diagram.add_argument("--out", type=Path, metavar="FILE.svg", help="where to write it; standard output if left out")
    return parser


def _add_net(parser: argparse.ArgumentParser, more: str = "") -> None:
    parser.add_argument("net", metavar="NET", help="a name from `python -m resnet list`, such as resnet50" + more)
    parser.add_argument("--input", metavar="C,H,W", help="input shape, such as 3,224,224")
    parser.add_argument("--classes", type=int, metavar="N", help="outputs of the head")


if __name__ == "__main__":
    sys.exit(main())
