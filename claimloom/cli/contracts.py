"""``contracts``: what is agreed on with payers, looked at before it counts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import Connection

from claimloom.cli.ledger import note_list, reading
from claimloom.cli.options import Data, Json
from claimloom.cli.output import Grid, notes, out, print_json
from claimloom.contracts import NOT_COUNTED, Contract, ContractFault, VisitNumbers, lined_up, tied, ties
from claimloom.contracts.choose import gaps
from claimloom.contracts.fees_csv import MOST_BYTES, FeeList, contract_of, read_fees
from claimloom.contracts.keys import PAYER_IDS, UnfitError
from claimloom.contracts.terms import PercentOfMedicare
from claimloom.desk.expected import built_price
from claimloom.errors import PlainError
from claimloom.ledger.journal import claims_at
from claimloom.ledger.views.claims import ClaimRow, all_claims, claim_place
from claimloom.ledger.views.scope import EVERYTHING, Wanted, check_known
from claimloom.ledger.views.totals import payers_named
from claimloom.ledger.visit_numbers import numbers_at
from claimloom.payers import PayerConfig, Payers
from claimloom.payers.contracted import read_file
from claimloom.pricing import Price
from claimloom.reference.fee_schedule import FeeSchedule
from claimloom.reference.releases import Lists
from claimloom.settings import read_settings
from schemas.claim import Claim
from schemas.money import usd
from schemas.words import counted

PAGE = 500
Day = Annotated[datetime, typer.Option("--since", formats=["%Y-%m-%d"], help="First day of service.")]
Starts = Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="From which day of service they count.")]


def check_contracts(
    files: Annotated[list[Path], typer.Argument(help="Contracts (TOML); together they are one payer's or several'.")],
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Say all that is wrong with contract files, each with its line and key. Exit 1 if something is."""
    fees = FeeSchedule(Lists(read_settings(data).data / "reference"))
    faults: list[ContractFault] = []
    contracts: list[Contract] = []
    for path in files:
        found = _read(path)
        if isinstance(found, Contract):
            contracts.append(found)
        else:
            faults += found
    faults += _between(contracts)
    if as_json:
        for fault in faults:
            print_json({name: getattr(fault, name) for name in ("file", "line", "column", "key", "message")})
    else:
        for fault in faults:
            out.print(str(fault))
        for each in contracts:
            payers = ", ".join(each.payer_ids)
            out.print(f"{each.file}: {counted(len(each.terms), 'term')} for payer {payers}")
            for first, last, term in gaps(each.terms):
                notes.print(f"{each.file}, {term.key}: nothing of its conditions counts from {first} to {last}")
            for term in each.terms:
                way = term.way
                if isinstance(way, PercentOfMedicare) and way.year and not fees.covers(way.day(term.starts)):
                    said = "nothing is expected by it until claimloom data import mpfs takes them in"
                    notes.print(
                        f"{each.file}, {term.key}: Medicare's fees of {way.year} are not here; {said}", soft_wrap=True
                    )
    raise typer.Exit(1 if faults else 0)


def _read(path: Path) -> Contract | list[ContractFault]:
    try:
        return read_file(path)
    except OSError as error:
        raise PlainError(f"{path}: {error.strerror}") from None


def _between(contracts: list[Contract]) -> Iterator[ContractFault]:
    """What two files of a payer say against each other."""
    for payer_id in dict.fromkeys(payer for each in contracts for payer in each.payer_ids):
        mine = [each for each in contracts if payer_id in each.payer_ids]
        terms = lined_up([term for each in mine for term in each.terms])
        for one, other in ties(terms):
            if one.file != other.file:
                yield ContractFault(one.file, 0, one.key, tied(one, other).removeprefix(f"{one.file}: "))


@dataclass(slots=True)
class _Sum:
    lines: int = 0
    units: int = 0
    before_cents: int = 0
    after_cents: int = 0


