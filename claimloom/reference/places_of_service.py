"""Where Medicare pays the facility's fee and where the office's, from ``data/pos_codes.csv`` (CLM05-1, SV105).

42 CFR 414.22(b)(5) has two practice expenses a service, by where it is given. All always-therapy codes of the packaged
releases have the same in both, so that the place changes only what splints, wound care, remote monitoring and a few
others pay.
"""

from __future__ import annotations

from functools import cache

from claimloom.reference import rows


@cache
def places_of_service() -> frozenset[str]:
    """All codes of the table."""
    return frozenset(row["pos"] for row in rows("pos_codes"))


@cache
def facility_places() -> frozenset[str]:
    """Codes of places where the facility's fee is paid."""
    return frozenset(row["pos"] for row in rows("pos_codes") if row["mpfs_rate"] == "facility")
