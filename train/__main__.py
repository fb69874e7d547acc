"""python -m train fit | evaluate | predict | data

torch is imported by the commands, not here, so that --help answers at once.
"""

from __future__ import annotations

import argparse
import io
import json
import sys
from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from train.checkpoint import Classifier
    from train.evaluate import Evaluation
    from train.events import Event

Result = TypeVar("Result")


def main(arguments: list[str] | None = None) -> int:
    """Run one command.

    Returns:
        0 when it worked, 1 when training diverged, 2 when the person asked for something impossible (which is then
        said in one sentence on standard error), 130 after Ctrl-C, 143 after SIGTERM.
    """
    for stream in (sys.stdout, sys.stderr):  # names may have letters that this console, or this code page, has not
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    options = _parser().parse_args(arguments)
    from resnet.errors import UserError
    from resnet.files import close_output

    try:
        code = int(options.command(options))
        sys.stdout.flush()
        return code
    except UserError as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # `| head` has seen enough
        close_output()
        return 0
    except OSError as error:  # a full disk behind `> file`
        if error.filename is not None:  # not our output
            raise
        cure = "Send it to a place with room"
        print(UserError(f"The output could not be written ({error.strerror})", cure=cure), file=sys.stderr)
        close_output()
        return 2


def _fit(options: argparse.Namespace) -> int:
    from train.fit_command import fit

    return fit(options.recipe, options.data, options.net, options.set, options.out)


def _evaluate(options: argparse.Namespace) -> int:
    from train.datasets import open_pictures
    from train.evaluate import evaluate
    from train.progress import tell_refused

    classifier = _classifier(options.checkpoint)
    pictures = _result(open_pictures(options.data, classifier.image_px))
    tell_refused(pictures.refused, options.data)
    evaluation = evaluate(classifier, pictures.split, pictures.classes)
    print(_as_json(evaluation) if options.json else _as_text(evaluation))
    return 0


def _classifier(path: str) -> Classifier:
    """The checkpoint; a refusal names it as it was typed."""
    from resnet.errors import UserError
    from train.checkpoint import load_classifier

    try:
        return load_classifier(path)
    except UserError as error:
        raise UserError(error.what, where=path, cure=error.cure) from error


def _predict(options: argparse.Namespace) -> int:
    from resnet.errors import UserError
    from train.pictures import decode

    classifier = _classifier(options.checkpoint)
    answers, refused = [], False
    for name in options.images:
        try:
            picture = decode(Path(name), name=name, side=classifier.image_px)
        except UserError as error:  # the others are answered all the same
            print(error, file=sys.stderr)
            refused = True
            continue
        row = classifier.probabilities([picture])[0].tolist()
        sure = dict(sorted(zip(classifier.classes, row, strict=True), key=lambda pair: -pair[1]))
        answers.append({"file": name, "label": next(iter(sure)), "probabilities": sure})
        if not options.json:
            print(f"{name}: " + ", ".join(f"{label} {part:.1%}" for label, part in sure.items()))
    if options.json:
        print(json.dumps(answers, indent=1))
    return 2 if refused else 0


def _data(options: argparse.Namespace) -> int:
    from train.datasets import open_data
    from train.recipe import LIVE

    data = _result(open_data(options.source, side=LIVE.image_px, seed=LIVE.seed))
    width = max(map(len, data.classes))
    print(f"{'class':{width}}  {'train':>8}  {'val':>8}")
    for label, name in enumerate(data.classes):
        train, val = (int((split.labels == label).sum()) for split in (data.train, data.val))
        print(f"{name:{width}}  {train:8,}  {val:8,}")
    print(f"files refused: {len(data.refused):,}")
    for refused in data.refused:
        print(f"  {refused.name}: {refused.reason}")
    return 0


def _worker(_: argparse.Namespace) -> int:
    from train.worker import main as work

    return work()


