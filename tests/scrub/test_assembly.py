"""Scrubber tables: what comes together on a claim: several people, other payers, compensation, evaluations."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

import pytest

from claimloom.scrub.case import Case, Clocked
from schemas.claim import Severity
from schemas.values import Discipline
from tests.scrub.test_rules import (
    BASE,
    CLEAN,
    COMMERCIAL,
    COMPENSATION,
    TRICARE,
    Row,
    alone,
    case,
    check,
    clocked,
    covered,
    fails,
    other,
    passes,
    therapist,
    timed,
    untimed,
    waits,
)

WARN: Final = Severity.WARN
SECOND: Final = {"name": {"last": "STONE", "first": "ANA"}, "npi": "1245319599", "taxonomy": "225X00000X"}
EARLIER: Final = other(("97140", ["GO"], 1))
SURGEON: Final = {"name": {"last": "SMITH", "first": "ALAN"}, "npi": "1245319599"}


def sent_by(last: str, first: str = "") -> Case:
    """Referred by one of this name."""
    return case(referring_provider=SURGEON | {"name": {"last": last, "first": first}})


def treated_by(*minutes: int, **who: Any) -> Case:
    """A code in two parts, the second by another therapist."""
    first, second = minutes
    return case(
        **timed({"code": "97530", "minutes": first}, {"code": "97530", "minutes": second, "therapist": SECOND | who})
    )


def splint(**who: Any) -> Case:
    """A splint that somebody ordered."""
    return case(**untimed({"code": "29125", "ordering_provider": SURGEON | who}))


def also_insured(*more: dict[str, Any]) -> Case:
    """With further insurances."""
    return case(coverages=[*covered(), *more])


PEOPLE: Final = [
    *(
        fails("PRV-019", firm, sent_by(firm), "2310A/NM102")
        for firm in ("RIVER ORTHOPEDICS LLC", "St. Mary's Hospital", "VALLEY MEDICAL GROUP", "SMITH, M.D., P.C.")
    ),
    fails("PRV-019", "one name", sent_by("SUKARNO"), "2310A/NM102", severity=WARN),
    fails(
        "PRV-019",
        "supervised by a clinic",
        case(supervising_provider=SURGEON | {"name": {"last": "RIVER CLINIC"}}),
        "2310D/NM102",
    ),
    fails("PRV-019", "ordered by a firm", splint(name={"last": "HAND CENTER INC"}), ("2420E/NM102", 1)),
    passes("PRV-019", "a person", CLEAN),
    passes("PRV-019", "a person named Group", sent_by("GROUP", "ANA")),
    passes("PRV-019", "nobody", case(referring_provider=None)),
    fails("PRV-002", "second therapist", treated_by(30, 30, npi="1245319598"), ("2420A/NM109", None)),
    fails("PRV-002", "who ordered", splint(npi="1245319598"), "2420E/NM109"),
    fails("PRV-002", "supervising", case(supervising_provider=SURGEON | {"npi": "1245319598"}), "2310D/NM109"),
    passes("PRV-002", "two therapists", treated_by(30, 30)),
    fails("PRV-010", "second therapist is a PT", treated_by(30, 30, taxonomy="225100000X"), ("2420A/PRV03", 2)),
    passes("PRV-010", "both are OTs", treated_by(30, 30)),
    fails("PRV-014", "second is an assistant", treated_by(30, 30, taxonomy="224Z00000X"), ("2420A/PRV03", 2)),
    passes("PRV-014", "both are therapists", treated_by(30, 30)),
    passes("UNT-009", "one code by two therapists", treated_by(30, 30)),
    fails("CLM-021", "the second therapist's minutes earn nothing", treated_by(30, 3), "2420", value="1245319599"),
    passes("CLM-021", "two therapists on lines of their own", treated_by(30, 30)),
    fails(
        "CLM-021",
        "second insurance without a number",
        also_insured(COMMERCIAL[0] | {"member_id": " "}),
        "2320/SBR",
        value="99999",
    ),
    passes("CLM-021", "second insurance with its number", also_insured(COMMERCIAL[0])),
    passes(
        "PRV-008",
        "a patient who lives in Berlin, whose code is one of Manhattan",
        case(
            patient=CLEAN.session.patient.model_dump(mode="json")
            | {"address": {"line1": "INVALIDENSTR 1", "city": "BERLIN", "zip": "10115", "country": "DE"}}
        ),
    ),
]


def injured(*related: str, indicator: str = "WC", payer: dict[str, Any] | None = None, **changes: Any) -> Case:
    """Paid for by workers' compensation or auto insurance; the employer holds the policy."""
    holder = {"relationship": "20", "subscriber": {"name": {"last": "EXAMPLE WAREHOUSE 24 INC"}}}
    own = {} if indicator == "AM" else holder
    accident = {"related": list(related), "accident_date": "2026-10-01", "claim_number": "WC1"} if related else None
    return case(
        coverages=[COMPENSATION[0] | own | {"filing_indicator": indicator} | changes], payer=payer, accident=accident
    )


