"""LIN: what was done, and what it costs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

from claimloom.reference import rows
from claimloom.reference.disciplines import ASSISTANT
from claimloom.scrub.case import FIRST_EVALUATIONS, Case
from claimloom.scrub.monitoring import in_month, other_days
from claimloom.scrub.rules import Hit, MissingInputError, rule
from schemas.claim import Severity
from schemas.money import usd
from schemas.session import EvaluationFacts
from schemas.values import Discipline
from schemas.words import counted

NOT_VALID_FOR_MEDICARE: Final = frozenset("INDX")
ONE_A_DAY: Final = frozenset("90912 92605 92607 92626 96112 97129 97545 97550 98979 98980".split())
ONE_EVALUATION: Final = (
    frozenset({"97161", "97162", "97163", "97164"}),
    frozenset({"97165", "97166", "97167", "97168"}),
    frozenset({"92522", "92523"}),
)
EVALUATIONS: Final = {"97161": 1, "97162": 2, "97163": 3, "97165": 1, "97166": 2, "97167": 3}
"""Levels of the evaluations that have one; 97164 and 97168, evaluations anew, have none."""
AGAIN: Final = frozenset({"97164", "97168"})
MEDICARES_OWN: Final = {"97014": "G0283"}
"""Codes that Medicare's fee schedule has as invalid, and what it has in their place."""
PRESENTATIONS: Final = ("stable", "evolving", "unstable")
HISTORIES: Final = ("brief", "expanded", "extensive")
DECISIONS: Final = ("low", "moderate", "high")
EVALUATION_DAYS: Final = 60
SLP_TREATMENT: Final = frozenset("92507 92508 92526 92606 92609".split())
MONTHLY_ADD_ON: Final = "98981"


def _statuses() -> dict[tuple[int, str], str]:
    return {(int(row["year"]), row["hcpcs"]): row["status"] for row in rows("mpfs_rvu_therapy")}


STATUS: Final = _statuses()
BEGINS: Final = {row["code"]: row["effective_from"] for row in rows("therapy_codes") if row["effective_from"]}


@rule("LIN-001")
def payable_code(case: Case) -> Iterator[Hit]:
    """Medicare's fee schedule has the code, and not as invalid; others: in the packaged list."""
    year, day, medicare = case.day.year, case.day.isoformat(), case.medicare
    for line, said in case.lines:
        code = said.code
        status = STATUS.get((year, code))
        begins = BEGINS.get(code, "")
        severity = None
        if day < begins:
            detail = f"{code} begins on {begins}"
        elif medicare and status in NOT_VALID_FOR_MEDICARE and status:
            detail = f"{code} has status {status} in {year}"
        elif said.known is None and status is None:
            detail, severity = f"{code} is not in the packaged list of therapy codes", Severity.WARN
        else:
            continue
        instead = (MEDICARES_OWN.get(code) if medicare else None) or "the code that the payer takes"
        yield Hit("2400/SV101-2", detail, (f"replace {code} by {instead}",), line, code, severity)


@rule("LIN-002", about=MEDICARES_OWN)
def stimulation(case: Case) -> Iterator[Hit]:
    """Medicare has its own code for unattended stimulation."""
    for line in case.claim.lines:
        if own := MEDICARES_OWN.get(line.procedure_code):
            yield Hit("2400/SV101-2", "", (f"replace {line.procedure_code} by {own}",), line, line.procedure_code)


@rule("LIN-003")
def bundled(case: Case) -> Iterator[Hit]:
    """Status B is never paid apart."""
    for line, said in case.lines:
        if said.known and said.known.mpfs_status == "B":
            fix = f"take {line.procedure_code} out of the visit"
            yield Hit("2400/SV101-2", line.procedure_code, (fix,), line, line.procedure_code)


@rule("LIN-004", about=["92507"], served=(date(2027, 1, 1), date.max))
def ended_code(case: Case) -> Iterator[Hit]:
    """92507 is replaced by timed codes from 2027 on."""
    for line in case.claim.lines:
        if line.procedure_code == "92507":
            yield Hit("2400/SV101-2", "", ("replace 92507 by its timed successors",), line, "92507")


@rule("LIN-005")
def units_in_range(case: Case) -> Iterator[Hit]:
    """1 to 999 units."""
    for line in case.claim.lines:
        if not 1 <= line.units <= 999:
            fix = f"correct minutes or count of {line.procedure_code}"
            yield Hit("2400/SV104", str(line.units), (fix,), line, str(line.units))


