"""``topics``: the topics of the broker, as they are declared."""

from __future__ import annotations

import asyncio

import typer

from claimloom.cli.options import Data, Json
from claimloom.cli.output import out, print_json
from claimloom.errors import PlainError
from claimloom.settings import Broker, Settings, read_settings
from schemas.words import counted


def create(data: Data = None, as_json: Json = False) -> None:
    """Make the topics that are not there."""
    from claimloom.runtime.kafka.topics import create_topics  # noqa: PLC0415 - see worker

    made = asyncio.run(create_topics(_broker(read_settings(data))))
    if as_json:
        print_json({"created": made})
    else:
        out.print(f"{counted(len(made), 'topic')} made" + (f": {', '.join(made)}" if made else ", all are there"))


def check(data: Data = None, as_json: Json = False) -> None:
    """Say what differs from the declaration. Exit 1 if something does."""
    from claimloom.runtime.kafka.topics import check_topics  # noqa: PLC0415 - see worker

    wrong = asyncio.run(check_topics(_broker(read_settings(data))))
    if as_json:
        print_json({"differences": wrong})
    else:
        for each in wrong:
            out.print(each)
        out.print(f"{counted(len(wrong), 'difference')}" if wrong else "all topics are as declared")
    raise typer.Exit(1 if wrong else 0)


def _broker(settings: Settings) -> Broker:
    if settings.broker is None:
        raise PlainError("CLAIMLOOM_KAFKA is not set; HOST:PORT of a broker is expected")
    return settings.broker
