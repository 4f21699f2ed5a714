"""``demo``, ``run`` and what goes with running: imports, dead letters, replay, doctor."""

from __future__ import annotations

import asyncio
import logging
import signal
import threading
import time
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from sqlalchemy import Connection, func, select, text

from claimloom.cli.common import AsOf, Data, Json, log_to_stderr, notes, opened, out, print_json
from claimloom.demo import BUSINESS_DATE, Played, fresh_folder, play
from claimloom.errors import PlainError
from claimloom.ledger.queries import (
    dead_letter_rows,
    dollars_by_state,
    event_by_id,
    held_reasons,
    summary,
    work_rows,
)
from claimloom.ledger.tables import PROJECTIONS, dead_letters, files, journal
from claimloom.ledger.vault import body_of
from claimloom.runtime.step import forget
from claimloom.runtime.topology import Written
from claimloom.settings import read_settings
from claimloom.system import FOLDERS, System, Taken
from claimloom.x12.checking.balance import usd
from schemas.event import Event

sessions = typer.Typer(no_args_is_help=True, help="Finished visits.")
remits = typer.Typer(no_args_is_help=True, help="What payers and clearinghouses answer.")
dead = typer.Typer(no_args_is_help=True, help="Events that a service gave up on.")
WATCH_SECONDS = 1.0
# What an import says of itself: the sums that it changed.
CHANGES = {
    "sessions": "visits",
    "claims": "claims",
    "replaced": "replaced",
    "held": "held",
    "submitted": "submitted",
    "acknowledged": "acknowledged",
    "rejected": "rejected",
    "paid": "paid",
    "denied": "denied",
    "underpaid": "underpaid",
    "overpaid": "overpaid",
    "suspense": "in suspense",
    "unmatched": "unmatched",
}
SHOWN_PROBLEMS = 20
LINES = (".jsonl", ".ndjson", ".json")
# What doctor may find, and what a person does about it.
TO_DO = {
    "database": "stop, and take the ledger from its last backup",
    "inbound_waiting": "claimloom run --until-idle reads them",
    "rejected_files": "rejected/NAME.reason.txt says what is wrong; put the mended file into inbound/, remove this one",
    "files_to_write": "claimloom run --until-idle writes them",
    "dead_letters": "claimloom dead-letters list; mend the cause, then dead-letters redrive all",
}


def add_to(app: typer.Typer) -> None:
    """Put the commands on the command line."""
    app.command()(demo)
    app.command()(run)
    app.add_typer(sessions, name="sessions")
    app.add_typer(remits, name="remits")
    app.add_typer(dead, name="dead-letters")
    app.command()(replay)
    app.command()(doctor)


def demo(
    data: Annotated[Path, typer.Option("--data", help="Folder of the demo; made anew each time.")] = Path(
        "claimloom-demo"
    ),
    seed: Annotated[int, typer.Option(help="Another seed, other visits.")] = 7,
    visits: Annotated[int, typer.Option(min=1, max=100_000)] = 600,
    as_json: Json = False,
) -> None:
    """Play the whole way: invented visits, claims, a payer's answers, and the truth check."""
    fresh_folder(data)
    with _progress() as bar:
        # Each visit is handled about twelve times on its way, by one service after the other.
        task = bar.add_task("visits", total=visits * 12)

        def turn(service: str, count: int) -> None:
            bar.update(task, advance=count, description=service)

        played = play(data, seed=seed, visits=visits, progress=turn)
        bar.update(task, completed=visits * 12, description="done")
    if as_json:
        print_json(played.totals | {"seconds": played.seconds, "truth": played.truth})
        return
    with opened(data, as_of=BUSINESS_DATE) as system:
        print_played(system, played)
    shown = next(iter(_example(data)), "CLAIM")
    out.print("\n[bold]Look further[/bold]")
    work = f"worklist --as-of {BUSINESS_DATE}"  # on its own day, nothing of it is overdue
    for line in (f"claims show {shown}", "claims list --flag underpaid", work, "rules explain MOD-008"):
        folder = "" if line.startswith("rules") else f" --data {data}"
        out.print(f"  claimloom {line}{folder}")


