"""Links that outlive a prompt: each message is linked once, and a gap begins anew."""

from __future__ import annotations

import datetime as dt

from app.domain.conversation.views import MessageView
from app.services.lanes.threads import CHATS, ChatThreads

NOW = dt.datetime(2026, 11, 22, 12, 0, tzinfo=dt.UTC)


def say(number, author="Grace", text="hello", reply_to=None):
    return MessageView(number, number, author, None, text, NOW + dt.timedelta(seconds=number), reply_to=reply_to)


def test_messages_that_come_later_are_linked_to_what_was_linked_before():
    threads = ChatThreads()
    first = [say(1, text="who has the keys?"), say(2, "Ada", "me", reply_to=1)]
    assert threads.link(7, first) == {1: 1, 2: 1}
    later = [*first, say(3, "Grace", "thanks", reply_to=2)]
    assert threads.link(7, later) == {1: 1, 2: 1, 3: 2}


def test_only_what_was_asked_for_is_told():
    threads = ChatThreads()
    threads.link(7, [say(1), say(2), say(3, reply_to=2)])
    assert threads.link(7, [say(3, reply_to=2), say(4, reply_to=3)]) == {3: 2, 4: 3}


def test_chats_are_told_apart():
    threads = ChatThreads()
    threads.link(7, [say(1), say(2)])
    assert threads.link(8, [say(2, reply_to=1)]) == {2: 2}


def test_after_a_gap_nothing_is_linked_to_what_lies_before_it():
    threads = ChatThreads()
    threads.link(7, [say(1), say(2)])
    assert threads.link(7, [say(50, reply_to=2), say(51, reply_to=50)]) == {50: 50, 51: 50}


def test_a_message_that_turns_up_late_is_left_out():
    threads = ChatThreads()
    threads.link(7, [say(1), say(5)])
    assert threads.link(7, [say(1), say(3), say(5)]).keys() == {1, 5}


def test_the_chats_that_were_written_for_longest_ago_are_forgotten():
    threads = ChatThreads()
    threads.link(0, [say(1), say(2, reply_to=1)])
    for chat in range(1, CHATS + 1):
        threads.link(chat, [say(1)])
    assert threads.link(0, [say(2, reply_to=1)]) == {2: 2}


def test_an_empty_chat_has_no_links():
    assert ChatThreads().link(7, []) == {}
