"""faults of requests: what a failed request failed for, and the provider's own sentence

Revision ID: 0019
Revises: 0018
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("llm_requests", sa.Column("fault", sa.Text(), nullable=True))
    op.add_column("llm_requests", sa.Column("sentence", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("llm_requests", "sentence")
    op.drop_column("llm_requests", "fault")
