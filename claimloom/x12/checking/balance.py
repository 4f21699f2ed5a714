"""What must add up, to the cent (SNIP type 3): 837P claims with other payers, 835 lines, claims and transactions.

Nothing is corrected. An amount that is none has been said by the check of values; the rules that hold it are left out,
and no others: a CAS that nobody can read says nothing of whether the payment is the sum of its claims.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final

from claimloom.x12.guides.findings import Finding
from claimloom.x12.guides.text import cents
from claimloom.x12.reading.document import Loop, Segment, Transaction
from schemas.money import usd

PAYMENT: Final = "BPR02 = sum CLP04 - sum PLB"


@dataclass(frozen=True, slots=True)
class Imbalance:
    """A rule of balance that does not hold: what the file says, what its other amounts give, in cents."""

    level: str
    """line, claim, transaction, or cob (what another payer paid)."""
    rule: str
    actual_cents: int
    expected_cents: int
    segment: Segment
    element: str
    loop: str
    where: str
    """The claim's number, a line's number, or the payment's trace number."""

    @property
    def difference_cents(self) -> int:
        """What the file says beyond what its other amounts give."""
        return self.actual_cents - self.expected_cents


def amount(text: str) -> int | None:
    """Cents, 0 where nothing stands; None for what is no amount."""
    try:
        return cents(text or "0")
    except ValueError:
        return None


def added(amounts: Iterable[int | None]) -> int | None:
    """Their sum; None if one of them is none."""
    total = 0
    for each in amounts:
        if each is None:
            return None
        total += each
    return total


def less(whole: int | None, *parts: int | None) -> int | None:
    """What is left of an amount; None if one of them is none."""
    rest = added(parts)
    return None if whole is None or rest is None else whole - rest


def adjusted(loop: Loop) -> int | None:
    """Sum of all amounts of a loop's own CAS segments, in cents; None if one is no amount."""
    mark = loop.frame.delimiters.element
    total: int | None = 0
    for text in loop.texts:
        if text.startswith("CAS"):
            total = added((total, *map(amount, text.split(mark)[3::3])))
    return total


# ---- 835 -------------------------------------------------------------------------------------------------------------


def paid_by(claim: Loop) -> int | None:
    """CLP04 of loop 2100; None for what is no amount, and for a claim whose CLP got lost."""
    clp = claim.texts[0].split(claim.frame.delimiters.element, 5) if claim.texts else [""]
    if clp[0] != "CLP":
        return None
    return amount(clp[4]) if len(clp) > 4 else 0


def payment_imbalances(claim: Loop) -> list[Imbalance]:
    """Loop 2100: each line by itself, the claim, and the lines against the claim (005010X221 section 1.10.2)."""
    mark = claim.frame.delimiters.element
    clp = claim.texts[0].split(mark) if claim.texts else [""]
    if clp[0] != "CLP" or len(clp) < 5:
        return []
    found: list[Imbalance] = []
    charge, paid, own = amount(clp[3]), amount(clp[4]), adjusted(claim)
    charges: int | None = 0
    payments: int | None = 0
    of_lines: int | None = 0
    lines = [each for each in claim.loops if each.node.id == "2110"]
    for line in lines:
        svc = line.texts[0].split(mark) if line.texts else []
        if len(svc) < 3:
            return found
        billed, got, cut = amount(svc[2]), amount(svc[3] if len(svc) > 3 else ""), adjusted(line)
        left = less(billed, cut)
        if got is not None and left is not None and left != got:
            segment = line.head
            control = line.find("REF", "6R")
            where = control.get(2) if control else clp[1]
            found.append(Imbalance("line", "SVC02 - CAS = SVC03", got, left, segment, "03", "2110", where))
        charges, payments, of_lines = added((charges, billed)), added((payments, got)), added((of_lines, cut))

    def claim_level(rule: str, actual: int | None, expected: int | None, element: str) -> None:
        if actual is not None and expected is not None and actual != expected:
            found.append(Imbalance("claim", rule, actual, expected, claim.head, element, "2100", clp[1]))

    by_cas = less(charge, own, of_lines)
    if not lines:
        claim_level("CLP03 - CAS = CLP04", paid, by_cas, "04")
        return found
    claim_level("CLP03 = sum SVC02", charge, charges, "03")
    # Where all lines balance, these two and the one above say one thing in two ways: it is said once.
    by_lines, uncharged = less(payments, own), less(charge, charges)
    by_claim, by_both = less(paid, by_cas), less(less(paid, by_lines), uncharged)
    if uncharged in (0, None) or by_claim != by_both:
        claim_level("CLP03 - CAS = CLP04", paid, by_cas, "04")
    if by_claim is None or less(paid, by_lines) != by_claim or charge != charges:
        claim_level("CLP04 = sum SVC03 - CAS(2100)", paid, by_lines, "04")
    return found


