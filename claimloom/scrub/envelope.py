"""ENV: what the file's structure cannot carry. The envelope itself is written by the submitter and has no choices."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from operator import attrgetter, le
from typing import Final, NamedTuple

from claimloom.scrub.case import Case, patient_loop
from claimloom.scrub.rules import Hit, rule
from schemas.claim import Claim, ClaimLine
from schemas.words import counted

LAST_NAME: Final = 60
MOST_CENTS: Final = 9_999_999_999
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
    return mark.isalnum() and not any(each.isascii() for each in unicodedata.normalize("NFKD", mark))


class SentText(NamedTuple):
    """A text that the writer sends: where, its fields in session and claim, and how long it may be."""

    where: str
    name: str
    of: str
    longest: int
    needed: bool = True


@dataclass(frozen=True, slots=True)
class SentTexts:
    """Texts of a claim, taken from it and looked at all at once: nearly every claim has nothing too long."""

    rows: tuple[SentText, ...]
    longest: tuple[int, ...]
    needed: int
    of: Callable[[Claim], tuple[str, ...]]

    def fit(self, texts: tuple[str, ...]) -> bool:
        """Whether these are plain, there where needed, and short enough as they stand: sending makes none longer."""
        together = "".join(texts)
        plain = together.isascii() and together.isprintable() and all(map(str.strip, texts[: self.needed]))
        return plain and all(map(le, map(len, texts), self.longest))


@cache
def _texts(patient: str, referring: bool, subscriber: bool, facility: bool) -> SentTexts:
    """What is sent of a claim with the patient in a loop, and with these parties or without."""
    rows = [
        SentText("2010AA/NM103", "billing_provider.name", "billing_provider.name", LAST_NAME),
        SentText("2310B/NM103", "therapist.name.last", "rendering.name.last", LAST_NAME),
        SentText(f"{patient}/NM103", "patient.name.last", "patient.name.last", LAST_NAME),
        SentText("2010BB/NM103", "coverages.0.payer_name", "coverage.payer_name", LAST_NAME),
        SentText("2010BB/NM109", "coverages.0.payer_id", "coverage.payer_id", 80),
        *_address("2010AA", "billing_provider.address", "billing_provider.address"),
        *_address(patient, "patient.address", "patient.address"),
    ]
    if referring:
        rows.append(SentText("2310A/NM103", "referring_provider.name.last", "referring.name.last", LAST_NAME))
    if subscriber:
        name = "coverages.0.subscriber.name.last"
        rows.append(SentText("2010BA/NM103", name, "coverage.subscriber.name.last", LAST_NAME))
    if facility:
        rows.append(SentText("2310C/NM103", "clinic.name", "service_facility_name", LAST_NAME))
        rows += _address("2310C", "clinic.address", "service_facility_address")
    needed = len(rows)
    rows += [
        SentText(f"{patient}/NM104", "patient.name.first", "patient.name.first", 35, needed=False),
        SentText("2310B/NM104", "therapist.name.first", "rendering.name.first", 35, needed=False),
        SentText("2010BA/NM109", "coverages.0.member_id", "coverage.member_id", 80, needed=False),
        SentText("2000B/SBR03", "coverages.0.group_number", "coverage.group_number", 50, needed=False),
        SentText("2300/REF*G1", "authorization.number", "authorization_number", 50, needed=False),
        SentText("2300/REF*9F", "referral_number", "referral_number", 50, needed=False),
    ]
    longest = tuple(each.longest for each in rows)
    return SentTexts(tuple(rows), longest, needed, attrgetter(*(each.of for each in rows)))


def _address(loop: str, name: str, of: str) -> list[SentText]:
    return [
        SentText(f"{loop}/N301", f"{name}.line1", f"{of}.line1", 55),
        SentText(f"{loop}/N401", f"{name}.city", f"{of}.city", 30),
    ]


@rule("ENV-007", after=("ENV-003",))
def sizes(case: Case) -> Iterator[Hit]:
    """What the writer sends is there and fits: one element too long can cost a file of claims."""
    claim = case.claim
    facility, subscriber = claim.service_facility_address is not None, claim.coverage.subscriber is not None
    sent = _texts(patient_loop(case), claim.referring is not None, subscriber, facility)
    texts = sent.of(claim)
    if not sent.fit(texts):
        for row, text in zip(sent.rows, texts, strict=True):
            length = len(_sent(text))
            if length > row.longest or (row.needed and length == 0):
                said = (
                    f"{counted(length, 'character')}, at most {row.longest}" if length else "nothing of it can be sent"
                )
                fix = f"shorten {row.name}" if length else f"correct {row.name}"
                yield Hit(row.where, f"{row.name}: {said}", (fix,))
    for line in claim.lines:
        if line.description and len(_sent(line.description)) > 80:
            fix = f"shorten description of {line.procedure_code}"
            yield Hit("2400/SV101-7", "description is longer than 80 characters", (fix,), line)
        if abs(line.charge_cents) > MOST_CENTS:
            fix = f"correct clinic.fees_cents.{line.procedure_code}"
            yield Hit("2400/SV102", "more than 99,999,999.99", (fix,), line, str(line.charge_cents))


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
