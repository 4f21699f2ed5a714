"""Scrubber: how rules are run, and the small language in which the tables of cases beside this file are written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import combinations
from typing import Any, Final
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claimloom.billing.build import build_claim
from claimloom.desk.writable import unwritable
from claimloom.payers import Payers, RuleSeverity
from claimloom.reference.therapy_codes import therapy_codes
from claimloom.scrub import RULES, scrub
from claimloom.scrub.case import Case, LedgerView, OtherClaim, OtherDay, OtherLine
from claimloom.scrub.mending import smallest_changes
from claimloom.scrub.rules import Hit, MissingInputError, Rule, RuleBook, catalog, findings_of, rules_version
from schemas.claim import Finding, Severity
from schemas.values import Discipline
from tests.sessions import visit

PAYERS = Payers()

AS_OF: Final = date(2026, 11, 20)
CLAIM_ID: Final = UUID(int=7)
BASE: Final = visit()
STREET: Final = BASE.billing_provider.address.model_dump()
FEES: Final = dict.fromkeys(therapy_codes(), 7000) | {"99213": 9000, "97530": 7500, "97535": 7500}

Json = dict[str, Any]


# --- the language of the tables ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Row:
    """A case, a rule, and what the rule has to say: ``where`` and line of each finding, none if it passes."""

    rule: str
    why: str
    case: Case
    expected: tuple[tuple[str, int | None], ...] = ()
    severity: Severity | None = None
    values: tuple[str, ...] | None = None
    set_up: Callable[[pytest.MonkeyPatch], None] | None = None

    def __str__(self) -> str:
        return f"{self.rule} {self.why}"

    @property
    def kind(self) -> str:
        """``fails``, ``passes`` or ``waits`` (not evaluated)."""
        if self.severity is Severity.NOT_EVALUATED:
            return "waits"
        return "fails" if self.expected else "passes"


Where = str | tuple[str, int] | tuple[tuple[str, int | None], ...]


def fails(
    rule: str,
    why: str,
    case: Case,
    where: Where,
    *,
    value: str | tuple[str, ...] | None = None,
    severity: Severity | None = None,
    set_up: Callable[[pytest.MonkeyPatch], None] | None = None,
) -> Row:
    """The rule finds something at ``where``: a place, a place and line, or several of them."""
    expected: tuple[tuple[str, int | None], ...]
    if isinstance(where, str):
        expected = ((where, None),)
    elif isinstance(where[0], str):
        expected = (where,)  # type: ignore[assignment]
    else:
        expected = where  # type: ignore[assignment]
    values = (value,) if isinstance(value, str) else value
    severity = severity or Severity(catalog()[rule]["severity"])
    return Row(rule, why, case, expected, severity, values, set_up)


def passes(rule: str, why: str, case: Case, *, set_up: Callable[[pytest.MonkeyPatch], None] | None = None) -> Row:
    """The rule finds nothing."""
    return Row(rule, why, case, set_up=set_up)


def waits(rule: str, why: str, case: Case) -> Row:
    """The rule says that it cannot tell."""
    return Row(rule, why, case, (("", None),), Severity.NOT_EVALUATED)


def check(row: Row) -> None:
    """Runs the one rule of a row and compares everything that it said."""
    found = alone(row.rule, row.case)
    assert [(each.where, each.line_number) for each in found] == list(row.expected), found
    for each in found:
        assert each.code == row.rule
        assert each.severity is row.severity
        assert each.message.startswith(RULES[row.rule].message)
        if row.kind == "fails":
            assert each.fixes, "a finding without a way out"
            assert all(fix.strip() for fix in each.fixes)
        else:
            assert "not checked, " in each.message
    if row.values is not None:
        assert tuple(each.value for each in found) == row.values


def alone(rule: str, case: Case) -> list[Finding]:
    """What one rule finds when it runs by itself."""
    return findings_of([RULES[rule]], case)


def case(
    *,
    payer: Json | None = None,
    claim: Json | None = None,
    line: dict[int, Json] | None = None,
    as_of: date = AS_OF,
    rates: list[int] | None = None,
    others: tuple[OtherClaim, ...] = (),
    used: int = 0,
    visits: int = 0,
    other_days: tuple[OtherDay, ...] | None = None,
    **session: Any,
) -> Case:
    """A case of the clean visit, with fields of session, payer, claim and lines replaced; every code has a fee."""
    session.setdefault("clinic", clinic())
    seen = visit(**session)
    coverage = seen.coverages[0]
    config = PAYERS.config(coverage.payer_id, coverage.payer_class, seen.date_of_service)
    config = replace(config, **(payer or {}))
    built = build_claim(seen, config, claim_id=CLAIM_ID)
    changes: Json = dict(claim or {})
    if line:
        changes["lines"] = [each.model_copy(update=line.get(each.line_number, {})) for each in built.lines]
    made = built.model_copy(update=changes)
    refused = unwritable([made], as_of).get(made.claim_id, [])
    ledger = LedgerView(others, used, visits, other_days)
    return Case(made, seen, config, as_of, rates, ledger, unlike=PAYERS.unlike(coverage.payer_id), unwritable=refused)


def clinic(**changes: Any) -> Json:
    """The clinic, with a fee for every therapy code."""
    return BASE.clinic.model_dump() | {"fees_cents": FEES} | changes


def biller(**changes: Any) -> Json:
    """The billing provider."""
    return BASE.billing_provider.model_dump() | changes


def therapist(**changes: Any) -> Json:
    """The therapist."""
    return BASE.therapist.model_dump() | changes


def patient(**changes: Any) -> Json:
    """The patient."""
    return BASE.patient.model_dump(mode="json") | changes


def covered(**changes: Any) -> list[Json]:
    """The coverage, as the only one."""
    return [BASE.coverages[0].model_dump(mode="json") | changes]


def spouse(**changes: Any) -> Json:
    """Fields of a coverage that the patient's spouse holds."""
    return {"relationship": "01", "subscriber": {"name": {"last": "POE", "first": "SAM"}}} | changes


