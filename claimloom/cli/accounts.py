"""``accounts``: what moved in the account of a visit, and who owes what."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Final

import typer

from claimloom.accounts.by_people import BY_PEOPLE, GIVES_WAY, REFUND, TO_PATIENT, WRITE_OFF
from claimloom.cli.folder import settings_of
from claimloom.cli.ledger import note_list, reading, scope_of
from claimloom.cli.options import AsOf, Clinic, Data, Json, Tenant
from claimloom.cli.output import Grid, bold, out, print_json
from claimloom.errors import PlainError
from claimloom.ledger.views.accounts import AGE_NAMES, BY, Account, EntryRow, Owed, accounts_of, balances, trial_balance
from claimloom.ledger.views.scope import Wanted, check_known
from claimloom.ledger.views.totals import check_scope
from claimloom.remit.cause_words import cause_words
from schemas.money import usd

By = Annotated[str, typer.Option("--by", help="A line for each: age, payer or clinic.")]
COLUMNS: Final = ("", "Payers owe", "Patients owe", *AGE_NAMES, "Total")
NAMES: Final = {
    "charge": "billed",
    "receivable": "payers owe",
    "patient": "patient owes",
    "contractual": "given up by contract",
    "write_off": "given up otherwise",
    "paid": "paid",
}


def show_account(
    name: Annotated[str, typer.Argument(help="The EMR's session id, a claim number or a claim id.")],
    data: Data = None,
    tenant: Tenant = "",
    as_json: Json = False,
) -> None:
    """Tell what moved in the account of a visit, and who owes what of it."""
    with reading(data) as connection:
        scope = scope_of(tenant, "")
        check_scope(connection, scope)
        found = accounts_of(connection, scope, name)
    if not found:
        raise PlainError(f"account {name}: no visit or claim of that name is here; claims list shows all")
    numbers = {entry.patient_control_number for each in found for entry in each.entries}
    note_list(data, "accounts show", scope, Wanted(), len(found), sorted(numbers - {""}))
    for each in found:
        if as_json:
            print_json(each.json())
        else:
            _tell(each)


def _tell(account: Account) -> None:
    out.print(bold(account.visit), f"  {account.clinic}")
    if not account.entries:
        out.print("Nothing was billed, and nothing was paid.")
        return
    grid = Grid("Day", "What", "Billed", "Paid", "Contract", "Other", "Patient", "Payer owes", right=range(2, 8))
    owes = 0
    for entry in account.entries:
        cents = entry.cents
        owes += cents.get("receivable", 0)
        paid = sum(cents.get(name, 0) for name in ("payment", "other", "cash"))
        amounts = (
            -cents.get("charge", 0),
            paid,
            *(cents.get(each, 0) for each in ("contractual", "write_off", "patient")),
        )
        grid.add(entry.day, _what(entry), *(usd(each) if each else "" for each in amounts), usd(owes))
    out.grid(grid)
    for payer, owed in account.payers.items():
        if owed > 0:
            out.print(f"{payer} owes {usd(owed)}")
        elif owed < 0:
            out.print(f"{payer} is owed {usd(-owed)}: more was paid than the service is worth")
    returned = sum(entry.cents.get("other", 0) for entry in account.entries if entry.kind in BY_PEOPLE)
    if returned:
        out.print(f"{usd(returned)} was returned beside what is too much: a payer's word (PLB 72) or its money is due")
    for payer, expected in account.expected.items():
        if expected is None:
            out.print(f"{payer}: nothing to expect, since there is no contract and no fees of its class")
    patient = account.balances["patient"] - account.next_payer_cents
    if account.next_payer_cents:
        out.print(f"{usd(account.next_payer_cents)} is for the next payer to decide, before anybody bills the patient")
    if patient < 0:
        out.print(f"The patient is owed {usd(-patient)}: the payer decided since on what was billed to them")
    else:
        out.print(f"The patient owes {usd(patient)}" if patient else "The patient owes nothing")
    if given := _gave_way(account):
        out.print(f"{usd(given)} of what was moved to the patient came back: return what they paid of it")


def _gave_way(account: Account) -> int:
    """What was moved to the patient by decision and is not theirs any more, since the payer decided otherwise."""
    return -sum(entry.cents.get("patient", 0) for entry in account.entries if entry.kind == GIVES_WAY)


def _decided(entry: EntryRow) -> str:
    """What a person decided, or that it gave way."""
    number = entry.patient_control_number or "no claim"
    if entry.kind == GIVES_WAY:
        return f"{number}: what was decided stands otherwise, since the payer's answer or the claim is another"
    undone = "undone: " if any(cents < 0 for cents in entry.reasons.values()) else ""
    reasons = ", ".join(name.replace("_", " ") for name in entry.reasons)
    words = {REFUND: "returned to the payer", TO_PATIENT: "moved to the patient", WRITE_OFF: f"given up ({reasons})"}
    asked = sum(abs(cents) for cents in entry.reasons.values())
    return f"{number}: {undone}{usd(asked)} {words[entry.kind]}"


def _what(entry: EntryRow) -> str:
    number = entry.patient_control_number
    if entry.kind in BY_PEOPLE:
        return _decided(entry)
    words = {
        "charge": f"goes out to {entry.payer}",
        "next_payer": f"goes on to {entry.payer}",
        "void": "voids a claim",
        "leaves": "is replaced or voided: what was said of it leaves",
        "unposted": f"is not what {entry.trace_number} is for: it is taken off",
        "provider_level": f"is named by what {entry.trace_number} moves beside its claims (PLB)",
        "recovered": "is owed what was paid too much no more: the payer took it (PLB)",
    }
    if entry.kind in words:
        return f"{number} {words[entry.kind]}"
    reasons = f" ({', '.join(map(cause_words, entry.reasons))})" if entry.reasons else ""
    by = f" by {entry.trace_number}" if entry.trace_number else ""
    return f"{number} answered{by}{reasons}"


def show_balance(
    data: Data = None,
    tenant: Tenant = "",
    clinic: Clinic = "",
    by: By = "age",
    as_of: AsOf = None,
    as_json: Json = False,
) -> None:
    """Say who owes what by age, after all that was posted until a day."""
    check_known("--by", by, BY)
    day = as_of.date() if as_of else settings_of(data, None).now().date()
    with reading(data) as connection:
        scope = scope_of(tenant, clinic)
        check_scope(connection, scope)
        rows = balances(connection, scope, day, by)
        trial = trial_balance(connection, scope, day)
    if as_json:
        for row in rows:
            print_json(row.json())
        return
    out.grid(_table(rows, by))
    owed = sum(row.total_cents for row in rows)
    even = sum(trial.values())
    said = "the books are even" if not even or clinic else f"the books are off by {usd(even)}: claimloom replay"
    out.print(f"{usd(owed)} is owed on {day}; {said}")


def _table(rows: Sequence[Owed], by: str) -> Grid:
    columns = COLUMNS if by != "age" else (*COLUMNS[:3], "Total")
    grid = Grid(*columns, right=range(1, len(columns)), folding=(0,))
    for row in rows:
        name = f"{row.name} days" if by == "age" else _named(row)
        ages = [] if by == "age" else [usd(row.ages[each]) for each in AGE_NAMES]
        grid.add(name, usd(row.payers_cents), usd(row.patients_cents), *ages, usd(row.total_cents))
    return grid


def _named(row: Owed) -> str:
    """A payer or clinic: by its name and its id, since two payers may have one name."""
    if not row.name or row.name == row.key:
        return row.key or "none"
    return f"{row.name} ({row.key})" if row.key else row.name
