"""Sentence templates for each rule and verdict, with placeholders for its numbers.

A verdict may end in `*`, as a prefix. Of several sentences, the first one is used whose numbers all exist.
`{rested_s:time}` reads as "45 s", `{fleet:percent}` as "60%", `{chats:n chat}` as "2 chats", `{verdict:name}` as the
name of the chat or the message it stands for; `{others}` lists the numbers but the roll. A new rule is a line here.
"""

from __future__ import annotations

from collections.abc import Mapping

Sentences = str | tuple[str, ...]

ROLLED = "it rolled {roll:number}"
HOLDING_BACK = (
    " What holds bots back here leaves it a chance of {p:number}: talk of people ×{people_talk:number}, an idle room"
    " ×{room_is_idle:number}, the bots' part of the messages ×{bots_said_enough:number}, turns of others"
    " ×{turn_of_others:number}."
)
CLOSED = " All of its chats, {chats:n chat}, are closed to it."

WORDS: Mapping[str, Mapping[str, Sentences]] = {
    "listen": {
        "ok": (
            "Somebody spoke to it: {waiting:n message} wait for its answer, {answerable:number} of them in a place and"
            " a time for one.",
            "Somebody spoke to it.",
        ),
    },
    "fleet_runs": {
        "ok": "The fleet is running.",
        "fleet_paused": "The whole fleet is stopped by its kill switch.",
    },
    "bot_runs": {"ok": "The bot is not paused.", "bot_paused": "An operator paused the bot."},
    "is_awake": {
        "ok": "It is awake: this is one of its active hours.",
        "outside_active_hours": "It sleeps: this is outside its active hours.",
    },
    "is_prime_time": {
        "ok": (
            "These are its prime hours: it takes its turns {boost:number} times as often.",
            "This is no prime hour.",
        ),
    },
    "is_under_caps": {
        "ok": (
            "It is under its caps: {hour:n message} in the last hour (of {of_hour:number}), {day:number} in the last"
            " day (of {of_day:number}).",
            "It is under its caps.",
        ),
        "hourly_cap": (
            "It has said enough for an hour: {hour:n message}, of {of_hour:number} that it may.",
            "It has said enough for an hour.",
        ),
        "daily_cap": (
            "It has said enough for a day: {day:n message}, of {of_day:number} that it may.",
            "It has said enough for a day.",
        ),
    },
    "is_rested": {
        "ok": ("It is rested: it last spoke {rested_s:time} ago, and rests {cooldown_s:time}.", "It need not rest."),
        "cooldown": (
            "It rests: it spoke {rested_s:time} ago, and rests {cooldown_s:time} after each message.",
            "It rests after its last message.",
        ),
    },
    "is_free": {
        "ok": "It has nothing else under way.",
        "already_speaking": "It is saying something else already.",
    },
    "has_open_chat": {
        "ok": "A chat is open to it.",
        "no_chat": "It is in no chat.",
        "chat_*": ("Its chats are paused or not enabled yet." + CLOSED, "Its chats are paused or not enabled yet."),
        "bot_*": ("Telegram lets it say nothing in its chats." + CLOSED, "Telegram lets it say nothing in its chats."),
        "quiet_hours": ("These are quiet hours in its chats." + CLOSED, "These are quiet hours in its chats."),
        "resting_here": ("Telegram refuses what it says in its chats." + CLOSED, "It rests where Telegram refuses it."),
    },
    "has_money": {
        "ok": (
            "There is money left: of the day's budgets, {fleet:percent} of the fleet's and {bot:percent} of its own are"
            " spent.",
            "No budget limits it.",
        ),
        "budget_spent": (
            "The day's budget is spent: {fleet:percent} of the fleet's, {bot:percent} of its own.",
            "The day's budget is spent.",
        ),
        "budget_for_answers_only": (
            "Money is short: of the day's budgets, {fleet:percent} of the fleet's and {bot:percent} of its own are"
            " spent, and only people who ask get answers.",
            "Money is short: only people who ask get answers.",
        ),
    },
    "token_works": {"ok": "Telegram knows its token.", "bot_broken": "Telegram refuses the bot's token."},
    "answer": {
        "mention_*": (
            "Of {waiting:n message} that wait for its answer, it takes {verdict:name}.",
            "It answers {verdict:name}.",
        ),
        "mention_settled": "What woke it has its answer already, or waited too long.",
        "resting_here": "Telegram refuses what it says where it was spoken to: it rests there, as its page says.",
        "telegram_rest": "Telegram asked it to rest there for longer than an answer can wait.",
    },
    "shape": {
        "ok": (
            "It may use {max_words:n word}, and reads for {reading_s:time} before it types (tempo {tempo:number}).",
            "Length and tempo are set.",
        ),
    },
    "wants_to_speak": {
        "ok": (f"By chance it uses its turn: {ROLLED}, and speaks below {{p:number}}.", "By chance it uses its turn."),
        "quiet_turn": (
            f"By chance it lets this turn pass: {ROLLED}, and speaks only below {{p:number}}.",
            "By chance it lets this turn pass.",
        ),
    },
    "choose_chat": {
        "chat_*": "It turns to {verdict:name}: chats were drawn by these weights.",
        "floor_taken": ("Another bot is about to speak in {floor_taken:n chat}.", "Another bot is about to speak."),
        "gap_not_over": (
            "A bot spoke a moment ago in {gap_not_over:n chat}: the gap between bots is not over.",
            "The gap between bots is not over.",
        ),
        "spoke_last": ("Its own message is the last one in {spoke_last:n chat}.", "It had the last word."),
        "budget_for_answers_only": "In its chats there is money for answers only.",
        "telegram_rest": "Telegram asked it to rest in its chats.",
        "resting_here": "Telegram refuses what it says in its chats: it rests there, as its page says.",
        "chat_rate": "Bots have said as much as a minute may hold in its chats.",
        "quiet_hours": "These are quiet hours in its chats.",
    },
    "has_room": {
        "ok": ("The chat has room for it." + HOLDING_BACK, "The chat has room for it."),
        "people_talk": ("It leaves the floor to people, who are talking." + HOLDING_BACK, "People are talking."),
        "room_is_idle": (
            "People have left the room, and bots do not fill it." + HOLDING_BACK,
            "People have left the room, and bots do not fill it.",
        ),
        "bots_said_enough": (
            "Bots have said their part of what is said here; now it is for people." + HOLDING_BACK,
            "Bots have said their part of what is said here; now it is for people.",
        ),
        "turn_of_others": (
            "Other bots have said less here, and it is their turn." + HOLDING_BACK,
            "Other bots have said less here, and it is their turn.",
        ),
        "quiet_turn": ("By chance it lets this turn pass." + HOLDING_BACK, "By chance it lets this turn pass."),
    },
    "reply_or_topic": {
        "reply": f"It looks for a message to answer first: {ROLLED}, and replies below {{p:number}}.",
        "topic": f"It looks for a topic first: {ROLLED}, and replies only below {{p:number}}.",
    },
    "choose_target": {
        "message_*": (
            "It answers {verdict:name}. What was found in it: {others}. The best were drawn by these scores.",
            "It answers {verdict:name}: the best were drawn by these scores.",
        ),
        "nothing_to_answer": (
            "Nothing in the last {messages:n message} is worth its answer.",
            "Nothing there is worth its answer.",
        ),
    },
    "choose_reaction": {
        "asks_for_words": "It uses words: the message asks for them.",
        "no_strong_feeling": "It uses words: the message shows no strong feeling.",
        "reactions_cap": "It uses words: it has reacted as often as an hour may hold.",
        "reacted_to_already": "It uses words: the message has its reactions already.",
        "reactions_rest": "It uses words: Telegram refused such reactions in this chat, and they rest for a while.",
        "words": (f"It uses words: {ROLLED}, and reacts only below {{p:number}}.", "It uses words."),
        "*": (f"It reacts with {{verdict}}: {ROLLED}, and reacts below {{p:number}}.", "It reacts with {verdict}."),
    },
    "choose_topic": {
        "topic_gap_not_over": (
            "It opens no topic: the chat's last one is {waited_s:time} old, and {gap_s:time} lie between two.",
            "It opens no topic: the chat's last one is too fresh.",
        ),
        "resting_here": "It opens no topic: Telegram refuses what it says outside of topics, and it rests there.",
        "no_topic_left": "It opens no topic: everything it could begin with was talked about lately.",
        "*": "It opens a conversation about “{verdict}”: subjects were drawn by these weights.",
    },
    "is_first": {
        "refused_by_postgres": "When the plan was to be stored, another one was there before it: in this chat, of this"
        " bot, or for the same question.",
    },
}

SCORED: Mapping[str, str] = {"choose_chat": "chat", "choose_target": "message"}
"""The kind of object whose ids are the keys of a rule's scores."""

NAMED_SCORES: Mapping[str, frozenset[str]] = {"choose_topic": frozenset({"roll", "waited_s", "gap_s"})}
"""Rules whose numbers are all scores by name, except these numbers."""
