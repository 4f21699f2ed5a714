"""``units FILE``: the visits of a file by both methods, and what these differ by in units and in charges.

A sessions file (``.jsonl``), or a table (``.csv``) with the columns code and minutes, and visit if it has several.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from claimloom.billing.build import treatments_of
from claimloom.billing.units import NOTHING, Before, Treatment, derive_units
from claimloom.errors import PlainError
from claimloom.reference.therapy_codes import therapy_code
from schemas.claim import UnitDerivation
from schemas.session import Session
from schemas.values import UnitRule

SUFFIXES: Final = (".jsonl", ".csv")
MOST_MINUTES: Final = 24 * 60


@dataclass(frozen=True, slots=True)
class Counted:
    """A visit by both methods. ``fees_cents``: charge of a unit by code; empty where the file has none."""

    name: str
    cms: UnitDerivation
    ama: UnitDerivation
    fees_cents: dict[str, int] = field(default_factory=dict)

    def units(self, derived: UnitDerivation) -> dict[str, int]:
        """Billed units by code."""
        return {row.code: row.units for row in derived.codes if row.units}

    def charge_cents(self, derived: UnitDerivation) -> int | None:
        """What they are charged with; None where a code has no fee."""
        units = self.units(derived)
        if not self.fees_cents or not units.keys() <= self.fees_cents.keys():
            return None
        return sum(self.fees_cents[code] * count for code, count in units.items())

    @property
    def more_units(self) -> int:
        """Units that the midpoint method gives beyond the 8-minute rule."""
        return sum(self.units(self.ama).values()) - sum(self.units(self.cms).values())

    @property
    def more_cents(self) -> int | None:
        """The same in charges."""
        cms, ama = self.charge_cents(self.cms), self.charge_cents(self.ama)
        return None if cms is None or ama is None else ama - cms


def counted_visits(path: Path) -> Iterator[Counted]:
    """Each visit of a file; PlainError with the line that cannot be read."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        raise PlainError(f"{path}: cannot be read as a text file; give a sessions file or a table") from None
    yield from _sessions(path, text) if path.suffix == ".jsonl" else _table(path, text)


def _sessions(path: Path, text: str) -> Iterator[Counted]:
    """Timed minutes of a day are one pool under the 8-minute rule, so a later visit is told with what is left."""
    days: dict[tuple[object, ...], list[UnitDerivation]] = defaultdict(list)
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            session = Session.model_validate_json(line)
        except ValidationError as error:
            where = ".".join(map(str, error.errors()[0]["loc"]))
            raise PlainError(
                f"{path} line {number}: no visit: {where or 'no JSON object'}; see docs/sessions.md"
            ) from None
        payer = session.first_payer_id or session.session_id  # what the patient pays is no payer's minutes
        pool = (session.patient.patient_id, session.date_of_service, session.discipline, payer)
        day = days[*pool, session.billing_provider.npi]
        asked = treatments_of(session)
        cms = derive_units(asked, UnitRule.CMS_8MIN, Before.of(day) if day else NOTHING)
        day.append(cms)
        name = f"{session.session_id} {session.date_of_service} {session.discipline.value}"
        yield Counted(name, cms, derive_units(asked, UnitRule.AMA_MIDPOINT), dict(session.clinic.fees_cents))


def _table(path: Path, text: str) -> Iterator[Counted]:
    visits: dict[str, list[Treatment]] = {}
    rows = csv.DictReader(text.splitlines())
    if not {"code", "minutes"} <= set(rows.fieldnames or ()):
        raise PlainError(f"{path}: the first line names the columns code and minutes, and visit if there are several")
    for row in rows:
        code, minutes = (row["code"] or "").strip().upper(), (row["minutes"] or "").strip()
        if therapy_code(code) is None:
            raise PlainError(f"{path} line {rows.line_num}: {code or 'no code'} is no code of the therapy table")
        if not (minutes.isascii() and minutes.isdigit() and int(minutes) <= MOST_MINUTES):
            raise PlainError(f"{path} line {rows.line_num}: minutes are a number from 0 to {MOST_MINUTES:,}")
        visits.setdefault((row.get("visit") or "visit").strip(), []).append(Treatment(code, int(minutes)))
    for name, asked in visits.items():
        yield Counted(name, derive_units(asked, UnitRule.CMS_8MIN), derive_units(asked, UnitRule.AMA_MIDPOINT))
