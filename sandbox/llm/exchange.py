"""One request and its answer, as written to the journal."""

import hashlib
from dataclasses import dataclass, field
from typing import Any

from sandbox.journal import Journal
from sandbox.llm.chat_requests import ChatRequest
from sandbox.llm.engine import Work
from sandbox.llm.limits import Standing
from sandbox.llm.prompts import Item
from sandbox.llm.tokens import Usage

CLIENT_LEFT = 499

OUTCOME_OF_STATUS = {401: "key", 429: "limit", 499: "left", 500: "failed"}


@dataclass
class Exchange:
    """The data of one request so far. `t0` is its arrival in unix seconds; `status` is the one answered, or 499 when
    the connection ended before the answer did. `work` says what it took of the processor, `kind` why it was refused.
    """

    t0: float
    status: int = CLIENT_LEFT
    fingerprint: str | None = None
    request: ChatRequest | None = None
    fault: str | None = None
    usage: Usage | None = None
    standing: Standing | None = None
    habits: tuple[str, ...] = ()
    work: Work = field(default_factory=Work)
    kind: str | None = None
    finish: str | None = None
    error: str | None = field(default="the connection ended before the answer")

    def settle(self, status: int, error: str | None = None, kind: str | None = None) -> None:
        """Records the outcome of the request; `kind` is a word for what was wrong, if anything was."""
        self.status, self.error, self.kind = status, error, kind

    @property
    def outcome(self) -> str:
        """One word: `answered`, `cut` at its allowance, `left` by the client, or the kind of the refusal or fault."""
        if self.kind:
            return self.kind
        if self.status == 200:
            return "cut" if self.finish == "length" else "answered"
        return OUTCOME_OF_STATUS.get(self.status, "refused")

    def write_to(self, journal: Journal) -> None:
        """Appends the event `request`; the key itself is never written.

        `paid` are the tokens that were charged, whether or not anybody read the answer; `queue_s` and `slot_s` the
        seconds it waited for a slot and held it, `read` and `written` the tokens that the processor worked off.
        """
        items = (self.request.items or ()) if self.request else ()
        journal.write(
            "request",
            t0=self.t0,
            status=self.status,
            model=self.request.model if self.request else None,
            key_fingerprint=self.fingerprint,
            prompts=self.request.prompts if self.request else 0,
            item_ids=[item.name for item in items],
            targets=[_describe_target(item) for item in items],
            stream=bool(self.request and self.request.stream),
            usage=self.usage.as_json() if self.usage else None,
            remaining_requests=self.standing.remaining_requests if self.standing else None,
            remaining_tokens=self.standing.remaining_tokens if self.standing else None,
            error=self.error,
            fault=self.fault,
            habits=list(self.habits),
            outcome=self.outcome,
            left=self.status == CLIENT_LEFT,
            finish=self.finish,
            paid=self.usage.prompt + self.usage.completion if self.usage else 0,
            queue_s=round(self.work.queue_s, 4),
            slot_s=round(self.work.slot_s, 4),
            read=self.work.read,
            written=round(self.work.written),
        )


def fingerprint_of(key: str) -> str:
    """Returns a short hash of an API key that does not reveal it."""
    return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()[:12]


def _describe_target(item: Item) -> dict[str, Any]:
    target = item.task.target
    return {
        "id": str(item.id),
        "kind": item.task.kind,
        "target_id": target.id if target else None,
        "target_text": target.text if target else None,
        "persona": item.persona.name,
    }
