"""A file fit for a bug report: same bytes in the same places, same findings, same balances, nobody in it.

Replaced are names, streets, cities, numbers of members, accounts, claims, payers and traces, contacts, texts; kept are
codes, amounts, counts and control numbers (the table is ``phi.py``). One value gets one replacement in a file, of the
same length and kind (a valid NPI for a valid NPI), so references still match. Replacements are counted out in the
order of the file; they are not computed from what they replace, so nobody can try names until one fits.

Days move together, so that the file's own day (GS04) becomes the first of July of its year: how many days lie between
two of them stays, which days they were does not. Birth dates become the first of January of their year, or of the
year 90 before the file for everybody older. Postal codes keep three digits, none of the 17 that hold few people
(45 CFR 164.514(b)(2)).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date
from functools import lru_cache
from typing import Final

from claimloom.reference.providers import npi_is_valid
from claimloom.x12.guides.values import is_date, is_time
from claimloom.x12.reading.document import Document, Segment
from claimloom.x12.reading.files import read_some
from claimloom.x12.reading.source import LIMITS, Limits, Source, chunks
from claimloom.x12.showing.phi import Secrecy, all_codes, is_safe, rule_at

__all__ = ["mask"]

Change = Callable[[str, bool], str]
# Three-digit ZIP areas with 20,000 people or fewer (census of 2000, guidance of HHS on de-identification).
FEW_PEOPLE: Final = frozenset("036 059 063 102 203 556 692 790 821 823 830 831 878 879 884 890 893".split())
# Of ISA only these name somebody; the rest are codes, dates and marks of fixed width.
ISA_NAMES: Final = (2, 4, 6, 8)
ISA_DATE: Final = 9
BOX: Final = re.compile(r"\W*P\W*O(?:ST\W*OFFICE)?\W*BOX\W*", re.IGNORECASE)
TAKEN: Final = frozenset({"PO", "POB", "BOX", "POST", "POBOX"})
CONSONANTS: Final = "BDFGHKLMNPRSTVZ"
VOWELS: Final = "AEIOU"
LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
# Shares no factor with the sizes of the alphabets, so all words come before one comes again.
STEP: Final = 6_180_339_887


def mask(source: Source, limits: Limits = LIMITS) -> bytes:
    """The file (unpacked) with everybody replaced; X12Error if it is no X12, cannot be unpacked or breaks a limit.

    What stands outside of segments is kept only where it is white space or a mark.
    """
    data = b"".join(chunks(source, limits))
    document = read_some(data, limits)
    segments = document.segments()
    day = _day(document)
    known: set[str] = set()
    collect = _Masker(lambda word, _: known.add(word) or word, day)  # type: ignore[func-returns-value]
    for segment in segments:
        collect.text(segment)
    masker = _Masker(Replacements(known).replaced, day)
    return _laid_over(data, [(each.offset, each.text, masker.text(each)) for each in segments])


def _laid_over(data: bytes, texts: list[tuple[int, str, str]]) -> bytes:
    """The file with each segment's bytes exchanged; breaks inside of segments, and marks between them, stay."""
    found: list[bytes] = []
    place = 0
    for offset, before, after in texts:
        found.append(_outside(data[place:offset]))
        place = offset
        old, new = before.encode("latin-1"), after.encode("latin-1")
        if data[offset : offset + len(old)] == old:
            found.append(new)
            place += len(old)
            continue
        at = 0
        while at < len(old):  # wrapped: a break that is no part of the segment's text
            byte = data[place : place + 1]
            if byte == old[at : at + 1]:
                found.append(new[at : at + 1])
                at += 1
            else:
                found.append(byte)
            place += 1
    found.append(_outside(data[place:]))
    return b"".join(found)


def _outside(between: bytes) -> bytes:
    """What stands between segments: their terminators and breaks, or a letter around the file."""
    if len(between) < 3:
        return between
    mark = b"\xef\xbb\xbf"
    head = mark if between.startswith(mark) else b""
    return head + re.sub(rb"[A-Za-z0-9\x80-\xff]", b"X", between[len(head) :])


