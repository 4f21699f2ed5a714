"""What a data folder says of scrubbing (``rules/``): own rules, packs, who keeps to which, what a person looks at.

Read once, when the first claim is scrubbed; a worker takes changes when it starts again.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any, Final, NamedTuple

from claimloom.scrub.case import Case
from claimloom.scrub.own.file import (
    OwnRule,
    RulesFileError,
    check_dates,
    check_keys,
    check_lists,
    check_once,
    read_rules,
    read_toml,
)
from claimloom.scrub.packs import HOW, Pack, built_in, read_pack
from schemas.claim import BUILT_IN, Finding

FILE: Final = "scrubbing.toml"
LEAST_KEY: Final = 8
SCOPE: Final = ("tenants", "clinics", "therapists", "rules")
PARTS: Final = 1_000_000


class Pin(NamedTuple):
    """Tenants (none: all) keep to a pack for claims that are scrubbed from a day on."""

    tenants: frozenset[str]
    pack: str
    starts: date


@dataclass(frozen=True)
class Sample:
    """Of the claims that it is about, so many in a hundred are held for a second pair of eyes."""

    id: str
    percent: int
    reviewer: str
    days: tuple[date, date]
    tenants: frozenset[str] = frozenset()
    clinics: frozenset[str] = frozenset()
    therapists: frozenset[str] = frozenset()
    rules: frozenset[str] = frozenset()

    def concerns(self, tenant: str, case: Case, findings: Iterable[Finding]) -> bool:
        """Whether a claim is one of those that it is drawn from; what is taken back is not."""
        of = (
            (self.tenants, {tenant}),
            (self.clinics, {case.session.clinic.clinic_id}),
            (self.therapists, {case.claim.rendering.npi}),
            (self.rules, {each.code for each in findings} if self.rules else set()),
        )
        in_force = self.days[0] <= case.as_of <= self.days[1] and case.claim.frequency_code != "8"
        return in_force and all(not wanted or wanted & own for wanted, own in of)

    def draws(self, key: str, claim_id: str) -> bool:
        """Whether it takes this claim: by the claim's id alone, so the same whenever and in whatever order it is asked.

        The key keeps a therapist from working out which visit somebody will look at.
        """
        drawn = hmac.digest(f"{key} {self.id}".encode(), claim_id.encode(), "sha256")
        return int.from_bytes(drawn[:8], "big") * 100 < self.percent * 2**64


class Scrubbing:
    """The folder ``rules`` of a data folder; without one every rule that is built in is asked and nothing is drawn."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder

    def check(self) -> str:
        """The first file of the folder that cannot be used, with rule and key; empty where all can be."""
        try:
            _ = (self.own, self.packs, self.pins, self.samples)
        except RulesFileError as error:
            return str(error)
        return ""

    @cached_property
    def own(self) -> tuple[OwnRule, ...]:
        """Own rules of all files ``rules/own/*.toml``. RulesFileError where one cannot be used."""
        found = [each for path in self._files("own") for each in read_rules(path)]
        check_once(found)
        return tuple(found)

    @cached_property
    def packs(self) -> Mapping[str, Pack]:
        """All packs by name, the built-in one first."""
        kept = {path.stem: read_pack(path, self.own) for path in self._files("packs")}
        if BUILT_IN in kept:
            raise RulesFileError(f"rules file {BUILT_IN}.toml: that name is taken by what is built in; rename the file")
        return {BUILT_IN: built_in(self.own)} | kept

    @cached_property
    def pins(self) -> Sequence[Pin]:
        """Who keeps to which pack, in the order of the file."""
        found = []
        for number, table in enumerate(self._tables("pin"), start=1):
            where = f"rules file {FILE}: pin {number}"
            check_keys(table, ("tenants", "pack", "from"), where)
            check_lists(table, ("tenants",), where)
            starts, _ = check_dates(table, where)
            name, known = table.get("pack"), ", ".join(self.packs)
            if not isinstance(name, str) or not name:
                raise RulesFileError(f"{where}: pack is the name of one pack in quotes; one of {known}")
            if name not in self.packs:
                raise RulesFileError(f"{where}: pack {name[:40]} is not here; one of {known}")
            found.append(Pin(frozenset(table.get("tenants", ())), name, starts))
        return found

    @cached_property
    def samples(self) -> Sequence[Sample]:
        """What is drawn for a second pair of eyes."""
        found: list[Sample] = []
        for number, table in enumerate(self._tables("review"), start=1):
            where = f"rules file {FILE}: review {number}"
            check_keys(table, ("id", "percent", "reviewer", "from", "until", *SCOPE), where)
            check_lists(table, SCOPE, where)
            name, percent, reviewer = table.get("id"), table.get("percent"), table.get("reviewer", "")
            if not isinstance(name, str) or not name or not name.isprintable() or name in {each.id for each in found}:
                raise RulesFileError(f"{where}: needs an id of its own")
            if type(percent) is not int or not 0 < percent <= 100:
                raise RulesFileError(f"{where}: percent is a whole number from 1 to 100")
            if not isinstance(reviewer, str):
                raise RulesFileError(f"{where}: reviewer is the user name of one person; leave it off for anybody")
            scope = {each: frozenset(table.get(each, ())) for each in SCOPE}
            found.append(Sample(name, percent, reviewer, check_dates(table, where), **scope))
        if found and not self.key:
            raise RulesFileError(
                f'rules file {FILE}: a review needs review_key = "..." of {LEAST_KEY} characters or more'
            )
        return found

    @cached_property
    def key(self) -> str:
        """By which claims are drawn; empty: none is set."""
        key = self._said.get("review_key", "")
        return key if isinstance(key, str) and len(key) >= LEAST_KEY else ""

    def pack(self, tenant: str, as_of: date) -> Pack:
        """What a tenant's claims are asked on a day."""
        mine = [each for each in self.pins if (not each.tenants or tenant in each.tenants) and each.starts <= as_of]
        name = max(mine, key=lambda each: each.starts).pack if mine else BUILT_IN
        return self.packs[name].of(tenant)

    def drawn(self, tenant: str, case: Case, findings: Sequence[Finding]) -> Sample | None:
        """The first sample that takes a claim for a second pair of eyes."""
        claim_id = str(case.claim.claim_id)
        return next(
            (each for each in self.samples if each.draws(self.key, claim_id) and each.concerns(tenant, case, findings)),
            None,
        )

    def _files(self, name: str) -> list[Path]:
        return sorted((self.folder / name).glob("*.toml")) if self.folder else []

    def _tables(self, name: str) -> list[dict[str, Any]]:
        tables = self._said.get(name, [])
        if not isinstance(tables, list) or not all(isinstance(each, dict) for each in tables):
            raise RulesFileError(f"rules file {FILE}: each {name} begins with [[{name}]]")
        return tables

    @cached_property
    def _said(self) -> dict[str, Any]:
        path = self.folder / FILE if self.folder else None
        if path is None or not path.exists():
            return {}
        said = read_toml(path, HOW)
        check_keys(said, ("pin", "review", "review_key"), f"rules file {FILE}")
        return said
