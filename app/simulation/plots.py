"""The report's plots as inline SVG; colours are CSS variables of the page, so they follow its light and dark theme.

Needs matplotlib (the extra `reports`).
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap, to_rgb
from matplotlib.figure import Figure

from app.simulation.report import BUSIEST

INK, LINE, PEOPLE, BOTS, QUIET = "#0a0b01", "#0a0b02", "#0a0b03", "#0a0b04", "#0a0b05"
VARIABLES = {INK: "--ink-2", LINE: "--line", PEOPLE: "--people", BOTS: "--accent", QUIET: "--quiet"}
"""Placeholder colours for the page's CSS variables, which matplotlib does not support; replaced after drawing."""

STYLE: Any = {
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.size": 9.5,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": LINE,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "grid.color": LINE,
    "xtick.color": INK,
    "ytick.color": INK,
    "xtick.major.size": 0,
    "ytick.major.size": 0,
    "legend.frameon": False,
    "figure.constrained_layout.use": True,
}
WIDE, HALF = (9.6, 3.0), (4.7, 3.0)
SHADES = 12
REASONS = 10
DEEPEST = 20

Draw = Callable[[Axes, Mapping[str, Any]], None]


def draw_all(found: Mapping[str, Any]) -> dict[str, str]:
    """Draws all plots of a report; returns an `<svg>` by name."""
    with mpl.rc_context(STYLE):
        heat_size = (WIDE[0], 0.9 + 0.185 * len(_busiest(found)))
        drawn = {name: _draw(name, size, draw, found) for name, (size, draw) in PLOTS.items()}
        return {**drawn, "heat": _draw("heat", heat_size, heat, found)}


