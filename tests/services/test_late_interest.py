"""A payer that has agreed to a state's law of interest pays late: what it owes for that, and what of it was told.

The day of receipt stands in DTM*050 of every claim where a law counts from it (X12 RFI 1392); PLB L6 is the sum of the
payment's AMT*I (X12 RFI 2123). The rule: 215 ILCS 5/368a, 9 percent a year from the 31st day. Amounts worked out by
hand: 95.00 x 0.09 x 49 / 365 = 1.1478.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from claimloom.ledger.books.shortfalls import shortfalls
from claimloom.ledger.journal import payloads
from schemas.remittance import ClaimReconciled, LateInterest
from tests.runtime import contract
from tests.services.payers_say import PLAN, Desk, Line, begin, remittance, told
from tests.services.test_visit_numbers import agreed

SENT, PAID = date(2026, 11, 20), date(2027, 2, 10)
TERMS = 'payer_ids = ["44444"]\n{}\n[[terms]]\nfrom = 2025-01-01\nper_visit_cents = 9500\n'
ILLINOIS = TERMS.format('interest_state = "IL"')
OF_ITS_OWN = TERMS.format('interest_days = 45\ninterest_rate = "0.18"')
LINES = (Line("HC:97530:GO", "150", "95", ("CO*45*55",)), Line("HC:97535:GO", "75", "0", ("CO*45*75",)))
RECEIVED = "DTM*050*20261123"
# From 2026-11-23 the 30th day is 2026-12-23; to 2027-02-10 it is 49 days more.
OWED = 115


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = begin(tmp_path, SENT)
    yield made
    made.system.close()


# Another provider's claim in the same payment, whose interest is told with it.
ANOTHER = (
    "CLP*ANOTHER1*1*100*100**MB*1126330000777*11*1~\nNM1*QC*1*ROE*RAY****MI*1EG4TE5MK74~\nDTM*232*20261116~\n"
    "AMT*I*2.5~\nPLB*1234567893*20271231*L6:ALLCLAIMS*{}"
)


def pays(desk: Desk, terms: str, *more: str, paid: str = "95", plb: str = "", day: str = "20270210") -> None:
    """The claim of a visit is paid by an 835 with these segments beside its claim and behind all claims."""
    agreed(desk, terms)
    desk.visit(told([PLAN]))
    (sent,) = desk.sent()
    desk.on(PAID)
    payer = ("EXAMPLE COMMERCIAL", "44444")
    text = remittance(sent.number, LINES, trace="E1", paid="95", day=day, payer=payer, more=more)
    if plb:
        count = int(text.split("~\nSE*")[1].split("*")[0])
        behind = f"~\n{plb.format(number=sent.number)}~\nSE*{count + 1 + plb.count('~')}*"
        text = text.replace("BPR*I*95*", f"BPR*I*{paid}*").replace(f"~\nSE*{count}*", behind)
    desk.give(text)


def interest(desk: Desk) -> LateInterest | None:
    (claim,) = desk.claims().values()
    with desk.system.engine.connect() as connection:
        places = [row.place for row in connection.exec_driver_sql("select place from reconciliations where claim > 0")]
        told_of = payloads(connection, places, ClaimReconciled).values()
    results = [each for each in told_of if each.outcome != "provider_level"]
    assert {each.patient_control_number for each in results} == {claim.patient_control_number}
    assert claim.flags == [], "interest is no part of what was expected"
    (result,) = results
    assert any("days late" in each for each in result.explanation) == (result.late_interest is not None)
    return result.late_interest


def missing(desk: Desk) -> dict[str, int]:
    """What is told as missing, by cause."""
    contract.standings_equal_the_fold(desk.system.engine)
    with desk.system.engine.connect() as connection:
        return {row.cause: row.now_cents for row in connection.execute(shortfalls.select())}


def test_interest_that_is_owed_and_was_not_told_is_missing(desk: Desk) -> None:
    pays(desk, ILLINOIS, RECEIVED)
    found = interest(desk)
    assert found is not None
    assert (found.days_late, found.owed_cents, found.told_cents, found.missing_cents) == (49, OWED, 0, OWED)
    assert "368a" in found.source
    assert missing(desk) == {"late_interest": OWED}


@pytest.mark.parametrize(
    ("more", "plb"),
    [
        ((RECEIVED, "AMT*I*1.15"), "PLB*1234567893*20271231*L6:AB1*-1.15"),
        ((RECEIVED,), "PLB*1234567893*20271231*L6:1126330000501*-1.15"),
        ((RECEIVED,), "PLB*1234567893*20271231*L6:{number}*-1.15"),
    ],
    ids=["with the claim", "by the payer's number", "by our number"],
)
def test_interest_that_was_told_is_not_missing(desk: Desk, more: tuple[str, ...], plb: str) -> None:
    pays(desk, ILLINOIS, *more, paid="96.15", plb=plb)
    found = interest(desk)
    assert found is not None
    assert (found.owed_cents, found.told_cents, found.missing_cents) == (OWED, OWED, 0)
    assert missing(desk) == {}


def test_a_part_of_it_is_missing(desk: Desk) -> None:
    pays(desk, ILLINOIS, RECEIVED, "AMT*I*0.40", paid="95.4", plb="PLB*1234567893*20271231*L6:AB1*-0.4")
    assert missing(desk) == {"late_interest": OWED - 40}


def test_the_contract_says_days_and_rate_itself(desk: Desk) -> None:
    pays(desk, OF_ITS_OWN, RECEIVED)
    found = interest(desk)
    # 95.00 x 0.18 x 34 / 365 = 1.5929
    assert found is not None
    assert (found.days_late, found.owed_cents) == (34, 159)


@pytest.mark.parametrize(
    ("terms", "more", "day", "plb", "paid"),
    [
        (ILLINOIS, (RECEIVED,), "20261223", "", "95"),
        (ILLINOIS, (), "20270210", "", "95"),
        (ILLINOIS, ("DTM*050*2026-11",), "20270210", "", "95"),
        (TERMS.format(""), (RECEIVED,), "20270210", "", "95"),
        (ILLINOIS, ("DTM*050*20270105",), "20270210", "", "95"),
        (ILLINOIS, (RECEIVED,), "20270210", "PLB*1234567893*20271231*L6:ALLCLAIMS*-7.5", "102.5"),
    ],
    ids=["the last day", "no day of receipt", "no day at all", "nothing agreed", "less than a dollar", "whose is it"],
)
def test_nothing_is_claimed(desk: Desk, terms: str, more: tuple[str, ...], day: str, plb: str, paid: str) -> None:
    pays(desk, terms, *more, day=day, plb=plb, paid=paid)
    assert interest(desk) is None
    assert missing(desk) == {}


def test_a_payment_whose_claims_say_whose_all_of_its_interest_is_told_none_for_the_others(desk: Desk) -> None:
    pays(desk, ILLINOIS, RECEIVED, plb=ANOTHER.format("-2.5"), paid="197.5")
    assert missing(desk) == {"late_interest": OWED}


def test_interest_that_is_more_than_its_claims_say_may_be_anybodys(desk: Desk) -> None:
    pays(desk, ILLINOIS, RECEIVED, plb=ANOTHER.format("-7.5"), paid="202.5")
    assert missing(desk) == {}


def test_what_was_paid_in_time_and_corrected_later_owes_nothing_by_itself(desk: Desk) -> None:
    pays(desk, ILLINOIS, RECEIVED, day="20261210")
    (number,) = desk.claims()
    payer = ("EXAMPLE COMMERCIAL", "44444")
    back = (
        Line("HC:97530:GO", "-150", "-95", ("CO*45*-55",)),
        Line("HC:97535:GO", "-75", "0", ("CO*45*-75",)),
    )
    taken = remittance(number, back, trace="E2", paid="-95", charge="-225", status="22", day="20270210", payer=payer)
    desk.give(taken)
    desk.give(remittance(number, LINES, trace="E3", paid="95", day="20270220", payer=payer, more=(RECEIVED,)))
    assert missing(desk) == {"reversed": 0}
