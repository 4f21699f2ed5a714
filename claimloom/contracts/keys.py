"""The keys of a contract's file: what each may hold, and beside what it has no effect.

A reader gives the value or raises ``UnfitError`` with what is expected. Shares may stand in quotes or not: a number of
TOML is read as a decimal, never as a float.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches
from itertools import pairwise
from typing import Any, Final

from claimloom.contracts.interest import states_known
from claimloom.reference.fee_schedule import schedule_years
from claimloom.reference.places_of_service import facility_places, places_of_service
from claimloom.reference.providers import npi_is_valid

Reader = Callable[[Any], Any]
MOST_CENTS: Final = 100_000_000
FIRST_YEAR, LAST_YEAR = 2016, 2099
"""The first whole year that ``claimloom data import`` takes in; the last that an event may be of."""


class UnfitError(Exception):
    """A value that a key cannot have; says what is expected."""


def nearest(word: object, known: Mapping[str, object] | frozenset[str] | tuple[str, ...]) -> str:
    """``; did you mean X?``, or nothing where no known name is near."""
    found = get_close_matches(str(word), list(known), n=1, cutoff=0.6)
    return f"; did you mean {found[0]}?" if found else ""


def a_date(value: Any) -> date:
    """A day of TOML."""
    if not isinstance(value, date) or isinstance(value, datetime):
        raise UnfitError("a date without quotes is expected, as in 2026-01-01")
    return value


def cents(value: Any) -> int:
    """Whole cents from 0 to a million dollars."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MOST_CENTS:
        raise UnfitError(f"whole cents are expected, as in 9500 for $95.00{_in_cents(value)}")
    return value


def _in_cents(value: Any) -> str:
    """The cents that dollars with a point may have meant."""
    text = str(value).removeprefix("$")
    dollars = re.fullmatch(r"\d{1,6}\.\d{1,2}", text, re.ASCII)
    return f"; did you mean {int(Decimal(text) * 100)}?" if dollars else ""


def a_share(least: str, most: str, shown: str, *, none: bool = False) -> Reader:
    """A decimal above ``least`` and up to ``most``, or 0 with ``none``; ``shown`` is an example with its meaning."""

    def read(value: Any) -> Decimal:
        try:
            found = Decimal(value) if isinstance(value, str | int | Decimal) and not isinstance(value, bool) else None
        except InvalidOperation:
            found = None
        if none and found == 0:
            return Decimal(0)
        if found is None or not found.is_finite() or not Decimal(least) < found <= Decimal(most):
            near = _as_share(value, least, most)
            raise UnfitError(f"a share above {least} and up to {most} is expected, as in {shown}{near}")
        return found

    return read


def _as_share(value: Any, least: str, most: str) -> str:
    """The share that a number of per cent may have meant."""
    text = str(value).strip().removesuffix("%").strip()
    if not re.fullmatch(r"\d{1,3}(\.\d{1,2})?", text, re.ASCII):
        return ""
    share = Decimal(text) / 100
    if share < Decimal("0.02"):  # 1.2 is hardly a number of per cent
        return ""
    return f'; did you mean "{share.normalize():f}"?' if Decimal(least) < share <= Decimal(most) else ""


def a_flag(value: Any) -> bool:
    """true or false."""
    if not isinstance(value, bool):
        raise UnfitError("true or false is expected, without quotes")
    return value


def a_year(value: Any) -> int:
    """A calendar year whose fees of Medicare can be taken in: a contract of next year is written before these are."""
    if isinstance(value, bool) or not isinstance(value, int) or not FIRST_YEAR <= value <= LAST_YEAR:
        raise UnfitError(f"a year is expected, as in {max(schedule_years())}, from {FIRST_YEAR} to {LAST_YEAR}")
    return value


def one_of(*words: str) -> Reader:
    """One of these words."""

    def read(value: Any) -> str:
        if value not in words:
            raise UnfitError(f"{' or '.join(words)} is expected{nearest(value, words)}")
        return str(value)

    return read


def a_text(value: Any) -> str:
    """Text with something in it."""
    if not isinstance(value, str) or not value.strip() or not value.isprintable():
        raise UnfitError("text in quotes is expected, in one line")
    return value


def texts(pattern: str, shown: str) -> Reader:
    """One text or a list of texts of a form, each once, in their order."""
    form = re.compile(pattern, re.ASCII)

    def read(value: Any) -> tuple[str, ...]:
        listed = value if isinstance(value, list) else [value]
        for each in listed:
            if not isinstance(each, str) or not form.fullmatch(each):
                raise UnfitError(f"{shown} is expected, or a list of such")
        if not listed or len(set(listed)) < len(listed):
            raise UnfitError("the list is empty" if not listed else "the list names something twice")
        return tuple(sorted(listed))

    return read


def npis(value: Any) -> tuple[str, ...]:
    """NPIs with their check digit."""
    found: tuple[str, ...] = texts(r"\d{10}", "an NPI of ten digits in quotes")(value)
    for each in found:
        if not npi_is_valid(each):
            raise UnfitError(f"{each} is no NPI: its last digit is a check digit, and does not fit")
    return found