def diff_contracts(
    before: Annotated[Path, typer.Argument(help="A contract (TOML).")],
    after: Annotated[Path, typer.Argument(help="The contract that would take its place.")],
    since: Day,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Say what another contract would have meant for the claims of a ledger: what is allowed, by code and in total."""
    old, new = _contract(before), _contract(after)
    if not set(old.payer_ids) & set(new.payer_ids):
        whose = f"{before} is of payer {', '.join(old.payer_ids)}, {after} of {', '.join(new.payer_ids)}"
        raise PlainError(f"{whose}: compare two contracts of one payer")
    settings = read_settings(data)
    payers = Payers((settings.data / "payers",), reference=settings.data / "reference")
    found: dict[str, _Sum] = {}
    claims = 0
    nothing = {before.name: 0, after.name: 0}
    with reading(data) as connection:
        wanted_payers = sorted({*old.payer_ids, *new.payer_ids})
        known = {payer_id for payer_id, _ in payers_named(connection, EVERYTHING)}
        if not known & set(wanted_payers):
            check_known("payer", wanted_payers[0], sorted(known))
        for payer_id in wanted_payers:
            for place, row, claim in _claims(connection, payer_id, since.date()):
                claims += 1
                config = payers.config(payer_id, claim.coverage.payer_class, claim.lines[0].date_of_service)
                which_visit = partial(numbers_at, connection, place)
                one, other = (_priced(claim, row.clinic, config, each, which_visit) for each in (old, new))
                nothing[before.name] += one is None
                nothing[after.name] += other is None
                if one is not None and other is not None:
                    _add(found, one, other)
        note_list(data, "contracts diff", EVERYTHING, Wanted(since=since.date().isoformat()), claims, None)
    total = _Sum()
    for each in found.values():
        for name in ("lines", "units", "before_cents", "after_cents"):
            setattr(total, name, getattr(total, name) + getattr(each, name))
    if as_json:
        for code, each in [*sorted(found.items()), ("", total)]:
            print_json({"code": code} | _json(each))
        print_json({"claims": claims, "nothing_before": nothing[before.name], "nothing_after": nothing[after.name]})
        return
    table = Grid("Code", "Lines", "Units", before.name, after.name, "Difference", right=range(1, 6))
    for code, each in [*sorted(found.items()), ("all", total)]:
        change = usd(each.after_cents - each.before_cents)
        table.add(code, str(each.lines), str(each.units), usd(each.before_cents), usd(each.after_cents), change)
    out.grid(table)
    out.print(f"allowed on {counted(claims, 'claim')} since {since.date()}, before what patients owe")
    for name, number in nothing.items():
        if number:
            out.print(f"{name}: nothing to expect of {counted(number, 'claim')}, not counted above")


def _json(each: _Sum) -> dict[str, int]:
    return {
        "lines": each.lines,
        "units": each.units,
        "before_cents": each.before_cents,
        "after_cents": each.after_cents,
        "difference_cents": each.after_cents - each.before_cents,
    }


def _contract(path: Path) -> Contract:
    found = _read(path)
    if isinstance(found, Contract):
        return found
    more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
    raise PlainError(f"{found[0]}{more}; claimloom contracts check names all")


def _claims(connection: Connection, payer_id: str, since: date) -> Iterator[tuple[int, ClaimRow, Claim]]:
    """Claims of a payer that count, none that another one replaced, with their places."""
    rows = all_claims(connection, EVERYTHING, Wanted(payer=payer_id, since=since.isoformat()))
    counting = (row for row in rows if not row.replaced_by)
    while some := list(islice(counting, PAGE)):
        places = {row.claim_id: claim_place(connection, row.claim_id) or 0 for row in some}
        claims = claims_at(connection, list(places.values()))
        yield from ((places[row.claim_id], row, claims[places[row.claim_id]]) for row in some)


def _priced(
    claim: Claim, clinic: str, config: PayerConfig, contract: Contract, which_visit: Callable[[], VisitNumbers]
) -> Price | None:
    terms = contract.terms if config.key in contract.payer_ids else ()
    agreed = replace(config, contract_terms=terms)
    return built_price(claim, agreed, clinic, visit=which_visit() if agreed.counts_visits else NOT_COUNTED)


def _add(found: dict[str, _Sum], one: Price, other: Price) -> None:
    for mine, theirs in zip(one.lines, other.lines, strict=True):
        each = found.setdefault(mine.line.code, _Sum())
        each.lines += 1
        each.units += mine.line.units
        each.before_cents += mine.allowed_cents
        each.after_cents += theirs.allowed_cents


def import_fees(
    file: Annotated[Path, typer.Argument(help="Fees (CSV) with headers: code, fee, and modifier if there is one.")],
    payer: Annotated[str, typer.Option("--payer", help="Payer id that the fees are of.")],
    starts: Starts,
    target: Annotated[Path, typer.Option("--out", help="Contract to write (TOML).")],
) -> None:
    """Make a contract of a payer's fee list. Bad rows are all named, and then nothing is written (exit 1)."""
    try:
        PAYER_IDS(payer)
    except UnfitError:
        raise PlainError(f"--payer {payer}: a payer id is expected, without blanks and quotes") from None
    try:
        if file.stat().st_size > MOST_BYTES:
            raise PlainError(f"{file}: more than {MOST_BYTES // 1_000_000} MB is no fee list")
        found = read_fees(file.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise PlainError(f"{file}: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise PlainError(
            f"{file}: this is no UTF-8 text, byte {error.start + 1} cannot be read; save it as CSV UTF-8"
        ) from None
    if not isinstance(found, FeeList):
        for fault in found:
            out.print(f"{file.name}, {fault}")
        notes.print(f"nothing is written: {counted(len(found), 'fault')}")
        raise typer.Exit(1)
    if target.exists():
        raise PlainError(f"{target}: is there already; nothing is written over it")
    if found.not_read:
        notes.print(f"columns that are not read: {', '.join(found.not_read)}")
    text = contract_of(found, payer, starts.date())
    try:
        target.write_text(text, encoding="utf-8")
    except OSError as error:
        raise PlainError(f"{target}: {error.strerror}") from None
    number = sum(len(table) for table in found.fees_cents.values())
    out.print(f"{target}: {counted(number, 'fee')} of payer {payer} from {starts.date()}")
