"""What is named in the code: a class has a name of its own in the whole product, a file that is spoken of is there."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PRODUCT = ("claimloom", "services", "schemas")
# Modules made by a tool name what the guides name, each guide anew: in each of them the module is a part of the name.
MADE = "Made by tools/"
TWICE = {
    "Envelope": "both are public: around an X12 file (claimloom.x12), and around an event (published schema)",
    "Finding": "both are public: of a file (claimloom.x12), and of a claim that was scrubbed (published schema)",
    "Imbalance": "both are public: of a file (claimloom.x12), and of a remittance (published schema)",
}
"""Class names that stand twice, and why they do."""
NAMED = re.compile(r"(?<![\w./*-])(?:[\w-]+/)*[\w-]+\.(?:py|md)\b")


def modules(*folders: str) -> list[Path]:
    return [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]


def test_class_names_are_unique() -> None:
    places: dict[str, list[str]] = {}
    for path in modules(*PRODUCT):
        text = path.read_text(encoding="utf-8")
        if MADE in text[:400]:
            continue
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.ClassDef):
                places.setdefault(node.name, []).append(f"{path.relative_to(ROOT)}:{node.lineno}")
    found = {name: where for name, where in places.items() if len(where) > 1}
    assert {name: where for name, where in found.items() if name not in TWICE} == {}
    assert sorted(found) == sorted(TWICE), "an exception that is none any more goes out of the table"
    assert all(len(where) == 2 for where in found.values()), found


def said(text: str) -> Iterator[str]:
    """Comments, docstrings, and the texts that stand behind a value as its docstring."""
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            yield token.string
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            yield node.value.value


FILES = {
    str(path.relative_to(ROOT)) for folder in ("docs", "deploy", "edi_samples") for path in (ROOT / folder).rglob("*")
}
FILES |= {str(path.relative_to(ROOT)) for path in modules(*PRODUCT, "tests", "tools", "benchmarks")}
FILES |= {path.name for path in ROOT.iterdir()}
ENDS = {file[at:] for file in FILES for at in [0, *(place.end() for place in re.finditer("/", file))]}


@pytest.mark.parametrize("folder", [*PRODUCT, "tools", "tests", "benchmarks"])
def test_files_that_are_spoken_of_are_there(folder: str) -> None:
    """By their whole path, or by its end: ``steps.py``, ``reading/steps.py``."""
    missing = [
        f"{path.relative_to(ROOT)}: {name}"
        for path in modules(folder)
        for text in said(path.read_text(encoding="utf-8"))
        for name in NAMED.findall(text)
        if name not in (FILES if name.split("/")[0] in (*PRODUCT, "tests", "tools", "docs") else ENDS)
    ]
    assert missing == []
