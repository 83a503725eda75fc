"""examples of a persona's voice, and the wording of each request

Revision ID: 0018
Revises: 0017
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    texts = postgresql.ARRAY(sa.Text())
    op.add_column("personas", sa.Column("examples", texts, server_default="{}", nullable=False))
    op.add_column("llm_requests", sa.Column("wording", sa.Text(), server_default="", nullable=False))


def downgrade() -> None:
    op.drop_column("llm_requests", "wording")
    op.drop_column("personas", "examples")
