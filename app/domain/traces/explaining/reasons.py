"""Reason codes as sentences. A code that is not here is shown as it is."""

from __future__ import annotations

SENTENCES = {
    "already_speaking": "The bot was saying something else already.",
    "budget_for_answers_only": "Most of the day's budget is spent: only people who ask get answers.",
    "budget_spent": "The day's budget is spent.",
    "calls_everyone": "The text calls the whole group.",
    "chat_paused": "The chat is paused.",
    "chat_new": "The chat is not enabled yet.",
    "claims_to_be_human": "The text denies being a bot.",
    "contradicts_a_stance": "The text said the opposite of one of the persona's stances.",
    "chat_rate": "Bots had said as much in this chat as a minute may hold.",
    "cooldown": "The bot rested after its last message.",
    "bot_muted_here": "Telegram lets the bot say nothing in this chat.",
    "bot_paused": "The bot is paused.",
    "blocked_word": "The text holds a word that is blocked.",
    "bots_said_enough": "Bots had said their part of this chat's messages.",
    "bot_broken": "The bot is broken.",
    "daily_cap": "The bot has said what it may say in a day.",
    "dismissed": "An operator dismissed it: it may or may not have arrived.",
    "duplicate": "The same words were said a moment ago, in this chat or by another bot.",
    "error_while_sending": "An error came up in the middle of sending: it may have arrived, and is not repeated.",
    "error_answer_from_telegram": "Telegram answered with its own error: it may have arrived, and is not repeated.",
    "empty": "The model answered without words.",
    "generation_interrupted": "Workers ended again and again while the text was being written.",
    "fleet_paused": "The fleet is stopped.",
    "floor_taken": "Another bot was about to speak in this chat.",
    "foreign_language": "The text was in another language than the chat and the persona.",
    "gap_not_over": "The chat's gap between bot messages was not over.",
    "forgotten": "Whom it was meant for asked to be forgotten.",
    "hourly_cap": "The bot has said what it may say in an hour.",
    "link": "The text holds a link.",
    "mention_settled": "Somebody's question was answered already.",
    "muted": "Whom it was meant for asked to be left alone.",
    "names_the_muted": "The text mentions somebody who asked to be left alone.",
    "names_the_unknown": "The text mentions an @username that is not in this chat.",
    "near_duplicate": "A bot of the fleet said nearly the same a moment ago.",
    "no_answer_from_telegram": "Telegram did not answer: it may or may not have been sent, and is not repeated.",
    "no_chat": "The bot is in no enabled chat.",
    "no_topic_left": "Everything the bot could have begun with was talked about lately.",
    "nothing_to_answer": "Nothing in the chat was worth an answer.",
    "no_usable_answer": "The model gave no usable answer, three times even when it was asked for this alone.",
    "not_a_member": "The bot is not in this chat.",
    "obeys_an_injection": "The text did what somebody's message demanded of the model.",
    "outside_active_hours": "It was outside the bot's active hours.",
    "parked": "It raised an error again and again, and was given up: see the page Outbox.",
    "people_talk": "People were talking among themselves.",
    "personal_data": "The text holds personal data.",
    "private_contact": "The text invites to a private contact.",
    "promises_profit": "The text promises profit.",
    "prompt_leak": "The text holds a piece of the prompt.",
    "quiet_hours": "These are the chat's quiet hours.",
    "quiet_turn": "By chance the bot let this turn pass.",
    "reaction_not_allowed": "Telegram takes no such emoji as a reaction.",
    "refused_by_postgres": "Another plan was stored first.",
    "resting_here": "Telegram refused what the bot said here again and again: it rests, as its page says.",
    "reactions_rest": "Telegram refused reactions in this chat: they rest for a while.",
    "room_is_idle": "People have left the room: bots do not fill it.",
    "spoke_last": "The bot had the last word in this chat.",
    "stale": "It waited too long to be worth saying.",
    "superseded": "Somebody spoke to the bot, and answering came first.",
    "target_gone": "The message it was meant for is gone.",
    "telegram_rest": "Telegram asked the bot to rest in this chat.",
    "topic_gap_not_over": "A new topic was opened in this chat not long ago.",
    "too_long": "The text was too long.",
    "turn_of_others": "Other bots had said less in this chat, and it was their turn.",
    "worker_lost_while_sending": "A worker ended in the middle of sending: it is not repeated.",
}


def explain_reason(code: str | None) -> str:
    """Returns a sentence for a reason code, the code itself when it is unknown, "" for None."""
    if not code:
        return ""
    plain = code.removeprefix("unsafe_")
    sentence = SENTENCES.get(plain, code)
    return f"Held back by the safety filter: {sentence}" if code.startswith("unsafe_") else sentence
