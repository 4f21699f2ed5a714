"""The CQ/CO split on the published examples and on its own invariants."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claimloom.billing.assistant import assistant_units, untimed_needs_modifier


@pytest.mark.parametrize(
    ("units", "therapist", "assistant", "marked"),
    [
        (1, 5, 10, 1),
        (1, 10, 5, 0),
        (1, 7, 8, 1),
        (3, 23, 22, 1),
        (2, 13, 23, 1),
        (2, 30, 0, 0),
        (2, 12, 12, 1),
        (1, 15, 0, 0),
        (1, 0, 15, 1),
        (2, 0, 30, 2),
        (3, 20, 18, 2),
        (1, 7, 1, 1),
        (1, 8, 14, 0),
        (0, 3, 3, 0),
        (4, 0, 45, 4),
    ],
)
def test_published_examples(units: int, therapist: int, assistant: int, marked: int) -> None:
    assert assistant_units(units, therapist, assistant) == marked


@pytest.mark.parametrize(
    ("units", "therapist", "assistant", "marked"),
    [
        # A unit more than its own minutes earn, won of the day's pool: each gave a part of both.
        (2, 8, 14, 1),
        (2, 7, 14, 2),
        # One whole block of the assistant; of the 8 minutes left the therapist has 7.
        (2, 7, 16, 2),
        # Earlier visits left fewer units than there are blocks: those of the therapist stand.
        (1, 15, 15, 0),
        (2, 15, 30, 1),
        (1, 30, 15, 0),
    ],
)
def test_more_and_fewer_units_than_the_minutes_of_a_code_earn(
    units: int, therapist: int, assistant: int, marked: int
) -> None:
    assert assistant_units(units, therapist, assistant) == marked


@given(st.integers(0, 120), st.integers(0, 120))
def test_split_stays_within_the_units_and_nobody_gets_units_without_minutes(therapist: int, assistant: int) -> None:
    total = therapist + assistant
    for units in (total // 15, total // 15 + 1):
        marked = assistant_units(units, therapist, assistant)
        assert 0 <= marked <= units
        if assistant == 0:
            assert marked == 0
        if therapist == 0 and assistant:
            assert marked == units


@pytest.mark.parametrize(
    ("total", "assistant", "needed"), [(45, 4, False), (45, 5, True), (40, 4, False), (0, 0, False)]
)
def test_untimed_ten_percent(total: int, assistant: int, needed: bool) -> None:
    assert untimed_needs_modifier(total, assistant) is needed
