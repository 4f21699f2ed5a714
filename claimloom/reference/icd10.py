"""ICD-10-CM: which diagnoses are billable on a day of service, and what the tabular list says of them.

``data/icd10cm.txt`` begins with a line a release (``= a 2024-10-01 2025-09-30``: letter, first and last day). Then a
line a category: ``M25 511r 512l 519u`` is M25.511, M25.512, M25.519; ``.`` is the category itself; ``511:ADSr`` has the
seventh characters A, D, S. Small letters are flags: ``r`` right, ``l`` left, ``b`` both sides, ``u`` the side is not
said though others beside it say it, ``m`` the title says "in diseases classified elsewhere". ``/a`` behind a word: in
release a only. ``data/icd10cm_notes.txt`` has a line for each place with notes: the place (a code without its dot, or
a range), ``x`` Excludes1, ``f`` code first one of these, ``s`` code first any disease, as these; then codes and ranges.

Made by ``tools/icd10.py`` from the lists of CDC/NCHS. A release of a data folder (``claimloom data import icd10``) has
the same form, and covers its days instead of the packaged one. Categories are read when they are asked for.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache, cached_property, lru_cache
from importlib.resources import files
from itertools import takewhile
from pathlib import Path
from typing import Final, NamedTuple

from claimloom.reference import ReferenceFileError

EXCLUDES1, FIRST, FIRST_ANY = "x", "f", "s"
OWN: Final = "icd10cm-*.txt"
"""Tables of a data folder, by the first day of their release."""
# Compiled when they are first used: most commands read no diagnosis.
WORD: Final = r"([0-9A-Z.]+)(?::([0-9A-Z]+))?([a-z]*)(?:/([a-z]+))?"
WHOLE: Final = rf"(?:= [a-z](?: \d{{4}}-\d\d-\d\d){{2}}\n)+(?:[A-Z][0-9A-Z]{{2}}(?: {WORD})+\n)+"
MOST_REMEMBERED: Final = 20_000
DAY: Final = timedelta(days=1)


class DiagnosisCode(NamedTuple):
    """A billable code: its flags, and the letters of the releases that have it."""

    flags: str
    releases: str


class TabularNote(NamedTuple):
    """A note of the tabular list: where it stands, and the codes (``M512``: all that begin so) and ranges it names."""

    place: str
    kind: str
    releases: str
    spans: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """The text of a table, and what of it was read."""

    text: str

    @cached_property
    def days(self) -> dict[str, tuple[date, date]]:
        """First and last day of each release, by letter."""
        found: dict[str, tuple[date, date]] = {}
        for line in self.text.splitlines():
            if not line.startswith("= "):
                break
            _, letter, starts, ends = line.split()
            found[letter] = (date.fromisoformat(starts), date.fromisoformat(ends))
        return found

    def category(self, name: str) -> Mapping[str, DiagnosisCode]:
        """All codes of a category (three characters), in order; none if there is no such category."""
        return _category(self, name)

    def categories(self) -> list[str]:
        """The names of all categories, in order."""
        return [line[:3] for line in self.text.splitlines() if line and not line.startswith("= ")]

    # One object a file: its text is not compared for each code.
    def __hash__(self) -> int:
        return id(self)

    def __eq__(self, other: object) -> bool:
        return self is other


@lru_cache(4000)
def _category(table: Table, name: str) -> Mapping[str, DiagnosisCode]:
    begins = table.text.find(f"\n{name} ")
    if begins < 0:
        return {}
    words = table.text[begins + 1 : table.text.index("\n", begins + 1)].split(" ")
    every = "".join(table.days)
    found: dict[str, DiagnosisCode] = {}
    for word in words[1:]:
        said = re.fullmatch(WORD, word)
        assert said is not None, word
        stem = name + said[1].removeprefix(".")
        entry = DiagnosisCode(said[3], said[4] or every)
        found.update({stem + each: entry for each in said[2] or ("",)})
    return dict(sorted(found.items()))


def write_table(days: Mapping[str, tuple[date, date]], codes: Mapping[str, DiagnosisCode]) -> str:
    """The text of a table of these releases and codes."""
    every = "".join(days)
    lines = [f"= {letter} {starts} {ends}" for letter, (starts, ends) in days.items()]
    groups: dict[str, dict[tuple[str, DiagnosisCode], str]] = {}
    for code, entry in sorted(codes.items()):
        words = groups.setdefault(code[:3], {})
        if len(code) == 7:
            words[code[3:6], entry] = words.get((code[3:6], entry), ":") + code[6]
        else:
            words[code[3:] or ".", entry] = ""
    for category, words in groups.items():
        said = [
            f"{stem}{sevenths}{entry.flags}" + ("" if entry.releases == every else f"/{entry.releases}")
            for (stem, entry), sevenths in words.items()
        ]
        lines.append(" ".join((category, *said)))
    return "\n".join((*lines, ""))


@cache
def packaged() -> Table:
    """The table that comes with the product."""
    return Table((files("claimloom.reference") / "data" / "icd10cm.txt").read_text(encoding="ascii"))


@dataclass(frozen=True, slots=True)
class Release:
    """The codes of some days, first and last day included."""

    table: Table
    letter: str
    starts: date
    ends: date

    def is_billable(self, code: str) -> bool:
        """Whether a code, without its dot, is in the release and none stands under it."""
        entry = self.table.category(code[:3]).get(code)
        return entry is not None and self.letter in entry.releases

    def under(self, code: str) -> list[str]:
        """Billable codes that begin with a code of three characters or more, in order."""
        found = self.table.category(code[:3])
        return [each for each, entry in found.items() if each.startswith(code) and self.letter in entry.releases]


class Icd10:
    """The releases that are loaded, of which each day has at most one: the packaged ones, and those of a folder, which
    come first. A release holds for its days until the next one begins. Files are read when a day is first asked for.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder

    @cached_property
    def own(self) -> tuple[Table, ...]:
        """The tables of the folder. ReferenceFileError where one cannot be used."""
        if self.folder is None or not self.folder.is_dir():
            return ()
        return tuple(_read_table(path) for path in sorted(self.folder.glob(OWN)))

    @cached_property
    def digest(self) -> str:
        """Over the tables of the folder; empty without any."""
        text = "".join(table.text for table in self.own)
        return hashlib.sha256(text.encode()).hexdigest() if text else ""

    @cached_property
    def releases(self) -> tuple[Release, ...]:
        """All of them, in the order of their days."""
        begun: dict[date, Release] = {}
        for table in (packaged(), *self.own):
            for letter, (starts, ends) in table.days.items():
                begun[starts] = Release(table, letter, starts, ends)
        found = [begun[starts] for starts in sorted(begun)]
        return tuple(
            Release(one.table, one.letter, one.starts, min(one.ends, after.starts - DAY) if after else one.ends)
            for one, after in zip(found, [*found[1:], None], strict=True)
        )

    def on(self, day: date) -> Release | None:
        """The release that covers a day, or None where none is loaded."""
        return next((each for each in self.releases if each.starts <= day <= each.ends), None)

    def beside(self, day: date) -> list[Release]:
        """Of a day that none covers, the last release before it and the first after it."""
        before = [each for each in self.releases if each.ends < day][-1:]
        return before + [each for each in self.releases if each.starts > day][:1]

    def passes(self, code: str, day: date) -> bool:
        """Whether a code is billable on a day, or, where no release covers it, in one beside it."""
        return self._remembered(code, day)

    @cached_property
    def _remembered(self) -> Callable[[str, date], bool]:
        return lru_cache(MOST_REMEMBERED)(self._passes)

    def _passes(self, code: str, day: date) -> bool:
        release = self.on(day)
        return any(each.is_billable(code) for each in ([release] if release else self.beside(day)))