def _result(steps: Generator[Event, None, Result]) -> Result:
    """What a generator of events returns; its events are shown as they come."""
    from train.progress import Progress

    progress = Progress()
    try:
        while True:
            progress(next(steps))
    except StopIteration as end:
        result: Result = end.value
        return result
    finally:
        progress.close()


def _as_json(evaluation: Evaluation) -> str:
    import dataclasses

    return json.dumps(dataclasses.asdict(evaluation))


def _as_text(evaluation: Evaluation) -> str:
    names = evaluation.classes
    width = max(8, *map(len, names))
    lines = [
        f"{evaluation.n:,} pictures, accuracy {evaluation.accuracy:.2%}, "
        f"balanced accuracy {evaluation.balanced_accuracy:.2%}",
        "truth in rows, answers in columns:",
        " ".join(f"{text:>{width}}" for text in ("", *names)),
    ]
    for name, counts in zip(names, evaluation.confusion, strict=True):
        lines.append(" ".join(f"{cell:>{width}}" for cell in (name, *counts)))
    return "\n".join(lines)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m train",
        description="Train a residual network, measure it, and ask it about pictures.",
        epilog="`python -m train COMMAND --help` tells more about one command.",
    )
    commands = parser.add_subparsers(metavar="COMMAND", required=True)

    fit = commands.add_parser(
        "fit",
        help="train a net and keep it as a run",
        description="Train a net. The run is a folder that the page lists too. Ctrl-C stops and keeps the weights.",
    )
    fit.add_argument(
        "--data",
        metavar="drawn|DIR|ZIP",
        help="pictures: drawn by program, or class folders, also under train/ and val/",
    )
    fit.add_argument("--recipe", metavar="NAME", default="live", help="live (default: a minute), photos or article")
    fit.add_argument("--net", metavar="NET", help="a row of `python -m resnet list`")
    fit.add_argument("--out", metavar="runs/ID", help="the run's folder (default: runs/DATE-RECIPE-NET)")
    fit.add_argument(
        "--set",
        metavar="KEY=VALUE",
        nargs="+",
        action="extend",
        default=[],
        help="change settings of the recipe, for example --set epochs=3 lr=0.1",
    )
    fit.set_defaults(command=_fit)

    evaluate = commands.add_parser(
        "evaluate",
        help="measure a checkpoint on labelled pictures",
        description="Ask a checkpoint about every picture of a set; of val/ or test/ where the set has train/ too.",
    )
    evaluate.add_argument("checkpoint", metavar="CHECKPOINT", help="a .safetensors file or the folder of a run")
    evaluate.add_argument("--data", metavar="DIR|ZIP", required=True, help="class folders of pictures")
    evaluate.add_argument("--json", action="store_true", help="one JSON object instead of text")
    evaluate.set_defaults(command=_evaluate)

    predict = commands.add_parser(
        "predict",
        help="tell what is in pictures",
        description="Say how sure a checkpoint is of each class, picture by picture.",
    )
    predict.add_argument("checkpoint", metavar="CHECKPOINT", help="a .safetensors file or the folder of a run")
    predict.add_argument("images", metavar="IMAGE", nargs="+", help="picture files")
    predict.add_argument("--json", action="store_true", help="a JSON list instead of a line a picture")
    predict.set_defaults(command=_predict)

    data = commands.add_parser(
        "data",
        help="check a set of pictures",
        description="Read a set of pictures as training would: count its classes and name every file that is refused.",
    )
    data.add_argument("source", metavar="drawn|PATH", help="drawn pets, or a folder or ZIP of class folders")
    data.set_defaults(command=_data)

    worker = commands.add_parser(
        "worker",
        help="(used by the page) train the run whose folder comes on standard input",
        description="Wait for the folder of a run on standard input and train it; the end of the input ends it.",
    )
    worker.set_defaults(command=_worker)
    return parser


if __name__ == "__main__":
    sys.exit(main())
