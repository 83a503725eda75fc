"""what keeps updates from bots: another poller, a webhook, a server of another account, a rest

Revision ID: 0015
Revises: 0013
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "bot_problems",
        sa.Column("bot_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "kind in ('other_poller', 'webhook', 'other_account', 'rest')", name=op.f("ck_bot_problems_kind")
        ),
        sa.ForeignKeyConstraint(["bot_id"], ["bots.id"], name=op.f("fk_bot_problems_bot_id_bots"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("bot_id", name=op.f("pk_bot_problems")),
    )


def downgrade() -> None:
    op.drop_table("bot_problems")
