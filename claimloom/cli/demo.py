"""``demo``: the whole way with invented visits, from a payer's answers to the truth check."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from claimloom.cli.logs import log_to_stderr
from claimloom.cli.options import Json
from claimloom.cli.output import bold, notes, out, print_json
from claimloom.cli.system import opened
from claimloom.cli.totals import print_totals
from claimloom.demo import BUSINESS_DATE, Played, fresh_folder, play
from claimloom.ledger.views.scope import EVERYTHING, Page, Wanted
from claimloom.ledger.views.worklist import work_page
from claimloom.system import System


def demo(
    data: Annotated[Path, typer.Option("--data", help="Folder of the demo; made anew each time.")] = Path(
        "claimloom-demo"
    ),
    seed: Annotated[int, typer.Option(help="Another seed, other visits.")] = 7,
    visits: Annotated[int, typer.Option(min=1, max=100_000)] = 600,
    as_json: Json = False,
) -> None:
    """Play the whole way: invented visits, claims, a payer's answers, and the truth check."""
    log_to_stderr(logging.CRITICAL)
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
    out.print()
    out.print("Look further", style="bold")
    work = f"worklist --as-of {BUSINESS_DATE}"  # on its own day, nothing of it is overdue
    for line in (f"claims show {shown}", "claims list --flag underpaid", work, "rules explain MOD-008"):
        folder = "" if line.startswith("rules") else f" --data {data}"
        out.print(f"  claimloom {line}{folder}")


def print_played(system: System, played: Played) -> None:
    """The table of a demo and its grade."""
    print_totals(system)
    truth = played.truth
    out.print()
    out.print(
        bold("Truth check"),
        f": the sandbox payer wrote down what it did; {truth['agree']} of {truth['graded']} "
        f"claims and spoiled visits agree with it, to the cent ({played.seconds} s)",
    )
    for each in truth["disagree"][:5]:
        out.print(f"  {each}")


def _example(data: Path) -> list[str]:
    with opened(data, as_of=BUSINESS_DATE) as system, system.engine.connect() as connection:
        return [
            row.patient_control_number
            for row in work_page(connection, EVERYTHING, Wanted(kind="underpaid"), Page(1)).rows
        ]


def _progress() -> Progress:
    columns = (SpinnerColumn(), TextColumn("{task.description:24}"), BarColumn(), TimeElapsedColumn())
    return Progress(*columns, console=notes.console, transient=True)
