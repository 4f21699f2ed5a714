"""A data folder and everything that runs on it: files in, services, files out.

``inbound/`` is where files arrive, for one tenant or in a folder a tenant; what was read goes to ``archive/``, what
could not be read, wholly or in part, to ``rejected/`` with a reason beside it. Reading the same file twice adds
nothing, so a file is moved only after its events are committed.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Final

import structlog
from sqlalchemy import Connection, select

from claimloom.errors import PlainError
from claimloom.ledger.database import ensure_months, is_away, is_of_another_schema, open_ledger
from claimloom.ledger.outbound import write_pending
from claimloom.ledger.tables import claims
from claimloom.ledger.vault import MissingMasterError, use_vault
from claimloom.payers import use_folder
from claimloom.runtime.embedded import Embedded
from claimloom.runtime.step import Policy, safe_error
from claimloom.runtime.topology import Draft, Service, TopologyError, Written
from claimloom.settings import Settings
from schemas.session import Session
from services.acknowledgment_intake.service import SERVICE as ACKNOWLEDGMENT_INTAKE
from services.acknowledgment_intake.service import drafts as acknowledgment_drafts
from services.remittance_intake.service import SERVICE as REMITTANCE_INTAKE
from services.remittance_intake.service import drafts as remittance_drafts
from services.session_intake.service import MAX_LINE_BYTES, Refusal, parse
from services.session_intake.service import SERVICE as SESSION_INTAKE
from services.topology import topology

log = structlog.get_logger(__name__)
NO_TENANT: Final = "unassigned"
FOLDERS: Final = ("inbound", "outbound", "archive", "rejected")
PAGE: Final = 5000
MAX_FILE_BYTES: Final = 64_000_000


@dataclass(slots=True)
class Taken:
    """What came of a file: how many events it gave, how many of them were new, and what could not be read."""

    name: str
    kind: str
    events: int = 0
    new: int = 0
    problems: list[str] = field(default_factory=list)


class NotSentError(PlainError):
    """A file's events did not reach journal and broker: it stays, and read again what is known of it is sent."""


