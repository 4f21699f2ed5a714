"""Medicare Physician Fee Schedule: what one unit of a code is worth on a date, in full and with MPPR.

``rate = round2((work * Gw + PE * Gp [* 0.5] + MP * Gm) * CF)``, half up; PE of the office or of the facility, by where
the service is given (42 CFR 414.22). RVU releases, GPCI and conversion factors are packaged for 2024 to 2026 (2026 GPCI
with two decimals only); a data folder may have others (``releases.py``).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import cache, cached_property, lru_cache

from claimloom.reference import rows
from claimloom.reference.places import place_of
from claimloom.reference.releases import ListRelease, Lists, Own, packaged, packaged_lists

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
    factor: Decimal | None = None
    """Dollars of a unit by the release itself."""


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


class FeeSchedule:
    """The fees of a data folder: of each day those of the release that covers it."""

    def __init__(self, lists: Lists) -> None:
        self.lists = lists

    def __str__(self) -> str:
        """The digest of the releases of a data folder; empty without any."""
        return self._digest

    @cached_property
    def _digest(self) -> str:
        return self.lists.digest("mpfs", "gpci")

    def unit_rate(
        self, code: str, on: date, zip_code: str | None, year: int | None = None, *, facility: bool = False
    ) -> UnitRate | None:
        """Rate of one unit at a ZIP (None: national), by the schedule of ``year`` (None: that of the date).

        ``facility``: where the facility bears the expense (``facility_places``).
        None if the code has no national price then, the ZIP is not known, or no release covers the day.
        """
        return self._rate(code, on if year is None else date(year, 12, 31), zip_code, facility)

    def covers(self, day: date) -> bool:
        """Whether fees of a day are here."""
        return self.lists.on("mpfs", day) is not None

    def locality(self, zip_code: str, day: date) -> Locality | None:
        """Locality of a ZIP code, joined on contractor and locality (state codes there are CMS's own)."""
        found, release = place_of(zip_code), self.lists.on("gpci", day)
        return _indices(release).get((found.contractor, found.locality)) if found and release else None

    @cached_property
    def _rate(self) -> Callable[[str, date, str | None, bool], UnitRate | None]:
        return lru_cache(MOST_REMEMBERED)(self._worked_out)

    def _worked_out(self, code: str, day: date, zip_code: str | None, facility: bool) -> UnitRate | None:
        rvu = _rvu(self.lists.on("mpfs", day), code)
        place = NATIONAL if zip_code is None else self.locality(zip_code, day)
        if rvu is None or rvu.status != "A" or place is None:
            return None
        factor = rvu.factor or conversion_factor(day)
        if factor is None:
            return None
        fixed = rvu.work * place.work + rvu.malpractice * place.malpractice
        expense = (rvu.facility_expense if facility else rvu.practice_expense) * place.practice_expense
        full, reduced = round_cents((fixed + expense) * factor), round_cents((fixed + expense * HALF) * factor)
        return UnitRate(full, reduced if rvu.multiple_procedure else full, rvu, place, factor, facility)


@cache
def packaged_fees() -> FeeSchedule:
    """The packaged releases alone."""
    return FeeSchedule(packaged_lists())


@lru_cache(MOST_REMEMBERED)
def conversion_factor(on: date) -> Decimal | None:
    """Dollars a relative value unit, for clinicians outside an advanced payment model, where the release says none."""
    for row in rows("conversion_factors"):
        if row["from"] <= on.isoformat() <= row["to"] and row["basis"] != "qualifying_apm":
            return Decimal(row["cf"])
    return None


@cache
def schedule_years() -> frozenset[int]:
    """Years of which the fees are packaged."""
    return frozenset(each.starts.year for each in packaged("mpfs"))


def locality_name(key: str, year: int) -> str:
    """The name of a locality that a derivation names by contractor and number (empty: national); of a year that is not
    packaged, its name in the last one.
    """
    contractor, _, number = key.partition("/")
    found = (
        NATIONAL if not key else _indices(packaged_lists().nearest("gpci", date(year, 1, 1))).get((contractor, number))
    )
    return found.name if found else key


@lru_cache(64)
def _by_code(release: ListRelease) -> dict[str, Own]:
    return {row[0]: row for row in release.rows}


def _rvu(release: ListRelease | None, code: str) -> Rvu | None:
    row = _by_code(release).get(code) if release else None
    if release is None or row is None:
        return None
    _, status, work, office, facility, malpractice, multiple, factor = row
    return Rvu(
        release.name,
        status,
        Decimal(work),
        Decimal(office),
        Decimal(facility),
        Decimal(malpractice),
        multiple == "5",
        Decimal(factor) if factor else None,
    )


@lru_cache(64)
def _indices(release: ListRelease) -> dict[tuple[str, str], Locality]:
    return {
        (contractor, number): Locality(
            f"{name.title()} ({contractor}/{number})", f"{contractor}/{number}", *map(Decimal, indices)
        )
        for contractor, number, name, *indices in release.rows
    }
