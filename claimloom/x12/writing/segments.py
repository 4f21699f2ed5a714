"""Segments of an 837P that stand at more than one place: providers, attachments, notes, procedures."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from claimloom.x12.writing.page import NAME, TextPage
from schemas.session import Attachment, ClaimNote, ReferringProvider, Therapist

PROCEDURE: Final = re.compile(r"[0-9A-Z]{5}")
MODIFIER: Final = re.compile(r"[0-9A-Z]{2}")
TRANSMISSIONS: Final = frozenset("AA BM EL EM FT FX".split())
REPORTS: Final = frozenset(
    "03 04 05 06 07 08 09 10 11 13 15 21 A3 A4 AM AS B2 B3 B4 BR BS BT CB CK CT D2 DA DB DG DJ DS EB HC HR I5 IR LA M1 "
    "MT NN OB OC OD OE OX OZ P4 P5 PE PN PO PQ PY PZ RB RR RT RX SG V5 XP".split()
)


def provider(page: TextPage, entity: str, who: ReferringProvider) -> None:
    """A person with an NPI."""
    key = (entity, who.npi, *NAME(vars(who.name)))
    if not page.again(key):
        start, faults = len(page.lines), len(page.findings)
        page.person(entity, who.name, "XX", page.npi(who.npi))
        page.keep(key, start, faults)


def rendering(page: TextPage, who: Therapist) -> None:
    """NM1*82 and PRV."""
    key = ("82", who.npi, *NAME(vars(who.name)), who.taxonomy)
    if not page.again(key):
        start, faults = len(page.lines), len(page.findings)
        page.person("82", who.name, "XX", page.npi(who.npi))
        page.add("PRV", "PE", "PXC", page.taxonomy(who.taxonomy))
        page.keep(key, start, faults)


def attachments(page: TextPage, some: Sequence[Attachment]) -> None:
    """PWK: on request, or sent under a number."""
    for each in some:
        report = page.listed(each.report_type, REPORTS, "PWK", "01")
        way = page.listed(each.transmission, TRANSMISSIONS, "PWK", "02")
        if way == "AA":
            page.add("PWK", report, way)
        else:
            page.add("PWK", report, way, "", "", "AC", page.code(each.control_number, "PWK", "06", 50, 2))


def note(page: TextPage, said: ClaimNote, allowed: frozenset[str]) -> None:
    """NTE."""
    page.add("NTE", page.listed(said.code, allowed, "NTE", "01"), page.text(said.text, "NTE", "02", 80))


def procedure(page: TextPage, code: str, modifiers: Sequence[str], segment: str, description: str = "") -> str:
    """SV101 or SVD03: the code with its modifiers, and words for one that says too little by itself."""
    element = "01" if segment == "SV1" else "03"
    said = code if PROCEDURE.fullmatch(code) else ""
    if not said:
        page.matching(code, PROCEDURE, segment, f"{element}-2", "a procedure code of five characters")
    for place, modifier in enumerate(modifiers[:4], start=3):
        if not MODIFIER.fullmatch(modifier):
            page.matching(modifier, MODIFIER, segment, f"{element}-{place}", "a modifier of two characters")
    parts = ["HC", said, *modifiers[:4]]
    if description:
        parts += [""] * (6 - len(parts)) + [page.text(description, segment, f"{element}-7", 80)]
    return page.component.join(parts)
