"""A ledger with a visit or two, and what payers say of their claims: 835s and 277CAs of our own. People invented."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import takewhile
from pathlib import Path
from typing import Any, Final

from claimloom.desk.decide import Decision
from claimloom.ledger.views.claims import ClaimRow, all_claims
from claimloom.ledger.views.scope import EVERYTHING, Page, Wanted
from claimloom.ledger.views.worklist import WorkRow, work_page
from claimloom.partners import Sender
from claimloom.settings import Settings
from claimloom.system import System
from claimloom.x12 import check
from tests.sessions import visit

MEDICARE = visit().coverages[0].model_dump(mode="json")
SUPPLEMENT = {
    "payer_id": "88888",
    "payer_name": "EXAMPLE SUPPLEMENT",
    "payer_class": "commercial",
    "member_id": "SUPP55501",
    "filing_indicator": "CI",
}
PLAN = SUPPLEMENT | {"payer_id": "44444", "payer_name": "EXAMPLE COMMERCIAL", "member_id": "W123456789"}
THIRD = SUPPLEMENT | {"payer_id": "33333", "payer_name": "EXAMPLE THIRD", "member_id": "T5550199"}
NOTE = {"signed_at": "2026-11-16T11:05:00", "signed_by_npi": "1679576722"}
PLAN_OF_CARE = {
    "start": "2026-10-19",
    "end": "2027-01-15",
    "first_treatment": "2026-10-19",
    "certified_on": "2026-10-26",
    "certified_to": "2027-01-15",
}
TIMED = [{"code": "97530", "minutes": 30}, {"code": "97535", "minutes": 15}]


def told(coverages: Sequence[dict[str, Any]], **changes: Any) -> dict[str, Any]:
    """A visit of 225.00 in two lines, with these insurances."""
    made = visit(coverages=list(coverages), timed=TIMED, note=NOTE, plan_of_care=PLAN_OF_CARE, **changes)
    return made.model_dump(mode="json")


@dataclass(slots=True)
class Desk:
    """A ledger, the day, and the files that went out."""

    folder: Path
    system: System
    url: str = ""
    files: int = 0

    def on(self, day: date) -> None:
        """It is that day now."""
        self.system.close()
        self.system = ledger(self.folder, day, self.url)
        self.system.run_until_idle()

    def give(self, text: str, name: str = "") -> None:
        """A file comes in."""
        self.files += 1
        (self.folder / "inbound" / (name or f"in-{self.files}.txt")).write_text(text, encoding="utf-8")
        self.system.run_until_idle()

    def visit(self, *made: dict[str, Any]) -> None:
        """Visits come in."""
        self.give("".join(json.dumps(each) + "\n" for each in made), f"visits-{self.files}.jsonl")

    def sent(self) -> list[Sent]:
        """What went out, claim by claim, in the order of the files; each file is one that x12.check finds right."""
        found = []
        for path in sorted((self.folder / "outbound").glob("*837p-*")):
            text = path.read_text(encoding="ascii")
            assert [each for each in check(path).findings if each.severity == "error"] == []
            found += claims_in(text)
        return found

    def claims(self) -> dict[str, ClaimRow]:
        """All claims by number."""
        with self.system.engine.connect() as connection:
            rows = all_claims(connection, EVERYTHING, Wanted())
            return {row.patient_control_number: row for row in rows}

    def work(self) -> list[WorkRow]:
        """What is listed."""
        with self.system.engine.connect() as connection:
            return list(work_page(connection, EVERYTHING, Wanted(), Page(size=50)).rows)

    def decide(self, kind: str, about: str, **fields: str) -> None:
        """Somebody decides."""
        reason = fields.pop("reason", "as it was found")
        actor = fields.pop("actor", "anna")
        key = f"{kind} {about} {actor} {reason}"
        limit = self.system.settings.write_off_limit_cents
        self.system.decide(EVERYTHING, about, Decision(kind, actor, key, self.system.now(), reason, fields, limit))
        self.system.run_until_idle()


def ledger(folder: Path, day: date, url: str = "") -> System:
    """One whose files count (ISA15 = P): what went out in a test no payer has."""
    return System(Settings(folder, Sender(usage="P"), as_of=day, db=url))


def begin(folder: Path, day: date, url: str = "") -> Desk:
    """An empty one."""
    return Desk(folder, ledger(folder, day, url), url)


@dataclass(slots=True)
class Sent:
    """A claim as it stands in an 837P."""

    number: str
    frequency: str
    payer: str
    place: str
    segments: list[str] = field(default_factory=list)

    @property
    def payers_number(self) -> str:
        """REF*F8 of loop 2300."""
        before = takewhile(lambda each: not each.startswith(("SBR*", "LX*")), self.segments)
        return next((each[7:] for each in before if each.startswith("REF*F8*")), "")

    def having(self, start: str) -> list[str]:
        """Its segments that begin so."""
        return [each for each in self.segments if each.startswith(start)]


def claims_in(text: str) -> list[Sent]:
    """The claims of an 837P, in their order."""
    found: list[Sent] = []
    payer = place = ""
    inside = False
    for segment in text.replace("\n", "").split("~"):
        parts = segment.split("*")
        if parts[0] in ("HL", "SE"):
            inside = False
        elif parts[0] == "CLM":
            inside = True
            found.append(Sent(parts[1], parts[5].split(":")[2], payer, place))
        if inside:
            found[-1].segments.append(segment)
        elif parts[0] == "SBR":
            place = parts[1]
        elif parts[:2] == ["NM1", "PR"]:
            payer = parts[9]
    return found


@dataclass(frozen=True, slots=True)
class Line:
    """SVC of an 835: code with modifiers, charge, paid, CAS segments, remarks."""

    code: str
    charge: str
    paid: str
    cas: tuple[str, ...]
    remarks: tuple[str, ...] = ()


HEAD: Final = "ISA*00*          *00*          *ZZ*{:15}*ZZ*SUBMITTER01    *{}*0900*^*00501"
# Of 225.00 Medicare pays 63.58 and leaves 16.22 to who comes next.
FIRST_LINES: Final = (
    Line("HC:97530:GO", "150", "45.31", ("CO*45*83.1**59*9.11**253*0.92", "PR*2*11.56")),
    Line("HC:97535:GO", "75", "18.27", ("CO*45*43.95**59*7.75**253*0.37", "PR*2*4.66")),
)
DENIED_AS_UNPROCESSABLE: Final = (
    Line("HC:97530:GO", "150", "0", ("CO*16*150",), ("MA130", "N382")),
    Line("HC:97535:GO", "75", "0", ("CO*16*75",), ("MA130", "N382")),
)


def remittance(
    number: str,
    lines: Sequence[Line],
    *,
    trace: str,
    paid: str,
    day: str = "20261201",
    status: str = "1",
    payer: tuple[str, str] = ("MEDICARE PART B IL", "06102"),
    icn: str = "1126330000501",
    more: Sequence[str] = (),
    charge: str = "225",
    first: int = 1,
) -> str:
    """An 835 of one claim; ``first``: which of the claim's lines its first is."""
    name, payer_id = payer
    back = paid.startswith("-")  # what is taken back is carried over to the next payment
    money, how = ("0", "NON") if back else (paid, "ACH")
    segments = [
        f"{HEAD.format('PAYERHOUSE', day[2:])}*{trace:0>9}*0*P*:",
        f"GS*HP*PAYERHOUSE*SUBMITTER01*{day}*0900*1*X*005010X221A1",
        "ST*835*0001",
        f"BPR*I*{money}*C*{how}*CCP*01*071000013*DA*123456*1000006102**01*071000505*DA*654321*{day}",
        f"TRN*1*{trace}*1000006102",
        f"DTM*405*{day}",
        f"N1*PR*{name}",
        "N3*1 PAYER WAY",
        "N4*CHICAGO*IL*60601",
        f"REF*2U*{payer_id}",
        "PER*BL*PROVIDER SERVICES*TE*5555550111",
        "N1*PE*EXAMPLE THERAPY CLINIC*XX*1234567893",
        "REF*TJ*987654321",
        "LX*1",
        f"CLP*{number}*{status}*{charge}*{paid}**MB*{icn}*11*1",
        "NM1*QC*1*DOE*JANE****MI*1EG4TE5MK73",
        *more,
    ]
    for place, line in enumerate(lines, first):
        segments += [f"SVC*{line.code}*{line.charge}*{line.paid}**{2 if place == 1 else 1}", "DTM*472*20261116"]
        segments += [f"CAS*{each}" for each in line.cas]
        segments += [f"REF*6R*{number}-{place}", *(f"LQ*HE*{each}" for each in line.remarks)]
    segments += [f"PLB*1234567893*20261231*FB*{paid}"] if back else []
    count = len(segments) - 1
    segments += [f"SE*{count}*0001", "GE*1*1", f"IEA*1*{trace:0>9}"]
    return "".join(f"{each}~\n" for each in segments)


