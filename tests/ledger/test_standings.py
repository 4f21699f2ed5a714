"""Standings, flags and sums are kept row by row, and equal what all events together make, counted anew.

After the whole way, after deliveries in any order and again and again, and after replay. A book that hears nothing of
one of its topics is found out by the same comparison.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import pytest
from sqlalchemy import select

from claimloom.desk.decide import Decision
from claimloom.ledger.books.standings import STANDINGS
from claimloom.ledger.books.standings import WATCHED as OF_CLAIMS
from claimloom.ledger.books.work import WATCHED as OF_WORK
from claimloom.ledger.books.work import WORK
from claimloom.ledger.books.work_items import work_items
from claimloom.ledger.journal import event_places
from claimloom.ledger.tables import inbox, journal
from claimloom.ledger.vault import read_typed
from claimloom.ledger.views.scope import EVERYTHING
from claimloom.runtime.embedded import Embedded
from claimloom.runtime.step import run_step
from claimloom.sandbox.visits import make_visits
from claimloom.settings import Settings
from claimloom.system import System
from claimloom.topology import Book, Service
from schemas.topics import Topic
from tests.runtime import contract

# Few visits of which something is held, rejected, denied, underpaid and in suspense.
SEED: Final = 1
MADE: Final = list(make_visits(SEED, 16, contract.DAY))


KEEPERS: Final = ("followup_queue", "account_keeper")


@dataclass
class Ledger:
    """The embedded runtime over SQLite; ``without`` takes a topic away from a book."""

    folder: Path
    without: tuple[Book, Topic] | None = None
    system: System = field(init=False)
    seen: list[Any] = field(default_factory=list)
    """After each delivery and decision: what is kept and what should be, and the rows of the book of work."""

    def __post_init__(self) -> None:
        self.system = System(Settings(self.folder, as_of=contract.DAY))
        self.engine = self.system.engine
        services = list(self.system.runtime.services)
        if self.without:
            services = [_deaf(service, *self.without) for service in services]
        # The keepers have the first turn, so that they see each event before what follows from it is there.
        services.sort(key=lambda service: service.name not in KEEPERS)
        self.system.runtime = Embedded(self.engine, services, clock=self.system.now)

    def service(self, name: str) -> Service:
        return next(each for each in self.system.runtime.services if each.name == name)

    def deliver(self, files: Mapping[str, bytes]) -> None:
        for name, content in files.items():
            (self.folder / "inbound" / name).write_bytes(content)
        self._idle()

    def _idle(self) -> None:
        self.system.run_until_idle()
        rows = contract.contents(self.engine)
        work = {table.name: rows[table.name] for table in WORK.tables}
        wrong = {name: said for name, said in contract.kept_and_counted(self.engine).items() if said != ([], [])}
        self.seen.append((wrong, work))

    def decide(self, kind: str, item_kind: str, **fields: str) -> None:
        """Somebody decides about the first open item of that kind."""
        query = select(work_items).where(work_items.c.kind == item_kind, work_items.c.state == "open")
        with self.engine.connect() as connection:
            row = connection.execute(query.order_by(work_items.c.id)).first()
        if row is None:
            assert self.without
            return
        said = Decision(kind, "kim", f"{kind} {row.id}", self.system.now(), "as seen", fields)
        self.system.decide(EVERYTHING, row.id, said)
        self._idle()


def _deaf(service: Service, book: Book, topic: Topic) -> Service:
    folds = {each: fold for each, fold in book.folds.items() if each != topic}
    keeps = tuple(replace(each, folds=folds) if each is book else each for each in service.keeps)
    return replace(service, keeps=keeps)


def whole_way(ledger: Ledger) -> None:
    """All of the contract's, and decisions about what came of it."""
    contract.whole_way(ledger, MADE, SEED)
    ledger.decide("take", "denied")
    ledger.decide("close", "denied", outcome="done")
    ledger.decide("set_aside", "suspense")


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    made = Ledger(tmp_path)
    yield made
    made.system.close()


def test_sums_equal_what_is_counted_at_every_step_of_the_way(ledger: Ledger) -> None:
    whole_way(ledger)
    assert [wrong for wrong, _ in ledger.seen] == [{}] * len(ledger.seen) != []
    contract.replayed_equal(ledger.folder, "")


def _again(ledger: Ledger, service: Service, events: Sequence[Any]) -> None:
    """Given to a service that does not know any more that it had them."""
    with ledger.engine.begin() as connection:
        places = event_places(connection, [str(event.id) for event in events]).values()
        mine = (inbox.c.service == service.name) & inbox.c.place.in_(list(places))
        connection.execute(inbox.delete().where(mine))
    run_step(ledger.engine, service, events, clock=ledger.system.now)


@pytest.mark.parametrize("seed", range(3))
def test_deliveries_in_any_order_and_again_give_the_same(ledger: Ledger, seed: int) -> None:
    """A standing is made from all that is known, whatever event was the occasion."""
    whole_way(ledger)
    wanted = contract.contents(ledger.engine)
    chance = random.Random(seed)
    with ledger.engine.connect() as connection:
        bodies = connection.scalars(select(journal.c.body).order_by(journal.c.seq)).all()
        events = [read_typed(connection, body) for body in bodies]
    keeper = ledger.service("account_keeper")
    mine = [event for event in events if event.type in keeper.consumes]
    with ledger.engine.begin() as connection:
        for table in STANDINGS.tables:
            connection.execute(table.delete())
    chance.shuffle(mine)
    while mine:
        size = chance.randrange(1, 40)
        _again(ledger, keeper, mine[:size])
        if chance.random() < 0.5:
            _again(ledger, keeper, mine[: size // 2])
        mine = mine[size:]
    contract.standings_equal_the_fold(ledger.engine)
    assert contract.contents(ledger.engine) == wanted


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    made = Ledger(tmp_path_factory.mktemp("whole"))
    whole_way(made)
    yield made
    made.system.close()


@pytest.mark.parametrize("topic", OF_CLAIMS)
def test_standings_that_hear_nothing_of_a_topic_are_found_out(tmp_path: Path, topic: Topic) -> None:
    deaf = Ledger(tmp_path, (STANDINGS, topic))
    whole_way(deaf)
    deaf.system.close()
    assert any("standings" in wrong for wrong, _ in deaf.seen)


# Not claim-submitted: what is held is never sent, so that it closes nothing on the way; it does when topics overtake.
# Nor work-found: no claim of these is sent on, and no answer is late (test_next_payer.py and test_silent.py ask).
HEARD_BY_WORK: Final = (
    *(each for each in OF_WORK if each not in ("claim-submitted", "work-found")),
    Topic.CLAIM_BUILT,
    Topic.DECISION_MADE,
)


@pytest.mark.parametrize("topic", sorted(HEARD_BY_WORK))
def test_a_work_list_that_hears_nothing_of_a_topic_is_found_out(tmp_path: Path, whole: Ledger, topic: Topic) -> None:
    deaf = Ledger(tmp_path, (WORK, topic))
    whole_way(deaf)
    deaf.system.close()
    assert [work for _, work in deaf.seen] != [work for _, work in whole.seen]
