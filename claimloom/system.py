"""A data folder and everything that runs on it: files in, services, files out.

Reading the same file twice adds nothing, so a file is put away only after its events are committed.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path

import structlog
from sqlalchemy import Connection

from claimloom.decisions import journal_decisions
from claimloom.desk.decide import Decision
from claimloom.doors import VISITS, FileArrived, doors_for, keeper_of, look, unread_kinds, when_made
from claimloom.errors import PlainError
from claimloom.folder import Folder
from claimloom.ledger.database import insert_or_update, is_no_events_fault, transaction
from claimloom.ledger.heads import publish
from claimloom.ledger.journal import claims_since
from claimloom.ledger.migration import ensure_months, open_ledger
from claimloom.ledger.outbound import write_pending
from claimloom.ledger.tables import positions
from claimloom.ledger.tenants import NobodysYetError
from claimloom.ledger.vault import MissingMasterError, check_master, use_vault
from claimloom.ledger.views.scope import Scope
from claimloom.ledger.views.totals import tenants_known
from claimloom.runtime.embedded import Embedded
from claimloom.runtime.feed import feed
from claimloom.runtime.letters import safe_error
from claimloom.runtime.taking import Policy
from claimloom.settings import Settings
from claimloom.topology import Again, Door, Draft, Kept, Portion, Read, Service, TopologyError, Written
from schemas.words import counted
from services.topology import topology

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Taken:
    """What came of a file: how many events it gave, how many of them were new, how many the file told before, and what
    could not be read.
    """

    name: str
    kind: str
    events: int = 0
    new: int = 0
    twice: int = 0
    problems: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    """What was odd about it and cost nothing: it was read, and a person should know."""


class NotSentError(PlainError):
    """A file's events did not reach journal and broker: it stays, and read again what is known of it is sent."""


