"""The settings of the fleet, of a chat and of a bot: pages and API."""

from __future__ import annotations

import pytest

from app.bootstrap import Runtime
from app.domain.settings.book import Scope
from app.services.settings.values import load_book, write_settings
from tests.builders import make_bot, make_chat
from tests.web.conftest import Browser


@pytest.fixture
def places(runtime: Runtime) -> dict[str, str]:
    """The paths of the settings of a chat and a bot."""
    bot = make_bot(runtime.sessions)
    chat = make_chat(runtime.sessions, bot)
    return {"bot": f"/bots/{bot.id}/settings", "chat": f"/chats/{chat.id}/settings"}


def scope_of(path: str) -> Scope:
    section, number = path.strip("/").split("/")[:2]
    return Scope("bot" if section == "bots" else "chat", int(number))


def own(runtime: Runtime, path: str) -> dict[str, object]:
    scope, book = scope_of(path), load_book(runtime.sessions)
    return dict((book.bots if scope.kind == "bot" else book.chats).get(scope.id or 0, {}))


@pytest.mark.parametrize("kind", ["bot", "chat"])
def test_an_own_value_is_set_shown_and_taken_back(
    operator: Browser, runtime: Runtime, places: dict[str, str], kind: str
) -> None:
    path = places[kind]
    assert operator.submit(path, max_words="12", typing_max_s="").status_code == 302
    assert own(runtime, path) == {"max_words": 12}

    page = operator.get(path).text
    assert 'value="12"' in page
    assert "Set by deniz" in page
    assert "fleet 40" in page
    assert operator.submit(f"{path}/unset", path, key="max_words").status_code == 302
    assert own(runtime, path) == {}
    assert "fleet’s again" in operator.get(path).text


def test_an_emptied_field_takes_the_own_value_back(operator: Browser, runtime: Runtime, places: dict[str, str]) -> None:
    operator.submit(places["bot"], max_words="12", typing_max_s="3")
    operator.submit(places["bot"], max_words="", typing_max_s="3")

    assert own(runtime, places["bot"]) == {"typing_max_s": 3}


def test_what_is_sent_unchanged_is_not_stored(operator: Browser, runtime: Runtime, places: dict[str, str]) -> None:
    operator.submit(places["bot"], max_words="", typing_max_s="", cooldown_s="")
    assert own(runtime, places["bot"]) == {}


@pytest.mark.parametrize("kind", ["bot", "chat"])
def test_a_value_that_does_not_fit_is_named_with_its_range_and_nothing_is_stored(
    operator: Browser, runtime: Runtime, places: dict[str, str], kind: str
) -> None:
    answer = operator.submit(places[kind], max_words="9000", typing_max_s="3")

    assert answer.status_code == 400
    assert "Max words must be a number from 5 to 400 words" in answer.text
    assert 'value="9000"' in answer.text
    assert own(runtime, places[kind]) == {}


def test_a_setting_of_the_whole_fleet_is_not_taken_from_a_bots_page(
    operator: Browser, runtime: Runtime, places: dict[str, str]
) -> None:
    operator.submit(places["bot"], budget_fleet_usd="0", chat_gap_s="0", fleet_paused="on")
    assert own(runtime, places["bot"]) == {}
    assert operator.submit(f"{places['bot']}/unset", places["bot"], key="chat_gap_s").status_code == 400


def test_the_fleets_page_tells_who_has_own_values_and_gives_a_default_back(
    operator: Browser, runtime: Runtime, places: dict[str, str]
) -> None:
    operator.submit(places["bot"], max_words="12")
    operator.submit("/settings/", max_words="30")
    page = operator.get("/settings/").text
    assert f'href="{places["bot"]}#s-max_words">Ada</a> 12' in page
    assert "Use the default" in page

    operator.submit("/settings/unset", "/settings/", key="max_words")
    assert load_book(runtime.sessions).fleet.max_words == 40


def test_the_pages_of_chat_and_bot_lead_to_their_settings(operator: Browser, places: dict[str, str]) -> None:
    for path in places.values():
        assert f'href="{path}"' in operator.get(path.removesuffix("/settings")).text


