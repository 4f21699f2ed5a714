"""What people decide about money reaches the account of the visit, gives way to what the payer decides later, can be
undone, and leaves the books even in whatever order it is told.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select

from claimloom.errors import PlainError
from claimloom.ledger.books.postings import ACCOUNTS_BOOK
from claimloom.ledger.tables import inbox, journal
from claimloom.ledger.vault import read_typed
from claimloom.ledger.views.accounts import accounts_of
from claimloom.ledger.views.claims import ClaimRow, all_claims
from claimloom.ledger.views.scope import EVERYTHING, Wanted
from claimloom.ledger.views.worklist import decisions_about
from tests.command import claimloom
from tests.ledger.test_accounts import even, result
from tests.ledger.test_standings import Ledger, _again
from tests.services.payers_say import FIRST_LINES, MEDICARE, PLAN, SUPPLEMENT, Desk, Line, begin, remittance, told
from tests.services.test_next_payer import PLAN_SAYS, same_after_replay

DAY = date(2026, 11, 20)
ANSWERED = date(2026, 12, 2)
MAC = ("MEDICARE PART B IL", "06102")
CODES = ("HC:97530:GO", "HC:97535:GO")
CHARGES = ("150", "75")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = begin(tmp_path, DAY)
    yield made
    made.system.close()


def sent(desk: Desk, *coverages: dict[str, object]) -> str:
    desk.visit(told(coverages))
    desk.on(ANSWERED)
    return desk.sent()[0].number


def refused(desk: Desk, number: str, *cas: str, trace: str = "EFT1", payer: tuple[str, str] = PLAN_SAYS) -> None:
    """Nothing is paid; of each line one reason for its charge."""
    lines = [
        Line(code, charge, "0", (f"{why}*{charge}",)) for code, charge, why in zip(CODES, CHARGES, cas, strict=True)
    ]
    desk.give(remittance(number, lines, trace=trace, paid="0", status="1", payer=payer))


def balances(desk: Desk, number: str) -> dict[str, int]:
    """What is left of the account, in cents; the books are even."""
    even(desk.system.engine)
    with desk.system.engine.connect() as connection:
        (account,) = accounts_of(connection, EVERYTHING, number)
    return {name: cents for name, cents in account.balances.items() if cents and name != "charge"}


def claim_of(desk: Desk, number: str) -> ClaimRow:
    """Its row, and not that of a payment which names it."""
    with desk.system.engine.connect() as connection:
        rows = all_claims(connection, EVERYTHING, Wanted())
        return next(row for row in rows if row.claim_id and row.patient_control_number == number)


def decided(desk: Desk, number: str) -> list[dict[str, object]]:
    with desk.system.engine.connect() as connection:
        return decisions_about(connection, EVERYTHING, desk.claims()[number].claim_id)


def test_what_is_given_up_is_owed_no_more_until_that_is_undone(desk: Desk) -> None:
    number = sent(desk, PLAN)
    refused(desk, number, "CO*29", "CO*29")
    assert balances(desk, number) == {"receivable": 22500}
    (item,) = desk.work()
    with pytest.raises(PlainError, match=r"has \$225.00 open with its payer: that at most"):
        desk.decide("write_off", item.id, amount="225.01")
    with pytest.raises(PlainError, match="type is one of small_balance"):
        desk.decide("write_off", item.id, type="late")
    desk.decide("write_off", item.id, type="filed_too_late")
    desk.decide("write_off", item.id, type="filed_too_late")  # the same key
    assert (balances(desk, number), desk.work()) == ({"write_off": 22500}, [])
    said = claimloom("accounts", "show", number, "--data", str(desk.folder)).stdout
    assert "$225.00 given up (filed too late)" in said
    assert "owes $225.00" not in said
    desk.decide("undo", number)
    assert balances(desk, number) == {"receivable": 22500}
    assert [each.id for each in desk.work()] == [item.id]
    assert [(each["kind"], each["undone"]) for each in decided(desk, number)] == [("write_off", True), ("undo", False)]
    with pytest.raises(PlainError, match="was undone already"):
        desk.decide("undo", number, reason="once more")
    desk.decide("write_off", item.id, amount="25", reason="in part")
    assert balances(desk, number) == {"receivable": 20000, "write_off": 2500}
    same_after_replay(desk)


def test_what_the_payer_keeps_from_the_patient_is_not_moved_to_them(desk: Desk) -> None:
    number = sent(desk, PLAN)
    refused(desk, number, "CO*29", "PR*204")
    with pytest.raises(PlainError, match=r"\$75.00 that the patient may be billed, of \$225.00 open: CO-29 \$150.00"):
        desk.decide("to_patient", desk.work()[0].id, amount="150")
    desk.decide("to_patient", desk.work()[0].id)
    assert balances(desk, number) == {"receivable": 15000, "patient": 7500}


def test_shares_of_a_qmb_are_never_the_patients(desk: Desk) -> None:
    number = sent(desk, MEDICARE)
    lines = [Line(each.code, each.charge, each.paid, each.cas, ("N782",)) for each in FIRST_LINES]
    desk.give(remittance(number, lines, trace="EFT1", paid="63.58", payer=MAC))
    assert balances(desk, number)["receivable"] == 1622
    with pytest.raises(PlainError, match=r"N782 \(Qualified Medicare Beneficiary\) \$16.22 is never billed"):
        desk.decide("to_patient", desk.work()[0].id)
    desk.decide("write_off", desk.work()[0].id)
    assert "receivable" not in balances(desk, number)


def test_payer_that_pays_after_all_takes_the_patients_part_first(desk: Desk) -> None:
    number = sent(desk, PLAN)
    refused(desk, number, "PR*204", "PR*204")
    (item,) = desk.work()
    desk.decide("to_patient", item.id, amount="125")
    assert balances(desk, number) == {"receivable": 10000, "patient": 12500}
    # In part: 150.00 of 225.00, and nothing else was given up.
    lines = [Line(CODES[0], "150", "150", ()), Line(CODES[1], "75", "0", ("PR*204*75",))]
    desk.give(remittance(number, lines, trace="EFT2", paid="150", payer=PLAN_SAYS, day="20261202"))
    assert balances(desk, number) == {"patient": 7500, "paid": 15000}
    said = claimloom("accounts", "show", number, "--data", str(desk.folder)).stdout
    assert "$50.00 of what was moved to the patient came back: return what they paid of it" in said
    same_after_replay(desk)


def test_refund_takes_the_overpayment_out_and_waits_for_the_payers_word(desk: Desk) -> None:
    number = sent(desk, MEDICARE)
    desk.give(remittance(number, FIRST_LINES, trace="EFT1", paid="63.58", payer=MAC))
    right = balances(desk, number)
    desk.give(remittance(number, FIRST_LINES, trace="EFT2", paid="63.58", payer=MAC, day="20261202"))
    assert balances(desk, number) == right | {"receivable": -6358, "paid": 12716}
    (item,) = desk.work()
    with pytest.raises(PlainError, match=r"is paid \$63.58 too much: return that at most"):
        desk.decide("refund", item.id, amount="100")
    desk.decide("refund", item.id)
    assert (balances(desk, number), desk.work()) == (right, [])
    # The payer takes it back as well and says that our refund came: nothing moves, and nothing is left anywhere.
    back = [
        Line(each.code, f"-{each.charge}", f"-{each.paid}", tuple(_negative(cas) for cas in each.cas))
        for each in FIRST_LINES
    ]
    text = remittance(number, back, trace="EFT3", paid="-63.58", charge="-225", status="22", payer=MAC, day="20261203")
    desk.give(text.replace("PLB*1234567893*20261231*FB*", "PLB*1234567893*20261231*72:1126330000501*"))
    assert balances(desk, number) == right
    same_after_replay(desk)


def _negative(cas: str) -> str:
    group, *parts = cas.split("*")
    return "*".join([group, *(f"-{part}" if at % 3 == 1 else part for at, part in enumerate(parts))])


def test_newer_version_of_the_claim_leaves_nothing_given_up(desk: Desk) -> None:
    number = sent(desk, PLAN)
    refused(desk, number, "CO*29", "CO*29")
    desk.decide("write_off", desk.work()[0].id, amount="100")
    desk.visit(told([PLAN], revision=2, referral_number="R2"))
    newest = desk.sent()[-1].number
    assert newest != number
    # It is asked for again, and what was given up of it is given up still.
    assert balances(desk, newest) == {"receivable": 12500, "write_off": 10000}
    same_after_replay(desk)


def test_nothing_is_given_up_of_what_nobody_was_billed_for(desk: Desk) -> None:
    desk.visit(told([PLAN]) | {"note": None, "status": "draft"})
    (item,) = [each for each in desk.work() if each.kind == "held"]
    with pytest.raises(PlainError, match=r"was not billed \(held\), so nothing is owed: close it"):
        desk.decide("write_off", item.id, amount="12")


def test_in_whatever_order_the_keeper_hears_it_the_books_end_the_same(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    desk = Desk(tmp_path, ledger.system)
    numbers, patients = [], {}
    for visit, coverages in (
        ("V-1", [PLAN]),
        ("V-2", [MEDICARE]),
        ("V-3", [PLAN]),
        ("V-4", [SUPPLEMENT]),
        ("V-5", [MEDICARE]),
        ("V-6", [PLAN]),
    ):
        patient = told([PLAN])["patient"] | {"patient_id": f"P-{visit}"}
        desk.visit(told(coverages, session_id=visit, patient=patient))
        numbers.append(desk.sent()[-1].number)
        patients[visit] = patient
    refused(desk, numbers[0], "CO*29", "PR*204")
    desk.decide("to_patient", numbers[0], amount="50")
    desk.decide("undo", numbers[0])
    desk.decide("write_off", numbers[0], amount="150", type="filed_too_late")
    for trace in ("EFT5", "EFT6"):
        desk.give(remittance(numbers[1], FIRST_LINES, trace=trace, paid="63.58", payer=MAC, icn="7"))
    desk.decide("refund", numbers[1], amount="60")
    refused(desk, numbers[2], "PR*204", "PR*204", trace="EFT7")
    desk.decide("to_patient", numbers[2])
    lines = [Line(CODES[0], "150", "150", ()), Line(CODES[1], "75", "0", ("PR*204*75",))]
    desk.give(remittance(numbers[2], lines, trace="EFT8", paid="150", payer=PLAN_SAYS, day="20261203", icn="8"))
    refused(desk, numbers[3], "CO*29", "CO*29", trace="EFT9", payer=("EXAMPLE SUPPLEMENT", "88888"))
    desk.decide("write_off", numbers[3], amount="100")
    desk.visit(told([SUPPLEMENT], session_id="V-4", revision=2, referral_number="R2", patient=patients["V-4"]))
    desk.give(remittance(numbers[4], FIRST_LINES, trace="EFT10", paid="63.58", payer=MAC, icn="10"))
    desk.decide("unpost", numbers[4], payment="EFT10")
    desk.give(remittance(numbers[4], FIRST_LINES, trace="EFT11", paid="63.58", payer=MAC, icn="11"))
    (stray,) = [each for each in desk.work() if each.kind == "unmatched"]
    desk.decide("match", stray.id, claim=numbers[1])
    desk.decide("unpost", numbers[1], payment="EFT5")
    refused(desk, numbers[5], "PR*204", "PR*204", trace="EFT12")
    desk.decide("to_patient", numbers[5])
    refused(desk, numbers[5], "CO*50", "PR*204", trace="EFT13")
    assert balances(desk, numbers[5]) == {"receivable": 15000, "patient": 7500}
    even(ledger.engine)
    wanted = result(ledger.engine)
    assert {name for _, name in wanted[0]} >= {"write_off_cents", "patient_cents", "cash_cents"}
    with ledger.engine.connect() as connection:
        bodies = connection.scalars(select(journal.c.body).order_by(journal.c.seq)).all()
        events = [read_typed(connection, body) for body in bodies]
    keeper = ledger.service("account_keeper")
    for seed in range(6):
        mine = [event for event in events if event.type in ACCOUNTS_BOOK.folds]
        with ledger.engine.begin() as connection:
            for table in ACCOUNTS_BOOK.tables:
                connection.execute(table.delete())
            connection.execute(inbox.delete().where(inbox.c.service == keeper.name))
        chance = random.Random(seed)
        chance.shuffle(mine)
        while mine:
            size = chance.randrange(1, 8)
            _again(ledger, keeper, mine[:size])
            if chance.random() < 0.5:
                _again(ledger, keeper, mine[: size // 2])
            even(ledger.engine)
            mine = mine[size:]
        assert result(ledger.engine) == wanted
    ledger.system.close()


def test_payment_taken_off_a_claim_waits_for_whose_it_is(desk: Desk) -> None:
    number = sent(desk, MEDICARE)
    unpaid = balances(desk, number)
    before = claim_of(desk, number).state
    desk.give(remittance(number, FIRST_LINES, trace="EFT1", paid="63.58", payer=MAC))
    paid, state = balances(desk, number), claim_of(desk, number).state
    with pytest.raises(PlainError, match="payment EFT9: none of this claim"):
        desk.decide("unpost", number, payment="EFT9")
    desk.decide("unpost", number, payment="eft1")
    assert (balances(desk, number), claim_of(desk, number).state) == (unpaid, before)
    assert claim_of(desk, number).paid_cents == 0
    (item,) = [each for each in desk.work() if each.kind == "unmatched"]
    assert item.reason == f"remittance EFT1 was taken off claim {number}: $63.58"
    same_after_replay(desk)
    # A newer version of the visit takes nothing by itself, and the file read again neither.
    desk.give(remittance(number, FIRST_LINES, trace="EFT1", paid="63.58", payer=MAC))
    assert balances(desk, number) == unpaid
    desk.decide("match", item.id, claim=number)
    assert (balances(desk, number), claim_of(desk, number).state) == (paid, state)
    assert "unmatched" not in {each.kind for each in desk.work()}
    desk.decide("unpost", number, payment="EFT1", reason="it was not, after all")
    assert balances(desk, number) == unpaid
    same_after_replay(desk)


def test_what_else_was_paid_stands_without_the_payment_taken_off(desk: Desk) -> None:
    number = sent(desk, MEDICARE)
    desk.give(remittance(number, FIRST_LINES, trace="EFT1", paid="63.58", payer=MAC))
    right = balances(desk, number)
    desk.give(remittance(number, FIRST_LINES, trace="EFT2", paid="63.58", payer=MAC, day="20261202"))
    assert [each.kind for each in desk.work()] == ["overpaid"]
    desk.decide("unpost", number, payment="EFT2")
    assert balances(desk, number) == right
    assert [each.kind for each in desk.work()] == ["unmatched"]
    shown = claimloom("payments", "show", "EFT2", "--data", str(desk.folder)).stdout
    assert f"{number} $63.58: of a claim that is not here" in shown
    # What comes after it finds the claim without it as well.
    desk.give(remittance(number, FIRST_LINES, trace="EFT3", paid="63.58", payer=MAC, day="20261203"))
    assert balances(desk, number)["paid"] == claim_of(desk, number).paid_cents == 12716
    same_after_replay(desk)


def test_claim_that_comes_later_takes_nothing_that_was_taken_off(desk: Desk) -> None:
    number = sent(desk, MEDICARE)
    desk.give(remittance(number, FIRST_LINES, trace="EFT1", paid="63.58", payer=MAC))
    desk.decide("unpost", number, payment="EFT1")
    desk.visit(told([MEDICARE], session_id="S-2", date_of_service="2026-11-17"))  # of the same member
    assert len(desk.sent()) == 2
    assert [each.kind for each in desk.work() if each.kind == "unmatched"] == ["unmatched"]
    with desk.system.engine.connect() as connection:
        assert {row.paid_cents for row in all_claims(connection, EVERYTHING, Wanted()) if row.claim_id} == {0}


def test_claim_says_by_what_lines_of_an_answer_are_its_own(desk: Desk) -> None:
    number = sent(desk, MEDICARE)
    text = remittance(number, FIRST_LINES, trace="EFT1", paid="63.58", payer=MAC)
    desk.give(text.replace(f"REF*6R*{number}-2~\n", "").replace("SE*34", "SE*33"))
    said = claimloom("claims", "show", number, "--data", str(desk.folder)).stdout
    assert "line 2 of the answer (97535) is line 2, by code, modifiers and charge" in said
    assert "line 1 of the answer" not in said


QMB_SAYS = [Line(each.code, each.charge, each.paid, each.cas, ("N782",)) for each in FIRST_LINES]
SHORT = (
    Line("HC:97530:GO", "150", "25.31", ("CO*45*103.1**59*9.11**253*0.92", "PR*2*11.56")),
    FIRST_LINES[1],
)


@pytest.mark.parametrize(
    ("codes", "patient_cents"),
    [
        (("CO*50", "CO*50"), 0),
        (("CO*50", "PR*204"), 7500),
        (("PR*204", "PR*29"), 15000),  # late filing is the provider's, whatever the group
        (("PI*50", "PR*204"), 22500),  # no group keeps it from them but CO
        (("PR*204", "PR*204"), 22500),
    ],
)
def test_patient_owes_no_more_than_the_newest_answer_lets_them_be_billed(
    desk: Desk, codes: tuple[str, ...], patient_cents: int
) -> None:
    number = sent(desk, PLAN)
    refused(desk, number, "PR*204", "PR*204")
    desk.decide("to_patient", number)
    assert balances(desk, number) == {"patient": 22500}
    refused(desk, number, *codes, trace="EFT2")
    owed = {"receivable": 22500 - patient_cents, "patient": patient_cents}
    assert balances(desk, number) == {name: cents for name, cents in owed.items() if cents}
    same_after_replay(desk)
    # It comes back where the payer says again that it is the patient's.
    refused(desk, number, "PR*204", "PR*204", trace="EFT3")
    assert balances(desk, number) == {"patient": 22500}
    same_after_replay(desk)


@pytest.mark.parametrize(("says", "paid", "open_cents"), [(SHORT, "43.58", 2000), (QMB_SAYS, "63.58", 1622)])
def test_what_a_payment_leaves_open_is_not_the_patients_by_an_older_decision(
    desk: Desk, says: list[Line], paid: str, open_cents: int
) -> None:
    number = sent(desk, MEDICARE)
    refused(desk, number, "PR*204", "PR*204", payer=MAC)
    desk.decide("to_patient", number)
    desk.give(remittance(number, says, trace="EFT2", paid=paid, payer=MAC, day="20261202"))
    assert balances(desk, number)["receivable"] == open_cents
    assert balances(desk, number).get("patient", 0) == (1622 if says is SHORT else 0)
    same_after_replay(desk)


def test_newer_version_of_the_claim_does_not_bill_the_patient_again(desk: Desk) -> None:
    number = sent(desk, PLAN)
    refused(desk, number, "PR*204", "PR*204")
    desk.decide("to_patient", number)
    refused(desk, number, "CO*50", "CO*50", trace="EFT2")
    desk.visit(told([PLAN], revision=2, referral_number="R2"))
    newest = desk.sent()[-1].number
    assert newest != number
    assert balances(desk, newest) == {"receivable": 22500}
    refused(desk, newest, "PR*204", "CO*50", trace="EFT3")
    assert balances(desk, newest) == {"receivable": 7500, "patient": 15000}
    same_after_replay(desk)


@pytest.mark.parametrize("first", ["to_patient", "write_off"])
def test_of_a_mixed_denial_each_part_goes_where_it_belongs(desk: Desk, first: str) -> None:
    number = sent(desk, PLAN)
    refused(desk, number, "CO*50", "PR*96")
    parts = {"to_patient": "75", "write_off": "150"}
    for kind in sorted(parts, key=lambda each: each != first):
        desk.decide(kind, "S-1", amount=parts[kind])
        with pytest.raises(PlainError, match=r"open with its payer|that the patient may be billed"):
            desk.decide("to_patient", number, amount="0.01" if "patient" in balances(desk, number) else "75.01")
    assert balances(desk, number) == {"patient": 7500, "write_off": 15000}
    assert desk.work() == []
    same_after_replay(desk)


def test_what_was_closed_can_be_given_up_by_the_visits_name(desk: Desk) -> None:
    number = sent(desk, PLAN)
    refused(desk, number, "CO*50", "CO*50")
    desk.decide("close", number, outcome="not_worth_it")
    assert (desk.work(), balances(desk, number)) == ([], {"receivable": 22500})
    desk.decide("write_off", "S-1")
    assert balances(desk, number) == {"write_off": 22500}
    same_after_replay(desk)


def test_of_a_claim_that_was_paid_as_expected_nothing_is_returned(desk: Desk) -> None:
    number = sent(desk, MEDICARE)
    desk.give(remittance(number, FIRST_LINES, trace="EFT1", paid="63.58", payer=MAC))
    assert desk.work() == []
    with pytest.raises(PlainError, match="was paid nothing too much"):
        desk.decide("refund", number, amount="1")


def asked_back(number: str, reference: str) -> str:
    """63.58 are paid, and 20.00 are taken at provider level (PLB WO) by a reference."""
    text = remittance(number, FIRST_LINES, trace="EFT1", paid="63.58", payer=MAC)
    count = int(text.split("\nSE*")[1].split("*")[0])
    text = text.replace(f"\nSE*{count}*", f"\nPLB*1234567893*20261231*WO:{reference}*20~\nSE*{count + 1}*")
    return text.replace("BPR*I*63.58*", "BPR*I*43.58*")


def test_refund_that_a_payers_letter_asks_for_is_no_more_than_it_paid(desk: Desk) -> None:
    number = sent(desk, MEDICARE)
    desk.give(asked_back(number, "1126330000501"))
    (item,) = desk.work()
    assert (item.kind, item.patient_control_number) == ("review", number)
    for amount in ("63.59", "1000000.00"):
        with pytest.raises(PlainError, match=r"is paid \$63.58 by its payer, by all that came: return that at most"):
            desk.decide("refund", item.id, amount=amount)
    desk.decide("refund", item.id, amount="20", reason="the letter")
    assert desk.work() == []
    shown = claimloom("accounts", "show", number, "--data", str(desk.folder)).stdout
    assert "$20.00 was returned beside what is too much: a payer's word (PLB 72) or its money is due" in shown
    desk.decide("undo", number)
    desk.decide("refund", item.id, amount="63.58")
    same_after_replay(desk)


def test_refund_of_a_review_about_no_claim_names_the_claim_first(desk: Desk) -> None:
    number = sent(desk, MEDICARE)
    desk.give(asked_back(number, "ZZZ9"))
    (item,) = desk.work()
    assert (item.kind, item.patient_control_number) == ("review", "")
    with pytest.raises(PlainError, match="names no claim: refund by the claim it was paid for"):
        desk.decide("refund", item.id, amount="20")
    assert [each.id for each in desk.work()] == [item.id]


def test_refund_of_a_review_without_a_payment_is_refused(desk: Desk) -> None:
    number = sent(desk, MEDICARE)
    desk.give(remittance(number, FIRST_LINES, trace="EFT1", paid="63.58", payer=MAC))
    back = [
        Line(each.code, f"-{each.charge}", f"-{each.paid}", tuple(_negative(cas) for cas in each.cas))
        for each in FIRST_LINES
    ]
    desk.give(
        remittance(number, back, trace="EFT2", paid="-63.58", charge="-225", status="22", payer=MAC, day="20261202")
    )
    (item,) = desk.work()
    assert item.kind == "review"
    with pytest.raises(PlainError, match="was paid nothing too much"):
        desk.decide("refund", item.id, amount="1000000.00")
