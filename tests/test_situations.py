"""Every situational part of the guides is checked by a rule that exists, or says why not; the page says the same."""

from __future__ import annotations

import re

import pytest

from claimloom.x12.checking import balance
from claimloom.x12.checking.situations import Situations
from claimloom.x12.guides import values
from tools.situations import CHECKED, KINDS, PAGE, UNCHECKED, Part, entry, page, parts

HOMES = {"Situations": Situations, "balance": balance, "values": values}


@pytest.mark.parametrize("kind", KINDS)
def test_every_situational_part_has_an_entry(kind: str) -> None:
    found = list(parts(kind))
    assert len(found) > 200
    assert [part.key for part in found if entry(part) is None] == []


@pytest.mark.parametrize("kind", KINDS)
def test_every_rule_that_is_named_is_there(kind: str) -> None:
    named = {said[0] for part in parts(kind) if (said := entry(part)) and said[0]}
    assert len(named) > 5
    for name in named:
        home, _, rule = name.partition(".")
        assert callable(getattr(HOMES[home], rule, None)), name


@pytest.mark.parametrize("kind", KINDS)
def test_no_entry_is_of_a_part_that_is_not_there(kind: str) -> None:
    keys = [part.key for part in parts(kind)]
    for pattern in [*CHECKED[kind], *UNCHECKED[kind]]:
        assert any(re.fullmatch(pattern, key) for key in keys), pattern


def test_a_part_that_nobody_thought_of_has_none() -> None:
    assert entry(Part("837P", "2300", "ZZZ01", "New")) is None


def test_the_page_is_what_the_command_writes() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "python -m tools.situations"
