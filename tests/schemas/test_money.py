"""Cents as people read them."""

from __future__ import annotations

import pytest

from schemas.money import usd


@pytest.mark.parametrize(
    ("cents", "text"),
    [(0, "$0.00"), (5, "$0.05"), (-1, "-$0.01"), (-101, "-$1.01"), (123456789, "$1,234,567.89"), (-99999, "-$999.99")],
)
def test_usd(cents: int, text: str) -> None:
    assert usd(cents) == text