def print_played(system: System, played: Played) -> None:
    """The table of a demo and its grade."""
    _print_totals(system)
    truth = played.truth
    out.print(
        f"\n[bold]Truth check[/bold]: the sandbox payer wrote down what it did; {truth['agree']} of {truth['graded']} "
        f"claims and spoiled visits agree with it, to the cent ({played.seconds} s)"
    )
    for each in truth["disagree"][:5]:
        out.print(f"  {each}")


def _example(data: Path) -> list[str]:
    with opened(data, as_of=BUSINESS_DATE) as system, system.engine.connect() as connection:
        return [row.patient_control_number for row in work_rows(connection, kind="underpaid", limit=1)]


def run(
    data: Data = None,
    until_idle: Annotated[bool, typer.Option("--until-idle", help="Stop when nothing is left to do.")] = False,
    as_of: AsOf = None,
    as_json: Json = False,
) -> None:
    """Run all services over a data folder: read inbound/, write outbound/. Without --until-idle, until stopped."""
    start = time.monotonic()
    with opened(data, as_of=as_of, must_exist=False) as system:
        if system.settings.broker:
            raise PlainError("CLAIMLOOM_KAFKA is set: its workers do the work (claimloom worker SERVICE)")
        if not until_idle:
            _watch(system)
            return
        dead_before = _dead(system)
        taken = system.run_until_idle()
        _finish(system, taken, start, dead_before, as_json=as_json)


def _watch(system: System) -> None:
    log_to_stderr(logging.INFO)
    stop = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: stop.set())
    notes.print(f"watching {system.settings.data / 'inbound'}; stop with Ctrl-C")
    while not stop.is_set():
        for each in system.run_until_idle():
            _note(each)
        stop.wait(WATCH_SECONDS)


@sessions.command("import")
def import_sessions(file: Path, data: Data = None, as_of: AsOf = None, as_json: Json = False) -> None:
    """Read a file of visits (JSON Lines) and build, scrub and submit their claims."""
    _import(file, data, as_of, "sessions", as_json)


@remits.command("import")
def import_remits(file: Path, data: Data = None, as_of: AsOf = None, as_json: Json = False) -> None:
    """Read an 835, 277CA, 999 or TA1 file and reconcile what it says."""
    _import(file, data, as_of, "X12", as_json)


def _import(file: Path, data: Path | None, as_of: Any, kind: str, as_json: bool) -> None:
    start = time.monotonic()
    _look_at(file, kind)
    if not read_settings(data).data.exists():
        notes.print(f"{read_settings(data).data}: new data folder", markup=False, soft_wrap=True)
    with opened(data, as_of=as_of, must_exist=False) as system:
        if system.settings.broker:
            notes.print(f"{system.bring(file)}: is in inbound, the workers take it", markup=False)
            raise typer.Exit(0)
        before, dead_before = _totals(system), _dead(system)
        system.bring(file)
        taken = system.run_until_idle()
        if not as_json:
            after = _totals(system)
            changes = {name: after[name] - before[name] for name in CHANGES}
            said = ", ".join(f"{changes[name]:+} {words}" for name, words in CHANGES.items() if changes[name])
            out.print(said or "nothing changed")
        _finish(system, taken, start, dead_before, as_json=as_json, totals=False)


def _look_at(file: Path, kind: str) -> None:
    """PlainError for a file that is not of the kind that the command reads, before it is copied anywhere."""
    try:
        with file.open("rb") as opened_file:
            head = opened_file.read(4096).removeprefix(b"\xef\xbb\xbf").lstrip()
    except IsADirectoryError:
        raise PlainError(f"{file}: is a folder; name a file in it") from None
    except OSError as error:
        raise PlainError(f"{file}: {error.strerror}") from None
    if not head:
        raise PlainError(f"{file}: file is empty; ask the sender for it again")
    if head.startswith((b"\x1f\x8b", b"PK\x03\x04")):
        raise PlainError(f"{file}: is packed; unpack it first")
    if head.startswith(b"ISA") and kind != "X12":
        raise PlainError(f"{file}: this is X12; use claimloom remits import")
    if head.startswith(b"{") and kind == "X12":
        raise PlainError(f"{file}: this is no X12; use claimloom sessions import")
    if not head.startswith((b"ISA", b"{")) and (kind == "X12" or file.suffix.lower() not in LINES):
        raise PlainError(f"{file}: neither X12 (begins with ISA) nor visits (JSON Lines, begin with {{)")
    if kind == "X12" and (b"ST" + head[3:4] + b"837" + head[3:4]) in head:
        raise PlainError(f"{file}: these are claims (837); what comes back is read here: TA1, 999, 277CA and 835")


