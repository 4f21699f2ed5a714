"""The chain of a ledger looked at, with the key and the heads of its data folder."""

from __future__ import annotations

from pathlib import Path

from claimloom.ledger.chain_key import needed_key
from claimloom.ledger.database import open_reader
from claimloom.ledger.heads import NAME, read_published
from claimloom.ledger.verification import Misfit, Verified, verify


def looked(url: str, folder: Path) -> Verified:
    """Everything that ``claimloom verify`` looks at."""
    key = needed_key(folder / "chain.key")
    published = read_published(folder / NAME, key)
    engine = open_reader(url)
    try:
        with engine.connect() as connection:
            return verify(connection, key, published)
    finally:
        engine.dispose()


def misfits(url: str, folder: Path) -> list[Misfit]:
    """What does not fit."""
    return looked(url, folder).faults
