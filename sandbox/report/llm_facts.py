"""The facts of a run from the LLM sandbox's journal."""

from collections.abc import Iterable
from dataclasses import dataclass

from sandbox.report.telegram_facts import Event, PersonMessage, SandboxAccount


@dataclass(frozen=True)
class Target:
    """The message that one prompt of a request answers, and the persona it is for."""

    message_id: str
    text: str
    persona: str


@dataclass(frozen=True)
class LlmRequest:
    """A request that arrived at `t0` (unix seconds)."""

    t0: float
    status: int
    prompts: int
    targets: tuple[Target, ...]

    @property
    def accepted(self) -> bool:
        return self.status == 200


def read_llm_requests(events: Iterable[Event]) -> list[LlmRequest]:
    """Returns the requests in a journal by their arrival; other events are skipped."""
    requests = [_read_request(event) for event in events if event.get("event") == "request"]
    return sorted(requests, key=lambda request: request.t0)


class RequestIndex:
    """Finds the first request that contained a mention."""

    def __init__(self, requests: Iterable[LlmRequest], bots: Iterable[SandboxAccount]) -> None:
        self._arrivals: dict[tuple[str, str], list[tuple[float, str]]] = {}
        self._bot_names = {_plain(bot.name) for bot in bots}
        for request in requests:
            for target in request.targets:
                key = (target.message_id, _plain(target.text))
                self._arrivals.setdefault(key, []).append((request.t0, _plain(target.persona)))

    def first_arrival(self, mention: PersonMessage, bot: SandboxAccount | None) -> float | None:
        """Returns when the first request with `mention` (same id and text) for its bot arrived; None when none did.

        A prompt of another registered bot does not count; one whose persona has no registered bot's name does.
        """
        name = _plain(bot.name) if bot else ""
        for t0, persona in self._arrivals.get((str(mention.id), _plain(mention.text)), []):
            if t0 >= mention.t and (persona == name or persona not in self._bot_names):
                return t0
        return None


def _read_request(event: Event) -> LlmRequest:
    targets = (
        Target(str(target["target_id"]), target.get("target_text") or "", target.get("persona") or "")
        for target in event.get("targets") or ()
        if target.get("target_id") is not None
    )
    return LlmRequest(event["t0"], event["status"], event["prompts"], tuple(targets))


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())