def _totals(system: System) -> dict[str, int]:
    with system.engine.connect() as connection:
        return summary(connection)


def _dead(system: System) -> dict[str, dict[str, Any]]:
    with system.engine.connect() as connection:
        return {row["event_id"]: row for row in dead_letter_rows(connection)}


def _finish(
    system: System,
    taken: Iterable[Taken],
    start: float,
    dead_before: Collection[str],
    *,
    as_json: bool,
    totals: bool = True,
) -> None:
    taken = list(taken)
    for each in taken:
        _note(each)
    problems = any(each.problems for each in taken)
    # of an import nothing at all could be read; of a run each file is one among others
    unreadable = not totals and problems and not any(each.events for each in taken)
    letters = [row for event_id, row in _dead(system).items() if event_id not in dead_before]
    for row in letters[:SHOWN_PROBLEMS]:
        notes.print(f"  {row['service']} gave up: {row['error']}", markup=False, soft_wrap=True)
    if letters:
        notes.print(f"  {len(letters)} new dead letters; mend the cause, then: claimloom dead-letters redrive all")
        problems = True
    if as_json:
        print_json(_totals(system) | {"seconds": round(time.monotonic() - start, 1)})
    elif totals:
        _print_totals(system)
    raise typer.Exit(2 if unreadable else 1 if problems else 0)


def _note(each: Taken) -> None:
    """What came of a file, on stderr: stdout is for results."""
    known = each.events - each.new
    said = f"{each.name}: {each.kind}, {each.new} new" + (f", {known} known before" if known else "")
    if not each.events:
        said = f"{each.name}: cannot be read" if each.kind == "unknown" else f"{each.name}: {each.kind}, nothing read"
    notes.print(said, markup=False, soft_wrap=True)
    for problem in each.problems[:SHOWN_PROBLEMS]:
        notes.print(f"  {problem}", markup=False, soft_wrap=True)
    if each.problems:
        more = len(each.problems) - SHOWN_PROBLEMS
        also = f"{more} more, and " if more > 0 else ""
        notes.print(f"  {also}the file is kept in rejected/ with the reason beside it", markup=False, soft_wrap=True)


def _print_totals(system: System) -> None:
    with system.engine.connect() as connection:
        totals = summary(connection)
        why = held_reasons(connection)
        work = work_rows(connection)
        states = dollars_by_state(connection)
        dead_count = len(dead_letter_rows(connection))
    table = Table("", "Count", "Dollars", "", box=None, pad_edge=False)
    table.columns[1].justify = table.columns[2].justify = "right"
    billed, paid, missing = (usd(totals[name]) for name in ("billed_cents", "paid_cents", "underpaid_cents"))
    held = usd(states.get("held", (0, 0, 0))[1])
    reasons = ", ".join(f"{code} {message.lower()} ({number})" for code, message, number, _ in why[:3])
    denied = usd(states.get("denied", (0, 0, 0))[1])
    suspense = [row for row in work if row.kind == "suspense"]
    table.add_row("sessions", str(totals["sessions"]), "", "")
    table.add_row("claims built", str(totals["claims"]), billed, "billed")
    if totals["replaced"]:
        table.add_row("replaced", str(totals["replaced"]), "", "by the claim of the corrected visit, not counted above")
    table.add_row("held", str(totals["held"]), held, reasons)
    again = states.get("replaced", (0, 0, 0))[0]
    table.add_row("submitted", str(totals["submitted"]), "", f"{again} of them replaced since" if again else "")
    table.add_row("acknowledged", str(totals["acknowledged"]), "", "")
    table.add_row("rejected", str(totals["rejected"]), "", "by clearinghouse or payer, not adjudicated")
    table.add_row("paid", str(totals["paid"]), paid, "received")
    table.add_row("denied", str(totals["denied"]), denied, "billed on claims denied in full")
    table.add_row("underpaid", str(totals["underpaid"]), missing, "missing")
    table.add_row("overpaid", str(totals["overpaid"]), "", "")
    amount = usd(sum(row.recoverable_cents for row in suspense))
    table.add_row("suspense", str(totals["suspense"]), amount, "does not balance, not posted")
    if totals["unmatched"]:
        stray = usd(sum(row.recoverable_cents for row in work if row.kind == "unmatched"))
        table.add_row("unmatched", str(totals["unmatched"]), stray, "paid for claims that are not here")
    out.print(table)
    if dead_count:
        out.print(f"[red]{dead_count} dead letters[/red]: claimloom dead-letters list")
    if work:
        out.print("\n[bold]Most valuable to do next[/bold]")
    for row in work[:3]:
        name = row.patient_control_number or "no claim"
        out.print(f"  {row.rank}. {name}: {row.kind}, {usd(row.recoverable_cents)}, by {row.due}: {row.reason}")


