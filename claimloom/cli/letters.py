"""``dead-letters``: events that a service gave up on."""

from __future__ import annotations

from typing import Annotated, Any, Final
from uuid import uuid4

import typer
from sqlalchemy import Connection

from claimloom.cli.ledger import note_list, note_reads, reading
from claimloom.cli.options import AsOf, Data, Json
from claimloom.cli.output import bold, notes, out, print_json
from claimloom.cli.system import follow, opened, published
from claimloom.desk.decide import Decision
from claimloom.errors import PlainError
from claimloom.ledger.audit import who
from claimloom.ledger.database import among
from claimloom.ledger.tables import journal
from claimloom.ledger.views.letters import dead_letter_rows, named_letters
from claimloom.ledger.views.scope import EVERYTHING, Wanted
from claimloom.ledger.views.story import claims_of_event, event_by_id
from claimloom.runtime.taking import forget, written_where
from claimloom.system import System
from schemas.event import Event
from schemas.words import counted

Letter = Annotated[str, typer.Argument(help="Id of a dead letter, or all.")]
TO_DO: Final = "dead-letters redrive ID tries one again, set-aside ID says that nothing is to be done"


def list_dead(
    set_aside: Annotated[bool, typer.Option("--set-aside", help="Those that were set aside, and why.")] = False,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """List events that a service gave up on and that nobody mended yet."""
    with reading(data) as connection:
        rows = dead_letter_rows(connection, EVERYTHING, set_aside=set_aside)
    note_list(data, "dead-letters list", EVERYTHING, Wanted(), len(rows), [])
    for row in rows:
        if as_json:
            print_json(row)
            continue
        out.print(bold(row["id"]), f" {row['service']} on {row['event_type']}: {row['error']}")
        if set_aside:
            out.print(f"  set aside by {row['set_aside_by']} on {row['set_aside_on'][:10]}: {row['reason']}")
    if not as_json and set_aside:
        out.print(f"{counted(len(rows), 'dead letter')} set aside")
    elif not as_json:
        out.print(counted(len(rows), "dead letter") + (f"; {TO_DO}" if rows else ""))


def show_dead(letter: str, data: Data = None, as_json: Json = False) -> None:
    """Show a dead letter and where its event stands. The event's data is left out: it may hold a patient."""
    with reading(data) as connection:
        row = named_letters(connection, EVERYTHING, letter)[-1]
        event = event_by_id(connection, EVERYTHING, row["event_id"])
        about = claims_of_event(connection, row["event_id"])
    note_reads(data, "dead-letters show", about)
    shown = row | {"subject_time": event.time.isoformat() if event else None, "tenant": event.tenant if event else None}
    if as_json:
        print_json(shown)
        return
    for name, value in shown.items():
        out.print(f"{name:14} {value}")


def redrive(letter: Letter, data: Data = None, as_of: AsOf = None, as_json: Json = False) -> None:
    """Give dead letters to their services once more, then run. Exit 1 if some are still dead."""
    with opened(data, as_of=as_of) as system:
        with system.engine.connect() as connection:
            rows = _chosen(connection, letter)
            found = [(row, event_by_id(connection, EVERYTHING, row["event_id"])) for row in rows]
        given = [(row, event) for row, event in found if event is not None]
        if messages := len(found) - len(given):
            said = f"{messages} dead letters are of messages that are no events: nothing can be given again"
            if not given:
                raise PlainError(f"{said}; dead-letters set-aside takes them off the list")
            notes.print(said, soft_wrap=True)
        if system.settings.broker:
            _give_again(system, [(row["service"], event) for row, event in given])
            raise typer.Exit(0)
        services = {service.name: service for service in system.runtime.services}
        for row, event in given:
            system.runtime.redrive(services[row["service"]], event)
        system.run_until_idle()
        with system.engine.connect() as connection:
            left = {(row["service"], row["event_id"]) for row in dead_letter_rows(connection, EVERYTHING)}
    still = [row for row, _ in found if (row["service"], row["event_id"]) in left]
    if as_json:
        print_json({"redriven": len(given), "still_dead": len(still)})
    else:
        out.print(f"{len(given)} given again, {len(found) - len(still)} mended, {len(still)} still dead")
    raise typer.Exit(1 if still else 0)


def set_aside(
    letter: Letter,
    reason: Annotated[str, typer.Option("--reason", help="Why, in your words.")] = "",
    key: Annotated[
        str, typer.Option("--key", help="Told again with the same key it is the same decision; default: a new one.")
    ] = "",
    data: Data = None,
    as_of: AsOf = None,
    as_json: Json = False,
) -> None:
    """Say of dead letters that nothing is to be done about them: they are listed no longer.

    They stay in the journal, with who said so and why, and can be given again by their ids. An event that is given up
    on once more is listed anew.
    """
    with opened(data, as_of=as_of) as system:
        with system.engine.connect() as connection:
            ids = [row["id"] for row in _chosen(connection, letter)]
        told = key or str(uuid4())
        keys = {each: told if len(ids) == 1 and letter != "all" else f"{told} {each}" for each in ids}
        asked = [(each, Decision("set_aside", who(), keys[each], system.now(), reason)) for each in ids]
        follow(system, system.decide_all(EVERYTHING, asked))
    if as_json:
        print_json({"set_aside": len(ids)})
    else:
        out.print(f"{len(ids)} dead letters set aside; dead-letters list --set-aside shows them")


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


def _chosen(connection: Connection, name: str) -> list[dict[str, Any]]:
    """Every letter that is listed, or those that a name means, set aside or not."""
    return dead_letter_rows(connection, EVERYTHING) if name == "all" else named_letters(connection, EVERYTHING, name)
