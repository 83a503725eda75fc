"""The sandbox's accounts and chats by id, and the generation of new ids."""

from sandbox.telegram.records import Bot, Chat, Person, Wire

FIRST_PERSON_ID = 7_000_000_001
FIRST_GROUP = 4_000_000_001
SUPERGROUP_BASE = 1_000_000_000_000
FIRST_SUPERGROUP = SUPERGROUP_BASE + 1_500_000_001


class World:
    """Plain data: changed by `events.apply` alone."""

    def __init__(self) -> None:
        self.bots: dict[int, Bot] = {}
        self.people: dict[int, Person] = {}
        self.chats: dict[int, Chat] = {}
        self._names: dict[str, int] = {}
        self._next_person_id = FIRST_PERSON_ID
        self._next_chat = {"supergroup": FIRST_SUPERGROUP, "group": FIRST_GROUP}
        self._basic_message_id = 0

    def add_person(self, person: Person) -> None:
        """Adds a person, or renames a known one."""
        self.people[person.id] = person
        self._names[_name_key(person.first_name, person.username)] = person.id
        self._next_person_id = max(self._next_person_id, person.id + 1)

    def new_person_id(self) -> int:
        """Returns an id that no account has."""
        while self._next_person_id in self.bots:
            self._next_person_id += 1
        return self._next_person_id

    def new_chat_id(self, kind: str) -> int:
        """Returns a free id in Telegram's range for the kind: -100… for supergroups, plain negative for basic ones."""
        while -self._next_chat[kind] in self.chats:
            self._next_chat[kind] += 1
        return -self._next_chat[kind]

    def new_message_id(self, chat: Chat) -> int:
        """Returns the next id: counted per supergroup, and over all basic groups together, as accounts see them."""
        if chat.is_basic:
            return self._basic_message_id + 1
        return chat.order[-1] + 1 if chat.order else 1

    def store(self, chat: Chat, message: Wire) -> None:
        """Stores a message and marks its id as used."""
        chat.store(message)
        if chat.is_basic:
            self._basic_message_id = max(self._basic_message_id, message["message_id"])

    def has_account(self, user_id: int) -> bool:
        """Whether a person or a bot has this id."""
        return user_id in self.people or user_id in self.bots

    def find_person(self, first_name: str, username: str | None) -> Person | None:
        """Returns the person of that username, or without one of exactly that name."""
        return self.people.get(self._names.get(_name_key(first_name, username), 0))


def _name_key(first_name: str, username: str | None) -> str:
    return f"@{username.lower()}" if username else f"={first_name}"
