"""Ways to end a connection that no HTTP status describes."""

import socket
import struct

from aiohttp import web

LINGER_NOT = struct.pack("ii", 1, 0)


def reset_connection(request: web.Request) -> None:
    """Drop the connection with a TCP reset, whatever was sent before."""
    if request.transport is None:
        return
    plug = request.transport.get_extra_info("socket")
    if plug is not None:
        plug.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_NOT)
    request.transport.abort()


def close_connection(request: web.Request) -> None:
    """End the connection after what was written so far has gone out."""
    if request.transport is not None:
        request.transport.close()
