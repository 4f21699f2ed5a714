"""MOD: what stands behind the code."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date
from functools import cache
from itertools import combinations
from typing import Final

from claimloom.reference import rows
from claimloom.reference.disciplines import ASSISTANT, DISCIPLINE_MODIFIER, DISCIPLINE_OF
from claimloom.scrub.case import Case, fact, rendering_role
from claimloom.scrub.procedure import MODIFIER, MOST_MODIFIERS
from claimloom.scrub.rules import Hit, MissingInputError, rule
from schemas.claim import ClaimLine, Severity
from schemas.money import usd
from schemas.values import Discipline
from schemas.words import counted

DISTINCT: Final = ("59", "XE", "XS", "XP", "XU")
ABN: Final = frozenset({"GA", "GX", "GY", "GZ"})
NOT_WITH_GX: Final = frozenset({"EY", "GA", "GL", "GZ", "KB", "QL", "TQ"})
BENEFITS: Final = {"habilitative": "96", "rehabilitative": "97"}
EXCLUSIVE: Final = {
    row["modifier"]: frozenset(filter(None, row["excludes"].split("|")))
    for row in rows("modifiers")
    if row["excludes"] and row["class"] in ("repeat", "habilitative", "medicaid", "anatomic", "other")
}
"""Of each modifier those that say the opposite; the other classes have rules of their own."""
RETIRED: Final = {"SZ": date(2018, 1, 1)}


@cache
def _known() -> frozenset[str]:
    return frozenset(row["modifier"] for row in rows("modifiers"))


@cache
def _thresholds() -> dict[tuple[int, bool], tuple[int, int]]:
    """KX threshold and review threshold in cents by year and whether it is OT's own."""
    found = {}
    for row in rows("kx_thresholds"):
        review = int(row["targeted_medical_review"]) * 100
        found[int(row["year"]), True] = (int(row["ot"]) * 100, review)
        found[int(row["year"]), False] = (int(row["pt_slp_combined"]) * 100, review)
    return found


@rule("MOD-001")
def valid(case: Case) -> Iterator[Hit]:
    """Two characters, once, at most four, not retired."""
    for line, said in case.lines:
        if said.well_formed and said.marks.isdisjoint(RETIRED):
            continue
        for place, modifier in enumerate(dict.fromkeys(line.modifiers)):
            twice = line.modifiers.count(modifier) > 1
            retired = modifier in RETIRED and case.day >= RETIRED[modifier]
            if not MODIFIER.fullmatch(modifier) or twice or retired or place >= MOST_MODIFIERS:
                wrong = "stands twice" if twice else "is the fifth" if place >= MOST_MODIFIERS else "is not valid"
                fix = f"take {modifier} out of modifiers of {line.procedure_code}"
                yield Hit("2400/SV101-3", f"{modifier} {wrong}", (fix,), line, modifier)


@rule("MOD-002", after=("MOD-001",))
def discipline_missing(case: Case) -> Iterator[Hit]:
    """Always-therapy codes carry GP, GO or GN."""
    yield from _without_discipline(case, "always")


@rule("MOD-003", after=("MOD-001",))
def discipline_missing_sometimes(case: Case) -> Iterator[Hit]:
    """So do sometimes-therapy codes under a therapist or a plan of care."""
    plan = case.session.plan_of_care
    planned = plan is not None and plan.start <= case.day and (plan.end is None or case.day <= plan.end)
    if planned or rendering_role(case) in ("PT", "OT", "SLP"):
        yield from _without_discipline(case, "sometimes")


def _without_discipline(case: Case, designation: str) -> Iterator[Hit]:
    for line, said in case.lines:
        if not said.disciplines and said.known and said.known.therapy_designation == designation:
            wanted = DISCIPLINE_MODIFIER[case.claim.discipline]
            detail = f"{line.procedure_code} without {wanted}"
            yield Hit("2400/SV101-3", detail, (f"add {wanted} to {line.procedure_code}",), line)


