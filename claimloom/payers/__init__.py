"""What each payer wants and pays: one TOML file a payer over defaults by payer class.

A payer's quirk is a key in a file, never a branch in code. A payer without a file of its own gets its class.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields, is_dataclass, replace
from datetime import date
from decimal import Decimal
from functools import cache, cached_property, lru_cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Final

from claimloom.contracts import LateRule, PercentOfMedicare, Term
from claimloom.payers.contracted import Contracted, PayerFileError
from claimloom.payers.shapes import check_shapes
from claimloom.payers.simple import FeeTable, check_simple, simple_terms
from claimloom.reference.fee_schedule import FeeSchedule, packaged_fees
from claimloom.reference.releases import Lists
from claimloom.toml_text import read_toml_text
from schemas.values import PayerClass, UnitRule

# A payer between two of its changes each: bounded, since a process may see payers without end.
MOST_REMEMBERED: Final = 5000
SHORTEST: Final = 4
"""Ids of fewer characters are all like one another."""
FILE: Final = ""
"""The key under which settings as they were read have the name of their file: no key of TOML without quotes."""

# Settings that say what a payer pays, what of it is worth a letter and who is sent the claim then: no rule of scrubbing
# looks at them.
MONEY: Final = frozenset(
    {
        "assistant_factor",
        "mppr",
        "sequestration",
        "coinsurance",
        "copay_cents",
        "contract",
        "percent_of_medicare",
        "medicare_year",
        "medicare_locality",
        "schedule",
        "fee_tables",
        "contract_terms",
        "late_state",
        "late_rule",
        "line_tolerance_cents",
        "line_tolerance",
        "dispute_line_cents",
        "dispute_line",
        "dispute_claim_cents",
        "trend_lines",
        "trend_share",
        "appeal_days",
        "crossover",
        "crossover_wait_days",
        "ack_days",
        "payer_ack_days",
        "answer_days",
    }
)


@dataclass(frozen=True, slots=True)
class RuleSeverity:
    """A rule that this payer makes weigh more or less from a submission date on, and why."""

    rule: str
    severity: str
    starts: date
    reason: str


@dataclass(frozen=True)
class PayerConfig:
    """Everything that differs from payer to payer, as it holds on one date of service."""

    key: str
    name: str
    payer_class: PayerClass
    unit_rule: UnitRule
    discipline_modifier: str = "required"
    assistant_modifier: str = "optional"
    assistant_factor: Decimal = Decimal(1)
    ncci: str = "own"
    ncci_modifier_side: str = "either"
    old_pairs: bool = False
    mppr: bool = False
    sequestration: Decimal = Decimal(0)
    coinsurance: Decimal = Decimal(0)
    kx: bool = False
    timely_days: int = 90
    timely_basis: str = "service_date"
    timely_next_workday: bool = False
    appeal_days: int = 180
    accepts_replacement: bool = True
    accepts_void: bool = True
    replacement_days: int | None = None
    crossover: tuple[str, ...] = ()
    crossover_wait_days: int = 30
    ack_days: int = 3
    """Working days until a 277CA (or a refusal) should be here; 0: none is sent. Palmetto GBA and CGS (GPNet manual):
    one business day; a clearinghouse's a day more (CAQH CORE 450).
    """
    payer_ack_days: int = 5
    """Working days until the payer itself says that it accepted the claim (277CA, A2); 0: it does not say so."""
    answer_days: int = 30
    """Days until the 835 should be here; 0: it is not waited for. Medicare pays clean claims in 14 to 30 days (Pub.
    100-04 ch. 1 section 80.2.1.1), states ask others for 30 to 45.
    """
    patient_is_subscriber: bool = False
    abn_modifiers: bool = False
    sbr09_allowed: tuple[str, ...] = ()
    telehealth_pos: tuple[str, ...] = ("02", "10")
    telehealth_modifier: str = ""
    telehealth_until: date | None = None
    member_id_regex: str = ""
    requires_bp_taxonomy: bool = False
    rendering_optional: bool = False
    referral_required: bool = False
    auth_required: tuple[str, ...] = ()
    hab_modifier: str = ""
    max_units_per_visit: int = 6
    bundles_status_b: bool = False
    claim_number_required: bool = False
    employer_is_subscriber: bool = True
    """Of compensation claims (SBR09 WC): the employer stands in 2010BA, the worker in 2010CA."""
    minutes_billed_once: bool = False
    """Of minutes that two disciplines gave together one bills each (co-treatment)."""
    one_claim_a_day: bool = False
    """Visits of a day in one discipline belong on one claim."""
    extra_modifiers: tuple[str, ...] = ()
    modifier_order: tuple[str, ...] = ()
    rule_severity: tuple[RuleSeverity, ...] = ()
    copay_cents: int = 0
    contract: str = ""
    percent_of_medicare: Decimal = Decimal(1)
    medicare_year: int | None = None
    medicare_locality: str = "national"
    line_tolerance_cents: int = 2
    line_tolerance: Decimal = Decimal(0)
    dispute_line_cents: int = 100
    dispute_line: Decimal = Decimal("0.02")
    dispute_claim_cents: int = 500
    trend_lines: int = 5
    trend_share: Decimal = Decimal("0.01")
    """A code of which so many lines of a month are allowed more than this share less is a trend."""
    fee_tables: tuple[FeeTable, ...] = ()
    contract_terms: tuple[Term, ...] = ()
    """Terms of the files of ``contracts/`` that name this payer."""
    late_state: str = ""
    late_rule: LateRule | None = None
    """What its contract says of interest for late payment: a state's rule, or its own."""
    schedule: FeeSchedule = field(default_factory=packaged_fees, repr=False, compare=False)
    """Medicare's fees, for what is paid by them."""
    digest: str = field(init=False, repr=False, compare=False)
    """Over all settings as they hold that day: changes with any of them, and with no other payer's."""
    rules_digest: str = field(init=False, repr=False, compare=False)
    """Over those that scrubbing looks at, so all but the payer's money."""

    def __post_init__(self) -> None:
        said = {each.name: getattr(self, each.name) for each in fields(self) if each.init}
        if not str(self.schedule):
            del said["schedule"]  # the packaged fees change with the product alone
        object.__setattr__(self, "digest", _digest(said))
        object.__setattr__(self, "rules_digest", _digest({key: said[key] for key in said.keys() - MONEY}))

    @cached_property
    def terms(self) -> tuple[Term, ...]:
        """All that is agreed on, as terms: of its contracts, and what its own file or its class says in short."""
        return (*self.contract_terms, *simple_terms(self))

    @cached_property
    def ranks_units(self) -> bool:
        """Whether one unit of the day is paid in full and the others reduced (MPPR), by any of its terms."""
        return any(isinstance(term.way, PercentOfMedicare) and term.way.mppr for term in self.terms)

    @cached_property
    def counts_visits(self) -> bool:
        """Whether any of its terms pays by which visit of the day, the year or the course of treatment it is."""
        return any(term.counts_visits for term in self.terms)

    @cached_property
    def with_copay_alone(self) -> PayerConfig:
        """The same where a plan takes a copay instead of coinsurance."""
        return replace(self, coinsurance=Decimal(0))

    def fee_table(self, on: date) -> FeeTable | None:
        """The contract's fees in force on a date of service, or None before the first table."""
        found = [table for table in self.fee_tables if table.starts <= on]
        return max(found, key=lambda table: table.starts) if found else None


