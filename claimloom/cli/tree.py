"""The tree of commands as typer walks it, made of the table; a command's module is imported when it is called."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from claimloom.cli.commands import Entries, Entry
from claimloom.cli.plainly import plainly


class _Command(TyperCommand):
    def get_params(self, ctx: Any) -> list[Any]:
        return [plainly(each) for each in super().get_params(ctx)]


class _Group(TyperGroup):
    def get_params(self, ctx: Any) -> list[Any]:
        return [plainly(each) for each in super().get_params(ctx)]


class CommandByName(TyperCommand):
    """A command of the table, known by its help alone until it is called."""

    def __init__(self, name: str, entry: Entry) -> None:
        super().__init__(name, help=entry.help)
        self.entry = entry

    def load(self) -> Any:
        """The command with its parameters, as typer reads them off its function."""
        module, _, function = self.entry.where.partition(":")
        alone = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
        alone.command(self.name, cls=_Command)(getattr(import_module(f"claimloom.cli.{module}"), function))
        return typer.main.get_command(alone)

    def make_context(self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any) -> Any:
        """Called: from here on the loaded command is the one that runs."""
        return self.load().make_context(info_name, args, parent, **extra)


def group(
    name: str, help_line: str, entries: Mapping[str, Entry | Entries], callback: Callable[..., None] | None = None
) -> TyperGroup:
    """The commands under a word; without one after it, its help. ``callback`` takes the options before the command."""
    app = typer.Typer(
        cls=_Group, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=help_line
    )
    app.callback()(callback or _no_options)
    made = typer.main.get_command(app)
    assert isinstance(made, TyperGroup)
    made.name = name
    for word, entry in entries.items():
        made.add_command(CommandByName(word, entry) if isinstance(entry, Entry) else group(word, *entry), word)
    return made


def _no_options() -> None:
    """A word in between has none."""
