"""``sandbox answer`` and ``sandbox serve``, through the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from claimloom.sandbox.visits import make_visits
from claimloom.x12.nouns.read_835 import Remittance, read_835
from tests.command import claimloom
from tests.runtime.contract import DAY, lines

SAMPLES = Path(__file__).parents[2] / "edi_samples"
CLAIMS = SAMPLES / "837p/837p_example.edi"


def truth_of(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "truth.jsonl").read_text().splitlines()]


def paid_in(folder: Path) -> int:
    found = 0
    for path in sorted(folder.glob("835*.edi")):
        for each in read_835(path.read_bytes()):
            assert isinstance(each, Remittance)
            found += each.header.total_paid_cents
    return found


@pytest.mark.parametrize("name", ["realistic", "all", "denied_timely,unit_cut"])
def test_any_837p_is_answered_and_what_was_done_is_told(tmp_path: Path, name: str) -> None:
    done = claimloom(
        "sandbox", "answer", CLAIMS, "--mix", name, "--out", tmp_path / "o", "--as-of", "2026-11-20", "--json"
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert {"truth.jsonl", *(path.name for path in (tmp_path / "o").glob("*.edi"))} == set(told["files"])
    truth = truth_of(tmp_path / "o")
    assert len(truth) == told["claims"] > 0
    checked = claimloom("x12", "check", *sorted((tmp_path / "o").glob("*.edi")))
    assert checked.returncode == 0, checked.stdout


def test_a_payer_that_nobody_knows_pays_a_percent_and_says_so(tmp_path: Path) -> None:
    strange = tmp_path / "strange.837"
    strange.write_text(CLAIMS.read_text().replace("*PI*06102", "*PI*ABC12").replace("*MB~", "*CI~"))
    done = claimloom("sandbox", "answer", strange, "--mix", "paid_as_contracted", "--out", tmp_path / "o")
    assert done.returncode == 0, done.stderr
    truth = truth_of(tmp_path / "o")
    mine = [each for each in truth if each["payer_id"] == "ABC12"]
    assert mine
    assert all(not each["owed_known"] and each["owed_cents"] is None and each["paid_cents"] for each in mine)
    assert paid_in(tmp_path / "o") == sum(each["paid_cents"] for each in truth)


def test_weeks_are_limited_and_nothing_is_written_over(tmp_path: Path) -> None:
    command = ("sandbox", "answer", CLAIMS, "--mix", "denied_then_paid", "--out", tmp_path / "o")
    assert claimloom(*command, "--weeks", "0").returncode == 0
    assert not list((tmp_path / "o").glob("835-week*"))
    again = claimloom(*command)
    assert (again.returncode, again.stdout) == (2, "")
    assert "is there already; choose another folder" in again.stderr
    assert claimloom(*command[:-1], tmp_path / "p").returncode == 0
    assert list((tmp_path / "p").glob("835-week02*"))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("none.837",), "none.837: No such file or directory"),
        (("folder",), "folder: is a folder; name a file in it"),
        (("text.txt",), "text.txt: is no X12 file: it does not begin with an ISA"),
        (("remit.edi",), "remit.edi: holds 835, and the sandbox answers an 837P alone"),
        (("two.edi",), "two.edi: holds several interchanges"),
        (("broken.edi",), "broken.edi: segment "),
        (("ok.edi", "--mix", "unit_cat"), "no scenario and no mix is called unit_cat; nearest known: unit_cut"),
        (("ok.edi", "--mix", ","), "no scenario is named"),
        (("ok.edi", "--weeks", "-1"), "Invalid value for '--weeks'"),
    ],
)
def test_wrong_input_is_one_line(tmp_path: Path, arguments: tuple[str, ...], said: str) -> None:
    ours = CLAIMS.read_text()
    (tmp_path / "folder").mkdir()
    (tmp_path / "text.txt").write_text("hello\n")
    (tmp_path / "ok.edi").write_text(ours)
    (tmp_path / "two.edi").write_text(ours + ours)
    (tmp_path / "broken.edi").write_text(ours.replace("*150*UN*", "*XX*UN*", 1).replace("CLM*", "CLM*A*B", 1))
    (tmp_path / "remit.edi").write_bytes((SAMPLES / "835/835_example.edi").read_bytes())
    done = claimloom("sandbox", "answer", *arguments, "--out", "o", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "o").exists()


def test_a_data_folder_is_served_week_by_week_and_goes_on_later(tmp_path: Path) -> None:
    data = tmp_path / "data"
    visits = tmp_path / "v.jsonl"
    visits.write_bytes(lines(list(make_visits(3, 30, DAY))))
    as_of = ("--as-of", DAY.isoformat(), "--data", data)
    assert claimloom("sessions", "import", visits, *as_of).returncode == 0
    serve = ("sandbox", "serve", *as_of, "--mix", "denied_then_paid,paid_twice", "--pause", "0", "--json")
    weeks = [json.loads(line) for line in claimloom(*serve, "--rounds", "2").stdout.splitlines()]
    assert [week["week"] for week in weeks] == [1, 2]
    assert weeks[0]["answered"]
    assert not weeks[1]["answered"]
    assert claimloom("run", "--until-idle", *as_of).returncode == 0
    third = claimloom(*serve, "--rounds", "2")
    assert [json.loads(line)["week"] for line in third.stdout.splitlines()] == [3, 4], third.stderr
    assert any("week02" in name for line in third.stdout.splitlines() for name in json.loads(line)["files"])
    assert claimloom("run", "--until-idle", *as_of).returncode == 0
    rows = {
        row["patient_control_number"]: row
        for row in map(json.loads, claimloom("claims", "export", "--data", data).stdout.splitlines())
    }
    truth = truth_of(data / "sandbox")
    assert {each["label"] for each in truth} == {"denied_then_paid", "paid_twice"} | (
        {"paid_as_contracted"} & {e["label"] for e in truth}
    )
    for each in truth:
        assert rows[each["patient_control_number"]]["paid_cents"] == each["paid_cents"], each["label"]
    other = claimloom(*serve[:-4], "all", "--rounds", "1")
    assert other.returncode == 2
    assert "is served with --mix denied_then_paid,paid_twice --seed 7" in other.stderr


def test_a_folder_that_is_none_is_refused(tmp_path: Path) -> None:
    none = claimloom("sandbox", "serve", "--data", tmp_path / "none", "--rounds", "1")
    assert (none.returncode, "none: no such folder" in none.stderr) == (2, True)
    empty = claimloom("sandbox", "serve", "--data", tmp_path, "--rounds", "1")
    assert (empty.returncode, "has no outbound/ and inbound/" in empty.stderr) == (2, True)
