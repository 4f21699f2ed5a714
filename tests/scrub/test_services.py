"""Scrubber tables: lines, units, modifiers, code pairs and unit limits (LIN, UNT, MOD, NCC, MUE)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any, Final

import pytest

from claimloom.reference.edits import Edits, UnitLimit
from claimloom.scrub import modifiers
from claimloom.scrub.case import Case
from schemas.claim import Severity
from schemas.values import Discipline
from tests.scrub.test_rules import (
    ADVANTAGE,
    CLEAN,
    COMMERCIAL,
    MEDICAID,
    TRICARE,
    Row,
    alone,
    case,
    check,
    clocked,
    fails,
    other,
    passes,
    therapist,
    timed,
    untimed,
    waits,
)

SPEECH: Final = {"discipline": "SLP", "therapist": therapist(taxonomy="235Z00000X")}
PHYSICAL: Final = {"discipline": "PT", "therapist": therapist(taxonomy="225100000X")}
PHYSICIAN: Final = {"therapist": therapist(taxonomy="208100000X")}
WARN: Final = Severity.WARN


def done(*parts: tuple[str, int] | dict[str, Any], **changes: Any) -> Case:
    """These timed codes."""
    return case(**timed(*parts), **changes)


OTHER_MINUTES: Final = (("97110", 30),)


def given(*parts: str | dict[str, Any], also: Sequence[tuple[str, int] | dict[str, Any]] = (), **changes: Any) -> Case:
    """These untimed codes; timed ones come first on the claim."""
    return case(**untimed(*parts, also=also), **changes)


def marks(*written: str, **changes: Any) -> Case:
    """One line with exactly these modifiers."""
    return case(line={1: {"modifiers": list(written)}}, **timed(("97530", 30)), **changes)


def two(first: list[str], second: list[str], *codes: str, **changes: Any) -> Case:
    """Two lines of 15 minutes with these modifiers."""
    names = codes or ("97530", "97110")
    written = {1: {"modifiers": first}, 2: {"modifiers": second}}
    return case(line=written, **timed(*((code, 15) for code in names)), **changes)


def billed(units: dict[int, int], *parts: tuple[str, int] | dict[str, Any], **changes: Any) -> Case:
    """These codes with other units on some lines than they earn."""
    return case(line={number: {"units": count} for number, count in units.items()}, **timed(*parts), **changes)


GROUP_BEFORE: Final = other(("97150", ["GO"], 1), payer_id="99999")
AGAIN: Final = given({"code": "97150", "modifiers": ["76"]}, others=(other(("97150", ["GO"], 1)),))
FIVE: Final = ["M25.511", "M62.81", "M54.50", "R26.89", "Z96.651"]


ONE_A_DAY: Final = "90912 92605 92607 92626 96112 97129 97545 97550 98979 98980".split()

LINES: Final = [
    fails(
        "MOD-022",
        "59, GO, CO, KX and GA",
        done({"code": "97530", "minutes": 15, "performer": "assistant", "modifiers": ["59", "KX", "GA"]}),
        ("2400/SV101-3", 1),
        value="GA",
    ),
    fails(
        "MOD-022",
        "59, GO, CO, KX and RT, which is for information",
        done({"code": "97530", "minutes": 15, "performer": "assistant", "modifiers": ["59", "KX", "RT"]}),
        ("2400/SV101-3", 1),
        value="RT",
        severity=WARN,
    ),
    fails(
        "MOD-022",
        "left off of one code, and there on another",
        done(
            {"code": "97530", "minutes": 15, "performer": "assistant", "modifiers": ["59", "KX", "GA"]},
            {"code": "97110", "minutes": 15, "modifiers": ["GA"]},
        ),
        ("2400/SV101-3", 1),
        value="GA",
    ),
    fails(
        "MOD-022",
        "behind a code with room",
        done(
            ("97110", 15), {"code": "97530", "minutes": 15, "performer": "assistant", "modifiers": ["59", "KX", "GA"]}
        ),
        ("2400/SV101-3", 2),
        value="GA",
    ),
    passes(
        "MOD-022",
        "not there, though the line has room",
        case(line={1: {"modifiers": ["GO"]}}, **timed({"code": "97530", "minutes": 15, "modifiers": ["RT"]})),
    ),
    passes(
        "MOD-022",
        "what another code has",
        done(
            {"code": "97530", "minutes": 15, "performer": "assistant", "modifiers": ["59", "KX"]},
            {"code": "97110", "minutes": 15, "modifiers": ["RT"]},
        ),
    ),
    passes(
        "MOD-022",
        "four of them",
        done({"code": "97530", "minutes": 15, "performer": "assistant", "modifiers": ["59", "KX"]}),
    ),
    fails(
        "CLM-021",
        "a fifth pointer",
        done({"code": "97530", "minutes": 15, "diagnosis_pointers": [1, 2, 3, 4, 5]}, diagnoses=FIVE),
        ("2400/SV107", 1),
    ),
    fails(
        "CLM-021",
        "a minute on the left",
        done(
            {"code": "97530", "minutes": 14, "modifiers": ["RT"]}, {"code": "97530", "minutes": 1, "modifiers": ["LT"]}
        ),
        ("2400/SV104", 1),
        value="97530",
    ),
    passes(
        "CLM-021",
        "as much on both sides",
        done(
            {"code": "97530", "minutes": 15, "modifiers": ["RT"]},
            {"code": "97530", "minutes": 15, "modifiers": ["LT"]},
        ),
    ),
    passes(
        "CLM-021",
        "four pointers",
        done({"code": "97530", "minutes": 15, "diagnosis_pointers": [1, 2, 4, 5]}, diagnoses=FIVE),
    ),
    *(
        fails("AUT-005", said, case(authorization={"number": said}), "2300/REF*G1")
        for said in ("Auth VA0012345", "AUTH# 123", "Ref # VA0012345", "Authorization: 55", "PA 778812", "No. 12")
    ),
    *(
        passes("AUT-005", said, case(authorization={"number": said}))
        for said in ("VA0012345", "PA778812", "REF12", "AUTH1", "12 34", "A-123")
    ),
    fails("LIN-001", "invalid for Medicare", given("97014"), ("2400/SV101-2", 1), value="97014"),
    fails("LIN-001", "not covered", given("97169"), ("2400/SV101-2", 1)),
    fails("LIN-001", "not in the list", given("99213"), ("2400/SV101-2", 1), value="99213", severity=WARN),
    fails(
        "LIN-001", "not in the list of others", given("99213", coverages=COMMERCIAL), ("2400/SV101-2", 1), severity=WARN
    ),
    fails(
        "LIN-001",
        "the day before the code begins",
        case(date_of_service="2025-12-31", **timed(("98979", 10))),
        ("2400/SV101-2", 1),
        value="98979",
    ),
    passes("LIN-001", "the day on which it begins", case(date_of_service="2026-01-01", **timed(("98979", 10)))),
    passes("LIN-001", "bundled is LIN-003", given("97010")),
    passes(
        "LIN-001",
        "restricted and contractor-priced",
        given({"code": "97799", "description": "X"}, also=(("97545", 61),)),
    ),
    passes("LIN-001", "others take 97014", given("97014", coverages=COMMERCIAL)),
    fails("LIN-002", "97014 at Medicare", given("97014", also=(("97530", 15),)), ("2400/SV101-2", 2), value="97014"),
    passes("LIN-002", "G0283", given("G0283")),
    passes("LIN-002", "others take it", given("97014", coverages=ADVANTAGE)),
    *(
        fails("LIN-003", code, given(code, also=(("97530", 15),)), ("2400/SV101-2", 2), value=code)
        for code in ("97010", "97602", "92606")
    ),
    fails("LIN-003", "92605 and 92618", done(("92605", 76), **SPEECH), (("2400/SV101-2", 1), ("2400/SV101-2", 2))),
    fails(
        "LIN-003",
        "a payer that does so too",
        given("97010", coverages=COMMERCIAL, payer={"bundles_status_b": True}),
        ("2400/SV101-2", 1),
    ),
    passes("LIN-003", "a payer that does not", given("97010", coverages=COMMERCIAL)),
    passes("LIN-003", "status R and I", given("97014", also=(("97545", 61),))),
    fails(
        "LIN-004",
        "from 2027 on",
        given("92507", date_of_service="2027-01-01", as_of=date(2027, 1, 2), **SPEECH),
        ("2400/SV101-2", 1),
        value="92507",
    ),
    passes(
        "LIN-004", "to the end of 2026", given("92507", date_of_service="2026-12-31", as_of=date(2027, 1, 2), **SPEECH)
    ),
    passes("LIN-004", "another code", given("92508", date_of_service="2027-01-01", as_of=date(2027, 1, 2), **SPEECH)),
    fails("LIN-005", "none", case(line={2: {"units": 0}}), ("2400/SV104", 2), value="0"),
    fails("LIN-005", "fewer than none", case(line={2: {"units": -1}}), ("2400/SV104", 2)),
    fails("LIN-005", "1000", case(line={1: {"units": 1000}}), ("2400/SV104", 1), value="1000"),
    passes("LIN-005", "1 and 999", case(line={1: {"units": 999}, 2: {"units": 1}})),
    fails("LIN-006", "a cent less", case(line={1: {"charge_cents": 14999}}), ("2400/SV102", 1)),
    fails("LIN-006", "a unit more", case(line={3: {"units": 2}}), ("2400/SV102", 3)),
    passes("LIN-006", "fee by units", CLEAN),
    fails("LIN-007", "a cent less", case(rates=[15000, 7501, 7000]), ("2400/SV102", 2)),
    passes("LIN-007", "as allowed", case(rates=[15000, 7500, 7000])),
    waits("LIN-007", "no fees", CLEAN),
    fails("LIN-008", "none", case(line={1: {"line_control_number": ""}}), ("2400/REF*6R", 1), value=""),
    fails("LIN-008", "31 characters", case(line={2: {"line_control_number": "A" * 31}}), ("2400/REF*6R", 2)),
    fails(
        "LIN-008", "the same twice", case(line={n: {"line_control_number": "A"} for n in (1, 3)}), ("2400/REF*6R", 3)
    ),
    passes("LIN-008", "30 characters", case(line={2: {"line_control_number": "A" * 30}})),
    fails("LIN-009", "add-on alone", case(line={1: {"procedure_code": "97130"}}), ("2400/SV101-2", 1), value="97130"),
    fails("LIN-009", "untimed add-on", given("97598"), ("2400/SV101-2", 1)),
    fails(
        "LIN-009",
        "another base",
        case(line={1: {"procedure_code": "97551"}, 2: {"procedure_code": "97129"}}),
        ("2400/SV101-2", 1),
    ),
    fails(
        "LIN-009",
        "base of another therapist",
        given("97598", others=(other(("97597", [], 1), rendering_npi="1245319599"),)),
        ("2400/SV101-2", 1),
    ),
    passes("LIN-009", "with its base", done(("97129", 30))),
    passes("LIN-009", "base on another claim of the day", given("97598", others=(other(("97597", [], 1)),))),
    passes("LIN-009", "not an add-on", CLEAN),
    passes("LIN-009", "a month's code with its base", done(("98980", 40))),
    waits("LIN-009", "a month's code: which other claims are there?", case(line={1: {"procedure_code": "98981"}})),
    fails("LIN-010", "gait training by OT", done(("97116", 15)), ("2400/SV101-2", 1), value="97116"),
    fails("LIN-010", "speech by PT", given("92507", **PHYSICAL), ("2400/SV101-2", 1)),
    passes("LIN-010", "swallowing by OT", given("92526")),
    passes("LIN-010", "self-care by SLP", done(("97535", 15), **SPEECH)),
    passes("LIN-010", "line without modifier", case(line={1: {"modifiers": []}}, **timed(("97116", 15)))),
    *(
        fails(
            "LIN-011",
            f"{code} twice",
            case(line={1: {"procedure_code": code, "units": 2}}),
            ("2400/SV104", 1),
            value="2",
        )
        for code in ONE_A_DAY
    ),
    fails(
        "LIN-011",
        "once here and once there",
        done(("97129", 15), others=(other(("97129", ["GO"], 1)),)),
        ("2400/SV104", 1),
    ),
    fails(
        "LIN-011",
        "on two lines",
        case(line={n: {"procedure_code": "97550", "units": 1} for n in (1, 2)}),
        ("2400/SV104", 1),
    ),
    passes("LIN-011", "once and its add-on", done(("97129", 60))),
    passes(
        "LIN-011",
        "once here, another biller's there",
        done(("97129", 15), others=(other(("97129", [], 1), billing_npi="1245319599"),)),
    ),
    passes("LIN-011", "codes that may be more", case(line={1: {"units": 2}})),
    fails(
        "LIN-012", "evaluation by an assistant", given({"code": "97165", "performer": "assistant"}), ("2400/SV101-3", 1)
    ),
    fails(
        "LIN-012",
        "evaluation under CO",
        case(line={1: {"modifiers": ["GO", "CO"]}}, **untimed("97165")),
        ("2400/SV101-3", 1),
        value="97165",
    ),
    fails(
        "LIN-012",
        "timed test by an assistant",
        done({"code": "97755", "minutes": 15, "performer": "assistant"}),
        ("2400/SV101-3", 1),
    ),
    fails(
        "LIN-012",
        "Medicare knows no speech assistant",
        given({"code": "92507", "performer": "assistant"}, discipline="SLP"),
        ("2400/SV101-3", 1),
    ),
    passes(
        "LIN-012",
        "treatment by a speech assistant elsewhere",
        given({"code": "92507", "performer": "assistant"}, discipline="SLP", coverages=COMMERCIAL),
    ),
    fails(
        "LIN-012",
        "an evaluation by one nowhere",
        given({"code": "92523", "performer": "assistant"}, discipline="SLP", coverages=COMMERCIAL),
        ("2400/SV101-3", 1),
    ),
    passes("LIN-012", "by both is by the therapist", done({"code": "97755", "minutes": 15, "performer": "both"})),
    passes("LIN-012", "what an assistant may", CLEAN),
    passes(
        "LIN-012",
        "treatment by an assistant beside it",
        given("97165", also=({"code": "97530", "minutes": 15, "performer": "assistant"},)),
    ),
    *(
        fails("LIN-013", f"{first} and {second}", given(first, second, **how), ("2400/SV101-2", 2), value=second)
        for first, second, how in (
            ("97161", "97162", PHYSICAL),
            ("97163", "97164", PHYSICAL),
            ("97165", "97168", {}),
            ("97166", "97167", {}),
            ("92522", "92523", SPEECH),
        )
    ),
    fails("LIN-013", "on another claim", given("97166", others=(other(("97165", ["GO"], 1)),)), ("2400/SV101-2", 1)),
    passes("LIN-013", "one", given("97165")),
    passes("LIN-013", "the same once more", given("97165", others=(other(("97165", ["GO"], 1)),))),
    passes("LIN-013", "another set", given("92521", "92522", "92524", **SPEECH)),
    passes(
        "LIN-013", "another discipline", given("97165", others=(other(("97161", ["GP"], 1), discipline=Discipline.PT),))
    ),
    passes(
        "LIN-013", "another biller", given("97166", others=(other(("97165", ["GO"], 1), billing_npi="1245319599"),))
    ),
]

SHORT: Final = {"coverages": COMMERCIAL}
MORNING: Final = other(("97110", ["GO"], 1), pool_minutes=22, pool_units=1)
MORNING_PT: Final = replace(MORNING, discipline=Discipline.PT)

UNITS: Final = [
    fails("UNT-001", "37 minutes as 3", billed({1: 3}, ("97110", 37)), "2400/SV104", value="3"),
    fails("UNT-001", "pool of two", billed({1: 2, 2: 1}, ("97110", 15), ("97530", 22)), "2400/SV104", value="3"),
    fails(
        "UNT-001",
        "no unit below 8",
        case(line={1: {"procedure_code": "97110"}}, **timed(("97550", 30), ("97110", 7))),
        "2400/SV104",
        value="1",
    ),
    fails(
        "UNT-001",
        "22 minutes as 2, after 22 of another discipline",
        billed({1: 2}, ("97110", 22), others=(MORNING_PT,)),
        "2400/SV104",
        value="2",
    ),
    fails(
        "UNT-001",
        "22 minutes as 2, before 22 of the afternoon",
        billed({1: 2}, ("97110", 22), others=(replace(MORNING, came_first=False),)),
        "2400/SV104",
        value="2",
    ),
    fails(
        "UNT-001",
        "22 minutes as 3, after 22 of the morning",
        billed({1: 3}, ("97110", 22), others=(MORNING,)),
        "2400/SV104",
        value="4",
    ),
    passes("UNT-001", "22 minutes as 2, after 22 of the morning", billed({1: 2}, ("97110", 22), others=(MORNING,))),
    passes(
        "UNT-001",
        "8 minutes after 32 of another payer that counts each code by itself",
        done(("97110", 8), others=(replace(MORNING, payer_id="99999", pool_minutes=32, pool_units=4),)),
    ),
    passes("UNT-001", "an evaluation after too many units", given("97165", others=(replace(MORNING, pool_units=3),))),
    passes("UNT-001", "38 minutes as 3", done(("97110", 38))),
    passes("UNT-001", "7, 7 and 7 as 1", done(("97110", 7), ("97112", 7), ("97140", 7))),
    passes(
        "UNT-001",
        "untimed codes and other clocks are not in the pool",
        given("97165", also=(("97550", 60), ("97530", 8))),
    ),
    passes("UNT-001", "fewer is UNT-013", billed({1: 1}, ("97110", 38))),
    passes("UNT-001", "midpoint payers count apart", billed({1: 9}, ("97110", 15), **SHORT)),
    fails(
        "UNT-002", "15 minutes as 3", billed({1: 3, 2: 1}, ("97110", 15), ("97530", 30)), ("2400/SV104", 1), value="3"
    ),
    fails(
        "UNT-002",
        "over two lines",
        case(
            line={1: {"units": 1}, 2: {"units": 2, "procedure_code": "97530"}, 3: {"units": 0}},
            **timed(("97530", 16), ("97535", 30), ("97110", 15)),
        ),
        ("2400/SV104", 1),
        value="3",
    ),
    fails(
        "UNT-002",
        "a family",
        case(line={1: {"units": 1}, 2: {"units": 3, "procedure_code": "97130"}}, **timed(("97129", 15), ("97530", 45))),
        ("2400/SV104", 1),
        value="4",
    ),
    passes("UNT-002", "15 minutes as 2", billed({1: 2, 2: 1}, ("97110", 15), ("97530", 30))),
    passes("UNT-002", "7 minutes as 1", done(("97110", 33), ("97140", 7))),
    passes("UNT-002", "a family and its share", done(("97129", 30), ("97535", 23))),
    fails(
        "UNT-003", "7 loses to 3", billed({1: 3, 2: 0}, ("97110", 33), ("97140", 7)), ("2400/SV104", 1), value="97110"
    ),
    fails(
        "UNT-003",
        "10 loses to 8",
        case(
            line={3: {"procedure_code": "97035"}},
            **timed(("97110", 18), ("97140", 13), ("97112", 10), ("97035", 8)),
        ),
        ("2400/SV104", 3),
        value="97035",
    ),
    fails(
        "UNT-003", "7 loses to 1", billed({1: 3, 2: 0}, ("97110", 31), ("97140", 7)), ("2400/SV104", 1), value="97110"
    ),
    fails(
        "UNT-003",
        "7 loses to 1, told the other way round",
        billed({1: 0, 2: 3}, ("97140", 7), ("97110", 31)),
        ("2400/SV104", 2),
        value="97110",
    ),
    passes("UNT-003", "10 and 1", done(("97110", 31), ("97140", 10))),
    passes("UNT-003", "a full block is no unit left over", done(("97110", 15), ("97140", 7))),
    passes("UNT-003", "largest first", done(("97110", 18), ("97140", 13), ("97112", 10), ("97035", 8))),
    passes("UNT-003", "a tie is free", billed({1: 1, 2: 2}, ("97112", 20), ("97110", 20))),
    passes("UNT-003", "wrong sum is UNT-001", billed({1: 3, 2: 1}, ("97112", 24), ("97110", 7))),
    fails("UNT-004", "22 minutes as 2", billed({1: 2}, ("97110", 22), **SHORT), ("2400/SV104", 1), value="2"),
    fails(
        "UNT-004",
        "each code for itself",
        billed({1: 2, 2: 3}, ("97110", 30), ("97530", 37), **SHORT),
        ("2400/SV104", 2),
    ),
    fails(
        "UNT-004",
        "a family",
        case(line={2: {"procedure_code": "97130"}}, **timed(("97129", 20), ("97530", 18)), **SHORT),
        ("2400/SV104", 1),
        value="2",
    ),
    passes("UNT-004", "23 minutes as 2", done(("97110", 23), **SHORT)),
    passes("UNT-004", "8 and 8 as 2", done(("97110", 8), ("97530", 8), **SHORT)),
    passes("UNT-004", "family of 23", done(("97129", 23), **SHORT)),
    passes("UNT-004", "8-minute payers pool", done(("97110", 33), ("97140", 7))),
    fails(
        "UNT-005",
        "timed code without minutes",
        case(line={2: {"procedure_code": "97112"}}),
        ("2400/SV104", 2),
        value="97112",
    ),
    fails("UNT-005", "60-minute code without minutes", case(line={1: {"procedure_code": "96125"}}), ("2400/SV104", 1)),
    fails("UNT-005", "counted, not timed", given("97530", also=OTHER_MINUTES), "session.untimed", value="97530"),
    fails(
        "UNT-005",
        "its minutes told with its count",
        given({"code": "97530", "minutes": 30}, also=OTHER_MINUTES),
        "session.untimed",
        value="97530",
    ),
    fails(
        "UNT-005",
        "some of its minutes told with a count",
        given({"code": "97110", "minutes": 15}, also=OTHER_MINUTES),
        "session.untimed",
        value="97110",
    ),
    fails("UNT-005", "an hour of a device", given("92607", also=OTHER_MINUTES), "session.untimed", value="92607"),
    fails(
        "UNT-005",
        "counted more than timed",
        given({"code": "97110", "count": 3}, also=OTHER_MINUTES),
        "session.untimed",
        severity=Severity.WARN,
    ),
    passes("UNT-005", "counted as timed", given({"code": "97110", "count": 2}, also=OTHER_MINUTES)),
    passes("UNT-005", "an add-on counted beside its minutes", given("97130", also=[("97129", 30)])),
    passes("UNT-005", "minutes of a group are for the record", given({"code": "97150", "minutes": 30})),
    fails(
        "UNT-005",
        "timed code without minutes after an evaluation",
        case(line={1: {"procedure_code": "97165"}, 2: {"procedure_code": "97112"}}),
        ("2400/SV104", 2),
        value="97112",
    ),
    passes("UNT-005", "counted beside its minutes", given("97110", also=(("97110", 15), ("97530", 15)))),
    passes("UNT-005", "minutes of the family", done(("97129", 30))),
    passes("UNT-005", "minutes of the first code", done(("97550", 38))),
    passes("UNT-005", "untimed codes need none", given("97165", "97012")),
    passes("UNT-005", "unlisted, timed only if its minutes are told", given({"code": "97139", "description": "X"})),
    fails("UNT-006", "two groups", given({"code": "97150", "count": 2}), ("2400/SV104", 1), value="2"),
    fails("UNT-006", "again, for Medicare", AGAIN, ("2400/SV104", 1)),
    fails(
        "UNT-006",
        "again, for a plan",
        given({"code": "97150", "modifiers": ["76"]}, others=(GROUP_BEFORE,), coverages=COMMERCIAL),
        ("2400/SV104", 1),
        severity=WARN,
    ),
    fails(
        "UNT-006",
        "for a plan, and not said to be again",
        given("97150", others=(GROUP_BEFORE,), coverages=COMMERCIAL),
        ("2400/SV104", 1),
    ),
    fails(
        "UNT-006",
        "again, and twice the first time",
        given({"code": "97150", "count": 2}, {"code": "97150", "modifiers": ["76"]}, coverages=COMMERCIAL),
        ("2400/SV104", 1),
    ),
    fails("UNT-006", "four fingers", given({"code": "29130", "count": 4}), ("2400/SV104", 1)),
    fails("UNT-006", "9 areas of 20", given("97597", {"code": "97598", "count": 9}), ("2400/SV104", 2)),
    fails("UNT-006", "limit of 0 means 1", given({"code": "97010", "count": 2}), ("2400/SV104", 1)),
    fails(
        "UNT-006",
        "once here and once there",
        given("97150", others=(other(("97150", ["GO"], 1)),)),
        ("2400/SV104", 1),
        value="2",
    ),
    fails(
        "UNT-006",
        "twice on the right",
        case(
            line={n: {"procedure_code": "29125", "modifiers": ["GO", "RT"]} for n in (1, 2)},
            **untimed("29125", "29105"),
        ),
        ("2400/SV104", 1),
    ),
    fails("UNT-006", "a code without a limit, twice", given({"code": "98984", "count": 2}), ("2400/SV104", 1)),
    passes("UNT-006", "a code without a limit, once", given("98984")),
    passes(
        "UNT-006",
        "once here, and later once more there",
        given("97150", others=(other(("97150", ["GO"], 1), came_first=False),)),
    ),
    passes("UNT-006", "three fingers", given({"code": "29130", "count": 3})),
    passes("UNT-006", "bundled once", given("97010")),
    passes("UNT-006", "timed codes go by their minutes", done(("97530", 120))),
    passes(
        "UNT-006",
        "right and left",
        case(
            line={
                1: {"procedure_code": "29125", "modifiers": ["GO", "RT"]},
                2: {"procedure_code": "29125", "modifiers": ["GO", "LT"]},
            },
            **untimed("29105", "29505"),
        ),
    ),
    fails(
        "UNT-007",
        "61 minutes of 60",
        done(("97530", 61), start="2026-11-16T09:00", stop="2026-11-16T10:00"),
        "session.timed",
        value="61",
    ),
    fails(
        "UNT-007",
        "a minute of overlap",
        done(clocked("97530", "09:00", "09:31"), clocked("97110", "09:30", "09:45")),
        "session.timed",
        value="97110",
    ),
    fails(
        "UNT-007",
        "one inside another",
        done(clocked("97530", "09:00", "10:00"), clocked("97110", "09:10", "09:20")),
        "session.timed",
    ),
    passes("UNT-007", "60 minutes of 60", done(("97530", 60), start="2026-11-16T09:00", stop="2026-11-16T10:00")),
    passes(
        "UNT-007", "one after the other", done(clocked("97530", "09:00", "09:30"), clocked("97110", "09:30", "09:45"))
    ),
    passes(
        "UNT-007",
        "clocks with and without a zone",
        done(
            {"code": "97530", "start": "2026-11-16T09:00:00", "stop": "2026-11-16T09:30:00"},
            {"code": "97110", "start": "2026-11-18T09:30:00Z", "stop": "2026-11-18T09:45:00Z"},
        ),
    ),
    passes(
        "UNT-007",
        "a group beside one-on-one minutes by the clock",
        done(clocked("97530", "09:00", "09:30"), clocked("97150", "09:15", "09:45")),
    ),
    passes(
        "UNT-007",
        "minutes by the clock, and when the visit ended is not told",
        done(clocked("97530", "09:00", "09:30"), start="2026-11-16T09:00"),
    ),
    passes(
        "UNT-007",
        "minutes by the clock, and when the visit began is not told",
        done(clocked("97530", "09:00", "09:30"), stop="2026-11-16T10:00"),
    ),
    waits("UNT-007", "no times but when the visit began", done(("97530", 30), start="2026-11-16T09:00")),
    waits("UNT-007", "no times", CLEAN),
    fails(
        "UNT-009",
        "order of modifiers",
        case(
            line={
                1: {"procedure_code": "97110", "modifiers": ["GO", "59"]},
                2: {"procedure_code": "97110", "modifiers": ["59", "GO"]},
            }
        ),
        ("2400/SV101", 2),
        value="97110",
    ),
    fails("UNT-009", "equal", case(line={3: {"procedure_code": "97535", "modifiers": ["GO"]}}), ("2400/SV101", 3)),
    passes(
        "UNT-009",
        "assistant's part apart",
        done(("97530", 15), {"code": "97530", "minutes": 15, "performer": "assistant"}),
    ),
    passes("UNT-009", "59 apart", case(line={2: {"procedure_code": "97530", "modifiers": ["59", "GO"]}})),
    passes("UNT-009", "no rule of other payers", case(line={2: {"procedure_code": "97530"}}, coverages=COMMERCIAL)),
    fails("UNT-010", "7", done(("97530", 105)), "2400/SV104", value="7"),
    fails(
        "UNT-010",
        "3 here and 4 there",
        done(("97530", 45), others=(other(("97110", ["GP"], 4), discipline=Discipline.PT),)),
        "2400/SV104",
    ),
    fails(
        "UNT-010",
        "payer with a lower mark",
        done(("97530", 45), payer={"max_units_per_visit": 2}),
        "2400/SV104",
        value="3",
    ),
    passes("UNT-010", "6", done(("97530", 90))),
    passes("UNT-010", "6 and untimed ones", given("97165", "97012", also=(("97530", 90),))),
    passes("UNT-010", "payer with a higher mark", done(("97530", 105), payer={"max_units_per_visit": 7})),
    fails("UNT-013", "38 minutes as 2", billed({1: 2}, ("97110", 38)), "2400/SV104", value="2"),
    fails("UNT-013", "midpoint, 23 as 1", billed({1: 1}, ("97110", 23), **SHORT), "2400/SV104", value="1"),
    fails(
        "UNT-013",
        "full blocks of one code, given to another",
        billed({1: 1, 2: 2}, ("97530", 30), ("97110", 15)),
        "2400/SV104",
    ),
    fails(
        "UNT-013",
        "midpoint, too few here and too many there",
        billed({1: 1, 2: 2}, ("97530", 23), ("97110", 8), **SHORT),
        "2400/SV104",
    ),
    fails(
        "UNT-013",
        "22 minutes after 22 of the morning",
        done(("97110", 22), others=(other(("97110", [], 1), pool_minutes=22, pool_units=1),)),
        "2400/SV104",
        value="1",
    ),
    fails(
        "UNT-013",
        "midpoint, too few here and too many there, after 22 minutes of the morning",
        billed({1: 1, 2: 2}, ("97530", 23), ("97110", 8), others=(replace(MORNING, payer_id="99999"),), **SHORT),
        "2400/SV104",
        value="3",
    ),
    fails(
        "UNT-013",
        "no unit of 8 minutes",
        case(line={1: {"procedure_code": "97165"}}, **timed(("97110", 8))),
        "2400/SV104",
        value="0",
    ),
    passes(
        "UNT-013",
        "an evaluation after too few units of the morning",
        given("97165", others=(replace(MORNING, pool_minutes=23),)),
    ),
    passes(
        "UNT-013",
        "22 minutes before 22 of the afternoon",
        done(("97110", 22), others=(replace(MORNING, came_first=False),)),
    ),
    passes(
        "UNT-013",
        "fewer units than blocks, since the morning had one too many",
        billed({1: 1}, ("97110", 30), others=(replace(MORNING, pool_units=2),)),
    ),
    passes("UNT-013", "22 minutes after 22 of another discipline", done(("97110", 22), others=(MORNING_PT,))),
    passes(
        "UNT-013",
        "the day's third unit is billed",
        billed({1: 2}, ("97110", 22), others=(other(("97110", [], 1), pool_minutes=22, pool_units=1),)),
    ),
    passes(
        "UNT-013",
        "two by itself, one beside 29 minutes of the morning",
        billed({1: 1}, ("97110", 23), others=(other(("97110", [], 2), pool_minutes=29, pool_units=2),)),
    ),
    passes(
        "UNT-013",
        "18 minutes after 18 of the morning",
        done(("97110", 18), others=(other(("97110", [], 1), pool_minutes=18, pool_units=1),)),
    ),
    passes(
        "UNT-013",
        "another payer's minutes",
        done(("97110", 22), others=(other(("97110", [], 1), payer_id="99999", pool_minutes=22, pool_units=1),)),
    ),
    passes("UNT-013", "37 minutes as 2", done(("97110", 37))),
    passes("UNT-013", "a code that lost its unit", done(("97110", 18), ("97140", 13), ("97112", 10), ("97035", 8))),
    passes("UNT-013", "midpoint, 22 as 1", done(("97110", 22), **SHORT)),
    passes("UNT-013", "midpoint, family given in two parts", done(("97129", 8), ("97130", 8), **SHORT)),
]

LIMIT_2026: Final = 248000
REVIEW: Final = 300000
OPTIONAL: Final = {"discipline_modifier": "optional"}


def accrued(before: int, *written: str, rate: int = 7000, **changes: Any) -> Case:
    """One line of 70.00 after so many cents of the year."""
    changes = {"used": before, "line": {1: {"modifiers": ["GO", *written]}}} | changes
    return case(rates=[rate], **timed(("97110", 15)), **changes)


def helped(**changes: Any) -> Case:
    """One code, a unit by the therapist and one by the assistant; two lines."""
    return done(("97530", 15), {"code": "97530", "minutes": 15, "performer": "assistant"}, **changes)


MODIFIERS: Final = [
    fails("MOD-001", "three characters", marks("GO", "595"), ("2400/SV101-3", 1), value="595"),
    fails("MOD-001", "lower case", marks("go"), ("2400/SV101-3", 1)),
    fails("MOD-001", "twice", marks("GO", "59", "GO"), ("2400/SV101-3", 1), value="GO"),
    fails(
        "MOD-001", "SZ, from 2018 on", marks("GO", "SZ", date_of_service="2018-01-01"), ("2400/SV101-3", 1), value="SZ"
    ),
    fails("MOD-001", "a fifth", marks("59", "GO", "CO", "KX", "RT"), ("2400/SV101-3", 1), value="RT"),
    passes("MOD-001", "SZ, to the end of 2017", marks("GO", "SZ", date_of_service="2017-12-31")),
    fails("MOD-001", "on the second line alone", two(["GO"], ["GO", "595"]), ("2400/SV101-3", 2), value="595"),
    passes("MOD-001", "four", marks("59", "GO", "CO", "KX")),
    passes("MOD-001", "none", marks()),
    fails("MOD-002", "always-therapy", marks("59"), ("2400/SV101-3", 1)),
    fails("MOD-002", "one line of three", case(line={2: {"modifiers": []}}), ("2400/SV101-3", 2)),
    passes("MOD-002", "with it", marks("GO")),
    passes("MOD-002", "with another one is MOD-004", marks("GP")),
    passes("MOD-002", "sometimes-therapy is MOD-003", case(line={1: {"modifiers": []}}, **timed(("97550", 30)))),
    passes("MOD-002", "payer does not ask", marks(payer=OPTIONAL)),
    fails("MOD-003", "by a therapist", case(line={1: {"modifiers": []}}, **timed(("97550", 30))), ("2400/SV101-3", 1)),
    fails(
        "MOD-003",
        "by a physician under a plan of care",
        case(
            line={1: {"modifiers": []}},
            plan_of_care={"start": "2026-11-01", "end": "2026-11-16"},
            **PHYSICIAN,
            **timed(("97550", 30)),
        ),
        ("2400/SV101-3", 1),
    ),
    fails(
        "MOD-003",
        "by a physician on the first day of a plan without an end",
        case(line={1: {"modifiers": []}}, plan_of_care={"start": "2026-11-16"}, **PHYSICIAN, **timed(("97550", 30))),
        ("2400/SV101-3", 1),
    ),
    passes(
        "MOD-003",
        "by a physician the day before the plan",
        case(line={1: {"modifiers": []}}, plan_of_care={"start": "2026-11-17"}, **PHYSICIAN, **timed(("97550", 30))),
    ),
    passes("MOD-003", "by a physician", case(line={1: {"modifiers": []}}, **PHYSICIAN, **timed(("97550", 30)))),
    passes(
        "MOD-003",
        "by a physician after the plan",
        case(
            line={1: {"modifiers": []}},
            plan_of_care={"start": "2026-11-01", "end": "2026-11-15"},
            **PHYSICIAN,
            **timed(("97550", 30)),
        ),
    ),
    passes("MOD-003", "with it", done(("97550", 30))),
    passes("MOD-003", "always-therapy is MOD-002", marks()),
    passes("MOD-003", "payer does not ask", case(line={1: {"modifiers": []}}, payer=OPTIONAL, **timed(("97550", 30)))),
    fails("MOD-004", "two", marks("GO", "GP"), ("2400/SV101-3", 1)),
    fails("MOD-004", "that of another", marks("GN"), ("2400/SV101-3", 1), value="GN"),
    fails(
        "MOD-004",
        "payer takes none",
        marks("GO", payer={"discipline_modifier": "forbidden"}),
        ("2400/SV101-3", 1),
        value="GO",
    ),
    fails("MOD-004", "on the second line, and none on the first", two([], ["GP"]), ("2400/SV101-3", 2), value="GP"),
    fails("MOD-004", "that of another behind 59", marks("59", "GP"), ("2400/SV101-3", 1), value="GP"),
    fails(
        "MOD-004",
        "payer takes none, behind 59",
        marks("59", "GO", payer={"discipline_modifier": "forbidden"}),
        ("2400/SV101-3", 1),
        value="GO",
    ),
    passes("MOD-004", "the right one", marks("GO")),
    passes("MOD-004", "none is MOD-002", marks()),
    passes(
        "MOD-004", "payer takes none and gets none", done(("97530", 30), payer={"discipline_modifier": "forbidden"})
    ),
    fails(
        "MOD-005",
        "assistant's unit unmarked",
        case(line={3: {"modifiers": ["GO"]}}),
        ("2400/SV101-3", 3),
        value="97110",
    ),
    fails(
        "MOD-005",
        "one of two marked",
        case(line={1: {"units": 1}}, **timed({"code": "97530", "minutes": 30, "performer": "assistant"})),
        ("2400/SV101-3", 1),
    ),
    fails(
        "MOD-005",
        "untimed by an assistant",
        case(line={1: {"modifiers": ["GO"]}}, **untimed({"code": "97150", "performer": "assistant"})),
        ("2400/SV101-3", 1),
    ),
    passes("MOD-005", "marked", CLEAN),
    passes(
        "MOD-005",
        "therapist has 8 of the minutes",
        done(("97530", 8), {"code": "97530", "minutes": 7, "performer": "assistant"}),
    ),
    passes("MOD-005", "never for speech", done({"code": "97535", "minutes": 15, "performer": "assistant"}, **SPEECH)),
    passes("MOD-005", "payer does not ask", case(line={3: {"modifiers": ["GO"]}}, coverages=COMMERCIAL)),
    *(
        fails("MOD-006", ":".join(wrong), marks(*wrong), ("2400/SV101-3", 1), value=":".join(wrong))
        for wrong in (
            ("GO", "CQ"),
            ("GP", "CO"),
            ("CQ",),
            ("CO",),
            ("GO", "GP", "CO", "CQ"),
            ("GN", "CO"),
            ("GN", "GO", "CO"),
        )
    ),
    passes("MOD-006", "GO with CO", marks("GO", "CO")),
    passes("MOD-006", "GP with CQ", marks("GP", "CQ")),
    passes("MOD-006", "none of them", marks("GN")),
    fails(
        "MOD-007", "marked for nothing", case(line={2: {"modifiers": ["GO", "CO"]}}), ("2400/SV101-3", 2), value="97535"
    ),
    fails(
        "MOD-007",
        "one too many",
        case(
            line={1: {"modifiers": ["GO", "CO"]}},
            **timed(("97530", 15), {"code": "97530", "minutes": 15, "performer": "assistant"}),
        ),
        ("2400/SV101-3", 1),
    ),
    passes("MOD-007", "as many as the assistant gave", helped()),
    passes("MOD-007", "on a line of speech is MOD-006", marks("GN", "CO", **SPEECH)),
    passes("MOD-007", "payer does not ask", case(line={2: {"modifiers": ["GO", "CO"]}}, coverages=COMMERCIAL)),
    fails("MOD-008", "a cent above", accrued(LIMIT_2026 - 6999), ("2400/SV101-3", 1), value="97110"),
    fails("MOD-008", "eligibility knows more", accrued(0, therapy_used_cents=LIMIT_2026), ("2400/SV101-3", 1)),
    fails(
        "MOD-008",
        "from the line on that goes above",
        case(rates=[15000, 7500, 7000], used=LIMIT_2026 - 15000),
        (("2400/SV101-3", 2), ("2400/SV101-3", 3)),
    ),
    fails(
        "MOD-008", "speech shares with PT", given("92507", rates=[7000], used=LIMIT_2026, **SPEECH), ("2400/SV101-3", 1)
    ),
    fails("MOD-008", "2025 had its own", accrued(241000, date_of_service="2025-12-31"), ("2400/SV101-3", 1)),
    passes("MOD-008", "to the cent", accrued(LIMIT_2026 - 7000)),
    passes("MOD-008", "PT, to the cent", accrued(LIMIT_2026 - 7000, line={1: {"modifiers": ["GP"]}}, **PHYSICAL)),
    fails(
        "MOD-008",
        "PT, a cent above",
        accrued(LIMIT_2026 - 6999, line={1: {"modifiers": ["GP"]}}, **PHYSICAL),
        ("2400/SV101-3", 1),
    ),
    passes(
        "MOD-008",
        "the first line of the year, to the cent",
        accrued(0, rate=LIMIT_2026, line={1: {"modifiers": ["GO"], "charge_cents": LIMIT_2026}}),
    ),
    fails(
        "MOD-008",
        "the first line of the year, a cent above",
        accrued(0, rate=LIMIT_2026 + 1, line={1: {"modifiers": ["GO"], "charge_cents": LIMIT_2026 + 1}}),
        ("2400/SV101-3", 1),
    ),
    passes("MOD-008", "a charge below the fee counts as the charge", accrued(LIMIT_2026 - 7000, rate=9000)),
    passes(
        "MOD-008", "what was used is the larger, not the sum", accrued(LIMIT_2026 - 7000, therapy_used_cents=200000)
    ),
    *(passes("MOD-008", f"above with {each}", accrued(LIMIT_2026, each)) for each in ("KX", "GA", "GY", "GZ")),
    passes("MOD-008", "a line under no discipline does not count", accrued(LIMIT_2026, line={1: {"modifiers": []}})),
    passes("MOD-008", "no rule of other payers", accrued(LIMIT_2026, coverages=ADVANTAGE)),
    waits("MOD-008", "no threshold yet", accrued(0, date_of_service="2027-01-04", as_of=date(2027, 1, 5))),
    waits("MOD-008", "no fees", CLEAN),
    fails("MOD-009", "to the cent", accrued(LIMIT_2026 - 7000, "KX"), ("2400/SV101-3", 1), value="KX"),
    passes("MOD-009", "a cent above", accrued(LIMIT_2026 - 6999, "KX")),
    passes("MOD-009", "no KX below", accrued(0)),
    waits("MOD-009", "no fees", CLEAN),
    fails("MOD-010", "a cent above", accrued(REVIEW - 6999, "KX"), ("2400/SV101-2", 1)),
    passes("MOD-010", "to the cent", accrued(REVIEW - 7000, "KX")),
    waits("MOD-010", "no fees", CLEAN),
    *(
        fails("MOD-011", ":".join(wrong), marks("GO", *wrong), ("2400/SV101-3", 1), value=":".join(sorted(wrong)))
        for wrong in (
            ("GA", "GY"),
            ("GA", "GZ"),
            ("GY", "GZ"),
            *(("GX", each) for each in "EY GA GL GZ KB QL TQ".split()),
        )
    ),
    *(
        passes("MOD-011", ":".join(right), marks("GO", *right))
        for right in (("GX",), ("GX", "GY"), ("GA",), ("EY", "GA"), ())
    ),
    passes("MOD-011", "no rule of other payers", marks("GA", "GY", coverages=COMMERCIAL)),
    *(
        fails("MOD-012", each, marks("GO", each, coverages=ADVANTAGE), ("2400/SV101-3", 1), value=each)
        for each in ("GA", "GX", "GY", "GZ")
    ),
    fails(
        "MOD-012",
        "two of them",
        marks("GO", "GY", "GX", coverages=ADVANTAGE),
        (("2400/SV101-3", 1), ("2400/SV101-3", 1)),
        value=("GX", "GY"),
    ),
    passes("MOD-012", "none", marks("GO", "KX", coverages=ADVANTAGE)),
    passes("MOD-012", "Medicare knows them", marks("GO", "GA")),
    fails("MOD-013", "KX with GA", marks("GO", "KX", "GA"), ("2400/SV101-3", 1), value="GA"),
    fails("MOD-013", "KX with GZ", marks("GO", "KX", "GZ"), ("2400/SV101-3", 1), value="GZ"),
    fails(
        "MOD-013",
        "KX with both",
        marks("KX", "GZ", "GA"),
        (("2400/SV101-3", 1), ("2400/SV101-3", 1)),
        value=("GA", "GZ"),
    ),
    passes("MOD-013", "KX with GY", marks("GO", "KX", "GY")),
    passes("MOD-013", "GZ needs no ABN", marks("GO", "GZ")),
    waits("MOD-013", "GA: was one signed?", marks("GO", "GA")),
    *(
        fails("MOD-014", f"59 and {each}", marks("59", each, "GO"), ("2400/SV101-3", 1), value=f"59:{each}")
        for each in ("XE", "XS", "XP", "XU")
    ),
    *(passes("MOD-014", f"{each} alone", marks(each, "GO")) for each in ("59", "XE", "XS", "XP", "XU")),
    passes("MOD-014", "one on each of two lines", two(["59", "GO"], ["XU", "GO"])),
    fails("MOD-015", "no pair", marks("59", "GO"), ("2400/SV101-3", 1), value="59"),
    fails(
        "MOD-015",
        "a pair that nothing opens",
        two(["GO"], ["XS", "GO"], "97140", "97124"),
        ("2400/SV101-3", 2),
        value="XS",
    ),
    fails(
        "MOD-015",
        "pair with another biller's line",
        marks("59", "GO", others=(other(("97537", [], 1), billing_npi="1245319599"),)),
        ("2400/SV101-3", 1),
    ),
    passes("MOD-015", "column 1", two(["59", "GO"], ["GO"], "97530", "97537")),
    passes("MOD-015", "column 2", two(["GO"], ["59", "GO"], "97530", "97537")),
    passes("MOD-015", "pair with another claim", marks("59", "GO", others=(other(("97537", [], 1)),))),
    fails("MOD-016", "by a therapist", marks("25", "GO"), ("2400/SV101-3", 1), value="25"),
    fails("MOD-016", "therapy by a physician", marks("25", "GO", **PHYSICIAN), ("2400/SV101-3", 1)),
    fails(
        "MOD-016",
        "visit by a therapist",
        case(line={1: {"modifiers": ["25"]}}, **untimed("99213")),
        ("2400/SV101-3", 1),
    ),
    passes("MOD-016", "a physician's visit", case(line={1: {"modifiers": ["25"]}}, **untimed("99213"), **PHYSICIAN)),
    passes("MOD-016", "24 is another", marks("24", "GO")),
    fails(
        "MOD-018",
        "payer wants GO first",
        marks("59", "GO", payer={"modifier_order": ("GO", "59")}),
        ("2400/SV101-3", 1),
        value="59:GO",
    ),
    passes("MOD-018", "as it wants", marks("GO", "59", payer={"modifier_order": ("GO", "59")})),
    passes(
        "MOD-018", "others stand where they like", marks("KX", "GO", "RT", "59", payer={"modifier_order": ("GO", "59")})
    ),
    passes("MOD-018", "payer without order", marks("KX", "GO", "59")),
    fails("MOD-020", "76 alone", marks("76", "GO"), ("2400/SV101-3", 1), value="76"),
    fails("MOD-020", "77 alone", marks("77", "GO"), ("2400/SV101-3", 1), value="77"),
    fails(
        "MOD-020",
        "both alone",
        marks("77", "76", "GO"),
        (("2400/SV101-3", 1), ("2400/SV101-3", 1)),
        value=("76", "77"),
    ),
    fails("MOD-020", "another code without", two(["76", "GO"], ["GO"]), ("2400/SV101-3", 1)),
    fails(
        "MOD-020",
        "another claim repeats it too",
        marks("76", "GO", others=(other(("97530", ["76", "GO"], 2)),)),
        ("2400/SV101-3", 1),
    ),
    passes("MOD-020", "the same code without", case(line={2: {"procedure_code": "97530", "modifiers": ["76", "GO"]}})),
    passes("MOD-020", "on another claim", marks("76", "GO", others=(other(("97530", ["GO"], 2)),))),
    passes(
        "MOD-020",
        "by another biller",
        marks("77", "GO", others=(other(("97530", ["GO"], 2), billing_npi="1245319599"),)),
    ),
    fails("MOD-021", "not in the table", marks("GO", "ZZ"), ("2400/SV101-3", 1), value="ZZ"),
    fails("MOD-021", "on the second line alone", two(["GO"], ["GO", "ZZ"]), ("2400/SV101-3", 2), value="ZZ"),
    passes("MOD-021", "payer's own", marks("GO", "ZZ", payer={"extra_modifiers": ("ZZ",)})),
    passes("MOD-021", "in the table", marks("59", "GO", "CO", "Q5")),
]

FUNCTION: Final = ("97530", "97537")
INTERVALS: Final = (clocked("97530", "09:00", "09:30"), clocked("97537", "09:30", "09:45", modifiers=["59"]))
BOTH_LISTS: Final = (("2400/SV101-2", None), ("2400/SV104", None))
COLUMN_2: Final = {"ncci_modifier_side": "column2"}


def line_limit(patched: pytest.MonkeyPatch) -> None:
    """The packaged table has no code with a limit by line."""
    limits = {
        "97530": UnitLimit(2, 1),
        "97535": UnitLimit(0, 1),
        "97110": UnitLimit(1, 3),
        "97112": UnitLimit(1, 1),
    }
    patched.setattr(Edits, "limits", lambda *_: limits)


PAIRS: Final = [
    fails(
        "NCC-001", "manual therapy and massage", done(("97140", 15), ("97124", 15)), ("2400/SV101-2", 2), value="97124"
    ),
    fails("NCC-001", "and the other way round", done(("97124", 15), ("97140", 15)), ("2400/SV101-2", 1), value="97124"),
    fails("NCC-001", "nothing opens it", two(["GO"], ["59", "GO"], "97140", "97124"), ("2400/SV101-2", 2)),
    fails(
        "NCC-001",
        "on another claim",
        done(("97124", 15), others=(other(("97140", ["GP"], 1), discipline=Discipline.PT),)),
        ("2400/SV101-2", 1),
    ),
    fails(
        "NCC-001",
        "column 2 is on another claim",
        done(("97140", 15), others=(other(("97124", [], 1)),)),
        ("2400/SV101-2", 1),
    ),
    fails(
        "NCC-001",
        "two levels of evaluation",
        given("97161", "97162", date_of_service="2020-10-01", **PHYSICAL),
        ("2400/SV101-2", 1),
    ),
    fails("NCC-001", "Medicaid", done(("97140", 15), ("97124", 15), coverages=MEDICAID), ("2400/SV101-2", 2)),
    fails("NCC-001", "TRICARE", done(("97140", 15), ("97124", 15), coverages=TRICARE), ("2400/SV101-2", 2)),
    passes(
        "NCC-001", "the day before the pair begins", given("97161", "97162", date_of_service="2020-09-30", **PHYSICAL)
    ),
    passes("NCC-001", "a pair that can be opened", done(*((code, 15) for code in FUNCTION))),
    passes("NCC-001", "a pair that ended", given("97161", also=(("97140", 15), ("97530", 15)), **PHYSICAL)),
    passes(
        "NCC-001", "another biller", done(("97124", 15), others=(other(("97140", [], 1), billing_npi="1245319599"),))
    ),
    passes(
        "NCC-001",
        "the other claim is the later",
        done(("97124", 15), others=(other(("97140", [], 1), came_first=False),)),
    ),
    passes("NCC-001", "payers with their own", done(("97140", 15), ("97124", 15), coverages=COMMERCIAL)),
    fails("NCC-002", "no modifier", two(["GO"], ["GO"], *FUNCTION), ("2400/SV101-3", 2), value="97537"),
    fails("NCC-002", "76 opens nothing", two(["GO"], ["76", "GO"], *FUNCTION), ("2400/SV101-3", 2)),
    fails("NCC-002", "77 neither", two(["77", "GO"], ["GO"], *FUNCTION), ("2400/SV101-3", 2)),
    fails(
        "NCC-002",
        "payer wants it on column 2",
        two(["59", "GO"], ["GO"], *FUNCTION, payer=COLUMN_2),
        ("2400/SV101-3", 2),
    ),
    fails(
        "NCC-002",
        "with a line of another claim",
        done(("97537", 15), others=(other(("97530", ["GO"], 1)),)),
        ("2400/SV101-3", 1),
    ),
    fails(
        "NCC-002",
        "the assistant's part has none",
        case(
            line={
                2: {"procedure_code": "97537", "modifiers": ["59", "GO"]},
                3: {"procedure_code": "97537", "modifiers": ["GO", "CO"]},
            }
        ),
        ("2400/SV101-3", 3),
        value="97537",
    ),
    *(
        passes("NCC-002", f"{each} on column 2", two(["GO"], [each, "GO"], *FUNCTION))
        for each in ("59", "XE", "XS", "XP", "XU", "RT", "LT", "91")
    ),
    passes("NCC-002", "on column 1, either side", two(["59", "GO"], ["GO"], *FUNCTION)),
    passes("NCC-002", "payer wants it on column 2 and has it", two(["GO"], ["59", "GO"], *FUNCTION, payer=COLUMN_2)),
    passes("NCC-002", "no pair", CLEAN),
    passes("NCC-002", "payers with their own", two(["GO"], ["GO"], *FUNCTION, coverages=COMMERCIAL)),
    fails("NCC-003", "no times", two(["GO"], ["59", "GO"], *FUNCTION), ("2400/SV101-3", 2), value="97537"),
    fails(
        "NCC-003", "a minute of overlap", done(clocked("97530", "09:00", "09:31"), INTERVALS[1]), ("2400/SV101-3", 2)
    ),
    fails(
        "NCC-003", "one of the two has times", done(INTERVALS[1], {"code": "97530", "minutes": 30}), ("2400/SV101-3", 1)
    ),
    fails(
        "NCC-003",
        "the other has times",
        done(INTERVALS[0], {"code": "97537", "minutes": 15, "modifiers": ["59"]}),
        ("2400/SV101-3", 2),
    ),
    fails(
        "NCC-003",
        "one of two intervals overlaps",
        done(clocked("97530", "09:00", "09:15"), clocked("97530", "09:40", "09:50"), INTERVALS[1]),
        ("2400/SV101-3", 2),
    ),
    passes(
        "NCC-003",
        "between two intervals",
        done(clocked("97530", "09:15", "09:30"), clocked("97530", "09:45", "10:00"), INTERVALS[1]),
    ),
    passes("NCC-003", "one after the other", done(*INTERVALS)),
    passes(
        "NCC-003",
        "two visits, of which one is not told by the clock",
        done({"code": "97537", "minutes": 15, "modifiers": ["XE"]}, others=(other(("97530", ["GO"], 1)),)),
    ),
    fails("NCC-003", "on column 1, no times", two(["59", "GO"], ["GO"], *FUNCTION), ("2400/SV101-3", 2), value="97537"),
    passes("NCC-003", "nothing opens it", two(["GO"], ["59", "GO"], "97140", "97124")),
    passes("NCC-003", "no modifier is NCC-002", two(["GO"], ["GO"], *FUNCTION)),
    fails(
        "NCC-004",
        "a pair that ended",
        done(("97530", 15), ("97116", 15), coverages=COMMERCIAL, **PHYSICAL),
        ("2400/SV101-3", 2),
        value="97116",
    ),
    fails(
        "NCC-004",
        "and the other way round",
        done(("97116", 15), ("97530", 15), coverages=COMMERCIAL, **PHYSICAL),
        ("2400/SV101-3", 1),
    ),
    fails(
        "NCC-004",
        "on column 1 it does not help",
        two(["59", "GO"], ["GO"], "97140", "97530", coverages=COMMERCIAL),
        ("2400/SV101-3", 2),
    ),
    passes("NCC-004", "59 on column 2", two(["GO"], ["59", "GO"], "97140", "97530", coverages=COMMERCIAL)),
    passes("NCC-004", "Medicare dropped it", done(("97140", 15), ("97530", 15))),
    passes(
        "NCC-004",
        "payer that keeps no old pairs",
        done(("97140", 15), ("97530", 15), coverages=COMMERCIAL, payer={"old_pairs": False}),
    ),
    passes("NCC-004", "no pair", done(("97110", 15), ("97140", 15), coverages=COMMERCIAL)),
    fails("NCC-005", "neither list covers the day", CLEAN, BOTH_LISTS, value=("2026-11-16", "2026-11-16")),
    fails("NCC-005", "limits alone do not", done(("97530", 15), date_of_service="2026-09-30"), (("2400/SV104", None),)),
    fails("NCC-005", "before the first", done(("97530", 15), date_of_service="2024-06-30"), BOTH_LISTS),
    passes("NCC-005", "the last day of both", done(("97530", 15), date_of_service="2026-06-30")),
    passes("NCC-005", "the first day of both", done(("97530", 15), date_of_service="2024-07-01")),
    passes("NCC-005", "payers with their own", done(("97530", 15), coverages=COMMERCIAL)),
    fails("MUE-001", "two evaluations", given({"code": "97165", "count": 2}), ("2400/SV104", 1), value="2"),
    fails(
        "MUE-001", "one here and one there", given("97165", others=(other(("97165", ["GO"], 1)),)), ("2400/SV104", 1)
    ),
    fails(
        "MUE-001",
        "over two lines",
        case(line={n: {"procedure_code": "20560", "units": 1} for n in (1, 3)}),
        ("2400/SV104", 1),
    ),
    passes("MUE-001", "one", given("97165")),
    passes(
        "MUE-001",
        "one here, another biller's there",
        given("97165", others=(other(("97165", [], 1), billing_npi="1245319599"),)),
    ),
    passes(
        "MUE-001", "one here, a later one there", given("97165", others=(other(("97165", [], 1), came_first=False),))
    ),
    passes("MUE-001", "clinical limit is MUE-002", done(("97530", 105))),
    passes("MUE-001", "payers with their own", given({"code": "97165", "count": 2}, coverages=COMMERCIAL)),
    fails("MUE-002", "7 of 6", done(("97530", 105)), ("2400/SV104", 1), value="7"),
    fails(
        "MUE-002",
        "5 here and 2 there",
        done(("97530", 75), others=(other(("97530", ["GP"], 2)),)),
        ("2400/SV104", 1),
        value="7",
    ),
    fails("MUE-002", "7 of 6 on the second line", done(("97110", 15), ("97530", 105)), ("2400/SV104", 2), value="7"),
    passes("MUE-002", "6 of 6", done(("97530", 90))),
    passes("MUE-002", "5 here and 1 there", done(("97530", 75), others=(other(("97530", ["GP"], 1)),))),
    passes("MUE-002", "0 is MUE-004", given("97010")),
    passes("MUE-002", "payers with their own", done(("97530", 105), coverages=COMMERCIAL)),
    fails(
        "MUE-003", "3 of 2 on a line", billed({1: 3}, ("97530", 45)), ("2400/SV104", 1), value="3", set_up=line_limit
    ),
    fails("MUE-003", "2 of 1 on a line", done(("97112", 30)), ("2400/SV104", 1), value="2", set_up=line_limit),
    passes("MUE-003", "2 of 2 on a line", done(("97530", 30)), set_up=line_limit),
    passes(
        "MUE-003", "2 on each of two lines", case(line={2: {"procedure_code": "97530", "units": 2}}), set_up=line_limit
    ),
    passes("MUE-003", "a limit of 0 is MUE-004", done(("97535", 15)), set_up=line_limit),
    passes("MUE-003", "a limit of another kind", done(("97110", 60)), set_up=line_limit),
    passes("MUE-003", "no such code in the packaged table", done(("97530", 135))),
    fails("MUE-004", "never payable", given("97169", also=(("97530", 15),)), ("2400/SV101-2", 2), value="97169"),
    fails("MUE-004", "beside one that LIN-003 catches", given("97010", "97170"), ("2400/SV101-2", 2), value="97170"),
    passes("MUE-004", "LIN-002 catches it", given("97014")),
    passes("MUE-004", "LIN-003 catches it", given("97010")),
    passes("MUE-004", "a limit of 1", given("97150")),
    passes("MUE-004", "no rule of other payers", given("97169", coverages=TRICARE)),
]

ROWS: Final[list[Row]] = [*LINES, *UNITS, *MODIFIERS, *PAIRS]


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_rule(row: Row, monkeypatch: pytest.MonkeyPatch) -> None:
    """The rule says what the catalog's condition says."""
    if row.set_up:
        row.set_up(monkeypatch)
    check(row)


