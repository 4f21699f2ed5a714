"""The whole way in one go: invented visits, all services, the sandbox payer's answers, a grade against its truth."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Final, Protocol

from sqlalchemy import Engine, select

from claimloom.errors import PlainError
from claimloom.ledger.books.claims import claims
from claimloom.ledger.books.scrubs import scrubs
from claimloom.ledger.books.standings import standings
from claimloom.ledger.books.work_items import work_items
from claimloom.ledger.journal import payloads
from claimloom.ledger.views.claims import all_claims
from claimloom.ledger.views.scope import EVERYTHING
from claimloom.ledger.views.totals import summary
from claimloom.rights import make_file, make_folder
from claimloom.runtime.taking import Policy
from claimloom.sandbox.grade import SaidOf, grade
from claimloom.sandbox.payer import Payer
from claimloom.sandbox.visits import Made, make_visits
from claimloom.settings import Settings
from claimloom.system import System
from schemas.remittance import ClaimReconciled

BUSINESS_DATE: Final = date(2026, 11, 20)
MARK: Final = "demo.json"
Progress = Callable[[str, int], None]


@dataclass(slots=True)
class Played:
    """What came of it: the sums of ``run``, how long it took, and the grade."""

    totals: dict[str, int]
    seconds: float
    truth: dict[str, Any] = field(default_factory=dict)


def fresh_folder(folder: Path) -> None:
    """An empty folder for a demo; one that holds anything but an earlier demo is left alone."""
    if folder.exists() and any(folder.iterdir()):
        if not (folder / MARK).exists():
            raise PlainError(f"{folder}: is not empty and not an earlier demo; choose another folder with --data")
        shutil.rmtree(folder)
    make_folder(folder)
    make_file(folder / MARK)
    (folder / MARK).write_text("{}\n", encoding="utf-8")


class Stage(Protocol):
    """Where the demo is played: a data folder, its ledger, and whoever runs the services."""

    folder: Path
    engine: Engine

    def deliver(self, files: Mapping[str, bytes]) -> None:
        """Put files into inbound and wait until nothing is left to do."""


class InProcess:
    """All services in this process."""

    def __init__(self, folder: Path, progress: Progress) -> None:
        self.folder = folder
        self.system = System(Settings(folder, as_of=BUSINESS_DATE), policy=Policy(at_once=True))
        self.system.runtime.on_turn = progress
        self.engine = self.system.engine

    def deliver(self, files: Mapping[str, bytes]) -> None:
        """Put files into inbound and run until nothing is left to do."""
        for name, content in files.items():
            half = self.folder / "inbound" / f".{name}.part"
            make_file(half)
            half.write_bytes(content)
            half.replace(self.folder / "inbound" / name)
        self.system.run_until_idle()


def play(folder: Path, *, seed: int, visits: int, progress: Progress) -> Played:
    """Run the demo in a folder that ``fresh_folder`` made."""
    stage = InProcess(folder, progress)
    try:
        return play_on(stage, seed=seed, visits=visits)
    finally:
        stage.system.close()


def play_on(stage: Stage, *, seed: int, visits: int) -> Played:
    """Visits, then the payer's answers to the files that came of them, then what it says some days later."""
    start = time.monotonic()
    made = list(make_visits(seed, visits, BUSINESS_DATE))
    stage.deliver({"visits.jsonl": "".join(json.dumps(each.visit) + "\n" for each in made).encode()})
    payer = Payer(seed, BUSINESS_DATE)
    sent = sorted((stage.folder / "outbound").iterdir())
    stage.deliver(payer.answer(*(path.read_text(encoding="ascii") for path in sent)))
    for week in range(1, payer.weeks + 1):
        stage.deliver(payer.week(week))
    truth = payer.truth()
    _write_truth(stage.folder, truth, made)
    with stage.engine.connect() as connection:
        totals = summary(connection, EVERYTHING)
        rows = [row.json() for row in all_claims(connection, EVERYTHING)]
    planted = {each.visit["session_id"]: each.defect for each in made if each.defect}
    graded = grade(truth, rows, planted, held_rules(stage.engine), said_of(stage.engine))
    return Played(totals, round(time.monotonic() - start, 1), graded)


def held_rules(engine: Engine) -> dict[str, list[str]]:
    """Rules that hold a claim, by the session it comes from."""
    found: dict[str, list[str]] = {}
    query = select(claims.c.session_id, scrubs.c.errors).join(scrubs, scrubs.c.claim == claims.c.place)
    with engine.connect() as connection:
        for row in connection.execute(query.where(scrubs.c.verdict == "held")):
            found[row.session_id] = [code for code, _ in json.loads(row.errors)]
    return found


def said_of(engine: Engine) -> dict[str, SaidOf]:
    """What was denied and what is to be done, by claim number."""
    with engine.connect() as connection:
        known = {row.outcome: row.number for row in connection.execute(select(standings.c.number, standings.c.outcome))}
        places = [place for place in known if place]
        told: dict[int, ClaimReconciled] = {}
        for start in range(0, len(places), 1000):
            told |= payloads(connection, places[start : start + 1000], ClaimReconciled)
        query = select(work_items.c.patient_control_number, work_items.c.kind).where(work_items.c.listed == 1)
        kinds: dict[str, list[str]] = {}
        for row in connection.execute(query):
            kinds.setdefault(row.patient_control_number, []).append(row.kind)
    denials = {
        known[place]: tuple((each.category, each.amount_cents) for each in reconciled.denials)
        for place, reconciled in told.items()
    }
    return {number: SaidOf(denials.get(number, ()), tuple(kinds.get(number, ()))) for number in {*denials, *kinds}}


def _write_truth(folder: Path, truth: Iterable[Mapping[str, Any]], made: Iterable[Made]) -> None:
    make_folder(folder / "sandbox")
    make_file(folder / "sandbox" / "truth.jsonl")
    lines = [json.dumps(each) + "\n" for each in truth]
    lines += [
        json.dumps({"session_id": each.visit["session_id"], "held_by": each.defect}) + "\n"
        for each in made
        if each.defect
    ]
    (folder / "sandbox" / "truth.jsonl").write_text("".join(lines), encoding="utf-8")
