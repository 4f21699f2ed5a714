"""A person's decision becomes an event: looked at and journalled in one transaction, in both runtimes."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Connection, Engine, select

from claimloom.desk.decide import KINDS, Decision, Item, decide
from claimloom.errors import PlainError
from claimloom.ledger.books.claims import claims
from claimloom.ledger.journal import event_ids
from claimloom.ledger.tables import journal
from claimloom.ledger.views.scope import Scope
from claimloom.ledger.views.worklist import named_item
from claimloom.runtime.feed import feed
from claimloom.runtime.taking import Clock, Policy, written_where
from claimloom.topology import Draft, Service, TopologyError, Written
from schemas.decision import DecisionMade
from schemas.event import derived_id
from schemas.topics import Topic, payload


def journal_decision(
    engine: Engine,
    services: Sequence[Service],
    scope: Scope,
    work: str,
    decision: Decision,
    *,
    clock: Clock,
    policy: Policy,
) -> Written:
    """The event of the decision, new or as it was journalled when the same key was told before.

    The service that keeps the work emits it, so what follows for the item stands in the same transaction: of two
    people who take it at once, one learns that the other has it.
    """
    keeper = next((each for each in services if Topic.DECISION_MADE in each.emits), None)
    if keeper is None:
        raise TopologyError(f"no service emits {Topic.DECISION_MADE}")
    known: list[Written] = []

    def make(connection: Connection) -> list[Draft]:
        known.clear()
        row = named_item(connection, scope, work)
        identity = (row.tenant, decision.key)
        told = journal.c.id == str(derived_id(Topic.DECISION_MADE, *identity))
        if before := written_where(connection, told):
            _same(payload(before[0].event), row.id, decision)
            known.extend(before)
            return []
        claim_id = connection.scalar(select(claims.c.claim_id).where(claims.c.place == row.claim)) or ""
        about = claim_id if row.about == row.claim else event_ids(connection, [row.about])[row.about]
        made = decide(decision, Item(UUID(row.id), about, row.kind, row.state, row.owner, work))
        subject = claim_id or about
        return [Draft(made, subject, row.tenant, row.clinic, identity=identity)]

    fed = feed(engine, keeper, make, clock=clock, policy=policy)
    return [*fed.new, *known][0]


def _same(made: object, work: str, decision: Decision) -> None:
    assert isinstance(made, DecisionMade)
    fields = {name: made.fields.get(name) for name in KINDS[made.kind].needs}
    told = (str(made.work_id), made.kind, made.actor, made.reason, fields)
    if told != (work, decision.kind, decision.actor, decision.reason, dict(decision.fields)):
        raise PlainError(f"key {decision.key} was used for another decision ({made.kind}); give each decision its own")
