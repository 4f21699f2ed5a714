"""What each payer wants and pays: one TOML file a payer over defaults by payer class.

A payer's quirk is a key in a file, never a branch in code. A payer without a file of its own gets its class.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from functools import cache, lru_cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Final

from claimloom.errors import PlainError
from schemas.values import PayerClass, UnitRule

# A day and a payer each: bounded, since a process may see years of them.
MOST_REMEMBERED: Final = 5000
DECIMALS: Final = (
    "assistant_factor",
    "sequestration",
    "coinsurance",
    "percent_of_medicare",
    "line_tolerance",
    "dispute_line",
)


@dataclass(frozen=True, slots=True)
class FeeTable:
    """Contract fees of one unit, in cents by procedure code, from a date of service on."""

    starts: date
    fees_cents: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class RuleSeverity:
    """A rule that this payer makes weigh more or less from a submission date on, and why."""

    rule: str
    severity: str
    starts: date
    reason: str


@dataclass(frozen=True, slots=True)
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
    appeal_days: int = 180
    accepts_replacement: bool = True
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
    fee_tables: tuple[FeeTable, ...] = ()

    def fee_table(self, on: date) -> FeeTable | None:
        """The contract's fees in force on a date of service, or None before the first table."""
        found = [table for table in self.fee_tables if table.starts <= on]
        return max(found, key=lambda table: table.starts) if found else None


class PayerFileError(PlainError):
    """A payer's file says something that cannot be used; names the file and the key."""


@lru_cache(MOST_REMEMBERED)
def payer_config(payer_id: str, payer_class: PayerClass, on: date) -> PayerConfig:
    """Settings of a payer (2010BB NM109) on a date of service.

    Dated changes of a payer's file (``[[changes]]`` with ``from``) apply from their date on.
    """
    own = dict(_by_payer_id().get(payer_id, {}))
    kind = PayerClass(own.pop("payer_class", payer_class))
    own.pop("payer_ids", None)
    for change in sorted(own.pop("changes", []), key=lambda each: each["from"]):
        if change["from"] <= on:
            own |= {key: value for key, value in change.items() if key != "from"}
    tables = tuple(
        FeeTable(table["from"], {code: fee for code, fee in table.items() if code != "from"})
        for table in own.pop("fees", [])
    )
    raised = tuple(
        RuleSeverity(each["rule"], each["severity"], each["from"], each["reason"])
        for each in own.pop("rule_severity", [])
    )
    merged: dict[str, Any] = {"key": payer_id, "name": payer_id} | _classes()[kind] | own
    known = {field.name for field in fields(PayerConfig)}
    if unknown := sorted(set(merged) - known):
        raise PayerFileError(f"payer {payer_id}: unknown setting {unknown[0]}; docs/payers.md lists the settings")
    for key in DECIMALS:
        if key in merged:
            merged[key] = Decimal(merged[key])
    for key, value in merged.items():
        if isinstance(value, list):
            merged[key] = tuple(value)
    merged["unit_rule"] = UnitRule(merged["unit_rule"])
    return PayerConfig(payer_class=kind, fee_tables=tables, rule_severity=raised, **merged)


@cache
def _classes() -> dict[str, dict[str, Any]]:
    return tomllib.loads((files("claimloom.payers") / "_classes.toml").read_text(encoding="utf-8"))


_own_folders: list[Path] = []


def payers_with_files() -> list[str]:
    """Payer ids that have a file: packaged, or in the folder in use."""
    return sorted(_by_payer_id())


def use_folder(folder: Path) -> None:
    """Read payers' files from this folder as well; one for a payer id that is packaged takes its place."""
    _own_folders[:] = [folder]
    payer_config.cache_clear()
    _by_payer_id.cache_clear()


@cache
def _by_payer_id() -> dict[str, dict[str, Any]]:
    packaged = _files(files("claimloom.payers").iterdir())
    own = _files(path for folder in _own_folders if folder.is_dir() for path in folder.iterdir())
    return packaged | own


def _files(paths: Iterable[Traversable]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for path in sorted(paths, key=lambda each: each.name):
        if not path.name.endswith(".toml") or path.name.startswith("_"):
            continue
        try:
            settings = tomllib.loads(path.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise PayerFileError(f"payer file {path.name}: {error}") from None
        if "payer_ids" not in settings:
            raise PayerFileError(f"payer file {path.name}: payer_ids is missing; docs/payers.md lists the settings")
        for payer_id in settings["payer_ids"]:
            if payer_id in found:
                raise PayerFileError(f"payer file {path.name}: payer id {payer_id} already has a file")
            found[payer_id] = settings
    return found
