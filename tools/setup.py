"""Make and fill the project's own `.venv`: `python3 tools/setup.py run|test`.

`make` calls this before every target that needs the environment; when nothing has changed it ends in well
under a second. It uses the standard library only, and its syntax stays readable for Python 3.6, so that an
interpreter that is too old is told so in a sentence instead of a syntax error.

Environment: PYTHON names another interpreter, TORCH=cpu takes PyTorch's own (much smaller) CPU wheels.
"""

import contextlib
import fcntl
import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
VENV_PYTHON = VENV / "bin" / "python"
READY = VENV / "ready.json"  # what is installed; written last, so that without it the set-up did not finish
PROMPT = "resnet-lab"  # marks a .venv as made here: one that did not finish may be thrown away
CPU_INDEX = "https://download.pytorch.org/whl/cpu"
TESTED = ((3, 10), (3, 13))  # oldest and newest Python the project is tested with
REQUIREMENTS = {"run": "requirements.txt", "test": "requirements-dev.txt"}


class SetupError(Exception):
    """One sentence for the person at the keyboard: what is wrong and what to do."""


def main(arguments: list) -> int:
    """Bring `.venv` up to what `arguments[0]` ("run" or "test") needs; return the exit status."""
    if len(arguments) != 1 or arguments[0] not in REQUIREMENTS:
        print("usage: python3 tools/setup.py run|test", file=sys.stderr)
        return 2
    try:
        ensure_supported_python()
        with only_one_at_a_time():
            prepare(arguments[0])
    except SetupError as problem:
        print("Set-up: %s" % problem, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nSet-up: interrupted; run the same command again to go on.", file=sys.stderr)
        return 130
    return 0


def ensure_supported_python() -> None:
    """Go on under a tested Python: this one, or else (unless PYTHON chose it) a tested one found on PATH."""
    version = sys.version_info[:2]
    oldest, newest = TESTED
    if oldest <= version <= newest:
        return
    if not os.environ.get("PYTHON"):
        for minor in range(newest[1], oldest[1] - 1, -1):
            other = shutil.which("python3.%d" % minor)
            if other and succeeds([other, "-c", "import ensurepip, venv"]):
                os.execv(other, [other, *sys.argv])
    if version < oldest:
        raise SetupError(
            "Python %d.%d or newer is needed and %s is %d.%d; "
            "install a newer one and name it: PYTHON=python3.12 make demo." % (*oldest, sys.executable, *version)
        )


@contextlib.contextmanager
def only_one_at_a_time():
    """Hold a lock on this file: `make demo` and `make test` started together take turns."""
    with open(__file__, "rb") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("Waiting for another set-up of this folder to end ...", flush=True)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def prepare(level: str) -> None:
    """Install what `level` needs, if it is not there already."""
    cpu = wants_cpu_torch()
    ready = read_ready()
    if ready and must_start_anew(ready, cpu):
        ready = {}
    if is_current(ready, level):
        return
    if not ready:
        make_venv()
    elif READY.exists():
        READY.unlink()  # so that an interrupted update starts anew instead of passing for finished
    torch_missing = not in_venv("torch")
    announce(level, cpu, torch_missing)
    install(level, cpu and torch_missing)
    write_ready(level, ready)
    print("Set-up is done.", flush=True)


def wants_cpu_torch() -> bool:
    """Whether TORCH=cpu was asked for where it makes a difference (PyTorch for macOS never has CUDA)."""
    wish = os.environ.get("TORCH", "")
    if wish not in ("", "cpu"):
        raise SetupError("TORCH=%s is unknown; leave it out, or use TORCH=cpu for PyTorch's CPU wheels." % wish)
    return wish == "cpu" and sys.platform != "darwin"


def read_ready() -> dict:
    """What `.venv` has: a finished set-up's note, a note for a `.venv` made by hand, or {} to start from nothing."""
    configuration = VENV / "pyvenv.cfg"
    if not configuration.exists():
        return {}
    try:
        # An upgrade of the system's Python can leave a .venv whose interpreter is gone.
        version = subprocess.check_output([str(VENV_PYTHON), "-c", "import pip, sys; print(*sys.version_info[:2])"])
    except (OSError, subprocess.CalledProcessError):
        return {}
    note = {"python": [int(part) for part in version.split()], "levels": {}}
    try:
        note["levels"] = json.loads(READY.read_text(encoding="utf-8"))["levels"]
    except (OSError, ValueError, KeyError, TypeError):
        if "prompt = %r" % PROMPT in configuration.read_text(encoding="utf-8"):
            return {}  # ours, and never finished
    return note


def write_ready(level: str, before: dict) -> None:
    """Note, atomically and last of all, that `level` is installed."""
    levels = {name: digest(name) for name in REQUIREMENTS if name in (level, "run") or is_current(before, name)}
    temporary = READY.with_suffix(".tmp")
    temporary.write_text(json.dumps({"levels": levels}), encoding="utf-8")
    os.replace(str(temporary), str(READY))


def must_start_anew(ready: dict, cpu: bool) -> bool:
    """Whether the person now asks for another Python or another PyTorch than `.venv` has."""
    other_python = bool(os.environ.get("PYTHON")) and ready["python"] != list(sys.version_info[:2])
    return other_python or (cpu and in_venv("torch") and not in_venv("torch-*+cpu.dist-info"))


def in_venv(pattern: str) -> bool:
    """Whether the packages of `.venv` include a file or folder of that name pattern."""
    return any(VENV.glob("lib/python*/site-packages/" + pattern))


def is_current(ready: dict, level: str) -> bool:
    """Whether `ready` has `level` installed from the requirements as they are now."""
    return bool(ready) and ready["levels"].get(level) == digest(level)


def digest(level: str) -> str:
    """A fingerprint of the requirements files of `level`."""
    names = ["requirements.txt"] if level == "run" else ["requirements.txt", "requirements-dev.txt"]
    return hashlib.sha256(b"\0".join((ROOT / name).read_bytes() for name in names)).hexdigest()


def announce(level: str, cpu: bool, torch_missing: bool) -> None:
    """Say how much will be downloaded before anything is; refuse where the disk is too small for it."""
    if not torch_missing:
        more = "at most 100 MB" if level == "test" else "only what changed"
        print("Set-up: bringing .venv up to date (%s to download) ..." % more, flush=True)
        return
    cuda = sys.platform == "linux" and not cpu
    download, disk = (3.1, 6.2) if cuda else (0.35, 1.4)  # GB, measured with torch 2.15 on x86-64 Linux
    python = platform.python_version()
    print(
        "Set-up: Python %s, into .venv; about %s GB to download, %s GB on disk." % (python, download, disk), flush=True
    )
    if cuda:
        print("        (TORCH=cpu takes PyTorch without CUDA: about 0.35 GB to download, 1.4 GB on disk.)", flush=True)
    free = shutil.disk_usage(str(ROOT)).free / 1e9
    if free < disk + download:  # both are there while pip installs
        cure = "free some, or use TORCH=cpu" if cuda else "free some"
        needed = disk + download
        raise SetupError("set-up needs %.1f GB while it runs and the disk has %.1f GB free; %s." % (needed, free, cure))


def make_venv() -> None:
    """Make an empty `.venv`, in place of whatever an unfinished set-up left there."""
    if not succeeds([sys.executable, "-c", "import ensurepip, venv"]):
        package = "python%d.%d-venv" % sys.version_info[:2] if os.environ.get("PYTHON") else "python3-venv"
        raise SetupError(
            "this Python cannot make virtual environments; on Debian and Ubuntu: sudo apt install %s." % package
        )
    if subprocess.call([sys.executable, "-m", "venv", "--clear", "--prompt", PROMPT, str(VENV)]):
        raise SetupError("no virtual environment could be made in %s; the lines above say why." % VENV)


def install(level: str, cpu_first: bool) -> None:
    """Run pip for `level`; `cpu_first` takes torch and torchvision from PyTorch's CPU index before the rest."""
    if cpu_first:
        pair = [
            line.strip() for line in (ROOT / "requirements.txt").read_text().splitlines() if line.startswith("torch")
        ]
        pip("install", "--index-url", CPU_INDEX, *pair)
    pip("install", "--requirement", str(ROOT / REQUIREMENTS[level]))


def pip(*arguments: str) -> None:
    """Run the venv's pip: with its progress bars for a person, quietly into a log."""
    scratch = VENV / "tmp"  # some systems keep /tmp in memory, too small for PyTorch's wheels
    scratch.mkdir(exist_ok=True)
    environment = dict(os.environ, TMPDIR=str(scratch), PIP_USER="0", PIP_DISABLE_PIP_VERSION_CHECK="1")
    quiet = [] if sys.stdout.isatty() else ["-qq"]
    status = subprocess.call([str(VENV_PYTHON), "-m", "pip", *arguments, *quiet], env=environment)
    shutil.rmtree(str(scratch), ignore_errors=True)
    if status:
        raise SetupError("pip failed (its reason stands above); check the network and run the same command again.")


def succeeds(command: list) -> bool:
    """Whether `command` can be started and exits with 0."""
    try:
        return subprocess.call(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) == 0
    except OSError:
        return False


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
