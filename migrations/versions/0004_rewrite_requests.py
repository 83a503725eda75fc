"""a refused draft is asked for once more

Revision ID: 0004
Revises: 0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("utterances", sa.Column("rewrite_reason", sa.Text(), nullable=True))
    op.add_column("utterances", sa.Column("refused_text", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("utterances", "refused_text")
    op.drop_column("utterances", "rewrite_reason")