@rule("MOD-004", after=("MOD-001",), about=DISCIPLINE_OF)
def discipline_conflict(case: Case) -> Iterator[Hit]:
    """One of GP, GO and GN, that of the treating discipline, and none where the payer takes none."""
    forbidden = case.payer.discipline_modifier == "forbidden"
    for line, said in case.lines:
        if not said.disciplines:
            continue
        marks = [modifier for modifier in line.modifiers if modifier in DISCIPLINE_OF]
        if forbidden:
            fix = f"take {marks[0]} out of modifiers of {line.procedure_code}"
            yield Hit("2400/SV101-3", f"payer takes no {marks[0]}", (fix,), line, marks[0])
        elif said.disciplines != (case.claim.discipline,):
            detail = f"{' and '.join(marks)} on a line of {case.claim.discipline.value}"
            fixes = (
                f"leave only {DISCIPLINE_MODIFIER[case.claim.discipline]} on {line.procedure_code}",
                "correct discipline",
            )
            yield Hit("2400/SV101-3", detail, fixes, line, marks[0])


@rule("MOD-005")
def assistant_missing(case: Case) -> Iterator[Hit]:
    """Units an assistant gave carry CQ or CO; the split is in the unit derivation."""
    for code, wanted, marked in _assistant_units(case):
        if marked < wanted:
            mark = "CQ" if case.claim.discipline is Discipline.PT else "CO"
            detail = f"{code}: {counted(wanted, 'unit')} by an assistant, {marked} marked"
            line = next(line for line in case.claim.lines if line.procedure_code == code)
            yield Hit("2400/SV101-3", detail, (f"add {mark} to {counted(wanted, 'unit')} of {code}",), line, code)


@rule("MOD-006", after=("MOD-001",), about=ASSISTANT)
def assistant_pairing(case: Case) -> Iterator[Hit]:
    """CQ goes with GP, CO with GO, neither with GN or each other."""
    for line, said in case.lines:
        marks = said.marks
        wrong = ("CQ" in marks and "GP" not in marks) or ("CO" in marks and "GO" not in marks)
        if wrong or len(marks & ASSISTANT) > 1 or ("GN" in marks and marks & ASSISTANT):
            detail = ":".join(line.modifiers)
            fix = f"correct modifiers of {line.procedure_code}: GP with CQ, GO with CO"
            yield Hit("2400/SV101-3", detail, (fix,), line, detail)


@rule("MOD-007", about=ASSISTANT)
def assistant_needless(case: Case) -> Iterator[Hit]:
    """CQ or CO on more units than an assistant gave costs 15 %."""
    for code, wanted, marked in _assistant_units(case):
        if marked > wanted:
            detail = f"{code}: {counted(marked, 'unit')} marked, {wanted} by an assistant"
            line = next(line for line in case.claim.lines if line.procedure_code == code)
            yield Hit(
                "2400/SV101-3", detail, (f"take CQ or CO off {counted(marked - wanted, 'unit')} of {code}",), line, code
            )


@fact
def _assistant_units(case: Case) -> list[tuple[str, int, int]]:
    """Codes of the claim with the units that an assistant gave and those that say so; speech therapy has none."""
    if case.claim.discipline is Discipline.SLP:
        return []
    wanted: Counter[str] = Counter()
    for row in case.claim.units.codes:
        wanted[row.code] += row.assistant_units
    marked: Counter[str] = Counter()
    for line, said in case.lines:
        if ASSISTANT & said.marks:
            marked[said.code] += line.units
    return [(code, units, marked[code]) for code, units in wanted.items() if code in case.units]


