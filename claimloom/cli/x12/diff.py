"""``x12 diff``: what is different between two files, by what they mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from itertools import groupby
from typing import Any, Final

import typer

from claimloom.cli.options import Json
from claimloom.cli.output import out, print_json
from claimloom.cli.x12.files import File, Phi, of_file
from claimloom.x12.reading.files import read_some
from claimloom.x12.showing.diff import Difference, diff

STYLES: Final = {"added": "green", "removed": "red", "changed": "yellow"}


def diff_files(one: File, two: File, as_json: Json = False, show_phi: Phi = False) -> None:
    """Compare two files by what they mean: claims, lines, segments, values. Exit 1 if they differ.

    Envelope numbers and dates, batch numbers, levels, order and layout do not matter; 80.50 is 80.5.
    """
    found = diff(of_file(one, read_some), of_file(two, read_some))
    if as_json:
        for each in found:
            print_json(_as_json(each, show_phi=show_phi))
    elif not found:
        out.print(f"{one} and {two} mean the same", style="green")
    else:
        count = f"{len(found):,} difference{'' if len(found) == 1 else 's'}"
        out.print(f"{one} -> {two}: {count}", style="bold")
        for (what, claim), some in groupby(found, key=lambda each: (each.what, each.claim)):
            _print_differences(f"{what} {claim}".strip(), list(some), show_phi=show_phi)
    raise typer.Exit(1 if found else 0)


def _as_json(each: Difference, *, show_phi: bool) -> dict[str, Any]:
    shown = {"old": each.shown(each.old, show_phi=show_phi), "new": each.shown(each.new, show_phi=show_phi)}
    return asdict(each) | shown


def _print_differences(head: str, some: Sequence[Difference], *, show_phi: bool) -> None:
    if not some[0].segment:
        number = some[0].old_segment_number or some[0].new_segment_number
        out.print(f"  {head} {some[0].kind} (segment {number})", style=STYLES[some[0].kind])
        return
    out.print(f"  {head}", style="bold")
    for each in some:
        place = f"{each.loop} {each.segment}{each.element}".strip()
        old, new = each.shown(each.old, show_phi=show_phi), each.shown(each.new, show_phi=show_phi)
        hidden = " (not the same; --show-phi shows it)" if old == new else ""
        values = {"changed": f"{old} -> {new}{hidden}", "added": f"{new} added", "removed": f"{old} removed"}[each.kind]
        numbers = "/".join(str(at) for at in (each.old_segment_number, each.new_segment_number) if at)
        name = f" {each.name}" if each.name else ""
        out.print(f"    {place}{name}: {values} (segment {numbers})", style=STYLES[each.kind])
