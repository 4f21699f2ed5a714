"""Damaged files: whatever ``read`` takes is described, masked, compared and split, or refused in one sentence."""

from __future__ import annotations

import random

import pytest

from claimloom.x12.checking.check import check
from claimloom.x12.reading.files import read
from claimloom.x12.reading.source import X12Error
from claimloom.x12.showing.describe import describe
from claimloom.x12.showing.diff import diff
from claimloom.x12.showing.mask import mask
from claimloom.x12.showing.split import join, split
from claimloom.x12.showing.tree import lines
from tests.x12.test_samples import FILES, unpacked

PIECES = [b"*", b":X", b"JANE DOE", b"~ZZZ*A~", b"123456789", b"\xe9", b"^", b"\n"]


def damaged(chance: random.Random) -> bytes:
    """A sample with a few bytes lost, put in, or its segments exchanged."""
    data = bytearray(unpacked(chance.choice(FILES)))
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(data))
        how = chance.randrange(3)
        if how == 0:
            del data[at : at + chance.randint(1, 30)]
        elif how == 1:
            data[at:at] = chance.choice(PIECES)
        else:
            parts = data.split(b"~")
            one, two = chance.randrange(len(parts)), chance.randrange(len(parts))
            parts[one], parts[two] = parts[two], parts[one]
            data = bytearray(b"~".join(parts))
    return bytes(data)


@pytest.mark.parametrize("seed", range(8))
def test_no_damaged_file_breaks_what_is_done_with_it(seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(40):
        data = damaged(chance)
        try:
            check(data)
        except X12Error:
            continue
        document = read(data)
        assert list(describe(document))
        list(lines(document))
        assert diff(document, document) == []
        masked = mask(data)
        assert len(masked) == len(data)
        for by in ("transaction", "claims", "provider"):
            try:
                join([read(part) for part in split(document, by, claims=1)])
            except X12Error as refused:
                assert "\n" not in str(refused)
