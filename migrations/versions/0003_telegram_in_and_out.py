"""telegram in and out: who hears, who polls, what pace a chat allows, and reactions

Revision ID: 0003
Revises: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("bots", sa.Column("polled_by", sa.Text(), nullable=True))
    op.add_column("bots", sa.Column("polled_until", sa.DateTime(timezone=True), nullable=True))
    op.add_column("bots", sa.Column("session_encrypted", sa.Text(), nullable=True))
    op.add_column("bots", sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("chats", sa.Column("ear_bot_id", sa.BigInteger(), nullable=True))
    op.add_column("chats", sa.Column("ear_heard_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(op.f("ix_chats_ear_bot_id"), "chats", ["ear_bot_id"], unique=False)
    op.create_foreign_key(
        op.f("fk_chats_ear_bot_id_bots"), "chats", "bots", ["ear_bot_id"], ["id"], ondelete="SET NULL"
    )
    op.add_column("memberships", sa.Column("is_admin", sa.Boolean(), server_default="false", nullable=False))
    op.add_column("memberships", sa.Column("pace", sa.Double(), server_default="1", nullable=False))
    op.add_column("memberships", sa.Column("paced_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("utterances", sa.Column("emoji", sa.Text(), nullable=True))
    op.drop_constraint(op.f("ck_utterances_kind"), "utterances", type_="check")
    op.create_check_constraint(op.f("ck_utterances_kind"), "utterances", "kind in ('reply', 'topic', 'reaction')")


def downgrade() -> None:
    op.execute("delete from utterances where kind = 'reaction'")
    op.drop_constraint(op.f("ck_utterances_kind"), "utterances", type_="check")
    op.create_check_constraint(op.f("ck_utterances_kind"), "utterances", "kind in ('reply', 'topic')")
    op.drop_column("utterances", "emoji")
    op.drop_column("memberships", "paced_at")
    op.drop_column("memberships", "pace")
    op.drop_column("memberships", "is_admin")
    op.drop_constraint(op.f("fk_chats_ear_bot_id_bots"), "chats", type_="foreignkey")
    op.drop_index(op.f("ix_chats_ear_bot_id"), table_name="chats")
    op.drop_column("chats", "ear_heard_at")
    op.drop_column("chats", "ear_bot_id")
    op.drop_column("bots", "checked_at")
    op.drop_column("bots", "session_encrypted")
    op.drop_column("bots", "polled_until")
    op.drop_column("bots", "polled_by")