class System:
    """Everything of one data folder, ready to run."""

    def __init__(self, settings: Settings, *, policy: Policy = Policy()) -> None:  # noqa: B008
        self.settings = settings
        for name in FOLDERS:
            (settings.data / name).mkdir(parents=True, exist_ok=True)
        use_folder(settings.data / "payers")
        self.engine = open_ledger(settings.database_url)
        use_vault(self.engine, settings.master)
        ensure_months(self.engine, self.now())
        self.runtime = Embedded(self.engine, topology(settings), clock=self.now, policy=policy, batch=settings.batch)
        self._told: set[Path] = set()
        self.publish: Callable[[Sequence[Written]], None] | None = None
        """Where workers run: sends what a file gave to its topics, before the file is put away."""

    def now(self) -> datetime:
        """The present moment, or noon of the fixed business date."""
        return self.settings.now()

    @property
    def today(self) -> date:
        """The business date."""
        return self.now().date()

    def close(self) -> None:
        """Let go of the database."""
        self.engine.dispose()

    def run_until_idle(self) -> list[Taken]:
        """Take every file that has come, handle everything, write the files to send, until nothing is left."""
        taken: list[Taken] = []
        while True:
            files = self.take_inbound()
            taken += files
            handled = self.runtime.run_until_idle()
            written = write_pending(self.engine, self.settings.data / "outbound")
            if not (files or handled or written):
                return taken

    def bring(self, path: Path) -> str:
        """Copy a file into inbound, whole at once; returns the name it has there."""
        if not path.is_file():
            raise PlainError(f"{path}: no such file")
        inbound = self.settings.data / "inbound"
        number, target = 1, inbound / path.name
        while target.exists():
            number += 1
            target = inbound / f"{path.stem}-{number}{path.suffix}"
        half = inbound / f".{target.name}.part"
        shutil.copyfile(path, half)
        half.replace(target)
        return target.name

    def waiting_files(self) -> list[Path]:
        """Files in inbound, oldest name first; hidden and half-written ones are left alone."""
        inbound = self.settings.data / "inbound"
        found = [path for path in inbound.rglob("*") if path.is_file()]
        return sorted(path for path in found if not path.name.startswith(".") and path.suffix not in (".tmp", ".part"))

    def take_inbound(self, intake: str = "") -> list[Taken]:
        """Read the files that wait, or those that are one intake's, and put each where it belongs."""
        taken = []
        for path in self._readable(self.waiting_files()):
            try:
                if intake and intake_of(path) != intake:
                    continue
                one = self._take_or_refuse(path)
                self._put_away(path, one)
            except FileNotFoundError:
                continue  # another process took it; its events are the same, and known
            log.info("file taken", file=path.name, kind=one.kind, new=one.new, problems=len(one.problems))
            taken.append(one)
        return taken

    def _readable(self, waiting: Sequence[Path]) -> list[Path]:
        """Those that we may read: the others would stop them. Each of these is told once."""
        shut = {path for path in waiting if path.exists() and not os.access(path, os.R_OK)}
        for path in sorted(shut - self._told):
            log.error("file cannot be read, left where it is", file=path.name, reason="no permission")
        self._told = shut
        return [path for path in waiting if path not in shut]

    def _take_or_refuse(self, path: Path) -> Taken:
        try:
            return self.take(path, self._tenant_of(path))
        except NotSentError:
            raise
        except PlainError as error:
            return Taken(path.name, "unknown", problems=[str(error)])

    def take(self, path: Path, tenant: str | None = None) -> Taken:
        """Read one file, whatever it is; PlainError if nothing in it can be read.

        Also for a fault of ours, which is told by its place and never by what it quotes: one file stops no other.
        """
        try:
            return self._take(path, tenant)
        except MissingMasterError as error:
            raise NotSentError(str(error)) from None
        except (PlainError, OSError, TopologyError):
            raise
        except Exception as error:
            if is_away(error) or is_of_another_schema(error):
                raise
            said = safe_error(error)
            log.error("file gives a fault", file=path.name, error=said)
            raise PlainError(f"{path.name}: cannot be read: {said}; nothing of it was kept from here on") from None

    def _take(self, path: Path, tenant: str | None) -> Taken:
        size = path.stat().st_size
        with path.open("rb") as file:
            head = file.read(512).removeprefix(b"\xef\xbb\xbf").lstrip()
        if size == 0 or not head:
            raise PlainError(f"{path.name}: file is empty; ask the sender for it again")
        if not head.startswith(b"ISA"):
            if head.startswith(b"{") or path.suffix.lower() in (".jsonl", ".ndjson", ".json"):
                return self.take_sessions(path)
            raise PlainError(f"{path.name}: neither X12 (begins with ISA) nor sessions (JSON Lines, begins with {{)")
        if size > MAX_FILE_BYTES:
            raise PlainError(f"{path.name}: {size:,} bytes, more than {MAX_FILE_BYTES:,}; split it into smaller files")
        return self._take_x12(path, tenant)

    def take_sessions(self, path: Path) -> Taken:
        """Read a file of finished visits, one JSON object a line; good lines count whatever the others are."""
        taken = Taken(path.name, "sessions")
        some: list[Draft] = []
        for each in parse(_lines(path)):
            if isinstance(each, Refusal):
                taken.problems.append(f"line {each.line_number}: {each.reason}")
                continue
            some.append(each)
            if len(some) == PAGE:
                self._feed_visits(taken, some)
                some = []
        self._feed_visits(taken, some)
        if not taken.events and not taken.problems:
            raise PlainError(f"{path.name}: no line in it; one session a line is expected")
        return taken

    def _take_x12(self, path: Path, tenant: str | None) -> Taken:
        data = path.read_bytes()
        owner = tenant or self._only_tenant()
        kinds = _kinds(data)
        taken = Taken(path.name, "+".join(kinds) or "X12")
        problems: list[str] = []

        def acknowledged(connection: Connection) -> Sequence[Draft]:
            return acknowledgment_drafts(connection, owner, path.name, data, self.today)

        def remitted(connection: Connection) -> Sequence[Draft]:
            drafts, problems[:] = remittance_drafts(connection, owner, path.name, data)
            return drafts

        if kinds != ["835"]:
            self._feed(taken, ACKNOWLEDGMENT_INTAKE, acknowledged)
        if "835" in kinds:
            self._feed(taken, REMITTANCE_INTAKE, remitted)
        taken.problems += problems
        if others := [kind for kind in kinds if kind not in ("TA1", "999", "277", "835")]:
            taken.problems.append(f"transaction {', '.join(others)} is not read here; TA1, 999, 277CA and 835 are")
        if not taken.events and not taken.problems:
            taken.problems.append("nothing in it to read; TA1, 999, 277CA and 835 are read here")
        return taken

    def _feed_visits(self, taken: Taken, drafts: Sequence[Draft]) -> None:
        """In the order of their days, so that of two visits that collide not the file says which was first."""
        if drafts:
            ordered = sorted(drafts, key=_visit_order)
            self._feed(taken, SESSION_INTAKE, lambda _: ordered)

    def _feed(self, taken: Taken, service: Service, make: Callable[[Connection], Sequence[Draft]]) -> None:
        counts: list[int] = []

        def counted(connection: Connection) -> Sequence[Draft]:
            drafts = make(connection)
            counts.append(len(drafts))
            return drafts

        fed = self.runtime.feed(service, counted)
        taken.events += counts[-1]
        taken.new += len(fed.new)
        if self.publish:
            self.publish([*fed.known, *fed.new])

    def _tenant_of(self, path: Path) -> str | None:
        """The tenant's folder below inbound, if the file lies in one."""
        parts = path.relative_to(self.settings.data / "inbound").parts
        return parts[0] if len(parts) > 1 else None

    def _only_tenant(self) -> str:
        with self.engine.connect() as connection:
            found = connection.scalars(select(claims.c.tenant).distinct().limit(2)).all()
        if len(found) > 1:
            raise PlainError("claims of several tenants are here; put the file into inbound/TENANT/")
        return str(found[0]) if found else NO_TENANT

    def _put_away(self, path: Path, taken: Taken) -> None:
        folder = self.settings.data / ("rejected" if taken.problems else "archive")
        target = _free(folder / path.name, path)
        if taken.problems:
            said = [*taken.problems]
            if taken.events:
                said.append(f"The rest was read: {taken.events} events, {taken.new} of them new.")
            said.append("Mend the file and put it into inbound/ again; what was read is known and not doubled.")
            target.with_name(target.name + ".reason.txt").write_text("\n".join(said) + "\n", encoding="utf-8")
        path.replace(target)


