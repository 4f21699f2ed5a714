"""Where the chains end, kept outside the database: who cuts off the last rows with their records leaves no gap in it.

The file is whole or not there, readable by its owner alone, and sealed by the chain's key: who has no key can put an
older one back and make none. It is never written over where the ledger lacks what it says, so that it stays to be seen.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final, NamedTuple

from sqlalchemy import Connection, Engine, func, select

from claimloom.errors import PlainError
from claimloom.ledger.chain import ends, first_record
from claimloom.ledger.chain_key import ChainKey, key_of
from claimloom.ledger.tables import chain

NAME: Final = "heads.json"


class ChainEnd(NamedTuple):
    """The last record of a chain: of what (journal, audit, ledger), whose, which number, and its link."""

    kept: str
    tenant: str
    number: int
    link: str


class Published(NamedTuple):
    """Ends of all chains at a time (ISO 8601)."""

    time: str
    ends: tuple[ChainEnd, ...]


def chains(connection: Connection) -> Iterator[tuple[str, str]]:
    """What is kept and whose, by as many steps into the index as there are chains."""
    for kept in ("journal", "audit"):
        lowest = select(func.min(chain.c.tenant)).where(chain.c.kept == kept)
        last = connection.scalar(lowest)
        while last is not None:
            yield kept, last
            last = connection.scalar(lowest.where(chain.c.tenant > last))


def present(connection: Connection) -> list[ChainEnd]:
    """The ends of all chains as they are now."""
    first = first_record(connection)
    found = [ChainEnd("ledger", "", 0, first.link)] if first else []
    names = list(chains(connection))
    return found + [ChainEnd(*name, *end) for name, end in ends(connection, names).items()]


def publish(engine: Engine, folder: Path, now: datetime) -> list[ChainEnd]:
    """Keep where the chains end; gives the ends that were kept before and that the ledger lacks, if there are some:
    then the file stays as it is.
    """
    key, file = key_of(engine), folder / NAME
    before = read_published(file, key)
    with engine.connect() as connection:
        here = present(connection)
        lost = lacking(connection, before) if before else []
    if not lost and (before is None or set(before.ends) != set(here)):
        _write(file, key, Published(now.isoformat(), tuple(here)))
    return lost


def lacking(connection: Connection, published: Published) -> list[ChainEnd]:
    """Of the ends that were published those that are no record of the ledger any more."""
    here = {(each.kept, each.tenant): each for each in present(connection)}
    found = []
    for each in published.ends:
        if here.get((each.kept, each.tenant)) == each:
            continue
        mine = (chain.c.kept == each.kept) & (chain.c.tenant == each.tenant) & (chain.c.number == each.number)
        if connection.scalar(select(chain.c.link).where(mine)) != each.link:
            found.append(each)
    return found


def read_published(file: Path, key: ChainKey) -> Published | None:
    """What was kept, None where there is no such file; PlainError for one that was not made by that key."""
    try:
        said = json.loads(file.read_bytes())
        if key.seal(_text(said["time"], said["ends"])) == said["seal"]:
            return Published(said["time"], tuple(ChainEnd(*each) for each in said["ends"]))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise PlainError(f"{file}: cannot be read: {error.strerror}") from None
    except (ValueError, KeyError, TypeError):
        pass
    raise PlainError(f"{file}: was changed, or made by another key than the ledger's chain")


def _text(time: str, every: Sequence[Sequence[object]]) -> str:
    return json.dumps([time, every])


def _write(file: Path, key: ChainKey, published: Published) -> None:
    said = {"time": published.time, "ends": published.ends, "seal": key.seal(_text(*published))}
    half = file.with_name(f".{file.name}.{secrets.token_hex(8)}")
    made = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(made, "w", encoding="utf-8") as out:
            out.write(json.dumps(said) + "\n")
            out.flush()
            os.fsync(out.fileno())
        half.replace(file)
    except BaseException:
        half.unlink(missing_ok=True)
        raise
