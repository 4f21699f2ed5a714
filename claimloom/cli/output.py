"""What all commands print with: two printers, and JSON on stdout."""

from __future__ import annotations

import json
import os
import re
import sys
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

# In a pipe there is no width to fit into: lines stay whole, so that a table can be cut and searched.
PIPE_WIDTH: Final = 240
# What a terminal would obey instead of showing it: control characters but line breaks and tabs, marks that turn the
# direction of writing, and bytes that were no text.
OBEYED: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
# Longer than any path that somebody has.
LINE: Final = 2000
FORCING: Final = frozenset({"FORCE_COLOR", "TTY_COMPATIBLE"})


class Styled(NamedTuple):
    """A piece of a line, in a style of rich."""

    text: str
    style: str


def bold(text: object) -> Styled:
    """A piece that stands out."""
    return Styled(str(text), "bold")


def visible(text: str) -> str:
    """A text of others as it may be shown: what a terminal would obey stands there as its escape."""
    return OBEYED.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def one_line(text: str) -> str:
    """The same in a line that can be read: without breaks, and of a very long one its two ends."""
    line = visible(text).replace("\n", "\\n").replace("\t", "\\t")
    return line if len(line) <= LINE else f"{line[: LINE // 2]} ... {line[-LINE // 2 :]}"


class Printer:
    """Prints as a console of rich does, which is imported for what needs it: a terminal, a table, a text of pieces.

    Texts hold no marks, since most of what is printed comes from others' files: what has a style is a piece of its own.
    """

    def __init__(self, *, stderr: bool) -> None:
        self.stderr = stderr

    @cached_property
    def console(self) -> Console:
        """The console; stdout's keeps lines whole. In our texts ``:B:`` is a component of an element, and no emoji."""
        from rich.console import Console  # noqa: PLC0415 - see above

        if self.stderr:
            return Console(stderr=True, highlight=False, emoji=False, markup=False)
        width = None if sys.stdout.isatty() else PIPE_WIDTH
        return Console(soft_wrap=True, highlight=False, emoji=False, markup=False, width=width)

    @property
    def width(self) -> int:
        """Columns."""
        return self.console.width

    @property
    def is_terminal(self) -> bool:
        """Whether a person looks at it, or something that takes colours."""
        stream = sys.stderr if self.stderr else sys.stdout
        return stream.isatty() or not FORCING.isdisjoint(os.environ)

    def print(self, *pieces: str | Styled | Table, style: str = "", soft_wrap: bool = False) -> None:
        """A line of pieces, all of it in a style if one is given; or a table, whose cells were made visible."""
        soft_wrap = soft_wrap or not self.stderr
        texts = [Styled(piece, "") if isinstance(piece, str) else piece for piece in pieces]
        shown = [(visible(each.text), each.style) for each in texts if isinstance(each, Styled)]
        if len(shown) < len(texts):
            self.console.print(*pieces, soft_wrap=soft_wrap)
        elif not self.is_terminal and soft_wrap:
            (sys.stderr if self.stderr else sys.stdout).write("".join(text for text, _ in shown) + "\n")
        else:
            from rich.text import Text  # noqa: PLC0415 - see above

            self.console.print(Text.assemble(*shown, style=style), soft_wrap=soft_wrap)


out = Printer(stderr=False)
notes = Printer(stderr=True)


def say_next(place: str) -> None:
    """Of JSON the next page's place stands on stderr: stdout is for rows."""
    if place:
        notes.print(f"there is more; the next page: --after {place}", soft_wrap=True)


def print_json(value: Any) -> None:
    """One line of JSON on stdout."""
    sys.stdout.write(json.dumps(value) + "\n")
