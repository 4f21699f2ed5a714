"""``data``: a release of ICD-10-CM from the files that CMS publishes, and what it changes for claims.

The codes that FY2027 brings (I42.00, I42.01, I42.09 under I42.0) are named at
https://docs.canvasmedical.com/product-updates/icd-updates/. The layouts: header of ``icd10_files.py``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from claimloom.reference.icd10 import packaged_icd10
from claimloom.reference.icd10_files import all_codes
from tests.command import Done, claimloom
from tests.sessions import visit

FY2026 = all_codes(packaged_icd10().releases[-1])
FY2027 = sorted({*FY2026, "I4200", "I4201", "I4209"} - {"I420", "E8889"})
EFFECTIVE = ("--effective", "2026-10-01")


def code_file(path: Path, codes: Iterable[str] = FY2027) -> Path:
    path.write_bytes(b"".join(f"{code:7} Ménière\r\n".encode("latin-1") for code in codes))
    return path


def order_file(path: Path) -> Path:
    """With its headers: of each category, and I42.0."""
    headers = {code[:3] for code in FY2027} - {*FY2027} | {"I420"}
    lines = [
        f"{number:05} {code:7} {int(code not in headers)} {'Title':60} Title"
        for number, code in enumerate(sorted({*FY2027, *headers}), start=1)
    ]
    path.write_text("\n".join((*lines, "")), encoding="ascii")
    return path


def imported(data: Path, file: Path, *more: str) -> Done:
    data.mkdir(exist_ok=True)
    return claimloom("data", "import", "icd10", file, *EFFECTIVE, "--data", data, *more)


def scrubbed(data: Path, *codes: str, **changes: Any) -> dict[str, Any]:
    """What the rules say of a visit of 2026-11-16 for these diagnoses."""
    name = f"V{len([*data.glob('*.jsonl')])}"
    file = data / f"{name}.jsonl"
    said = visit(session_id=name, diagnoses=list(codes), **changes).model_dump(mode="json")
    file.write_text(json.dumps(said) + "\n", encoding="utf-8")
    done = claimloom("sessions", "import", file, "--as-of", "2026-11-20", "--data", data)
    assert done.returncode == 0, done.stderr
    events = json.loads(claimloom("claims", "show", name, "--json", "--data", data).stdout)["events"]
    (found,) = [each["data"] for each in events if each["type"] == "claim-scrubbed"]
    return dict(found)


def diagnoses(found: dict[str, Any]) -> list[tuple[str, str]]:
    return [(each["severity"], each["value"]) for each in found["findings"] if each["code"] == "DX-002"]


def test_an_imported_release_decides_for_its_days(tmp_path: Path) -> None:
    before, after = tmp_path / "before", tmp_path / "after"
    before.mkdir()
    done = imported(after, code_file(tmp_path / "icd10cm-codes-2027.txt"))
    assert done.returncode == 0, done.stderr
    old, new = (scrubbed(each, "I42.00", "I42.0", "M62.81") for each in (before, after))
    assert (old["verdict"], diagnoses(old)) == ("clean", [("warn", "I4200")])
    assert (new["verdict"], diagnoses(new)) == ("held", [("error", "I420")])
    (told,) = [each["message"] for each in new["findings"] if each["code"] == "DX-002"]
    assert told.endswith("I42.0 is a header since 2026-10-01; billable under it: I42.00, I42.01, I42.09")
    assert old["rules_version"] != new["rules_version"]


def test_what_a_release_changes_is_said_and_a_dry_run_writes_nothing(tmp_path: Path) -> None:
    file = code_file(tmp_path / "icd10cm-codes-2027.txt")
    done = imported(tmp_path / "data", file, "--dry-run")
    assert done.stdout.splitlines() == [
        "new: 3: I42.00, I42.01, I42.09",
        "deleted: 1: E88.89",
        "headers now, codes stand under them: 1: I42.0",
        "compared with the release of 2025-10-01",
        "nothing is written: 74,720 codes for days from 2026-10-01 to 2027-09-30",
    ]
    assert [*(tmp_path / "data").iterdir()] == []


def test_code_file_and_order_file_are_one_release(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    assert imported(one, code_file(tmp_path / "codes.txt")).returncode == 0
    done = imported(other, order_file(tmp_path / "order.txt"), "--json")
    assert [json.loads(each) for each in done.stdout.splitlines()] == [
        *({"change": "added", "code": code} for code in ("I42.00", "I42.01", "I42.09")),
        {"change": "deleted", "code": "E88.89"},
        {"change": "headers", "code": "I42.0"},
        {
            "list": "icd10",
            "starts": "2026-10-01",
            "ends": "2027-09-30",
            "codes": 74720,
            "where": "data folder",
            "beside": "2025-10-01",
            "written": True,
        },
    ]
    name = "reference/icd10cm-2026-10-01.txt"
    assert (one / name).read_bytes() == (other / name).read_bytes()


def test_the_list_says_which_days_are_covered(tmp_path: Path) -> None:
    data = tmp_path / "data"
    rows = "data", "list", "--json", "--data", data
    packaged_ones = [each for each in map(json.loads, claimloom(*rows).stdout.splitlines()) if each["list"] == "icd10"]
    assert [(each["starts"], each["ends"], each["codes"], each["where"]) for each in packaged_ones] == [
        ("2024-10-01", "2025-09-30", 74260, "packaged"),
        ("2025-10-01", "2026-09-30", 74719, "packaged"),
    ]
    imported(data, code_file(tmp_path / "codes.txt"))
    listed = [each for each in map(json.loads, claimloom(*rows).stdout.splitlines()) if each["list"] == "icd10"]
    assert listed[:2] == packaged_ones
    assert listed[2] == {
        "list": "icd10",
        "starts": "2026-10-01",
        "ends": "2027-09-30",
        "codes": 74720,
        "where": "data folder",
    }
    assert claimloom("data", "list", "--data", data).stdout.splitlines()[3].split() == [
        *("icd10", "2026-10-01", "2027-09-30", "74720", "data", "folder"),
    ]


@pytest.mark.parametrize(
    ("codes", "said"),
    [
        (FY2026[:60_000], "14719 of 74719 codes of 2025-10-01 are missing: this is no whole release"),
        ([*FY2026, "I4200"], "I420 is billable and I4200 stands under it; is it the code file?"),
        (["A000", "so it is"], "line 2: neither a code with its title nor a line of an order file"),
        ([], "no code stands there"),
    ],
    ids=["cut short", "headers among them", "no list", "empty"],
)
def test_a_file_that_is_no_release_is_refused_whole(codes: list[str], said: str, tmp_path: Path) -> None:
    done = imported(tmp_path / "data", code_file(tmp_path / "codes.txt", codes))
    assert done.returncode == 2
    assert said in done.stderr
    assert [*(tmp_path / "data").iterdir()] == []


def test_a_release_again_takes_its_own_place_and_a_refused_one_nobodys(tmp_path: Path) -> None:
    data, file = tmp_path / "data", code_file(tmp_path / "codes.txt")
    assert imported(data, file).returncode == 0
    again = imported(data, file)
    assert again.stdout.splitlines()[:3] == ["new: 0", "deleted: 0", "headers now, codes stand under them: 0"]
    assert "in place of what was imported for that day before" in again.stdout
    assert imported(tmp_path / "data", tmp_path / "none.txt").returncode == 2
    early = claimloom("data", "import", "icd10", file, "--effective", "2014-10-01", "--data", data)
    assert (early.returncode, early.stdout) == (2, "")
    assert [each.name for each in (data / "reference").iterdir()] == ["icd10cm-2026-10-01.txt"]
