"""``x12``: look into a file of any of the transactions of a claim's life."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import typer
from rich.table import Table

from claimloom.cli.common import Json, out, print_json, read_bytes, usd
from claimloom.errors import PlainError
from claimloom.x12.read_835 import Remittance, Unreadable, read_835
from claimloom.x12.read_837p import ClaimDocument, read_837p
from claimloom.x12.read_ack import read_277ca, read_999, read_ta1
from claimloom.x12.tokenizer import Tokens, tokenize
from claimloom.x12.validate import pyx12_accepts
from schemas.remittance import Imbalance

x12 = typer.Typer(no_args_is_help=True, help="Look into X12 files.")
NAMES: Final = {"837": "837P", "835": "835", "999": "999", "277": "277CA", "TA1": "TA1"}
Finding = dict[str, Any]


def add_to(app: typer.Typer) -> None:
    """Put the commands on the command line."""
    app.add_typer(x12, name="x12")


@x12.command("check")
def check(files: list[Path], as_json: Json = False) -> None:
    """Check files: structure by pyx12, balances of 837P and 835 by our own sums. Exit 1 if there is a finding."""
    wrong = unreadable = False
    for path in files:
        try:
            report = _report(path)
        except PlainError as error:
            unreadable = True
            finding = _finding("unreadable", str(error).removeprefix(f"{path}: "))
            report = {"file": str(path), "kind": "unknown", "segments": 0, "transactions": 0, "findings": [finding]}
            if len(files) == 1 and not as_json:
                raise
        wrong |= bool(report["findings"])
        if as_json:
            print_json(report)
            continue
        count = len(report["findings"])
        said = f"{count} finding{'s' if count > 1 else ''}" if count else "no findings"
        of = f"{report['segments']} segments, {report['transactions']} transactions"
        out.print(f"{path}: {report['kind']}, {of}, {said}")
        for each in report["findings"]:
            place = "/".join(filter(None, (each["loop"], each["segment"] + (each["element"] or ""))))
            at = f"segment {each['segment_number']}" if each["segment_number"] else "file"
            out.print(f"  {each['severity']} {each['code']}, {at}{f' ({place})' if place else ''}: {each['message']}")
    raise typer.Exit(2 if unreadable else 1 if wrong else 0)


@x12.command("describe")
def describe(file: Path) -> None:
    """Print a file as a person reads it. Names, member ids and birth dates are left out."""
    data = read_bytes(file)
    kinds = _kinds(tokenize(data))
    if not kinds:
        raise PlainError(f"{file}: no transaction in it")
    if "835" in kinds:
        _describe_835(data)
    if "837" in kinds:
        _describe_837(data)
    for batch in read_277ca(data) if "277" in kinds else []:
        out.print(f"[bold]277CA by the {batch.source_level}[/bold] for batch {batch.batch_id} of {batch.process_date}")
        for claim in batch.claims:
            codes = ", ".join(f"{status.category}:{status.code}" for status in claim.statuses)
            verdict = "[red]rejected[/red]" if claim.rejected else "accepted"
            out.print(f"  {claim.patient_control_number}: {verdict} ({codes}) {claim.payer_claim_control_number}")
    for group in read_999(data) if "999" in kinds else []:
        out.print(f"[bold]999[/bold] for group {group.control_number}: {group.code or 'no code'}")
        for each in group.transactions:
            out.print(f"  transaction {each.control_number}: {each.code or group.code}")
            for error in each.errors:
                elements = f", elements {', '.join(error.elements)}" if error.elements else ""
                about = f", claim {error.claim}" if error.claim else ""
                place = f"segment {error.position} ({error.segment_id}, loop {error.loop})"
                out.print(f"    {place} error {error.code}{elements}{about}")
    for said in read_ta1(data) if "TA1" in kinds else []:
        out.print(f"[bold]TA1[/bold] for interchange {said.control_number}: {said.code}, note {said.note}")


@x12.command("read")
def read(file: Path) -> None:
    """Print the typed content as JSON Lines: a line a claim of 837P and 835, else a line a transaction.

    It holds names and member ids. ``unparsed`` has the segments with a value that has no field.
    """
    data = read_bytes(file)
    tokens = tokenize(data)
    kinds = _kinds(tokens)
    for line in _documents(data, tokens, kinds):
        print_json({"file": str(file)} | line)


def _documents(data: bytes, tokens: Tokens, kinds: Sequence[str]) -> Iterator[dict[str, Any]]:
    for said in read_ta1(data) if "TA1" in kinds else []:
        yield {"kind": "TA1", **asdict(said)}
    if "837" in kinds:
        for transaction in read_837p(data):
            head = {"kind": "837P", "batch_id": transaction.batch_id, "version": transaction.version}
            for claim in transaction.claims:
                yield head | asdict(claim)
            yield head | {"claims": len(transaction.claims), "unparsed": transaction.unparsed}
    if "835" in kinds:
        for each in read_835(data):
            if isinstance(each, Unreadable):
                yield {"kind": "835", "transaction_index": each.transaction_index, "unreadable": each.reason}
            else:
                yield from _of_835(each)
    # Acknowledgments go out with their raw segments beside the typed answer: they are short, and nothing is lost.
    raw = [segment.elements for segment in tokens.segments]
    for group in read_999(data) if "999" in kinds else []:
        yield {"kind": "999", **asdict(group), "segments": raw}
    for batch in read_277ca(data) if "277" in kinds else []:
        answer = {"kind": "277CA", **asdict(batch), "segments": raw}
        yield answer | {"process_date": batch.process_date.isoformat() if batch.process_date else None}
    for kind in kinds:
        if kind not in NAMES:
            yield {"kind": kind, "segments": raw}


def _of_835(each: Remittance) -> Iterator[dict[str, Any]]:
    head = {"kind": "835", "transaction_index": each.transaction_index, "header": each.header.model_dump(mode="json")}
    for place, claim in enumerate(each.claims):
        wrong = [fault.model_dump(mode="json") for fault in each.claim_imbalances.get(place, [])]
        yield head | {"claim": claim.model_dump(mode="json"), "imbalances": wrong}
    yield head | {
        "claims": len(each.claims),
        "provider_adjustments": [plb.model_dump(mode="json") for plb in each.provider_adjustments],
        "imbalances": [fault.model_dump(mode="json") for fault in each.imbalances],
        "unparsed": [segment.elements for segment in each.unparsed],
    }


def _kinds(tokens: Tokens) -> list[str]:
    found = [
        "TA1" if segment.id == "TA1" else segment.get(1) for segment in tokens.segments if segment.id in ("ST", "TA1")
    ]
    return list(dict.fromkeys(found))


def _report(path: Path) -> dict[str, Any]:
    data = read_bytes(path)
    try:
        tokens = tokenize(data)
    except PlainError as error:
        raise PlainError(f"{path}: {error}") from None
    kinds = _kinds(tokens)
    findings = [*_structure(data)]
    if "835" in kinds:
        findings += [fault for each in read_835(data) for fault in _faults(each)]
    if "837" in kinds:
        findings += [fault for each in read_837p(data) for claim in each.claims for fault in _sums(claim)]
    for kind in kinds:
        if kind not in NAMES:
            findings.append(_finding("not_supported", f"transaction {kind[:6]} is recognised but not checked"))
    return {
        "file": str(path),
        "kind": "+".join(NAMES.get(kind, kind) for kind in kinds) or "interchange without a transaction",
        "segments": len(tokens.segments),
        "transactions": sum(segment.id == "ST" for segment in tokens.segments),
        "findings": findings,
    }


def _structure(data: bytes) -> Iterator[Finding]:
    """What pyx12 finds wrong with the structure, read from the acknowledgment that it writes."""
    text = data.removeprefix(b"\xef\xbb\xbf").decode("latin-1").strip()
    if not text.isascii():
        yield _finding("not_ascii", "has characters outside ASCII; pyx12's structure check was left out", "warn")
        return
    accepted, answer = pyx12_accepts(text)
    if accepted:
        return
    said = False
    for group in read_999(answer.encode("ascii", "replace")) if answer.startswith("ISA") else []:
        for transaction in group.transactions:
            for error in transaction.errors:
                said = True
                elements = ", ".join(error.elements)
                detail = f"error {error.code}" + (f", elements {elements}" if elements else "")
                message = f"{error.segment_id} in loop {error.loop or 'unknown'}: {detail} (pyx12, in 999 codes)"
                place = error.elements[0].partition(":")[0].zfill(2) if error.elements else ""
                yield _finding("structure", message, "error", error.position, error.loop, error.segment_id, place)
    if not said:
        yield _finding("structure", "pyx12 does not accept the envelope or the transaction set")


def _finding(
    code: str,
    message: str,
    severity: str = "error",
    segment_number: int = 0,
    loop: str = "",
    segment: str = "",
    element: str = "",
) -> Finding:
    return {
        "code": code,
        "severity": severity,
        "segment_number": segment_number,
        "loop": loop,
        "segment": segment,
        "element": element,
        "message": message,
    }


def _sums(claim: ClaimDocument) -> Iterator[Finding]:
    total = sum(line.charge_cents for line in claim.lines)
    if total != claim.charge_cents:
        message = (
            f"{claim.patient_control_number}: CLM02 = sum SV102 fails by {usd(claim.charge_cents - total)} "
            f"(is {usd(claim.charge_cents)}, should be {usd(total)})"
        )
        yield _finding("unbalanced_claim", message, "error", claim.segment_number, "2300", "CLM", "02")


def _faults(read: Remittance | Unreadable) -> Iterator[Finding]:
    if isinstance(read, Unreadable):
        yield _finding("unreadable", f"transaction {read.transaction_index + 1}: {read.reason}")
        return
    found: list[Imbalance] = [*read.imbalances, *(each for some in read.claim_imbalances.values() for each in some)]
    places = {"line": ("2110", "SVC", "03"), "claim": ("2100", "CLP", "04"), "transaction": ("", "BPR", "02")}
    for each in found:
        message = (
            f"{each.where}: {each.rule} fails by {usd(each.difference_cents)} "
            f"(is {usd(each.actual_cents)}, should be {usd(each.expected_cents)})"
        )
        yield _finding(f"unbalanced_{each.level}", message, "error", each.segment_number, *places[each.level])


def _describe_835(data: bytes) -> None:
    for remittance in read_835(data):
        if isinstance(remittance, Unreadable):
            out.print(f"Transaction {remittance.transaction_index + 1} cannot be read: {remittance.reason}")
            continue
        header = remittance.header
        paid = f"{header.payer_name} paid {usd(header.total_paid_cents)}"
        out.print(f"[bold]{paid}[/bold] by {header.payment_method} {header.trace_number} on {header.payment_date}")
        table = Table("Claim", "Status", "Line", "Charge", "Allowed", "Paid", "Adjustments", box=None, pad_edge=False)
        for claim in remittance.claims:
            amounts = (usd(claim.charge_cents), "", usd(claim.paid_cents))
            table.add_row(claim.patient_control_number, claim.status_code, "", *amounts, _codes(claim.adjustments))
            for line in claim.lines:
                allowed = "" if line.allowed_cents is None else usd(line.allowed_cents)
                amounts = (usd(line.charge_cents), allowed, usd(line.paid_cents))
                table.add_row("", "", line.procedure_code, *amounts, _codes(line.adjustments))
        out.print(table)
        for plb in remittance.provider_adjustments:
            out.print(f"Provider level {plb.reason} {plb.reference}: {usd(-plb.amount_cents)}")


def _describe_837(data: bytes) -> None:
    for transaction in read_837p(data):
        total = usd(sum(claim.charge_cents for claim in transaction.claims))
        out.print(f"[bold]837P batch {transaction.batch_id}[/bold]: {len(transaction.claims)} claims, {total}")
        table = Table("Claim", "Freq", "Payer", "Place", "Line", "Units", "Charge", "Date", box=None, pad_edge=False)
        for claim in transaction.claims:
            payer = claim.parties["2010BB"].last if "2010BB" in claim.parties else ""
            head = (claim.patient_control_number, claim.frequency_code, payer, claim.place_of_service)
            table.add_row(*head, "", "", usd(claim.charge_cents), "")
            for line in claim.lines:
                code = ":".join((line.procedure_code, *line.modifiers))
                table.add_row("", "", "", "", code, line.units, usd(line.charge_cents), line.dates.get("472", ""))
        out.print(table)


def _codes(adjustments: Sequence[Any]) -> str:
    return ", ".join(f"{part.group}-{part.reason} {usd(part.amount_cents)}" for part in adjustments)