def accepted(claim: str, icn: str, *, batch: str, day: str = "20261121", status: str = "A2:20") -> str:
    """A 277CA in which the payer takes a claim under its number."""
    segments = [
        f"{HEAD.format('RECEIVER01', day[2:])}*000000321*0*P*:",
        f"GS*HN*RECEIVER01*SUBMITTER01*{day}*0900*1*X*005010X214",
        "ST*277*0001*005010X214",
        f"BHT*0085*08*{batch}*{day}*0900*TH",
        "HL*1**20*1",
        "NM1*PR*2*EXAMPLE COMMERCIAL*****PI*44444",
        "TRN*1*77",
        f"DTP*050*D8*{day}",
        f"DTP*009*D8*{day}",
        "HL*2*1*21*1",
        "NM1*41*2*EXAMPLE BILLING COMPANY*****46*SUBMITTER01",
        f"TRN*2*{batch}",
        f"STC*A1:19*{day}*WQ*225",
        "QTY*90*1",
        "AMT*YU*225",
        "HL*3*2*19*1",
        "NM1*85*2*EXAMPLE THERAPY CLINIC*****XX*1234567893",
        "HL*4*3*PT",
        "NM1*QC*1*DOE*JANE****MI*W123456789",
        f"TRN*2*{claim}",
        f"STC*{status}*{day}*WQ*225",
        f"REF*1K*{icn}",
        "DTP*472*D8*20261116",
    ]
    count = len(segments) - 1
    segments += [f"SE*{count}*0001", "GE*1*1", "IEA*1*000000321"]
    return "".join(f"{each}~\n" for each in segments)
