"""The state machine of an utterance: states, transitions and the actors that may cause them.

The table is the only source: SQL, constraints, indexes, docs and drills are generated from it or tested against it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """State of an utterance, in the order of its life."""

    PLANNED = "planned"
    GENERATING = "generating"
    READY = "ready"
    SENDING = "sending"
    SENT = "sent"
    DISCARDED = "discarded"
    FAILED = "failed"
    UNKNOWN = "unknown"


class Actor(StrEnum):
    """Who changes a state: `command` is a person's; `work` parks what raised an error; operators use the admin."""

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
"""Not finished: it takes its bot's turn and, if unasked, its chat's floor."""

CANCELLABLE: States = (State.PLANNED, State.GENERATING, State.READY)
"""Not passed to Telegram yet: it can be cancelled and nothing is sent."""

WORDLESS: States = (State.PLANNED, State.GENERATING)
"""No model has answered yet."""

WAITING: States = (State.PLANNED, State.READY)
"""Not leased by a worker: it can expire."""

LEASED: States = (State.GENERATING, State.SENDING)
"""Leased by a worker, until the lease ends."""

UNCERTAIN: States = (State.SENDING, State.UNKNOWN)
"""Telegram may have it already: an update with the message confirms it."""

SPOKEN: States = (State.SENT, State.UNKNOWN)
"""In the chat, surely or possibly: it counts against limits and is never resent automatically."""

VOICED: States = (State.READY, State.SENDING, State.SENT, State.UNKNOWN)
"""Has a text that other utterances should not repeat."""

VOID: States = (State.DISCARDED, State.FAILED)
"""Ended without being sent: it counts for nothing."""

COUNTING: States = tuple(state for state in State if state not in VOID)
"""Counts as the one answer to its mention."""

FINAL: States = tuple(state for state in State if state not in OPEN)
"""Finished: `finished_at` is set, and sweepers skip it."""

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
"""The sets by name, for SQL and pages."""


@dataclass(frozen=True, slots=True)
class Transition:
    """A change from any state of `before` (empty: the row is inserted) to `after`, and who may cause it."""

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
"""All transitions. A new one gets a row here and a writer in `app/repositories/utterances/`."""

BY_NAME = {transition.name: transition for transition in TRANSITIONS}


def render_diagram() -> str:
    """Returns the table as a Mermaid state diagram: one arrow per pair of states, with transitions and actors."""
    arrows: dict[tuple[str, str], list[str]] = {}
    for transition in TRANSITIONS:
        label = f"{transition.name} ({', '.join(transition.actors)})"
        for before in transition.before or ("[*]",):
            arrows.setdefault((before, transition.after), []).append(label)
    lines = [f"    {before} --> {after}: {', '.join(labels)}" for (before, after), labels in arrows.items()]
    return "\n".join(["stateDiagram-v2", *lines])
