"""What a run or an import came to: files taken, dead letters, and the sums of the ledger."""

from __future__ import annotations

import os
import time
from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

import typer

from claimloom.cli.output import Grid, Styled, notes, out, print_json
from claimloom.folder import readable
from claimloom.ledger.views.held import held_reasons
from claimloom.ledger.views.letters import dead_letter_count, dead_letter_rows
from claimloom.ledger.views.scope import EVERYTHING, Page, Wanted
from claimloom.ledger.views.totals import Awaited, awaited_by_payer, dollars_by_state, summary
from claimloom.ledger.views.worklist import by_kind, work_page
from claimloom.partners import missing_for_production
from claimloom.system import System, Taken
from schemas.money import usd
from schemas.words import counted

SHOWN_PROBLEMS: Final = 20
SHOWN_PAYERS: Final = 10


def totals_of(system: System) -> dict[str, int]:
    """The sums of the whole ledger."""
    with system.engine.connect() as connection:
        return summary(connection, EVERYTHING)


def awaited_in(system: System) -> list[dict[str, Any]]:
    """What is awaited of each payer."""
    with system.engine.connect() as connection:
        return [row.json() for row in awaited_by_payer(connection, EVERYTHING)]


def dead_in(system: System) -> dict[str, dict[str, Any]]:
    """Its dead letters, by their ids."""
    with system.engine.connect() as connection:
        return {row["id"]: row for row in dead_letter_rows(connection, EVERYTHING)}


def finish(
    system: System,
    taken: Iterable[Taken],
    start: float,
    dead_before: Collection[str],
    *,
    as_json: bool,
    totals: bool = True,
) -> None:
    """Say what came of the files and what was given up, and exit: 1 with problems, 2 of an import that gave nothing."""
    taken = list(taken)
    for each in taken:
        note(each)
    for path in system.folder.coming():
        notes.print(f"{readable(path.name)}: still coming, left in inbound", soft_wrap=True)
    for path, why in system.folder.left().items():
        notes.print(f"{readable(path.name)}: {why}, left in inbound", soft_wrap=True)
    problems = any(each.problems for each in taken) or system.folder.is_early
    # of an import nothing at all could be read; of a run each file is one among others
    unreadable = not totals and any(each.problems for each in taken) and not any(each.events for each in taken)
    letters = [row for letter, row in dead_in(system).items() if letter not in dead_before]
    for row in letters[:SHOWN_PROBLEMS]:
        notes.print(f"  {row['service']} gave up: {row['error']}", soft_wrap=True)
    if letters:
        notes.print(
            f"  {counted(len(letters), 'new dead letter')}; mend the cause, then: claimloom dead-letters redrive all"
        )
        problems = True
    say_tests(system)
    if as_json:
        seconds = round(time.monotonic() - start, 1)
        print_json(totals_of(system) | {"awaited": awaited_in(system), "seconds": seconds})
    elif totals:
        print_totals(system)
    raise typer.Exit(2 if unreadable else 1 if problems else 0)


def say_tests(system: System, before: int = 0) -> None:
    """Whoever sends the files that were written has to know that no payer takes in what stands in a test."""
    count = system.files_written - before
    if count and system.settings.submitter.usage == "T":
        missing = ", ".join(missing_for_production(os.environ))
        said = f"{counted(count, 'test file')} (ISA15 T, TEST_ in the name): no payer takes in what stands there"
        notes.print(f"{said}; it goes out in earnest after you set {missing}", soft_wrap=True)


def note(each: Taken) -> None:
    """What came of a file, on stderr: stdout is for results."""
    known = each.events - each.new - each.twice
    said = f"{each.name}: {each.kind}, {each.new:,} new" + (f", {known:,} known before" if known else "")
    said += f", {counted(each.twice, 'repeats', 'repeat')} what stands in this file already" if each.twice else ""
    if not each.events:
        said = f"{each.name}: cannot be read" if each.kind == "unknown" else f"{each.name}: {each.kind}, nothing read"
    notes.print(said, soft_wrap=True)
    for remark in each.remarks[:SHOWN_PROBLEMS]:
        notes.print(f"  {remark}; read all the same: ask the sender whether all of it came", soft_wrap=True)
    for problem in each.problems[:SHOWN_PROBLEMS]:
        notes.print(f"  {problem}", soft_wrap=True)
    if each.problems:
        more = len(each.problems) - SHOWN_PROBLEMS
        also = f"{more} more, and " if more > 0 else ""
        notes.print(f"  {also}the file is kept in rejected/ with the reason beside it", soft_wrap=True)


