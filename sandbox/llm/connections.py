"""Ways to end a connection without an HTTP status."""

import socket
import struct

from aiohttp import web

LINGER_NOT = struct.pack("ii", 1, 0)


def reset_connection(request: web.Request) -> None:
    """Ends the connection with a TCP reset; sent data may be lost."""
    if request.transport is None:
        return
    plug = request.transport.get_extra_info("socket")
    if plug is not None:
        plug.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_NOT)
    request.transport.abort()


def close_connection(request: web.Request) -> None:
    """Closes the connection after sending what was written so far."""
    if request.transport is not None:
        request.transport.close()
