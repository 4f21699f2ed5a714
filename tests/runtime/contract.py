"""One behaviour over every runtime: the same files in, the same ledger out. Run by test_contract.py."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import Engine, func, select

from claimloom.demo import held_rules
from claimloom.ledger.queries import claim_rows, dead_letter_rows, summary, work_rows
from claimloom.ledger.tables import PROJECTIONS, journal, payments, reconciliations, remittances
from claimloom.sandbox.grade import grade
from claimloom.sandbox.payer import Payer
from claimloom.sandbox.visits import Made, make_visits
from claimloom.settings import Settings
from claimloom.system import System
from claimloom.x12.reading.files import stream
from tests.sessions import visit

DAY = date(2026, 11, 20)
SEED = 7


class Runtime(Protocol):
    """What a runtime must do to be looked at."""

    folder: Path
    engine: Engine

    def deliver(self, files: Mapping[str, bytes]) -> None:
        """Put files into inbound and wait until nothing is left to do."""


def visits(count: int = 60) -> list[Made]:
    """Invented visits, some of them spoiled on purpose."""
    return list(make_visits(SEED, count, DAY))


def lines(made: Sequence[Made]) -> bytes:
    """A sessions file."""
    return "".join(json.dumps(each.visit) + "\n" for each in made).encode()


def whole_way(runtime: Runtime, made: Sequence[Made]) -> Payer:
    """Visits, one that cannot be built, a corrected one; the payer's answers; what it says later."""
    unbuildable = visit().model_copy(update={"session_id": "NO-FEE"}).model_dump(mode="json")
    unbuildable["clinic"]["fees_cents"] = {"97110": 7000}
    runtime.deliver({"visits.jsonl": lines(made) + (json.dumps(unbuildable) + "\n").encode()})
    held = [each.visit for each in made if each.defect]
    again = held[0] | {"revision": 2}
    runtime.deliver({"corrected.jsonl": (json.dumps(again) + "\n").encode()})
    payer = Payer(SEED, DAY)
    for path in sorted((runtime.folder / "outbound").iterdir()):
        runtime.deliver(payer.answer(path.read_text(encoding="ascii")))
    runtime.deliver(payer.later())
    return payer


def export(engine: Engine) -> list[dict[str, Any]]:
    """The ledger as ``claims export`` tells it. Trace numbers hold the number of the file they answer: left out."""
    with engine.connect() as connection:
        rows = [row.json() for row in claim_rows(connection)]
    return [row | {"payer": ""} if row["state"] in ("unmatched", "suspense") else row for row in rows]


def worklist(engine: Engine) -> list[tuple[Any, ...]]:
    """What is to do, without the numbers of files."""
    with engine.connect() as connection:
        rows = work_rows(connection)
    return sorted((row.patient_control_number, row.kind, row.due, row.recoverable_cents) for row in rows)


def events_by_type(engine: Engine) -> dict[str, int]:
    """How many events of each type the journal holds; of remittances those of claims.

    What a payer carries over at provider level depends on which claims it answers together, so on the files.
    """
    query = select(journal.c.type, func.count()).group_by(journal.c.type)
    of_claims = select(func.count()).select_from(remittances).where(remittances.c.patient_control_number != "")
    with engine.connect() as connection:
        found = {row[0]: row[1] for row in connection.execute(query)}
        found["remittance-received"] = connection.scalar(of_claims)
    del found["claim-reconciled"]  # one each, see conserved
    return found


def ids(engine: Engine, *types: str) -> list[str]:
    """Ids of the events of some types: derived, so the same wherever they were made."""
    with engine.connect() as connection:
        return sorted(connection.scalars(select(journal.c.id).where(journal.c.type.in_(types))))


def claims_in_files(folder: Path) -> Counter[str]:
    """How often each claim stands in a file to send."""
    found: Counter[str] = Counter()
    for path in (folder / "outbound").iterdir():
        found.update(claim.head.get(1) for claim in stream(path))
    return found


def conserved(engine: Engine) -> None:
    """Every cent that payers sent is posted, at provider level, unmatched or in suspense."""
    with engine.connect() as connection:
        sent = connection.scalar(select(func.sum(payments.c.total_paid_cents))) or 0
        amounts = connection.execute(select(remittances.c.paid_cents, remittances.c.provider_adjustment_cents)).all()
        told = sum(row.paid_cents - row.provider_adjustment_cents for row in amounts)
        off = suspense_difference(connection)
        assert sent == told + off, (sent, told, off)
        count = connection.scalar(select(func.count()).select_from(remittances))
        assert connection.scalar(select(func.count()).select_from(reconciliations)) == count


def suspense_difference(connection: Any) -> int:
    """What the payer's own totals are off by, in payments that do not balance."""
    off: dict[str, int] = {}
    for document in connection.scalars(select(remittances.c.document)):
        remit = json.loads(document)
        for each in remit["imbalances"]:
            if each["rule"].startswith("BPR02"):
                off[remit["payment_id"]] = each["difference_cents"]
    return sum(off.values())


def graded(runtime: Runtime, payer: Payer, made: Sequence[Made]) -> dict[str, Any]:
    """Against the payer's own record, to the cent."""
    planted = {each.visit["session_id"]: each.defect for each in made if each.defect}
    with runtime.engine.connect() as connection:
        rows = [row.json() for row in claim_rows(connection)]
    return grade(payer.truth(), rows, planted, held_rules(runtime.engine))


def contents(engine: Engine) -> dict[str, list[str]]:
    """All projections, row by row."""
    with engine.connect() as connection:
        return {
            table.name: sorted(repr(tuple(row)) for row in connection.execute(select(table))) for table in PROJECTIONS
        }


def replayed_equal(folder: Path, database: str) -> None:
    """The tables rebuilt from the journal are what stood there."""
    system = System(Settings(folder, db=database, as_of=DAY))
    before = contents(system.engine)
    system.runtime.replay()
    after = contents(system.engine)
    system.close()
    differ = {name: (before[name], after[name]) for name in before if before[name] != after[name]}
    shown = {
        name: [sorted(set(a) - set(b))[:3] for a, b in ((was, now), (now, was))] for name, (was, now) in differ.items()
    }
    assert shown == {}


def dead(engine: Engine) -> list[tuple[str, str]]:
    """Services and errors of what was given up on."""
    with engine.connect() as connection:
        return sorted((row["service"], row["error"]) for row in dead_letter_rows(connection))


def totals(engine: Engine) -> dict[str, int]:
    """The sums that ``run`` prints."""
    with engine.connect() as connection:
        return summary(connection)