class System:
    """Everything of one data folder, ready to run."""

    def __init__(self, settings: Settings, *, policy: Policy = Policy()) -> None:
        self.settings = settings
        self.folder = Folder(settings.data, settings.quiet_seconds, settings.rights)
        self.engine = open_ledger(settings.database_url, settings.chain_key)
        self._check_keys()
        use_vault(self.engine, settings.master)
        ensure_months(self.engine, self.now())
        self.runtime = Embedded(self.engine, topology(settings), clock=self.now, policy=policy, batch=settings.batch)
        self.files_written = 0
        """Files to send that this process put into the folder."""
        self._read_again: set[Kept] = set()
        self.publish: Callable[[Sequence[Written]], None] | None = None
        """Where workers run: sends what a file gave to its topics, before the file is put away."""

    def _check_keys(self) -> None:
        try:
            with self.engine.connect() as connection:
                check_master(connection, self.settings.master)
        except MissingMasterError:
            self.close()
            raise

    def now(self) -> datetime:
        """The present moment, or noon of the fixed business date."""
        return self.settings.now()

    @property
    def today(self) -> date:
        """The business date."""
        return self.now().date()

    def close(self) -> None:
        """Let go of the database and the folder."""
        self.engine.dispose()
        self.folder.close()

    def run_until_idle(self) -> list[Taken]:
        """Take every file that has come, handle everything, write the files to send, until nothing is left.

        Files that are still coming are waited for once, for the quiet time; those that are not whole then are left.
        """
        taken: list[Taken] = []
        waited = False
        while True:
            files = self.take_inbound()
            taken += files
            handled, written = self.handle()
            again = self.read_again() if handled else 0
            if files or handled or written or again:
                waited = False
            elif waited or not self.folder.coming():
                self.publish_heads()
                return taken
            else:
                time.sleep(self.settings.quiet_seconds)
                waited = True

    def handle(self) -> tuple[int, int]:
        """Handle everything that is journaled and write the files to send; what has come is left. Events and files."""
        handled = self.runtime.run_until_idle()
        written = write_pending(self.engine, self.folder.outbound, self.settings.rights)
        self.files_written += written
        return handled, written

    def publish_heads(self) -> None:
        """Keep outside the database where its chains end; told to the log where that stands against what is there.
        OSError where they cannot be written.
        """
        try:
            lost = publish(self.engine, self.settings.data, self.now())
        except PlainError as error:
            log.error("heads of the chain are not kept", reason=str(error))
        else:
            if lost:
                log.error("the ledger lacks what was published of its chain: claimloom verify", chains=len(lost))

    def take_inbound(self, keeper: str = "") -> list[Taken]:
        """Read the files that have arrived, or those that one service's worker reads, and put each where it belongs."""
        taken = []
        if self.folder.is_early and self._has_tenants():
            self.folder.resume()
        for path in sorted(self.folder.arrived(), key=lambda each: (when_made(each), each)):
            try:
                if keeper and _keeper(path, self.runtime.services) != keeper:
                    continue
                if one := self._take_aside(path):
                    taken.append(one)
            except FileNotFoundError:
                continue  # another process took it; its events are the same, and known
        return taken

    def take_again(self, path: Path, tenant: str = "") -> Taken | None:
        """Read a copy of a file that was put away, for a tenant where one is named. Its time stays that of the file."""
        place = self.folder.bring(path, tenant)
        times = path.stat()
        os.utime(place, ns=(times.st_atime_ns, times.st_mtime_ns))
        return self._take_aside(place)

    def _take_aside(self, waiting: Path) -> Taken | None:
        path = self.folder.take(waiting)
        if path is None:
            return None
        try:
            try:
                one, sha256 = self._take_or_refuse(path)
            except NobodysYetError as error:
                self.folder.put_off(path, str(error))
                return None
            told = f"The rest was read: {counted(one.events, 'event')}, {one.new} of them new." if one.events else ""
            self.folder.put_away(path, sha256, one.problems, told)
        except BaseException:
            self.folder.put_back(path)
            raise
        log.info("file taken", file=path.name, kind=one.kind, new=one.new, problems=len(one.problems))
        for said in one.remarks:
            log.warning("file taken does not add up", file=path.name, remark=said)
        return one

    def _take_or_refuse(self, path: Path) -> tuple[Taken, str]:
        try:
            return self._take(path)
        except (NotSentError, NobodysYetError):
            raise
        except PlainError as error:
            return Taken(path.name, "unknown", problems=[str(error)]), ""

    def _take(self, path: Path) -> tuple[Taken, str]:
        """Read one file, whatever it is; PlainError if nothing in it can be read.

        Also for a fault of ours, which is told by its place and never by what it quotes: one file stops no other.
        """
        try:
            return self._through_its_doors(path)
        except MissingMasterError as error:
            raise NotSentError(str(error)) from None
        except (PlainError, OSError, TopologyError):
            raise
        except Exception as error:
            if is_no_events_fault(error):
                raise
            said = safe_error(error)
            log.error("file gives a fault", file=path.name, error=said)
            raise PlainError(f"{path.name}: cannot be read: {said}; nothing of it was kept from here on") from None

    def _through_its_doors(self, path: Path) -> tuple[Taken, str]:
        head = look(path)
        arrived = FileArrived(path, head, self.folder.tenant_of(path), self.today.isoformat())
        doors = doors_for(head, self.runtime.services)
        if not doors:
            raise PlainError(f"{path.name}: neither X12 (begins with ISA) nor sessions (JSON Lines, begins with {{)")
        other = "X12" if head.first.startswith(b"ISA") else doors[0][1].name
        taken = Taken(path.name, "+".join(head.kinds) or other)
        for service, door in doors:
            self._through(taken, service, door, arrived)
        read = _named(self.runtime.services)
        if others := unread_kinds(head, self.runtime.services):
            taken.problems.append(f"transaction {', '.join(others)} is not read here; {read} are")
        if not taken.events and not taken.problems:
            taken.problems.append(f"nothing in it to read; {read} are read here")
        return taken, arrived.sha256

    def _through(self, taken: Taken, service: Service, door: Door, arrived: FileArrived) -> None:
        told: set[tuple[object, ...]] = set()
        for read in door.read(arrived):
            fed, portion = self._feed(service, read)
            taken.events += len(portion.drafts) + portion.known
            taken.new += fed
            told_before = len(told)
            told |= {(draft.parent, draft.subject, *draft.identity) for draft in portion.drafts}
            taken.twice += len(portion.drafts) - (len(told) - told_before)
            taken.problems += portion.problems
            taken.remarks += [each for each in portion.remarks if each not in taken.remarks]

    def _has_tenants(self) -> bool:
        with self.engine.connect() as connection:
            return bool(tenants_known(connection))

    def read_again(self, name: str = "") -> int:
        """Read what was put away once more where something of it is read otherwise now, of all services or of one;
        gives how many events are new.
        """
        new = 0
        for service in self.runtime.services:
            if service.again and name in ("", service.name):
                while (some := self._again_of(service, service.again)) is not None:
                    new += some
        return new

    def _again_of(self, service: Service, again: Again) -> int | None:
        """New events of the files to be read again for what was built or sent since the last look, some thousand of
        these a look; None: there was nothing. Who dies looks again.
        """
        with self.engine.connect() as connection:
            after, last, places = claims_since(connection, service.name)
            found = set(again(connection, places)) if places else set()
        if last == after:
            return None
        new = sum(self._once_more(service, kept) for kept in found - self._read_again)
        self._read_again |= found
        with transaction(self.engine) as connection:
            insert_or_update(connection, positions, [{"service": service.name, "seq": last}])
        return new

    def _once_more(self, service: Service, kept: Kept) -> int:
        path = self.folder.kept(kept.name, kept.sha256)
        if path is None:
            log.warning("file to be read again is gone; put it into inbound", file=kept.name)
            return 0
        head = look(path)
        arrived = FileArrived(path, head, kept.tenant, self.today.isoformat())
        taken = Taken(path.name, "+".join(head.kinds))
        for door in service.doors:
            if door.knows(head):
                self._through(taken, service, door, arrived)
        log.info("file read again", file=path.name, kind=taken.kind, new=taken.new)
        return taken.new

    def _feed(self, service: Service, read: Read) -> tuple[int, Portion]:
        portion = Portion(())

        def drafts(connection: Connection) -> Sequence[Draft]:
            nonlocal portion
            portion = read(connection)
            return portion.drafts

        if self.publish:  # others read it from its topic: kept at hand here it would be kept for nobody
            fed = feed(self.engine, service, drafts, clock=self.now, policy=self.runtime.policy)
            self.publish([*fed.known, *fed.new])
        else:
            fed = self.runtime.feed(service, drafts)
        return len(fed.new), portion

    def decide(self, scope: Scope, work: str, decision: Decision) -> Written:
        """Journal a person's decision about a work item or a dead letter; PlainError if something stands against it."""
        return self.decide_all(scope, [(work, decision)])[0]

    def decide_all(self, scope: Scope, asked: Sequence[tuple[str, Decision]]) -> list[Written]:
        """The same of several, each by its name: all of it or nothing."""
        policy = replace(self.runtime.policy, relay=self.settings.broker is not None)
        services = self.runtime.services
        return journal_decisions(self.engine, services, scope, asked, clock=self.now, policy=policy)


def _named(services: Sequence[Service]) -> str:
    """The transactions that are read, in the words of who sends them."""
    kinds = [kind for service in services for door in service.doors for kind in door.kinds if kind != VISITS]
    *some, last = ["277CA" if kind == "277" else kind for kind in kinds]
    return f"{', '.join(some)} and {last}"


def _keeper(path: Path, services: Sequence[Service]) -> str:
    try:
        return keeper_of(look(path), services)
    except PlainError:
        return services[0].name  # somebody has to refuse it
