"""Ports of internal servers: remembered, never shared, never one that is taken."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from app.cli.stack.ports import PortBook, find_free, is_free


def test_a_port_is_remembered_between_runs(tmp_path: Path) -> None:
    first = PortBook(tmp_path / "ports.json").choose("postgres")
    assert PortBook(tmp_path / "ports.json").choose("postgres") == first


def test_a_remembered_port_that_is_taken_now_is_replaced(tmp_path: Path) -> None:
    first = PortBook(tmp_path / "ports.json").choose("postgres")
    with socket.create_server(("127.0.0.1", first)):
        assert not is_free("127.0.0.1", first)
        assert PortBook(tmp_path / "ports.json").choose("postgres") != first


def test_a_preferred_port_is_taken_when_it_is_free(tmp_path: Path) -> None:
    wanted = find_free()
    assert PortBook(tmp_path / "ports.json").choose("flower", wanted) == wanted


def test_two_servers_never_get_the_same_port(tmp_path: Path) -> None:
    book, wanted = PortBook(tmp_path / "ports.json"), find_free()
    assert book.choose("a", wanted) != book.choose("b", wanted)


@pytest.mark.parametrize("content", ["", "[1, 2]", "{bad", '{"a": "x"}'])
def test_a_damaged_book_is_begun_anew(tmp_path: Path, content: str) -> None:
    (tmp_path / "ports.json").write_text(content)
    port = PortBook(tmp_path / "ports.json").choose("a")
    assert PortBook(tmp_path / "ports.json").choose("a") == port
