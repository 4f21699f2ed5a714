"""What the payer sends back: TA1 and 999, 277CA and 835, as text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from claimloom.sandbox.claims_in import Delivery, Filed


def money(cents: int) -> str:
    """Cents as X12 writes decimals."""
    value = Decimal(cents) / 100
    text = format(value.normalize(), "f") if cents else "0"
    return text.replace("0.", ".", 1) if text.lstrip("-").startswith("0.") else text


@dataclass(slots=True)
class Letter:
    """One interchange being written."""

    sender: str
    receiver: str
    number: int
    on: date
    lines: list[str] = field(default_factory=list)

    def wrap(self, kind: str, version: str, bodies: Sequence[Sequence[str]], front: Sequence[str] = ()) -> bytes:
        """Bodies (ST included, SE not) as one functional group in one interchange."""
        day, short = f"{self.on:%Y%m%d}", f"{self.on:%y%m%d}"
        isa = (
            f"ISA*00*          *00*          *ZZ*{self.sender:<15}*ZZ*{self.receiver:<15}*{short}*0900*^*00501*"
            f"{self.number:09d}*0*T*:"
        )
        out = [isa, *front, f"GS*{kind}*{self.sender}*{self.receiver}*{day}*0900*{self.number}*X*{version}"]
        for place, body in enumerate(bodies, start=1):
            out += [*body, f"SE*{len(body) + 1}*{place:04d}"]
        out += [f"GE*{len(bodies)}*{self.number}", f"IEA*1*{self.number:09d}"]
        return ("~\n".join(out) + "~\n").encode("ascii")


def accept_999(box: Delivery, number: int, on: date) -> bytes:
    """TA1 and 999 that take everything."""
    letter = Letter(box.receiver, box.sender, number, on)
    body = [
        "ST*999*0001*005010X231A1",
        f"AK1*HC*{box.group}*005010X222A1",
        f"AK2*837*{box.transaction}*005010X222A1",
        "IK5*A",
        "AK9*A*1*1*1",
    ]
    return letter.wrap("FA", "005010X231A1", [body], [f"TA1*{box.interchange}*{on:%y%m%d}*0900*A*000"])


def answer_277ca(box: Delivery, refused: dict[str, str], icns: dict[str, str], number: int, on: date) -> bytes:
    """Each claim taken into adjudication with its number, or refused with a status."""
    day = f"{on:%Y%m%d}"
    bad = [claim for claim in box.claims if claim.number in refused]
    good = [claim for claim in box.claims if claim.number not in refused]
    total = sum(claim.charge for claim in box.claims)
    body = [
        "ST*277*0001*005010X214",
        f"BHT*0085*08*A{number:08d}*{day}*0900*TH",
        "HL*1**20*1",
        f"NM1*PR*2*SANDBOX PAYER*****PI*{box.receiver}",
        f"TRN*1*R{number:08d}",
        f"DTP*050*D8*{day}",
        f"DTP*009*D8*{day}",
        "HL*2*1*21*1",
        f"NM1*41*2*SENDER*****46*{box.sender}",
        f"TRN*2*{box.batch}",
        f"STC*A1:19:PR*{day}*WQ*{money(total)}",
        *_totals("90", "AA", good, bad),
    ]
    level = 2
    for npi in dict.fromkeys(claim.npi for claim in box.claims):
        mine = [claim for claim in box.claims if claim.npi == npi]
        level += 1
        provider = level
        some_bad = [claim for claim in mine if claim.number in refused]
        body += [
            f"HL*{provider}*2*19*1",
            f"NM1*85*2*{mine[0].provider}*****XX*{npi}",
            "TRN*1*0",
            f"STC*A1:19:PR**WQ*{money(sum(claim.charge for claim in mine))}",
            *_totals("QA", "QC", [claim for claim in mine if claim.number not in refused], some_bad),
        ]
        for claim in mine:
            level += 1
            status = refused.get(claim.number)
            body += [f"HL*{level}*{provider}*PT", f"NM1*QC*1*{claim.last}*{claim.first}****MI*{claim.member}"]
            body += [f"TRN*2*{claim.number}"]
            answer = f"{status}*{day}*U" if status else f"A2:20:PR*{day}*WQ"
            body += [f"STC*{answer}*{money(claim.charge)}"]
            if not status:
                body += [f"REF*1K*{icns[claim.number]}"]
            body += [f"DTP*472*D8*{claim.services[0].day}"]
    return Letter(box.receiver, box.sender, number, on).wrap("HN", "005010X214", [body])


def _totals(yes: str, no: str, good: Sequence[Filed], bad: Sequence[Filed]) -> list[str]:
    out = []
    if good:
        out.append(f"QTY*{yes}*{len(good)}")
    if bad:
        out.append(f"QTY*{no}*{len(bad)}")
    if good:
        out.append(f"AMT*YU*{money(sum(claim.charge for claim in good))}")
    if bad:
        out.append(f"AMT*YY*{money(sum(claim.charge for claim in bad))}")
    return out


@dataclass(slots=True)
class PaidLine:
    """SVC and what hangs on it."""

    composite: str
    charge: int
    paid: int
    units: int
    day: str
    number: str
    cas: list[tuple[str, str, int]] = field(default_factory=list)
    allowed: int | None = None
    submitted_units: int | None = None
    remarks: tuple[str, ...] = ()


@dataclass(slots=True)
class PaidClaim:
    """CLP and what hangs on it."""

    claim: Filed
    number: str
    status: str
    icn: str
    lines: list[PaidLine]
    filing: str
    remarks: tuple[str, ...] = ()
    original_icn: str = ""
    member: str = ""
    off_by: int = 0

    @property
    def charge(self) -> int:
        """CLP03."""
        return sum(line.charge for line in self.lines)

    @property
    def paid(self) -> int:
        """CLP04; ``off_by`` makes it wrong on purpose."""
        return sum(line.paid for line in self.lines) + self.off_by


def body_835(
    claims: Sequence[PaidClaim], plbs: Sequence[tuple[str, str, int]], place: int, trace: str, on: date
) -> list[str]:
    """One payment of one payer to one provider."""
    first = claims[0].claim
    total = sum(claim.paid for claim in claims) - sum(amount for _, _, amount in plbs)
    day = f"{on:%Y%m%d}"
    payer_tax = f"1{int(first.payer_id):09d}"
    if total > 0:
        bpr = f"BPR*I*{money(total)}*C*ACH*CCP*01*071000013*DA*123456*{payer_tax}**01*071000505*DA*654321*{day}"
    else:
        bpr = f"BPR*H*0*C*NON************{day}"
    body = [
        f"ST*835*{place:04d}",
        bpr,
        f"TRN*1*{trace}*{payer_tax}",
        f"DTM*405*{day}",
        f"N1*PR*{first.payer_name}",
        "N3*1 PAYER WAY",
        "N4*CHICAGO*IL*60601",
        f"REF*2U*{first.payer_id}",
        "PER*BL*PROVIDER SERVICES*TE*5555550111",
        f"N1*PE*{first.provider}*XX*{first.npi}",
        f"REF*TJ*{first.tax_id}",
        "LX*1",
    ]
    for claim in claims:
        body += _claim_835(claim)
    for start in range(0, len(plbs), 6):
        pairs = "*".join(
            f"{reason}:{reference}*{money(amount)}" for reason, reference, amount in plbs[start : start + 6]
        )
        body.append(f"PLB*{first.npi}*{on.year}1231*{pairs}")
    return body


def _claim_835(claim: PaidClaim) -> list[str]:
    patient = sum(amount for line in claim.lines for group, _, amount in line.cas if group == "PR")
    share = money(patient) if patient > 0 and claim.status != "22" else ""
    head = (claim.number, claim.status, money(claim.charge), money(claim.paid), share, claim.filing, claim.icn)
    source = claim.claim
    body = ["CLP*" + "*".join((*head, source.place, source.frequency))]
    body.append(f"NM1*QC*1*{source.last}*{source.first}****MI*{claim.member or source.member}")
    if claim.remarks:
        body.append("MOA***" + "*".join(claim.remarks))
    if claim.original_icn:
        body.append(f"REF*F8*{claim.original_icn}")
    for line in claim.lines:
        units = "" if line.units == 1 else str(line.units)
        sent = "" if line.submitted_units is None else f"**{line.submitted_units}"
        body.append(f"SVC*{line.composite}*{money(line.charge)}*{money(line.paid)}**{units}{sent}".rstrip("*"))
        body.append(f"DTM*472*{line.day}")
        for group in dict.fromkeys(group for group, _, amount in line.cas if amount):
            some = [(reason, amount) for each, reason, amount in line.cas if each == group and amount]
            for start in range(0, len(some), 6):
                triplets = "**".join(f"{reason}*{money(amount)}" for reason, amount in some[start : start + 6])
                body.append(f"CAS*{group}*{triplets}")
        body.append(f"REF*6R*{line.number}")
        if line.allowed is not None:
            body.append(f"AMT*B6*{money(line.allowed)}")
        body += [f"LQ*HE*{remark}" for remark in line.remarks]
    return body
