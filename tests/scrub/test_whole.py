"""Scrubber: what holds for all rules at once. No rule without cases, no patient in a finding, every fix works."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Any, Final

import pytest

from claimloom.scrub import RULES, WRITER, scrub
from claimloom.scrub.subscriber import NO_NAMES
from schemas.claim import Finding, Severity
from schemas.fields import in_plain_words
from tests.scrub import test_assembly, test_claim, test_diagnoses, test_monitoring, test_people, test_services
from tests.scrub.test_rules import (
    ADVANTAGE,
    ALL_AUTHORIZED,
    BASE,
    COMMERCIAL,
    STREET,
    Row,
    alone,
    biller,
    case,
    clinic,
    covered,
    patient,
    therapist,
    timed,
    untimed,
)

ROWS: Final[list[Row]] = [
    *test_assembly.ROWS,
    *test_claim.ROWS,
    *test_diagnoses.ROWS,
    *test_monitoring.ROWS,
    *test_people.ROWS,
    *test_services.ROWS,
]
FAILING: Final = [row for row in ROWS if row.kind == "fails"]
NEVER_EVALUATED: Final[frozenset[str]] = frozenset()


def rules_with(*kinds: str) -> set[str]:
    """Rules with a case of one of these kinds."""
    return {row.rule for row in ROWS if row.kind in kinds}


def test_every_rule_has_a_failing_case() -> None:
    """No rule may be left out."""
    assert set(RULES) - rules_with("fails") == NEVER_EVALUATED


def test_every_rule_has_a_passing_case() -> None:
    """No rule may be left out."""
    assert set(RULES) - rules_with("passes") == NEVER_EVALUATED


def test_rules_without_data_wait() -> None:
    """Switched on, and honest about it."""
    assert rules_with("waits") >= NEVER_EVALUATED


def test_tables_are_of_rules_and_say_each_case_once() -> None:
    """A row of a rule that is gone, or of a case that stands twice, shows."""
    names = [str(row) for row in ROWS]
    assert {row.rule for row in ROWS} <= set(RULES)
    assert sorted(names) == sorted(set(names))


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_a_rule_is_about_all_that_it_can_fail_on(row: Row, monkeypatch: pytest.MonkeyPatch) -> None:
    """A claim without the codes and modifiers that a rule is about is not shown to it: it has nothing to say of one."""
    if row.set_up:
        row.set_up(monkeypatch)
    for rule in RULES.values():
        if rule.about and rule.about.isdisjoint(row.case.written):
            assert list(rule.check(row.case)) == []


def texts(finding: Finding) -> str:
    """All that a finding says."""
    return " | ".join((finding.message, finding.where, finding.value, *finding.fixes))


def secrets(row: Row) -> Iterator[str]:
    """Names, member id and birth dates of the case, as they could be written."""
    claim = row.case.claim
    people = [claim.patient, *([claim.coverage.subscriber] if claim.coverage.subscriber else [])]
    for person in people:
        yield from (person.name.last, person.name.first, person.name.middle)
        if person.birth_date:
            yield from (person.birth_date.isoformat(), f"{person.birth_date:%Y%m%d}", f"{person.birth_date:%m/%d/%Y}")
    yield claim.coverage.member_id


@pytest.mark.parametrize("row", FAILING, ids=str)
def test_no_finding_tells_who_the_patient_is(row: Row, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not the failing rule's findings, nor those of any other rule on the same case."""
    if row.set_up:
        row.set_up(monkeypatch)
    found = " | ".join(texts(each) for each in (*alone(row.rule, row.case), *scrub(row.case).findings))
    # One character and a filler are no names, and somebody may be born on the day of the visit.
    harmless = NO_NAMES | {row.case.day.isoformat()}
    told = [each for each in secrets(row) if len(each) > 1 and each.upper() not in harmless]
    pattern = [rf"(?<!\w){re.escape(each)}(?!\w)" for each in told]
    assert not [each for each in pattern if re.search(each, found, re.IGNORECASE)]


@pytest.mark.parametrize("row", FAILING, ids=str)
def test_the_whole_scrubber_agrees(row: Row, monkeypatch: pytest.MonkeyPatch) -> None:
    """In company the rule says the same as alone, unless one that it waits for has failed; twice the same."""
    if row.set_up:
        row.set_up(monkeypatch)
    scrubbed = scrub(row.case)
    assert scrubbed == scrub(row.case)
    mine = [each for each in scrubbed.findings if each.code == row.rule]
    failed = {each.code for each in scrubbed.findings if each.severity is Severity.ERROR}
    if failed & set(RULES[row.rule].after):
        assert [each.severity for each in mine] == [Severity.NOT_EVALUATED]
    else:
        told = {each.where for each in scrubbed.findings if each.code != WRITER and each.severity is Severity.ERROR}
        # What the writer says of a place that another rule has told of is left out.
        left_out = told if row.rule == WRITER else set()
        assert mine == [each for each in alone(row.rule, row.case) if each.where not in left_out]
    assert (scrubbed.verdict == "held") == bool(failed)
    errors = [each for each in scrubbed.findings if each.severity is Severity.ERROR]
    assert all(set(each.fixes) & set(scrubbed.smallest_fix) for each in errors)


