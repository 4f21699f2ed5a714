"""What people met, as cases: each folder of ``tests/cases`` is played through the command line and says what must hold.

``case.toml``: ``title``; ``kind``; ``found``, how it came out at the commit before it came (``wrong`` or ``right``);
``sources``, where people tell of it or a guide decides it; ``steps``, commands one after the
other; ``[[claims]]``, by visit, each with what is to be true of the newest claim of it (``causes`` by name, in cents);
``[[work]]``, all there is to do, in any order, each with what it ``says`` and ``not_says``; ``[[sent]]``, if it is
there, all claims that went out, each with its payer, ``frequency``, ``place`` in line (SBR01), the payer's number that
it names (``f8``) and segments that it ``has``; ``[[accounts]]``, by visit, what each payer (all of them that were
billed) and the patient owe in the end; ``[[findings]]``, if it is there, all that rules of the same families
(DX) say of the case's visits, each with what its message ``says`` and with its ``fixes``; ``[[self_pay]]``, all visits
that their patients pay, with what each is charged (``self_pay = []``: none; then no ``[[sent]]`` is nothing sent). The
inputs are our own.
"""

from __future__ import annotations

import json
import shlex
import shutil
import tomllib
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pytest

from tests.command import claimloom
from tests.services.payers_say import Sent, claims_in

CASES = sorted(path.parent for path in (Path(__file__).parent / "cases").glob("*/case.toml"))
SAID = ("says", "not_says")
# Files that count: a claim of a test file would be flagged.
EARNEST = {
    "CLAIMLOOM_SUBMITTER_ID": "RIVERBILL",
    "CLAIMLOOM_SUBMITTER_NAME": "RIVER BILLING",
    "CLAIMLOOM_CONTACT_PHONE": "2175550142",
    "CLAIMLOOM_RECEIVER_ID": "HOUSE7",
    "CLAIMLOOM_RECEIVER_NAME": "HOUSE SEVEN",
    "CLAIMLOOM_USAGE": "P",
}


def asked(folder: Path, *command: str) -> list[dict[str, Any]]:
    done = claimloom(*command, "--json", "--limit", "0", cwd=folder)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def causes(claim: dict[str, Any]) -> dict[str, int]:
    found: dict[str, int] = defaultdict(int)
    for each in claim["causes"]:
        found[each["cause"]] += each["amount_cents"]
    return dict(found)


def newest(claims: list[dict[str, Any]], visit: str) -> dict[str, Any]:
    (found,) = [each for each in claims if each["visit_id"] == visit and not each["replaced_by"]]
    return found | {"causes": causes(found)}


def fits(item: dict[str, Any], wanted: dict[str, Any]) -> bool:
    text = f"{item['reason']} {item['action']}"
    plain = {"visit_id" if name == "visit" else name: value for name, value in wanted.items() if name not in SAID}
    return (
        plain.items() <= item.items()
        and all(part in text for part in wanted.get("says", ()))
        and not any(part in text for part in wanted.get("not_says", ()))
    )


def check_sent(folder: Path, claims: list[dict[str, Any]], wanted: list[dict[str, Any]], *, none: bool) -> None:
    """``none``: if none is wanted, none may be there."""
    if not wanted and not none:
        return
    visits = {each["patient_control_number"]: each["visit_id"] for each in claims}
    files = [path.read_text(encoding="ascii") for path in sorted((folder / "claimloom-data/outbound").iterdir())]
    left = [each for text in files for each in claims_in(text)]
    for each in wanted:
        found = next((one for one in left if is_sent(one, each, visits[one.number])), None)
        shown = [(one.payer, one.place, one.frequency, one.payers_number) for one in left]
        assert found is not None, f"nothing sent like {each}: {shown}"
        left.remove(found)
    assert left == []


