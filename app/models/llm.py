"""LLM lanes, jobs, the ledger of requests, and daily spending."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, SmallInteger, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, BigId, BigInt, CreatedAt, Instant, TextList


class Lane(Base):
    """A lane's state. `not_before` is set while the provider's limit makes it wait."""

    __tablename__ = "lanes"

    name: Mapped[str] = mapped_column(primary_key=True)
    not_before: Mapped[dt.datetime | None]


class LLMJob(Base):
    """A prompt in a `bulk` lane whose answer is no chat message. At most one open job per subject.

    If the messages it is about were chosen at planning, they are those after `after_message_id`, up to
    `last_message_id`.
    """

    __tablename__ = "llm_jobs"
    __table_args__ = (
        CheckConstraint("state in ('planned', 'generating', 'done', 'discarded')", name="state"),
        Index(
            "uq_llm_jobs_open",
            "family",
            "chat_id",
            unique=True,
            postgresql_where=text("state in ('planned', 'generating')"),
        ),
        Index("ix_llm_jobs_planned", "lane", "available_at", postgresql_where=text("state = 'planned'")),
        Index("ix_llm_jobs_leased", "lease_until", postgresql_where=text("state = 'generating'")),
        Index("ix_llm_jobs_chat_id", "chat_id"),
        Index("ix_llm_jobs_planned_at", "planned_at"),
    )

    id: Mapped[BigId]
    family: Mapped[str]
    lane: Mapped[str]
    chat_id: Mapped[int] = mapped_column(ForeignKey("chats.id", ondelete="CASCADE"))
    after_message_id: Mapped[int | None] = mapped_column(BigInteger)
    last_message_id: Mapped[int | None] = mapped_column(BigInteger)
    state: Mapped[str] = mapped_column(default="planned", server_default="planned")
    reason: Mapped[str | None]
    answer: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    attempts: Mapped[int] = mapped_column(SmallInteger, default=0, server_default="0")
    available_at: Mapped[Instant]
    lease_until: Mapped[dt.datetime | None]
    planned_at: Mapped[CreatedAt]
    finished_at: Mapped[dt.datetime | None]


class LLMRequest(Base):
    """The ledger: one row per request to a provider, written before the call and settled after it.

    An `in_flight` row whose lease has expired belongs to a worker that died. While a request is in flight, `tokens_in`
    and `cost_micros` (millionths of a US dollar) are its reservation, afterwards what was counted. `wording` is the
    version of its rules (app/domain/prompting/wording). A failed one has its `fault` (LLMFault) and the provider's own
    `sentence`, redacted.
    """

    __tablename__ = "llm_requests"
    __table_args__ = (
        Index("ix_llm_requests_created_at", text("created_at DESC")),
        Index("ix_llm_requests_in_flight", "lane", postgresql_where=text("outcome = 'in_flight'")),
    )

    id: Mapped[BigId]
    lane: Mapped[str]
    provider: Mapped[str]
    model: Mapped[str]
    wording: Mapped[str] = mapped_column(default="", server_default="")
    prompts: Mapped[int]
    answered: Mapped[int] = mapped_column(default=0, server_default="0")
    tokens_in: Mapped[int] = mapped_column(default=0, server_default="0")
    tokens_out: Mapped[int] = mapped_column(default=0, server_default="0")
    tokens_cached: Mapped[int] = mapped_column(default=0, server_default="0")
    cost_micros: Mapped[BigInt] = mapped_column(default=0, server_default="0")
    latency_ms: Mapped[int] = mapped_column(default=0, server_default="0")
    outcome: Mapped[str] = mapped_column(default="in_flight", server_default="in_flight")
    fault: Mapped[str | None]
    sentence: Mapped[str | None]
    lease_until: Mapped[Instant]
    created_at: Mapped[CreatedAt]


class LLMProvider(Base):
    """A provider that an operator lists; while there is none, the environment's are used.

    `position` orders them, the first one is asked first. `key_encrypted` is write-only; prices are US dollars a million
    tokens. The checks of values are in app/domain/providers/entry.py.
    """

    __tablename__ = "llm_providers"
    __table_args__ = (UniqueConstraint("name", "model"),)

    id: Mapped[BigId]
    position: Mapped[int]
    name: Mapped[str]
    model: Mapped[str]
    sdk: Mapped[str]
    url: Mapped[str | None]
    key_encrypted: Mapped[str | None]
    requests_per_minute: Mapped[BigInt]
    tokens_per_minute: Mapped[BigInt]
    requests_per_day: Mapped[BigInt]
    tokens_per_day: Mapped[BigInt]
    purposes: Mapped[TextList]
    economy: Mapped[bool]
    enabled: Mapped[bool]
    price_prompt: Mapped[float | None]
    price_cached: Mapped[float | None]
    price_answer: Mapped[float | None]
    answer_format: Mapped[str]
    reasoning: Mapped[str]
    max_in_flight: Mapped[int]
    version: Mapped[int] = mapped_column(default=1, server_default="1")
    updated_by: Mapped[str | None]
    updated_at: Mapped[CreatedAt]


class LLMCapability(Base):
    """What a model at a base URL was seen to take, since `learned_at`; `reason` is the provider's last refusal."""

    __tablename__ = "llm_capabilities"

    server: Mapped[str] = mapped_column(primary_key=True)
    model: Mapped[str] = mapped_column(primary_key=True)
    facts: Mapped[dict[str, Any]] = mapped_column(JSONB)
    reason: Mapped[str]
    learned_at: Mapped[Instant]


class Spending(Base):
    """Spending of one UTC day so far, reservations included, per fleet (id 0), chat and bot."""

    __tablename__ = "spending"
    __table_args__ = (CheckConstraint("scope in ('fleet', 'chat', 'bot')", name="scope"),)

    day: Mapped[dt.date] = mapped_column(primary_key=True)
    scope: Mapped[str] = mapped_column(primary_key=True)
    scope_id: Mapped[BigInt] = mapped_column(primary_key=True)
    micros: Mapped[BigInt]
