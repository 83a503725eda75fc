"""The address of Postgres: one host or several, in libpq's or SQLAlchemy's spelling.

https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING
https://docs.sqlalchemy.org/en/21/dialects/postgresql.html#specifying-multiple-fallback-hosts
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl, quote, unquote, urlencode

import psycopg2
from psycopg2.extensions import make_dsn

LOOKS_LIKE = "must look like postgresql://user:password@host:5432/chorus"
SEVERAL = "several hosts are written postgresql://user:password@host1:5432,host2:5432/chorus"
SESSION = "target_session_attrs"
WRITABLE_SESSIONS = ("read-write", "primary", "any")
"""Values of SESSION that can lead to a server on which Chorus can work."""

FORM = re.compile(
    r"""postgres(?:ql)?(?:\+psycopg2)?://
    (?:(?P<user>[^:/]*)(?::(?P<password>[^@]*))?@)?
    (?P<hosts>[^/?]*)
    (?:/(?P<database>[^?]*))?
    (?:\?(?P<query>.*))?""",
    re.VERBOSE | re.DOTALL,
)
HOST = re.compile(r"(?:\[(?P<v6>[^\]]+)\]|(?P<name>[^:\[\]]*))(?::(?P<port>\d*))?")


@dataclass(frozen=True, slots=True)
class Host:
    """A host name, address or folder of a socket, and its port; either may be empty, for libpq's default."""

    name: str
    port: str = ""

    def __str__(self) -> str:
        name = f"[{self.name}]" if ":" in self.name else self.name
        return f"{name}:{self.port}" if self.port else name


@dataclass(frozen=True, slots=True)
class Address:
    """An address of Postgres. `options` are libpq's parameters that the operator gave."""

    hosts: tuple[Host, ...]
    user: str
    password: str
    database: str
    options: Mapping[str, str]

    @property
    def url(self) -> str:
        """Returns the address as libpq reads it, every part quoted."""
        user = f"{_quote(self.user)}:{_quote(self.password)}" if self.password else _quote(self.user)
        hosts = ",".join(str(replace(host, name=_quote(host.name, ":"))) for host in self.hosts)
        database = f"/{_quote(self.database)}" if self.database else ""
        options = f"?{urlencode(self.options, quote_via=quote)}" if self.options else ""
        return f"postgresql://{user}{'@' if user else ''}{hosts}{database or '/' * bool(options)}{options}"

    @property
    def place(self) -> str:
        """Returns hosts and ports, without secrets."""
        return ", ".join(map(str, self.hosts)) or "localhost"

    @property
    def parameters(self) -> dict[str, str]:
        """Returns the parameters of a connection by libpq's names."""
        given = {"user": self.user, "password": self.password, "dbname": self.database}
        given["host"] = ",".join(host.name for host in self.hosts)
        given["port"] = ",".join(host.port for host in self.hosts)
        return {**self.options, **{name: value for name, value in given.items() if value.strip(",")}}

    @property
    def secrets(self) -> list[str]:
        """Returns the values that no log may hold."""
        return [self.password, self.options.get("sslpassword", "")]

    def for_any_session(self) -> Address:
        """Returns the same address, with servers that cannot be written accepted."""
        return replace(self, options={**self.options, SESSION: "any"})


def read_address(url: str) -> Address:
    """Reads an address. Raises ValueError with a sentence that repeats no part that may be secret."""
    found = FORM.fullmatch(url.strip())
    if found is None:
        raise ValueError(LOOKS_LIKE)
    pairs = parse_qsl(found["query"] or "", keep_blank_values=True)
    options = dict(pairs)
    told = [value for name, value in pairs if name == "host"]
    hosts = _read_hosts(",".join(told) if told else found["hosts"], options.pop("port", ""))
    options.pop("host", None)
    user = options.pop("user", unquote(found["user"] or ""))
    password = options.pop("password", unquote(found["password"] or ""))
    database = options.pop("dbname", unquote(found["database"] or ""))
    _check_options(options)
    return Address(hosts, user, password, database, options)


def _read_hosts(told: str, ports: str) -> tuple[Host, ...]:
    """Reads `h1:5432,h2`; `ports` holds those of a parameter of their own: one for all hosts, or one for each."""
    names = told.split(",")
    hosts = tuple(map(_read_host, names)) if told else ()
    if len(hosts) > 1 and not all(host.name for host in hosts):
        raise ValueError(f"has an empty host among several; {SEVERAL}")
    if ports:
        given = ports.split(",")
        if len(given) not in (1, len(hosts)):
            raise ValueError(f"has {len(hosts)} hosts and {len(given)} ports; {SEVERAL}")
        each = given * len(hosts) if len(given) == 1 else given
        hosts = tuple(replace(host, port=port) for host, port in zip(hosts or (Host(""),), each or given, strict=True))
    for host in hosts:
        _check_port(host.port)
    return hosts


def _read_host(told: str) -> Host:
    found = HOST.fullmatch(told.strip())
    if found is None:
        raise ValueError(f"has a host that cannot be read; {SEVERAL}")
    return Host(unquote(found["v6"] or found["name"] or ""), found["port"] or "")


def _check_port(port: str) -> None:
    if port and not (port.isascii() and port.isdigit() and 1 <= int(port) <= 65535):
        raise ValueError("has a port that is no number from 1 to 65535")


def _check_options(options: Mapping[str, str]) -> None:
    if unknown := sorted(filter(_is_unknown, options)):
        raise ValueError(f"has parameters that libpq does not know: {', '.join(unknown)}")
    if options.get(SESSION, "read-write") not in WRITABLE_SESSIONS:
        raise ValueError(f"must lead to a server that can be written: {SESSION} is one of {_list(WRITABLE_SESSIONS)}")


def _is_unknown(name: str) -> bool:
    try:
        make_dsn(**{name: "1"})
    except (psycopg2.ProgrammingError, TypeError):
        return True
    return False


def _list(words: Sequence[str]) -> str:
    return f"{', '.join(words[:-1])} or {words[-1]}"


def _quote(text: str, safe: str = "") -> str:
    return quote(text, safe=safe)
