"""session_intake: lines of a sessions file become ``session-completed``, bad lines become refusals with their place.

A visit is known by tenant, the EMR's id and revision. Where several EMRs of a tenant number alike, the setting
``CLAIMLOOM_NUMBERED_BY_CLINIC`` says so: there a visit is known as CLINIC/ID, everywhere.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from itertools import islice
from typing import Final

from pydantic import ValidationError
from sqlalchemy import Connection

from claimloom.errors import PlainError
from claimloom.ledger.books.visits import VISITS
from claimloom.runtime.letters import place_of
from claimloom.topology import Arrived, Door, Draft, Portion, Read, Service
from schemas.fields import field_named
from schemas.session import Session
from schemas.topics import Topic
from services.session_intake.conflicts import VisitLine, drafts_of, sort_out

MAX_LINE_BYTES: Final = 1_000_000
ZERO_BYTE: Final = b"\\u0000"
PAGE: Final = 5000


@dataclass(frozen=True, slots=True)
class Refusal:
    """A line that is no session: where it stands, what is wrong and what to do. Never quotes the line (PHI)."""

    line_number: int
    reason: str


def parse(lines: Iterable[bytes], by_clinic: Collection[str] = ()) -> Iterator[VisitLine | Refusal]:
    """Visits and refusals of a sessions file, in the order of its lines; empty lines are passed over."""
    for number, raw in enumerate(lines, start=1):
        line = raw.removeprefix(b"\xef\xbb\xbf").strip() if number == 1 else raw.strip()
        if not line:
            continue
        if len(line) > MAX_LINE_BYTES:
            yield Refusal(number, f"line is longer than {MAX_LINE_BYTES:,} bytes; one session a line is expected")
            continue
        try:
            # Events keep unknown fields; from outside one is a typo more often than news.
            session = Session.model_validate_json(line, extra="forbid")
            if place := _zero_byte(json.loads(line)) if ZERO_BYTE in line else ():
                said = "holds a zero byte (\\u0000), which no database keeps in a text"
                yield Refusal(number, f"{field_named(place)}: {said}")
                continue
            yield VisitLine(number, draft(_numbered(session, by_clinic)))
        except ValidationError as error:
            yield Refusal(number, _reason(error, line))


def draft(session: Session) -> Draft:
    """The event of a session; its id comes from tenant, EMR session id and revision."""
    return Draft(
        session,
        subject=session.patient.patient_id,
        tenant=session.tenant,
        clinic=session.clinic.clinic_id,
        identity=(session.tenant, session.session_id, session.revision),
    )


def _numbered(session: Session, by_clinic: Collection[str]) -> Session:
    if session.tenant not in by_clinic:
        return session
    return session.model_copy(update={"session_id": f"{session.clinic.clinic_id}/{session.session_id}"})


def _zero_byte(value: object, place: tuple[str | int, ...] = ()) -> tuple[str | int, ...]:
    """The first place of a text with a zero byte. One that was kept would be found under no name again."""
    if isinstance(value, dict):
        parts: Iterable[tuple[str | int, object]] = value.items()
    elif isinstance(value, list):
        parts = enumerate(value)
    else:
        return place if isinstance(value, str) and "\0" in value else ()
    for name, each in parts:
        if found := _zero_byte(each, (*place, name)):
            return found
    return ()


def _reason(error: ValidationError, line: bytes) -> str:
    try:
        json.loads(line)
    except (ValueError, RecursionError) as fault:
        place = f" at column {fault.colno}" if isinstance(fault, json.JSONDecodeError) else ""
        return f"not JSON{place}; write each session as one JSON object on one line"
    faults = [f"{_field(part['loc']) or 'the visit'}: {_said(part['type'], part['msg'])}" for part in error.errors()]
    return "; ".join(faults[:5]) + (f"; and {len(faults) - 5} more" if len(faults) > 5 else "")


def _field(where: tuple[int | str, ...]) -> str:
    """A field in words; of a name that is none of ours not even that, since it may be a patient's."""
    safe = place_of(where)
    return safe if "..." in safe else field_named(where)


def _said(kind: str, message: str) -> str:
    """The validator's sentence where it is about the form; it never holds the value itself."""
    if kind == "extra_forbidden":
        return "is not a known field; see schemas/json/session-completed.json"
    return "is missing" if kind == "missing" else message[:1].lower() + message[1:]


def read(arrived: Arrived, by_clinic: Collection[str] = ()) -> Iterator[Read]:
    """Some thousand visits a portion, each in the order of their days, so that of two visits that collide not the file
    says which was first. Good lines count whatever the others are.
    """
    lines = parse(arrived.lines(MAX_LINE_BYTES), by_clinic)
    empty = True
    while some := list(islice(lines, PAGE)):
        empty = False
        made = [each for each in some if isinstance(each, VisitLine)]
        problems = [f"line {each.line_number}: {each.reason}" for each in some if isinstance(each, Refusal)]
        if others := sorted(
            {each.session.tenant for each in made} - {arrived.tenant or each.session.tenant for each in made}
        ):
            said = f"visits of tenant {', '.join(others)} stand in a file for {arrived.tenant}"
            problems.append(f"{said}; none of them was kept")
        mine = [each for each in made if each.session.tenant not in others]
        yield partial(_portion, arrived.name, date.fromisoformat(arrived.today), mine, problems)
    if empty:
        raise PlainError(f"{arrived.name}: no line in it; one session a line is expected")


def _portion(
    file_name: str, today: date, lines: Sequence[VisitLine], problems: Sequence[str], connection: Connection
) -> Portion:
    taken, conflicts = sort_out(connection, lines)
    told = drafts_of(connection, conflicts, file_name, today)
    return Portion([*_in_order(taken), *told], [*problems, *(each.said() for each in conflicts)])


def _in_order(taken: Sequence[Draft]) -> list[Draft]:
    """By day, visit and revision; of a day those first that no payer is to be billed for: what their minutes earned is
    free for the others then. A visit that stands in the file more than once keeps its revisions in their order.
    """
    visits = [each.data for each in taken if isinstance(each.data, Session)]
    times = Counter((each.tenant, each.session_id) for each in visits)

    def place(made: Draft) -> tuple[str, bool, str, int]:
        session = made.data
        assert isinstance(session, Session)
        later = session.is_billed or times[session.tenant, session.session_id] > 1
        return session.date_of_service.isoformat(), later, session.session_id, session.revision

    return sorted(taken, key=place)


def service(by_clinic: Collection[str] = ()) -> Service:
    """The intake; ``by_clinic`` are tenants whose clinics number their visits each for itself."""
    return Service(
        name="session_intake",
        emits=(Topic.SESSION_COMPLETED, Topic.CONFLICT_FOUND),
        keeps=(VISITS,),
        doors=(
            Door(
                "sessions", ("sessions",), lambda head: head.kinds == ("sessions",), partial(read, by_clinic=by_clinic)
            ),
        ),
    )


SERVICE: Final = service()