def places(value: Any) -> tuple[str, ...]:
    """Places of service; ``facility`` and ``office`` stand for all where Medicare pays that fee."""
    known = places_of_service()
    found: list[str] = []
    for each in value if isinstance(value, list) else [value]:
        if each == "facility":
            found += facility_places()
        elif each == "office":
            found += known - facility_places()
        elif each in known:
            found.append(each)
        else:
            words = tuple(sorted({*known, "facility", "office"}))
            raise UnfitError(f"a place of service in quotes, facility or office is expected{nearest(each, words)}")
    if not found:
        raise UnfitError("the list is empty")
    return tuple(sorted(set(found)))


def amounts(value: Any) -> tuple[int, ...]:
    """Cents, or a list of them."""
    listed = value if isinstance(value, list) else [value]
    if not listed:
        raise UnfitError("the list is empty")
    return tuple(cents(each) for each in listed)


def unit_steps(value: Any) -> tuple[Decimal, ...]:
    """Shares of the first, second and further units, none above the one before."""
    if not isinstance(value, list) or len(value) < 2:
        raise UnfitError('a list of at least two shares is expected, as in ["1", "0.8", "0.5"]')
    read = a_share("0", "1", '"0.8" for 80 %')
    found = tuple(read(each) for each in value)
    if any(later > earlier for earlier, later in pairwise(found)):
        raise UnfitError("no share may be above the one before it")
    return found


def fees(value: Any) -> dict[str, int]:
    """Cents of a unit by code."""
    if not isinstance(value, dict) or not value:
        raise UnfitError('a table of cents by code is expected, as in { "97110" = 3180 }')
    for code, amount in value.items():
        if not re.fullmatch(CODE, code, re.ASCII):
            raise UnfitError(f"{code} is no procedure code, as 97110 or G0283 are")
        try:
            cents(amount)
        except UnfitError as error:
            raise UnfitError(f"{code}: {error}") from None
    return dict(value)


def interest_state(value: Any) -> str:
    """A state whose rule is in the table of late payment."""
    if value not in states_known():
        known = ", ".join(sorted(states_known()))
        raise UnfitError(f"only the rules of {known} are here; of another state write interest_days and interest_rate")
    return str(value)


def days(value: Any) -> int:
    """A number of days."""
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 365:
        raise UnfitError("days from 1 to 365 are expected")
    return value


CODE: Final = r"(?:\d{4}[A-Z0-9]|[A-Z]\d{4})"
"""CPT and HCPCS: four digits, and before them a letter or behind them a letter or digit."""
PERCENT_OF_MEDICARE: Final = a_share("0", "10", '"1.10" for 110 %')
PAYER_IDS: Final = texts(r"[^\s\"'\\]{1,80}", "a payer id in quotes")
HEAD: Final[Mapping[str, Reader]] = {
    "payer_ids": PAYER_IDS,
    "name": a_text,
    "interest_state": interest_state,
    "interest_days": days,
    "interest_rate": a_share("0", "1", '"0.12" for 12 % a year'),
    "terms": lambda value: value,
}
WHEN: Final[Mapping[str, Reader]] = {
    "tax_id": texts(r"\d{9}", "a tax id of nine digits in quotes"),
    "npi": npis,
    "plan": texts(r"\S.{0,49}", "a group number (SBR03) in quotes"),
    "clinic": texts(r"\S.{0,79}", "a clinic id in quotes"),
    "code": texts(CODE, "a procedure code in quotes"),
    "modifier": texts(r"[A-Z0-9]{2}", "a modifier of two letters or digits in quotes"),
    "place": places,
}
WAYS: Final[Mapping[str, Reader]] = {
    "fees": fees,
    "percent_of_medicare": PERCENT_OF_MEDICARE,
    "percent_of_charge": a_share("0", "1", '"0.65" for 65 %'),
    "per_visit_cents": amounts,
    "case_rate_cents": cents,
    "capitation": one_of("member and month"),
}
_ALL: Final = tuple(each for each in WAYS if each != "capitation")
_RATED: Final = ("fees", "percent_of_medicare", "percent_of_charge")
_RAISED: Final = ("fees", "percent_of_medicare", "per_visit_cents", "case_rate_cents")
BESIDE: Final[Mapping[str, tuple[Reader, tuple[str, ...]]]] = {
    "year": (a_year, ("percent_of_medicare",)),
    "locality": (one_of("clinic", "national"), ("percent_of_medicare",)),
    "mppr": (a_flag, ("percent_of_medicare",)),
    "counted": (one_of("day", "year"), ("per_visit_cents",)),
    "lesser_of": (a_flag, _RAISED),
    "unit_steps": (unit_steps, _RATED),
    "steps_by": (one_of("unit", "code"), _RATED),
    "visit_cap_cents": (cents, _RATED),
    "escalator": (a_share("-0.5", "0.5", '"0.03" for 3 % a year'), _RAISED),
    "escalates_from": (a_date, _RAISED),
    "withhold": (a_share("0", "0.9", '"0.10" for 10 %'), _ALL),
    "assistant_factor": (a_share("0", "1", '"0.85" for 85 %'), _ALL),
    "sequestration": (a_share("0", "0.2", '"0.02" for 2 %', none=True), _ALL),
}
"""Keys beside a way of paying, and the ways beside which they have an effect."""
DATES: Final[Mapping[str, Reader]] = {"from": a_date, "until": a_date}
TERM: Final[Mapping[str, Reader]] = {
    **DATES,
    "note": a_text,
    **WHEN,
    **WAYS,
    **{key: read for key, (read, _) in BESIDE.items()},
}
