"""A tenant is erased: nothing of its people stands in the database's files or in a dump of it, as a thief reads them.

The tenant has a row in every table of every book, in the outbox and among those who read; another tenant stays whole.
What stays of it are envelopes (ids, times, clinics, subjects) with payloads that nobody can open.
"""

from __future__ import annotations

import contextlib
import json
import re
import subprocess
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import pytest
import zstandard
from sqlalchemy import func, select

from claimloom import packing
from claimloom.desk.decide import Decision
from claimloom.ledger import audit
from claimloom.ledger.books import BOOKS
from claimloom.ledger.books.claims import claims
from claimloom.ledger.books.work_items import work_items
from claimloom.ledger.database import open_engine
from claimloom.ledger.erasure import erase
from claimloom.ledger.migration import migrate
from claimloom.ledger.tables import outbox, unsent
from claimloom.ledger.views.scope import EVERYTHING
from claimloom.sandbox.visits import make_visits
from claimloom.sealing import MasterKeys
from claimloom.settings import Settings
from claimloom.system import System
from tests.phi import long_ones, phi_of
from tests.runtime import contract
from tests.sessions import visit
from tools.local import Postgres

SEED: Final = 14
SAID: Final = "spoke to the daughter of this patient on the telephone"
# A payment that takes and gives something at provider level.
BESIDE_CLAIMS: Final = Path(__file__).parents[2] / "edi_samples/835/835_example.edi"
# Of nobody: its key has no tenant of a person, or the tenant of this ledger never needs it.
WITHOUT_ROWS: Final = {"control_numbers"}


class Sealed:
    """A sealed ledger on either database, with two tenants."""

    def __init__(self, folder: Path, db: str) -> None:
        self.folder = folder
        settings = Settings(folder, as_of=contract.DAY, db=db, master=MasterKeys({"2026-11": b"m" * 32}))
        self.system = System(settings)
        self.engine = self.system.engine

    def deliver(self, files: Any) -> None:
        for name, content in files.items():
            (self.folder / "inbound" / name).write_bytes(content)
        self.system.run_until_idle()

    def decide(self, kind: str, item_kind: str, **fields: str) -> None:
        query = select(work_items).where(work_items.c.kind == item_kind, work_items.c.state == "open")
        with self.engine.connect() as connection:
            row = connection.execute(query.order_by(work_items.c.id)).first()
        assert row is not None
        said = Decision(kind, "kim", f"{kind} {row.id}", self.system.now(), SAID, fields)
        self.system.decide(EVERYTHING, row.id, said)
        self.system.run_until_idle()

    def bytes_at_rest(self) -> bytes:
        """The database as it lies on the disk, or a dump of it; and every file of the data folder. What is packed there
        can be unpacked by anybody.
        """
        found = b"".join(path.read_bytes() for path in sorted(self.folder.rglob("*")) if path.is_file())
        if self.system.settings.db:
            command = [str(Postgres.program("pg_dump")), "--inserts", self.system.settings.db]
            dump = subprocess.run(command, check=True, capture_output=True).stdout
            hexadecimal = re.findall(rb"'\\x([0-9a-f]+)'", dump)
            found += dump + b"".join(bytes.fromhex(each.decode()) for each in hexadecimal)
        return (found + b"".join(unpacked(found))).lower()


def unpacked(data: bytes) -> Iterator[bytes]:
    """All that was packed, as far as it lies in one piece."""
    dictionary = zstandard.ZstdCompressionDict((Path(packing.__file__).parent / f"{packing.CURRENT}.dict").read_bytes())
    for frame in re.finditer(re.escape(zstandard.FRAME_HEADER), data):
        with contextlib.suppress(zstandard.ZstdError):
            yield zstandard.ZstdDecompressor(dict_data=dictionary).decompressobj().decompress(data[frame.start() :])


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.server)])
def sealed(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Sealed]:
    url = ""
    if request.param == "postgresql":
        url = str(request.getfixturevalue("database"))
        engine = open_engine(url)
        migrate(engine)
        engine.dispose()
    made = Sealed(tmp_path, url)
    yield made
    made.system.close()


def rows_of(sealed: Sealed, tenant: str) -> dict[str, int]:
    tables = [table for book in BOOKS for table in book.tables] + [outbox, unsent]
    with sealed.engine.connect() as connection:
        return {
            table.name: connection.scalar(select(func.count()).select_from(table).where(table.c.tenant == tenant)) or 0
            for table in tables
        }


def test_nothing_of_an_erased_tenants_people_is_left_to_be_read(sealed: Sealed) -> None:
    made = list(make_visits(SEED, 16, contract.DAY))
    contract.whole_way(sealed, made, SEED)
    sealed.decide("take", "denied")
    sealed.decide("note", "denied")
    others = [each.visit | {"tenant": "other"} for each in make_visits(6, 6, date(2026, 11, 20))]
    # Its claims are nobody's here, so the file says of no tenant that it is its own: it names another member.
    sealed.deliver({"beside-claims.edi": BESIDE_CLAIMS.read_bytes().replace(b"1EG4TE5MK73", b"9ZZ9TE5MK99")})
    paying = visit(session_id="PAYING", self_pay=True, coverages=[]).model_dump_json()
    sealed.deliver({"paying.jsonl": paying.encode()})
    sealed.deliver({"other.jsonl": "".join(json.dumps(each) + "\n" for each in others).encode()})
    with sealed.engine.begin() as connection:
        some = list(connection.scalars(select(claims.c.claim_id).where(claims.c.tenant == "demo")))
        event = {"event_id": str(UUID(int=1)), "tenant": "demo", "since": "2026-11-20T12:00:00+00:00"}
        connection.execute(unsent.insert(), [event])
    audit.record(sealed.engine, "claims find", some)
    mine = phi_of([*(each.visit for each in made), visit().model_dump(mode="json")])
    theirs = phi_of(others)
    told = {each.lower().encode() for each in long_ones(mine - theirs) | {SAID}}
    before = rows_of(sealed, "demo")
    assert {name for name, count in before.items() if not count} <= WITHOUT_ROWS
    kept = rows_of(sealed, "other")
    found = sealed.bytes_at_rest()
    assert [each for each in told if each not in found] == []

    erase(sealed.engine, "demo", sealed.folder)

    left = sealed.bytes_at_rest()
    assert sorted(each for each in told if each in left) == []
    assert set(rows_of(sealed, "demo").values()) == {0}
    assert rows_of(sealed, "other") == kept
    after = contract.contents(sealed.engine)
    sealed.system.runtime.replay()
    assert contract.contents(sealed.engine) == after
