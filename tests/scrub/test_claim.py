"""Scrubber tables: structure, the claim as a whole, dates, duplicates (ENV, CLM, CLI, DAT, DUP)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any, Final

import pytest

from claimloom.scrub.case import Case
from claimloom.scrub.dates import timely_deadline
from schemas.claim import ClaimLine
from schemas.session import Accident
from tests.scrub.test_rules import (
    ADVANTAGE,
    AS_OF,
    BASE,
    CLEAN,
    COMMERCIAL,
    Row,
    alone,
    biller,
    case,
    check,
    covered,
    fails,
    other,
    passes,
    patient,
    spouse,
    timed,
    untimed,
    waits,
)

NOTE: Final = {"signed_at": "2026-11-16T18:00:00", "signed_by_npi": "1679576722"}
VISIT_LINES: Final = (("97530", ["GO"], 2), ("97535", ["GO"], 1), ("97110", ["GO", "CO"], 1))


def named(last: str, first: str = "JANE") -> dict[str, Any]:
    """A patient of this name."""
    return patient(name={"last": last, "first": first})


def copies(count: int) -> list[ClaimLine]:
    """So many service lines, numbered."""
    line = CLEAN.claim.lines[0]
    return [
        line.model_copy(update={"line_number": number, "line_control_number": f"C-{number}"})
        for number in range(1, count + 1)
    ]


def replacing(number: str, code: str = "7") -> dict[str, Any]:
    """CLM05-3 and REF*F8."""
    return {"frequency_code": code, "payer_claim_control_number": number}


def hurt(*related: str, **changes: Any) -> dict[str, Any]:
    """An accident as the session tells it."""
    return {"accident": {"related": list(related)} | changes}


NIGHT: Final = {"code": "97530", "start": "2026-11-15T23:40:00", "stop": "2026-11-16T00:10:00"}
PAST_MIDNIGHT: Final = {"code": "97530", "start": "2026-11-17T00:05:00", "stop": "2026-11-17T00:35:00"}


def begun(start: str) -> dict[str, str]:
    """A visit of 80 minutes."""
    return {"start": start, "stop": str(datetime.fromisoformat(start) + timedelta(minutes=80))}


def on(served: str, sent: date, **changes: Any) -> Case:
    """A visit of one day, sent on another."""
    return case(date_of_service=served, as_of=sent, **changes)


ENVELOPE: Final = [
    fails("ENV-003", "control character", case(patient=named("D\x07OE")), "2010BA/NM103", value="U+0007"),
    fails("ENV-003", "delimiter ~", case(billing_provider=biller(name="A~B")), "2010AA/NM103", value="U+007E"),
    fails("ENV-003", "delimiter *", case(coverages=covered(member_id="1EG4*TE5MK73")), "2010BA/NM109"),
    fails("ENV-003", "delimiter :", case(authorization={"number": "A:1"}), "2300/REF*G1", value="U+003A"),
    fails(
        "ENV-003",
        "delimiter ^ in a street",
        case(patient=patient(address=BASE.patient.address.model_dump() | {"line1": "1 ^ ST"})),
        "2010BA/N301",
    ),
    fails(
        "ENV-003",
        "delimiter in a text that the writer takes as it is",
        case(claim={"accident": Accident(related=["AA"], accident_date=date(2026, 1, 2), state="I*")}),
        "2300/CLM11-4",
        value="U+002A",
    ),
    fails(
        "ENV-003",
        "delimiter in a description",
        case(line={1: {"description": "SPLINT~TRIAL"}}),
        ("2400/SV101-7", 1),
        value="U+007E",
    ),
    fails("ENV-003", "a name of which nothing is left", case(patient=named("山田")), "2010BA/NM103"),
    passes("ENV-003", "accents, apostrophes and dashes", case(patient=named("O'MUÑOZ-ÅS", "ZOË"))),
    fails("ENV-007", "61 characters of a name", case(patient=named("X" * 61)), "2010BA/NM103"),
    fails("ENV-007", "a name of which nothing is left", case(patient=named("\U0001f600")), "2010BA/NM103"),
    fails("ENV-007", "36 characters of a first name", case(patient=named("DOE", "X" * 36)), "2010BA/NM104"),
    fails(
        "ENV-007",
        "56 characters of a street",
        case(patient=patient(address=BASE.patient.address.model_dump() | {"line1": "1" * 56})),
        "2010BA/N301",
    ),
    fails("ENV-007", "51 characters of an authorization", case(authorization={"number": "1" * 51}), "2300/REF*G1"),
    fails("ENV-007", "81 characters of a description", case(line={1: {"description": "X" * 81}}), ("2400/SV101-7", 1)),
    fails(
        "ENV-007",
        "a hundred million",
        case(line={1: {"charge_cents": 10_000_000_000}}),
        (("2300/CLM02", None), ("2400/SV102", 1)),
    ),
    passes("ENV-007", "60 characters of a name", case(patient=named("X" * 60, "X" * 35))),
    passes("ENV-007", "spaces that are squeezed", case(patient=named("X" + " " * 70 + "Y"))),
    passes(
        "ENV-007",
        "a cent less",
        case(
            claim={"total_charge_cents": 9_999_999_999},
            line={1: {"charge_cents": 9_999_999_999}, 2: {"charge_cents": 0}, 3: {"charge_cents": 0}},
        ),
    ),
    fails(
        "ENV-007",
        "a state that is none",
        case(patient=patient(address=BASE.patient.address.model_dump() | {"state": "XX"})),
        "2010BA/N402",
    ),
    passes(
        "ENV-007",
        "a territory",
        case(patient=patient(address=BASE.patient.address.model_dump() | {"state": "PR", "zip": "00901"})),
    ),
    fails("ENV-007", "a relationship of 4010", case(coverages=covered(**spouse(relationship="17"))), "2000C/PAT01"),
    passes("ENV-007", "a relationship", case(coverages=covered(**spouse(relationship="G8")))),
    fails("ENV-007", "a suffix of 11", case(patient=patient(name={"last": "DOE", "suffix": "X" * 11})), "2010BA/NM107"),
    fails("ENV-007", "a filing code of nobody", case(coverages=covered(filing_indicator="Q9")), "2000B/SBR09"),
    passes("ENV-003", "letters without a mark of their own", case(patient=named("ŁUKASZ", "ØSTERGÅRD"))),
    passes(
        "ENV-003", "a fraction", case(patient=patient(address=BASE.patient.address.model_dump() | {"line1": "4½ A"}))
    ),
    fails("ENV-011", "a number left out", case(line={3: {"line_number": 4}}), "2400/LX01"),
    fails("ENV-011", "begins with 0", case(line={1: {"line_number": 0}}), "2400/LX01"),
    passes("ENV-011", "1, 2, 3", CLEAN),
    passes("ENV-011", "50 lines", case(claim={"lines": copies(50)})),
]

CLAIM: Final = [
    fails("CLM-001", "21 characters", case(claim={"patient_control_number": "A" * 21}), "2300/CLM01", value="A" * 21),
    fails("CLM-001", "lower case", case(claim={"patient_control_number": "a1"}), "2300/CLM01"),
    fails("CLM-001", "empty", case(claim={"patient_control_number": ""}), "2300/CLM01"),
    fails("CLM-001", "a line break at the end", case(claim={"patient_control_number": "A1\n"}), "2300/CLM01"),
    passes("CLM-001", "20 characters", case(claim={"patient_control_number": "A1-" + "Z" * 17})),
    passes("CLM-001", "1 character", case(claim={"patient_control_number": "7"})),
    fails("CLM-002", "a cent too much", case(claim={"total_charge_cents": 29501}), "2300/CLM02", value="1"),
    fails("CLM-002", "a cent too little", case(claim={"total_charge_cents": 29499}), "2300/CLM02", value="-1"),
    passes("CLM-002", "to the cent", case(claim={"total_charge_cents": 29500})),
    fails(
        "CLM-003",
        "for nothing",
        case(claim={"total_charge_cents": 0}, line={n: {"charge_cents": 0} for n in (1, 2, 3)}),
        "2300/CLM02",
        value="0",
    ),
    fails("CLM-003", "one line below nothing", case(line={2: {"charge_cents": -1}}), ("2400/SV102", 2), value="-1"),
    passes("CLM-003", "one line for nothing", case(line={2: {"charge_cents": 0}})),
    passes("CLM-003", "one cent in all", case(claim={"total_charge_cents": 1})),
    fails("CLM-004", "no such place", case(place_of_service="30"), "2300/CLM05-1", value="30"),
    fails("CLM-004", "00", case(place_of_service="00"), "2300/CLM05-1", value="00"),
    passes("CLM-004", "first of the list", case(place_of_service="01")),
    passes("CLM-004", "last of the list", case(place_of_service="99")),
    fails("CLM-006", "replacement of nothing", case(claim=replacing("")), "2300/REF*F8", value="7"),
    fails("CLM-006", "void of nothing", case(claim=replacing("", "8")), "2300/REF*F8", value="8"),
    passes("CLM-006", "replacement with number", case(claim=replacing("ICN1"))),
    passes("CLM-006", "original without", CLEAN),
    fails("CLM-007", "original with a number", case(claim=replacing("ICN1", "1")), "2300/REF*F8"),
    passes("CLM-007", "void with a number", case(claim=replacing("ICN1", "8"))),
    passes("CLM-007", "original without", CLEAN),
    fails("CLM-008", "replacement at Medicare", case(claim=replacing("ICN1")), "2300/CLM05-3", value="7"),
    fails("CLM-008", "void at Medicare", case(claim=replacing("ICN1", "8")), "2300/CLM05-3", value="8"),
    passes("CLM-008", "contractor takes it", case(claim=replacing("ICN1"), payer={"accepts_replacement": True})),
    passes("CLM-008", "original", CLEAN),
    fails(
        "CLM-008",
        "another payer that takes none",
        case(claim=replacing("ICN1"), coverages=ADVANTAGE, payer={"accepts_replacement": False}),
        "2300/CLM05-3",
        value="7",
    ),
    passes("CLM-008", "a payer that takes replacements", case(claim=replacing("ICN1"), coverages=ADVANTAGE)),
    passes("CLM-008", "a payer that takes voids", case(claim=replacing("ICN1", "8"), coverages=ADVANTAGE)),
    fails("CLM-010", "participates and declines", case(claim={"assignment_code": "C"}), "2300/CLM07", value="C"),
    passes("CLM-010", "participates and accepts", CLEAN),
    passes(
        "CLM-010",
        "does not participate",
        case(claim={"assignment_code": "C"}, billing_provider=biller(medicare_participating=False)),
    ),
    fails(
        "CLM-010",
        "a patient who has Medicaid too",
        case(
            claim={"assignment_code": "C"},
            billing_provider=biller(medicare_participating=False),
            coverages=[*covered(), covered(payer_class="medicaid", filing_indicator="MC")[0]],
        ),
        "2300/CLM07",
    ),
    passes("CLM-010", "no rule of other payers", case(claim={"assignment_code": "C"}, coverages=COMMERCIAL)),
    fails("CLM-011", "auto without date", case(**hurt("AA", state="IL")), "2300/DTP*439"),
    fails("CLM-011", "other without date", case(**hurt("OA")), "2300/DTP*439"),
    fails("CLM-011", "second cause without date", case(**hurt("EM", "OA")), "2300/DTP*439"),
    fails("CLM-011", "auto without state", case(**hurt("AA", accident_date="2026-11-01")), "2300/CLM11-4"),
    fails("CLM-011", "auto with neither", case(**hurt("AA")), (("2300/DTP*439", None), ("2300/CLM11-4", None))),
    passes("CLM-011", "auto with both", case(**hurt("AA", accident_date="2026-11-01", state="IL"))),
    passes("CLM-011", "other needs no state", case(**hurt("OA", accident_date="2026-11-01"))),
    passes("CLM-011", "employment that was no accident", case(**hurt("EM"))),
    passes("CLM-011", "no accident", CLEAN),
    fails("CLM-012", "51 lines", case(claim={"lines": copies(51)}), "2400", value="51"),
    fails("CLM-012", "no line", case(claim={"lines": []}), "2400", value="0"),
    passes("CLM-012", "50 lines", case(claim={"lines": copies(50)})),
    passes("CLM-012", "1 line", case(claim={"lines": copies(1)})),
    fails("CLM-014", "a cent more than charged", case(patient_paid_cents=29501), "2300/AMT*F5", value="29501"),
    fails("CLM-014", "below nothing", case(claim={"patient_paid_cents": -1}), "2300/AMT*F5", value="-1"),
    passes("CLM-014", "all that was charged", case(patient_paid_cents=29500)),
    passes("CLM-014", "nothing", case(patient_paid_cents=0)),
    *(
        fails("CLM-017", f"{code} in no words", case(**untimed(code)), ("2400/SV101-7", 1), value=code)
        for code in ("97039", "97139", "97799")
    ),
    passes("CLM-017", "in words", case(**untimed({"code": "97799", "description": "CUPPING"}))),
    passes("CLM-017", "listed codes need none", CLEAN),
    fails("CLM-018", "a draft", case(status="draft", note=NOTE), "session.status", value="draft"),
    fails("CLM-018", "not signed", case(note={"signed_by_npi": "1679576722"}), "session.note.signed_at"),
    fails(
        "CLM-018",
        "signed by another",
        case(note=NOTE | {"signed_by_npi": "1245319599"}),
        "session.note.signed_by_npi",
        value="1245319599",
    ),
    passes("CLM-018", "finished and signed by the therapist", case(note=NOTE)),
    waits("CLM-018", "no note", CLEAN),
    waits("CLM-018", "signed by we know not whom", case(note={"signed_at": NOTE["signed_at"]})),
    fails("CLI-001", "a laboratory's number", case(clia_number="12D4567890"), "2300/REF*X4", value="12D4567890"),
    passes("CLI-001", "none", CLEAN),
]

DATES: Final = [
    fails("DAT-002", "tomorrow", on("2026-11-21", AS_OF), "2400/DTP*472", value="2026-11-21"),
    passes("DAT-002", "today", on("2026-11-20", AS_OF)),
    fails("DAT-010", "begun the day after", case(**begun("2026-11-17T10:00")), "2400/DTP*472", value="2026-11-16"),
    fails("DAT-010", "a segment of the day before", case(**timed(NIGHT)), "2400/DTP*472"),
    passes("DAT-010", "begun on the day", case(**begun("2026-11-16T10:00"))),
    passes(
        "DAT-010", "begun before midnight, a part after it", case(**begun("2026-11-16T23:30"), **timed(PAST_MIDNIGHT))
    ),
    passes("DAT-010", "no clock", CLEAN),
    fails("DAT-004", "a year and a day", on("2025-11-19", AS_OF), "2400/DTP*472", value="2025-11-19"),
    passes("DAT-004", "a year", on("2025-11-20", AS_OF)),
    fails("DAT-004", "leap day, March", on("2024-02-29", date(2025, 3, 1)), "2400/DTP*472"),
    passes("DAT-004", "the last day is a Sunday", on("2025-11-22", date(2026, 11, 23))),
    fails("DAT-004", "the Tuesday after it", on("2025-11-22", date(2026, 11, 24)), "2400/DTP*472"),
    passes("DAT-004", "Thanksgiving, then a Friday", on("2025-11-26", date(2026, 11, 27))),
    fails(
        "DAT-004",
        "a plan's Sunday is its Sunday",
        on("2026-08-24", date(2026, 11, 23), coverages=COMMERCIAL),
        "2400/DTP*472",
    ),
    passes("DAT-004", "leap day, last of February", on("2024-02-29", date(2025, 2, 28))),
    passes("DAT-004", "366 days to the same day", on("2027-11-20", date(2028, 11, 20))),
    fails("DAT-004", "91 of 90 days", on("2026-08-21", AS_OF, coverages=COMMERCIAL), "2400/DTP*472"),
    passes("DAT-004", "90 of 90 days", on("2026-08-22", AS_OF, coverages=COMMERCIAL)),
    passes("DAT-004", "payer with 91", on("2026-08-21", AS_OF, coverages=COMMERCIAL, payer={"timely_days": 91})),
    fails("DAT-005", "on the last day", on("2025-11-20", AS_OF), "2400/DTP*472", value="2026-11-20"),
    fails("DAT-005", "14 days left", on("2025-12-04", AS_OF), "2400/DTP*472", value="2026-12-04"),
    passes("DAT-005", "15 days left", on("2025-12-05", AS_OF)),
    passes("DAT-005", "too late to be near", on("2025-11-19", AS_OF)),
    fails(
        "DAT-007",
        "the day before",
        case(coverages=covered(effective_from="2026-11-17")),
        (("2400/DTP*472", 1), ("2400/DTP*472", 2), ("2400/DTP*472", 3)),
    ),
    fails(
        "DAT-007",
        "the day after",
        case(coverages=covered(effective_to="2026-11-15"), **timed(("97530", 30))),
        ("2400/DTP*472", 1),
        value="2026-11-16",
    ),
    passes("DAT-007", "first and last day", case(coverages=covered(effective_from="2026-11-16"))),
    passes("DAT-007", "last day", case(coverages=covered(effective_to="2026-11-16"))),
    passes("DAT-007", "no dates registered", CLEAN),
    fails("DAT-008", "onset the day after", case(onset_date="2026-11-17"), "2300/DTP*431", value="2026-11-17"),
    fails(
        "DAT-008",
        "accident the day after",
        case(**hurt("OA", accident_date="2026-11-17")),
        "2300/DTP*439",
        value="2026-11-17",
    ),
    passes("DAT-008", "onset on the day", case(onset_date="2026-11-16")),
    passes("DAT-008", "accident on the day", case(**hurt("OA", accident_date="2026-11-16"))),
]


DUPLICATES: Final = [
    fails(
        "DUP-001",
        "on another claim",
        case(others=(other(("97535", ["GO"], 3)),)),
        ("2400/SV101-2", 2),
        value="97535",
    ),
    fails(
        "DUP-001",
        "modifiers in another order",
        case(line={1: {"modifiers": ["59", "GO"]}}, others=(other(("97530", ["GO", "59"], 2)),)),
        ("2400/SV101-2", 1),
    ),
    passes("DUP-001", "another modifier", case(others=(other(("97530", ["GO", "76"], 2)),))),
    passes("DUP-001", "another code", case(others=(other(("97112", ["GO"], 2)),))),
    passes("DUP-001", "another payer", case(others=(other(*VISIT_LINES, payer_id="99999"),))),
    passes("DUP-001", "another therapist", case(others=(other(*VISIT_LINES, rendering_npi="1245319599"),))),
    passes("DUP-001", "the other one is the later", case(others=(other(*VISIT_LINES, came_first=False),))),
    passes("DUP-001", "no other claim", CLEAN),
    fails("DUP-002", "all lines", case(others=(other(*VISIT_LINES),)), "2300/CLM01"),
    fails("DUP-002", "lines in another order", case(others=(other(*reversed(VISIT_LINES)),)), "2300/CLM01"),
    fails(
        "DUP-002",
        "the therapist is no part of it",
        case(others=(other(*VISIT_LINES, rendering_npi="1245319599"),)),
        "2300/CLM01",
    ),
    passes("DUP-002", "one unit less", case(others=(other(("97530", ["GO"], 1), *VISIT_LINES[1:]),))),
    passes("DUP-002", "one line less", case(others=(other(*VISIT_LINES[:2]),))),
    passes("DUP-002", "replacement", case(claim=replacing("ICN1"), others=(other(*VISIT_LINES),))),
    passes("DUP-002", "another payer", case(others=(other(*VISIT_LINES, payer_id="99999"),))),
    passes("DUP-002", "another biller", case(others=(other(*VISIT_LINES, billing_npi="1245319599"),))),
    passes("DUP-002", "the other one is the later", case(others=(other(*VISIT_LINES, came_first=False),))),
]

ROWS: Final[list[Row]] = [*ENVELOPE, *CLAIM, *DATES, *DUPLICATES]


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_rule(row: Row) -> None:
    """The rule says what the catalog's condition says."""
    check(row)


def test_a_draft_without_a_note_is_still_a_draft() -> None:
    """One missing input does not hide what is known."""
    assert "session.status" in [each.where for each in alone("CLM-018", case(status="draft"))]


def test_deadlines_are_days_of_the_calendar() -> None:
    """Medicare's year may have 366 days, and they all count."""
    assert timely_deadline(on("2027-03-01", AS_OF)) == date(2028, 3, 1)
    assert timely_deadline(on("2026-11-16", AS_OF, coverages=COMMERCIAL)) == date(2026, 11, 16) + timedelta(days=90)
