"""`python -m bench NAME`: one command a bench. Status 0: every target met; 1: one was missed; 2: it could not run."""

from __future__ import annotations

import signal
import sys
from types import FrameType

import click

from app.cli.doors import guard
from bench.analysis import analysis
from bench.decide import decisions
from bench.fuzz import fuzz
from bench.lanes import lanes
from bench.mentions import mentions
from bench.prompts import prompts
from bench.providers import providers
from bench.replay_log import replay_log
from bench.retention import retention
from bench.safety.command import safety
from bench.safety.fitting import fit_safety
from bench.threads.command import threads
from bench.threads.fitting import fit_threads
from bench.webhooks import webhooks


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
def bench() -> None:
    """Measure Chorus on this machine, on servers of its own that end with the command."""


def end(number: int, frame: FrameType | None) -> None:
    """Handles SIGTERM like Ctrl-C, so that every server ends."""
    sys.exit(128 + number)


bench.add_command(analysis)
bench.add_command(decisions)
bench.add_command(fit_safety)
bench.add_command(fit_threads)
bench.add_command(fuzz)
bench.add_command(lanes)
bench.add_command(mentions)
bench.add_command(prompts)
bench.add_command(providers)
bench.add_command(replay_log)
bench.add_command(retention)
bench.add_command(safety)
bench.add_command(threads)
bench.add_command(webhooks)

if __name__ == "__main__":
    signal.signal(signal.SIGTERM, end)
    guard(bench)(prog_name="python -m bench")
