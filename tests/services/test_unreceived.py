"""Files of which no TA1 or no 999 came, payers that say nothing, and filing that ends meanwhile. People invented."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from claimloom.ledger.database import open_engine
from claimloom.ledger.migration import migrate
from claimloom.x12.reading.files import read_whole
from tests.command import claimloom
from tests.services.payers_say import MEDICARE, accepted, begin, told
from tests.services.test_silent import answer
from tests.services.test_test_files import take
from tests.sessions import visit
from tests.test_cases import EARNEST

ASKS = {"CLAIMLOOM_TA1_HOURS": "2"}
OF_FILES = ("no_ta1", "no_999")


def work(folder: Path, day: str, kinds: tuple[str, ...] = OF_FILES, more: dict[str, str] | None = None) -> list[Any]:
    """The work of some kinds on a day, after the clocks struck."""
    ran = claimloom("run", "--until-idle", "--as-of", day, cwd=folder, environment=EARNEST | (more or {}))
    assert ran.returncode == 0, ran.stderr
    listed = claimloom("worklist", "--json", "--limit", "0", "--as-of", day, cwd=folder)
    return [row for row in map(json.loads, listed.stdout.splitlines()) if row["kind"] in kinds]


def three(folder: Path, more: dict[str, str] | None = None) -> None:
    """Three claims in one file of a Friday."""
    visits = [visit(session_id=name, date_of_service=f"2026-11-1{at}") for at, name in enumerate("ABC", 7)]
    text = "".join(each.model_dump_json(exclude_none=True) + "\n" for each in visits)
    (folder / "a.jsonl").write_text(text)
    done = claimloom(
        *("sessions", "import", "a.jsonl", "--as-of", "2026-11-20"), cwd=folder, environment=EARNEST | (more or {})
    )
    assert done.returncode == 0, done.stderr


def test_a_file_without_a_999_is_one_thing_to_do_after_a_working_day(tmp_path: Path) -> None:
    three(tmp_path)
    assert work(tmp_path, "2026-11-22") == []  # Sunday
    (item,) = work(tmp_path, "2026-11-23")
    assert item["kind"] == "no_999"
    assert "with 3 claims was sent 2026-11-20, and no 999 came within 24 working hours" in item["reason"]
    assert "interchange 000000001 (ISA13)" in item["action"]
    assert len(work(tmp_path, "2026-11-24")) == 1


def test_a_holiday_is_no_working_day(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(visit(session_id="A").model_dump_json(exclude_none=True) + "\n")
    claimloom("sessions", "import", "a.jsonl", "--as-of", "2026-11-25", cwd=tmp_path, environment=EARNEST)
    assert work(tmp_path, "2026-11-26") == []  # Thanksgiving
    assert [row["kind"] for row in work(tmp_path, "2026-11-27")] == ["no_999"]
    assert work(tmp_path, "2026-11-30", ("no_ack",)) == []
    assert len(work(tmp_path, "2026-12-01", ("no_ack",))) == 1


@pytest.mark.parametrize("what", ["999", "277ca", "835"])
def test_whatever_is_said_of_a_claim_shows_that_its_file_came(tmp_path: Path, what: str) -> None:
    three(tmp_path)
    assert len(work(tmp_path, "2026-11-23")) == 1
    answer(tmp_path, what)
    assert work(tmp_path, "2026-11-24") == []
    assert work(tmp_path, "2026-12-24") == []


def test_an_answer_to_one_claim_alone_shows_it_too(tmp_path: Path) -> None:
    """The work stands at the first claim; the 835 speaks of the last one."""
    three(tmp_path)
    assert len(work(tmp_path, "2026-11-23")) == 1
    answer(tmp_path, "835")
    (path,) = (tmp_path / "claimloom-data/inbound").glob("835*")
    text = path.read_text()
    claims = re.split(r"(?=CLP\*)", text)
    assert len(claims) == 4
    claims[-1], tail = claims[-1].split("SE*", 1)
    one = f"{claims[0]}{claims[-1]}SE*{tail}"
    path.write_text(_true_sums(one))
    assert work(tmp_path, "2026-11-24") == []


def _true_sums(text: str) -> str:
    """BPR02 and SE01 as the claims that are left make them."""
    paid = sum(int(float(each) * 100) for each in re.findall(r"CLP\*[^*]*\*[^*]*\*[^*]*\*([^*]*)", text))
    text = re.sub(r"(BPR\*.\*)[^*]*", rf"\g<1>{paid / 100:.2f}", text)
    count = text[text.index("ST*835") :].split("SE*")[0].count("~") + 1
    return re.sub(r"SE\*\d+", f"SE*{count}", text)


def test_where_no_positive_999_is_sent_none_is_missed(tmp_path: Path) -> None:
    three(tmp_path)
    assert work(tmp_path, "2026-11-24", more={"CLAIMLOOM_999_HOURS": "0"}) == []
    assert len(work(tmp_path, "2026-11-25", ("no_ack",), {"CLAIMLOOM_999_HOURS": "0"})) == 3


def test_a_ta1_is_awaited_of_a_file_that_asks_for_one(tmp_path: Path) -> None:
    three(tmp_path, ASKS)
    (sent,) = (tmp_path / "claimloom-data/outbound").iterdir()
    assert sent.read_text().split("*")[14] == "1"
    kinds = sorted(row["kind"] for row in work(tmp_path, "2026-11-23", more=ASKS))
    assert kinds == ["no_999", "no_ta1"]
    number = read_whole(sent.read_bytes()).interchanges[0].control_number
    (tmp_path / "claimloom-data/inbound/ta1.edi").write_text(ta1(number))
    assert [row["kind"] for row in work(tmp_path, "2026-11-24", more=ASKS)] == ["no_999"]


def test_of_a_file_that_asked_for_none_no_ta1_is_awaited(tmp_path: Path) -> None:
    """ISA14 = 0 stands in the file, whatever the setting says since."""
    three(tmp_path)
    (sent,) = (tmp_path / "claimloom-data/outbound").iterdir()
    assert sent.read_text().split("*")[14] == "0"
    assert [row["kind"] for row in work(tmp_path, "2026-11-23", more=ASKS)] == ["no_999"]


def ta1(number: str) -> str:
    isa = f"ISA*00*{'':10}*00*{'':10}*ZZ*{'HOUSE7':15}*ZZ*{'RIVERBILL':15}*261120*1300*^*00501*000000077*0*P*:~"
    return f"{isa}TA1*{number}*261120*1200*A*000~IEA*0*000000077~"


def test_when_each_claim_is_asked_after_the_file_is_not(tmp_path: Path) -> None:
    three(tmp_path)
    assert len(work(tmp_path, "2026-11-23")) == 1
    assert {row["kind"] for row in work(tmp_path, "2026-11-25", (*OF_FILES, "no_ack"))} == {"no_ack"}


def test_claims_sent_once_more_are_awaited_anew(tmp_path: Path) -> None:
    take(tmp_path, "a.jsonl", visit(session_id="A"), earnest=True)
    (item,) = work(tmp_path, "2026-11-23")
    done = claimloom(
        "decide",
        "resend",
        item["id"],
        "--reason",
        "the file never came",
        cwd=tmp_path,
        environment=EARNEST | {"CLAIMLOOM_AS_OF": "2026-11-23"},
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("written down; 1 file to send in outbound/\n")
    assert (tmp_path / "claimloom-data" / "outbound" / "837p-000000002.edi").is_file()
    assert work(tmp_path, "2026-11-23") == []
    (again,) = work(tmp_path, "2026-11-24")
    assert "837p-000000002.edi with 1 claim" in again["reason"]


def test_filing_that_ends_soon_is_told_though_no_277ca_is_awaited(tmp_path: Path) -> None:
    payers = tmp_path / "claimloom-data" / "payers"
    payers.mkdir(parents=True)
    settings = 'payer_ids = ["06102"]\npayer_class = "medicare_advantage"\nack_days = 0\ntimely_days = 30\n'
    (payers / "own.toml").write_text(settings)
    take(tmp_path, "a.jsonl", visit(session_id="A"), earnest=True)  # served 2026-11-16
    assert work(tmp_path, "2026-12-01", ("filing_ends",)) == []
    (item,) = work(tmp_path, "2026-12-02", ("filing_ends",))
    assert item["last_day"] == "2026-12-16"
    assert "nothing proves that the payer has it; the last day to file is 2026-12-16" in item["reason"]
    answer(tmp_path, "277ca")
    assert work(tmp_path, "2026-12-03", ("filing_ends",)) == []


def test_a_server_keeps_the_same_clocks(database: str, tmp_path: Path) -> None:
    engine = open_engine(database)
    migrate(engine)
    engine.dispose()
    desk = begin(tmp_path, date(2026, 11, 20), database)
    desk.visit(told([MEDICARE], session_id="A"))
    desk.on(date(2026, 11, 23))
    assert [each.kind for each in desk.work()] == ["no_999"]
    desk.on(date(2026, 11, 25))
    assert [each.kind for each in desk.work()] == ["no_ack"]
    (sent,) = desk.sent()
    text = next((tmp_path / "outbound").iterdir()).read_text()
    batch = text.split("BHT*0019*00*")[1].split("*")[0]
    desk.give(accepted(sent.number, "1126330000501", batch=batch))
    assert desk.work() == []
    desk.system.close()
