"""News feeds and their headlines."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, BigId, CreatedAt


class Feed(Base):
    """A news feed, next fetched at `next_at`; for every chat if `fleet_wide`, else for those in `feed_chats`.

    `etag` and `last_modified` are sent back to the server as received; `failure` is why the last fetch failed,
    `failures` how many did in a row.
    """

    __tablename__ = "feeds"
    __table_args__ = (
        CheckConstraint("status in ('active', 'paused')", name="status"),
        Index("ix_feeds_next_at", "next_at", postgresql_where=text("status = 'active'")),
    )

    id: Mapped[BigId]
    url: Mapped[str] = mapped_column(unique=True)
    title: Mapped[str] = mapped_column(default="", server_default="")
    status: Mapped[str] = mapped_column(default="active", server_default="active")
    fleet_wide: Mapped[bool] = mapped_column(default=False, server_default="false")
    etag: Mapped[str | None]
    last_modified: Mapped[str | None]
    checked_at: Mapped[dt.datetime | None]
    failure: Mapped[str | None]
    failures: Mapped[int] = mapped_column(default=0, server_default="0")
    next_at: Mapped[CreatedAt]
    created_at: Mapped[CreatedAt]


class FeedChat(Base):
    """A chat that gets the headlines of a feed."""

    __tablename__ = "feed_chats"
    __table_args__ = (Index("ix_feed_chats_chat_id", "chat_id"),)

    feed_id: Mapped[int] = mapped_column(ForeignKey("feeds.id", ondelete="CASCADE"), primary_key=True)
    chat_id: Mapped[int] = mapped_column(ForeignKey("chats.id", ondelete="CASCADE"), primary_key=True)


class Headline(Base):
    """One entry of a feed: `guid` is unique in the feed, `title` is cleaned (see app/domain/feeds/headlines.py)."""

    __tablename__ = "headlines"
    __table_args__ = (
        UniqueConstraint("feed_id", "guid"),
        Index("ix_headlines_published_at", "published_at"),
    )

    id: Mapped[BigId]
    feed_id: Mapped[int] = mapped_column(ForeignKey("feeds.id", ondelete="CASCADE"))
    guid: Mapped[str]
    title: Mapped[str]
    published_at: Mapped[dt.datetime]
