"""What a provider refuses of a request before it looks at limits: fields, formats, tools, names of models, length."""

from collections.abc import Mapping
from typing import Any

from sandbox.llm.chat_requests import ChatRequest
from sandbox.llm.errors import ApiError, say
from sandbox.llm.providers import Provider
from sandbox.llm.reasoning import thinks


def check_body(body: Mapping[str, Any], provider: Provider) -> None:
    """Raises ApiError for a field that the provider refuses or, where it knows what it knows, does not know."""
    sent = [name for name, value in body.items() if value is not None]
    for name in sent:
        if name in provider.refuses:
            kind = "refused_max_tokens" if name == "max_tokens" else "refused_field"
            raise say(provider.words, kind, field=name, value=body[name], model=str(body.get("model")))
    for name in sent:
        if provider.refuses_unknown and name not in provider.known_fields:
            raise say(provider.words, "unknown_field", field=name, value=body[name])
    efforts = provider.reasoning.efforts
    effort = body.get("reasoning_effort")
    if effort is not None and efforts and effort not in efforts:
        raise say(provider.words, "effort_refused", value=str(effort), values=", ".join(f"'{one}'" for one in efforts))


def check_request(request: ChatRequest, provider: Provider) -> None:
    """Raises ApiError for a model name, format, tool or length that the provider does not take."""
    if not provider.any_model and request.model not in provider.models:
        raise say(provider.words, "model_unknown", model=request.model)
    if request.format == "json_schema" and provider.json_schema == "refused":
        raise say(provider.words, "schema_refused", model=request.model)
    if request.format == "json_object":
        _check_object(request, provider)
    if request.tools and provider.tools == "refused":
        raise say(provider.words, "tools_refused", model=request.model)
    if request.tool_forced and not provider.forced_tool_while_thinking and thinks(request, provider.reasoning):
        raise say(provider.words, "forced_tool_refused", model=request.model)
    if error := _too_long(request, provider):
        raise error


def _check_object(request: ChatRequest, provider: Provider) -> None:
    if provider.json_object == "refused":
        raise say(provider.words, "object_refused", model=request.model)
    if provider.needs_json_word and "json" not in request.prompt.lower():
        raise say(provider.words, "json_word")


def _too_long(request: ChatRequest, provider: Provider) -> ApiError | None:
    """Returns the refusal of a prompt that does not fit the context; vLLM counts the allowance of the answer, too."""
    if not provider.context:
        return None
    asked = request.max_tokens or 0
    total = request.prompt_tokens + (asked if provider.words == "vllm" else 0)
    if total <= provider.context:
        return None
    return say(
        provider.words,
        "context_exceeded",
        context=provider.context,
        tokens=request.prompt_tokens,
        asked=asked,
        total=total,
    )
