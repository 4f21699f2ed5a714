"""A day's one unit in full: two claims of a patient's day against all that a payer may do with it.

Source: CMS Pub. 100-04 ch. 5 section 10.7 (one unit a day in full, over disciplines and claims of a group). The payer
reckons here by unit rates alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from uuid import UUID

import pytest

from claimloom.billing.build import build_claim
from claimloom.desk.day import PatientDay, full_unit_of
from claimloom.desk.expectation import settled
from claimloom.payers import Payers
from claimloom.reference.fee_schedule import packaged_fees
from claimloom.remit.answers import Posted
from claimloom.remit.outcome import Result
from schemas.claim import Claim
from schemas.remittance import Adjustment, RemitClaim, RemitHeader, RemitLine
from schemas.values import PayerClass
from tests.sessions import visit

DAY = date(2026, 11, 16)
MEDICARE = Payers().config("06102", PayerClass.MEDICARE_B, DAY)
ZIP = "627010001"
FEES = {"97530": 9500, "97535": 7500, "97110": 7000, "97140": 7000}
HEADER = RemitHeader(payer_name="MEDICARE", trace_number="T1", payment_method="ACH", total_paid_cents=0)


def built(number: int, timed: Sequence[Mapping[str, object]], discipline: str = "OT") -> Claim:
    clinic = visit().clinic.model_dump(mode="json") | {"fees_cents": FEES}
    made = visit(session_id=f"S-{number}", timed=list(timed), discipline=discipline, clinic=clinic)
    return build_claim(made, MEDICARE, claim_id=UUID(int=number))


# 97530 has the higher practice expense (0.60 against 0.41 and 0.51), so its claim has the day's full unit by the rule.
OT = built(1, [{"code": "97530", "minutes": 30}])
PT = built(2, [{"code": "97110", "minutes": 30}], "PT")
TIED = built(3, [{"code": "97530", "minutes": 15}], "PT")


def half(value: int, times: int, of: int) -> int:
    return (value * times * 2 + of) // (of * 2)


def paid(claim: Claim, full: int = 0, refused: bool = False) -> Posted:
    """The claim with so many units of its one line in full, 20 % the patient's, 2 % cut."""
    (line,) = claim.lines
    rate = packaged_fees().unit_rate(line.procedure_code, DAY, ZIP)
    assert rate is not None
    allowed = full * rate.full_cents + (line.units - full) * rate.mppr_cents
    share = half(allowed, 20, 100)
    cut = half(allowed - share, 2, 100)
    pays = allowed - share - cut
    parts = [("PR", "2", share), ("CO", "253", cut), ("CO", "45", line.charge_cents - allowed)]
    if refused:
        allowed, pays, parts = 0, 0, [("CO", "197", line.charge_cents)]
    answer = RemitLine(
        procedure_code=line.procedure_code,
        charge_cents=line.charge_cents,
        paid_cents=pays,
        units_paid=str(line.units),
        line_control_number=line.line_control_number,
        allowed_cents=allowed,
        adjustments=[Adjustment(group=group, reason=reason, amount_cents=cents) for group, reason, cents in parts],
    )
    told = RemitClaim(
        patient_control_number=claim.patient_control_number,
        status_code="4" if refused else "1",
        charge_cents=line.charge_cents,
        paid_cents=pays,
        lines=[answer],
    )
    return Posted(HEADER, told, ("2026-11-25", claim.patient_control_number))


def both(*of: tuple[Claim, Posted | None]) -> list[Result]:
    """How each claim stands, with the other beside it."""
    claims, posted = [claim for claim, _ in of], [[each] if each else [] for _, each in of]
    return [
        settled(claim, posted[place], MEDICARE, day=PatientDay(claims, posted, place, [""] * len(claims)))
        for place, claim in enumerate(claims)
        if posted[place]
    ]


def names(result: Result) -> list[str]:
    return [cause.cause for cause in result.causes]


def test_one_unit_in_full_on_the_best_line_is_right() -> None:
    ot, pt = both((OT, paid(OT, full=1)), (PT, paid(PT)))
    assert (ot.outcome, pt.outcome, names(ot), names(pt)) == ("paid_as_expected", "paid_as_expected", [], [])


