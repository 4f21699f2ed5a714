"""Which of our claims the claims of an 835 mean, as far as their numbers, and those of their lines, tell.

The number is the payer's echo of ours (CLP01), whole or damaged; else the payer's own (CLP07). Where the lines name
another claim of ours (REF*6R), they are right: payers answer a replacement under the number of the original (X12 RFI
1945, 2150), or one claim of a day under another's. Without line numbers a replacement is known by what it says of
itself: frequency 7 (CLP09), or the charge (CLP03) that is its alone. A reversal (CLP02 = 22) means what it names.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any, Final

from sqlalchemy import Connection, Row, select

from claimloom.claim_number import of_line, repaired, squeezed
from claimloom.ledger.books.acknowledgments import acknowledgments
from claimloom.ledger.books.claims import VOID, claims
from claimloom.ledger.books.remittances import remittances
from claimloom.ledger.books.submissions import submissions
from claimloom.ledger.database import among, owned
from claimloom.ledger.states import fetch
from claimloom.remit.match import members_of
from schemas.remittance import RemitClaim

REPLACEMENT: Final = "7"
KNOWN_BY: Final = tuple(
    claims.c[name]
    for name in (
        *("place", "claim_id", "tenant", "clinic", "patient_control_number"),
        *("session_id", "version", "billed_cents", "member_id"),
        *("in_line", "frequency", "replaces"),
    )
)


class Meant:
    """The claims of ours that a portion's payments mean, asked for once."""

    def __init__(self, connection: Connection, tenant: str, told: Sequence[RemitClaim]) -> None:
        names = {each.patient_control_number: repaired(each.patient_control_number) for each in told}
        asked = {*names, *(number for some in names.values() for number in some)}
        asked |= {number for each in told if (number := _of_lines(each))}
        rows = owned(connection, claims, claims.c.patient_control_number, asked, tenant, KNOWN_BY)
        self._named = {row.patient_control_number: row for row in rows}
        for said, some in names.items():
            if said not in self._named and (known := next((each for each in some if each in self._named), "")):
                self._named[said] = self._named[known]
        lost = {each.payer_claim_control_number for each in told if each.patient_control_number not in self._named}
        self._by_payers_number = _by_payers_numbers(connection, tenant, {each for each in lost if _is_a_number(each)})
        self._voided: dict[int, Row[Any]] = _voided(connection, tenant, self._named.values())
        self._later = _later_versions(connection, tenant, filter(None, map(self._looks_newer, told)))

    def claim(self, told: RemitClaim) -> Row[Any] | None:
        """The claim that is meant, or None; the reconciler looks further."""
        row = self._by_number(told)
        by_lines = self._original(self._named.get(_of_lines(told)))
        charge = abs(told.charge_cents)
        if by_lines is not None and (row is None or by_lines.billed_cents == charge or row.billed_cents != charge):
            return by_lines
        if row is None or self._looks_newer(told) is None:
            return row
        later = [
            each
            for each in self._later.get(row.session_id, ())
            if each.in_line == row.in_line and (each.version, each.place) > (row.version, row.place)
        ]
        if told.frequency_code == REPLACEMENT and later:
            return max(later, key=lambda each: (int(each.version), each.place))
        alike = [each for each in later if each.billed_cents == charge]
        return alike[0] if len(alike) == 1 else row

    def _by_number(self, told: RemitClaim) -> Row[Any] | None:
        """By the echo of ours; else by the payer's own, which another payer may give as well: so its member has to be
        the claim's. Of several the one with its charge, else the one that had it last.
        """
        if (row := self._named.get(told.patient_control_number)) is not None:
            return self._original(row)
        rows = [row for row in self._by_payers_number.get(told.payer_claim_control_number, ()) if _is_member(told, row)]
        charged = [row for row in rows if row.billed_cents == abs(told.charge_cents)]
        return next(iter([*reversed(charged), *reversed(rows)]), None)

    def _original(self, row: Row[Any] | None) -> Row[Any] | None:
        """Of a void the claim that it takes back."""
        return None if row is None else self._voided.get(int(row.place), row)

    def _looks_newer(self, told: RemitClaim) -> Row[Any] | None:
        """The claim that it names, where what it says may be of a later version of that."""
        row = self._by_number(told)
        if row is None or told.takes_back or _of_lines(told) == row.patient_control_number:
            return None
        newer = told.frequency_code == REPLACEMENT or row.billed_cents != abs(told.charge_cents)
        return row if newer else None


def _voided(connection: Connection, tenant: str, named: Iterable[Row[Any]]) -> dict[int, Row[Any]]:
    """By the places of voids the claims that they take back: payers answer under either number (X12 RFI 2150)."""
    voids = {row.place: row.replaces for row in named if row.frequency == VOID and row.replaces is not None}
    if not voids:
        return {}
    rows = {row.place: row for row in owned(connection, claims, claims.c.place, set(voids.values()), tenant, KNOWN_BY)}
    return {place: rows[of] for place, of in voids.items() if of in rows}


def _of_lines(told: RemitClaim) -> str:
    """The claim's number in those of all its lines, or empty."""
    names = {of_line(line.line_control_number) for line in told.lines if line.line_control_number}
    return names.pop() if len(names) == 1 else ""


def _is_a_number(said: str) -> bool:
    """Whether it can tell one claim of a payer's from another."""
    return len(squeezed(said).lstrip("0")) > 3


def _is_member(told: RemitClaim, row: Row[Any]) -> bool:
    """Whether nothing speaks against it: a member id may be written with a suffix, or be left out."""
    ours, theirs = squeezed(row.member_id), [squeezed(each) for each in members_of(told)]
    return not ours or not any(theirs) or any(each.startswith(ours) or ours.startswith(each) for each in theirs if each)


def _by_payers_numbers(connection: Connection, tenant: str, lost: Collection[str]) -> dict[str, list[Row[Any]]]:
    """Claims that payers gave these numbers, those that had one last at the end."""
    found: dict[str, list[Row[Any]]] = {}
    if not lost:
        return found
    for table in (acknowledgments, remittances):
        columns = (table.c.place, table.c.payer_claim_control_number, table.c.claim)
        mine = among(connection, table.c.payer_claim_control_number, lost)
        said = connection.execute(select(*columns).where(mine, table.c.claim.is_not(None))).all()
        places = {row.claim for row in said}
        theirs = {row.place: row for row in owned(connection, claims, claims.c.place, places, tenant, KNOWN_BY)}
        for _, number, claim in sorted(said):
            if claim in theirs:
                found.setdefault(number, []).append(theirs[claim])
    return found


def _later_versions(connection: Connection, tenant: str, rows: Iterable[Row[Any]]) -> dict[str, list[Row[Any]]]:
    """Claims of the same visits that went out, by visit."""
    visits = {row.session_id for row in rows}
    if not visits:
        return {}
    mine = (among(connection, claims.c.tenant, {tenant}), among(connection, claims.c.session_id, visits))
    versions = connection.execute(select(*KNOWN_BY).where(*mine)).all()
    places = [row.place for row in versions]
    sent = {row.claim for row in fetch(connection, submissions, places, (submissions.c.claim,))}
    found: dict[str, list[Row[Any]]] = {}
    for row in versions:
        if row.place in sent and row.frequency != VOID:
            found.setdefault(row.session_id, []).append(row)
    return found
