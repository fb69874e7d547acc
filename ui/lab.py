"""What every tab is given: where things are kept and who may do what."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from train.launcher import Launcher


@dataclass(frozen=True)
class Lab:
    """One app instance.

    Args:
        runs: folder with one folder a run.
        data: folder whose ZIPs and picture folders are offered for training.
        launcher: starts, queues, steers and reaps the training processes.
        public: strangers use this page: each sees only the runs they started.
    """

    runs: Path
    data: Path
    launcher: Launcher
    public: bool = False
