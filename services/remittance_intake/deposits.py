"""Lines of a bank's statement become ``deposit-told``; with one that is refused nothing of the file is taken.

A line is known by account, day, amount, numbers and text, and by how many alike stand before it in its file. So
a file read again gives nothing new, nor do days that two files share.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Final

from sqlalchemy import Connection

from claimloom.accounts.bank_line import BankLine
from claimloom.accounts.bank_lines import is_statement, read_statement
from claimloom.ledger.tenants import owner_of
from claimloom.topology import Arrived, Door, Draft, Portion, Read
from schemas.deposit import DepositTold

PORTION: Final = 1000


def read(arrived: Arrived) -> Iterator[Read]:
    """Some thousand lines a portion."""
    data = arrived.data()
    statement, digest = read_statement(data), hashlib.sha256(data).hexdigest()
    if statement.faults:
        yield lambda _: Portion((), statement.faults)
    for start in range(0, len(statement.lines), PORTION):
        yield partial(_portion, arrived.tenant, arrived.name, digest, statement.lines[start : start + PORTION])


def _portion(named: str, file: str, digest: str, lines: Sequence[BankLine], connection: Connection) -> Portion:
    tenant = owner_of(connection, named)
    return Portion([_draft(tenant, file, digest, line) for line in lines])


def _draft(tenant: str, file: str, digest: str, line: BankLine) -> Draft:
    day = line.day.isoformat()
    said = (line.trace, line.reference, line.description, line.payer)
    data = DepositTold(
        day=line.day,
        amount_cents=line.cents,
        trace=line.trace,
        reference=line.reference,
        description=line.description,
        payer=line.payer,
        account=line.account,
        file_name=file,
        file_sha256=digest,
        line=line.number,
    )
    identity = ("deposit", tenant, line.account, day, line.cents, *said, line.count)
    return Draft(data, f"deposit {day}", tenant, "", identity=identity)


DOOR: Final = Door("deposits", (), lambda head: not head.kinds and is_statement(head.first), read)
