"""Sending: events go to their topics in order, and whoever sends waits until the broker has them."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import (
    UnknownTopicOrPartitionError,
)

from claimloom.errors import PlainError
from claimloom.metrics import PUBLISHED, WAITING
from claimloom.packing import pack
from claimloom.runtime.kafka.connect import AWAY, connection_arguments, let_go
from claimloom.runtime.kafka.topics import topic_name
from claimloom.runtime.patience import Patience
from claimloom.settings import Broker
from claimloom.topology import Written

log = structlog.get_logger(__name__)

BACKOFF_SECONDS: Final = (0.2, 0.5, 1.0, 2.0, 5.0)
MESSAGE_BYTES: Final = 8 * 1024 * 1024


def tell_waiting(name: str, error: Exception) -> None:
    WAITING.labels(name, "broker").set(1)
    missing = isinstance(error, UnknownTopicOrPartitionError)
    said = "topic is gone, waiting: claimloom topics create" if missing else "broker away, waiting"
    log.warning(said, service=name, error_type=type(error).__name__)


def _unhurried(producer: AIOKafkaProducer) -> None:
    """aiokafka's sender asks for the leader of a partition again at once if no broker answers, thousands of times a
    second while they are away; so each failed asking takes a moment.
    """
    ask = producer.client._metadata_update

    async def asked(*what: Any) -> Any:
        found = await ask(*what)
        if not found:
            await asyncio.sleep(BACKOFF_SECONDS[0])
        return found

    producer.client._metadata_update = asked


class Publisher:
    """Sends events and waits until the broker has every one of them, for as long as that takes."""

    def __init__(self, broker: Broker, name: str, patience: Patience = Patience()) -> None:  # noqa: B008
        self.broker = broker
        self.name = name
        self.patience = patience
        self._producer: AIOKafkaProducer | None = None

    async def send(self, events: Sequence[Written]) -> None:
        """In order; after a fault all of them again, by a new producer, so that the order of a key stays whole."""
        if not events:
            return
        attempt = 0
        while True:
            try:
                await self._in_time(await self._started(), events)
                break
            except (*AWAY, PlainError) as error:  # PlainError: certificates being renewed
                tell_waiting(self.name, error)
                await self.close()
                await asyncio.sleep(BACKOFF_SECONDS[min(attempt, len(BACKOFF_SECONDS) - 1)])
                attempt += 1
        WAITING.labels(self.name, "broker").set(0)
        for kind, count in Counter(each.event.type for each in events).items():
            PUBLISHED.labels(self.name, kind).inc(count)

    async def _in_time(self, producer: AIOKafkaProducer, events: Sequence[Written]) -> None:
        """aiokafka's idempotent producer tries for ever and says nothing: it is told here, and given up in the end."""
        sending = asyncio.ensure_future(self._acknowledged(producer, events))
        waited = 0.0
        try:
            while not (await asyncio.wait({sending}, timeout=self.patience.tell))[0]:
                waited += self.patience.tell
                if waited >= self.patience.send:
                    raise TimeoutError
                tell_waiting(self.name, TimeoutError())
            sending.result()
        finally:
            sending.cancel()

    async def _acknowledged(self, producer: AIOKafkaProducer, events: Sequence[Written]) -> None:
        sent = [
            await producer.send(
                topic_name(self.broker, each.event.type),
                each.packed or pack(each.body.encode()),
                key=each.event.subject.encode(),
            )
            for each in events
        ]
        await asyncio.gather(*sent)

    async def _started(self) -> AIOKafkaProducer:
        if self._producer is None:
            producer = AIOKafkaProducer(
                **connection_arguments(self.broker),
                enable_idempotence=True,
                acks="all",
                linger_ms=2,
                max_batch_size=256 * 1024,
                max_request_size=MESSAGE_BYTES,
                request_timeout_ms=int(self.patience.send * 1000),
            )
            _unhurried(producer)
            try:
                await producer.start()
            except BaseException:
                await let_go(producer.stop())
                raise
            self._producer = producer
        return self._producer

    async def close(self) -> None:
        """Let go of the connections; what was not acknowledged is not counted as sent."""
        producer, self._producer = self._producer, None
        if producer:
            await let_go(producer.stop())
