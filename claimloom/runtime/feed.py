"""What comes from outside: an intake's drafts put into the journal, in a transaction that looks at the ledger."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, Engine

from claimloom.ledger.chain import chained
from claimloom.ledger.database import among, insert_new, lock
from claimloom.ledger.tables import journal, unsent
from claimloom.ledger.vault import with_keys
from claimloom.runtime.append import append, identity_of
from claimloom.runtime.taking import Clock, Policy, utc_now, written_where
from claimloom.topology import Draft, Service, Written

PAGE = 5000


@dataclass(frozen=True, slots=True)
class Fed:
    """What an intake brought in: events that are new, and those that the journal had before."""

    new: list[Written]
    known: list[Written]


def feed(
    engine: Engine,
    service: Service,
    make: Callable[[Connection], Sequence[Draft]],
    *,
    clock: Clock = utc_now,
    policy: Policy = Policy(),
) -> Fed:
    """Append what an intake read from outside. ``make`` gives the drafts, looking at the ledger in that transaction.

    Intakes of one kind go one after the other, so that the same file read twice at once is known the second time.
    """

    def once() -> Fed:
        with chained(engine) as connection:
            names = [f"service {service.name}", "journal"] if policy.in_order else [f"service {service.name}"]
            lock(connection, names)
            drafts = make(connection)
            now = clock()
            new: list[Written] = []
            known: list[Written] = []
            for start in range(0, len(drafts), PAGE):
                new += append(connection, service, drafts[start : start + PAGE], now)
            if policy.relay:
                since = {"since": utc_now().isoformat()}
                notes = [{"event_id": str(each.event.id), "tenant": each.event.tenant} | since for each in new]
                insert_new(connection, unsent, notes)
            if policy.tell_known:
                ids = {str(each.event.id) for each in new}
                asked = [str(identity_of(service, draft)) for draft in drafts]
                before = [each for each in dict.fromkeys(asked) if each not in ids]
                known = written_where(connection, among(connection, journal.c.id, before))
            return Fed(new, known)

    return with_keys(engine, once)
