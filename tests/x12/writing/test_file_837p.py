"""837P files that we write, judged by pyx12 and by a look of the test's own; and claims that no file may hold."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from claimloom.x12.checking.check import check
from claimloom.x12.guides.delimiters import Delimiters
from claimloom.x12.guides.text import cents
from claimloom.x12.guides.values import BASIC_SET, EXTENDED_SET, Charset
from claimloom.x12.reading.files import read, stream
from claimloom.x12.typed import claim_837p
from claimloom.x12.writing.file_837p import CLAIMS_PER_PATIENT, FileSize, build_837p
from schemas.claim import Attachment, Claim, ClaimLine, ClaimNote
from schemas.session import Accident
from schemas.values import PersonName
from tests.sessions import CLINIC_ADDRESS
from tests.x12.checking.own_verdict import pyx12_accepts
from tests.x12.writing.claims import (
    CHEN,
    COMMERCIAL,
    COMPENSATION,
    DEPENDENT,
    ENVELOPE,
    EXTENDED,
    FULL,
    HEADER,
    JUNG,
    MEDICARE,
    OTHER_CLINIC,
    SUPPLEMENT,
    adjusted,
    after_medicare,
    claim,
    everything,
    faults,
    findings_of,
    line_paid,
    replacement,
    segments,
    text_of,
    with_,
    with_line,
)

PLAIN_CLINIC = OTHER_CLINIC | {"name": "Álvarez Therapy & Rehab"}
PLAIN_FULL = FULL | {"billing_provider": FULL["billing_provider"] | {"name": "Álvarez Therapy"}}
ACCEPTED = {
    "medicare": [claim()],
    "dependent": [claim(coverages=[DEPENDENT])],
    "full": [claim(**PLAIN_FULL)],
    "everything": [everything(**PLAIN_FULL)],
    "two_billing_providers": [
        claim(session_id="A"),
        claim(session_id="B", billing_provider=PLAIN_CLINIC),
        claim(session_id="C"),
    ],
    "replacement": [replacement(claim())],
    "void": [replacement(claim(), "8")],
    "secondary": [after_medicare()],
    "compensation": [claim(coverages=[COMPENSATION], accident={"related": ["EM"], "claim_number": "WC-1"})],
    "patient_died": [with_(claim(), patient=claim().patient.model_copy(update={"death_date": date(2026, 11, 20)}))],
    "dependent_died": [
        with_(
            claim(coverages=[DEPENDENT]),
            patient=claim().patient.model_copy(update={"death_date": date(2026, 11, 20)}),
        )
    ],
    "solo": [
        claim(
            billing_provider=OTHER_CLINIC
            | {"entity_type": "1", "name": "RIVERA", "first": "PAT", "npi": "1679576722", "tax_id_type": "SY"}
        )
    ],
}


@pytest.mark.parametrize("claims", ACCEPTED.values(), ids=ACCEPTED)
@pytest.mark.parametrize("header", [HEADER, EXTENDED], ids=["basic", "extended"])
def test_pyx12_finds_nothing_wrong(claims: list[Claim], header: Any) -> None:
    assert faults(text_of(claims, header)) == []


def test_pyx12s_own_command_accepts_all_claims_together() -> None:
    claims = [with_(each, patient_control_number=f"N{n}") for n, (each, *_) in enumerate(ACCEPTED.values())]
    accepted, answer = pyx12_accepts(text_of(claims))
    assert accepted, answer


def test_pyx12_refuses_a_file_with_a_segment_taken_out() -> None:
    text = text_of([claim()])
    assert not pyx12_accepts(text.replace("LX*1~\n", ""))[0]


def test_every_part_stands_in_its_place() -> None:
    """The whole of a claim with all that a claim can have, written by hand from the guide."""
    text = text_of([everything()])
    start = text.index("CLM*")
    assert text[start : text.index("LX*2")].split("~\n")[:-1] == [
        f"CLM*{everything().patient_control_number}*295***11:B:1*Y*A*Y*Y**AA:::IL*03********8",
        "DTP*431*D8*20261002",
        "DTP*454*D8*20261005",
        "DTP*304*D8*20261101",
        "DTP*453*D8*20261001",
        "DTP*439*D8*20261001",
        "DTP*314*RD8*20261001-20261201",
        "DTP*297*D8*20260930",
        "DTP*296*D8*20261202",
        "DTP*435*D8*20261001",
        "DTP*096*D8*20261003",
        "DTP*444*D8*20261004",
        "PWK*08*FX***AC*DOC1",
        "PWK*PN*AA",
        "AMT*F5*20.5",
        "REF*4N*1",
        "REF*9F*R42",
        "REF*G1*AUTH778899",
        "REF*D9*CH-77",
        "REF*EA*MRN7",
        "K3*STATE DATA REQUIREMENT",
        "K3*SECOND",
        "NTE*ADD*SPLINT MADE TO MEASURE; PHOTO ON FILE",
        "HI*ABK:M25511*ABF:M25512*ABF:M25521*ABF:M25522*ABF:M25531*ABF:M25532*ABF:M25541*ABF:M25542*ABF:M25551"
        "*ABF:M25552*ABF:M6281*ABF:R278",
        "NM1*DN*1*SMITH*ALAN****XX*1245319599",
        "NM1*82*1*RIVERA*PAT****XX*1679576722",
        "PRV*PE*PXC*225X00000X",
        "NM1*77*2*RIVERSIDE OCCUPATIONAL THERAPY",
        "N3*100 MAIN ST",
        "N4*SPRINGFIELD*IL*627010001",
        "NM1*DQ*1*JUNG*ADA****XX*1245319599",
        "LX*1",
        "SV1*HC:97799:GO::::CUSTOM HAND SPLINT, UNLISTED*150*UN*2*12**1:2:3:4**Y",
        "PWK*B3*EL***AC*DOC2",
        "DTP*472*RD8*20261116-20261117",
        "DTP*304*D8*20261102",
        "DTP*454*D8*20261006",
        "REF*G1*LINEAUTH",
        f"REF*6R*{everything().patient_control_number}-1",
        "REF*9F*LINEREF",
        "NTE*ADD*BY HAND",
        "NTE*TPO*SEEN BY PARTNER",
        "LIN**N4*00409488810",
        "CTP****1.5*ML",
        "REF*XZ*RX9",
        "NM1*82*1*OTHER*A****XX*1245319599",
        "PRV*PE*PXC*225100000X",
        "NM1*DQ*1*BOSS*LEE****XX*1679576722",
        "NM1*DK*1*JUNG*ADA****XX*1245319599",
        "NM1*DN*1*JUNG*ADA****XX*1245319599",
    ]


@pytest.mark.parametrize("field", sorted(set(Claim.model_fields) - {"clia_number", "other_payers"}))
def test_a_claim_with_one_part_more_says_more(field: str) -> None:
    """Most claims have no special parts, and the writer asks for all of them at once: none may be forgotten."""
    plain, full = claim(), everything()
    value = {"referral_number": "R1", "payer_claim_control_number": "77", "patient_paid_cents": 5}.get(field)
    changed = with_(plain, **{field: value or getattr(full, field)})
    unsaid = {"claim_id", "version", "discipline", "units", "service_facility_name", "total_charge_cents"}
    if field in unsaid or getattr(changed, field) == getattr(plain, field):
        return
    made = build_837p([changed], HEADER)
    assert made.refused or made.files[0].text != text_of([plain])


@pytest.mark.parametrize("field", sorted(ClaimLine.model_fields))
def test_a_line_with_one_part_more_says_more(field: str) -> None:
    plain, full = claim(), everything()
    value = getattr(full.lines[0], field)
    if value == getattr(plain.lines[0], field):
        return
    made = build_837p([with_line(plain, 1, **{field: value})], HEADER)
    assert made.refused or made.files[0].text != text_of([plain])


def test_the_second_claim_of_a_patient_is_written_as_the_first() -> None:
    """What was written before is written again only where all that it is made of is the same."""
    people = [
        claim(),
        claim(coverages=[DEPENDENT]),
        claim(coverages=[MEDICARE | {"member_id": "1EG4TE5MK74"}]),
        claim(coverages=[COMMERCIAL | {"group_number": "GRP200"}]),
        with_(claim(), patient=with_address(line2="APT 2")),
        with_(claim(), patient=claim().patient.model_copy(update={"birth_date": date(1950, 1, 2)})),
        with_(claim(), patient=claim().patient.model_copy(update={"name": PersonName(last="DOE", first="JO")})),
        with_(claim(), patient=claim().patient.model_copy(update={"death_date": date(2026, 11, 20)})),
        claim(coverages=[COMMERCIAL], accident={"related": ["OA"], "accident_date": "2026-11-01"}),
        claim(coverages=[COMMERCIAL], accident={"related": ["OA"], "accident_date": "2026-11-01", "claim_number": "W"}),
        with_(claim(), place_of_service="12"),
        with_(claim(), assignment_code="C"),
        with_line(claim(), 1, modifiers=["GO", "KX"]),
        with_line(claim(), 1, emergency=True),
        with_line(claim(), 1, place_of_service="12"),
    ]
    numbered = [with_(each, patient_control_number=f"N{n}") for n, each in enumerate([*people, *people])]
    files = build_837p(numbered, HEADER, FileSize(1, 1)).files
    assert len(files) == len(numbered)
    for file in files:
        (placed,) = file.claims
        assert body_of(file.text) == body_of(text_of([placed.claim]))


def body_of(text: str) -> str:
    """A file of one set without its envelope."""
    return text[text.index("NM1*41") : text.index("SE*")]


def test_other_payer_stands_between_providers_and_lines() -> None:
    text = text_of([after_medicare()])
    start = text.index("SBR*P")
    assert text[start : text.index("LX*2")].split("~\n")[:-1] == [
        "SBR*P*18*******MB",
        "AMT*D*60",
        "OI***Y***Y",
        "MOA***MA01",
        "NM1*IL*1*DOE*JANE****MI*1EG4TE5MK73",
        "N3*12 OAK AVE",
        "N4*SPRINGFIELD*IL*62704",
        "NM1*PR*2*MEDICARE PART B IL*****PI*06102",
        "REF*F8*1126320000010",
        "LX*1",
        "SV1*HC:97530:GO*150*UN*2***1:2",
        "DTP*472*D8*20261116",
        f"REF*6R*{after_medicare().patient_control_number}-1",
        "SVD*06102*20*HC:97530:GO**2",
        "CAS*CO*45*120",
        "CAS*PR*2*10",
        "DTP*573*D8*20261120",
        "AMT*EAF*10",
    ]


def test_control_numbers_counts_and_hierarchy() -> None:
    claims = [
        claim(session_id="A"),
        claim(session_id="B", coverages=[DEPENDENT]),
        claim(session_id="C"),
        claim(session_id="D", coverages=[COMMERCIAL]),
        claim(session_id="E", billing_provider=OTHER_CLINIC),
        claim(session_id="F", coverages=[DEPENDENT]),
        with_(claim(session_id="G", coverages=[DEPENDENT]), patient=claim(**SIBLING).patient),
    ]
    found = segments(text_of(claims))
    by_id = {parts[0]: parts for parts in found}
    assert by_id["ISA"][13] == by_id["IEA"][2] == "000000007"
    assert by_id["GS"][6] == by_id["GE"][2] == "7"
    assert by_id["SE"][1] == str(len(found) - 4)
    shape = [parts[1:] if parts[0] == "HL" else parts[1] for parts in found if parts[0] in ("HL", "CLM")]
    numbers = {each: claim(session_id=each).patient_control_number for each in "ABCDEFG"}
    assert shape == [
        ["1", "", "20", "1"],
        ["2", "1", "22", "0"],
        numbers["A"],
        numbers["C"],
        ["3", "1", "22", "1"],
        ["4", "3", "23", "0"],
        numbers["B"],
        numbers["F"],
        ["5", "3", "23", "0"],
        numbers["G"],
        ["6", "1", "22", "0"],
        numbers["D"],
        ["7", "", "20", "1"],
        ["8", "7", "22", "0"],
        numbers["E"],
    ]


SIBLING = {
    "patient": {
        "patient_id": "P-2",
        "name": {"last": "LEE", "first": "KIM"},
        "birth_date": "2018-07-04",
        "gender": "F",
        "address": CLINIC_ADDRESS,
    }
}


@pytest.mark.parametrize("coverage", [COMMERCIAL, DEPENDENT], ids=["subscriber", "dependent"])
def test_patient_with_more_claims_than_the_guide_allows_gets_its_loops_again(coverage: dict[str, Any]) -> None:
    base = claim(coverages=[coverage])
    claims = [with_(base, patient_control_number=f"N{n}") for n in range(CLAIMS_PER_PATIENT + 5)]
    text = text_of(claims)
    assert faults(text) == []
    runs, under = [], 0
    for parts in segments(text):
        if parts[0] == "HL":
            runs, under = [*runs, under], 0
        under += parts[0] == "CLM"
    assert [each for each in [*runs, under] if each] == [CLAIMS_PER_PATIENT, 5]


def test_every_claim_and_every_cent_is_in_the_file_once() -> None:
    claims = [claim(session_id=str(n), patient_paid_cents=n) for n in range(20)]
    found = segments(text_of(claims))
    assert Counter(parts[1] for parts in found if parts[0] == "CLM") == Counter(
        c.patient_control_number for c in claims
    )
    assert sum(cents(parts[2]) for parts in found if parts[0] == "SV1") == 20 * 29500


@given(st.integers(1, 40), st.integers(1, 12), st.integers(1, 7), st.integers(1, 3))
@settings(max_examples=40, deadline=None)
def test_limits_hold_and_nothing_is_lost(count: int, a_file: int, a_set: int, clinics: int) -> None:
    providers = [visit_provider(n) for n in range(clinics)]
    base = [claim(billing_provider=each) for each in providers]
    claims = [with_(base[n % clinics], patient_control_number=f"N{n}") for n in range(count)]
    made = build_837p(claims, HEADER, FileSize(a_file, a_set))
    assert made.refused == made.header == []
    assert [file.interchange_control_number for file in made.files] == [
        f"{7 + n:09d}" for n in range(-(-count // a_file))
    ]
    seen: list[str] = []
    for file in made.files:
        found = segments(file.text)
        places: list[tuple[str, str, int]] = []
        st_number = batch = ""
        for parts in found:
            if parts[0] == "ST":
                st_number, position = parts[2], 0
            elif parts[0] == "BHT":
                batch = parts[3]
            elif parts[0] == "CLM":
                position += 1
                places.append((st_number, batch, position))
                seen.append(parts[1])
        told = [(each.transaction_control_number, each.batch_id, each.position) for each in file.claims]
        assert told == places
        assert seen[-len(places) :] == [each.claim.patient_control_number for each in file.claims]
        assert len(places) <= a_file
        assert max(Counter(place[0] for place in places).values()) <= a_set
        sets = {place[0] for place in places}
        assert len({place[1] for place in places}) == len(sets)
        assert next(parts for parts in found if parts[0] == "GE")[1] == str(len(sets))
    assert sorted(seen) == sorted(each.patient_control_number for each in claims)


def visit_provider(number: int) -> dict[str, Any]:
    return OTHER_CLINIC | {"name": f"CLINIC {number}"}


def test_file_of_several_sets_is_accepted() -> None:
    claims = [claim(session_id=str(n)) for n in range(5)]
    (file,) = build_837p(claims, HEADER, FileSize(100, 2)).files
    assert faults(file.text) == []
    assert [parts[2] for parts in segments(file.text) if parts[0] == "ST"] == ["0001", "0002", "0003"]
    assert len(read(file.text.encode()).transactions) == 3


@pytest.mark.parametrize("claims", ACCEPTED.values(), ids=ACCEPTED)
def test_any_delimiters_say_the_same(claims: list[Claim]) -> None:
    """Written with other marks, and these taken back, it is the same file: they never stand in data."""
    usual = text_of(claims)
    other = replace(HEADER, envelope=replace(ENVELOPE, delimiters=Delimiters("|", ">", "!", "'"), line_break=""))
    text = text_of(claims, other)
    assert (text[3], text[82], text[104], text[105]) == ("|", "!", ">", "'")
    back = text.translate(str.maketrans({"|": "*", ">": ":", "!": "^", "'": "~"}))
    assert back == usual.replace("\n", "")
    assert faults(text) == []


def test_mark_that_is_no_delimiter_may_stand_in_data() -> None:
    base = claim(billing_provider=OTHER_CLINIC)
    other = replace(HEADER, envelope=replace(ENVELOPE, delimiters=Delimiters("|", ">", "`", "~")))
    assert "|ALVAREZ THERAPY & REHAB: NORTH*SIDE|" in text_of([base], other)
    assert "*ALVAREZ THERAPY & REHAB NORTH SIDE*" in text_of([base])
    assert "*Alvarez Therapy & Rehab North Side*" in text_of([base], EXTENDED)


def many_lines(count: int) -> Claim:
    (first, *_) = claim().lines
    lines = [
        first.model_copy(update={"line_number": n, "line_control_number": f"L{n}", "charge_cents": 100})
        for n in range(1, count + 1)
    ]
    return with_(claim(), lines=lines, total_charge_cents=100 * count)


def with_npi(npi: str) -> Claim:
    return with_(claim(), referring=claim().referring.model_copy(update={"npi": npi}))


def named(last: str) -> Claim:
    return with_(claim(), patient=claim().patient.model_copy(update={"name": PersonName(last=last)}))


def with_address(**changes: Any) -> Any:
    patient = claim().patient
    return patient.model_copy(update={"address": patient.address.model_copy(update=changes)})


def same_line_numbers() -> Claim:
    return with_line(claim(), 2, line_control_number=claim().lines[0].line_control_number)


def line_off(**changes: Any) -> Claim:
    base = after_medicare()
    first, *rest = base.other_payers[0].lines
    changed = first.model_copy(update=changes or {"paid_cents": first.paid_cents + 1})
    return after_medicare(lines=[changed, *rest])


WRONG: dict[str, tuple[Callable[[], Claim], str, str, str]] = {
    "charge is not the lines'": (lambda: with_(claim(), total_charge_cents=1), "unbalanced_claim", "2300", "CLM02"),
    "pointer beyond": (lambda: with_line(claim(), diagnosis_pointers=[3]), "bad_code", "2400", "SV107"),
    "pointer twice": (lambda: with_line(claim(), diagnosis_pointers=[1, 1]), "bad_code", "2400", "SV107"),
    "pointer zero": (lambda: with_line(claim(), diagnosis_pointers=[0]), "bad_code", "2400", "SV107"),
    "no pointer": (lambda: with_line(claim(), diagnosis_pointers=[]), "missing_element", "2400", "SV107-1"),
    "five pointers": (
        lambda: with_line(claim(**FULL), diagnosis_pointers=[1, 2, 3, 4, 5]),
        *("too_many_components", "2400", "SV107"),
    ),
    "fifty-one lines": (lambda: many_lines(51), "too_many_loops", "2400", "LX"),
    "no lines": (lambda: with_(claim(), lines=[], total_charge_cents=0), "too_few_loops", "2400", "LX"),
    "thirteen diagnoses": (
        lambda: with_(claim(), diagnoses=[f"M255{n:02d}" for n in range(13)]),
        *("too_many_elements", "2300", "HI"),
    ),
    "no diagnosis": (lambda: with_(claim(), diagnoses=[]), "missing_segment", "2300", "HI"),
    "diagnosis with a dot": (
        lambda: with_(claim(), diagnoses=["M25.511", "M6281"]),
        *("bad_pattern", "2300", "HI01-2"),
    ),
    "diagnosis twice": (lambda: with_(claim(), diagnoses=["M25511", "M25511"]), "bad_code", "2300", "HI"),
    "replacement without F8": (
        lambda: with_(claim(), frequency_code="7"),
        *("situational_segment_missing", "2300", "REF"),
    ),
    "original with F8": (
        lambda: with_(claim(), payer_claim_control_number="1"),
        *("situational_segment_present", "2300", "REF"),
    ),
    "frequency of institutions": (lambda: with_(claim(), frequency_code="5"), "bad_code", "2300", "CLM05-3"),
    "NPI check digit": (lambda: with_npi("1245319598"), "bad_pattern", "2310A", "NM109"),
    "billing NPI check digit": (
        lambda: claim(billing_provider=OTHER_CLINIC | {"npi": "1215930368"}),
        *("bad_pattern", "2010AA", "NM109"),
    ),
    "no member id": (lambda: claim(coverages=[MEDICARE | {"member_id": ""}]), "missing_element", "2010BA", "NM109"),
    "member id of one character": (
        lambda: claim(coverages=[MEDICARE | {"member_id": "1"}]),
        *("too_short", "2010BA", "NM109"),
    ),
    "delimiter in an id": (
        lambda: claim(coverages=[MEDICARE | {"member_id": "1*2"}]),
        *("bad_character", "2010BA", "NM109"),
    ),
    "name of sixty-one": (lambda: named("X" * 61), "too_long", "2010BA", "NM103"),
    "name of nothing that can be said": (lambda: named("***"), "missing_element", "2010BA", "NM103"),
    "Chinese name": (lambda: named("李"), "bad_character", "2010BA", "NM103"),
    "Cyrillic in a name": (lambda: named("DОE"), "bad_character", "2010BA", "NM103"),
    "emoji in a note": (lambda: with_(claim(), note=ClaimNote(text="fine 😀")), "bad_character", "2300", "NTE02"),
    "note of eighty-one": (lambda: with_(claim(), note=ClaimNote(text="x" * 81)), "too_long", "2300", "NTE02"),
    "control number of thirty-nine": (
        lambda: with_(claim(), patient_control_number="N" * 39),
        *("too_long", "2300", "CLM01"),
    ),
    "line number of thirty-one": (
        lambda: with_line(claim(), line_control_number="N" * 31),
        *("too_long", "2400", "REF02"),
    ),
    "line numbers alike": (same_line_numbers, "bad_code", "2400", "REF02"),
    "five modifiers": (
        lambda: with_line(claim(), modifiers=["GO", "KX", "59", "96", "CO"]),
        *("too_many_components", "2400", "SV101"),
    ),
    "modifier of three": (lambda: with_line(claim(), modifiers=["GOX"]), "bad_pattern", "2400", "SV101-3"),
    "charge of eleven digits": (lambda: with_line(claim(), charge_cents=10**10), "too_long", "2400", "SV102"),
    "negative charge": (lambda: with_line(claim(), charge_cents=-1), "bad_pattern", "2400", "SV102"),
    "negative units": (lambda: with_line(claim(), units=-1), "bad_pattern", "2400", "SV104"),
    "service of next week": (
        lambda: with_line(claim(), date_of_service=date(2026, 11, 30)),
        *("bad_date", "2400", "DTP03"),
    ),
    "service that ends before": (
        lambda: with_line(claim(), date_of_service_to=date(2026, 11, 1)),
        *("bad_date", "2400", "DTP03"),
    ),
    "lines numbered from two": (lambda: with_line(claim(), 1, line_number=4), "bad_code", "2400", "LX01"),
    "attachment without number": (
        lambda: with_(claim(), attachments=[Attachment(report_type="08", transmission="FX")]),
        *("missing_element", "2300", "PWK06"),
    ),
    "eleven attachments": (
        lambda: with_(claim(), attachments=[Attachment(report_type="08", transmission="AA")] * 11),
        *("too_many_segments", "2300", "PWK"),
    ),
    "attachment of no kind": (
        lambda: with_(claim(), attachments=[Attachment(report_type="77", transmission="AA")]),
        *("bad_code", "2300", "PWK01"),
    ),
    "eleven of file information": (
        lambda: with_(claim(), file_information=["A"] * 11),
        *("too_many_segments", "2300", "K3"),
    ),
    "file information too long": (
        lambda: with_(claim(), file_information=["A" * 81]),
        *("too_long", "2300", "K301"),
    ),
    "two line notes": (
        lambda: with_line(claim(), notes=[ClaimNote(text="A"), ClaimNote(code="DCP", text="B")]),
        *("too_many_segments", "2400", "NTE"),
    ),
    "claim note at a line": (
        lambda: with_line(claim(), notes=[ClaimNote(code="CER", text="A")]),
        *("bad_code", "2400", "NTE01"),
    ),
    "auto accident without state": (
        lambda: with_(claim(), accident=Accident(related=["AA"], accident_date=date(2026, 10, 1))),
        *("situational_element_missing", "2300", "CLM11-4"),
    ),
    "accident without date": (
        lambda: with_(claim(), accident=Accident(related=["OA"])),
        *("situational_segment_missing", "2300", "DTP"),
    ),
    "patient paid more than the charge": (
        lambda: with_(claim(), patient_paid_cents=29501),
        *("bad_pattern", "2300", "AMT02"),
    ),
    "primary with a Medicare reason": (
        lambda: claim(coverages=[MEDICARE | {"msp_type": "12"}]),
        *("situational_element_present", "2000B", "SBR05"),
    ),
    "filing indicator": (
        lambda: claim(coverages=[MEDICARE | {"filing_indicator": "QQ"}]),
        *("bad_code", "2000B", "SBR09"),
    ),
    "relationship": (
        lambda: claim(coverages=[DEPENDENT | {"relationship": "99"}]),
        *("bad_code", "2000C", "PAT01"),
    ),
    "other payer in our place": (lambda: after_medicare(responsibility="S"), "bad_code", "2320", "SBR01"),
    "other payer off by a cent": (lambda: after_medicare(paid_cents=6001), "unbalanced_cob", "2320", "AMT02"),
    "other payer's line off by a cent": (line_off, "unbalanced_cob", "2430", "SVD02"),
    "other payer's line missing": (
        lambda: after_medicare(lines=after_medicare().other_payers[0].lines[:2]),
        *("unbalanced_cob", "2430", "SVD02"),
    ),
    "other payer's line unknown": (lambda: line_off(line_number=9), "bad_code", "2430", "SVD01"),
    "bundled into nothing": (lambda: line_off(bundled_into=9), "bad_code", "2430", "SVD06"),
    "liability at both levels": (
        lambda: after_medicare(remaining_liability_cents=1),
        *("situational_segment_present", "2320", "AMT"),
    ),
    "not billed and yet paid": (
        lambda: after_medicare(noncovered_cents=29500),
        *("situational_segment_present", "2320", "AMT"),
    ),
    "lines without a paid amount": (
        lambda: after_medicare(paid_cents=None),
        *("situational_segment_missing", "2320", "AMT"),
    ),
    "claim level answer without date": (
        lambda: after_medicare(lines=[], paid_cents=29500),
        *("situational_segment_missing", "2330B", "DTP"),
    ),
    "six remarks": (
        lambda: after_medicare(remarks=["MA01"] * 6),
        *("too_many_elements", "2320", "MOA08"),
    ),
    "unlisted without words": (
        lambda: with_line(claim(), procedure_code="97799"),
        *("situational_element_missing", "2400", "SV101-7"),
    ),
    "Medicare after another without a reason": (
        lambda: with_(after_medicare(), coverage=claim().coverage),
        *("situational_element_missing", "2000B", "SBR05"),
    ),
    "secondary without the primary": (
        lambda: with_(claim(coverages=[SUPPLEMENT]), responsibility="S"),
        *("situational_segment_missing", "2320", "SBR"),
    ),
    "clinic as its own therapist": (
        lambda: with_(claim(), rendering=CHEN.model_copy(update={"npi": claim().billing_provider.npi})),
        *("situational_segment_missing", "2310B", "NM1"),
    ),
    "billing provider in a box": (
        lambda: claim(billing_provider=OTHER_CLINIC | {"address": CLINIC_ADDRESS | {"line1": "P.O. Box 7"}}),
        *("post_office_box", "2010AA", "N301"),
    ),
    "taxonomy": (
        lambda: with_(claim(), rendering=CHEN.model_copy(update={"taxonomy": "225X00000Z"})),
        *("bad_code", "2310B", "PRV03"),
    ),
    "state": (lambda: with_(claim(), patient=with_address(state="ZZ")), "bad_code", "2010BA", "N402"),
    "place of service": (lambda: with_(claim(), place_of_service="AB"), "bad_code", "2300", "CLM05-1"),
    "remark": (lambda: after_medicare(remarks=["X1"]), "bad_pattern", "2320", "MOA03"),
    "tax id": (
        lambda: with_(claim(), billing_provider=claim().billing_provider.model_copy(update={"tax_id": "12"})),
        *("bad_pattern", "2010AA", "REF02"),
    ),
    "zip": (
        lambda: with_(claim(), patient=with_address(zip="6270")),
        *("bad_pattern", "2010BA", "N403"),
    ),
    "city of one letter": (lambda: with_(claim(), patient=with_address(city="X")), "too_short", "2010BA", "N401"),
    "drug code": (
        lambda: with_line(everything(), drug=everything().lines[0].drug.model_copy(update={"national_code": "1"})),
        *("bad_pattern", "2410", "LIN03"),
    ),
}


@pytest.mark.parametrize(("make", "code", "loop", "place"), WRONG.values(), ids=WRONG)
def test_claim_that_cannot_be_sent_says_where(make: Callable[[], Claim], code: str, loop: str, place: str) -> None:
    found = findings_of(make())
    assert (code, loop, place) in [(each.code, each.loop, each.segment + each.element) for each in found]
    assert {each.severity for each in found} == {"error"}
    assert {each.claim for each in found} <= {make().patient_control_number}


def test_fifty_lines_and_twelve_diagnoses_are_accepted() -> None:
    base = many_lines(50)
    full = with_(base, diagnoses=[f"M255{n:02d}" for n in range(12)])
    assert faults(text_of([with_line(full, diagnosis_pointers=[12, 11, 1, 2])])) == []


def test_message_tells_nothing_of_the_patient() -> None:
    found = findings_of(named("ИВАНОВ"))
    assert found[0].value == "ИВАНОВ"
    assert "ИВАНОВ" not in found[0].message + found[0].fix
    assert found[0].ack == "IK4 6"


def test_others_go_when_one_is_refused() -> None:
    claims = [claim(session_id="A"), named("李"), claim(session_id="C")]
    made = build_837p(claims, HEADER)
    (file,) = made.files
    assert [each.claim for each in file.claims] == [claims[0], claims[2]]
    assert [each.claim for each in made.refused] == [claims[1]]
    assert faults(file.text) == []


def test_second_claim_of_one_number_is_refused() -> None:
    made = build_837p([claim(), with_(claim(), patient_paid_cents=100)], HEADER)
    assert [(each.code, each.segment + each.element) for each in made.refused[0].findings] == [("bad_code", "CLM01")]
    assert len(made.files[0].claims) == 1


@pytest.mark.parametrize(
    ("change", "ack"),
    [
        ({"sender_id": "SIXTEEN CHARS ID"}, "TA1 006"),
        ({"receiver_id": ""}, "TA1 008"),
        ({"sender_qualifier": "QQ"}, "TA1 005"),
        ({"usage": "X"}, "TA1 020"),
        ({"control_number": 10**9}, "TA1 018"),
        ({"control_number": 0}, "TA1 018"),
        ({"delimiters": Delimiters("*", ":", "^", ":")}, "TA1 022"),
        ({"delimiters": Delimiters("*", ":", "^", "A")}, "TA1 004"),
        ({"delimiters": Delimiters("*", "-", "^", "~")}, "TA1 027"),
        ({"application_sender_id": "A*B"}, "AK9 6"),
    ],
)
def test_envelope_that_cannot_be_sent_leaves_no_file(change: dict[str, Any], ack: str) -> None:
    made = build_837p([claim()], replace(HEADER, envelope=replace(ENVELOPE, **change)))
    assert made.files == []
    assert made.header[0].ack == ack


def test_last_control_number_is_the_end() -> None:
    header = replace(HEADER, envelope=replace(ENVELOPE, control_number=999_999_999))
    claims = [claim(session_id="A"), claim(session_id="B")]
    assert len(build_837p(claims, header).files) == 1
    made = build_837p(claims, header, FileSize(1))
    assert made.files == []
    assert [each.ack for each in made.header] == ["TA1 018"]


def test_no_claims_are_no_file() -> None:
    made = build_837p([], HEADER)
    assert (made.files, made.refused, made.header) == ([], [], [])


TEXTS = st.text(max_size=70) | st.sampled_from(["Müller-Lüdenscheidt", "O’Neil", "Łódź", "A*B:C~D^E", "x\ty", "😀"])


@given(TEXTS, TEXTS, TEXTS, TEXTS, st.sampled_from([BASIC_SET, EXTENDED_SET]))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_whatever_stands_in_the_texts_the_file_is_valid_or_none(
    last: str, street: str, member: str, note: str, charset: Charset
) -> None:
    """Any text at all, in a name, a street, a number and a note: a file that pyx12 accepts, or findings."""
    base = claim()
    name = PersonName.model_construct(last=last, first=note, middle="", suffix="")
    address = base.patient.address.model_copy(update={"line1": street})
    patient = base.patient.model_copy(update={"name": name, "address": address})
    coverage = base.coverage.model_copy(update={"member_id": member})
    changed = with_(base, patient=patient, coverage=coverage, note=ClaimNote(text=note))
    header = replace(HEADER, envelope=replace(ENVELOPE, charset=charset))
    made = build_837p([changed], header)
    assert len(made.files) + len(made.refused) == 1
    for file in made.files:
        assert file.text.isascii()
        assert faults(file.text) == []
        assert len([parts for parts in segments(file.text) if parts[0] == "NM1"]) == 7
    assert all(each.findings for each in made.refused)


def of_claim(text: str, number: str) -> list[str]:
    """The segments of one claim, from its CLM to the next claim, level or end."""
    lines = text.split("~\n")
    start = next(place for place, line in enumerate(lines) if line.startswith(f"CLM*{number}*"))
    stop = next(place for place in range(start + 1, len(lines)) if lines[place].split("*")[0] in ("CLM", "HL", "SE"))
    return lines[start:stop]


def test_claim_reads_the_same_in_a_batch_and_alone() -> None:
    """What is remembered of one claim of a batch never gets into another that differs by a little."""
    base = [each for some in ACCEPTED.values() for each in some]
    base += [with_line(claim(), modifiers=marks) for marks in (["GO"], ["GO", "KX"], ["KX", "GO"], [])]
    base += [with_line(claim(), **change) for change in ({"units": 3}, {"diagnosis_pointers": [2, 1]})]
    base += [with_line(claim(), place_of_service="12"), with_line(claim(), emergency=True)]
    base += [with_(claim(), referring=each) for each in (JUNG, JUNG.model_copy(update={"npi": "1679576722"}))]
    base += [with_(claim(), rendering=each) for each in (CHEN, CHEN.model_copy(update={"taxonomy": "225X00000X"}))]
    base += [claim(coverages=[COMMERCIAL | {"group_number": group}]) for group in ("A", "B", "")]
    claims = [with_(each, patient_control_number=f"N{n}") for n, each in enumerate(base)]
    together = text_of(claims)
    for each in claims:
        alone = text_of([each])
        number = each.patient_control_number
        assert of_claim(together, number) == of_claim(alone, number)
        subscriber = next(line for line in alone.split("~\n") if line.startswith("SBR*"))
        assert subscriber in together


@pytest.mark.parametrize(
    "bad",
    [
        lambda: with_npi("1245319598"),
        lambda: with_line(claim(), modifiers=["GOX"]),
        lambda: claim(coverages=[MEDICARE | {"filing_indicator": "QQ"}]),
        lambda: claim(coverages=[MEDICARE | {"payer_name": "李"}]),
        lambda: claim(billing_provider=OTHER_CLINIC | {"npi": "1215930368"}),
        lambda: with_(claim(), rendering=CHEN.model_copy(update={"npi": "1215930368"})),
    ],
)
def test_second_claim_with_the_same_fault_is_refused_too(bad: Callable[[], Claim]) -> None:
    made = build_837p([bad(), with_(bad(), patient_control_number="N2")], HEADER)
    assert made.files == []
    first, second = made.refused
    assert first.findings == [replace(each, claim=bad().patient_control_number) for each in second.findings]


def leaves(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Every value in a claim's JSON, with its place."""
    if isinstance(node, dict | list):
        for key, inner in node.items() if isinstance(node, dict) else enumerate(node):
            yield from leaves(inner, (*path, key))
    if not isinstance(node, dict):
        yield path, node


