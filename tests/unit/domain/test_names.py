"""Which names are near to one that nobody has."""

from __future__ import annotations

from app.domain.fleet.names import Named, nearest

KNOWN = [Named(1, "@ada_bot", "Ada Lovelace"), Named(2, "@bob_bot", "Bob"), Named(3, "@carla_bot", "Carla")]


def test_a_slip_of_a_username_or_of_a_name_is_near() -> None:
    assert nearest("adda_bot", KNOWN)[0].id == 1
    assert nearest("Ada Lovelase", KNOWN)[0].id == 1
    assert nearest("carlla", KNOWN)[0].id == 3


def test_three_are_told_at_most() -> None:
    many = [Named(number, f"@ada_{number}_bot", "Ada") for number in range(9)]
    assert len(nearest("ada_bot", many)) == 3


def test_what_is_like_nothing_has_no_neighbours() -> None:
    assert nearest("zzzzqqqq", KNOWN) == []
    assert nearest("ada", []) == []
