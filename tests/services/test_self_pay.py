"""A visit that its patient pays gives no claim: it is a state, counted with what he is charged. Medicare's own rules
about that are work for a person.

Sources: https://helpme.tebra.com/Tebra_PM/06_Patients/02_Patient_Cases/Add_Self_Pay_Case (a case without a policy);
https://jacksonllp.com/cash-pt-mandatory-claims-submission/ and Pub. 100-02 ch. 15 s. 40 (who has to send claims).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from claimloom.ledger.views.letters import dead_letter_rows
from claimloom.ledger.views.scope import EVERYTHING, Page
from claimloom.ledger.views.self_paid import SelfPaid, self_paid_page, self_paid_sums
from claimloom.ledger.views.totals import summary
from schemas.session import Session
from tests.services.payers_say import MEDICARE, PLAN, Desk, begin, told

DAY = date(2026, 11, 20)
ADVANTAGE = PLAN | {"payer_id": "66666", "payer_class": "medicare_advantage", "filing_indicator": "16"}
MEDICAID = PLAN | {"payer_id": "77777", "payer_class": "medicaid", "filing_indicator": "MC"}


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = begin(tmp_path, DAY)
    yield made
    made.system.close()


def paying(coverages: list[dict[str, Any]], **changes: Any) -> dict[str, Any]:
    return told(coverages, session_id="S", self_pay=True, **changes)


def sums(desk: Desk) -> tuple[int, int]:
    """As they are kept, and as they are after all is made anew."""
    with desk.system.engine.connect() as connection:
        assert dead_letter_rows(connection, EVERYTHING) == []
        kept = self_paid_sums(connection, EVERYTHING)
        page = self_paid_page(connection, EVERYTHING, Page()).rows
        assert kept == (len(page), sum(each.charge_cents for each in page))
        found = summary(connection, EVERYTHING)
        assert (found["self_pay"], found["self_pay_cents"]) == kept
    desk.system.runtime.replay()
    with desk.system.engine.connect() as connection:
        assert self_paid_sums(connection, EVERYTHING) == kept
        assert self_paid_page(connection, EVERYTHING, Page()).rows == page
    return kept


def visits(desk: Desk) -> list[SelfPaid]:
    with desk.system.engine.connect() as connection:
        return self_paid_page(connection, EVERYTHING, Page()).rows


@pytest.mark.parametrize("coverages", [[], [PLAN], [PLAN, PLAN | {"payer_id": "88888"}]])
def test_patient_who_pays_is_charged_and_nothing_is_sent(desk: Desk, coverages: list[dict[str, Any]]) -> None:
    desk.visit(paying(coverages))
    assert desk.claims() == {}
    assert desk.sent() == []
    assert desk.work() == []
    assert sums(desk) == (1, 22500)
    (one,) = visits(desk)
    assert (one.visit_id, one.date_of_service) == ("S", "2026-11-16")
    assert one.services == "97530 x 2 $150.00, 97535 x 1 $75.00"


def test_visit_without_insurance_has_to_say_who_pays() -> None:
    with pytest.raises(ValidationError, match="name it in coverages, or set self_pay if the patient pays himself"):
        Session.model_validate(told([]) | {"session_id": "S"})
    with pytest.raises(ValidationError, match="refuses_claim goes with self_pay"):
        Session.model_validate(told([PLAN], refuses_claim=True))


def test_told_after_the_claim_went_out_it_is_voided_and_billed_again_when_taken_back(desk: Desk) -> None:
    desk.visit(told([PLAN], session_id="S"))
    assert sums(desk) == (0, 0)
    desk.visit(paying([PLAN], revision=2))
    assert sums(desk) == (1, 22500)
    (void,) = [row for row in desk.claims().values() if row.state == "held"]
    assert [each.kind for each in desk.work()] == ["held"], "it waits for the payer's number"
    assert void.visit_id == "S"
    desk.visit(told([PLAN], session_id="S", revision=3))
    assert sums(desk) == (0, 0)
    assert [row.state for row in desk.claims().values() if not row.replaced_by] == ["sent"]


def test_claim_that_had_not_gone_out_ends_unsent(desk: Desk) -> None:
    desk.visit(told([PLAN | {"member_id": ""}], session_id="S"))
    assert [row.state for row in desk.claims().values()] == ["held"]
    desk.visit(paying([], revision=2))
    assert [row.state for row in desk.claims().values() if not row.replaced_by] == ["withdrawn"]
    assert desk.sent() == []
    assert desk.work() == []
    assert sums(desk) == (1, 22500)


LATER = [{"withdrawn": True}, {"self_pay": False}, {"timed": [{"code": "97530", "minutes": 7}]}]


@pytest.mark.parametrize("later", LATER)
def test_what_is_told_later_counts_alone(desk: Desk, later: dict[str, Any]) -> None:
    desk.visit(paying([PLAN]))
    desk.visit(paying([PLAN], revision=2) | later)
    assert sums(desk) == (0, 0)


def test_both_tellings_in_one_file_count_once(desk: Desk) -> None:
    desk.visit(paying([]), paying([], revision=2) | {"timed": [{"code": "97535", "minutes": 15}]})
    assert sums(desk) == (1, 7500)
    desk.visit(paying([]) | {"session_id": "T"}, told([PLAN], session_id="T", revision=2))
    assert sums(desk) == (1, 7500)


def test_claim_and_self_pay_in_one_file_send_nothing(desk: Desk) -> None:
    desk.visit(told([PLAN], session_id="S"), paying([PLAN], revision=2))
    assert desk.sent() == []
    assert [row.state for row in desk.claims().values() if not row.replaced_by] == ["withdrawn"]
    assert desk.work() == []
    assert sums(desk) == (1, 22500)


def test_visit_that_could_not_be_billed_is_no_work_once_it_is_withdrawn_or_paid(desk: Desk) -> None:
    short = told([PLAN], session_id="S")
    desk.visit(short | {"timed": [{"code": "97530", "minutes": 7}]})
    desk.visit(short | {"session_id": "T", "timed": [{"code": "97530", "minutes": 7}]})
    assert [each.kind for each in desk.work()] == ["not_billed", "not_billed"]
    desk.visit(paying([], revision=2), short | {"session_id": "T", "revision": 2, "withdrawn": True})
    assert desk.work() == []


BOUND = [
    ([MEDICARE], "42 U.S.C. 1395w-4(g)(4)"),
    ([PLAN, MEDICARE], "42 U.S.C. 1395w-4(g)(4)"),
    ([ADVANTAGE], "42 CFR 422.214"),
    ([MEDICAID], "42 CFR 447.15"),
    ([PLAN, MEDICAID], "42 CFR 447.15"),
]


@pytest.mark.parametrize(("coverages", "why"), BOUND)
def test_patient_who_may_not_simply_be_charged_is_work(desk: Desk, coverages: list[dict[str, Any]], why: str) -> None:
    desk.visit(paying(coverages))
    (item,) = desk.work()
    assert item.kind == "not_billed"
    assert why in item.reason
    assert item.action.startswith("take self_pay back")
    assert desk.claims() == {}
    assert sums(desk) == (0, 0)
    desk.visit(told(coverages, session_id="S", revision=2))
    assert "not_billed" not in [each.kind for each in desk.work()]
    assert len(desk.claims()) == 1


FREE = [
    ([MEDICARE], {"refuses_claim": True}),
    ([ADVANTAGE], {"refuses_claim": True}),
    ([MEDICARE | {"effective_to": "2026-10-31"}], {}),
    ([MEDICAID | {"effective_from": "2026-12-01"}], {}),
]


@pytest.mark.parametrize(("coverages", "changes"), FREE)
def test_patient_who_may_pay_himself_is_no_work(
    desk: Desk, coverages: list[dict[str, Any]], changes: dict[str, Any]
) -> None:
    desk.visit(paying(coverages, **changes))
    assert desk.work() == []
    assert sums(desk) == (1, 22500)


@pytest.mark.parametrize(("second", "kinds"), [(["GY"], []), ([], ["not_billed"])])
def test_services_that_medicares_law_excludes_are_the_patients(desk: Desk, second: list[str], kinds: list[str]) -> None:
    first = {"code": "97530", "minutes": 30, "modifiers": ["GY"]}
    timed = {"timed": [first, {"code": "97535", "minutes": 15, "modifiers": second}]}
    desk.visit(paying([MEDICARE]) | timed)
    assert [each.kind for each in desk.work()] == kinds


def test_medicaid_is_not_freed_by_a_refusal(desk: Desk) -> None:
    desk.visit(paying([MEDICAID], refuses_claim=True))
    assert [each.kind for each in desk.work()] == ["not_billed"]


def test_claim_that_is_out_stays_while_a_person_looks(desk: Desk) -> None:
    desk.visit(told([MEDICARE], session_id="S"))
    number = desk.sent()[0].number
    desk.visit(paying([MEDICARE], revision=2))
    (item,) = [each for each in desk.work() if each.kind == "not_billed"]
    assert f"claim {number} of it is out" in item.reason
    assert [row.state for row in desk.claims().values()] == ["sent"]


def test_visit_without_a_fee_cannot_be_charged_either(desk: Desk) -> None:
    desk.visit(paying([]) | {"timed": [{"code": "97140", "minutes": 15}]})
    (item,) = desk.work()
    assert (item.kind, item.payer_id) == ("not_billed", "")
    assert "no fee for 97140" in item.reason
    assert sums(desk) == (0, 0)


def test_minutes_that_the_patient_pays_are_no_payers(desk: Desk) -> None:
    """22 minutes beside 22 that a plan pays: that plan is billed what its own 22 earn."""
    desk.visit(paying([]) | {"timed": [{"code": "97530", "minutes": 22}]})
    other = told([MEDICARE], session_id="T") | {"timed": [{"code": "97530", "minutes": 22}]}
    desk.visit(other)
    (claim,) = desk.claims().values()
    assert claim.billed_cents == 7500
    assert sums(desk) == (1, 7500)
