"""A second pair of eyes: a claim that is drawn waits, and goes out or stays held by what its reviewer says."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from claimloom.desk.decide import Decision
from claimloom.errors import PlainError
from claimloom.ledger.tables import journal
from claimloom.ledger.views.claims import all_claims
from claimloom.ledger.views.held import held_reasons
from claimloom.ledger.views.reviews import ReviewSum, reviews
from claimloom.ledger.views.scope import EVERYTHING, Page, Wanted
from claimloom.ledger.views.worklist import WorkRow, work_page
from claimloom.settings import Settings
from claimloom.system import System
from schemas.event import Event
from schemas.topics import Topic, payload
from tests.runtime import contract
from tests.sessions import visit

DAY = contract.DAY
REVIEW = """
review_key = "kept by the owner"
[[review]]
id = "all of them"
percent = 100
reviewer = "ana"
"""


@pytest.fixture
def system(tmp_path: Path) -> Iterator[System]:
    """A ledger of one clean visit that is drawn for review."""
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "scrubbing.toml").write_text(REVIEW, encoding="utf-8")
    opened = System(Settings(tmp_path, as_of=DAY))
    told(opened)
    yield opened
    opened.close()


def told(system: System, **changes: object) -> None:
    text = visit(**changes).model_dump_json()
    name = f"visits-{changes.get('revision', 1)}.jsonl"
    (system.settings.data / "inbound" / name).write_text(text + "\n", encoding="utf-8")
    system.run_until_idle()


def work(system: System) -> list[WorkRow]:
    with system.engine.connect() as connection:
        return work_page(connection, EVERYTHING, Wanted(), Page(100)).rows


def states(system: System) -> list[str]:
    with system.engine.connect() as connection:
        return [row.state for row in all_claims(connection, EVERYTHING)]


def sums(system: System) -> list[ReviewSum]:
    with system.engine.connect() as connection:
        return reviews(connection, EVERYTHING)


def say(system: System, kind: str, row: WorkRow, actor: str = "ana", reason: str = "") -> None:
    decision = Decision(kind, actor, f"{kind} {row.id} {actor}", system.now(), reason)
    system.decide(EVERYTHING, row.id, decision)
    system.run_until_idle()


def replays(system: System) -> None:
    before = contract.contents(system.engine)
    system.runtime.replay()
    assert contract.contents(system.engine) == before


def test_a_claim_that_is_drawn_waits_for_its_reviewer(system: System) -> None:
    (row,) = work(system)
    assert (row.kind, row.owner, states(system)) == ("claim_review", "ana", ["held"])
    assert [*(system.settings.data / "outbound").glob("*.edi")] == []
    assert sums(system) == [ReviewSum("demo", "riverside", "ana", waiting=1)]
    with system.engine.connect() as connection:
        assert [(code, count) for code, _, count, _ in held_reasons(connection, EVERYTHING)] == [("REVIEW", 1)]
    replays(system)


def test_one_that_passed_goes_out(system: System) -> None:
    (row,) = work(system)
    say(system, "review_passed", row)
    assert (states(system), work(system)) == (["sent"], [])
    assert sums(system) == [ReviewSum("demo", "riverside", "ana", passed=1)]
    replays(system)


def test_a_review_is_ended_by_what_its_reviewer_says_alone(system: System) -> None:
    """Closed, its claim would be held for ever; a note is lawful."""
    (row,) = work(system)
    closed = Decision("close", "ana", "c1", system.now(), "not needed", {"outcome": "not_worth_it"})
    with pytest.raises(PlainError, match="waits for its reviewer: decide review_passed, or decide review_failed"):
        system.decide(EVERYTHING, row.id, closed)
    say(system, "note", row, reason="asked the clinic")
    (still,) = work(system)
    assert "then decide review_passed; or decide review_failed" in still.action
    say(system, "review_passed", row)
    assert (states(system), work(system)) == (["sent"], [])


def test_a_review_of_a_withdrawn_visit_is_over(system: System) -> None:
    (row,) = work(system)
    told(system, revision=2, withdrawn=True)
    assert work(system) == []
    with pytest.raises(PlainError, match="is overtaken"):
        say(system, "review_passed", row)
    assert sums(system) == []
    replays(system)


def test_one_that_did_not_pass_stays_held_until_its_visit_is_corrected(system: System) -> None:
    (row,) = work(system)
    say(system, "review_failed", row, reason="the minutes are those of another visit")
    (held,) = work(system)
    assert (held.kind, held.owner, states(system)) == ("held", "", ["held"])
    assert "correct in the visit what the reviewer found" in held.action
    replays(system)
    told(system, revision=2)
    (again,) = work(system)
    assert (again.kind, again.owner) == ("claim_review", "ana")
    say(system, "review_passed", again)
    assert sorted(states(system)) == ["sent", "superseded"]
    (found,) = sums(system)
    assert (found.passed, found.failed, found.agreement) == (1, 1, "50.0")
    replays(system)


def test_nobody_else_says_it_unless_the_reviewer_lets_go(system: System) -> None:
    (row,) = work(system)
    with pytest.raises(PlainError, match="is taken by ana"):
        say(system, "review_passed", row, "ben")
    say(system, "release", row)
    say(system, "review_passed", row, "ben")
    assert states(system) == ["sent"]
    assert [(each.reviewer, each.passed) for each in sums(system)] == [("ben", 1)]


def test_a_failed_review_needs_a_reason_and_is_said_once(system: System) -> None:
    (row,) = work(system)
    with pytest.raises(PlainError, match="review_failed needs a reason"):
        say(system, "review_failed", row)
    say(system, "review_passed", row)
    with pytest.raises(PlainError, match="is closed already"):
        say(system, "review_failed", row, reason="too late")


def test_what_passed_is_asked_again_by_the_rules_of_its_day(system: System) -> None:
    """It waited until filing ended: the reviewer lets it go, and the rules do not."""
    (row,) = work(system)
    system.close()
    later = System(Settings(system.settings.data, as_of=DAY.replace(year=DAY.year + 2)))
    say(later, "review_passed", row)
    found = work(later)
    later.close()
    assert [each.kind for each in found] == ["held"]
    assert "CLM-015" in found[0].reason or "filing" in found[0].reason.lower()


def test_work_that_was_not_drawn_is_not_reviewed(tmp_path: Path) -> None:
    opened = System(Settings(tmp_path, as_of=DAY))
    told(opened, referring_provider=None)
    (row,) = work(opened)
    with pytest.raises(PlainError, match=r"was not drawn for review \(held\)"):
        say(opened, "review_passed", row)
    opened.close()


def test_a_file_with_a_mistake_gives_letters_and_goes_on_when_it_is_mended(tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    rules = tmp_path / "rules" / "scrubbing.toml"
    rules.write_text(REVIEW.replace("percent", "pecent"), encoding="utf-8")
    opened = System(Settings(tmp_path, as_of=DAY))
    told(opened)
    assert states(opened) == ["built"]
    with opened.engine.connect() as connection:
        bodies = connection.scalars(select(journal.c.body).where(journal.c.type == Topic.DEAD_LETTER)).all()
    (letter,) = [payload(Event.model_validate_json(body)) for body in bodies]
    assert "rules file scrubbing.toml: review 1: unknown pecent; is it percent?" in str(letter)
    opened.close()