def insured_by(payer_id: str, payer_class: str, indicator: str, **changes: Any) -> list[Json]:
    """A coverage by another payer."""
    named = {"payer_id": payer_id, "payer_name": "EXAMPLE PLAN", "payer_class": payer_class}
    return covered(**named, filing_indicator=indicator, **changes)


COMMERCIAL: Final = insured_by("99999", "commercial", "CI", member_id="XYZ123456")
ADVANTAGE: Final = insured_by("66666", "medicare_advantage", "16", member_id="W123456789")
MEDICAID: Final = insured_by("55555", "medicaid", "MC", member_id="A12345678")
TRICARE: Final = insured_by("44444", "tricare", "CH", member_id="123456789")
COMPENSATION: Final = insured_by("33333", "workers_comp_auto", "WC", member_id="WC-1234")
ALL_AUTHORIZED: Final = insured_by("77777", "commercial", "BL", member_id="QQQ123456")


def timed(*parts: tuple[str, int] | Json) -> Json:
    """The visit's timed segments and nothing else."""
    return {"timed": [part if isinstance(part, dict) else {"code": part[0], "minutes": part[1]} for part in parts]}


def untimed(*parts: str | Json, also: Sequence[tuple[str, int] | Json] = ()) -> Json:
    """The visit's untimed services, and timed ones if any."""
    given = [part if isinstance(part, dict) else {"code": part} for part in parts]
    return timed(*also) | {"untimed": given}


def clocked(code: str, start: str, stop: str, **changes: Any) -> Json:
    """A timed segment by the clock of the visit's day."""
    day = "2026-11-16T"
    return {"code": code, "start": f"{day}{start}:00", "stop": f"{day}{stop}:00"} | changes


def other(*lines: tuple[str, Sequence[str], int], **changes: Any) -> OtherClaim:
    """Another claim of the patient's day, that came first."""
    claim = OtherClaim(
        patient_control_number="COTHER-1",
        session_id="S-0",
        payer_id="06102",
        billing_npi="1234567893",
        rendering_npi="1679576722",
        discipline=Discipline.OT,
        lines=tuple(OtherLine(code, frozenset(modifiers), units) for code, modifiers, units in lines),
        came_first=True,
    )
    return replace(claim, **changes)


# --- how rules are run ---------------------------------------------------------------------------------------------

CLEAN: Final = case()
BAD_NPI: Final = case(therapist=therapist(npi="1679576723"))


def made_up(rule_id: str, check_: Callable[[Case], Any], **changes: Any) -> Rule:
    """A rule of the test's own."""
    return replace(RULES["CLM-018"], id=rule_id, check=check_, after=(), **changes)


def hit(_case: Case) -> list[Hit]:
    """Always finds something."""
    return [Hit("2300/CLM01", "", ("do it again",))]


def test_the_clean_visit_is_clean() -> None:
    """Warnings and rules that lack their input hold nothing back."""
    scrubbed = scrub(CLEAN)
    assert scrubbed.verdict == "clean"
    assert scrubbed.smallest_fix == []
    assert {each.severity for each in scrubbed.findings} <= {Severity.WARN, Severity.NOT_EVALUATED}
    assert scrubbed.as_of == AS_OF
    assert scrubbed.claim_id == CLAIM_ID
    assert scrubbed.patient_control_number == CLEAN.claim.patient_control_number
    assert scrubbed.total_charge_cents == CLEAN.claim.total_charge_cents
    assert scrubbed.rules_version == rules_version(CLEAN.payer)


