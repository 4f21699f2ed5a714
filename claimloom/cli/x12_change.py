"""``x12 mask``, ``diff``, ``split``, ``join``, ``ack``: files made of files, and what is different between two."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import asdict
from itertools import groupby
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.text import Text

from claimloom.cli.common import AsOf, Json, notes, out, print_json, settings_of
from claimloom.cli.x12_common import File, Files, Phi, of_file
from claimloom.errors import PlainError
from claimloom.x12.checking.check import check
from claimloom.x12.reading.document import Document
from claimloom.x12.reading.files import read_some
from claimloom.x12.showing.diff import Difference, diff
from claimloom.x12.showing.mask import mask
from claimloom.x12.showing.split import join, split

Output = Annotated[
    Path | None, typer.Option("--out", help="Where to write it; default standard output.", show_default=False)
]
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
STYLES: Final = {"added": "green", "removed": "red", "changed": "yellow"}


def add_to(x12: typer.Typer) -> None:
    """Put the commands on the command line."""
    x12.command("mask")(mask_file)
    x12.command("diff")(diff_files)
    x12.command("split")(split_file)
    x12.command("join")(join_files)
    x12.command("ack")(acknowledge_file)


def mask_file(file: File, to: Output = None) -> None:
    """Print the file with names and numbers replaced: same structure, findings and balances, for a bug report.

    Distances between days stay, so treat it as a limited data set, not as a public one.
    """
    _write(of_file(file, mask), to)


# ---- diff ------------------------------------------------------------------------------------------------------------


def diff_files(one: File, two: File, as_json: Json = False, show_phi: Phi = False) -> None:
    """Compare two files by what they mean: claims, lines, segments, values. Exit 1 if they differ.

    Envelope numbers and dates, batch numbers, levels, order and layout do not matter; 80.50 is 80.5.
    """
    found = diff(of_file(one, read_some), of_file(two, read_some))
    if as_json:
        for each in found:
            print_json(_as_json(each, show_phi=show_phi))
    elif not found:
        out.print(f"{one} and {two} mean the same", style="green", markup=False)
    else:
        count = f"{len(found):,} difference{'' if len(found) == 1 else 's'}"
        out.print(f"{one} -> {two}: {count}", style="bold", markup=False)
        for (what, claim), some in groupby(found, key=lambda each: (each.what, each.claim)):
            _print_differences(f"{what} {claim}".strip(), list(some), show_phi=show_phi)
    raise typer.Exit(1 if found else 0)


def _as_json(each: Difference, *, show_phi: bool) -> dict[str, Any]:
    shown = {"old": each.shown(each.old, show_phi=show_phi), "new": each.shown(each.new, show_phi=show_phi)}
    return asdict(each) | shown


def _print_differences(head: str, some: Sequence[Difference], *, show_phi: bool) -> None:
    if not some[0].segment:
        number = some[0].old_segment_number or some[0].new_segment_number
        out.print(Text(f"  {head} {some[0].kind} (segment {number})", STYLES[some[0].kind]))
        return
    out.print(f"  {head}", style="bold", markup=False)
    for each in some:
        place = f"{each.loop} {each.segment}{each.element}".strip()
        old, new = each.shown(each.old, show_phi=show_phi), each.shown(each.new, show_phi=show_phi)
        hidden = " (not the same; --show-phi shows it)" if old == new else ""
        values = {"changed": f"{old} -> {new}{hidden}", "added": f"{new} added", "removed": f"{old} removed"}[each.kind]
        numbers = "/".join(str(at) for at in (each.old_segment_number, each.new_segment_number) if at)
        name = f" {each.name}" if each.name else ""
        out.print(Text(f"    {place}{name}: {values} (segment {numbers})", STYLES[each.kind]))


# ---- split and join --------------------------------------------------------------------------------------------------


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
        _write(data, name)
        out.print(str(name), markup=False)


def join_files(files: Files, to: Output = None, number: Number = None) -> None:
    """Make one file of several of the same sender and receiver: one interchange, right control numbers and counts."""
    documents = [of_file(path, read_some) for path in files]
    for path, document in zip(files, documents, strict=True):
        _of_one_pair(path, document, files[0], documents[0])
    try:
        data = join(documents, number=number or 0)
    except PlainError as error:
        raise PlainError(f"{_culprit(files, documents)}: {error}") from None
    _write(data, to)


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


# ---- acknowledgment --------------------------------------------------------------------------------------------------


def acknowledge_file(file: File, to: Output = None, as_of: AsOf = None) -> None:
    """Print the TA1 and 999 that a receiver of this file would send."""
    from claimloom.x12.writing.acknowledge import acknowledge  # noqa: PLC0415 - brings the writers along

    report = of_file(file, check)
    _write(acknowledge(report, created=settings_of(None, as_of).now()).encode("latin-1"), to)
    if not report.ok:
        notes.print(f"{file}: has findings; claimloom x12 check lists them", markup=False, soft_wrap=True)


def _write(data: bytes, to: Path | None) -> None:
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
