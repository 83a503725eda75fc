"""Chat completions with a JSON-schema answer, by the OpenAI or Groq SDK, with their own retries off."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

import groq
import openai

from app.adapters.llm.failures import SDK_ERRORS, WIRE_ERRORS, refuses_to_stream, translate
from app.adapters.llm.rate_headers import read_groq, read_openai
from app.adapters.llm.readings import Reading, read_chunks, read_whole
from app.adapters.llm.transfer import Deadline, read_past_done
from app.domain.errors import LLMError, LLMMalformed, LLMUnavailable
from app.domain.ports import Allowance, Completion, Listener
from app.domain.prompting import estimate_tokens

NO_KEY = "no-key-needed"
"""Key for servers without keys (Ollama, vLLM, llama.cpp): the SDKs refuse an empty one."""

CONNECT_S = 5.0
"""Connect timeout in seconds: an address that drops packets is given up long before a slow answer is."""

STREAMED = {"stream": True, "extra_body": {"stream_options": {"include_usage": True}}}
"""The options go in `extra_body` for both: Groq's API takes them, but its SDK has no parameter."""

AllowanceReader = Callable[[Mapping[str, str]], tuple[Allowance, ...]]
"""Reads a provider's rate limits from a response's headers."""

ALLOWANCE_READERS: dict[str, AllowanceReader] = {"openai": read_openai, "groq": read_groq}
"""The same header names refer to the minute at OpenAI, and partly to the day at Groq."""


class ChatCompletions:
    """One model of one provider. Built once per process; the SDK's client pools connections and is thread-safe.

    `timeout_s` bounds a request from its start to the last byte of the answer, once the headers have come; until
    then it bounds each wait for the socket.
    """

    def __init__(
        self,
        client: openai.OpenAI | groq.Groq,
        provider: str,
        model: str,
        timeout_s: float,
        read_allowances: AllowanceReader,
    ) -> None:
        self._client: Any = client
        self._timeout_s = timeout_s
        self._read_allowances = read_allowances
        self._streams = True
        self.provider = provider
        self.model = model

    def complete(
        self,
        messages: Sequence[Mapping[str, str]],
        schema: Mapping[str, Any],
        max_tokens: int,
        listen: Listener | None = None,
    ) -> Completion:
        """Makes one request. Raises LLMRateLimited, LLMUnavailable, LLMRejected, LLMMalformed, and errors of `listen`.

        If the server refuses to stream (at no cost), retries once without streaming and stops streaming for good;
        `listen` then gets the whole answer once.
        """
        request = self._describe(messages, schema, max_tokens)
        if listen is None:
            return self._fetch(request)
        if self._streams:
            with suppress(_StreamingRefused):
                return self._stream(request, listen)
        completion = self._fetch(request)
        self._streams = False
        listen(completion.text)
        return completion

    def _describe(
        self, messages: Sequence[Mapping[str, str]], schema: Mapping[str, Any], max_tokens: int
    ) -> dict[str, Any]:
        return {
            "model": self.model,
            "messages": list(messages),
            "max_completion_tokens": max_tokens,
            "response_format": {
                "type": "json_schema",
                "json_schema": {"name": "answers", "strict": True, "schema": dict(schema)},
            },
        }

    def _fetch(self, request: dict[str, Any]) -> Completion:
        with self._open(request) as response, _translating():
            reading = read_whole(response.parse())
        return self._complete(reading, request, response.headers)

    def _stream(self, request: dict[str, Any], listen: Listener) -> Completion:
        reading, heard = Reading(), 0
        with self._open(request | STREAMED) as response:
            read_past_done(response.http_response)
            for reading in read_chunks(_translated(response.parse())):
                text = reading.text or ""
                if len(text) > heard:
                    heard = len(text)
                    listen(text)
        return self._complete(reading, request, response.headers)

    @contextmanager
    def _open(self, request: dict[str, Any]) -> Iterator[Any]:
        """Yields the SDK's response with its headers; read the body within the block, before the deadline."""
        ends_at = time.monotonic() + self._timeout_s
        with ExitStack() as stack:
            with _translating("stream" in request):
                response = stack.enter_context(self._client.chat.completions.with_streaming_response.create(**request))
            deadline = stack.enter_context(Deadline(response.http_response, ends_at - time.monotonic()))
            try:
                yield response
            except LLMError:
                if not deadline.passed:
                    raise
                raise LLMUnavailable("The provider did not finish its answer in time.", "slow") from None

    def _complete(self, reading: Reading, request: dict[str, Any], headers: Mapping[str, str]) -> Completion:
        """Converts the answer to a Completion. Tokens that the server did not count are estimated (bytes / 4)."""
        text = reading.require_text()
        return Completion(
            text=text,
            model=reading.model,
            tokens_in=reading.tokens_in or estimate_tokens(request["messages"]),
            tokens_out=reading.tokens_out or math.ceil(len(text.encode("utf-8", "replace")) / 4),
            truncated=reading.finish_reason == "length",
            tokens_cached=reading.tokens_cached,
            allowances=self._read_allowances(headers),
        )


def build_client(provider: str, model: str, key: str | None, url: str | None, timeout_s: float) -> ChatCompletions:
    """Builds the client of `provider` (openai or groq), for any compatible `url`; `timeout_s` bounds a request."""
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
    return ChatCompletions(client, provider, model, timeout_s, ALLOWANCE_READERS[provider])


class _StreamingRefused(Exception):
    """The server answers, but refuses to stream."""


@contextmanager
def _translating(streamed: bool = False) -> Iterator[None]:
    """Translates errors of the SDKs and their HTTP libraries into ours, or into _StreamingRefused."""
    try:
        yield
    except (*SDK_ERRORS, *WIRE_ERRORS) as error:
        if streamed and refuses_to_stream(error):
            raise _StreamingRefused from None
        raise translate(error) from None
    except (ValueError, RecursionError):
        raise LLMMalformed("The provider's answer is not JSON, or is nested too deep.") from None


def _translated(chunks: Iterable[Any]) -> Iterator[Any]:
    """Yields the chunks of a stream and translates its errors, but not those a listener raises in between."""
    with _translating():
        yield from chunks