def _digest(said: Mapping[str, Any]) -> str:
    text = json.dumps(said, sort_keys=True, default=_plain)
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(value: Any) -> Any:
    """What JSON has no word for: tables and dates, and decimals without trailing zeros (0.020 is 0.02)."""
    if is_dataclass(value) and not isinstance(value, type):
        return {each.name: getattr(value, each.name) for each in fields(value)}
    return str(value.normalize()) if isinstance(value, Decimal) else str(value)


@dataclass(frozen=True)
class Payers:
    """The payers of one data folder: the packaged files, and those of some folders that take their place.

    A value that is handed on, never a global: two ledgers in one process have their own. Files are read when a payer
    is first asked for, and then no more.
    """

    folders: tuple[Path, ...] = ()
    contracts: tuple[Path, ...] = ()
    """Folders of contracts: one TOML file a contract, docs/contracts.md."""
    reference: Path | None = None
    """Folder of newer public lists, of which the fees of Medicare are some."""

    @classmethod
    def of(cls, data: Path) -> Payers:
        """The payers of a data folder, with what is agreed on with them and the releases that it has of its own."""
        return cls((data / "payers",), (data / "contracts",), data / "reference")

    def check(self) -> str:
        """The first file of a payer or contract that cannot be used, with line and key; empty where all can be."""
        try:
            for payer_id in self.ids():
                starts = [date.min, *self._starts(payer_id)]
                for start in starts:
                    self.config(payer_id, PayerClass.COMMERCIAL, start)
        except PayerFileError as error:
            return str(error)
        return ""

    def config(self, payer_id: str, payer_class: PayerClass, on: date) -> PayerConfig:
        """Settings of a payer (2010BB NM109) on a date of service; PayerFileError if its file cannot be used.

        Dated changes of a payer's file (``[[changes]]`` with ``from``) apply from their date on. Days between two of
        them get the same object, so that what is worked out of it is worked out once for all of them.
        """
        return self._remembered(payer_id, payer_class, bisect_right(self._starts(payer_id), on))

    def ids(self) -> list[str]:
        """Payer ids that have a file, or a contract."""
        return sorted({*self._by_id, *self._contracted.payers()})

    def unlike(self, payer_id: str) -> str | None:
        """None for a payer with a file or contract; else the id of one that is written nearly alike (a slip of the
        finger), or an empty text.
        """
        return self._compared(payer_id)

    @cached_property
    def _compared(self) -> Callable[[str], str | None]:
        known = self.ids()

        def nearest(payer_id: str) -> str | None:
            if payer_id in known:
                return None
            alike = [each for each in known if is_slip(payer_id.strip().upper(), each.upper())]
            return alike[0] if alike else ""

        return lru_cache(MOST_REMEMBERED)(nearest)

    @cached_property
    def _remembered(self) -> Callable[[str, PayerClass, int], PayerConfig]:
        return lru_cache(MOST_REMEMBERED)(
            lambda *asked: replace(_merged(self._by_id, self._contracted, *asked), schedule=self._schedule)
        )

    @cached_property
    def _schedule(self) -> FeeSchedule:
        return FeeSchedule(Lists(self.reference)) if self.reference else packaged_fees()

    @cached_property
    def _contracted(self) -> Contracted:
        return Contracted(self.contracts)

    @cached_property
    def _starts(self) -> Callable[[str], list[date]]:
        """Days from which on a payer's dated changes apply, in order."""
        return lru_cache(MOST_REMEMBERED)(lambda payer_id: [each["from"] for each in _changes(self._by_id, payer_id)])

    @cached_property
    def _by_id(self) -> dict[str, dict[str, Any]]:
        packaged = _files(files("claimloom.payers").iterdir())
        own = _files(path for folder in self.folders if folder.is_dir() for path in folder.iterdir())
        return packaged | own


