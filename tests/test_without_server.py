"""Without the extra "server" everything works but what uses Kafka or PostgreSQL, and that says what to install."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from claimloom.cli.root import SERVER

pytestmark = pytest.mark.process

ROOT = Path(__file__).parents[1]
# And what comes along with them.
REFUSED = SERVER | {
    "aiohttp",
    "colorlog",
    "intervaltree",
    "opentracing",
    "psycopg_binary",
    "terminaltables",
    "venusian",
}
PROGRAM = f"""
import sys

class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {sorted(REFUSED)}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Refuse())
"""
COMMAND_LINE = f"{PROGRAM}\nfrom claimloom.cli import main\nmain(sys.argv[1:])"
LIBRARY = f"""{PROGRAM}
from claimloom import x12
print(x12.check("edi_samples/835/835_example.edi").ok)
print(*sorted({{name.partition(".")[0] for name in sys.modules}} & {{"sqlalchemy", "structlog", "typer", "pyx12"}}))
"""


def run(
    *arguments: str, program: str = COMMAND_LINE, environment: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", program, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT, env=environment)


def test_demo_and_run(tmp_path: Path) -> None:
    done = run("demo", "--visits", "20", "--data", str(tmp_path / "demo"), "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["truth"]["disagree"] == []
    done = run("run", "--until-idle", "--data", str(tmp_path / "run"), "--json")
    assert (done.returncode, json.loads(done.stdout)["claims"]) == (0, 0)


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["--version"],
        ["worker", "--help"],
        ["x12", "check", "edi_samples/835/835_example.edi"],
        ["x12", "check", "edi_samples/835/835_example.edi", "--validator", "pyx12"],
        ["price", "97530:GO*2@15000", "--date", "2026-11-16"],
        ["rules", "explain", "MOD-008"],
    ],
    ids=" ".join,
)
def test_commands_on_one_machine(arguments: list[str]) -> None:
    done = run(*arguments)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("arguments", "missing"),
    [
        (["worker", "claim_builder"], "aiokafka"),
        (["topics", "create"], "aiokafka"),
        (["topics", "check"], "aiokafka"),
        (["--db", "postgresql://user@localhost/claims", "claims", "list"], "psycopg"),
        (["--db", "postgresql://user@localhost/claims", "db", "check"], "psycopg"),
    ],
    ids=lambda each: " ".join(each) if isinstance(each, list) else each,
)
def test_what_needs_the_extra_says_so(arguments: list[str], missing: str, tmp_path: Path) -> None:
    done = run(*arguments, "--data", str(tmp_path))
    said = f'claimloom: {missing} is not installed; Kafka and PostgreSQL need the extra "server", in a clone: '
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == said + 'pip install ".[server]"\n'


def test_library_needs_no_part_of_the_command_line() -> None:
    done = run(program=LIBRARY)
    assert (done.returncode, done.stdout, done.stderr) == (0, "True\n\n", "")


def test_extra_is_what_the_image_and_the_lock_hold() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    names = {each.partition("==")[0].partition(">=")[0] for each in project["optional-dependencies"]["server"]}
    assert names == {"aiokafka", "faust-streaming", "psycopg[binary]", "uvloop"}
    assert not any(each.startswith(("aiokafka", "faust", "psycopg", "uvloop")) for each in project["dependencies"])
    locked = (ROOT / "requirements.lock").read_text()
    assert all(f"\n{name.partition('[')[0]}==" in locked for name in names)
    assert "://" not in locked
    assert "pyproject.toml --extra server" in (ROOT / "deploy/Dockerfile").read_text()