def _day(document: Document) -> date:
    """The day of the file: its first GS04, else ISA09, else a day in the middle of nothing."""
    for interchange in document.interchanges:
        for group in interchange.groups:
            if group.header is not None and (found := _as_date(group.header.get(4))):
                return found
    for interchange in document.interchanges:
        if found := _as_date(interchange.header.get(ISA_DATE)):
            return found
    return date(2000, 1, 1)


def _as_date(text: str) -> date | None:
    if not is_date(text):
        return None
    year = int(text[:-4]) if len(text) == 8 else 2000 + int(text[:2])
    return date(year, int(text[-4:-2]), int(text[-2:]))


class _Masker:
    """Segments to segments of the same length; ``change`` replaces one word."""

    def __init__(self, change: Change, day: date) -> None:
        self.change = change
        self.oldest = day.year - 90
        middle = date(day.year, 7, 1)
        self.shift = (middle if day != middle else date(day.year, 7, 8)) - day

    def text(self, segment: Segment) -> str:
        """The segment's text, masked."""
        marks = segment.delimiters
        elements = segment.text.split(marks.element)
        utf8 = not segment.text.isascii() and _is_utf8(segment.text)
        head = elements[0]
        found = [head[:3] + self._words(head[3:], utf8=utf8)]
        for position, element in enumerate(elements[1:], start=1):
            if head == "ISA" and position <= 16:
                found.append(self._isa(position, element, utf8=utf8))
                continue
            repeats = element.split(marks.repetition) if marks.repetition else [element]
            masked = [
                marks.component.join(
                    self._value(segment, position, at if len(parts) > 1 else 0, parts, utf8=utf8)
                    for at in range(1, len(parts) + 1)
                )
                for parts in (one.split(marks.component) for one in repeats)
            ]
            found.append((marks.repetition or "").join(masked))
        return marks.element.join(found)

    def _isa(self, position: int, value: str, *, utf8: bool) -> str:
        if position in ISA_NAMES:
            return self._words(value, utf8=utf8)
        return self._date(value) if position == ISA_DATE else value

    def _value(  # noqa: PLR0911
        self, segment: Segment, position: int, component: int, parts: Sequence[str], *, utf8: bool
    ) -> str:
        """One value at its place."""
        value = parts[max(component - 1, 0)]
        rule = rule_at(segment.id, position, component, parts)
        if not value or is_safe(rule, segment.id, position, component, value):
            return value
        if rule is Secrecy.BIRTH:
            return "-".join(map(self._birth, value.split("-")))
        if rule is Secrecy.TIME or (rule is Secrecy.DATE and segment.get(position - 1) == "TM"):
            return value if is_time(value) else _nonsense(value)
        if rule is Secrecy.DATE:
            return "-".join(map(self._date, value.split("-")))
        if rule is Secrecy.ZIP and value.isascii() and value.isdigit():
            area = "000" if value[:3] in FEW_PEOPLE else value[:3]
            return (area + "0" * (len(value) - 3))[: len(value)] if len(value) > 3 else "0" * len(value)
        if rule is Secrecy.STREET and (box := BOX.match(value)):
            return box.group() + self._words(value[box.end() :], utf8=utf8)
        return self._words(value, utf8=utf8)

    def _words(self, value: str, *, utf8: bool) -> str:
        return " ".join(self.change(word, utf8) if word.strip("0") else word for word in value.split(" "))

    def _date(self, text: str) -> str:
        """A day, moved with all others; what is no day stays none."""
        known = _as_date(text[:8]) if len(text) == 12 and is_time(text[8:]) else _as_date(text)
        if known is None:
            return _nonsense(text)
        try:
            moved = known + self.shift
        except OverflowError:
            moved = date(known.year, 1, 1)
        said = f"{moved:%m%d}"
        year = f"{moved.year:04d}"
        return f"{year[2:]}{said}" if len(text) == 6 else f"{year}{said}{text[8:]}"

    def _birth(self, text: str) -> str:
        known = _as_date(text)
        if known is None:
            return _nonsense(text)
        year = f"{max(known.year, self.oldest):04d}"
        return f"{year}0101" if len(text) == 8 else f"{year[2:]}0101"


def _nonsense(text: str) -> str:
    """Of no meaning: a date or time that is none stays none."""
    return "".join("9" if each.isdigit() else "X" if each.isalpha() and each.isascii() else each for each in text)