def _read_table(path: Path) -> Table:
    try:
        text = path.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "no table of ICD-10-CM codes"
        raise ReferenceFileError(f"reference file {path.name}: {why}") from None
    if not re.fullmatch(WHOLE, text):
        raise ReferenceFileError(f"reference file {path.name}: no table of ICD-10-CM codes; import it again")
    return Table(text)


@cache
def packaged_icd10() -> Icd10:
    """The packaged releases alone."""
    return Icd10()


def _flags(code: str) -> str:
    """The flags of a code by the packaged tabular lists; none for a code that they lack."""
    entry = packaged().category(code[:3]).get(code)
    return entry.flags if entry else ""


def side(code: str) -> str:
    """``r``, ``l``, ``b`` (both) or ``u`` (not said, though it could be); empty where the code has no side."""
    return next((each for each in _flags(code) if each in "rlbu"), "")


def sided(code: str) -> list[str]:
    """Of a code that leaves the side open, those beside it that say right or left; they stand together in the list."""
    others = packaged().category(code[:3])
    near = [each for each in others if len(each) == len(code) and sum(map(str.__ne__, each[:6], code[:6])) < 2]
    near = [each for each in near if each[6:] == code[6:]]
    here = near.index(code)
    before = [*takewhile(_says_a_side, reversed(near[:here]))]
    after = takewhile(_says_a_side, near[here + 1 :])
    return [each for each in before[::-1] or after if side(each) != "b"]


