"""``replay`` and ``doctor`` hold and do no more for a large ledger than for a small one."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from sqlalchemy import insert, text

from claimloom.cli.health import _contents, doctor
from claimloom.ledger.database import transaction
from claimloom.ledger.tables import inbox, journal, outbox
from claimloom.settings import Settings
from claimloom.system import System
from tests.ledger.growing import grow
from tests.runtime import contract
from tests.x12.test_growth import lines_run

MANY = 2500


@pytest.fixture
def system(tmp_path: Path) -> Iterator[System]:
    opened = System(Settings(tmp_path, as_of=contract.DAY))
    (tmp_path / "inbound" / "visits.jsonl").write_bytes(contract.lines(contract.visits(12)))
    opened.run_until_idle()
    yield opened
    opened.close()


def held(system: System) -> int:
    """Bytes that are held at once to say what stands in all tables."""
    tracemalloc.start()
    try:
        _contents(system)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_what_tables_hold_is_compared_page_by_page(system: System) -> None:
    grow(system.engine, 100)
    _contents(system)
    small = held(system)
    grow(system.engine, 8)
    assert held(system) < small + 500_000


def test_rows_are_compared_whatever_their_order_and_however_often_one_stands(system: System) -> None:
    before = _contents(system)["visit_totals"]
    with transaction(system.engine) as connection:
        rows = connection.execute(text("select * from visit_totals")).mappings().all()
        connection.execute(text("delete from visit_totals"))
        connection.execute(text(_insert(rows[0])), [dict(each) for each in reversed(rows)])
    assert _contents(system)["visit_totals"] == before
    with transaction(system.engine) as connection:
        connection.execute(text("delete from visit_totals where rowid = (select min(rowid) from visit_totals)"))
    assert _contents(system)["visit_totals"].rows == before.rows - 1


def _insert(row: object) -> str:
    names = list(dict(row))  # type: ignore[call-overload]
    return f"insert into visit_totals ({', '.join(names)}) values ({', '.join(f':{name}' for name in names)})"


def test_doctor_does_no_more_for_files_that_were_sent_and_letters_that_lie(
    system: System, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def looked() -> tuple[int, dict[str, object]]:
        def look() -> None:
            with pytest.raises(typer.Exit):
                doctor(data=tmp_path, as_json=True)

        lines = lines_run(look)
        found: dict[str, object] = json.loads(capsys.readouterr().out)
        return lines, found

    (tmp_path / "rejected" / "one.edi").write_text("bad")
    written = len(list((tmp_path / "outbound").iterdir()))
    next((tmp_path / "outbound").iterdir()).unlink()
    for number in range(3):
        (tmp_path / "outbound" / f"lies-{number}").write_text("")
        (tmp_path / "rejected" / f"{number}.edi.reason.txt").write_text("why")
    looked()
    few, found = looked()
    assert (found["files_sent_and_moved_away"], found["dead_letters"], found["rejected_files"]) == (1, 0, 1)
    _gave_up(system, MANY)
    _sent(system, MANY)
    many, found = looked()
    assert (found["files_sent_and_moved_away"], found["dead_letters"]) == (MANY + 1, MANY)
    assert found["rejected_files"] == 1
    assert many < few + 100
    assert written > 0


def _sent(system: System, count: int) -> None:
    fields = {"tenant": "demo", "courier": "folder", "sha256": "", "body": b"", "state": "written"}
    rows = [{"id": f"sent-{number}", "name": f"sent-{number}.837"} | fields for number in range(count)]
    with transaction(system.engine) as connection:
        connection.execute(insert(outbox), rows)


def _gave_up(system: System, count: int) -> None:
    """Of each event one letter that is told twice, and one event that was mended since."""
    fields = {"tenant": "demo", "body": "{}"}
    letter = fields | {"type": "dead-letter", "source": "claim_builder"}
    with transaction(system.engine) as connection:
        first = (connection.scalar(text("select max(seq) from journal")) or 0) + 1
        events = range(count + 1)
        told = fields | {"type": "session-completed"}
        connection.execute(insert(journal), [{"seq": first + each, "id": f"event-{each}"} | told for each in events])
        letters = [(f"letter-{each}{again}", first + each) for each in events for again in ("", "-again")]
        named = [{"id": name, "caused_by": cause} | letter for name, cause in letters]
        connection.execute(insert(journal), [{"seq": first + 10_000 + at} | each for at, each in enumerate(named)])
        outcomes = [{"place": first + each, "outcome": "dead" if each else "done"} for each in events]
        connection.execute(insert(inbox), [{"service": "claim_builder"} | each for each in outcomes])