@pytest.mark.parametrize("path", ["/bots/404/settings", "/chats/404/settings", "/api/v1/bots/404/settings"])
def test_settings_of_what_does_not_exist_are_not_found(operator: Browser, path: str) -> None:
    assert operator.get(path).status_code == 404


def test_a_viewer_sees_settings_and_changes_none(
    browser: Browser, make_operator, runtime: Runtime, places: dict[str, str]
) -> None:
    make_operator("vera", "viewer")
    browser.sign_in("vera")
    page = browser.get(places["bot"]).text
    assert "Max words" in page
    assert "Save settings" not in page
    answer = browser.client.post(places["bot"], data={"max_words": "9", "csrf_token": browser.token("/password")})
    assert answer.status_code == 403
    assert own(runtime, places["bot"]) == {}


class TestApi:
    """`/api/v1/…/settings`."""

    @pytest.fixture
    def headers(self, operator: Browser) -> dict[str, str]:
        return {"X-CSRFToken": operator.get("/api/v1/session").json["csrf_token"]}

    @pytest.mark.parametrize("kind", ["bot", "chat"])
    def test_a_value_is_set_read_and_taken_back(
        self, operator: Browser, headers: dict[str, str], places: dict[str, str], kind: str
    ) -> None:
        path = f"/api/v1{places[kind]}"
        stored = operator.client.put(f"{path}/max_words", json={"value": 12}, headers=headers)
        assert (stored.status_code, stored.json["value"], stored.json["inherited"]) == (200, 12, 40)
        assert stored.json["updated_by"] == "deniz"
        assert operator.get(f"{path}/max_words").json == stored.json
        assert stored.json in operator.get(path).json["items"]

        gone = operator.client.delete(f"{path}/max_words", headers=headers)
        assert (gone.json["value"], gone.json["overridden"]) == (40, False)

    def test_the_fleets_values_are_set_and_taken_back(
        self, operator: Browser, headers: dict[str, str], runtime: Runtime
    ) -> None:
        path = "/api/v1/fleet/settings/max_words"
        assert operator.client.put(path, json={"value": "30"}, headers=headers).json["value"] == 30
        assert operator.get("/api/v1/settings").json["max_words"] == 30
        assert runtime.fleet_settings.read().max_words == 30
        assert operator.client.delete(path, headers=headers).json["value"] == 40

    @pytest.mark.parametrize(
        ("path", "body", "field", "wanted"),
        [
            ("max_words", {"value": 9000}, "max_words", "from 5 to 400 words"),
            ("max_words", {"value": None}, "max_words", "from 5 to 400 words"),
            ("max_words", {}, "max_words", "needs a body"),
            ("max_words", {"values": 3}, "values", "not known"),
            ("chat_gap_s", {"value": 3}, "chat_gap_s", "not of a bot"),
            ("colour", {"value": 3}, "colour", "no such setting"),
        ],
    )
    def test_what_cannot_be_used_names_its_field_and_stores_nothing(
        self,
        operator: Browser,
        headers: dict[str, str],
        runtime: Runtime,
        places: dict[str, str],
        path: str,
        body: object,
        field: str,
        wanted: str,
    ) -> None:
        answer = operator.client.put(f"/api/v1{places['bot']}/{path}", json=body, headers=headers)
        assert (answer.status_code, answer.json["error"]["field"]) == (400, field)
        assert wanted in answer.json["error"]["message"]
        assert own(runtime, places["bot"]) == {}

    def test_a_change_without_the_token_is_refused(
        self, operator: Browser, runtime: Runtime, places: dict[str, str]
    ) -> None:
        write_settings(runtime.sessions, {"max_words": 12}, None, runtime.clock, scope_of(places["bot"]))
        path = f"/api/v1{places['bot']}/max_words"
        assert operator.client.put(path, json={"value": 20}).status_code == 400
        assert operator.client.delete(path).status_code == 400
        assert own(runtime, places["bot"]) == {"max_words": 12}