def test_an_error_holds_the_claim_and_names_its_fix() -> None:
    """Verdict held, and the smallest change is one of the error's own fixes."""
    scrubbed = scrub(BAD_NPI)
    assert scrubbed.verdict == "held"
    (error,) = [each for each in scrubbed.findings if each.severity is Severity.ERROR]
    assert error.code == "PRV-002"
    assert scrubbed.smallest_fix == [error.fixes[0]]


@pytest.mark.parametrize(
    "some",
    [
        {},
        {"patient": patient(name={"last": "D0E", "first": "JANE"})},
        {"as_of": date(2027, 11, 10)},
        {"line": {1: {"modifiers": ["GO", "ZZ"]}}},
        {"coverages": COMMERCIAL, "rates": [9000, 9000, 9000]},
    ],
)
def test_held_if_and_only_if_there_is_an_error(some: Json) -> None:
    """Whatever is wrong with a claim."""
    scrubbed = scrub(case(**some))
    errors = [each for each in scrubbed.findings if each.severity is Severity.ERROR]
    assert (scrubbed.verdict == "held") == bool(errors) == bool(scrubbed.smallest_fix)


def test_same_case_same_answer() -> None:
    """Twice from the same case, and from a case made anew; findings stand by rule and line."""
    changes: Json = {"diagnoses": ["ABC", "M25.511"], "line": {1: {"units": 0}, 3: {"units": 0}}, "used": 300000}
    first, second = scrub(case(**changes)), scrub(case(**changes))
    assert first == second == scrub(case(**changes))
    places = [(each.code, each.line_number or 0) for each in first.findings]
    assert places == sorted(places)


def test_all_findings_are_collected() -> None:
    """The first error does not stop the rest."""
    scrubbed = scrub(case(therapist=therapist(npi="1679576723"), referring_provider=None, place_of_service="30"))
    assert {"PRV-002", "REF-001", "CLM-004"} <= {each.code for each in scrubbed.findings}


def test_rules_run_by_level() -> None:
    """Structure, code sets, balance, situation, therapy, payer."""
    place = [1, 2, 5, 3, 4, 6, 7]
    levels = [place.index(rule.snip_level) for rule in RULES.values() if rule.snip_level > 2]
    assert levels == sorted(levels)
    assert [rule.snip_level <= 2 for rule in RULES.values()] == sorted(
        (rule.snip_level <= 2 for rule in RULES.values()), reverse=True
    )


def test_a_rule_runs_after_those_that_it_waits_for() -> None:
    """Otherwise ``after`` would do nothing."""
    order = list(RULES)
    late = [
        (rule.id, before)
        for rule in RULES.values()
        for before in rule.after
        if order.index(before) > order.index(rule.id)
    ]
    assert late == []


def test_catalog_says_the_rest_of_a_rule() -> None:
    """Level, severity, scope, payers and words come from the packaged table."""
    for rule in RULES.values():
        row = catalog()[rule.id]
        said = (str(rule.snip_level), rule.severity.value, rule.scope, rule.applies_to, rule.condition, rule.message)
        names = ("snip_level", "severity", "scope", "applies_to", "condition", "message")
        assert said == tuple(row[name] for name in names)


@pytest.mark.parametrize(("day", "there"), [("2026-12-31", False), ("2027-01-01", True)])
def test_a_dated_rule_is_in_force_from_its_day(day: str, there: bool) -> None:
    """92507 ends with 2026."""
    speech = case(date_of_service=day, discipline="SLP", as_of=date(2027, 1, 15), **untimed("92507"))
    assert bool(alone("LIN-004", speech)) is there


def test_a_book_knows_on_which_days_a_rule_begins_and_ends() -> None:
    """One book asked for a day before, on, between and after the days on which one does, in any order."""
    first, last = CLEAN.day, CLEAN.day + timedelta(days=2)
    book = RuleBook([made_up("X-1", hit, served=(first, last)), made_up("X-2", hit, served=(date.min, first))])

    def in_force(gap: int) -> list[str]:
        session = CLEAN.session.model_copy(update={"date_of_service": first + timedelta(days=gap)})
        return [each.code for each in book.findings(replace(CLEAN, session=session))]

    days = {-1: ["X-2"], 0: ["X-1", "X-2"], 1: ["X-1"], 2: ["X-1"], 3: []}
    assert {gap: in_force(gap) for gap in days} == days
    assert {gap: in_force(gap) for gap in reversed(days)} == days


