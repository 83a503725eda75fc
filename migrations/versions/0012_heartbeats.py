"""the pipeline's heartbeat in a table of its own, no longer among the settings

Revision ID: 0012
Revises: 0011
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "heartbeats",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("beat_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_heartbeats")),
    )
    op.execute("""
        insert into heartbeats (name, beat_at)
        select 'pipeline', updated_at from settings where scope = 'pipeline' and key = 'looked'
    """)
    op.execute("delete from settings where scope = 'pipeline'")


def downgrade() -> None:
    op.execute("""
        insert into settings (scope, key, value, updated_at)
        select 'pipeline', 'looked', 'true', beat_at from heartbeats where name = 'pipeline'
    """)
    op.drop_table("heartbeats")
