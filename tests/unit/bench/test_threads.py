"""The bench of threads: reading exports as they come, scoring, and what the model of the package reaches."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from app.domain.threads.linker import link_messages
from bench.threads.command import DEV, LEAST_F1, link_plainly, run, score, threads
from bench.threads.fitting import fit_threads
from bench.threads.logs import BadExport, read_logs

ROOT = Path(__file__).resolve().parents[3]
DATE = "2026-11-25T08:00:00"


def entry(number, text="hello", author="Ada", **fields):
    return {"id": number, "type": "message", "date": DATE, "from": author, "text": text, **fields}


def write(folder, name="chat", messages=(), links=None):
    (folder / f"{name}.json").write_text(json.dumps({"name": "Our chat", "messages": list(messages)}))
    if links is not None:
        (folder / f"{name}.links.json").write_text(json.dumps(links))


def bench(tmp_path, *options):
    return CliRunner().invoke(threads, ["--data", str(tmp_path), "--out", str(tmp_path / "out" / "t.json"), *options])


def test_an_export_is_read_with_entities_services_and_messages_without_a_name(tmp_path):
    odd = [
        entry(3, ["see ", {"type": "link", "text": "https://x.y"}, " now"]),
        entry(1, None, None, from_id="user7"),
        entry(2, "Ada joined", type="service", actor="Ada"),
        entry(4, "yes", reply_to_message_id=3, date_unixtime="1700000000"),
    ]
    write(tmp_path, messages=odd)
    [log] = read_logs(tmp_path)
    assert [m.id for m in log.messages] == [1, 2, 3, 4]
    assert [m.author for m in log.messages] == ["user7", "Ada", "Ada", "Ada"]
    assert [m.text for m in log.messages] == ["", "Ada joined", "see https://x.y now", "yes"]
    assert [m.is_service for m in log.messages] == [False, True, False, False]
    assert (log.messages[3].reply_to, log.messages[3].seconds, log.links) == (3, 1_700_000_000, None)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("", "cannot be read as JSON"),
        ("[]", 'no list "messages"'),
        ('{"messages": [{"text": "x"}]}', 'without a number "id"'),
        ('{"messages": [3]}', 'without a number "id"'),
        ('{"messages": [{"id": 8, "text": "x"}]}', "message 8 has no date"),
        ('{"messages": [{"id": 8, "date_unixtime": "NaN"}]}', "message 8 has no date"),
    ],
)
def test_a_file_that_is_no_export_is_named_with_what_is_wrong(tmp_path, content, told):
    (tmp_path / "broken.json").write_text(content)
    with pytest.raises(BadExport, match=r"broken\.json") as error:
        read_logs(tmp_path)
    assert told in str(error.value)


def test_links_that_are_no_pairs_are_named(tmp_path):
    write(tmp_path, messages=[entry(1)], links=[[1]])
    with pytest.raises(BadExport, match=r"chat\.links\.json is no list of pairs"):
        read_logs(tmp_path)


@pytest.mark.parametrize("command", [threads, fit_threads])
def test_a_folder_that_is_not_there_or_empty_is_a_clear_error(tmp_path, command):
    for folder, told in ((tmp_path / "nowhere", "is no folder"), (tmp_path, "holds no chat export")):
        result = CliRunner().invoke(command, ["--data", str(folder)])
        assert result.exit_code != 0
        assert told in result.output


def test_every_message_above_id_1000_is_predicted_and_no_links_are_needed(tmp_path):
    said = [entry(n, f"text {n}") for n in range(999, 1003)]
    said += [entry(1003, "joined", type="service"), entry(1004, "sure", "Bob", reply_to_message_id=999)]
    write(tmp_path, "one", said)
    write(tmp_path, "two", [])
    result = bench(tmp_path, "--predictions", str(tmp_path / "deep" / "p.json"))
    assert result.exit_code == 0, result.output
    found = json.loads((tmp_path / "deep" / "p.json").read_text())
    assert [message for message, _ in found["one"]] == [1001, 1002, 1003, 1004]
    assert found["one"][2:] == [[1003, 1003], [1004, 999]]
    assert found["two"] == []
    assert "F1" not in result.output


def test_links_are_scored_one_by_one_and_never_used_to_predict(tmp_path):
    said = [entry(1001, "anyone here?"), entry(1002, "yes", "Bob", reply_to_message_id=1001)]
    write(tmp_path, messages=said, links=[[1001, 1001], [1002, 1001], [1002, 1002]])
    logs = read_logs(tmp_path)
    found = score(logs, {"chat": {900: 900, 1001: 1001, 1002: 1001}})
    assert (found.right, found.given, found.wanted) == (2, 2, 3)
    assert (found.precision, round(found.recall), round(found.f1)) == (100, 67, 80)
    write(tmp_path, messages=said, links=[[1001, 1001], [1002, 1002]])
    assert run(link_messages, read_logs(tmp_path))[0] == run(link_messages, logs)[0]


def test_figures_are_kept_and_a_missed_target_shows_in_the_status(tmp_path):
    write(tmp_path, messages=[entry(1001), entry(1002, "x", "Bob", reply_to_message_id=1001)], links=[[1002, 1002]])
    result = bench(tmp_path)
    assert result.exit_code == 1
    assert "MISSED" in result.output
    body = json.loads((tmp_path / "out" / "t.json").read_text())
    assert body["bench"] == "threads"
    assert {figure["row"] for figure in body["figures"]} == {"threads", "plain rule"}


@pytest.mark.skipif(not (ROOT / DEV).is_dir(), reason=f"{DEV} is not there: the real chats are not part of the project")
def test_the_model_of_the_package_links_real_chats_well_and_better_than_a_rule():
    logs = read_logs(ROOT / DEV)
    ours, _ = run(link_messages, logs)
    plain, _ = run(link_plainly, logs)
    assert score(logs, ours).f1 >= LEAST_F1 > score(logs, plain).f1 + 10
