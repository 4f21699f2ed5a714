"""What a value may be is said twice, exactly and as a pattern: the pattern takes nothing that is wrong."""

from __future__ import annotations

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from claimloom import x12
from claimloom.x12.guides.values import faults, pattern
from tests.x12.making import GUIDES, Maker

SLOW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@pytest.mark.parametrize("kind", GUIDES)
@SLOW
@given(seed=st.integers(0, 10**9))
def test_a_pattern_takes_nothing_that_is_wrong(kind: str, seed: int) -> None:
    """The short cut of the check: a segment that matches has no fault when it is looked at in full."""
    dice = random.Random(seed)
    document = x12.read(Maker(kind, seed, 0.5).document().encode())
    marks = document.interchanges[0].delimiters
    for segment in document.transactions[0].segments():
        if segment.node is None:
            continue
        place = dice.randrange(len(segment.text) + 1)
        junk = dice.choice(["", "", "*", ":", "^", "0", "-", ".", "X", " ", "a", "\x07", "é", "**", "20260229", "99"])
        text = segment.text[:place] + junk + segment.text[place + dice.randrange(3) :]
        if not text.startswith(f"{segment.node.id}*"):
            continue
        if pattern(segment.node, marks).fullmatch(text):
            assert faults(text.split("*"), segment.node, marks) == [], text
