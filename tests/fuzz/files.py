"""The doors for files: exports of chats, records of ticks, news feeds."""

from __future__ import annotations

import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

from click.testing import CliRunner
from hypothesis import strategies as st

from app.adapters.web.client import Page
from app.adapters.web.feeds import WebFeeds
from app.cli.demo.command import check_export
from app.cli.main import chorus
from app.domain.errors import ChorusError, InvalidInput, WebError
from app.domain.ingest.exports import BadExport
from app.domain.traces.tick_record import TickRecord, decide_by_seed, show_record
from app.services.traces.engine import engine_version
from sandbox.telegram.export import read_export
from tests.fuzz.house import House, watched
from tests.fuzz.strategies import any_character, plain, raw_json, spoiled, texts, write_json
from tests.unit.domain.scenes import NOW, chat, context, message

EXPORT = {
    "name": "Markets",
    "type": "private_supergroup",
    "id": 1,
    "messages": [
        {
            "id": 1,
            "type": "message",
            "date": "2026-11-01T10:00:00",
            "date_unixtime": "1790000000",
            "from": "Grace",
            "from_id": "user5",
            "text": "hello",
            "text_entities": [{"type": "plain", "text": "hello"}],
        },
        {
            "id": 2,
            "type": "message",
            "date": "2026-11-01T10:00:05",
            "date_unixtime": "1790000005",
            "from": "Henry",
            "from_id": "channel7",
            "text": ["see ", {"type": "link", "text": "http://a.example"}],
            "reply_to_message_id": 1,
        },
        {"id": 3, "type": "service", "date": "2026-11-01T10:00:09", "actor": "Grace", "action": "pin_message"},
    ],
}
RSS = """<?xml version="1.0"{}?><rss version="2.0"><channel><title>News {}</title>
<item><title>One {}</title><link>https://a.example/1</link><guid>1{}</guid><pubDate>{}</pubDate></item>
<item><title>Two</title><link>{}</link></item>{}</channel></rss>"""
DATES = ("Mon, 02 Nov 2026 10:00:00 GMT", "99 Nov 99999", "1e999", "2026-13-45T99:99:99Z", "0001-01-01T00:00:00+14:00")
MARKUP = (
    "<b>",
    "&amp;",
    "&#0;",
    "&#xD800;",
    "]]>",
    "<![CDATA[",
    "&nope;",
    "<x a='1' b='2'/>",
    "</item></item>",
    "<!--",
    "é",
    "\x00",
)

exports = st.one_of(spoiled(st.just(EXPORT)).map(write_json), raw_json)
marks = st.one_of(
    st.sampled_from(MARKUP),
    st.sampled_from(DATES),
    texts.map(lambda text: text[:200]),
    st.text(any_character, max_size=9),
)
feeds = st.one_of(
    st.lists(marks, min_size=7, max_size=7).map(lambda parts: RSS.format(*parts).encode("utf-8", "surrogatepass")),
    st.binary(max_size=80),
    st.sampled_from(("utf-16", "utf-32", "latin-1")).map(
        lambda code: RSS.format("", "x", "y", "z", "", "", "").encode(code)
    ),
)


def take_export(house: House, body: bytes) -> None:
    """Reads a chat's export as the demo and the sandbox do: it is taken, or refused in words."""
    with tempfile.TemporaryDirectory() as folder, watched(body):
        path = Path(folder) / "result.json"
        path.write_bytes(body)
        for read in (check_export, read_export):
            for chat_name in (None, "Birds"):
                with suppress(InvalidInput, BadExport):
                    read(path, chat_name)


def record() -> dict[str, Any]:
    """A tick as `chorus replay --export` writes it."""
    scene = context(chats=(chat(10, *(message(n, f"what of {n}?", n) for n in range(4))),))
    kept = TickRecord(engine_version(), 7, NOW, scene, decide_by_seed(scene, NOW, 7))
    shown: dict[str, Any] = plain(show_record(kept))
    return shown


records = st.one_of(st.deferred(lambda: spoiled(st.just(record())).map(write_json)), raw_json)


def take_record(house: House, body: bytes) -> None:
    """Replays the record of a tick from a file."""
    with tempfile.TemporaryDirectory() as folder, watched(body):
        path = Path(folder) / "tick.json"
        path.write_bytes(body)
        for more in ([], ["--json"], ["--any-engine"]):
            result = CliRunner().invoke(chorus, ["replay", "--file", str(path), *more])
            problem = result.exception
            assert problem is None or isinstance(problem, SystemExit | ChorusError), repr(problem)


class Wire:
    """A client of the web that gets one answer."""

    def __init__(self, body: bytes) -> None:
        self.body = body

    def get(self, url: str, headers: Any) -> Page:
        """The answer."""
        return Page(200, self.body, {"Content-Type": "application/rss+xml"})


def take_feed(house: House, body: bytes) -> None:
    """Reads a news feed: it has headlines, or an operator is told why not."""
    with watched(body):
        try:
            found = WebFeeds(Wire(body)).read("https://a.example/")  # type: ignore[arg-type]
        except WebError:
            return
    for text in (found.title, *(line.title + line.guid for line in found.headlines)):
        assert "\x00" not in (text or ""), f"{body!r} brings a text that Postgres refuses"
        (text or "").encode()
