"""Matching, denials, and variances that sum to the cent, on the published example and on whatever hypothesis draws."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import permutations
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claimloom.billing.build import build_claim
from claimloom.billing.secondary import Answer, secondary_claim
from claimloom.desk.expectation import expectation, settled
from claimloom.lines import match_lines
from claimloom.payers import Payers
from claimloom.pricing import PriceLine, price_claim
from claimloom.remit.answers import Posted, as_happened, sort_out
from claimloom.remit.classify import category, denial, is_denial
from claimloom.remit.match import Candidate, match_claim
from claimloom.remit.outcome import Result, reconcile
from claimloom.remit.standing import answer_in_force, standing
from claimloom.x12.nouns.read_835 import Remittance, read_835
from schemas.claim import Claim
from schemas.remittance import Adjustment, RemitClaim, RemitHeader, RemitLine
from schemas.values import PayerClass
from tests.sessions import visit

DAY = date(2026, 11, 16)
MEDICARE = Payers().config("06102", PayerClass.MEDICARE_B, DAY)
SAMPLE = Path(__file__).parents[2] / "edi_samples/835/835_example.edi"
HEADER = RemitHeader(
    payer_name="MEDICARE",
    trace_number="T1",
    payment_method="ACH",
    total_paid_cents=0,
    payment_date=date(2026, 11, 25),
)


def claim() -> Claim:
    return build_claim(visit(), MEDICARE, claim_id=UUID(int=7))


def settle(posted: list[Posted], of: Claim | None = None) -> Result:
    return settled(of or claim(), posted, MEDICARE)


def paid_right(**changes: Any) -> RemitClaim:
    """The claim as Medicare should pay it, by what we expect, with some lines changed."""
    ours = claim()
    wanted = expectation(ours, MEDICARE, standing(ours, []))
    assert wanted is not None
    made = []
    for place, line in enumerate(ours.lines):
        allowed, paid = wanted.allowed_cents[place], wanted.paid_cents[place]
        coinsurance, cut = wanted.coinsurance_cents[place], wanted.sequestration_cents[place]
        made.append(
            RemitLine(
                procedure_code=line.procedure_code,
                modifiers=line.modifiers,
                charge_cents=line.charge_cents,
                paid_cents=paid,
                units_paid=str(line.units),
                line_control_number=line.line_control_number,
                allowed_cents=allowed,
                adjustments=[
                    Adjustment(group="PR", reason="2", amount_cents=coinsurance),
                    Adjustment(group="CO", reason="253", amount_cents=cut),
                    Adjustment(group="CO", reason="45", amount_cents=line.charge_cents - paid - coinsurance - cut),
                ],
            )
        )
    fields = {
        "patient_control_number": ours.patient_control_number,
        "status_code": "1",
        "charge_cents": ours.total_charge_cents,
        "paid_cents": sum(line.paid_cents for line in made),
        "payer_claim_control_number": "ICN1",
        "lines": made,
    }
    return RemitClaim(**(fields | changes))


def with_line(place: int, **changes: Any) -> RemitClaim:
    right = paid_right()
    lines = [line.model_copy(update=changes) if n == place else line for n, line in enumerate(right.lines)]
    return right.model_copy(update={"lines": lines, "paid_cents": sum(line.paid_cents for line in lines)})


def negated(paid: RemitClaim) -> RemitClaim:
    lines = [
        line.model_copy(
            update={
                "charge_cents": -line.charge_cents,
                "paid_cents": -line.paid_cents,
                "adjustments": [
                    part.model_copy(update={"amount_cents": -part.amount_cents}) for part in line.adjustments
                ],
            }
        )
        for line in paid.lines
    ]
    changes = {"status_code": "22", "charge_cents": -paid.charge_cents, "paid_cents": -paid.paid_cents, "lines": lines}
    return paid.model_copy(update=changes)


def post(paid: RemitClaim, order: int = 0) -> Posted:
    return Posted(HEADER, paid, (f"{order:03d}",))


def causes(result: Result) -> dict[str, int]:
    found: dict[str, int] = {}
    for cause in result.causes:
        found[cause.cause] = found.get(cause.cause, 0) + cause.amount_cents
    return found


def test_published_example_is_paid_as_expected() -> None:
    """80.66, on the 835 of the domain's example; its place has no locality here, so national rates are asked for."""
    (remittance,) = read_835(SAMPLE.read_bytes())
    assert isinstance(remittance, Remittance)
    paid = remittance.claims[0]
    ours = claim().model_copy(
        update={
            "lines": [
                line.model_copy(update={"charge_cents": charge, "line_control_number": f"L000101-{line.line_number}"})
                for line, charge in zip(claim().lines, (15000, 7500, 7000), strict=True)
            ]
        }
    )
    price = price_claim(
        [PriceLine(each.procedure_code, tuple(each.modifiers), each.units, each.charge_cents) for each in ours.lines],
        MEDICARE,
        DAY,
        None,
    )
    assert price is not None
    local = expectation(ours, MEDICARE, standing(ours, [post(paid)]))
    assert local is not None
    national = replace(
        local,
        allowed_cents=[line.allowed_cents for line in price.lines],
        paid_cents=[line.paid_cents for line in price.lines],
        coinsurance_cents=[line.coinsurance_cents for line in price.lines],
        sequestration_cents=[line.reductions["sequestration"] for line in price.lines],
    )
    answers = sort_out(ours, [post(paid)])
    assert answers.later == []
    result = reconcile(ours, answers, standing(ours, answers.own, MEDICARE), {}, national, MEDICARE)
    assert (result.outcome, result.total_paid_cents, result.expected_paid_cents) == ("paid_as_expected", 8066, 8066)
    assert (result.patient_cents, result.causes, result.next_action) == (2124, [], None)


