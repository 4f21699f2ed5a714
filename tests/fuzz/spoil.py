"""Spoiled inputs of every kind, from a seed: bytes, lines of sessions, X12, names of files.

They are made from the visits and answers of a stranger, a tenant beside the one whose inputs are good; what a spoiled
one still says is about the stranger. MARK stands in what was spoiled, and no text may hold it.
"""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, Final

from tests.x12.mutate import mutants

MARK: Final = "QZMARKQZ"
DEEP: Final = 3_000
LONG: Final = 50_000
# What stands in the JSON of a line as it is, since no value of Python is written so.
RAW: Final = {
    "@huge": "1e400",
    "@nan": "NaN",
    "@infinite": "-Infinity",
    "@long_number": "9" * 5_000,
    "@deep": "[" * DEEP + "]" * DEEP,
    "@deep_object": '{"a":' * DEEP + "1" + "}" * DEEP,
    "@half_pair": '"\\ud800"',
    "@zero_byte": f'"{MARK}\\u0000"',
    "@open_text": f'"{MARK}',
}
TEXTS: Final = (
    *("", " ", MARK, f"[/]{MARK}", f"[link=http://{MARK}]x[/link]", f"\x1b[31m{MARK}\x07", f"\u202e{MARK}\u2066"),
    *(f"{MARK}\r\n{MARK}", "名" * 300, MARK * (LONG // len(MARK)), f"{MARK}~*:^|", f"../../{MARK}", f"{MARK}\u2028"),
    *("9999-12-31", "0001-01-01", "2026-02-30", "9999-12-31T23:59:59Z", "1e5", "true", "-1"),
)
NUMBERS: Final = (0, -1, 1.5, 2**31, 2**63, -(2**63) - 1, 10**20, 10**400)
OTHERS: Final = (None, True, [], {}, [MARK], {MARK: MARK}, [[[[]]]])


@dataclass(frozen=True, slots=True)
class Spoiled:
    """A spoiled file: what was done to it, its folder below ``inbound/`` and its name as bytes, and what it holds."""

    kind: str
    folder: str
    name: bytes
    content: bytes

    def path(self, inbound: str) -> bytes:
        """Where it is put."""
        return os.path.join(os.fsencode(inbound), os.fsencode(self.folder), self.name)  # noqa: PTH118 - bytes


@dataclass(frozen=True, slots=True)
class Stranger:
    """Whose inputs are spoiled: visits, one a line, and X12 by name of file."""

    tenant: str
    lines: Sequence[bytes]
    files: dict[str, bytes]


# ---- lines of a sessions file ----------------------------------------------------------------------------------------


def places(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The place of every value in a document, but for the whole of it."""
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, each in parts:
        yield (*at, name)
        yield from places(each, (*at, name))


def line(good: bytes, chance: Random) -> tuple[str, bytes]:
    """A line of which one value, or its text, is spoiled; and a word for what was done."""
    document = json.loads(good)
    at = chance.choice([each for each in places(document) if each != ("tenant",)])
    inner = document
    for name in at[:-1]:
        inner = inner[name]
    what = chance.choice(["text", "number", "other", "raw", "gone", "more", "twice", "name"])
    raw = ""
    if what == "gone":
        del inner[at[-1]]
    elif what == "more" and isinstance(inner, dict):
        inner[chance.choice([MARK, f"[/]{MARK}", f"{MARK}\x1b[2J", "note2", f"\u202e{MARK}"])] = MARK
    elif what == "name" and isinstance(inner, dict):
        inner[f"{at[-1]}{MARK}"] = inner.pop(at[-1])
    elif what == "raw":
        raw = chance.choice(sorted(RAW))
        inner[at[-1]] = raw
    else:
        some = {"number": NUMBERS, "other": OTHERS}.get(what, TEXTS)
        inner[at[-1]] = copy.deepcopy(chance.choice(some))
    text = json.dumps(document, ensure_ascii=chance.random() < 0.5)
    if raw:
        text = text.replace(json.dumps(raw), RAW[raw])
    if what == "twice":
        name = json.dumps(str(at[0]))
        text = f"{text[:-1]}, {name}: {json.dumps(chance.choice(TEXTS))}}}"
    return f"line {what} {'.'.join(map(str, at))}", text.encode("utf-8", "surrogatepass")


# ---- bytes -----------------------------------------------------------------------------------------------------------


def _cut(data: bytes, chance: Random) -> bytes:
    return data[: chance.randrange(1, len(data))]


def _flipped(data: bytes, chance: Random) -> bytes:
    found = bytearray(data)
    for _ in range(chance.choice([1, 3, 40])):
        found[chance.randrange(len(found))] ^= 1 << chance.randrange(8)
    return bytes(found)


def _put_in(data: bytes, chance: Random) -> bytes:
    at = chance.randrange(len(data))
    junk = chance.choice([b"\0", b"\xff", b"\xff\xfe", b"\r", b"\n\n\n", b"\x1a", MARK.encode(), b"\0" * 5_000])
    return data[:at] + junk + data[at:]


def _doubled(data: bytes, chance: Random) -> bytes:
    at, length = chance.randrange(len(data)), chance.randrange(1, 500)
    return data[:at] + data[at : at + length] * 2 + data[at + length :]


def _random(data: bytes, chance: Random) -> bytes:
    return data[:3] * chance.randrange(2) + chance.randbytes(chance.choice([1, 3, 105, 106, 5_000]))


BYTES: Final[dict[str, Callable[[bytes, Random], bytes]]] = {
    "cut": _cut,
    "flipped": _flipped,
    "put in": _put_in,
    "doubled": _doubled,
    "random": _random,
    "byte order mark": lambda data, _: b"\xef\xbb\xbf" + data,
    "UTF-16": lambda data, chance: data.decode("latin-1").encode(chance.choice(["utf-16", "utf-16-be"])),
    "empty": lambda _data, chance: chance.choice([b"", b"\n", b" \r\n\t", b"\xef\xbb\xbf", b"\0", b"{}", b"[]", b"{"]),
    "huge line": lambda data, _: data[:1] + MARK.encode() * 150_000,
    "twice": lambda data, _: data + data,
    "no line ends": lambda data, _: data.replace(b"\n", b""),
    "backwards": lambda data, _: data[::-1],
}


# ---- X12 -------------------------------------------------------------------------------------------------------------


def _mutant(data: bytes, chance: Random) -> bytes:
    *_, last = mutants(data.decode("latin-1"), chance.randrange(1, 25), chance.randrange(10**6))
    return last.text.encode("latin-1", "replace")


def _marked(data: bytes, chance: Random) -> bytes:
    """MARK in the place of a name, an id, a date or a street: never of a number that a person has to be told."""
    segments = data.split(b"~")
    named = [at for at, each in enumerate(segments) if each.strip().startswith((b"NM1", b"DMG", b"N3", b"N4", b"PER"))]
    for at in chance.sample(named, min(len(named), 3)):
        elements = segments[at].split(b"*")
        elements[chance.randrange(1, len(elements))] = MARK.encode() * chance.choice([1, 1, 30])
        segments[at] = b"*".join(elements)
    return b"~".join(segments)


def _amount(data: bytes, chance: Random) -> bytes:
    """One amount of money, or a count, is not one any more, or is one that nobody has."""
    segments = data.split(b"~")
    names = (b"CLP", b"SVC", b"CAS", b"BPR", b"PLB", b"AMT", b"SE", b"HL", b"AK9", b"STC")
    at = chance.choice([at for at, each in enumerate(segments) if each.strip().startswith(names)] or [0])
    elements = segments[at].split(b"*")
    odd = [
        b"1E9",
        b"NaN",
        b"-0",
        b"9" * 30,
        b"0.001",
        b"-99999999999.99",
        b"\xb2",
        b"1,5",
        b"",
        b"99999999999999999.99",
    ]
    elements[chance.randrange(1, len(elements))] = chance.choice(odd)
    segments[at] = b"*".join(elements)
    return b"~".join(segments)


def _separators(data: bytes, chance: Random) -> bytes:
    old, new = chance.choice([(b"~", b"\n"), (b"~", b"\0"), (b"*", b"~"), (b":", b"*"), (b"*", b"A"), (b"^", b"*")])
    return data.replace(old, new)


def _order(data: bytes, chance: Random) -> bytes:
    segments = data.split(b"~")
    middle = segments[1:-1]
    chance.shuffle(middle)
    return b"~".join([segments[0], *middle, segments[-1]])


X12: Final[dict[str, Callable[[bytes, Random], bytes]]] = {
    "mutant": _mutant,
    "marked": _marked,
    "amount": _amount,
    "separators": _separators,
    "order": _order,
    "another version": lambda data, chance: data.replace(b"005010", chance.choice([b"004010", b"008010", b"X05010"])),
    "another transaction": lambda data, chance: data.replace(b"~ST*", b"~ST*" + chance.choice([b"8", b"", b"\xff"])),
    "two interchanges": lambda data, _: data + data.replace(b"~", b"~\n"),
    "letters before": lambda data, _: b"Dear colleague,\r\n" + data,
}


# ---- whole files -----------------------------------------------------------------------------------------------------


def names(chance: Random, number: int, ending: str) -> bytes:
    """A file's name that a file system takes. Some are the same, or the same but for case."""
    return chance.choice(
        [
            *(f"{number}.{ending}".encode(),) * 3,
            b"same." + ending.encode(),
            b"SAME." + ending.encode(),
            f"-rf {number}.{ending}".encode(),
            f"a\nb{number}.{ending}".encode(),
            f"  {number}  .{ending} ".encode(),
            f"\x1b[31m{number}.{ending}".encode(),
            f"[b]{number}[link=x].{ending}".encode(),
            f"{number}\u202e.{ending}".encode(),
            b"\xff\xfe" + f"{number}.{ending}".encode(),
            f"{number}..{ending}".encode(),
            f"CON{number}|?:.{ending}".encode(),
            f"{number}.{ending}".encode().rjust(250, b"x"),
            f"{number}".encode() + "名".encode() * 80,
            f"{number}".encode(),
        ]
    )


def files(stranger: Stranger, chance: Random, count: int) -> Iterator[Spoiled]:
    """Spoiled files; each kind as likely as another. What may say something lies where it is the stranger's."""
    for number in range(count):
        kind = chance.choice(["lines", "lines", "x12", "x12", "x12", "bytes"])
        folder = chance.choice([stranger.tenant, stranger.tenant, "", "nobody", "a\tb"])
        if kind == "lines":
            some = [line(chance.choice(stranger.lines), chance) for _ in range(chance.choice([1, 4]))]
            word, content, ending = some[0][0], b"\n".join(each for _, each in some), "jsonl"
        else:
            source = chance.choice(sorted(stranger.files))
            content, ending = stranger.files[source], source.rpartition(".")[2]
            if kind == "bytes" and chance.random() < 0.4:
                source, content, ending = "lines", b"\n".join(stranger.lines), "jsonl"
            table = BYTES if kind == "bytes" else X12
            word = chance.choice(sorted(table))
            content = table[word](content, chance)
            word = f"{source} {word}"
        yield Spoiled(word, folder, names(chance, number, ending), content)
