"""The services as declared: they fit together, each table has one writer, and handlers do not write."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from sqlalchemy import event

from claimloom.demo import BUSINESS_DATE
from claimloom.sandbox.payer import Payer
from claimloom.sandbox.visits import make_visits
from claimloom.settings import Settings
from claimloom.system import System
from claimloom.topology import FROM_RUNTIME, Service
from schemas.topics import Topic
from services.topology import topology
from tests.runtime.contract import statement
from tests.sessions import visit

WRITES = re.compile(r"(?:INSERT (?:OR \w+ )?INTO|UPDATE|DELETE FROM)\s+\"?(\w+)", re.IGNORECASE)


def test_every_topic_has_one_emitter_and_a_consumer() -> None:
    services = topology(Settings(Path()))
    for topic in Topic:
        emitters = [service.name for service in services if topic in service.emits]
        assert len(emitters) == (topic not in FROM_RUNTIME), topic
        assert any(topic in service.consumes for service in services), topic


def test_each_table_has_one_writer_and_handlers_write_none(tmp_path: Path) -> None:
    now: list[str] = []
    written: set[tuple[str, str]] = set()

    def inside(name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(*arguments: Any) -> Any:
            now.append(name)
            try:
                return call(*arguments)
            finally:
                now.pop()

        return wrapped

    def watched(service: Service) -> Service:
        keeps = tuple(
            replace(book, folds={topic: inside(f"{service.name} fold", fold) for topic, fold in book.folds.items()})
            for book in service.keeps
        )
        return replace(service, handle=inside(f"{service.name} handler", service.handle), keeps=keeps)

    system = System(Settings(tmp_path, as_of=BUSINESS_DATE))
    intakes = {service.name: watched(service) for service in system.runtime.services}
    system.runtime.services = tuple(intakes.values())
    feed = system.runtime.feed
    system.runtime.feed = lambda service, make: feed(intakes[service.name], make)  # type: ignore[method-assign]

    @event.listens_for(system.engine, "before_cursor_execute")
    def _seen(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if now and (found := WRITES.match(statement.strip())):
            written.add((now[-1], found.group(1)))

    short = visit(session_id="SHORT", timed=[{"code": "97530", "minutes": 7}]).model_dump(mode="json")
    paid = visit(session_id="PAID", self_pay=True, coverages=[]).model_dump(mode="json")
    made = [each.visit for each in make_visits(3, 120, BUSINESS_DATE)]
    visits = "".join(json.dumps(each) + "\n" for each in [*made, short, paid])
    (tmp_path / "inbound" / "visits.jsonl").write_text(visits, encoding="utf-8")
    system.run_until_idle()
    payer = Payer(3, BUSINESS_DATE)
    for answers in (
        *(payer.answer(path.read_text()) for path in sorted((tmp_path / "outbound").iterdir())),
        payer.later(),
    ):
        for name, content in answers.items():
            (tmp_path / "inbound" / name).write_bytes(content)
        system.run_until_idle()
    (tmp_path / "inbound" / "statement.csv").write_bytes(statement(system.engine))
    system.run_until_idle()
    system.close()
    folds = {(table, who.removesuffix(" fold")) for who, table in written if who.endswith(" fold")}
    # Nobody decides anything here.
    declared = {
        (table.name, service.name) for service in intakes.values() for book in service.keeps for table in book.tables
    }
    assert folds == {pair for pair in declared if pair[0] != "decisions"}
    assert {(who, table) for who, table in written if who.endswith(" handler")} == {
        ("claim_submitter handler", "outbox")
    }
