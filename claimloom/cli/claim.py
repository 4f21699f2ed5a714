"""``claims show`` and ``claims reads``: what happened to a claim, and who looked at it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from claimloom.cli.ledger import note_reads, reading, scope_of
from claimloom.cli.options import Data, Json, Tenant
from claimloom.cli.output import Styled, bold, notes, out, print_json
from claimloom.cli.row import expected_of, flags_of, variance_of
from claimloom.cli.story import tell
from claimloom.desk.clocks import clocks
from claimloom.desk.decide import MATCH_LINE
from claimloom.desk.money_decided import UNDOABLE
from claimloom.errors import PlainError
from claimloom.ledger import audit
from claimloom.ledger.line_decisions import of_line
from claimloom.ledger.views.claims import find_claim, rows_of
from claimloom.ledger.views.scope import EVERYTHING
from claimloom.ledger.views.self_paid import SelfPaid, self_paid_visits
from claimloom.ledger.views.story import events_of
from claimloom.ledger.views.totals import check_scope
from claimloom.ledger.views.worklist import decisions_about, items_of
from claimloom.lines import BY_NUMBER, Decided, could_be, fits, score, understood
from claimloom.payers import Payers
from claimloom.payers.contracted import PayerFileError
from claimloom.reference.time_zones import day_at
from claimloom.settings import read_settings
from schemas.claim import ClaimBuilt, ClaimLine
from schemas.money import cents_of, usd
from schemas.remittance import RemittanceReceived
from schemas.topics import payload
from schemas.values import Noun
from schemas.words import counted

CLOCKS = {
    "original": "Last day to file",
    "corrected": "Last day for a correction",
    "next_payer": "Last day for the next payer",
    "appeal": "Last day to appeal",
}


def show(
    claim: Annotated[str, typer.Argument(help="Claim number, claim id, or the EMR's session id.")],
    data: Data = None,
    tenant: Tenant = "",
    as_json: Json = False,
) -> None:
    """Tell a claim's story, from minutes to money."""
    with reading(data) as connection:
        scope = scope_of(tenant, "")
        check_scope(connection, scope)
        found = find_claim(connection, scope, claim)
        paid = self_paid_visits(connection, scope, claim)
        if paid and not found:
            _show_self_paid(paid, data, as_json=as_json)
            return
        if not found:
            raise PlainError(f"claim {claim}: not here; claims list shows all")
        newest = found[-1]
        (row,) = rows_of(connection, scope, [newest.claim_id])
        events = events_of(connection, scope, newest.claim_id)
        items = items_of(connection, scope, newest.claim_id)
        decided = decisions_about(connection, scope, newest.claim_id)
    note_reads(data, "claims show", [newest.claim_id])
    said_of = [payload(event) for event in events]
    billed = next((each.claim.lines for each in said_of if isinstance(each, ClaimBuilt)), [])
    lines_said = _lines_said(decided)
    told = [
        (event, said, [*details, *_meant(billed, data, lines_said.get(str(event.id), ()))])
        for event, data in zip(events, said_of, strict=True)
        for said, details in (tell(event),)
    ]
    settings = read_settings(data)
    try:
        ends = clocks(said_of, Payers.of(settings.data), _today(said_of, settings.now()))
    except PayerFileError as error:
        ends = []
        notes.print(f"no last days: {error}", soft_wrap=True)
    if as_json:
        head = row.json() | {
            "session_id": newest.visit,
            "version": newest.version,
            "clocks": [each.json() for each in ends],
            "next": [item.json() for item in items],
            "decisions": decided,
            "self_pay": [each.json() for each in paid],
        }
        lines = [
            {
                "time": event.time.isoformat(),
                "type": event.type,
                "id": str(event.id),
                "summary": said,
                "details": details,
                "data": event.data if event.type in ("claim-scrubbed", "claim-reconciled") else None,
            }
            for event, said, details in told
        ]
        print_json({"claim": head, "events": lines})
        return
    flags = "".join(f", {flag}" for flag in flags_of(row) if flag != row.state)
    out.print(bold(row.patient_control_number), f"  {row.payer}  {newest.day}  {row.state}{flags}")
    expected = expected_of(row, "unknown")
    amounts = f"billed {usd(row.billed_cents)}, expected {expected}, paid {usd(row.paid_cents)}"
    out.print(f"{amounts}, patient {usd(row.patient_responsibility_cents)}, variance {variance_of(row) or 'unknown'}")
    for clock in ends:
        proof = f"; {clock.proof}" if clock.proof else ""
        out.print(f"{CLOCKS[clock.name]} {clock.last_day}: {clock.because}; {clock.state}{proof}")
    for event, said, details in told:
        out.print(Styled(f"{event.time:%Y-%m-%d %H:%M} ", "dim"), bold(event.type), f" {said}")
        for detail in details:
            out.print(f"    {detail}")
    for each in decided:
        when = each["time"][:16].replace("T", " ")
        out.print(Styled(f"{when} ", "dim"), bold("decision"), f" {_decision_said(each)}")
    for item in items:
        out.print(bold(f"To do by {item.due}"), f" ({item.kind}, {usd(item.recoverable_cents)}): {item.action}")
    for visit in paid:
        out.print(_self_paid_words(visit))
    if row.replaced_by:
        out.print(f"Replaced: what is billed, expected and to do stands in {row.replaced_by}; here only what was paid")
    if len(found) > 1:
        others = ", ".join(each.number for each in found[:-1])
        notes.print(f"earlier versions or other claims of that name: {others}")