def _visit_order(draft: Draft) -> tuple[str, str, int]:
    session = draft.data
    assert isinstance(session, Session)
    return session.date_of_service.isoformat(), session.session_id, session.revision


def intake_of(path: Path) -> str:
    """The intake that a file is for, where each has a worker of its own."""
    with path.open("rb") as file:
        if not file.read(512).removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"ISA"):
            return SESSION_INTAKE.name
    if path.stat().st_size > MAX_FILE_BYTES or "835" in _kinds(path.read_bytes()):
        return REMITTANCE_INTAKE.name
    return ACKNOWLEDGMENT_INTAKE.name


def _free(target: Path, source: Path) -> Path:
    """The target's name, or one with a number if another file of that name is there."""
    number = 1
    free = target
    while free.exists() and free.read_bytes()[:1_000_000] != source.read_bytes()[:1_000_000]:
        number += 1
        free = target.with_name(f"{target.stem}-{number}{target.suffix}")
    return free


def _kinds(data: bytes) -> list[str]:
    """Transaction kinds of a file in their order, by a look at the segment ids only."""
    text = data.removeprefix(b"\xef\xbb\xbf").lstrip()
    if len(text) < 106:
        return []
    element, terminator = text[3:4], text[105:106]
    found: dict[str, None] = {}
    for part in text.split(terminator):
        segment = part.lstrip()
        if segment.startswith(b"TA1" + element):
            found["TA1"] = None
        elif segment.startswith(b"ST" + element):
            found[segment.split(element)[1][:6].decode("ascii", "replace")] = None
    return list(found)


def _lines(path: Path) -> Iterator[bytes]:
    """Lines of a file; of one that is too long only the beginning, the rest is read past in pieces."""
    with path.open("rb") as file:
        while line := file.readline(MAX_LINE_BYTES + 2):
            yield line
            if len(line) > MAX_LINE_BYTES:
                while line and not line.endswith(b"\n"):
                    line = file.readline(MAX_LINE_BYTES)