def test_paid_as_expected() -> None:
    result = settle([post(paid_right())])
    assert (result.outcome, result.causes, result.next_action) == ("paid_as_expected", [], None)
    assert result.total_paid_cents == result.expected_paid_cents


@pytest.mark.parametrize(("cents", "outcome"), [(-2, "paid_as_expected"), (2, "paid_as_expected"), (-3, "underpaid")])
def test_rounding_is_two_cents_a_line(cents: int, outcome: str) -> None:
    line = paid_right().lines[0]
    result = settle([post(with_line(0, paid_cents=line.paid_cents + cents))])
    assert result.outcome == outcome
    assert sum(causes(result).values()) == cents


def test_cut_unit_is_named() -> None:
    right = paid_right()
    wanted = expectation(claim(), MEDICARE, standing(claim(), []))
    assert wanted is not None
    allowed = wanted.fewer_units(0, 1)
    paid = wanted.pay(0, allowed)
    cut = Adjustment(group="CO", reason="151", amount_cents=7500)
    share = Adjustment(group="PR", reason="2", amount_cents=round(allowed * 0.2))
    result = settle(
        [post(with_line(0, paid_cents=paid, units_paid="1", allowed_cents=allowed, adjustments=[cut, share]))]
    )
    assert causes(result) == {"units_cut": paid - right.lines[0].paid_cents}
    assert result.outcome == "underpaid"
    assert "1 of 2 units paid, CO-151" in result.causes[0].explanation


def test_added_unit_is_named() -> None:
    wanted = expectation(claim(), MEDICARE, standing(claim(), []))
    assert wanted is not None
    allowed = wanted.fewer_units(0, 3)
    paid = wanted.pay(0, allowed)
    result = settle([post(with_line(0, paid_cents=paid, units_paid="3", allowed_cents=allowed))])
    assert causes(result) == {"units_added": paid - paid_right().lines[0].paid_cents}
    assert result.outcome == "overpaid"


