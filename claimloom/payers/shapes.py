"""What the settings of a payer's file have to look like; what does not is told with its key before anything is paid or
held by it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from schemas.values import PayerClass, UnitRule

CHOICES: Final[Mapping[str, tuple[str, ...]]] = {
    "payer_class": tuple(PayerClass),
    "unit_rule": tuple(UnitRule),
    "discipline_modifier": ("required", "optional", "forbidden"),
    "ncci_modifier_side": ("either", "column2"),
    "hab_modifier": ("", "accepted", "required"),
}
TABLES: Final[Mapping[str, Mapping[str, str]]] = {
    "rule_severity": {"rule": "str", "severity": "str", "from": "date", "reason": "str"},
    "changes": {"from": "date"},
    "fees": {"from": "date"},
}
"""Keys that each table of a list must have."""
MEANT: Final[Mapping[str, str]] = {
    "str": "a text",
    "int": "a whole number, not below 0",
    "bool": "true or false",
    "Decimal": "a number, not below 0",
    "date": "a day, like 2027-01-01",
    "tuple[str, ...]": 'a list of texts, like ["02", "10"]',
}


def check_shapes(settings: Mapping[str, Any], kinds: Mapping[str, str]) -> str:
    """What is wrong with a payer's file; empty if nothing is. ``kinds``: the kind of each setting, as Python writes it;
    a setting that has none is told elsewhere.
    """
    for key, value in settings.items():
        if key in TABLES:
            wrong = _of_tables(key, value, kinds)
        elif key in CHOICES:
            wrong = "" if value in CHOICES[key] else f"{key}: {_shown(value)} is none of {', '.join(CHOICES[key])}"
        else:
            wrong = _of(key, value, kinds.get(key, "").removesuffix(" | None"))
        if wrong:
            return wrong
    return ""


def _of_tables(key: str, tables: Any, kinds: Mapping[str, str]) -> str:
    if not isinstance(tables, list) or not all(isinstance(each, dict) for each in tables):
        return f"{key}: tables are expected, each under [[{key}]]"
    for number, table in enumerate(tables, start=1):
        where = f"{key}[{number}]"
        if missing := [each for each in TABLES[key] if each not in table]:
            return f"{where}: {missing[0]} is missing"
        for each, kind in TABLES[key].items():
            if wrong := _of(each, table[each], kind):
                return f"{where}.{wrong}"
        rest = {each: value for each, value in table.items() if each not in TABLES[key]}
        wrong = check_shapes(rest, dict.fromkeys(rest, "int") if key == "fees" else kinds)
        if wrong:
            return f"{where}.{wrong}"
    return ""


def _of(key: str, value: Any, kind: str) -> str:
    fits = {
        "str": lambda: isinstance(value, str),
        "int": lambda: type(value) is int and value >= 0,
        "bool": lambda: isinstance(value, bool),
        "Decimal": lambda: _is_number(value),
        "date": lambda: isinstance(value, date) and not isinstance(value, datetime),
        "tuple[str, ...]": lambda: isinstance(value, list) and all(isinstance(each, str) for each in value),
    }
    if kind not in fits or fits[kind]():
        return ""
    return f"{key}: {_shown(value)} stands where {MEANT[kind]} is expected"


def _is_number(value: Any) -> bool:
    if isinstance(value, bool):
        return False
    try:
        number = Decimal(value)
    except (InvalidOperation, TypeError, ValueError):
        return False
    return number.is_finite() and number >= 0


def _shown(value: Any) -> str:
    text = f'"{value}"' if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else str(value)
    return text if len(text) <= 40 else f"{text[:37]}..."
