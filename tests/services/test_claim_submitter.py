"""Claims that no file can hold: they become dead letters with their reasons, and the others go. People invented."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import Select, event, select

from claimloom.ledger.books.claims import claims
from claimloom.ledger.books.submissions import submissions
from claimloom.ledger.outbound import write_pending
from claimloom.ledger.tables import journal
from claimloom.ledger.views.letters import dead_letter_rows
from claimloom.ledger.views.scope import EVERYTHING
from claimloom.partners import Sender
from claimloom.sent_files import sent_files
from claimloom.settings import Settings
from schemas.claim import ClaimSubmitted
from schemas.event import Event
from schemas.topics import Topic, payload
from services.session_intake.service import SERVICE as INTAKE
from services.session_intake.service import draft
from tests.services.test_claim_line import control_numbers_sent, runtime
from tests.sessions import visit


def numbers() -> Select[tuple[str]]:
    """The patient control numbers of all claims that were submitted."""
    return select(claims.c.patient_control_number).join(submissions, submissions.c.claim == claims.c.place)


def test_claim_that_cannot_be_sent_is_put_aside_and_the_others_go(tmp_path: Path) -> None:
    patient = visit().patient.model_dump(mode="json") | {"name": {"last": "李", "first": "JANE"}}
    bad = visit(session_id="BAD", patient=patient)
    embedded = runtime(tmp_path)
    embedded.feed(INTAKE, lambda _: [draft(each) for each in (visit(session_id="A"), bad, visit(session_id="B"))])
    embedded.run_until_idle()
    write_pending(embedded.engine, tmp_path / "outbound")
    with embedded.engine.connect() as connection:
        (letter,) = dead_letter_rows(connection, EVERYTHING)
        sent = set(connection.scalars(numbers()))
    assert "cannot be sent: 2010BA NM103: U+674E cannot be said in the character set" in letter["error"]
    assert "李" not in letter["error"]
    assert set(control_numbers_sent(tmp_path)) == sent
    assert len(sent) == 2
    assert len(list((tmp_path / "outbound").iterdir())) == 1  # the others stay together
    embedded.engine.dispose()


def test_claims_of_one_patient_share_their_loops(tmp_path: Path) -> None:
    embedded = runtime(tmp_path)
    embedded.feed(INTAKE, lambda _: [draft(visit(session_id=str(number))) for number in range(5)])
    embedded.run_until_idle()
    write_pending(embedded.engine, tmp_path / "outbound")
    (path,) = (tmp_path / "outbound").iterdir()
    text = path.read_text(encoding="ascii")
    assert (text.count("HL*"), text.count("CLM*")) == (2, 5)
    with embedded.engine.connect() as connection:
        placed = connection.scalars(numbers().order_by(submissions.c.position)).all()
    found = [part.split("*")[1] for part in text.split("~\n") if part.startswith("CLM*")]
    assert placed == found
    embedded.engine.dispose()


def test_the_ledger_is_asked_once_for_claims_of_however_many_clinics(tmp_path: Path) -> None:
    asked = []
    for clinics in (1, 4):
        folder = tmp_path / str(clinics)
        folder.mkdir()
        embedded = runtime(folder)
        seen: Counter[str] = Counter()
        clinic = visit().clinic.model_dump(mode="json")
        made = [
            visit(session_id=str(number), clinic=clinic | {"clinic_id": f"clinic-{number % clinics}"})
            for number in range(8)
        ]
        embedded.feed(INTAKE, lambda _, made=made: [draft(each) for each in made])  # type: ignore[misc]

        def count(_c: object, _cursor: object, statement: str, *_: object, seen: Counter[str] = seen) -> None:
            seen[statement.split(maxsplit=1)[0] + statement.partition(" FROM ")[2].split(" ")[0]] += 1

        event.listen(embedded.engine, "before_cursor_execute", count)
        embedded.run_until_idle()
        write_pending(embedded.engine, folder / "outbound")
        assert len(list((folder / "outbound").iterdir())) == clinics
        asked.append({name: seen[name] for name in ("SELECTclaims", "SELECTsubmissions")})
        assert sorted(control_numbers_sent(folder)) == sorted(set(control_numbers_sent(folder)))
        assert len(control_numbers_sent(folder)) == 8
        embedded.engine.dispose()
    assert asked[0] == asked[1]


@pytest.mark.parametrize(("usage", "name"), [("T", "TEST_837p-000000001.edi"), ("P", "837p-000000001.edi")])
def test_a_test_file_says_so_in_its_name_and_event(tmp_path: Path, usage: str, name: str) -> None:
    embedded = runtime(tmp_path, settings=Settings(tmp_path, submitter=Sender(usage=usage)))
    embedded.feed(INTAKE, lambda _: [draft(visit())])
    embedded.run_until_idle()
    write_pending(embedded.engine, tmp_path / "outbound")
    (file,) = sent_files([tmp_path / "outbound"])
    assert file.name == name
    assert [where["usage"] for where in file.claims.values()] == [usage]
    with embedded.engine.connect() as connection:
        body = connection.scalar(select(journal.c.body).where(journal.c.type == Topic.CLAIM_SUBMITTED))
    sent = payload(Event.model_validate_json(body or ""))
    assert isinstance(sent, ClaimSubmitted)
    assert (sent.usage, sent.file_name) == (usage, name)
    embedded.engine.dispose()