def check_findings(folder: Path, visits: set[str], wanted: list[dict[str, Any]]) -> None:
    """Of every visit: one that no finding is wanted for has none of these families."""
    families = tuple({each["rule"].partition("-")[0] for each in wanted})
    for visit in sorted(visits) if wanted else ():
        shown = claimloom("claims", "show", visit, "--json", cwd=folder)
        assert shown.returncode == 0, shown.stderr
        events = json.loads(shown.stdout)["events"]
        (scrubbed,) = [each["data"] for each in events if each["type"] == "claim-scrubbed"]
        asked_for = [each for each in wanted if each["visit"] == visit]
        found = [each for each in scrubbed["findings"] if each["code"].startswith(families)]
        assert [(each["code"], each["severity"]) for each in found] == [
            (each["rule"], each["severity"]) for each in asked_for
        ]
        for one, each in zip(found, asked_for, strict=True):
            assert all(part in one["message"] for part in each.get("says", ())), one["message"]
            assert one["fixes"] == each.get("fixes", one["fixes"])


def is_sent(one: Sent, wanted: dict[str, Any], visit: str) -> bool:
    told = {"visit": visit, "payer": one.payer, "place": one.place, "frequency": one.frequency, "f8": one.payers_number}
    plain = {name: value for name, value in wanted.items() if name != "has"}
    return plain.items() <= told.items() and all(each in one.segments for each in wanted.get("has", ()))


def read(folder: Path) -> dict[str, Any]:
    return tomllib.loads((folder / "case.toml").read_text(encoding="utf-8"))


def play(folder: Path, tmp_path: Path) -> None:
    """The steps of a case, in a folder of its own."""
    case = read(folder)
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    if (folder / "payers").is_dir():
        shutil.copytree(folder / "payers", tmp_path / "claimloom-data/payers")
    for step in case["steps"]:
        done = claimloom(*shlex.split(step), cwd=tmp_path, environment=EARNEST)
        assert done.returncode in (0, *case.get("exits", ())), f"{step}: {done.stdout}{done.stderr}"


def check(folder: Path, tmp_path: Path) -> None:
    """What must hold after the steps."""
    case = read(folder)
    claims = asked(tmp_path, "claims", "list")
    for wanted in case.get("claims", []):
        found = newest(claims, wanted["visit"])
        assert {name: found[name] for name in wanted if name != "visit"} == {
            name: value for name, value in wanted.items() if name != "visit"
        }
    check_sent(tmp_path, claims, case.get("sent", []), none="self_pay" in case)
    paid = [(each["visit_id"], each["charge_cents"]) for each in asked(tmp_path, "claims", "self-pay")]
    assert paid == [(each["visit"], each["charge_cents"]) for each in case.get("self_pay", [])]
    for wanted in case.get("accounts", []):
        shown = claimloom("accounts", "show", wanted["visit"], "--json", cwd=tmp_path)
        account = json.loads(shown.stdout)
        found = {"payers": account["payers"], "patient_cents": account["balances"]["patient"]}
        assert found == {name: value for name, value in wanted.items() if name != "visit"}
    check_findings(tmp_path, {each["visit_id"] for each in claims}, case.get("findings", []))
    listed = asked(tmp_path, "worklist", "--as-of", case["steps"][-1].rpartition(" ")[2])
    # No case tells of acknowledgments.
    left = [each for each in listed if each["kind"] not in ("no_ack", "no_payer_ack", "no_answer", "no_999")]
    for wanted in case.get("work", []):
        item = next((each for each in left if fits(each, wanted)), None)
        assert item is not None, (
            f"no work like {wanted}: {[(each['kind'], each['reason'], each['action']) for each in left]}"
        )
        left.remove(item)
    assert [(each["kind"], each["reason"]) for each in left] == []


@pytest.mark.parametrize("folder", CASES, ids=lambda path: path.name)
def test_case(folder: Path, tmp_path: Path) -> None:
    play(folder, tmp_path)
    check(folder, tmp_path)


def test_the_page_has_the_cases_of_today() -> None:
    """``make cases ARGS=--write`` makes its table."""
    page = (Path(__file__).parents[1] / "docs/scrubbing.md").read_text(encoding="utf-8")
    counted = Counter(read(folder)["kind"] for folder in CASES)
    for kind, count in counted.items():
        assert f"| {kind} | {count} |" in page
    assert f"| all | {len(CASES)} |" in page


def test_every_case_names_its_kind_and_its_sources() -> None:
    assert len(CASES) > 30
    for folder in CASES:
        case = read(folder)
        assert case["kind"]
        assert case["found"] in ("wrong", "right")
        assert case["sources"]
        assert all(each.startswith(("http://", "https://")) for each in case["sources"]), folder.name
