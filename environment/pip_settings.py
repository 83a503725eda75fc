"""What this machine's pip is told about indexes, proxies and certificates, for uv, which reads none of it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping
from configparser import Error, RawConfigParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

SECTIONS = ("global", "install")
MACHINE = Path("/etc")
TRUE = frozenset({"1", "y", "yes", "t", "true", "on"})
OLDER_NAMES = {"UV_DEFAULT_INDEX": "UV_INDEX_URL", "UV_INDEX": "UV_EXTRA_INDEX_URL", "UV_SYSTEM_CERTS": "UV_NATIVE_TLS"}
ALWAYS = {"UV_INDEX_STRATEGY": "unsafe-best-match", "UV_NATIVE_TLS": "1"}
"""As with pip, any index may bring a package: the hashes of the lock decide, not the index."""


def uv_variables(environ: Mapping[str, str], venv: Path) -> dict[str, str]:
    """The variables that tell uv what pip knows; none that the operator has set."""
    pip = read_pip_settings(environ, venv)
    told = {
        "UV_DEFAULT_INDEX": pip.get("index-url", ""),
        "UV_INDEX": " ".join(existing(pip.get("extra-index-url", "").split())),
        "UV_FIND_LINKS": ",".join(existing(pip.get("find-links", "").split())),
        "UV_NO_INDEX": "1" if pip.get("no-index", "").lower() in TRUE else "",
        "UV_INSECURE_HOST": " ".join(pip.get("trusted-host", "").split()),
        "UV_HTTP_TIMEOUT": pip.get("timeout", pip.get("default-timeout", "")),
        "SSL_CERT_FILE": pip.get("cert", ""),
        "SSL_CLIENT_CERT": pip.get("client-cert", ""),
        "HTTPS_PROXY": pip.get("proxy", ""),
        "HTTP_PROXY": pip.get("proxy", ""),
        **ALWAYS,
    }
    known = {name for name in told if {name, name.lower(), OLDER_NAMES.get(name, name)} & environ.keys()}
    return {name: value for name, value in told.items() if value and name not in known}


def read_pip_settings(environ: Mapping[str, str], venv: Path) -> dict[str, str]:
    """Pip's settings for `pip install` by option name, out of its files and variables, in pip's own order.

    Source: https://pip.pypa.io/en/stable/topics/configuration/
    """
    sections: dict[str, dict[str, str]] = {name: {} for name in SECTIONS}
    for file in _files(environ, venv):
        for name, found in _read(file).items():
            sections[name] |= found
    variables = {_option(name[4:]): value for name, value in environ.items() if name.startswith("PIP_") and value}
    return {**sections["global"], **sections["install"], **variables}


def existing(places: Iterable[str]) -> list[str]:
    """Those that are no local path, or one that exists: pip passes over a missing one, uv ends."""
    return [place for place in places if (path := _local(place)) is None or path.exists()]


def _local(place: str) -> Path | None:
    if "://" not in place:
        return Path(place).expanduser()
    parts = urlsplit(place)
    return Path(unquote(parts.path)) if parts.scheme == "file" else None


def _files(environ: Mapping[str, str], venv: Path) -> list[Path]:
    """Those of the machine, of the user, of the interpreter, and the one that is named; each wins over those before."""
    named = environ.get("PIP_CONFIG_FILE", "")
    if named == os.devnull:
        return []
    home = Path(environ.get("HOME") or Path.home())
    shared = [Path(folder) / "pip" for folder in environ.get("XDG_CONFIG_DIRS", "/etc/xdg").split(":") if folder]
    own = Path(environ.get("XDG_CONFIG_HOME") or home / ".config") / "pip"
    folders = [*reversed(shared), MACHINE, home / ".pip", own, Path(sys.prefix), venv]
    return [folder / "pip.conf" for folder in folders] + ([Path(named)] if named else [])


def _read(file: Path) -> dict[str, dict[str, str]]:
    """The sections that matter to an installation; nothing of a file that cannot be read."""
    parser = RawConfigParser()
    try:
        parser.read(file, encoding="utf-8")
    except (Error, UnicodeDecodeError, OSError):
        return {}
    present = [name for name in SECTIONS if parser.has_section(name)]
    return {name: {_option(key): value for key, value in parser.items(name)} for name in present}


def _option(name: str) -> str:
    return name.lower().replace("_", "-").removeprefix("--")