def test_lines_paid_together_as_another_code_are_one_cause() -> None:
    right = paid_right()
    none = [Adjustment(group="CO", reason="97", amount_cents=right.lines[1].charge_cents)]
    lines = [
        right.lines[0].model_copy(update={"procedure_code": "97750", "submitted_code": right.lines[0].procedure_code}),
        right.lines[1].model_copy(
            update={
                "procedure_code": "97750",
                "submitted_code": right.lines[1].procedure_code,
                "paid_cents": 0,
                "allowed_cents": 0,
                "adjustments": none,
            }
        ),
        right.lines[2],
    ]
    paid = sum(line.paid_cents for line in lines)
    result = settle([post(right.model_copy(update={"lines": lines, "paid_cents": paid}))])
    assert causes(result) == {"bundled": -right.lines[1].paid_cents}
    assert result.outcome == "underpaid"
    assert [each.reason for each in result.denials] == ["97"]


@pytest.mark.parametrize("short", [0, 900])
def test_lines_answered_as_one_are_compared_as_one(short: int) -> None:
    """Two lines of one code in one answer: right in sum is right, less is less."""
    ours = claim()
    two = [ours.lines[0], ours.lines[1].model_copy(update={"procedure_code": ours.lines[0].procedure_code})]
    ours = ours.model_copy(update={"lines": two, "total_charge_cents": sum(line.charge_cents for line in two)})
    wanted = expectation(ours, MEDICARE, standing(ours, []))
    assert wanted is not None
    paid = sum(wanted.paid_cents) - short
    one = RemitLine(
        procedure_code=two[0].procedure_code,
        charge_cents=ours.total_charge_cents,
        paid_cents=paid,
        units_paid=str(sum(line.units for line in two)),
        adjustments=[Adjustment(group="CO", reason="45", amount_cents=ours.total_charge_cents - paid)],
    )
    told = RemitClaim(
        patient_control_number=ours.patient_control_number,
        status_code="1",
        charge_cents=ours.total_charge_cents,
        paid_cents=paid,
        lines=[one],
    )
    result = settle([post(told)], ours)
    assert result.outcome == ("underpaid" if short else "paid_as_expected")
    assert sum(causes(result).values()) == -short


def test_last_year_is_named() -> None:
    wanted = expectation(claim(), MEDICARE, standing(claim(), []))
    assert wanted is not None
    old = wanted.last_year(0)
    assert old is not None
    result = settle([post(with_line(0, paid_cents=wanted.pay(0, old), allowed_cents=old))])
    assert list(causes(result)) == ["fee_schedule_year"]


def test_denied_line_and_denied_claim() -> None:
    denied = [Adjustment(group="CO", reason="197", amount_cents=15000)]
    one = settle([post(with_line(0, paid_cents=0, allowed_cents=None, adjustments=denied))])
    assert one.outcome == "underpaid"
    assert list(causes(one)) == ["denied"]
    assert one.next_action is not None
    assert (one.next_action.kind, one.next_action.recoverable_cents) == ("denied", paid_right().lines[0].paid_cents)
    lines = [
        line.model_copy(
            update={
                "paid_cents": 0,
                "allowed_cents": None,
                "adjustments": [Adjustment(group="CO", reason="16", amount_cents=line.charge_cents)],
                "remarks": ["N290"],
            }
        )
        for line in paid_right().lines
    ]
    whole = settle([post(paid_right(paid_cents=0, lines=lines, remarks=["MA130"]))])
    assert whole.outcome == "denied"
    assert whole.next_action is not None
    assert "no appeal" in whole.next_action.action
    assert whole.next_action.due <= date(2026, 12, 25)


def test_claim_without_lines_is_explained_as_a_whole() -> None:
    part = [Adjustment(group="CO", reason="29", amount_cents=claim().total_charge_cents)]
    result = settle([post(paid_right(paid_cents=0, lines=[], adjustments=part))])
    assert (result.outcome, list(causes(result))) == ("denied", ["denied"])