def _add_open(table: Grid, totals: Mapping[str, int]) -> None:
    """Of claims that nobody has answered: what a rule warns of, and what they should bring."""
    if totals["warned"]:
        said = "gone out with a rule's warning: claimloom claims list --flag warned"
        table.add("warned", str(totals["warned"]), "", said)
    if totals["awaited_cents"]:
        table.add("awaited", "", usd(totals["awaited_cents"]), "expected of claims that nobody has answered")


def print_totals(system: System) -> None:
    """The table of what stands in the ledger, and the three items of work with the most money in them."""
    with system.engine.connect() as connection:
        totals = summary(connection, EVERYTHING)
        why = held_reasons(connection, EVERYTHING)
        work = work_page(connection, EVERYTHING, Wanted(), Page(3)).rows
        kinds = by_kind(connection, EVERYTHING)
        states = dollars_by_state(connection, EVERYTHING)
        dead_count = dead_letter_count(connection, EVERYTHING)
        awaited = awaited_by_payer(connection, EVERYTHING)
    table = Grid("", "Count", "Dollars", "", right=(1, 2))
    billed, paid, missing = (usd(totals[name]) for name in ("billed_cents", "paid_cents", "underpaid_cents"))
    held = usd(states.get("held", (0, 0, 0))[1])
    reasons = ", ".join(f"{code} {message.lower()} ({number})" for code, message, number, _ in why[:3])
    denied = usd(states.get("denied", (0, 0, 0))[1])
    table.add("sessions", str(totals["sessions"]), "", "")
    if totals["self_pay"]:
        charged = usd(totals["self_pay_cents"])
        table.add("self-pay", str(totals["self_pay"]), charged, "charged to patients, no claim: claims self-pay")
    table.add("claims built", str(totals["claims"]), billed, "billed")
    if totals["replaced"]:
        table.add("replaced", str(totals["replaced"]), "", "by the claim of the corrected visit, not counted above")
    table.add("held", str(totals["held"]), held, reasons)
    _add_open(table, totals)
    again = states.get("replaced", (0, 0, 0))[0]
    table.add("submitted", str(totals["submitted"]), "", f"{again} of them replaced since" if again else "")
    table.add("acknowledged", str(totals["acknowledged"]), "", "")
    table.add("rejected", str(totals["rejected"]), "", "by clearinghouse or payer, not adjudicated")
    table.add("paid", str(totals["paid"]), paid, "received")
    table.add("denied", str(totals["denied"]), denied, "billed on claims denied in full")
    table.add("underpaid", str(totals["underpaid"]), missing, "missing")
    table.add("overpaid", str(totals["overpaid"]), "", "")
    if level := totals["provider_level_cents"]:
        table.add("provider level", "", usd(level), "taken or given beside all claims: claimloom payments list")
    amount = usd(kinds.get("suspense", (0, 0))[1])
    table.add("suspense", str(totals["suspense"]), amount, "does not balance, not posted")
    if totals["unmatched"]:
        stray = usd(kinds.get("unmatched", (0, 0))[1])
        table.add("unmatched", str(totals["unmatched"]), stray, "paid for claims that are not here")
    out.grid(table)
    _say_awaited(awaited)
    if dead_count:
        out.print(Styled(f"{counted(dead_count, 'dead letter')}", "red"), ": claimloom dead-letters list")
    if work:
        out.print()
        out.print("Most valuable to do next", style="bold")
    for row in work:
        name = row.patient_control_number or "no claim"
        worth = usd(row.recoverable_cents) + (" of charge" if row.of_charge else "")
        out.print(f"  {row.rank}. {name}: {row.kind}, {worth}, by {row.due}: {row.reason}")


def _say_awaited(rows: Collection[Awaited]) -> None:
    """Of whom money is awaited, and of whom nobody knows how much to expect."""
    known = [f"{row.payer} {usd(row.awaited_cents)}" for row in rows if row.awaited_cents is not None]
    more = f" and {counted(len(known) - SHOWN_PAYERS, 'payer')} more" if len(known) > SHOWN_PAYERS else ""
    if known:
        out.print(f"awaited of {', '.join(known[:SHOWN_PAYERS])}{more}")
    unknown = [f"{row.payer} ({row.payer_id})" for row in rows if row.awaited_cents is None]
    more = f" and {counted(len(unknown) - SHOWN_PAYERS, 'payer')} more" if len(unknown) > SHOWN_PAYERS else ""
    if unknown:
        said = "nothing to expect, since there is no contract and no fees of its class"
        out.print(f"{said}: {', '.join(unknown[:SHOWN_PAYERS])}{more}")
