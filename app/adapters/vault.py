"""Encryption of bot tokens at rest by Fernet, with key rotation."""

from __future__ import annotations

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from app.domain.errors import ConfigError

UNREADABLE = "ENCRYPTION_KEYS: no key opens a stored bot token; put its key at the end of the list"


class FernetVault:
    """The TokenVault port over one or more Fernet keys: the first encrypts, all decrypt.

    To rotate, put a new key in front; a token stored under an old key can be decrypted until that key is removed.
    """

    def __init__(self, keys: str) -> None:
        """`keys` are Fernet keys, comma separated, the newest first."""
        fernets = [Fernet(key.strip()) for key in keys.split(",") if key.strip()]
        self._newest, self._fernet = fernets[0], MultiFernet(fernets)

    def encrypt(self, token: str) -> str:
        """Encrypts a token; equal tokens give different ciphertexts."""
        return self._fernet.encrypt(token.encode()).decode("ascii")

    def decrypt(self, ciphertext: str) -> str:
        """Decrypts a token. Raises ConfigError when no key fits; neither token nor ciphertext is in its text."""
        try:
            return self._fernet.decrypt(ciphertext.encode()).decode()
        except InvalidToken:
            raise ConfigError([UNREADABLE]) from None

    def rotate(self, ciphertext: str) -> str | None:
        """Re-encrypts a ciphertext under the newest key; None when it is under that one already.

        The plaintext is not inspected. Raises ConfigError when no key fits.
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
