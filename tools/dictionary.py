"""``python -m tools.dictionary ID``: train a dictionary for ``claimloom.packing`` on events of invented visits.

Names, addresses, numbers, ids and dates are scrambled in every other event, so that the dictionary learns how events
look and less of the few people that the sandbox invents. A dictionary that was ever released is never made anew: give
the next id, and set ``packing.CURRENT`` to it.
"""

from __future__ import annotations

import json
import logging
import random
import re
import sys
import tempfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any, Final

import zstandard
from sqlalchemy import select

from claimloom import packing
from claimloom.cli.logs import log_to_stderr
from claimloom.ledger.tables import journal
from claimloom.sandbox.payer import Payer
from claimloom.sandbox.visits import make_visits
from claimloom.settings import Settings
from claimloom.system import System

SIZE: Final = 64 * 1024
VISITS: Final = 700
SEEDS: Final = (3, 11, 29)
DAY: Final = date(2026, 11, 20)
# Fields whose values are somebody's own.
OWN: Final = re.compile(
    r"(last|first|middle|name|line1|line2|city|zip|phone|npi|tax_id|.*_id|id|.*number|.*reference|group|birth.*|subject|"
    r"traceparent|caused_by|time|.*sha256|.*file_name|payer_name|organization)$"
)
KEPT: Final = frozenset({"type", "source", "payer_id", "line_number", "version", "rules_version"})
DATED: Final = re.compile(r"\d{4}-\d\d-\d\d")


def bodies(seed: int) -> list[str]:
    """Events of the whole way of some visits."""
    with tempfile.TemporaryDirectory() as folder:
        system = System(Settings(Path(folder), as_of=DAY))
        lines = "".join(json.dumps(each.visit) + "\n" for each in make_visits(seed, VISITS, DAY))
        inbound = system.settings.data / "inbound"
        (inbound / "visits.jsonl").write_text(lines, encoding="utf-8")
        system.run_until_idle()
        payer = Payer(seed, DAY)
        for path in sorted((system.settings.data / "outbound").iterdir()):
            for name, content in payer.answer(path.read_text(encoding="ascii")).items():
                (inbound / name).write_bytes(content)
        system.run_until_idle()
        with system.engine.connect() as connection:
            found = list(connection.scalars(select(journal.c.body).order_by(journal.c.seq)))
        system.close()
    return found


def scrambled(value: Any, chance: random.Random, key: str = "") -> Any:
    """The same with other names, numbers and dates."""
    if isinstance(value, dict):
        return {name: scrambled(each, chance, name) for name, each in value.items()}
    if isinstance(value, list):
        return [scrambled(each, chance, key) for each in value]
    if isinstance(value, str) and key not in KEPT and (OWN.match(key) or DATED.search(value)):
        return "".join(_other(each, chance) for each in value)
    return value


def _other(sign: str, chance: random.Random) -> str:
    if sign.isdigit():
        return str(chance.randrange(10))
    return chance.choice("abcdef" if sign in "abcdef" else "ABCDEFGHIJKLMNOPRSTW") if sign.isalpha() else sign


def samples() -> Iterator[bytes]:
    """Events to learn from."""
    chance = random.Random(5)
    for seed in SEEDS:
        for place, text in enumerate(bodies(seed)):
            other = json.dumps(scrambled(json.loads(text), chance), separators=(",", ":"))
            yield (other if place % 2 else text).encode()


def main() -> None:
    """Write the dictionary, if there is none of that id."""
    number = int(sys.argv[1])
    path = Path(packing.__file__).parent / f"{number}.dict"
    if path.exists():
        raise SystemExit(f"{path.name} is there, and what was packed with it needs it as it is: give another id")
    log_to_stderr(logging.CRITICAL)
    some = list(samples())
    trained = zstandard.train_dictionary(SIZE, some, dict_id=number, level=packing.LEVEL)
    path.write_bytes(trained.as_bytes())
    packer = zstandard.ZstdCompressor(level=packing.LEVEL, dict_data=trained)
    short = sum(len(packer.compress(each)) for each in some)
    sys.stdout.write(f"{path.name}: {len(some)} events of {sum(map(len, some)):,} bytes, packed {short:,}\n")


if __name__ == "__main__":
    main()
