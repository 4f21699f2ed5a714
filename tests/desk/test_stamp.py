"""What a claim was built and scrubbed by, and that ledgers of one process have payers of their own."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from sqlalchemy import select

from claimloom.desk.stamp import TABLES, priced_by
from claimloom.ledger.tables import journal
from claimloom.payers import Payers
from claimloom.reference import tables_digest
from claimloom.scrub.rules import rules_version
from claimloom.settings import Settings
from claimloom.system import System
from schemas.claim import ClaimBuilt, ClaimScrubbed
from schemas.event import Event
from schemas.topics import Topic, payload
from schemas.values import PayerClass
from tests.sessions import visit

DAY = date(2026, 11, 16)
PAYER = "55555"
COVERAGE = {
    "payer_id": PAYER,
    "payer_name": "PLAN",
    "payer_class": "commercial",
    "member_id": "W000000001",
    "filing_indicator": "CI",
}
CONTRACT = """
payer_ids = ["55555"]
payer_class = "commercial"
contract = "fee_table"
[[fees]]
from = 2026-01-01
97530 = {fee}
97535 = {fee}
97110 = {fee}
"""


def opened(folder: Path, **files: str) -> System:
    (folder / "payers").mkdir(parents=True)
    for name, text in files.items():
        (folder / "payers" / f"{name}.toml").write_text(text, encoding="utf-8")
    return System(Settings(folder, as_of=date(2026, 11, 20)))


def taken(system: System) -> tuple[ClaimBuilt, ClaimScrubbed]:
    """What comes of one visit to the payer."""
    text = visit(coverages=[COVERAGE]).model_dump_json()
    (system.settings.data / "inbound" / "visits.jsonl").write_text(text + "\n", encoding="utf-8")
    system.run_until_idle()
    found = {}
    with system.engine.connect() as connection:
        for row in connection.execute(select(journal.c.type, journal.c.body)):
            found[row.type] = payload(Event.model_validate_json(row.body))
    built, scrubbed = found[Topic.CLAIM_BUILT], found[Topic.CLAIM_SCRUBBED]
    assert isinstance(built, ClaimBuilt)
    assert isinstance(scrubbed, ClaimScrubbed)
    return built, scrubbed


def test_two_ledgers_of_one_process_have_payers_of_their_own(tmp_path: Path) -> None:
    dear = opened(tmp_path / "dear", plan=CONTRACT.format(fee=5000))
    cheap = opened(tmp_path / "cheap", plan=CONTRACT.format(fee=1000) + "[[changes]]\nfrom = 2026-01-01\nkx = true\n")
    none = opened(tmp_path / "none")
    try:
        (built, scrubbed), (other, other_scrubbed), (without, plain) = taken(dear), taken(cheap), taken(none)
    finally:
        for system in (dear, cheap, none):
            system.close()
    assert built.expected_rate_cents == [10000, 5000, 5000]
    assert other.expected_rate_cents == [2000, 1000, 1000]
    assert without.expected_rate_cents is None
    assert len({built.priced_by, other.priced_by, without.priced_by}) == 3
    assert scrubbed.rules_version == plain.rules_version != other_scrubbed.rules_version


def test_stamps_count_the_payers_file_and_no_other(tmp_path: Path) -> None:
    one = opened(tmp_path / "one", plan=CONTRACT.format(fee=5000))
    beside = CONTRACT.format(fee=9000).replace(PAYER, "44444")
    two = opened(tmp_path / "two", plan=CONTRACT.format(fee=5000), other=beside)
    try:
        (built, scrubbed), (again, scrubbed_again) = taken(one), taken(two)
    finally:
        one.close()
        two.close()
    assert (built.priced_by, scrubbed.rules_version) == (again.priced_by, scrubbed_again.rules_version)


def test_a_severity_that_a_data_folder_changes_shows_in_the_rules_version(tmp_path: Path) -> None:
    raised = '[[rule_severity]]\nrule = "CLM-018"\nseverity = "warn"\nfrom = 2026-01-01\nreason = "r"\n'
    (tmp_path / "plan.toml").write_text(CONTRACT.format(fee=5000) + raised, encoding="utf-8")
    plain = tmp_path / "plain"
    plain.mkdir()
    (plain / "plan.toml").write_text(CONTRACT.format(fee=5000), encoding="utf-8")
    ours, theirs = (Payers((each,)).config(PAYER, PayerClass.COMMERCIAL, DAY) for each in (tmp_path, plain))
    assert rules_version(ours) != rules_version(theirs)
    assert priced_by(ours) != priced_by(theirs)
    assert rules_version() not in (rules_version(ours), rules_version(theirs))


def test_tables_are_part_of_the_stamp() -> None:
    assert len({tables_digest(name) for name in TABLES}) == len(TABLES)
    assert tables_digest(*TABLES) != tables_digest(*TABLES[1:])