def test_expected_is_the_days_whatever_was_paid() -> None:
    """Never fitted to the payment: each claim is expected at the same amount in all of these."""
    answers = [(1, 0), (0, 1), (1, 1), (0, 0), (2, 2)]
    found = {tuple(each.expected_paid_cents for each in both((OT, paid(OT, a)), (PT, paid(PT, b)))) for a, b in answers}
    assert len(found) == 1


def test_full_unit_on_the_lesser_line_is_short_by_what_the_two_differ_by() -> None:
    ot, pt = both((OT, paid(OT)), (PT, paid(PT, full=1)))
    assert names(pt) == ["day_share"]
    assert pt.outcome == "paid_as_expected"
    assert names(ot) == ["day_share", "mppr_order"]
    assert ot.outcome == "underpaid"
    told = sum(cause.amount_cents for each in (ot, pt) for cause in each.causes if cause.cause == "day_share")
    assert told == 0
    missing = sum(cause.amount_cents for each in (ot, pt) for cause in each.causes)
    expected = sum(each.expected_paid_cents or 0 for each in (ot, pt))
    assert missing == ot.total_paid_cents + pt.total_paid_cents - expected < 0


@pytest.mark.parametrize("order", [(OT, TIED), (TIED, OT)])
def test_of_equal_lines_either_may_have_it(order: tuple[Claim, Claim]) -> None:
    for full in [(1, 0), (0, 1)]:
        results = both(*((claim, paid(claim, units)) for claim, units in zip(order, full, strict=True)))
        assert {each.outcome for each in results} == {"paid_as_expected"}


def test_two_units_in_full_are_one_too_much() -> None:
    ot, pt = both((OT, paid(OT, full=1)), (PT, paid(PT, full=1)))
    assert (ot.outcome, pt.outcome) == ("paid_as_expected", "overpaid")


def test_no_unit_in_full_is_short_once_all_are_answered() -> None:
    ot, pt = both((OT, paid(OT)), (PT, paid(PT)))
    assert (ot.outcome, names(ot), pt.outcome) == ("underpaid", ["mppr_on_every_unit"], "paid_as_expected")


@pytest.mark.parametrize("full", [0, 1])
def test_nothing_is_short_or_over_while_the_other_claim_is_open(full: int) -> None:
    (ot,) = both((OT, paid(OT, full)), (PT, None))
    (pt,) = both((OT, None), (PT, paid(PT, full)))
    assert (ot.outcome, pt.outcome) == ("paid_as_expected", "paid_as_expected")
    assert names(ot) == ([] if full else ["day_share"])
    assert names(pt) == (["day_share"] if full else [])


def test_refused_line_leaves_the_full_unit_to_the_next() -> None:
    ot, pt = both((OT, paid(OT, refused=True)), (PT, paid(PT, full=1)))
    assert (ot.outcome, pt.outcome, names(pt)) == ("denied", "paid_as_expected", ["day_share"])


def test_refused_line_does_not_excuse_a_unit_that_is_reduced() -> None:
    """Its nearest neighbour: the other claim is refused and the full unit is given to nobody."""
    two = built(4, [{"code": "97140", "minutes": 30}], "PT")
    best, other = both((OT, paid(OT)), (two, paid(two, refused=True)))
    assert (best.outcome, other.outcome) == ("underpaid", "denied")


HERE = """payer_ids = ["06102"]
[[terms]]
from = 2026-01-01
clinic = ["north"]
percent_of_medicare = "1"
mppr = true
[[terms]]
from = 2026-01-01
clinic = ["south"]
percent_of_charge = "0.5"
"""


@pytest.mark.parametrize(
    ("clinics", "full"), [(("north", "north"), 0), (("south", "north"), 1), (("north", "south"), 0)], ids=str
)
def test_terms_of_a_clinic_rank_its_claims_alone(clinics: tuple[str, str], full: int, tmp_path: Path) -> None:
    """97530 goes before 97110, but not where its clinic is paid by another term, which ranks nothing."""
    (tmp_path / "day.toml").write_text(HERE)
    payer = Payers((), (tmp_path,)).config("06102", PayerClass.MEDICARE_B, DAY)
    claims = [OT, PT]
    days = [PatientDay(claims, [[], []], mine, clinics) for mine in range(2)]
    ranked = [full_unit_of(day, payer) for day in days]
    assert [each != "elsewhere" for each in ranked] == [place == full for place in range(2)]
