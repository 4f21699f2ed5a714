"""Payments and statuses that come before their visits, over real workers: before any visit they wait in ``inbound/``,
before theirs they fit nothing; when it comes they are looked at again. What stands in the end is as in the right order.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import func, select

from claimloom.ledger.tables import journal
from claimloom.sandbox.payer import Payer
from claimloom.settings import Settings
from claimloom.system import System
from claimloom.worker import AGAIN_SECONDS
from tests.runtime import contract
from tests.sessions import visit

if TYPE_CHECKING:
    from tools.chaos import Trial

# A visit of the same billing company: it makes the tenant known.
FIRST: Final = json.dumps(visit(session_id="FIRST", tenant="demo").model_dump(mode="json")).encode() + b"\n"
# What names claims by their own numbers: control numbers of files are others in another order.
KINDS: Final = ("277ca", "835")


def in_order(folder: Path, visits: bytes) -> tuple[dict[str, bytes], dict[str, Any]]:
    """The payer's answers to these visits, and what stands when they come last, in one process."""
    system = System(Settings(folder, as_of=contract.DAY))
    answers: dict[str, bytes] = {}

    def read(files: Mapping[str, bytes]) -> None:
        for name, content in files.items():
            (folder / "inbound" / name).write_bytes(content)
            system.run_until_idle()

    read({"first.jsonl": FIRST, "visits.jsonl": visits})
    payer = Payer(contract.SEED, contract.DAY)
    for path in sorted((folder / "outbound").iterdir()):
        found = payer.answer(path.read_text(encoding="ascii"))
        answers |= {name: content for name, content in found.items() if name.startswith(KINDS)}
    read(answers)
    stands = stands_in(system.engine)
    system.close()
    return answers, stands


def stands_in(engine: Any) -> dict[str, Any]:
    """Claims, sums, work and what was given up."""
    contract.standings_equal_the_fold(engine)
    return {
        "export": contract.export(engine),
        "totals": contract.totals(engine),
        "work list": contract.worklist(engine),
        "dead letters": contract.dead(engine),
    }


def out_of_order(trial: Trial, visits: bytes, answers: Mapping[str, bytes], wanted: Mapping[str, Any]) -> None:
    """The answers, then a visit of their tenant, then theirs; disturbed between."""
    for name, content in answers.items():
        trial.cluster.bring(name, content)
    time.sleep(5)
    with trial.engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(journal)) == 0, "what came before any visit waits"
    trial.deliver({"first.jsonl": FIRST})
    assert {row["state"] for row in contract.export(trial.engine)} >= {"unmatched"}
    trial.deliver({"visits.jsonl": visits})
    differ = list(wanted)
    end = time.monotonic() + 4 * AGAIN_SECONDS
    while differ and time.monotonic() < end:  # how often an intake looks again
        time.sleep(2)
        trial.supervise()
        trial.cluster.idle()
        found = stands_in(trial.engine)
        differ = _differ(found, wanted)
    assert differ == [], {key: (found[key], wanted[key]) for key in differ}


def _differ(found: Mapping[str, Any], wanted: Mapping[str, Any]) -> Sequence[str]:
    return [key for key in wanted if found[key] != wanted[key]]
