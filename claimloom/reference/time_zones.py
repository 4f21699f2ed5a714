"""Which day it is at a clinic: of its time zone, else of the one in which most of its state lives.

Zones by state: 49 CFR part 71 (boundaries of the standard time zones), 15 U.S.C. 263; names: IANA time zone database.
"""

from __future__ import annotations

from datetime import date, datetime
from functools import cache, lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from schemas.session import Clinic, on_the_clock

STATES: Final = {
    "America/New_York": "CT DC DE FL GA IN KY MA MD ME MI NC NH NJ NY OH PA RI SC VA VT WV",
    "America/Chicago": "AL AR IA IL KS LA MN MO MS ND NE OK SD TN TX WI",
    "America/Denver": "CO ID MT NM UT WY",
    "America/Phoenix": "AZ",
    "America/Los_Angeles": "CA NV OR WA",
    "America/Anchorage": "AK",
    "Pacific/Honolulu": "HI",
    "America/Puerto_Rico": "PR VI",
    "Pacific/Guam": "GU MP",
    "Pacific/Pago_Pago": "AS",
}


@cache
def _zones() -> dict[str, ZoneInfo]:
    return {state: ZoneInfo(zone) for zone, states in STATES.items() for state in states.split()}


def time_at(clinic: Clinic, now: datetime) -> datetime:
    """Its time at a moment; abroad, and where neither zone nor state is told, as it is given (UTC)."""
    if clinic.time_zone:
        zone: ZoneInfo | None = ZoneInfo(clinic.time_zone)
    else:
        zone = None if clinic.address.country else _zones().get(clinic.address.state)
    return _there(zone, now) if zone else now


@lru_cache(1000)
def _there(zone: ZoneInfo, now: datetime) -> datetime:
    """All visits of a step are asked for one moment, in a handful of zones."""
    return datetime.fromtimestamp(on_the_clock(now), zone)


def day_at(clinic: Clinic, now: datetime) -> date:
    """Its day at a moment."""
    return time_at(clinic, now).date()