def test_ot_has_a_threshold_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """The packaged table has the same dollars for both in every year: here 1,000 for OT, 2,000 for PT and speech."""
    table = [{"year": "2026", "ot": "1000", "pt_slp_combined": "2000", "targeted_medical_review": "3000"}]
    monkeypatch.setattr(modifiers, "rows", lambda _: table)
    monkeypatch.setattr(modifiers, "_thresholds", modifiers._thresholds.__wrapped__)
    (found,) = alone("MOD-008", accrued(93001))
    assert found.message.endswith(": $1,000.01 of $1,000.00 this year with this line")
    assert alone("MOD-008", accrued(93000)) == []
    physical = PHYSICAL | {"line": {1: {"modifiers": ["GP"]}}}
    (found,) = alone("MOD-008", accrued(193001, **physical))
    assert found.message.endswith(": $2,000.01 of $2,000.00 this year with this line")
    assert alone("MOD-008", accrued(193000, **physical)) == []
    (found,) = alone("MOD-010", accrued(293001, "KX"))
    assert found.message.endswith(": $3,000.01, review above $3,000.00")


BESIDE: Final = other(("97530", ["GO"], 1))
SAID: Final = [
    ("MOD-001", marks("GO", "595"), "595 is not valid", ["take 595 out of modifiers of 97530"]),
    ("MOD-001", marks("GO", "59", "GO"), "GO stands twice", ["take GO out of modifiers of 97530"]),
    ("MOD-001", marks("59", "GO", "CO", "KX", "RT"), "RT is the fifth", ["take RT out of modifiers of 97530"]),
    ("MOD-004", marks("59", "GP"), "GP on a line of OT", ["leave only GO on 97530", "correct discipline"]),
    (
        "MOD-005",
        case(line={3: {"modifiers": ["GO"]}}),
        "97110: 1 unit by an assistant, 0 marked",
        ["add CO to 1 unit of 97110"],
    ),
    (
        "MOD-005",
        case(
            line={1: {"modifiers": ["GP"]}},
            **timed({"code": "97530", "minutes": 30, "performer": "assistant"}),
            **PHYSICAL,
        ),
        "97530: 2 units by an assistant, 0 marked",
        ["add CQ to 2 units of 97530"],
    ),
    (
        "MOD-007",
        case(line={1: {"modifiers": ["GO", "CO"]}}, **timed(("97530", 30))),
        "97530: 2 units marked, 0 by an assistant",
        ["take CQ or CO off 2 units of 97530"],
    ),
    (
        "MOD-012",
        marks("GO", "GA", coverages=ADVANTAGE),
        "GA",
        ["take GA out of modifiers of 97530; ask the plan for a pre-determination"],
    ),
    (
        "UNT-001",
        billed({1: 3}, ("97110", 37)),
        "3 units, 37 minutes earn 2",
        ["correct the minutes of the timed services"],
    ),
    (
        "UNT-001",
        billed({1: 3}, ("97110", 22), others=(MORNING,)),
        "4 units, 44 minutes earn 3 with 1 other visit of the day",
        ["correct the minutes of the timed services", "put the visits of the day into one"],
    ),
    (
        "UNT-002",
        case(line={1: {"procedure_code": "97112", "units": 2}}, **timed(("97110", 30))),
        "97112: 2 units, 0 minutes",
        ["correct the minutes of 97112"],
    ),
    (
        "UNT-004",
        case(line={1: {"procedure_code": "97112", "units": 1}}, **timed(("97110", 15)), **SHORT),
        "97112: 1 unit, 0 minutes earn 0",
        ["correct the minutes of 97112"],
    ),
    (
        "UNT-005",
        given({"code": "97110", "count": 2}, also=(("97110", 4), ("97530", 26))),
        "97110 is counted 2 times; its minutes earn 0",
        ["correct the minutes of 97110", "take 97110 out of untimed"],
    ),
    ("UNT-013", billed({1: 2}, ("97110", 38)), "2 units billed, 3 earned", ["bill the units earned"]),
    (
        "UNT-013",
        done(("97110", 22), others=(MORNING,)),
        "1 unit billed, 2 earned, with 1 other visit of the day",
        ["bill the units earned"],
    ),
    (
        "UNT-013",
        billed({1: 1, 2: 2}, ("97530", 30), ("97110", 15)),
        "3 units billed, 3 earned; too few of 97530",
        ["bill the units earned"],
    ),
    (
        "NCC-001",
        done(("97140", 15), ("97124", 15)),
        "97124 beside 97140",
        ["take 97124 out of the visit", "take 97140 out of the visit"],
    ),
    (
        "NCC-001",
        done(("97124", 15), others=(other(("97140", ["GO"], 1)),)),
        "97124 beside 97140 of another claim of the day",
        ["take 97124 out of the visit"],
    ),
    (
        "NCC-001",
        done(("97140", 15), others=(other(("97124", ["GO"], 1)),)),
        "97124 beside 97140 of another claim of the day",
        ["take 97140 out of the visit"],
    ),
    (
        "NCC-002",
        two(["GO"], ["GO"], *FUNCTION),
        "97537 beside 97530",
        [
            "add 59 to modifiers of 97537 if documented as separate",
            "take 97537 out of the visit",
            "take 97530 out of the visit",
        ],
    ),
    (
        "NCC-002",
        done(("97537", 15), others=(BESIDE,)),
        "97537 beside 97530 of another claim of the day",
        [
            "add XE to modifiers of 97537 if documented as separate: 97530 is of another visit of the day",
            "take 97537 out of the visit",
        ],
    ),
    (
        "NCC-002",
        done(("97537", 15), others=(replace(BESIDE, rendering_npi="1245319599"),)),
        "97537 beside 97530 of another claim of the day",
        [
            "add XP to modifiers of 97537 if documented as separate: another therapist gave 97530",
            "take 97537 out of the visit",
        ],
    ),
    (
        "NCC-002",
        done(("97537", 15), others=(BESIDE,), coverages=MEDICAID),
        "97537 beside 97530 of another claim of the day",
        ["add 59 to modifiers of 97537 if documented as separate", "take 97537 out of the visit"],
    ),
    (
        "NCC-002",
        done(clocked("97530", "09:00", "09:30"), clocked("97537", "09:30", "09:45")),
        "97537 beside 97530",
        [
            "add 59 to modifiers of 97537: its time and that of 97530 do not overlap",
            "take 97537 out of the visit",
            "take 97530 out of the visit",
        ],
    ),
    (
        "NCC-002",
        done(clocked("97530", "09:00", "09:31"), clocked("97537", "09:30", "09:45")),
        "97537 beside 97530",
        ["take 97537 out of the visit", "take 97530 out of the visit"],
    ),
    (
        "NCC-003",
        two(["GO"], ["59", "GO"], *FUNCTION),
        "97537 beside 97530, their times are not recorded",
        ["give start and stop of 97530 and 97537"],
    ),
    (
        "NCC-003",
        done(clocked("97530", "09:00", "09:31"), INTERVALS[1]),
        "97537 beside 97530, their times overlap",
        ["give start and stop of 97530 and 97537"],
    ),
]


@pytest.mark.parametrize(("rule", "looked_at", "detail", "fixes"), SAID)
def test_what_a_biller_reads(rule: str, looked_at: Case, detail: str, fixes: list[str]) -> None:
    """What is wrong in numbers and names, and every way out that the visit itself has."""
    (found,) = alone(rule, looked_at)
    assert found.message.endswith(f": {detail}")
    assert found.fixes == fixes