@fact
def _accrued(case: Case) -> list[tuple[ClaimLine, int, int, int]]:
    """Each line with the year's dollars up to and with it, the KX threshold and the review threshold."""
    limits = _thresholds().get((case.day.year, case.claim.discipline is Discipline.OT))
    if limits is None:
        raise MissingInputError(f"the KX threshold of {case.day.year}")
    if case.rates_cents is None:
        raise MissingInputError("the payer's fees")
    total = max(case.ledger.therapy_used_cents, case.session.therapy_used_cents or 0)
    accrued = []
    for (line, said), rate in zip(case.lines, case.rates_cents, strict=True):
        if said.disciplines:
            total += min(rate, line.charge_cents)
            accrued.append((line, total, *limits))
    return accrued


@rule("MOD-008")
def kx_missing(case: Case) -> Iterator[Hit]:
    """Above the year's threshold each line says that it is necessary, or why it is not covered."""
    for line, total, threshold, _ in _accrued(case):
        if total > threshold and not {"KX", "GA", "GY", "GZ"} & set(line.modifiers):
            detail = f"{usd(total)} of {usd(threshold)} this year with this line"
            fixes = (f"add KX to modifiers of {line.procedure_code} if documentation supports necessity",)
            yield Hit("2400/SV101-3", detail, fixes, line, line.procedure_code)


@rule("MOD-009")
def kx_early(case: Case) -> Iterator[Hit]:
    """KX below the threshold draws attention."""
    for line, total, threshold, _ in _accrued(case):
        if total <= threshold and "KX" in line.modifiers:
            detail = f"{usd(total)} of {usd(threshold)} this year"
            yield Hit("2400/SV101-3", detail, (f"take KX out of modifiers of {line.procedure_code}",), line, "KX")


@rule("MOD-010")
def medical_review(case: Case) -> Iterator[Hit]:
    """Beyond the second threshold a claim may be picked for review."""
    for line, total, _, review in _accrued(case):
        if total > review:
            detail = f"{usd(total)}, review above {usd(review)}"
            yield Hit("2400/SV101-2", detail, ("have the records ready",), line)


@rule("MOD-011", about=ABN)
def abn_conflict(case: Case) -> Iterator[Hit]:
    """One of GA, GY, GZ; GX alone or with GY."""
    for line, said in case.lines:
        marks = said.marks
        if len(marks & {"GA", "GY", "GZ"}) > 1 or ("GX" in marks and marks & NOT_WITH_GX):
            detail = ":".join(sorted(marks & (ABN | NOT_WITH_GX)))
            fix = f"leave one ABN modifier on {line.procedure_code}"
            yield Hit("2400/SV101-3", detail, (fix,), line, detail)


@rule("MOD-012", about=ABN)
def abn_is_medicare(case: Case) -> Iterator[Hit]:
    """Medicare Advantage knows no ABN."""
    for line, said in case.lines:
        marks = said.marks
        for mark in sorted(marks & ABN):
            fix = f"take {mark} out of modifiers of {line.procedure_code}; ask the plan for a pre-determination"
            yield Hit("2400/SV101-3", mark, (fix,), line, mark)


@rule("MOD-013", about=["GA", "GZ"])
def abn_evidence(case: Case) -> Iterator[Hit]:
    """KX says necessary, GA and GZ say not. Whether an ABN was signed waits for the ABN store."""
    for line, said in case.lines:
        marks = said.marks
        against = sorted(marks & {"GA", "GZ"}) if "KX" in marks else []
        for other in against:
            fixes = (f"take KX out of modifiers of {line.procedure_code}", f"take {other} out")
            yield Hit("2400/SV101-3", f"KX with {other}", fixes, line, other)
        if "GA" in marks and not against:
            raise MissingInputError("the store of signed ABNs")


@rule("MOD-014", about=DISTINCT)
def one_distinct(case: Case) -> Iterator[Hit]:
    """59 or one of the X modifiers, not two."""
    for line, said in case.lines:
        marks = said.marks
        if len(found := sorted(marks & set(DISTINCT))) > 1:
            fix = f"leave one of {', '.join(found)} on {line.procedure_code}"
            yield Hit("2400/SV101-3", ":".join(found), (fix,), line, ":".join(found))


