from __future__ import annotations

import pytest
from cryptography.fernet import Fernet

from app.config import Settings
from app.domain.errors import ConfigError

KEY = Fernet.generate_key().decode()
GOOD = {
    "DATABASE_URL": "postgresql://chorus:s3cret@db:5432/chorus",
    "BROKER_URL": "redis://:s3cret@broker:6379/0",
    "CACHE_URL": "redis://:s3cret@cache:6379/0",
    "SECRET_KEY": "s3cret-" + "k" * 40,
    "ENCRYPTION_KEYS": KEY,
}


@pytest.fixture
def environment(monkeypatch):
    """Sets variables, on top of those that suffice."""

    def apply(**variables):
        for name, value in {**GOOD, **variables}.items():
            if value is None:
                monkeypatch.delenv(name, raising=False)
            else:
                monkeypatch.setenv(name, value)

    return apply


def problems():
    with pytest.raises(ConfigError) as error:
        Settings.from_env()
    return error.value.problems


def test_what_has_no_default_must_be_given_and_every_missing_one_is_named_at_once():
    missing = problems()
    assert [line.split(":")[0] for line in missing] == list(GOOD)
    assert all("is missing" in line for line in missing)


def test_what_suffices_makes_settings_with_defaults(environment):
    environment()
    settings = Settings.from_env()
    assert (settings.shards, settings.llm_provider, str(settings.var_dir)) == (64, "openai", "var")
    with pytest.raises(ValueError, match="frozen"):
        settings.shards = 3


def test_every_wrong_value_is_told_at_once_by_its_variable(environment):
    wrong = {
        "DATABASE_URL": "mysql://db",
        "BROKER_URL": "amqp://broker",
        "SECRET_KEY": "short",
        "ENCRYPTION_KEYS": "no-key",
        "SHARDS": "0",
        "LLM_PROVIDER": "clippy",
        "LLM_TIMEOUT_S": "soon",
        "TELEGRAM_URL": "ftp://telegram",
        "LOG_LEVEL": "LOUD",
    }
    environment(**wrong)
    assert sorted(line.split(":")[0] for line in problems()) == sorted(wrong)


@pytest.mark.parametrize(
    "name", [*GOOD, "SHARDS", "LLM_URL", "LLM_PROVIDER", "TELEGRAM_URL", "PUBLIC_URL", "LLM_RPM", "WEB_PORT"]
)
def test_no_value_of_a_variable_is_part_of_an_error(environment, name):
    environment(**{name: "hush-s3cret"})
    with pytest.raises(ConfigError) as error:
        Settings.from_env()
    assert name in str(error.value)
    assert "hush" not in str(error.value)
    assert "s3cret" not in str(error.value)
    assert error.value.__suppress_context__


def test_secrets_do_not_show_when_settings_are_printed(environment):
    environment(OPENAI_API_KEY="sk-hush")
    shown = repr(Settings.from_env())
    assert not [secret for secret in (GOOD["SECRET_KEY"], KEY, "sk-hush") if secret in shown]


def test_a_secret_may_come_from_a_mounted_file(environment, tmp_path):
    (tmp_path / "key").write_text("from-a-file-" + "k" * 40 + "\n")
    environment(SECRET_KEY=None, SECRET_KEY_FILE=str(tmp_path / "key"))
    assert Settings.from_env().secret_key.get_secret_value() == "from-a-file-" + "k" * 40


def test_the_variable_itself_wins_over_its_file(environment, tmp_path):
    (tmp_path / "shards").write_text("7")
    environment(SHARDS="9", SHARDS_FILE=str(tmp_path / "shards"))
    assert Settings.from_env().shards == 9


def test_an_empty_variable_counts_as_not_given(environment):
    environment(SHARDS="", SECRET_KEY="")
    assert [line.split(":")[0] for line in problems()] == ["SECRET_KEY"]


def test_a_dotenv_file_is_read_and_the_environment_wins_over_it(environment, tmp_path, monkeypatch):
    dotenv = tmp_path / ".env"
    dotenv.write_text("SHARDS=5\nLLM_RPM=77\n# a comment\nLLM_MODEL='quoted model'\n")
    monkeypatch.setitem(Settings.model_config, "env_file", str(dotenv))
    environment(SHARDS="6")
    settings = Settings.from_env()
    assert (settings.shards, settings.llm_rpm, settings.llm_model) == (6, 77, "quoted model")


def test_an_argument_wins_over_everything(environment):
    environment(SHARDS="6")
    assert Settings.from_env(shards=3).shards == 3


def test_urls_are_brought_into_one_form(environment):
    environment(DATABASE_URL="postgres://u:p@db/x", TELEGRAM_URL="http://127.0.0.1:8081/", LLM_URL="http://llm/v1//")
    settings = Settings.from_env()
    assert settings.database_url == "postgresql://u:p@db/x"
    assert settings.telegram_url == "http://127.0.0.1:8081"
    assert settings.llm_url == "http://llm/v1"


def test_several_encryption_keys_are_taken_and_one_bad_one_is_refused(environment):
    environment(ENCRYPTION_KEYS=f"{KEY}, {Fernet.generate_key().decode()}")
    Settings.from_env()
    environment(ENCRYPTION_KEYS=f"{KEY},bad")
    [line] = problems()
    assert line.startswith("ENCRYPTION_KEYS: must be Fernet keys")


@pytest.mark.parametrize(("provider", "expected"), [("openai", "sk-o"), ("groq", "gsk-g")])
def test_the_key_is_the_providers_own(environment, provider, expected):
    environment(LLM_PROVIDER=provider, OPENAI_API_KEY="sk-o", GROQ_API_KEY="gsk-g")
    assert Settings.from_env().llm_api_key.get_secret_value() == expected


@pytest.mark.parametrize("content", [None, b"\xff\xfe"])
def test_a_file_that_cannot_be_read_is_named(environment, tmp_path, content):
    if content:
        (tmp_path / "key").write_bytes(content)
    environment(SECRET_KEY=None, SECRET_KEY_FILE=str(tmp_path / "key"))
    [line] = problems()
    assert line.startswith(f"SECRET_KEY_FILE: cannot read {tmp_path / 'key'}: ")
