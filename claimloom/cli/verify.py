"""``verify``: whether journal and audit are what was written into them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import Connection

from claimloom.cli.ledger import reading
from claimloom.cli.options import Data, Json
from claimloom.cli.output import out, print_json
from claimloom.errors import PlainError
from claimloom.ledger.chain_key import needed_key
from claimloom.ledger.heads import NAME, Published, lacking, read_published
from claimloom.ledger.verification import Verified
from claimloom.ledger.verification import verify as look
from claimloom.settings import Settings, read_settings
from schemas.words import counted


def verify(
    data: Data = None,
    heads: Annotated[
        Path | None, typer.Option("--heads", help="A copy of heads.json that was kept elsewhere.", show_default=False)
    ] = None,
    as_json: Json = False,
) -> None:
    """Say whether journal and audit are as they were written, by a key outside the database. Exit 1 if not."""
    found, published = verified(read_settings(data), data, heads)
    if as_json:
        print_json(
            {
                "events": found.events,
                "reads": found.reads,
                "records": found.records,
                "older": found.older,
                "erased": found.erased,
                "published": published.time if published else "",
                "faults": [each._asdict() for each in found.faults],
                "more_faults": found.more,
                "heads": [each._asdict() for each in found.ends],
            }
        )
    else:
        tell(found)
        for each in found.ends:
            whose = each.kept if each.kept != "journal" else f"tenant {each.tenant}"
            out.print(f"{whose}: record {each.number}, {each.link}")
        older = f"; {counted(found.older, 'event')} older than the chain" if found.older else ""
        rows = f"{counted(found.events, 'event')} and {counted(found.reads, 'read')}"
        out.print(f"{rows} fit {counted(found.records, 'record')}{older}")
        since = f"heads published at {published.time}" if published else "no heads were published yet"
        out.print(f"{since}: {'not all is as it was written' if found.faults else 'all is as it was written'}")
    raise typer.Exit(1 if found.faults else 0)


def tell(found: Verified) -> None:
    """What does not fit, a line each."""
    for each in found.faults:
        out.print(each.said)
    if found.more:
        out.print(f"and {found.more} more")


def verified(settings: Settings, data: Path | None, heads: Path | None = None) -> tuple[Verified, Published | None]:
    """Everything looked at, and the heads that it was held against. PlainError without the key."""
    key = needed_key(settings.chain_key)
    if heads is not None and not heads.is_file():
        raise PlainError(f"{heads}: no such file")
    # Before the ledger is looked at: what is published after its moment is not in it.
    published = read_published(heads or settings.data / NAME, key)
    with reading(data) as connection:
        return look(connection, key, published), published


def newest_heads(settings: Settings) -> Published | str | None:
    """What was published last, for the cheap part of it; else why it cannot be read."""
    try:
        return read_published(settings.data / NAME, needed_key(settings.chain_key))
    except PlainError as error:
        return str(error)


def state_of_heads(connection: Connection, published: Published | str | None) -> str:
    """``ok``, or what is wrong, by the last records alone: no row is looked at."""
    if published is None or isinstance(published, str):
        return published or "ok"
    lost = lacking(connection, published)
    return f"{counted(len(lost), 'end')} of chains, published before, not here" if lost else "ok"
