"""The smallest change of a held claim in words, as the work list and a claim's story tell it."""

from __future__ import annotations

from typing import Final

from schemas.claim import ClaimScrubbed, Needs
from schemas.fields import without_names

GIVEN_UP: Final = "do not send"
"""How the one change begins that changes nothing."""
NEEDS: Final = {Needs.AUTOMATIC: "automatic", Needs.FACT: "needs a fact", Needs.CLINICIAN: "needs the clinician"}


def words_of_fix(scrubbed: ClaimScrubbed) -> list[str]:
    """Its parts, each with who can make it; of an event that does not say who, the parts alone."""
    if not scrubbed.fix:
        return list(map(without_names, scrubbed.smallest_fix))
    return [
        step.text if step.text.startswith(GIVEN_UP) else f"{step.text} ({NEEDS[step.needs]})" for step in scrubbed.fix
    ]
