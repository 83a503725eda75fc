"""News feeds: `/api/v1/feeds`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from flask import url_for
from flask.typing import ResponseReturnValue

from app.domain.errors import InvalidInput
from app.repositories.feeds.feeds import FeedRecord
from app.services.feeds import sources
from app.services.feeds.sources import NewFeed
from app.web.api.bodies import read_body, read_ids
from app.web.api.payloads import jsonable
from app.web.api.routes import blueprint
from app.web.state import runtime

TIES = frozenset({"fleet_wide", "chat_ids"})
FEED_FIELDS = TIES | {"url", "title"}


@blueprint.get("/feeds")
def list_feeds() -> ResponseReturnValue:
    """Lists all feeds."""
    return {"items": [show(feed) for feed in sources.list_feeds(runtime().sessions)]}


@blueprint.post("/feeds")
def create_feed() -> ResponseReturnValue:
    """Adds a feed after reading it once: 201 with the feed, and its address in Location."""
    body = read_body(FEED_FIELDS)
    url, title = body.get("url", ""), body.get("title", "")
    if not isinstance(url, str) or not isinstance(title, str):
        raise InvalidInput("title" if isinstance(url, str) else "url", "must be a text")
    feed = sources.add_feed(runtime().feeds, NewFeed(url, title, *_ties(body)))
    return show(feed), 201, {"Location": url_for("api.show_feed", feed_id=feed.id)}


@blueprint.get("/feeds/<int:feed_id>")
def show_feed(feed_id: int) -> ResponseReturnValue:
    """Returns one feed with its newest headlines."""
    view = sources.get_feed(runtime().sessions, feed_id)
    headlines = [{"title": item.title, "published_at": jsonable(item.published_at)} for item in view.headlines]
    return {**show(view.feed), "headlines": headlines}


@blueprint.put("/feeds/<int:feed_id>/chats")
def tie_feed(feed_id: int) -> ResponseReturnValue:
    """Sets the chats a feed is for: `{"fleet_wide": true}` or `{"chat_ids": […]}`."""
    return show(sources.tie_feed(runtime().sessions, feed_id, *_ties(read_body(TIES))))


@blueprint.post("/feeds/<int:feed_id>/check")
def check_feed(feed_id: int) -> ResponseReturnValue:
    """Reads a feed now and returns it; `failure` holds the error."""
    return show(sources.check_feed(runtime().feeds, feed_id))


@blueprint.post("/feeds/<int:feed_id>/pause")
def pause_feed(feed_id: int) -> ResponseReturnValue:
    """Stops reading a feed: 204."""
    sources.pause_feed(runtime().feeds, feed_id)
    return "", 204


@blueprint.post("/feeds/<int:feed_id>/resume")
def resume_feed(feed_id: int) -> ResponseReturnValue:
    """Starts reading a feed again: 204."""
    sources.resume_feed(runtime().feeds, feed_id)
    return "", 204


@blueprint.delete("/feeds/<int:feed_id>")
def remove_feed(feed_id: int) -> ResponseReturnValue:
    """Deletes a feed and its headlines: 204."""
    sources.remove_feed(runtime().sessions, feed_id)
    return "", 204


def show(feed: FeedRecord) -> dict[str, Any]:
    """A feed as JSON-ready values."""
    chats = [{"id": number, "title": title} for number, title in feed.chats]
    shown: dict[str, Any] = jsonable({**asdict(feed), "chats": chats, "headlines": feed.headlines})
    return shown


def _ties(body: Mapping[str, Any]) -> tuple[bool, tuple[int, ...]]:
    fleet_wide = body.get("fleet_wide", False)
    if not isinstance(fleet_wide, bool):
        raise InvalidInput("fleet_wide", "must be true or false")
    return fleet_wide, read_ids(body, "chat_ids")
