"""What a provider's error is about: one word for its kind.

Structured codes decide before statuses, statuses before words: Scaleway calls a limit of the minute "INSUFFICIENT
QUOTA", and Gemini names "billing details" in each 429.
"""

from __future__ import annotations

import re

from app.adapters.llm.problems import Problem
from app.domain.errors import LLMFault

FAULT_CODES: dict[LLMFault, str] = {
    "money": "insufficient_quota usage_limit_reached billing_hard_limit_reached billing_not_active "
    "insufficient_balance insufficient_credits insufficient_funds payment_required billing_error "
    "credit_balance_too_low account_deactivated arrearage exceeded_current_quota_error",
    "context": "context_length_exceeded exceed_context_size_error context_window_exceeded "
    "contextwindowexceedederror string_above_max_length prompt_too_long",
    "content": "content_filter content_policy_violation responsibleaipolicyviolation invalid_prompt "
    "contentpolicyviolationerror data_inspection_failed moderation_blocked safety",
    "model": "model_not_found model_not_available model_decommissioned deploymentnotfound invalid_model "
    "model_not_supported modelnotfound model_terms_required model_permission_blocked_org",
    "key": "invalid_api_key authentication_error invalid_authentication incorrect_api_key unauthenticated "
    "permission_denied invalid_authentication_error autherror",
    "minute": "rate_limit_exceeded rate_limit_error resource_exhausted requests_limit tokens_limit "
    "rate_limit_reached_error too_many_requests ratelimiterror",
    "overloaded": "overloaded_error overloaded engine_overloaded engine_overloaded_error server_error "
    "unavailable_error service_unavailable unavailable internal_error internal_server_error api_error "
    "capacity_exceeded server_overloaded",
}
"""Codes and types of OpenAI, Anthropic, Groq, Gemini, Mistral, Moonshot, Alibaba, LiteLLM and llama.cpp."""

CODES: dict[str, LLMFault] = {code: fault for fault, codes in FAULT_CODES.items() for code in codes.split()}

CONTEXT = re.compile(
    r"maximum context length|context length exceeded|context[_ ]length|context size|context window|available context"
    r"|prompt is too long|input is too long|too many (?:input )?tokens|exceeds the (?:model'?s? )?(?:max|context)"
    r"|reduce the length|please shorten|request too large|input token count"
)
TOO_LARGE = re.compile(r"request too large|tokens must be reduced")
"""Beyond a whole minute's tokens: waiting does not help."""

CONTENT = re.compile(
    r"content[_ ](?:filter|policy|management)|flagged|moderation|safety (?:system|reasons|filter)|inappropriate"
    r"|usage polic|blocked by"
)
MODEL = re.compile(
    r"model\b[^.]{0,120}(?:not found|does not exist|doesn't exist|not exist|decommissioned|not available"
    r"|no longer (?:available|supported)|is not supported)|(?:unknown|invalid|no such) model|no (?:endpoints|models?) "
    r"(?:found|loaded)|not a valid model"
)
MONEY = re.compile(
    r"credit balance|insufficient (?:balance|credits?|funds)|out of credits|no credits"
    r"|balance is (?:too low|not enough)"
    r"|add (?:more )?credits|requires more credits|payment (?:required|method)|top up|recharge|unpaid|overdue"
)
DAY = re.compile(r"per[ _-]?day|\bdaily\b|\brpd\b|\btpd\b|perday|a day\b|for today|24 ?h(?:ours?)?\b|per[ _-]?month")
LOADING = re.compile(r"loading model|model is (?:currently )?loading|overloaded|over capacity|at capacity|high demand")
KEY = re.compile(r"api[ _-]?key|unauthori[sz]ed|authenticat|credentials")

BY_STATUS: dict[int, LLMFault] = {401: "key", 402: "money", 403: "key", 404: "model", 413: "context", 429: "minute"}
BUSY_STATUSES = frozenset({408, 409, 425})


def find_fault(problem: Problem) -> LLMFault:
    """Returns what an error is about; "overloaded" when nothing tells: another try may help and blames no prompt."""
    by_code = next((CODES[code] for code in problem.codes if code in CODES), None)
    if by_code in {"minute", "overloaded", None}:
        return _by_status(problem, by_code)
    return by_code


def _by_status(problem: Problem, by_code: LLMFault | None) -> LLMFault:
    """Judges by status and words. A limit and a general code such as `server_error` are looked at more closely."""
    status, words = problem.status, problem.words
    if TOO_LARGE.search(words) if status == 429 else CONTEXT.search(words) and status not in BY_STATUS.keys() - {413}:
        return "context"
    if status == 429 or by_code == "minute":
        return _limit_of(words)
    if status == 403 and CONTENT.search(words):
        return "content"
    if status is not None and 400 <= status < 500 and status not in BUSY_STATUSES:
        return BY_STATUS[status] if status in {401, 402, 403} else _refusal_of(status, words)
    if by_code is None and status is None:
        return _unknown_of(words)
    return "overloaded"


def _limit_of(words: str) -> LLMFault:
    if MONEY.search(words):
        return "money"
    return "day" if DAY.search(words) else "minute"


def _refusal_of(status: int, words: str) -> LLMFault:
    """Judges a refusal by its words: Anthropic says with 400 that money is gone, Ollama that a model is missing."""
    if MONEY.search(words):
        return "money"
    if MODEL.search(words):
        return "model"
    if CONTENT.search(words):
        return "content"
    if LOADING.search(words):
        return "overloaded"
    if status == 400 and KEY.search(words) and "valid" in words:
        return "key"
    return BY_STATUS.get(status, "rejected")


def _unknown_of(words: str) -> LLMFault:
    """Judges an error without status and known code, as Ollama's texts within a stream."""
    if MONEY.search(words):
        return "money"
    if MODEL.search(words):
        return "model"
    return "overloaded"
