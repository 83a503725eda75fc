"""plain words: the ingest leader of a chat, and how fast Telegram lets a bot write in it

Revision ID: 0013
Revises: 0012
"""

from __future__ import annotations

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

COLUMNS = (
    ("chats", "ear_bot_id", "ingest_leader_bot_id"),
    ("chats", "ear_heard_at", "ingest_leader_seen_at"),
    ("memberships", "pace", "rate_factor"),
    ("memberships", "paced_at", "rate_limited_until"),
)
INDEX = ("ix_chats_ear_bot_id", "ix_chats_ingest_leader_bot_id")
KEY = ("fk_chats_ear_bot_id_bots", "fk_chats_ingest_leader_bot_id_bots")


def upgrade() -> None:
    for table, old, new in COLUMNS:
        op.alter_column(table, old, new_column_name=new)
    _rename(INDEX, KEY)


def downgrade() -> None:
    _rename(INDEX[::-1], KEY[::-1])
    for table, old, new in COLUMNS:
        op.alter_column(table, new, new_column_name=old)


def _rename(index: tuple[str, str], key: tuple[str, str]) -> None:
    op.execute(f"alter index {index[0]} rename to {index[1]}")
    op.execute(f"alter table chats rename constraint {key[0]} to {key[1]}")
