"""A page: the segments of one part of an 837P as they are written, and what of its values cannot be sent.

Every value goes onto a page through a method that knows what the guide allows there, so nothing unfit gets into a
file: a value that does not fit leaves its element empty and a finding behind, and the claim stays out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container
from datetime import date
from operator import itemgetter
from typing import Final

from claimloom.reference.providers import npi_is_valid, taxonomies
from claimloom.x12.guides.findings import Finding
from claimloom.x12.guides.grammar import code_list
from claimloom.x12.guides.text import Words, date_text, decimal_text
from claimloom.x12.guides.values import FIRST_DAY
from claimloom.x12.writing.envelope import Envelope, Segments
from schemas.values import Address, Noun, PersonName

MOST_CENTS: Final = 9_999_999_999
"""99,999,999.99: ten digits with the two decimals."""
ZIP: Final = re.compile(r"\d{5}(\d{4})?", re.ASCII)
DIGITS: Final = re.compile(r"\d+", re.ASCII)
DECIMAL: Final = re.compile(r"-?\d{1,12}(\.\d{1,3})?", re.ASCII)
BETWEEN: Final = re.compile(r"[ -]")
NEVER: Final = re.compile(r"(?!)")


def others(noun: type[Noun], *names: str) -> Callable[[dict[str, object]], tuple[object, ...]]:
    """The values of all fields of a noun but these, by one call, from ``vars(noun)``.

    For the tests that a batch makes a million times: whether a claim or line has anything but what all of them have,
    and whether a part is like one before it. A field that is new in a noun counts until it is named here. ``vars``,
    because a pydantic attribute takes three times as long as its place in the dict.
    """
    return itemgetter(*(field for field in noun.model_fields if field not in names))


ADDRESS: Final = others(Address)
NAME: Final = others(PersonName)


class TextPage(Segments):
    """Segments of one part; ``loop`` and ``line`` (LX01; 0: none) are where they are, for the findings. ``cut`` begins
    the next part.
    """

    __slots__ = ("findings", "known", "line", "loop", "words")

    def __init__(self, envelope: Envelope, words: Words, loop: str = "") -> None:
        super().__init__(envelope)
        self.words = words
        self.loop = loop
        self.line = 0
        self.findings: list[Finding] = []
        self.known: dict[tuple[object, ...], str] = {}

    def cut(self) -> str:
        """The text of the part written so far; the page is empty then."""
        text = "".join(self.lines)
        self.lines.clear()
        return text

    def again(self, key: tuple[object, ...]) -> bool:
        """Whether the segments of this key were written before; then they stand here once more.

        Those who treat and refer come again and again; a key is what their segments are made of, as plain text.
        """
        found = self.known.get(key)
        if found is not None:
            self.lines.append(found)
        return found is not None

    def keep(self, key: tuple[object, ...], start: int, faults: int) -> None:
        """Remember the segments since ``start`` under a key, unless findings came with them."""
        if len(self.findings) == faults:
            self.known[key] = "".join(self.lines[start:])

    def fault(
        self, code: str, ack: str, message: str, segment: str, element: str = "", value: str = "", fix: str = ""
    ) -> None:
        """What is wrong at a place of this loop."""
        snip = 1 if code in SYNTAX else 3 if code.startswith("unbalanced") else 4 if "situational" in code else 2
        message = f"line {self.line}: {message}" if self.line else message
        self.findings.append(
            Finding(
                code,
                message,
                snip=snip,
                ack=ack,
                loop=self.loop,
                segment=segment,
                element=element,
                value=value,
                fix=fix,
            )
        )

    def text(self, value: str, segment: str, element: str, most: int, least: int = 1, needed: bool = True) -> str:
        """Free text, spelled in the partner's characters."""
        said = self.words.spelled.get(value) or self.words.plain(value)
        if said is None:
            lost = ", ".join(self.words.lost(value))
            self.fault(
                *("bad_character", "IK4 6", f"{lost} cannot be said in the character set", segment, element, value),
                "spell it in Latin letters",
            )
            return ""
        if least <= len(said) <= most:
            return said
        return self._sized(said, segment, element, most, least, needed)

    def code(self, value: str, segment: str, element: str, most: int, least: int = 1, needed: bool = True) -> str:
        """A number or code, which must come through as it is."""
        if least <= len(value) <= most and self.words.as_it_is(value):
            return value
        said = self.words.exact(value)
        if said is None:
            lost = ", ".join(self.words.lost_exactly(value))
            self.fault(
                *("bad_character", "IK4 6", f"{lost} may not stand in a code or number", segment, element, value),
                "take it out",
            )
            return ""
        if least <= len(said) <= most:
            return said
        return self._sized(said, segment, element, most, least, needed)

    def _sized(self, said: str, segment: str, element: str, most: int, least: int, needed: bool) -> str:
        if not said:
            if needed:
                self.fault("missing_element", "IK4 1", "a value is needed here", segment, element, fix="fill it in")
            return ""
        many = len(said)
        if many > most:
            message, fix = f"{many} characters, at most {most}", "shorten it"
            self.fault("too_long", "IK4 5", message, segment, element, said, fix)
        else:
            message = f"{many} character{'s' if many > 1 else ''}, at least {least}"
            self.fault("too_short", "IK4 4", message, segment, element, said, "give it in full")
        return ""

    def listed(self, value: str, allowed: Container[str], segment: str, element: str) -> str:
        """A code of a closed list of the guide."""
        if value in allowed:
            return value
        if not value:
            self.fault("missing_element", "IK4 1", "a code is needed here", segment, element)
        else:
            self.fault("bad_code", "IK4 7", "no code of the list for this place", segment, element, value)
        return ""

    def coded(self, value: str, list_name: str, segment: str, element: str) -> str:
        """A code of a list that is kept outside of the guide: places of service, states, reasons, remarks."""
        return value if value in code_list(list_name) else self.listed(value, (), segment, element)

    def taxonomy(self, value: str) -> str:
        """A code of the provider taxonomy, PRV03."""
        return self.listed(value, taxonomies(), "PRV", "03")

    def matching(self, value: str, pattern: re.Pattern[str], segment: str, element: str, what: str) -> str:
        """A value of a fixed form; ``what`` says which."""
        if pattern.fullmatch(value):
            return value
        if not value:
            self.fault("missing_element", "IK4 1", f"{what} is needed here", segment, element)
        else:
            self.fault("bad_pattern", "IK4 I12", f"this is not {what}", segment, element, value)
        return ""

    def npi(self, value: str, segment: str = "NM1", element: str = "09") -> str:
        """A National Provider Identifier whose check digit is right."""
        return (
            value
            if npi_is_valid(value)
            else self.matching(value, NEVER, segment, element, "an NPI with its check digit")
        )

    def money(self, amount_cents: int, segment: str, element: str) -> str:
        """An amount, of at most ten digits."""
        if -MOST_CENTS <= amount_cents <= MOST_CENTS:
            return decimal_text(amount_cents)
        self.fault("too_long", "IK4 5", "more than 99,999,999.99", segment, element, str(amount_cents))
        return ""

    def quantity(self, value: str, segment: str, element: str) -> str:
        """A count with at most three decimals, as type R writes it."""
        if not DECIMAL.fullmatch(value):
            return self.matching(value, DECIMAL, segment, element, "a number")
        sign, digits = ("-", value[1:]) if value.startswith("-") else ("", value)
        whole, _, rest = digits.partition(".")
        whole, rest = whole.lstrip("0"), rest.rstrip("0")
        text = f"{whole}.{rest}" if rest else whole
        return f"{sign}{text}" if text else "0"

    def day(self, day: date, segment: str, element: str) -> str:
        """A day as CCYYMMDD."""
        if day < FIRST_DAY:
            self.fault("bad_date", "IK4 8", f"this day is before {FIRST_DAY.year}", segment, element, date_text(day))
        return date_text(day)

    def on(self, qualifier: str, day: date) -> None:
        """DTP with one day."""
        mark = self.separator
        said = self.day(day, "DTP", "03")
        self.lines.append(f"DTP{mark}{qualifier}{mark}D8{mark}{said}{self.end}")

    def between(self, qualifier: str, first: date, last: date) -> None:
        """DTP with a range of days."""
        if last < first:
            self.fault("bad_date", "IK4 8", "the last day is before the first", "DTP", "03", date_text(last))
        self.add("DTP", qualifier, "RD8", f"{self.day(first, 'DTP', '03')}-{date_text(last)}")

    def reference(self, qualifier: str, value: str) -> None:
        """REF, if there is a value."""
        if value:
            self.add("REF", qualifier, self.code(value, "REF", "02", 50))

    def person(self, entity: str, name: PersonName, qualifier: str = "", identity: str = "") -> None:
        """NM1 of a person."""
        last = self.text(name.last, "NM1", "03", 60)
        first = self.text(name.first, "NM1", "04", 35, needed=False)
        middle = self.text(name.middle, "NM1", "05", 25, needed=False) if name.middle else ""
        suffix = self.text(name.suffix, "NM1", "07", 10, needed=False) if name.suffix else ""
        self.add("NM1", entity, "1", last, first, middle, "", suffix, qualifier, identity)

    def organisation(self, entity: str, name: str, qualifier: str = "", identity: str = "") -> None:
        """NM1 of anything else."""
        self.add("NM1", entity, "2", self.text(name, "NM1", "03", 60), "", "", "", "", qualifier, identity)

    def address(self, address: Address) -> None:
        """N3 and N4."""
        line2 = self.text(address.line2, "N3", "02", 55, needed=False) if address.line2 else ""
        self.add("N3", self.text(address.line1, "N3", "01", 55), line2)
        city = self.text(address.city, "N4", "01", 30, 2)
        if address.country:
            state = self.coded(address.state, "states", "N4", "02") if address.state else ""
            # N403 is an ID: letters and digits alone, so K1A0B1 and not K1A 0B1 (RFI 1731).
            post = self.code(BETWEEN.sub("", address.zip), "N4", "03", 15, 3, needed=False)
            country = self.coded(address.country, "country", "N4", "04")
            self.add("N4", city, state, post, country, "", "", address.subdivision)
            return
        state = self.coded(address.state, "states", "N4", "02")
        self.add("N4", city, state, self.matching(address.zip, ZIP, "N4", "03", "a ZIP code of 5 or 9 digits"))


SYNTAX: Final = frozenset(
    {
        *("bad_character", "missing_element", "too_long", "too_short", "bad_date", "too_many_segments"),
        *("too_many_loops", "missing_segment"),
    }
)
