"""Actions of people and operators in the sandbox's chats, for the control API and the replay."""

from typing import Any

from sandbox.telegram.records import Chat, Member, Person, Wire
from sandbox.telegram.state import State

ANONYMOUS_ADMIN = 1087968824
"""Telegram's @GroupAnonymousBot, the sender of anonymous administrators' messages."""


def register_bot(state: State, token: str, *, username: str, first_name: str, can_read_all_group_messages: bool) -> int:
    """Creates the bot whose id the token begins with, or renames it and replaces its token; returns the id."""
    bot_id = int(token.partition(":")[0])
    state.commit(
        "bot",
        bot_id=bot_id,
        username=username,
        first_name=first_name,
        can_read_all_group_messages=can_read_all_group_messages,
        revoked=False,
    )
    state.keep_token(bot_id, token)
    return bot_id


def revoke_bot(state: State, bot_id: int) -> None:
    """Revokes the bot's token and deletes its webhook; its messages stay."""
    bot = state.world.bots[bot_id]
    state.commit(
        "bot",
        bot_id=bot_id,
        username=bot.username,
        first_name=bot.first_name,
        can_read_all_group_messages=bot.can_read_all_group_messages,
        revoked=True,
    )
    state.keep_webhook(bot, None)
    state.keep_token(bot_id, None)


def register_person(state: State, first_name: str, username: str | None, person_id: int | None) -> Person:
    """Creates a person or renames a known one; without an id, finds one by name if there is one."""
    known = state.world.find_person(first_name, username) if person_id is None else None
    number = known.id if known else person_id if person_id is not None else state.world.new_person_id()
    person = Person(number, first_name, username)
    if state.world.people.get(number) != person:
        state.commit("person", person_id=number, first_name=first_name, username=username)
    return person


def open_chat(state: State, title: str, kind: str, chat_id: int | None) -> Chat:
    """Creates a chat, or renames the one of this id."""
    number = state.world.new_chat_id(kind) if chat_id is None else chat_id
    state.commit("chat", chat_id=number, title=title, type=kind)
    return state.world.chats[number]


def change_member(state: State, chat: Chat, user_id: int, status: str, *, by: int | None = None) -> None:
    """Sets a user's status in a chat. Reads a bot's privacy mode here, as Telegram does when a bot joins."""
    bot, old = state.world.bots.get(user_id), chat.members.get(user_id)
    stays = old is not None and old.present
    sees_all = old.sees_all if stays and old else bot is None or bot.can_read_all_group_messages
    state.commit(
        "member",
        chat_id=chat.id,
        user_id=user_id,
        status=status,
        sees_all=sees_all,
        by=user_id if by is None else by,
        date=int(state.clock()),
    )


def admit_member(state: State, chat: Chat, user_id: int, status: str) -> None:
    """Adds a member, with the service message everyone sees; a promotion or a restriction of a member has none."""
    old = chat.members.get(user_id)
    if old is not None and old.status == status:
        return
    joins = old is None or not old.present
    change_member(state, chat, user_id, status)
    if joins:
        post_service_message(state, chat, "joined", about=user_id, from_id=user_id)


def remove_member(state: State, chat: Chat, user_id: int, status: str) -> None:
    """Removes a member who leaves ("left") or is thrown out ("kicked")."""
    change_member(state, chat, user_id, status)
    post_service_message(state, chat, "left", about=user_id, from_id=user_id)


def post_service_message(state: State, chat: Chat, content: str, *, about: int, from_id: int) -> None:
    """Posts a service message; `content` as in events.post_service_message."""
    state.commit(
        "service_message",
        chat_id=chat.id,
        message_id=state.world.new_message_id(chat),
        content=content,
        about=about,
        from_id=from_id,
        date=int(state.clock()),
    )


def migrate_chat(state: State, chat: Chat) -> Chat:
    """Makes a basic group a supergroup; both chats get the service message that names the other."""
    state.commit("migrated", chat_id=chat.id, to_chat_id=state.world.new_chat_id("supergroup"))
    new = state.world.chats[chat.migrated_to or 0]
    from_id = next((user_id for user_id in chat.members if user_id in state.world.people), ANONYMOUS_ADMIN)
    post_service_message(state, chat, "migrated_to", about=new.id, from_id=from_id)
    post_service_message(state, new, "migrated_from", about=chat.id, from_id=from_id)
    return new


def post_message(
    state: State,
    chat: Chat,
    person: Person,
    text: str,
    *,
    source: str,
    reply_to_message_id: int | None = None,
    **extras: Any,
) -> Wire:
    """Posts a person's message, joining the chat first if need be, or a channel's; returns the Message.

    `source` is "control" or "replay"; extras are message_thread_id, entities and label, kept when not None.
    """
    member: Member | None = chat.members.get(person.id)
    if person.id > 0 and (member is None or not member.present):
        change_member(state, chat, person.id, "member")
    message_id = state.world.new_message_id(chat)
    state.commit(
        "person_message",
        chat_id=chat.id,
        message_id=message_id,
        from_id=person.id,
        from_name=person.first_name,
        text=text,
        reply_to_message_id=reply_to_message_id,
        source=source,
        date=int(state.clock()),
        **{name: value for name, value in extras.items() if value is not None},
    )
    return chat.messages[message_id]


def edit_message(state: State, chat: Chat, message: Wire, text: str) -> Wire:
    """Edits a person's message; returns the edited Message."""
    state.commit(
        "edited",
        chat_id=chat.id,
        message_id=message["message_id"],
        by=message["from"]["id"],
        text=text,
        date=int(state.clock()),
    )
    return chat.messages[message["message_id"]]


def react(state: State, chat: Chat, message_id: int, user_id: int, emoji: str | None) -> None:
    """Sets a user's reaction to a message, or (None) removes it."""
    state.commit(
        "reaction",
        chat_id=chat.id,
        message_id=message_id,
        user_id=user_id,
        emoji=emoji,
        date=int(state.clock()),
    )
