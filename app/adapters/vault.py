"""Bot tokens at rest: Fernet ciphertexts, with rotation."""

from __future__ import annotations

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from app.domain.errors import ConfigError


class FernetVault:
    """The TokenVault port over one or more Fernet keys: the first encrypts, every one decrypts.

    To rotate, put a new key in front; a token stored under an old key stays readable until that key is taken away.
    """

    def __init__(self, keys: str) -> None:
        """`keys` are Fernet keys, comma separated, the newest first."""
        self._fernet = MultiFernet([Fernet(key.strip()) for key in keys.split(",") if key.strip()])

    def encrypt(self, token: str) -> str:
        """The ciphertext to store; equal tokens give different ciphertexts."""
        return self._fernet.encrypt(token.encode()).decode("ascii")

    def decrypt(self, ciphertext: str) -> str:
        """The token. Raises ConfigError when no key fits; neither token nor ciphertext is in its text."""
        try:
            return self._fernet.decrypt(ciphertext.encode()).decode()
        except InvalidToken:
            raise ConfigError(
                ["ENCRYPTION_KEYS: no key opens a stored bot token; put its key at the end of the list"]
            ) from None
