"""Bot tokens at rest: Fernet ciphertexts, with rotation."""

from __future__ import annotations

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from app.domain.errors import ConfigError

UNREADABLE = "ENCRYPTION_KEYS: no key opens a stored bot token; put its key at the end of the list"


class FernetVault:
    """The TokenVault port over one or more Fernet keys: the first encrypts, every one decrypts.

    To rotate, put a new key in front; a token stored under an old key stays readable until that key is taken away.
    """

    def __init__(self, keys: str) -> None:
        """`keys` are Fernet keys, comma separated, the newest first."""
        fernets = [Fernet(key.strip()) for key in keys.split(",") if key.strip()]
        self._newest, self._fernet = fernets[0], MultiFernet(fernets)

    def encrypt(self, token: str) -> str:
        """The ciphertext to store; equal tokens give different ciphertexts."""
        return self._fernet.encrypt(token.encode()).decode("ascii")

    def decrypt(self, ciphertext: str) -> str:
        """The token. Raises ConfigError when no key fits; neither token nor ciphertext is in its text."""
        try:
            return self._fernet.decrypt(ciphertext.encode()).decode()
        except InvalidToken:
            raise ConfigError([UNREADABLE]) from None

    def rotate(self, ciphertext: str) -> str | None:
        """The ciphertext under the newest key; None when it is under that one already.

        What it holds is never looked at. Raises ConfigError when no key fits.
        """
        try:
            self._newest.decrypt(ciphertext.encode())
        except InvalidToken:
            return self._rotate(ciphertext)
        return None

    def _rotate(self, ciphertext: str) -> str:
        try:
            return self._fernet.rotate(ciphertext.encode()).decode("ascii")
        except InvalidToken:
            raise ConfigError([UNREADABLE]) from None
