"""Where the page can be reached: is the port free, and which address do other devices use."""

from __future__ import annotations

import contextlib
import errno
import ipaddress
import os
import socket

from resnet.errors import UserError
from ui.text import t


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
            raise UserError(t("page.port_rights", port=port), cure=t("page.port_rights_cure")) from None
        except socket.gaierror:
            raise UserError(t("page.host_none", host=host), where="--host", cure=t("page.host_cure")) from None
        except OSError as error:
            # On Windows the number is WinSock's own.
            if error.errno in (errno.EADDRNOTAVAIL, getattr(errno, "WSAEADDRNOTAVAIL", errno.EADDRNOTAVAIL)):
                what = t("page.host_elsewhere", host=host)
                raise UserError(what, where="--host", cure=t("page.host_cure")) from None
            cure = t("page.port_taken_cure", other=port + 1)
            raise UserError(t("page.port_taken", port=port), cure=cure) from None


def is_everywhere(host: str) -> bool:
    """Whether who listens on `host` listens on all addresses of this machine."""
    return host in ("0.0.0.0", "::")


def is_own(host: str) -> bool:
    """Whether only this machine itself can use this name of a host."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def page_address(host: str, port: int) -> str:
    """The page's address where `host` is how this machine is called."""
    return f"http://{f'[{host}]' if ':' in host else host}:{port}/"


def lan_address() -> str:
    """Return this machine's address on the local network, empty when it has none. Nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe, contextlib.suppress(OSError):
        probe.connect(("192.0.2.1", 9))  # an address set aside for documentation: only the route is looked up
        address = str(probe.getsockname()[0])
        return "" if address.startswith(("127.", "0.")) else address
    return ""
