"""What the bench of the analysis makes of what it measures."""

from __future__ import annotations

import json

from bench.analysis import BUDGET_MS, measure, read_texts, time_each
from bench.figures import Target


def test_every_text_is_read_as_often_as_it_was_asked_for():
    read = []
    taken = time_each(read.append, ["a", "b"], 3)
    assert (len(taken), len(read)) == (6, 8)
    assert min(taken) >= 0


def test_the_mean_is_judged_and_what_it_is_made_of_is_told():
    figures = measure("row", ["hello, what do you think?"], 2, Target("at most", BUDGET_MS))
    assert [figure.name for figure in figures if figure.target] == ["a message, mean (ms)"]
    assert figures[2].limit == figures[0].value
    assert {figure.verdict for figure in measure("row", ["hello"], 2, Target("at most", 0))} == {"MISSED", ""}


def test_an_export_is_read_without_its_links_and_without_empty_messages(tmp_path):
    texts = ["one", "", ["a", {"type": "link"}], "two"]
    messages = [{"id": number, "date_unixtime": "1700000000", "text": text} for number, text in enumerate(texts)]
    messages.append({"type": "service"})
    (tmp_path / "log.json").write_text(json.dumps({"messages": messages}), encoding="utf-8")
    (tmp_path / "log.links.json").write_text("[[1, 1]]", encoding="utf-8")
    assert read_texts(tmp_path) == ["one", "a", "two"]