def test_reversal_and_correction_in_any_order() -> None:
    short = with_line(0, paid_cents=1000)
    right = paid_right(payer_claim_control_number="ICN2")
    items = [post(short, 1), post(negated(short), 2), post(right, 3)]
    for order in (items, items[::-1], [items[1], items[0], items[2]]):
        result = settle(order)
        assert (result.outcome, result.total_paid_cents, result.causes) == ("paid_as_expected", right.paid_cents, [])
    alone = settle(items[:2])
    assert (alone.outcome, alone.total_paid_cents) == ("reversed", 0)
    assert causes(alone) == {"reversed": -right.paid_cents}
    assert alone.next_action is not None


def test_nothing_posted_for_status_25() -> None:
    estimate = paid_right(status_code="25")
    result = settle([post(paid_right(), 1), post(estimate, 2)])
    assert (result.outcome, result.total_paid_cents) == ("paid_as_expected", paid_right().paid_cents)


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_causes_always_sum_to_the_variance(data: st.DataObject) -> None:
    """Whatever a payer does with lines, units, codes, groups and reasons, the parts sum to the whole."""
    posted = []
    for number in range(data.draw(st.integers(1, 3))):
        lines = []
        for plain in paid_right().lines:
            line = plain
            if data.draw(st.booleans()):
                parts = data.draw(
                    st.lists(
                        st.builds(
                            Adjustment,
                            group=st.sampled_from(["CO", "PR", "OA", "PI"]),
                            reason=st.sampled_from(
                                ["1", "2", "3", "45", "59", "253", "16", "50", "97", "151", "197", "X9"]
                            ),
                            amount_cents=st.integers(-5000, 9000),
                        ),
                        max_size=4,
                    )
                )
                line = plain.model_copy(
                    update={
                        "paid_cents": data.draw(st.integers(-2000, 9000)),
                        "units_paid": data.draw(st.sampled_from(["0", "1", "2", "3", "-1"])),
                        "allowed_cents": data.draw(st.none() | st.integers(0, 9000)),
                        "adjustments": parts,
                        "procedure_code": data.draw(st.sampled_from([plain.procedure_code, "97140"])),
                        "submitted_code": plain.procedure_code,
                        "line_control_number": data.draw(st.sampled_from([plain.line_control_number, "", "OTHER"])),
                    }
                )
            lines.append(line)
        status = data.draw(st.sampled_from(["1", "2", "4", "22", "25"]))
        total = data.draw(st.integers(-9000, 20000))
        some = lines if data.draw(st.booleans()) else []
        posted.append(post(paid_right(status_code=status, lines=some, paid_cents=total), number))
    result = settle(posted)
    assert result.expected_paid_cents is not None
    variance = result.total_paid_cents - result.later_cents - result.expected_paid_cents
    assert sum(cause.amount_cents for cause in result.causes) == variance
    assert all(cause.amount_cents for cause in result.causes)
    assert settle(posted[::-1]).causes == result.causes


CANDIDATE = Candidate(1, "CABCDEFGHIJKL-1", "M1", DAY, 12000, frozenset({"ICN7"}))


@pytest.mark.parametrize(
    ("changes", "how"),
    [
        ({"patient_control_number": "CABCDEFGHIJKL-1"}, "claim_number"),
        ({"payer_claim_control_number": "ICN7"}, "payer_claim_number"),
        ({"original_payer_claim_control_number": "ICN7"}, "original_payer_claim_number"),
        ({"patient_control_number": "CABCDEFGHI"}, "shortened_claim_number"),
        ({"patient_control_number": "CABCDEFGH"}, ""),
        ({"member_id": "M1"}, "member_date_charge"),
        ({"member_id": "M1", "charge_cents": 11999}, ""),
    ],
)
def test_ways_to_find_a_claim(changes: dict[str, Any], how: str) -> None:
    line = RemitLine(procedure_code="97110", charge_cents=12000, paid_cents=0, date_of_service=DAY)
    fields = {
        "patient_control_number": "0",
        "status_code": "1",
        "charge_cents": 12000,
        "paid_cents": 0,
        "lines": [line],
    }
    assert match_claim(RemitClaim(**(fields | changes)), [CANDIDATE]) == ((1, how) if how else (0, ""))