def another(value: Any) -> st.SearchStrategy[Any]:
    """A value to put in the place of one."""
    days = st.sampled_from(["2026-11-16", "2026-01-01", "1900-01-01", "2026-11-24", "2030-01-01"])
    if isinstance(value, list):
        return st.sampled_from([[], value[:1], [*value, *value]])
    if isinstance(value, bool):
        return st.booleans()
    if isinstance(value, int):
        return st.sampled_from([0, 1, -1, value + 1, 10**10])
    if value is None or (len(value) == 10 and value[4] == "-"):
        return days
    return st.sampled_from(["", "A", "AB", "12", "99", "ZZ", "0000000000", "225X00000X", "1234567893", "#", "A" * 61])


BASES = [each.model_dump(mode="json") for some in ACCEPTED.values() for each in some]


@given(st.data())
@settings(max_examples=250, deadline=None)
def test_claim_with_any_field_changed_gives_a_right_file_or_none(data: st.DataObject) -> None:
    """The check of whole files is made by others, from the tables of the guide: nothing that it refuses goes out."""
    fields = json.loads(json.dumps(data.draw(st.sampled_from(BASES))))
    places = [(path, value) for path, value in leaves(fields) if path[0] not in ("units", "claim_id")]
    path, value = data.draw(st.sampled_from(places))
    inner = fields
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = data.draw(another(value))
    try:
        changed = Claim.model_validate_json(json.dumps(fields))
    except ValidationError:
        return
    for file in build_837p([changed], HEADER).files:
        assert [each for each in check(file.text.encode()).findings if each.severity == "error"] == []


