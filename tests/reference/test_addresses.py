"""Two ways to write one place, and places that only look alike."""

from __future__ import annotations

from typing import Any

import pytest

from claimloom.reference.addresses import same_place
from schemas.values import Address

HERE = Address(line1="100 MAIN ST", line2="", city="SPRINGFIELD", state="IL", zip="627010001")


def here(**changes: Any) -> Address:
    return Address.model_validate(HERE.model_dump() | changes)


@pytest.mark.parametrize(
    "told",
    [
        {"line1": "100 Main St"},
        {"line1": "100 MAIN STREET"},
        {"line1": " 100  Main St. ", "city": "Springfield"},
        {"zip": "62701"},
        {"zip": "627019999"},
        {"line2": "SUITE 200"},
        {"line1": "100 MAIN ST STE 200"},
        {"line1": "100 MAIN ST #200"},
    ],
)
def test_one_place_in_other_words(told: dict[str, str]) -> None:
    assert same_place(HERE, here(**told))
    assert same_place(here(**told), HERE)


def test_one_suite_in_other_words() -> None:
    first = here(line2="SUITE 200")
    assert same_place(first, here(line1="100 Main Street, Ste. 200"))
    assert same_place(first, here(line1="100 MAIN ST #200"))
    assert same_place(here(line1="12 N Elm Ave"), here(line1="12 NORTH ELM AVENUE"))
    assert same_place(here(city="CAÑON CITY"), here(city="Canon City"))


@pytest.mark.parametrize(
    "told",
    [
        {"line1": "102 MAIN ST"},
        {"line1": "100 MAIN AVE"},
        {"line1": "100 N MAIN ST"},
        {"city": "CHATHAM"},
        {"state": "MO"},
        {"zip": "627020001"},
    ],
)
def test_another_place(told: dict[str, str]) -> None:
    assert not same_place(HERE, here(**told))


def test_another_suite_of_the_house_is_another_place() -> None:
    assert not same_place(here(line2="STE 200"), here(line1="100 MAIN ST STE 300"))
