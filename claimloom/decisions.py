"""A person's decision becomes an event: looked at and journalled in one transaction, in both runtimes."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import replace
from uuid import UUID

from sqlalchemy import Connection, Engine, select

from claimloom.desk.decide import KINDS, LETTER, MATCH, ClaimFacts, Decision, Item, cents_of, decide
from claimloom.errors import PlainError
from claimloom.ledger.books.claims import VOID, claims
from claimloom.ledger.books.work import WRITE_OFF, decisions, work_items
from claimloom.ledger.journal import claims_at, event_ids
from claimloom.ledger.states import known_of
from claimloom.ledger.tables import journal
from claimloom.ledger.views.claims import find_claim
from claimloom.ledger.views.letters import named_letters
from claimloom.ledger.views.scope import Scope
from claimloom.ledger.views.story import event_by_id
from claimloom.ledger.views.worklist import item_by_id, named_item
from claimloom.payers import Payers
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
            kind = KINDS.get(decision.kind)  # type: ignore[call-overload]
            if kind is not None and kind.of_claim:
                item, subject, tenant, clinic = _claim(connection, keeper.payers, scope, name, kind.ends)
            else:
                item, subject, tenant, clinic = _about(connection, keeper.payers, scope, name)
            told_in_full = _of_claim(connection, tenant, decision) if decision.kind == MATCH else decision
            identity = (tenant, decision.key)
            told = journal.c.id == str(derived_id(Topic.DECISION_MADE, *identity))
            if before := written_where(connection, told):
                _same(payload(before[0].event), item, told_in_full)
                known.extend(before)
            else:
                drafts.append(Draft(decide(told_in_full, item), subject, tenant, clinic, identity=identity))
        return drafts

    fed = feed(engine, keeper, make, clock=clock, policy=policy)
    return [*fed.new, *known]


def _of_claim(connection: Connection, tenant: str, decision: Decision) -> Decision:
    """The decision with the number of the claim that it names by number, id or visit."""
    name = decision.fields.get("claim", "")
    found = list(find_claim(connection, Scope((tenant,)), name)) if name else []
    if name and not found:
        raise PlainError(f"claim {name}: not here; claims list shows all")
    if not found:
        return decision
    number = connection.scalar(select(claims.c.patient_control_number).where(claims.c.place == found[-1].place))
    return replace(decision, fields={**decision.fields, "claim": str(number)})


def _about(connection: Connection, payers: Payers, scope: Scope, name: str) -> tuple[Item, str, str, str]:
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
    facts = _facts(connection, payers, row.claim) if row.claim else None
    by, cents = _asked(connection, row.place)
    item = Item(UUID(row.id), about, row.kind, row.state, row.owner, name, facts, by, cents)
    return item, claim_id or about, row.tenant, row.clinic


def _claim(
    connection: Connection, payers: Payers, scope: Scope, name: str, ends: Collection[str]
) -> tuple[Item, str, str, str]:
    """The claim of that number, id or visit, or of a work item; with what is to do about it that the decision ends."""
    work = item_by_id(connection, scope, name)
    at = work.claim if work else next((row.place for row in reversed(find_claim(connection, scope, name))), None)
    if at is None:
        raise PlainError(f"claim {name}: not here; claims list shows all")
    row = connection.execute(select(claims).where(claims.c.place == at)).one()
    theirs = connection.execute(select(work_items).where(work_items.c.claim == at).order_by(work_items.c.place)).all()
    item = work or next((each for each in reversed(theirs) if each.state == "open" and each.kind in ends), None)
    facts = _facts(connection, payers, at)
    found = Item(
        UUID(item.id if item else row.claim_id), row.claim_id, "claim", "open", item.owner if item else "", name, facts
    )
    return found, row.claim_id, row.tenant, row.clinic


def _facts(connection: Connection, payers: Payers, place: int) -> ClaimFacts | None:
    known = known_of(connection, [place]).get(place)
    if known is None:
        return None
    row = connection.execute(select(claims).where(claims.c.place == place)).one()
    claim = claims_at(connection, [place])[place]
    coverage = claim.coverage
    payer = payers.config(coverage.payer_id, coverage.payer_class, claim.lines[0].date_of_service)
    same = (claims.c.tenant == row.tenant) & (claims.c.session_id == row.session_id)
    its_void = (claims.c.frequency == VOID) & (claims.c.replaces == place)
    voided = connection.scalar(select(claims.c.place).where(same, its_void))
    return ClaimFacts(
        state=known.state,
        is_replaced=bool(known.replaced_by),
        payers_after=row.payers_after > 0,
        is_void=row.frequency == VOID,
        is_voided=voided is not None,
        accepts_void=payer.accepts_void,
    )


def _asked(connection: Connection, work: int) -> tuple[str, int]:
    """Who asked last to write an item off, and how much of it."""
    mine = (decisions.c.work == work) & (decisions.c.kind == WRITE_OFF)
    query = select(decisions.c.actor, decisions.c.fields).where(mine).order_by(decisions.c.place.desc())
    row = connection.execute(query).first()
    return (row.actor, cents_of(json.loads(row.fields).get("amount", "")) or 0) if row else ("", 0)


def _same(made: object, item: Item, decision: Decision) -> None:
    assert isinstance(made, DecisionMade)
    kind = KINDS[made.kind]
    fields = {name: made.fields.get(name) for name in kind.needs}
    # What it ended is closed by now, so a claim is known by itself.
    told = (made.about if kind.of_claim else str(made.work_id), made.kind, made.actor, made.reason, fields)
    about = item.about if kind.of_claim else str(item.id)
    if told != (about, decision.kind, decision.actor, decision.reason, dict(decision.fields)):
        raise PlainError(f"key {decision.key} was used for another decision ({made.kind}); give each decision its own")