@rule("MOD-015", about=DISTINCT)
def needless_distinct(case: Case) -> Iterator[Hit]:
    """59 without a pair that it could open."""
    codes = set(case.units) | {line.code for other in case.neighbours for line in other.lines}
    for line, said in case.lines:
        marks = said.marks
        mark = next((each for each in DISTINCT if each in marks), "")
        if mark and not any(
            pair.indicator == 1 for other in codes for pair in case.edits.pairs_of(line.procedure_code, other, case.day)
        ):
            fix = f"take {mark} out of modifiers of {line.procedure_code}"
            yield Hit("2400/SV101-3", f"{mark} on {line.procedure_code}", (fix,), line, mark)


@rule("MOD-016", about=["25"])
def evaluation_modifier(case: Case) -> Iterator[Hit]:
    """25 belongs to physicians' visits."""
    therapist = rendering_role(case) in ("PT", "OT", "SLP")
    for line, said in case.lines:
        if "25" in said.marks and (therapist or said.known):
            fix = f"take 25 out of modifiers of {line.procedure_code}"
            yield Hit("2400/SV101-3", line.procedure_code, (fix,), line, "25")


@rule("MOD-018")
def order(case: Case) -> Iterator[Hit]:
    """The payer's own order."""
    ranks = {modifier: rank for rank, modifier in enumerate(case.payer.modifier_order)}
    for line in case.claim.lines:
        placed = [ranks[modifier] for modifier in line.modifiers if modifier in ranks]
        if placed != sorted(placed):
            detail = ":".join(line.modifiers)
            fix = f"order modifiers of {line.procedure_code} as {', '.join(case.payer.modifier_order)}"
            yield Hit("2400/SV101-3", detail, (fix,), line, detail)


@rule("MOD-020", about=["76", "77"])
def repeat_without_original(case: Case) -> Iterator[Hit]:
    """76 and 77 repeat something that stands without them."""
    plain = {said.code for _, said in case.lines if not said.marks & {"76", "77"}}
    plain |= {line.code for other in case.ledger.same_day for line in other.lines if not line.modifiers & {"76", "77"}}
    for line, said in case.lines:
        repeated = said.marks & {"76", "77"} if line.procedure_code not in plain else ()
        for mark in sorted(repeated):
            fixes = (f"take {mark} out of modifiers of {line.procedure_code}",)
            yield Hit("2400/SV101-3", f"{line.procedure_code} stands only once", fixes, line, mark)


@rule("MOD-021", after=("MOD-001",))
def unknown(case: Case) -> Iterator[Hit]:
    """Right shape, not in the packaged list."""
    for line in case.claim.lines:
        for modifier in line.modifiers:
            if modifier not in _known() and modifier not in case.payer.extra_modifiers:
                yield Hit("2400/SV101-3", modifier, (f"check {modifier} of {line.procedure_code}",), line, modifier)


@rule("MOD-022")
def modifier_left_off(case: Case) -> Iterator[Hit]:
    """A line holds four: what the visit says beyond them is on no line."""
    filled = dict.fromkeys(line.procedure_code for line in case.claim.lines if len(line.modifiers) == MOST_MODIFIERS)
    for code in filled:
        lines = [line for line in case.claim.lines if line.procedure_code == code]
        full = [line for line in lines if len(line.modifiers) == MOST_MODIFIERS]
        on_lines = {mark for line in lines for mark in line.modifiers}
        given = dict.fromkeys(mark for each in case.services if each.code == code for mark in each.modifiers)
        for mark in given:
            if mark not in on_lines:
                detail = f"{mark} of {code} beside {':'.join(full[0].modifiers)}"
                fixes = (f"take {mark} or another one out of modifiers of {code}",)
                severity = None if _affects_payment(mark) else Severity.WARN
                yield Hit("2400/SV101-3", detail, fixes, full[0], mark, severity)


