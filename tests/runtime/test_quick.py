"""Handing a message on without four tasks answers as Faust's own way does, whatever there is to wait for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from faust.transport.drivers.aiokafka import Consumer
from mode import Service

from claimloom.runtime.kafka.quick import QuickConsumer

KINDS = (Consumer, QuickConsumer)


def consumer(kind: type[Any]) -> Any:
    """One that is connected to nothing: waiting is a matter of its base class."""
    made = kind.__new__(kind)
    Service.__init__(made)
    return made


async def at_once() -> str:
    return "done"


async def later() -> str:
    await asyncio.sleep(0.01)
    await asyncio.sleep(0)
    return "done"


async def fails() -> str:
    raise KeyError("at once")


async def fails_later() -> str:
    await asyncio.sleep(0.01)
    raise KeyError("later")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("what", [at_once, later])
async def test_it_is_handed_on(kind: type[Any], what: Callable[[], Coroutine[Any, Any, str]]) -> None:
    answer = await consumer(kind).wait_first(what(), asyncio.Event().wait())
    assert (answer.results, answer.stopped) == (["done"], False)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("what", [fails, fails_later])
async def test_a_fault_goes_on(kind: type[Any], what: Callable[[], Coroutine[Any, Any, str]]) -> None:
    with pytest.raises(KeyError):
        await consumer(kind).wait_first(what(), asyncio.Event().wait())


@pytest.mark.parametrize("kind", KINDS)
async def test_a_rebalance_interrupts_what_waits(kind: type[Any]) -> None:
    ended: list[str] = []
    rebalance = asyncio.Event()

    async def waits() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("ended")

    waiting = asyncio.ensure_future(consumer(kind).wait_first(waits(), rebalance.wait()))
    await asyncio.sleep(0.01)
    assert (waiting.done(), ended) == (False, [])
    rebalance.set()
    answer = await asyncio.wait_for(waiting, 1)
    await asyncio.sleep(0)
    assert (answer.results, ended) == ([True], ["ended"])


@pytest.mark.parametrize("kind", KINDS)
async def test_a_stop_interrupts_what_waits(kind: type[Any]) -> None:
    one = consumer(kind)
    waiting = asyncio.ensure_future(one.wait_first(asyncio.Event().wait(), asyncio.Event().wait()))
    await asyncio.sleep(0.01)
    one._stopped.set()
    answer = await asyncio.wait_for(waiting, 1)
    assert answer.stopped


@pytest.mark.parametrize("kind", KINDS)
async def test_a_time_limit_holds(kind: type[Any]) -> None:
    answer = await consumer(kind).wait_first(asyncio.Event().wait(), timeout=0.02)
    assert answer.results == []


@pytest.mark.parametrize("kind", KINDS)
async def test_cancelling_reaches_what_waits(kind: type[Any]) -> None:
    ended: list[str] = []

    async def waits() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            ended.append("cancelled")
            raise

    waiting = asyncio.ensure_future(consumer(kind).wait_first(waits()))
    await asyncio.sleep(0.01)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    await asyncio.sleep(0)
    assert ended == ["cancelled"]


async def test_a_queue_that_is_full_is_waited_for_and_order_holds() -> None:
    one = consumer(QuickConsumer)
    queue: asyncio.Queue[int] = asyncio.Queue(2)
    seen: list[int] = []

    async def read() -> None:
        while len(seen) < 50:
            seen.append(await queue.get())

    reading = asyncio.ensure_future(read())
    for number in range(50):
        await one.wait_first(queue.put(number), asyncio.Event().wait())
    await asyncio.wait_for(reading, 1)
    assert seen == list(range(50))
