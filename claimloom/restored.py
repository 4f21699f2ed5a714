"""A ledger put back from a backup, beside a data folder that went on: what went out and came in since is taken in.

Ids are derived, so a file that is read again makes the events that it made. What must not happen twice is sending: each
837P file that went out is read for its claims (CLM01), and the submitter tells of that file when such a claim is ready
once more. Files are read again one at a time, in the order in which they came: a corrected visit replaces what had been
sent by then, as it did the first time. A claim that no file shows as sent may have gone out in one that a transport
took away: nothing is sent here, that is for a person to decide.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, Engine, select, update

from claimloom.errors import PlainError
from claimloom.folder import REASON
from claimloom.ledger.books.submissions import INTERCHANGE, control_numbers, counter_of
from claimloom.ledger.database import insert_new, insert_or_update, transaction
from claimloom.ledger.erasure import tenants_of
from claimloom.ledger.heads import NAME as HEADS
from claimloom.ledger.journal import Place, kept_and_cold
from claimloom.ledger.outbound import FOLDER
from claimloom.ledger.tables import outbox, positions
from claimloom.ledger.vault import read_envelope
from claimloom.ledger.went_out import known_numbers, ready, remember, to_send, unmatched
from claimloom.namesakes import given_name, reserve
from claimloom.runtime.step import run_step
from claimloom.sent_files import SentFile, highest_number, sent_files
from claimloom.system import System
from claimloom.topology import Service
from schemas.event import derived_id

PAGE: Final = 500
HIGHEST: Final = 999_999_999


@dataclass(slots=True)
class Restored:
    """What was done: files that went out, their claims that are known as sent now and those that are not, files that
    were read again with what they gave, the highest control number (ISA13) that was used, claims that no file here
    shows as sent, and what could not be read.
    """

    sent_files: int = 0
    sent_claims: int = 0
    known_again: int = 0
    unmatched: list[str] = field(default_factory=list)
    read_again: int = 0
    new_events: int = 0
    last_number: int = 0
    to_send: int = 0
    problems: dict[str, list[str]] = field(default_factory=dict)


class Restoring:
    """A system whose ledger is older than its folder."""

    def __init__(self, system: System, sent: Sequence[Path] = (), since: date | None = None, above: int = 0) -> None:
        self.system = system
        self.engine: Engine = system.engine
        self.data = system.settings.data
        self.sent = [self.data / "outbound", *sent]
        self.since = since
        self.above = above
        self.done = Restored()

    def run(self) -> Restored:
        """All of it; done again after it was stopped, it goes on."""
        files = list(sent_files(self.sent))
        self._remember(files)
        self._number_above()
        heads = self.data / HEADS
        if heads.exists():  # they speak of what the ledger lacks, and are kept to be looked at
            heads.replace(given_name(self.data, f"{heads.stem}-before.json", reserve))
        every = self.system.runtime.services
        sender = next(service for service in every if FOLDER in service.couriers)
        self.system.runtime.services = tuple(service for service in every if service is not sender)
        self._settle(sender)
        for path in self._archived():
            self._read_again(path)
            self._settle(sender)
        self._keep(files)
        with self.engine.connect() as connection:
            self.done.unmatched = unmatched(connection)
            self.done.to_send = to_send(connection)
        self.system.runtime.services = every
        if not self.done.to_send:
            self.system.runtime.run_until_idle()
        if self.system.settings.broker:  # workers go by topics, and leave no places
            with transaction(self.engine) as connection:
                connection.execute(positions.delete())
        self.system.publish_heads()
        return self.done

    def _remember(self, files: Sequence[SentFile]) -> None:
        for file in files:
            rows = [
                {"patient_control_number": number, "claims_in_file": len(file.claims), **where}
                for number, where in file.claims.items()
            ]
            with transaction(self.engine) as connection:
                if _is_known(connection, file):
                    # It may have been taken away since: what is written is not written again.
                    mine = (outbox.c.courier == FOLDER) & (outbox.c.name == file.name)
                    connection.execute(update(outbox).where(mine, outbox.c.state == "pending").values(state="written"))
                    continue
                remember(connection, rows)
            self.done.sent_files += 1
            self.done.sent_claims += len(rows)

    def _number_above(self) -> None:
        """Control numbers go on above all that were seen."""
        highest = max(self.above, highest_number([*self.sent, self.data / "archive", self.data / "rejected"]))
        if highest > HIGHEST:
            raise PlainError(f"{highest}: a control number (ISA13) has nine digits")
        with transaction(self.engine) as connection:
            counters = {(row.tenant, row.partner): row.last for row in connection.execute(select(control_numbers))}
            counters.setdefault(counter_of("", ""), 0)
            rows = [
                {"tenant": tenant, "partner": partner, "kind": INTERCHANGE, "last": max(last, highest)}
                for (tenant, partner), last in counters.items()
            ]
            insert_or_update(connection, control_numbers, rows)
        self.done.last_number = max(row["last"] for row in rows)

    def _settle(self, sender: Service) -> None:
        """Everything that follows, and of the claims that are ready to be sent those that went out."""
        runtime = self.system.runtime
        runtime.run_until_idle()
        while places := self._ready():
            made = 0
            for page in _pages(list(places.items())):
                with self.engine.connect() as connection:
                    kept, cold = kept_and_cold(connection, [scrubbed for scrubbed, _ in page])
                    events = kept | {seq: read_envelope(connection, body) for seq, body in cold.items()}
                at = {events[scrubbed].id: Place(scrubbed, claim) for scrubbed, claim in page}
                some = [events[scrubbed] for scrubbed, _ in page]
                done = run_step(self.engine, sender, some, clock=self.system.now, policy=runtime.policy, at=at)
                made += len(done)
            self.done.known_again += made
            runtime.run_until_idle()
            if not made:
                return

    def _ready(self) -> dict[int, int]:
        with self.engine.connect() as connection:
            return {each.scrubbed: each.claim for each in ready(connection)}

    def _archived(self) -> list[Path]:
        """What came in, in the order in which it was written; what was read in part as well."""
        found = [
            path
            for name in ("archive", "rejected")
            for path in (self.data / name).rglob("*")
            if path.is_file() and not path.name.endswith(REASON)
        ]
        times = {path: path.stat().st_mtime_ns for path in found}
        if self.since:
            begin = datetime(self.since.year, self.since.month, self.since.day).timestamp() * 1e9  # noqa: DTZ001
            found = [path for path in found if times[path] >= begin]
        return sorted(found, key=lambda path: (times[path], path.name))

    def _read_again(self, path: Path) -> None:
        """A copy of it comes in anew, for the tenant that it is about where it says so."""
        with self.engine.connect() as connection:
            tenants = tenants_of(connection, path)
        tenant = next(iter(tenants)) if len(tenants) == 1 else ""
        taken = self.system.take_again(path, tenant)
        if taken is None:
            return
        self.done.read_again += 1
        self.done.new_events += taken.new
        if taken.problems:
            self.done.problems[path.name] = taken.problems

    def _keep(self, files: Sequence[SentFile]) -> None:
        """The files themselves, as sent: whose they are is known by now."""
        for file in files:
            with transaction(self.engine) as connection:
                if _is_known(connection, file):
                    continue
                tenants = set(known_numbers(connection, file.claims).values())
                row = {
                    "id": str(derived_id("outbox", FOLDER, file.name)),
                    "tenant": min(tenants, default=""),
                    "courier": FOLDER,
                    "name": file.name,
                    "sha256": hashlib.sha256(file.content).hexdigest(),
                    "state": "written",
                    "body": file.content,
                }
                insert_new(connection, outbox, [row])


def _is_known(connection: Connection, file: SentFile) -> bool:
    query = select(outbox.c.sha256).where(outbox.c.courier == FOLDER, outbox.c.name == file.name)
    found = connection.scalar(query)
    if found is not None and found != hashlib.sha256(file.content).hexdigest():
        raise PlainError(f"{file.name}: went out with other content than the ledger has; look which was sent")
    return found is not None


def _pages(values: list[tuple[int, int]]) -> Iterator[list[tuple[int, int]]]:
    rest = iter(values)
    while page := list(islice(rest, PAGE)):
        yield page
