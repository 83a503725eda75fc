"""`python -m sandbox`: local stand-ins for Telegram, a language model and people, and a report on their journals."""

import click

from app.cli.doors import guard
from sandbox.announcing import set_logs_up
from sandbox.llm.command import llm_command
from sandbox.people.command import people_command
from sandbox.report.command import report_command
from sandbox.telegram.command import telegram_command


@click.group()
def main() -> None:
    """Local servers in Telegram's and OpenAI's wire formats for demos, tests and load; real Telegram and real models
    are never called.
    """
    set_logs_up()


for command in (telegram_command, llm_command, people_command, report_command):
    main.add_command(command)

if __name__ == "__main__":
    guard(main)(prog_name="python -m sandbox")
