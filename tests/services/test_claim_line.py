"""Visits to files: intake, builder and submitter over a real ledger, with a scrubber that lets everything pass."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from claimloom.errors import PlainError
from claimloom.ledger.books import FOLDED
from claimloom.ledger.books.claims import claims
from claimloom.ledger.books.scrubs import SCRUBS
from claimloom.ledger.migration import open_ledger
from claimloom.ledger.outbound import write_pending
from claimloom.runtime.embedded import Embedded
from claimloom.runtime.taking import Policy
from claimloom.settings import Settings, read_settings
from claimloom.topology import Context, Draft, Received, Service
from claimloom.x12.checking.check import check
from schemas.claim import ClaimBuilt, ClaimScrubbed
from schemas.session import Session
from schemas.topics import Topic
from services.claim_builder.service import SERVICE as BUILDER
from services.claim_submitter.service import service as submitter
from services.session_intake.service import SERVICE as INTAKE
from services.session_intake.service import draft
from tests.sessions import visit
from tests.x12.checking.own_verdict import pyx12_accepts

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def let_pass(_context: Context, received: Sequence[Received]) -> list[Draft]:
    drafts = []
    for each in received:
        event, built = each.event, each.data
        assert isinstance(built, ClaimBuilt)
        scrubbed = ClaimScrubbed(
            claim_id=built.claim.claim_id,
            patient_control_number=built.claim.patient_control_number,
            verdict="clean",
            findings=[],
            rules_version="none",
            as_of=date(2026, 11, 20),
            total_charge_cents=built.claim.total_charge_cents,
        )
        drafts.append(Draft(scrubbed, str(built.claim.claim_id), event.tenant, event.clinic, parent=event.id))
    return drafts


def runtime(folder: Path, batch: int = 500, settings: Settings | None = None) -> Embedded:
    line = (
        INTAKE,
        replace(BUILDER, consumes=(Topic.SESSION_COMPLETED,), emits=(Topic.CLAIM_BUILT, Topic.WORK_FOUND)),
        Service(
            "claim_scrubber",
            let_pass,
            consumes=(Topic.CLAIM_BUILT,),
            emits=(Topic.CLAIM_SCRUBBED,),
            keeps=(SCRUBS,),
        ),
        replace(
            submitter(settings or Settings(folder, claims_per_file=30)), consumes=(Topic.CLAIM_SCRUBBED, Topic.TICK)
        ),
        Service(
            "followup_queue",
            lambda _c, _r: [],
            consumes=(Topic.CLAIM_SUBMITTED, Topic.CONFLICT_FOUND, Topic.DEAD_LETTER, Topic.WORK_FOUND),
        ),
    )
    engine = open_ledger(f"sqlite:///{folder}/claimloom.db")
    return Embedded(engine, line, clock=lambda: NOW, policy=Policy(attempts=1), batch=batch)


def visits() -> list[Session]:
    other = visit().clinic.model_dump() | {"clinic_id": "northside"}
    made = [visit(session_id=f"R-{number}") for number in range(70)]
    return made + [visit(session_id=f"N-{number}", clinic=other) for number in range(10)]


def control_numbers_sent(folder: Path) -> Counter[str]:
    texts = [path.read_text(encoding="ascii") for path in sorted((folder / "outbound").iterdir())]
    for text in texts:
        accepted, answer = pyx12_accepts(text)
        assert accepted, answer
    return Counter(number for text in texts for number in re.findall(r"CLM\*([^*]+)\*", text))


def known_claims(engine: Engine) -> set[str]:
    with engine.connect() as connection:
        return set(connection.scalars(select(claims.c.patient_control_number)))


def test_every_claim_stands_in_exactly_one_accepted_file(tmp_path: Path) -> None:
    embedded = runtime(tmp_path)
    for sessions in (visits(), visits()[::-1]):
        embedded.feed(INTAKE, lambda _, some=sessions: [draft(session) for session in some])
        embedded.run_until_idle()
        write_pending(embedded.engine, tmp_path / "outbound")
    sent = control_numbers_sent(tmp_path)
    assert set(sent.values()) == {1}
    assert set(sent) == known_claims(embedded.engine)
    assert len(sent) == 80
    assert len(list((tmp_path / "outbound").iterdir())) == 4
    embedded.engine.dispose()


def test_claims_are_the_same_whatever_the_batches(tmp_path: Path) -> None:
    found = []
    for batch in (1, 500):
        folder = tmp_path / str(batch)
        folder.mkdir()
        embedded = runtime(folder, batch)
        embedded.feed(INTAKE, lambda _, step=1 if batch == 1 else -1: [draft(each) for each in visits()[::step]])
        embedded.run_until_idle()
        found.append(known_claims(embedded.engine))
        embedded.engine.dispose()
    assert found[0] == found[1]


def test_replay_rebuilds_every_table(tmp_path: Path) -> None:
    embedded = runtime(tmp_path)
    embedded.feed(INTAKE, lambda _: [draft(session) for session in visits()])
    embedded.run_until_idle()

    def snapshot() -> dict[str, list[str]]:
        with embedded.engine.connect() as connection:
            return {
                table.name: sorted(repr(tuple(row)) for row in connection.execute(select(table))) for table in FOLDED
            }

    before = snapshot()
    assert len(before["submissions"]) == 80
    embedded.replay()
    assert snapshot() == before
    embedded.engine.dispose()


def test_a_partner_may_take_few_claims_a_set_and_small_letters(tmp_path: Path) -> None:
    given = {"CLAIMLOOM_CLAIMS_PER_TRANSACTION": "30", "CLAIMLOOM_CHARSET": "extended"}
    embedded = runtime(tmp_path, settings=read_settings(tmp_path, given))
    name = visit().patient.model_dump(mode="json") | {"name": {"last": "van der Berg", "first": "Jo"}}
    some = [visit(session_id=f"R-{number}", patient=name) for number in range(70)]
    embedded.feed(INTAKE, lambda _: [draft(session) for session in some])
    embedded.run_until_idle()
    write_pending(embedded.engine, tmp_path / "outbound")
    embedded.engine.dispose()
    (path,) = (tmp_path / "outbound").iterdir()
    text = path.read_text(encoding="ascii")
    sets = text.split("~\nST*837*")[1:]
    assert [each.count("CLM*") for each in sets] == [30, 30, 10]
    assert "NM1*IL*1*van der Berg*Jo" in text
    assert check(path).findings == []


def test_a_charset_that_is_none_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(PlainError, match="CLAIMLOOM_CHARSET is 'utf8'; basic"):
        read_settings(tmp_path, {"CLAIMLOOM_CHARSET": "utf8"})
