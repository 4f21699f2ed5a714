"""Lines of a bank's statement become ``deposit-told``; with one that is refused nothing of the file is taken.

A line is known by account, day, amount, numbers and text, and by how many alike stand before it in its file. So
a file read again gives nothing new, nor do days that two files share. What another file told in other words (a CSV of
what came as BAI2) is the same line as well (``claimloom.accounts.same_line``): it adds numbers and words to that, and
no money. Lines of one file are never one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, Row, select

from claimloom.accounts.bank_line import BankLine, Statement
from claimloom.accounts.bank_lines import is_statement, read_statement
from claimloom.accounts.same_line import Likeness, likeness, says_more
from claimloom.ledger.books.deposits import deposits
from claimloom.ledger.database import among, lock
from claimloom.ledger.journal import event_ids, payloads
from claimloom.ledger.tenants import owner_of
from claimloom.topology import Arrived, Door, Draft, Portion, Read
from schemas.deposit import DepositTold
from schemas.event import derived_id
from schemas.topics import Topic

PORTION: Final = 1000


@dataclass(frozen=True, slots=True)
class _Other:
    """A line that another file told: its row, its event, and what that file was written in."""

    row: Row[Any]
    event_id: str
    form: str


class _Statement:
    """A file's lines; ``taken`` are, by portion, the lines of other files that some of them are."""

    def __init__(self, file: str, digest: str, read: Statement) -> None:
        self.file, self.digest, self.form, self.lines = file, digest, read.form, read.lines
        self.taken: dict[int, set[int]] = {}
        self.ids: dict[str, list[str]] = {}

    def own(self, tenant: str) -> list[str]:
        """The id of each line's event."""
        if tenant not in self.ids:
            ids = (derived_id(Topic.DEPOSIT_TOLD, *_identity(tenant, each)) for each in self.lines)
            self.ids[tenant] = list(map(str, ids))
        return self.ids[tenant]

    def portion(self, named: str, start: int, connection: Connection) -> Portion:
        """Some of the lines, as events."""
        tenant = owner_of(connection, named)
        lock(connection, [f"deposits {tenant}"])
        lines = list(zip(self.lines[start : start + PORTION], self.own(tenant)[start:], strict=False))
        told = self._told_before(connection, tenant, start, lines)
        drafts = []
        for line, event_id in lines:
            same = told.get(event_id)
            if same is None or says_more(line, same.row):
                drafts.append(self._draft(tenant, line, UUID(same.event_id) if same else None))
        return Portion(drafts, known=len(lines) - len(drafts))

    def _told_before(
        self, connection: Connection, tenant: str, start: int, lines: Sequence[tuple[BankLine, str]]
    ) -> dict[str, _Other]:
        """By event what each of these lines is that another file told; those that have a number in common go first."""
        others, known = self._others(connection, tenant, [line for line, _ in lines])
        taken = self.taken[start] = set()
        before = set().union(*(some for at, some in self.taken.items() if at != start))
        found: dict[str, _Other] = {}
        for least in (Likeness.NUMBERS, Likeness.WORDS):
            for line, event_id in lines:
                for other in others.get((line.day.isoformat(), line.cents), ()):
                    if event_id in known or event_id in found or other.row.place in before | taken:
                        continue
                    in_words = least is Likeness.WORDS and other.form not in ("", self.form)
                    alike = likeness(line, other.row)
                    if alike is Likeness.NUMBERS or (in_words and alike is Likeness.WORDS):
                        found[event_id] = other
                        taken.add(other.row.place)
        return found

    def _others(
        self, connection: Connection, tenant: str, lines: Sequence[BankLine]
    ) -> tuple[dict[tuple[str, int], list[_Other]], set[str]]:
        """What other files told of the days and amounts of these lines; and the ids of what is known of this one."""
        amounts = among(connection, deposits.c.amount_cents, {each.cents for each in lines})
        query = select(deposits).where(among(connection, deposits.c.tenant, {tenant}), amounts)
        days = {each.day.isoformat() for each in lines}
        some = [row for row in connection.execute(query.order_by(deposits.c.place)) if row.day in days]
        ids = event_ids(connection, [row.place for row in some])
        own = set(self.own(tenant))
        theirs = {row.place for row in some if ids[row.place] not in own}
        told = payloads(connection, theirs, DepositTold) if theirs else {}
        found: dict[tuple[str, int], list[_Other]] = {}
        for row in (row for row in some if row.place in theirs):
            other = _Other(row, ids[row.place], told[row.place].form)
            found.setdefault((row.day, row.amount_cents), []).append(other)
        return found, own & set(ids.values())

    def _draft(self, tenant: str, line: BankLine, told_before: UUID | None) -> Draft:
        data = DepositTold(
            day=line.day,
            amount_cents=line.cents,
            trace=line.trace,
            reference=line.reference,
            description=line.description,
            payer=line.payer,
            account=line.account,
            file_name=self.file,
            file_sha256=self.digest,
            line=line.number,
            form=self.form,
            told_before=told_before,
        )
        return Draft(data, f"deposit {line.day}", tenant, "", identity=_identity(tenant, line))


def _identity(tenant: str, line: BankLine) -> tuple[object, ...]:
    said = (line.trace, line.reference, line.description, line.payer)
    return ("deposit", tenant, line.account, line.day.isoformat(), line.cents, *said, line.count)


def read(arrived: Arrived) -> Iterator[Read]:
    """Some thousand lines a portion."""
    data = arrived.data()
    statement, digest = read_statement(data), hashlib.sha256(data).hexdigest()
    if statement.faults:
        yield lambda _: Portion((), statement.faults)
    told = _Statement(arrived.name, digest, statement)
    for start in range(0, len(statement.lines), PORTION):
        yield partial(told.portion, arrived.tenant, start)


DOOR: Final = Door("deposits", (), lambda head: not head.kinds and is_statement(head.first), read)
