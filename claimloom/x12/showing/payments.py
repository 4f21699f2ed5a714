"""An 835 for people: the payment, its claims with lines and adjustments, the provider level, and whether it adds up."""

from __future__ import annotations

from collections.abc import Iterator

from claimloom.x12.checking.balance import (
    added,
    amount,
    is_readable,
    paid_by,
    payment_imbalances,
    provider_level,
    transaction_imbalances,
)
from claimloom.x12.guides import labels
from claimloom.x12.reading.document import Loop, Transaction
from claimloom.x12.showing.rows import (
    COLUMNS,
    Row,
    adjustments,
    code,
    day,
    member,
    money,
    name_of,
    npi_of,
    procedure,
    spoken,
    units_of,
    wrong,
)
from claimloom.x12.showing.tree import head
from schemas.money import usd
from schemas.words import counted


def payment(transaction: Transaction, *, show_phi: bool) -> Iterator[Row]:
    """All rows of one ST 835."""
    root = transaction.root
    bpr, trn = root.find("BPR"), root.find("TRN")
    payer, payee = root.loop("1000A"), root.loop("1000B")
    paid = money(bpr.get(2)) if bpr else "an amount that is missing"
    how = labels.PAYMENTS.get(bpr.get(4), code(bpr.get(4))) if bpr else ""
    trace = f" {trn.get(2)}" if trn else ""
    when = f" on {day(bpr.get(16))}" if bpr and bpr.get(16) else ""
    by = f" by {how}{trace}" if how else ""
    title = f"{spoken(payer, show_phi=show_phi) or 'A payer'} paid {paid}{by}{when}"
    yield Row(0, title, (), "title")
    to = payee.find("N1") if payee else None
    if to is not None:
        yield Row(1, f"to {to.get(2)}{npi_of(to)}")
    claims = [claim for header in root.all("2000") for claim in header.all("2100")]
    if claims:
        yield Row(1, "Claim", COLUMNS, "head")
    for claim in claims:
        yield from _claim(claim, show_phi=show_phi)
    for segment in root.find_all("PLB"):
        for at in range(3, len(segment.elements), 2):
            reason, reference, amount = code(segment.get(at, 1)), segment.get(at, 2), segment.get(at + 1)
            if reason or amount:
                label = labels.PROVIDER_LEVEL.get(reason, "")
                yield Row(
                    1, " ".join(filter(None, ("Provider level", reason, label, reference))), ("", "", money(amount), "")
                )
    yield from _sums(transaction, claims)


def _sums(transaction: Transaction, claims: list[Loop]) -> Iterator[Row]:
    root = transaction.root
    paid, level, bpr = added(map(paid_by, claims)), provider_level(root), root.find("BPR")
    found = transaction_imbalances(root, paid)
    if paid is None or level is None or (bpr is not None and amount(bpr.get(2)) is None):
        yield Row(1, "An amount cannot be read, so the payment is not added up.", (), "bad")
        return
    less = f", provider level {usd(-level)}" if level else ""
    if found:
        yield from wrong(found, 1)
    elif bpr is not None and transaction.trailer is not None:
        yield Row(1, f"Adds up: {counted(len(claims), 'claim')} {usd(paid)}{less}", (), "good")


def _claim(claim: Loop, *, show_phi: bool) -> Iterator[Row]:
    clp = head(claim)
    status = labels.CLAIM_STATUS.get(clp.get(2), f"status {code(clp.get(2))}")
    yield Row(1, f"{clp.get(1)} {status}", (money(clp.get(3)), "", "", money(clp.get(4))), "claim")
    patient = claim.find("NM1", "QC")
    who = f"patient {name_of(patient, show_phi=show_phi)}{member(patient, show_phi=show_phi)}" if patient else ""
    owes = f"patient owes {money(clp.get(5))}" if clp.get(5) else ""
    number = f"payer's number {clp.get(7)}" if clp.get(7) else ""
    for said in filter(None, (who, ", ".join(filter(None, (number, owes))))):
        yield Row(2, said, (), "faint")
    forwarded = claim.find("NM1", "TT")
    if forwarded is not None:
        yield Row(2, f"sent on to {name_of(forwarded, show_phi=show_phi)}")
    yield from adjustments(claim, 2)
    codes = _remarks(claim)
    if codes:
        yield Row(2, f"remarks {', '.join(codes)}", (), "faint")
    for line in claim.all("2110"):
        yield from _line(line)
    yield from wrong(payment_imbalances(claim), 2)
    if not is_readable(claim):
        yield Row(2, "An amount cannot be read, so what it is part of is not added up.", (), "bad")


def _line(line: Loop) -> Iterator[Row]:
    svc = head(line)
    allowed = line.find("AMT", "B6")
    when = line.find("DTM", "472") or line.find("DTM", "150")
    said = [procedure(svc, 1), units_of(svc.get(5) or "1"), day(when.get(2)) if when else ""]
    if svc.get(6):
        said.append(f"billed as {procedure(svc, 6)}")
    if svc.get(7):
        said.append(f"billed {units_of(svc.get(7))}")
    amounts = (money(svc.get(2)), money(allowed.get(2)) if allowed else "", "", money(svc.get(3)))
    yield Row(2, ", ".join(filter(None, said)), amounts)
    yield from adjustments(line, 3)
    codes = [code(each.get(2)) for each in line.find_all("LQ")]
    if codes:
        yield Row(3, f"remarks {', '.join(codes)}", (), "faint")


def _remarks(claim: Loop) -> list[str]:
    found: list[str] = []
    for name, places in (("MOA", range(3, 8)), ("MIA", (5, 20, 21, 22, 23))):
        segment = claim.find(name)
        if segment is not None:
            found += [code(segment.get(at)) for at in places if segment.get(at)]
    return found