def provider_level(root: Loop) -> int | None:
    """Sum of all PLB amounts of a transaction, in cents (PLB04, 06 ... 14); None if one is no amount."""
    mark = root.frame.delimiters.element
    return added(
        each for text in root.texts if text.startswith(f"PLB{mark}") for each in map(amount, text.split(mark)[4::2])
    )


def transaction_imbalances(root: Loop, paid_cents: int | None) -> list[Imbalance]:
    """BPR02 against the payments of all claims (None: one is no amount) and the provider level."""
    bpr = root.find("BPR")
    total, expected = amount(bpr.get(2)) if bpr else None, less(paid_cents, provider_level(root))
    if bpr is not None and total is not None and bpr.get(3) == "D":
        total = -total  # drawn from the payee's account
    if bpr is None or total is None or expected is None or total == expected:
        return []
    trace = root.find("TRN")
    where = trace.get(2) if trace else ""
    return [Imbalance("transaction", PAYMENT, total, expected, bpr, "02", "", where)]


# ---- 837P ------------------------------------------------------------------------------------------------------------


def claim_imbalances(claim: Loop) -> list[Imbalance]:
    """Loop 2300: the total against its lines, and every earlier payer's amounts (RFI 1115, 524, 1294)."""
    mark = claim.frame.delimiters.element
    clm = claim.texts[0].split(mark) if claim.texts else [""]
    if clm[0] != "CLM" or len(clm) < 3:
        return []
    found: list[Imbalance] = []
    total = amount(clm[2])
    lines = [each for each in claim.loops if each.node.id == "2400"]
    charges = [_line_charge(line, mark) for line in lines]
    charged = added(charges)
    if lines and total is not None and charged is not None and total != charged:
        segment = claim.head
        found.append(Imbalance("claim", "CLM02 = sum SV102", total, charged, segment, "02", "2300", clm[1]))
    payers = [each for each in claim.loops if each.node.id == "2320"]
    answers = _answers(lines, charges, mark, clm[1]) if payers else {}
    for payer in payers:
        found += _other_payer(payer, clm[1], total, answers)
    return found


@dataclass(slots=True)
class _Answers:
    """What one payer said of a claim's lines (2430): paid, adjusted, and what of it does not add up."""

    paid: int | None = 0
    cut: int | None = 0
    wrong: list[Imbalance] = field(default_factory=list)


def _answers(lines: list[Loop], charges: list[int | None], mark: str, number: str) -> dict[str, _Answers]:
    """By payer. One that split the line answers several times; its answers together are the line's."""
    found: dict[str, _Answers] = {}
    for line, charge in zip(lines, charges, strict=True):
        of_line: dict[str, list[Loop]] = {}
        for each in line.loops:
            if each.node.id == "2430":
                parts = each.texts[0].split(mark, 2) if each.texts else []
                of_line.setdefault(parts[1] if len(parts) > 1 else "", []).append(each)
        for payer, answers in of_line.items():
            got = added(amount(each.head.get(2)) for each in answers)
            cut = added(adjusted(each) for each in answers)
            known = found.setdefault(payer, _Answers())
            known.paid, known.cut = added((known.paid, got)), added((known.cut, cut))
            told = added((got, cut))
            if charge is not None and told is not None and charge != told:
                rule = "SV102 = SVD02 + CAS(2430)"
                known.wrong.append(Imbalance("cob", rule, charge, told, answers[0].head, "02", "2430", number))
    return found


def _line_charge(line: Loop, mark: str) -> int | None:
    for text in line.texts:
        if text.startswith("SV1"):
            parts = text.split(mark)
            return amount(parts[2]) if len(parts) > 2 else 0
    return 0


