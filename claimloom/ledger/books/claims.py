"""Claims: each as it was built, its lines, what it adds to yearly sums and authorizations, and who bills for whom.

The claims of a visit stand in lines: one for each payer in its order (SBR01: P, S, T ...), and one for each void of a
claim whose place another payer's took. Of a line the newest counts: the one of the highest revision, of these the last.
A visit that goes to no payer any more (withdrawn, paid by the patient) ends its lines with voids.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    FromClause,
    Index,
    Integer,
    String,
    Table,
    Text,
    select,
)

from claimloom.ledger.books.common import Row, about_claims, places_of, search_name, typed
from claimloom.ledger.database import among, insert_new
from claimloom.ledger.tables import Sorted, index_where, metadata, place
from claimloom.reference.therapy_codes import therapy_code
from claimloom.topology import Book, Received
from schemas.claim import ClaimBuilt
from schemas.event import Envelope
from schemas.topics import Topic
from schemas.values import Discipline, PayerClass

FIRST: Final = "P"
VOID: Final = "8"
claims = Table(
    "claims",
    metadata,
    place(),
    Column("claim_id", String(36), nullable=False, unique=True),
    Column("patient_control_number", Sorted, nullable=False, unique=True),
    Column("tenant", Text, nullable=False),
    Column("clinic", Text, nullable=False),
    Column("session_id", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("patient_id", Text, nullable=False),
    Column("payer_id", Text, nullable=False),
    Column("payer_name", Text, nullable=False),
    Column("member_id", Text, nullable=False),
    Column("discipline", String(3), nullable=False),
    Column("date_of_service", String(10), nullable=False),
    Column("billed_cents", BigInteger, nullable=False),
    Column("expected_allowed_cents", BigInteger),
    Column("pool_minutes", Integer, nullable=False, server_default="0"),
    Column("pool_units", Integer, nullable=False, server_default="0"),
    Column("number", Integer, nullable=False, server_default="0"),
    Column("patient_name", Sorted, nullable=False, server_default=""),
    Column("in_line", Text, nullable=False, server_default=FIRST),
    Column("frequency", String(1), nullable=False, server_default="1"),
    Column("payers_after", Integer, nullable=False, server_default="0"),
    # The claim that went out and that this one replaces, voids or corrects; waits: for what the payer says of that one.
    place("replaces", primary_key=False),
    Column("waits", Integer, nullable=False, server_default="0"),
    Column("expected_paid_cents", BigInteger),
    Index("claims_session", "tenant", "session_id"),
    Index("claims_patient_day", "tenant", "patient_id", "date_of_service"),
    Index("claims_member_day", "tenant", "member_id", "date_of_service"),
    Index("claims_name", "tenant", "patient_name"),
    index_where("waits = 1", "claims_waiting", "replaces"),
)
claim_lines = Table(
    "claim_lines",
    metadata,
    place("claim"),
    Column("line_number", Integer, primary_key=True, autoincrement=False),
    Column("line_control_number", Text, nullable=False),
    Column("procedure_code", String(5), nullable=False),
    Column("modifiers", Text, nullable=False),
    Column("units", Integer, nullable=False),
    Column("charge_cents", BigInteger, nullable=False),
    Column("rendering_npi", String(10), nullable=False),
    Column("billing_npi", String(10), nullable=False),
    Column("tenant", Text, nullable=False, server_default=""),
    Index("claim_lines_tenant", "tenant"),
    sqlite_with_rowid=False,
)
accumulators = Table(
    "accumulators",
    metadata,
    place("claim"),
    Column("name", Text, primary_key=True),
    Column("tenant", Text, nullable=False),
    Column("patient_id", Text, nullable=False),
    Column("session_id", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("date_of_service", String(10), nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("number", Integer, nullable=False, server_default="0"),
    Index("accumulators_patient", "tenant", "patient_id"),
    sqlite_with_rowid=False,
)
billing_providers = Table(  # 2010AA NM109: a payment names its payee by it, and no claim where it is about none of ours
    "billing_providers",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("npi", String(10), primary_key=True),
    Column("clinic", Text, primary_key=True),
)
tax_ids = Table(  # 2010AA REF*EI, REF*SY: a payer may name the payee by it alone
    "tax_ids",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("tax_id", String(9), primary_key=True),
    Column("npi", String(10), primary_key=True),
)


def claim_built(connection: Connection, received: Sequence[Received]) -> None:
    """``claim-built`` into claims, claim_lines, accumulators and billing_providers."""
    counted: list[Row] = []
    heads: list[Row] = []
    lines: list[Row] = []
    pairs = list(about_claims(received, ClaimBuilt))
    patients = [(each.event.tenant, built.claim.patient.patient_id) for each, _, built in pairs]
    places = places_of(connection, (claims.c.tenant, claims.c.patient_id), patients)
    replaced = places_of_claims(connection, {str(built.replaces) for _, _, built in pairs if built.replaces})
    replaced |= {str(built.claim.claim_id): at for _, at, built in pairs}  # replay folds a page at once
    for (each, at, built), number in zip(pairs, places, strict=True):
        claim, event, units = built.claim, each.event, built.claim.units
        heads.append(
            {
                "place": at,
                "claim_id": str(claim.claim_id),
                "patient_control_number": claim.patient_control_number,
                "tenant": event.tenant,
                "clinic": event.clinic,
                "session_id": built.session.session_id,
                "version": claim.version,
                "patient_id": claim.patient.patient_id,
                "payer_id": claim.coverage.payer_id,
                "payer_name": claim.coverage.payer_name,
                "member_id": claim.coverage.member_id,
                "discipline": claim.discipline.value,
                "date_of_service": built.session.date_of_service.isoformat(),
                "billed_cents": claim.total_charge_cents,
                "expected_allowed_cents": built.allowed_cents,
                "pool_minutes": units.pool_minutes,
                "pool_units": sum(one.units for one in units.codes if one.minutes and _pooled(one.code)),
                "number": number,
                "expected_paid_cents": built.expected.paid_cents if built.expected else None,
                "patient_name": search_name(claim.patient.name.last, claim.patient.name.first),
                "in_line": line_of(built),
                "frequency": claim.frequency_code,
                "payers_after": claim.payers_after,
                "replaces": replaced.get(str(built.replaces)),
                "waits": int(built.waits),
            }
        )
        lines += [
            {
                "claim": at,
                "line_number": line.line_number,
                "line_control_number": line.line_control_number,
                "procedure_code": line.procedure_code,
                "modifiers": ":".join(line.modifiers),
                "units": line.units,
                "charge_cents": line.charge_cents,
                "rendering_npi": (line.rendering or claim.rendering).npi,
                "billing_npi": claim.billing_provider.npi,
                "tenant": event.tenant,
            }
            for line in claim.lines
        ]
        counted += _accumulated(event, at, built, number)
    insert_new(connection, claims, heads)
    insert_new(connection, claim_lines, lines)
    insert_new(connection, accumulators, counted)
    billing = {(each.event.tenant, built.claim.billing_provider.npi, each.event.clinic) for each, _, built in pairs}
    rows = [dict(zip(("tenant", "npi", "clinic"), one, strict=True)) for one in sorted(billing)]
    insert_new(connection, billing_providers, rows)
    tax_ids_told(connection, received)


def tax_ids_told(connection: Connection, received: Sequence[Received]) -> None:
    """``claim-built`` into tax_ids."""
    pairs = [(each.event.tenant, built.claim.billing_provider) for each, _, built in about_claims(received, ClaimBuilt)]
    some = sorted({(tenant, provider.tax_id, provider.npi) for tenant, provider in pairs})
    insert_new(connection, tax_ids, [dict(zip(("tenant", "tax_id", "npi"), one, strict=True)) for one in some])


def npis_of(connection: Connection, tenant: str, tax_id: str) -> list[str]:
    """The billing providers of a tax id."""
    mine = (tax_ids.c.tenant == tenant, tax_ids.c.tax_id == tax_id)
    return list(connection.scalars(select(tax_ids.c.npi).where(*mine).order_by(tax_ids.c.npi)))


def line_of(built: ClaimBuilt) -> str:
    """In which line of its visit's claims it stands."""
    claim = built.claim
    if claim.frequency_code == VOID and built.session.is_billed:
        return f"void {built.replaces}"
    return claim.responsibility


