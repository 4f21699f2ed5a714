"""README shows real output: every command in it is run, in its order, and must print what stands there."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

import pytest

from tests.command import shell

ROOT = Path(__file__).parents[1]
COMMANDS_WITH_SHOWN_OUTPUT = 19


def blocks(page: str = "README.md") -> list[tuple[str, list[str]]]:
    """Commands of a page with the lines shown below each."""
    found: list[tuple[str, list[str]]] = []
    inside = shell = False
    for line in (ROOT / page).read_text(encoding="utf-8").splitlines():
        if line.startswith("```"):
            inside, shell = not inside, line == "```"  # a language is no shell
        elif inside and shell and line.startswith("$ "):
            found.append((line[2:], []))
        elif inside and shell and found:
            found[-1][1].append(line.rstrip())
    return found


def plain(text: str) -> list[str]:
    """Lines, without what stands behind their last words."""
    return [line.rstrip() for line in text.rstrip().splitlines()]


def test_every_command_prints_what_is_shown(tmp_path: Path) -> None:
    (tmp_path / "edi_samples").symlink_to(ROOT / "edi_samples")
    shown = 0
    for command, expected in blocks():
        done = shell(command, cwd=tmp_path, environment={"CLAIMLOOM_DATA": str(tmp_path / "data")})
        # the check that is shown finds something, and says so by its exit status
        assert done.returncode == (1 if command.startswith("claimloom x12 check") else 0), (command, done.stderr)
        if expected:
            assert plain(done.stdout) == plain("\n".join(expected)), command
            shown += 1
    assert shown == COMMANDS_WITH_SHOWN_OUTPUT


def test_example_of_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    failed, tried = doctest.testfile(str(ROOT / "README.md"), module_relative=False)
    assert (failed, tried) == (0, 4)


@pytest.mark.parametrize(
    "page", ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", *map(str, (ROOT / "docs").glob("*.md"))]
)
def test_links_lead_somewhere(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#]+)\)", text):
        assert ((ROOT / page).parent / target).exists(), target
