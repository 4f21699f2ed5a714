"""What was billed to the wrong payer, for the wrong person or for no visit at all is taken back; corrections go out as
their payer takes them, and wait for its number by themselves.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from claimloom.errors import PlainError
from tests.services.payers_say import (
    DENIED_AS_UNPROCESSABLE,
    FIRST_LINES,
    MEDICARE,
    PLAN,
    SUPPLEMENT,
    Desk,
    Line,
    accepted,
    begin,
    remittance,
    told,
)
from tests.services.test_next_payer import PLAN_SAYS, same_after_replay

DAY = date(2026, 11, 20)
ANSWERED = date(2026, 12, 2)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = begin(tmp_path, DAY)
    yield made
    made.system.close()


def first(desk: Desk, *coverages: dict[str, object]) -> str:
    desk.visit(told(coverages))
    (sent,) = desk.sent()
    return sent.number


def paid(desk: Desk, number: str, payer: tuple[str, str] = PLAN_SAYS) -> None:
    desk.on(ANSWERED)
    desk.give(remittance(number, FIRST_LINES, trace="EFT1", paid="63.58", payer=payer))


def denied(desk: Desk, number: str, cas: str, payer: tuple[str, str] = PLAN_SAYS) -> None:
    desk.on(ANSWERED)
    lines = [Line(each.code, each.charge, "0", (f"{cas}{each.charge}",)) for each in FIRST_LINES]
    desk.give(remittance(number, lines, trace="EFT1", paid="0", status="4", payer=payer))


def another_patient() -> dict[str, object]:
    return told([PLAN])["patient"] | {"patient_id": "P-2"}


def test_payer_changed_after_it_paid_is_voided_and_the_right_one_billed(desk: Desk) -> None:
    number = first(desk, PLAN)
    paid(desk, number)
    desk.visit(told([SUPPLEMENT], revision=2))
    sent = {(each.payer, each.frequency): each for each in desk.sent()[1:]}
    assert set(sent) == {("88888", "1"), ("44444", "8")}
    void = sent["44444", "8"]
    assert void.payers_number == "1126330000501"
    assert void.having("SV1*") == desk.sent()[0].having("SV1*")
    rows = desk.claims()
    assert rows[void.number].billed_cents == 0
    assert [each.replaced_by for each in rows.values()].count("") == 2
    same_after_replay(desk)
    back = [
        Line("HC:97530:GO", "-150", "-45.31", ("CO*45*-83.1**59*-9.11**253*-0.92", "PR*2*-11.56")),
        Line("HC:97535:GO", "-75", "-18.27", ("CO*45*-43.95**59*-7.75**253*-0.37", "PR*2*-4.66")),
    ]
    reversal = remittance(
        number, back, trace="EFT2", paid="-63.58", charge="-225", status="22", day="20261210", payer=PLAN_SAYS
    )
    desk.give(reversal)
    assert desk.claims()[number].state == "reversed"


def test_reversal_under_the_number_of_the_void_is_that_of_what_it_voids(desk: Desk) -> None:
    number = first(desk, PLAN)
    paid(desk, number)
    desk.visit(told([PLAN], revision=2, withdrawn=True))
    void = desk.sent()[-1]
    back = [
        Line("HC:97530:GO", "-150", "-45.31", ("CO*45*-83.1**59*-9.11**253*-0.92", "PR*2*-11.56")),
        Line("HC:97535:GO", "-75", "-18.27", ("CO*45*-43.95**59*-7.75**253*-0.37", "PR*2*-4.66")),
    ]
    desk.give(
        remittance(
            void.number, back, trace="EFT2", paid="-63.58", charge="-225", status="22", day="20261210", payer=PLAN_SAYS
        )
    )
    rows = desk.claims()
    assert (rows[number].state, rows[number].paid_cents) == ("reversed", 0)


def test_withdrawn_visit_is_voided_and_what_was_not_sent_never_is(desk: Desk) -> None:
    number = first(desk, PLAN)
    paid(desk, number)
    held = told([PLAN], session_id="S-2") | {"note": None, "status": "draft"}
    desk.visit(held)
    desk.visit(told([PLAN], revision=2, withdrawn=True), held | {"revision": 2, "withdrawn": True})
    assert [(each.frequency, each.payers_number) for each in desk.sent()] == [("1", ""), ("8", "1126330000501")]
    rows = {each.visit_id: each for each in desk.claims().values() if not each.replaced_by}
    assert (rows["S-1"].state, rows["S-2"].state) == ("sent", "withdrawn")
    assert [each.billed_cents for each in rows.values()] == [0, 0]
    assert desk.work() == []
    same_after_replay(desk)


def test_withdrawn_visit_that_was_denied_has_nothing_to_be_taken_back(desk: Desk) -> None:
    denied(desk, first(desk, PLAN), "CO*96*")
    desk.visit(told([PLAN], revision=2, withdrawn=True))
    assert [each.frequency for each in desk.sent()] == ["1"]
    assert desk.work() == []


def test_other_person_is_voided_and_sent_anew_the_same_person_is_corrected(desk: Desk) -> None:
    number = first(desk, PLAN)
    paid(desk, number)
    desk.visit(told([PLAN], revision=2, patient=another_patient()))
    assert sorted(each.frequency for each in desk.sent()[1:]) == ["1", "8"]
    (again,) = [each for each in desk.sent()[1:] if each.frequency == "1"]
    assert again.payers_number == ""


def test_mistyped_member_of_a_claim_that_nobody_paid_is_corrected(desk: Desk) -> None:
    denied(desk, first(desk, PLAN), "CO*31*")
    desk.visit(told([PLAN | {"member_id": "W999"}], revision=2))
    assert [(each.frequency, each.payers_number) for each in desk.sent()[1:]] == [("7", "1126330000501")]


def test_medicare_is_sent_no_correction_of_what_it_processed(desk: Desk) -> None:
    number = first(desk, MEDICARE)
    paid(desk, number, ("MEDICARE PART B IL", "06102"))
    desk.visit(told([MEDICARE], revision=2, referral_number="R2"))
    assert len(desk.sent()) == 1
    (item,) = desk.work()
    assert (item.kind, item.recoverable_cents) == ("held", 0)
    assert "reopening" in item.action
    assert "raise the revision" not in item.action


def test_medicare_gets_a_new_claim_for_one_it_could_not_process(desk: Desk) -> None:
    number = first(desk, MEDICARE)
    desk.on(ANSWERED)
    answer = remittance(number, DENIED_AS_UNPROCESSABLE, trace="EFT1", paid="0", status="4")
    desk.give(answer)
    desk.visit(told([MEDICARE], revision=2, referral_number="R2"))
    assert [(each.frequency, each.payers_number) for each in desk.sent()[1:]] == [("1", "")]


def test_correction_for_medicare_that_came_first_goes_out_when_it_could_not_process(desk: Desk) -> None:
    number = first(desk, MEDICARE)
    desk.visit(told([MEDICARE], revision=2, referral_number="R2"))
    assert len(desk.sent()) == 1
    desk.on(ANSWERED)
    desk.give(remittance(number, DENIED_AS_UNPROCESSABLE, trace="EFT1", paid="0", status="4"))
    assert [(each.frequency, each.payers_number) for each in desk.sent()[1:]] == [("1", "")]


def test_medicare_is_asked_to_take_back_a_withdrawn_visit(desk: Desk) -> None:
    number = first(desk, MEDICARE)
    paid(desk, number, ("MEDICARE PART B IL", "06102"))
    desk.visit(told([MEDICARE], revision=2, withdrawn=True))
    assert len(desk.sent()) == 1
    (item,) = desk.work()
    assert "return what was paid" in item.action


def test_correction_goes_out_by_itself_when_the_payer_tells_its_number(desk: Desk) -> None:
    number = first(desk, PLAN)
    desk.visit(told([PLAN], revision=2, referral_number="R2"))
    assert len(desk.sent()) == 1
    (item,) = desk.work()
    assert "goes out by itself" in item.action
    batch = next(each for each in (desk.folder / "outbound").iterdir()).read_text().split("BHT*")[1].split("*")[2]
    desk.on(date(2026, 11, 22))
    desk.give(accepted(number, "E7700001", batch=batch))
    assert [(each.frequency, each.payers_number) for each in desk.sent()[1:]] == [("7", "E7700001")]
    assert desk.work() == []
    same_after_replay(desk)


def test_void_that_waits_goes_out_with_the_payment(desk: Desk) -> None:
    number = first(desk, PLAN)
    desk.visit(told([PLAN], revision=2, withdrawn=True))
    assert len(desk.sent()) == 1
    paid(desk, number)
    assert [(each.frequency, each.payers_number) for each in desk.sent()[1:]] == [("8", "1126330000501")]
    assert desk.work() == []


def test_both_payers_of_a_withdrawn_visit_are_told(desk: Desk) -> None:
    number = first(desk, PLAN, SUPPLEMENT)
    paid(desk, number)
    second = desk.sent()[1].number
    answer = [Line(each.code, each.charge, "5", (f"OA*23*{int(each.charge) - 5}",)) for each in FIRST_LINES]
    desk.give(
        remittance(
            second, answer, trace="S1", paid="10", day="20261203", icn="SUPP77", payer=("EXAMPLE SUPPLEMENT", "88888")
        )
    )
    desk.visit(told([PLAN, SUPPLEMENT], revision=2, withdrawn=True))
    voids = desk.sent()[2:]
    assert [(each.payer, each.frequency, each.payers_number) for each in voids] == [
        ("44444", "8", "1126330000501"),
        ("88888", "8", "SUPP77"),
    ]


def test_decision_voids_what_is_out_and_nothing_else(desk: Desk) -> None:
    number = first(desk, PLAN)
    desk.visit(told([PLAN], session_id="S-2") | {"note": None, "status": "draft"})
    paid(desk, number)
    held = next(each.patient_control_number for each in desk.claims().values() if each.state == "held")
    with pytest.raises(PlainError, match=r"is no claim that a payer has \(held\)"):
        desk.decide("void", held)
    desk.decide("void", number, reason="billed twice")
    assert desk.sent()[-1].frequency == "8"
    with pytest.raises(PlainError, match="is voided already"):
        desk.decide("void", number, actor="ben")
    same_after_replay(desk)


def test_medicare_takes_no_void(desk: Desk) -> None:
    number = first(desk, MEDICARE)
    paid(desk, number, ("MEDICARE PART B IL", "06102"))
    with pytest.raises(PlainError, match="takes no voids"):
        desk.decide("void", number)


def test_claim_that_never_arrived_goes_out_once_more_as_it_is(desk: Desk) -> None:
    number = first(desk, PLAN)
    desk.decide("resend", number, reason="not on file")
    once, again = desk.sent()
    assert (once.number, once.segments) == (again.number, again.segments)
    assert len({each.name for each in (desk.folder / "outbound").iterdir()}) == 2
    paid(desk, number)
    with pytest.raises(PlainError, match="CARC 18"):
        desk.decide("resend", number, actor="ben")
    same_after_replay(desk)


def test_correction_has_days_of_its_own(desk: Desk) -> None:
    number = first(desk, PLAN)
    paid(desk, number)
    desk.on(date(2027, 3, 10))  # 114 days after the visit, of 90; 99 after the answer, of 180
    desk.visit(told([PLAN], revision=2, referral_number="R2"))
    assert desk.sent()[-1].frequency == "7"
    desk.on(date(2027, 6, 10))
    desk.visit(told([PLAN], revision=3, referral_number="R3"))
    assert len(desk.sent()) == 2


def test_write_off_above_the_limit_wants_two(desk: Desk) -> None:
    denied(desk, first(desk, PLAN), "CO*29*")
    (item,) = desk.work()
    desk.decide("write_off", item.id, amount="225.00")
    assert desk.work() == []
    desk.visit(told([PLAN], session_id="S-9", patient=another_patient()))
    big = desk.sent()[-1].number
    lines = [Line(each.code, each.charge, "0", (f"CO*29*{each.charge}",)) for each in FIRST_LINES]
    desk.give(remittance(big, lines, trace="EFT9", paid="0", status="4", payer=PLAN_SAYS, icn="99"))
    (item,) = desk.work()
    desk.system.settings = replace(desk.system.settings, write_off_limit_cents=20_000)
    desk.decide("write_off", item.id, amount="225")
    assert [each.id for each in desk.work()] == [item.id]
    with pytest.raises(PlainError, match="a second person has to agree"):
        desk.decide("write_off", item.id, amount="225", reason="again")
    desk.decide("write_off", item.id, amount="225", actor="ben")
    assert desk.work() == []