Change = dict[str, Any]
PLAN: Final = {"start": "2026-10-16", "first_treatment": "2026-10-21"}
SIGNED: Final = {"signed_at": "2026-11-16T18:00:00", "signed_by_npi": "1679576722"}
ELSEWHERE: Final = {"line1": "9 ELM ST", "city": "SPRINGFIELD", "state": "IL", "zip": "627040009"}

# Rule, what is wrong with the session, the fix that the finding names, and the session after it.
FIXES: Final[list[tuple[str, Change, str, Change]]] = [
    (
        "ENV-003",
        {"authorization": {"number": "A*1"}},
        "take U+002A out of authorization.number",
        {"authorization": {"number": "A1"}},
    ),
    (
        "PRV-002",
        {"therapist": therapist(npi="1679576723")},
        "correct therapist.npi; its last digit is a check digit",
        {"therapist": therapist(npi="1679576722")},
    ),
    (
        "PRV-004",
        {"billing_provider": biller(tax_id_type="SY")},
        "set billing_provider.tax_id_type to EI",
        {"billing_provider": biller(tax_id_type="EI")},
    ),
    (
        "PRV-006",
        {"billing_provider": biller(address=STREET | {"line1": "PO BOX 1"})},
        "put a street address into billing_provider.address and the PO box into billing_provider.pay_to_address",
        {"billing_provider": biller(address=STREET, pay_to_address=STREET | {"line1": "PO BOX 1"})},
    ),
    (
        "PRV-007",
        {"clinic": clinic(address=ELSEWHERE | {"zip": "62704"})},
        "give clinic.address.zip all nine digits",
        {"clinic": clinic(address=ELSEWHERE)},
    ),
    (
        "PRV-010",
        {"discipline": "PT"},
        "correct discipline",
        {"discipline": "OT"},
    ),
    (
        "PRV-022",
        {"place_of_service": "12"},
        "put the address of the visit into clinic.address",
        {"place_of_service": "12", "clinic": clinic(address=ELSEWHERE)},
    ),
    (
        "REF-001",
        {"referring_provider": None},
        "fill referring_provider with name and NPI of who certified the plan",
        {"referring_provider": {"name": {"last": "SMITH", "first": "ALAN"}, "npi": "1245319599"}},
    ),
    (
        "SUB-002",
        {"coverages": covered(member_id="1EG4/TE5/MK73")},
        "correct coverages.0.member_id: the 11 characters of the card, no dashes",
        {"coverages": covered(member_id="1EG4TE5MK73")},
    ),
    (
        "SUB-004",
        {"patient": patient(birth_date="2050-01-15")},
        "correct patient.birth_date",
        {"patient": patient(birth_date="1950-01-15")},
    ),
    (
        "SUB-008",
        {"coverages": covered(relationship="01", subscriber={"name": {"last": "POE", "first": "SAM"}})},
        "set coverages.0.relationship to 18 and drop its subscriber",
        {"coverages": covered(relationship="18", subscriber=None)},
    ),
    (
        "PYR-002",
        {"coverages": covered(filing_indicator="CI")},
        "set coverages.0.filing_indicator to MB",
        {"coverages": covered(filing_indicator="MB")},
    ),
    (
        "CLM-004",
        {"place_of_service": "30"},
        "set place_of_service: 11 office, 12 home, 10 telehealth",
        {"place_of_service": "11"},
    ),
    (
        "CLM-011",
        {"accident": {"related": ["OA"]}},
        "fill accident.accident_date",
        {"accident": {"related": ["OA"], "accident_date": "2026-11-01"}},
    ),
    ("CLM-014", {"patient_paid_cents": 99999}, "correct patient_paid_cents", {"patient_paid_cents": 2000}),
    (
        "CLM-017",
        untimed("97799"),
        "fill description of 97799",
        untimed({"code": "97799", "description": "CUPPING"}),
    ),
    (
        "CLM-018",
        {"note": {"signed_by_npi": "1679576722"}},
        "have the note signed and fill note.signed_at",
        {"note": SIGNED},
    ),
    (
        "DAT-002",
        {"date_of_service": "2026-12-16"},
        "correct date_of_service",
        {"date_of_service": "2026-11-16"},
    ),
    ("DX-003", {"diagnoses": ["KNEE!", "M62.81"]}, "correct diagnoses.0", {"diagnoses": ["M25.511", "M62.81"]}),
    (
        "DX-004",
        {"diagnoses": ["M25.511", "M62.81", "M25.511"]},
        "take out diagnoses.2 and adjust the pointers",
        {"diagnoses": ["M25.511", "M62.81"]},
    ),
    (
        "DX-006",
        {"diagnoses": ["W19.XXXD", "M25.511"]},
        "put the condition treated first in diagnoses",
        {"diagnoses": ["M25.511", "W19.XXXD"]},
    ),
    ("LIN-002", untimed("97014"), "replace 97014 by G0283", untimed("G0283")),
    (
        "LIN-003",
        untimed("97010", also=[("97530", 15)]),
        "take 97010 out of the visit",
        timed(("97530", 15)),
    ),
    (
        "LIN-012",
        untimed({"code": "97165", "performer": "assistant"}),
        "correct performer of 97165 to therapist, or take it out of the visit",
        untimed({"code": "97165", "performer": "therapist"}),
    ),
    ("LIN-013", untimed("97165", "97168"), "take 97168 out of the visit", untimed("97165")),
    (
        "UNT-006",
        untimed({"code": "97150", "count": 2}),
        "set count of 97150 to 1",
        untimed({"code": "97150", "count": 1}),
    ),
    (
        "MOD-008",
        {"rates": [7000], "used": 248000, **timed(("97110", 15))},
        "add KX to modifiers of 97110 if documentation supports necessity",
        {"rates": [7000], "used": 248000, **timed({"code": "97110", "minutes": 15, "modifiers": ["KX"]})},
    ),
    (
        "MOD-014",
        timed({"code": "97530", "minutes": 15, "modifiers": ["59", "XU"]}),
        "leave one of 59, XU on 97530",
        timed({"code": "97530", "minutes": 15, "modifiers": ["XU"]}),
    ),
    (
        "NCC-001",
        timed(("97140", 15), ("97124", 15)),
        "take 97124 out of the visit",
        timed(("97140", 15)),
    ),
    (
        "NCC-002",
        timed(("97530", 15), ("97537", 15)),
        "add 59 to modifiers of 97537 if documented as separate",
        timed(("97530", 15), {"code": "97537", "minutes": 15, "modifiers": ["59"]}),
    ),
    (
        "POC-002",
        {"as_of": date(2026, 11, 21), "plan_of_care": PLAN},
        "get the plan signed, document the delay and set plan_of_care.delayed_certification",
        {"as_of": date(2026, 11, 21), "plan_of_care": PLAN | {"delayed_certification": True}},
    ),
    (
        "AUT-001",
        {"coverages": ALL_AUTHORIZED},
        "fill authorization.number",
        {"coverages": ALL_AUTHORIZED, "authorization": {"number": "A1"}},
    ),
    (
        "MOD-012",
        {"coverages": ADVANTAGE, **timed({"code": "97530", "minutes": 15, "modifiers": ["GA"]})},
        "take GA out of modifiers of 97530; ask the plan for a pre-determination",
        {"coverages": ADVANTAGE, **timed({"code": "97530", "minutes": 15})},
    ),
    (
        "TEL-001",
        {"mode": "telehealth"},
        "set place_of_service to 10",
        {"mode": "telehealth", "place_of_service": "10"},
    ),
    (
        "TEL-005",
        {"mode": "telehealth", "place_of_service": "10", **timed(("97140", 15), ("97530", 15))},
        "take 97140 out of the visit",
        {"mode": "telehealth", "place_of_service": "10", **timed(("97530", 15))},
    ),
]


