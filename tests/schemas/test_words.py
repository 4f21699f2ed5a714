"""A number and what it counts agree."""

from __future__ import annotations

import pytest

from schemas.words import counted


@pytest.mark.parametrize(
    ("number", "said"), [(0, "0 keys are"), (1, "1 key is"), (2, "2 keys are"), (1_000, "1,000 keys are")]
)
def test_number_and_word_agree(number: int, said: str) -> None:
    assert counted(number, "key is", "keys are") == said
    assert counted(number, "key") == said.removesuffix(" is").removesuffix(" are")
