"""Routes of the news section."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.domain.fleet.names import Named
from app.repositories.feeds.feeds import FeedRecord
from app.services.feeds import sources
from app.services.fleet.finding import name_chats
from app.web.feeds.forms import EVERYWHERE, SOME, FeedForm, TiesForm
from app.web.forms import attempt
from app.web.state import runtime

blueprint = Blueprint("news", __name__, url_prefix="/news")


@blueprint.get("/")
def index() -> ResponseReturnValue:
    """Lists all feeds, and the newest headlines."""
    sessions = runtime().sessions
    return render_template(
        "news/index.html", feeds=sources.list_feeds(sessions), headlines=sources.list_headlines(sessions)
    )


@blueprint.route("/new", methods=["GET", "POST"])
def create() -> ResponseReturnValue:
    """Adds a feed after reading it once."""
    form = FeedForm()
    feed = attempt(form, lambda: sources.add_feed(runtime().feeds, form.read_feed()))
    if feed is None:
        return render_template("news/create.html", form=form, chats=_chats()), 400 if form.is_submitted() else 200
    _tell(feed, f"{feed.title or 'The feed'} is added with {feed.headlines} headlines.")
    return redirect(url_for("news.show", feed_id=feed.id))


@blueprint.get("/<int:feed_id>")
def show(feed_id: int) -> ResponseReturnValue:
    """Shows a feed, its headlines, and the bots that may talk about them."""
    view = sources.get_feed(runtime().sessions, feed_id)
    return render_template("news/show.html", view=view, form=_ties_of(view.feed), chats=_chats())


@blueprint.post("/<int:feed_id>/chats")
def tie(feed_id: int) -> ResponseReturnValue:
    """Sets the chats the feed is for."""
    form = TiesForm()
    sessions = runtime().sessions
    if attempt(form, lambda: sources.tie_feed(sessions, feed_id, form.fleet_wide, form.read_chats())):
        flash("The feed's chats are saved; bots hear of it within half a minute.", "success")
        return redirect(url_for("news.show", feed_id=feed_id))
    view = sources.get_feed(sessions, feed_id)
    return render_template("news/show.html", view=view, form=form, chats=_chats()), 400


@blueprint.post("/<int:feed_id>/check")
def check(feed_id: int) -> ResponseReturnValue:
    """Reads the feed now."""
    _tell(sources.check_feed(runtime().feeds, feed_id), "The feed was read.")
    return redirect(url_for("news.show", feed_id=feed_id))


@blueprint.post("/<int:feed_id>/pause")
def pause(feed_id: int) -> ResponseReturnValue:
    """Stops reading the feed."""
    sources.pause_feed(runtime().feeds, feed_id)
    flash("The feed is paused: it is not read, and bots do not talk about it.", "success")
    return redirect(url_for("news.show", feed_id=feed_id))


@blueprint.post("/<int:feed_id>/resume")
def resume(feed_id: int) -> ResponseReturnValue:
    """Starts reading the feed again."""
    sources.resume_feed(runtime().feeds, feed_id)
    flash("The feed is active again, and will be read within a minute.", "success")
    return redirect(url_for("news.show", feed_id=feed_id))


@blueprint.post("/<int:feed_id>/delete")
def delete(feed_id: int) -> ResponseReturnValue:
    """Deletes the feed and its headlines."""
    sources.remove_feed(runtime().sessions, feed_id)
    flash("The feed and its headlines are deleted.", "success")
    return redirect(url_for("news.index"))


def _tell(feed: FeedRecord, success: str) -> None:
    if feed.failure:
        flash(f"The feed {feed.failure}. It is tried again by itself.", "warning")
    else:
        flash(success, "success")


def _ties_of(feed: FeedRecord) -> TiesForm:
    reach = EVERYWHERE if feed.fleet_wide else SOME
    return TiesForm(data={"reach": reach, "chat_ids": [number for number, _ in feed.chats]})


def _chats() -> Sequence[Named]:
    return name_chats(runtime().sessions)
