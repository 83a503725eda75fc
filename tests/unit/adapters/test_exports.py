"""Exports of Telegram Desktop: one reader, and one sentence for every file that is none."""

from __future__ import annotations

import io
import json
import os
import zipfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from app.adapters.exports import read_export
from app.cli.demo.command import check_export
from app.domain.errors import InvalidInput
from app.domain.ingest.exports import BadExport, ChatNotChosen, find_author_id, flatten_text, parse_export
from bench.analysis import analysis
from bench.replay_log import replay_log
from bench.threads.command import threads
from bench.threads.fitting import fit_threads
from sandbox.telegram.export import read_export as read_for_replay

DATA = Path(os.environ.get("CHORUS_DATA", Path(__file__).parents[4] / "shared" / "data")) / "group_chats"
GOOD = {"id": 1, "type": "message", "date_unixtime": "1700000000", "from": "Ada", "from_id": "user77", "text": "hello"}


def chat(name: str | None, number: int = 5, *messages: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"name": name, "type": "private_supergroup", "id": number, "messages": list(messages or [GOOD]), **fields}


def account(*chats: Any, **more: Any) -> dict[str, Any]:
    return {"about": "…", "chats": {"about": "…", "list": list(chats)}, **more}


def parse(body: Any, wanted: str | None = None) -> Any:
    return parse_export(json.dumps(body).encode(), wanted)


def zipped() -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("result.json", "{}")
    return held.getvalue()


WRONG = {
    b"": "is empty",
    b" \n": "is empty",
    b"\xef\xbb\xbf": "is empty",
    json.dumps(chat("A")).encode("utf-16"): "is UTF-16",
    json.dumps(chat("A")).encode("utf-16-be"): "is UTF-16",
    json.dumps(chat("Ş"), ensure_ascii=False).encode("cp1254"): "is not JSON in UTF-8",
    zipped(): "is a ZIP archive; unpack it",
    b"\x1f\x8b\x08": "is a gzip archive",
    b"<!DOCTYPE html><html>": "is HTML",
    b"\xef\xbb\xbf\n<html>": "is HTML",
    b"not json": "is not JSON (line 1, column 1)",
    json.dumps(chat("A")).encode()[:-30]: "breaks off in the middle",
    b'{"messages": [{"id": 1': "breaks off in the middle",
    b'{"messages": ["' + b"a" * 50: "breaks off in the middle",
    b"[" * 100_000: "is nested deeper",
    b'{"messages": ' + b"[" * 100_000 + b"]" * 100_000 + b"}": "is nested deeper",
    b'{"a": ' + b"9" * 10_000 + b"}": "holds a longer number",
    b"[]": "has no list of messages",
    b"null": "has no list of messages",
    b"3": "has no list of messages",
    b'{"messages": {}}': "has no list of messages",
    b'{"chats": {"list": []}}': "has no list of messages",
    b'{"chats": [3], "left_chats": {"list": {"a": 1}}}': "has no list of messages",
    b'{"chats": {"list": [3, {"name": "A"}, {"messages": 1}]}}': "has no list of messages",
}


@pytest.mark.parametrize("number", range(len(WRONG)))
def test_a_file_that_is_no_export_gets_one_sentence_that_names_it(tmp_path: Path, number: int) -> None:
    content, told = list(WRONG.items())[number]
    file = tmp_path / "result.json"
    file.write_bytes(content)
    with pytest.raises(BadExport) as caught:
        read_export(file)
    assert str(caught.value).startswith(f"{file} {told}")
    assert "\n" not in str(caught.value)
    with pytest.raises(InvalidInput, match=r"^--replay: .*result\.json"):
        check_export(file, None)


def test_what_is_no_file_is_said_too(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    told = {
        tmp_path: "is a folder",
        tmp_path / "none": "cannot be read (No such file",
        tmp_path / "pipe": "no plain file",
    }
    for path, words in {**told, Path("a\0b"): "cannot be"}.items():
        with pytest.raises(BadExport) as caught:
            read_export(path)
        assert words in str(caught.value)


@pytest.mark.parametrize("command", [threads, fit_threads, replay_log, analysis])
def test_every_bench_that_reads_exports_says_the_sentence_and_no_traceback(tmp_path: Path, command: Any) -> None:
    (tmp_path / "broken.json").write_bytes(b"[" * 100_000)
    result = CliRunner().invoke(command, ["--data", str(tmp_path)])
    assert result.exit_code in {1, 2}
    assert "broken.json is nested deeper than any export" in " ".join(result.output.split())
    assert isinstance(result.exception, SystemExit)


@given(
    st.binary(max_size=200)
    | st.recursive(
        st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(
                st.sampled_from(["messages", "chats", "list", "id", "text", "date", "type", "from", *GOOD]), inner
            )
        ),
    ).map(lambda body: json.dumps(body).encode())
)
def test_any_bytes_are_an_export_or_a_sentence(data: bytes) -> None:
    with suppress(BadExport):
        assert all(0 <= message.seconds < 4_102_444_800 for message in parse_export(data).messages)


def test_a_byte_order_mark_is_no_part_of_an_export() -> None:
    assert parse_export(b"\xef\xbb\xbf" + json.dumps(chat("A")).encode()).messages[0].text == "hello"


