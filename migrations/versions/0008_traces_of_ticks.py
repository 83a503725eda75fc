"""traces of ticks in a table of their own, with the record that replays them

Revision ID: 0008
Revises: 0007
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "tick_traces",
        sa.Column("utterance_id", sa.BigInteger(), nullable=False),
        sa.Column("engine", sa.Text(), nullable=False),
        sa.Column("seed", sa.BigInteger(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("steps", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("chat_ids", postgresql.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("record", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["utterance_id"],
            ["utterances.id"],
            name=op.f("fk_tick_traces_utterance_id_utterances"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("utterance_id", name=op.f("pk_tick_traces")),
    )
    op.create_index("ix_tick_traces_decided_at", "tick_traces", ["decided_at"], unique=False)
    # The record is compressed already: Postgres need not try again.
    op.execute("alter table tick_traces alter column record set storage external")
    op.execute("""
        insert into tick_traces (utterance_id, engine, seed, decided_at, steps, chat_ids)
        select id, 'unknown', seed, planned_at, trace, array[chat_id] from utterances
        where planned_at > now() - interval '14 days'
    """)
    op.drop_column("utterances", "trace")
    op.drop_column("utterances", "seed")
    op.add_column(
        "utterances",
        sa.Column("notes", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False),
    )


def downgrade() -> None:
    op.add_column("utterances", sa.Column("seed", sa.BigInteger(), server_default="0", nullable=False))
    op.alter_column("utterances", "seed", server_default=None)
    op.alter_column("utterances", "notes", new_column_name="trace")
    op.execute("""
        update utterances u set seed = t.seed, trace = t.steps || u.trace
        from tick_traces t where t.utterance_id = u.id
    """)
    op.drop_table("tick_traces")
