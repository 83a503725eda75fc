"""hours, moods and lengths: windows of a persona and a chat, how long a message is and how soon it is typed

Revision ID: 0007
Revises: 0006
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

TEXTS = postgresql.ARRAY(sa.Text())


def upgrade() -> None:
    op.add_column("personas", sa.Column("active", TEXTS, server_default="{}", nullable=False))
    op.add_column("personas", sa.Column("prime", TEXTS, server_default="{}", nullable=False))
    op.add_column("personas", sa.Column("length", postgresql.JSONB(), server_default="{}", nullable=False))
    op.execute(
        "update personas set active = array[to_char(active_from, 'HH24:MI') || '-' || to_char(active_to, 'HH24:MI')]"
        " where active_from <> active_to"
    )
    op.drop_column("personas", "active_from")
    op.drop_column("personas", "active_to")
    op.add_column("chats", sa.Column("timezone", sa.Text(), server_default="UTC", nullable=False))
    op.add_column("chats", sa.Column("quiet", TEXTS, server_default="{}", nullable=False))
    op.add_column("utterances", sa.Column("max_words", sa.SmallInteger(), nullable=True))
    op.add_column("utterances", sa.Column("reading_s", sa.Double(), nullable=True))


def downgrade() -> None:
    op.drop_column("utterances", "reading_s")
    op.drop_column("utterances", "max_words")
    op.drop_column("chats", "quiet")
    op.drop_column("chats", "timezone")
    op.add_column("personas", sa.Column("active_from", sa.Time(), server_default="00:00", nullable=False))
    op.add_column("personas", sa.Column("active_to", sa.Time(), server_default="00:00", nullable=False))
    op.execute(
        "update personas set active_from = split_part(active[1], '-', 1)::time,"
        " active_to = split_part(active[1], '-', 2)::time where active <> '{}'"
    )
    op.drop_column("personas", "length")
    op.drop_column("personas", "prime")
    op.drop_column("personas", "active")
