"""scoped settings and news: what a chat or a bot overrides, feeds and their headlines

Revision ID: 0006
Revises: 0005
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for kind in ("chat", "bot"):
        number = sa.Computed(
            f"case when scope like '{kind}:%' then split_part(scope, ':', 2)::bigint else null end", persisted=True
        )
        column = f"{kind}_id"
        op.add_column("settings", sa.Column(column, sa.BigInteger(), number, nullable=True))
        op.create_index(op.f(f"ix_settings_{column}"), "settings", [column], unique=False)
        op.create_foreign_key(
            op.f(f"fk_settings_{column}_{kind}s"), "settings", f"{kind}s", [column], ["id"], ondelete="CASCADE"
        )
    op.create_table(
        "feeds",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), server_default="", nullable=False),
        sa.Column("status", sa.Text(), server_default="active", nullable=False),
        sa.Column("fleet_wide", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("etag", sa.Text(), nullable=True),
        sa.Column("last_modified", sa.Text(), nullable=True),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("status in ('active', 'paused')", name=op.f("ck_feeds_status")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feeds")),
        sa.UniqueConstraint("url", name=op.f("uq_feeds_url")),
    )
    op.create_index("ix_feeds_next_at", "feeds", ["next_at"], postgresql_where=sa.text("status = 'active'"))
    op.create_table(
        "feed_chats",
        sa.Column("feed_id", sa.BigInteger(), nullable=False),
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["feed_id"], ["feeds.id"], name=op.f("fk_feed_chats_feed_id_feeds"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["chat_id"], ["chats.id"], name=op.f("fk_feed_chats_chat_id_chats"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("feed_id", "chat_id", name=op.f("pk_feed_chats")),
    )
    op.create_index("ix_feed_chats_chat_id", "feed_chats", ["chat_id"])
    op.create_table(
        "headlines",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("feed_id", sa.BigInteger(), nullable=False),
        sa.Column("guid", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["feed_id"], ["feeds.id"], name=op.f("fk_headlines_feed_id_feeds"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_headlines")),
        sa.UniqueConstraint("feed_id", "guid", name=op.f("uq_headlines_feed_id_guid")),
    )
    op.create_index("ix_headlines_published_at", "headlines", ["published_at"])


def downgrade() -> None:
    op.drop_table("headlines")
    op.drop_table("feed_chats")
    op.drop_table("feeds")
    op.execute("delete from settings where scope like 'chat:%' or scope like 'bot:%'")
    for kind in ("bot", "chat"):
        column = f"{kind}_id"
        op.drop_constraint(op.f(f"fk_settings_{column}_{kind}s"), "settings", type_="foreignkey")
        op.drop_index(op.f(f"ix_settings_{column}"), table_name="settings")
        op.drop_column("settings", column)
