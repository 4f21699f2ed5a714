"""Own rules as they stand in a file, read whole or not at all: docs/own-rules.md has the form.

Each becomes a ``Rule`` like those that are built in, so that it is dated, weighed and told in the same way.
"""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final

from claimloom.errors import PlainError
from claimloom.scrub.case import Case, fact
from claimloom.scrub.own.expression import Condition, ExpressionError, UnansweredError, activation, compiled
from claimloom.scrub.own.facts import facts_of, facts_of_line
from claimloom.scrub.rules import Hit, Rule
from claimloom.toml_text import read_toml_text
from schemas.claim import ClaimLine, Severity
from schemas.values import PayerClass

ID: Final = re.compile(r"OWN-[A-Z0-9][A-Z0-9-]{0,30}")
SEVERITIES: Final = {"hold": Severity.ERROR, "warn": Severity.WARN}
NEEDED: Final = ("id", "message", "fails_when", "severity", "fix")
TEXTS: Final = (*NEEDED, "source", "prevents")
LISTS: Final = ("tenants", "payers", "classes", "clinics")
DATES: Final = ("from", "until")
KNOWN: Final = (*TEXTS, *LISTS, *DATES)
MOST_TEXT: Final = 500
MOST_BYTES: Final = 1_000_000
MOST_RULES: Final = 500
HOW: Final = "docs/own-rules.md has the form"


class RulesFileError(PlainError):
    """A file of the folder ``rules`` that cannot be used; the text names file, rule and what to do."""


@dataclass(frozen=True)
class OwnRule:
    """A rule of a file, for whom it is, and its digest: over all that the file says of it."""

    rule: Rule
    tenants: frozenset[str]
    digest: str
    file: str

    def concerns(self, tenant: str, case: Case) -> bool:
        """Whether a claim is one that it is asked of."""
        check = self.rule.check
        assert isinstance(check, _Check)
        return (not self.tenants or tenant in self.tenants) and self.rule.applies(case) and check.concerns(case)

    def for_whom(self, tenant: str, case: Case) -> str:
        """Of a claim that it is not asked of: for which others it is."""
        check = self.rule.check
        assert isinstance(check, _Check)
        for name, wanted, own in (("tenant", self.tenants, tenant), *check.of(case)):
            if wanted and own not in wanted:
                return f"{name} {', '.join(sorted(wanted))}, not {own}"
        return f"other days than {case.day}"


def read_rules(path: Path) -> list[OwnRule]:
    """The rules of a file, in its order. RulesFileError names the first thing that is wrong."""
    said = read_toml(path)
    if unknown := sorted(set(said) - {"rule"}):
        raise RulesFileError(f"rules file {path.name}: unknown {unknown[0]}; a rule begins with [[rule]]; {HOW}")
    tables = said.get("rule", [])
    if not isinstance(tables, list) or not all(isinstance(each, dict) for each in tables) or not tables:
        raise RulesFileError(f"rules file {path.name}: has no [[rule]]; {HOW}")
    if len(tables) > MOST_RULES:
        raise RulesFileError(f"rules file {path.name}: {len(tables)} rules; at most {MOST_RULES} in a file")
    found = [_rule(table, path.name, number) for number, table in enumerate(tables, start=1)]
    check_once(found)
    return found


def check_once(rules: Iterable[OwnRule]) -> None:
    """RulesFileError where two rules have one id."""
    seen: dict[str, str] = {}
    for each in rules:
        if each.rule.id in seen:
            where = f"rules file {each.file}: rule {each.rule.id}"
            raise RulesFileError(f"{where} stands in {seen[each.rule.id]} already; give it another id")
        seen[each.rule.id] = each.file


