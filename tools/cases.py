"""``make cases``: the cases of ``tests/cases``, played one after the other; how many of each kind come out right, how
many did at the commit before they came, and how many legal visits are held and bad ones let go.

A visit is bad where its case wants it held, and legal otherwise: cases name all work there is. ``--write`` puts the
table into docs/scrubbing.md. Exit 1 if a case comes out wrong.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.command import claimloom
from tests.test_cases import CASES, check, play, read

PAGE: Final = Path(__file__).parents[1] / "docs/scrubbing.md"
MARK: Final = "<!-- cases -->"
NOT_OUT: Final = ("built", "held")


@dataclass(slots=True)
class Kind:
    """Sums over the cases of a kind."""

    cases: int = 0
    wrong_then: int = 0
    wrong_now: int = 0
    legal: int = 0
    false_holds: int = 0
    bad: int = 0
    misses: int = 0

    def add(self, other: Kind) -> None:
        """The other's on top."""
        for name in self.__slots__:
            setattr(self, name, getattr(self, name) + getattr(other, name))

    def row(self, name: str) -> str:
        """A row of the table."""
        told = (self.cases, self.wrong_then, self.wrong_now, self.legal, self.false_holds, self.bad, self.misses)
        return f"| {name} | {' | '.join(str(each) for each in told)} |"


def to_be_held(case: dict[str, list[dict[str, str]]]) -> set[str]:
    """Visits that must not go out."""
    bad = {each["visit"] for each in case.get("work", []) if each.get("kind") == "held" and "visit" in each}
    return bad | {each["visit"] for each in case.get("claims", []) if each.get("state") == "held"}


def tried(folder: Path) -> Kind:
    """A case, and what came of it."""
    case = read(folder)
    found = Kind(cases=1, wrong_then=case["found"] == "wrong")
    with tempfile.TemporaryDirectory() as name:
        try:
            play(folder, Path(name))
            check(folder, Path(name))
        except AssertionError as wrong:
            found.wrong_now = 1
            print(f"wrong: {folder.name}: {str(wrong).partition(chr(10))[0]}")
        listed = claimloom("claims", "list", "--json", "--limit", "0", cwd=Path(name)).stdout.splitlines()
    claims = [json.loads(each) for each in listed]
    held = {each["visit_id"] for each in claims if each["state"] in NOT_OUT and not each["replaced_by"]}
    bad = to_be_held(case)
    legal = {each["visit_id"] for each in claims} - bad
    found.legal, found.false_holds = len(legal), len(legal & held)
    found.bad, found.misses = len(bad), len(bad - held)
    return found


def table(kinds: dict[str, Kind]) -> Iterator[str]:
    """In Markdown."""
    yield "| kind | cases | wrong when found | wrong now | legal visits | of them held | bad visits | of them out |"
    yield "|---|---|---|---|---|---|---|---|"
    whole = Kind()
    for name in sorted(kinds):
        whole.add(kinds[name])
        yield kinds[name].row(name)
    yield whole.row("all")


def main() -> int:
    """Entry."""
    parser = argparse.ArgumentParser(prog="make cases", description=__doc__)
    parser.add_argument("--write", action="store_true", help="put the table into docs/scrubbing.md")
    given = parser.parse_args()
    kinds: dict[str, Kind] = {}
    for folder in CASES:
        kinds.setdefault(read(folder)["kind"], Kind()).add(tried(folder))
    rows = list(table(kinds))
    print("\n".join(rows))
    if given.write:
        head, _, rest = PAGE.read_text(encoding="utf-8").partition(f"{MARK}\n")
        _, _, tail = rest.partition(MARK)
        PAGE.write_text(f"{head}{MARK}\n" + "\n".join(rows) + f"\n{MARK}{tail}", encoding="utf-8")
    return 1 if any(each.wrong_now for each in kinds.values()) else 0


if __name__ == "__main__":
    raise SystemExit(main())
