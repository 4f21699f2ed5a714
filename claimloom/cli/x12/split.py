"""``x12 split`` and ``x12 join``: several files of one, and one of several."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final

import typer

from claimloom.cli.output import out
from claimloom.cli.x12.files import File, Files, Output, of_file, write
from claimloom.errors import PlainError
from claimloom.x12.reading.document import Document
from claimloom.x12.reading.files import read_some
from claimloom.x12.showing.split import join, split

Number = Annotated[
    int | None,
    typer.Option(
        "--number",
        help="ISA13 of the first file; default that of the file.",
        min=1,
        max=999_999_999,
        show_default=False,
    ),
]
WAYS: Final = ("transaction", "provider", "claims")
ENDS: Final = {"sender": (5, 6), "receiver": (7, 8), "usage": (15,)}


def split_file(
    file: File,
    folder: Annotated[Path, typer.Option("--out", help="Folder for the files; made if it is not there.")],
    by: Annotated[str, typer.Option("--by", help="transaction, provider, or claims with --claims.")] = "",
    claims: Annotated[
        int | None,
        typer.Option("--claims", help="At most so many claims a file (837P).", min=1, show_default=False),
    ] = None,
    number: Number = None,
) -> None:
    """Make several files of one, each with control numbers and counts of its own. Prints their names."""
    how = by or ("claims" if claims else "transaction")
    if how not in WAYS:
        raise PlainError(f"--by {how}: choose {', '.join(WAYS[:-1])} or {WAYS[-1]}")
    if (how == "claims") != (claims is not None):
        raise PlainError("--by claims and --claims N go together; the other ways have no number")
    files = of_file(file, lambda source: split(read_some(source), how, claims=claims or 0, first_number=number or 0))
    _make(folder)
    stem = file.name.split(".")[0] if file.name != "-" else "split"
    names = [folder / f"{stem}_{count:0{max(3, len(str(len(files))))}d}.edi" for count in range(1, len(files) + 1)]
    for name in names:
        if name.exists():
            raise PlainError(f"{name}: is there already; choose another folder")
    for name, data in zip(names, files, strict=True):
        write(data, name)
        out.print(str(name))


def join_files(files: Files, to: Output = None, number: Number = None) -> None:
    """Make one file of several of the same sender and receiver: one interchange, right control numbers and counts."""
    documents = [of_file(path, read_some) for path in files]
    for path, document in zip(files, documents, strict=True):
        _of_one_pair(path, document, files[0], documents[0])
    try:
        data = join(documents, number=number or 0)
    except PlainError as error:
        raise PlainError(f"{_culprit(files, documents)}: {error}") from None
    write(data, to)


def _of_one_pair(path: Path, document: Document, first_path: Path, first: Document) -> None:
    """PlainError that says both values where a file is of another sender, receiver or usage than the first."""
    wanted = first.interchanges[0].header
    for interchange in document.interchanges:
        for what, at in ENDS.items():
            one, other = (
                " ".join(header.get(each).strip() or "(blank)" for each in at)
                for header in (interchange.header, wanted)
            )
            if one != other:
                said = f"{what} {one}, but {first_path} has {other}"
                raise PlainError(f"{path}: {said}; join only what has the same sender, receiver and usage")


def _culprit(files: Sequence[Path], documents: Sequence[Document]) -> Path:
    """The file that cannot be joined, alone or to the first one."""
    for path, document in zip(files, documents, strict=True):
        try:
            join([documents[0], document] if document is not documents[0] else [document])
        except PlainError:
            return path
    return files[-1]


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        raise PlainError(f"{folder}: is a file; a folder is expected after --out") from None
    except OSError as error:
        raise PlainError(f"{folder}: cannot be made, {error.strerror}; choose another folder") from None
