"""Numbers of claims as payers give them back. What stands here was made up in the form of ours."""

from __future__ import annotations

from uuid import UUID

import pytest

from claimloom.claim_number import claim_number, of_line, repaired, squeezed

NUMBER = claim_number(UUID(int=2**127 + 12345), 12)


def test_a_number_has_a_form_of_its_own() -> None:
    stem, _, version = NUMBER.partition("-")
    assert (len(stem), stem[0], version) == (14, "C", "12")
    assert len(NUMBER) <= 20  # what every payer echoes at least (guide, CLM01)


@pytest.mark.parametrize(
    "said",
    [
        NUMBER.replace("-", ""),
        NUMBER.lower(),
        f"  {NUMBER} ",
        f"0000{NUMBER}",
        f"PAYER*{NUMBER}",
        NUMBER.replace("-", " "),
        f"{NUMBER[:5]}-{NUMBER[5:]}",
    ],
)
def test_what_payers_do_to_a_number_is_undone(said: str) -> None:
    assert repaired(said)[0] == NUMBER


def test_digits_behind_a_number_may_be_the_payers() -> None:
    assert repaired(NUMBER + "3") == [NUMBER + "3", NUMBER, NUMBER[:-1]]


@pytest.mark.parametrize("said", ["", "0", "12345678901234567890", "CABC-1", NUMBER[:14], "XXXXXXXXXXXXXXXX"])
def test_other_numbers_are_none_of_ours(said: str) -> None:
    assert repaired(said) == []


def test_lines_and_texts() -> None:
    assert of_line(f"{NUMBER}-3") == NUMBER
    assert of_line("17") == ""
    assert squeezed(" a-1 é\t") == "A1"