@rule("LIN-006")
def chargemaster(case: Case) -> Iterator[Hit]:
    """The charge is the clinic's fee by the units."""
    for line in case.claim.lines:
        fee = case.session.clinic.fees_cents.get(line.procedure_code)
        if fee is not None and fee * line.units != line.charge_cents:
            detail = f"{line.units} x {usd(fee)} is not {usd(line.charge_cents)}"
            yield Hit("2400/SV102", detail, (f"correct clinic.fees_cents.{line.procedure_code}",), line)


@rule("LIN-007")
def charge_below_allowed(case: Case) -> Iterator[Hit]:
    """A payer pays the lesser of charge and fee: a low charge gives money away."""
    if case.rates_cents is None:
        raise MissingInputError("the payer's fees")
    for line, rate in zip(case.claim.lines, case.rates_cents, strict=True):
        if line.charge_cents < rate:
            detail = f"charged {usd(line.charge_cents)}, the payer allows {usd(rate)}"
            yield Hit("2400/SV102", detail, (f"raise clinic.fees_cents.{line.procedure_code}",), line)


@rule("LIN-008")
def line_control_numbers(case: Case) -> Iterator[Hit]:
    """REF*6R: there, short enough, and different on each line."""
    seen: set[str] = set()
    for line in case.claim.lines:
        number = line.line_control_number
        if not number or len(number) > 30 or number in seen:
            yield Hit("2400/REF*6R", "", ("give each line its own control number",), line, number)
        seen.add(number)


@rule("LIN-009")
def add_on_has_base(case: Case) -> Iterator[Hit]:
    """An add-on code rides on its first code of the same day and therapist; 98981 on one of the same month."""
    added = [(line, said.known) for line, said in case.lines if said.known and said.known.add_on_of]
    if not added:
        return
    therapist = case.claim.rendering.npi
    same = [other for other in case.ledger.same_day if other.rendering_npi == therapist]
    present = set(case.units) | {line.code for other in same for line in other.lines}
    for line, known in added:
        if known.add_on_of not in present:
            if known.code == MONTHLY_ADD_ON and any(each.code == known.add_on_of for each in in_month(case)):
                continue
            detail = f"{line.procedure_code} without {known.add_on_of}"
            fixes = (f"add {known.add_on_of} to the visit", f"take {line.procedure_code} out of the visit")
            yield Hit("2400/SV101-2", detail, fixes, line, line.procedure_code)


@rule("LIN-010")
def code_of_discipline(case: Case) -> Iterator[Hit]:
    """A code that this discipline does not usually bill."""
    for line, said in case.lines:
        for discipline in said.disciplines:
            if said.known and discipline not in said.known.disciplines:
                detail = f"{line.procedure_code} is not a code of {discipline.value}"
                fixes = (f"check {line.procedure_code}", "correct discipline")
                yield Hit("2400/SV101-2", detail, fixes, line, line.procedure_code)


@rule("LIN-011", about=ONE_A_DAY)
def base_code_once(case: Case) -> Iterator[Hit]:
    """First codes are billed once a day; more time goes to their add-on."""
    for code in sorted(ONE_A_DAY & set(case.units)):
        units = case.day_units[code]
        if units > 1:
            line = next(line for line in case.claim.lines if line.procedure_code == code)
            yield Hit("2400/SV104", f"{code} x {units}", (f"bill one {code} and its add-on code",), line, str(units))


@rule("LIN-012")
def assistants_do_not_evaluate(case: Case) -> Iterator[Hit]:
    """Evaluations are the therapist's alone. That an SLP assistant may treat nobody is Medicare's rule (MBPM ch. 15
    230.3): states and plans pay treatment by one under supervision.
    """
    for line, said in case.lines:
        if said.known is None or said.known.assistant_may_furnish or (not case.medicare and said.code in SLP_TREATMENT):
            continue
        if ASSISTANT & said.marks or said.code in case.by_assistant:
            fix = f"correct performer of {line.procedure_code} to therapist, or take it out of the visit"
            yield Hit("2400/SV101-3", line.procedure_code, (fix,), line, line.procedure_code)


