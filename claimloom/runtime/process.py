"""How a process that works for long is set up: what costs at every event and has nothing to do with any of them."""

from __future__ import annotations

import asyncio
import ctypes
import gc
import sys
from typing import Final

# New objects before a look for cycles. An event of a batch is some hundred objects, none of them in a cycle: with the
# default of 700 the collector walked through the batch again and again and took a quarter of a worker's time.
COLLECT_EVERY: Final = 50_000
# Between these looks garbage in cycles piles up, tens of thousands of objects in a busy worker: so a process that works
# for long looks through everything itself now and then, some hundredths of a second each time. With that a worker's
# memory stands still after its first minutes; without it grew for as long as it was watched.
TIDY_SECONDS: Final = 10.0


def settle() -> None:
    """Call it when everything is imported: what is there then stays, and need not be looked at any more."""
    gc.freeze()
    gc.set_threshold(COLLECT_EVERY, 20, 100)


def tidy() -> None:
    """Collect all garbage there is, and give the system back what the C library holds for what was freed."""
    gc.collect()
    if sys.platform == "linux" and (trim := getattr(ctypes.CDLL(None), "malloc_trim", None)):  # glibc's; musl has none
        trim(0)


def use_fast_loop() -> None:
    """asyncio on libuv: a worker's messages, sends and acknowledgments take a third less time on it."""
    if sys.platform == "win32":  # not to be had there
        return
    import uvloop  # noqa: PLC0415

    asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
