"""What the ledger knows around claims, as the rules are told it: the cases of a batch."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import Connection, Row, select

from claimloom.desk.writable import unwritable
from claimloom.ledger.books.claims import (
    FIRST,
    VOID,
    accumulators,
    authorization_visits,
    claim_lines,
    claims,
    therapy_dollars,
    therapy_told,
)
from claimloom.ledger.database import among
from claimloom.ledger.days import claims_on
from claimloom.ledger.journal import payloads
from claimloom.ledger.states import REJECTED, claim_states, fetch
from claimloom.partners import Partners
from claimloom.payers import Payers
from claimloom.reference.edits import Edits
from claimloom.reference.icd10 import Icd10
from claimloom.scrub.case import Case, LedgerView, OtherClaim, OtherDay, OtherLine, Unwritable, clocked, watched
from claimloom.x12.guides.values import BASIC_SET, EXTENDED_SET
from schemas.claim import Claim, ClaimBuilt
from schemas.values import Discipline

GONE: Final = REJECTED | {"reversed"}


class ToAsk(NamedTuple):
    """A claim that the rules are asked about: whose, what was built, where that stands, and as of which day."""

    tenant: str
    built: ClaimBuilt
    place: int | None
    as_of: date


class Beside(NamedTuple):
    """What cases are made with beside the ledger."""

    icd10: Icd10
    edits: Edits
    payers: Payers
    partners: Partners


def cases_of(connection: Connection, around: Beside, asked: Sequence[ToAsk]) -> list[Case]:
    """The case of each, in their order."""
    built = [each.built for each in asked]
    views = _Views(connection, {each.tenant for each in asked}, built)
    refused = _unwritable(around.partners, asked)
    cases = []
    for each in asked:
        data = each.built
        coverage, session = data.claim.coverage, data.session
        case = Case(
            data.claim,
            session,
            around.payers.config(coverage.payer_id, coverage.payer_class, session.date_of_service),
            each.as_of,
            data.expected_rate_cents,
            views.of(each.tenant, data, each.place),
            data.answered_on,
            icd10=around.icd10,
            edits=around.edits,
            unlike=around.payers.unlike(coverage.payer_id),
            unwritable=refused.get(data.claim.claim_id, ()),
        )
        cases.append(case)
    return cases


def _unwritable(partners: Partners, asked: Sequence[ToAsk]) -> dict[UUID, list[Unwritable]]:
    """What no file can hold, in the characters of the partner that the tenant's files go to."""
    groups: dict[tuple[str, date], list[Claim]] = {}
    for each in asked:
        groups.setdefault((partners.of(each.tenant).charset, each.as_of), []).append(each.built.claim)
    found: dict[UUID, list[Unwritable]] = {}
    for (name, as_of), claims_of in groups.items():
        found |= unwritable(claims_of, as_of, EXTENDED_SET if name == "extended" else BASIC_SET)
    return found


def _is_watched(built: ClaimBuilt) -> bool:
    return not watched().isdisjoint(line.procedure_code for line in built.claim.lines)


def _watched_lines(
    connection: Connection, tenants: set[str], patients: set[str]
) -> dict[tuple[str, str], list[tuple[Row[Any], list[str]]]]:
    """Of patients their claims to first payers with what rules look back for, in the order in which
    they were built: an answer that ends a claim, or a void, leaves it without.
    """
    mine = (among(connection, claims.c.tenant, tenants), among(connection, claims.c.patient_id, patients))
    columns = ("place", "tenant", "patient_id", "number", "session_id", "version", "frequency", "payer_id")
    about = (claims.c[name] for name in (*columns, "date_of_service", "patient_control_number"))
    found = connection.execute(select(*about).where(*mine, claims.c.in_line == FIRST).order_by(claims.c.number)).all()
    codes: dict[int, list[str]] = defaultdict(list)
    lines = (claim_lines.c.claim, claim_lines.c.line_number, claim_lines.c.procedure_code)
    for line in fetch(connection, claim_lines, [row.place for row in found], lines):
        if line.procedure_code in watched():
            codes[line.claim].append(line.procedure_code)
    states = claim_states(connection, list(codes))
    kept: dict[tuple[str, str], list[tuple[Row[Any], list[str]]]] = defaultdict(list)
    for row in found:
        counts = row.frequency != VOID and states.get(row.place) not in GONE
        kept[row.tenant, row.patient_id].append((row, sorted(codes[row.place]) if counts else []))
    return kept


