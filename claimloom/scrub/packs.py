"""A pack: which rules are asked, what each weighs, and the digest of all that.

The packaged one is every rule that is built in, with the own rules of the data folder. A folder may keep others
(``rules/packs/NAME.toml``): which rules stood in it and what they weighed, as ``claimloom rules freeze`` writes them,
and changes to that. There is one code: a pack of before asks the rules that it names as they are written today, and
``differs`` says which of them are not what they were. Structure (SNIP levels 1 to 3) is in every pack.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Final, NamedTuple

from claimloom.scrub.own.file import OwnRule, RulesFileError, check_keys, check_once, read_toml
from claimloom.scrub.rules import DATA_OF, Rule, RuleBook, in_order, rule_digest, rules_digest
from schemas.claim import BUILT_IN, Severity

HOW: Final = "docs/scrubbing.md has the form"
OFF: Final = "off"
STRUCTURE: Final = 3
"""Up to this SNIP level a claim that fails is no claim: nobody's to switch off."""
WEIGHTS: Final = (*(each.value for each in (Severity.ERROR, Severity.WARN)), OFF)
DIGITS: Final = 16
OF_VOIDS: Final = ("CLM-001", "CLM-006", "CLM-008", "ENV-007")
"""What is taken back is told as it went out, right or wrong."""


class PackDifference(NamedTuple):
    """What of a rule is not the same in two packs, in words."""

    rule: str
    said: str


@dataclass(frozen=True)
class Pack:
    """Rules that are asked together. ``own``: of the data folder; ``differs``: what is not as the pack was made,
    ``frozen_hash``: what its hash was then.
    """

    name: str
    rules: tuple[Rule, ...]
    own: tuple[OwnRule, ...] = ()
    differs: tuple[PackDifference, ...] = ()
    frozen_hash: str = ""

    @cached_property
    def version(self) -> str:
        """Its name, with year and month of rules and tables."""
        return f"{self.name} {DATA_OF}"

    @cached_property
    def hash(self) -> str:
        """Over the code and tables of all rules, which of them are asked, their weight, and the text of own ones."""
        digest = hashlib.sha256(rules_digest().encode())
        for each in self.rules:
            digest.update(f"{each.id} {each.severity}\n".encode())
        for own in self.own:
            digest.update(f"{own.rule.id} {own.digest}\n".encode())
        return digest.hexdigest()[:DIGITS]

    @cached_property
    def stamp(self) -> str:
        """What it adds to the stamp of rules and tables: nothing where every rule is asked as it is built in."""
        return "" if self.name == BUILT_IN and not self.own else self.hash

    def of(self, tenant: str) -> Pack:
        """The same without own rules of other tenants."""
        return self._by_tenant(tenant)

    def _by_tenant(self, tenant: str) -> Pack:
        known: dict[str, Pack] = self._tenants
        if tenant not in known:
            mine = tuple(each for each in self.own if not each.tenants or tenant in each.tenants)
            known[tenant] = self if mine == self.own else replace(self, own=mine)
        return known[tenant]

    @cached_property
    def _tenants(self) -> dict[str, Pack]:
        return {}

    @cached_property
    def book(self) -> RuleBook:
        """All of its rules, in the order in which they run."""
        return RuleBook((*self.rules, *(each.rule for each in self.own)))

    @cached_property
    def of_voids(self) -> RuleBook:
        """Those that look at what is taken back."""
        return RuleBook(each for each in self.rules if each.id in OF_VOIDS)


def built_in(own: Sequence[OwnRule] = ()) -> Pack:
    """Every rule that is built in, and these."""
    return Pack(BUILT_IN, tuple(in_order().values()), tuple(own))