@pytest.mark.parametrize(("as_of", "there"), [(date(2026, 11, 19), False), (AS_OF, True), (date(2026, 11, 21), False)])
def test_a_rule_may_be_dated_by_submission(as_of: date, there: bool) -> None:
    """Both ends belong to it."""
    rule = made_up("X-1", hit, submitted=(AS_OF, AS_OF))
    assert bool(findings_of([rule], case(as_of=as_of))) is there


def severities(*changes: tuple[str, str, date], rule: str, **some: Any) -> list[Severity]:
    """How heavy a rule's findings are with a payer that changes severities."""
    changed = tuple(RuleSeverity(which, to, starts, "as agreed") for which, to, starts in changes)
    return [each.severity for each in alone(rule, case(payer={"rule_severity": changed}, **some))]


def test_a_payer_changes_a_severity_from_a_day_on() -> None:
    """The newest change that has begun is the one that holds."""
    early, late = date(2026, 1, 1), date(2026, 11, 20)
    lowered = [("REF-001", "warn", late)]
    nobody: Json = {"referring_provider": None, "rule": "REF-001"}
    assert severities(*lowered, as_of=date(2026, 11, 19), **nobody) == [Severity.ERROR]
    assert severities(*lowered, as_of=late, **nobody) == [Severity.WARN]
    twice = [*lowered, ("REF-001", "error", early)]
    assert severities(*twice, as_of=date(2026, 11, 19), **nobody) == [Severity.ERROR]
    assert severities(*twice, as_of=late, **nobody) == [Severity.WARN]
    assert severities(("REF-004", "warn", early), **nobody) == [Severity.ERROR], "another rule's change"


def test_a_payer_raises_a_warning() -> None:
    """And then it holds the claim."""
    raised = (RuleSeverity("UNT-010", "error", date(2026, 1, 1), "policy 12"),)
    many = case(payer={"rule_severity": raised}, **timed(("97530", 105)))
    assert [each.severity for each in alone("UNT-010", many)] == [Severity.ERROR]
    assert scrub(many).verdict == "held"
    assert scrub(case(**timed(("97530", 105)))).verdict == "clean"


@pytest.mark.parametrize(
    ("rule", "some"),
    [
        ("ENV-011", {"line": {1: {"line_number": 9}}}),
        ("SUB-001", {"coverages": covered(member_id="1")}),
        ("CLM-002", {"claim": {"total_charge_cents": 1}}),
    ],
)
def test_structure_is_nobodys_to_change(rule: str, some: Json) -> None:
    """SNIP 1 to 3."""
    assert RULES[rule].snip_level <= 3
    assert severities((rule, "warn", date(2026, 1, 1)), rule=rule, **some) == [Severity.ERROR]


def test_a_rule_waits_for_what_comes_before_it() -> None:
    """Two rules do not complain of one broken thing."""
    both = [RULES["SUB-001"], RULES["SUB-002"]]
    first, second = findings_of(both, case(coverages=covered(member_id="1")))
    assert (first.code, first.severity) == ("SUB-001", Severity.ERROR)
    assert (second.code, second.severity) == ("SUB-002", Severity.NOT_EVALUATED)
    assert "waits until SUB-001 is settled" in second.message
    (only,) = findings_of(both, case(coverages=covered(member_id="12")))
    assert (only.code, only.severity) == ("SUB-002", Severity.ERROR)


def test_a_warning_blocks_nothing() -> None:
    """Only an error of the rule before makes the next one pointless."""
    first = made_up("X-1", hit, severity=Severity.WARN)
    second = replace(made_up("X-2", hit), after=("X-1",))
    assert [each.severity for each in findings_of([first, second], CLEAN)] == [Severity.WARN, Severity.ERROR]


def test_a_missing_input_is_said() -> None:
    """Never passed over in silence."""

    def lacks(_case: Case) -> list[Hit]:
        raise MissingInputError("the moon's phase")

    (found,) = findings_of([made_up("X-1", lacks)], CLEAN)
    assert found.severity is Severity.NOT_EVALUATED
    assert found.message.endswith("not checked, needs the moon's phase")
    assert (found.where, found.value, found.fixes) == ("", "", [])


def test_what_was_found_before_an_input_was_missing_stays() -> None:
    """A draft without a note: the missing note does not hide the draft."""

    def half(_case: Case) -> Any:
        yield hit(_case)[0]
        raise MissingInputError("the rest")

    found = findings_of([made_up("X-1", half)], CLEAN)
    assert {each.severity for each in found} == {Severity.ERROR, Severity.NOT_EVALUATED}


