"""A contract's file read into terms: all of it, or every error with its place and nothing.

One TOML file a contract. Errors name the file, the line, the term and the key, and the nearest known name.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from claimloom.contracts.choose import lined_up, tied, ties
from claimloom.contracts.interest import LateRule
from claimloom.contracts.keys import BESIDE, HEAD, TERM, WAYS, WHEN, UnfitError, nearest
from claimloom.contracts.terms import (
    Capitation,
    CaseRate,
    Fees,
    PercentOfCharge,
    PercentOfMedicare,
    PerVisit,
    Term,
    Way,
)
from claimloom.toml_text import read_toml_text

HEADER: Final = re.compile(r"\s*\[(\[)?\s*([\w.\-\"]+)\s*\]")
KEY: Final = re.compile(r"\s*\"?([\w\-]+)\"?\s*(?:=|\.)")
AT: Final = re.compile(r"\(at line (\d+), column (\d+)\)")


@dataclass(frozen=True, slots=True)
class ContractFault:
    """What is wrong with a contract's file; ``line`` is 0 where no line shows it, ``key`` as in ``terms[2].fees``."""

    file: str
    line: int
    key: str
    message: str
    column: int = 0

    def __str__(self) -> str:
        at = f", line {self.line}" if self.line else ""
        at += f", column {self.column}" if self.column else ""
        return f"{self.file}{at}: {self.key + ': ' if self.key else ''}{self.message}"


@dataclass(frozen=True, slots=True)
class Contract:
    """What one file says: whose contract, its terms in the order of their beginning, interest for late payment."""

    file: str
    name: str
    payer_ids: tuple[str, ...]
    terms: tuple[Term, ...]
    interest_state: str = ""
    interest: LateRule | None = None