def read_pack(path: Path, own: Sequence[OwnRule]) -> Pack:
    """A pack of a data folder; RulesFileError names the first thing that is wrong."""
    where = f"rules file {path.name}"
    said = read_toml(path, HOW)
    check_keys(said, ("hash", "made_of", "rules", "weights"), where)
    known = in_order()
    frozen = _texts(said, "rules", where)
    weights = _texts(said, "weights", where)
    if not frozen and not weights:
        raise RulesFileError(f"{where}: has neither rules nor weights; claimloom rules freeze makes one")
    differs: list[PackDifference] = []
    rules = list(_as_frozen(known, frozen, differs, where)) if frozen else list(known.values())
    ids = {each.id for each in rules} | {each.rule.id for each in own}
    for name, weight in weights.items():
        _check_weight(name, weight, ids, known, where)
    kept = [replace(each, severity=_weight(each, weights)) for each in rules if weights.get(each.id) != OFF]
    mine = [
        replace(each, rule=replace(each.rule, severity=_weight(each.rule, weights)))
        for each in own
        if weights.get(each.rule.id) != OFF
    ]
    check_once(mine)
    return Pack(path.stem, tuple(kept), tuple(mine), tuple(differs), str(said.get("hash", "")))


def frozen(pack: Pack, made_of: str) -> str:
    """The text of a file that keeps a pack: read again it is the same rules, as far as the code still has them."""
    lines = [f'hash = "{pack.hash}"', f'made_of = "{made_of}"', "", "[rules]"]
    lines += [f'"{each.id}" = "{each.severity.value} {rule_digest(each)[:DIGITS]}"' for each in pack.rules]
    return "\n".join((*lines, ""))


def differences(one: Pack, other: Pack) -> list[PackDifference]:
    """What is not the same in two packs, in the order of the rules' ids."""
    before, after = _told(one), _told(other)
    found = []
    for name in sorted(before.keys() | after.keys()):
        if name not in after:
            found.append(PackDifference(name, f"not asked in {other.name}"))
        elif name not in before:
            found.append(PackDifference(name, f"not asked in {one.name}, {after[name][0]} in {other.name}"))
        elif before[name][0] != after[name][0]:
            found.append(PackDifference(name, f"{before[name][0]} in {one.name}, {after[name][0]} in {other.name}"))
        elif before[name][1] != after[name][1]:
            found.append(PackDifference(name, "written otherwise"))
    return found


def _told(pack: Pack) -> dict[str, tuple[str, str]]:
    """Of each rule its weight and its digest."""
    told = {each.id: (each.severity.value, each.id) for each in pack.rules}
    return told | {own.rule.id: (own.rule.severity.value, own.digest) for own in pack.own}


def _as_frozen(
    known: Mapping[str, Rule], frozen: Mapping[str, str], differs: list[PackDifference], where: str
) -> Iterator[Rule]:
    for name, said in frozen.items():
        if name not in known:
            differs.append(PackDifference(name, "is no more: it is not asked"))
            continue
        weight, _, digest = said.partition(" ")
        if digest and rule_digest(known[name])[: len(digest)] != digest:
            differs.append(PackDifference(name, "is written otherwise since: it is asked as it is today"))
        if weight not in WEIGHTS[:2]:
            raise RulesFileError(f"{where}: {name} weighs {weight[:20]}; error or warn")
    for each in known.values():
        if each.id in frozen:
            weight = frozen[each.id].partition(" ")[0]
            yield replace(each, severity=Severity(weight)) if each.snip_level > STRUCTURE else each
        elif each.snip_level <= STRUCTURE:
            differs.append(PackDifference(each.id, "came since: it is asked all the same, since it is about structure"))
            yield each


def _texts(said: Mapping[str, Any], name: str, where: str) -> dict[str, str]:
    table = said.get(name, {})
    if not isinstance(table, dict) or not all(isinstance(each, str) for each in table.values()):
        raise RulesFileError(f'{where}: [{name}] has a line like "UNT-010" = "warn" for each rule')
    return table


def _check_weight(name: str, weight: str, ids: Iterable[str], known: Mapping[str, Rule], where: str) -> None:
    if name not in ids:
        raise RulesFileError(f"{where}: weights: {name} is no rule of this pack; claimloom rules list shows all")
    if weight not in WEIGHTS:
        raise RulesFileError(f"{where}: weights: {name} is {weight[:20]}; {', '.join(WEIGHTS[:-1])} or {OFF}")
    if name in known and known[name].snip_level <= STRUCTURE:
        raise RulesFileError(f"{where}: weights: {name} is about structure (SNIP 1 to 3), which nobody switches off")


def _weight(each: Rule, weights: Mapping[str, str]) -> Severity:
    return Severity(weights[each.id]) if each.id in weights else each.severity
