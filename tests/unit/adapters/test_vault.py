"""Bot tokens at rest."""

from __future__ import annotations

import pytest
from cryptography.fernet import Fernet

from app.adapters.vault import FernetVault
from app.domain.errors import ConfigError

TOKEN = "123456789:" + "A" * 35


def test_a_token_comes_back_and_is_not_in_its_ciphertext() -> None:
    vault = FernetVault(Fernet.generate_key().decode())

    ciphertext = vault.encrypt(TOKEN)

    assert vault.decrypt(ciphertext) == TOKEN
    assert "A" * 35 not in ciphertext
    assert ciphertext != vault.encrypt(TOKEN)


def test_a_new_key_in_front_still_reads_what_an_old_one_wrote() -> None:
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    ciphertext = FernetVault(old).encrypt(TOKEN)

    rotated = FernetVault(f"{new}, {old}")

    assert rotated.decrypt(ciphertext) == TOKEN
    assert FernetVault(new).decrypt(rotated.encrypt(TOKEN)) == TOKEN


def test_a_lost_key_is_said_without_the_secret() -> None:
    ciphertext = FernetVault(Fernet.generate_key().decode()).encrypt(TOKEN)

    with pytest.raises(ConfigError, match="ENCRYPTION_KEYS") as caught:
        FernetVault(Fernet.generate_key().decode()).decrypt(ciphertext)
    assert ciphertext not in str(caught.value)


def test_rotation_brings_a_token_under_the_newest_key_and_leaves_it_alone_from_then_on() -> None:
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    both = FernetVault(f"{new},{old}")

    rotated = both.rotate(FernetVault(old).encrypt(TOKEN))

    assert rotated is not None
    assert FernetVault(new).decrypt(rotated) == TOKEN
    assert both.rotate(rotated) is None


def test_what_no_key_opens_is_not_rotated() -> None:
    ciphertext = FernetVault(Fernet.generate_key().decode()).encrypt(TOKEN)

    with pytest.raises(ConfigError, match="ENCRYPTION_KEYS"):
        FernetVault(Fernet.generate_key().decode()).rotate(ciphertext)
