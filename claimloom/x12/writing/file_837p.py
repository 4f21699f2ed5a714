"""Claims to 837P files (005010X222A1): valid files of the claims that fit, and findings for each that does not.

A claim is either written whole and right, or it stays out with the reasons; the others go all the same. One HL 20 a
billing provider, one HL 22 a subscriber and payer, an HL 23 for a patient other than the subscriber; claims whose
loops above them read the same share these.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple

from claimloom.x12.guides.findings import Finding
from claimloom.x12.guides.text import Words
from claimloom.x12.writing.claim import claim_information
from claimloom.x12.writing.claim_check import check_claim
from claimloom.x12.writing.envelope import (
    LAST_CONTROL_NUMBER,
    Envelope,
    check_envelope,
    set_number,
    write_interchange,
    write_set,
)
from claimloom.x12.writing.page import TextPage
from claimloom.x12.writing.parties import billing_provider, patient, provider_key, subscriber
from schemas.claim import Claim

VERSION: Final = "005010X222A1"
CLAIMS_PER_PATIENT: Final = 100
"""Loops 2300 under one HL; with more, the HL is written again."""


@dataclass(frozen=True, slots=True)
class Header:
    """What a file says before its claims: its envelope, who submits it and who receives it."""

    envelope: Envelope
    submitter_name: str
    contact_phone: str
    receiver_name: str
    contact_name: str = "EDI DESK"
    submitter_id: str = ""
    """1000A NM109; empty: as ISA06."""
    receiver_id: str = ""
    """1000B NM109; empty: as ISA08."""
    purpose: str = "00"
    """BHT02: 00 original, 18 reissue."""
    kind: str = "CH"
    """BHT06: CH charges, RP encounters reported."""


@dataclass(frozen=True, slots=True)
class FileSize:
    """How many claims a file and a transaction set may have. A partner's limits may be lower than the guide's."""

    claims_per_file: int = 5000
    claims_per_transaction: int = 5000

    def __post_init__(self) -> None:
        if min(self.claims_per_file, self.claims_per_transaction) < 1:
            raise ValueError("a file and a transaction set have room for at least one claim")


class Placed(NamedTuple):
    """Where a claim stands: in which transaction set, under which batch id, and at which place of it (from 1)."""

    claim: Claim
    transaction_control_number: str
    batch_id: str
    position: int


@dataclass(frozen=True, slots=True)
class File:
    """One interchange, ready to be sent."""

    text: str
    interchange_control_number: str
    group_control_number: str
    claims: list[Placed]


@dataclass(frozen=True, slots=True)
class Refused:
    """A claim that is in no file, and all reasons for it."""

    claim: Claim
    findings: list[Finding]


@dataclass(frozen=True, slots=True)
class Built:
    """Every claim given is either in one of the files or refused. Findings of the header leave no file at all."""

    files: list[File] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    header: list[Finding] = field(default_factory=list)


class _Written(NamedTuple):
    """A claim as text, with the texts of the loops above it, which have no HL yet."""

    claim: Claim
    provider: str
    subscriber: str
    patient: str
    text: str


def build_837p(claims: Sequence[Claim], header: Header, limits: FileSize = FileSize()) -> Built:
    """Files of the claims that can be sent, numbered upwards from the header's control number.

    Claims of a billing provider stand together, the first to come first, those of a patient too.
    """
    words = header.envelope.words
    head = TextPage(header.envelope, words, "1000A")
    _header(head, header, "")
    if found := [*check_envelope(header.envelope), *head.findings]:
        return Built(header=found)
    written, refused = _write(claims, header.envelope)
    size = limits.claims_per_file
    ordered = _ordered(written)
    files = []
    for place, start in enumerate(range(0, len(ordered), size)):
        number = header.envelope.control_number + place
        if number > LAST_CONTROL_NUMBER:
            return Built(header=check_envelope(replace(header.envelope, control_number=number)))
        here = replace(header, envelope=replace(header.envelope, control_number=number))
        files.append(_file(ordered[start : start + size], here, words, limits.claims_per_transaction))
    return Built(files, refused)


def check_837p(claims: Sequence[Claim], envelope: Envelope) -> list[Refused]:
    """Those of the claims that no file of this envelope can hold, with all reasons; nothing is written."""
    return _write(claims, envelope)[1]


def _write(claims: Sequence[Claim], envelope: Envelope) -> tuple[list[_Written], list[Refused]]:
    """Each claim as text, or refused; of two with one number the second."""
    page = TextPage(envelope, envelope.words)
    providers: dict[tuple[object, ...], tuple[str, list[Finding]]] = {}
    numbers: set[str] = set()
    written: list[_Written] = []
    refused: list[Refused] = []
    latest = envelope.created.date()
    for claim in claims:
        key = provider_key(claim.billing_provider)
        known = providers.get(key)
        if known is None:
            billing_provider(page, claim.billing_provider)
            known = providers[key] = (page.cut(), page.findings[:])
            page.findings.clear()
        above, findings = known
        subscriber(page, claim)
        of_subscriber = page.cut()
        of_patient = ""
        if claim.coverage.relationship != "18":
            patient(page, claim)
            of_patient = page.cut()
        claim_information(page, claim)
        text = page.cut()
        found = [*findings, *page.findings, *check_claim(claim, latest)]
        page.findings.clear()
        number = claim.patient_control_number
        if number in numbers:
            message = "this batch has a claim of that number before"
            found.append(Finding("bad_code", message, snip=2, ack="IK4 7", loop="2300", segment="CLM", element="01"))
        if found:
            refused.append(Refused(claim, [replace(each, claim=number) for each in found]))
            continue
        numbers.add(number)
        written.append(_Written(claim, above, of_subscriber, of_patient, text))
    return written, refused


def _ordered(written: Sequence[_Written]) -> list[_Written]:
    """By billing provider, subscriber and patient, each where its first claim came."""
    groups: dict[str, dict[str, dict[str, list[_Written]]]] = {}
    for each in written:
        group = groups.setdefault(each.provider, {}).setdefault(each.subscriber, {})
        group.setdefault(each.patient, []).append(each)
    return [
        each
        for subscribers in groups.values()
        for patients in subscribers.values()
        for some in patients.values()
        for each in some
    ]


def _file(written: Sequence[_Written], header: Header, words: Words, size: int) -> File:
    envelope = header.envelope
    placed: list[Placed] = []
    sets: list[str] = []
    for start in range(0, len(written), size):
        some = written[start : start + size]
        number = set_number(len(sets) + 1)
        batch = f"B{envelope.interchange_control_number}" + (f"-{len(sets) + 1}" if sets else "")
        head = TextPage(envelope, words)
        _header(head, header, batch)
        body = head.written() + "".join(_detail(envelope, some))
        sets.append(write_set(envelope, "837", number, VERSION, body))
        placed += [Placed(each.claim, number, batch, place) for place, each in enumerate(some, start=1)]
    text = write_interchange(envelope, "HC", VERSION, sets)
    return File(text, envelope.interchange_control_number, str(envelope.control_number), placed)


def _header(page: TextPage, header: Header, batch: str) -> None:
    """BHT and loops 1000A and 1000B. BHT03 is the interchange's number, so that a 277CA finds its file."""
    envelope = header.envelope
    purpose = page.listed(header.purpose, ("00", "18"), "BHT", "02")
    kind = page.listed(header.kind, ("CH", "RP"), "BHT", "06")
    page.add("BHT", "0019", purpose, batch, envelope.day, envelope.time, kind)
    page.loop = "1000A"
    identity = page.code(header.submitter_id or envelope.sender_id, "NM1", "09", 80, 2)
    page.organisation("41", header.submitter_name, "46", identity)
    contact = page.text(header.contact_name, "PER", "02", 60)
    page.add("PER", "IC", contact, "TE", page.code(header.contact_phone, "PER", "04", 256))
    page.loop = "1000B"
    identity = page.code(header.receiver_id or envelope.receiver_id, "NM1", "09", 80, 2)
    page.organisation("40", header.receiver_name, "46", identity)


def _detail(envelope: Envelope, written: Sequence[_Written]) -> Iterator[str]:
    """The loops of a transaction set, with their HL numbers."""
    mark, end = envelope.delimiters.element, envelope.delimiters.terminator + envelope.line_break
    number = provider_number = subscriber_number = under = 0
    before: _Written | None = None

    def level(parent: int, code: str, child: bool) -> str:
        nonlocal number
        number += 1
        return f"HL{mark}{number}{mark}{parent or ''}{mark}{code}{mark}{int(child)}{end}"

    for each in written:
        new_provider = before is None or each.provider != before.provider
        new_subscriber = new_provider or before is None or each.subscriber != before.subscriber
        new_patient = new_subscriber or before is None or each.patient != before.patient or under == CLAIMS_PER_PATIENT
        if new_provider:
            yield level(0, "20", True)
            yield each.provider
            provider_number = number
        if new_subscriber or (new_patient and not each.patient):
            yield level(provider_number, "22", bool(each.patient))
            yield each.subscriber
            subscriber_number = number
        if new_patient:
            under = 0
            if each.patient:
                yield level(subscriber_number, "23", False)
                yield each.patient
        under += 1
        yield each.text
        before = each
