"""rests: places that refuse for good what bots send are left alone for a while

Revision ID: 0014
Revises: 0013
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "rests",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column("bot_id", sa.BigInteger(), nullable=True),
        sa.Column("thread_id", sa.BigInteger(), nullable=False),
        sa.Column("emoji", sa.Text(), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("rests", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("failed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rests_until", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(bot_id is null) = (emoji is not null)", name=op.f("ck_rests_place")),
        sa.ForeignKeyConstraint(["chat_id"], ["chats.id"], name=op.f("fk_rests_chat_id_chats"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["bot_id"], ["bots.id"], name=op.f("fk_rests_bot_id_bots"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rests")),
    )
    op.create_index("uq_rests_topic", "rests", ["chat_id", "bot_id", "thread_id"], unique=True)
    op.create_index(
        "uq_rests_emoji", "rests", ["chat_id", "emoji"], unique=True, postgresql_where=sa.text("bot_id is null")
    )
    op.create_index(op.f("ix_rests_bot_id"), "rests", ["bot_id"])


def downgrade() -> None:
    op.drop_table("rests")
