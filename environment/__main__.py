"""`python -m environment run` installs what runs Chorus, `python -m environment dev` also what tests it."""

from __future__ import annotations

import sys
from pathlib import Path

from environment.programs import SetupError
from environment.setting_up import LOCKS, set_up

EXIT_FAILED, EXIT_USAGE, EXIT_INTERRUPTED = 1, 2, 130


def main(words: list[str]) -> int:
    """Sets up `.venv` in the working folder; returns the exit status. No traceback reaches the terminal."""
    if len(words) != 1 or words[0] not in LOCKS:
        sys.stderr.write(f"Usage: python -m environment {'|'.join(LOCKS)}\n")
        return EXIT_USAGE
    try:
        set_up(Path.cwd(), words[0])
    except SetupError as error:
        sys.stderr.write(f"{error}\n")
        return EXIT_FAILED
    except KeyboardInterrupt:
        sys.stderr.write("\nStopped; the next run goes on from here.\n")
        return EXIT_INTERRUPTED
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
