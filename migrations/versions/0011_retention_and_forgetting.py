"""retention and forgetting: both find their rows by an index, and a finished update keeps no words

Revision ID: 0011
Revises: 0010
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

ODD = "split_part(outcome, ':', 1) in ('malformed', 'unknown', 'failed', 'basic_group')"
EMPTY = "jsonb_build_object('update_id', update_id)"
INDEXES = (
    ("ix_messages_person_id_chat_id", "messages", ["person_id", "chat_id"], "person_id is not null"),
    ("ix_messages_bot_id", "messages", ["bot_id"], "bot_id is not null"),
    ("ix_messages_answers", "messages", ["chat_id", "reply_to_message_id"], "bot_id is not null"),
    ("ix_utterances_finished_at", "utterances", ["finished_at"], "finished_at is not null"),
    ("ix_inbox_updates_odd", "inbox_updates", ["id"], ODD),
)


def upgrade() -> None:
    # A large installation's indexes take longer than a statement of the running fleet may.
    op.execute("set local statement_timeout = 0")
    op.add_column("people", sa.Column("forgotten_message_id", sa.BigInteger(), nullable=True))
    _create_forget_requests()
    for name, table, columns, condition in INDEXES:
        op.create_index(name, table, columns, postgresql_where=sa.text(condition))
    finished = f"update inbox_updates set payload = {EMPTY} where done_at is not null and ({ODD}) is not true"  # noqa: S608
    op.execute(finished)


def _create_forget_requests() -> None:
    op.create_table(
        "forget_requests",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("telegram_user_id", sa.BigInteger(), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.Column("chat_id", sa.BigInteger(), nullable=True),
        sa.Column("bot_id", sa.BigInteger(), nullable=True),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("names", sa.Text(), nullable=True),
        sa.Column("chat_ids", postgresql.ARRAY(sa.BigInteger()), server_default="{}", nullable=False),
        sa.Column("stage", sa.Text(), server_default="places", nullable=False),
        sa.Column("position", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("available_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["chat_id"], ["chats.id"], name=op.f("fk_forget_requests_chat_id_chats"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["bot_id"], ["bots.id"], name=op.f("fk_forget_requests_bot_id_bots"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_forget_requests")),
    )
    still_open = sa.text("done_at is null")
    op.create_index(
        "uq_forget_requests_open", "forget_requests", ["telegram_user_id"], unique=True, postgresql_where=still_open
    )
    op.create_index("ix_forget_requests_waiting", "forget_requests", ["available_at"], postgresql_where=still_open)
    for column in ("telegram_user_id", "done_at", "chat_id", "bot_id"):
        op.create_index(op.f(f"ix_forget_requests_{column}"), "forget_requests", [column])


def downgrade() -> None:
    op.drop_table("forget_requests")
    for name, table, _, _ in reversed(INDEXES):
        op.drop_index(name, table_name=table)
    op.drop_column("people", "forgotten_message_id")