def is_slip(typed: str, meant: str) -> bool:
    """Whether a text is another one with one character wrong, missing, too many, or changed with its neighbour."""
    if abs(len(typed) - len(meant)) > 1 or len(meant) < SHORTEST:
        return typed == meant
    begin = next(
        (place for place, (a, b) in enumerate(zip(typed, meant, strict=False)) if a != b), min(len(typed), len(meant))
    )
    one, other = typed[begin:], meant[begin:]
    swapped = len(one) > 1 and one[:2] == other[:2][::-1] and one[2:] == other[2:]
    return swapped or one[1:] == other[1:] or one[1:] == other or one == other[1:]


def _changes(known: Mapping[str, dict[str, Any]], payer_id: str) -> list[dict[str, Any]]:
    return sorted(known.get(payer_id, {}).get("changes", []), key=lambda each: each["from"])


def _merged(
    known: Mapping[str, dict[str, Any]],
    contracted: Contracted,
    payer_id: str,
    payer_class: PayerClass,
    changed: int,
) -> PayerConfig:
    """The defaults of the payer's class, overridden by its own file after so many of its dated changes."""
    own = dict(known.get(payer_id, {}))
    kind = PayerClass(own.pop("payer_class", payer_class))
    own.pop("payer_ids", None)
    file = own.pop(FILE, "")
    own.pop("changes", None)
    for change in _changes(known, payer_id)[:changed]:
        own |= {key: value for key, value in change.items() if key != "from"}
    tables = tuple(
        FeeTable(table["from"], {code: fee for code, fee in table.items() if code != "from"})
        for table in own.pop("fees", [])
    )
    raised = tuple(
        RuleSeverity(each["rule"], each["severity"], each["from"], each["reason"])
        for each in own.pop("rule_severity", [])
    )
    if tables and "contract" not in own:
        own["contract"] = "fee_table"
    merged: dict[str, Any] = {"key": payer_id, "name": payer_id} | _classes()[kind] | own
    where = f"payer file {file}, payer {payer_id}"
    if unknown := sorted(set(merged) - {field.name for field in fields(PayerConfig) if field.init}):
        raise PayerFileError(f"{where}: unknown setting {unknown[0]}; docs/payers.md lists the settings")
    if wrong := check_simple(own, str(merged.get("contract", "")), bool(tables)):
        raise PayerFileError(f"{where}: {wrong}; docs/payers.md lists the settings")
    for key, value in merged.items():
        if _KINDS[key] == "Decimal":
            merged[key] = Decimal(value)
        elif isinstance(value, list):
            merged[key] = tuple(value)
    merged["unit_rule"] = UnitRule(merged["unit_rule"])
    agreed = contracted.of(payer_id)
    return PayerConfig(
        payer_class=kind,
        fee_tables=tables,
        rule_severity=raised,
        contract_terms=agreed.terms,
        late_state=agreed.late_state,
        late_rule=agreed.late_rule,
        **merged,
    )


