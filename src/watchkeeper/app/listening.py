"""Sockets to listen on, opened before anything else starts, with errors that say what to do."""

from __future__ import annotations

import errno
import socket
from typing import Final

from watchkeeper.kernel.errors import WatchkeeperError

_BACKLOG: Final = 2048


class ListenError(WatchkeeperError):
    """An address can't be listened on."""

    code = "listen_error"


class PortInUse(ListenError):
    """Another process listens there."""

    code = "port_in_use"


def bind(host: str, port: int, option: str) -> socket.socket:
    """A listening socket; port 0 takes a free one.

    Args:
        host: name or address.
        port: 0 to 65535.
        option: the command line option that sets this port, for the message.

    Raises:
        PortInUse: somebody listens there already.
        ListenError: the address is not one of this machine, or the port needs rights this user lacks.
    """
    where = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except socket.gaierror as error:
        raise ListenError(f"{host!r} is no address to listen on: {error.strerror}") from error
    listener = socket.socket(family, kind, protocol)
    try:
        # Without it a restart would have to wait for old connections to time out.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise PortInUse(
                f"port {port} is in use on {host}", hint=f"choose another with {option}, or 0 for a free one"
            ) from error
        raise ListenError(f"can't listen on {where}: {error.strerror}", hint=f"see {option}") from error
    listener.setblocking(False)
    return listener
