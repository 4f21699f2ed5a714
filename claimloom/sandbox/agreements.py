"""Contracts of the sandbox's payers: what each pays in the payer's words, and beside it the file that a biller has.

``contracts/NAME.toml``: ``contract`` is the biller's, the payer goes by ``[[part]]``, of which the first that fits a
line counts. Money is in dollars, as contracts print it; the keys are in ``docs/sandbox.md``.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, fields
from functools import cache
from importlib.resources import files
from typing import Any, Final

from claimloom.errors import PlainError

PAYS: Final = ("fees", "medicare", "charge", "visit", "case", "month")


@dataclass(frozen=True, slots=True)
class AgreedPart:
    """A part of an agreement: for which lines, and what is paid. Lists are words with blanks between; empty: all."""

    pays: str
    codes: str = ""
    places: str = ""
    modifiers: str = ""
    first: str = "00000000"
    last: str = "99999999"
    fees: str = ""
    """``97530=38.60 97535=35.30``."""
    percent: str = "1"
    year: str = ""
    """Of Medicare's schedule; empty: that of the day."""
    nation: bool = False
    """By Medicare's national fees, not those of the place."""
    one_full: bool = False
    """Medicare's reduction: one unit of the day in full."""
    visits: str = ""
    """Dollars of the first, second and every further visit of the ``count``."""
    count: str = "day"
    case: str = ""
    cap: str = ""
    """Dollars of all its lines of a visit at most."""
    steps: str = ""
    """Shares of the first, second and every further one, the dearest first."""
    steps_of: str = "unit"
    withhold: str = "0"
    rise: str = "0"
    rises_from: str = ""
    over_charge: bool = False
    """The charge is no limit."""
    assistant: str = "1"
    sequester: str = "0"


@dataclass(frozen=True, slots=True)
class Agreement:
    """What is agreed on with a payer."""

    name: str
    payer_id: str
    says: str
    source: str
    contract: str
    parts: tuple[AgreedPart, ...]


@cache
def agreements() -> dict[str, Agreement]:
    """The packaged agreements, by name."""
    folder = files("claimloom.sandbox") / "contracts"
    found = sorted(each.name for each in folder.iterdir() if each.name.endswith(".toml"))
    return {
        name.removesuffix(".toml"): read_agreement(
            name.removesuffix(".toml"), (folder / name).read_text(encoding="utf-8")
        )
        for name in found
    }


def agreement_of(payer_id: str) -> Agreement | None:
    """The agreement of a payer."""
    return _by_payer().get(payer_id)


@cache
def _by_payer() -> dict[str, Agreement]:
    return {each.payer_id: each for each in agreements().values()}


def read_agreement(name: str, text: str) -> Agreement:
    """An agreement of a data file's text; PlainError for what is not understood."""
    try:
        table = tomllib.loads(text)
        parts = tuple(_part(name, each) for each in table.pop("part"))
        return Agreement(name=name, parts=parts, **table)
    except (tomllib.TOMLDecodeError, KeyError, TypeError) as error:
        raise PlainError(f"agreement {name}: {error}") from error


def _part(name: str, table: dict[str, Any]) -> AgreedPart:
    known = {each.name for each in fields(AgreedPart)}
    if unknown := sorted(set(table) - known):
        raise PlainError(f"agreement {name}: no key {unknown[0]}")
    if table.get("pays") not in PAYS:
        raise PlainError(f"agreement {name}: pays is none of {', '.join(PAYS)}")
    return AgreedPart(**table)
