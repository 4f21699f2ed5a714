"""What reads a ledger: one moment of it, whose rows of it, and the note of who looked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path

from sqlalchemy import Connection

from claimloom.cli.folder import check_ledger
from claimloom.errors import PlainError
from claimloom.ledger import audit
from claimloom.ledger.database import open_reader
from claimloom.ledger.migration import check_revision, open_ledger
from claimloom.ledger.vault import check_master, use_vault
from claimloom.ledger.views.scope import EVERYTHING, Scope, Wanted, check_known
from claimloom.ledger.views.totals import tenants_known
from claimloom.settings import read_settings


@contextmanager
def reading(data: Path | None, *, sealed: bool = False) -> Iterator[Connection]:
    """One transaction of a reader, who sees one moment and stands in nobody's way. Only who shows nothing of a claim
    may look at a ledger that is sealed by keys which are not here.
    """
    settings = read_settings(data)
    check_ledger(settings, data)
    engine = open_reader(settings.database_url)
    try:
        check_revision(engine)
        use_vault(engine, settings.master)
        with engine.connect() as connection:
            if not sealed:
                check_master(connection, settings.master)
            yield connection
    finally:
        engine.dispose()


def note_reads(data: Path | None, action: str, claim_ids: Sequence[str]) -> None:
    """Write down who looks at these claims, before anything of them is shown; what is about none is a list of one."""
    if not claim_ids:
        note_list(data, action, EVERYTHING, Wanted(), 1, [])
        return
    settings = read_settings(data)
    engine = open_ledger(settings.database_url, settings.chain_key)
    try:
        audit.record(engine, action, claim_ids)
    finally:
        engine.dispose()


def note_list(
    data: Path | None, action: str, scope: Scope, wanted: Wanted, count: int, numbers: Sequence[str] | None
) -> None:
    """The same of a list: what was asked, how many there are, and which claims, or None of very many."""
    asked = {"tenant": ",".join(scope.tenants), "clinic": ",".join(scope.clinics)} | _said(wanted)
    settings = read_settings(data)
    engine = open_ledger(settings.database_url, settings.chain_key)
    try:
        audit.record_list(engine, action, asked, count, numbers)
    finally:
        engine.dispose()


def _said(wanted: Wanted) -> dict[str, str]:
    """Filters as the command line names them."""
    names = {"since": "from", "until": "to"}
    return {names.get(each.name, each.name): getattr(wanted, each.name) for each in fields(wanted)}


def scope_of(tenant: str, clinic: str) -> Scope:
    """What the flags --tenant and --clinic let a command see; without them all there is."""
    return Scope((tenant,) if tenant else (), (clinic,) if clinic else ())


def one_tenant(connection: Connection, tenant: str) -> Scope:
    """The tenant that is named, or the only one; PlainError where there are several and none is named."""
    known = tenants_known(connection)
    if tenant:
        check_known("tenant", tenant, known)
        return Scope((tenant,))
    if len(known) > 1:
        raise PlainError(f"several tenants are here: say --tenant, one of {', '.join(known[:10])}")
    return Scope(tuple(known))
