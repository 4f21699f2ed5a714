"""What the ``x12`` commands share: where a file comes from, its name in an error, and where one goes."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Final, TypeVar

import typer

from claimloom.cli.output import out
from claimloom.errors import PlainError
from claimloom.x12.reading.source import LIMITS, Source

Answer = TypeVar("Answer")
File = Annotated[Path, typer.Argument(help="A file, plain, gzip or zip; - for standard input.", show_default=False)]
Files = Annotated[list[Path], typer.Argument(help="Files, plain, gzip or zip; - for standard input.")]
Phi = Annotated[bool, typer.Option("--show-phi", help="Show names, member ids and birth dates.")]
Output = Annotated[
    Path | None, typer.Option("--out", help="Where to write it; default standard output.", show_default=False)
]
STDIN: Final = Path("-")
TERMINAL_WIDTH: Final = 80


def source_of(path: Path) -> Source:
    """A path as it is, or all of standard input, no more than a file may have."""
    if path != STDIN:
        return path
    data = sys.stdin.buffer.read(LIMITS.file_bytes + 1)
    if len(data) > LIMITS.file_bytes:
        raise PlainError(f"-: more than {LIMITS.file_bytes:,} bytes; split it into smaller files")
    return data


def of_file(path: Path, act: Callable[[Source], Answer], source: Source | None = None) -> Answer:
    """What is done with a file; an error names the file."""
    try:
        return act(source_of(path) if source is None else source)
    except IsADirectoryError:
        raise PlainError(f"{path}: is a folder; name a file in it") from None
    except OSError as error:
        raise PlainError(f"{path}: {error.strerror}") from None
    except PlainError as error:
        raise PlainError(f"{path}: {error}") from None


def width() -> int:
    """Columns of the terminal; 0 in a pipe, where lines stay whole."""
    return max(out.width, 40) if out.is_terminal else 0


def write(data: bytes, to: Path | None) -> None:
    """Into a new file, or on standard output: byte by byte into a pipe, as it may be shown on a terminal."""
    if to is None and sys.stdout.isatty():
        for line in data.decode("latin-1").replace("\r\n", "\n").removesuffix("\n").split("\n"):
            out.print(line)
        return
    if to is None:
        sys.stdout.buffer.write(data)
        sys.stdout.flush()
        return
    try:
        with to.open("xb") as file:
            file.write(data)
    except FileExistsError:
        raise PlainError(f"{to}: is there already; choose another name") from None
    except OSError as error:
        raise PlainError(f"{to}: cannot be written, {error.strerror}; choose another name") from None