def test_what_is_written_is_read_back() -> None:
    (loop,) = stream(text_of([everything()]).encode())
    written = claim_837p.Loop2300(loop)
    sent = everything()
    head, diagnoses = written.claim_information, written.health_care_diagnosis_code
    assert head is not None
    assert diagnoses is not None
    assert (head.patient_control_number, head.total_claim_charge_amount_cents) == (sent.patient_control_number, 29500)
    charges = [line.professional_service.line_item_charge_amount_cents for line in written.loop_2400]  # type: ignore[union-attr]
    assert charges == [line.charge_cents for line in sent.lines]
    assert [each.code for each in diagnoses.codes] == sent.diagnoses


def test_answer_at_claim_level_alone() -> None:
    told = adjusted(("PR", "1", 9500), ("CO", "45", 0))
    day = date(2026, 11, 20)
    base = after_medicare(
        lines=[], paid_cents=20000, adjustments=told, remaining_liability_cents=9500, adjudication_date=day
    )
    text = text_of([base])
    assert faults(text) == []
    start = text.index("SBR*P")
    assert text[start : text.index("LX*1")].split("~\n")[:-1] == [
        "SBR*P*18*******MB",
        "CAS*PR*1*95",
        "AMT*D*200",
        "AMT*EAF*95",
        "OI***Y***Y",
        "MOA***MA01",
        "NM1*IL*1*DOE*JANE****MI*1EG4TE5MK73",
        "N3*12 OAK AVE",
        "N4*SPRINGFIELD*IL*62704",
        "NM1*PR*2*MEDICARE PART B IL*****PI*06102",
        "DTP*573*D8*20261120",
        "REF*F8*1126320000010",
    ]


def test_more_than_six_adjustments_of_a_group_go_on_in_a_next_segment() -> None:
    base = after_medicare()
    rest = base.other_payers[0].lines[1:]
    parts = [("CO", str(n), 1000) for n in range(100, 113)]
    changed = line_paid(base.lines[0], 2000, adjustments=adjusted(*parts))
    text = text_of([after_medicare(lines=[changed, *rest])])
    cas = [parts for parts in segments(text) if parts[0] == "CAS"][:3]
    assert [len(parts) for parts in cas] == [19, 19, 4]
    assert faults(text) == []


def test_limits_below_one_are_refused() -> None:
    with pytest.raises(ValueError, match="at least one claim"):
        FileSize(claims_per_file=0)


def test_supplement_after_medicare_keeps_the_group_name() -> None:
    assert "SBR*S*18**PLAN F*****CI~" in text_of([after_medicare()])
    assert SUPPLEMENT["group_name"] == "PLAN F"


def test_remark_that_is_newer_than_any_list_goes_to_the_next_payer() -> None:
    text = text_of([after_medicare(remarks=["N9999", "MA01"])])
    assert ["MOA", "", "", "N9999", "MA01"] in segments(text)
    assert [each.severity for each in check(text.encode()).findings] == ["warn"]
