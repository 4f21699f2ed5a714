"""Where a ZIP code lies: its state and Medicare payment locality, from ``data/zip5_locality.csv``.

The table has 43,000 rows, of which a clinic asks for a few: it is never made into rows, but a place is found in the
file's bytes by halving, since its lines stand in the order of their ZIP codes.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Final

MOST_REMEMBERED: Final = 20_000


@dataclass(frozen=True, slots=True)
class ZipPlace:
    """What a ZIP code says; ``state`` as CMS writes it, which for parts of Kansas and Missouri is no state.

    ``split``: its last four digits decide between localities, and the table has one of them.
    """

    state: str
    contractor: str
    locality: str
    split: bool = False


@lru_cache(MOST_REMEMBERED)
def place_of(zip_code: str) -> ZipPlace | None:
    """The place of a ZIP code or ZIP+4, None if the table has none; splits by the last four digits are not known."""
    table, wanted = _table(), f"{zip_code[:5]},".encode()
    low, high = table.find(b"\n") + 1, len(table)
    while low < high:
        middle = (low + high) // 2
        start = table.rfind(b"\n", 0, middle) + 1
        if table[start : start + len(wanted)] < wanted:
            low = table.find(b"\n", middle) + 1
        else:
            high = start
    if not table.startswith(wanted, low):
        return None
    _, state, contractor, locality, _, split = table[low : table.find(b"\n", low)].decode().split(",", 5)
    return ZipPlace(state, contractor, locality, split.strip() == "1")


@cache
def neighbours(zip_code: str) -> tuple[str, ...]:
    """A ZIP code of each other locality of the contractor (MAC) of this one: where a payer may have placed a clinic by
    mistake. Empty if the ZIP is not known.
    """
    mine = place_of(zip_code)
    return (
        tuple(zip for locality, zip in _samples(mine.contractor).items() if locality != mine.locality) if mine else ()
    )


@cache
def _samples(contractor: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in _table().decode().splitlines()[1:]:
        zip_code, _, mac, locality, _, split = line.split(",", 5)
        if mac == contractor and split.strip() != "1":
            found.setdefault(locality, zip_code)
    return found


@cache
def _table() -> bytes:
    return (files("claimloom.reference") / "data" / "zip5_locality.csv").read_bytes()
