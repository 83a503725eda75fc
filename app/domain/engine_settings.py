"""The settings of the behaviour engine: who speaks where and when.

What is read without regard to a chat is `PER_BOT`. What keeps a chat in order is `PER_CHAT`: no bot is let past it.
"""

from __future__ import annotations

from dataclasses import dataclass

from app.domain.material_settings import MaterialSettings
from app.domain.setting_fields import PER_BOT, PER_CHAT, number


@dataclass(frozen=True, slots=True)
class EngineSettings(MaterialSettings):
    """The part of FleetSettings that the engine alone reads."""

    prime_boost: float = number(
        1.5,
        1,
        10,
        "times",
        "In its prime hours a bot takes its turn this much more often, and reads this much faster.",
        group="tempo",
        scopes=PER_BOT,
    )
    mood_tempo: float = number(
        0.3,
        0,
        0.9,
        "",
        "How much a bot's mood tells on its tempo: at 0.3 the liveliest is 30% quicker than the calm.",
        group="tempo",
    )
    bot_messages_per_hour: int = number(
        30,
        0,
        3600,
        "messages",
        "The most that a bot says within any 60 minutes, answers included; 0 sets no limit.",
        group="caps",
        scopes=PER_BOT,
    )
    bot_messages_per_day: int = number(
        200,
        0,
        86_400,
        "messages",
        "The most that a bot says within any 24 hours, answers included; 0 sets no limit.",
        group="caps",
        scopes=PER_BOT,
    )
    answers_reserve: float = number(
        0.2,
        0,
        1,
        "",
        "Part of a bot's messages an hour and a day that is kept for people who ask it something.",
        group="caps",
        scopes=PER_BOT,
    )
    chat_weight_calls: float = number(
        1.0, 0, 100, "", "Weight of a chat for each person there who called the bot and got no answer.", group="chats"
    )
    chat_weight_activity: float = number(
        1.0,
        0,
        100,
        "",
        "Weight of a chat for what was said there lately: 10 messages and more count in full.",
        group="chats",
    )
    chat_weight_silence: float = number(
        1.0,
        0,
        100,
        "",
        "Weight of a chat for the time since the bot last spoke there: 10 minutes and more in full.",
        group="chats",
    )
    chat_weight_topics: float = number(
        0.5, 0, 100, "", "Weight of a chat for each of its topics that the bot shares.", group="chats"
    )
    people_share: float = number(
        0.5,
        0,
        1,
        "",
        "The part of a chat's messages that should be people's; bots hold back to keep it. 0 asks nothing.",
        group="conductor",
        scopes=PER_CHAT,
    )
    share_window_min: float = number(
        30.0, 1, 1440, "minutes", "The time over which that part is reckoned.", group="conductor", scopes=PER_CHAT
    )
    share_free: int = number(
        6,
        0,
        100,
        "messages",
        "What bots may say within that time whatever people do, so that a talk can begin.",
        group="conductor",
        scopes=PER_CHAT,
    )
    talk_backoff: float = number(
        0.1,
        0,
        10,
        "",
        "How much bots hold back while people talk: at 0.1 and 10 messages a minute, they speak half as often.",
        group="conductor",
        scopes=PER_CHAT,
    )
    talk_window_min: float = number(
        2.0,
        0.1,
        60,
        "minutes",
        "The time over which the messages of people are counted.",
        group="conductor",
        scopes=PER_CHAT,
    )
    idle_after_min: float = number(
        15.0,
        0,
        1440,
        "minutes",
        "When no person has spoken for this long, bots begin to fall silent.",
        group="conductor",
        scopes=PER_CHAT,
    )
    idle_halving_min: float = number(
        30.0,
        0.1,
        1440,
        "minutes",
        "From then on they speak half as often with every further such time.",
        group="conductor",
        scopes=PER_CHAT,
    )
    idle_floor: float = number(
        0.02,
        0,
        1,
        "",
        "The least part of their chance to speak that an idle chat leaves them.",
        group="conductor",
        scopes=PER_CHAT,
    )
    turn_fairness: float = number(
        1.0,
        0,
        5,
        "",
        "How much a bot that said more than its share of a chat lately gives way; 0 lets it be.",
        group="conductor",
        scopes=PER_CHAT,
    )
    loop_depth: int = number(
        4,
        1,
        30,
        "messages",
        "The longest chain of bots that answer each other without a person in between.",
        group="conductor",
        scopes=PER_CHAT,
    )
    loop_replies: int = number(
        4,
        1,
        30,
        "replies",
        "After so many replies between two bots of a chat the two leave each other alone.",
        group="conductor",
        scopes=PER_CHAT,
    )
    loop_window_min: float = number(
        10.0, 0.1, 1440, "minutes", "The time over which those replies are counted.", group="conductor", scopes=PER_CHAT
    )
    loop_cooloff_min: float = number(
        20.0,
        0,
        1440,
        "minutes",
        "How long two bots leave each other alone after the last of those replies.",
        group="conductor",
        scopes=PER_CHAT,
    )