def places_of_claims(connection: Connection, claim_ids: Collection[str]) -> dict[str, int]:
    """Where claims stand, by their ids."""
    if not claim_ids:
        return {}
    query = select(claims.c.claim_id, claims.c.place).where(among(connection, claims.c.claim_id, claim_ids))
    return {row.claim_id: row.place for row in connection.execute(query).all()}


def is_newer(later: FromClause, mine: FromClause) -> ColumnElement[bool]:
    """Whether one claim takes the place of another: of the same visit and line, of a higher revision or built after."""
    same = (later.c.tenant == mine.c.tenant) & (later.c.session_id == mine.c.session_id)
    after = (later.c.version == mine.c.version) & (later.c.place > mine.c.place)
    return same & (later.c.in_line == mine.c.in_line) & ((later.c.version > mine.c.version) | after)


def _pooled(code: str) -> bool:
    """Whether its minutes are pooled with those of other timed codes of the day."""
    known = therapy_code(code)
    return known is not None and known.counts_in_cms_15min_pool


def _accumulated(event: Envelope, at: int, built: ClaimBuilt, number: int) -> list[Row]:
    """What a claim adds to the year's Medicare therapy dollars and to the visits of its authorization."""
    claim = built.claim
    parts = _therapy_told(built)
    allowed = built.allowed_cents
    void = claim.frequency_code == VOID  # what it voids counts no more
    if allowed is not None and claim.coverage.payer_class is PayerClass.MEDICARE_B:
        parts.append((therapy_dollars(claim.discipline, built.session.date_of_service.year), 0 if void else allowed))
    if claim.authorization_number:
        parts.append((authorization_visits(claim.coverage.payer_id, claim.authorization_number), 0 if void else 1))
    return _counted(event, at, built, number, parts)


