"""The versions of a visit's claim: what was paid for all of them was paid for one service.

A replacement that is paid while nobody took back what the original brought, or two versions billed to two payers that
both pay: the visit brought too much, whichever claim the money came on. The newest version that is paid bears it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from claimloom.ledger.books.claims import claims
from claimloom.ledger.states import Line, fetch, in_line, of_visits


@dataclass(frozen=True, slots=True)
class Versions:
    """Claims of visits that have several to one payer in line, each with its version and its line, by place."""

    known: Mapping[int, tuple[tuple[int, int], Line]]

    @property
    def places(self) -> set[int]:
        """Of all these claims."""
        return set(self.known)

    def bearer(self, place: int, paid_cents: Callable[[int], int]) -> int | None:
        """The newest version of the claim's visit for which something was paid and not taken back, if there are several
        versions.
        """
        paid = [each for each in self._versions(place) if paid_cents(each) > 0]
        return max(paid, key=lambda each: self.known[each][0], default=None)

    def elsewhere_cents(self, place: int, paid_cents: Callable[[int], int]) -> int:
        """What was paid for the other versions, where this one bears it."""
        if self.bearer(place, paid_cents) != place:
            return 0
        return sum(paid_cents(each) for each in self._versions(place) if each != place)

    def _versions(self, place: int) -> list[int]:
        if place not in self.known:
            return []
        visit = self.known[place][1]
        return [each for each, (_, of) in self.known.items() if of == visit]


def versions_of(connection: Connection, places: set[int]) -> Versions:
    """All versions of these claims, of visits that have more than one to that payer in line."""
    rows = fetch(connection, claims, places, (claims.c.tenant, claims.c.session_id, claims.c.in_line))
    lines = {in_line(row) for row in rows}
    some = [row for row in of_visits(connection, {line[:2] for line in lines}) if in_line(row) in lines] if rows else []
    count = Counter(map(in_line, some))
    known = {row.place: ((int(row.version), row.place), in_line(row)) for row in some if count[in_line(row)] > 1}
    return Versions(known)
