"""What must add up, to the cent (SNIP type 3): 837P claims with other payers, 835 lines, claims and transactions.

Nothing is corrected. An amount that is no amount is not balanced here: the check of values has said so already.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from claimloom.x12.guides.findings import Finding
from claimloom.x12.guides.text import cents
from claimloom.x12.reading.document import Loop, Segment, Transaction
from schemas.money import usd


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


def adjusted(loop: Loop) -> int:
    """Sum of all amounts of a loop's own CAS segments, in cents."""
    mark = loop.frame.delimiters.element
    total = 0
    for text in loop.texts:
        if text.startswith("CAS"):
            total += sum(map(cents, filter(None, text.split(mark)[3::3])))
    return total


# ---- 835 -------------------------------------------------------------------------------------------------------------


def payment_imbalances(claim: Loop) -> list[Imbalance]:
    """Loop 2100: each line by itself, the claim, and the lines against the claim (005010X221 section 1.10.2)."""
    mark = claim.frame.delimiters.element
    clp = claim.texts[0].split(mark) if claim.texts else [""]
    if clp[0] != "CLP" or len(clp) < 5:
        return []
    found: list[Imbalance] = []
    charge, paid, own = cents(clp[3] or "0"), cents(clp[4] or "0"), adjusted(claim)
    charges = payments = of_lines = 0
    lines = [each for each in claim.loops if each.node.id == "2110"]
    for line in lines:
        svc = line.texts[0].split(mark) if line.texts else []
        if len(svc) < 3:
            return found
        billed, got, cut = cents(svc[2] or "0"), cents((svc[3] if len(svc) > 3 else "") or "0"), adjusted(line)
        if billed - cut != got:
            segment = line.head
            control = line.find("REF", "6R")
            where = control.get(2) if control else clp[1]
            found.append(Imbalance("line", "SVC02 - CAS = SVC03", got, billed - cut, segment, "03", "2110", where))
        charges += billed
        payments += got
        of_lines += cut

    def claim_level(rule: str, actual: int, expected: int, element: str) -> None:
        if actual != expected:
            found.append(Imbalance("claim", rule, actual, expected, claim.head, element, "2100", clp[1]))

    by_claim, by_lines = paid - (charge - own - of_lines), paid - (payments - own)
    if not lines:
        claim_level("CLP03 - CAS = CLP04", paid, charge - own - of_lines, "04")
        return found
    claim_level("CLP03 = sum SVC02", charge, charges, "03")
    # Where all lines balance, these two and the one above say one thing in two ways: it is said once.
    if by_claim != by_lines - (charge - charges) or charge == charges:
        claim_level("CLP03 - CAS = CLP04", paid, charge - own - of_lines, "04")
    if by_lines != by_claim or charge != charges:
        claim_level("CLP04 = sum SVC03 - CAS(2100)", paid, payments - own, "04")
    return found


def provider_level(root: Loop) -> int:
    """Sum of all PLB amounts of a transaction, in cents (PLB04, 06 ... 14)."""
    mark = root.frame.delimiters.element
    return sum(
        sum(map(cents, filter(None, text.split(mark)[4::2]))) for text in root.texts if text.startswith(f"PLB{mark}")
    )


def transaction_imbalances(root: Loop, paid_cents: int) -> list[Imbalance]:
    """BPR02 against the payments of all claims and the provider level."""
    bpr = root.find("BPR")
    if bpr is None:
        return []
    total, expected = cents(bpr.get(2) or "0"), paid_cents - provider_level(root)
    if total == expected:
        return []
    trace = root.find("TRN")
    where = trace.get(2) if trace else ""
    return [Imbalance("transaction", "BPR02 = sum CLP04 - sum PLB", total, expected, bpr, "02", "", where)]


# ---- 837P ------------------------------------------------------------------------------------------------------------


def claim_imbalances(claim: Loop) -> list[Imbalance]:
    """Loop 2300: the total against its lines, and every earlier payer's amounts (RFI 1115, 524, 1294)."""
    mark = claim.frame.delimiters.element
    clm = claim.texts[0].split(mark) if claim.texts else [""]
    if clm[0] != "CLM" or len(clm) < 3:
        return []
    found: list[Imbalance] = []
    total = cents(clm[2] or "0")
    lines = [each for each in claim.loops if each.node.id == "2400"]
    charges = [_line_charge(line, mark) for line in lines]
    if lines and total != sum(charges):
        segment = claim.head
        found.append(Imbalance("claim", "CLM02 = sum SV102", total, sum(charges), segment, "02", "2300", clm[1]))
    payers = [each for each in claim.loops if each.node.id == "2320"]
    answers = _answers(lines, charges, mark, clm[1]) if payers else {}
    for payer in payers:
        found += _other_payer(payer, clm[1], total, answers)
    return found


