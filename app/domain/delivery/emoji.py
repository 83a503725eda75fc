"""The emoji a bot may react with: https://core.telegram.org/bots/api#reactiontypeemoji"""

from __future__ import annotations

VARIATION_SELECTOR = "\ufe0f"

_EMOJI = """
❤ 👍 👎 🔥 🥰 👏 😁 🤔 🤯 😱 🤬 😢 🎉 🤩 🤮 💩 🙏 👌 🕊 🤡 🥱
🥴 😍 🐳 ❤‍🔥 🌚 🌭 💯 🤣 ⚡ 🍌 🏆 💔 🤨 😐 🍓 🍾 💋 🖕 😈 😴
😭 🤓 👻 👨‍💻 👀 🎃 🙈 😇 😨 🤝 ✍ 🤗 🫡 🎅 🎄 ☃ 💅 🤪 🗿 🆒
💘 🙉 🦄 😘 💊 🙊 😎 👾 🤷‍♂ 🤷 🤷‍♀ 😡
"""
ALLOWED = frozenset(_EMOJI.split())


def plain_emoji(emoji: str) -> str:
    """Returns the emoji without the variation selectors that some keyboards and models add, as Telegram compares it."""
    return emoji.replace(VARIATION_SELECTOR, "")


def check_reaction(emoji: str | None) -> str | None:
    """Returns None when Telegram allows `emoji` as a reaction, else the reason code."""
    return None if plain_emoji(emoji or "") in ALLOWED else "reaction_not_allowed"