def _is_utf8(text: str) -> bool:
    try:
        text.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return False
    return True


class Replacements:
    """Replacements of a file's words: each word always the same, no two the same, none a word of the file."""

    def __init__(self, known: set[str]) -> None:
        self.known = known
        self._given: dict[tuple[str, bool], str] = {}
        self._counts: dict[tuple[str, bool], int] = {}
        self._made: set[str] = set()

    def replaced(self, word: str, utf8: bool) -> str:
        """What stands for a word; a word is what has no space in it."""
        found = self._given.get((word, utf8))
        if found is None:
            found = self._given[word, utf8] = self._new(word, utf8=utf8)
        return found

    def _new(self, word: str, *, utf8: bool) -> str:
        if not any(each.isalnum() for each in word):
            return word
        utf8 = utf8 and _is_utf8(word)  # a separator may be a byte of a character
        text = word.encode("latin-1").decode("utf-8") if utf8 else word
        shape = "".join(map(_class, text))
        npi = npi_is_valid(word)
        for strict in (True, False):
            for full in (False, True):
                found = self._next(text, shape, npi=npi, full=full, strict=strict)
                if found is not None:
                    self._made.add(found)
                    return found.encode("utf-8").decode("latin-1") if utf8 else found
        return "".join("X" if each.isalnum() else each for each in word)  # pragma: no cover - more words than fit

    def _next(self, text: str, shape: str, *, npi: bool, full: bool, strict: bool) -> str | None:
        """The next word of a shape; None if there is no more, or 10,000 in a row may not be used.

        The words of a shape are counted as numbers are, each place having an alphabet for its digits. Taken in that
        order they would be BABA, BABE, BABI. So each is ``STEP`` behind the one before it, around the end: all come,
        and neighbours look different; and the first stands five eighths of the way on, else it would be BABA or 0000.
        What was given to another word is passed over, and so, if ``strict``, is what could be mistaken: a word of the
        file, a code, a post office box. A word is an NPI if and only if it stands for one.
        """
        sets = _alphabets(shape, full=full)
        size = 1
        for each in sets:
            size *= len(each)
        key = (f"{shape}{'!' if npi else ''}{'?' if strict else ''}", full)
        for count in range(self._counts.get(key, 0), min(size, self._counts.get(key, 0) + 10_000)):
            self._counts[key] = count + 1
            found = _word(text, sets, (count * STEP + size * 5 // 8) % size)
            if npi:
                found = _as_npi(found)
            taken = found in self._made or (strict and (found in self.known or found in TAKEN or found in all_codes()))
            if not taken and npi_is_valid(found) == npi and found.strip("0"):
                return found
        return None


def _class(mark: str) -> str:
    if mark.isascii():
        return "A" if mark.isupper() else "a" if mark.islower() else "0" if mark.isdigit() else mark
    return {2: "é", 3: "一"}.get(len(mark.encode("utf-8")), "😀")


@lru_cache(maxsize=1024)
def _alphabets(shape: str, *, full: bool) -> list[str]:
    """What may stand at each place: words that can be said, unless there are too many."""
    found: list[str] = []
    run = 0
    for each in shape:
        if each in "Aa":
            letters = LETTERS if full else CONSONANTS if run % 2 == 0 else VOWELS
            found.append(letters if each == "A" else letters.lower())
            run += 1
        else:
            found.append("0123456789" if each == "0" else each)
            run = 0
    return found


def _word(text: str, sets: list[str], number: int) -> str:
    found: list[str] = []
    for mark, letters in zip(reversed(text), reversed(sets), strict=True):
        number, at = divmod(number, len(letters))
        found.append(letters[at] if mark.isascii() else _foreign(mark))
    return "".join(reversed(found))


def _foreign(mark: str) -> str:
    """A character outside of ASCII that is as long and says nothing."""
    return {1: mark, 2: "À", 3: "一"}.get(len(mark.encode("utf-8")), "😀")


def _as_npi(text: str) -> str:
    """Ten digits with the check digit that makes an NPI of them."""
    body = f"1{text[1:9]}"
    return next(f"{body}{digit}" for digit in range(10) if npi_is_valid(f"{body}{digit}"))