@dead.command("list")
def list_dead(data: Data = None, as_json: Json = False) -> None:
    """List events that a service gave up on and that nobody mended yet."""
    with opened(data) as system, system.engine.connect() as connection:
        rows = dead_letter_rows(connection)
    for row in rows:
        if as_json:
            print_json(row)
        else:
            out.print(f"[bold]{row['id']}[/bold] {row['service']} on {row['event_type']}: {row['error']}")
    if not as_json:
        out.print(f"{len(rows)} dead letters" + ("; dead-letters redrive ID tries one again" if rows else ""))


@dead.command("show")
def show_dead(letter: str, data: Data = None, as_json: Json = False) -> None:
    """Show a dead letter and where its event stands. The event's data is left out: it may hold a patient."""
    with opened(data) as system, system.engine.connect() as connection:
        row = _letter(connection, dead_letter_rows(connection), letter)
        event = event_by_id(connection, row["event_id"])
    shown = row | {"subject_time": event.time.isoformat() if event else None, "tenant": event.tenant if event else None}
    if as_json:
        print_json(shown)
        return
    for name, value in shown.items():
        out.print(f"{name:14} {value}")


@dead.command("redrive")
def redrive(
    letter: Annotated[str, typer.Argument(help="Id of a dead letter, or all.")],
    data: Data = None,
    as_of: AsOf = None,
    as_json: Json = False,
) -> None:
    """Give dead letters to their services once more, then run. Exit 1 if some are still dead."""
    with opened(data, as_of=as_of) as system:
        with system.engine.connect() as connection:
            rows = dead_letter_rows(connection)
            chosen = rows if letter == "all" else [_letter(connection, rows, letter)]
            found = [(row, event_by_id(connection, row["event_id"])) for row in chosen]
        if system.settings.broker:
            _give_again(system, [(row["service"], event) for row, event in found if event is not None])
            raise typer.Exit(0)
        services = {service.name: service for service in system.runtime.services}
        for row, event in found:
            if event is not None:
                system.runtime.redrive(services[row["service"]], event)
        system.run_until_idle()
        with system.engine.connect() as connection:
            left = {(row["service"], row["event_id"]) for row in dead_letter_rows(connection)}
    still = [row for row, _ in found if (row["service"], row["event_id"]) in left]
    if as_json:
        print_json({"redriven": len(found), "still_dead": len(still)})
    else:
        out.print(f"{len(found)} given again, {len(found) - len(still)} mended, {len(still)} still dead")
    raise typer.Exit(1 if still else 0)


def _give_again(system: System, letters: list[tuple[str, Event]]) -> None:
    """Where workers run: forget that the service gave up, and put the event on its topic once more."""
    from claimloom.runtime.kafka import Publisher  # noqa: PLC0415 - Faust takes half a second to import

    broker = system.settings.broker
    assert broker is not None
    for service, event in letters:
        forget(system.engine, service, event)
    with system.engine.connect() as connection:
        again = [Written(event, body_of(connection, event)) for _, event in letters]

    async def send() -> None:
        publisher = Publisher(broker, "redrive")
        await publisher.send(again)
        await publisher.close()

    asyncio.run(send())
    notes.print(f"{len(letters)} events put on their topics again; dead-letters list tells which are still dead")


