"""The control API: the operator's API of the sandbox, on its own port."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from sandbox.telegram import actions
from sandbox.telegram.control_bodies import (
    BotBody,
    ChatBody,
    FaultBody,
    MemberBody,
    PermissionsBody,
    PersonBody,
    read_body,
)
from sandbox.telegram.errors import ControlError
from sandbox.telegram.params import whole_number
from sandbox.telegram.records import Bot, Chat
from sandbox.telegram.state import State

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@web.middleware
async def explain_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answers refused requests with {"error": "field: what is wrong and what to do"}."""
    try:
        return await handler(request)
    except ControlError as error:
        return web.json_response({"error": str(error)}, status=error.status)
    except web.HTTPNotFound:
        return web.json_response({"error": f"path: there is no {request.path}"}, status=404)
    except web.HTTPMethodNotAllowed as error:
        allowed = ", ".join(sorted(error.allowed_methods))
        return web.json_response({"error": f"method: {request.path} takes {allowed}"}, status=405)


async def read_json(request: web.Request) -> Any:
    """Returns the JSON body, None when it is empty. Raises ControlError when it is not JSON."""
    raw = await request.read()
    try:
        return json.loads(raw) if raw.strip() else None
    except (ValueError, RecursionError):
        raise ControlError("body", "is not JSON; send an object with double-quoted names") from None


def find_number(request: web.Request, name: str) -> int:
    """Returns a number in the path. Raises ControlError when it is none."""
    number = whole_number(request.match_info[name])
    if number is None:
        raise ControlError(name, "must be a whole number")
    return number


def find_chat(state: State, request: web.Request) -> Chat:
    """Returns the chat in the path. Raises ControlError when it is unknown."""
    chat_id = find_number(request, "chat_id")
    chat = state.chat(chat_id)
    if chat is None:
        raise ControlError("chat_id", f"no chat {chat_id}; GET /chats lists them", status=404)
    return chat


def find_open_chat(state: State, request: web.Request) -> Chat:
    """Returns the chat in the path. Raises ControlError when it is unknown or has been migrated."""
    chat = find_chat(state, request)
    if chat.migrated_to is not None:
        raise ControlError("chat_id", f"this group became the supergroup {chat.migrated_to}; use that id")
    return chat


