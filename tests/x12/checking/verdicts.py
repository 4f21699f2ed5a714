"""What pyx12 says of the spoiled samples, kept by the digest of their text: it takes 15 to 40 ms for each of thousands.

A verdict rests on the text, on pyx12's version and on our own way of driving it, so all of these are in the stamp of
the file; with another stamp nothing in it counts, and a test says so. Of what is kept one in fifty is asked for anew in
each run. ``python -m tests.x12.checking.verdicts`` writes it.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import secrets
from collections.abc import Iterable
from dataclasses import asdict
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from claimloom.x12.checking import second_opinion
from claimloom.x12.checking.second_opinion import pyx12_findings
from claimloom.x12.guides import findings
from claimloom.x12.guides.findings import Finding

KEPT: Final = Path(__file__).with_name("verdicts.json.gz")
ANEW: Final = 50
TURN: Final = secrets.randbelow(ANEW)  # which of the fifty this run asks for


def stamp() -> str:
    """Of everything but the text that a verdict rests on."""
    sources = [Path(str(module.__file__)).read_bytes() for module in (second_opinion, findings)]
    return hashlib.sha256(b"\0".join([version("pyx12").encode(), *sources])).hexdigest()


def digest(text: str) -> str:
    """A text's name in the file."""
    return hashlib.sha256(text.encode("latin-1")).hexdigest()[:20]


@cache
def kept() -> dict[str, Any]:
    """``stamp``, and ``verdicts`` by digest: of each finding what is not its default."""
    if not KEPT.exists():
        return {"stamp": "", "verdicts": {}}
    return dict(json.loads(gzip.decompress(KEPT.read_bytes())))


def verdict(text: str) -> list[Finding]:
    """What pyx12 says: as kept, or asked now. AssertionError where it says something else than what is kept."""
    name = digest(text)
    found = kept()["verdicts"].get(name) if kept()["stamp"] == stamp() else None
    if found is None:
        return pyx12_findings(text)
    known = [Finding(**each) for each in found]
    if int(name[:8], 16) % ANEW == TURN:
        assert pyx12_findings(text) == known, f"{name}: pyx12 says otherwise; python -m tests.x12.checking.verdicts"
    return known


def keep(texts: Iterable[str]) -> int:
    """Ask for all of them and write the file; returns how many."""
    verdicts = {digest(text): [_short(each) for each in pyx12_findings(text)] for text in texts}
    body = json.dumps({"stamp": stamp(), "verdicts": dict(sorted(verdicts.items()))}, separators=(",", ":"))
    KEPT.write_bytes(gzip.compress(body.encode(), 9, mtime=0))
    return len(verdicts)


def _short(finding: Finding) -> dict[str, Any]:
    plain = asdict(Finding("", ""))
    shown = {name: value for name, value in asdict(finding).items() if value != plain[name]}
    return {"code": finding.code, "message": finding.message} | shown


if __name__ == "__main__":
    from tests.x12.checking.test_differential import CHUNKS, EACH, spoiled

    print(keep(text for kind in EACH for chunk in range(CHUNKS) for text, _ in spoiled(kind, chunk)))
