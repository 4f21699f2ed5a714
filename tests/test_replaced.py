"""A visit corrected after its claim was sent: its dollars count once, the old claim names the one that replaced it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from prometheus_client import REGISTRY

from claimloom.ledger.database import open_engine
from claimloom.ledger.gauges import measure
from claimloom.ledger.migration import migrate
from claimloom.ledger.views.claims import ClaimRow, all_claims
from claimloom.ledger.views.scope import EVERYTHING, Page, Wanted
from claimloom.ledger.views.totals import dollars_by_state, summary
from claimloom.ledger.views.worklist import work_page
from claimloom.sandbox.answer_835 import Check, write
from claimloom.sandbox.claims_in import open_file
from claimloom.sandbox.decided import reversed_claim
from claimloom.sandbox.payer import Payer
from claimloom.settings import Settings
from claimloom.system import System
from tests.command import claimloom
from tests.sessions import visit

TODAY = date(2026, 11, 20)
PAYER = 'payer_ids = ["06102"]\npayer_class = "medicare_b"\naccepts_replacement = true\n'
SAMPLES = Path(__file__).parents[1] / "edi_samples"


class Desk:
    """A data folder with one claim that was sent and that the payer has taken in, and the payer."""

    def __init__(self, folder: Path, first: str = "", db: str = "") -> None:
        # Of its own it takes no corrections; this contractor does.
        (folder / "payers").mkdir(parents=True, exist_ok=True)
        (folder / "payers" / "own.toml").write_text(PAYER)
        self.system = System(Settings(folder, as_of=TODAY, db=db))
        self.payer = Payer(1, TODAY, ())
        self.give("visit.jsonl", first or visit().model_dump_json())
        self.answers = self.payer.answer(self.sent(0))
        self.give("277.edi", next(data for name, data in self.answers.items() if name.startswith("277")))

    def give(self, name: str, text: str | bytes) -> None:
        (self.system.settings.data / "inbound" / name).write_bytes(text if isinstance(text, bytes) else text.encode())
        self.system.run_until_idle()

    def pay(self) -> None:
        self.give("835.edi", next(data for name, data in self.answers.items() if name.startswith("835")))

    def correct(self, revision: int = 2) -> None:
        """Send the visit again, with 15 minutes more of its first service."""
        minutes = {"97530": 45, "97535": 15, "97110": 15}
        timed = [{"code": code, "minutes": count} for code, count in minutes.items()]
        self.give("fixed.jsonl", visit(revision=revision, timed=timed).model_dump_json())

    def sent(self, number: int) -> str:
        return sorted((self.system.settings.data / "outbound").iterdir())[number].read_text()

    def rows(self) -> list[ClaimRow]:
        """All claims, by their revision."""
        with self.system.engine.connect() as connection:
            return sorted(all_claims(connection, EVERYTHING), key=lambda row: row.patient_control_number[-1])

    def sums(self) -> dict[str, int]:
        with self.system.engine.connect() as connection:
            return summary(connection, EVERYTHING)

    def command(self, *arguments: str) -> str:
        done = claimloom(*arguments, "--data", self.system.settings.data)
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    yield made
    made.system.close()


def test_claim_that_was_sent_and_replaced_counts_once(desk: Desk) -> None:
    desk.correct()
    old, new = desk.rows()
    assert (old.state, old.flags, old.replaced_by) == ("payer_accepted", ["replaced"], new.patient_control_number)
    assert (new.state, new.flags, new.replaced_by) == ("sent", ["test"], "")
    found = desk.sums()
    assert (found["sessions"], found["claims"], found["replaced"], found["submitted"]) == (2, 1, 1, 2)
    assert found["billed_cents"] == new.billed_cents
    with desk.system.engine.connect() as connection:
        states = dollars_by_state(connection, EVERYTHING)
    assert states == {"sent": (1, new.billed_cents, 0), "replaced": (1, old.billed_cents, 0)}


def test_database_server_counts_the_same(database: str, tmp_path: Path) -> None:
    engine = open_engine(database)
    migrate(engine)
    engine.dispose()
    desk = Desk(tmp_path, db=database)
    desk.correct()
    old, new = desk.rows()
    assert (old.replaced_by, desk.sums()["billed_cents"]) == (new.patient_control_number, new.billed_cents)
    with desk.system.engine.connect() as connection:
        states = dollars_by_state(connection, EVERYTHING)
    assert states == {"sent": (1, new.billed_cents, 0), "replaced": (1, old.billed_cents, 0)}
    desk.system.close()


def test_gauges_leave_out_what_a_corrected_visit_overtook(tmp_path: Path) -> None:
    def held() -> float | None:
        measure(desk.system.engine, datetime(2026, 11, 20, 12, tzinfo=UTC))
        return REGISTRY.get_sample_value("claimloom_work_items", {"kind": "held"})

    desk = Desk(tmp_path)
    unsent = visit(session_id="S-2", referring_provider=None, date_of_service="2026-11-17")
    desk.give("held.jsonl", unsent.model_dump_json())
    assert held() == 1
    desk.give("freed.jsonl", visit(session_id="S-2", revision=2, date_of_service="2026-11-17").model_dump_json())
    assert not held()
    desk.system.close()


def test_claim_that_never_went_out_counts_once(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    unsent = visit(session_id="S-2", referring_provider=None, date_of_service="2026-11-17")
    desk.give("held.jsonl", unsent.model_dump_json())
    before = desk.sums()
    desk.give("freed.jsonl", visit(session_id="S-2", revision=2, date_of_service="2026-11-17").model_dump_json())
    after = desk.sums()
    (gone,) = [row for row in desk.rows() if row.replaced_by]
    assert (gone.state, gone.flags) == ("superseded", ["replaced"])
    assert (before["billed_cents"], before["held"]) == (59000, 1)
    assert (after["billed_cents"], after["held"]) == (59000, 0)
    desk.system.close()


def test_claim_corrected_twice_names_the_last(desk: Desk) -> None:
    desk.correct()
    desk.correct(revision=3)
    first, second, last = desk.rows()
    assert first.replaced_by == second.replaced_by == last.patient_control_number


def test_what_is_missing_on_a_replaced_claim_is_no_longer_counted(tmp_path: Path) -> None:
    was = (SAMPLES / "sessions/medicare_ot_three_codes_assistant.jsonl").read_text()
    desk = Desk(tmp_path, was)
    desk.give("cut.edi", (SAMPLES / "835/sample_1_unit_cut.edi").read_bytes())
    before = desk.sums()
    assert (before["underpaid"], before["underpaid_cents"], before["paid_cents"]) == (1, 1909, 5900)
    desk.give("sample-2.jsonl", json.dumps(json.loads(was) | {"revision": 2}))
    after = desk.sums()
    assert (after["underpaid"], after["underpaid_cents"], after["paid_cents"]) == (0, 0, 5900)
    assert (after["claims"], after["billed_cents"]) == (before["claims"], before["billed_cents"])
    desk.system.close()


def test_payment_counts_once_when_the_payer_takes_it_back_and_pays_anew(desk: Desk) -> None:
    desk.pay()
    paid = desk.sums()["paid_cents"]
    desk.correct()
    assert paid > 0
    assert desk.sums()["paid_cents"] == paid, "money that came has come"
    box = open_file(desk.sent(1))
    desk.payer.answer(desk.sent(1))
    was, now = (desk.payer.decisions[row.patient_control_number] for row in desk.rows())
    first, corrected = was.given[0][1], now.given[-1][1]
    names = (was.claim.payer_id, was.claim.payer_name, was.claim.npi, was.claim.provider, was.claim.tax_id)
    check = Check(*names, "T99", TODAY + timedelta(days=3), [reversed_claim(first), corrected])
    desk.give("835-2.edi", write([check], sender="SANDBOXPAYER", receiver=box.sender, number=99, on=check.on))
    old, new = desk.rows()
    assert (old.state, old.paid_cents, new.state) == ("reversed", 0, "paid")
    assert desk.sums()["paid_cents"] == new.paid_cents == corrected.paid
    with desk.system.engine.connect() as connection:
        assert {
            item.patient_control_number for item in work_page(connection, EVERYTHING, Wanted(), Page(10_000)).rows
        } <= {new.patient_control_number}


def test_payment_that_does_not_balance_waits_whatever_was_billed(desk: Desk) -> None:
    data = next(data for name, data in desk.answers.items() if name.startswith("835"))
    amount = next(part for part in data.split(b"~") if b"BPR*" in part).split(b"*")[2]
    desk.give("835.edi", data.replace(b"BPR*I*" + amount, b"BPR*I*1" + amount))
    desk.correct()
    old, _ = desk.rows()
    assert old.flags == ["suspense", "replaced"]
    with desk.system.engine.connect() as connection:
        assert [item.kind for item in work_page(connection, EVERYTHING, Wanted(), Page(10_000)).rows] == ["suspense"]


def test_command_line_shows_what_replaced_a_claim(desk: Desk) -> None:
    desk.correct()
    old, new = desk.rows()
    listed = desk.command("claims", "list").splitlines()
    (line,) = [line for line in listed if line.startswith(old.patient_control_number)]
    assert f"replaced by {new.patient_control_number}" in line
    assert listed[-1] == "2 of 2 claims, $370.00 billed; 1 replaced, not counted"
    shown = desk.command("claims", "show", old.patient_control_number).splitlines()
    assert shown[0].endswith(f"payer_accepted, replaced by {new.patient_control_number}")
    assert f"stands in {new.patient_control_number}" in shown[-1]
    exported = [json.loads(line) for line in desk.command("claims", "export").splitlines()]
    assert sum(row["billed_cents"] for row in exported if not row["replaced_by"]) == 37000
    flagged = desk.command("claims", "list", "--flag", "replaced", "--json").splitlines()
    assert [json.loads(line)["patient_control_number"] for line in flagged] == [old.patient_control_number]
    totals = " ".join(desk.command("run", "--until-idle").split())
    assert "claims built 1 $370.00 billed replaced 1 by the claim of the corrected visit, not counted above" in totals
    assert "submitted 2 1 of them replaced since" in totals
