"""The guarded web client against a server that plays tricks, and a DNS that lies (security checklist, line 22)."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from app.adapters.web.client import HOPS, GuardedClient
from app.domain.errors import AddressRefused, WebError
from tests.integration.adapters.stranger import Answer, Server, running_stranger

PUBLIC = "93.184.216.34"
OURS = """
    127.0.0.1 127.1.2.3 10.0.0.1 192.168.0.1 172.16.0.1 169.254.169.254 100.100.100.200 [::1]
    [::ffff:127.0.0.1] [::ffff:7f00:1] [fe80::1] [fd00:ec2::254] [64:ff9b::7f00:1] [::] 0.0.0.0 224.0.0.1
    2130706433 0177.0.0.1 127.1 0x7f.0.0.1 0x7f000001 localhost LOCALHOST localhost. ①②⑦.⓪.⓪.① 127。0。0。1
    %31%32%37.0.0.1
""".split()


@pytest.fixture
def server() -> Iterator[Server]:
    with running_stranger() as running:
        yield running


class Dns:
    """Answers lookups with what a test says, one answer after the other, and counts them."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    def __call__(self, host: str, port: int) -> list[str]:
        self.asked.append(host)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@pytest.fixture
def connected(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The addresses that sockets were connected to."""
    places: list[str] = []
    connect = socket.socket.connect

    def noted(self: socket.socket, address: tuple[str, int]) -> None:
        places.append(address[0])
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", noted)
    return places


def allowed(timeout_s: float = 10) -> GuardedClient:
    return GuardedClient(["127.0.0.1"], timeout_s=timeout_s)


@pytest.mark.parametrize("host", OURS)
@pytest.mark.parametrize("form", ["http://{}/latest/meta-data", "http://{}:8080/", "https://{}/"])
def test_no_spelling_of_our_own_addresses_is_connected_to(host: str, form: str, connected: list[str]) -> None:
    def resolve(name: str, port: int) -> list[str]:
        return ["127.0.0.1"]

    with pytest.raises(AddressRefused):
        GuardedClient(resolve=resolve).get(form.format(host))
    assert connected == []


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "ftp://example.org/x",
        "gopher://example.org/",
        "//example.org/",
        "example.org",
        "http://",
        "http:///x",
        "http://user@example.org/",
        "http://user:secret@example.org/",
        "http://example.org@127.0.0.1/",
        "http://:x@example.org/",
        "http://127.0.0.1\\@example.org/",
        "http://example.org\\.evil/",
        "http://exa mple.org/",
        "http://example.org/\r\nX: y",
        "http://example\u200b.org/",
        "http://example.org:0/",
        "http://example.org:99999/",
        "http://[::1/",
        "javascript:alert(1)",
        "",
    ],
)
def test_an_address_that_plays_tricks_is_refused_before_any_lookup(url: str, connected: list[str]) -> None:
    dns = Dns([PUBLIC])
    with pytest.raises(AddressRefused) as caught:
        GuardedClient(resolve=dns).get(url)
    assert (dns.asked, connected) == ([], [])
    assert str(caught.value)


def test_a_name_with_one_private_address_among_public_ones_is_refused(connected: list[str]) -> None:
    with pytest.raises(AddressRefused, match=r"leads to 10\.0\.0\.5, which is a private address"):
        GuardedClient(resolve=Dns([PUBLIC, "10.0.0.5"])).get("http://news.example/")
    assert connected == []


def test_a_name_that_changes_its_address_is_looked_up_once_and_pinned(server: Server) -> None:
    """DNS rebinding: the first answer is public, the next one is this machine. Only the first is ever used."""
    server.answers["/"] = lambda handler: handler.reply(b"secret of ours")
    dns = Dns([PUBLIC], ["127.0.0.1"])
    with pytest.raises(WebError):
        GuardedClient(resolve=dns, timeout_s=2).get(server.url("/", "rebind.example"))
    assert dns.asked == ["rebind.example"]
    assert server.seen == []


def test_a_socket_is_checked_once_more_whatever_the_lookup_said(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.answers["/"] = lambda handler: handler.reply(b"secret of ours")
    monkeypatch.setattr("app.adapters.web.pinning.Pin.addresses", _liar)
    with pytest.raises(AddressRefused, match="this machine's own"):
        GuardedClient(resolve=Dns([PUBLIC])).get(server.url("/", "liar.example"))
    assert server.seen == []


async def _liar(self: object, port: int) -> list[str]:
    return ["127.0.0.1"]


def test_a_host_that_the_operator_allows_is_read_and_no_other_name_for_it(server: Server) -> None:
    server.answers["/feed"] = lambda handler: handler.reply(b"hello", ETag='"1"')
    client = GuardedClient(["intranet.example"], resolve=Dns(["127.0.0.1"]))

    page = client.get(server.url("/feed", "Intranet.Example"), {"If-None-Match": '"0"'})

    assert (page.status, page.body, page.headers["ETag"], page.moved_to) == (200, b"hello", '"1"', None)
    [(path, sent)] = server.seen
    assert (path, sent["If-None-Match"], sent["Host"]) == ("/feed", '"0"', f"intranet.example:{server.server_port}")
    with pytest.raises(AddressRefused):
        client.get(server.url("/feed", "other.example"))


def test_metadata_is_not_read_even_from_a_host_that_is_allowed(connected: list[str]) -> None:
    client = GuardedClient(["intranet.example", "169.254.169.254"], resolve=Dns(["169.254.169.254"]))
    for url in ("http://intranet.example/", "http://169.254.169.254/latest/meta-data"):
        with pytest.raises(AddressRefused, match="metadata"):
            client.get(url)
    assert connected == []


@pytest.mark.parametrize(
    "target",
    ["http://10.0.0.1/", "http://localhost/", "//[::1]/", "file:///etc/passwd", "http://a@b.c/", "http://2130706433/"],
)
def test_a_redirect_to_what_is_not_allowed_is_not_followed(server: Server, target: str, connected: list[str]) -> None:
    server.answers["/"] = lambda handler: handler.reply(status=302, Location=target)
    with pytest.raises(AddressRefused):
        GuardedClient(["127.0.0.1"]).get(server.url())
    assert len(server.seen) == 1


def test_a_redirect_from_an_allowed_host_to_another_private_one_is_refused(server: Server) -> None:
    server.answers["/"] = lambda handler: handler.reply(status=302, Location=server.url("/secret", "db.example"))
    with pytest.raises(AddressRefused):
        GuardedClient(["127.0.0.1"], resolve=Dns(["127.0.0.1"])).get(server.url())
    assert [path for path, _ in server.seen] == ["/"]


@pytest.mark.parametrize(
    ("statuses", "moved"),
    [
        ((301,), "/end"),
        ((308, 301), "/end"),
        ((302,), None),
        ((301, 302), "/1"),
        ((302, 301), None),
        ((307, 308), None),
    ],
)
def test_what_has_moved_for_good_is_told_up_to_the_first_hop_that_is_not(
    server: Server, statuses: tuple[int, ...], moved: str | None
) -> None:
    places = ["/", *(f"/{number}" for number in range(1, len(statuses))), "/end"]
    for number, status in enumerate(statuses):
        server.answers[places[number]] = _redirect(status, places[number + 1])
    server.answers["/end"] = lambda handler: handler.reply(b"here")

    page = allowed().get(server.url())

    assert page.body == b"here"
    assert page.moved_to == (server.url(moved) if moved else None)


def _redirect(status: int, place: str) -> Answer:
    return lambda handler: handler.reply(status=status, Location=place)


def test_redirects_in_a_circle_end(server: Server) -> None:
    server.answers["/"] = _redirect(302, "/")
    with pytest.raises(WebError, match=f"more than {HOPS} times"):
        allowed().get(server.url())
    assert len(server.seen) == HOPS + 1
