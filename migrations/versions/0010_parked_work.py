"""items of leased work that failed, and whether they were given up

Revision ID: 0010
Revises: 0009
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "work_failures",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("item_id", sa.BigInteger(), nullable=False),
        sa.Column("bot_id", sa.BigInteger(), nullable=True),
        sa.Column("chat_id", sa.BigInteger(), nullable=True),
        sa.Column("attempts", sa.SmallInteger(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("parked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["bot_id"], ["bots.id"], name=op.f("fk_work_failures_bot_id_bots"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["chat_id"], ["chats.id"], name=op.f("fk_work_failures_chat_id_chats"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_work_failures")),
        sa.UniqueConstraint("kind", "item_id", name=op.f("uq_work_failures_kind_item_id")),
    )
    op.create_index("ix_work_failures_bot_id", "work_failures", ["bot_id"], unique=False)
    op.create_index("ix_work_failures_chat_id", "work_failures", ["chat_id"], unique=False)
    op.create_index("ix_work_failures_last_at_id", "work_failures", ["last_at", "id"], unique=False)
    op.create_index(
        "ix_work_failures_parked_at",
        "work_failures",
        ["parked_at"],
        unique=False,
        postgresql_where=sa.text("parked_at is not null"),
    )


def downgrade() -> None:
    op.drop_table("work_failures")