def _other_payer(payer: Loop, number: str, total: int | None, answers: dict[str, _Answers]) -> list[Imbalance]:
    paid_segment = payer.find("AMT", "D")
    if paid_segment is None:  # not asked yet: nothing to balance
        return []
    names = payer.loop("2330B")
    name = names.find("NM1") if names else None
    payer_id = name.get(9) if name else ""
    paid, own = amount(paid_segment.get(2)), adjusted(payer)
    of_payer = answers.get(payer_id)
    of_lines: int | None = 0
    by_lines: int | None = None
    found: list[Imbalance] = []
    if of_payer is not None:
        of_lines, by_lines, found = of_payer.cut, less(of_payer.paid, own), of_payer.wrong
        of_payer.wrong = []  # said once, however often the payer is named
    told = added((paid, own, of_lines))
    if total is not None and told is not None and total != told:
        rule = "CLM02 = AMT*D + CAS(2320) + CAS(2430)"
        found.append(Imbalance("cob", rule, total, told, paid_segment, "02", "2320", number))
    if paid is not None and by_lines is not None and paid != by_lines:
        said = found and found[-1].difference_cents == by_lines - paid
        if not said:
            rule = "AMT*D = sum SVD02 - CAS(2320)"
            found.append(Imbalance("cob", rule, paid, by_lines, paid_segment, "02", "2320", number))
    return found


def imbalances(transaction: Transaction) -> list[Imbalance]:
    """Everything of an 835 or 837P that does not add up, claims first; what cannot be read is not balanced."""
    found: list[Imbalance] = []
    paid: int | None = 0
    of_payment = transaction.kind == "835"
    name = "2100" if of_payment else "2300"
    for loop in transaction.root.walk():
        if loop.node.id != name:
            continue
        if of_payment:
            found += payment_imbalances(loop)
            paid = added((paid, paid_by(loop)))
        else:
            found += claim_imbalances(loop)
    return found + (transaction_imbalances(transaction.root, paid) if of_payment else [])


AMOUNTS: Final = {"CLM": (2,), "SV1": (2,), "SVD": (2,), "AMT": (2,), "CLP": (3, 4), "SVC": (2, 3)}


def is_readable(claim: Loop) -> bool:
    """Whether every amount of a claim that a rule of balance holds is one."""
    mark = claim.frame.delimiters.element
    for loop in claim.walk():
        for text in loop.texts:
            parts = text.split(mark)
            places = range(3, len(parts), 3) if parts[0] == "CAS" else AMOUNTS.get(parts[0], ())
            if any(place < len(parts) and amount(parts[place]) is None for place in places):
                return False
    return True


# ---- as findings -----------------------------------------------------------------------------------------------------


def finding_of(each: Imbalance, loop: Loop) -> Finding:
    """An imbalance as a finding of a check."""
    message = (
        f"{each.where}: {each.rule} fails by {usd(each.difference_cents)} "
        f"(is {usd(each.actual_cents)}, should be {usd(each.expected_cents)})"
    )
    return Finding(
        f"unbalanced_{each.level}",
        message,
        snip=3,
        segment_number=each.segment.number,
        position=each.segment.number - loop.frame.first + 1,
        offset=each.segment.offset_of(int(each.element)),
        loop=each.loop,
        segment=each.segment.id,
        element=each.element,
        transaction=loop.frame.index,
        claim=each.where if each.level in ("claim", "cob") else "",
        value=each.segment.get(int(each.element)),
    )


class Balances:
    """Balances of a file that is checked as it is read; a transaction's payments are summed on the way."""

    def __init__(self, add: Callable[[Finding], None]) -> None:
        self.add = add
        self.paid: int | None = 0

    def loop(self, loop: Loop) -> None:
        """A loop that ended: only claims matter."""
        name = loop.node.id
        if name == "2300":
            found = claim_imbalances(loop)
        elif name == "2100" and loop.frame.grammar is not None and loop.frame.grammar.kind == "835":
            found = payment_imbalances(loop)
            self.paid = added((self.paid, paid_by(loop)))
        else:
            return
        for each in found:
            self.add(finding_of(each, loop))

    def transaction(self, transaction: Transaction) -> None:
        """A transaction that ended."""
        if transaction.kind == "835":
            for each in transaction_imbalances(transaction.root, self.paid):
                self.add(finding_of(each, transaction.root))

    def forget(self) -> None:
        """The next transaction begins."""
        self.paid = 0