@pytest.mark.parametrize(("rule", "broken", "fix", "mended"), FIXES, ids=[each[0] for each in FIXES])
def test_the_named_fix_frees_the_claim(rule: str, broken: Change, fix: str, mended: Change) -> None:
    """Done to the session, the rule has nothing more to say, and no rule holds the claim that did not before."""
    assert RULES[rule].severity is Severity.ERROR
    before, after = case(**broken), case(**mended)
    found = alone(rule, before)
    assert found
    assert all(each.severity is Severity.ERROR for each in found)
    assert any(in_plain_words(fix) in each.fixes for each in found), [each.fixes for each in found]
    assert alone(rule, after) == []
    held = [{each.code for each in scrub(one).findings if each.severity is Severity.ERROR} for one in (before, after)]
    assert held[1] <= held[0] - {rule}


def test_enough_rules_have_their_fix_tried() -> None:
    """Of errors, one each at least for a dozen rules."""
    assert len({each[0] for each in FIXES}) >= 12


def test_the_smallest_change_of_several_faults() -> None:
    """Each fault of its own needs its own change; what one change settles is named once."""
    broken = case(
        coverages=COMMERCIAL,
        mode="telehealth",
        patient=patient(name={"last": "TEST", "first": "JANE"}),
        place_of_service="10",
        **timed(("97140", 15), ("97530", 15)),
    )
    assert scrub(broken).smallest_fix == ["correct the patient's name (patient.name)", "take 97140 out of the visit"]


def test_the_patient_of_the_tables_is_invented() -> None:
    """Everything is derived from one made-up visit."""
    assert (BASE.patient.name.last, BASE.patient.name.first) == ("DOE", "JANE")
