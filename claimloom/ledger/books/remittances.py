"""Remittances: payments, what each said of claims and at provider level, and its adjustments."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import BigInteger, Column, Connection, Index, Integer, String, Table, Text, case

from claimloom.ledger.books.common import Row, typed
from claimloom.ledger.database import insert_new
from claimloom.ledger.tables import index_where, metadata, place
from claimloom.topology import Book, Received
from schemas.remittance import Adjustment, RemittanceReceived
from schemas.topics import Topic

remittances = Table(
    "remittances",
    metadata,
    place(),
    Column("tenant", Text, nullable=False),
    place("claim", primary_key=False),
    Column("patient_control_number", Text, nullable=False),
    Column("payer_claim_control_number", Text, nullable=False),
    Column("payment_id", String(36), nullable=False),
    Column("trace_number", Text, nullable=False),
    Column("payment_date", String(10), nullable=False),
    Column("paid_cents", BigInteger, nullable=False),
    Column("provider_adjustment_cents", BigInteger, nullable=False),
    Column("file_name", Text, nullable=False),
    Column("transaction_index", Integer, nullable=False),
    Column("position", Integer, nullable=False),
    Index("remittances_claim", "claim"),
    Index("remittances_payment", "payment_id"),
    Index("remittances_number", "payer_claim_control_number"),
)
payments = Table(
    "payments",
    metadata,
    Column("payment_id", String(36), primary_key=True),
    Column("tenant", Text, nullable=False),
    Column("payer_name", Text, nullable=False),
    Column("trace_number", Text, nullable=False),
    Column("payment_date", String(10), nullable=False),
    Column("total_paid_cents", BigInteger, nullable=False),
    Column("trace_key", Text, nullable=False, server_default=""),
    # Where the journal has what told of it first.
    place(primary_key=False),
    Column("payer_id", Text, nullable=False, server_default=""),
    # What it brings (less than zero: BPR03 = D) and how (BPR04); the line of a bank that it is tied to, by place; and
    # whether one should come.
    Column("net_cents", BigInteger, nullable=False, server_default="0"),
    Column("method", Text, nullable=False, server_default=""),
    place("deposit", primary_key=False),
    Column("awaits_money", Integer, nullable=False, server_default="0"),
    Index("payments_trace", "tenant", "trace_number"),
    Index("payments_trace_key", "tenant", "trace_key"),
    Index("payments_net", "tenant", "net_cents"),
    Index("payments_day", "tenant", "payment_date", "payment_id"),
    index_where("awaits_money = 1", "payments_awaits", "tenant", "payment_date", "payment_id"),
)
NO_MONEY: Final = "NON"
"""BPR04 of an 835 that moves nothing."""
adjustments = Table(
    "adjustments",
    metadata,
    place(),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("line_control_number", Text, nullable=False),
    Column("group_code", String(2), nullable=False),
    Column("reason", String(5), nullable=False),
    Column("amount_cents", BigInteger, nullable=False),
    Column("tenant", Text, nullable=False, server_default=""),
    Index("adjustments_tenant", "tenant"),
    sqlite_with_rowid=False,
)


def trace_key(trace_number: str) -> str:
    """A trace number without what its sources add to it: padding, zeros before it, small letters."""
    plain = "".join(trace_number.split()).upper()
    return plain.lstrip("0") or plain


def brings_money(net_cents: int, method: str) -> bool:
    """Whether a payment should be on the account some day: what leaves it (BPR03 = D) or moves nothing is not."""
    return net_cents > 0 and method != NO_MONEY


def remittance_received(connection: Connection, received: Sequence[Received]) -> None:
    """``remittance-received`` into remittances, payments (one a transaction) and adjustments."""
    heads: list[Row] = []
    money: list[Row] = []
    parts: list[Row] = []
    for each, remit in typed(received, RemittanceReceived):
        event = each.event
        claim, plb, header = remit.claim, remit.provider_adjustment, remit.header
        paid_on = header.payment_date.isoformat() if header.payment_date else ""
        heads.append(
            {
                "place": each.place,
                "tenant": event.tenant,
                "claim": each.claim,
                "patient_control_number": claim.patient_control_number if claim else "",
                "payer_claim_control_number": claim.payer_claim_control_number if claim else "",
                "payment_id": str(remit.payment_id),
                "trace_number": header.trace_number,
                "payment_date": paid_on,
                "paid_cents": claim.paid_cents if claim else 0,
                "provider_adjustment_cents": plb.amount_cents if plb else 0,
                "file_name": remit.file_name,
                "transaction_index": remit.transaction_index,
                "position": remit.position,
            }
        )
        money.append(
            {
                "payment_id": str(remit.payment_id),
                "tenant": event.tenant,
                "payer_name": header.payer_name,
                "trace_number": header.trace_number,
                "payment_date": paid_on,
                "total_paid_cents": header.total_paid_cents,
                "trace_key": trace_key(header.trace_number),
                "place": each.place,
                "payer_id": header.payer_id,
                "net_cents": header.net_cents,
                "method": header.payment_method,
                "deposit": None,
                "awaits_money": int(brings_money(header.net_cents, header.payment_method)),
            }
        )
        if claim:
            placed = [("", part) for part in claim.adjustments]
            placed += [(line.line_control_number, part) for line in claim.lines for part in line.adjustments]
            parts += [_adjustment(each, number, line, part) for number, (line, part) in enumerate(placed)]
    insert_new(connection, remittances, heads)
    insert_new(connection, payments, money)
    insert_new(connection, adjustments, parts)


def _adjustment(each: Received, number: int, line_control_number: str, part: Adjustment) -> Row:
    return {
        "place": each.place,
        "number": number,
        "line_control_number": line_control_number,
        "group_code": part.group,
        "reason": part.reason,
        "amount_cents": part.amount_cents,
        "tenant": each.event.tenant,
    }


REMITTANCES: Final = Book(
    "remittances", (remittances, payments, adjustments), {Topic.REMITTANCE_RECEIVED: remittance_received}
)


def headers_told(connection: Connection, received: Sequence[Received]) -> None:
    """``remittance-received`` of before: what payments bring, how, and of whom, into their rows that are there."""
    for each, remit in typed(received, RemittanceReceived):
        header = remit.header
        net, method = header.net_cents, header.payment_method
        waits = case((payments.c.deposit.is_(None), int(brings_money(net, method))), else_=0)
        values = {"payer_id": header.payer_id, "net_cents": net, "method": method, "awaits_money": waits}
        mine = (payments.c.payment_id == str(remit.payment_id)) & (payments.c.place == each.place)
        connection.execute(payments.update().where(mine).values(values))


HEADERS: Final = Book("remittances", (), {Topic.REMITTANCE_RECEIVED: headers_told})
"""For a ledger from before payments said it."""
