"""Routes of the money section."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from app.domain.money import STEPS
from app.services import money
from app.web.paging import cursor_from_query
from app.web.state import runtime

blueprint = Blueprint("money", __name__, url_prefix="/money")
LEDGER_PAGE = 100
BUDGETS_SHOWN = 20


@blueprint.get("/")
def index() -> ResponseReturnValue:
    """Shows today's daily budgets, the last days, today's models, and the ledger a page at a time."""
    port = runtime()
    return render_template(
        "money/index.html",
        accounts=money.read_budgets(port.sessions, port.fleet_settings.read(), port.clock),
        steps=STEPS,
        shown=BUDGETS_SHOWN,
        days=money.read_days(port.sessions, port.clock),
        models=money.read_models(port.sessions, port.clock),
        page=money.list_requests(port.sessions, cursor_from_query(LEDGER_PAGE)),
    )