def _counted(event: Envelope, at: int, built: ClaimBuilt, number: int, parts: Sequence[tuple[str, int]]) -> list[Row]:
    claim = built.claim
    return [
        {
            "claim": at,
            "name": name,
            "tenant": event.tenant,
            "patient_id": claim.patient.patient_id,
            "session_id": built.session.session_id,
            "version": claim.version,
            "date_of_service": built.session.date_of_service.isoformat(),
            "amount": amount,
            "number": number,
        }
        for name, amount in parts
    ]


def therapy_dollars(discipline: Discipline, year: int) -> str:
    """Accumulator of a year's Medicare allowed amounts; PT and SLP share one threshold."""
    return f"therapy:{'OT' if discipline is Discipline.OT else 'PT+SLP'}:{year}"


def therapy_told(discipline: Discipline, year: int) -> str:
    """What visits tell of the same (271): dollars of a year before them, those of other providers among them."""
    return therapy_dollars(discipline, year).replace("therapy", "therapy told", 1)


def _therapy_told(built: ClaimBuilt) -> list[tuple[str, int]]:
    used = built.session.therapy_used_cents
    if used is None or built.claim.coverage.payer_class is not PayerClass.MEDICARE_B:
        return []
    return [(therapy_told(built.claim.discipline, built.session.date_of_service.year), used)]


def authorization_visits(payer_id: str, number: str) -> str:
    """Accumulator of the visits of an authorization."""
    return f"authorization:{payer_id}:{number}"


CLAIMS: Final = Book(
    "claims", (claims, claim_lines, accumulators, billing_providers, tax_ids), {Topic.CLAIM_BUILT: claim_built}
)
TAX_IDS: Final = Book("claims", (), {Topic.CLAIM_BUILT: tax_ids_told})
"""What older claims say of the table that came last."""


def payers_counted(connection: Connection, received: Sequence[Received]) -> None:
    """``claim-built`` of before: how many payers come after the claim's, into its row that is there."""
    for each, built in typed(received, ClaimBuilt):
        if built.claim.payers_after:
            mine = (claims.c.place == each.place) & (claims.c.payers_after == 0)
            connection.execute(claims.update().where(mine).values(payers_after=built.claim.payers_after))


PAYERS_AFTER: Final = Book("claims", (), {Topic.CLAIM_BUILT: payers_counted})
"""For a ledger from before claims said it."""


def therapy_told_before(connection: Connection, received: Sequence[Received]) -> None:
    """``claim-built`` of before: what their visits tell of the year's therapy dollars."""
    told = [(each, at, built) for each, at, built in about_claims(received, ClaimBuilt) if _therapy_told(built)]
    query = select(claims.c.place, claims.c.number).where(among(connection, claims.c.place, [at for _, at, _ in told]))
    numbers = {row.place: row.number for row in connection.execute(query).all()} if told else {}
    rows = [
        row
        for each, at, built in told
        for row in _counted(each.event, at, built, numbers.get(at, 0), _therapy_told(built))
    ]
    insert_new(connection, accumulators, rows)


THERAPY_TOLD: Final = Book("claims", (), {Topic.CLAIM_BUILT: therapy_told_before})
"""For a ledger from before it was kept."""
