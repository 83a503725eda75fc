"""The facts of a run from the LLM sandbox's journal."""

from collections.abc import Iterable
from dataclasses import dataclass

from sandbox.report.telegram_facts import Event, PersonMessage, SandboxAccount


@dataclass(frozen=True)
class Target:
    """The message that one prompt of a request answers, and the persona it is for; `message_id` may be unknown."""

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
        self._arrivals: dict[str, list[tuple[float, Target]]] = {}
        self._bot_names = {_plain(bot.name) for bot in bots}
        for request in requests:
            for target in request.targets:
                self._arrivals.setdefault(_plain(target.text), []).append((request.t0, target))

    def first_arrival(self, mention: PersonMessage, bot: SandboxAccount | None) -> float | None:
        """Returns when the first request with `mention` (same text, no other id) for its bot arrived; None for none.

        A prompt of another registered bot does not count; one whose persona has no registered bot's name does.
        """
        name = _plain(bot.name) if bot else ""
        for t0, target in self._arrivals.get(_plain(mention.text), []):
            persona, same = _plain(target.persona), target.message_id in {"", str(mention.id)}
            if same and t0 >= mention.t and (persona == name or persona not in self._bot_names):
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
