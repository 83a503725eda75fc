"""what each state of an utterance has: an end, a lease, a message

Revision ID: 0009
Revises: 0008
"""

from __future__ import annotations

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

HAS_MESSAGE = "state <> 'sent' or kind = 'reaction' or telegram_message_id is not null"
HAS_END = "(state in ('sent', 'discarded', 'failed', 'unknown')) = (finished_at is not null)"
HAS_LEASE = "state not in ('generating', 'sending') or lease_until is not null"


def upgrade() -> None:
    # No writer leaves such rows; a hand may have. Of a send without its message nobody can tell.
    op.execute(f"update utterances set state = 'unknown' where not ({HAS_MESSAGE})")  # noqa: S608 - no input
    op.execute(f"""
        update utterances set finished_at = case when finished_at is null then coalesce(send_at, planned_at) end
        where not ({HAS_END})
    """)  # noqa: S608 - no input
    op.execute(f"update utterances set lease_until = now() where not ({HAS_LEASE})")  # noqa: S608 - no input
    # One statement, one look through the table.
    op.execute(f"""
        alter table utterances add constraint ck_utterances_telegram_message_id check ({HAS_MESSAGE}),
            add constraint ck_utterances_finished_at check ({HAS_END}),
            add constraint ck_utterances_lease_until check ({HAS_LEASE})
    """)


def downgrade() -> None:
    op.drop_constraint(op.f("ck_utterances_lease_until"), "utterances", type_="check")
    op.drop_constraint(op.f("ck_utterances_finished_at"), "utterances", type_="check")
    op.drop_constraint(op.f("ck_utterances_telegram_message_id"), "utterances", type_="check")
