"""Translation of the SDKs' errors into ours, with the provider's sentence and what to do."""

from __future__ import annotations

from collections.abc import Sequence

import groq
import httpx
import httpx2
import openai

from app.adapters.llm.faults import find_fault
from app.adapters.llm.problems import Problem, ProblemAnswered
from app.domain.errors import LLMError, LLMFault, LLMMalformed, LLMRateLimited, LLMRejected, LLMUnavailable

SDK_ERRORS = (openai.OpenAIError, groq.GroqError)

WIRE_ERRORS = (httpx.HTTPError, httpx2.HTTPError)
"""Errors while reading a body, raised untranslated by the HTTP library: httpx under groq, httpx2 under openai."""

TIMEOUTS = (openai.APITimeoutError, groq.APITimeoutError, httpx.TimeoutException, httpx2.TimeoutException)

WAIT_S = 5.0
"""Seconds to wait for a limit of the minute when the provider names none."""

DAY_WAIT_S = 900.0
"""The same for a limit of the day, whose end is not known."""

REFUSALS: dict[LLMFault, str] = {
    "key": "refuses the key: check it on the Providers page, or OPENAI_API_KEY or GROQ_API_KEY (LLM_FALLBACK_API_KEY), "
    "and what it may do",
    "model": "does not know the model: check its name and address on the Providers page, or LLM_MODEL "
    "(LLM_ECONOMY_MODEL, LLM_FALLBACK_MODEL) and LLM_URL",
    "money": "says that no money is left: add credit at the provider, or list another one",
    "context": "says that the prompt is too long for the model: lower LLM_BATCH_SIZE or the setting prompt_tokens",
    "content": "will not answer this prompt for what it says",
    "format": "refuses the form of answers that was asked for: set LLM_ANSWER_FORMAT=auto, or take another model",
    "rejected": "refuses the request",
}
"""What the provider does, and the cure, by fault."""


def translate(error: Exception, problem: Problem) -> LLMError:
    """Returns our error for an SDK's; its text never holds the key or the prompt."""
    if isinstance(error, TIMEOUTS):
        return LLMUnavailable("The provider does not answer in time.", "slow")
    if problem.status is None and not isinstance(error, ProblemAnswered) and getattr(error, "body", None) is None:
        return LLMUnavailable(f"The provider does not answer: {type(error).__name__}.", "unreachable")
    page = isinstance(error, ProblemAnswered) and isinstance(error.body, str)
    return translate_problem(problem, "malformed" if page else None)


def translate_problem(problem: Problem, fault: LLMFault | None = None) -> LLMError:
    """Returns our error for what the provider said, of the kind that it is about, or of `fault`."""
    fault = fault or find_fault(problem)
    told = (fault, problem.sentence, problem.code)
    if fault in {"minute", "day"}:
        return LLMRateLimited(problem.wait_s or (WAIT_S if fault == "minute" else DAY_WAIT_S), *told)
    if fault in REFUSALS:
        return LLMRejected(f"The provider {REFUSALS[fault]}{_in_brackets(problem.code)}.", *told)
    if fault == "malformed":
        return LLMMalformed("The provider's answer is no chat completion: check LLM_URL.", *told)
    return LLMUnavailable(f"The provider cannot answer now{_in_brackets(problem.code)}.", *told)


def name_nearest(error: LLMError, names: Sequence[str]) -> LLMError:
    """Returns the error with the names of models that are most like the one it does not know."""
    if not names:
        return error
    text = str(error).split(" It says: ")[0]
    return LLMRejected(f"{text} Its models are called alike: {', '.join(names)}.", "model", error.sentence, error.code)


def _in_brackets(code: str) -> str:
    return f" ({code})" if code else ""
