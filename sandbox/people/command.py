"""`python -m sandbox people`: simulated people, as a process."""

import asyncio
import random
import signal
from dataclasses import asdict

import click
import structlog

from sandbox.announcing import announce_end
from sandbox.people.crowd import Crowd, Habits, Tally
from sandbox.people.town import Town, TownError

log = structlog.get_logger()

SECONDS = click.FloatRange(0, 1_000_000)


@click.command("people", short_help="Play other people in the sandbox's groups.")
@click.option("--control-url", required=True, help="The Telegram sandbox's control API, http://127.0.0.1:8082.")
@click.option("--mention-every", type=SECONDS, default=6.0, show_default=True, help="Seconds, per chat; 0: never.")
@click.option("--chatter-every", type=SECONDS, default=0.0, show_default=True, help="Seconds, per chat; 0: never.")
@click.option("--start-after", type=SECONDS, default=0.0, show_default=True, help="Seconds of silence at first.")
@click.option("--for", "duration", type=SECONDS, required=True, help="Seconds until everybody goes home.")
@click.option("--quiet-end", type=SECONDS, default=0.0, show_default=True, help="Last seconds without a mention.")
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed says the same things.")
@click.option("--chat", "chats", type=int, multiple=True, help="Only in this chat; may be given several times.")
@click.option("--chatter-chat", "chatter_chats", type=int, multiple=True, help="Small talk only in this chat.")
def people_command(control_url: str, seed: int, **habits: float | tuple[int, ...]) -> None:
    """Play other people through the Telegram sandbox's control API: they address bots by name, each bot in turn, and
    with --chatter-every they talk among themselves.

    Prints one JSON line with what was posted when the time is up, or on SIGTERM or SIGINT.
    """
    try:
        tally = asyncio.run(run_people(control_url, Habits(**habits), seed))  # type: ignore[arg-type]
    except TownError as error:
        raise click.ClickException(str(error)) from None
    announce_end(**asdict(tally))


async def run_people(control_url: str, habits: Habits, seed: int) -> Tally:
    """Runs the people for `habits.duration` seconds or until SIGTERM or SIGINT; returns what they posted. Raises
    TownError when the sandbox is not there or has no such chat.
    """
    stopping = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stopping.set)
    async with Town(control_url) as town:
        crowd = Crowd(town, habits, random.Random(seed), lambda text: log.warning("people_failed", detail=text))
        living = asyncio.create_task(crowd.live())
        stopped = asyncio.create_task(stopping.wait())
        await asyncio.wait({living, stopped}, return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        if not living.done():
            living.cancel()
            await asyncio.wait({living})
            return crowd.tally
        return await living
