"""Where the page can be reached: is the port free, and which address do other devices use."""

from __future__ import annotations

import contextlib
import os
import socket

from resnet.errors import UserError


def claim(host: str, port: int) -> None:
    """Make sure `port` can be listened on.

    Raises:
        UserError: another program has it, it needs rights this user lacks, or `host` is no address of this machine.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        if os.name != "nt":  # on Windows this option would let two programs share the port
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except PermissionError:
            raise UserError(
                f"Port {port} needs administrator rights", cure="Choose one above 1023: --port 7860"
            ) from None
        except socket.gaierror:
            raise UserError(f"{host} is not an address", where="--host", cure="Use 127.0.0.1 or 0.0.0.0") from None
        except OSError as error:
            if error.errno is not None and "assign" in (error.strerror or ""):
                raise UserError(
                    f"{host} is not an address of this machine", where="--host", cure="Use 127.0.0.1 or 0.0.0.0"
                ) from None
            raise UserError(
                f"Port {port} is taken by another program",
                cure=f"Stop that program, or choose another port: --port {port + 1}",
            ) from None


def lan_address() -> str:
    """Return this machine's address on the local network, empty when it has none. Nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe, contextlib.suppress(OSError):
        probe.connect(("192.0.2.1", 9))  # an address set aside for documentation: only the route is looked up
        address = str(probe.getsockname()[0])
        return "" if address.startswith(("127.", "0.")) else address
    return ""
