"""The mechanism: a rule is a dated row of ``scrubber_rules.csv`` and a generator from a case to its hits.

A rule never stops the others. What it lacks to decide is said as ``not_evaluated``, never passed over. Two rules that
look at the same broken thing do not both complain: ``after`` names the rule whose error makes this one pointless.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache, lru_cache
from importlib.resources import files
from inspect import getsource
from typing import Final

from claimloom.payers import PayerConfig
from claimloom.reference import rows
from claimloom.scrub.case import Case
from schemas.claim import ClaimLine, Finding, Severity
from schemas.fields import in_plain_words
from schemas.values import PayerClass

ALWAYS: Final = (date.min, date.max)
MOST_REMEMBERED: Final = 5000
DATA_OF: Final = "2026.11"
"""Year and month of the rules and tables; the stamp begins with it, so that a person can read how old they are."""
RUN_ORDER: Final = {1: 0, 2: 0, 5: 1, 3: 2, 4: 3, 6: 4, 7: 5}
CLASS_TOKENS: Final = {
    "Medicare": PayerClass.MEDICARE_B,
    "Medicare Advantage": PayerClass.MEDICARE_ADVANTAGE,
    "Medicaid": PayerClass.MEDICAID,
    "commercial": PayerClass.COMMERCIAL,
    "TRICARE": PayerClass.TRICARE,
    "WC": PayerClass.WORKERS_COMP_AUTO,
    "auto": PayerClass.WORKERS_COMP_AUTO,
}


class MissingInputError(Exception):
    """Raised by a rule that cannot decide; the text names the input that it needs."""


@dataclass(frozen=True, slots=True)
class Hit:
    """One place where a rule fails. ``value`` is never a name, a member id or a date of birth; ``of_the_day``: the same
    is said of every claim of its day.
    """

    where: str
    detail: str
    fixes: tuple[str, ...]
    line: ClaimLine | None = None
    value: str = ""
    severity: Severity | None = None
    of_the_day: bool = False


Check = Callable[[Case], Iterable[Hit]]


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule in force for dates of service and submission dates, both ends included."""

    id: str
    snip_level: int
    severity: Severity
    scope: str
    applies_to: str
    condition: str
    message: str
    source: str
    prevents: str
    check: Check
    after: tuple[str, ...] = ()
    about: frozenset[str] = frozenset()
    served: tuple[date, date] = ALWAYS
    submitted: tuple[date, date] = ALWAYS

    def applies(self, case: Case) -> bool:
        """Whether the rule is in force for the case's payer and dates."""
        in_force = self.served[0] <= case.day <= self.served[1] and self.submitted[0] <= case.as_of <= self.submitted[1]
        return in_force and any(_concerns(group, case) for group in self.applies_to.split("|"))


_CHECKS: dict[str, Rule] = {}


def rule(
    rule_id: str,
    *,
    after: tuple[str, ...] = (),
    about: Collection[str] = (),
    served: tuple[date, date] = ALWAYS,
    submitted: tuple[date, date] = ALWAYS,
) -> Callable[[Check], Check]:
    """Registers a check under its id of the catalog; the catalog says the rest.

    ``about``: codes and modifiers, where a claim that has none of them on a line can neither fail the rule nor leave it
    without its input. Such a claim is not shown to the rule at all.
    """

    def register(check: Check) -> Check:
        row = catalog()[rule_id]
        if rule_id in _CHECKS:
            raise ValueError(f"rule {rule_id} is written twice")
        _CHECKS[rule_id] = Rule(
            id=rule_id,
            snip_level=int(row["snip_level"]),
            severity=Severity(row["severity"]),
            scope=row["scope"],
            applies_to=row["applies_to"],
            condition=row["condition"],
            message=row["message"],
            source=row["source"],
            prevents=row["carc_rarc_prevented"],
            check=check,
            after=after,
            about=frozenset(about),
            served=served,
            submitted=submitted,
        )
        return check

    return register


@cache
def catalog() -> dict[str, dict[str, str]]:
    """All rules by id, those without a check included."""
    return {row["id"]: row for row in rows("scrubber_rules")}


def in_order() -> dict[str, Rule]:
    """The registered rules in the order in which they run: structure, codes, balance, situation, therapy, payer."""
    return dict(sorted(_CHECKS.items(), key=lambda item: (RUN_ORDER[item[1].snip_level], item[0])))


def rules_version(payer: PayerConfig | None = None, own_tables: str = "") -> str:
    """Stamp of the rules and tables in force, with a payer's settings as far as rules look at them, and the digest of
    the tables that a data folder has of its own.

    Changes when any of these does, and not with the payer's fees or with another payer's file. Without a payer it is
    that of the rules and tables alone.
    """
    return _stamp(f"{payer.rules_digest if payer else ''} {own_tables}".rstrip())


@lru_cache(MOST_REMEMBERED)
def _stamp(of_payer: str) -> str:
    return f"{DATA_OF}-{hashlib.sha256(f'{rules_digest()} {of_payer}'.encode()).hexdigest()[:10]}"


@cache
def rules_digest() -> str:
    """Over the text of all that rules and what they ask are made of: the modules of ``claimloom.scrub`` and of
    ``claimloom.reference``, and the tables. Any change of these changes it, one of a comment too; what the writer of
    files refuses (ENV-007) is not in it.
    """
    digest = hashlib.sha256()
    for folder in ("claimloom.scrub", "claimloom.scrub.own", "claimloom.reference", "claimloom.reference.data"):
        for path in sorted(files(folder).iterdir(), key=lambda each: each.name):
            if path.name.endswith((".py", ".csv", ".txt")):
                digest.update(path.read_bytes())
    return digest.hexdigest()


