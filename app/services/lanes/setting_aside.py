"""Error handling for plans in a lane: each failing plan is set aside by itself, the others go on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import structlog
from sqlalchemy.orm import Session

from app import metrics
from app.domain.money import Budgets
from app.outages import is_outage
from app.repositories.lanes import lanes
from app.services.lanes.batch import Batch
from app.services.lanes.family import Family, ItemT, PlanT
from app.services.lanes.ports import GenerationPorts
from app.services.work import GENERATION, JOB, Kind, set_aside, set_aside_alone, work_in_parts

UTTERANCES = "chat"
"""The family whose plans are utterances; those of the others are jobs."""

log = structlog.get_logger()


def kind_of(family: Family[PlanT, ItemT]) -> Kind:
    """Returns the kind of work of a family's plans."""
    return GENERATION if family.name == UTTERANCES else JOB


def gather_sound(
    session: Session,
    family: Family[PlanT, ItemT],
    ids: Sequence[int],
    now: dt.datetime,
    budgets: Budgets,
    careful: bool,
) -> tuple[PlanT, ...]:
    """The claimed plans with all that their prompts need; those that cannot be read are set aside."""
    if not careful:
        return tuple(family.store.gather(session, ids, now.date(), budgets))
    found, failed = work_in_parts(
        ids, lambda part: family.store.gather(session, part, now.date(), budgets), session.begin_nested
    )
    for one in failed:
        set_aside(session, kind_of(family), one.item, one.error, now)
    return tuple(plan for part in found for plan in part)


def prepare_sound(ports: GenerationPorts, batch: Batch[PlanT, ItemT]) -> tuple[tuple[PlanT, ...], tuple[ItemT, ...]]:
    """Returns plans and prompts in the same order; those whose prompts cannot be built are set aside."""
    if not batch.plans:
        return (), ()
    prepare, settings = batch.family.prompts.prepare, ports.settings.book()
    made, failed = work_in_parts(
        batch.plans, lambda plans: tuple(zip(plans, prepare(ports.prompt_sources, plans, settings), strict=True))
    )
    for one in failed:
        set_aside_alone(ports.sessions, ports.clock, kind_of(batch.family), one.item.id, one.error)
    pairs = [pair for part in made for pair in part]
    return tuple(plan for plan, _ in pairs), tuple(item for _, item in pairs)


def put_back(ports: GenerationPorts, batch: Batch[PlanT, ItemT], error: Exception) -> None:
    """Retries a batch in smaller batches after an error that no single plan can be blamed for.

    A batch of one plan is set aside. Raises outages: the plans come back when their leases end.
    """
    if is_outage(error):
        raise error
    kind, now = kind_of(batch.family), ports.clock.now()
    with ports.sessions.begin() as session:
        lanes.abandon_request(session, batch.request_id)
        if len(batch.plans) == 1:
            set_aside(session, kind, batch.ids[0], error, now)
        else:
            batch.family.store.count_attempt(session, batch.ids, now, alone=False)
    if len(batch.plans) > 1:
        metrics.WORK_FAILURES.labels(kind.name).inc()
        log.error(
            "batch_failed", lane=batch.lane.name, request=batch.request_id, prompts=len(batch.ids), exc_info=error
        )
