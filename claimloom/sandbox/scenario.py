"""Scenarios: what payers are known to do, each a data file with its public source and the truth of it.

``scenarios/NAME.toml``; what the keys mean is in ``docs/sandbox.md``. A file that says what nobody understands is
refused with its name, the key and the nearest known word.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from typing import Any, Final

from claimloom.errors import PlainError
from claimloom.sandbox.agreements import agreements
from claimloom.sandbox.answer_835 import DRESSES
from claimloom.sandbox.fees import AGREED
from claimloom.sandbox.shapes import SHAPES
from claimloom.sandbox.verdict import AS_CONTRACTED, REDUCTIONS, Terms

HOW: Final = ("pay", "deny", "reverse", "repeat", "second", "share", "reverse_original")
NEEDS: Final = (
    "two_lines",
    "one_line",
    "two_units",
    "assistant",
    "no_assistant",
    "mppr",
    "pair",
    "supplement",
    "replacement",
)
PAYERS: Final = ("medicare", "advantage", "plan", "blue", "medicaid", "stranger", "second", AGREED)
KNOWN_TO_BILLER: Final = ("medicare", "advantage", "plan", "blue")
FLAGS: Final = ("denied", "overpaid", "rejected", "suspense", "underpaid")
REFERENCES: Final = ("", "icn", "claim", "trace", "letter", "letter+claim", "claim+icn", "number")


@dataclass(frozen=True, slots=True)
class ScenarioAnswer:
    """One CLP that the payer sends for the claim."""

    week: int = 0
    """-1: sent before our time, so that nobody here has seen it."""
    how: str = "pay"
    """``pay``, ``deny`` (all lines or some), ``reverse`` or ``repeat`` an earlier one, what a ``second`` payer gives to
    whom the claim was forwarded; of a claim filed to a second payer its ``share`` of what the first left; of a
    replacement ``reverse_original``."""
    terms: Terms = AS_CONTRACTED
    status: str = ""
    group: str = "CO"
    reason: str = ""
    remarks: tuple[str, ...] = ()
    lines: str = "all"
    """Which lines are denied, or which of a split claim are told: ``all``, ``first``, ``last``, ``rest``."""
    shapes: tuple[str, ...] = ()
    of: int = -1
    """Which answer is reversed or repeated, counted from 0; -1: the newest that gave money."""
    new_number: bool = False
    names_original: bool = False
    counts: bool = True
    """False: this money is not to be posted on the claim (told again, out of balance, nobody's)."""
    check: str = ""
    """Answers of one check share the word; others share the payment of their payer, provider and week."""
    debit: bool = False
    by_check: bool = False
    percent: str = "1"
    """Of the patient's share, what the second payer gives."""
    version: int = 1
    """2: of the claim that replaces the first one (frequency 7)."""
    under_original: bool = False
    """A replacement is answered under the claim number of the claim that it replaces."""


@dataclass(frozen=True, slots=True)
class Provider:
    """A PLB pair."""

    reason: str
    amount: str
    """Cents, or ``paid``, ``-paid``: what the claim's first answer gave."""
    week: int = 0
    reference: str = "icn"
    check: str = ""


@dataclass(frozen=True, slots=True)
class Again:
    """The whole payment of the first answer once more, in another dress."""

    week: int
    dress: str


@dataclass(frozen=True, slots=True)
class Truth:
    """What is right to say of such a claim."""

    flags: tuple[str, ...] = ()
    also_right: tuple[str, ...] = ()
    """Flags that are as right, where sources leave it to the biller."""
    owed: str = "contract"
    """``contract``; ``told``: less the patient's shares that the payer told; ``unknown``."""
    owed_terms: Terms = AS_CONTRACTED
    patient: str = "told"
    """``told``: CLP05 of the answer in force; ``nothing``; ``unknown``."""
    category: str = ""
    cause: str = ""
    work: tuple[str, ...] | None = None
    """Kinds of work of which one is there; empty: none; not said: not looked at."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """What a payer does with a claim."""

    name: str
    does: str
    source: str
    payers: tuple[str, ...] = KNOWN_TO_BILLER
    needs: tuple[str, ...] = ()
    answers: tuple[ScenarioAnswer, ...] = ()
    provider: tuple[Provider, ...] = ()
    again: tuple[Again, ...] = ()
    refused: tuple[str, str, str] | None = None
    """STC01 of a claim that the 277CA refuses."""
    company_weeks: tuple[int, ...] = ()
    """Beside it, when it is played alone, the provider gets a payment in each of these weeks."""
    truth: Truth = Truth()
    agreement: str = ""
    """Its payer has this contract (``contracts/``), and is no other."""
    visits: int = 1
    """Played alone, so many visits of a patient, one a day."""
    place: str = ""
    """Played alone, where the visit is, if not in an office."""

    @property
    def replaces(self) -> bool:
        """Whether the claim is sent again, corrected, after its first answer."""
        return any(each.version == 2 for each in self.answers)

    @property
    def weeks(self) -> int:
        """The last week in which something comes."""
        told = (*(each.week for each in self.answers), *(each.week for each in self.provider))
        return max(0, 0, *told, *(each.week for each in self.again), 0)


def _refuse(name: str, message: str) -> PlainError:
    return PlainError(f"scenario {name}: {message}")


def nearest(word: str, known: Iterable[str]) -> str:
    """``; nearest known: X``, or nothing."""
    found = get_close_matches(word, list(known), 1, 0.5)
    return f"; nearest known: {found[0]}" if found else ""


class _TomlReader:
    """Makes the dataclasses of a file, and knows its name for what is wrong."""

    def __init__(self, name: str) -> None:
        self.name = name

    def make(self, kind: type[Any], table: Mapping[str, Any], where: str) -> Any:
        known = {each.name for each in fields(kind)}
        for key in table:
            if key not in known:
                raise _refuse(self.name, f"{where}: no key {key}{nearest(key, known)}")
        made = {key: self._value(key, found) for key, found in table.items()}
        try:
            return kind(**made)
        except TypeError as error:
            raise _refuse(self.name, f"{where}: {error}") from error

    def _value(self, key: str, found: Any) -> Any:
        if key in ("terms", "owed_terms"):
            return self.make(Terms, found, key)
        if isinstance(found, list):
            return tuple(found)
        return str(found) if key == "amount" else found

    def one_of(self, where: str, word: str, known: Iterable[str]) -> None:
        known = list(known)
        if word not in known:
            raise _refuse(self.name, f"{where}: {word} is not known{nearest(word, known)}")


def read_scenario(name: str, text: str) -> Scenario:
    """A scenario of a data file's text; PlainError for what is not understood."""
    reader = _TomlReader(name)
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _refuse(name, str(error)) from error
    table["answers"] = [reader.make(ScenarioAnswer, each, "answer") for each in table.pop("answer", [])]
    table["provider"] = [reader.make(Provider, each, "provider") for each in table.pop("provider", [])]
    table["again"] = [reader.make(Again, each, "again") for each in table.pop("again", [])]
    table["truth"] = reader.make(Truth, table.pop("truth", {}), "truth")
    if table.get("agreement"):
        reader.one_of("agreement", table["agreement"], agreements())
        table["payers"] = (AGREED,)
    made: Scenario = reader.make(Scenario, {"name": name, **table}, "file")
    _check(reader, made)
    return made


def _check(reader: _TomlReader, made: Scenario) -> None:
    if not made.source or not made.does:
        raise _refuse(made.name, "says not what the payer does, or from which source that is known")
    for where, words, known in (
        ("payers", made.payers, PAYERS),
        ("needs", made.needs, NEEDS),
        ("truth.flags", (*made.truth.flags, *made.truth.also_right), FLAGS),
        ("truth.owed", (made.truth.owed,), ("contract", "told", "unknown", "nothing")),
        ("truth.patient", (made.truth.patient,), ("told", "nothing", "unknown")),
        ("terms.reduce", [each.terms.reduce for each in made.answers], REDUCTIONS),
        ("answer.how", [each.how for each in made.answers], HOW),
        ("answer.shapes", [each.partition(":")[0] for one in made.answers for each in one.shapes], SHAPES),
        ("again.dress", [each.dress for each in made.again], DRESSES),
        ("provider.reference", [each.reference for each in made.provider], REFERENCES),
    ):
        for word in words:
            reader.one_of(where, word, known)


@cache
def all_scenarios() -> dict[str, Scenario]:
    """The packaged scenarios, by name."""
    folder = files("claimloom.sandbox") / "scenarios"
    found = sorted(each.name for each in folder.iterdir() if each.name.endswith(".toml") and each.name[0] != "_")
    return {
        name.removesuffix(".toml"): read_scenario(
            name.removesuffix(".toml"), (folder / name).read_text(encoding="utf-8")
        )
        for name in found
    }


Mix = tuple[tuple[Scenario, int], ...]
"""Scenarios with their weight in a thousand; what is left is paid as contracted."""
PLAIN: Final = "paid_as_contracted"


@dataclass(frozen=True, slots=True)
class Mixes:
    """``_mixes.toml``."""

    realistic: Mapping[str, int] = field(default_factory=dict)
    demo_leaves_out: Mapping[str, str] = field(default_factory=dict)


@cache
def mixes() -> Mixes:
    """Weights of the mixes that have a name."""
    text = (files("claimloom.sandbox") / "scenarios" / "_mixes.toml").read_text(encoding="utf-8")
    table = tomllib.loads(text)
    made = Mixes(table["realistic"], table.get("demo", {}).get("leaves_out", {}))
    for name in (*made.realistic, *made.demo_leaves_out):
        scenario_named(name)
    return made


def scenario_named(name: str) -> Scenario:
    """A packaged scenario; PlainError with the nearest name if there is none."""
    known = all_scenarios()
    if name not in known:
        near = nearest(name, [*known, "realistic", "all", "demo"])
        raise PlainError(f"no scenario and no mix is called {name}{near}")
    return known[name]


def mix_named(text: str) -> Mix:
    """``realistic``, ``demo``, ``all``, or names of scenarios with commas, in equal parts."""
    known = all_scenarios()
    if text in ("realistic", "demo"):
        left_out = mixes().demo_leaves_out if text == "demo" else {}
        return tuple((known[name], weight) for name, weight in mixes().realistic.items() if name not in left_out)
    names = (
        [name for name, each in known.items() if not each.replaces]
        if text == "all"
        else [each.strip() for each in text.split(",") if each.strip()]
    )
    if not names:
        raise PlainError("no scenario is named; say realistic, all, or names with commas")
    found = [scenario_named(name) for name in names]
    share, rest = divmod(1000, len(found))
    return tuple((each, share + (place < rest)) for place, each in enumerate(found))