def veteran(indicator: str = "VA", **changes: Any) -> Case:
    """Sent by VA into the community."""
    return case(coverages=[TRICARE[0] | {"filing_indicator": indicator}], **changes)


ONE_A_DAY: Final = {"one_claim_a_day": True}
COMPENSATED: Final = [
    fails(
        "SUB-017",
        "the worker holds the policy",
        injured("EM", relationship="18", subscriber=None),
        "2010BA/NM102",
        value="18",
    ),
    passes("SUB-017", "a household's employer", injured("EM", subscriber={"name": {"last": "POE", "first": "SAM"}})),
    passes("SUB-017", "the employer holds it", injured("EM")),
    passes(
        "SUB-017",
        "a payer that wants the worker",
        injured("EM", relationship="18", subscriber=None, payer={"employer_is_subscriber": False}),
    ),
    passes("SUB-017", "auto insurance is the patient's", injured("AA", indicator="AM")),
    fails("CLM-022", "compensation without a cause", injured(), "2300/CLM11-1", value="WC"),
    fails("CLM-022", "compensation for a car", injured("AA"), "2300/CLM11-1"),
    fails("CLM-022", "auto without a car", injured("OA", indicator="AM"), "2300/CLM11-1", value="AM"),
    passes("CLM-022", "compensation for a car at work", injured("AA", "EM")),
    passes("CLM-022", "auto", injured("AA", indicator="AM")),
    passes("CLM-022", "liability for a fall", injured("OA", indicator="LM")),
    passes("CLM-022", "no rule of other payers", case(coverages=COMMERCIAL)),
    fails("REF-005", "no referral of VA", veteran(), "2300/REF*9F", value="VA"),
    passes("REF-005", "its number as referral", veteran(referral_number="VA0012345")),
    passes("REF-005", "its number as authorization", veteran(authorization={"number": "VA0012345"})),
    passes("REF-005", "TRICARE is another", veteran("CH")),
    passes("PYR-002", "VA beside TRICARE", veteran()),
    fails("CLM-023", "an earlier visit of the day", case(payer=ONE_A_DAY, others=(EARLIER,)), "2300/CLM01"),
    passes("CLM-023", "a payer that takes both", case(others=(EARLIER,))),
    passes("CLM-023", "the later of the two", case(payer=ONE_A_DAY, others=(replace(EARLIER, came_first=False),))),
    passes(
        "CLM-023", "another discipline", case(payer=ONE_A_DAY, others=(replace(EARLIER, discipline=Discipline.PT),))
    ),
    passes("CLM-023", "another payer", case(payer=ONE_A_DAY, others=(replace(EARLIER, payer_id="99999"),))),
]


def benefit(*modifiers: str, plan: str = "habilitative", payer: str = "required", **changes: Any) -> Case:
    """A line with these modifiers under a plan of care."""
    return case(
        **timed({"code": "97530", "minutes": 15, "modifiers": list(modifiers)}),
        payer={"hab_modifier": payer},
        coverages=COMMERCIAL,
        plan_of_care={"start": "2026-10-16", "benefit_class": plan} if plan else None,
        **changes,
    )


def marked(*modifiers: str, code: str = "97530") -> Case:
    """A line with these modifiers."""
    return case(**timed({"code": code, "minutes": 15, "modifiers": list(modifiers)}))


