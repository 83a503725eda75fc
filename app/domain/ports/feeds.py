"""News feeds, as the service that reads them sees them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from app.domain.feeds.headlines import Headline


@dataclass(frozen=True, slots=True)
class FeedAnswer:
    """A look at a feed. `fresh` is False when nothing changed since the last one, and there are no headlines then.

    `etag` and `last_modified` are to be sent with the next look; `moved_to` is where the feed is for good by now.
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
        """Looks at a feed. Raises WebError, with words an operator can use."""
        ...
