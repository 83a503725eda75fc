"""`python -m app.sandbox`: local stand-ins for Telegram, a language model and people, and a judge of what they saw."""

import click

from app.sandbox.llm.command import llm_command
from app.sandbox.people.command import people_command
from app.sandbox.report.command import report_command
from app.sandbox.simulation.command import simulate_command
from app.sandbox.telegram.command import telegram_command


@click.group()
def main() -> None:
    """Local servers in Telegram's and OpenAI's wire formats for demos, tests and load; real Telegram and real models
    are never called.
    """


for command in (telegram_command, llm_command, people_command, report_command, simulate_command):
    main.add_command(command)

if __name__ == "__main__":
    main(prog_name="python -m app.sandbox")