MARK: Final = ("2400/SV101-3", 1)
MORE: Final = {"code": "97530", "minutes": 15, "modifiers": ["22"]}
EVALUATED_LONGER: Final = {"code": "97165", "modifiers": ["22"]}
RECORD: Final = {"report_type": "PN", "transmission": "AA"}
MARKS: Final = [
    fails("MOD-017", "neither", benefit(), MARK),
    fails("MOD-017", "97 under a habilitative plan", benefit("97"), MARK, value="97"),
    fails("MOD-017", "96 under a rehabilitative plan", benefit("96", plan="rehabilitative"), MARK, value="96"),
    passes("MOD-017", "96 under a habilitative plan", benefit("96")),
    passes("MOD-017", "none where it is not asked for", benefit(payer="accepted")),
    passes("MOD-017", "no rule of other payers", marked("97")),
    waits("MOD-017", "under which plan?", benefit("96", plan="")),
    *(
        fails("MOD-023", ":".join(pair), marked(*pair), MARK, value=":".join(pair))
        for pair in (("96", "97"), ("76", "77"), ("LT", "RT"), ("U5", "UB"), ("TF", "TG"), ("Q5", "Q6"))
    ),
    *(
        passes("MOD-023", ":".join(pair), marked(*pair))
        for pair in (("96", "KX"), ("76", "RT"), ("59", "LT"), ("F1", "LT"))
    ),
    passes(
        "MOD-023",
        "right and left on two lines",
        case(
            **timed(
                {"code": "97530", "minutes": 15, "modifiers": ["RT"]},
                {"code": "97530", "minutes": 15, "modifiers": ["LT"]},
            )
        ),
    ),
    fails("MOD-024", "a timed code", marked("52"), MARK, value="52"),
    passes("MOD-024", "a service by count", case(**untimed({"code": "97165", "modifiers": ["52"]}))),
    passes("MOD-024", "another modifier", marked("59")),
    fails("MOD-025", "a timed code", marked("22"), MARK, value="22"),
    fails("MOD-025", "a timed code, with a record", case(**timed(MORE), attachments=[RECORD]), MARK),
    fails("MOD-025", "by count, without a record", case(**untimed(EVALUATED_LONGER)), MARK),
    passes("MOD-025", "by count, with a record", case(**untimed(EVALUATED_LONGER), attachments=[RECORD])),
    passes("MOD-025", "another modifier", marked("59")),
    fails("MOD-026", "expected to be denied", marked("GZ"), MARK, value="GZ"),
    passes("MOD-026", "with a notice", marked("GA")),
]


def evaluated(code: str, discipline: str = "PT", **facts: Any) -> Case:
    """An evaluation that found this."""
    seen = therapist(taxonomy="225100000X") if discipline == "PT" else BASE.therapist.model_dump()
    return case(
        discipline=discipline, therapist=seen, **untimed({"code": code, "evaluation": facts} if facts else code)
    )


HIGH: Final = {"personal_factors": 3, "elements_examined": 4, "presentation": "unstable", "decision_making": "high"}
HIGH_OT: Final = {"history": "extensive", "performance_deficits": 5, "comorbidities": True, "decision_making": "high"}
LEVEL: Final = ("2400/SV101-2", 1)
EVALUATIONS: Final = [
    *(
        fails("LIN-018", f"high, {name} {value}", evaluated("97163", **HIGH | {name: value}), LEVEL, value="97163")
        for name, value in (
            ("personal_factors", 2),
            ("elements_examined", 3),
            ("presentation", "evolving"),
            ("decision_making", "moderate"),
        )
    ),
    *(
        fails("LIN-018", f"high OT, {name} {value}", evaluated("97167", "OT", **HIGH_OT | {name: value}), LEVEL)
        for name, value in (
            ("history", "expanded"),
            ("performance_deficits", 4),
            ("comorbidities", False),
            ("decision_making", "moderate"),
        )
    ),
    fails("LIN-018", "moderate, no factor", evaluated("97162", personal_factors=0), LEVEL),
    fails("LIN-018", "moderate, two elements", evaluated("97162", elements_examined=2), LEVEL),
    fails("LIN-018", "moderate, two deficits", evaluated("97166", "OT", performance_deficits=2), LEVEL),
    fails("LIN-018", "low, nothing examined", evaluated("97161", elements_examined=0), LEVEL),
    passes("LIN-018", "high with all of it", evaluated("97163", **HIGH)),
    passes("LIN-018", "high with all of it, OT", evaluated("97167", "OT", **HIGH_OT)),
    passes("LIN-018", "low though it could be high", evaluated("97161", **HIGH)),
    passes("LIN-018", "moderate", evaluated("97162", personal_factors=1, elements_examined=3, presentation="evolving")),
    passes(
        "LIN-018",
        "moderate without comorbidities",
        evaluated("97166", "OT", performance_deficits=3, comorbidities=False),
    ),
    passes("LIN-018", "anew, without a level", evaluated("97164", personal_factors=0)),
    passes("LIN-018", "anew, OT", evaluated("97168", "OT")),
    waits("LIN-018", "nothing told", evaluated("97163")),
]


