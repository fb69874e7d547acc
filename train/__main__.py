"""python -m train fit | resume | evaluate | predict | data

The parser. torch is imported by the commands, not here, so that --help answers at once.
"""

from __future__ import annotations

import argparse
import io
import os
import sys

from resnet.errors import UserError
from resnet.files import close_output
from train.recipes import RECIPES

CHECKPOINT = "a .safetensors file or the folder of a run"


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
    try:
        code = int(options.command(options))
        sys.stdout.flush()
        return code
    except UserError as error:
        if os.environ.get("LOCAL_RANK", "0") == "0":  # torchrun's other processes here refuse it, too
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


def _resume(options: argparse.Namespace) -> int:
    from train.fit_command import resume

    return resume(options.run)


def _evaluate(options: argparse.Namespace) -> int:
    from train.evaluate_command import evaluate

    return evaluate(options.checkpoint, options.data, as_json=options.json)


def _predict(options: argparse.Namespace) -> int:
    from train.predict_command import predict

    return predict(options.checkpoint, options.images, options.style)


def _data(options: argparse.Namespace) -> int:
    from train.data_command import check

    return check(options.source, options.recipe, options.set)


def _worker(_: argparse.Namespace) -> int:
    from train.worker import main as work

    return work()


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
        metavar="drawn|oxford-pets|hub:OWNER/NAME|DIR|ZIP",
        help="pictures: drawn by program, a set that is downloaded once, "
        "or class folders of yours, also under train/ and val/",
    )
    _add_recipe(fit)
    fit.add_argument("--net", metavar="NET", help="a row of `python -m resnet list`, or design:layers=1,1:width=16")
    fit.add_argument("--out", metavar="runs/ID", help="the run's folder (default: runs/DATE-RECIPE-NET)")
    fit.set_defaults(command=_fit)

    resume = commands.add_parser(
        "resume",
        help="go on with a run that was interrupted",
        description="Go on where a run was left or killed: its losses are those of a run never interrupted.",
    )
    resume.add_argument("run", metavar="runs/ID", help="the run's folder")
    resume.set_defaults(command=_resume)

    evaluate = commands.add_parser(
        "evaluate",
        help="measure a checkpoint on labelled pictures",
        description="Ask a checkpoint about every picture of a set; of val/ or test/ where the set has train/ too. "
        "Under torchrun the processes share the pictures.",
    )
    evaluate.add_argument("checkpoint", metavar="CHECKPOINT", help=CHECKPOINT)
    evaluate.add_argument("--data", metavar="DIR|ZIP", required=True, help="class folders of pictures")
    evaluate.add_argument("--json", action="store_true", help="one JSON object instead of text")
    evaluate.set_defaults(command=_evaluate)

    predict = commands.add_parser(
        "predict",
        help="tell what is in pictures",
        description="Say how sure a checkpoint is of each class, picture by picture. "
        "Files that cannot be read are named, the others answered, and the exit status is 2. What is no picture in a "
        "folder is skipped, and how many files that are is told.",
    )
    predict.add_argument("checkpoint", metavar="CHECKPOINT", help=CHECKPOINT)
    predict.add_argument("images", metavar="IMAGE|FOLDER", nargs="+", help="picture files, and folders full of them")
    style = predict.add_mutually_exclusive_group()
    for name, what in (("json", "a JSON list"), ("csv", "a table: file, label, and how sure it is of each class")):
        style.add_argument(
            f"--{name}", dest="style", action="store_const", const=name, help=f"{what} instead of a line a picture"
        )
    predict.set_defaults(command=_predict, style="text")

    data = commands.add_parser(
        "data",
        help="fetch and check a set of pictures",
        description="Read a set of pictures as training would, downloading it first where it is not here yet: "
        "count its classes and name every file that is refused. `fit` with the same recipe and settings then finds "
        "the pictures ready.",
    )
    data.add_argument(
        "source",
        metavar="oxford-pets|drawn|hub:OWNER/NAME|PATH",
        help="Oxford-IIIT Pet, drawn pets, a set of the Hugging Face Hub, or a folder or ZIP of class folders",
    )
    _add_recipe(data)
    data.set_defaults(command=_data)

    worker = commands.add_parser(
        "worker",
        help="(used by the page) train the run whose folder comes on standard input",
        description="Wait for the folder of a run on standard input and train it; the end of the input ends it.",
    )
    worker.set_defaults(command=_worker)
    return parser


def _add_recipe(command: argparse.ArgumentParser) -> None:
    recipes = [f"{name} (default)" if name == "live" else name for name in RECIPES]
    command.add_argument("--recipe", metavar="NAME", default="live", help=f"how to train: {', '.join(recipes)}")
    command.add_argument(
        "--set",
        metavar="KEY=VALUE",
        nargs="+",
        action="extend",
        default=[],
        help="change settings of the recipe, for example --set epochs=3 lr=0.1",
    )


if __name__ == "__main__":
    sys.exit(main())
