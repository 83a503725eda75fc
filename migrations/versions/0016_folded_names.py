"""folded names: of bots and chats, for searches that know Turkish letters and accents

Revision ID: 0016
Revises: 0013
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.models.folding import define_fold_name

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

COLUMNS = (("bots", "folded_name", "display_name"), ("chats", "folded_title", "title"))


def upgrade() -> None:
    op.execute(define_fold_name())
    for table, column, source in COLUMNS:
        generated = sa.Computed(f"fold_name({source})", persisted=True)
        op.add_column(table, sa.Column(column, sa.Text(), generated, nullable=False))


def downgrade() -> None:
    for table, column, _ in COLUMNS:
        op.drop_column(table, column)
    op.execute("drop function fold_name(text)")
