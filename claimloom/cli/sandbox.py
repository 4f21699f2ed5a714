"""``sandbox answer`` and ``sandbox serve``: a payer to try claims on, its answers and the truth of them; only files."""

from __future__ import annotations

import time
from collections import Counter as Counts
from pathlib import Path
from typing import Annotated

import typer

from claimloom.cli.folder import settings_of
from claimloom.cli.options import AsOf, Data, Json
from claimloom.cli.output import notes, out, print_json
from claimloom.errors import PlainError
from claimloom.rights import make_folder
from claimloom.sandbox.payer import Payer
from claimloom.sandbox.scenario import mix_named
from claimloom.sandbox.serve import Counter, Round, answers_of, lines, put, read_claims
from schemas.words import counted

TRUTH = "truth.jsonl"
Mix = Annotated[
    str, typer.Option("--mix", help="realistic, demo, all, or names of scenarios with commas.", metavar="NAME[,NAME]")
]
Seed = Annotated[int, typer.Option("--seed", help="Another seed, other decisions.")]


def answer(
    file: Path,
    folder: Annotated[Path, typer.Option("--out", help="Folder for the answers; made if it is not there.")],
    mix: Mix = "realistic",
    seed: Seed = 7,
    weeks: Annotated[
        int | None, typer.Option("--weeks", min=0, max=100, help="Only what comes so soon.", show_default=False)
    ] = None,
    as_of: AsOf = None,
    as_json: Json = False,
) -> None:
    """Answer an 837P file as payers do: 999, 277CA and 835s by week, and the truth of what was done."""
    chosen = mix_named(mix)
    text = read_claims(file)
    payer = Payer(seed, settings_of(None, as_of).now().date(), chosen)
    try:
        found = dict(answers_of(payer, text, weeks))
    except PlainError as error:
        raise PlainError(f"{file}: {error}") from None
    found[TRUTH] = lines(payer)
    if folder.exists() and not folder.is_dir():
        raise PlainError(f"{folder}: is a file; a folder is expected after --out")
    for name in found:
        if (folder / name).exists():
            raise PlainError(f"{folder / name}: is there already; choose another folder")
    make_folder(folder)
    for name, content in found.items():
        put(folder / name, content)
    labels = Counts(each["label"] for each in payer.truth())
    if as_json:
        print_json({"claims": len(payer.decisions), "weeks": payer.weeks, "files": sorted(found), "labels": labels})
        return
    for name in sorted(found):
        out.print(str(folder / name))
    said = ", ".join(f"{count} {label}" for label, count in labels.most_common())
    notes.print(f"{counted(len(payer.decisions), 'claim')}: {said}", soft_wrap=True)


def serve(
    data: Data = None,
    mix: Mix = "realistic",
    seed: Seed = 7,
    rounds: Annotated[
        int | None, typer.Option("--rounds", min=1, max=1000, help="Weeks to go by; default 8.", show_default=False)
    ] = None,
    seconds: Annotated[
        float | None, typer.Option("--seconds", min=1, max=86_400, help="Stop after so long.", show_default=False)
    ] = None,
    pause: Annotated[float, typer.Option("--pause", min=0, max=3600, help="Seconds between two weeks.")] = 2.0,
    tenant: Annotated[str, typer.Option("--tenant", help="Put answers into inbound/TENANT.")] = "",
    as_of: AsOf = None,
    as_json: Json = False,
) -> None:
    """Answer the claims of a data folder, a week a round: outbound is looked into, answers come into inbound."""
    settings = settings_of(data, as_of)
    counter = Counter(settings.data, mix=mix, seed=seed, start=settings.now().date(), tenant=tenant)
    end = time.monotonic() + seconds if seconds else None
    left = rounds if rounds is not None else (1000 if seconds else 8)
    while True:
        _tell(counter.serve(), as_json)
        left -= 1
        if left <= 0 or (end is not None and time.monotonic() + pause >= end):
            return
        time.sleep(pause)


def _tell(made: Round, as_json: bool) -> None:
    if as_json:
        print_json(
            {"week": made.number, "on": made.on.isoformat(), "answered": made.taken, "files": sorted(made.written)}
        )
    else:
        files = counted(len(made.written), "file")
        out.print(f"week {made.number}, {made.on}: {len(made.taken)} answered, {files} into inbound", soft_wrap=True)
    for reason in made.skipped:
        notes.print(reason, soft_wrap=True)
