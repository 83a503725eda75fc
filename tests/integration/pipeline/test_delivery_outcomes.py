"""What becomes of a text after the POST: sent, back to the outbox, failed, or unknown and never repeated."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from sqlalchemy import select

from app.domain.errors import (
    BadRequest,
    ChatMigrated,
    ChatNotFound,
    ConfigError,
    Conflict,
    Forbidden,
    Muted,
    NotAMember,
    NotConnected,
    OutcomeUnknown,
    RetryAfter,
    ServerError,
    Unauthorized,
)
from app.models import Bot, Chat, Membership, Mention, Message
from app.services.delivery import deliver
from app.services.schedule.sweeping import sweep
from tests.builders import NOW, fetch, make_bot, make_chat, make_mention, make_message, make_utterance, refetch


@pytest.fixture
def ready(pipeline, bot):
    return make_utterance(pipeline.sessions, bot, make_chat(pipeline.sessions, bot))


def keep_delivering(pipeline, rounds=20):
    """Minutes of looks at the outbox, and of sweeps."""
    for _ in range(rounds):
        pipeline.clock.pass_seconds(7)
        deliver(pipeline.delivery)
        sweep(pipeline.sweeping)


def test_a_sent_text_is_in_the_chats_history_and_the_bot_has_spoken(pipeline, ready):
    deliver(pipeline.delivery)
    row = refetch(pipeline.sessions, ready)
    assert (row.state, row.finished_at, row.lease_until, row.reason) == ("sent", NOW, None, None)
    [message] = fetch(pipeline.sessions, select(Message))
    assert (message.bot_id, message.telegram_message_id) == (ready.bot_id, row.telegram_message_id)
    assert fetch(pipeline.sessions, select(Bot.last_spoke_at)) == [NOW]
    assert fetch(pipeline.sessions, select(Membership.last_spoke_at)) == [NOW]


@pytest.mark.parametrize("error", [NotConnected("no"), Conflict("409"), RetryAfter(3)], ids=lambda e: type(e).__name__)
def test_what_telegram_did_not_take_is_sent_again_later(pipeline, ready, error):
    pipeline.telegram.errors = [error]
    deliver(pipeline.delivery)
    row = refetch(pipeline.sessions, ready)
    assert (row.state, row.lease_until) == ("ready", None)
    assert row.available_at > NOW
    keep_delivering(pipeline, 2)
    assert len(pipeline.telegram.sent) == 1
    assert refetch(pipeline.sessions, ready).state == "sent"


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (OutcomeUnknown("no answer"), "no_answer_from_telegram"),
        (OutcomeUnknown("502", answered=True), "error_answer_from_telegram"),
        (ServerError("502"), "error_answer_from_telegram"),
    ],
    ids=str,
)
def test_what_telegram_may_have_taken_is_unknown_and_never_sent_again(pipeline, ready, error, reason):
    pipeline.telegram.errors = [error]
    attempts = []
    pipeline.telegram.before_send = lambda: attempts.append(1)
    deliver(pipeline.delivery)
    keep_delivering(pipeline)
    row = refetch(pipeline.sessions, ready)
    assert (row.state, row.reason) == ("unknown", reason)
    assert attempts == [1]
    assert fetch(pipeline.sessions, select(Message)) == []


def test_a_send_whose_worker_died_becomes_unknown_and_is_never_sent_again(pipeline, bot):
    lease = NOW + dt.timedelta(seconds=5)
    chat = make_chat(pipeline.sessions, bot)
    lost = make_utterance(pipeline.sessions, bot, chat, "sending", lease_until=lease)
    keep_delivering(pipeline)
    assert refetch(pipeline.sessions, lost).reason == "worker_lost_while_sending"
    assert pipeline.telegram.sent == []


def test_an_answer_that_comes_after_all_settles_what_was_unknown(pipeline, ready):
    def be_slow():
        pipeline.clock.pass_seconds(60)
        sweep(pipeline.sweeping)

    pipeline.telegram.before_send = be_slow
    deliver(pipeline.delivery)
    row = refetch(pipeline.sessions, ready)
    assert (row.state, row.reason) == ("sent", None)


def test_a_refused_text_ends_with_telegrams_words(pipeline, ready):
    pipeline.telegram.errors = [BadRequest("Bad Request: message is too long")]
    deliver(pipeline.delivery)
    keep_delivering(pipeline, 3)
    row = refetch(pipeline.sessions, ready)
    assert (row.state, row.reason) == ("failed", "Bad Request: message is too long")
    assert pipeline.telegram.sent == []
    assert fetch(pipeline.sessions, select(Membership.status)) == ["active"]


def test_a_kick_ends_the_membership_with_its_reason(pipeline, ready):
    pipeline.telegram.errors = [Forbidden("Forbidden: bot was kicked")]
    deliver(pipeline.delivery)
    assert refetch(pipeline.sessions, ready).state == "failed"
    [membership] = fetch(pipeline.sessions, select(Membership))
    assert (membership.status, membership.status_reason) == ("kicked", "Forbidden: bot was kicked")


def test_a_chat_that_is_gone_ends_the_membership(pipeline, ready):
    pipeline.telegram.errors = [ChatNotFound("Bad Request: chat not found")]
    deliver(pipeline.delivery)
    assert fetch(pipeline.sessions, select(Membership.status)) == ["left"]


def test_a_revoked_token_takes_its_bot_out_of_service_and_says_what_to_do(pipeline, ready):
    pipeline.telegram.errors = [Unauthorized("Unauthorized")]
    deliver(pipeline.delivery)
    [broken] = fetch(pipeline.sessions, select(Bot))
    assert broken.status == "broken"
    assert "@BotFather" in broken.status_reason
    assert refetch(pipeline.sessions, ready).state == "failed"


def test_a_token_that_was_replaced_during_the_send_breaks_nothing(pipeline, ready):
    def replace_token():
        with pipeline.sessions.begin() as session:
            session.get(Bot, ready.bot_id).token_encrypted = "another"

    pipeline.telegram.before_send = replace_token
    pipeline.telegram.errors = [Unauthorized("Unauthorized")]
    deliver(pipeline.delivery)
    assert fetch(pipeline.sessions, select(Bot.status)) == ["active"]


def test_a_group_that_moved_is_followed_and_the_text_arrives_there(pipeline, ready):
    pipeline.telegram.errors = [ChatMigrated(-1009999999999)]
    deliver(pipeline.delivery)
    deliver(pipeline.delivery)
    assert [chat_id for _, chat_id, _, _ in pipeline.telegram.sent] == [-1009999999999]
    assert fetch(pipeline.sessions, select(Chat.telegram_chat_id)) == [-1009999999999]


def test_a_chat_that_the_new_group_made_known_meanwhile_is_absorbed(pipeline, bot, ready):
    other = make_bot(pipeline.sessions, "Bob")
    newcomer = make_chat(pipeline.sessions, bot, other, status="new")
    make_message(pipeline.sessions, newcomer, "We moved")
    pipeline.telegram.errors = [ChatMigrated(newcomer.telegram_chat_id)]
    deliver(pipeline.delivery)
    deliver(pipeline.delivery)
    [chat] = fetch(pipeline.sessions, select(Chat))
    assert (chat.id, chat.telegram_chat_id, chat.status) == (ready.chat_id, newcomer.telegram_chat_id, "enabled")
    assert [chat_id for _, chat_id, _, _ in pipeline.telegram.sent] == [newcomer.telegram_chat_id]
    assert set(fetch(pipeline.sessions, select(Membership.bot_id))) == {bot.id, other.id}
    assert "We moved" in fetch(pipeline.sessions, select(Message.text))


def test_a_group_that_moved_into_a_chat_in_use_is_paused_with_the_reason(pipeline, bot, ready):
    other = make_bot(pipeline.sessions, "Bob")
    in_use = make_chat(pipeline.sessions, other)
    make_utterance(pipeline.sessions, other, in_use, "sent")
    pipeline.telegram.errors = [ChatMigrated(in_use.telegram_chat_id)]
    deliver(pipeline.delivery)
    assert refetch(pipeline.sessions, ready).state == "failed"
    with pipeline.sessions() as session:
        old = session.get(Chat, ready.chat_id)
    assert old.status == "paused"
    assert str(in_use.telegram_chat_id) in old.status_reason


def test_a_bot_that_may_not_write_is_muted_with_telegrams_words(pipeline, ready):
    words = "Bad Request: not enough rights to send text messages to the chat"
    pipeline.telegram.errors = [Muted(words)]
    deliver(pipeline.delivery)
    [membership] = fetch(pipeline.sessions, select(Membership))
    assert (membership.status, membership.status_reason) == ("muted", words)
    assert fetch(pipeline.sessions, select(Bot.status)) == ["active"]


def test_a_bot_that_is_no_member_has_left(pipeline, ready):
    pipeline.telegram.errors = [NotAMember("Forbidden: bot is not a member of the supergroup chat")]
    deliver(pipeline.delivery)
    assert fetch(pipeline.sessions, select(Membership.status)) == ["left"]


def test_a_text_too_long_for_telegram_is_dropped_before_it_is_asked(pipeline, bot):
    chat = make_chat(pipeline.sessions, bot)
    long = make_utterance(pipeline.sessions, bot, chat, text="😀" * 2049)
    deliver(pipeline.delivery)
    row = refetch(pipeline.sessions, long)
    assert (row.state, row.reason, pipeline.telegram.sent) == ("discarded", "too_long", [])


def test_a_conflict_is_not_repeated(pipeline, ready):
    pipeline.telegram.errors = [Conflict("terminated by other")]
    deliver(pipeline.delivery)
    keep_delivering(pipeline, 3)
    assert len(pipeline.telegram.sent) <= 1


def test_safety_judges_the_exact_text_right_before_the_send(pipeline, bot):
    chat = make_chat(pipeline.sessions, bot)
    edited = make_utterance(pipeline.sessions, bot, chat, text="Guaranteed profit")
    deliver(pipeline.delivery)
    row = refetch(pipeline.sessions, edited)
    assert (row.state, row.reason) == ("discarded", "unsafe_promises_profit")
    assert pipeline.telegram.sent == []


def test_no_transaction_is_open_while_telegram_is_called(pipeline, ready, committed_db):
    open_connections = []
    pipeline.telegram.before_send = lambda: open_connections.append(committed_db.pool.checkedout())
    deliver(pipeline.delivery)
    assert open_connections == [0]


def test_the_row_says_sending_while_telegram_is_called(pipeline, ready):
    during = []
    pipeline.telegram.before_send = lambda: during.append(refetch(pipeline.sessions, ready).state)
    deliver(pipeline.delivery)
    assert during == ["sending"]


def test_typing_is_shown_again_while_it_lasts_and_nothing_is_sent_before_its_time(pipeline, bot):
    chat = make_chat(pipeline.sessions, bot)
    make_utterance(pipeline.sessions, bot, chat, send_at=NOW + dt.timedelta(seconds=8))
    for _ in range(8):
        deliver(pipeline.delivery)
        assert pipeline.telegram.sent == []
        pipeline.clock.pass_seconds(1)
    assert len(pipeline.telegram.typing) == 2
    deliver(pipeline.delivery)
    assert len(pipeline.telegram.sent) == 1


def test_an_answer_marks_its_mention_and_the_next_person_who_waits_is_served_at_once(pipeline, bot):
    chat = make_chat(pipeline.sessions, bot)
    first, second = (
        make_mention(pipeline.sessions, bot, make_message(pipeline.sessions, chat, text)) for text in ("Ada?", "Ada!")
    )
    make_utterance(pipeline.sessions, bot, chat, urgency="interactive", mention_id=first.id)
    deliver(pipeline.delivery)
    assert fetch(pipeline.sessions, select(Mention.status).order_by(Mention.id)) == ["answered", "pending"]
    assert [tick.mention_id for tick in pipeline.queue.urgent] == [second.id]


def test_a_token_that_no_key_opens_holds_up_no_other_bot(pipeline, ready):
    other = make_bot(pipeline.sessions, "Bob")
    make_utterance(pipeline.sessions, other, make_chat(pipeline.sessions, other))
    delivery = pipeline.delivery

    class OneKeyLost:
        def decrypt(self, ciphertext):
            if ciphertext == fetch(pipeline.sessions, select(Bot.token_encrypted).where(Bot.id == ready.bot_id))[0]:
                raise ConfigError(["ENCRYPTION_KEYS: no key opens it"])
            return ciphertext

    deliver(replace(delivery, vault=OneKeyLost()))
    assert [text for _, _, text, _ in pipeline.telegram.sent] == ["Text of Bob"]
    row = refetch(pipeline.sessions, ready)
    assert (row.state, row.reason) == ("discarded", "token_unreadable")
    assert fetch(pipeline.sessions, select(Bot.status).order_by(Bot.id)) == ["broken", "active"]
