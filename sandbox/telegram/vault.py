"""Secrets that the journal must not hold: bot tokens and webhooks, in a file beside it that only its owner can read."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sandbox.journal import Journal, read_journal
from sandbox.telegram.records import Webhook


class Vault:
    """An append-only file of mode 0600, `<journal>.tokens`; the last line about a bot is valid."""

    def __init__(self, journal_path: Path) -> None:
        self.path = journal_path.with_name(f"{journal_path.name}.tokens")
        self._file = Journal(self.path, mode=0o600)
        self.path.chmod(0o600)

    def keep_token(self, bot_id: int, token: str | None) -> None:
        """Stores a bot's token; None when it is revoked."""
        self._file.write("token", bot_id=bot_id, token=token)

    def keep_webhook(self, bot_id: int, webhook: Webhook | None) -> None:
        """Stores a bot's webhook; None when it is deleted."""
        address = None
        if webhook is not None:
            address = {
                "url": webhook.url,
                "secret_token": webhook.secret_token,
                "max_connections": webhook.max_connections,
            }
        self._file.write("webhook", bot_id=bot_id, webhook=address)

    def read(self) -> Iterator[dict[str, Any]]:
        """Yields every stored secret, oldest first."""
        return read_journal(self.path)

    def close(self) -> None:
        """Closes the file."""
        self._file.close()