def _letter(connection: Connection, rows: Iterable[dict[str, Any]], name: str) -> dict[str, Any]:
    """A letter by its id, by that of an earlier try, or by that of its event."""
    known = {row["event_id"]: row for row in rows}
    event_id = connection.scalar(select(dead_letters.c.event_id).where(dead_letters.c.id == name)) or name
    if event_id not in known:
        raise PlainError(f"dead letter {name}: not here, or mended; dead-letters list shows all")
    return known[event_id]


def replay(data: Data = None, as_json: Json = False) -> None:
    """Rebuild every table from the journal, and say whether they are what stood there. Exit 1 if not."""
    with opened(data) as system:
        before = _contents(system)
        events, erased = system.runtime.replay()
        after = _contents(system)
    differ = sorted(name for name in before if before[name] != after[name])
    rows = sum(len(some) for some in after.values())
    if as_json:
        print_json({"events": events, "erased": erased, "tables": len(after), "rows": rows, "differ": differ})
    else:
        said = f"differ: {', '.join(differ)}" if differ else "all equal to what stood there"
        passed = f" ({erased} of erased tenants passed over)" if erased else ""
        out.print(f"{events} events{passed} replayed into {len(after)} tables, {rows} rows, {said}")
    raise typer.Exit(1 if differ else 0)


def _contents(system: System) -> dict[str, list[str]]:
    # As tuples: a row's own repr shortens long cells, and a difference in the middle of a document would not show.
    with system.engine.connect() as connection:
        return {
            table.name: sorted(repr(tuple(row)) for row in connection.execute(select(table))) for table in PROJECTIONS
        }


def doctor(data: Data = None, as_json: Json = False) -> None:
    """Look whether a data folder is sound and nothing is left lying. Exit 1 if something needs a person."""
    with opened(data) as system, system.engine.connect() as connection:
        folder = system.settings.data
        pending = connection.scalar(select(func.count()).select_from(files).where(files.c.state == "pending")) or 0
        missing = [
            row.name
            for row in connection.execute(select(files.c.name).where(files.c.state == "written"))
            if not (folder / "outbound" / row.name).exists()
        ]
        checks = {
            "database": _soundness(connection),
            "events": connection.scalar(select(func.count()).select_from(journal)) or 0,
            "folders_missing": [name for name in FOLDERS if not (folder / name).is_dir()],
            "inbound_waiting": len(system.waiting_files()),
            "rejected_files": len([each for each in (folder / "rejected").iterdir() if each.suffix != ".txt"]),
            "files_to_write": pending,
            "files_sent_and_moved_away": len(missing),
            "dead_letters": len(dead_letter_rows(connection)),
        }
    needs = [name for name in ("inbound_waiting", "rejected_files", "files_to_write", "dead_letters") if checks[name]]
    if checks["database"] != "ok" or checks["folders_missing"]:
        needs.insert(0, "database")
    if as_json:
        print_json(checks | {"needs_attention": needs})
    else:
        for name, value in checks.items():
            shown = (", ".join(value) or "none") if isinstance(value, list) else value
            out.print(f"{name.replace('_', ' '):26} {shown}", markup=False)
        for name in needs:
            out.print(f"needs attention: {name.replace('_', ' ')}; {TO_DO[name]}", markup=False)
        if not needs:
            out.print("nothing needs attention")
    raise typer.Exit(1 if needs else 0)


def _soundness(connection: Connection) -> str:
    """SQLite looks through its file, up to the first fault; a server looks after its own, and only answers."""
    if connection.dialect.name == "sqlite":
        found = str(connection.scalar(text("PRAGMA integrity_check(1)")))
        return found if found == "ok" else f"damaged: {found.splitlines()[-1]}"
    return "ok" if connection.scalar(select(1)) == 1 else "no answer"


def _progress() -> Progress:
    columns = (SpinnerColumn(), TextColumn("{task.description:24}"), BarColumn(), TimeElapsedColumn())
    return Progress(*columns, console=notes, transient=True)
