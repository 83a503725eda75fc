"""Opens an installation for a short command: its settings, checked, and its database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from app.cli.stack.checks import check_database
from app.cli.stack.environment import adopt_installation, find_var
from app.config import Settings
from app.db import create_db_engine
from app.domain.errors import ConfigError, Unreachable


def read_settings(var: Path | None = None) -> Settings:
    """Reads the settings of this process; values the operator left unset come from the installation in `var`, if any.

    Raises ConfigError.
    """
    folder = find_var(var)
    adopt_installation(folder)
    try:
        return Settings.from_env()
    except ConfigError as error:
        if (folder / "keys").is_dir():
            raise
        hint = f"VAR_DIR: there is no installation in {folder}; `chorus up` makes one, or name the folder of yours"
        raise ConfigError([*error.problems, hint]) from None


@contextmanager
def open_database(var: Path | None = None) -> Iterator[Engine]:
    """Opens an engine on the installation's database. Raises ConfigError, or Unreachable when it does not answer."""
    settings = read_settings(var)
    check_database(settings.database_url)
    engine = create_db_engine(settings.database_url, pool_size=1)
    try:
        yield engine
    except OperationalError as error:
        raise Unreachable(f"Postgres went away: {str(error.orig).strip().splitlines()[0]}") from None
    finally:
        engine.dispose()
