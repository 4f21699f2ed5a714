"""Medicare Physician Fee Schedule: what one unit of a code is worth on a date, in full and with MPPR.

``rate = round2((work * Gw + PE * Gp [* 0.5] + MP * Gm) * CF)``, half up; PE of the office or of the facility, by where
the service is given (42 CFR 414.22). RVU releases, GPCI and conversion factors are packaged for 2024 to 2026; 2026 GPCI
has two decimals only.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import cache, lru_cache

from claimloom.reference import rows
from claimloom.reference.places import place_of

HALF = Decimal("0.5")
# Codes by days and places: bounded, since a process may see years of them.
MOST_REMEMBERED = 20_000


@dataclass(frozen=True, slots=True)
class Rvu:
    """Relative value units of a code in one year's release; ``practice_expense`` is the office's: MPPR ranks by it."""

    release: str
    status: str
    work: Decimal
    practice_expense: Decimal
    facility_expense: Decimal
    malpractice: Decimal
    multiple_procedure: bool


@dataclass(frozen=True, slots=True)
class Locality:
    """Payment locality and its geographic practice cost indices."""

    name: str
    key: str = ""
    work: Decimal = Decimal(1)
    practice_expense: Decimal = Decimal(1)
    malpractice: Decimal = Decimal(1)


@dataclass(frozen=True, slots=True)
class UnitRate:
    """Cents of one unit, in full and reduced by MPPR, and the sum behind it."""

    full_cents: int
    mppr_cents: int
    rvu: Rvu
    locality: Locality
    conversion_factor: Decimal
    facility: bool = False


NATIONAL = Locality("national (GPCI 1)")


def round_cents(dollars: Decimal) -> int:
    """Dollars to cents, half up."""
    return int((dollars * 100).quantize(Decimal(1), ROUND_HALF_UP))


@lru_cache(MOST_REMEMBERED)
def unit_rate(
    code: str, on: date, zip_code: str | None, year: int | None = None, *, facility: bool = False
) -> UnitRate | None:
    """Rate of one unit at a ZIP (None: national), by the schedule of ``year`` (None: that of the date).

    ``facility``: where the facility bears the expense (``facility_places``).
    None if the code has no national price in that year or the ZIP is not known.
    """
    day = on if year is None else date(year, 12, 31)
    rvu = _rvus().get((day.year, code))
    factor = conversion_factor(day)
    place = NATIONAL if zip_code is None else locality(zip_code, day.year)
    if rvu is None or rvu.status != "A" or factor is None or place is None:
        return None
    fixed = rvu.work * place.work + rvu.malpractice * place.malpractice
    expense = (rvu.facility_expense if facility else rvu.practice_expense) * place.practice_expense
    full, reduced = round_cents((fixed + expense) * factor), round_cents((fixed + expense * HALF) * factor)
    return UnitRate(full, reduced if rvu.multiple_procedure else full, rvu, place, factor, facility)


@lru_cache(MOST_REMEMBERED)
def conversion_factor(on: date) -> Decimal | None:
    """Dollars a relative value unit, for clinicians outside an advanced payment model."""
    for row in rows("conversion_factors"):
        if row["from"] <= on.isoformat() <= row["to"] and row["basis"] != "qualifying_apm":
            return Decimal(row["cf"])
    return None


@lru_cache(MOST_REMEMBERED)
def locality(zip_code: str, year: int) -> Locality | None:
    """Locality of a ZIP code, joined on contractor and locality (state codes there are CMS's own)."""
    found = place_of(zip_code)
    return _indices().get((year, found.contractor, found.locality)) if found else None


@cache
def schedule_years() -> frozenset[int]:
    """Years of which the fees are here."""
    return frozenset(year for year, _ in _rvus())


def locality_name(key: str, year: int) -> str:
    """The name of a locality that a derivation names by contractor and number (empty: national)."""
    contractor, _, number = key.partition("/")
    found = NATIONAL if not key else _indices().get((year, contractor, number))
    return found.name if found else key


@cache
def _rvus() -> dict[tuple[int, str], Rvu]:
    return {
        (int(row["year"]), row["hcpcs"]): Rvu(
            row["release"],
            row["status"],
            Decimal(row["work_rvu"]),
            Decimal(row["pe_rvu_nonfacility"]),
            Decimal(row["pe_rvu_facility"]),
            Decimal(row["mp_rvu"]),
            row["mult_proc"] == "5",
        )
        for row in rows("mpfs_rvu_therapy")
    }


@cache
def _indices() -> dict[tuple[int, str, str], Locality]:
    return {
        (int(row["year"]), row["mac"], row["locality"]): Locality(
            f"{row['locality_name'].title()} ({row['mac']}/{row['locality']})",
            f"{row['mac']}/{row['locality']}",
            Decimal(row["work_gpci"]),
            Decimal(row["pe_gpci"]),
            Decimal(row["mp_gpci"]),
        )
        for row in rows("gpci")
    }