@rule("MOD-017", after=("MOD-023",))
def benefit(case: Case) -> Iterator[Hit]:
    """96 for habilitative and 97 for rehabilitative services, as the plan of care says."""
    plan = case.session.plan_of_care
    wanted = BENEFITS[plan.benefit_class] if plan else "96 or 97"
    for line in case.claim.lines:
        given = [mark for mark in line.modifiers if mark in BENEFITS.values()]
        if not given:
            if case.payer.hab_modifier == "required":
                detail = f"{line.procedure_code} says neither 96 nor 97"
                yield Hit("2400/SV101-3", detail, (f"add {wanted} to {line.procedure_code}",), line)
        elif not plan:
            raise MissingInputError("plan_of_care.benefit_class")
        elif wanted not in given:
            detail = f"{given[0]} on {line.procedure_code}, the plan of care is {plan.benefit_class}"
            fixes = (f"set {wanted} for {given[0]} on {line.procedure_code}", "correct plan_of_care.benefit_class")
            yield Hit("2400/SV101-3", detail, fixes, line, given[0])


@rule("MOD-023", about=EXCLUSIVE)
def exclude_each_other(case: Case) -> Iterator[Hit]:
    """Of two that say the opposite a line has one: 96 and 97, 76 and 77, right and left."""
    for line, said in case.lines:
        for mark, other in combinations(sorted(said.marks & EXCLUSIVE.keys()), 2):
            if other in EXCLUSIVE[mark]:
                fixes = tuple(f"take {each} out of modifiers of {line.procedure_code}" for each in (other, mark))
                yield Hit("2400/SV101-3", f"{mark} with {other}", fixes, line, f"{mark}:{other}")


@rule("MOD-024", about=["52"])
def reduced_time(case: Case) -> Iterator[Hit]:
    """A timed code is billed by its minutes: less time is fewer units, or none (CPT: more than half of the time)."""
    for line, said in case.lines:
        if "52" in said.marks and said.known and said.known.timed:
            fix = f"take 52 out of modifiers of {line.procedure_code}"
            yield Hit("2400/SV101-3", f"52 on {line.procedure_code}", (fix,), line, "52")


@rule("MOD-025", about=["22"])
def more_than_usual(case: Case) -> Iterator[Hit]:
    """22 is for more work than usual, with the records that show it. Of a timed code more time is more units; Medicare
    takes it of operations alone (Pub. 100-04 ch. 12 section 40.2), plans with documents and never for some minutes more
    (https://provider.excellusbcbs.com/claims/submissions/procedure-code-modifiers).
    """
    documents = bool(case.claim.attachments)
    for line, said in case.lines:
        if "22" not in said.marks or said.known is None:
            continue
        fix = f"take 22 out of modifiers of {line.procedure_code}"
        if said.known.timed:
            detail = f"22 on {line.procedure_code}, which is billed by its minutes"
            yield Hit("2400/SV101-3", detail, (fix,), line, "22")
        elif not documents:
            detail = f"22 on {line.procedure_code} without a document that shows why"
            yield Hit("2400/SV101-3", detail, ("name the record in attachments", fix), line, "22")


@rule("MOD-026", about=["GZ"])
def denied_at_once(case: Case) -> Iterator[Hit]:
    """Medicare denies GZ without a look at it, and the patient owes nothing of it (CR 7228, since July 2011:
    https://aapc.com/codes/coding-newsletters/my-pathology-lab-coding-alert/abn-modifiers-gz-will-earn-quick-denial-starting-july-1-106885-article).
    """
    for line, said in case.lines:
        if "GZ" in said.marks:
            fixes = (
                f"take GZ out of modifiers of {line.procedure_code} if it was necessary",
                f"leave GZ on {line.procedure_code} if it was not, and no notice was signed",
            )
            yield Hit("2400/SV101-3", f"GZ on {line.procedure_code}", fixes, line, "GZ")


@cache
def _informational() -> frozenset[str]:
    return frozenset(row["modifier"] for row in rows("modifiers") if row["payment_affecting"] == "N")


def _affects_payment(mark: str) -> bool:
    return mark not in _informational()