@dataclass(slots=True)
class _Answers:
    """What one payer said of a claim's lines (2430): paid, adjusted, and what of it does not add up."""

    paid: int = 0
    cut: int = 0
    wrong: list[Imbalance] = field(default_factory=list)


def _answers(lines: list[Loop], charges: list[int], mark: str, number: str) -> dict[str, _Answers]:
    """By payer. One that split the line answers several times; its answers together are the line's."""
    found: dict[str, _Answers] = {}
    for line, charge in zip(lines, charges, strict=True):
        of_line: dict[str, list[Loop]] = {}
        for each in line.loops:
            if each.node.id == "2430":
                parts = each.texts[0].split(mark, 2) if each.texts else []
                of_line.setdefault(parts[1] if len(parts) > 1 else "", []).append(each)
        for payer, answers in of_line.items():
            got = sum(cents(each.head.get(2) or "0") for each in answers)
            cut = sum(adjusted(each) for each in answers)
            known = found.setdefault(payer, _Answers())
            known.paid += got
            known.cut += cut
            if charge != got + cut:
                rule = "SV102 = SVD02 + CAS(2430)"
                known.wrong.append(Imbalance("cob", rule, charge, got + cut, answers[0].head, "02", "2430", number))
    return found


def _line_charge(line: Loop, mark: str) -> int:
    for text in line.texts:
        if text.startswith("SV1"):
            parts = text.split(mark)
            return cents(parts[2] or "0") if len(parts) > 2 else 0
    return 0


def _other_payer(payer: Loop, number: str, total: int, answers: dict[str, _Answers]) -> list[Imbalance]:
    paid_segment = payer.find("AMT", "D")
    if paid_segment is None:  # not asked yet: nothing to balance
        return []
    names = payer.loop("2330B")
    name = names.find("NM1") if names else None
    payer_id = name.get(9) if name else ""
    paid, own = cents(paid_segment.get(2) or "0"), adjusted(payer)
    of_payer = answers.get(payer_id)
    detail, of_lines, of_payments = of_payer is not None, 0, 0
    found: list[Imbalance] = []
    if of_payer is not None:
        of_lines, of_payments, found = of_payer.cut, of_payer.paid, of_payer.wrong
        of_payer.wrong = []  # said once, however often the payer is named
    if total != paid + own + of_lines:
        rule = "CLM02 = AMT*D + CAS(2320) + CAS(2430)"
        found.append(Imbalance("cob", rule, total, paid + own + of_lines, paid_segment, "02", "2320", number))
    if detail and paid != of_payments - own and not (found and found[-1].difference_cents == of_payments - own - paid):
        rule = "AMT*D = sum SVD02 - CAS(2320)"
        found.append(Imbalance("cob", rule, paid, of_payments - own, paid_segment, "02", "2320", number))
    return found


def imbalances(transaction: Transaction) -> list[Imbalance]:
    """Everything of an 835 or 837P that does not add up, claims first; ValueError for an amount that is none."""
    found: list[Imbalance] = []
    paid = 0
    mark = transaction.frame.delimiters.element
    of_payment = transaction.kind == "835"
    name = "2100" if of_payment else "2300"
    for loop in transaction.root.walk():
        if loop.node.id != name:
            continue
        if of_payment:
            found += payment_imbalances(loop)
            parts = loop.texts[0].split(mark, 5) if loop.texts else []
            paid += cents(parts[4] or "0") if len(parts) > 4 else 0
        else:
            found += claim_imbalances(loop)
    return found + (transaction_imbalances(transaction.root, paid) if of_payment else [])


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
        self.paid = 0
        self.complete = True

    def loop(self, loop: Loop) -> None:
        """A loop that ended: only claims matter."""
        name = loop.node.id
        if name not in ("2100", "2300"):
            return
        try:
            if name == "2300":
                found = claim_imbalances(loop)
            elif loop.frame.grammar is not None and loop.frame.grammar.kind == "835":
                found = payment_imbalances(loop)
                parts = loop.texts[0].split(loop.frame.delimiters.element) if loop.texts else []
                self.paid += cents(parts[4] or "0") if len(parts) > 4 else 0
            else:
                return
        except ValueError:  # an amount that is none: said by the check of values
            self.complete = False
            return
        for each in found:
            self.add(finding_of(each, loop))

    def transaction(self, transaction: Transaction) -> None:
        """A transaction that ended."""
        if transaction.kind == "835" and self.complete:
            try:
                found = transaction_imbalances(transaction.root, self.paid)
            except ValueError:
                return
            for each in found:
                self.add(finding_of(each, transaction.root))

    def forget(self) -> None:
        """The next transaction begins."""
        self.paid = 0
        self.complete = True