def test_two_claims_that_fit_are_no_match() -> None:
    line = RemitLine(procedure_code="97110", charge_cents=12000, paid_cents=0, date_of_service=DAY)
    paid = RemitClaim(
        patient_control_number="0", status_code="1", charge_cents=12000, paid_cents=0, member_id="M1", lines=[line]
    )
    other = replace(CANDIDATE, place=2, patient_control_number="CZ")
    assert match_claim(paid, [CANDIDATE, other]) == (0, "")


def test_lines_by_number_then_code_then_place() -> None:
    ours = claim().lines
    paid = [
        RemitLine(procedure_code="97110", charge_cents=7000, paid_cents=0),
        RemitLine(
            procedure_code="00000", charge_cents=1, paid_cents=0, line_control_number=ours[0].line_control_number
        ),
        RemitLine(procedure_code="99999", charge_cents=1, paid_cents=0),
    ]
    assert match_lines(ours, paid) == [2, 0, None]


@pytest.mark.parametrize(
    ("group", "reason", "amount", "is_one"),
    [
        ("CO", "45", 100, False),
        ("PR", "45", 100, True),
        ("PR", "2", 100, False),
        ("CO", "253", 100, False),
        ("OA", "23", 100, False),
        ("CO", "197", 100, True),
        ("CO", "197", 0, False),
        ("CO", "ZZ9", 100, True),
    ],
)
def test_what_is_a_denial(group: str, reason: str, amount: int, is_one: bool) -> None:
    assert is_denial(Adjustment(group=group, reason=reason, amount_cents=amount)) is is_one


@pytest.mark.parametrize("reason", ["29", "97", "119", "197"])
def test_never_the_patients(reason: str) -> None:
    assert not denial(Adjustment(group="PR", reason=reason, amount_cents=1), "", []).patient_billable


def test_unknown_reason_goes_to_a_person() -> None:
    assert category("ZZ9").name == "unmapped"
    assert "write off" not in denial(Adjustment(group="CO", reason="ZZ9", amount_cents=1), "", []).action


def test_of_one_day_a_payment_its_reversal_and_what_stands_are_told_in_this_order() -> None:
    """By whatever trace numbers they came; a reversal of an earlier day's payment is the first of its day."""
    right = paid_right()
    back = right.model_copy(
        update={"status_code": "22", "charge_cents": -right.charge_cents, "paid_cents": -right.paid_cents}
    )
    other = right.model_copy(update={"paid_cents": right.paid_cents - 100})
    orders = [("25", "1"), ("25", "2"), ("25", "3")]
    for some in permutations((right, back, other)):
        posted = [Posted(HEADER, each, order) for each, order in zip(some, orders, strict=True)]
        assert [each.claim for each in as_happened(posted)] == [right, back, other]
    later = [Posted(HEADER, right, ("24", "9")), Posted(HEADER, other, ("25", "1")), Posted(HEADER, back, ("25", "2"))]
    assert [each.claim for each in as_happened(later)] == [right, back, other]


def dated(paid: RemitClaim, day: str) -> Posted:
    return Posted(HEADER, paid, (day, "T1"))


@pytest.mark.parametrize(
    ("days", "stands"),
    [
        (("24", "25", "26"), ["26"]),
        (("24", "25", "25"), ["25"]),
        (("26", "25", ""), ["26"]),
        (("23", "25", "24"), ["23"]),
        (("24", "", "26"), ["24"]),
        (("25", "25", ""), []),
    ],
    ids=[
        "paid anew later",
        "paid anew with it",
        "the first was never read",
        "paid twice",
        "of no day",
        "on the same day",
    ],
)
def test_what_is_taken_back_was_paid_by_then(days: tuple[str, str, str], stands: list[str]) -> None:
    """A payment, its reversal and the same money again ("" of that: not again): a reversal restores what was before a
    payment (X12 RFI 791), so it means none of a later day."""
    right = paid_right()
    first, back, again = days
    posted = [dated(right, first), dated(negated(right), back), *([dated(right, again)] if again else [])]
    answers = sort_out(claim(), posted)
    assert [each.order[0] for each in answers.own] == stands
    never_read = first > back > ""
    assert answers.unseen_cents == (-right.paid_cents if never_read else 0)


