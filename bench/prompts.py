"""`python -m bench prompts`: tokens a message that a request takes, beside those of the form that came before."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import click

from app.domain.prompting import FULL, SHORT, Form, PromptItem, build_messages, estimate_tokens, schema
from app.domain.prompting.token_budget import BYTES_PER_TOKEN, encode
from bench.figures import MISSED, Figure, Target, format_table, save, summarise
from bench.prompt_items import BATCH, SCENES, make_items

BATCHES = (1, 5, BATCH)
BEFORE = {
    "demo": {1: 1096.8, 5: 742.9, 20: 674.4},
    "crowd": {1: 1101.0, 5: 743.9, 20: 679.4},
}
"""Tokens a message of the same items in the form that had every item repeat its persona and chat (7349c2f), which told
neither the time nor how many items to answer."""

MOST = 0.75
"""Of the tokens before, in batches of twenty."""

SHORT_TOKENS = 500
"""Below this a message of the short form stays, with its rules and alone in its request."""


def tokens_a_message(items: Sequence[PromptItem], form: Form = FULL) -> float:
    """Returns the tokens (bytes / 4, as providers' rule of thumb) of a request with its schema, for each item."""
    messages = build_messages(items, form=form)
    size = sum(len(message["content"].encode()) for message in messages) + len(encode(schema(len(items))).encode())
    return size / BYTES_PER_TOKEN / len(items)


def measure_all() -> list[Figure]:
    """Measures each scene in batches, and each message of it alone in the short form."""
    figures: list[Figure] = []
    for name, scene in SCENES.items():
        for count in BATCHES:
            before = BEFORE[name][count]
            tokens = tokens_a_message(make_items(scene, count))
            target = Target("at most", MOST * before) if count == BATCH else None
            figures.append(Figure(f"{name}, {count} a request", "tokens a message", tokens, before, target))
        figures.append(
            Figure(
                name,
                "longest short message (tokens)",
                longest_short(scene_items(name)),
                SHORT_TOKENS,
                Target("at most", SHORT_TOKENS - 1),
            )
        )
    return figures


def scene_items(name: str) -> list[PromptItem]:
    """Returns the items of a full batch of a scene."""
    return make_items(SCENES[name], BATCH)


def longest_short(items: Sequence[PromptItem]) -> int:
    """Returns the estimated tokens of the longest item alone in its request in the short form, rules included."""
    return max(estimate_tokens(build_messages([item], form=SHORT)) for item in items)


@click.command("prompts")
@click.option("--show", is_flag=True, help="Print the request of the first three messages, too.")
@click.option("--out", type=click.Path(path_type=Path), default=Path("var/bench/prompts.json"), show_default=True)
@click.pass_context
def prompts(ctx: click.Context, show: bool, out: Path) -> None:
    """Count the tokens a message that requests for 1, 5 and 20 messages take.

    The limit of a row is what the same messages took before personas and chats were written once.

    \b
    Examples:
      python -m bench prompts
      python -m bench prompts --show
    """
    figures = measure_all()
    save(out, "prompts", figures, {"batch": BATCH})
    if show:
        click.echo(json.dumps(build_messages(make_items(SCENES["demo"], 3)), ensure_ascii=False, indent=2))
    click.echo(f"{format_table(figures)}\n{summarise(figures)}")
    ctx.exit(int(any(figure.verdict == MISSED for figure in figures)))
