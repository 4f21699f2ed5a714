"""First codes, add-on codes and the minutes that earn them."""

from __future__ import annotations

import pytest

from claimloom.reference.code_ladders import add_on, first_code, ladders, pooled_service
from claimloom.reference.therapy_codes import therapy_codes


def test_every_ladder_is_of_known_codes_and_agrees_with_add_on_of() -> None:
    known = therapy_codes()
    for code, ladder in ladders().items():
        assert known[code].timed
        assert not known[code].counts_in_cms_15min_pool
        if ladder.add_on not in ("", code):
            assert known[ladder.add_on].add_on_of == code


@pytest.mark.parametrize(
    ("code", "minutes", "units"),
    [
        ("97550", 15, 0),
        ("97550", 16, 1),
        ("97550", 37, 1),
        ("97550", 38, 2),
        ("97550", 53, 3),
        ("98979", 9, 0),
        ("98979", 10, 1),
        ("98979", 500, 1),
        ("96105", 90, 1),
        ("96105", 91, 2),
    ],
)
def test_units_of_a_ladder(code: str, minutes: int, units: int) -> None:
    assert ladders()[code].units(minutes) == units


def test_families() -> None:
    assert (first_code("97130"), add_on("97129"), pooled_service("97130")) == ("97129", "97130", "97129")
    assert (first_code("97551"), add_on("97550"), pooled_service("97551")) == ("97550", "97551", "97551")
    assert (first_code("96105"), add_on("96105")) == ("96105", "96105")
    assert (first_code("97110"), add_on("97110"), add_on("97116"), add_on("98979")) == (
        "97110",
        "97110",
        "97116",
        "98979",
    )
