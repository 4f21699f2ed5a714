"""UNT: units against minutes, worked out again from the session's own minutes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise, permutations
from typing import Final

from claimloom.reference import rows
from claimloom.reference.code_ladders import first_code, pooled_service
from claimloom.reference.therapy_codes import therapy_code
from claimloom.scrub.case import Case, Clocked, OtherClaim, rendered_by
from claimloom.scrub.rules import Hit, MissingInputError, rule
from schemas.claim import ClaimLine, Severity
from schemas.session import UntimedProcedure, on_the_clock
from schemas.values import UnitRule
from schemas.words import counted

GROUP: Final = "97150"
MINUTES: Final = "correct the minutes of the timed services"
REPEATED: Final = frozenset({"76", "77"})
SIDES: Final = frozenset(row["modifier"] for row in rows("modifiers") if row["class"] == "anatomic")


def _units(minutes: int) -> int:
    """Units of the 15-minute ladder: one from 8 minutes, one more for every 15 (CMS Pub. 100-04 ch. 5 20.2)."""
    return (minutes + 7) // 15


def _line(case: Case, code: str) -> ClaimLine:
    lines = case.claim.lines
    return next(line for line in lines if code in (line.procedure_code, pooled_service(line.procedure_code)))


@rule("UNT-001")
def day_total(case: Case) -> Iterator[Hit]:
    """All pooled units of the day and discipline against all pooled minutes, earlier visits of the day included."""
    own = sum(case.pooled_units.values())
    earlier = _earlier(case)
    units = own + sum(each.pool_units for each in earlier)
    minutes = sum(case.pooled_minutes.values()) + sum(each.pool_minutes for each in earlier) + _without_a_claim(case)
    earned = _units(minutes)
    if own and units > earned:
        over = f" with {counted(len(earlier), 'other visit')} of the day" if earlier else ""
        detail = f"{counted(units, 'unit')}, {counted(minutes, 'minute')} earn {earned}{over}"
        fixes = (
            MINUTES,
            *(("put the visits of the day into one",) if earlier else ()),
        )
        yield Hit("2400/SV104", detail, fixes, value=str(units))


@rule("UNT-002", after=("UNT-001",))
def code_total(case: Case) -> Iterator[Hit]:
    """No code gets more than one unit beyond its full blocks."""
    for code, units in case.pooled_units.items():
        minutes = case.pooled_minutes[code]
        if units > minutes // 15 + 1:
            detail = f"{code}: {counted(units, 'unit')}, {counted(minutes, 'minute')}"
            yield Hit("2400/SV104", detail, (f"correct the minutes of {code}",), _line(case, code), str(units))


@rule("UNT-003", after=("UNT-001", "UNT-002"))
def largest_remainder_first(case: Case) -> Iterator[Hit]:
    """A left-over unit goes to the code with the most left-over minutes."""
    minutes, units = case.pooled_minutes, case.pooled_units
    if sum(units.values()) != _units(sum(minutes.values())):
        return
    won = {code: units[code] > minutes[code] // 15 for code in minutes}
    for winner, loser in permutations(won, 2):
        if won[winner] and not won[loser] and minutes[winner] % 15 < minutes[loser] % 15:
            detail = f"{winner} got the unit that {loser} has more minutes for"
            yield Hit("2400/SV104", detail, (f"bill the unit under {loser}",), _line(case, winner), winner)


@rule("UNT-004")
def midpoint(case: Case) -> Iterator[Hit]:
    """Each code by itself: a unit once 8 of its 15 minutes are done."""
    for code, units in case.pooled_units.items():
        minutes = case.pooled_minutes[code]
        if units > _units(minutes):
            detail = f"{code}: {counted(units, 'unit')}, {counted(minutes, 'minute')} earn {_units(minutes)}"
            yield Hit("2400/SV104", detail, (f"correct the minutes of {code}",), _line(case, code), str(units))


@rule("UNT-005")
def minutes_recorded(case: Case) -> Iterator[Hit]:
    """A timed code has minutes; those of an add-on code stand under its first code. What the visit counts where it
    should time it earns no unit, so it is told although no line has it.
    """
    for line, said in case.lines:
        known = said.known
        if known is None or not known.is_billed_by_time:
            continue
        if not (case.minutes.get(said.code) or case.minutes.get(known.add_on_of)):
            yield Hit("2400/SV104", line.procedure_code, (_timed(line.procedure_code),), line, line.procedure_code)
    for each in case.session.untimed:
        known = therapy_code(each.code)
        if known is not None and known.is_billed_by_time:
            yield from _counted_not_timed(case, each)


def _counted_not_timed(case: Case, counted_one: UntimedProcedure) -> Iterator[Hit]:
    code = counted_one.code
    timed = any(first_code(other) == first_code(code) for other in case.minutes)
    if counted_one.minutes or not timed:
        detail = f"{code} is billed by its minutes, and stands among what is billed by count"
        yield Hit("session.untimed", detail, (_timed(code),), value=code)
    elif counted_one.count > case.units.get(code, 0):
        detail = f"{code} is counted {counted(counted_one.count, 'time')}; its minutes earn {case.units.get(code, 0)}"
        fixes = (f"correct the minutes of {code}", f"take {code} out of untimed")
        yield Hit("session.untimed", detail, fixes, value=code, severity=Severity.WARN)


def _timed(code: str) -> str:
    return f"move {code} from untimed to timed with its minutes"


@rule("UNT-006")
def untimed_once(case: Case) -> Iterator[Hit]:
    """Untimed codes: as often a day and side as the unit edit of the code allows, usually once. That it was done again
    (76, 77) opens no edit of Medicare (NCCI policy manual ch. 1); other payers decide by themselves.
    """
    untimed = [(line, said, said.known) for line, said in case.lines if said.known and not said.known.timed]
    if not untimed:
        return
    total: Counter[tuple[str, frozenset[str]]] = Counter()
    before: Counter[tuple[str, frozenset[str]]] = Counter()
    limits: dict[tuple[str, frozenset[str]], int] = {}
    again: Counter[tuple[str, frozenset[str]]] = Counter()
    for line, said, known in untimed:
        total[said.code, SIDES & said.marks] += line.units
        if not case.medicare and said.marks & REPEATED:
            again[said.code, SIDES & said.marks] += line.units
        limits[said.code, SIDES & said.marks] = max(1, known.mue_practitioner or 1)
    for other in case.neighbours:
        if other.came_first:
            for each in other.lines:
                before[each.code, SIDES & each.modifiers] += each.units
    for (code, side), limit in limits.items():
        units, left = total[code, side] + before[code, side], limit - before[code, side]
        if units > limit:
            detail = f"{code} x {units}, at most {limit} a day"
            fix = f"set count of {code} to {left}" if left > 0 else f"take {code} out of the visit"
            severity = Severity.WARN if units - again[code, side] <= limit else None
            yield Hit("2400/SV104", detail, (fix,), _line(case, code), str(units), severity)


@rule("UNT-007")
def inside_the_visit(case: Case) -> Iterator[Hit]:
    """One-on-one minutes fit into the visit, and intervals do not overlap."""
    session = case.session
    several = case.clocked if len(case.clocked) > 1 else ()
    spans = [(on_the_clock(each.start), on_the_clock(each.stop), each.code) for each in several]
    for before, after in pairwise(sorted(spans)):
        if after[0] < before[1] and GROUP not in (before[2], after[2]):
            detail = f"{before[2]} and {after[2]} overlap"
            yield Hit("session.timed", detail, (f"correct start or stop of {after[2]}",), value=after[2])
    if session.start is None or session.stop is None:
        if not case.clocked:
            raise MissingInputError("start and stop of the visit")
        return
    length = int(on_the_clock(session.stop) - on_the_clock(session.start)) // 60
    total = sum(case.minutes.values())
    if total > length:
        detail = f"{counted(total, 'one-on-one minute')} in a visit of {counted(length, 'minute')}"
        yield Hit(
            "session.timed",
            detail,
            (MINUTES, "correct when the visit ended"),
            value=str(total),
        )


@rule("UNT-009")
def one_line_a_code(case: Case) -> Iterator[Hit]:
    """The same code with the same modifiers stands on one line."""
    seen: set[tuple[str, frozenset[str], str]] = set()
    for line, said in case.lines:
        key = (said.code, said.marks, rendered_by(case, line).npi)
        if key in seen:
            fix = f"put {line.procedure_code} on one line"
            yield Hit("2400/SV101", line.procedure_code, (fix,), line, line.procedure_code)
        seen.add(key)


@rule("UNT-010")
def many_units(case: Case) -> Iterator[Hit]:
    """A long visit is looked at before the payer does."""
    timed = sum(units for code, units in case.day_units.items() if (known := therapy_code(code)) and known.timed)
    if timed > case.payer.max_units_per_visit:
        detail = f"{counted(timed, 'timed unit')}, usual are up to {case.payer.max_units_per_visit}"
        yield Hit("2400/SV104", detail, ("check the minutes in timed",), value=str(timed))


@rule("UNT-013")
def fewer_than_earned(case: Case) -> Iterator[Hit]:
    """Minutes worked and not billed; those of earlier visits of the day to the same payer are in one pool with them."""
    minutes, units = case.pooled_minutes, case.pooled_units
    cms = case.payer.unit_rule is UnitRule.CMS_8MIN
    earlier = _earlier(case) if cms and minutes else []
    least = {code: each // 15 if cms else _units(each) for code, each in minutes.items()}
    pool = sum(minutes.values()) + sum(each.pool_minutes for each in earlier) + _without_a_claim(case)
    earned = _units(pool) - sum(each.pool_units for each in earlier) if cms else sum(least.values())
    billed = sum(units.values())
    short = [code for code, each in least.items() if units[code] < each and not earlier]
    if billed < earned or short:
        detail = f"{counted(billed, 'unit')} billed, {earned} earned" + (
            f"; too few of {', '.join(short)}" if short else ""
        )
        detail += f", with {counted(len(earlier), 'other visit')} of the day" if earlier else ""
        yield Hit("2400/SV104", detail, ("bill the units earned",), value=str(billed))


def _earlier(case: Case) -> list[OtherClaim]:
    """Visits of the day that came first, of the same discipline and payer."""
    mine = (case.claim.discipline, case.claim.coverage.payer_id)
    return [each for each in case.neighbours if each.came_first and (each.discipline, each.payer_id) == mine]


def _without_a_claim(case: Case) -> int:
    """Minutes of visits of the day that earned no unit: the claim says whose it counted, no claim of theirs does."""
    return sum(case.claim.units.unbilled_visits.values())


@rule("UNT-014")
def minutes_of_two_disciplines(case: Case) -> Iterator[Hit]:
    """Two therapists with one patient at one time bill each minute once (CMS, 11 Part B Billing Scenarios)."""
    mine = case.clocked if case.ledger.same_day else ()
    for other in case.ledger.same_day if mine else ():
        if not other.came_first or other.discipline is case.claim.discipline:
            continue
        shared = sorted({each.code for each in mine for one in other.clocked if _seconds_together(each, one)})
        seconds = sum(_seconds_together(each, one) for each in mine for one in other.clocked)
        if shared:
            detail = (
                f"{counted(-(-seconds // 60), 'minute')} of {', '.join(shared)} are billed on "
                f"{other.discipline.value} claim {other.patient_control_number} too"
            )
            fixes = (
                "have the two therapists share the minutes, and correct start and stop here or in visit "
                f"{other.session_id}",
            )
            yield Hit("session.timed", detail, fixes, value=shared[0])


def _seconds_together(one: Clocked, other: Clocked) -> int:
    """How long two spans run side by side; a clock with a time zone and one without are not compared."""
    if (one.start.tzinfo is None) != (other.start.tzinfo is None):
        return 0
    together = min(one.stop, other.stop) - max(one.start, other.start)
    return max(int(together.total_seconds()), 0)
