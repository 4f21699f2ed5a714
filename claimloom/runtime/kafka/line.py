"""A service as a Kafka worker: one Faust app that takes a batch, makes the step durable, sends its outputs, then acks.

Nothing rests on Faust's bookkeeping, which loses messages when a handler raises, when ``take`` acknowledges in its
``finally`` and when one message stays unacknowledged. So: one agent, no concurrency, ``noack_take``; retries and dead
letters happen in the step; outputs go through a producer of our own; every event of a batch is acknowledged, in order,
after all of that. Whatever dies, the batch comes again, and the inbox knows what of it is done.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import faust
import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from faust.types.auth import CredentialsT
from mode import CrashingSupervisor
from pydantic import ValidationError
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from claimloom.errors import PlainError
from claimloom.ledger.journal import Place, places
from claimloom.ledger.vault import MissingMasterError, read_envelope, read_typed
from claimloom.metrics import HANDLED, LAG, OLDEST, WAITING, away
from claimloom.packing import PackedError, unpack
from claimloom.runtime.append import MAX_EVENT_BYTES, is_too_large
from claimloom.runtime.kafka.assignor import assignor
from claimloom.runtime.kafka.connect import AWAY, addresses, admin_of, connection_arguments, let_go, tls
from claimloom.runtime.kafka.publisher import Publisher, tell_waiting
from claimloom.runtime.kafka.quick import BytesSchema, QuickConsumer, QuickMonitor
from claimloom.runtime.kafka.topics import topic_name
from claimloom.runtime.letters import bury_message, safe_error
from claimloom.runtime.patience import Patience
from claimloom.runtime.port import Health
from claimloom.runtime.relay import RELAY_SECONDS, sent, unsent_events
from claimloom.runtime.step import pass_over, run_step
from claimloom.runtime.strangers import StrangerError, check
from claimloom.runtime.taking import AnyEvent, Clock, Policy, utc_now, while_away
from claimloom.sealing import ErasedError, SealError
from claimloom.settings import Broker
from claimloom.topology import Service, Written
from schemas.event import Event

log = structlog.get_logger(__name__)

STOP_LOOK_SECONDS: Final = 0.5
TELL_KNOWN: Final = Policy(tell_known=True)
Reader = Callable[[Connection, bytes], AnyEvent]


@dataclass(frozen=True, slots=True)
class WorkerLine:
    """Everything a worker of one service works with."""

    service: Service
    engine: Engine
    broker: Broker
    health: Health
    batch: int = 100
    clock: Clock = utc_now
    policy: Policy = TELL_KNOWN
    instance: str = ""
    patience: Patience = Patience()  # noqa: RUF009 - frozen
    after_step: Callable[[], None] | None = None

    @property
    def most(self) -> int:
        """Events of one step."""
        return self.batch * self.service.batches


def _credentials(broker: Broker) -> CredentialsT | None:
    """The same for Faust."""
    if broker.security.startswith("SASL"):
        return faust.SASLCredentials(
            username=broker.user,
            password=broker.password,
            mechanism=broker.sasl,
            ssl_context=tls(broker) if "SSL" in broker.security else None,
        )
    return faust.SSLCredentials(context=tls(broker)) if broker.security == "SSL" else None


def make_app(line: WorkerLine) -> faust.App:
    """The Faust app of a service; its id is the consumer group."""
    service, broker = line.service, line.broker
    app = faust.App(
        topic_name(broker, service.name),
        broker=[f"kafka://{each}" for each in addresses(broker)],
        broker_credentials=_credentials(broker),
        store="memory://",
        datadir=tempfile.mkdtemp(prefix="claimloom-"),
        autodiscover=False,
        web_enabled=False,
        topic_disable_leader=True,
        topic_allow_declare=False,
        broker_commit_interval=0.5,
        broker_session_timeout=line.patience.session,
        broker_heartbeat_interval=line.patience.heartbeat,
        broker_request_timeout=line.patience.send,
        broker_max_poll_records=line.most * 4,
        stream_buffer_maxsize=line.most * 4,
        consumer_auto_offset_reset="earliest",
        consumer_group_instance_id=line.instance or None,
        Monitor=QuickMonitor,
        PartitionAssignor=assignor(broker.partitions),
    )
    app.transport.Consumer = QuickConsumer  # type: ignore[misc]
    names = [topic_name(broker, topic) for topic in service.consumes]
    channel = app.topic(*names, schema=BytesSchema(key_type=bytes, value_type=bytes))
    worker = Worker(line, app)
    app.agent(channel, name=f"{service.name}.line", concurrency=1, supervisor_strategy=CrashingSupervisor)(worker.run)
    app.timer(1.0)(worker.look_around)
    app.timer(line.patience.look)(worker.watch)
    app.timer(RELAY_SECONDS)(worker.relay)
    app.on_partitions_assigned.connect(worker.assigned)
    app.task(worker.started)
    return app


class StepFailedError(Exception):
    """A fault that is no event's; the message says where it came up, without its data."""


