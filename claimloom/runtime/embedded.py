"""All services in one process over one ledger: for a first look and for small clinics.

Each service reads the journal after its own position. A turn always goes to the first service in the topology that
has something to read, so the submitter sees all clean claims of an import together and puts them into few files.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

from sqlalchemy import Connection, Engine, select

from claimloom.ledger.database import transaction
from claimloom.ledger.tables import PROJECTIONS, control_numbers, inbox, journal, positions
from claimloom.ledger.vault import read_typed, vault_of
from claimloom.runtime.append import project
from claimloom.runtime.feed import Fed, feed
from claimloom.runtime.step import pass_over, run_step
from claimloom.runtime.taking import Clock, Policy, forget, utc_now
from claimloom.sealing import ErasedError
from claimloom.topology import Draft, Received, Service, Written, check_topology
from schemas.event import Event
from schemas.topics import payload


class Replayed(NamedTuple):
    """How many events were read, and how many of erased tenants were passed over."""

    events: int
    erased: int


class Embedded:
    """Runs the services of a topology until nothing is left to do; safe to kill at any moment."""

    def __init__(
        self,
        engine: Engine,
        services: Sequence[Service],
        *,
        clock: Clock = utc_now,
        policy: Policy = Policy(),
        batch: int = 500,
    ) -> None:
        self.engine = engine
        self.services = check_topology(services)
        self.clock = clock
        self.policy = replace(policy, in_order=True)
        self.batch = batch
        self.on_turn: Callable[[str, int], None] | None = None
        """Told of each turn: the service and how many events it handled; for a progress bar."""

    def feed(self, service: Service, make: Callable[[Connection], Sequence[Draft]]) -> Fed:
        """Append what an intake read from outside."""
        return feed(self.engine, service, make, clock=self.clock, policy=self.policy)

    def run_until_idle(self) -> int:
        """Handle everything there is to handle; returns the number of events handled."""
        handled = 0
        while turn := self._turn():
            handled += turn
        return handled

    def _turn(self) -> int:
        for service in self.services:
            if service.consumes and (count := self._work(service)):
                return count
        return 0

    def _work(self, service: Service) -> int:
        with self.engine.connect() as connection:
            after = connection.scalar(select(positions.c.seq).where(positions.c.service == service.name)) or 0
            found = connection.execute(
                select(journal.c.seq, journal.c.body)
                .where(journal.c.type.in_(service.consumes), journal.c.seq > after)
                .order_by(journal.c.seq)
                .limit(self.batch)
            ).all()
            events = []
            for row in found:
                try:
                    events.append(read_typed(connection, row.body))
                except ErasedError:
                    pass_over(service, Event.model_validate_json(row.body))
        if found:
            run_step(self.engine, service, events, clock=self.clock, policy=self.policy, position=found[-1].seq)
            if self.on_turn:
                self.on_turn(service.name, len(found))
        return len(found)

    def redrive(self, service: Service, event: Event) -> list[Written]:
        """Give an event that became a dead letter to its service once more."""
        forget(self.engine, service.name, event)
        return run_step(self.engine, service, [event], clock=self.clock, policy=self.policy)

    def replay(self) -> Replayed:
        """Throw all projections away and rebuild them from the journal.

        An event is folded by the service that emitted it and by those that consumed it, as it was the first time.
        What a service never consumed, or gave up on, is not folded for it now either.
        """
        with transaction(self.engine) as connection:
            if vault := vault_of(self.engine):
                vault.forget(connection)
            for table in PROJECTIONS:
                # A control number once used is never used again, also if what it was used for can be read no more.
                if table is not control_numbers:
                    connection.execute(table.delete())
            done = {
                (row.service, row.event_id)
                for row in connection.execute(
                    select(inbox.c.service, inbox.c.event_id).where(inbox.c.outcome == "done")
                )
            }
            bodies = connection.scalars(select(journal.c.body).order_by(journal.c.seq)).all()
            erased = 0
            for body in bodies:
                try:
                    event = read_typed(connection, body)
                except ErasedError:
                    erased += 1  # its tenant is gone, and its rows with it
                    continue
                received = Received(event, payload(event))
                for service in self.services:
                    if event.source == service.name or (service.name, str(event.id)) in done:
                        project(connection, service, [received])
        return Replayed(len(bodies) - erased, erased)
