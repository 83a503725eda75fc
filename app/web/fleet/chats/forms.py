"""Forms of the chats section."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import BooleanField, SelectField, StringField

from app.services.fleet import ChatData
from app.web.fleet.bots.forms import HOURS_HELP, LANGUAGES
from app.web.forms import BUDGET_HELP, BudgetField, IdsField, LinesField


class ChatForm(FlaskForm):  # type: ignore[misc]
    """The form for all that an operator sets for a chat."""

    title = StringField("Title", description="Empty: read from Telegram through a bot that is in the group.")
    language = SelectField("Language", choices=LANGUAGES, validate_choice=False, default="en")
    topics = LinesField("Topics", description="One a line: what this group is about.")
    timezone = StringField(
        "Time zone", default="UTC", description="Of its quiet hours: a name such as Europe/Istanbul."
    )
    quiet = LinesField("Quiet hours", description=f"{HOURS_HELP} No bot speaks then, not even when asked.")
    daily_budget_usd = BudgetField("Daily budget", description=BUDGET_HELP)
    shares_requests = BooleanField(
        "May share LLM requests with other chats",
        default=True,
        description="Cheaper and quicker: prompts of several chats ride in one request, and an answer that repeats "
        "another chat's words is thrown away. Without it this chat's prompts ride alone.",
    )

    def read_chat(self) -> ChatData:
        """Returns the chat that was entered. Raises InvalidInput naming `daily_budget_usd`."""
        return ChatData(
            title=self.title.data or "",
            language=self.language.data or "",
            topics=tuple(self.topics.data or ()),
            shares_requests=self.shares_requests.data,
            daily_budget_usd=self.daily_budget_usd.read(),
            timezone=(self.timezone.data or "").strip(),
            quiet=tuple(self.quiet.data or ()),
        )


class NewChatForm(ChatForm):
    """The form for a supergroup and the bots that are members."""

    telegram_chat_id = StringField("Chat id", description="The supergroup's number, such as -1001234567890.")
    bot_ids = IdsField("Bots in this group", description="Only bots that were added to it in Telegram.")
    enabled = BooleanField("Let the bots speak there at once")
