"""Arguments that are the text they are given as, read without pydantic.

Typer has every value read by pydantic, which takes longer to import than typer itself, and most commands take texts,
paths and flags. Whatever could be refused goes typer's way as ever: numbers, days, text that is not ASCII. Checks of a
path (``exists=True``) are not made here: a command says itself what is wrong with a file.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final

import typer

SURROGATE: Final = re.compile("[\ud800-\udfff]")  # a byte of the command line that is none of a text
KINDS: Final[dict[Any, type[str] | type[Path]]] = {str: str, list[str]: str, Path: Path, list[Path]: Path}


def plainly(param: Any) -> Any:
    """The same parameter of a command, which reads what it can without typer's help."""
    if "get_runtime_param" not in vars(param):
        reader = Plainly(param)
        param.get_runtime_param = lambda: reader
    return param


class Plainly:
    """How a parameter reads what was given, or its default."""

    def __init__(self, param: Any) -> None:
        self.annotation = param.type_descriptor.annotation
        self.typers_own = param.get_runtime_param

    def _check(self, value: Any, param: Any, ctx: Any) -> None:
        """What was written must be text, and some: an empty filter, of a variable that is not set, would be none."""
        if KINDS.get(self.annotation) is not str or ctx.get_parameter_source(param.name).name != "COMMANDLINE":
            return
        for each in value if isinstance(value, list | tuple) else (value,):
            if each == "":
                raise typer.BadParameter("is empty", ctx=ctx, param=param)
            if isinstance(each, str) and SURROGATE.search(each):
                raise typer.BadParameter("is no text (UTF-8)", ctx=ctx, param=param)

    def coerce(self, value: Any, param: Any, ctx: Any) -> Any:
        """The value for the command's function."""
        self._check(value, param, ctx)
        several = param.multiple or param.nargs == -1
        if value is None:
            return () if several else None
        kind = KINDS.get(self.annotation)
        if kind and all(isinstance(each, str) and each.isascii() for each in (value if several else (value,))):
            return [kind(each) for each in value] if several else kind(value)
        if type(value) is self.annotation or isinstance(value, Path):
            return value  # the default
        return self.typers_own().coerce(value, param=param, ctx=ctx)
