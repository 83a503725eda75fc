"""money, jobs, and which chats share requests

Revision ID: 0002
Revises: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "spending",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("scope_id", sa.BigInteger(), nullable=False),
        sa.Column("micros", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("scope in ('fleet', 'chat', 'bot')", name=op.f("ck_spending_scope")),
        sa.PrimaryKeyConstraint("day", "scope", "scope_id", name=op.f("pk_spending")),
    )
    op.create_table(
        "llm_jobs",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("family", sa.Text(), nullable=False),
        sa.Column("lane", sa.Text(), nullable=False),
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), server_default="planned", nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("answer", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("attempts", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("available_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("planned_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state in ('planned', 'generating', 'done', 'discarded')", name=op.f("ck_llm_jobs_state")),
        sa.ForeignKeyConstraint(["chat_id"], ["chats.id"], name=op.f("fk_llm_jobs_chat_id_chats"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_llm_jobs")),
    )
    op.create_index("ix_llm_jobs_chat_id", "llm_jobs", ["chat_id"], unique=False)
    op.create_index(
        "ix_llm_jobs_leased",
        "llm_jobs",
        ["lease_until"],
        unique=False,
        postgresql_where=sa.text("state = 'generating'"),
    )
    op.create_index(
        "ix_llm_jobs_planned",
        "llm_jobs",
        ["lane", "available_at"],
        unique=False,
        postgresql_where=sa.text("state = 'planned'"),
    )
    op.create_index("ix_llm_jobs_planned_at", "llm_jobs", ["planned_at"], unique=False)
    op.create_index(
        "uq_llm_jobs_open",
        "llm_jobs",
        ["family", "chat_id"],
        unique=True,
        postgresql_where=sa.text("state in ('planned', 'generating')"),
    )
    op.add_column("bots", sa.Column("daily_budget_usd", sa.Numeric(precision=10, scale=2), nullable=True))
    op.add_column("chats", sa.Column("shares_requests", sa.Boolean(), server_default="true", nullable=False))
    op.add_column("chats", sa.Column("daily_budget_usd", sa.Numeric(precision=10, scale=2), nullable=True))
    op.add_column("chats", sa.Column("digest", postgresql.JSONB(astext_type=sa.Text()), nullable=True))
    op.add_column("chats", sa.Column("digested_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("llm_requests", sa.Column("tokens_cached", sa.Integer(), server_default="0", nullable=False))
    op.add_column("llm_requests", sa.Column("cost_micros", sa.BigInteger(), server_default="0", nullable=False))
    op.create_check_constraint(op.f("ck_bots_daily_budget_usd"), "bots", "daily_budget_usd >= 0")
    op.create_check_constraint(op.f("ck_chats_daily_budget_usd"), "chats", "daily_budget_usd >= 0")


def downgrade() -> None:
    op.drop_column("llm_requests", "cost_micros")
    op.drop_column("llm_requests", "tokens_cached")
    op.drop_column("chats", "digested_at")
    op.drop_column("chats", "digest")
    op.drop_column("chats", "daily_budget_usd")
    op.drop_column("chats", "shares_requests")
    op.drop_column("bots", "daily_budget_usd")
    op.drop_index(
        "uq_llm_jobs_open", table_name="llm_jobs", postgresql_where=sa.text("state in ('planned', 'generating')")
    )
    op.drop_index("ix_llm_jobs_planned_at", table_name="llm_jobs")
    op.drop_index("ix_llm_jobs_planned", table_name="llm_jobs", postgresql_where=sa.text("state = 'planned'"))
    op.drop_index("ix_llm_jobs_leased", table_name="llm_jobs", postgresql_where=sa.text("state = 'generating'"))
    op.drop_index("ix_llm_jobs_chat_id", table_name="llm_jobs")
    op.drop_table("llm_jobs")
    op.drop_table("spending")
