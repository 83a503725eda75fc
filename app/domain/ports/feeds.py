"""Protocol of the reader of news feeds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from app.domain.feeds.headlines import Headline


@dataclass(frozen=True, slots=True)
class FeedAnswer:
    """The result of one poll of a feed. `fresh` is False, without headlines, when nothing changed since the last poll.

    `etag` and `last_modified` are sent with the next poll; `moved_to` is the URL of a permanent redirect.
    """

    fresh: bool
    title: str = ""
    headlines: tuple[Headline, ...] = ()
    etag: str | None = None
    last_modified: str | None = None
    moved_to: str | None = None


class FeedSource(Protocol):
    """News feeds on the web."""

    def read(self, url: str, etag: str | None = None, last_modified: str | None = None) -> FeedAnswer:
        """Polls a feed. Raises WebError with a message for the operator."""
        ...
