"""The system of a data folder, for the commands that work on it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Final

from claimloom.cli.folder import check_ledger, settings_of
from claimloom.cli.logs import log_to_stderr
from claimloom.cli.output import notes
from claimloom.errors import PlainError
from claimloom.runtime.process import settle
from claimloom.runtime.relay import sent
from claimloom.runtime.taking import Policy
from claimloom.system import System
from claimloom.topology import Written

# A broker that is there answers within it; many events take longer, and these at least it takes.
BROKER_SECONDS: Final = 5.0
EVENTS_A_SECOND: Final = 100


@contextmanager
def opened(
    data: Path | None, *, as_of: date | datetime | None = None, must_exist: bool = True, watching: bool = False
) -> Iterator[System]:
    """The system of a data folder. A database that is away is told to who gave the command; who watches waits."""
    log_to_stderr(logging.CRITICAL)  # what services say is no answer to a person
    settle()
    settings = settings_of(data, as_of)
    if must_exist:
        check_ledger(settings, data)
    elif settings.data.exists() and not settings.data.is_dir():
        raise PlainError(f"{settings.data}: is a file; --data takes a folder")
    system = System(settings, policy=Policy(at_once=not watching))
    try:
        yield system
    finally:
        system.close()


def follow(system: System, made: Sequence[Written]) -> None:
    """What was decided has its consequences: here, or by the workers, to whom it is sent."""
    if not system.settings.broker:
        system.handle()
    elif published(system, "decide", made):
        sent(system.engine, made)
    else:  # the decision stands, and is noted as unsent
        notes.print("the broker is away; a worker sends it when it is back", soft_wrap=True)


def published(system: System, sender: str, events: Sequence[Written]) -> bool:
    """Put events on their topics, where workers run; whether a broker took them in time."""
    from claimloom.runtime.kafka.publisher import Publisher  # noqa: PLC0415 - Faust takes half a second to import

    broker = system.settings.broker
    assert broker is not None

    async def send() -> None:
        publisher = Publisher(broker, sender)
        try:
            await asyncio.wait_for(publisher.send(events), BROKER_SECONDS + len(events) / EVENTS_A_SECOND)
        finally:
            await publisher.close()

    try:
        asyncio.run(send())
    except TimeoutError:
        return False
    return True
