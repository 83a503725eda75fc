"""SQL templates over the states of utterances: conditions from the named sets, statements from the transitions."""

from __future__ import annotations

import re

from sqlalchemy import TextClause, text

from app.domain.utterance import BY_NAME, COUNTING, NAMED, VOID, States
from app.models.utterance import quote_states

TOKEN = re.compile(r"\{([A-Za-z_]+)\}")


def is_in(states: States) -> str:
    """Returns the SQL condition `in (…)` for `states`; for COUNTING a `not in (…)`, to match its index."""
    if states == COUNTING:
        return f"not in ({quote_states(VOID)})"
    return f"= {quote_states(states)}" if len(states) == 1 else f"in ({quote_states(states)})"


CONDITIONS = {name: is_in(states) for name, states in NAMED.items()}


def fill(template: str) -> str:
    """Replaces `{OPEN}` and the like by the condition of that set. Raises KeyError for an unknown set."""
    return TOKEN.sub(lambda match: CONDITIONS[match[1]], template)


def read(template: str) -> TextClause:
    """Returns a statement with its named sets of states filled in."""
    return text(fill(template))


def write(names: str, template: str) -> TextClause:
    """Returns the statement of a transition, or of several that start from the same states.

    `{old}` becomes the condition on those, `{new}` the state it ends in; of several, `{name}` that of each. Raises
    ValueError when a part is missing, so that no statement lacks its compare.
    """
    transitions = [BY_NAME[name] for name in names.split()]
    before = transitions[0].before
    words = {transition.name: quote_states([transition.after]) for transition in transitions}
    if len(transitions) == 1:
        words = {"new": words[names]}
    if before:
        words["old"] = is_in(before)
    missing = [word for word in words if f"{{{word}}}" not in template]
    if missing or any(transition.before != before for transition in transitions):
        raise ValueError(f"the statement of {names} lacks {missing}, or starts from different states")
    return text(TOKEN.sub(lambda match: {**CONDITIONS, **words}[match[1]], template))
