"""``rules check|try|review``: rules of one's own, and what reviewers said."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from claimloom.cli.folder import settings_of
from claimloom.cli.ledger import note_reads, reading, scope_of
from claimloom.cli.options import AsOf, Clinic, Data, Json, Tenant
from claimloom.cli.output import Grid, bold, notes, out, print_json
from claimloom.errors import PlainError
from claimloom.ledger.views.claims import find_claim
from claimloom.ledger.views.reviews import reviews
from claimloom.ledger.views.totals import check_scope
from claimloom.partners import Partners
from claimloom.payers import Payers
from claimloom.reference.edits import Edits
from claimloom.reference.icd10 import Icd10
from claimloom.reference.releases import Lists
from claimloom.reference.time_zones import day_at
from claimloom.scrub import scrub
from claimloom.scrub.own.file import OwnRule, RulesFileError, check_once, read_rules
from claimloom.scrub.packs import Pack
from claimloom.scrub.scrubbing import Scrubbing
from schemas.claim import ClaimBuilt, Severity
from schemas.words import counted

RuleFile = Annotated[Path, typer.Argument(help="A file of own rules (TOML), docs/own-rules.md.")]
HEADS = {Severity.ERROR: "holds", Severity.WARN: "warns"}
ASKED = {"line": "of each line", "claim": "once a claim"}


def check_rules(
    files: Annotated[
        list[Path] | None, typer.Argument(help="Files of own rules; none: all of the data folder.")
    ] = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Read own rules, packs, pins and reviews, and say what is wrong with them. Exit 1 if something is."""
    wrong: list[str] = []
    found: list[OwnRule] = []
    for path in files or ():
        try:
            found += read_rules(path)
        except RulesFileError as error:
            wrong.append(str(error))
    try:
        check_once(found)
        if not files:
            scrubbing = Scrubbing(settings_of(data, None).data / "rules")
            found += scrubbing.own
            _ = (scrubbing.packs, scrubbing.pins, scrubbing.samples)
    except RulesFileError as error:
        wrong.append(str(error))
    for each in found:
        rule = each.rule
        if as_json:
            told = {"id": rule.id, "file": each.file, "severity": rule.severity.value, "message": rule.message}
            print_json(told | {"of": rule.scope, "fails_when": rule.condition, "source": rule.source})
        else:
            out.print(bold(rule.id), f" {HEADS[rule.severity]}, asked {ASKED[rule.scope]}: {rule.message}")
    for text in wrong:
        notes.print(text)
    if not as_json and not files and not found and not wrong:
        out.print(
            "there are no rules of your own: rules/own of the data folder is empty, docs/own-rules.md has the form"
        )
    elif not as_json:
        out.print(f"{counted(len(found), 'rule')} can be asked")
    if wrong:
        raise typer.Exit(1)


def try_rules(
    file: RuleFile,
    visit: Annotated[str, typer.Argument(help="The claim or visit to ask them of.")],
    data: Data = None,
    tenant: Tenant = "",
    as_of: AsOf = None,
    as_json: Json = False,
) -> None:
    """Ask the rules of a file about a visit that is here, and change nothing."""
    from claimloom.ledger.journal import payloads  # noqa: PLC0415 - as the rest of what asks a ledger
    from services.claim_scrubber.around import Beside, ToAsk, cases_of  # noqa: PLC0415

    rules = read_rules(file)
    settings = settings_of(data, as_of)
    payers = Payers((settings.data / "payers",), (settings.data / "contracts",))
    reference = settings.data / "reference"
    around = Beside(Icd10(reference), Edits(Lists(reference)), payers, Partners(settings.partner))
    with reading(data) as connection:
        known = find_claim(connection, scope_of(tenant, ""), visit)
        if not known:
            raise PlainError(f"claim {visit}: not here; claims list shows all")
        row = known[-1]
        built = payloads(connection, [row.place], ClaimBuilt)[row.place]
        asked = ToAsk(row.tenant, built, row.place, day_at(built.session.clinic, settings.now()))
        (case,) = cases_of(connection, around, [asked])
    note_reads(data, "rules try", [str(built.claim.claim_id)])
    found = scrub(case, Pack(file.stem, (), tuple(each for each in rules if each.concerns(row.tenant, case)))).findings
    for each in rules:
        rule = each.rule
        hits = [one for one in found if one.code == rule.id]
        asked_of = each.concerns(row.tenant, case)
        said = [f"{HEADS[one.severity]}{_line(one.line_number)}: {one.message}" for one in hits]
        said = said or ["passes" if asked_of else f"is not asked: it is for {each.for_whom(row.tenant, case)}"]
        if as_json:
            lines = [{"line": one.line_number, "severity": one.severity.value, "message": one.message} for one in hits]
            print_json({"rule": rule.id, "asked": asked_of, "found": lines})
            continue
        for text in said:
            out.print(bold(rule.id), f" {text}")


def _line(number: int | None) -> str:
    return f", line {number}" if number else ""


def show_reviews(data: Data = None, tenant: Tenant = "", clinic: Clinic = "", as_json: Json = False) -> None:
    """Sum up what reviewers said of the claims that were drawn: how often they agree with the rules."""
    with reading(data) as connection:
        scope = scope_of(tenant, clinic)
        check_scope(connection, scope)
        rows = reviews(connection, scope)
    if as_json:
        for row in rows:
            print_json(row.json())
        return
    if not rows:
        out.print("no claim was drawn for review")
        return
    grid = Grid("Tenant", "Clinic", "Reviewer", "Waiting", "Passed", "Failed", "Agree %", right=range(3, 7))
    for row in rows:
        sums = (str(row.waiting), str(row.passed), str(row.failed), row.agreement)
        grid.add(row.tenant, row.clinic, row.reviewer or "anybody", *sums)
    out.grid(grid)