def test_of_a_payment_dated_behind_its_reversal_the_correction_stands() -> None:
    right = paid_right()
    less = right.model_copy(update={"paid_cents": right.paid_cents - 100})
    posted = [dated(right, "26"), dated(negated(right), "25"), dated(less, "25")]
    answers = sort_out(claim(), posted)
    assert [each.claim for each in answers.own] == [less]
    assert answers.total_cents == less.paid_cents


def alone(place: int, paid: RemitClaim) -> RemitClaim:
    """One line of an answer, as an answer of its own."""
    line = paid.lines[place]
    return paid.model_copy(
        update={"lines": [line], "charge_cents": line.charge_cents, "paid_cents": line.paid_cents, "adjustments": []}
    )


def test_what_goes_to_the_next_payer_is_what_the_claim_stands_by() -> None:
    """In whatever order a payer answers the claim and lines of it: money of answers overtaken goes nowhere else."""
    refused = [Adjustment(group="CO", reason="252", amount_cents=claim().lines[0].charge_cents)]
    asked = with_line(0, paid_cents=0, allowed_cents=None, adjustments=refused)
    answers = (asked, alone(0, paid_right()), alone(1, paid_right()), paid_right())
    made = 0
    for some in (each for count in range(1, 5) for each in permutations(answers, count)):
        posted = [post(each, order) for order, each in enumerate(some)]
        stands = standing(claim(), posted, MEDICARE)
        told = answer_in_force(claim(), posted, stands)
        covered = {line.line_control_number for each in some for line in each.lines}
        assert (told is not None) == (len(covered) == len(claim().lines))
        if told:
            made += 1
            assert told.paid_cents == sum(line.paid_cents - line.again_cents for line in stands.lines)
            coverage = claim().coverage.model_copy(update={"payer_id": "88888"})
            following = secondary_claim(claim(), Answer(told, DAY), coverage, claim_id=UUID(int=8))
            assert [line.paid_cents for line in following.other_payers[0].lines] == [
                line.paid_cents - line.again_cents for line in stands.lines
            ]
    assert made > len(answers)


def test_an_amount_of_the_whole_claim_goes_on_only_with_all_lines_of_its_answer() -> None:
    whole = paid_right(
        paid_cents=paid_right().paid_cents - 500,
        adjustments=[Adjustment(group="PR", reason="1", amount_cents=500)],
    )
    again = [post(whole, 0), post(alone(0, paid_right()), 1)]
    assert answer_in_force(claim(), again, standing(claim(), again, MEDICARE)) is None
    (one,) = posted = [post(whole, 0)]
    told = answer_in_force(claim(), posted, standing(claim(), posted, MEDICARE))
    assert told is not None
    assert (told.paid_cents, told.adjustments) == (one.claim.paid_cents, one.claim.adjustments)
    assert [line.adjustments for line in told.lines] == [line.adjustments for line in whole.lines]


