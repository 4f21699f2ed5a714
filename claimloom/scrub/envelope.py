"""ENV: what the file's structure cannot carry. The envelope itself is written by the submitter and has no choices."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from operator import attrgetter
from typing import Final

from claimloom.reference.letters import latin
from claimloom.scrub.case import Case
from claimloom.scrub.rules import Hit, rule
from schemas.claim import Claim, ClaimLine

# Almost all text is plain ASCII: one look by a regular expression spares it the look at each character.
NOT_SENT: Final = re.compile(r"[\x00-\x1f*:~^|]")

# What may hold any character: where it stands, and its fields in session and claim.
FREE_TEXTS: Final = (
    ("2010AA/NM103", "billing_provider.name", "billing_provider.name"),
    ("2010AA/N301", "billing_provider.address.line1", "billing_provider.address.line1"),
    ("2010BA/NM103", "patient.name.last", "patient.name.last"),
    ("2010BA/NM104", "patient.name.first", "patient.name.first"),
    ("2010BA/N301", "patient.address.line1", "patient.address.line1"),
    ("2010BA/NM109", "coverages.0.member_id", "coverage.member_id"),
    ("2010BB/NM103", "coverages.0.payer_name", "coverage.payer_name"),
    ("2000B/SBR05", "coverages.0.msp_type", "coverage.msp_type"),
    ("2000C/PAT01", "coverages.0.relationship", "coverage.relationship"),
    ("2300/REF*G1", "authorization.number", "authorization_number"),
    ("2300/REF*9F", "referral_number", "referral_number"),
)
FREE: Final[Callable[[Claim], tuple[str, ...]]] = attrgetter(*(field for _, _, field in FREE_TEXTS))
ACCIDENT_STATE: Final = ("2300/CLM11-4", "accident.state", "accident.state")


@rule("ENV-003")
def illegal_character(case: Case) -> Iterator[Hit]:
    """Text with nothing left to send, or with control characters; letters with accents are folded by the writer."""
    claim = case.claim
    texts = [*FREE(claim), claim.accident.state if claim.accident else ""]
    # One look at all of it together: nearly every claim has nothing of the kind.
    if _plain("".join(texts) + "".join([line.description for line in claim.lines])):
        return
    for (where, name, _), text in zip((*FREE_TEXTS, ACCIDENT_STATE), texts, strict=True):
        yield from _bad(where, name, text)
    for line in claim.lines:
        yield from _bad("2400/SV101-7", f"description of {line.procedure_code}", line.description, line)


def _bad(where: str, name: str, text: str, line: ClaimLine | None = None) -> Iterator[Hit]:
    """Marks that cannot be sent: delimiters, control characters, and letters that no accent can be taken off."""
    if _plain(text):
        return
    bad = sorted({f"U+{ord(mark):04X}" for mark in text if ord(mark) < 32 or mark in "*:~^|" or _foreign(mark)})
    if bad:
        fix = f"take {', '.join(bad)} out of {name}"
        yield Hit(where, f"{name} has {', '.join(bad)}", (fix,), line, bad[0])


def _plain(text: str) -> bool:
    return text.isascii() and not NOT_SENT.search(text)


def _foreign(mark: str) -> bool:
    return not mark.isascii() and mark.isalnum() and not (latin(mark) or "").strip()


@rule("ENV-007", after=("ENV-003",))
def fits_the_guide(case: Case) -> Iterator[Hit]:
    """What the writer of 837P files refuses: too long, missing, no code of its list, or against what the claim says."""
    by_number = {line.line_number: line for line in case.claim.lines}
    for each in case.unwritable:
        yield Hit(each.where, each.said, (each.fix,), by_number.get(each.line))


@rule("ENV-011")
def line_numbers(case: Case) -> Iterator[Hit]:
    """LX01 counts 1, 2, 3 ..."""
    numbers = [line.line_number for line in case.claim.lines]
    if numbers != list(range(1, len(numbers) + 1)):
        yield Hit("2400/LX01", f"lines are numbered {numbers}", ("number the lines 1, 2, 3 ...",))
