"""The door of the command line: every command that writes or looks something up, with odd arguments and odd stdin."""

from __future__ import annotations

from dataclasses import dataclass

from click.testing import CliRunner
from hypothesis import strategies as st

from app.cli.main import chorus
from app.domain.errors import ChorusError
from app.domain.settings import SPECS
from tests.fuzz.house import House, watched
from tests.fuzz.strategies import numbers, texts

ODD = "?"
COMMANDS = (
    ("user", "create", ODD),
    ("user", "reset-password", ODD),
    ("settings", "set", "max_words", ODD),
    ("settings", "set", "max_words", "20", "--bot", ODD),
    ("settings", "set", "blocked_words", ODD, "--chat", ODD),
    ("settings", "unset", ODD),
    ("settings", "list", "--chat", ODD),
    ("why", ODD, "--chat", ODD),
    ("why", "1", "--last", ODD),
    ("replay", ODD),
    ("token", "check", ODD),
    ("bot", "add", "--token-file", "-", "--tone", ODD, "--topic", ODD, "--active", ODD, "--budget", ODD),
    ("chat", "add", "--title", ODD, "--quiet", ODD, "--budget", ODD, "--bot", ODD, "--", ODD),
    ("chat", "add", "--language", ODD, "--timezone", ODD, "--", "-1001234567890"),
    ("feed", "check", ODD),
    ("feed", "remove", ODD),
    ("providers", "test", ODD),
    ("telegram", "mode", ODD),
    (ODD, ODD),
)


@dataclass(frozen=True)
class Call:
    """One command line, and what comes on stdin."""

    words: tuple[str, ...]
    stdin: bytes


odd_words = st.one_of(
    texts, numbers.map(str), st.sampled_from(sorted(SPECS)), st.text(max_size=5).map(lambda text: text + "\udcff")
)


@st.composite
def calls(draw: st.DrawFn) -> Call:
    """A command with one or two of its odd words odd, and the others harmless."""
    command = draw(st.sampled_from(COMMANDS))
    words = tuple(draw(st.one_of(odd_words, st.just("1"))) if word == ODD else word for word in command)
    return Call(
        words,
        draw(
            st.one_of(
                st.just(b""), st.binary(max_size=60), texts.map(lambda text: text.encode("utf-8", "surrogatepass"))
            )
        ),
    )


def call(house: House, one: Call) -> None:
    """Runs the command: it works, or ends with a sentence; `main` has a file for anything else, and nobody wants it."""
    with watched(one):
        result = CliRunner(env=house.environment).invoke(chorus, one.words, input=one.stdin)
    problem = result.exception
    assert problem is None or isinstance(problem, SystemExit | ChorusError), f"{one!r} ended in {problem!r}"
    assert problem is None or str(problem) or result.output, f"{one!r} is refused without a word"
