"""The pages: commands of docs/cli.md print what stands there; commands, options and files that are named are there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from claimloom.cli.commands import COMMANDS
from claimloom.cli.tree import CommandByName, group
from claimloom.desk.decide import KINDS
from tests.command import shell
from tests.test_readme import blocks

ROOT = Path(__file__).parents[1]
PAGES = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "deploy/README.md"]
PAGES += [f"docs/{path.name}" for path in sorted((ROOT / "docs").glob("*.md"))]
COMMANDS_SHOWN = 13
TREE: Any = group("claimloom", "", COMMANDS)


def test_commands_of_the_page_print_what_is_shown(tmp_path: Path) -> None:
    (tmp_path / "edi_samples").symlink_to(ROOT / "edi_samples")
    shown = blocks("docs/cli.md")
    for command, expected in shown:
        done = shell(command, cwd=tmp_path)
        printed = (done.stdout + done.stderr).rstrip().splitlines()
        assert [line.rstrip() for line in printed] == "\n".join(expected).rstrip().splitlines(), command
        # a check or a diff that is shown finds something, and says so by its exit status
        finds = " check " in command or (" diff " in command and "mean the same" not in "".join(expected))
        assert done.returncode == finds, command
    assert len(shown) == COMMANDS_SHOWN


def words_of(page: str) -> Iterator[list[str]]:
    """Command lines that a page names: in code spans and code blocks, and in the first column of the table."""
    text = (ROOT / page).read_text(encoding="utf-8")
    spans = re.findall(r"(?:`|^\$? ?|\| )claimloom ([a-z][^`|\n#]*)", text, re.MULTILINE)
    if page == "docs/cli.md":
        firsts = [line.split(" | ")[0].replace(r"\|", "/") for line in text.splitlines() if line.startswith("| `")]
        spans += [each for first in firsts for each in re.findall(r"`([^`]+)`", first)]
    return (span.replace("[", " ").replace("]", " ").split() for span in spans)


def commands(node: Any, above: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, command in getattr(node, "commands", {}).items():
        yield (*above, name), command.load() if isinstance(command, CommandByName) else command
        yield from commands(command, (*above, name))


KNOWN = dict(commands(TREE))


@pytest.mark.parametrize("page", PAGES)
def test_commands_and_options_that_are_named_are_there(page: str) -> None:
    for words in words_of(page):
        path: tuple[str, ...] = ()
        if words[0] in ("differ", "import", "on"):  # prose
            continue
        while len(path) < len(words) and (*path, words[len(path)].split("|")[0].rstrip(",.")) in KNOWN:
            path = (*path, words[len(path)].split("|")[0].rstrip(",."))
        if page == "docs/cli.md" and not path:
            path = next((known for known in KNOWN if known[-1] == words[0]), ())
        assert path in KNOWN, (page, words)
        options = {option for each in KNOWN[path].params for option in each.opts}
        named = {word.partition("=")[0] for word in words if word.startswith("--")}
        assert named <= options | {"--help"}, (page, words)


def test_every_command_is_in_the_table() -> None:
    text = (ROOT / "docs/cli.md").read_text(encoding="utf-8")
    table = " ".join(line.split(" | ")[0] for line in text.splitlines() if line.startswith("| `"))
    for path, command in KNOWN.items():
        if not getattr(command, "commands", None):
            assert re.search(rf"`{' '.join(path)}\b|`{path[-1]}\b", table), path


def test_every_kind_of_decision_is_in_its_row() -> None:
    (row,) = [line for line in (ROOT / "docs/cli.md").read_text("utf-8").splitlines() if line.startswith("| `decide ")]
    assert [kind for kind in KINDS if f"`{kind}`" not in row] == []


@pytest.mark.parametrize("page", PAGES)
def test_targets_modules_and_files_that_are_named_are_there(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert set(re.findall(r"(?:`|^)make ([a-z-]+)", text, re.MULTILINE)) <= targets
    for module in re.findall(r"python -m\s+([a-z_0-9.]+)", text):
        assert find_spec(module), module
    for path in re.findall(r"`((?:tests|benchmarks|tools|claimloom|services|edi_samples|deploy)/[\w./-]+)`", text):
        assert (ROOT / path).exists(), path


def test_every_test_that_the_page_of_threats_names_is_there() -> None:
    text = (ROOT / "docs/threats.md").read_text(encoding="utf-8")
    file, named = "", 0
    for path, name in re.findall(r"`(tests/[\w/]+\.py)?(?:::(test_\w+))?`", text):
        file = path or file
        if name:
            named += 1
            assert f"def {name}(" in (ROOT / file).read_text(encoding="utf-8"), (file, name)
    assert named > 25
