"""Build the ResNet Lab page and serve it: ``python app.py``, then open the address it prints.

Nothing heavy is imported before `main` has read the flags, so that ``--help`` and a taken port answer at once.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import sys
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from resnet.errors import UserError

if TYPE_CHECKING:
    from ui.lab import Lab

PORT = 7860


def main(arguments: list[str] | None = None) -> int:
    """Serve until Ctrl-C or SIGTERM. Returns the exit status: 0, 1 when --check fails, 2 when it cannot start."""
    flags = read_flags(arguments)
    if flags.check:
        from ui.check import check

        return 0 if check(flags.host, flags.port, flags.runs, flags.data) else 1
    try:
        serve(flags)
    except UserError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def read_flags(arguments: list[str] | None = None) -> argparse.Namespace:
    """Parse the command line. On a Hugging Face Space the page is public and listens on all addresses."""
    on_space = "SPACE_ID" in os.environ
    parser = argparse.ArgumentParser(prog="app.py", description="ResNet Lab: see a residual network.")
    parser.add_argument("--host", help="address to listen on (default: this machine only, 127.0.0.1)")
    parser.add_argument("--port", type=_port, default=os.environ.get("GRADIO_SERVER_PORT", str(PORT)))
    parser.add_argument("--runs", type=Path, default=Path("runs"), metavar="DIR", help="where runs are kept")
    parser.add_argument("--data", type=Path, default=Path("data"), metavar="DIR", help="ZIPs and folders of pictures")
    audience = parser.add_mutually_exclusive_group()
    audience.add_argument(
        "--public", action="store_true", default=on_space, help="for strangers: everyone sees only their own runs"
    )
    audience.add_argument(
        "--presenter", action="store_true", help="for a room: listen on the local network and print that address"
    )
    parser.add_argument("--check", action="store_true", help="say what is missing on this machine, and leave")
    flags = parser.parse_args(arguments)
    if flags.host is None:
        everywhere = on_space or flags.presenter
        flags.host = os.environ.get("GRADIO_SERVER_NAME") or ("0.0.0.0" if everywhere else "127.0.0.1")
    return flags


def serve(flags: argparse.Namespace) -> None:
    """Start the launcher and the page, wait for a signal, then close both.

    Raises:
        UserError: the port is taken, or the runs folder cannot be written.
    """
    from ui import network

    network.claim(flags.host, flags.port)
    with tempfile.TemporaryDirectory(prefix="resnet-lab-", ignore_cleanup_errors=True) as uploads:
        _serve(flags, uploads)


def _serve(flags: argparse.Namespace, uploads: str) -> None:
    """Serve with `uploads` as the folder for what people send."""
    os.environ.update(GRADIO_ANALYTICS_ENABLED="False", HF_HUB_DISABLE_TELEMETRY="1", GRADIO_TEMP_DIR=uploads)
    leave = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: leave.set())

    # The launcher first: its worker imports torch in a process of its own while this one imports the page.
    from train.launcher import Launcher

    with contextlib.closing(Launcher(flags.runs)) as launcher:
        launcher.warm()
        from ui import compare_chart, page
        from ui.lab import Lab
        from ui.room import Room

        room = Room(led=flags.presenter)
        lab = Lab(flags.runs, flags.data, launcher, public=flags.public, host=flags.host, port=flags.port, room=room)
        blocks = page.build(lab)
        if not leave.is_set():
            blocks.launch(
                server_name=flags.host, server_port=flags.port, prevent_thread_lock=True, **page.launch_arguments(lab)
            )
            announce(lab)
            compare_chart.warm()
        while not leave.wait(0.5):  # a wait without limit would not see Ctrl-C on Windows
            pass
        blocks.close(verbose=False)


def announce(lab: Lab) -> None:
    """Print the address, the one for other devices when they can reach it, and the link for who leads the room."""
    from ui.network import page_address
    from ui.room_share import invitation

    here = page_address("127.0.0.1" if lab.listens_everywhere else lab.host, lab.port)
    print(f"ResNet Lab: {here}", flush=True)
    elsewhere = lab.on_network()
    if elsewhere and elsewhere != here:
        print(f"On this network: {elsewhere}", flush=True)
    if lab.room.led:
        print(invitation(lab, here), flush=True)


def _port(text: str) -> int:
    if not (text.isdecimal() and 0 < int(text) < 65536):
        raise argparse.ArgumentTypeError(f"{text} is not a port. Give a number from 1 to 65535.")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