def read_toml(path: Path, how: str = HOW) -> dict[str, Any]:
    """A file of the folder ``rules``; RulesFileError where it is none. ``how``: the page that has its form."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise RulesFileError(f"rules file {path.name or path}: {error.strerror or error}") from None
    if len(data) > MOST_BYTES:
        raise RulesFileError(f"rules file {path.name}: more than {MOST_BYTES:,} bytes")
    try:
        return read_toml_text(data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise RulesFileError(f"rules file {path.name}: is no UTF-8 text; save it as UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise RulesFileError(f"rules file {path.name}: {error}; it is TOML, {how}") from None


def check_keys(table: Mapping[str, Any], known: Iterable[str], where: str) -> None:
    """RulesFileError for a key that means nothing, with the nearest one that does."""
    known = tuple(known)
    for key in table:
        if key not in known:
            near = get_close_matches(key, known, n=1)
            raise RulesFileError(f"{where}: unknown {key}; " + (f"is it {near[0]}?" if near else f"{HOW}"))


def check_lists(table: Mapping[str, Any], names: Iterable[str], where: str) -> None:
    """RulesFileError where a list of names is none, or empty: nobody is meant by that."""
    for name in names:
        value = table.get(name, ["any"])
        if not isinstance(value, list) or not value or not all(isinstance(each, str) and each for each in value):
            raise RulesFileError(f'{where}: {name} is a list of texts, like ["A", "B"]; leave it off for all')


def check_dates(table: Mapping[str, Any], where: str) -> tuple[date, date]:
    """First and last day, both included; a day that is left off is no end. RulesFileError where one is no day."""
    for name in DATES:
        if name in table and type(table[name]) is not date:
            raise RulesFileError(f"{where}: {name} is a day without quotes, like 2026-01-31")
    days = (table.get("from", date.min), table.get("until", date.max))
    if days[0] > days[1]:
        raise RulesFileError(f"{where}: until is before from")
    return days


def _rule(table: Mapping[str, Any], file: str, number: int) -> OwnRule:
    name = table.get("id")
    where = f"rules file {file}: rule {name if isinstance(name, str) and ID.fullmatch(name) else number}"
    check_keys(table, KNOWN, where)
    for key in TEXTS:
        value = table.get(key, "" if key not in NEEDED else None)
        if value is None or (key in NEEDED and not value):
            raise RulesFileError(f"{where}: {key} is missing; {HOW}")
        if not isinstance(value, str) or (key != "fails_when" and (len(value) > MOST_TEXT or not value.isprintable())):
            form = (
                "a text in quotes" if key == "fails_when" else f"a text in one line of at most {MOST_TEXT} characters"
            )
            raise RulesFileError(f"{where}: {key} is {form}")
    if not ID.fullmatch(table["id"]):
        raise RulesFileError(f"{where}: id begins with OWN-, then capital letters, digits and hyphens, like OWN-UHC-GP")
    if table["severity"] not in SEVERITIES:
        raise RulesFileError(f"{where}: severity is hold or warn, not {table['severity'][:40]}")
    check_lists(table, LISTS, where)
    served = check_dates(table, where)
    for each in table.get("classes", ()):
        if each not in {known.value for known in PayerClass}:
            near = get_close_matches(each, [known.value for known in PayerClass], n=1)
            raise RulesFileError(f"{where}: no payer class {each}" + (f"; is it {near[0]}?" if near else ""))
    try:
        condition = compiled(table["fails_when"])
    except ExpressionError as error:
        raise RulesFileError(f"{where}: fails_when {error}; docs/own-rules.md lists the facts") from None
    rule = Rule(
        id=table["id"],
        snip_level=7,
        severity=SEVERITIES[table["severity"]],
        scope="line" if condition.of_lines else "claim",
        applies_to="all",
        condition=table["fails_when"].strip(),
        message=table["message"],
        source=table.get("source", ""),
        prevents=table.get("prevents", ""),
        check=_Check(
            condition=condition,
            fix=table["fix"],
            payers=frozenset(table.get("payers", ())),
            classes=frozenset(table.get("classes", ())),
            clinics=frozenset(table.get("clinics", ())),
            file=file,
        ),
        served=served,
    )
    digest = hashlib.sha256(json.dumps(table, sort_keys=True, default=str).encode()).hexdigest()
    return OwnRule(rule, frozenset(table.get("tenants", ())), digest, file)


@dataclass(frozen=True)
class _Check:
    """A condition as a rule's check. One that gives no answer holds the claim, whatever the rule weighs."""

    condition: Condition
    fix: str
    payers: frozenset[str]
    classes: frozenset[str]
    clinics: frozenset[str]
    file: str

    def concerns(self, case: Case) -> bool:
        """Whether payer, class and clinic of a claim are those that it is for."""
        return all(not wanted or own in wanted for _, wanted, own in self.of(case))

    def of(self, case: Case) -> Iterator[tuple[str, frozenset[str], str]]:
        """What it may be for one of alone: name, those that it is for (none: all), and that of a claim."""
        yield "payer", self.payers, case.claim.coverage.payer_id
        yield "class", self.classes, case.payer.payer_class.value
        yield "clinic", self.clinics, case.session.clinic.clinic_id

    def __call__(self, case: Case) -> Iterator[Hit]:
        if not self.concerns(case):
            return
        try:
            if not self.condition.of_lines:
                if self.condition.holds(_of_claim(case)):
                    yield Hit("", "", (self.fix,))
                return
            for line, facts in _of_lines(case):
                if self.condition.holds(facts):
                    yield Hit("2400", "", (self.fix,), line, line.procedure_code)
        except UnansweredError as why:
            mend = f"mend the rule in {self.file} (claimloom rules try shows it on a visit), or tell what it needs"
            yield Hit("", f"the rule gives no answer, {why}", (mend,), severity=Severity.ERROR)


@fact
def _of_claim(case: Case) -> Any:
    return activation(facts_of(case), lines=False)


@fact
def _of_lines(case: Case) -> list[tuple[ClaimLine, Any]]:
    known = facts_of(case)
    return [(line, activation(known | facts_of_line(case, line), lines=True)) for line in case.claim.lines]
