"""Faust as its documentation shows it, to see what it loses: run as a process by test_faust.py.

Arguments: broker, topic, folder, form. Values that were handled are written to FOLDER/handled; while FOLDER/mended does
not exist, the value ``bad`` cannot be handled.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path
from typing import Any

import faust
from mode import CrashingSupervisor

BROKER, TOPIC, FOLDER, FORM = sys.argv[1:]
mended = (Path(FOLDER) / "mended").exists()
app = faust.App(
    f"stock-{TOPIC}",
    broker=f"kafka://{BROKER}",
    store="memory://",
    datadir=tempfile.mkdtemp(),
    web_enabled=False,
    topic_disable_leader=True,
    topic_allow_declare=False,
    broker_commit_interval=0.3,
    consumer_group_instance_id="stock",
)
channel = app.topic(TOPIC, value_type=bytes, value_serializer="raw")


def handle(value: bytes) -> None:
    if value == b"bad" and not mended:
        raise ValueError("cannot be handled")
    with (Path(FOLDER) / "handled").open("ab") as file:
        file.write(value + b"\n")


async def one_by_one(stream: Any) -> None:
    async for value in stream:
        handle(value)


async def by_take(stream: Any) -> None:
    async for values in stream.take(10, within=1.0):
        if b"bad" in values and not mended:
            raise ValueError("cannot be handled")
        for value in values:
            handle(value)


async def head_unacked(stream: Any) -> None:
    async for events in stream.noack_take(100, within=1.0):
        for event in events:
            if event.value == b"bad" and not mended:
                continue  # not handled, not acknowledged: it should come again
            handle(event.value)
            event.ack()
        await asyncio.sleep(0)


FORMS = {"one_by_one": one_by_one, "take": by_take, "head_unacked": head_unacked}
strategy = None if FORM == "one_by_one" else CrashingSupervisor
app.agent(channel, name="stock", supervisor_strategy=strategy)(FORMS[FORM])
faust.Worker(app, loglevel="ERROR", quiet=True).execute_from_commandline()
