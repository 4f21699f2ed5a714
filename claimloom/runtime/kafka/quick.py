"""What Faust does for every message, without what we have no use for: that was half of what it costs (87 us, now 44).

Faust takes each message from its fetcher through ``Service.wait_first``, which makes four tasks to see whether handing
it on, a rebalance, a stop or a crash comes first. Handing on is one put into a queue that has room: nearly always it is
done before anything else could happen. Its monitor keeps counts, times and texts that only Faust's own web page shows.
"""

from __future__ import annotations

from collections.abc import Coroutine, Generator
from time import monotonic
from typing import Any

from faust.events import Event
from faust.sensors import Monitor
from faust.serializers.schemas import Schema
from faust.transport.drivers.aiokafka import Consumer
from faust.types import TP, AppT, EventT, Message, StreamT
from mode.services import WaitResults


class QuickConsumer(Consumer):
    """Faust's consumer; hands a message on at once where nothing is to be waited for."""

    async def wait_first(self, *coros: Any, timeout: Any = None) -> WaitResults:
        """The same answer: the first one is tried here, and only if it has to wait it is put beside the others."""
        first, *others = coros
        if not isinstance(first, Coroutine):
            return await super().wait_first(*coros, timeout=timeout)
        try:
            waits_for = first.send(None)
        except BaseException as end:
            for each in others:
                if isinstance(each, Coroutine):
                    each.close()  # it was never begun
            if isinstance(end, StopIteration):
                return WaitResults([first], [end.value], False)
            raise
        return await super().wait_first(_Begun(first, waits_for), *others, timeout=timeout)


class _Begun:
    """The rest of a coroutine that was begun by hand and waits for something."""

    def __init__(self, coroutine: Coroutine[Any, Any, Any], waits_for: Any) -> None:
        self.coroutine = coroutine
        self.waits_for = waits_for

    def __await__(self) -> Generator[Any, Any, Any]:
        waits_for = self.waits_for
        try:
            while True:
                try:
                    got = yield waits_for
                except GeneratorExit:
                    self.coroutine.close()
                    raise
                except BaseException as error:  # noqa: BLE001 - as ``yield from`` does: what is thrown in goes on
                    waits_for = self.coroutine.throw(error)
                else:
                    waits_for = self.coroutine.send(got)
        except StopIteration as end:
            return end.value


class BytesSchema(Schema[bytes, bytes]):
    """Key and value as they came: without looking for a codec that would give them back unchanged, four times each."""

    def compile(self, app: AppT, **_: Any) -> Any:
        """What makes an event of a message; nothing in it can fail."""

        async def decode(message: Message, *, propagate: bool = False) -> Event:
            return Event(app, message.key, message.value, message.headers, message)

        return decode


class QuickMonitor(Monitor):
    """Faust's monitor with the one thing that Faust itself asks of it: when a partition's stream last moved."""

    def on_message_in(self, tp: TP, offset: int, message: Message) -> None:
        """Not counted; ``claimloom_handled`` counts."""

    def on_stream_event_in(self, tp: TP, offset: int, stream: StreamT[Any], event: EventT[Any]) -> None:
        """Faust looks at this to say that a partition stands still."""
        self.stream_inbound_time[tp] = monotonic()

    def on_stream_event_out(self, tp: TP, offset: int, stream: Any, event: Any, state: Any = None) -> None:
        """Not timed; ``claimloom_step_seconds`` times."""

    def on_message_out(self, tp: TP, offset: int, message: Message) -> None:
        """Not timed."""