def test_a_chat_of_an_account_is_chosen_by_name_or_id() -> None:
    body = account(
        chat("Jazz", 1, {**GOOD, "text": "jazz"}),
        chat("Işık", 2, {**GOOD, "text": "isik"}),
        chat("Isik", 3, {**GOOD, "text": "plain"}),
        chat(None, 4, type="saved_messages"),
        chat(None, 6, type="personal_chat"),
        {"name": "Broken", "id": 9},
        left_chats={"about": "…", "list": [chat("Old", 7), chat("Old", 8, {**GOOD, "text": "older"})]},
        contacts={"list": []},
    )
    for wanted, text in (("Jazz", "jazz"), ("JAZZ ", "jazz"), ("Işık", "isik"), ("Isik", "plain"), ("8", "older")):
        assert parse(body, wanted).messages[0].text == text, wanted
    assert (parse(body, "saved messages").name, parse(body, "Deleted Account").name) == (
        "Saved Messages",
        "Deleted Account",
    )
    with pytest.raises(
        ChatNotChosen, match=r"^holds 7 chats: choose one by its name or id, of “Jazz” \(1\), “Işık” \(2\)"
    ):
        parse(body)
    with pytest.raises(
        ChatNotChosen, match=r"^holds 2 chats of the name Old: choose one by its id, of “Old” \(7\), “Old” \(8\)$"
    ):
        parse(body, "Old")
    with pytest.raises(ChatNotChosen, match="holds 2 chats of the name IŞIK"):
        parse(body, "IŞIK")
    with pytest.raises(ChatNotChosen, match=r"holds no chat Rock: .*“Saved Messages”"):
        parse(body, "Rock")
    assert parse(account(chat("Only"))).name == "Only"
    with pytest.raises(ChatNotChosen, match=r"holds no chat Other: .*“Only”"):
        parse(chat("Only"), "Other")


def test_the_option_of_the_demo_is_named_where_a_chat_is_not(tmp_path: Path) -> None:
    file = tmp_path / "result.json"
    file.write_text(json.dumps(account(chat("A", 1), chat("B", 2, {**GOOD, "text": ""}))))
    check_export(file, "a")
    with pytest.raises(InvalidInput, match=r"^--replay-chat: .* holds 2 chats"):
        check_export(file, None)
    with pytest.raises(InvalidInput, match=r"^--replay: .* no message with a text"):
        check_export(file, "B")


@pytest.mark.parametrize(
    ("sender", "number"),
    [
        ("user77", 77),
        ("channel77", -1_000_000_000_077),
        ("chat77", -77),
        ("77", 77),
        ("", None),
        ("user", None),
        ("user7x", None),
        ("user" + "7" * 40, None),
        ("user٧", None),
    ],
)
def test_a_user_and_a_channel_of_one_number_are_two(sender: str, number: int | None) -> None:
    assert find_author_id(sender) == number


@pytest.mark.parametrize("stamp", ["NaN", "inf", "-1", "1e300", "9" * 400, "4102444800", None, [], "", "soon", {}])
def test_a_message_without_a_time_that_can_be_is_left_out_and_said(stamp: Any, tmp_path: Path) -> None:
    export = parse(chat("A", 5, {**GOOD, "date_unixtime": stamp}, {**GOOD, "id": 2}))
    assert [message.id for message in export.messages] == [2]
    assert [fault.why for fault in export.faults] == ["message 1 has no date that can be read, of 1970 to 2099"]
    (tmp_path / "a.json").write_text('{"messages": [{"id": 1, "date_unixtime": NaN, "text": "x"}]}')
    assert read_export(tmp_path / "a.json").messages == ()
    with pytest.raises(ValueError, match="no messages with text"):
        read_for_replay(tmp_path / "a.json")


def test_entries_are_read_with_replies_services_and_texts_that_can_be_stored() -> None:
    odd = [
        {**GOOD, "id": "7", "reply_to_message_id": 3, "text": ["a ", {"type": "link", "text": "b"}, 5, {"type": "x"}]},
        {**GOOD, "id": 8, "reply_to_message_id": 3, "reply_to_peer_id": "channel9", "text": "\ud83d\0x", "from": None},
        {"id": 9, "type": "service", "actor": "Ada", "actor_id": "user77", "date": "2008-01-10T21:20:00", "text": ""},
        {**GOOD, "id": True},
        {**GOOD, "id": 10**30},
        "nonsense",
    ]
    export = parse(chat("A", 5, *odd))
    assert [(m.id, m.author, m.sender, m.text, m.reply_to, m.is_service) for m in export.messages] == [
        (7, "Ada", "user77", "a b", 3, False),
        (8, "", "user77", "\ufffdx", None, False),
        (9, "Ada", "user77", "", None, True),
    ]
    assert export.messages[2].seconds == 1_200_000_000
    assert [fault.why for fault in export.faults] == ['a message without a number "id"'] * 3
    assert flatten_text(None) == ""


@pytest.mark.skipif(not DATA.is_dir(), reason="needs ../shared/data/group_chats")
def test_real_exports_are_read_whole_and_alike_as_an_account(tmp_path: Path) -> None:
    files = sorted(file for file in (DATA / "ubuntu-dev").glob("*.json") if not file.name.endswith(".links.json"))[:3]
    exports = [read_export(file) for file in files]
    assert all(len(export.messages) > 1000 and not export.faults for export in exports)
    body = account(*(json.loads(file.read_bytes()) for file in files))
    whole = tmp_path / "result.json"
    whole.write_text("\ufeff" + json.dumps(body))
    assert read_export(whole, exports[1].name) == exports[1]
    assert len(read_for_replay(whole, files[2].stem).messages) == len(read_for_replay(files[2]).messages)
