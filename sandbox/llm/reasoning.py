"""What a model thinks before it answers: how many tokens, and the text of them where it is shown."""

import random

from sandbox.llm.chat_requests import ChatRequest
from sandbox.llm.providers import Reasoning
from sandbox.llm.tokens import cut_to_tokens

VARIATION = 0.2
"""A request's thinking is this share longer or shorter than usual, at most."""

MORE_ITEMS = 0.15
"""Each further item of a request adds this share of one item's thinking."""

THOUGHT = (
    "The user wants a message in the persona's voice. Let me look at the chat first. The target asks something, so the "
    'answer should take that up. It must stay short. Perhaps {"items": []} is the form. Wait, the rules say one text '
    "for every item, and no promises. Let me think about the tone again. "
)
"""Repeated as often as needed; it holds a piece of JSON, as real thinking does."""


def thinks(request: ChatRequest, reasoning: Reasoning) -> bool:
    """Whether the model thinks before it answers this request."""
    return _share(request, reasoning) > 0


def count_thought(request: ChatRequest, reasoning: Reasoning, rng: random.Random) -> int:
    """Returns the tokens that the model wants to think; the allowance of the request may cut them."""
    share = _share(request, reasoning) * rng.uniform(1 - VARIATION, 1 + VARIATION)
    return round(reasoning.tokens * share * (1 + MORE_ITEMS * (request.prompts - 1)))


def write_thought(tokens: int) -> str:
    """Returns thinking of `tokens` tokens."""
    return cut_to_tokens(THOUGHT * (1 + tokens * 4 // len(THOUGHT)), tokens)


def is_hidden(request: ChatRequest, reasoning: Reasoning) -> bool:
    """Whether the request asks for the thinking to be left out of the answer."""
    wishes = request.body
    exclude = isinstance(wishes.get("reasoning"), dict) and wishes["reasoning"].get("exclude") is True
    return (
        ("include_reasoning" in reasoning.hiders and wishes.get("include_reasoning") is False)
        or ("reasoning_format" in reasoning.hiders and wishes.get("reasoning_format") == "hidden")
        or ("reasoning" in reasoning.switches and exclude)
    )


def _share(request: ChatRequest, reasoning: Reasoning) -> float:
    """Returns the factor on the usual thinking that the request's switches and effort ask for."""
    body, wish = request.body, request.body.get("reasoning")
    if not reasoning.tokens or any(_is_off(body.get(name), name) for name in reasoning.switches):
        return 0.0
    extra = body.get("chat_template_kwargs")
    if "enable_thinking" in reasoning.switches and isinstance(extra, dict) and extra.get("enable_thinking") is False:
        return 0.0
    effort = body.get("reasoning_effort")
    if effort is None and "reasoning" in reasoning.switches and isinstance(wish, dict):
        effort = wish.get("effort")
    return reasoning.efforts.get(str(effort), 1.0)


def _is_off(value: object, name: str) -> bool:
    if not isinstance(value, dict):
        return False
    return value.get("type") == "disabled" if name == "thinking" else value.get("enabled") is False
