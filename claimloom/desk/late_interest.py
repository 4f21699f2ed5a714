"""Interest that a payer owes for having paid late, against what it told as interest.

Counted from the day on which the payer says that it received the claim (DTM*050 of loop 2100), which it has to say of
every claim where a law or a contract counts from that day (X12 RFI 1392; it is the day of receipt, not the one on which
the claim was complete, RFI 1054). Without it nothing is claimed. Told is what AMT*I of the claim says, or PLB L6 of the
payment where it names the claim; L6 is the sum of the payment's AMT*I (X12 RFI 2123), so where interest stands at
provider level alone and names no claim, nobody knows whose it is, and nothing is claimed either. Where a claim was paid
more than once, or money was taken back, the law's day is a matter for a person: nothing is said.
"""

from __future__ import annotations

from collections.abc import Sequence

from claimloom.contracts import interest_on, rule_of
from claimloom.payers import PayerConfig
from claimloom.remit.answers import Posted
from schemas.money import usd
from schemas.remittance import LateInterest


def late_interest(own: Sequence[Posted], ordered: Sequence[Posted], payer: PayerConfig) -> LateInterest | None:
    """What its payer owes for a claim that was paid late, by what is agreed on; None where nothing is owed or known.

    ``own``: the payer's answers in force; ``ordered``: all that was ever told of the claim.
    """
    if payer.late_rule is None and not payer.late_state:
        return None
    paid = [each for each in own if each.claim.paid_cents]
    taken_back = any(each.claim.takes_back for each in ordered)
    if len(paid) != 1 or paid[0].claim.paid_cents < 0 or taken_back:
        return None
    (one,) = paid
    received, day, told = one.claim.received_on, one.header.payment_date, one.interest_cents
    if received is None or day is None or told is None:
        return None
    rule = payer.late_rule or rule_of(payer.late_state, received)
    if rule is None:
        return None
    owed = interest_on(one.claim.paid_cents, received, day, rule)
    if not owed.cents:
        return None
    return LateInterest(
        received_on=received,
        paid_on=day,
        days_late=owed.days_late,
        owed_cents=owed.cents,
        told_cents=told,
        missing_cents=max(owed.cents - told, 0),
        rule=f"{rule.days} days, then {rule.rate:%} a year",
        source=rule.source,
    )


def words_of(late: LateInterest) -> str:
    """The same in a sentence."""
    missing = f"{usd(late.missing_cents)} is missing" if late.missing_cents else "nothing is missing"
    return (
        f"Paid {late.days_late} days late ({late.rule}; received on {late.received_on}): interest of "
        f"{usd(late.owed_cents)} is owed, {usd(late.told_cents)} was told, {missing}."
    )