class Worker:
    def __init__(self, line: WorkerLine, app: faust.App) -> None:
        self.line = line
        self.app = app
        self.publisher = Publisher(line.broker, line.service.name, line.patience)
        # One thread: a step is synchronous, and steps of a service go one after the other.
        self.thread = ThreadPoolExecutor(1, thread_name_prefix="step")
        self.rank = {topic_name(line.broker, topic): at for at, topic in enumerate(line.service.consumes)}
        self.done: dict[Any, int] = {}
        self.told: set[Any] = set()
        self.in_hand: float | None = None
        self.handled = self.seen_handled = 0
        self.still: dict[TopicPartition, tuple[int, float]] = {}

    async def run(self, stream: Any) -> None:
        """The one form that loses nothing: step, outputs acknowledged by the broker, then acks in order."""
        service, loop = self.line.service, asyncio.get_running_loop()
        async for taken in stream.noack_take(self.line.most, within=service.within):
            messages = self.by_topic([each.message for each in taken])
            self.in_hand = min(message.timestamp for message in messages)
            outputs = await loop.run_in_executor(self.thread, self._step_or_end, messages)
            await self.publisher.send(outputs)
            for each in taken:
                each.ack()
                message = each.message
                self.done[message.tp] = message.offset + 1
            for topic, count in Counter(message.topic for message in messages).items():
                HANDLED.labels(service.name, topic.removeprefix(self.line.broker.prefix)).inc(count)
            self.handled += len(taken)
            self.in_hand = None

    def by_topic(self, messages: Sequence[Any]) -> list[Any]:
        """Those of one topic together, each topic in its order: Faust deals topics out in turn, and what comes together
        is folded together.
        """
        return sorted(messages, key=lambda message: self.rank[message.topic])

    def _step_or_end(self, messages: Sequence[Any]) -> list[Written]:
        """What a step cannot deal with ends the process, its offset held. Faust logs the text of what it is given, and
        a database's text may quote a row.
        """
        try:
            return self._step(messages)
        except Exception as error:  # noqa: BLE001 - told without its data, and raised again
            said = safe_error(error)
            log.error("step failed, ends to be started again", service=self.line.service.name, error=said)
            raise StepFailedError(said) from None

    def _step(self, messages: Sequence[Any]) -> list[Written]:
        line = self.line
        outputs: list[Written] = []
        unreadable: dict[Any, Exception] = {}

        def read(connection: Connection, some: Sequence[Any], reader: Reader) -> dict[Any, AnyEvent]:
            found: dict[Any, AnyEvent] = {}
            for message in some:
                try:
                    text = unpack(message.value or b"")
                    found[message] = reader(connection, text)
                except ErasedError:
                    pass_over(line.service, Event.model_validate_json(text))
                except MissingMasterError:
                    raise
                except (ValidationError, SealError, PackedError) as error:
                    unreadable[message] = error
            return found

        def read_all() -> tuple[list[AnyEvent], dict[UUID, Place]]:
            """What the journal has, one of us wrote, so its envelope tells enough; anything else may hold anything."""
            unreadable.clear()  # of a reading that broke off
            with line.engine.connect() as connection:
                found = read(connection, messages, read_envelope)
                known = places(connection, [str(event.id) for event in found.values()])
                strange = [message for message, event in found.items() if str(event.id) not in known]
                fitting = []
                for message in strange:
                    try:
                        check(found.pop(message), message.topic.removeprefix(line.broker.prefix))
                        fitting.append(message)
                    except StrangerError as error:
                        unreadable[message] = error
                found |= read(connection, fitting, read_typed)
            at = {event.id: known[str(event.id)] for event in found.values() if str(event.id) in known}
            return [found[each] for each in messages if each in found], at

        events, at = while_away(line.service, line.policy, read_all)
        for message, error in unreadable.items():
            place = f"{message.topic}[{message.partition}]@{message.offset}"
            reason = (
                str(error)
                if isinstance(error, SealError | PackedError | StrangerError)
                else "is no event; see schemas/json/event.json"
            )
            letters = bury_message(line.engine, line.service, place, reason, clock=line.clock, policy=line.policy)
            outputs += letters
        if events:
            known = at if len(at) == len({event.id for event in events}) else None
            outputs += run_step(line.engine, line.service, events, clock=line.clock, policy=line.policy, at=known)
        if line.after_step:
            line.after_step()
        return self._sendable(outputs)

    def _sendable(self, outputs: Sequence[Written]) -> list[Written]:
        """Without what was journalled when there was no limit, and no topic takes: a dead letter tells of it."""
        line, found = self.line, list[Written]()
        for each in outputs:
            if not is_too_large(each.body):
                found.append(each)
                continue
            place = f"{each.event.type}[journal]@{each.event.id}"
            reason = f"more than {MAX_EVENT_BYTES:,} bytes, which no topic takes"
            found += bury_message(line.engine, line.service, place, reason, clock=line.clock, policy=line.policy)
        return found

    async def started(self) -> None:
        """From now on a signal to stop is obeyed in time."""
        threading.Thread(target=self._end_in_time, name="end", daemon=True).start()

    def _end_in_time(self) -> None:
        """Faust stops when the batch in hand is done. That takes for ever if what it needs is away, and longer than the
        orchestrator waits if it is slow; what is cut off here is taken again, as after a kill.
        """
        while not self.app.should_stop:
            time.sleep(STOP_LOOK_SECONDS)
        end = time.monotonic() + self.line.patience.stop
        while time.monotonic() < end and not away(self.line.service.name):
            time.sleep(STOP_LOOK_SECONDS)
        log.warning("ends with a batch in hand, which is taken again", service=self.line.service.name)
        sys.stderr.flush()
        os._exit(1 if self.app.state == "crashed" else 0)

    async def assigned(self, *_: Any, **__: Any) -> None:
        """Ready from the first assignment on, also for one that stands by without a partition."""
        self.line.health.ready = True
        self.done.clear()

    async def watch(self) -> None:
        """End the process if events wait for it and it does nothing about them: started again, it takes them.

        Asked of the broker by a connection of its own, since it is Faust's view that is not to be trusted here.
        """
        if self.in_hand is not None or self.handled != self.seen_handled:
            self.seen_handled = self.handled
            self.still.clear()
            return
        name = self.line.service.name
        try:
            waiting = await asyncio.wait_for(_waiting(self.line), self.line.patience.look)
        except (*AWAY, PlainError) as error:
            self.still.clear()
            if self.in_hand is None:
                tell_waiting(name, error)
            return
        if self.in_hand is None:  # else the sender says how it stands
            WAITING.labels(name, "broker").set(0)
        mine = {TopicPartition(tp.topic, tp.partition) for tp in self.app.consumer.assignment()}
        now = time.monotonic()
        before, self.still = self.still, {}
        for place, committed in waiting.items():
            known = before.get(place)
            since = known[1] if known and known[0] == committed else now
            self.still[place] = (committed, since)
            if now - since > self.line.patience.still and self.in_hand is None and (place in mine or not mine):
                log.error("stands still while events wait, ends to be started again", service=name)
                end_now(self.line.instance, self.line.patience.session)

    async def relay(self) -> None:
        """Send what somebody journalled and did not live to send; told to the log when the database is away."""
        engine, loop = self.line.engine, asyncio.get_running_loop()
        try:
            waiting = await loop.run_in_executor(None, unsent_events, engine, utc_now())
            if waiting:
                await self.publisher.send(waiting)
                await loop.run_in_executor(None, sent, engine, waiting)
        except (DBAPIError, SealError) as error:
            log.warning("relay waits", service=self.line.service.name, error_type=type(error).__name__)

    async def look_around(self) -> None:
        """Every second: the loop turns, and how far behind it is."""
        self.line.health.turned = time.monotonic()
        consumer, name = self.app.consumer, self.line.service.name
        mine = consumer.assignment()
        if mine != self.told:
            LAG.clear()  # else what went to another worker would be told here as it was, for ever
            self.told = set(mine)
        for tp in mine:
            high = consumer.highwater(tp)
            done = self.done.get(tp)
            if done is None:
                done = getattr(consumer, "_committed_offset", {}).get(tp) or 0
            topic = tp.topic.removeprefix(self.line.broker.prefix)
            LAG.labels(name, topic, str(tp.partition)).set(max(0, (high or 0) - done))
        OLDEST.labels(name).set(max(0.0, time.time() - self.in_hand) if self.in_hand else 0.0)