class AccountsControl:
    """Handlers for bots, people, chats, members and faults."""

    def __init__(self, state: State) -> None:
        self._state = state

    def routes(self) -> list[web.RouteDef]:
        """Returns the routes of these handlers."""
        return [
            web.get("/bots", self.list_bots),
            web.post("/bots", self.post_bot),
            web.delete("/bots/{bot_id}", self.delete_bot),
            web.post("/people", self.post_person),
            web.get("/chats", self.list_chats),
            web.post("/chats", self.post_chat),
            web.post("/chats/{chat_id}/members", self.post_member),
            web.post("/chats/{chat_id}/permissions", self.post_permissions),
            web.delete("/chats/{chat_id}/members/{user_id}", self.delete_member),
            web.post("/chats/{chat_id}/migrate", self.migrate),
            web.get("/faults", self.list_faults),
            web.post("/faults", self.post_fault),
            web.delete("/faults", self.delete_faults),
            web.delete("/faults/{fault_id}", self.delete_faults),
        ]

    async def list_bots(self, _request: web.Request) -> web.Response:
        """Lists all bots, without their tokens."""
        return web.json_response({"bots": [show_bot(bot) for bot in self._state.world.bots.values()]})

    async def post_bot(self, request: web.Request) -> web.Response:
        """Creates or updates the bot of a token."""
        body = read_body(BotBody, await read_json(request))
        bot_id = int(body.token.partition(":")[0])
        if bot_id in self._state.world.people:
            raise ControlError("token", f"its number {bot_id} is the id of a person; use another token")
        details = body.model_dump(exclude={"token"})
        actions.register_bot(self._state, body.token, **details)
        return web.json_response(show_bot(self._state.world.bots[bot_id]))

    async def delete_bot(self, request: web.Request) -> web.Response:
        """Revokes a bot's token."""
        bot_id = find_number(request, "bot_id")
        if bot_id not in self._state.world.bots:
            raise ControlError("bot_id", f"no bot {bot_id}; GET /bots lists them", status=404)
        actions.revoke_bot(self._state, bot_id)
        return web.json_response(show_bot(self._state.world.bots[bot_id]))

    async def post_person(self, request: web.Request) -> web.Response:
        """Creates or renames a person."""
        body = read_body(PersonBody, await read_json(request))
        refuse_bot_id(self._state, body.id)
        person = actions.register_person(self._state, body.first_name, body.username, body.id)
        return web.json_response({"id": person.id, "first_name": person.first_name, "username": person.username})

    async def list_chats(self, _request: web.Request) -> web.Response:
        """Lists all chats."""
        return web.json_response({"chats": [show_chat(chat) for chat in self._state.world.chats.values()]})

    async def post_chat(self, request: web.Request) -> web.Response:
        """Creates a chat, or renames the one of the id given."""
        body = read_body(ChatBody, await read_json(request))
        chat = actions.open_chat(self._state, body.title, body.type, body.id)
        return web.json_response(show_chat(chat))

    async def post_member(self, request: web.Request) -> web.Response:
        """Adds a person or a bot to a chat, promotes a member, or keeps one from writing ("restricted")."""
        chat = find_open_chat(self._state, request)
        body = read_body(MemberBody, await read_json(request))
        if not self._state.world.has_account(body.user_id):
            raise ControlError(
                "user_id",
                f"nobody has the id {body.user_id}; create a bot with POST /bots or a person with POST /people",
            )
        actions.admit_member(self._state, chat, body.user_id, body.status)
        return web.json_response({"chat_id": chat.id, "user_id": body.user_id, "status": body.status})

    async def post_permissions(self, request: web.Request) -> web.Response:
        """Sets whether plain members may write, or only administrators."""
        chat = find_open_chat(self._state, request)
        body = read_body(PermissionsBody, await read_json(request))
        self._state.commit("permissions", chat_id=chat.id, can_send_messages=body.can_send_messages)
        return web.json_response({"chat_id": chat.id, "can_send_messages": body.can_send_messages})

    async def delete_member(self, request: web.Request) -> web.Response:
        """Removes a member who leaves (?as=left, the default) or is thrown out (?as=kicked)."""
        chat = find_open_chat(self._state, request)
        user_id, status = find_number(request, "user_id"), request.query.get("as", "left")
        if status not in {"left", "kicked"}:
            raise ControlError("as", 'must be "left" or "kicked"')
        member = chat.members.get(user_id)
        if member is None or not member.present:
            raise ControlError("user_id", f"{user_id} is not in this chat; nothing to remove")
        actions.remove_member(self._state, chat, user_id, status)
        return web.json_response({"chat_id": chat.id, "user_id": user_id, "status": status})

    async def migrate(self, request: web.Request) -> web.Response:
        """Makes a basic group a supergroup."""
        chat = find_open_chat(self._state, request)
        if not chat.is_basic:
            raise ControlError("chat_id", 'is a supergroup already; create a chat with "type": "group" to migrate it')
        return web.json_response(show_chat(actions.migrate_chat(self._state, chat)))

    async def list_faults(self, _request: web.Request) -> web.Response:
        """Lists the active faults, with the number of calls each has hit."""
        return web.json_response({"faults": self._state.faults.list_all()})

    async def post_fault(self, request: web.Request) -> web.Response:
        """Activates a fault."""
        body = read_body(FaultBody, await read_json(request))
        chat = self._state.chat(body.chat_id) if body.chat_id is not None else None
        if body.kind == "migrate" and chat is not None and not chat.is_basic:
            raise ControlError("chat_id", 'only a basic group migrates; create the chat with "type": "group"')
        fault = self._state.faults.add(**body.model_dump())
        self._state.log("fault", action="set", fault_id=fault.id, **body.model_dump(exclude_defaults=True))
        return web.json_response({"id": fault.id, **body.model_dump()})

    async def delete_faults(self, request: web.Request) -> web.Response:
        """Removes one fault or all."""
        fault_id = find_number(request, "fault_id") if "fault_id" in request.match_info else None
        lifted = self._state.faults.clear(fault_id)
        self._state.log("fault", action="lifted", fault_id=fault_id, lifted=lifted)
        return web.json_response({"lifted": lifted})


def refuse_bot_id(state: State, user_id: int | None) -> None:
    """Raises ControlError when a person's id is a bot's."""
    if user_id in state.world.bots:
        raise ControlError("from" if user_id else "id", f"{user_id} is a bot; bots speak through the Bot API only")


def show_bot(bot: Bot) -> dict[str, Any]:
    """A bot as the control API shows it: no token, no webhook address."""
    return {
        "id": bot.id,
        "username": bot.username,
        "first_name": bot.first_name,
        "can_read_all_group_messages": bot.can_read_all_group_messages,
        "revoked": bot.revoked,
        "banned": bot.banned,
        "has_webhook": bot.webhook is not None,
        "pending_update_count": len(bot.queue.pending),
    }


def show_chat(chat: Chat) -> dict[str, Any]:
    """A chat as the control API shows it."""
    return {
        "id": chat.id,
        "title": chat.title,
        "type": chat.type,
        "members": len(chat.present_ids()),
        "bot_ids": sorted(chat.bot_ids),
        "messages": len(chat.messages),
        "last_message_id": chat.order[-1] if chat.order else 0,
        "migrated_to": chat.migrated_to,
    }