@rule("LIN-013", about=frozenset().union(*ONE_EVALUATION))
def one_evaluation(case: Case) -> Iterator[Hit]:
    """One level of evaluation a day and discipline."""
    others = {
        line.code
        for other in case.neighbours
        if other.discipline == case.claim.discipline
        for line in other.lines
        if other.came_first
    }
    for family in ONE_EVALUATION:
        # Of two, the correct coding edits deny the re-evaluation.
        here = sorted(family & set(case.units), key=lambda code: (code not in AGAIN, code))
        if here and len(family & (set(case.units) | others)) > 1:
            line = next(line for line in case.claim.lines if line.procedure_code == max(here))
            detail = " and ".join(sorted(family & (set(case.units) | others)))
            fixes = tuple(f"take {code} out of the visit" for code in here)
            yield Hit("2400/SV101-2", detail, fixes, line, max(here))


@rule("LIN-014", about=EVALUATIONS)
def evaluated_again(case: Case) -> Iterator[Hit]:
    """A second initial evaluation of an episode, which is the plan of care's, is a re-evaluation (MBPM ch. 15 section
    220.3 C), unless the condition is another (https://www.webpt.com/blog/post/9716-what-when-to-bill-for-pt-evals-and-re-evals).
    """
    for family, again in zip(FIRST_EVALUATIONS, ("97164", "97168"), strict=True):
        for line in (line for line in case.claim.lines if line.procedure_code in family):
            window = timedelta(days=EVALUATION_DAYS)
            before = [other for other in other_days(case) if other.code in family]
            near = [other for other in before if timedelta() < case.day - other.day <= window]
            plan = case.session.plan_of_care
            if near and plan is None:
                raise MissingInputError("plan_of_care.start, with which the episode begins")
            same = [other for other in near if plan and plan.start <= other.day]
            if same:
                detail = f"{line.procedure_code}; {same[0].code} of {same[0].day} stands on claim "
                fixes = (
                    f"bill {again} if the condition is the same or a related one",
                    "correct plan_of_care.start if a new, unrelated condition has a plan of its own",
                )
                detail += same[0].patient_control_number
                yield Hit("2400/SV101-2", detail, fixes, line, line.procedure_code)


@rule("LIN-018", about=EVALUATIONS)
def evaluation_level(case: Case) -> Iterator[Hit]:
    """The facts of an evaluation reach its level, each of them; a level that they would reach beyond it is not told."""
    for each in case.session.untimed:
        if each.code not in EVALUATIONS or each.code not in case.units:
            continue
        if each.evaluation is None:
            raise MissingInputError(f"evaluation of {each.code}: what was found, for its level")
        line = next(line for line in case.claim.lines if line.procedure_code == each.code)
        reached = levels(each.evaluation, case.claim.discipline)
        short = [words for words, level in reached if level < EVALUATIONS[each.code]]
        if short:
            lowest = min(level for _, level in reached)
            lower = next((code for code in _family(each.code) if EVALUATIONS[code] == lowest), "")
            fixes = (*((f"replace {each.code} by {lower}",) if lower else ()), f"correct evaluation of {each.code}")
            yield Hit("2400/SV101-2", f"{each.code} needs more than {', '.join(short)}", fixes, line, each.code)


def levels(facts: EvaluationFacts, discipline: Discipline) -> list[tuple[str, int]]:
    """Each fact that is told, in words, with the level that it reaches: 0 none, 1 low, 2 moderate, 3 high."""
    found: list[tuple[str, int]] = []

    def count(many: int | None, what: str, steps: tuple[int, int, int]) -> None:
        if many is not None:
            found.append((counted(many, what), sum(many >= step for step in steps)))

    if discipline is Discipline.PT:
        count(facts.personal_factors, "personal factor", (0, 1, 3))
        count(facts.elements_examined, "element", (1, 3, 4))
        if facts.presentation:
            found.append((f"a {facts.presentation} presentation", PRESENTATIONS.index(facts.presentation) + 1))
    else:
        count(facts.performance_deficits, "performance deficit", (1, 3, 5))
        if facts.comorbidities is not None:
            found.append(("comorbidities" if facts.comorbidities else "no comorbidities", 2 + facts.comorbidities))
        if facts.history:
            found.append((f"a {facts.history} history", HISTORIES.index(facts.history) + 1))
    if facts.decision_making:
        found.append((f"decisions of {facts.decision_making} complexity", DECISIONS.index(facts.decision_making) + 1))
    return found


def _family(code: str) -> list[str]:
    """The three levels of a code's discipline."""
    return sorted(EVALUATIONS)[:3] if code < "97164" else sorted(EVALUATIONS)[3:]
