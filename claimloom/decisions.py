"""A person's decision becomes an event: looked at and journalled in one transaction, in both runtimes."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import replace
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Engine, select

from claimloom.accounts.by_people import MONEY
from claimloom.desk.decide import (
    DECISION,
    KINDS,
    LETTER,
    MATCH,
    MATCH_LINE,
    UNDO,
    UNPOST,
    ClaimFacts,
    Decision,
    Item,
    decide,
)
from claimloom.desk.money_decided import CLAIM, UNDOABLE
from claimloom.errors import PlainError
from claimloom.ledger.books.claims import VOID, claims, places_of_claims
from claimloom.ledger.books.decisions import WRITE_OFF, decisions
from claimloom.ledger.books.owed import owed_by
from claimloom.ledger.books.provider_level import PROVIDER_LEVEL_OUTCOME
from claimloom.ledger.books.reconciliations import ADJUDICATED, reconciliations
from claimloom.ledger.books.remittances import remittances, trace_key
from claimloom.ledger.books.work_items import work_items
from claimloom.ledger.database import among
from claimloom.ledger.journal import claims_at, event_ids, event_places
from claimloom.ledger.states import known_of
from claimloom.ledger.tables import journal
from claimloom.ledger.views.claims import find_claim
from claimloom.ledger.views.letters import named_letters
from claimloom.ledger.views.scope import Scope
from claimloom.ledger.views.story import event_by_id
from claimloom.ledger.views.worklist import decisions_about, item_by_id, named_item
from claimloom.line_decided import of_a_line
from claimloom.payers import Payers
from claimloom.runtime.feed import feed
from claimloom.runtime.taking import Clock, Policy, written_where
from claimloom.topology import Draft, Service, TopologyError, Written
from schemas.decision import DecisionMade
from schemas.event import derived_id
from schemas.money import cents_of
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
            if decision.kind == UNDO:
                item, subject, tenant, clinic = _decision(connection, scope, name)
            elif kind is not None and (
                kind.of_claim or (decision.kind in MONEY and _has_no_work(connection, scope, name))
            ):
                money, itself = decision.kind in MONEY, decision.kind in UNDOABLE
                item, subject, tenant, clinic = _claim(connection, keeper.payers, scope, name, kind.ends, money, itself)
            else:
                item, subject, tenant, clinic = _about(connection, keeper.payers, scope, name, decision.kind in MONEY)
            told_in_full = decision
            if decision.kind == MATCH:
                told_in_full = _of_claim(connection, tenant, decision)
            elif decision.kind == UNPOST:
                told_in_full = _of_payment(connection, item, decision)
            elif decision.kind == MATCH_LINE:
                told_in_full = of_a_line(connection, item, _of_payment(connection, item, decision))
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


def _of_payment(connection: Connection, item: Item, decision: Decision) -> Decision:
    """The decision with the id of the payment that it names, by trace number or id; the claim has a part of that."""
    name = decision.fields.get("payment", "")
    if not name:
        return decision
    at = places_of_claims(connection, {item.about})[item.about]
    mine = (reconciliations.c.claim == at) & reconciliations.c.outcome.in_(list(ADJUDICATED))
    parts = set(connection.scalars(select(reconciliations.c.remittance).where(mine))) - {None}
    columns = (remittances.c.payment_id, remittances.c.trace_number)
    rows = connection.execute(select(*columns).where(among(connection, remittances.c.place, parts))).all()
    key = trace_key(name)
    found = {row.payment_id for row in rows if row.payment_id == name or (key and trace_key(row.trace_number) == key)}
    if len(found) != 1:
        said = (
            "; say which by its id: " + ", ".join(sorted(found)) if found else " of this claim; claims show tells all"
        )
        raise PlainError(f"payment {name}: {len(found) or 'none'}{said}")
    return replace(decision, fields={**decision.fields, "payment": found.pop()})


def _decision(connection: Connection, scope: Scope, name: str) -> tuple[Item, str, str, str]:
    """The decision of that id, or the one about the claim of that number, id or visit that moves money and stands."""
    told = event_by_id(connection, scope, name)
    if told is None:
        claim_id = next((row.claim_id for row in reversed(find_claim(connection, scope, name))), "")
        some = [each for each in decisions_about(connection, scope, claim_id) if each["kind"] in UNDOABLE]
        found = [each["id"] for each in some if not each["undone"]] or [each["id"] for each in some][-1:]
        if not found:
            if not claim_id:
                raise PlainError(f"decision {name}: not here by id, claim or visit; claims show tells what was decided")
            raise PlainError(f"{name}: nothing of it can be taken back; what can: {', '.join(UNDOABLE)}")
        if len(found) > 1:
            raise PlainError(f"{name}: {len(found)} decisions; say which by its id: {', '.join(found)}")
        told = event_by_id(connection, scope, found[0])
    assert told is not None
    made = payload(told)
    if not isinstance(made, DecisionMade):
        raise PlainError(f"decision {name}: is no decision; claims show tells what was decided")
    at = event_places(connection, [str(told.id)])[str(told.id)]
    mine = connection.execute(select(decisions.c.work, decisions.c.about).where(decisions.c.place == at)).one()
    beside = select(decisions.c.fields).where(decisions.c.kind == UNDO, decisions.c.about == mine.about)
    if mine.about is None:
        beside = select(decisions.c.fields).where(decisions.c.kind == UNDO, decisions.c.work == mine.work)
    undone = any(json.loads(fields)["decision"] == str(told.id) for fields in connection.scalars(beside))
    item = Item(told.id, made.about, DECISION, "closed" if undone else "open", "", name, made=made)
    return item, told.subject, told.tenant, told.clinic


def _about(
    connection: Connection, payers: Payers, scope: Scope, name: str, with_money: bool = False
) -> tuple[Item, str, str, str]:
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
    # Money moves on the account of the claim that a payment is of, whatever part of it the work is about.
    of_claim = row.about == row.claim or (with_money and row.claim)
    about = claim_id if of_claim else event_ids(connection, [row.about])[row.about]
    facts = _facts(connection, payers, row.claim, with_money) if row.claim else None
    by, cents = _asked(connection, decisions.c.work == row.place)
    opened_by = select(reconciliations.c.outcome).where(reconciliations.c.place == row.place)
    back = with_money and connection.scalar(opened_by) == PROVIDER_LEVEL_OUTCOME
    over = bool(row.overtaken)
    item = Item(
        UUID(row.id),
        about,
        row.kind,
        row.state,
        row.owner,
        name,
        facts,
        by,
        cents,
        asks_back=bool(back),
        overtaken=over,
    )
    return item, claim_id or about, row.tenant, row.clinic


def _has_no_work(connection: Connection, scope: Scope, name: str) -> bool:
    """Whether a name is a claim's about which nothing is to do: what its payer owes can be given up all the same."""
    if row := item_by_id(connection, scope, name):
        return row.state != "open" and row.claim is not None
    places = {claim.place for claim in find_claim(connection, scope, name)}
    mine = among(connection, work_items.c.claim, places) & (work_items.c.listed == 1)
    return bool(places) and connection.scalar(select(work_items.c.place).where(mine).limit(1)) is None


