"""`chorus feed`: news that bots may talk about."""

from __future__ import annotations

import json
from dataclasses import asdict

import click

from app.cli.fleet.registration import open_runtime
from app.db import SessionFactory
from app.domain.errors import NotFound
from app.repositories.feeds.feeds import FeedRecord
from app.services.feeds import sources
from app.services.feeds.sources import NewFeed
from app.services.fleet.finding import find_chat_id


@click.group("feed", short_help="Add, list, check and remove news feeds.")
def feed() -> None:
    """\b
    Examples:
      chorus feed add https://example.org/feed.xml --everywhere
      chorus feed add https://example.org/birds.rss --chat 3 --chat -1001234567890
      chorus feed list
      chorus feed check 2          read it now and say what went wrong
      chorus feed remove 2

    RSS and Atom feeds whose headlines bots may open a topic with. Feeds at private addresses are refused unless
    ALLOWED_PRIVATE_HOSTS names their host.
    """


@feed.command("add", short_help="Read a feed and add it.")
@click.argument("url")
@click.option("--title", default="", help="What it is called here [its own title].")
@click.option(
    "--chat", "chats", multiple=True, help="For bots in this chat: its number, Telegram id or title. May be repeated."
)
@click.option("--everywhere", is_flag=True, help="For bots in every chat.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object.")
def add(url: str, title: str, chats: tuple[str, ...], everywhere: bool, as_json: bool) -> None:
    """Read the RSS or Atom feed at URL and add it."""
    if everywhere == bool(chats):
        raise click.UsageError("Say whom it is for: --everywhere, or --chat once or more.")
    with open_runtime() as runtime:
        chat_ids = tuple(find_chat_id(runtime.sessions, chat) for chat in chats)
        added = sources.add_feed(runtime.feeds, NewFeed(url, title, everywhere, chat_ids))
    _show(added, as_json)


@feed.command("list", short_help="Show all feeds.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array.")
def list_command(as_json: bool) -> None:
    """Show every feed: what it is for, when it was read, and why it could not be."""
    with open_runtime() as runtime:
        found = sources.list_feeds(runtime.sessions)
    if as_json:
        click.echo(json.dumps([asdict(one) for one in found], default=str, indent=2))
    else:
        click.echo(
            "\n".join(_line(one) for one in found) or "no feeds yet; add one with: chorus feed add URL --everywhere"
        )


@feed.command("check", short_help="Read a feed now.")
@click.argument("name", metavar="FEED")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object.")
def check(name: str, as_json: bool) -> int:
    """Read FEED (its number or its URL) now. Exit code 1 if that failed."""
    with open_runtime() as runtime:
        checked = sources.check_feed(runtime.feeds, _find(runtime.sessions, name))
    _show(checked, as_json)
    return 1 if checked.failure else 0


@feed.command("remove", short_help="Delete a feed and its headlines.")
@click.argument("name", metavar="FEED")
def remove(name: str) -> None:
    """Delete FEED (its number or its URL) and its headlines."""
    with open_runtime() as runtime:
        sources.remove_feed(runtime.sessions, _find(runtime.sessions, name))
    click.echo(f"{name} is removed", err=True)


def _find(sessions: SessionFactory, name: str) -> int:
    for one in sources.list_feeds(sessions):
        if name in (str(one.id), one.url):
            return one.id
    raise NotFound(f"There is no feed {name}; see chorus feed list.")


def _show(one: FeedRecord, as_json: bool) -> None:
    click.echo(json.dumps(asdict(one), default=str, indent=2) if as_json else _line(one))


def _line(one: FeedRecord) -> str:
    reach = "every chat" if one.fleet_wide else ", ".join(title for _, title in one.chats) or "no chat"
    read = f"read {one.checked_at:%Y-%m-%d %H:%M} UTC" if one.checked_at else "not read yet"
    told = f"{one.id} {one.status} {one.title or one.url} · {one.headlines} headlines · {reach} · {read}"
    return f"{told}\n  it {one.failure}" if one.failure else told