def side_by_side(*parts: dict[str, Any], start: str = "10:15", zone: str = "", **changes: Any) -> Case:
    """An OT visit, and a PT visit of the day that came first, from ``start`` on for half an hour."""
    begin = datetime.fromisoformat(f"2026-11-16T{start}:00{zone}")
    spans = (Clocked(begin, begin + timedelta(minutes=30), "97110"),)
    earlier = {"discipline": Discipline.PT, "clocked": spans} | changes.pop("earlier", {})
    return case(**timed(*parts), others=(replace(EARLIER, **earlier),), **changes)


HALF: Final = clocked("97530", "10:00", "10:30")
TOGETHER: Final = [
    fails("UNT-014", "a quarter of an hour of both", side_by_side(HALF), "session.timed", value="97530"),
    fails(
        "UNT-014",
        "of another billing provider",
        side_by_side(HALF, earlier={"billing_npi": "1999999992"}),
        "session.timed",
    ),
    fails(
        "UNT-014",
        "a payer that says so",
        side_by_side(HALF, coverages=COMMERCIAL, payer={"minutes_billed_once": True}),
        "session.timed",
    ),
    fails(
        "UNT-014",
        "with the second of two earlier visits",
        replace(
            BOTH := side_by_side(HALF),
            ledger=replace(BOTH.ledger, same_day=(EARLIER, *BOTH.ledger.same_day)),
        ),
        "session.timed",
        value="97530",
    ),
    passes("UNT-014", "one after the other", side_by_side(HALF, start="10:30")),
    passes("UNT-014", "a pause between them", side_by_side(HALF, start="11:00")),
    passes("UNT-014", "the earlier of the two", side_by_side(HALF, earlier={"came_first": False})),
    passes("UNT-014", "a payer that takes both", side_by_side(HALF, coverages=COMMERCIAL)),
    passes("UNT-014", "minutes without a clock", side_by_side({"code": "97530", "minutes": 30})),
    passes("UNT-014", "clocks that cannot be compared", side_by_side(HALF, zone="-06:00")),
    passes("UNT-014", "the same discipline", side_by_side(HALF, earlier={"discipline": Discipline.OT})),
]

ROWS: Final[list[Row]] = [*PEOPLE, *COMPENSATED, *MARKS, *EVALUATIONS, *TOGETHER]


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_assembled(row: Row) -> None:
    """Each row: the rule alone, what it says and where."""
    check(row)


def test_never_a_higher_level_is_told() -> None:
    """Of an evaluation that is billed too high the fix names the level that all facts reach, and none above it."""
    (found,) = alone("LIN-018", evaluated("97163", **HIGH | {"elements_examined": 2}))
    assert found.fixes == ["replace 97163 by 97161", "correct evaluation of 97163"]
    (found,) = alone("LIN-018", evaluated("97163", **HIGH | {"presentation": "evolving"}))
    assert found.fixes[0] == "replace 97163 by 97162"
    (found,) = alone("LIN-018", evaluated("97166", "OT", **HIGH_OT | {"performance_deficits": 1}))
    assert found.fixes[0] == "replace 97166 by 97165"
    (found,) = alone("LIN-018", evaluated("97161", elements_examined=0))
    assert found.fixes == ["correct evaluation of 97161"]


def test_what_is_to_be_added_for_the_plan_of_care() -> None:
    """96 under a habilitative plan; where no plan is told, a person has to choose."""
    (found,) = alone("MOD-017", benefit())
    assert found.fixes == ["add 96 to 97530"]
    (found,) = alone("MOD-017", benefit(plan=""))
    assert found.fixes == ["add 96 or 97 to 97530"]
    (found,) = alone("MOD-017", benefit("97"))
    assert found.fixes == [
        "set 96 for 97 on 97530",
        "correct the plan of care's benefit class (plan_of_care.benefit_class)",
    ]
    assert found.message.endswith(": 97 on 97530, the plan of care is habilitative")
