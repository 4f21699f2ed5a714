"""``keys``: the tenants' keys, which payloads are sealed with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import Engine, select

from claimloom.cli.options import Data, Json
from claimloom.cli.output import Grid, out, print_json
from claimloom.errors import PlainError
from claimloom.ledger.erasure import erase
from claimloom.ledger.migration import open_ledger
from claimloom.ledger.tables import tenant_keys
from claimloom.ledger.vault import Vault
from claimloom.settings import Settings, read_settings
from schemas.words import counted


@contextmanager
def _ledger(data: Path | None) -> Iterator[tuple[Settings, Engine]]:
    settings = read_settings(data)
    if not settings.db and not (settings.data / "claimloom.db").exists():
        raise PlainError(f"{settings.data}: no claimloom.db in it; see --data and CLAIMLOOM_DB")
    engine = open_ledger(settings.database_url, settings.chain_key)
    try:
        yield settings, engine
    finally:
        engine.dispose()


def _vault(settings: Settings, engine: Engine) -> Vault:
    if settings.master is None:
        raise PlainError("no master key; set CLAIMLOOM_MASTER_KEY_FILE")
    return Vault(engine, settings.master)


def list_keys(data: Data = None, as_json: Json = False) -> None:
    """List tenants' keys: which master key wraps them, and whether they are current, old or erased."""
    with _ledger(data) as (_, engine), engine.connect() as connection:
        rows = connection.execute(select(tenant_keys).order_by(tenant_keys.c.tenant, tenant_keys.c.state)).all()
    table = Grid("Tenant", "Key", "Master key", "State")
    for row in rows:
        if as_json:
            print_json({"tenant": row.tenant, "key": row.key_id, "master_key": row.master_id, "state": row.state})
        table.add(row.tenant, row.key_id, row.master_id, row.state)
    if not as_json and rows:
        out.grid(table)
    elif not as_json:
        out.print("no keys: payloads are not sealed (CLAIMLOOM_MASTER_KEY_FILE)")


def rotate(tenant: str, data: Data = None) -> None:
    """Seal what comes with a new key; what there is stays readable. Workers take it up within a minute."""
    with _ledger(data) as (settings, engine):
        _vault(settings, engine).rotate(tenant)
    out.print(f"{tenant}: new key for what comes")


def rewrap(data: Data = None) -> None:
    """Put all tenants' keys under the first master key of the file, so that the others may go."""
    with _ledger(data) as (settings, engine):
        count = _vault(settings, engine).rewrap()
        assert settings.master is not None
    out.print(f"{counted(count, 'key is', 'keys are')} under master key {settings.master.current}")


def erase_tenant(
    tenant: str,
    data: Data = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do it; there is no way back.")] = False,
    as_json: Json = False,
) -> None:
    """Make a tenant's data unreadable for ever: its keys go, and every row and file that stands in the open."""
    if not yes:
        raise PlainError(f"this cannot be undone; to erase all of {tenant}, say --yes")
    with _ledger(data) as (settings, engine):
        erased = erase(engine, tenant, settings.data)
    if as_json:
        print_json({"tenant": tenant, "rows": erased.rows, "files": erased.files, "left": erased.mixed})
        return
    out.print(f"{tenant}: keys erased, {counted(erased.rows, 'row')} and {counted(len(erased.files), 'file')} removed")
    for name in erased.mixed:
        out.print(f"left, since it speaks of other tenants too: {name}")
