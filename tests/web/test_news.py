"""The news section and its API."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from app.bootstrap import Runtime
from app.domain.errors import AddressRefused, NotAFeed, WebError
from app.domain.feeds.headlines import Headline
from app.domain.ports import FeedAnswer
from app.models import Chat
from app.services.feeds import sources
from app.services.feeds.sources import NewFeed
from tests.builders import make_chat
from tests.fakes import FakeFeeds
from tests.web.conftest import Browser

URL = "https://news.example/feed.xml"


@pytest.fixture
def source(runtime: Runtime) -> FakeFeeds:
    """A web with one feed."""
    headline = Headline("1", "Storks are <i>early</i>", dt.datetime.now(dt.UTC))
    fake = FakeFeeds({URL: FeedAnswer(True, "The Feed", (headline,))})
    runtime.feeds = replace(runtime.feeds, source=fake)
    return fake


@pytest.fixture
def chat(runtime: Runtime) -> Chat:
    return make_chat(runtime.sessions, title="Bird watchers")


@pytest.fixture
def feed_id(runtime: Runtime, source: FakeFeeds) -> int:
    return sources.add_feed(runtime.feeds, NewFeed(URL, fleet_wide=True)).id


def test_a_feed_is_added_for_a_chat_and_shown_with_its_headlines(
    operator: Browser, runtime: Runtime, source: FakeFeeds, chat: Chat
) -> None:
    answer = operator.submit("/news/new", url=URL, reach="some", chat_ids=[chat.id])
    assert answer.status_code == 302

    page = operator.get(answer.headers["Location"]).text
    assert "The Feed is added with 1 headlines." in page
    assert "Storks are &lt;i&gt;early" in page, "whatever a title holds is text"
    assert "checked> Bird watchers" in page
    listed = operator.get("/news/").text
    assert "Storks are" in listed
    assert "1 chat" in listed


def test_every_chat_can_be_chosen_however_many_there_are(operator: Browser, runtime: Runtime, feed_id: int) -> None:
    chats = [make_chat(runtime.sessions, title=f"Birds {number}") for number in range(201)]
    sources.tie_feed(runtime.sessions, feed_id, False, [chats[-1].id])

    assert "checked> Birds 200<" in operator.get(f"/news/{feed_id}").text, "or saving the page would untie it"


@pytest.mark.parametrize(
    ("values", "answer", "words"),
    [
        (
            {"url": URL, "reach": "everywhere"},
            AddressRefused("leads to 10.0.0.1, which is a private address"),
            "private address",
        ),
        (
            {"url": URL, "reach": "everywhere"},
            NotAFeed("is a web page and no feed"),
            "Address of the feed is a web page",
        ),
        ({"url": "", "reach": "everywhere"}, None, "must be the address of an RSS or Atom feed"),
        ({"url": URL, "reach": "some"}, None, "must name at least one chat"),
        ({"url": URL, "reach": "some", "chat_ids": ["404"]}, None, "there is no chat 404"),
    ],
)
def test_what_cannot_be_added_says_why_beside_its_field_and_keeps_what_was_typed(
    operator: Browser,
    runtime: Runtime,
    source: FakeFeeds,
    values: dict[str, object],
    answer: WebError | None,
    words: str,
) -> None:
    if answer:
        source.answers[URL] = answer
    page = operator.submit("/news/new", **values)
    assert page.status_code == 400
    assert words in page.text
    assert f'value="{values["url"]}"' in page.text
    assert sources.list_feeds(runtime.sessions) == []


def test_a_failure_is_told_in_words_on_both_pages(operator: Browser, source: FakeFeeds, feed_id: int) -> None:
    source.answers[URL] = WebError("gave no whole answer within 10 s")
    operator.submit(f"/news/{feed_id}/check", f"/news/{feed_id}")
    assert "The feed gave no whole answer within 10 s." in operator.get(f"/news/{feed_id}").text
    assert "gave no whole answer within 10 s" in operator.get("/news/").text


def test_a_feed_is_paused_resumed_given_to_a_chat_and_deleted(
    operator: Browser, runtime: Runtime, source: FakeFeeds, feed_id: int, chat: Chat
) -> None:
    page = f"/news/{feed_id}"
    operator.submit(f"{page}/pause", page)
    assert sources.get_feed(runtime.sessions, feed_id).feed.status == "paused"
    operator.submit(f"{page}/resume", page)
    assert sources.get_feed(runtime.sessions, feed_id).feed.status == "active"
    operator.submit(f"{page}/chats", page, reach="some", chat_ids=[chat.id])
    assert sources.get_feed(runtime.sessions, feed_id).feed.chats == ((chat.id, "Bird watchers"),)
    assert operator.submit(f"{page}/chats", page, reach="some").status_code == 400
    operator.submit(f"{page}/delete", page)
    assert operator.get(page).status_code == 404


def test_without_feeds_the_page_leads_to_the_first(operator: Browser) -> None:
    assert "Add the first feed" in operator.get("/news/").text


def test_a_viewer_sees_news_and_changes_nothing(
    browser: Browser, make_operator, runtime: Runtime, feed_id: int
) -> None:
    make_operator("vera", "viewer")
    browser.sign_in("vera")
    assert "Bots in every chat." in browser.get(f"/news/{feed_id}").text
    token = browser.token("/password")
    answer = browser.client.post(f"/news/{feed_id}/delete", data={"csrf_token": token})
    assert answer.status_code == 403
    assert len(sources.list_feeds(runtime.sessions)) == 1


class TestApi:
    """`/api/v1/feeds`."""

    @pytest.fixture
    def headers(self, operator: Browser) -> dict[str, str]:
        return {"X-CSRFToken": operator.get("/api/v1/session").json["csrf_token"]}

    def test_a_feed_is_added_read_tied_checked_and_removed(
        self, operator: Browser, headers: dict[str, str], source: FakeFeeds, chat: Chat
    ) -> None:
        client = operator.client
        made = client.post("/api/v1/feeds", json={"url": URL, "fleet_wide": True}, headers=headers)
        path = made.headers["Location"]
        assert (made.status_code, made.json["title"], made.json["fleet_wide"]) == (201, "The Feed", True)
        assert client.get(path).json["headlines"][0]["title"] == "Storks are <i>early</i>"
        assert client.get("/api/v1/feeds").json["items"] == [made.json]

        tied = client.put(f"{path}/chats", json={"chat_ids": [chat.id]}, headers=headers).json
        assert (tied["fleet_wide"], tied["chats"]) == (False, [{"id": chat.id, "title": "Bird watchers"}])
        source.answers[URL] = WebError("is away")
        assert client.post(f"{path}/check", headers=headers).json["failure"] == "is away"
        assert client.post(f"{path}/pause", headers=headers).status_code == 204
        assert client.post(f"{path}/resume", headers=headers).status_code == 204
        assert client.delete(path, headers=headers).status_code == 204
        assert client.get(path).status_code == 404

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({"url": 7, "fleet_wide": True}, "url"),
            ({"url": URL, "title": 7, "fleet_wide": True}, "title"),
            ({"url": URL}, "chat_ids"),
            ({"url": URL, "chat_ids": "1"}, "chat_ids"),
            ({"url": URL, "chat_ids": [True]}, "chat_ids"),
            ({"url": URL, "chat_ids": [2**80]}, "chat_ids"),
            ({"url": URL, "fleet_wide": "yes"}, "fleet_wide"),
            ({"url": "file:///etc/passwd", "fleet_wide": True}, "url"),
            ({"link": URL}, "link"),
        ],
    )
    def test_what_cannot_be_used_names_its_field(
        self, operator: Browser, headers: dict[str, str], runtime: Runtime, body: dict[str, object], field: str
    ) -> None:
        answer = operator.client.post("/api/v1/feeds", json=body, headers=headers)
        assert (answer.status_code, answer.json["error"]["field"]) == (400, field)
        assert sources.list_feeds(runtime.sessions) == []


def test_an_address_of_this_machine_is_refused_by_the_real_reader(operator: Browser, runtime: Runtime) -> None:
    for url in (runtime.settings.telegram_url, "http://localhost:5432/", "http://169.254.169.254/latest/meta-data"):
        page = operator.submit("/news/new", url=url, reach="everywhere")
        assert page.status_code == 400
        assert "which is" in page.text


@pytest.mark.parametrize("chosen", ["9223372036854775808", "-1", "0", "1" * 5000, "one"])
def test_a_chat_that_cannot_be_one_is_refused_in_words(operator: Browser, source: FakeFeeds, chosen: str) -> None:
    answer = operator.submit("/news/new", url=URL, reach="some", chat_ids=[chosen])
    assert answer.status_code == 400
    assert "must be chosen from the list" in answer.text