class _Views:
    """What the ledger knows around the claims of a batch, asked for once for all of them.

    A claim sees what was built before it, and nothing that came later, however far the builder is ahead: so the verdict
    is the same whether claims are scrubbed one by one or many at once. Claims of one patient are built in one order.
    """

    def __init__(self, connection: Connection, tenants: set[str], built: Sequence[ClaimBuilt]) -> None:
        patients = {each.claim.patient.patient_id for each in built}
        on = {(each.claim.patient.patient_id, each.session.date_of_service.isoformat()) for each in built}
        around = claims_on(connection, {(tenant, *day) for tenant in tenants for day in on})
        self.numbers: dict[int, int] = {row.place: row.number for rows in around.values() for row in rows}
        self.days = {day: [row for row in rows if row.in_line == FIRST] for day, rows in around.items()}
        self.counted: dict[tuple[str, str, str], list[Any]] = defaultdict(list)
        self.lines: dict[int, list[Any]] = defaultdict(list)
        # The tenants too: the index begins with them, and without them all of the table would be read.
        theirs = (
            among(connection, accumulators.c.tenant, tenants),
            among(connection, accumulators.c.patient_id, patients),
        )
        for row in connection.execute(select(accumulators).where(*theirs)).all():
            self.counted[row.tenant, row.patient_id, row.name].append(row)
        # A claim alone on its day has no neighbour: most days of most patients are left out here.
        places = [row.place for rows in self.days.values() if len(rows) > 1 for row in rows]
        self.states = claim_states(connection, places)
        self.rows = {row.place: row for row in fetch(connection, claims, places)}
        for line in fetch(connection, claim_lines, places):
            self.lines[line.claim].append(line)
        # Two disciplines of a day, and one is told by the clock: what the other one's clock says is read.
        told: dict[tuple[str, str], set[str]] = defaultdict(set)
        for each in built:
            if clocked(each.session):
                day = (each.claim.patient.patient_id, each.session.date_of_service.isoformat())
                told[day].add(each.claim.discipline)
        beside = {
            row.place
            for (_, patient, date), rows in (self.days.items() if told else ())
            for row in rows
            if len(rows) > 1 and told.get((patient, date), set()) - {self.rows[row.place].discipline}
        }
        self.visits = payloads(connection, beside, ClaimBuilt) if beside else {}
        patients = {each.claim.patient.patient_id for each in built if _is_watched(each)}
        self.watched = _watched_lines(connection, tenants, patients) if patients else {}

    def of(self, tenant: str, built: ClaimBuilt, place: int | None) -> LedgerView:
        """The view of one claim: of two visits on a day, the one that was built first is the original."""
        claim, session = built.claim, built.session
        patient, day = claim.patient.patient_id, session.date_of_service.isoformat()
        number = self.numbers.get(place or 0, 0)
        newest: dict[str, Any] = {}
        first: dict[str, int] = {}
        for row in self.days.get((tenant, patient, day), ()):
            first.setdefault(row.session_id, row.number)
            known = newest.get(row.session_id)
            if row.number < number and (known is None or known.version <= row.version):
                newest[row.session_id] = row
        mine = first.get(session.session_id, number)
        others = [
            self._other(self.rows[newest[each].place], came_first=first[each] < mine)
            for each in sorted(newest, key=lambda each: (first[each], each))
            if each != session.session_id
            and newest[each].frequency != VOID
            and self.lines[newest[each].place]
            and self.states[newest[each].place] not in GONE
        ]
        year = session.date_of_service.year
        names = (therapy_dollars(claim.discipline, year), therapy_told(claim.discipline, year))
        used = self._used([(tenant, patient, name) for name in names], day, session.session_id, number)
        visits = 0
        if claim.authorization_number:
            name = authorization_visits(claim.coverage.payer_id, claim.authorization_number)
            visits = sum(self._before((tenant, patient, name), day, session.session_id, number).values())
        return LedgerView(tuple(others), used, visits, self._other_days(tenant, built, number))

    def _other_days(self, tenant: str, built: ClaimBuilt, number: int) -> tuple[OtherDay, ...] | None:
        """Of other visits in their newest claim that was built before this one."""
        if not _is_watched(built):
            return None
        newest: dict[str, tuple[Any, Sequence[str]]] = {}
        for row, codes in self.watched.get((tenant, built.claim.patient.patient_id), ()):
            known = newest.get(row.session_id)
            if row.number < number and (known is None or known[0].version <= row.version):
                newest[row.session_id] = (row, codes)
        newest.pop(built.session.session_id, None)
        return tuple(
            OtherDay(row.patient_control_number, row.session_id, row.payer_id, date.fromisoformat(day), code)
            for row, codes in newest.values()
            for day in [row.date_of_service]
            for code in codes
        )

    def _other(self, row: Row[Any], *, came_first: bool) -> OtherClaim:
        own = sorted(self.lines[row.place], key=lambda each: each.line_number)
        return OtherClaim(
            patient_control_number=row.patient_control_number,
            session_id=row.session_id,
            payer_id=row.payer_id,
            billing_npi=own[0].billing_npi,
            rendering_npi=own[0].rendering_npi,
            discipline=Discipline(row.discipline),
            lines=tuple(
                OtherLine(
                    each.procedure_code,
                    frozenset(filter(None, each.modifiers.split(":"))),
                    each.units,
                    each.rendering_npi,
                )
                for each in own
            ),
            pool_minutes=row.pool_minutes,
            pool_units=row.pool_units,
            clocked=clocked(self.visits[row.place].session) if row.place in self.visits else (),
            came_first=came_first,
        )

    def _used(self, keys: Sequence[tuple[str, str, str]], day: str, session_id: str, number: int) -> int:
        """Therapy dollars before this visit: what the last one that told them told, and what was allowed since. They
        are told once, when the patient comes (help.emr.webpt.com/article/1155-add-medicare-cap-used-in-patient-chart),
        and told or not, never less than what is known here.
        """
        allowed, told = (self._before(key, day, session_id, number) for key in keys)
        total = 0
        for visit in sorted(allowed.keys() | told.keys()):
            total = max(total, told.get(visit, 0)) + allowed.get(visit, 0)
        return total

    def _before(self, key: tuple[str, str, str], day: str, session_id: str, number: int) -> dict[tuple[str, str], int]:
        """Of an accumulator what each session of days before this one (on its day: of lower id) counts, in its newest
        revision, as far as they were built before; by day and id.
        """
        newest: dict[str, Any] = {}
        for row in self.counted.get(key, ()):
            known = newest.get(row.session_id)
            earlier = row.number < number and (row.date_of_service, row.session_id) < (day, session_id)
            if earlier and (not known or (known.version, known.amount) < (row.version, row.amount)):
                newest[row.session_id] = row
        return {(row.date_of_service, row.session_id): row.amount for row in newest.values()}
