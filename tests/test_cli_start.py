"""The command line starts with what the called command uses; its table says where each command is, and its help.

What a command may not import is looked for in a fresh interpreter: time is measured by ``make bench`` and no test.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from inspect import getdoc
from pathlib import Path

import pytest

from claimloom.cli.commands import COMMANDS, Entries, Entry
from tests.command import claimloom

ROOT = Path(__file__).parents[1]
PROGRAM = """
import json, sys
from claimloom.cli import main
try:
    main(sys.argv[1:])
except SystemExit as end:
    code = end.code
sys.stderr.write(json.dumps([code, sorted(sys.modules)]))
"""
LEDGER = {"sqlalchemy", "alembic", "cryptography"}
WORKERS = {"structlog", "prometheus_client", "aiokafka", "faust", "psycopg", "asyncio"}
LOOKS = {"rich", "pydantic"}
# On SQLite, with nothing sealed.
LOOKING = {"alembic", "cryptography", "sqlalchemy.dialects.postgresql"} | (WORKERS - {"asyncio"})
CASES: dict[str, set[str]] = {
    "--version": LEDGER | WORKERS | LOOKS | {"typer"},
    "x12 check edi_samples/835/835_example.edi": LEDGER | WORKERS | LOOKS,
    "x12 mask edi_samples/835/835_example.edi": LEDGER | WORKERS | LOOKS,
    "units 97110=23 97140=15": LEDGER | WORKERS | {"rich"},
    "price 97530:GO*2@15000 --date 2026-11-16": LEDGER | WORKERS | {"rich"},
    "rules explain MOD-008": LEDGER | WORKERS,
    "--help": LEDGER | WORKERS,
    "claims --help": LEDGER | WORKERS,
    "claims show V00001 --data {data}": LOOKING,
    "worklist --data {data}": LOOKING,
}
"""Commands, and what they do without."""


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("start") / "demo"
    assert claimloom("demo", "--visits", "5", "--data", folder, "--json").returncode == 0
    return folder


@pytest.mark.process
@pytest.mark.parametrize("line", CASES)
def test_a_command_imports_what_it_uses(line: str, data: Path) -> None:
    words = line.replace("{data}", str(data)).split()
    command = [sys.executable, "-c", PROGRAM, *words]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    code, imported = json.loads(done.stderr)
    assert code == 0
    assert CASES[line] & set(imported) == set()


def entries() -> Iterator[tuple[tuple[str, ...], Entry]]:
    for word, found in COMMANDS.items():
        if isinstance(found, Entry):
            yield (word,), found
        else:
            yield from (((word, each), entry) for each, entry in found.commands.items())


@pytest.mark.parametrize(
    ("path", "entry"), [*entries()], ids=lambda each: "" if isinstance(each, Entry) else " ".join(each)
)
def test_table_and_functions_agree(path: tuple[str, ...], entry: Entry) -> None:
    module, _, function = entry.where.partition(":")
    doc = getdoc(getattr(import_module(f"claimloom.cli.{module}"), function))
    assert doc is not None
    assert doc.partition("\n\n")[0] == entry.help
    assert f"claimloom {' '.join(path)} " in claimloom(*path, "--help").stdout


GROUPS = [(), *((word,) for word, found in COMMANDS.items() if isinstance(found, Entries))]


@pytest.mark.parametrize("group", GROUPS, ids=" ".join)
def test_help_lists_every_command(group: tuple[str, ...]) -> None:
    listed = COMMANDS
    if group:
        found = COMMANDS[group[0]]
        assert isinstance(found, Entries)
        listed = found.commands
    done = claimloom(*group, "--help", environment={"COLUMNS": "200"})
    assert done.returncode == 0
    assert re.findall(r"^│ ([a-z][a-z\d-]*) ", done.stdout, re.MULTILINE) == list(listed)
    for entry in listed.values():
        assert entry.help in done.stdout


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("claims find M\u00fcller --data none", "none: no data folder of claimloom"),
        ("claims list --limit -1", "Invalid value for '--limit'"),
        ("x12 check", "Missing argument 'files'; see "),
        ("price 97110*1@7000 --date 2026-13-01", "'2026-13-01' does not match the form YYYY-MM-DD"),
    ],
)
def test_what_may_be_refused_goes_the_long_way(line: str, said: str, tmp_path: Path) -> None:
    done = claimloom(*line.split(), cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
