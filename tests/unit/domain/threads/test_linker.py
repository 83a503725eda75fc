"""Links: what the chat itself tells always holds, and the guesses follow names, people and words."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.threads.linker import REMEMBERED, Linker, link_messages
from app.domain.threads.messages import ThreadMessage

TEXT = st.text(max_size=60)
AUTHOR = st.sampled_from(["Ada", "bob2", "Şeyma Yıldız", "", "🦊", "|trey|"]) | st.text(max_size=12)


def talk(*lines, pause_s=20.0):
    """Messages of (author, text), each `pause_s` after the one before; ids from 1."""
    return [ThreadMessage(n, author, text, n * pause_s) for n, (author, text) in enumerate(lines, start=1)]


@st.composite
def chats(draw):
    """Messages of any text by a few people, some of them service messages, some express replies."""
    size = draw(st.integers(0, 25))
    return [
        ThreadMessage(
            id=number,
            author=draw(AUTHOR),
            text=draw(TEXT),
            seconds=draw(st.floats(0, 1e9)),
            reply_to=draw(st.none() | st.integers(-2, 30)),
            username=draw(st.sampled_from(["", "ada_l", "bob"])),
            is_service=draw(st.booleans()) and draw(st.booleans()),
        )
        for number in range(1, size + 1)
    ]


@settings(max_examples=50)
@given(messages=chats(), order=st.randoms())
def test_every_message_is_linked_to_itself_or_to_an_earlier_one_whatever_was_said(messages, order):
    links = link_messages(messages)
    assert links.keys() == {message.id for message in messages}
    assert all(parent in links and parent <= child for child, parent in links.items())
    order.shuffle(messages)
    assert link_messages(messages) == links


@settings(max_examples=50)
@given(messages=chats())
def test_an_express_reply_to_an_earlier_message_always_wins(messages):
    links = link_messages(messages)
    express = {m.id: m.reply_to for m in messages if m.reply_to in links and m.reply_to < m.id}
    assert {child: links[child] for child in express} == express


@settings(max_examples=50)
@given(messages=chats())
def test_a_service_message_is_answered_only_expressly(messages):
    links = link_messages(messages)
    service = {m.id for m in messages if m.is_service}
    express = {m.id for m in messages if m.reply_to in links and m.reply_to != m.id}
    assert not [child for child, parent in links.items() if parent in service - {child} and child not in express]


def test_an_addressed_person_is_answered_across_other_talk():
    messages = talk(
        ("mira", "how do I mount an nfs share?"),
        ("tom", "my screen stays black after suspend, any idea?"),
        ("lars", "mira: sudo mount -t nfs server:/share /mnt"),
        ("june", "tom, which graphics driver do you use?"),
    )
    assert link_messages(messages) == {1: 1, 2: 2, 3: 1, 4: 2}


def test_an_answer_goes_back_to_who_asked():
    messages = talk(
        ("mira", "how do I mount an nfs share?"),
        ("lars", "mira: which version of the server do you have?"),
        ("tom", "hello, is anybody using wayland here?"),
        ("mira", "lars: version 4"),
    )
    assert link_messages(messages)[4] == 2


def test_telegrams_names_are_understood_too():
    messages = [
        ThreadMessage(1, "Şeyma Yıldız", "what do you think about gold?", 0, username="seyma_y"),
        ThreadMessage(2, "Grace", "is the market open today?", 20),
        ThreadMessage(3, "Bob", "@seyma_y gold is boring", 40),
        ThreadMessage(4, "Ada", "Grace, it is closed today", 50),
    ]
    links = link_messages(messages)
    assert (links[3], links[4]) == (1, 2)


def test_a_chat_without_names_or_words_is_still_linked():
    assert link_messages([ThreadMessage(1, "", "", 0), ThreadMessage(2, "", "", 0)]).keys() == {1, 2}


def test_a_reply_to_a_message_that_was_never_seen_is_guessed():
    assert link_messages([ThreadMessage(7, "Ada", "hello", 0, reply_to=3)]) == {7: 7}


def test_time_that_runs_backwards_does_not_hurt():
    messages = [ThreadMessage(n, "Ada", "and", 1000.0 - n) for n in range(1, 6)]
    assert link_messages(messages).keys() == {1, 2, 3, 4, 5}


def test_a_linker_forgets_old_lines_and_people_but_still_takes_an_express_reply_to_them():
    linker = Linker()
    linker.link(ThreadMessage(1, "Old", "hello all", 0))
    for number in range(2, REMEMBERED + 50):
        linker.link(ThreadMessage(number, f"person{number % 7}", f"word{number}", number * 30.0))
    late = REMEMBERED + 50
    assert linker.link(ThreadMessage(late, "Ada", "Old: are you there?", late * 30.0)) != 1
    assert linker.link(ThreadMessage(late + 1, "Ada", "this one", late * 30.0 + 5, reply_to=1)) == 1
