"""A known id is not a known fact: a visit that is told again is compared with what is known under its id and revision.

Where it says something else it is not taken: the first telling has a claim by now, perhaps money. Who sent it hears of
it at once, and it stands on the work list until a person decides.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from datetime import date
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Connection

from claimloom.desk import next_action
from claimloom.ledger.books.claims import FIRST
from claimloom.ledger.journal import payloads, places
from claimloom.ledger.states import of_visits
from claimloom.topology import Draft
from schemas.event import derived_id
from schemas.fields import field_words
from schemas.followup import ConflictFound
from schemas.session import Session
from schemas.topics import Topic

MOST_NAMED = 5
Path = tuple[str | int, ...]


class VisitLine(NamedTuple):
    """A visit, and the line of the file that it stands in."""

    number: int
    draft: Draft

    @property
    def session(self) -> Session:
        """What the line says."""
        assert isinstance(self.draft.data, Session)
        return self.draft.data

    @property
    def event_id(self) -> UUID:
        """The id that its event has, or had."""
        return derived_id(Topic.SESSION_COMPLETED, *self.draft.identity)


class Contradiction(NamedTuple):
    """A line that says of a known visit something else, and the names of what differs."""

    line: VisitLine
    differs: list[str]

    def said(self) -> str:
        """For who sent the file: without values, which are a patient's."""
        return (
            f"line {self.line.number}: this visit is known under the same id and revision with other content "
            f"({_shortly(self.differs)}); nothing of the line was taken. Is it a correction: raise the revision and "
            "send it again. Is it another visit: it needs an id of its own"
        )


def sort_out(connection: Connection, lines: Sequence[VisitLine]) -> tuple[list[Draft], list[Contradiction]]:
    """The visits to be taken, and those that say something else than what is known, in the ledger or before in the
    file. What says the same again is taken once more: it gives the same event.
    """
    ids = [str(line.event_id) for line in lines]
    found = places(connection, set(ids))
    stored = payloads(connection, [each.seq for each in found.values()], Session)
    known = {event_id: stored[each.seq] for event_id, each in found.items()}
    taken: list[Draft] = []
    conflicts: list[Contradiction] = []
    for event_id, line in zip(ids, lines, strict=True):
        session = line.session
        before = known.setdefault(event_id, session)
        if before is session or before == session or not (differs := list(differing(before, session))):
            taken.append(line.draft)
        else:
            conflicts.append(Contradiction(line, differs))
    return taken, conflicts


def differing(before: Session, now: Session) -> Iterator[str]:
    """Names of the fields that differ, in words, the deepest that says it."""
    for path in _paths(before.model_dump(mode="json"), now.model_dump(mode="json"), ()):
        yield field_words(path).removeprefix("the ")


def _paths(before: object, now: object, path: Path) -> Iterator[Path]:
    if isinstance(before, dict) and isinstance(now, dict):
        for name in dict.fromkeys((*before, *now)):
            yield from _paths(before.get(name), now.get(name), (*path, name))
    elif isinstance(before, list) and isinstance(now, list) and len(before) == len(now):
        for number, (one, other) in enumerate(zip(before, now, strict=True)):
            yield from _paths(one, other, (*path, number))
    elif before != now:
        yield path


def _shortly(differs: Sequence[str]) -> str:
    more = f" and {len(differs) - MOST_NAMED} more" if len(differs) > MOST_NAMED else ""
    return f"{', '.join(differs[:MOST_NAMED])}{more}"


def drafts_of(connection: Connection, conflicts: Sequence[Contradiction], file_name: str, today: date) -> list[Draft]:
    """One event for each conflict, the same however often the same is told."""
    if not conflicts:
        return []
    newest = _newest_claims(
        connection, {(each.line.session.tenant, each.line.session.session_id) for each in conflicts}
    )
    found = []
    for line, differs in conflicts:
        session = line.session
        claim_id, number = newest.get((session.tenant, session.session_id), (None, ""))
        content = hashlib.sha256(session.model_dump_json().encode()).hexdigest()
        said = ConflictFound(
            about=line.event_id,
            differs=differs,
            claim_id=claim_id,
            patient_control_number=number,
            file_name=file_name,
            next_action=next_action.told_otherwise(_shortly(differs), file_name, line.number, today),
        )
        identity = ("conflict", line.event_id, content)
        found.append(Draft(said, line.draft.subject, session.tenant, session.clinic.clinic_id, identity=identity))
    return found


def _newest_claims(connection: Connection, visits: set[tuple[str, str]]) -> dict[tuple[str, str], tuple[UUID, str]]:
    rows = sorted(of_visits(connection, visits), key=lambda row: (row.in_line == FIRST, int(row.version), row.place))
    return {(row.tenant, row.session_id): (UUID(row.claim_id), row.patient_control_number) for row in rows}
