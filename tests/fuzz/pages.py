"""The doors of the admin: every page and every operation of the API, as each role, with odd everything."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import quote, quote_plus

from flask import Flask
from hypothesis import strategies as st
from werkzeug.routing import Rule

from app.domain.settings import SPECS
from tests.fuzz.filled import BODIES, FORMS
from tests.fuzz.house import ROLES, House, watched
from tests.fuzz.strategies import numbers, raw_json, spoiled, texts, write_json

ALLOWED = frozenset({502, 503})
"""Statuses from 500 on that are no crash: what Chorus needs does not answer."""

STREAMS = frozenset({"live.events", "auth.sign_out"})
"""Left out: an answer without an end, and one that ends the session of the next request."""

FIELDS = (
    *("q", "status", "after", "before", "next", "said", "chat", "key", "paused", "reason", "name", "text", "reply_to"),
    *(
        "username",
        "password",
        "current_password",
        "new_password",
        "repeated",
        "token",
        "daily_budget_usd",
        "url",
        "title",
    ),
    *(
        "tone",
        "style",
        "language",
        "timezone",
        "active",
        "prime",
        "topics",
        "words_per_minute",
        "energy",
        "short",
        "emoji",
    ),
    *(
        "telegram_chat_id",
        "bot_id",
        "bot_ids",
        "enabled",
        "quiet",
        "reach",
        "chat_ids",
        "csrf_token",
        "never_do",
        "examples",
    ),
    *(
        "stances-0-topic",
        "stances-0-position",
        "stances-0-confidence",
        "stances-0-cooldown_s",
        "stances-99999999-topic",
    ),
    *("model", "key", "version", "purposes", "requests_per_minute", "tokens_per_day", "price_prompt", "max_in_flight"),
    *("holdings-0-symbol", "holdings-0-quantity", "holdings-0-average_price", *SPECS),
)
HEADERS = (
    "User-Agent",
    "Accept",
    "Accept-Language",
    "Cookie",
    "X-Request-ID",
    "Range",
    "If-Modified-Since",
    "If-None-Match",
    "Referer",
    "Origin",
    "X-Forwarded-For",
    "X-HTTP-Method-Override",
    "Content-Type",
    "Host",
    "X-CSRFToken",
)


@dataclass(frozen=True)
class Knock:
    """One request; `path` and `query` are as they stand on the wire."""

    role: str
    method: str
    path: str
    query: bytes = b""
    body: bytes = b""
    content_type: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    has_token: bool = True


@st.composite
def paths_of(draw: st.DrawFn, rule: Rule) -> str:
    """A path of the rule: ids that may exist or cannot, names of any text, settings that exist mostly."""
    path = rule.rule
    for name, kind in ((name, str(type(converter).__name__)) for name, converter in rule._converters.items()):
        if name == "key":
            value = draw(st.one_of(st.sampled_from(sorted(SPECS)), texts))
        elif kind == "IdConverter":
            value = draw(st.one_of(st.just("1"), st.just("1"), st.just("1"), numbers.map(str), texts))
        else:
            value = draw(texts)
        short = value[:3000] if len(value) < 5000 else value[:5000]
        for form in (f"<int:{name}>", f"<path:{name}>", f"<{name}>"):
            path = path.replace(form, quote(short, errors="surrogatepass", safe=""))
    return path


pairs = st.lists(st.tuples(st.one_of(st.sampled_from(FIELDS), texts), st.one_of(texts, numbers.map(str))), max_size=5)


def encode(fields: list[tuple[str, str]]) -> bytes:
    """Fields as a browser encodes them; halves of surrogate pairs as three bytes."""
    return "&".join(
        f"{quote_plus(name, errors='surrogatepass')}={quote_plus(value, errors='surrogatepass')}"
        for name, value in fields
    ).encode()


def multipart(fields: list[tuple[str, str]]) -> bytes:
    """Fields in parts, with whatever quotes and line ends their names hold."""
    parts = [f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in fields]
    return ("".join(parts) + "--x--\r\n").encode("utf-8", "surrogatepass")


forms = st.one_of(
    pairs.map(lambda fields: (encode(fields), "application/x-www-form-urlencoded")),
    pairs.map(lambda fields: (multipart(fields), "multipart/form-data; boundary=x")),
    st.tuples(
        st.binary(max_size=60),
        st.sampled_from(
            [
                "application/x-www-form-urlencoded; charset=utf-7",
                "multipart/form-data",
                "multipart/form-data; boundary=\u00e9",
                "text/plain",
                "application/x-www-form-urlencoded",
            ]
        ),
    ),
    st.tuples(raw_json, st.just("application/json")),
)
asked = st.tuples(
    st.sampled_from(("q", "status", "after", "before", "said", "chat", "next")), st.one_of(texts, numbers.map(str))
)
queries = st.one_of(
    st.just(b""), st.lists(asked, min_size=1, max_size=3).map(encode), pairs.map(encode), st.binary(max_size=30)
)
odd_headers = st.dictionaries(
    st.sampled_from(HEADERS),
    st.one_of(
        texts,
        st.sampled_from(
            [
                "chorus=a.b.c; chorus_device=x",
                "bytes=9999999999999999999999-",
                "bytes=0-1,5-2",
                "text/html;q=nan",
                "*/*;q=1e999",
                "Sun, 99 Nov 9999 99:99:99 GMT",
                "en;q=-1",
                "application/json",
            ]
        ),
    ).map(lambda text: "".join(c for c in text[:500] if c.isprintable() and ord(c) < 256)),
    max_size=2,
)


def knocks(app: Flask) -> st.SearchStrategy[Knock]:
    """Requests to any rule of the app, and to bodies of the API that were right before they were spoiled."""
    rules = [rule for rule in app.url_map.iter_rules() if rule.endpoint not in STREAMS]
    api = [rule for rule in rules if rule.endpoint in BODIES]
    filled = [rule for rule in rules if rule.endpoint in FORMS]
    return st.one_of(
        st.sampled_from(rules).flatmap(_page),
        st.sampled_from(rules).flatmap(_page),
        st.sampled_from(filled).flatmap(_form),
        st.sampled_from(api).flatmap(_operation),
        st.builds(
            Knock,
            st.just("stranger"),
            st.just("GET"),
            texts.map(lambda text: "/" + quote(text[:3000], errors="surrogatepass")),
        ),
    )


def _page(rule: Rule) -> st.SearchStrategy[Knock]:
    methods = st.sampled_from(sorted(rule.methods or {"GET"}))
    return st.tuples(st.sampled_from(ROLES), methods, paths_of(rule), queries, forms, odd_headers, st.booleans()).map(
        lambda drawn: Knock(
            drawn[0],
            drawn[1],
            drawn[2],
            drawn[3],
            *(drawn[4] if drawn[1] not in ("GET", "HEAD") else (b"", None)),
            drawn[5],
            drawn[6],
        )
    )


def _form(rule: Rule) -> st.SearchStrategy[Knock]:
    """The form of a page, filled in well but for one or two fields."""
    bodies = spoiled(st.just(FORMS[rule.endpoint]), st.one_of(texts, numbers.map(str)))
    return st.builds(
        Knock,
        st.sampled_from(("operator", "operator", "admin", "stranger")),
        st.just("POST"),
        paths_of(rule),
        st.just(b""),
        bodies.map(lambda fields: encode(list(fields.items()))),
        st.just("application/x-www-form-urlencoded"),
    )


def _operation(rule: Rule) -> st.SearchStrategy[Knock]:
    method = next(iter({"POST", "PUT"} & set(rule.methods or ())))
    bodies = spoiled(st.just(BODIES[rule.endpoint])).map(write_json)
    return st.builds(
        Knock,
        st.sampled_from(("operator", "operator", "viewer")),
        st.just(method),
        paths_of(rule),
        queries,
        bodies,
        st.just("application/json"),
    )


def knock(house: House, one: Knock) -> None:
    """Sends the request. A crash, a traceback and a page that says nothing are failures."""
    client = house.client(one.role)
    headers = {"X-CSRFToken": house.tokens[one.role], **one.headers} if one.has_token else dict(one.headers)
    content_type = headers.pop("Content-Type", one.content_type)
    with watched(one):
        answer = client.open(
            one.path,
            method=one.method,
            query_string=one.query.decode("latin-1"),
            data=one.body,
            content_type=content_type,
            headers=headers,
        )
        body = answer.get_data()
    assert answer.status_code < 500 or answer.status_code in ALLOWED, f"{one!r} is answered with {answer.status_code}"
    if answer.status_code >= 400 and one.method != "HEAD":
        assert body.strip(), f"{one!r} is refused without a word"
    if answer.status_code == 400 and one.path.startswith("/api/") and one.method != "HEAD":
        assert answer.json["error"]["message"], one
