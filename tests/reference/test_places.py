"""Places of ZIP codes, asked of the file as it is packaged."""

from __future__ import annotations

from itertools import pairwise

import pytest

from claimloom.reference import rows
from claimloom.reference.places import ZipPlace, place_of


def test_every_row_is_found_and_the_file_is_in_order() -> None:
    table = list(rows("zip5_locality"))
    assert all(before["zip"] < after["zip"] for before, after in pairwise(table))
    for row in table:
        assert place_of.__wrapped__(row["zip"]) == ZipPlace(
            row["state"], row["mac"], row["locality"], row["plus4_split"] == "1"
        )


def test_zip_plus_four_lies_where_its_zip_does() -> None:
    assert place_of("606010001") == place_of("60601") == ZipPlace("IL", "06102", "16")


@pytest.mark.parametrize(
    "asked", ["", "0", "606", "6060", "6060,", "00000", "00209", "99951", "zip", "zip,s", "\n0021", "ABCDE", "6060é"]
)
def test_what_is_no_known_zip_code_has_no_place(asked: str) -> None:
    assert place_of(asked) is None
