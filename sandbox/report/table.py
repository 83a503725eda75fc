"""The report as a text table."""

from sandbox.report.report import Report

LABELS = {
    "seconds": "seconds watched",
    "bots": "bots registered",
    "chats": "chats",
    "people_messages": "messages by people",
    "mentions": "of them to a bot by name",
    "mentions_answered": "answered",
    "bot_messages": "messages by bots",
    "from_ticks": "of them unprompted",
    "bots_that_spoke": "bots that spoke",
    "distinct_texts": "different texts",
    "said_twice": "said twice",
    "lost": "lost",
    "unknown": "accepted, but never confirmed",
    "telegram_429": "429 from Telegram",
    "llm_429": "429 from the LLM provider",
    "llm_requests": "requests to the LLM provider",
    "prompts_per_request": "prompts per request",
    "mention_to_request_p95_s": "mention to request, p95 (s)",
    "mention_to_sent_p95_s_less_typing": "mention to answer less typing, p95 (s)",
    "processes_left": "processes left",
    "setup_s": "set-up of the environment (s)",
    "first_message_s": "command to first message (s)",
    "environment_mb": "environment (MB)",
}


def format_table(report: Report) -> str:
    """Formats one aligned line for each figure; a figure without a sample shows a dash."""
    width = max(map(len, LABELS.values()))
    cells = {name: "-" if value is None else f"{value:g}" for name, value in report.as_json().items()}
    number_width = max(map(len, cells.values()))
    return "\n".join(f"{LABELS[name]:<{width}}  {cell:>{number_width}}" for name, cell in cells.items())
