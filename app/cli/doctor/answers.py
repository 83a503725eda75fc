"""Check of what the providers answered lately, from the ledger of requests."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy.exc import SQLAlchemyError

from app.adapters.clock import SystemClock
from app.cli.doctor.report import Check, failed, passed, skipped
from app.config import Settings
from app.db import create_db_engine, create_session_factory
from app.services.providers.troubles import list_troubles


def check_answers(settings: Settings) -> Iterator[Check]:
    """Reports each provider that fails for a reason of its own, with its sentence."""
    engine = create_db_engine(settings.database_url, pool_size=1)
    try:
        troubles = list_troubles(create_session_factory(engine), SystemClock())
    except SQLAlchemyError:
        yield skipped("answers", "Postgres or its schema cannot be read")
        return
    finally:
        engine.dispose()
    for one in troubles:
        said = f" It says: {one.sentence}" if one.sentence else ""
        yield failed("answers", f"{one.what}{said}", one.cure)
    if not troubles:
        yield passed("answers", "no provider fails for a reason of its own")
