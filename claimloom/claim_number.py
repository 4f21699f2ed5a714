"""The number of a claim (CLM01), and how payers give it back in CLP01 and REF*6R.

A payer returns what it was sent, says the guide; in practice it cuts, pads, prefixes, folds and strips it (X12 RFI 504,
1815). Ours have a form of their own, so that one of them is still seen in what is left.
"""

from __future__ import annotations

import base64
import re
from typing import Final
from uuid import UUID

STEM: Final = 14
"""Letters and digits before the version: shorter beginnings may be several claims'."""
_OURS: Final = re.compile(rf"(C[A-Z2-7]{{{STEM - 1}}})([0-9]{{1,3}})", re.ASCII)


def claim_number(claim_id: UUID, version: int) -> str:
    """CLM01 of a claim version: 14 letters and digits of its id and the version; payers echo up to 20 characters."""
    return f"C{base64.b32encode(claim_id.bytes).decode()[: STEM - 1]}-{version}"


def squeezed(said: str) -> str:
    """Its letters and digits, in capitals."""
    return "".join(letter for letter in said.upper() if letter.isascii() and letter.isalnum())


def repaired(said: str) -> list[str]:
    """Numbers of ours that a payer's text can have been, the likeliest first; empty if none is in it.

    Digits behind a number may be more of its version or something that the payer added, so both are said.
    """
    found = _OURS.search(squeezed(said))
    if found is None:
        return []
    stem, digits = found.groups()
    return [f"{stem}-{digits[:length]}" for length in range(len(digits), 0, -1)]


def of_line(line_control_number: str) -> str:
    """The claim's number in a line's (REF*6R), which is that of the claim and the line's place behind a hyphen."""
    return line_control_number.rpartition("-")[0]
