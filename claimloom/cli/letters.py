"""``dead-letters``: events that a service gave up on."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any

import typer
from sqlalchemy import Connection, select

from claimloom.cli.ledger import note_list, note_reads, reading
from claimloom.cli.options import AsOf, Data, Json
from claimloom.cli.output import bold, notes, out, print_json
from claimloom.cli.system import opened, published
from claimloom.errors import PlainError
from claimloom.ledger.books.dead_letters import dead_letters
from claimloom.ledger.database import among
from claimloom.ledger.tables import journal
from claimloom.ledger.views.letters import dead_letter_rows
from claimloom.ledger.views.scope import EVERYTHING, Wanted
from claimloom.ledger.views.story import claims_of_event, event_by_id
from claimloom.runtime.taking import forget, written_where
from claimloom.system import System
from schemas.event import Event
from schemas.words import counted


def list_dead(data: Data = None, as_json: Json = False) -> None:
    """List events that a service gave up on and that nobody mended yet."""
    with reading(data) as connection:
        rows = dead_letter_rows(connection, EVERYTHING)
    note_list(data, "dead-letters list", EVERYTHING, Wanted(), len(rows), [])
    for row in rows:
        if as_json:
            print_json(row)
        else:
            out.print(bold(row["id"]), f" {row['service']} on {row['event_type']}: {row['error']}")
    if not as_json:
        out.print(counted(len(rows), "dead letter") + ("; dead-letters redrive ID tries one again" if rows else ""))


def show_dead(letter: str, data: Data = None, as_json: Json = False) -> None:
    """Show a dead letter and where its event stands. The event's data is left out: it may hold a patient."""
    with reading(data) as connection:
        row = _letter(connection, dead_letter_rows(connection, EVERYTHING), letter)
        event = event_by_id(connection, EVERYTHING, row["event_id"])
        about = claims_of_event(connection, row["event_id"])
    note_reads(data, "dead-letters show", about)
    shown = row | {"subject_time": event.time.isoformat() if event else None, "tenant": event.tenant if event else None}
    if as_json:
        print_json(shown)
        return
    for name, value in shown.items():
        out.print(f"{name:14} {value}")


def redrive(
    letter: Annotated[str, typer.Argument(help="Id of a dead letter, or all.")],
    data: Data = None,
    as_of: AsOf = None,
    as_json: Json = False,
) -> None:
    """Give dead letters to their services once more, then run. Exit 1 if some are still dead."""
    with opened(data, as_of=as_of) as system:
        with system.engine.connect() as connection:
            rows = dead_letter_rows(connection, EVERYTHING)
            chosen = rows if letter == "all" else [_letter(connection, rows, letter)]
            found = [(row, event_by_id(connection, EVERYTHING, row["event_id"])) for row in chosen]
        if system.settings.broker:
            _give_again(system, [(row["service"], event) for row, event in found if event is not None])
            raise typer.Exit(0)
        services = {service.name: service for service in system.runtime.services}
        for row, event in found:
            if event is not None:
                system.runtime.redrive(services[row["service"]], event)
        system.run_until_idle()
        with system.engine.connect() as connection:
            left = {(row["service"], row["event_id"]) for row in dead_letter_rows(connection, EVERYTHING)}
    still = [row for row, _ in found if (row["service"], row["event_id"]) in left]
    if as_json:
        print_json({"redriven": len(found), "still_dead": len(still)})
    else:
        out.print(f"{len(found)} given again, {len(found) - len(still)} mended, {len(still)} still dead")
    raise typer.Exit(1 if still else 0)


def _give_again(system: System, letters: list[tuple[str, Event]]) -> None:
    """Where workers run: forget that the service gave up, and put the event on its topic once more."""
    for service, event in letters:
        forget(system.engine, service, event)
    with system.engine.connect() as connection:
        again = written_where(connection, among(connection, journal.c.id, [str(event.id) for _, event in letters]))
    if not published(system, "redrive", again):
        raise PlainError("the broker is away; the letters stay, redrive them again when it is back")
    notes.print(
        f"{counted(len(letters), 'event')} put on their topics again; dead-letters list tells which are still dead"
    )


def _letter(connection: Connection, rows: Iterable[dict[str, Any]], name: str) -> dict[str, Any]:
    """A letter by its id, by that of an earlier try, or by that of its event."""
    known = {row["event_id"]: row for row in rows}
    event_id = connection.scalar(select(dead_letters.c.event_id).where(dead_letters.c.id == name)) or name
    if event_id not in known:
        raise PlainError(f"dead letter {name}: not here, or mended; dead-letters list shows all")
    return known[event_id]
