"""``rules packs|freeze|diff|backtest``: which rules are asked, and what others would have done."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from claimloom.cli.folder import settings_of
from claimloom.cli.ledger import note_list, reading, scope_of
from claimloom.cli.options import AsOf, Clinic, Data, Json, Tenant
from claimloom.cli.output import Grid, bold, out, print_json
from claimloom.errors import PlainError
from claimloom.ledger.views.scope import Wanted
from claimloom.ledger.views.totals import check_scope
from claimloom.partners import Partners
from claimloom.payers import Payers
from claimloom.reference.edits import Edits
from claimloom.reference.icd10 import Icd10
from claimloom.reference.releases import Lists
from claimloom.scrub import PACKAGED
from claimloom.scrub.own.file import check_once, read_rules, read_toml
from claimloom.scrub.packs import Pack, built_in, differences, frozen, read_pack
from claimloom.scrub.scrubbing import Scrubbing
from claimloom.settings import Settings
from schemas.money import usd
from schemas.words import counted

PackName = Annotated[
    str, typer.Argument(help="A pack by its name (rules packs), or a file: of a pack, or of own rules.")
]


def list_packs(data: Data = None, as_of: AsOf = None, as_json: Json = False) -> None:
    """List the packs of rules, who keeps to which, and what of each is not as it was made."""
    settings = settings_of(data, as_of)
    scrubbing = _scrubbing(settings)
    today = settings.now().date()
    grid = Grid("Pack", "Hash", "Rules", "Own rules", "Kept to by", right=(2, 3))
    for name, pack in scrubbing.packs.items():
        pins = [each for each in scrubbing.pins if each.pack == name]
        who = [f"{', '.join(sorted(each.tenants)) or 'all'} from {each.starts}" for each in pins]
        differs = [each._asdict() for each in pack.differs]
        if as_json:
            pinned = [{"tenants": sorted(each.tenants), "from": each.starts.isoformat()} for each in pins]
            print_json(
                {"pack": name, "hash": pack.hash, "frozen_hash": pack.frozen_hash, "rules": len(pack.rules)}
                | {"own_rules": len(pack.own), "pins": pinned, "differs": differs}
            )
            continue
        grid.add(name, pack.hash, str(len(pack.rules)), str(len(pack.own)), "; ".join(who) or "")
    if as_json:
        return
    out.grid(grid)
    for name, pack in scrubbing.packs.items():
        if pack.frozen_hash and pack.frozen_hash != pack.hash:
            out.print(bold(name), f" was made as {pack.frozen_hash}: code, tables or own rules have changed since")
        for each in pack.differs:
            out.print(f"  {each.rule} {each.said}")
    others = f"tenants without a pin keep to {scrubbing.pack('', today).name}"
    out.print(others)


def freeze(
    name: Annotated[str, typer.Argument(help="What it is to be called; letters, digits, hyphens.")],
    data: Data = None,
) -> None:
    """Keep the rules of today as a pack, in the folder rules/packs, to pin it or to compare with it later."""
    if not name.replace("-", "").isalnum() or not name.isascii():
        raise PlainError(f"pack {name}: a name of letters, digits and hyphens is expected")
    settings = settings_of(data, None)
    path = settings.data / "rules" / "packs" / f"{name}.toml"
    if path.exists() or name == PACKAGED.name:
        raise PlainError(f"pack {name}: is there already; a pack that is kept is never written over")
    pack = built_in(_scrubbing(settings).own)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(frozen(pack, pack.version), encoding="utf-8")
    out.print(f"{counted(len(pack.rules), 'rule')} as pack {name}, hash {pack.hash}: rules/packs/{name}.toml")


def diff_packs(before: PackName, after: PackName, data: Data = None, as_json: Json = False) -> None:
    """Say what is not the same in two packs: rules that one lacks, what each weighs, own rules written otherwise."""
    scrubbing = _scrubbing(settings_of(data, None))
    found = differences(_pack(scrubbing, before), _pack(scrubbing, after))
    for each in found:
        if as_json:
            print_json(each._asdict())
        else:
            out.print(bold(each.rule), f" {each.said}")
    if not as_json:
        out.print(f"{counted(len(found), 'difference')} from {before} to {after}")


def backtest_pack(
    pack: Annotated[str, typer.Option("--pack", help="A pack by its name, or a file: of a pack, or of own rules.")],
    since: Annotated[datetime, typer.Option("--since", formats=["%Y-%m-%d"], help="Services from this day on.")],
    data: Data = None,
    tenant: Tenant = "",
    clinic: Clinic = "",
    as_json: Json = False,
) -> None:
    """Ask a pack about claims that are answered: denials it would have caught, and paid claims it would have held."""
    from services.claim_scrubber.around import Beside  # noqa: PLC0415 - starts without a database otherwise
    from services.claim_scrubber.backtest import backtest  # noqa: PLC0415

    settings = settings_of(data, None)
    meant = _pack(_scrubbing(settings), pack)
    payers = Payers((settings.data / "payers",), (settings.data / "contracts",))
    reference = settings.data / "reference"
    around = Beside(Icd10(reference), Edits(Lists(reference)), payers, Partners(settings.partner))
    with reading(data) as connection:
        scope = scope_of(tenant, clinic)
        check_scope(connection, scope)
        found = backtest(connection, scope, since.date().isoformat(), around, meant.of)
    note_list(data, "rules backtest", scope, Wanted(since=since.date().isoformat()), found.claims, None)
    rows = sorted(found.rules.values(), key=lambda each: (-each.holds, -each.warns, each.rule))
    if as_json:
        for each in rows:
            print_json(each.json())
        names = ("claims", "held", "held_before", "newly", "freed", "missed", "missed_cents")
        total = {name: getattr(found, name) for name in names}
        print_json({"pack": pack, "hash": meant.hash} | total | {"total": found.total.json()})
        return
    grid = Grid("Rule", "Holds", "Denied", "Lost", "Paid", "Received", "Not answered", "Warns", right=range(1, 8))
    for each in [*rows, found.total]:
        amounts = (usd(each.caught_cents), usd(each.false_cents))
        grid.add(
            *(each.rule or "all held", str(each.holds), str(each.caught), amounts[0], str(each.false), amounts[1]),
            *(str(each.unanswered), str(each.warns) if each.rule else ""),
        )
    out.grid(grid)
    out.print(f"{counted(found.claims, 'claim')} since {since.date()}, by pack {pack} ({meant.hash})")
    out.print(
        f"held by it {found.held}, when scrubbed {found.held_before}; newly held {found.newly}, freed {found.freed}"
    )
    out.print(f"denied or refused, and not held by it: {found.missed}, {usd(found.missed_cents)}")


def _scrubbing(settings: Settings) -> Scrubbing:
    return Scrubbing(settings.data / "rules")


def _pack(scrubbing: Scrubbing, name: str) -> Pack:
    """By its name; or a file's: a pack, or own rules beside those that are there, in place of those of the same id."""
    if name in scrubbing.packs:
        return scrubbing.packs[name]
    path = Path(name)
    if path.suffix != ".toml":
        raise PlainError(f"pack {name}: not here; one of {', '.join(scrubbing.packs)}, or a file NAME.toml")
    if "rule" not in read_toml(path):
        return read_pack(path, scrubbing.own)
    new = read_rules(path)
    ids = {each.rule.id for each in new}
    own = [*(each for each in scrubbing.own if each.rule.id not in ids), *new]
    check_once(own)
    return built_in(own)
