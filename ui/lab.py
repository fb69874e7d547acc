"""What every tab is given: where things are kept, who may do what, and how the page is reached."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.routing import Route

from ui import network
from ui.room import Room

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
        host: the address it listens on.
        port: and the port.
        room: the people on the page, and who leads them.
        routes: the addresses beside the page, which its parts add while it is built.
    """

    runs: Path
    data: Path
    launcher: Launcher
    public: bool = False
    host: str = "127.0.0.1"
    port: int = 7860
    room: Room = field(default_factory=Room)
    routes: list[Route] = field(default_factory=list)

    @property
    def listens_everywhere(self) -> bool:
        """Whether it listens on all addresses of this machine."""
        return network.is_everywhere(self.host)

    def on_network(self) -> str:
        """The page's address for other devices on the network; empty where they cannot reach it."""
        host = network.lan_address() if self.listens_everywhere else self.host
        return "" if not host or network.is_own(host) else network.page_address(host, self.port)
