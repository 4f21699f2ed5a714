"""Public reference tables packaged with the product: read once, on first use, as plain rows.

Each module beside this one types one family of tables. Sources and releases: docs/reference-data.md.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterator
from functools import cache
from importlib.resources import files

from claimloom.errors import PlainError


class ReferenceFileError(PlainError):
    """A public list, or a table of a data folder, that cannot be used."""


def rows(name: str) -> Iterator[dict[str, str]]:
    """Rows of the packaged CSV file ``claimloom/reference/data/NAME.csv``, each a dict by column name."""
    text = (files("claimloom.reference") / "data" / f"{name}.csv").read_text(encoding="utf-8")
    yield from csv.DictReader(text.splitlines())


@cache
def tables_digest(*names: str) -> str:
    """Over the bytes of these tables, in the order given: changes when any of them does."""
    digest = hashlib.sha256()
    for name in names:
        digest.update((files("claimloom.reference") / "data" / f"{name}.csv").read_bytes())
    return digest.hexdigest()
