"""Request bodies of the control API, validated field by field."""

import re
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from sandbox.telegram.entities import utf16_length
from sandbox.telegram.errors import ControlError
from sandbox.telegram.faults import Kind
from sandbox.telegram.sending import MAX_TEXT_UNITS
from sandbox.telegram.world import SUPERGROUP_BASE

TOKEN = re.compile(r"\d{6,12}:[A-Za-z0-9_-]{35}\Z", re.ASCII)
_Model = TypeVar("_Model", bound=BaseModel)


def _check_token(token: str) -> str:
    if not TOKEN.match(token):
        raise ValueError("must look like 123456789:AAA…, 6 to 12 digits, a colon and 35 letters, digits, _ or -")
    return token


def _check_text(text: str) -> str:
    if not text.strip():
        raise ValueError("is empty; give the words of the message")
    if utf16_length(text) > MAX_TEXT_UNITS:
        raise ValueError(f"is longer than {MAX_TEXT_UNITS} UTF-16 code units; shorten it")
    return text


def _check_person_id(number: int) -> int:
    if not (number > 0 or number < -SUPERGROUP_BASE):
        raise ValueError("must be above 0, or a channel's such as -1001234567890")
    return number


Username = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]{3,31}$")]
Name = Annotated[str, Field(min_length=1, max_length=64)]
Text = Annotated[str, AfterValidator(_check_text)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True, allow_inf_nan=False)


class BotBody(_Body):
    """POST /bots."""

    token: Annotated[str, AfterValidator(_check_token)]
    username: Username
    first_name: Name
    can_read_all_group_messages: bool = True


class ChatBody(_Body):
    """POST /chats."""

    title: Annotated[str, Field(min_length=1, max_length=128)]
    type: Literal["supergroup", "group"] = "supergroup"
    id: int | None = None

    @model_validator(mode="after")
    def _check_id(self) -> Self:
        if self.id is None:
            return self
        is_super = self.id < -SUPERGROUP_BASE
        if self.id >= 0 or is_super != (self.type == "supergroup"):
            raise ValueError(
                "id: a supergroup's id looks like -1001234567890, a basic group's like -4123456789; leave it out for a "
                "new one"
            )
        return self


class MemberBody(_Body):
    """POST /chats/{id}/members."""

    user_id: int
    status: Literal["member", "administrator", "restricted"] = "member"


class PermissionsBody(_Body):
    """POST /chats/{id}/permissions: what plain members may do."""

    can_send_messages: bool


class PersonBody(_Body):
    """POST /people, and the `from` of a message; with the id of a channel (-100…) the channel speaks."""

    first_name: Name
    username: Username | None = None
    id: Annotated[int, AfterValidator(_check_person_id)] | None = None


class EntityBody(BaseModel):
    """A MessageEntity; a text_mention names its user by `user_id`."""

    model_config = ConfigDict(extra="allow")

    type: str
    offset: Annotated[int, Field(ge=0)]
    length: Annotated[int, Field(gt=0)]

    @model_validator(mode="after")
    def _check_mention(self) -> Self:
        if self.type == "text_mention" and not isinstance((self.model_extra or {}).get("user_id"), int):
            raise ValueError("user_id: a text_mention needs the id of the user it means")
        return self


class MessageBody(_Body):
    """POST /chats/{id}/messages."""

    sender: Annotated[int | PersonBody, Field(alias="from")]
    text: Text
    reply_to_message_id: int | None = None
    message_thread_id: int | None = None
    entities: list[EntityBody] | None = None
    label: str | None = None


class EditBody(_Body):
    """PATCH /chats/{id}/messages/{message_id}."""

    text: Text


class ReactionBody(_Body):
    """POST /chats/{id}/messages/{message_id}/reaction; `emoji` null removes the reaction."""

    sender: Annotated[int | PersonBody, Field(alias="from")]
    emoji: str | None = None


class ReplayBody(_Body):
    """POST /chats/{id}/replay; `chat` names one of the chats of a whole account's export."""

    path: Annotated[str, Field(min_length=1)]
    chat: str | None = None
    speed: Annotated[float, Field(ge=1, le=1000)] = 1.0
    begin: Annotated[Literal["start", "densest"], Field(alias="from")] = "start"
    for_s: Annotated[float, Field(gt=0)] | None = None


class FaultBody(_Body):
    """POST /faults: a kind, its scope (each field optional) and its count or duration."""

    kind: Kind
    method: str | None = None
    bot_id: int | None = None
    chat_id: int | None = None
    probability: Annotated[float, Field(gt=0, le=1)] = 1.0
    count: Annotated[int, Field(ge=1)] | None = None
    for_s: Annotated[float, Field(gt=0)] | None = None
    seconds: Annotated[float, Field(gt=0, le=600)] = 1.0
    after: bool = False
    status: Annotated[int, Field(ge=500, le=599)] = 500
    retry_after: Annotated[int, Field(ge=1, le=86400)] = 5

    @model_validator(mode="after")
    def _check_after(self) -> Self:
        if self.after and self.kind != "latency":
            raise ValueError(
                'after: only a latency can be moved; use the kind "drop_after" or "status_after" for others'
            )
        return self


def read_body(model: type[_Model], raw: Any) -> _Model:
    """Validates a JSON body. Raises ControlError naming the first field that is wrong."""
    if not isinstance(raw, dict):
        raise ControlError("body", "must be a JSON object; send one with Content-Type: application/json")
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        raise _explain(error) from None


def _explain(error: ValidationError) -> ControlError:
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    field = ".".join(str(part) for part in first["loc"] if part not in {"int", "PersonBody"})
    message = first["msg"].removeprefix("Value error, ")
    if not field and ": " in message:
        field, _, message = message.partition(": ")
    return ControlError(field or "body", message)
