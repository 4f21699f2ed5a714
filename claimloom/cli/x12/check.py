"""``x12 check``: everything that is wrong with files, grouped, each with its segment and a caret under its element."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import groupby
from pathlib import Path
from textwrap import wrap
from typing import Annotated, Any, Final

import typer

from claimloom.cli.options import Data, Json
from claimloom.cli.output import Styled, out, print_json
from claimloom.cli.x12.files import Files, Phi, of_file, source_of, width
from claimloom.errors import PlainError
from claimloom.reference.releases import Lists
from claimloom.settings import read_settings
from claimloom.x12.checking.check import check
from claimloom.x12.checking.report import Report
from claimloom.x12.guides.delimiters import Delimiters
from claimloom.x12.guides.findings import Finding
from claimloom.x12.guides.kinds import NOT_SUPPORTED
from claimloom.x12.reading.document import Segment
from claimloom.x12.reading.source import Source, chunks
from claimloom.x12.reading.tokenizer import runs
from claimloom.x12.showing.phi import veiled
from schemas.words import counted

PLACES: Final = 3
Marked = tuple[str, Finding]
OURS, PYX12 = "claimloom", "pyx12"
INDENT: Final = "      "


def check_files(
    files: Files,
    as_json: Json = False,
    show_phi: Phi = False,
    everything: Annotated[bool, typer.Option("--all", help=f"Every place, not the first {PLACES} of a kind.")] = False,
    validator: Annotated[str, typer.Option(help="pyx12: run it beside our own check.", metavar="NAME")] = "",
    data: Data = None,
) -> None:
    """Check files: structure, values, balances, situations, codes. Exit 1: findings; 2: a file cannot be read.

    A file of a guide that is not read here says so, and is no finding by that.
    """
    if validator not in ("", PYX12):
        raise PlainError(f"validator {validator}: choose {PYX12}, or leave it out")
    asked = partial(check, lists=Lists(read_settings(data).data / "reference"))
    wrong = unreadable = False
    for path in files:
        try:
            source = source_of(path)
            report = of_file(path, asked, source)
            findings: list[Marked] = [(OURS, each) for each in report.findings]
            if validator:
                findings += [(PYX12, each) for each in _second_opinion(source)]
        except PlainError as error:
            if len(files) == 1 and not as_json:
                raise
            unreadable = True
            _say_unreadable(path, error, as_json=as_json)
            continue
        wrong = wrong or any(each.code != NOT_SUPPORTED for _, each in findings)
        if as_json:
            print_json(_as_json(path, report, findings))
        else:
            _print(path, source, report, findings, show_phi=show_phi, most=10**9 if everything else PLACES)
    raise typer.Exit(2 if unreadable else 1 if wrong else 0)


def _second_opinion(source: Source) -> list[Finding]:
    from claimloom.x12.checking.second_opinion import pyx12_findings  # noqa: PLC0415 - slow, seldom asked for

    data = b"".join(chunks(source)).removeprefix(b"\xef\xbb\xbf")
    return pyx12_findings(data.decode("latin-1"))


def _say_unreadable(path: Path, error: PlainError, *, as_json: bool) -> None:
    said = str(error).removeprefix(f"{path}: ")
    if as_json:
        finding = Finding("unreadable", said)
        print_json(_as_json(path, Report(["unknown"]), [(OURS, finding)]))
    else:
        out.print(f"{path}: cannot be read: {said}", style="red")


def _kind(report: Report) -> str:
    return "+".join(report.kinds) or "interchange without a transaction"


def _as_json(path: Path, report: Report, findings: Sequence[Marked]) -> dict[str, Any]:
    # what stands where a segment's id should be may be text of any kind
    found = [each.json() | {"segment": each.segment[:3], "validator": by} for by, each in findings]
    if report.cut:
        found.append(Finding("findings_left_out", _left_out(report), "warn").json() | {"validator": OURS})
    return {
        "file": str(path),
        "kind": _kind(report),
        "segments": report.segments,
        "transactions": len(report.sets),
        "findings": found,
    }


def _left_out(report: Report) -> str:
    return f"{counted(report.cut, 'more finding is', 'more findings are')} not listed"


# ---- for people ------------------------------------------------------------------------------------------------------


def _print(
    path: Path, source: Source, report: Report, findings: Sequence[Marked], *, show_phi: bool, most: int
) -> None:
    count = len(findings) + report.cut
    said = counted(count, "finding") if count else "no findings"
    sets = counted(len(report.sets), "transaction")
    head = f"{path}: {_kind(report)}, {counted(report.segments, 'segment')}, {sets}, {said}"
    out.print(head, style="bold" if count else "green")
    groups = [
        list(some)
        for _, some in groupby(sorted(findings, key=lambda each: _order(*each)), key=lambda each: _order(*each))
    ]
    shown = {each.segment_number for group in groups for _, each in group[:most]}
    segments = _segments(source, shown)
    for group in groups:
        by, first = group[0]
        whose = f" (by {by})" if by != OURS else ""
        colour = "red" if first.severity == "error" else "yellow"
        places = f"{len(group):,} place{'' if len(group) == 1 else 's'}"
        out.print()
        out.print(Styled(f"  {first.severity} {first.code}", colour), f", {places}{whose}")
        for _, each in group[:most]:
            for line, style in _place(each, segments.get(each.segment_number), show_phi=show_phi):
                out.print(line, style=style)
        if len(group) > most:
            out.print(f"    and {len(group) - most:,} more; --all shows them", style="dim")
    if report.cut:
        out.print()
        out.print(f"  {_left_out(report)}", style="yellow")


def _order(by: str, finding: Finding) -> tuple[bool, bool, str]:
    return (by != OURS, finding.severity != "error", finding.code)


def _segments(source: Source, numbers: set[int]) -> dict[int, Segment]:
    """The segments that are shown, read once more: a check keeps none."""
    if not numbers - {0}:
        return {}
    found: dict[int, Segment] = {}
    last = max(numbers)
    for run in runs(source):
        for index in range(len(run.parts)):
            number = run.number + index
            if number in numbers:
                found[number] = Segment(run.parts[index], run.delimiters, number, run.start(index))
        if run.number + len(run.parts) > last:
            break
    return found


def _place(finding: Finding, segment: Segment | None, *, show_phi: bool) -> Iterator[tuple[str, str]]:
    """Where, what stands there, what is wrong with it, and what to do: lines, each with its style."""
    where = f"segment {finding.segment_number}" if finding.segment_number else f"byte {max(finding.offset, 0)}"
    parts = [f"{finding.member}: {where}" if finding.member else where]
    if finding.loop:
        parts.append(f"loop {finding.loop}")
    if finding.claim:
        parts.append(f"claim {finding.claim}")
    if finding.ack:
        parts.append(f"answered with {finding.ack}")
    yield f"    {', '.join(parts)}", ""
    if segment is not None:
        text, start, length = pointed(finding, segment, show_phi=show_phi)
        text, start = _window(text, start, length)
        yield f"{INDENT}{text}", "cyan"
        yield f"{INDENT}{' ' * start}{'^' * length}", "bold"
    for line in _wrapped(finding.message):
        yield line, ""
    if finding.fix:
        for line in _wrapped(f"To do: {finding.fix}"):
            yield line, "dim"


def _wrapped(text: str) -> list[str]:
    columns = width()
    return wrap(text, columns - 1, initial_indent=INDENT, subsequent_indent=INDENT) if columns else [f"{INDENT}{text}"]


def pointed(finding: Finding, segment: Segment, *, show_phi: bool) -> tuple[str, int, int]:
    """The segment as text, where the caret begins and how long it is.

    A missing segment is noticed at the one behind it: then the caret stands before its first character.
    """
    elements = segment.elements if show_phi else veiled(segment)
    elements = [_visible(each) for each in elements]
    text = _visible(segment.delimiters.element).join(elements)
    position, _, component = finding.element.partition("-")
    if not position or finding.segment != segment.id[:3]:
        return text, 0, 1 if finding.segment != segment.id[:3] else len(elements[0])
    at = int(position)
    if at >= len(elements):
        return text, len(text), 1
    start = sum(len(each) + 1 for each in elements[:at])
    value = elements[at]
    if component or finding.repeat:
        skipped, value = _part(value, segment.delimiters, finding.repeat, int(component or 0))
        start += skipped
    return text, start, max(len(value), 1)


def _part(element: str, marks: Delimiters, repeat: int, component: int) -> tuple[int, str]:
    """One component of one repetition, and how many characters stand before it."""
    repeats = element.split(marks.repetition) if marks.repetition else [element]
    one = repeats[repeat] if repeat < len(repeats) else ""
    before = sum(len(each) + 1 for each in repeats[:repeat])
    if not component:
        return before, one
    parts = one.split(marks.component)
    before += sum(len(each) + 1 for each in parts[: component - 1])
    return before - (component > len(parts)), parts[component - 1] if component <= len(parts) else ""


def _visible(text: str) -> str:
    """Control characters would move the caret, or the terminal."""
    return "".join(each if each.isprintable() else "?" for each in text)


def _window(text: str, start: int, length: int) -> tuple[str, int]:
    """What fits into the terminal, with the caret in it."""
    room = width() - len(INDENT) - 1
    if room < 0 or len(text) <= room:
        return text, start
    first = max(0, min(start - (room - length) // 2, len(text) - room + 6))
    if first < 6:
        return f"{text[: room - 3]}...", start
    tail = text[first + 3 : first + room - 3]
    return f"...{tail}{'...' if first + room - 3 < len(text) else ''}", start - first
