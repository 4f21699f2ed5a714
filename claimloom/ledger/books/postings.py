"""Postings: the entries of ``claimloom.accounts``, one row each, and their sums. Nothing of a row is ever changed.

A row's place is that of the event that it follows from (of a payment, of what told of it first), so the same event
gives the same row however often it is told. What a claim's answer adds is how it differs from the answer before it,
which comes before it in any runtime, since events of one claim keep their order. Versions of a visit's claim meet
in the account of the visit: what was said of one that a newer one replaced leaves by a row of its own (``part`` 1),
which is the same whichever of the two events is seen first.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from operator import add
from typing import Any, Final

from sqlalchemy import BigInteger, Column, Connection, Index, Integer, String, Table, Text, select

from claimloom.accounts.by_people import BY_PEOPLE, GIVES_WAY, REFUND, moved_by, uneven
from claimloom.accounts.decided import Decided, answered, decided, decided_before
from claimloom.accounts.entry import (
    ACCOUNTS,
    ANSWER,
    CHARGE,
    NEXT,
    AccountEntry,
    Legs,
    charged,
    leaves,
    level,
    paid_in,
    passed_on,
    stray,
    taken_back,
    voided,
)
from claimloom.accounts.entry import VOID as VOID_SENT
from claimloom.ledger.books.claims import FIRST, VOID, claims, places_of_claims
from claimloom.ledger.books.common import Row, add_to_totals
from claimloom.ledger.books.payments import money_in, money_totals, move_payments, payments_of
from claimloom.ledger.books.provider_level import PROVIDER_LEVEL_OUTCOME, codes_of
from claimloom.ledger.books.reconciliations import ADJUDICATED, UNPOSTED, never_by
from claimloom.ledger.database import among, insert_new
from claimloom.ledger.journal import time_at
from claimloom.ledger.tables import Sorted, metadata, place
from claimloom.reference.plb_meanings import plb_meaning
from claimloom.topology import Book, Received
from schemas.claim import ClaimSubmitted
from schemas.decision import DecisionMade
from schemas.remittance import ClaimReconciled
from schemas.topics import Topic

SENT: Final = (CHARGE, NEXT, VOID_SENT)
"""Kinds of entries of a claim that went out."""
KEPT: Final = frozenset((*SENT, *BY_PEOPLE, ANSWER, UNPOSTED))
"""Kinds of entries that are put down also where they move nothing: later ones go by their places."""
OWN, LEFT, UNSEEN, ANEW = 0, 1, 2, 3
"""Parts: what an event moves; what leaves again since a newer version of its claim went out; what it changes of what
was taken back though it had not been paid here; and, from the fourth on, what people decided and what of it stands
after the event.
"""
TAKEBACK: Final = plb_meaning("72").account
"""Where a payer's word about our refund goes."""
LEGS: Final = tuple(f"{name}_cents" for name in ACCOUNTS)
OWED: Final = ("receivable", "patient")
"""Accounts that somebody owes: their sums are kept by day of service."""
postings = Table(
    "postings",
    metadata,
    place(),
    Column("part", Integer, primary_key=True, autoincrement=False),
    # By which entries of an account stand in their order.
    place("stands_at", primary_key=False),
    Column("tenant", Text, nullable=False),
    Column("clinic", Text, nullable=False),
    Column("day", String(10), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("visit", Text, nullable=False),
    place("claim", primary_key=False),
    Column("version", Integer, nullable=False),
    Column("served", String(10), nullable=False),
    Column("payer_id", Text, nullable=False),
    Column("payment_id", String(36), nullable=False),
    Column("other", Text, nullable=False),
    Column("reasons", Text, nullable=False),
    *(Column(name, BigInteger, nullable=False) for name in LEGS),
    Index("postings_visit", "tenant", "visit", "stands_at"),
    sqlite_with_rowid=False,
)
account_totals = Table(
    "account_totals",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("account", Text, primary_key=True),
    Column("day", Sorted, primary_key=True),
    Column("served", Sorted, primary_key=True),
    Column("clinic", Text, primary_key=True),
    Column("payer_id", Text, primary_key=True),
    Column("count", BigInteger, nullable=False),
    Column("cents", BigInteger, nullable=False),
)
CLAIM_COLUMNS: Final = tuple(
    claims.c[name]
    for name in (
        *("place", "tenant", "clinic", "session_id", "version", "payer_id", "date_of_service", "billed_cents"),
        *("in_line", "frequency", "replaces"),
    )
)
SEEN: Final = tuple(
    postings.c[name]
    for name in ("place", "part", "stands_at", "tenant", "day", "kind", "visit", "claim", "version", "reasons", *LEGS)
)


class _Accounts:
    """The accounts that a batch touches: the rows that they have, and those that it adds."""

    def __init__(self, connection: Connection, received: Sequence[Received]) -> None:
        self.connection = connection
        reconciled = [each for each in received if each.event.type == Topic.CLAIM_RECONCILED]
        self.payment_ids = payments_of(connection, reconciled)
        self.codes = codes_of(connection, reconciled)
        made = {each.data.about for each in received if isinstance(each.data, DecisionMade) and moved_by(each.data)}
        self.about = places_of_claims(connection, made)
        places = {each.claim for each in received if each.claim is not None} | set(self.about.values())
        asked = select(*CLAIM_COLUMNS).where(among(connection, claims.c.place, places))
        self.claims = {row.place: row for row in connection.execute(asked)} if places else {}
        self.visits: dict[tuple[str, str], list[Row]] = {
            (row.tenant, row.session_id): [] for row in self.claims.values()
        }
        for row in _of_visits(connection, self.visits):
            if (key := (row.tenant, row.visit)) in self.visits:
                self.visits[key].append(dict(row._mapping))
        others = {row["claim"] for rows in self.visits.values() for row in rows} - self.claims.keys() - {None}
        if others:
            query = select(*CLAIM_COLUMNS).where(among(connection, claims.c.place, others))
            self.claims |= {row.place: row for row in connection.execute(query)}
        self.new: list[Row] = []
        self.money: dict[str, list[int]] = {}
        self.moved: set[str] = set()

    def take(self, each: Received) -> None:
        """One event: a claim that went out, or what came of a part of a payment."""
        claim = self.claims.get(each.claim) if each.claim is not None else None
        data = each.data
        if isinstance(data, ClaimSubmitted):
            if claim is not None and not any(row["kind"] in SENT for row in self._of(claim)):
                self._put(each, self._went_out(claim, data.asked_cents), claim)
                self._stand(each, claim)
            return
        if isinstance(data, DecisionMade):
            self._decided(each, data, self.claims.get(self.about.get(data.about, 0)))
            return
        assert isinstance(data, ClaimReconciled)
        if data.outcome == PROVIDER_LEVEL_OUTCOME:
            if each.place in self.codes:
                self._put(each, level(data.paid_cents, plb_meaning(self.codes[each.place]).account))
                self.moved.add(self.payment_ids.get(each.place, ""))
        elif data.outcome == "unmatched":
            if data.overtakes is None:  # else it was taken off a claim, which moves it
                self._put(each, stray(data.paid_cents))
        elif claim is not None and (data.outcome in ADJUDICATED or data.outcome == UNPOSTED):
            before, last = decided_before(self._of(claim))
            stands = Decided() if data.outcome == UNPOSTED else decided(data, self._asked_for(claim))
            entry = answered(data, before, stands if each.place > last else before)
            self._put(each, replace(entry, kind=UNPOSTED) if data.outcome == UNPOSTED else entry, claim)
            if each.place > last and (moved := data.unseen_cents - self._unseen(claim)):
                self._put(each, taken_back(moved), claim, UNSEEN)
            self._stand(each, claim)
        # The payment is known, whatever came of this part of it.
        if payment_id := self.payment_ids.get(each.place):
            self.money.setdefault(payment_id, [0, 0, 0])

    def _decided(self, each: Received, made: DecisionMade, claim: Any) -> None:
        """A person's decision, if it moves money: what it asks for stands in its row, and as much of it as can be."""
        moved = moved_by(made)
        if moved is None:
            return
        reasons = {moved.reason: moved.cents}
        if claim is not None:
            self._put(each, AccountEntry(moved.kind, Legs(), reasons=reasons), claim)
            self._stand(each, claim)
        elif moved.kind == REFUND:
            legs = Legs(cash=-moved.cents, other=moved.cents)
            self._put(each, AccountEntry(moved.kind, legs, TAKEBACK, reasons))

    def _of(self, claim: Any) -> list[Mapping[str, Any]]:
        rows = self.visits[claim.tenant, claim.session_id]
        return [row for row in rows if row["claim"] == claim.place and row["part"] == OWN]

    def _unseen(self, claim: Any) -> int:
        """What is known so far to be taken back of what had not been paid here."""
        rows = self.visits[claim.tenant, claim.session_id]
        return -sum(int(row["other_cents"]) for row in rows if row["claim"] == claim.place and row["part"] == UNSEEN)

    def _went_out(self, claim: Any, asked_cents: int | None) -> AccountEntry:
        """What it moves: a charge; or where it goes to a payer after another one, what those before it left: as it says
        itself, whether or not their answers are known yet; one of before that was noted, by those that are.
        """
        if claim.frequency == VOID:
            return voided()
        rows = self.visits[claim.tenant, claim.session_id]
        if claim.in_line == FIRST or not any(row["kind"] == CHARGE for row in rows):
            return charged(claim.billed_cents)
        if asked_cents is not None:
            return passed_on(asked_cents)
        before = (row for row in rows if self.claims[row["claim"]].in_line != claim.in_line)
        return passed_on(sum(int(row["patient_cents"]) for row in before))

    def _asked_for(self, claim: Any) -> int | None:
        """What a payer after another one was asked for."""
        return next((row["receivable_cents"] for row in self._of(claim) if row["kind"] == NEXT), None)

    def _put(self, each: Received, entry: AccountEntry, claim: Any = None, part: int = OWN) -> None:
        if entry.legs.is_empty and entry.kind not in KEPT:
            return
        payment_id = self.payment_ids.get(each.place, "")
        self._add(self._row(each, entry, claim, payment_id) | {"part": part})
        if payment_id:
            for number, cents in enumerate(entry.placed):
                self.money.setdefault(payment_id, [0, 0, 0])[number] += cents

    def _row(self, each: Received, entry: AccountEntry, claim: Any, payment_id: str) -> Row:
        return {
            "place": each.place,
            "part": OWN,
            "stands_at": each.place,
            "tenant": each.event.tenant,
            "clinic": claim.clinic if claim is not None else each.event.clinic,
            "day": each.event.time.date().isoformat(),
            "kind": entry.kind,
            "visit": claim.session_id if claim is not None else "",
            "claim": claim.place if claim is not None else None,
            "version": claim.version if claim is not None else 0,
            "served": claim.date_of_service if claim is not None else "",
            "payer_id": claim.payer_id if claim is not None else "",
            "payment_id": payment_id,
        } | _columns(entry)

    def _add(self, row: Row) -> None:
        self.new.append(row)
        if row["visit"]:
            self.visits[row["tenant"], row["visit"]].append(row)

    def replace(self) -> None:
        """Of claims that newer ones replaced, or that were voided, what was said of them leaves."""
        for rows in list(self.visits.values()):
            self._replace(rows)

    def _replace(self, rows: Sequence[Mapping[str, Any]]) -> None:
        sent = [row for row in rows if row["kind"] in SENT and row["part"] == OWN]
        if len({row["claim"] for row in rows}) < 2 or not sent:
            return
        gone = {row["place"] for row in rows if row["part"] == LEFT}
        kept = [each for each in rows if each["part"] == OWN and each["kind"] not in BY_PEOPLE]
        for row in [each for each in kept if each["place"] not in gone]:
            newer = [each for each in sent if self._ends(each, row)]
            if newer and not (entry := leaves(_legs(row))).legs.is_empty:
                self._add(self._left(row, min(newer, key=lambda each: int(each["stands_at"])), entry))

    def _stand(self, each: Received, claim: Any) -> None:
        """What people decided for the visit of a claim stands as far as its payers owe anything after this event."""
        rows = self.visits[claim.tenant, claim.session_id]
        if not any(row["kind"] in BY_PEOPLE for row in rows):
            return
        self._replace(rows)
        payers = {row["claim"]: self.claims[row["claim"]].payer_id for row in rows}
        for theirs, legs in uneven(rows, payers, lambda answer: never_by(self.connection, answer)[0]):
            other = TAKEBACK if legs.other else ""
            own = next((row for row in theirs if (row["place"], row["part"]) == (each.place, OWN)), None)
            if own is not None:  # what it decides itself
                own |= dict(zip(LEGS, legs, strict=True)) | {"other": other}
                continue
            part = max([ANEW - 1, *(row["part"] for row in self.new if row["place"] == each.place)]) + 1
            claim = self.claims[max(theirs, key=lambda row: int(row["place"]))["claim"]]
            self._add(self._row(each, AccountEntry(GIVES_WAY, legs, other), claim, "") | {"part": part})

    def _ends(self, sent: Mapping[str, Any], row: Mapping[str, Any]) -> bool:
        """Whether the claim that went out takes the place of the row's: it voids it, comes after it in its line of the
        visit's claims, or begins the lines anew.
        """
        later, mine = self.claims[sent["claim"]], self.claims[row["claim"]]
        if later.frequency == VOID and later.replaces == mine.place:
            return True
        if later.in_line == mine.in_line:
            return (int(later.version), int(later.place)) > (int(mine.version), int(mine.place))
        return bool(later.in_line == FIRST and later.version > mine.version)

    def _left(self, row: Mapping[str, Any], newer: Mapping[str, Any], entry: AccountEntry) -> Row:
        later = max(row, newer, key=lambda each: int(each["stands_at"]))
        claim = self.claims[row["claim"]]
        return {
            "place": row["place"],
            "part": LEFT,
            "stands_at": later["stands_at"],
            "tenant": row["tenant"],
            "clinic": claim.clinic,
            "day": later["day"],
            "kind": entry.kind,
            "visit": claim.session_id,
            "claim": claim.place,
            "version": claim.version,
            "served": claim.date_of_service,
            "payer_id": claim.payer_id,
            "payment_id": "",
        } | _columns(entry)

    def write(self) -> None:
        """Everything, with the payments and the sums."""
        begun = move_payments(self.connection, self.money, self.moved - {""})
        self.new += [_of_payment(self.connection, each) for each in begun if each["amount_cents"]]
        insert_new(self.connection, postings, self.new)
        add_to_totals(self.connection, account_totals, _sums(self.new))


def posted(connection: Connection, received: Sequence[Received]) -> None:
    """``claim-submitted``, ``claim-reconciled`` and ``decision-made`` into postings, payments and the sums of both."""
    here = among(connection, postings.c.place, [each.place for each in received])
    known = set(connection.scalars(select(postings.c.place).where(here, postings.c.part != LEFT)))
    new = sorted((each for each in received if each.place not in known), key=lambda each: each.place)
    accounts = _Accounts(connection, new)
    for each in new:
        accounts.take(each)
    accounts.replace()
    accounts.write()


def _of_visits(connection: Connection, visits: Iterable[tuple[str, str]]) -> Sequence[Any]:
    keys = list(visits)
    if not keys:
        return ()
    mine = (  # the tenants too: the index begins with them
        among(connection, postings.c.tenant, {tenant for tenant, _ in keys}),
        among(connection, postings.c.visit, {visit for _, visit in keys}),
    )
    return connection.execute(select(*SEEN).where(*mine)).all()


def _legs(row: Mapping[str, Any]) -> Legs:
    return Legs(*(int(row[name]) for name in LEGS))


def _columns(entry: AccountEntry) -> Row:
    reasons = json.dumps(entry.reasons) if entry.reasons else ""
    return {"other": entry.other, "reasons": reasons} | dict(zip(LEGS, entry.legs, strict=True))


def _of_payment(connection: Connection, payment: Mapping[str, Any]) -> Row:
    at, entry = payment["place"], paid_in(payment["amount_cents"])
    return {
        "place": at,
        "part": OWN,
        "stands_at": at,
        "tenant": payment["tenant"],
        "clinic": "",
        "day": time_at(connection, at).date().isoformat(),
        "kind": entry.kind,
        "visit": "",
        "claim": None,
        "version": 0,
        "served": "",
        "payer_id": "",
        "payment_id": payment["payment_id"],
    } | _columns(entry)


def _sums(rows: Iterable[Row]) -> dict[tuple[str, ...], tuple[int, ...]]:
    found: dict[tuple[str, ...], tuple[int, ...]] = {}
    for row in rows:
        for name, column in zip(ACCOUNTS, LEGS, strict=True):
            if cents := row[column]:
                account = row["other"] if name == "other" else name
                served = row["served"] if name in OWED else ""
                key = (row["tenant"], account, row["day"], served, row["clinic"], row["payer_id"])
                found[key] = tuple(map(add, found.get(key, (0, 0)), (1, cents)))
    return found


ACCOUNTS_BOOK: Final = Book(
    "accounts",
    (postings, account_totals, money_in, money_totals),
    dict.fromkeys((Topic.CLAIM_SUBMITTED, Topic.CLAIM_RECONCILED, Topic.DECISION_MADE), posted),
)
