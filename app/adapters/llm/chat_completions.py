"""Chat completions with a JSON-schema answer, by the OpenAI or Groq SDK, with their own retries off."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import groq
import openai

from app.adapters.llm.call import Call
from app.adapters.llm.failures import name_nearest, translate_problem
from app.adapters.llm.model_names import ModelNames
from app.adapters.llm.profile import Profile, Wishes
from app.adapters.llm.rate_headers import read_groq, read_openai
from app.adapters.llm.readings import Reading
from app.adapters.llm.requests import build_request, streamed
from app.adapters.llm.transfer import Ends
from app.adapters.llm.wire import NO_KEY, ProblemMet, Response, Wire
from app.domain.errors import LLMError, LLMMalformed, Spent
from app.domain.ports import Allowance, CapabilityStore, Completion, Listener
from app.domain.prompting import estimate_tokens
from app.domain.prompting.token_rates import LONGEST_S
from app.domain.providers.ladder import MOST_STEPS

CONNECT_S = 5.0
"""Connect timeout in seconds: an address that drops packets is given up long before a slow answer is."""

SHORTEST_S = 0.1
"""Least wait for the socket, in seconds, of a request that follows another one of its call."""

SETTLED = frozenset({"key", "money", "minute", "day", "content"})
"""Faults that no other form of the request would cure."""

AllowanceReader = Callable[[Mapping[str, str]], tuple[Allowance, ...]]
"""Reads a provider's rate limits from a response's headers."""

ALLOWANCE_READERS: dict[str, AllowanceReader] = {"openai": read_openai, "groq": read_groq}
"""The same header names refer to the minute at OpenAI, and partly to the day at Groq."""


class ChatCompletions:
    """One model of one provider. Built once per process; the SDK's client pools connections and is thread-safe.

    `timeout_s` bounds a call from its start to the last byte of the answer, once the headers have come; until
    then it bounds each wait for the socket. A streamed answer of a server nearby may take longer as long as it grows.
    """

    def __init__(
        self,
        client: openai.OpenAI | groq.Groq,
        provider: str,
        model: str,
        timeout_s: float,
        read_allowances: AllowanceReader,
        profile: Profile | None = None,
    ) -> None:
        self._client: Any = client
        self._wire = Wire(client)
        self._names = ModelNames(client)
        self._timeout_s = timeout_s
        self._read_allowances = read_allowances
        self._profile = profile or Profile(str(client.base_url), model)
        self.provider = provider
        self.model = model
        self.server = self._profile.server

    def close(self) -> None:
        """Closes its connections."""
        self._client.close()

    def complete(
        self,
        messages: Sequence[Mapping[str, str]],
        schema: Mapping[str, Any],
        max_tokens: int,
        listen: Listener | None = None,
        timeout_s: float | None = None,
    ) -> Completion:
        """Makes a request, and as many more as it takes to find a form that the server knows and room for thoughts.

        A refused field or feature is left out at once and from then on; an answer that was all thought is asked for
        again with more room, twice at most and while there is time. `max_tokens` is the answer's part. Raises
        LLMRateLimited, LLMUnavailable, LLMRejected, LLMMalformed, and errors of `listen`. Where the server does not
        stream, `listen` gets the whole answer once. The call ends after `timeout_s`, by default the client's own.
        """
        ends_at = time.monotonic() + (timeout_s or self._timeout_s)
        known, near = self._profile.read(), self._profile.is_near
        call = Call(messages, schema, max_tokens, listen, known, ends_at, bounds_texts=near)
        try:
            while True:
                response = self._ask(call)
                if response is not None and self._is_answered(call, response.reading):
                    return self._complete(call, response)
        except LLMError as error:
            error.spent = call.spent_with(error.spent)
            raise

    def _ask(self, call: Call) -> Response | None:
        """Makes one request; None when it was refused for its form and the next one has another.

        An answer whose form the provider itself found wrong is an answer: Groq's `failed_generation`.
        """
        listen = call.listen if call.known.streams else None
        bound = call.max_tokens if call.is_bounded else 0
        fields = self._profile.fields(call.known)
        request = build_request(self.model, call.messages, call.schema, call.limit, call.known, fields, bound)
        call.begin(request)
        if listen is not None:
            request = streamed(request, call.known)
        if call.requests > 1 or call.left_s > self._timeout_s:
            request = {**request, "timeout": max(SHORTEST_S, call.left_s)}
        try:
            return self._wire.ask(request, self._ends(call), listen)
        except ProblemMet as met:
            if met.problem.draft is not None and not met.heard:
                return self._take_draft(met.problem.draft, listen)
            if met.heard or not self._step_down(call, met, request):
                raise self._final(call, met) from None
            return None

    def _ends(self, call: Call) -> Ends:
        """Returns when a request ends: an answer that grows on a server nearby, however slowly, is waited for."""
        if call.listen is None or not self._profile.is_near:
            return Ends.fixed(call.ends_at)
        return Ends(call.ends_at, max(call.ends_at, time.monotonic() + LONGEST_S))

    def _step_down(self, call: Call, met: ProblemMet, request: Mapping[str, Any]) -> bool:
        """Leaves out what the refusal names; False when it names nothing, or no step or time is left."""
        if call.left_s <= 0 or call.steps >= MOST_STEPS:
            return False
        if met.error.fault == "context":
            return call.give_up_room()
        if met.error.fault in SETTLED:
            return False
        lower = self._profile.step_down(call.known, met.problem, request, call.limit)
        if lower is None:
            return False
        call.step(lower, met.problem.sentence)
        return True

    def _final(self, call: Call, met: ProblemMet) -> LLMError:
        """Returns the error of a refusal that nothing cures here."""
        if met.error.fault == "model":
            return name_nearest(met.error, self._names.nearest(self.model))
        if met.error.fault == "rejected" and self._profile.blames_format(call.known, met.problem):
            return translate_problem(met.problem, "format")
        return met.error

    def _take_draft(self, draft: str, listen: Listener | None) -> Response:
        if listen is not None:
            listen(draft)
        return Response(Reading(content=draft, model=self.model, finish_reason="stop"), {})

    def _is_answered(self, call: Call, reading: Reading) -> bool:
        """Learns from an answer; False when it was all thought and is asked for again with more room.

        Raises LLMMalformed when no room is enough.
        """
        self._profile.learn(call.learn(reading, self._profile.quiets(call.known)), call.reason)
        if not reading.only_thought:
            return True
        call.waste(reading)
        if call.raise_limit():
            return False
        raise LLMMalformed(
            f"The model thinks {call.thought} tokens and leaves none for the answer: "
            "set LLM_REASONING=none, or another model.",
            "thinking",
        )

    def _complete(self, call: Call, response: Response) -> Completion:
        """Converts the answer to a Completion. Tokens that the server did not count are estimated (bytes / 4).

        The tokens of requests of this call that brought nothing are part of its counts: they are billed, too.
        """
        reading = response.reading
        tokens_in = reading.tokens_in or estimate_tokens(call.messages)
        try:
            text = reading.require_text()
        except LLMError as error:
            error.spent = Spent(tokens_in, reading.tokens_out, reading.tokens_cached)
            raise
        if call.listen is not None and not call.known.streams:
            call.listen(text)
        written = reading.tokens_out or math.ceil(len(text.encode("utf-8", "replace")) / 4) + reading.tokens_reasoning
        total = call.spent_with(Spent(tokens_in, written, reading.tokens_cached)) or Spent(0, 0)
        return Completion(
            text=text,
            model=reading.model,
            tokens_in=total.tokens_in,
            tokens_out=total.tokens_out,
            truncated=reading.truncated,
            tokens_cached=total.tokens_cached,
            tokens_reasoning=reading.tokens_reasoning + call.wasted_thoughts,
            tokens_wasted=call.spent.tokens_in + call.spent.tokens_out if call.spent else 0,
            allowances=self._read_allowances(response.headers),
        )


def build_client(
    provider: str,
    model: str,
    key: str | None,
    url: str | None,
    timeout_s: float,
    store: CapabilityStore | None = None,
    wishes: Wishes | None = None,
    name: str = "",
) -> ChatCompletions:
    """Builds a client by the SDK of `provider` (openai or groq), for any compatible `url`; `timeout_s` bounds a call.

    What the model is seen to take is kept in `store`; `wishes` are what the operator fixed. The provider's `name` in
    the ledger is by default that of the SDK.
    """
    api_key = key or NO_KEY
    connect_s = min(CONNECT_S, timeout_s)
    client: openai.OpenAI | groq.Groq
    if provider == "groq":
        wait = groq.Timeout(timeout_s, connect=connect_s)
        client = groq.Groq(api_key=api_key, base_url=url, timeout=wait, max_retries=0)
    else:
        client = openai.OpenAI(
            api_key=api_key, base_url=url, timeout=openai.Timeout(timeout_s, connect=connect_s), max_retries=0
        )
    profile = Profile(str(client.base_url), model, store, wishes)
    return ChatCompletions(client, name or provider, model, timeout_s, ALLOWANCE_READERS[provider], profile)