def told_of_the_claim(*reasons: str, more_cents: int = 0) -> RemitClaim:
    """The claim paid right, with these amounts told of all lines together; the last takes ``more_cents`` of them."""
    right = paid_right()
    parts, lines = [], []
    for reason in reasons:
        some = [each for line in right.lines for each in line.adjustments if each.reason == reason]
        parts.append(some[0].model_copy(update={"amount_cents": sum(each.amount_cents for each in some)}))
    parts[-1] = parts[-1].model_copy(update={"amount_cents": parts[-1].amount_cents + more_cents})
    for line in right.lines:
        mine = [each for each in line.adjustments if each.reason in reasons]
        kept = [each for each in line.adjustments if each.reason not in reasons]
        paid = line.paid_cents + sum(each.amount_cents for each in mine)
        lines.append(line.model_copy(update={"paid_cents": paid, "adjustments": kept}))
    return right.model_copy(update={"paid_cents": right.paid_cents - more_cents, "adjustments": parts, "lines": lines})


@pytest.mark.parametrize("reasons", [("253",), ("2",), ("253", "2"), ("2", "253")])
def test_a_percentage_told_of_the_claim_is_borne_by_each_line(reasons: tuple[str, ...]) -> None:
    result = settle([post(told_of_the_claim(*reasons))])
    assert (result.outcome, sum(causes(result).values())) == ("paid_as_expected", 0)
    short = [(each.cause, each.amount_cents) for each in result.causes if each.cause != "rounding"]
    assert short == []
    assert all(abs(each.amount_cents) <= 2 for each in result.causes)


def test_more_of_a_percentage_than_is_due_is_missing_of_the_claim() -> None:
    result = settle([post(told_of_the_claim("253", more_cents=300))])
    assert (result.outcome, sum(causes(result).values())) == ("underpaid", -300)
    assert causes(result)["sequestration"] <= -299


def test_reversal_of_what_was_never_read_makes_nothing_short() -> None:
    """The payment before it lies in another system; the correction that comes with it stands."""
    other = with_line(0, paid_cents=1, allowed_cents=1)
    result = settle([dated(negated(other), "2026-11-20"), dated(paid_right(), "2026-11-20")])
    assert causes(result) == {}
    assert (result.total_paid_cents, result.unseen_cents) == (paid_right().paid_cents, -other.paid_cents)
    assert result.outcome == "paid_as_expected"
    assert result.next_action is not None
    assert result.next_action.kind == "review"
    assert "never read here" in result.next_action.reason


def test_reversal_of_other_amounts_than_were_paid_before_it_counts() -> None:
    """Its nearest neighbour: there is a payment that it can mean."""
    other = with_line(0, paid_cents=1, allowed_cents=1)
    result = settle([dated(paid_right(), "2026-11-10"), dated(negated(other), "2026-11-20")])
    assert causes(result) == {"reversal_remainder": -other.paid_cents}
    assert result.outcome == "underpaid"


def allowed_at(zip_code: str) -> RemitClaim:
    """The claim as Medicare would pay it at another place."""
    ours = claim()
    address = ours.billing_provider.address.model_copy(update={"zip": zip_code})
    moved = ours.model_copy(
        update={
            "billing_provider": ours.billing_provider.model_copy(update={"address": address}),
            "service_facility_address": None,
        }
    )
    there = expectation(moved, MEDICARE, standing(moved, []))
    assert there is not None
    right = paid_right()
    lines = [
        line.model_copy(update={"allowed_cents": there.allowed_cents[place], "paid_cents": there.paid_cents[place]})
        for place, line in enumerate(right.lines)
    ]
    return right.model_copy(update={"lines": lines, "paid_cents": sum(line.paid_cents for line in lines)})


def test_fees_of_another_locality_are_named() -> None:
    result = settle([post(allowed_at("606010001"))])  # Chicago, of the same contractor
    assert set(causes(result)) == {"wrong_locality"}
    assert "Chicago" in result.causes[0].explanation


def test_one_line_off_is_no_other_locality() -> None:
    """Its nearest neighbour: of the three lines one has the other locality's fee, and the others their own."""
    there, right = allowed_at("606010001"), paid_right()
    lines = [there.lines[0], *right.lines[1:]]
    result = settle([post(right.model_copy(update={"lines": lines, "paid_cents": sum(e.paid_cents for e in lines)}))])
    assert "wrong_locality" not in causes(result)
