"""Forms of the news section."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import RadioField, StringField
from wtforms.fields.choices import SelectChoice

from app.services.feeds.sources import NewFeed
from app.web.forms import IdsField

EVERYWHERE, SOME = "everywhere", "some"


class TiesForm(FlaskForm):  # type: ignore[misc]
    """The form for the chats a feed is for."""

    reach = RadioField(
        "Who may talk about it",
        choices=[SelectChoice(EVERYWHERE, "Bots in every chat"), SelectChoice(SOME, "Bots in these chats")],
        default=SOME,
    )
    chat_ids = IdsField("Chats")

    @property
    def fleet_wide(self) -> bool:
        """Whether the feed is for every chat."""
        return bool(self.reach.data == EVERYWHERE)

    def read_chats(self) -> tuple[int, ...]:
        """The ids of the chosen chats."""
        return tuple(self.chat_ids.data or ())


class FeedForm(TiesForm):
    """The form for a feed to add."""

    url = StringField("Address of the feed", description="RSS or Atom, beginning with https:// or http://.")
    title = StringField("Name", description="Empty: the feed's own title.")

    def read_feed(self) -> NewFeed:
        """Returns the feed that was entered."""
        return NewFeed(self.url.data or "", self.title.data or "", self.fleet_wide, self.read_chats())
