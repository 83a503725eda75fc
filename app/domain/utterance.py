"""The life of an utterance: its states, what leads from one to the next, and who may cause it.

The table is the only source: SQL, constraints, indexes, docs and judges are made from it or held against it by tests.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """Where an utterance is on its way, in the order of the way."""

    PLANNED = "planned"
    GENERATING = "generating"
    READY = "ready"
    SENDING = "sending"
    SENT = "sent"
    DISCARDED = "discarded"
    FAILED = "failed"
    UNKNOWN = "unknown"


class Actor(StrEnum):
    """Who changes a state: a command is a person's; `work` sets aside what raised an error; operators use the admin."""

    TICK = "tick"
    LANE = "lane"
    DELIVERY = "delivery"
    INGEST = "ingest"
    COMMAND = "command"
    SWEEPER = "sweeper"
    WORK = "work"
    OPERATOR = "operator"


States = tuple[State, ...]

OPEN: States = (State.PLANNED, State.GENERATING, State.READY, State.SENDING)
"""On its way: it is its bot's turn and, unasked, has its chat's floor."""

CANCELLABLE: States = (State.PLANNED, State.GENERATING, State.READY)
"""Not in Telegram's hands yet: it may be dropped as if it had never been."""

WORDLESS: States = (State.PLANNED, State.GENERATING)
"""No model has answered yet."""

WAITING: States = (State.PLANNED, State.READY)
"""In no worker's hands for longer than a look: it gets stale by waiting."""

LEASED: States = (State.GENERATING, State.SENDING)
"""In the hands of a worker, until its lease ends."""

UNCERTAIN: States = (State.SENDING, State.UNKNOWN)
"""Telegram may have it already: a sight of the message settles it."""

SPOKEN: States = (State.SENT, State.UNKNOWN)
"""In the chat, for sure or maybe: it counts against limits and is never said again by itself."""

VOICED: States = (State.READY, State.SENDING, State.SENT, State.UNKNOWN)
"""Its words are taken: others should not repeat them."""

VOID: States = (State.DISCARDED, State.FAILED)
"""Ended without being said: it counts for nothing."""

COUNTING: States = tuple(state for state in State if state not in VOID)
"""Counts as the answer to its mention, of which there is one."""

FINAL: States = tuple(state for state in State if state not in OPEN)
"""At its end: it has `finished_at`, and no sweeper looks at it."""

NAMED: dict[str, States] = {
    "OPEN": OPEN,
    "CANCELLABLE": CANCELLABLE,
    "WORDLESS": WORDLESS,
    "WAITING": WAITING,
    "LEASED": LEASED,
    "UNCERTAIN": UNCERTAIN,
    "SPOKEN": SPOKEN,
    "VOICED": VOICED,
    "VOID": VOID,
    "COUNTING": COUNTING,
    "FINAL": FINAL,
}
"""The sets by their names, for SQL and pages."""


@dataclass(frozen=True, slots=True)
class Transition:
    """A change from any state of `before`, or a birth where there is none, to `after`, and who may cause it."""

    name: str
    before: States
    after: State
    actors: tuple[Actor, ...]


BORN: States = ()

TRANSITIONS: tuple[Transition, ...] = (
    Transition("plan", BORN, State.PLANNED, (Actor.TICK,)),
    Transition("react", BORN, State.READY, (Actor.TICK,)),
    Transition("answer", BORN, State.READY, (Actor.COMMAND,)),
    Transition("claim", (State.PLANNED,), State.GENERATING, (Actor.LANE,)),
    Transition("release", (State.GENERATING,), State.PLANNED, (Actor.LANE,)),
    Transition("retry", (State.GENERATING,), State.PLANNED, (Actor.LANE,)),
    Transition("give_up", (State.GENERATING,), State.DISCARDED, (Actor.LANE,)),
    Transition("recover", (State.GENERATING,), State.PLANNED, (Actor.SWEEPER,)),
    Transition("abandon", (State.GENERATING,), State.DISCARDED, (Actor.SWEEPER,)),
    Transition("rewrite", (State.GENERATING,), State.PLANNED, (Actor.LANE,)),
    Transition("refuse", (State.GENERATING,), State.DISCARDED, (Actor.LANE,)),
    Transition("make_ready", (State.GENERATING,), State.READY, (Actor.LANE,)),
    Transition("withhold", (State.READY,), State.DISCARDED, (Actor.DELIVERY,)),
    Transition("claim_send", (State.READY,), State.SENDING, (Actor.DELIVERY,)),
    Transition("return_unsent", (State.SENDING,), State.READY, (Actor.DELIVERY,)),
    Transition("deliver", UNCERTAIN, State.SENT, (Actor.DELIVERY, Actor.INGEST)),
    Transition("deliver_reaction", UNCERTAIN, State.SENT, (Actor.DELIVERY,)),
    Transition("fail", (State.SENDING,), State.FAILED, (Actor.DELIVERY,)),
    Transition("lose_answer", (State.SENDING,), State.UNKNOWN, (Actor.DELIVERY, Actor.WORK)),
    Transition("lose_worker", (State.SENDING,), State.UNKNOWN, (Actor.SWEEPER,)),
    Transition("supersede", CANCELLABLE, State.DISCARDED, (Actor.TICK,)),
    Transition("mute", CANCELLABLE, State.DISCARDED, (Actor.COMMAND,)),
    Transition("forget", (*CANCELLABLE, State.UNKNOWN), State.DISCARDED, (Actor.COMMAND,)),
    Transition("expire", WAITING, State.DISCARDED, (Actor.SWEEPER,)),
    Transition("postpone", (State.GENERATING,), State.PLANNED, (Actor.WORK,)),
    Transition("park", CANCELLABLE, State.FAILED, (Actor.WORK,)),
    Transition("unpark_plan", (State.FAILED,), State.PLANNED, (Actor.OPERATOR,)),
    Transition("unpark_send", (State.FAILED,), State.READY, (Actor.OPERATOR,)),
    Transition("resend", (State.UNKNOWN,), State.READY, (Actor.OPERATOR,)),
    Transition("dismiss", (State.UNKNOWN,), State.FAILED, (Actor.OPERATOR,)),
)
"""All of them. A new one gets a row here and a writer in `app/repositories/utterances/`."""

BY_NAME = {transition.name: transition for transition in TRANSITIONS}


def render_diagram() -> str:
    """The table as a Mermaid state diagram: one arrow for each pair of states, with what leads along it, by whom."""
    arrows: dict[tuple[str, str], list[str]] = {}
    for transition in TRANSITIONS:
        label = f"{transition.name} ({', '.join(transition.actors)})"
        for before in transition.before or ("[*]",):
            arrows.setdefault((before, transition.after), []).append(label)
    lines = [f"    {before} --> {after}: {', '.join(labels)}" for (before, after), labels in arrows.items()]
    return "\n".join(["stateDiagram-v2", *lines])
