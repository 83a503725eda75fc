"""The report: a table for the terminal, or a self-contained HTML page with plots."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader

from app.domain.traces.explaining import explain_reason
from app.domain.traces.explaining.formats import duration, number

BUSIEST = 40
"""Number of chats that have a row in the plot of hours."""


def write_page(found: Mapping[str, Any], plots: Mapping[str, str]) -> str:
    """Renders the page with inline style and plots."""
    environment = Environment(loader=FileSystemLoader(Path(__file__).parent), autoescape=True)
    environment.filters.update(percent=percent, reason=explain_reason, number=grouped, duration=duration, plain=plain)
    page = environment.get_template("report.html")
    return page.render(found=found, plots=plots, tiles=list(tiles(found)), rows=BUSIEST)


def tiles(found: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Yields the key figures: name, value and meaning."""
    messages, mentions, fairness = found["messages"], found["mentions"], found["fairness"]
    depth, hours = found["reply_depth"], found["parameters"]["hours"] * found["parameters"]["chats"]
    everything = messages["people"] + messages["bots"]
    yield "Messages", grouped(everything), f"{everything / hours:.1f} an hour and chat{_reactions(messages)}"
    yield "Share of people", percent(messages["people_share"]), f"{grouped(messages['people'])} messages"
    yield "Questions answered", percent(mentions["answered_share"]), f"of {grouped(mentions['asked'])}{_wait(mentions)}"
    yield "Fairness (Gini)", f"{fairness['gini']:.2f}", f"{fairness['least']} to {fairness['most']} messages a bot"
    yield "Reply depth", number(depth["mean"]), f"in the mean; the deepest {depth['deepest']}"
    gap = found["least_gap_s"]
    apart = "" if gap is None else f"; unasked ones {duration(gap)} apart at least"
    yield "Bots on their own", str(depth["longest_without_people"]), f"messages in one chain{apart}"


def _reactions(messages: Mapping[str, Any]) -> str:
    return f", and {grouped(messages['reactions'])} reactions" if messages["reactions"] else ""


def _wait(mentions: Mapping[str, Any]) -> str:
    return "" if mentions["median_wait_s"] is None else f", half of them within {duration(mentions['median_wait_s'])}"


def write_table(found: Mapping[str, Any]) -> str:
    """Renders the report for a terminal."""
    return "\n".join(_lines(found))


def _lines(found: Mapping[str, Any]) -> Iterator[str]:
    told = found["parameters"]
    yield f"{number(told['hours'])} h, {told['bots']} bots, {told['chats']} chats, seed {told['seed']}"
    yield ""
    yield from (f"{name:20} {value:>10}   {meaning}" for name, value, meaning in tiles(found))
    yield ""
    yield f"{'chat':12} {'bots':>5} {'people':>8} {'bots said':>10} {'an hour':>8} {'people':>7} {'Gini':>5}"
    for chat in found["per_chat"]:
        rate = (chat["people"] + chat["bots"]) / told["hours"]
        yield (
            f"{chat['title']:12} {chat['bots_in_it']:5} {chat['people']:8} {chat['bots']:10} {rate:8.1f}"
            f" {percent(chat['people_share']):>7} {chat['gini']:5.2f}"
        )
    yield ""
    yield f"{grouped(found['turns']['all'])} turns, {grouped(found['turns']['silent'])} silent:"
    for row in found["silence"]:
        yield f"{grouped(row['turns']):>9} {percent(row['share']):>6}  {explain_reason(row['reason'])}"


def percent(part: float) -> str:
    """Formats 0.25 as 25%."""
    return f"{100 * part:.0f}%" if part in (0, 1) or 0.1 <= part < 0.995 else f"{100 * part:.1f}%"


def plain(value: float) -> str:
    """Formats 24.0 as 24."""
    return f"{value:g}"


def grouped(value: float) -> str:
    """Formats 12345 as 12,345."""
    return f"{value:,}"