def read_contract(text: str, file: str) -> Contract | list[ContractFault]:
    """The contract of a text, or every fault of it: nothing is taken of a file with a fault."""
    if not text.strip():
        return [ContractFault(file, 0, "", "the file is empty")]
    try:
        found = read_toml_text(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        at = AT.search(str(error))
        line, column = (int(at[1]), int(at[2])) if at else (len(text.splitlines()), 0)
        said = AT.sub("", str(error)).strip()
        return [ContractFault(file, line, "", f"this is no TOML: {said}", column)]
    return _Reading(file, text, found).contract()


class _Reading:
    """One file being read; faults gather until its end."""

    def __init__(self, file: str, text: str, found: Mapping[str, Any]) -> None:
        self.file = file
        self.lines = _lines(text)
        self.found = found
        self.faults: list[ContractFault] = []

    def contract(self) -> Contract | list[ContractFault]:
        head = self._values("", self.found, HEAD)
        for key in ("payer_ids", "terms"):
            if key not in self.found:
                self._fault(key, "is missing")
        terms = self._terms(head.get("terms", []))
        interest = self._interest(head)
        if not self.faults:
            terms = lined_up(terms)
            for pair in ties(terms):
                self._fault(pair[0].key, tied(*pair).removeprefix(f"{self.file}: "))
        if self.faults:
            return sorted(self.faults, key=lambda each: each.line)
        state = head.get("interest_state", "")
        return Contract(self.file, head.get("name", self.file), head["payer_ids"], tuple(terms), state, interest)

    def _interest(self, head: Mapping[str, Any]) -> LateRule | None:
        own = [key for key in ("interest_days", "interest_rate") if key in self.found]
        if len(own) == 1:
            other = "interest_rate" if own == ["interest_days"] else "interest_days"
            self._fault(own[0], f"has no effect without {other}")
        if own and "interest_state" in self.found:
            self._fault("interest_state", f"has no effect beside {own[0]}")
        if self.faults or not own:
            return None
        return LateRule(head["interest_days"], head["interest_rate"], f"{self.file} interest_days, interest_rate")

    def _terms(self, listed: Any) -> list[Term]:
        if not isinstance(listed, list) or not all(isinstance(each, dict) for each in listed):
            self._fault("terms", "a list of terms is expected: each begins with [[terms]]")
            return []
        if "terms" in self.found and not listed:
            self._fault("terms", "the list is empty")
        made = [self._term(f"terms[{number}]", each) for number, each in enumerate(listed, 1)]
        return [each for each in made if each is not None]

    def _term(self, key: str, said: Mapping[str, Any]) -> Term | None:
        before = len(self.faults)
        values = self._values(f"{key}.", said, TERM)
        if "from" not in said:
            self._fault(key, "from is missing: the first date of service for which the term counts")
        ways = [each for each in WAYS if each in said]
        if not ways:
            self._fault(key, f"says no way of paying: one of {', '.join(WAYS)}")
        for each in ways[1:]:
            self._fault(f"{key}.{each}", f"a term has one way of paying, and {ways[0]} stands before it")
        self._without_effect(key, ways, said, values)
        if len(self.faults) > before:
            return None
        return _made(self.file, key, ways[0], values)

    def _without_effect(
        self, key: str, ways: Sequence[str], said: Mapping[str, Any], values: Mapping[str, Any]
    ) -> None:
        """Keys that change nothing beside what the term says, whatever else is wrong with it."""

        def no_effect(name: str, because: str) -> None:
            self._fault(f"{key}.{name}", f"has no effect {because}")

        for name in BESIDE:
            if name in said and len(ways) == 1 and ways[0] not in BESIDE[name][1]:
                no_effect(name, f"beside {ways[0]}")
        pairs = (("steps_by", "unit_steps"), ("escalator", "escalates_from"), ("escalates_from", "escalator"))
        for name, needed in pairs:
            if name in said and needed not in said:
                no_effect(name, f"without {needed}")
        if "mppr" in said and "unit_steps" in said:
            no_effect("mppr", "beside unit_steps: a unit is reduced by one of them")
        if "counted" in said and len(values.get("per_visit_cents", ())) == 1:
            no_effect("counted", "beside one amount for every visit: list an amount for each")
        if "until" in values and "from" in values and values["until"] < values["from"]:
            self._fault(f"{key}.until", f"is before from ({values['from']})")
        if "until" in values and "escalates_from" in values and values["until"] < values["escalates_from"]:
            no_effect("escalates_from", f"after until ({values['until']})")
        if "fees" in values and "code" in values:
            for code in values["code"]:
                if code not in values["fees"]:
                    no_effect("code", f"for {code}: fees has no such code{nearest(code, values['fees'])}")

    def _values(self, prefix: str, said: Mapping[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
        """What the known keys hold; a fault for each unknown one and each value that cannot be."""
        values = {}
        for key, value in said.items():
            if key not in known:
                self._fault(f"{prefix}{key}", f"is no key of a {'term' if prefix else 'contract'}{nearest(key, known)}")
                continue
            try:
                values[key] = known[key](value)
            except UnfitError as error:
                self._fault(f"{prefix}{key}", str(error))
        return values

    def _fault(self, key: str, message: str) -> None:
        line = self.lines.get(key, 0) or self.lines.get(key.partition(".")[0], 0)
        self.faults.append(ContractFault(self.file, line, key, message))


def _made(file: str, key: str, way: str, values: Mapping[str, Any]) -> Term:
    return Term(
        file=file,
        key=key,
        starts=values["from"],
        until=values.get("until"),
        way=_way(way, values),
        when=tuple((name, values[name]) for name in sorted(WHEN) if name in values),
        lesser_of=values.get("lesser_of", True),
        unit_steps=values.get("unit_steps", ()),
        steps_by=values.get("steps_by", "unit"),
        visit_cap_cents=values.get("visit_cap_cents"),
        withhold=values.get("withhold", Decimal(0)),
        assistant_factor=values.get("assistant_factor"),
        sequestration=values.get("sequestration"),
        escalator=values.get("escalator", Decimal(0)),
        escalates_from=values.get("escalates_from"),
    )


def _way(way: str, values: Mapping[str, Any]) -> Way:
    if way == "fees":
        return Fees({code: cents for code, cents in values["fees"].items() if code in values.get("code", (code,))})
    if way == "percent_of_medicare":
        national = values.get("locality", "clinic") == "national"
        return PercentOfMedicare(values[way], values.get("year"), national, values.get("mppr", False))
    if way == "percent_of_charge":
        return PercentOfCharge(values[way])
    if way == "per_visit_cents":
        return PerVisit(values[way], values.get("counted", "day"))
    return CaseRate(values[way]) if way == "case_rate_cents" else Capitation()


def _lines(text: str) -> dict[str, int]:
    """Line of each key, as in ``terms[2].fees``; of a term, that of its header. Keys within brackets are not told."""
    found: dict[str, int] = {}
    table, terms = "", 0
    for number, line in enumerate(text.splitlines(), 1):
        if header := HEADER.match(line):
            name = header[2].replace('"', "")
            terms += bool(header[1]) and name == "terms"
            table = name.replace("terms", f"terms[{terms}]", 1) if name.split(".")[0] == "terms" else name
            found.setdefault(table, number)
            if header[1] and name == "terms":
                found.setdefault("terms", number)
        elif key := KEY.match(line):
            found.setdefault(f"{table}.{key[1]}" if table else key[1], number)
    return found
