"""ENV: what the file's structure cannot carry. The envelope itself is written by the submitter and has no choices."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from claimloom.scrub.case import Case
from claimloom.scrub.rules import Hit, rule
from schemas.claim import ClaimLine


@rule("ENV-003")
def illegal_character(case: Case) -> Iterator[Hit]:
    """Text with nothing left to send, or with control characters; letters with accents are folded by the writer."""
    coverage, patient = case.claim.coverage, case.claim.patient
    texts = {
        "2010AA/NM103": ("billing_provider.name", case.claim.billing_provider.name),
        "2010AA/N301": ("billing_provider.address.line1", case.claim.billing_provider.address.line1),
        "2010BA/NM103": ("patient.name.last", patient.name.last),
        "2010BA/NM104": ("patient.name.first", patient.name.first),
        "2010BA/N301": ("patient.address.line1", patient.address.line1),
        "2010BA/NM109": ("coverages.0.member_id", coverage.member_id),
        "2010BB/NM103": ("coverages.0.payer_name", coverage.payer_name),
        "2000B/SBR05": ("coverages.0.msp_type", coverage.msp_type),
        "2000C/PAT01": ("coverages.0.relationship", coverage.relationship),
        "2300/REF*G1": ("authorization.number", case.claim.authorization_number),
        "2300/REF*9F": ("referral_number", case.claim.referral_number),
        "2300/CLM11-4": ("accident.state", case.claim.accident.state if case.claim.accident else ""),
    }
    for where, (name, text) in texts.items():
        yield from _bad(where, name, text)
    for line in case.claim.lines:
        yield from _bad("2400/SV101-7", f"description of {line.procedure_code}", line.description, line)


def _bad(where: str, name: str, text: str, line: ClaimLine | None = None) -> Iterator[Hit]:
    """Marks that cannot be sent: delimiters, control characters, and letters that no accent can be taken off."""
    bad = sorted({f"U+{ord(mark):04X}" for mark in text if ord(mark) < 32 or mark in "*:~^|" or _foreign(mark)})
    if bad:
        fix = f"take {', '.join(bad)} out of {name}"
        yield Hit(where, f"{name} has {', '.join(bad)}", (fix,), line, bad[0])


def _foreign(mark: str) -> bool:
    return mark.isalnum() and not any(each.isascii() for each in unicodedata.normalize("NFKD", mark))


@rule("ENV-011")
def line_numbers(case: Case) -> Iterator[Hit]:
    """LX01 counts 1, 2, 3 ..."""
    numbers = [line.line_number for line in case.claim.lines]
    if numbers != list(range(1, len(numbers) + 1)):
        yield Hit("2400/LX01", f"lines are numbered {numbers}", ("number the lines 1, 2, 3 ...",))
