"""What happened on one day is told in the order in which it happened, whatever the files are called."""

from __future__ import annotations

from datetime import date
from itertools import permutations
from pathlib import Path

import pytest

from claimloom.doors import when_made
from claimloom.ledger.views.claims import find_claim
from claimloom.ledger.views.scope import EVERYTHING
from claimloom.ledger.views.story import events_of
from claimloom.settings import Settings
from claimloom.system import System

SAMPLES = Path(__file__).parents[1] / "edi_samples"
VISIT = (SAMPLES / "sessions/medicare_ot_three_codes_assistant.jsonl").read_bytes()
SHORT = (SAMPLES / "835/sample_1_unit_cut.edi").read_text(encoding="ascii")
AS_OF = date(2026, 11, 25)


HEAD = "ISA*00*          *00*          *ZZ*RECEIVER01     *ZZ*SUBMITTER01    *"


def envelope(kind: str, day: str = "261125", time: str = "0900", number: int = 1, seconds: str = "") -> str:
    group = f"GS*{kind}*R*S*20{day}*{time}{seconds}*1*X*005010X221A1~" if kind else "TA1*000000001*261125*0900*A*000~"
    return f"{HEAD}{day}*{time}*^*00501*{number:09d}*0*T*:~{group}"


def reversed_payment() -> str:
    """The payment taken back, in a file of its own that was made an hour later, under a smaller trace number."""
    made = []
    for segment in SHORT.split("~\n"):
        parts = segment.split("*")
        match parts[0]:
            case "ISA":
                parts[10], parts[13] = "1300", "000009099"
            case "IEA":
                parts[2] = "000009099"
            case "BPR":
                parts[1:5] = ["H", "0", "C", "NON"]
            case "TRN":
                parts[2] = "A000000000001"
            case "CLP":
                parts[2], parts[3], parts[4], parts[5] = "22", f"-{parts[3]}", f"-{parts[4]}", f"-{parts[5]}"
            case "SVC":
                parts[2:] = [f"-{each}" if each else "" for each in parts[2:]]
            case "CAS":
                parts[3::3] = [f"-{each}" for each in parts[3::3]]
            case "AMT":
                parts[2] = f"-{parts[2]}"
            case "SE":  # what was paid in all is no less than nothing: it is carried forward
                made.append("PLB*1234567893*20261231*FB*-59")
                parts[1] = str(int(parts[1]) + 1)
        made.append("*".join(parts))
    return "~\n".join(made)


def test_files_are_taken_as_they_were_made(tmp_path: Path) -> None:
    """Of one day first what is nearer to the beginning of a claim's way, then by time, seconds and number."""
    wanted = [
        "{}",
        envelope("HP", "261124", "2359"),
        envelope("", "261125", "2300"),
        envelope("FA", "261125", "2200"),
        envelope("HN", "261125", "2100"),
        envelope("HP", "261125", "0900"),
        envelope("HP", "261125", "1300", seconds="01"),
        envelope("HP", "261125", "1300", seconds="02"),
        envelope("HP", "261125", "1300", 2, seconds="02"),
    ]
    for number, text in enumerate(wanted):
        (tmp_path / f"{9 - number}.edi").write_text(text, encoding="ascii")
    paths = sorted(tmp_path.iterdir(), key=lambda each: (when_made(each), each))
    assert [each.read_text(encoding="ascii") for each in paths] == wanted


@pytest.mark.parametrize("text", ["", "ISA", "ISA*00", "ISA" + "*" * 200, "ISA*" + "x" * 103 + "GS~", "no X12"])
def test_what_is_no_envelope_has_no_place_of_its_own(tmp_path: Path, text: str) -> None:
    (tmp_path / "odd.edi").write_text(text, encoding="ascii")
    assert isinstance(when_made(tmp_path / "odd.edi"), tuple)
    assert when_made(tmp_path / "gone.edi") == ()


@pytest.mark.parametrize("names", permutations(("a.edi", "b.edi")))
def test_a_payment_is_told_before_it_is_taken_back(tmp_path: Path, names: tuple[str, str]) -> None:
    system = System(Settings(tmp_path, as_of=AS_OF, quiet_seconds=0))
    (system.folder.inbound / "visit.jsonl").write_bytes(VISIT)
    system.run_until_idle()
    for name, text in zip(names, (SHORT, reversed_payment()), strict=True):
        (system.folder.inbound / name).write_text(text, encoding="ascii")
    assert [each.problems for each in system.run_until_idle()] == [[], []]
    with system.engine.connect() as connection:
        (found,) = find_claim(connection, EVERYTHING, "SAMPLE-1")
        events = events_of(connection, EVERYTHING, found.claim_id)
    system.close()
    paid = [each.data["claim"]["paid_cents"] for each in events if each.type == "remittance-received"]
    assert paid == [5900, -5900]
    last = [each.data["explanation"] for each in events if each.type == "claim-reconciled"][-1]
    assert [each.partition(" by ")[0] for each in last[:2]] == [
        "MEDICARE PART B IL paid $59.00",
        "MEDICARE PART B IL took back $59.00",
    ]
