"""ENV: what the file's structure cannot carry. The envelope itself is written by the submitter and has no choices."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

from claimloom.scrub.case import Case, patient_loop
from claimloom.scrub.rules import Hit, rule
from schemas.claim import ClaimLine
from schemas.values import Address

LAST_NAME: Final = 60
MOST_CENTS: Final = 9_999_999_999
# Almost all text is plain ASCII: one look by a regular expression spares it the look at each character.
NOT_SENT: Final = re.compile(r"[\x00-\x1f*:~^|]")


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
    # One look at all of it together: nearly every claim has nothing of the kind.
    together = "".join([text for _, text in texts.values()]) + "".join([line.description for line in case.claim.lines])
    if _plain(together):
        return
    for where, (name, text) in texts.items():
        yield from _bad(where, name, text)
    for line in case.claim.lines:
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
    return mark.isalnum() and not any(each.isascii() for each in unicodedata.normalize("NFKD", mark))


@rule("ENV-007", after=("ENV-003",))
def sizes(case: Case) -> Iterator[Hit]:
    """What the writer sends is there and fits: one element too long can cost a file of claims."""
    claim, coverage, patient = case.claim, case.claim.coverage, case.claim.patient
    provider, loop = claim.billing_provider, patient_loop(case)
    texts: list[tuple[str, str, str, int]] = [
        ("2010AA/NM103", "billing_provider.name", provider.name, LAST_NAME),
        ("2310B/NM103", "therapist.name.last", claim.rendering.name.last, LAST_NAME),
        (f"{loop}/NM103", "patient.name.last", patient.name.last, LAST_NAME),
        ("2010BB/NM103", "coverages.0.payer_name", coverage.payer_name, LAST_NAME),
        ("2010BB/NM109", "coverages.0.payer_id", coverage.payer_id, 80),
        *_address("2010AA", "billing_provider.address", provider.address),
        *_address(loop, "patient.address", patient.address),
    ]
    if claim.referring:
        texts.append(("2310A/NM103", "referring_provider.name.last", claim.referring.name.last, LAST_NAME))
    if coverage.subscriber:
        name = coverage.subscriber.name.last
        texts.append(("2010BA/NM103", "coverages.0.subscriber.name.last", name, LAST_NAME))
    if claim.service_facility_address:
        texts.append(("2310C/NM103", "clinic.name", claim.service_facility_name, LAST_NAME))
        texts += _address("2310C", "clinic.address", claim.service_facility_address)
    for where, name, text, longest in texts:
        if _fits(text, longest):
            continue
        length = len(_sent(text))
        if not 1 <= length <= longest:
            said = "nothing of it can be sent" if length == 0 else f"{length} characters, at most {longest}"
            yield Hit(where, f"{name}: {said}", (f"shorten {name}" if length else f"correct {name}",))
    optional = [
        (f"{loop}/NM104", "patient.name.first", patient.name.first, 35),
        ("2310B/NM104", "therapist.name.first", claim.rendering.name.first, 35),
        ("2010BA/NM109", "coverages.0.member_id", coverage.member_id, 80),
        ("2000B/SBR03", "coverages.0.group_number", coverage.group_number, 50),
        ("2300/REF*G1", "authorization.number", claim.authorization_number, 50),
        ("2300/REF*9F", "referral_number", claim.referral_number, 50),
    ]
    for where, name, text, longest in optional:
        if text and not _fits(text, longest) and len(_sent(text)) > longest:
            detail = f"{name}: {len(_sent(text))} characters, at most {longest}"
            yield Hit(where, detail, (f"shorten {name}",))
    for line in claim.lines:
        if len(_sent(line.description)) > 80:
            fix = f"shorten description of {line.procedure_code}"
            yield Hit("2400/SV101-7", "description is longer than 80 characters", (fix,), line)
        if abs(line.charge_cents) > MOST_CENTS:
            fix = f"correct clinic.fees_cents.{line.procedure_code}"
            yield Hit("2400/SV102", "more than 99,999,999.99", (fix,), line, str(line.charge_cents))


def _address(loop: str, name: str, address: Address) -> list[tuple[str, str, str, int]]:
    return [
        (f"{loop}/N301", f"{name}.line1", address.line1, 55),
        (f"{loop}/N401", f"{name}.city", address.city, 30),
    ]


def _fits(text: str, longest: int) -> bool:
    """Whether plain text has something to send and is short enough as it stands: sending never makes it longer."""
    return len(text) <= longest and text.isascii() and text.isprintable() and not text.isspace() and text != ""


def _sent(text: str) -> str:
    """Text as it goes out: capitals, accents taken off, and only characters of the basic set."""
    if text.isascii() and text.isprintable():
        return " ".join(text.upper().split())
    folded = unicodedata.normalize("NFKD", text).upper()
    return " ".join("".join(mark for mark in folded if mark.isascii() and mark.isprintable()).split())


@rule("ENV-011")
def line_numbers(case: Case) -> Iterator[Hit]:
    """LX01 counts 1, 2, 3 ..."""
    numbers = [line.line_number for line in case.claim.lines]
    if numbers != list(range(1, len(numbers) + 1)):
        yield Hit("2400/LX01", f"lines are numbered {numbers}", ("number the lines 1, 2, 3 ...",))
