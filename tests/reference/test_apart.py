"""What sets a line apart, and what names a part: one table, asked by who builds claims and by who scrubs them."""

from __future__ import annotations

from claimloom.reference import rows
from claimloom.reference.apart import LINES, of_a_line, of_a_part


def test_what_names_a_part_sets_a_line_apart() -> None:
    assert of_a_part() < of_a_line()
    assert {"59", "XE", "RT", "LT"} <= of_a_part()
    assert {"76", "95"} <= of_a_line() - of_a_part()


def test_what_holds_for_all_of_a_code_sets_nothing_apart() -> None:
    assert not {"GP", "GO", "GN", "KX", "CQ", "CO", "GA"} & of_a_line()


def test_every_class_that_counts_is_one_of_the_table() -> None:
    assert {row["class"] for row in rows("modifiers")} >= LINES
