"""what messages tell, what a model reads in them, and whom the bots leave alone

Revision ID: 0005
Revises: 0004
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

OPEN = "state in ('planned', 'generating', 'ready', 'sending')"


def upgrade() -> None:
    op.add_column("messages", sa.Column("is_command", sa.Boolean(), server_default="false", nullable=False))
    op.add_column("messages", sa.Column("asks_opinion", sa.Boolean(), server_default="false", nullable=False))
    op.add_column("messages", sa.Column("sentiment", sa.Double(), nullable=True))
    op.add_column("messages", sa.Column("topics", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False))
    op.add_column("chats", sa.Column("insight_message_id", sa.BigInteger(), nullable=True))
    op.add_column("chats", sa.Column("insighted_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("llm_jobs", sa.Column("after_message_id", sa.BigInteger(), nullable=True))
    op.add_column("llm_jobs", sa.Column("last_message_id", sa.BigInteger(), nullable=True))
    _create_insights()
    _create_mutes()
    _set_kinds("'reply', 'topic', 'reaction', 'command'", f"kind <> 'command' and {OPEN}")


def _create_insights() -> None:
    op.create_table(
        "insights",
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("stance", sa.Text(), nullable=False),
        sa.Column("sentiment", sa.Double(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("stance in ('for', 'against', 'neutral', 'none')", name=op.f("ck_insights_stance")),
        sa.CheckConstraint("sentiment between -1 and 1", name=op.f("ck_insights_sentiment")),
        sa.ForeignKeyConstraint(["chat_id"], ["chats.id"], name=op.f("fk_insights_chat_id_chats"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["message_id"], ["messages.id"], name=op.f("fk_insights_message_id_messages"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_insights")),
    )
    op.create_index("ix_insights_chat_id_message_id", "insights", ["chat_id", sa.text("message_id DESC")])


def _create_mutes() -> None:
    op.create_table(
        "mutes",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("bot_id", sa.BigInteger(), nullable=True),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["bot_id"], ["bots.id"], name=op.f("fk_mutes_bot_id_bots"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["chat_id"], ["chats.id"], name=op.f("fk_mutes_chat_id_chats"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_mutes_person_id_people"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mutes")),
    )
    op.create_index(
        "uq_mutes_all_bots",
        "mutes",
        ["chat_id", "person_id"],
        unique=True,
        postgresql_where=sa.text("bot_id is null"),
    )
    op.create_index("uq_mutes_one_bot", "mutes", ["chat_id", "person_id", "bot_id"], unique=True)
    op.create_index("ix_mutes_person_id", "mutes", ["person_id"])
    op.create_index("ix_mutes_bot_id", "mutes", ["bot_id"])


def _set_kinds(kinds: str, counts: str) -> None:
    """Which kinds of utterances there are, and which ones count as the one thing that a bot says at a time."""
    op.drop_constraint(op.f("ck_utterances_kind"), "utterances", type_="check")
    op.create_check_constraint(op.f("ck_utterances_kind"), "utterances", f"kind in ({kinds})")
    op.drop_index("uq_utterances_open_bot", table_name="utterances")
    op.create_index("uq_utterances_open_bot", "utterances", ["bot_id"], unique=True, postgresql_where=sa.text(counts))


def downgrade() -> None:
    op.execute("delete from utterances where kind = 'command'")
    op.execute("delete from llm_jobs where family = 'insight'")
    _set_kinds("'reply', 'topic', 'reaction'", OPEN)
    op.drop_table("mutes")
    op.drop_table("insights")
    op.drop_column("llm_jobs", "last_message_id")
    op.drop_column("llm_jobs", "after_message_id")
    op.drop_column("chats", "insighted_at")
    op.drop_column("chats", "insight_message_id")
    op.drop_column("messages", "topics")
    op.drop_column("messages", "sentiment")
    op.drop_column("messages", "asks_opinion")
    op.drop_column("messages", "is_command")