def _says_a_side(code: str) -> bool:
    return side(code) in ("r", "l", "b")


@lru_cache(MOST_REMEMBERED)
def is_manifestation(code: str) -> bool:
    """Whether its title says that the disease is classified elsewhere: never first on a claim (guideline I.A.13)."""
    return "m" in _flags(code)


def dotted(code: str) -> str:
    """As people write it."""
    return f"{code[:3]}.{code[3:]}" if len(code) > 3 else code


def is_within(code: str, span: str) -> bool:
    """Whether a code is among those that a note names: below ``M512``, or between ``C00-D49``, both included."""
    low, _, high = span.partition("-")
    if not high:
        return code.startswith(low)
    return low <= code[: len(low)] and code[: len(high)] <= high


def code_first(code: str, day: date) -> Sequence[TabularNote]:
    """The code-first notes that a code has or inherits, the nearest last, by the packaged list nearest to the day."""
    return _notes_of(code, _letter(day))[1]


def excludes(code: str, other: str, day: date) -> TabularNote | None:
    """The Excludes1 note of a code, or of what it stands under, that names another one."""
    return _excludes(code, other, _letter(day))


@lru_cache(MOST_REMEMBERED)
def _excludes(code: str, other: str, letter: str) -> TabularNote | None:
    for note in _notes_of(code, letter)[0]:
        if any(is_within(other, each) for each in note.spans):
            return note
    return None


@lru_cache(MOST_REMEMBERED)
def _notes_of(code: str, letter: str) -> tuple[Sequence[TabularNote], Sequence[TabularNote]]:
    """Excludes1 notes, and code-first notes."""
    found = [note for note in _range_notes() if is_within(code, note.place)]
    found += [note for length in range(3, len(code) + 1) for note in _notes().get(code[:length], ())]
    valid = [note for note in found if letter in note.releases]
    return [each for each in valid if each.kind == EXCLUDES1], [each for each in valid if each.kind != EXCLUDES1]


@lru_cache(MOST_REMEMBERED)
def _letter(day: date) -> str:
    days = packaged().days
    return next((letter for letter, (_, ends) in days.items() if day <= ends), [*days][-1])


@cache
def _notes() -> Mapping[str, list[TabularNote]]:
    found: dict[str, list[TabularNote]] = {}
    for note in _read_notes():
        found.setdefault(note.place, []).append(note)
    return found


@cache
def _range_notes() -> Sequence[TabularNote]:
    return tuple(note for place, notes in _notes().items() if "-" in place for note in notes)


def _read_notes() -> Iterator[TabularNote]:
    text = (files("claimloom.reference") / "data" / "icd10cm_notes.txt").read_text(encoding="ascii")
    every = "".join(packaged().days)
    for line in text.splitlines():
        place, kind, *spans = line.split(" ")
        yield TabularNote(place, kind[0], kind[2:] or every, tuple(spans))


def billable(codes: Iterable[str]) -> list[str]:
    """Of codes without dots, those under which no other stands, in order."""
    known = sorted(set(codes))
    return [code for code, after in zip(known, [*known[1:], ""], strict=True) if not after.startswith(code)]
