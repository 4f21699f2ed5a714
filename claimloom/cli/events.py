"""``events``: what the journal holds, and what a topic carried, as text."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from claimloom.cli.ledger import note_reads, reading
from claimloom.cli.options import Data, Json
from claimloom.cli.output import out, print_json, same_json
from claimloom.errors import PlainError
from claimloom.ledger.views.scope import EVERYTHING
from claimloom.ledger.views.story import claims_of_event, event_by_id
from claimloom.packing import PackedError, unpack


def show_event(
    event: Annotated[str, typer.Argument(help="Id of an event: claims show --json and dead-letters list name it.")],
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Print an event of the journal, unpacked and in the open. It may hold a patient; who looked is noted."""
    with reading(data) as connection:
        found = event_by_id(connection, EVERYTHING, event)
        if found is None:
            raise PlainError(f"event {event}: not here; claims show ID --json names the events of a claim")
        about = claims_of_event(connection, event)
    note_reads(data, "events show", about)
    whole = found.model_dump(mode="json")
    if as_json:
        print_json(whole)
    else:
        for line in json.dumps(whole, indent=2, ensure_ascii=False).split("\n"):
            out.print(line)


def unpack_message(
    file: Annotated[Path, typer.Argument(help="The value of a message of a topic, as it came; - is standard input.")],
) -> None:
    """Print what a topic carried as the text that it is."""
    try:
        packed = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
        text = unpack(packed).decode()
    except OSError as error:
        raise PlainError(f"{file}: {error.strerror}") from None
    except (PackedError, UnicodeDecodeError) as error:
        said = error if isinstance(error, PackedError) else "neither packed nor text"
        raise PlainError(f"{file}: {said}; the value of one message is expected, without its key") from None
    sys.stdout.write(same_json(text if text.endswith("\n") else f"{text}\n"))
