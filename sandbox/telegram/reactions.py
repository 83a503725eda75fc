"""The emoji a bot may react with (core.telegram.org/bots/api#reactiontypeemoji)."""

VARIATION_SELECTOR = "\ufe0f"


def plain_emoji(emoji: str) -> str:
    """Returns the emoji without the selectors that some keyboards add; Telegram compares this form."""
    return emoji.replace(VARIATION_SELECTOR, "")


_EMOJI = """
❤ 👍 👎 🔥 🥰 👏 😁 🤔 🤯 😱 🤬 😢 🎉 🤩 🤮 💩 🙏 👌 🕊 🤡 🥱
🥴 😍 🐳 ❤‍🔥 🌚 🌭 💯 🤣 ⚡ 🍌 🏆 💔 🤨 😐 🍓 🍾 💋 🖕 😈 😴
😭 🤓 👻 👨‍💻 👀 🎃 🙈 😇 😨 🤝 ✍ 🤗 🫡 🎅 🎄 ☃ 💅 🤪 🗿 🆒
💘 🙉 🦄 😘 💊 🙊 😎 👾 🤷‍♂ 🤷 🤷‍♀ 😡
"""

ALLOWED_REACTIONS = frozenset(plain_emoji(_EMOJI).split())
