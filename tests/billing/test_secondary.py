"""Claims to a next payer: what goes over, what stays, and answers that no claim can follow. People invented."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from claimloom.billing.build import build_claim
from claimloom.billing.secondary import Answer, SecondaryError, secondary_claim
from claimloom.payers import Payers
from schemas.claim import Claim
from schemas.event import derived_id
from schemas.remittance import Adjustment, RemitClaim, RemitLine
from schemas.session import Attachment, Coverage
from tests.sessions import visit

PAYERS = Payers()

DAY = date(2026, 11, 20)
SUPPLEMENT = Coverage.model_validate(
    {
        "payer_id": "88888",
        "payer_name": "EXAMPLE SUPPLEMENT",
        "payer_class": "commercial",
        "member_id": "SUPP55501",
        "filing_indicator": "CI",
    }
)


def primary() -> Claim:
    session = visit(authorization={"number": "AUTH1"}, referral_number="REF1")
    coverage = session.coverages[0]
    payer = PAYERS.config(coverage.payer_id, coverage.payer_class, session.date_of_service)
    return build_claim(session, payer, claim_id=derived_id("claim", "1"))


def part(group: str, reason: str, amount: int) -> Adjustment:
    return Adjustment(group=group, reason=reason, amount_cents=amount)


def answer(billed: Claim, **changes: Any) -> Answer:
    """Each line paid 10.00, 5.00 left to the patient, the rest written off."""
    lines = [
        RemitLine(
            procedure_code=line.procedure_code,
            modifiers=line.modifiers,
            charge_cents=line.charge_cents,
            paid_cents=1000,
            units_paid=str(line.units),
            line_control_number=line.line_control_number,
            adjustments=[part("CO", "45", line.charge_cents - 1500), part("PR", "2", 500), part("CO", "253", 0)],
        )
        for line in billed.lines
    ]
    told = RemitClaim(
        patient_control_number=billed.patient_control_number,
        status_code="1",
        charge_cents=billed.total_charge_cents,
        paid_cents=1000 * len(lines),
        payer_claim_control_number="1126320000010",
        lines=lines,
    )
    return Answer(told.model_copy(update=changes), DAY)


def after(told: Answer, **more: Any) -> Claim:
    return secondary_claim(primary(), told, SUPPLEMENT, claim_id=derived_id("claim", "2"), **more)


def test_next_claim_is_the_next_payers_and_the_earlier_payers_numbers_go_with_it() -> None:
    made = after(answer(primary()), authorization_number="AUTH2")
    assert (made.responsibility, made.coverage, made.frequency_code) == ("S", SUPPLEMENT, "1")
    assert (made.authorization_number, made.referral_number) == ("AUTH2", "")
    assert made.patient_control_number != primary().patient_control_number
    assert made.total_charge_cents == primary().total_charge_cents
    assert [line.line_control_number for line in made.lines] == [
        f"{made.patient_control_number}-{n}" for n in (1, 2, 3)
    ]
    (other,) = made.other_payers
    assert (other.responsibility, other.coverage.payer_id) == ("P", "06102")
    assert (other.authorization_number, other.referral_number) == ("AUTH1", "REF1")
    assert (other.paid_cents, other.payer_claim_control_number) == (3000, "1126320000010")
    assert [line.remaining_liability_cents for line in other.lines] == [500, 500, 500]
    assert [len(line.adjustments) for line in other.lines] == [2, 2, 2]


def test_documents_and_file_information_are_the_first_payers_alone() -> None:
    doc = Attachment(report_type="09", transmission="FX", control_number="DOC2")
    billed = primary()
    lines = [line.model_copy(update={"attachments": [doc]}) for line in billed.lines]
    more = {"attachments": [doc], "file_information": ["FORM 7"], "lines": lines}
    billed = billed.model_copy(update=more)
    claim = secondary_claim(billed, answer(billed), SUPPLEMENT, claim_id=derived_id("claim", "2"))
    assert (claim.attachments, claim.file_information) == ([], [])
    assert [line.attachments for line in claim.lines] == [[] for _ in billed.lines]


def test_answer_without_lines_leaves_the_liability_to_the_claim() -> None:
    total = primary().total_charge_cents
    told = answer(primary(), lines=[], paid_cents=total - 700, adjustments=[part("PR", "1", 700)])
    (other,) = after(told).other_payers
    assert (other.remaining_liability_cents, other.adjudication_date, other.lines) == (700, DAY, [])


def test_lines_without_their_numbers_are_found_by_what_was_billed() -> None:
    lines = [line.model_copy(update={"line_control_number": ""}) for line in answer(primary()).claim.lines]
    (other,) = after(answer(primary(), lines=lines[::-1])).other_payers
    assert [(line.line_number, line.procedure_code) for line in other.lines] == [
        (1, "97530"),
        (2, "97535"),
        (3, "97110"),
    ]


def test_line_that_was_taken_into_another_says_into_which() -> None:
    first, second, third = answer(primary()).claim.lines
    taken = second.model_copy(
        update={
            "procedure_code": "97530",
            "submitted_code": "97535",
            "submitted_modifiers": second.modifiers,
            "paid_cents": 0,
            "adjustments": [part("CO", "97", second.charge_cents)],
        }
    )
    (other,) = after(answer(primary(), lines=[first, taken, third], paid_cents=2000)).other_payers
    assert [line.bundled_into for line in other.lines] == [None, 1, None]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"paid_cents": 3001}, r"paid and adjusted of the claim differ from its charge by \$0\.01"),
        ({"status_code": "22", "charge_cents": -6000, "paid_cents": -3000}, "reversal"),
        ({"status_code": "25"}, "predetermination"),
        ({"status_code": "23"}, "decided nothing"),
        (
            {"lines": answer(primary()).claim.lines[:2], "adjustments": [part("OA", "94", 6000)]},
            "says nothing of line 3",
        ),
    ],
)
def test_answer_that_no_claim_can_follow_is_refused(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(SecondaryError, match=said):
        after(answer(primary(), **changes))


def test_line_that_does_not_add_up_is_refused_even_if_the_claim_does() -> None:
    first, second, third = answer(primary()).claim.lines
    more = first.model_copy(update={"paid_cents": 1100})
    less = second.model_copy(update={"paid_cents": 900})
    with pytest.raises(SecondaryError, match=r"line 1 differ from its charge by \$1\.00"):
        after(answer(primary(), lines=[more, less, third]))


def test_nobody_comes_after_an_unknown_place() -> None:
    billed = primary().model_copy(update={"responsibility": "U"})
    with pytest.raises(SecondaryError, match="no payer comes after"):
        secondary_claim(billed, answer(billed), SUPPLEMENT, claim_id=derived_id("claim", "2"))
