"""Providers to imitate: what each enforces, refuses and ignores, how it spoils answers, its limits and its speed.

The data is `presets.toml`; a file of the same form adds further ones.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal, get_args

from sandbox.llm.fault_kinds import FaultKind
from sandbox.llm.limits import HeaderStyle, LimitPolicy

Enforcement = Literal["enforced", "ignored", "refused"]
Shown = Literal["hidden", "reasoning_content", "reasoning", "think_block", "channel_marks"]
Waits = Literal["seconds", "milliseconds", "date", "text", "none"]

OPENAI_FIELDS = frozenset(
    """
    model messages audio frequency_penalty function_call functions logit_bias logprobs max_completion_tokens max_tokens
    metadata modalities n parallel_tool_calls prediction presence_penalty prompt_cache_key reasoning_effort
    response_format safety_identifier seed service_tier stop store stream stream_options temperature tool_choice tools
    top_logprobs top_p user verbosity web_search_options
    """.split()
)
"""Fields of a chat completion: https://platform.openai.com/docs/api-reference/chat/create"""

DEFAULT_LIMITS = LimitPolicy(500, 200_000)
FIELD_OF_SWITCH = {"enable_thinking": "chat_template_kwargs"}


class PresetError(ValueError):
    """A preset that is unknown or of a wrong form; the text names it."""


@dataclass(frozen=True)
class Reasoning:
    """How a model thinks before it answers, inside the allowance of tokens.

    `tokens` are thought about one item when nothing is said; `efforts` are the accepted values of `reasoning_effort`,
    each with a factor on them. `switches` turn thinking off: `thinking` ({"type": "disabled"}), `enable_thinking` (in
    `chat_template_kwargs`), `reasoning` ({"enabled": false} or {"effort": …}). `hiders` only hide what was thought.
    """

    tokens: int = 0
    shown: Shown = "hidden"
    efforts: Mapping[str, float] = field(default_factory=dict)
    switches: tuple[str, ...] = ()
    hiders: tuple[str, ...] = ()


@dataclass(frozen=True)
class Speed:
    """`base_s` seconds before anything happens, then tokens a second of the prompt and of the answer (0: at once).

    Requests beyond `slots` (0: no bound) wait; `shared` slots share one processor, so that two take twice as long. The
    beginning of a prompt is not read again that the slot just had (`slot`), or any request with the key (`key`).
    """

    base_s: float = 0.3
    prefill_rate: float = 0.0
    decode_rate: float = 250.0
    slots: int = 0
    shared: bool = False
    cache: Literal["key", "slot"] = "key"


@dataclass(frozen=True)
class Provider:
    """One provider. `words` names whose error texts it uses (wordings.toml); `habits` are faults with their share of
    requests; `context` is the most tokens of prompt and answer, 0 without a bound.

    With `refuses_unknown` it refuses fields outside of `knows` (by default OpenAI's); those of `refuses` always.
    """

    name: str = "plain"
    about: str = "enforces everything, accepts every field and model name"
    sources: tuple[str, ...] = ()
    words: str = "openai"
    models: tuple[str, ...] = ("sandbox-large", "sandbox-small")
    any_model: bool = True
    json_schema: Enforcement = "enforced"
    json_object: Enforcement = "enforced"
    needs_json_word: bool = False
    tools: Enforcement = "enforced"
    forced_tool_while_thinking: bool = True
    knows: tuple[str, ...] = ()
    refuses: tuple[str, ...] = ()
    refuses_unknown: bool = False
    headers: HeaderStyle = "openai"
    waits: Waits = "seconds"
    habits: Mapping[FaultKind, float] = field(default_factory=dict)
    reasoning: Reasoning = Reasoning()
    limits: LimitPolicy = DEFAULT_LIMITS
    context: int = 0
    speed: Speed = Speed()

    @property
    def known_fields(self) -> frozenset[str]:
        """The fields that it accepts when it refuses unknown ones."""
        own = {FIELD_OF_SWITCH.get(name, name) for name in (*self.reasoning.switches, *self.reasoning.hiders)}
        return frozenset(self.knows or OPENAI_FIELDS) | own


PLAIN = Provider()


@cache
def built_in() -> Mapping[str, Provider]:
    """Returns the presets of `presets.toml`, by name."""
    return read_presets(files("sandbox.llm").joinpath("presets.toml").read_text("utf-8"))


def find_provider(name: str, more: Path | None = None) -> Provider:
    """Returns the preset `name`, of the file `more` or built in. Raises PresetError with the names there are."""
    known = dict(built_in()) | (read_presets(more.read_text("utf-8")) if more else {})
    if name not in known:
        raise PresetError(f"{name}: unknown; use one of {', '.join(known)}")
    return known[name]


def read_presets(text: str) -> dict[str, Provider]:
    """Parses presets from TOML. Raises PresetError for a wrong field or value."""
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise PresetError(f"not TOML: {error}") from None
    found: dict[str, Provider] = {}
    for name, table in tables.items():
        base = table.pop("extends", None)
        start = PLAIN if base is None else found.get(base) or built_in()[base]
        found[name] = _read(Provider, replace(start, name=name), table, name)
    return found


def _read(kind: type[Any], start: Any, table: Mapping[str, Any], place: str) -> Any:
    """Returns `start` with the fields of `table`, converted to what the dataclass holds."""
    unknown = sorted(set(table) - {one.name for one in fields(kind)})
    if unknown:
        raise PresetError(f"{place}.{unknown[0]}: unknown field")
    changes: dict[str, Any] = {}
    for name, value in table.items():
        part = getattr(start, name)
        if isinstance(part, Reasoning | Speed | LimitPolicy):
            changes[name] = _read(type(part), part, value, f"{place}.{name}")
        else:
            changes[name] = tuple(value) if isinstance(part, tuple) else value
    if wrong := sorted(set(changes.get("habits", ())) - set(get_args(FaultKind))):
        raise PresetError(f"{place}.habits.{wrong[0]}: unknown fault")
    return replace(start, **changes)