def end_now(instance: str, session: float) -> None:
    """End at once with 1: nothing is in hand, and a stop in order would wait for what does not move.

    A static member (``CLAIMLOOM_INSTANCE``) that came back within its session would get the assignment it had, and so
    stand as still as before. So it lets its session run out first, as a process that has no connection any more; that
    makes the group share its partitions out anew.
    """
    sys.stderr.flush()
    if instance:
        wait = f"import time; time.sleep({session + 2}); raise SystemExit(1)"
        os.execv(sys.executable, [sys.executable, "-c", wait])  # noqa: S606
    os._exit(1)


async def _waiting(line: WorkerLine) -> dict[TopicPartition, int]:
    """Partitions in which events wait for the service, with what its group has committed."""
    consumer = AIOKafkaConsumer(**connection_arguments(line.broker))
    try:
        await consumer.start()
        places = [
            TopicPartition(topic_name(line.broker, topic), number)
            for topic in line.service.consumes
            for number in range(line.broker.partitions)
        ]
        ends = await consumer.end_offsets(places)
        begins = await consumer.beginning_offsets(places)
    finally:
        await let_go(consumer.stop())
    async with admin_of(line.broker) as admin:
        found = await admin.list_consumer_group_offsets(topic_name(line.broker, line.service.name))
    done = {place: max(begins[place], found[place].offset if place in found else 0) for place in places}
    return {place: done[place] for place in places if ends[place] > done[place]}


def run_app(app: faust.App) -> None:
    """Run until a signal comes (exit 0) or something fatal happens (exit 1)."""
    worker = faust.Worker(app, loglevel="WARNING", quiet=True, override_logging=False, redirect_stdouts=False)
    worker.spinner = None  # it would write control characters between the log's lines
    worker.execute_from_commandline()