def _draw(name: str, size: tuple[float, float], draw: Draw, found: Mapping[str, Any]) -> str:
    with mpl.rc_context({"svg.hashsalt": name}):
        figure = Figure(figsize=size)
        draw(figure.add_subplot(), found)
        sink = io.StringIO()
        figure.savefig(sink, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    return _inline(sink.getvalue(), name)


def _inline(svg: str, name: str) -> str:
    """Removes the XML head and the fixed size, prefixes ids with `name`, and inserts the page's colour variables."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r'\bid="', f'id="{name}-', svg)
    svg = re.sub(r'(url\(#|href="#)', rf"\1{name}-", svg)
    for colour, variable in VARIABLES.items():
        svg = svg.replace(colour, f"var({variable})")
    svg = re.sub(r"font: ([\d.]+px) [^;\"]*", r"font-size: \1", svg)
    return re.sub(r'<svg ([^>]*?)height="[^"]*"([^>]*?)width="[^"]*"', r'<svg role="img" \1\2', svg, count=1)


def _hours(axes: Axes, hours: int) -> None:
    axes.set_xlabel("hour since the start")
    axes.set_xticks(range(0, hours + 1, max(1, -(-hours // 12))))


def per_hour(axes: Axes, found: Mapping[str, Any]) -> None:
    """Plots messages of people and bots by hour."""
    rows = found["per_hour"]
    hours, people, bots = ([row[key] for row in rows] for key in ("hour", "people", "bots"))
    centres = [hour + 0.5 for hour in hours]
    axes.bar(centres, people, 0.82, color=PEOPLE, label="people")
    axes.bar(centres, bots, 0.82, bottom=people, color=BOTS, label="bots")
    axes.set_ylabel("messages")
    axes.yaxis.set_major_formatter("{x:,.0f}")
    axes.set_xlim(0, len(rows))
    _hours(axes, len(rows))
    axes.legend(loc="upper left", ncols=2)


def heat(axes: Axes, found: Mapping[str, Any]) -> None:
    """Plots messages by chat and hour."""
    chats = _busiest(found)
    cells = [[p + b for p, b in zip(c["people_by_hour"], c["bots_by_hour"], strict=True)] for c in chats]
    colours = ListedColormap([(*to_rgb(BOTS), (shade + 0.4) / SHADES) for shade in range(SHADES)])
    mesh = axes.pcolormesh(cells, cmap=colours, edgecolors="none", vmin=0)
    axes.set_yticks([row + 0.5 for row in range(len(chats))], [chat["title"] for chat in chats])
    axes.invert_yaxis()
    axes.grid(visible=False)
    _hours(axes, len(cells[0]))
    bar = axes.figure.colorbar(mesh, ax=axes, pad=0.01, aspect=30)
    bar.set_label("messages an hour")
    bar.outline.set_visible(False)


def _busiest(found: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Returns the busiest chats, in the order of the table."""
    ranked = sorted(found["per_chat"], key=lambda chat: -chat["people"] - chat["bots"])[:BUSIEST]
    return [chat for chat in found["per_chat"] if chat in ranked]


def people_share(axes: Axes, found: Mapping[str, Any]) -> None:
    """Plots the share of each chat's messages that people wrote."""
    shares = sorted(chat["people_share"] for chat in found["per_chat"])
    axes.bar(range(1, len(shares) + 1), [100 * part for part in shares], 0.82, color=PEOPLE)
    mean = 100 * found["messages"]["people_share"]
    axes.axhline(mean, color=INK, linewidth=1, linestyle=(0, (4, 3)))
    axes.annotate(f"all chats {mean:.0f}%", (0.6, mean), xytext=(0, 4), textcoords="offset points")
    axes.set_ylim(0, 100)
    axes.set_ylabel("% of messages")
    axes.set_xlabel("chats, by share of people")
    axes.set_xticks([])


def fairness(axes: Axes, found: Mapping[str, Any]) -> None:
    """Plots the Lorenz curve of the bots' messages."""
    curve: Sequence[float] = found["fairness"]["lorenz"]
    places = [100 * n / max(1, len(curve) - 1) for n in range(len(curve))]
    parts = [100 * part for part in curve]
    axes.fill_between(places, places, parts, color=BOTS, alpha=0.15, linewidth=0)
    axes.plot(places, places, color=INK, linewidth=1, linestyle=(0, (4, 3)))
    axes.plot(places, parts, color=BOTS, linewidth=2)
    axes.annotate(f"Gini {found['fairness']['gini']:.2f}", (4, 88))
    axes.set_xlim(0, 100)
    axes.set_ylim(0, 100)
    axes.set_xlabel("% of bots, the quietest first")
    axes.set_ylabel("% of the bots' messages")


def reply_depth(axes: Axes, found: Mapping[str, Any]) -> None:
    """Plots the depth of reply chains."""
    counts = {int(depth): count for depth, count in found["reply_depth"]["counts"].items()}
    shown = [counts.get(depth, 0) for depth in range(1, DEEPEST)]
    shown.append(sum(count for depth, count in counts.items() if depth >= DEEPEST))
    last = max((place for place, count in enumerate(shown, 1) if count), default=1)
    axes.bar(range(1, last + 1), shown[:last], 0.82, color=BOTS)
    axes.set_xlabel("replies in the chain" + (f" ({DEEPEST}: and more)" if last == DEEPEST else ""))
    axes.set_ylabel("messages")
    axes.yaxis.set_major_formatter("{x:,.0f}")
    axes.set_xticks(range(1, last + 1, max(1, last // 8)))


def silence(axes: Axes, found: Mapping[str, Any]) -> None:
    """Plots reasons for silence, the most frequent on top."""
    rows = found["silence"][:REASONS][::-1]
    bars = axes.barh(
        [row["reason"].replace("_", " ") for row in rows], [row["turns"] for row in rows], 0.7, color=QUIET
    )
    axes.bar_label(bars, [f"{100 * row['share']:.1f}%" for row in rows], padding=4)
    axes.margins(x=0.12)
    axes.grid(axis="x", visible=True)
    axes.grid(axis="y", visible=False)
    axes.xaxis.set_major_formatter("{x:,.0f}")
    axes.set_xlabel("turns")


PLOTS: dict[str, tuple[tuple[float, float], Draw]] = {
    "per_hour": (WIDE, per_hour),
    "people_share": (HALF, people_share),
    "fairness": (HALF, fairness),
    "reply_depth": (HALF, reply_depth),
    "silence": (HALF, silence),
}
