"""Facts of the procedure codes that therapists bill, from ``data/therapy_codes.csv``."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final

from claimloom.reference import rows


@dataclass(frozen=True, slots=True)
class TherapyCode:
    """One row of the table; ``disciplines`` as PT, OT, SLP, AUD or AT."""

    code: str
    disciplines: tuple[str, ...]
    timed: bool
    unit_minutes: int | None
    unit_basis: str
    counts_in_cms_15min_pool: bool
    add_on_of: str
    mue_practitioner: int | None
    therapy_designation: str
    mppr: bool
    mpfs_status: str
    assistant_may_furnish: bool
    label: str

    @property
    def is_billed_by_time(self) -> bool:
        """Whether minutes alone make its units; of what each contractor decides (unlisted codes) they do where told."""
        return self.timed and self.unit_basis != "contractor"


MONITORING: Final = frozenset({"episode", "30day", "month"})
"""Unit bases of remote therapeutic monitoring, which a day's claims alone say nothing of."""


@cache
def therapy_codes() -> dict[str, TherapyCode]:
    """All codes by number."""
    return {
        row["code"]: TherapyCode(
            code=row["code"],
            disciplines=tuple(row["disciplines"].split("|")),
            timed=row["timed"] in ("Y", "V"),
            unit_minutes=int(row["unit_minutes"]) if row["unit_minutes"] else None,
            unit_basis=row["unit_basis"],
            counts_in_cms_15min_pool=row["counts_in_cms_15min_pool"] == "Y",
            add_on_of=row["add_on_of"],
            mue_practitioner=int(row["mue_practitioner"]) if row["mue_practitioner"] else None,
            therapy_designation=row["therapy_designation"],
            mppr=row["mppr_2026"] == "Y",
            mpfs_status=row["mpfs_status_2026"],
            assistant_may_furnish=row["assistant_may_furnish"] == "Y",
            label=row["label"],
        )
        for row in rows("therapy_codes")
    }


@cache
def monitoring_codes() -> frozenset[str]:
    """Codes of remote therapeutic monitoring."""
    return frozenset(code for code, known in therapy_codes().items() if known.unit_basis in MONITORING)


def therapy_code(code: str) -> TherapyCode | None:
    """The facts of a code, or None if it is not a therapy code of the table."""
    return therapy_codes().get(code)
