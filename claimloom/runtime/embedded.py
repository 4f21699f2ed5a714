"""All services in one process over one ledger: for a first look and for small clinics.

Each service reads the journal after its own position. A turn always goes to the first service in the topology that
has something to read, so the submitter sees all clean claims of an import together and puts them into few files.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from sqlalchemy import Connection, Engine, select

from claimloom.ledger.books import BOOKS
from claimloom.ledger.database import among, transaction
from claimloom.ledger.journal import Place, keep_at_hand, kept_and_cold
from claimloom.ledger.tables import inbox, journal, positions
from claimloom.ledger.vault import read_envelope, vault_of
from claimloom.runtime.append import project
from claimloom.runtime.clock import strike
from claimloom.runtime.feed import Fed, feed
from claimloom.runtime.step import pass_over, run_step
from claimloom.runtime.taking import AnyEvent, Clock, Policy, forget, utc_now
from claimloom.sealing import ErasedError
from claimloom.topology import Draft, Received, Service, Written, check_topology
from schemas.event import Event


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
        fed = feed(self.engine, service, make, clock=self.clock, policy=self.policy)
        self._remember(fed.new)
        return fed

    def _remember(self, written: Sequence[Written]) -> None:
        """Events just made are soon read by the next services: at hand, they need not be read from their text again."""
        keep_at_hand(self.engine, ((each.place, each.event) for each in written))

    def run_until_idle(self) -> int:
        """Handle everything there is to handle; returns the number of events handled."""
        handled = 0
        for service in self.services:
            strike(self.engine, service, self.clock(), self.policy)
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
            query = (
                select(journal.c.seq, journal.c.claim)
                .where(journal.c.type.in_(service.consumes), journal.c.seq > after)
                .order_by(journal.c.seq)
                .limit(self.batch * service.batches)
            )
            found = {seq: Place(seq, claim) for seq, claim in connection.execute(query).all()}
            events = self._events(connection, service, found)
        if found:
            made = run_step(
                self.engine,
                service,
                list(events.values()),
                clock=self.clock,
                policy=self.policy,
                position=max(found),
                at={event.id: found[seq] for seq, event in events.items()},
            )
            self._remember(made)
            if self.on_turn:
                self.on_turn(service.name, len(found))
        return len(found)

    def _events(self, connection: Connection, service: Service, places: Collection[int]) -> dict[int, AnyEvent]:
        """The events at these places, in their order, without those of erased tenants."""
        kept, cold = kept_and_cold(connection, places)
        events: dict[int, AnyEvent] = {}
        for place in places:
            if place in kept:
                events[place] = kept[place]
                continue
            try:
                events[place] = read_envelope(connection, cold[place])
            except ErasedError:
                pass_over(service, Event.model_validate_json(cold[place]))
        return events

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
            for book in BOOKS:
                for table in book.tables:
                    if table not in book.lasting:
                        connection.execute(table.delete())
            events = erased = last = 0
            columns = (journal.c.seq, journal.c.claim, journal.c.source, journal.c.body)
            page = select(*columns).order_by(journal.c.seq).limit(self.batch)
            while rows := connection.execute(page.where(journal.c.seq > last)).all():
                last = rows[-1].seq
                received: list[Received] = []
                for row in rows:
                    try:
                        event = read_envelope(connection, row.body)
                    except ErasedError:
                        erased += 1  # its tenant is gone, and its rows with it
                    else:
                        received.append(Received(event, row.seq, row.claim))
                events += len(received)
                self._fold_again(connection, received, {row.seq: row.source for row in rows})
        return Replayed(events, erased)

    def _fold_again(self, connection: Connection, received: Sequence[Received], sources: Mapping[int, str]) -> None:
        """A page of the journal, a service after the other, as live batches are. What came by a topic alone has no
        source here (``runtime.append.enter``): only who consumed it folded it.
        """
        names = [service.name for service in self.services]
        places = [each.place for each in received]
        mine = inbox.c.service.in_(names) & (inbox.c.outcome == "done") & among(connection, inbox.c.place, places)
        query = select(inbox.c.service, inbox.c.place).where(mine)
        done = {(row.service, row.place) for row in connection.execute(query).all()}
        for service in self.services:
            some = [
                each for each in received if sources[each.place] == service.name or (service.name, each.place) in done
            ]
            project(connection, service, some)