def rule_digest(each: Rule) -> str:
    """Over what one rule says of itself: its row, its dates and its function, not what that asks of others."""
    said = (each.id, each.snip_level, each.severity, each.applies_to, each.condition, each.message, each.after)
    text = f"{said} {sorted(each.about)} {each.served} {each.submitted} {getsource(each.check)}"
    return hashlib.sha256(text.encode()).hexdigest()


Step = tuple[Rule, Check, Severity]


def findings_of(rules: Iterable[Rule], case: Case) -> list[Finding]:
    """Everything some rules see in a case, sorted by rule id and line."""
    return RuleBook(rules).findings(case)


class RuleBook:
    """Rules in the order in which they run, with the plan for each payer worked out once, and of that what concerns
    claims of the same codes and modifiers.

    Which rules concern a payer is the same for all its claims of days between two on which a rule begins or ends;
    asking each rule each time took a third of a scrub. Payer settings are no key, so a plan keeps the settings it was
    made for and is compared by identity; what was taken of a plan keeps the plan.
    """

    MOST_PLANS: Final = 5000

    def __init__(self, rules: Iterable[Rule]) -> None:
        self.rules = tuple(rules)
        begins = {each.served[0] for each in self.rules}
        ends = {each.served[1] + timedelta(days=1) for each in self.rules if each.served[1] < date.max}
        self._turns = sorted(begins | ends)
        self._plans: dict[tuple[object, ...], tuple[PayerConfig, list[Step]]] = {}
        self._narrow: dict[tuple[int, frozenset[str]], tuple[list[Step], list[Step]]] = {}

    def findings(self, case: Case) -> list[Finding]:
        """Everything the rules see in a case, sorted by rule id and line."""
        found: list[Finding] = []
        failed: set[str] = set()
        hits: list[Hit] = []
        for each, check, severity in self._plan(case):
            if failed and (blocked := [other for other in each.after if other in failed]):
                found.append(_not_evaluated(each.id, each.message, f"waits until {blocked[0]} is settled"))
                continue
            try:
                for hit in check(case):
                    hits.append(hit)  # those before a MissingInputError are kept
            except MissingInputError as missing:
                found.append(_not_evaluated(each.id, each.message, f"needs {missing}"))
            if hits:
                found.extend(_finding(each, hit, severity) for hit in hits)
                if any((hit.severity or severity) is Severity.ERROR for hit in hits):
                    failed.add(each.id)
                hits.clear()
        return sorted(found, key=lambda finding: (finding.code, finding.line_number or 0))

    def _plan(self, case: Case) -> list[Step]:
        plan, written = self._of_payer(case), case.written
        key = (id(plan), written)
        known = self._narrow.get(key)
        if known is not None and known[0] is plan:
            return known[1]
        narrow = [step for step in plan if not step[0].about or not step[0].about.isdisjoint(written)]
        if len(self._narrow) >= self.MOST_PLANS:
            self._narrow.clear()
        self._narrow[key] = (plan, narrow)
        return narrow

    def _of_payer(self, case: Case) -> list[Step]:
        key = (id(case.payer), bisect_right(self._turns, case.day), case.as_of, case.claim.responsibility)
        known = self._plans.get(key)
        if known is not None and known[0] is case.payer:
            return known[1]
        plan = [
            (each, each.check, _severity(each, case.payer, case.as_of)) for each in self.rules if each.applies(case)
        ]
        if len(self._plans) >= self.MOST_PLANS:
            self._plans.clear()
        self._plans[key] = (case.payer, plan)
        return plan


def _concerns(group: str, case: Case) -> bool:
    if group == "all":
        return True
    if group == "secondary":
        return case.claim.responsibility != "P"
    if group in CLASS_TOKENS:
        return case.payer.payer_class is CLASS_TOKENS[group]
    key, _, wanted = group.removeprefix("payer.").partition("=")
    value = getattr(case.payer, key, None)
    return str(value) == wanted if wanted else bool(value)


def _severity(each: Rule, payer: PayerConfig, as_of: date) -> Severity:
    """The rule's own severity, or the payer's; structure (SNIP 1 to 3) is nobody's to change."""
    if each.snip_level > 3:
        changes = [change for change in payer.rule_severity if change.rule == each.id and change.starts <= as_of]
        if changes:
            return Severity(max(changes, key=lambda change: change.starts).severity)
    return each.severity


def _finding(each: Rule, hit: Hit, severity: Severity) -> Finding:
    if hit.of_the_day:
        return _of_the_day(each.id, each.message, severity, hit.where, hit.detail, hit.value, hit.fixes)
    return Finding(
        code=each.id,
        severity=hit.severity or severity,
        message=f"{each.message}: {in_plain_words(hit.detail)}" if hit.detail else each.message,
        where=hit.where,
        line_number=hit.line.line_number if hit.line else None,
        value=hit.value,
        fixes=[in_plain_words(fix) for fix in hit.fixes],
    )


@lru_cache(MOST_REMEMBERED)
def _of_the_day(
    code: str, message: str, severity: Severity, where: str, detail: str, value: str, fixes: tuple[str, ...]
) -> Finding:
    said = f"{message}: {in_plain_words(detail)}"
    return Finding(code=code, severity=severity, message=said, where=where, value=value, fixes=list(fixes))


@lru_cache(MOST_REMEMBERED)
def _not_evaluated(code: str, message: str, why: str) -> Finding:
    # Two rules wait on every claim for the same lists: what they say is one frozen value.
    return Finding(code=code, severity=Severity.NOT_EVALUATED, message=f"{message}: not checked, {in_plain_words(why)}")
