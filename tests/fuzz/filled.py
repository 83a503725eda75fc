"""Forms and bodies as a careful operator fills them in, by endpoint: what the fuzz spoils."""

from __future__ import annotations

from typing import Any

from tests.web.fakes import token_of

PERSONA = {
    "tone": "dry",
    "style": "short",
    "language": "en",
    "timezone": "UTC",
    "active": ["09:00-17:30"],
    "prime": ["10:00-11:00"],
    "topics": ["rates"],
    "watchlist": ["BTC"],
    "never_do": ["shout"],
    "examples": ["Rates? I would wait."],
    "words_per_minute": 180,
    "emotion": {"energy": 0.5, "empathy": 0.5, "anecdotes": ["a"], "phrases": ["b"], "emoji": ["👍"]},
    "length": {"short": 1, "medium": 1, "long": 0},
}
PROVIDER: dict[str, Any] = {
    "name": "office",
    "model": "qwen3",
    "sdk": "openai",
    "url": "http://127.0.0.1:9/v1",
    "key": "sk-1",
    "requests_per_minute": 60,
    "tokens_per_minute": 50_000,
    "requests_per_day": 0,
    "tokens_per_day": 0,
    "purposes": ["answers", "ambient", "bulk"],
    "economy": False,
    "enabled": True,
    "price": {"prompt": 0.1, "cached": 0.05, "answer": 0.4},
    "answer_format": "auto",
    "reasoning": "auto",
    "max_in_flight": 0,
}
BODIES: dict[str, Any] = {
    "api.create_bot": {
        "token": token_of(700001),
        "persona": PERSONA,
        "stances": [{"topic": "a", "position": "for", "confidence": 0.5, "cooldown_s": 60}],
        "holdings": [{"symbol": "BTC", "quantity": "1.5", "average_price": 2}],
        "daily_budget_usd": 1.25,
    },
    "api.create_chat": {
        "telegram_chat_id": -1001234567890,
        "title": "Birds",
        "language": "en",
        "topics": ["birds"],
        "bot_ids": [1],
        "enabled": True,
        "shares_requests": True,
        "daily_budget_usd": "2.50",
        "timezone": "UTC",
        "quiet": ["23:00-07:00"],
    },
    "api.create_feed": {"url": "https://news.example/x.xml", "title": "News", "chat_ids": [1], "fleet_wide": False},
    "api.tie_feed": {"chat_ids": [1], "fleet_wide": False},
    "api.set_setting": {"value": 25},
    "api.create_provider": PROVIDER,
    "api.change_provider": {**PROVIDER, "version": 1},
    "api.move_provider": {"steps": -1},
    "api.test_listed_provider": {"name": "office", "model": "qwen3"},
}
_LINES = ("active", "prime", "topics", "watchlist", "never_do", "examples", "anecdotes", "phrases", "emoji")
_PERSONA_FORM: dict[str, Any] = {
    **{key: value for key, value in PERSONA.items() if isinstance(value, str)},
    **{key: "\n".join({**PERSONA, **PERSONA["emotion"]}[key]) for key in _LINES},
    **{"words_per_minute": "180", "energy": "0.5", "empathy": "0,5", "short": "1", "medium": "1", "long": "0"},
}
_CHAT_FORM = {
    **{"title": "Birds", "language": "en", "topics": "birds", "timezone": "UTC", "quiet": "23:00-07:00"},
    **{"daily_budget_usd": "2.50", "shares_requests": "y"},
}
_PROVIDER_FORM: dict[str, Any] = {
    **{key: str(PROVIDER[key]) for key in ("name", "model", "sdk", "url", "key", "answer_format", "reasoning")},
    **{"requests_per_minute": "60", "tokens_per_minute": "50000", "requests_per_day": "0", "tokens_per_day": "0"},
    **{"purposes": "answers", "max_in_flight": "0", "economy": "y", "version": "1"},
    **{"price_prompt": "0.1", "price_cached": "0.05", "price_answer": "0,4"},
}
FORMS: dict[str, dict[str, Any]] = {
    "auth.sign_in": {"username": "operator", "password": "wrong words 12"},
    "auth.change_password": {"current_password": "a", "new_password": "a long new one", "repeated": "a long new one"},
    "bots.create": {"token": token_of(700001), "daily_budget_usd": "1.25", **_PERSONA_FORM},
    "bots.persona": _PERSONA_FORM,
    "bots.stances": {
        **{"stances-0-topic": "a", "stances-0-position": "for", "stances-0-confidence": "0.5"},
        **{"stances-0-cooldown_s": "60", "stances-1-topic": "b", "stances-1-position": "against"},
    },
    "bots.holdings": {"holdings-0-symbol": "BTC", "holdings-0-quantity": "1.5", "holdings-0-average_price": "2"},
    "bots.budget": {"daily_budget_usd": "3"},
    "bots.token": {"token": token_of(700001)},
    "bots.pause": {"reason": "it rests"},
    "bots.settings": {"max_words": "20", "speak_probability": "0.5", "blocked_words": "a, b"},
    "bots.unset_own_setting": {"key": "max_words"},
    "chats.create": {"telegram_chat_id": "-1001234567890", "bot_ids": "1", "enabled": "y", **_CHAT_FORM},
    "chats.edit": _CHAT_FORM,
    "chats.pause": {"reason": "it rests"},
    "chats.add_member": {"bot_id": "1"},
    "chats.settings": {"max_words": "20", "cap_chat_hour": "5"},
    "news.create": {"url": "https://news.example/x.xml", "title": "News", "reach": "some", "chat_ids": "1"},
    "news.tie": {"reach": "some", "chat_ids": "1"},
    "providers.create": _PROVIDER_FORM,
    "providers.edit": _PROVIDER_FORM,
    "providers.test": {"name": "office", "model": "qwen3"},
    "live.speak": {"name": "Grace", "text": "hello", "reply_to": "5"},
    "settings.index": {
        "tick_interval_s": "30",
        "max_words": "25",
        "allowed_hosts": "a.example",
        "daily_budget_usd": "5",
    },
    "settings.unset": {"key": "max_words"},
    "settings.kill_switch": {"paused": "off", "next": "/bots/"},
}
