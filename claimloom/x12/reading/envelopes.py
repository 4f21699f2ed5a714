"""Which transactions a file holds, by a look at its envelopes alone: for who has to decide who reads it.

The look is the tokenizer's, as every reader's of this package is: what ``check`` finds an interchange in, is X12 here.
"""

from __future__ import annotations

from pathlib import Path

from claimloom.x12.reading.source import X12Error
from claimloom.x12.reading.tokenizer import Tokenizer, runs

MOST_CHARACTERS = 6


def kinds_in(source: bytes | Path) -> list[str] | None:
    """TA1, and ST01 of each transaction set, each kind once in the order of the file; None if no interchange is in it.

    What breaks a limit says what came before.
    """
    found: dict[str, None] = {}
    tokenizer = Tokenizer()
    try:
        for run in runs(source, tokenizer=tokenizer):
            for index, part in enumerate(run.parts):
                if not part.startswith(("ST", "TA1")):  # hardly any is taken apart
                    continue
                segment = run.segment(index)
                if segment.id == "TA1":
                    found["TA1"] = None
                elif segment.id == "ST":
                    found[segment.get(1)[:MOST_CHARACTERS]] = None
    except X12Error:
        pass
    return list(found) if tokenizer.interchanges else None
