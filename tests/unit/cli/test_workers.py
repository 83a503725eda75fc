"""Worker nodes: which queues a node serves, and what it is called."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from hypothesis import given
from hypothesis import strategies as st

from app.cli.stack.options import UpOptions
from app.cli.stack.ports import PortBook
from app.cli.stack.processes import worker_specs
from app.cli.stack.workers import describe_node, split_shards
from app.config import Settings
from app.domain.errors import InvalidInput
from app.queues import IO_QUEUES


def test_a_ticks_node_serves_every_shard_by_default() -> None:
    assert describe_node("ticks", shards=4).queues == ("ticks.0", "ticks.1", "ticks.2", "ticks.3")


def test_a_ticks_node_may_serve_a_slice() -> None:
    assert describe_node("ticks", shards=8, part="2-3").queues == ("ticks.2", "ticks.3")
    assert describe_node("ticks", shards=8, part="5").queues == ("ticks.5",)


def test_an_io_node_serves_everything_but_the_shards() -> None:
    assert set(describe_node("io", shards=4).queues) == set(IO_QUEUES)


def test_groups_may_be_served_apart() -> None:
    assert describe_node("generation,urgent", shards=4).queues == ("generation", "ticks.urgent")


def test_only_io_nodes_send_task_events() -> None:
    assert "-E" in describe_node("io", shards=4).argv
    assert "-E" not in describe_node("ticks", shards=4).argv


def test_two_nodes_of_a_kind_have_different_names() -> None:
    names = {describe_node("ticks", shards=4, number=number).node_name for number in range(3)}
    assert len(names) == 3


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        ({"node": "tick"}, "NODE"),
        ({"node": "generation,post"}, "NODE"),
        ({"node": "ticks", "part": "0-99"}, "--shards"),
        ({"node": "ticks", "part": "x"}, "--shards"),
        ({"node": "ticks", "part": "3-1"}, "--shards"),
        ({"node": "io", "part": "0-1"}, "--shards"),
        ({"node": "io", "concurrency": 0}, "--concurrency"),
    ],
)
def test_what_cannot_be_a_node_is_refused_by_name(arguments: dict[str, object], field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        describe_node(**{"shards": 8, **arguments})  # type: ignore[arg-type]
    assert caught.value.field == field


@given(shards=st.integers(1, 1024), data=st.data())
def test_slices_cover_every_shard_exactly_once(shards: int, data: st.DataObject) -> None:
    nodes = data.draw(st.integers(1, shards))
    parts = split_shards(shards, nodes)
    served = [queue for part in parts for queue in describe_node("ticks", shards=shards, part=part).queues]
    assert len(parts) == nodes
    assert served == [f"ticks.{shard}" for shard in range(shards)]


def test_more_nodes_than_shards_are_refused() -> None:
    with pytest.raises(InvalidInput, match="--tick-workers"):
        split_shards(4, 5)


def test_each_worker_of_one_machine_has_a_name_and_metrics_of_its_own(tmp_path: Path) -> None:
    servers = {"database_url": "postgresql://chorus@127.0.0.1/chorus", "broker_url": "redis://127.0.0.1/0"}
    keys = {"secret_key": "k" * 32, "encryption_keys": Fernet.generate_key().decode()}
    settings = Settings.from_env(_env_file=None, **servers, **keys, cache_url="redis://127.0.0.1/1")
    options = UpOptions(var=tmp_path, tick_workers=2, io_workers=2)
    specs = list(worker_specs(options, settings, PortBook(tmp_path / "ports.json")))
    assert [spec.name for spec in specs] == ["worker-ticks0", "worker-ticks1", "worker-io0", "worker-io1"]
    assert len({spec.env["METRICS_PORT"] for spec in specs}) == 4


def test_turns_that_nobody_waits_for_give_way_to_answers() -> None:
    assert describe_node("ticks", shards=4).argv[:3] == ("nice", "-n", "10")
    assert "nice" not in describe_node("io", shards=4).argv