def _show_self_paid(paid: Sequence[SelfPaid], data: Path | None, *, as_json: bool) -> None:
    """A visit that has no claim, since its patient pays it."""
    note_reads(data, "claims show", [])
    if as_json:
        print_json({"claim": None, "self_pay": [each.json() for each in paid], "events": []})
        return
    for each in paid:
        out.print(bold(each.visit_id), f"  {each.date_of_service}  self-pay")
        out.print(_self_paid_words(each))


def _self_paid_words(paid: SelfPaid) -> str:
    said = f"The patient pays this visit himself (revision {paid.revision}), no claim"
    return f"{said}: {paid.services}, {usd(paid.charge_cents)} in all"


def _decision_said(each: Mapping[str, Any]) -> str:
    outcome = f" as {each['fields']['outcome']}" if "outcome" in each["fields"] else ""
    reason = f": {each['reason']}" if each["reason"] else ""
    amount = f" {usd(cents_of(each['fields']['amount']) or 0)}" if "amount" in each["fields"] else ""
    undo = f" (undone by: decide undo {each['id']})" if each["kind"] in UNDOABLE and not each["undone"] else ""
    line = _line_said(each["fields"]) if each["kind"] == MATCH_LINE else ""
    return f"{each['kind']}{amount}{outcome}{line} by {each['actor']}{reason}{undo}"


def _line_said(fields: Mapping[str, str]) -> str:
    """What a person said of a line of a payment, ours by its number in the claim."""
    ours = fields["to"].rpartition("-")[2]
    return f": line {fields['line']} of the answer is for {'none of the lines' if ours == 'none' else f'line {ours}'},"


def _lines_said(decided: Sequence[dict[str, Any]]) -> dict[str, Decided]:
    """By the id of a remittance what people said of its lines."""
    found: dict[str, dict[int, str]] = {}
    for each in decided:
        if each["kind"] == MATCH_LINE and not each["undone"]:
            found.setdefault(each["fields"]["remittance"], {}).update(of_line(each["fields"]))
    return {remittance: tuple(some.items()) for remittance, some in found.items()}


def _today(said: Sequence[Noun], now: datetime) -> date:
    """At the clinic of the visit."""
    return next((day_at(each.session.clinic, now) for each in said if isinstance(each, ClaimBuilt)), now.date())


def _meant(billed: Sequence[ClaimLine], data: Noun, decided: Decided) -> list[str]:
    """By what lines of an answer are ours, and what speaks for that, where our number does not say so."""
    if not isinstance(data, RemittanceReceived) or data.claim is None:
        return []
    found, meant = [], understood(billed, data.claim.lines, decided)
    for number, line, place, way in zip(meant.numbers, meant.lines, meant.places, meant.ways, strict=True):
        said = f"line {number} of the answer ({line.procedure_code})"
        if place is None:
            could = [f"line {billed[at].line_number} ({_agreeing(names)})" for at, names in could_be(billed, line)]
            why = ", as somebody decided" if way else (could and f"; it could be {', or '.join(could)}") or ""
            found.append(f"{said} is none of this claim's{why}")
        elif way != BY_NUMBER:
            ours = billed[place]
            by = way or "what it pays for, which is included in it (CARC 97)"
            found.append(f"{said} is line {ours.line_number}, by {by}: {_agreeing(fits(ours, line))}")
    return found


def _agreeing(names: Sequence[str]) -> str:
    return f"{', '.join(names) or 'nothing'} agree, {score(names)} of 100"


def reads(
    claim: Annotated[
        str,
        typer.Argument(help="Claim number, claim id, or the EMR's session id; without it, whoever looked at anything."),
    ] = "",
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Say who looked at a claim, or at anything, and when."""
    with reading(data) as connection:
        found = [row.claim_id for row in find_claim(connection, EVERYTHING, claim)] if claim else None
        if found == []:
            raise PlainError(f"claim {claim}: not here; claims list shows all")
        rows = audit.reads(connection, found)
    for row in rows:
        if as_json:
            print_json(row)
        else:
            when = row["time"][:16].replace("T", " ")
            out.print(f"{when} {row['actor']} {row['action']} {row['patient_control_number']}{_of_list(row)}")
    if not as_json:
        out.print(counted(len(rows), "read"))


def _of_list(row: dict[str, Any]) -> str:
    """What a list was asked for, and whether the claim was in it."""
    if not (asked := row["asked"]):
        return ""
    filters = "".join(f", {name} {value}" for name, value in asked.items() if name != "shown")
    return f" {'among' if row['sure'] else 'may be among'} {asked['shown']}{filters}"
