"""A person's decision becomes an event: looked at and journalled in one transaction, in both runtimes."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Connection, Engine, select

from claimloom.desk.decide import KINDS, LETTER, Decision, Item, decide
from claimloom.errors import PlainError
from claimloom.ledger.books.claims import claims
from claimloom.ledger.journal import event_ids
from claimloom.ledger.tables import journal
from claimloom.ledger.views.letters import named_letters
from claimloom.ledger.views.scope import Scope
from claimloom.ledger.views.story import event_by_id
from claimloom.ledger.views.worklist import named_item
from claimloom.runtime.feed import feed
from claimloom.runtime.taking import Clock, Policy, written_where
from claimloom.topology import Draft, Service, TopologyError, Written
from schemas.decision import DecisionMade
from schemas.event import derived_id
from schemas.topics import Topic, payload


def journal_decisions(
    engine: Engine,
    services: Sequence[Service],
    scope: Scope,
    asked: Sequence[tuple[str, Decision]],
    *,
    clock: Clock,
    policy: Policy,
) -> list[Written]:
    """The events of decisions, each about the work item or dead letter of a name, all of them or none; new or as they
    were journalled when the same key was told before.

    The service that keeps the work emits them, so what follows for the item stands in the same transaction: of two
    people who take it at once, one learns that the other has it.
    """
    keeper = next((each for each in services if Topic.DECISION_MADE in each.emits), None)
    if keeper is None:
        raise TopologyError(f"no service emits {Topic.DECISION_MADE}")
    known: list[Written] = []

    def make(connection: Connection) -> list[Draft]:
        known.clear()
        drafts = []
        for name, decision in asked:
            item, subject, tenant, clinic = _about(connection, scope, name)
            identity = (tenant, decision.key)
            told = journal.c.id == str(derived_id(Topic.DECISION_MADE, *identity))
            if before := written_where(connection, told):
                _same(payload(before[0].event), str(item.id), decision)
                known.extend(before)
            else:
                drafts.append(Draft(decide(decision, item), subject, tenant, clinic, identity=identity))
        return drafts

    fed = feed(engine, keeper, make, clock=clock, policy=policy)
    return [*fed.new, *known]


def _about(connection: Connection, scope: Scope, name: str) -> tuple[Item, str, str, str]:
    """The item of that name, with the subject, tenant and clinic of an event about it."""
    if connection.scalar(select(journal.c.type).where(journal.c.id == name)) == Topic.DEAD_LETTER:
        letter, *_ = named_letters(connection, scope, name)
        state = "closed" if "set_aside_by" in letter else "open"
        told = event_by_id(connection, scope, letter["id"])
        assert told is not None
        item = Item(UUID(letter["id"]), letter["event_id"], LETTER, state, "", name)
        return item, told.subject, told.tenant, told.clinic
    row = named_item(connection, scope, name)
    claim_id = connection.scalar(select(claims.c.claim_id).where(claims.c.place == row.claim)) or ""
    about = claim_id if row.about == row.claim else event_ids(connection, [row.about])[row.about]
    item = Item(UUID(row.id), about, row.kind, row.state, row.owner, name)
    return item, claim_id or about, row.tenant, row.clinic


def _same(made: object, work: str, decision: Decision) -> None:
    assert isinstance(made, DecisionMade)
    fields = {name: made.fields.get(name) for name in KINDS[made.kind].needs}
    told = (str(made.work_id), made.kind, made.actor, made.reason, fields)
    if told != (work, decision.kind, decision.actor, decision.reason, dict(decision.fields)):
        raise PlainError(f"key {decision.key} was used for another decision ({made.kind}); give each decision its own")
