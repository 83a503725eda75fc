"""The control API's routes for chats: people's messages, edits, reactions and replays."""

import asyncio
from pathlib import Path

from aiohttp import web

from app.domain.ingest.exports import BadExport, ChatNotChosen
from sandbox.telegram import actions
from sandbox.telegram.control import find_chat, find_number, find_open_chat, read_json, refuse_bot_id
from sandbox.telegram.control_bodies import EditBody, MessageBody, PersonBody, ReactionBody, ReplayBody, read_body
from sandbox.telegram.errors import ControlError
from sandbox.telegram.export import Export, read_export
from sandbox.telegram.params import whole_number
from sandbox.telegram.reactions import ALLOWED_REACTIONS, plain_emoji
from sandbox.telegram.records import Chat, Person, Wire
from sandbox.telegram.replay import Replay, Replays
from sandbox.telegram.state import State

MAX_PAGE = 1000


class ChatControl:
    """Handlers for messages, edits, reactions and replays."""

    def __init__(self, state: State, replays: Replays) -> None:
        self._state = state
        self._replays = replays

    def routes(self) -> list[web.RouteDef]:
        """Returns the routes of these handlers."""
        message = "/chats/{chat_id}/messages/{message_id}"
        return [
            web.get("/chats/{chat_id}/messages", self.list_messages),
            web.post("/chats/{chat_id}/messages", self.post_message),
            web.patch(message, self.edit_message),
            web.post(f"{message}/reaction", self.post_reaction),
            web.get("/chats/{chat_id}/replay", self.show_replay),
            web.post("/chats/{chat_id}/replay", self.begin_replay),
            web.delete("/chats/{chat_id}/replay", self.stop_replay),
        ]

    async def list_messages(self, request: web.Request) -> web.Response:
        """Returns messages with ids above ?after, at most ?limit (1 to 1000, default 100)."""
        chat = find_chat(self._state, request)
        after = whole_number(request.query.get("after", "0"))
        limit = whole_number(request.query.get("limit", "100"))
        if after is None:
            raise ControlError("after", "must be a message id")
        if limit is None or not 1 <= limit <= MAX_PAGE:
            raise ControlError("limit", f"must be a number from 1 to {MAX_PAGE}")
        return web.json_response({"messages": chat.messages_after(after, limit)})

    async def post_message(self, request: web.Request) -> web.Response:
        """Posts a person's message; the person joins the chat if not in it."""
        chat = find_open_chat(self._state, request)
        body = read_body(MessageBody, await read_json(request))
        if body.reply_to_message_id is not None and body.reply_to_message_id not in chat.messages:
            raise ControlError("reply_to_message_id", f"no message {body.reply_to_message_id} in this chat")
        entities = [entity.model_dump() for entity in body.entities] if body.entities else None
        message = actions.post_message(
            self._state,
            chat,
            self._speaker(body.sender),
            body.text,
            source="control",
            reply_to_message_id=body.reply_to_message_id,
            message_thread_id=body.message_thread_id,
            entities=entities,
            label=body.label,
        )
        return web.json_response({"message_id": message["message_id"], "message": message})

    async def edit_message(self, request: web.Request) -> web.Response:
        """Edits a person's message."""
        chat = find_open_chat(self._state, request)
        message = self._find_message(request, chat)
        body = read_body(EditBody, await read_json(request))
        by_bot = message["from"]["is_bot"] and "sender_chat" not in message
        if by_bot or "text" not in message:
            raise ControlError("message_id", "is not a person's text; bots edit theirs with editMessageText")
        return web.json_response({"message": actions.edit_message(self._state, chat, message, body.text)})

    async def post_reaction(self, request: web.Request) -> web.Response:
        """Sets a person's reaction to a message."""
        chat = find_open_chat(self._state, request)
        message = self._find_message(request, chat)
        body = read_body(ReactionBody, await read_json(request))
        emoji = plain_emoji(body.emoji) if body.emoji is not None else None
        if emoji is not None and emoji not in ALLOWED_REACTIONS:
            raise ControlError("emoji", "is not one of Telegram's reactions; take one such as 👍 or ❤")
        person, message_id = self._speaker(body.sender), message["message_id"]
        actions.react(self._state, chat, message_id, person.id, emoji)
        return web.json_response({"message_id": message_id, "user_id": person.id, "emoji": emoji})

    async def show_replay(self, request: web.Request) -> web.Response:
        """Returns the status of the chat's latest replay."""
        replay = self._replays.find(find_chat(self._state, request).id)
        return web.json_response(replay.status() if replay is not None else {"state": "none"})

    async def begin_replay(self, request: web.Request) -> web.Response:
        """Replays an export in a chat; a replay that runs there is stopped first."""
        chat = find_open_chat(self._state, request)
        body = read_body(ReplayBody, await read_json(request))
        export = await asyncio.to_thread(_load, Path(body.path), body.chat)
        replay = Replay.plan(
            chat, body.path, export, speed=body.speed, densest=body.begin == "densest", for_s=body.for_s
        )
        self._replays.begin(chat, replay)
        return web.json_response(replay.status())

    async def stop_replay(self, request: web.Request) -> web.Response:
        """Stops the chat's replay."""
        self._replays.stop(find_chat(self._state, request).id)
        return await self.show_replay(request)

    def _find_message(self, request: web.Request, chat: Chat) -> Wire:
        message_id = find_number(request, "message_id")
        if message_id not in chat.messages:
            raise ControlError("message_id", f"no message {message_id} in this chat", status=404)
        return chat.messages[message_id]

    def _speaker(self, sender: int | PersonBody) -> Person:
        if isinstance(sender, PersonBody):
            refuse_bot_id(self._state, sender.id)
            return actions.register_person(self._state, sender.first_name, sender.username, sender.id)
        refuse_bot_id(self._state, sender)
        person = self._state.world.people.get(sender)
        if person is None:
            raise ControlError("from", f"nobody has the id {sender}; create a person with POST /people")
        return person


def _load(path: Path, chat: str | None) -> Export:
    try:
        return read_export(path, chat)
    except ChatNotChosen as error:
        raise ControlError("chat", str(error)) from None
    except BadExport as error:
        raise ControlError("path", str(error)) from None