def _claim(
    connection: Connection,
    payers: Payers,
    scope: Scope,
    name: str,
    ends: Collection[str],
    with_money: bool = False,
    itself: bool = False,
) -> tuple[Item, str, str, str]:
    """The claim of that number, id or visit, or of a work item; with what is to do about it that the decision ends,
    unless that is about the claim ``itself``.
    """
    work = item_by_id(connection, scope, name)
    at = work.claim if work else next((row.place for row in reversed(find_claim(connection, scope, name))), None)
    if at is None:
        raise PlainError(f"claim {name}: not here; claims list shows all")
    row = connection.execute(select(claims).where(claims.c.place == at)).one()
    theirs = connection.execute(select(work_items).where(work_items.c.claim == at).order_by(work_items.c.place)).all()
    item = work or next((each for each in reversed(theirs) if each.state == "open" and each.kind in ends), None)
    facts = _facts(connection, payers, at, with_money)
    of_item = None if itself else item
    by, cents = _asked(connection, decisions.c.about == at) if with_money else ("", 0)
    found = Item(
        UUID(of_item.id if of_item else row.claim_id),
        row.claim_id,
        CLAIM,
        "open",
        of_item.owner if of_item else "",
        name,
        facts,
        by,
        cents,
    )
    return found, row.claim_id, row.tenant, row.clinic


def _facts(connection: Connection, payers: Payers, place: int, with_money: bool = False) -> ClaimFacts | None:
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
    facts = ClaimFacts(
        state=known.state,
        is_replaced=bool(known.replaced_by),
        payers_after=row.payers_after > 0,
        is_void=row.frequency == VOID,
        is_voided=voided is not None,
        accepts_void=payer.accepts_void,
    )
    if not with_money:
        return facts
    return replace(facts, **owed_by(connection, row.tenant, row.session_id, row.payer_id)._asdict())


def _asked(connection: Connection, about: ColumnElement[bool]) -> tuple[str, int]:
    """Who asked last to write an item or a claim off, and how much of it, if that was not undone."""
    mine = about & decisions.c.kind.in_((WRITE_OFF, UNDO))
    query = select(decisions.c.kind, decisions.c.actor, decisions.c.fields).where(mine)
    row = connection.execute(query.order_by(decisions.c.place.desc())).first()
    if row is None or row.kind == UNDO:
        return "", 0
    return row.actor, cents_of(json.loads(row.fields).get("amount", "")) or 0


def _same(made: object, item: Item, decision: Decision) -> None:
    assert isinstance(made, DecisionMade)
    kind = KINDS[made.kind]
    # What was left off was filled in: all that was open.
    filled = {"amount"} if "whole" in made.fields else set()
    fields = {
        name: made.fields[name] for name in (*kind.needs, *kind.takes) if name in made.fields and name not in filled
    }
    # What it ended is closed by now, so a claim is known by itself.
    by_claim = kind.of_claim or item.kind == CLAIM
    told = (made.about if by_claim else str(made.work_id), made.kind, made.actor, made.reason, fields)
    about = item.about if by_claim else str(item.id)
    if told != (about, decision.kind, decision.actor, decision.reason, dict(decision.fields)):
        raise PlainError(f"key {decision.key} was used for another decision ({made.kind}); give each decision its own")
