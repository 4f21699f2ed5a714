"""What reviewers said of the claims that were drawn for a second pair of eyes."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection, func, select

from claimloom.ledger.books.claims import claims
from claimloom.ledger.books.decisions import REVIEWED, decisions
from claimloom.ledger.books.work import REVIEW
from claimloom.ledger.books.work_items import work_items
from claimloom.ledger.views.scope import Scope
from claimloom.ledger.views.totals import tenants_known
from claimloom.ledger.views.worklist import LISTED


@dataclass(slots=True)
class ReviewSum:
    """Of a tenant's clinic and a reviewer (empty: anybody): claims that wait, passed, and did not pass."""

    tenant: str
    clinic: str
    reviewer: str
    waiting: int = 0
    passed: int = 0
    failed: int = 0

    @property
    def agreement(self) -> str:
        """Of a hundred claims that were in order by the rules, how many were so for the reviewer; empty: none yet."""
        looked_at = self.passed + self.failed
        return f"{100 * self.passed / looked_at:.1f}" if looked_at else ""

    def json(self) -> dict[str, Any]:
        """For programs."""
        return asdict(self) | {"agreement_percent": self.agreement}


def reviews(connection: Connection, scope: Scope) -> list[ReviewSum]:
    """Sums by tenant, clinic and reviewer, in this order."""
    found: dict[tuple[str, str, str], Counter[str]] = defaultdict(Counter)
    passed, failed = REVIEWED
    for tenant in scope.tenants or tenants_known(connection):
        said = (
            select(claims.c.clinic, decisions.c.actor, decisions.c.kind, func.count().label("many"))
            .join(claims, claims.c.place == decisions.c.about)
            .where(decisions.c.tenant == tenant, decisions.c.kind.in_(REVIEWED))
            .group_by(claims.c.clinic, decisions.c.actor, decisions.c.kind)
        )
        for row in connection.execute(said).all():
            found[tenant, row.clinic, row.actor][row.kind] += row.many
        # Counted here: grouped, the database would read all that is to do, in the order of the groups.
        mine = (work_items.c.tenant == tenant, work_items.c.kind == REVIEW, LISTED)
        for row in connection.execute(select(work_items.c.clinic, work_items.c.owner).where(*mine)).all():
            found[tenant, row.clinic, row.owner][REVIEW] += 1
    rows = [ReviewSum(*key, each[REVIEW], each[passed], each[failed]) for key, each in sorted(found.items())]
    return [row for row in rows if not scope.clinics or row.clinic in scope.clinics]
