"""Methods that write: sendMessage, editMessageText, deleteMessage, sendChatAction, setMessageReaction."""

from sandbox.telegram.actions import react
from sandbox.telegram.calls import Call
from sandbox.telegram.entities import Entity, utf16_length
from sandbox.telegram.errors import bad_request
from sandbox.telegram.markup import parse_html
from sandbox.telegram.objects import text_fields
from sandbox.telegram.params import whole_number
from sandbox.telegram.reactions import ALLOWED_REACTIONS, plain_emoji
from sandbox.telegram.records import Chat, Wire

MAX_TEXT_UNITS = 4096
"""Maximum UTF-16 code units of a message (core.telegram.org/bots/api#sendmessage)."""

NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same as a current content "
    "and reply markup of the message"
)

CHAT_ACTIONS = frozenset(
    {
        "typing",
        "upload_photo",
        "record_video",
        "upload_video",
        "record_voice",
        "upload_voice",
        "upload_document",
        "choose_sticker",
        "find_location",
        "record_video_note",
        "upload_video_note",
    }
)


def send_message(call: Call) -> Wire:
    """Posts a text; returns the Message."""
    chat = call.chat()
    if not chat.may_send(call.bot.id):
        raise bad_request("not enough rights to send text messages to the chat")
    text, entities = read_text(call)
    reply_to = _reply_target(call, chat)
    thread_id = _thread(call, chat)
    call.charge_message(chat)
    message_id = call.state.world.new_message_id(chat)
    call.change = {
        "event": "bot_message",
        "bot_id": call.bot.id,
        "chat_id": chat.id,
        "message_id": message_id,
        "date": call.now(),
        "text": text,
        "entities": entities,
        "reply_to_message_id": reply_to,
        "message_thread_id": thread_id,
    }
    call.state.apply(**call.change)
    return chat.messages[message_id]


def read_text(call: Call) -> tuple[str, list[Entity]]:
    """Returns the message text and its explicit entities, by parse_mode. Raises 400 if empty, too long or malformed."""
    text, entities = _parse(call, call.params.text("text") or "")
    if not text.strip():
        raise bad_request("message text is empty")
    if utf16_length(text.strip()) > MAX_TEXT_UNITS:
        raise bad_request("message is too long")
    return trim(text, entities)


def _parse(call: Call, source: str) -> tuple[str, list[Entity]]:
    mode = (call.params.text("parse_mode") or "").lower()
    if not mode:
        return source, [e for e in call.params.objects("entities") or [] if _is_entity(e)]
    if mode != "html":
        raise bad_request("unsupported parse_mode (this sandbox reads HTML only)")
    try:
        return parse_html(source)
    except ValueError as error:
        raise bad_request(f"can't parse entities: {error}") from None


def _is_entity(entity: Entity) -> bool:
    expected = {"type": str, "offset": int, "length": int}
    return all(isinstance(entity.get(name), kind) for name, kind in expected.items())


def trim(text: str, entities: list[Entity]) -> tuple[str, list[Entity]]:
    """Strips the white space around a message, as the server does, and shifts its entities."""
    removed = utf16_length(text) - utf16_length(text.lstrip())
    stripped = text.strip()
    length = utf16_length(stripped)
    moved = []
    for entity in entities:
        start = max(0, entity["offset"] - removed)
        end = min(length, entity["offset"] + entity["length"] - removed)
        if start < end:
            moved.append({**entity, "offset": start, "length": end - start})
    return stripped, moved


def _reply_target(call: Call, chat: Chat) -> int | None:
    reply = call.params.json("reply_parameters")
    if reply is not None and not isinstance(reply, dict):
        raise bad_request("can't parse reply parameters JSON object")
    if reply:
        target = whole_number(reply.get("message_id"))
        optional = bool(reply.get("allow_sending_without_reply"))
    else:
        target = call.params.integer("reply_to_message_id")
        optional = call.params.flag("allow_sending_without_reply")
    if not target or target in chat.messages:
        return target or None
    if optional:
        return None
    raise bad_request("message to be replied not found")


def _thread(call: Call, chat: Chat) -> int | None:
    thread_id = call.params.integer("message_thread_id")
    if thread_id is not None and thread_id not in chat.threads:
        raise bad_request("message thread not found")
    return thread_id


def _message(call: Call, chat: Chat, purpose: str) -> Wire:
    message = chat.messages.get(call.params.integer("message_id") or 0)
    if message is None:
        raise bad_request(f"message to {purpose} not found")
    return message


def edit_message_text(call: Call) -> Wire:
    """Replaces the text of one of the bot's messages; returns the edited Message."""
    chat = call.chat()
    message = _message(call, chat, "edit")
    if message["from"]["id"] != call.bot.id or "text" not in message:
        raise bad_request("message can't be edited")
    text, entities = read_text(call)
    new = text_fields(call.state.world, text, entities)
    if all(new.get(name) == message.get(name) for name in ("text", "entities")):
        raise bad_request(NOT_MODIFIED)
    call.charge_message(chat)
    call.change = {
        "event": "edited",
        "chat_id": chat.id,
        "message_id": message["message_id"],
        "by": call.bot.id,
        "text": text,
        "entities": entities,
        "date": call.now(),
    }
    call.state.apply(**call.change)
    return chat.messages[message["message_id"]]


def delete_message(call: Call) -> bool:
    """Deletes one of the bot's messages, or as an administrator any."""
    chat = call.chat()
    message = _message(call, chat, "delete")
    if message["from"]["id"] != call.bot.id and chat.members[call.bot.id].status != "administrator":
        raise bad_request("message can't be deleted")
    call.charge_action()
    call.state.commit("deleted", chat_id=chat.id, message_id=message["message_id"], by=call.bot.id)
    return True


def send_chat_action(call: Call) -> bool:
    """Shows "typing…" or another chat action."""
    call.chat()
    if call.params.text("action") not in CHAT_ACTIONS:
        raise bad_request("wrong parameter action in request")
    call.charge_action()
    return True


def set_message_reaction(call: Call) -> bool:
    """Sets the bot's reaction to one emoji, or with an empty list removes it."""
    chat = call.chat()
    message = _message(call, chat, "react")
    reactions = call.params.objects("reaction") or []
    if len(reactions) > 1:
        raise bad_request("REACTIONS_TOO_MANY")
    emoji = _emoji(reactions[0]) if reactions else None
    call.charge_action()
    react(call.state, chat, message["message_id"], call.bot.id, emoji)
    return True


def _emoji(reaction: Wire) -> str:
    emoji = plain_emoji(str(reaction.get("emoji")))
    if reaction.get("type") != "emoji" or emoji not in ALLOWED_REACTIONS:
        raise bad_request("REACTION_INVALID")
    return emoji