@cache
def _classes() -> dict[str, dict[str, Any]]:
    return tomllib.loads((files("claimloom.payers") / "_classes.toml").read_text(encoding="utf-8"))


_KINDS: Final = {each.name: str(each.type) for each in fields(PayerConfig) if each.init}


def _files(paths: Iterable[Traversable]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for path in sorted(paths, key=lambda each: each.name):
        if not path.name.endswith(".toml") or path.name.startswith("_"):
            continue
        try:
            settings = read_toml_text(path.read_text(encoding="utf-8"), parse_float=Decimal)
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise PayerFileError(f"payer file {path.name}: {error}") from None
        if "payer_ids" not in settings:
            raise PayerFileError(f"payer file {path.name}: payer_ids is missing; docs/payers.md lists the settings")
        ids = settings["payer_ids"]
        if not isinstance(ids, list) or not all(isinstance(each, str) for each in ids):
            raise PayerFileError(f'payer file {path.name}: payer_ids is a list of texts, like ["44444"]')
        if wrong := check_shapes(settings, _KINDS):
            raise PayerFileError(f"payer file {path.name}: {wrong}; docs/payers.md lists the settings")
        for payer_id in ids:
            if payer_id in found:
                raise PayerFileError(f"payer file {path.name}: payer id {payer_id} already has a file")
            found[payer_id] = settings | {FILE: path.name}
    return found
