"""A decision about a line of a payment, with the numbers that whoever decided gave in short."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import Connection, select

from claimloom.desk.decide import Decision, Item
from claimloom.errors import PlainError
from claimloom.ledger.books.claims import places_of_claims
from claimloom.ledger.books.reconciliations import remittances_of
from claimloom.ledger.books.remittances import remittances
from claimloom.ledger.database import among
from claimloom.ledger.journal import claims_at, event_ids, payloads
from claimloom.ledger.line_decisions import NO_LINE
from schemas.claim import Claim
from schemas.remittance import RemittanceReceived


def of_a_line(connection: Connection, item: Item, decision: Decision) -> Decision:
    """The decision with the id of the answer that the line is of, its number there, and our number of the line that it
    is for. ``line`` is 2, or 1.2 where the payment has several answers to the claim.
    """
    fields = decision.fields
    if not all(fields.get(name) for name in ("payment", "line", "to")):
        return decision
    at = places_of_claims(connection, {item.about})[item.about]
    columns = (remittances.c.place, remittances.c.payment_id)
    mine = among(connection, remittances.c.place, set(remittances_of(connection, [at])))
    rows = connection.execute(select(*columns).where(mine)).all()
    told = payloads(connection, [row.place for row in rows if row.payment_id == fields["payment"]], RemittanceReceived)
    answers = sorted(told, key=lambda place: (told[place].transaction_index, told[place].position))
    ids = event_ids(connection, answers)
    if "remittance" in fields:
        answers = [place for place in answers if ids[place] == fields["remittance"]]
    part, _, number = fields["line"].rpartition(".")
    if not part and len(answers) > 1:
        raise PlainError(
            f"line {fields['line']}: the payment answers the claim {len(answers)} times; say which: "
            f"line=1.{number}, or line=2.{number}"
        )
    place = _nth(answers, part or "1")
    paid = told[place].claim if place is not None else None
    count = len(paid.lines) if paid else 0
    if place is None or _nth(range(count), number) is None:
        raise PlainError(
            f"line {fields['line']}: the payment has {count} lines for this claim; claims show counts them"
        )
    to = _ours(claims_at(connection, [at])[at], fields["to"])
    return replace(decision, fields={**fields, "line": number, "to": to, "remittance": ids[place]})


def _nth(some: list[int] | range, number: str) -> int | None:
    """The one of that number from 1."""
    at = int(number) if number.isascii() and number.isdigit() and len(number) < 4 else 0
    return some[at - 1] if 0 < at <= len(some) else None


def _ours(claim: Claim, name: str) -> str:
    """Our number of the line that is called by it, or by its place from 1; none for none."""
    if name == NO_LINE:
        return name
    for line in claim.lines:
        if name in (line.line_control_number, str(line.line_number)):
            return line.line_control_number
    last = claim.lines[-1].line_number
    raise PlainError(f"to {name}: the claim has no such line; it is one of 1 to {last}, or none")
