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
    "cooldown": "The bot rested after its last message.",
    "bot_paused": "The bot is paused.",
    "blocked_word": "The text holds a word that is blocked.",
    "bot_broken": "The bot is broken.",
    "dismissed": "An operator dismissed it: it may or may not have arrived.",
    "duplicate": "The same words were said a moment ago, in this chat or by another bot.",
    "empty": "The model answered without words.",
    "generation_interrupted": "Workers ended again and again while the text was being written.",
    "fleet_paused": "The fleet is stopped.",
    "floor_taken": "Another bot was about to speak in this chat.",
    "foreign_language": "The text was in another language than the chat and the persona.",
    "gap_not_over": "The chat's gap between bot messages was not over.",
    "forgotten": "Whom it was meant for asked to be forgotten.",
    "link": "The text holds a link.",
    "mention_settled": "Somebody's question was answered already.",
    "muted": "Whom it was meant for asked to be left alone.",
    "names_the_muted": "The text mentions somebody who asked to be left alone.",
    "names_the_unknown": "The text mentions an @username that is not in this chat.",
    "near_duplicate": "A bot of the fleet said nearly the same a moment ago.",
    "no_answer_from_telegram": "Telegram did not answer: it may or may not have been sent, and is not repeated.",
    "no_chat": "The bot is in no enabled chat.",
    "no_usable_answer": "The model gave no usable answer, three times even when it was asked for this alone.",
    "not_a_member": "The bot is not in this chat.",
    "obeys_an_injection": "The text did what somebody's message demanded of the model.",
    "outside_active_hours": "It was outside the bot's active hours.",
    "personal_data": "The text holds personal data.",
    "private_contact": "The text invites to a private contact.",
    "promises_profit": "The text promises profit.",
    "prompt_leak": "The text holds a piece of the prompt.",
    "quiet_turn": "By chance the bot let this turn pass.",
    "reaction_not_allowed": "Telegram takes no such emoji as a reaction.",
    "stale": "It waited too long to be worth saying.",
    "superseded": "Somebody spoke to the bot, and answering came first.",
    "target_gone": "The message it was meant for is gone.",
    "too_long": "The text was too long.",
    "worker_lost_while_sending": "A worker ended in the middle of sending: it is not repeated.",
}


def explain_reason(code: str | None) -> str:
    """A sentence for a reason code, the code itself when it is unknown, nothing for none."""
    if not code:
        return ""
    plain = code.removeprefix("unsafe_")
    sentence = SENTENCES.get(plain, code)
    return f"Held back by the safety filter: {sentence}" if code.startswith("unsafe_") else sentence
