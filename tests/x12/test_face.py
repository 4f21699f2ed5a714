"""The face of the library: each name stands where it says, and brings no more along than it needs."""

from __future__ import annotations

import ast
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from claimloom import x12

ROOT = Path(__file__).parents[2]
HEAVY = {"sqlalchemy", "alembic", "pyx12", "rich", "typer", "structlog", "pydantic", "faust", "aiokafka"}
CHECKED = "x12.check('edi_samples/835/835_example.edi')"
# What is asked of the library, and the rooms and modules that it must not load.
ASKED = {
    "from claimloom import x12": {"checking", "guides", "reading", "writing", "showing", "nouns", "typed"},
    "import claimloom.x12.checking.check": {"writing", "showing", "nouns", "typed", "checking.second_opinion"},
    f"from claimloom import x12; {CHECKED}.findings": {"writing", "showing", "nouns", "typed"},
    "from claimloom import x12; [*x12.stream('edi_samples/837p/fifty_lines.edi')]": {
        "checking",
        "writing",
        "showing",
    },
    "from claimloom import x12; list(x12.describe(x12.read('edi_samples/835/835_example.edi')))": {"writing", "nouns"},
    "from claimloom import x12; x12.mask('edi_samples/835/835_example.edi')": {"checking", "writing", "nouns"},
}


@pytest.mark.process
@pytest.mark.parametrize("asked", ASKED)
def test_what_is_asked_loads_no_more_than_it_needs(asked: str) -> None:
    program = f"import sys\n{asked}\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT)
    loaded = set(done.stdout.split())
    assert HEAVY & {each.partition(".")[0] for each in loaded} == set()
    assert {f"claimloom.x12.{each}" for each in ASKED[asked]} & loaded == set()
    assert "schemas.claim" not in loaded


def test_names_are_the_same_for_who_runs_and_who_reads_them() -> None:
    """The table, ``__all__`` and the imports for type checkers say one thing."""
    assert list(x12.HOMES) == x12.__all__
    tree = ast.parse(Path(x12.__file__).read_text(encoding="utf-8"))
    told = {
        each.name: node.module
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("claimloom.x12.")
        for each in node.names
    }
    assert told == {name: f"claimloom.x12.{home}" for name, home in x12.HOMES.items()}


@pytest.mark.parametrize("name", x12.__all__)
def test_a_name_is_that_of_its_module(name: str) -> None:
    assert getattr(x12, name) is getattr(import_module(f"claimloom.x12.{x12.HOMES[name]}"), name)
    assert name in dir(x12)


def test_a_name_that_is_none_is_an_error() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'validate_everything'"):
        x12.validate_everything  # noqa: B018
