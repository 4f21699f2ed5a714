"""A tenant that was erased, and what of it is still on its way: it stops nobody, and nothing of it is left to mend."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
import typer
from sqlalchemy import select

from claimloom.cli.letters import redrive
from claimloom.ledger.erasure import erase
from claimloom.ledger.tables import inbox
from claimloom.ledger.vault import MissingMasterError
from claimloom.ledger.views.letters import dead_letter_rows
from claimloom.ledger.views.scope import EVERYTHING
from claimloom.runtime.kafka.line import StepFailedError, Worker, WorkerLine
from claimloom.runtime.port import Health
from claimloom.runtime.step import run_step
from claimloom.runtime.taking import Policy
from claimloom.sealing import MasterKeys
from claimloom.settings import Broker, Settings
from claimloom.system import System
from claimloom.topology import Context, Draft, Received, RefusedEventsError
from schemas.topics import Topic
from services.claim_builder.service import SERVICE as BUILDER
from services.session_intake.service import SERVICE as INTAKE
from services.session_intake.service import draft
from tests.runtime.contract import contents
from tests.sessions import DEAR, visit

KEY = "2026-11:" + "A" * 43 + "="
SETTINGS = Settings(Path(), master=MasterKeys({"2026-11": b"\0" * 32}))


@pytest.fixture
def system(tmp_path: Path) -> Iterator[System]:
    made = System(replace(SETTINGS, data=tmp_path))
    yield made
    made.close()


def of(tenant: str, number: int, fees: dict[str, int] | None = None) -> Draft:
    made = visit(session_id=f"{tenant}-{number}").model_copy(update={"tenant": tenant})
    clinic = made.clinic if fees is None else made.clinic.model_copy(update={"fees_cents": fees})
    return draft(made.model_copy(update={"clinic": clinic}))


def test_dead_letters_of_an_erased_tenant_go_with_it_and_the_others_can_be_given_again(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Giving all again would end at the first that nobody can read any more."""
    some = [of("leaves", 1, DEAR), of("stays", 1, DEAR)]
    system.runtime.feed(INTAKE, lambda _: some)
    system.run_until_idle()
    with system.engine.connect() as connection:
        assert len(dead_letter_rows(connection, EVERYTHING)) == 2
    erase(system.engine, "leaves", system.settings.data)
    with system.engine.connect() as connection:
        (left,) = dead_letter_rows(connection, EVERYTHING)
    monkeypatch.setenv("CLAIMLOOM_MASTER_KEY", KEY)
    with pytest.raises(typer.Exit) as end:
        redrive("all", data=system.settings.data, as_json=True)
    assert end.value.exit_code == 1  # given again, and dead again
    with system.engine.connect() as connection:
        assert [row["event_id"] for row in dead_letter_rows(connection, EVERYTHING)] == [left["event_id"]]
    before = contents(system.engine)
    system.runtime.replay()
    assert contents(system.engine) == before


def test_events_of_an_erased_tenant_in_a_batch_that_is_refused_in_part(system: System) -> None:
    fed = system.runtime.feed(INTAKE, lambda _: [of("leaves", 1), of("leaves", 2), of("stays", 1), of("stays", 2)]).new
    events = [each.event for each in fed]
    erase(system.engine, "leaves", system.settings.data)
    bad = {events[0].id, events[2].id}

    def refuse(context: Context, received: Sequence[Received]) -> Sequence[Draft]:
        if reasons := {each.event.id: "cannot be sent" for each in received if each.event.id in bad}:
            raise RefusedEventsError(reasons)
        return BUILDER.handle(context, received)

    service = replace(BUILDER, handle=refuse)
    for _ in range(2):  # the second time it is known
        made = run_step(system.engine, service, events, policy=Policy(backoff_seconds=0, tell_known=True))
        assert Counter(each.event.type for each in made) == {Topic.DEAD_LETTER: 1, Topic.CLAIM_BUILT: 1}
        assert {each.event.tenant for each in made} == {"stays"}
    with system.engine.connect() as connection:
        consumed = connection.scalars(select(inbox.c.place).where(inbox.c.service == BUILDER.name)).all()
    assert sorted(consumed) == sorted(each.place for each in fed[2:])


def test_a_master_key_that_a_worker_was_not_given_makes_no_dead_letters(system: System) -> None:
    """It was rotated while the worker ran: the worker ends, and refuses to start until it has the key."""
    given = [
        replace(SETTINGS, data=system.settings.data, master=each) for each in (MasterKeys({"2025-01": b"o" * 32}), None)
    ]
    others = [System(each) for each in given]  # there is no key yet
    fed = system.runtime.feed(INTAKE, lambda _: [of("stays", 1)]).new
    for other, settings in zip(others, given, strict=True):
        with pytest.raises(MissingMasterError, match="2026-11 is not in"):
            System(settings)
        with pytest.raises(MissingMasterError):
            run_step(other.engine, BUILDER, [each.event for each in fed], policy=Policy(backoff_seconds=0))
        worker = Worker(WorkerLine(BUILDER, other.engine, Broker("127.0.0.1:9"), Health(BUILDER.name)), None)  # type: ignore[arg-type]
        message = SimpleNamespace(value=fed[0].body.encode(), topic="session-completed", partition=0, offset=0)
        with pytest.raises(StepFailedError, match="master key"):
            worker._step_or_end([message])
        with other.engine.connect() as connection:
            assert connection.scalars(select(inbox.c.place)).all() == []
        other.close()
