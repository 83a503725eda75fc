"""TCP ports: checks for free ones, and a store of those that internal servers used before."""

from __future__ import annotations

import json
import socket
from pathlib import Path


def is_free(host: str, port: int) -> bool:
    """Whether a server could listen on `host` and `port` now."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def find_free(host: str = "127.0.0.1") -> int:
    """Returns a port of `host` that is free now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


class PortBook:
    """The ports of internal servers, kept in a file so that addresses stay the same between runs."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._ports = _read(file)

    def choose(self, name: str, preferred: int | None = None) -> int:
        """Returns the port of server `name`: the one used before, else `preferred`, if free; else any free one."""
        taken = {port for other, port in self._ports.items() if other != name}
        for port in filter(None, (self._ports.get(name), preferred)):
            if port not in taken and is_free("127.0.0.1", port):
                return self._note(name, port)
        while (port := find_free()) in taken:
            continue
        return self._note(name, port)

    def _note(self, name: str, port: int) -> int:
        self._ports[name] = port
        self._file.write_text(json.dumps(self._ports, indent=2) + "\n", encoding="utf-8")
        return port


def _read(file: Path) -> dict[str, int]:
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    if not isinstance(found, dict):
        return {}
    return {name: port for name, port in found.items() if isinstance(port, int)}
