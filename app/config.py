"""Typed, frozen settings from the environment and `.env`.

Every variable may also be given as `NAME_FILE`, the path of a file that holds the value (a mounted secret). There is no
default for a secret. `Settings.from_env()` reports every problem at once.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import unquote, urlsplit

from cryptography.fernet import Fernet
from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from app.domain.errors import ConfigError, InvalidInput
from app.domain.lanes.lane import MOST_IN_FLIGHT
from app.domain.providers.entry import check_url
from app.domain.text import check_setting
from app.postgres.address import read_address
from app.setting_files import FileSource, unreadable_files

ENV_FILE = ".env"
MOST = 10**12
"""Requests or tokens; no provider allows as many, and every limiter can count them."""

PerMinute = Annotated[int, Field(ge=1, le=MOST)]
TokensPerMinute = Annotated[int, Field(ge=1000, le=MOST)]
PerDay = Annotated[int, Field(ge=0, le=MOST)]


class Settings(BaseSettings):
    """What one process of Chorus needs to know at start. The table in the README is made from these fields."""

    model_config = SettingsConfigDict(
        env_file=ENV_FILE, env_file_encoding="utf-8", extra="ignore", frozen=True, env_ignore_empty=True
    )

    database_url: str = Field(
        description="Postgres, as postgresql://user:password@host:5432/chorus; several hosts as host1:5432,host2:5432"
    )
    broker_url: str = Field(description="Redis of the Celery broker (noeviction), as redis://host:6379/0")
    cache_url: str = Field(description="Redis for caches, limiters and live events, as redis://host:6380/0")
    secret_key: SecretStr = Field(description="Signs sessions and forms: at least 32 characters", min_length=32)
    encryption_keys: SecretStr = Field(
        description="Fernet keys that encrypt bot tokens, comma separated, the newest first"
    )

    telegram_url: str = Field("https://api.telegram.org", description="Base URL of the Bot API server")
    telegram_proxy: str | None = Field(
        None, description="HTTP proxy for calls to the Bot API server, as http://user:password@host:3128"
    )
    telegram_api_id: int | None = Field(
        None, ge=1, description="`api_id` of my.telegram.org/apps; only `chorus listen` (MTProto) needs it"
    )
    telegram_api_hash: SecretStr | None = Field(None, description="`api_hash` that belongs to TELEGRAM_API_ID")
    operator: str | None = Field(
        None,
        max_length=200,
        description="Who runs this installation and how to reach them, in the words that /about puts after "
        '"I am run by"; its operators if empty',
    )
    sandbox_control_url: str | None = Field(
        None, description="Control URL of a Telegram sandbox: the admin can then speak as a person in a chat"
    )

    llm_provider: Literal["openai", "groq"] = Field(
        "openai", description="The SDK to use: openai (and every compatible server) or groq"
    )
    llm_url: str | None = Field(
        None, description="Base URL of an OpenAI-compatible server; the provider's own if empty"
    )
    openai_api_key: SecretStr | None = Field(None, description="Key of OpenAI or of the server at LLM_URL")
    groq_api_key: SecretStr | None = Field(None, description="Key of Groq; used when LLM_PROVIDER is groq")
    llm_model: str = Field("gpt-4o-mini", description="Model that writes the bots' messages")
    llm_rpm: PerMinute = Field(500, description="Requests a minute the provider allows to this key")
    llm_tpm: TokensPerMinute = Field(200_000, description="Tokens a minute the provider allows to this key")
    llm_rpd: PerDay = Field(0, description="Requests a day the provider allows to this key; 0 is no limit")
    llm_tpd: PerDay = Field(0, description="Tokens a day the provider allows to this key; 0 is no limit")
    llm_prompt: Literal["full", "short"] = Field(
        "full",
        description="Form of the prompts of chat messages: short is below 500 tokens each, for small local models",
    )
    llm_batch_size: int = Field(20, ge=1, le=100, description="Most prompts in one request")
    llm_timeout_s: float = Field(30.0, gt=0, le=300, description="Deadline of one request, in seconds")
    llm_max_in_flight: int = Field(
        0, ge=0, le=MOST_IN_FLIGHT, description="Most requests in flight at a provider; 0 learns it from their time"
    )
    llm_stream: bool = Field(False, description="Stream answers, so that each message leaves as soon as it is written")
    llm_answer_format: Literal["auto", "json_schema", "tool", "json_object", "text"] = Field(
        "auto",
        description="How LLM_MODEL and LLM_ECONOMY_MODEL are asked for answers in a form; auto learns what they know",
    )
    llm_reasoning: Literal["auto", "none", "minimal", "low", "medium", "high"] = Field(
        "auto",
        description="How long LLM_MODEL and LLM_ECONOMY_MODEL think before they answer; auto is as little as possible",
    )
    llm_economy_model: str | None = Field(
        None,
        description="A cheaper model of the same provider that answers while a budget runs out; none if empty",
    )
    llm_economy_rpm: PerMinute = Field(500, description="Requests a minute the provider allows to the cheaper model")
    llm_economy_tpm: TokensPerMinute = Field(
        200_000, description="Tokens a minute the provider allows to the cheaper model"
    )
    llm_prices_file: Path | None = Field(
        None, description="TOML file of prices that extend those of `app/adapters/llm/prices.toml` and win over them"
    )

    llm_fallback_provider: Literal["openai", "groq"] | None = Field(
        None, description="The SDK of the provider that is asked when the first one cannot answer; openai if empty"
    )
    llm_fallback_url: str | None = Field(
        None, description="Base URL of the fallback's OpenAI-compatible server; the provider's own if empty"
    )
    llm_fallback_model: str | None = Field(
        None, validate_default=True, description="The fallback's model; without it there is no fallback"
    )
    llm_fallback_api_key: SecretStr | None = Field(
        None,
        description="Key of the fallback; if empty OPENAI_API_KEY or GROQ_API_KEY, but not with LLM_FALLBACK_URL",
    )
    llm_fallback_rpm: PerMinute = Field(500, description="Requests a minute the fallback allows to its key")
    llm_fallback_tpm: TokensPerMinute = Field(200_000, description="Tokens a minute the fallback allows to its key")
    llm_fallback_rpd: PerDay = Field(0, description="Requests a day the fallback allows to its key; 0 is no limit")
    llm_fallback_tpd: PerDay = Field(0, description="Tokens a day the fallback allows to its key; 0 is no limit")

    allowed_private_hosts: str | None = Field(
        None,
        description="Hosts that news feeds may be read from although their addresses are private or this machine's, "
        "comma separated, as in a feed's URL",
    )

    db_pool_size: int = Field(8, ge=1, le=100, description="Postgres connections a process keeps; 4 more may come")
    shards: int = Field(64, ge=1, le=1024, description="Number of tick queues; change only while no worker runs")
    dispatch_interval_s: float = Field(0.5, ge=0.25, le=5, description="Seconds between two dispatches of due bots")
    poll_timeout_s: int = Field(
        25, ge=0, le=50, description="Seconds a getUpdates call waits for news; 0 asks in pauses of up to 5 s"
    )

    web_host: str = Field("127.0.0.1", description="Address the admin listens on")
    web_port: int = Field(8080, ge=0, le=65535, description="Port of the admin")
    flower_port: int = Field(5555, ge=0, le=65535, description="Port of Flower")
    public_url: str | None = Field(
        None, description="The admin's address as a browser sees it; https turns Secure cookies on"
    )
    trusted_proxies: int = Field(
        0, ge=0, le=5, description="Reverse proxies in front of the admin whose X-Forwarded-* count"
    )
    metrics_port: int = Field(
        0, ge=0, le=65535, description="Port on which a worker or the poller serves its own /metrics; 0 turns it off"
    )
    metrics_host: str = Field("127.0.0.1", description="Address on which a worker or the poller serves its /metrics")
    var_dir: Path = Field(Path("var"), description="Where `chorus up` keeps data, keys and logs")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="Least severe line to log")
    log_format: Literal["console", "json"] = Field("console", description="Log lines for people or for machines")

    _check_texts = field_validator("*", mode="before")(check_setting)

    @field_validator("database_url")
    @classmethod
    def _check_database(cls, url: str) -> str:
        return read_address(url).url

    @field_validator("broker_url", "cache_url")
    @classmethod
    def _check_redis(cls, url: str, info: ValidationInfo) -> str:
        kinds = ("redis://", "rediss://") if info.field_name == "broker_url" else ("redis://", "rediss://", "unix://")
        if not url.startswith(kinds):
            raise ValueError("must look like redis://:password@host:6379/0")
        return url

    @field_validator(
        "telegram_url", "telegram_proxy", "llm_url", "llm_fallback_url", "sandbox_control_url", "public_url"
    )
    @classmethod
    def _check_http(cls, url: str | None) -> str | None:
        if url is not None and not url.startswith(("http://", "https://")):
            raise ValueError("must start with http:// or https://")
        return url.rstrip("/") if url else None

    @field_validator("llm_url", "llm_fallback_url")
    @classmethod
    def _check_base(cls, url: str | None, info: ValidationInfo) -> str | None:
        try:
            if url is not None:
                check_url(str(info.field_name), url)
        except InvalidInput as error:
            raise ValueError(error.message) from None
        return url

    @field_validator("llm_fallback_model")
    @classmethod
    def _check_fallback(cls, model: str | None, info: ValidationInfo) -> str | None:
        if model is None and (info.data.get("llm_fallback_provider") or info.data.get("llm_fallback_url")):
            raise ValueError("must name a model when LLM_FALLBACK_PROVIDER or LLM_FALLBACK_URL is set")
        return model

    @field_validator("llm_economy_model")
    @classmethod
    def _check_economy(cls, model: str | None, info: ValidationInfo) -> str | None:
        if model is not None and model == info.data.get("llm_model"):
            raise ValueError("must be another model than LLM_MODEL, a cheaper one; leave it empty to have none")
        return model

    @field_validator("llm_prices_file")
    @classmethod
    def _check_prices(cls, path: Path | None) -> Path | None:
        if path is not None and not path.is_file():
            raise ValueError(f"{path} is no file; name a TOML file of the form of app/adapters/llm/prices.toml")
        return path

    @field_validator("encryption_keys")
    @classmethod
    def _check_keys(cls, value: SecretStr) -> SecretStr:
        for key in value.get_secret_value().split(","):
            try:
                Fernet(key.strip())
            except ValueError:
                raise ValueError(
                    "must be Fernet keys (32 url-safe base64 bytes each), comma separated; make one with "
                    "`python -c 'from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())'`"
                ) from None
        return value

    @property
    def private_hosts(self) -> frozenset[str]:
        """The hosts of `allowed_private_hosts`, in lower case."""
        return frozenset(host.strip().lower() for host in (self.allowed_private_hosts or "").split(",") if host.strip())

    @property
    def llm_api_key(self) -> SecretStr | None:
        """The key that belongs to `llm_provider`."""
        return self._key_of(self.llm_provider)

    @property
    def llm_fallback_key(self) -> SecretStr | None:
        """The fallback's key. A provider's key is never sent to another address than that provider's own."""
        if self.llm_fallback_api_key or self.llm_fallback_url:
            return self.llm_fallback_api_key
        return self._key_of(self.llm_fallback_provider or "openai")

    @property
    def secrets(self) -> list[str]:
        """Every value that no log may hold: keys, one by one, and passwords of the servers."""
        values = [value for value in dict(self).values() if isinstance(value, SecretStr)]
        urls = (self.broker_url, self.cache_url, self.telegram_proxy)
        passwords = [unquote(urlsplit(url).password or "") for url in urls if url]
        passwords += read_address(self.database_url).secrets
        return [part.strip() for value in values for part in value.get_secret_value().split(",")] + passwords

    def _key_of(self, provider: str) -> SecretStr | None:
        return self.groq_api_key if provider == "groq" else self.openai_api_key

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The order of precedence: arguments, the environment, `NAME_FILE`, `.env`."""
        return init_settings, env_settings, FileSource(settings_cls), dotenv_settings

    @classmethod
    def from_env(cls, **overrides: Any) -> Settings:
        """The settings of this process; `overrides` win over the environment.

        Raises ConfigError with one line a problem. No value of a variable is ever part of it.
        """
        unreadable = unreadable_files(cls.model_fields.keys() - overrides.keys(), cls.model_config.get("env_file"))
        try:
            settings = cls(**overrides)
        except ValidationError as error:
            found = [problem for problem in error.errors() if _name(problem) not in unreadable]
            raise ConfigError([*unreadable.values(), *map(_describe, found)]) from None
        if unreadable:
            raise ConfigError(list(unreadable.values()))
        return settings


def _name(problem: Any) -> str:
    return str(problem["loc"][0]) if problem["loc"] else "settings"


def _describe(problem: Any) -> str:
    """One line: the variable's name, what is wrong, and what the value should look like."""
    name = _name(problem)
    field = Settings.model_fields.get(name)
    wanted = f" ({field.description})" if field and field.description else ""
    message = "is missing" if problem["type"] == "missing" else problem["msg"].removeprefix("Value error, ")
    return f"{name.upper()}: {message}{wanted}"