def test_a_hit_may_weigh_otherwise_than_its_rule() -> None:
    """Where the catalog says "warn when"."""
    light = made_up("X-1", lambda _case: [Hit("x", "", ("y",), severity=Severity.WARN)])
    assert [each.severity for each in findings_of([light], CLEAN)] == [Severity.WARN]


@pytest.mark.parametrize(
    ("tokens", "insured", "concerned"),
    [
        ("all", COMMERCIAL, True),
        ("Medicare", covered(), True),
        ("Medicare", ADVANTAGE, False),
        ("Medicare", COMMERCIAL, False),
        ("Medicare Advantage", ADVANTAGE, True),
        ("Medicare Advantage", covered(), False),
        ("Medicaid", MEDICAID, True),
        ("commercial", COMMERCIAL, True),
        ("commercial", covered(), False),
        ("TRICARE", TRICARE, True),
        ("WC|auto", COMPENSATION, True),
        ("WC|auto", MEDICAID, False),
        ("Medicare|commercial", COMMERCIAL, True),
        ("secondary", covered(), False),
        ("payer.old_pairs", COMMERCIAL, True),
        ("payer.old_pairs", covered(), False),
        ("payer.auth_required", ADVANTAGE, True),
        ("payer.auth_required", covered(), False),
        ("payer.unit_rule=cms_8min", covered(), True),
        ("payer.unit_rule=cms_8min", COMMERCIAL, False),
        ("payer.ncci=medicare|payer.ncci=medicaid", MEDICAID, True),
        ("payer.ncci=medicare|payer.ncci=medicaid", COMMERCIAL, False),
        ("payer.no_such_key", COMMERCIAL, False),
    ],
)
def test_whom_a_rule_concerns(tokens: str, insured: list[Json], concerned: bool) -> None:
    """Payer classes and settings, alternatives by ``|``."""
    rule = made_up("X-1", hit, applies_to=tokens)
    assert bool(findings_of([rule], case(coverages=insured))) is concerned


def test_secondary_means_not_primary() -> None:
    """By SBR01."""
    rule = made_up("X-1", hit, applies_to="secondary")
    assert findings_of([rule], case(claim={"responsibility": "S"}))


@pytest.mark.parametrize(("insured", "there"), [(covered(), True), (ADVANTAGE, False), (COMMERCIAL, False)])
def test_a_medicare_rule_lets_other_payers_be(insured: list[Json], there: bool) -> None:
    """Nobody but Part B asks for the certifying physician."""
    assert bool(alone("REF-001", case(coverages=insured, referring_provider=None))) is there


def errors_of(*fixes: Sequence[str]) -> list[Finding]:
    """Errors with these fixes."""
    return [
        Finding(code=f"E-{n}", severity=Severity.ERROR, message="", fixes=list(each)) for n, each in enumerate(fixes)
    ]


def brute_force(errors: Sequence[Finding]) -> int:
    """Size of the smallest set that hits every error."""
    options = sorted({fix for each in errors for fix in each.fixes})
    for size in range(len(options) + 1):
        for some in combinations(options, size):
            if all(set(each.fixes) & set(some) for each in errors):
                return size
    raise AssertionError


@given(st.lists(st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=4, unique=True), max_size=7))
def test_smallest_change_is_smallest(fixes: list[list[str]]) -> None:
    """It settles every error, and no smaller set does."""
    errors = errors_of(*fixes)
    change = next(smallest_changes(errors))
    assert all(set(each.fixes) & set(change) for each in errors)
    assert len(change) == len(set(change)) == brute_force(errors)


@given(st.lists(st.lists(st.integers(0, 60).map(str), min_size=1, max_size=6, unique=True), min_size=15, max_size=25))
def test_a_very_long_list_still_gets_a_change_that_works(fixes: list[list[str]]) -> None:
    """Beyond what is searched in full."""
    errors = errors_of(*fixes)
    change = next(smallest_changes(errors))
    assert all(set(each.fixes) & set(change) for each in errors)
    assert len(change) == len(set(change)) <= len(errors)


def test_smallest_change_shares_a_fix_and_forgets_warnings() -> None:
    """One fix for two errors beats one each; warnings need none."""
    warning = Finding(code="W-1", severity=Severity.WARN, message="", fixes=["never mind"])
    assert next(smallest_changes([*errors_of(["a", "c"], ["b", "c"]), warning])) == ["c"]
    assert next(smallest_changes([warning])) == []


def test_version_is_of_the_rules() -> None:
    """A stamp that stays while nothing changes."""
    assert rules_version() == rules_version()
    assert rules_version().startswith("2026.11-")
