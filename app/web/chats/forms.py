"""Forms of the chats section."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import BooleanField, SelectField, SelectMultipleField, StringField

from app.web.bots.forms import LANGUAGES
from app.web.forms import LinesField


class ChatForm(FlaskForm):  # type: ignore[misc]
    """Title, language and topics of a chat."""

    title = StringField("Title", description="Empty: read from Telegram through a bot that is in the group.")
    language = SelectField("Language", choices=LANGUAGES, validate_choice=False, default="en")
    topics = LinesField("Topics", description="One a line: what this group is about.")


class NewChatForm(ChatForm):
    """A supergroup and the bots that are in it."""

    telegram_chat_id = StringField("Chat id", description="The supergroup's number, such as -1001234567890.")
    bot_ids = SelectMultipleField(
        "Bots in this group",
        coerce=int,
        choices=[],
        validate_choice=False,
        description="Only bots that were added to it in Telegram.",
    )
    enabled = BooleanField("Let the bots speak there at once")
