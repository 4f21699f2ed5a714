"""claim_builder: each session becomes one claim to its first payer, with the derivation of its units.

A corrected visit (a higher revision) of which a claim has already gone out becomes a replacement, CLM05-3 = 7; one
whose claim was held or rejected becomes an original again, for nobody has taken it in.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import Connection, select

from claimloom.billing.build import build_claim
from claimloom.desk.expected import expected_of
from claimloom.desk.stamp import priced_by
from claimloom.ledger.books.acknowledgments import acknowledgments
from claimloom.ledger.books.claims import CLAIMS, claims
from claimloom.ledger.books.remittances import remittances
from claimloom.ledger.books.submissions import TEST, submissions
from claimloom.ledger.database import lock
from claimloom.ledger.states import REJECTED, claim_states
from claimloom.topology import Context, Draft, Received, Service
from schemas.claim import ClaimBuilt
from schemas.event import derived_id
from schemas.session import Session
from schemas.topics import Topic

NOT_OUT: Final = REJECTED | {"built", "clean", "held", "superseded", "reversed"}


def handle(context: Context, received: Sequence[Received]) -> list[Draft]:
    """A claim for each session; a session that cannot be built (no fee, no units) is an error of its event."""
    drafts = []
    for each in received:
        event, session = each.event, each.data
        assert isinstance(session, Session)
        coverage = session.coverages[0]
        payer = context.payers.config(coverage.payer_id, coverage.payer_class, session.date_of_service)
        claim_id = derived_id("claim", session.tenant, session.session_id, session.revision, coverage.payer_id)
        frequency, number = _replaces(context.connection, session) if session.revision > 1 else ("1", "")
        claim = build_claim(
            session, payer, claim_id=claim_id, frequency_code=frequency, payer_claim_control_number=number
        )
        rates, expected = expected_of(claim, payer, session.clinic.clinic_id)
        built = ClaimBuilt(
            claim=claim,
            session=session,
            expected_rate_cents=rates,
            expected=expected,
            priced_by=priced_by(payer),
        )
        drafts.append(Draft(built, session.patient.patient_id, event.tenant, event.clinic, parent=event.id))
    return drafts


def _replaces(connection: Connection, session: Session) -> tuple[str, str]:
    """CLM05-3 and REF*F8 of a corrected visit: what the payer knows of the claim sent for an earlier revision.

    Under the lock that the submitter takes: an earlier claim is sent before this is decided, or not at all.
    """
    lock(connection, [f"session {session.tenant} {session.session_id}"])
    earlier = connection.execute(
        select(claims.c.place, claims.c.version).where(
            claims.c.tenant == session.tenant,
            claims.c.session_id == session.session_id,
            claims.c.version < session.revision,
            claims.c.payer_id == session.coverages[0].payer_id,
        )
    ).all()
    states = claim_states(connection, [row.place for row in earlier])
    out = [row for row in earlier if states[row.place] not in NOT_OUT]
    if not out:
        return "1", ""
    newest = max(out, key=lambda row: int(row.version)).place
    if number := _payers_number(connection, newest):
        return "7", number
    in_a_test = connection.scalar(select(submissions.c.claim).where(submissions.c.claim == newest, _IS_TEST))
    return ("1", "") if in_a_test else ("7", "")


_IS_TEST: Final = submissions.c.usage == TEST
"""No payer has what went out in a test file alone, unless it gave it a number all the same."""


def _payers_number(connection: Connection, claim: int) -> str:
    """The payer's number of a claim, as it said it last: numbers are no text to be compared."""
    said: list[tuple[int, str]] = []
    for table in (remittances, acknowledgments):
        number = table.c.payer_claim_control_number
        query = select(table.c.place, number).where(table.c.claim == claim, number != "")
        said += [(row.place, str(row[1])) for row in connection.execute(query)]
    return max(said, default=(0, ""))[1]


SERVICE: Final = Service(
    name="claim_builder",
    handle=handle,
    consumes=(Topic.SESSION_COMPLETED,),
    emits=(Topic.CLAIM_BUILT,),
    keeps=(CLAIMS,),
)
