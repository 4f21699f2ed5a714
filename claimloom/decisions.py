"""A person's decision becomes an event: looked at and journalled in one transaction, in both runtimes."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Connection, Engine, select

from claimloom.desk.decide import KINDS, Decision, Item, decide
from claimloom.errors import PlainError
from claimloom.ledger.tables import journal
from claimloom.ledger.vault import read_typed
from claimloom.ledger.views.scope import Scope
from claimloom.ledger.views.worklist import named_item
from claimloom.runtime.feed import feed
from claimloom.runtime.taking import Clock, Policy
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
        body = connection.scalar(
            select(journal.c.body).where(journal.c.id == str(derived_id(Topic.DECISION_MADE, *identity)))
        )
        if body is not None:
            event = read_typed(connection, body)
            _same(payload(event), row.id, decision)
            known.append(Written(event, body))
            return []
        made = decide(decision, Item(UUID(row.id), row.about, row.kind, row.state, row.owner, work))
        subject = row.claim_id or row.about
        return [Draft(made, subject, row.tenant, row.clinic, identity=identity)]

    fed = feed(engine, keeper, make, clock=clock, policy=policy)
    return [*fed.new, *known][0]


def _same(made: object, work: str, decision: Decision) -> None:
    assert isinstance(made, DecisionMade)
    fields = {name: made.fields.get(name) for name in KINDS[made.kind].needs}
    told = (str(made.work_id), made.kind, made.actor, made.reason, fields)
    if told != (work, decision.kind, decision.actor, decision.reason, dict(decision.fields)):
        raise PlainError(f"key {decision.key} was used for another decision ({made.kind}); give each decision its own")
