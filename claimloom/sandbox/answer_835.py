"""The payer's own writer of 835s (005010X221A1): it says what it decided, in the payer's dress of the day."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from claimloom.sandbox.claims_in import Reason
from claimloom.sandbox.decided import DecidedClaim, DecidedLine

Plb = tuple[str, str, int]
"""PLB03-1, PLB03-2 and cents; a positive amount is taken."""


@dataclass(slots=True)
class Check:
    """One payment: an ST 835."""

    payer_id: str
    payer_name: str
    npi: str
    provider: str
    tax_id: str
    trace: str
    on: date
    claims: list[DecidedClaim] = field(default_factory=list)
    plbs: list[Plb] = field(default_factory=list)
    by_check: bool = False
    debit: bool = False
    """More is taken than given: BPR03 = D, instead of a balance that is forwarded."""
    produced: date | None = None
    payee_by_tax_id: bool = False
    receiver: str = ""
    number: int = 0

    @property
    def total(self) -> int:
        """Money that moves to the provider; negative where it moves back."""
        return sum(claim.paid for claim in self.claims) - sum(amount for _, _, amount in self.plbs)


def write(checks: Sequence[Check], *, sender: str, receiver: str, number: int, on: date) -> bytes:
    """A file of some payments; ``number`` is its ISA13, of which nine digits are kept."""
    number = number % 10**9 or 1
    parts: list[str] = []
    for place, check in enumerate(checks, start=1):
        body = list(_transaction(check))
        parts += [f"ST*835*{place:04d}", *body, f"SE*{len(body) + 2}*{place:04d}"]
    names = f"00*{'':10}*00*{'':10}*ZZ*{sender:15}*ZZ*{receiver:15}"
    front = [
        f"ISA*{names}*{on:%y%m%d}*0900*^*00501*{number:09d}*0*T*:",
        f"GS*HP*{sender}*{receiver}*{on:%Y%m%d}*0900*{number}*X*005010X221A1",
    ]
    back = [f"GE*{len(checks)}*{number}", f"IEA*1*{number:09d}"]
    return "".join(f"{part}~\n" for part in (*front, *parts, *back)).encode("ascii")


def _segment(*elements: object) -> str:
    return "*".join(str(each) for each in elements).rstrip("*")


def _money(cents: int) -> str:
    sign, cents = ("-" if cents < 0 else ""), abs(cents)
    text = f"{cents // 100}.{cents % 100:02d}".rstrip("0").rstrip(".")
    return sign + text


def _transaction(check: Check) -> Iterable[str]:
    company = f"1{int(check.payer_id) if check.payer_id.isdigit() else sum(check.payer_id.encode()):09d}"
    method = "NON" if check.total == 0 else "CHK" if check.by_check else "ACH"
    way = "H" if method == "NON" else "I"
    banks: tuple[str, ...] = ("",) * 10
    if method == "ACH":
        banks = ("01", "071000013", "DA", "123456", company, "", "01", "071000505", "DA", "654321")
    flag = "D" if check.total < 0 else "C"
    layout = "CCP" if method == "ACH" else ""
    yield _segment("BPR", way, _money(abs(check.total)), flag, method, layout, *banks, f"{check.on:%Y%m%d}")
    yield _segment("TRN", "1", check.trace, company)
    yield _segment("DTM", "405", f"{check.produced or check.on:%Y%m%d}")
    yield _segment("N1", "PR", check.payer_name)
    yield "N3*1 PAYER WAY"
    yield "N4*CHICAGO*IL*60601"
    yield _segment("REF", "2U", check.payer_id)
    yield "PER*BL*PROVIDER SERVICES*TE*5555550111"
    if check.payee_by_tax_id:
        yield _segment("N1", "PE", check.provider, "FI", check.tax_id)
    else:
        yield _segment("N1", "PE", check.provider, "XX", check.npi)
        if check.tax_id:
            yield _segment("REF", "TJ", check.tax_id)
    if check.claims:
        yield "LX*1"
    for claim in check.claims:
        yield from _claim(claim)
    yield from _provider_level(check)


def _claim(paid: DecidedClaim) -> Iterable[str]:
    share = _money(paid.share) if paid.share and paid.status != "22" else ""
    source = paid.claim
    head = (paid.number, paid.status, _money(paid.charge), _money(paid.paid), share, paid.filing, paid.icn)
    yield _segment("CLP", *head, source.place, source.frequency)
    yield from _adjustments(paid.cas)
    if paid.insured:
        yield _segment("NM1", "QC", "1", source.last, source.first)
        yield _segment("NM1", "IL", "1", source.last, source.first, "", "", "", "MI", paid.insured)
    else:
        yield _segment("NM1", "QC", "1", source.last, source.first, "", "", "", "MI", paid.member)
    if any(paid.forwarded):
        yield _segment("NM1", "TT", "2", paid.forwarded[0], "", "", "", "", "PI", paid.forwarded[1])
    if paid.remarks:
        yield _segment("MOA", "", "", *paid.remarks[:5])
    if paid.original_icn:
        yield _segment("REF", "F8", paid.original_icn)
    if paid.claim_day:
        yield _segment("DTM", "232", paid.claim_day)
    if paid.interest:
        yield _segment("AMT", "I", _money(paid.interest))
    for line in paid.lines:
        yield from _line(line)


def _line(line: DecidedLine) -> Iterable[str]:
    submitted = _code(line.submitted_code, line.submitted_modifiers) if line.submitted_code else ""
    units = "" if line.units == 1 else line.units
    before = "" if line.submitted_units is None else line.submitted_units
    amounts = (_money(line.charge), _money(line.paid))
    yield _segment("SVC", _code(line.code, line.modifiers), *amounts, "", units, submitted, before)
    if line.day:
        yield _segment("DTM", "472", line.day)
    yield from _adjustments(line.cas)
    if line.number:
        yield _segment("REF", "6R", line.number)
    if line.allowed is not None:
        yield _segment("AMT", "B6", _money(line.allowed))
    for remark in line.remarks:
        yield _segment("LQ", "HE", remark)


def _code(code: str, modifiers: Sequence[str]) -> str:
    return ":".join(("HC", code, *modifiers))


def _adjustments(reasons: Sequence[Reason]) -> Iterable[str]:
    """CAS: a segment a group, six triplets at most in one."""
    for group in dict.fromkeys(group for group, _, _ in reasons):
        mine = [(reason, amount) for each, reason, amount in reasons if each == group]
        for start in range(0, len(mine), 6):
            triplets = [part for reason, amount in mine[start : start + 6] for part in (reason, _money(amount), "")]
            yield _segment("CAS", group, *triplets)


def _provider_level(check: Check) -> Iterable[str]:
    for start in range(0, len(check.plbs), 6):
        pairs = [
            part
            for reason, reference, amount in check.plbs[start : start + 6]
            for part in (f"{reason}:{reference}" if reference else reason, _money(amount))
        ]
        yield _segment("PLB", check.npi, f"{check.on.year}1231", *pairs)


Dress = Callable[[Check], list[Check]]
_CENT: Final = 1


def told_again(check: Check, dress: str) -> list[Check]:
    """The same payment in another dress, as it comes from a second source. KeyError for a dress that none wears."""
    return DRESSES[dress](check)


def _copy(check: Check) -> Check:
    return Check(
        *(check.payer_id, check.payer_name, check.npi, check.provider, check.tax_id, check.trace, check.on),
        claims=list(check.claims),
        plbs=list(check.plbs),
        by_check=check.by_check,
        debit=check.debit,
    )


def _same(check: Check) -> list[Check]:
    return [_copy(check)]


def _other_date(check: Check) -> list[Check]:
    made = _copy(check)
    made.on = date.fromordinal(check.on.toordinal() + 1)
    return [made]


def _tax_id(check: Check) -> list[Check]:
    made = _copy(check)
    made.payee_by_tax_id = True
    return [made]


def _lower_case(check: Check) -> list[Check]:
    made = _copy(check)
    made.trace = check.trace.lower()
    return [made]


def _padded(check: Check) -> list[Check]:
    made = _copy(check)
    made.trace = f"000{check.trace}"
    return [made]


def _cut(check: Check) -> list[Check]:
    """Two files, each with half of the claims, of one trace."""
    first, second = _copy(check), _copy(check)
    middle = (len(check.claims) + 1) // 2
    first.claims, second.claims = check.claims[:middle], check.claims[middle:]
    second.plbs = []
    return [each for each in (first, second) if each.claims]


def _one_plb_more(check: Check) -> list[Check]:
    made = _copy(check)
    made.plbs.append(("L6", "", -_CENT * 25))
    return [made]


def _one_cent(check: Check) -> list[Check]:
    """A cent more on the first claim that was paid, and in the total."""
    made = _copy(check)
    made.claims = deepcopy(check.claims)
    line = next((line for claim in made.claims for line in claim.lines if line.paid and line.cas), None)
    if line is not None:
        group, reason, amount = line.cas[0]
        line.paid += _CENT
        line.cas[0] = (group, reason, amount - _CENT)
    return [made]


DRESSES: Final[dict[str, Dress]] = {
    "same": _same,
    "other_date": _other_date,
    "tax_id": _tax_id,
    "lower_case": _lower_case,
    "padded": _padded,
    "cut": _cut,
    "one_cent": _one_cent,
    "one_plb_more": _one_plb_more,
}
