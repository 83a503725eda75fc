"""Single requests through an SDK: its client pools connections, and its own retries are off."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import groq
import openai

from app.adapters.llm.failures import SDK_ERRORS, WIRE_ERRORS, translate
from app.adapters.llm.problems import Problem, ProblemAnswered, read_problem
from app.adapters.llm.readings import Reading, read_chunks, read_whole
from app.adapters.llm.transfer import Deadline, Ends, read_past_done
from app.domain.errors import LLMError, LLMMalformed, LLMUnavailable
from app.domain.ports import Listener

NO_KEY = "no-key-needed"
"""Key for servers without keys (Ollama, vLLM, llama.cpp): the SDKs refuse an empty one."""

STREAM = "text/event-stream"


class ProblemMet(Exception):
    """The provider said what is wrong; `error` is our error for it, `heard` whether a listener got a part before."""

    def __init__(self, problem: Problem, error: LLMError, heard: bool = False) -> None:
        self.problem = problem
        self.error = error
        self.heard = heard
        super().__init__(str(error))


@dataclass(frozen=True, slots=True)
class Response:
    """What a request brought, and its headers."""

    reading: Reading
    headers: Mapping[str, str]


class Wire:
    """Makes requests with one key. What it raises holds neither the key nor the prompt."""

    def __init__(self, client: openai.OpenAI | groq.Groq) -> None:
        self.client: Any = client
        self._secrets = tuple(key for key in (client.api_key,) if key and key != NO_KEY)

    def ask(self, request: Mapping[str, Any], ends: Ends, listen: Listener | None = None) -> Response:
        """Makes one request, with `listen` a streamed one.

        Raises ProblemMet when the provider said what is wrong, else LLMUnavailable or LLMMalformed; and errors of
        `listen`.
        """
        prompt = "\n".join(str(message.get("content") or "") for message in request["messages"])
        with self._open(request, ends, prompt) as (response, deadline):
            if listen is not None and STREAM in response.headers.get("content-type", STREAM):
                reading = self._hear(response, listen, prompt, deadline)
            else:
                with self._translating(prompt):
                    reading = read_whole(response.parse() if listen is None else _read_instead(response))
                if listen is not None and reading.text:
                    listen(reading.text)
        return Response(reading, response.headers)

    def _hear(self, response: Any, listen: Listener, prompt: str, deadline: Deadline) -> Reading:
        """Reads a stream; tells the listener of the text each time it grew."""
        reading, heard = Reading(), ""
        read_past_done(response.http_response)
        try:
            for reading in self._chunks(response, prompt):
                deadline.grew()
                text = reading.text or ""
                if len(text) > len(heard) and text.startswith(heard):
                    heard = text
                    listen(text)
        except ProblemMet as met:
            raise ProblemMet(met.problem, met.error, bool(heard)) from None
        return reading

    @contextmanager
    def _open(self, request: Mapping[str, Any], ends: Ends, prompt: str) -> Iterator[tuple[Any, Deadline]]:
        """Yields the SDK's response with its headers; read the body within the block, before the deadline."""
        with ExitStack() as stack:
            with self._translating(prompt):
                create = self.client.chat.completions.with_streaming_response.create
                response = stack.enter_context(create(**request))
            deadline = stack.enter_context(Deadline(response.http_response, ends))
            try:
                yield response, deadline
            except LLMError:
                if not deadline.passed:
                    raise
                raise LLMUnavailable("The provider did not finish its answer in time.", "slow") from None

    @contextmanager
    def _translating(self, prompt: str) -> Iterator[None]:
        """Translates errors of the SDKs and their HTTP libraries."""
        try:
            yield
        except (*SDK_ERRORS, *WIRE_ERRORS, ProblemAnswered) as error:
            raise self._met(error, prompt) from None
        except (ValueError, RecursionError):
            raise LLMMalformed("The provider's answer is not JSON, or is nested too deep.") from None

    def _chunks(self, response: Any, prompt: str) -> Iterator[Reading]:
        """Yields the readings of a stream and translates its errors, but not those a listener raises in between."""
        with self._translating(prompt):
            yield from read_chunks(response.parse())

    def _met(self, error: Exception, prompt: str) -> Exception:
        problem = read_problem(error, self._secrets, prompt)
        ours = translate(error, problem)
        told = problem.status is not None or problem.codes or problem.sentence
        return ProblemMet(problem, ours) if told else ours


def _read_instead(response: Any) -> Any:
    """Returns what came in place of a stream: a whole answer or an error, as JSON, or the text of a web page."""
    return response.json() if "json" in response.headers.get("content-type", "") else response.text()
