"""Forms of the bots section: parsing of what a browser sends; the services validate it."""

from __future__ import annotations

from dataclasses import asdict

from flask_wtf import FlaskForm
from wtforms import (
    FieldList,
    FloatField,
    Form,
    FormField,
    IntegerField,
    PasswordField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired

from app.domain.errors import InvalidInput
from app.domain.fleet.persona import EmotionView, LengthProfile
from app.services.fleet import BotView, HoldingData, PersonaData, StanceData
from app.services.fleet.checks import parse_decimal
from app.web.forms import BUDGET_HELP, BudgetField, LinesField

LANGUAGES = [
    SelectChoice("en", "English"),
    SelectChoice("tr", "Turkish"),
    SelectChoice("de", "German"),
    SelectChoice("es", "Spanish"),
    SelectChoice("fr", "French"),
    SelectChoice("it", "Italian"),
    SelectChoice("pt", "Portuguese"),
    SelectChoice("ru", "Russian"),
    SelectChoice("ar", "Arabic"),
]


LONGEST_NUMBER = 18
HOURS_HELP = "One window a line, such as 09:00-17:30; it may pass midnight."


class WeightField(FloatField):  # type: ignore[misc]
    """A number field; an empty one takes its default."""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Parses a number with a decimal point or comma."""
        typed = (valuelist[0] if valuelist else "").strip().replace(",", ".")
        if typed:
            super().process_formdata([typed])
        else:
            self.data = self.default


class PersonaForm(FlaskForm):  # type: ignore[misc]
    """The form for a persona."""

    tone = TextAreaField("Tone", description="How it speaks, in a sentence: “dry, curious, short sentences”.")
    style = TextAreaField("Style", description="Habits of writing: length, emoji, jargon. May stay empty.")
    language = SelectField("Language", choices=LANGUAGES, validate_choice=False, default="en")
    timezone = StringField("Time zone", default="UTC", description="A name such as Europe/Istanbul.")
    active = LinesField("Active hours", description=f"{HOURS_HELP} Empty: always.")
    prime = LinesField("Prime hours", description="When it is at its liveliest, in the same form. May stay empty.")
    words_per_minute = IntegerField(
        "Typing speed",
        [InputRequired("Typing speed must be a whole number from 20 to 600.")],
        default=180,
        description="Words a minute, 20 to 600: how long “typing…” shows.",
    )
    topics = LinesField("Topics", description="One a line: what it likes to start talking about.")
    watchlist = LinesField("Watchlist", description="One a line: words or symbols it listens for.")
    never_do = LinesField("Never do", description="One a line: what it must never say or do.")
    examples = LinesField("Examples", description="One a line, five at most: messages that sound like it.")
    energy = WeightField("Energy", default=EmotionView().energy, description="0 (calm) to 1 (lively).")
    empathy = WeightField(
        "Empathy", default=EmotionView().empathy, description="0 (cool) to 1: how far others' feelings draw it in."
    )
    anecdotes = LinesField("Anecdotes", description="One a line: small stories it may tell as its own fiction.")
    phrases = LinesField("Phrases", description="One a line: words that are typical of it.")
    emoji = LinesField("Emoji", description="One a line: the ones it prefers, in text and as reactions.")
    short = WeightField("Short messages", default=LengthProfile().short)
    medium = WeightField("Medium ones", default=LengthProfile().medium)
    long = WeightField("Long ones", default=LengthProfile().long)

    def read_persona(self) -> PersonaData:
        """Returns the persona that was entered."""
        return PersonaData(
            tone=self.tone.data or "",
            style=self.style.data or "",
            language=self.language.data or "",
            timezone=(self.timezone.data or "").strip(),
            active=tuple(self.active.data or ()),
            prime=tuple(self.prime.data or ()),
            words_per_minute=self.words_per_minute.data,
            topics=tuple(self.topics.data or ()),
            watchlist=tuple(self.watchlist.data or ()),
            never_do=tuple(self.never_do.data or ()),
            examples=tuple(self.examples.data or ()),
            emotion=EmotionView(
                energy=self.energy.data,
                empathy=self.empathy.data,
                anecdotes=tuple(self.anecdotes.data or ()),
                phrases=tuple(self.phrases.data or ()),
                emoji=tuple(self.emoji.data or ()),
            ),
            length=LengthProfile(self.short.data, self.medium.data, self.long.data),
        )


class NewBotForm(PersonaForm):
    """The form for a token and a persona."""

    token = PasswordField(
        "Bot token",
        description="From @BotFather: /newbot, or /mybots → API Token. Checked with Telegram, stored encrypted.",
    )
    daily_budget_usd = BudgetField("Daily budget", description=BUDGET_HELP)


class StanceRow(Form):  # type: ignore[misc]
    """The row of one stance."""

    topic = StringField("Topic")
    position = StringField("Position")
    confidence = StringField("Confidence")
    cooldown_s = StringField("Cooldown")


class HoldingRow(Form):  # type: ignore[misc]
    """The row of one fictional holding."""

    symbol = StringField("Symbol")
    quantity = StringField("Quantity")
    average_price = StringField("Average price")


class StancesForm(FlaskForm):  # type: ignore[misc]
    """The form for all stances of a bot; empty rows are left out."""

    stances = FieldList(FormField(StanceRow), label="Stances", max_entries=60)

    def read_stances(self) -> list[StanceData]:
        """Returns the stances that were entered. Raises InvalidInput naming `stances`."""
        return [
            _read_stance(row.form)
            for row in self.stances
            if (row.form.topic.data or row.form.position.data or "").strip()
        ]


class HoldingsForm(FlaskForm):  # type: ignore[misc]
    """The form for the whole fictional portfolio; empty rows are left out."""

    holdings = FieldList(FormField(HoldingRow), label="Holdings", max_entries=60)

    def read_holdings(self) -> list[HoldingData]:
        """Returns the holdings that were entered. Raises InvalidInput naming `holdings`."""
        return [_read_holding(row.form) for row in self.holdings if (row.form.symbol.data or "").strip()]


class BudgetForm(FlaskForm):  # type: ignore[misc]
    """The form for a bot's daily budget."""

    daily_budget_usd = BudgetField("Daily budget", description=BUDGET_HELP)


class TokenForm(FlaskForm):  # type: ignore[misc]
    """The form for a new token of the same bot."""

    token = PasswordField("New token", description="Of the same bot, after /revoke at @BotFather.")


def persona_form(view: BotView) -> PersonaForm:
    """Returns the form filled with a bot's persona; submitted values take precedence."""
    persona = view.persona
    return PersonaForm(obj=persona, data={**asdict(persona.emotion), **asdict(persona.length)})


def stances_form(view: BotView) -> StancesForm:
    """Returns a form with a row for each stance, and an empty one."""
    return StancesForm(data={"stances": [*map(_stance_row, view.stances), {}]})


def holdings_form(view: BotView) -> HoldingsForm:
    """Returns a form with a row for each holding, and an empty one."""
    return HoldingsForm(data={"holdings": [*map(_holding_row, view.holdings), {}]})


def _stance_row(item: StanceData) -> dict[str, str]:
    return {
        "topic": item.topic,
        "position": item.position,
        "confidence": f"{item.confidence:f}",
        "cooldown_s": str(item.cooldown_s),
    }


def _holding_row(item: HoldingData) -> dict[str, str]:
    price = "" if item.average_price is None else f"{item.average_price.normalize():f}"
    return {"symbol": item.symbol, "quantity": f"{item.quantity.normalize():f}", "average_price": price}


def _read_stance(row: StanceRow) -> StanceData:
    topic = row.topic.data or ""
    cooldown = (row.cooldown_s.data or "3600").strip()
    if not cooldown.isdecimal() or len(cooldown) > LONGEST_NUMBER:
        raise InvalidInput("stances", f"{topic}: the cooldown must be whole seconds, such as 3600")
    confidence = parse_decimal("stances", f"{topic}: the confidence", row.confidence.data or "0.5")
    return StanceData(topic, row.position.data or "", confidence, int(cooldown))


def _read_holding(row: HoldingRow) -> HoldingData:
    symbol = row.symbol.data or ""
    price = (row.average_price.data or "").strip()
    return HoldingData(
        symbol,
        parse_decimal("holdings", f"{symbol}: the quantity", row.quantity.data or ""),
        parse_decimal("holdings", f"{symbol}: the average price", price) if price else None,
    )
