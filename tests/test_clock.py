"""Nothing that a person or a partner reads depends on the day or the zone it was run in, unless they let it.

The clock is asked for the day in one place, ``Settings.now``, which the business date (``--as-of``) overrides. Whoever
else asks is listed here with what for; none of them decides anything, and none asks for the machine's own time zone.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from claimloom.cli import main

ROOT = Path(__file__).parents[1]
ASKS = {"now", "utcnow", "today", "time", "time_ns", "localtime", "gmtime", "ctime", "strftime"}
ALLOWED = {
    "claimloom/settings.py": "the one place",
    "claimloom/runtime/taking.py": "the clock of a runtime that was given none",
    "claimloom/aside.py": "how long a reader of another machine has been gone, and a file has stood still",
    "claimloom/x12/writing/acknowledge.py": "the library's default of a time that callers may give",
    "claimloom/ledger/audit.py": "when somebody looked is never another day",
    "claimloom/ledger/outbound.py": "how long a file has been lying about",
    "claimloom/runtime/kafka/line.py": "how long a batch has been in hand",
}
ZONED = {"astimezone", "localtime", "ctime", "tzset", "mktime"}
SAMPLE = ROOT / "edi_samples/837p/auto_accident_without_its_state.edi"


def asked(path: Path) -> Iterator[str]:
    """Calls of a module by which it learns of the present moment, or of the machine's zone."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        owner = ast.unparse(node.func.value).rpartition(".")[2]
        if node.func.attr in ZONED or (node.func.attr in ASKS and owner in ("datetime", "date", "time", "moment")):
            yield node.func.attr


def modules() -> list[Path]:
    return [path for folder in ("claimloom", "services", "schemas") for path in sorted((ROOT / folder).rglob("*.py"))]


def test_the_clock_is_asked_in_one_place() -> None:
    found = {path.relative_to(ROOT).as_posix() for path in modules() if any(asked(path))}
    assert found == set(ALLOWED)


def test_nobody_asks_for_the_zone_of_the_machine() -> None:
    assert [path for path in modules() if ZONED & set(asked(path))] == []


@pytest.mark.parametrize("how", ["option", "environment"])
def test_an_answer_of_another_day(
    how: str, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    """The one command of the X12 library that writes the day into a file."""
    command = ["x12", "ack", str(SAMPLE)]
    if how == "environment":
        monkeypatch.setenv("CLAIMLOOM_AS_OF", "2030-02-03")
    with pytest.raises(SystemExit):
        main(command + (["--as-of", "2030-02-03"] if how == "option" else []))
    assert b"*300203*1200*^*" in capfdbinary.readouterr().out
