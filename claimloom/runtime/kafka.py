"""A service as a Kafka worker: one Faust app that takes a batch, makes the step durable, sends its outputs, then acks.

Nothing rests on Faust's bookkeeping, which loses messages when a handler raises, when ``take`` acknowledges in its
``finally`` and when one message stays unacknowledged. So: one agent, no concurrency, ``noack_take``; retries and dead
letters happen in the step; outputs go through a producer of our own; every event of a batch is acknowledged, in order,
after all of that. Whatever dies, the batch comes again, and the inbox knows what of it is done.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import ssl
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final

import faust
import structlog
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.conn import create_conn
from aiokafka.errors import (
    AuthenticationFailedError,
    AuthenticationMethodNotSupported,
    KafkaError,
    SaslAuthenticationFailed,
    TopicAlreadyExistsError,
    UnknownTopicOrPartitionError,
    UnsupportedSaslMechanismError,
)
from faust.assignor import PartitionAssignor
from faust.types.auth import CredentialsT
from mode import CrashingSupervisor
from pydantic import ValidationError
from sqlalchemy import Engine

from claimloom.errors import PlainError
from claimloom.ledger.vault import MissingMasterError, read_typed
from claimloom.runtime.metrics import HANDLED, LAG, OLDEST, PUBLISHED, WAITING, away
from claimloom.runtime.patience import Patience
from claimloom.runtime.port import Health
from claimloom.runtime.quick import BytesSchema, QuickConsumer, QuickMonitor
from claimloom.runtime.step import (
    MAX_EVENT_BYTES,
    AnyEvent,
    Clock,
    Policy,
    bury_message,
    is_too_large,
    pass_over,
    run_step,
    safe_error,
    utc_now,
    while_away,
)
from claimloom.runtime.topology import Service, Written
from claimloom.sealing import ErasedError, SealError
from claimloom.settings import Broker
from schemas.event import Event
from schemas.topics import Topic

log = structlog.get_logger(__name__)
BACKOFF_SECONDS: Final = (0.2, 0.5, 1.0, 2.0, 5.0)
ADMIN_SECONDS: Final = 15
CLOSE_SECONDS: Final = 5
DAY_MS: Final = 86_400_000
MESSAGE_BYTES: Final = 8 * 1024 * 1024
STOP_LOOK_SECONDS: Final = 0.5
TELL_KNOWN: Final = Policy(tell_known=True)


# ---- connecting ------------------------------------------------------------------------------------------------------


def addresses(broker: Broker) -> list[str]:
    """HOST:PORT of each server; PlainError for what is none."""
    found = [each.strip() for each in broker.servers.split(",") if each.strip()]
    for each in found or [broker.servers]:
        host, _, port = each.rpartition(":")
        if not host or not port.isascii() or not port.isdigit() or not 0 < int(port) < 65536:
            raise PlainError(f"CLAIMLOOM_KAFKA: {each!r} is no HOST:PORT; several are divided by commas")
    return found


def connection_arguments(broker: Broker) -> dict[str, Any]:
    """What aiokafka's clients take to reach the broker."""
    found: dict[str, Any] = {"bootstrap_servers": addresses(broker), "security_protocol": broker.security}
    if "SSL" in broker.security:
        found["ssl_context"] = _tls(broker)
    if broker.security.startswith("SASL"):
        found["sasl_mechanism"] = broker.sasl
        found["sasl_plain_username"] = broker.user
        found["sasl_plain_password"] = broker.password
    return found


def _tls(broker: Broker) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=str(broker.ca) if broker.ca else None)
        if broker.certificate:
            context.load_cert_chain(broker.certificate, broker.key)
    except (OSError, ssl.SSLError) as error:
        raise PlainError(f"Kafka certificates cannot be read: {error.strerror or error}") from None
    return context


def _credentials(broker: Broker) -> CredentialsT | None:
    """The same for Faust."""
    if broker.security.startswith("SASL"):
        return faust.SASLCredentials(
            username=broker.user,
            password=broker.password,
            mechanism=broker.sasl,
            ssl_context=_tls(broker) if "SSL" in broker.security else None,
        )
    return faust.SSLCredentials(context=_tls(broker)) if broker.security == "SSL" else None


# ---- topics ----------------------------------------------------------------------------------------------------------


def topic_name(broker: Broker, topic: str) -> str:
    """The topic is the event type, behind the prefix if there is one."""
    return f"{broker.prefix}{topic}"


def declared(broker: Broker) -> dict[str, str]:
    """Settings that every topic must have; the one declaration that creating and checking go by.

    No compaction: the first message after a hole in the offsets would count as acknowledged. The broker's own time on
    each message: by that of a sender whose clock is days behind, it would be older than the retention at once.
    """
    return {
        "retention.ms": str(broker.retention_days * DAY_MS),
        "min.insync.replicas": str(broker.min_insync),
        "cleanup.policy": "delete",
        "max.message.bytes": str(MESSAGE_BYTES),
        "message.timestamp.type": "LogAppendTime",
    }


async def create_topics(broker: Broker) -> list[str]:
    """Make the topics that are not there; returns their names. What differs is left alone and told by the check."""
    async with _admin(broker) as admin:
        there = set(await admin.list_topics())
        missing = [name for topic in Topic if (name := topic_name(broker, topic)) not in there]
        new = [
            NewTopic(name, broker.partitions, broker.replication, topic_configs=declared(broker)) for name in missing
        ]
        if new:
            try:
                made = await admin.create_topics(new)
            except TopicAlreadyExistsError:
                return []
            for name, code, *rest in made.topic_errors:
                if code not in (0, TopicAlreadyExistsError.errno):
                    raise PlainError(f"topic {name} cannot be made: {rest[0] if rest else f'error {code}'}")
        return missing


async def check_topics(broker: Broker, topics: Sequence[str] = tuple(Topic)) -> list[str]:
    """What differs from the declaration, a sentence each with what to do."""
    found: list[str] = []
    async with _admin(broker) as admin:
        there = set(await admin.list_topics())
        names = [topic_name(broker, topic) for topic in topics]
        found += [f"topic {name} is missing: claimloom topics create" for name in names if name not in there]
        here = [name for name in names if name in there]
        if not here:
            return found
        for each in await admin.describe_topics(here):
            name, partitions = each["topic"], each["partitions"]
            if len(partitions) != broker.partitions:
                found.append(
                    f"topic {name} has {len(partitions)} partitions, CLAIMLOOM_PARTITIONS says {broker.partitions}: "
                    "set it to what there is, or (if nothing waits in it) delete the topic and create it again; "
                    "adding partitions would break the order of a patient's events"
                )
            copies = {len(part["replicas"]) for part in partitions}
            if copies != {broker.replication}:
                found.append(
                    f"topic {name} has {', '.join(map(str, sorted(copies)))} replicas, CLAIMLOOM_REPLICATION says "
                    f"{broker.replication}: kafka-reassign-partitions, or set it to what there is"
                )
        asked = [ConfigResource(ConfigResourceType.TOPIC, name) for name in here]
        for answer in await admin.describe_configs(asked):
            for _code, _message, _kind, name, entries in answer.resources:
                values = {entry[0]: entry[1] for entry in entries}
                found += [
                    f"topic {name} has {key}={values.get(key)}, declared is {value}: "
                    f"kafka-configs --alter --topic {name} --add-config {key}={value}"
                    for key, value in declared(broker).items()
                    if values.get(key) != value
                ]
    return found


class RefusedError(PlainError):
    """The broker is there and does not let us in; waiting changes nothing about it."""


async def _refusal(broker: Broker) -> str:
    """Why the broker refuses us, if it does: the clients only say that none of its addresses could be reached."""
    arguments = connection_arguments(broker)
    for server in arguments.pop("bootstrap_servers"):
        host, _, port = server.rpartition(":")
        try:
            connection = await create_conn(host, int(port), request_timeout_ms=ADMIN_SECONDS * 1000, **arguments)
        except ssl.SSLCertVerificationError as error:
            return f"its certificate is not by CLAIMLOOM_KAFKA_CA ({error.verify_message})"
        except (AuthenticationFailedError, SaslAuthenticationFailed):
            return f"user {broker.user} or its password is wrong; see CLAIMLOOM_KAFKA_USER, CLAIMLOOM_KAFKA_PASSWORD"
        except (AuthenticationMethodNotSupported, UnsupportedSaslMechanismError):
            return f"it does not take SASL {broker.sasl}; see CLAIMLOOM_KAFKA_SASL"
        except (KafkaError, OSError, TimeoutError, ValueError):
            continue
        else:
            connection.close()
    return ""


async def _refusal_in_time(broker: Broker) -> str:
    try:
        return await asyncio.wait_for(_refusal(broker), ADMIN_SECONDS)
    except TimeoutError:
        return ""


@contextlib.asynccontextmanager
async def _admin(broker: Broker) -> AsyncIterator[AIOKafkaAdminClient]:
    admin = AIOKafkaAdminClient(**connection_arguments(broker), request_timeout_ms=ADMIN_SECONDS * 1000)
    try:
        await asyncio.wait_for(admin.start(), ADMIN_SECONDS)
    except (KafkaError, OSError, TimeoutError) as error:
        await _let_go(admin.close())
        if refused := await _refusal_in_time(broker):
            raise RefusedError(f"Kafka at {broker.servers} refuses us: {refused}") from None
        said = type(error).__name__
        raise PlainError(f"Kafka at {broker.servers} cannot be reached ({said}); see CLAIMLOOM_KAFKA*") from None
    try:
        yield admin
    finally:
        await _let_go(admin.close())


async def _let_go(closing: Coroutine[Any, Any, None]) -> None:
    """A client whose broker answers nothing would wait for it also when it is closed."""
    with contextlib.suppress(Exception):
        await asyncio.wait_for(closing, CLOSE_SECONDS)


# ---- sending ---------------------------------------------------------------------------------------------------------


def _tell_waiting(name: str, error: Exception) -> None:
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
            except (KafkaError, OSError, TimeoutError, PlainError) as error:  # PlainError: certificates being renewed
                _tell_waiting(self.name, error)
                await self.close()
                await asyncio.sleep(BACKOFF_SECONDS[min(attempt, len(BACKOFF_SECONDS) - 1)])
                attempt += 1
        WAITING.labels(self.name, "broker").set(0)
        for kind, count in Counter(event.type for event, _ in events).items():
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
                _tell_waiting(self.name, TimeoutError())
            sending.result()
        finally:
            sending.cancel()

    async def _acknowledged(self, producer: AIOKafkaProducer, events: Sequence[Written]) -> None:
        sent = [
            await producer.send(topic_name(self.broker, event.type), body.encode(), key=event.subject.encode())
            for event, body in events
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
                await _let_go(producer.stop())
                raise
            self._producer = producer
        return self._producer

    async def close(self) -> None:
        """Let go of the connections; what was not acknowledged is not counted as sent."""
        producer, self._producer = self._producer, None
        if producer:
            await _let_go(producer.stop())


# ---- taking ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Line:
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


def make_app(line: Line) -> faust.App:
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
        broker_max_poll_records=line.batch * 4,
        stream_buffer_maxsize=line.batch * 4,
        consumer_auto_offset_reset="earliest",
        consumer_group_instance_id=line.instance or None,
        Monitor=QuickMonitor,
        PartitionAssignor=_assignor(broker.partitions),
    )
    app.transport.Consumer = QuickConsumer  # type: ignore[misc]
    names = [topic_name(broker, topic) for topic in service.consumes]
    channel = app.topic(*names, schema=BytesSchema(key_type=bytes, value_type=bytes))
    worker = _Worker(line, app)
    app.agent(channel, name=f"{service.name}.line", concurrency=1, supervisor_strategy=CrashingSupervisor)(worker.run)
    app.timer(1.0)(worker.look_around)
    app.timer(line.patience.look)(worker.watch)
    app.on_partitions_assigned.connect(worker.assigned)
    app.task(worker.started)
    return app


class _AsDeclared:
    """What the leader of a group knows of topics, filled up by the declaration that every worker's start was held to.

    A broker that has just come back first says nothing of some topics. Faust's assignor gives such a topic to nobody,
    and nobody asks again when it is there: all workers of the group stood still then.
    """

    def __init__(self, cluster: Any, partitions: int) -> None:
        self.cluster = cluster
        self.partitions = partitions

    def partitions_for_topic(self, topic: str) -> set[int]:
        """All that Faust's assignor asks for."""
        return set(self.cluster.partitions_for_topic(topic) or ()) | set(range(self.partitions))


def _assignor(partitions: int) -> type[PartitionAssignor]:
    class Assignor(PartitionAssignor):
        def assign(self, cluster: Any, member_metadata: Any) -> Any:
            return super().assign(_AsDeclared(cluster, partitions), member_metadata)

    return Assignor


class StepFailedError(Exception):
    """A fault that is no event's; the message says where it came up, without its data."""


class _Worker:
    def __init__(self, line: Line, app: faust.App) -> None:
        self.line = line
        self.app = app
        self.publisher = Publisher(line.broker, line.service.name, line.patience)
        # One thread: a step is synchronous, and steps of a service go one after the other.
        self.thread = ThreadPoolExecutor(1, thread_name_prefix="step")
        self.done: dict[Any, int] = {}
        self.told: set[Any] = set()
        self.in_hand: float | None = None
        self.handled = self.seen_handled = 0
        self.still: dict[TopicPartition, tuple[int, float]] = {}

    async def run(self, stream: Any) -> None:
        """The one form that loses nothing: step, outputs acknowledged by the broker, then acks in order."""
        service, loop = self.line.service, asyncio.get_running_loop()
        async for taken in stream.noack_take(self.line.batch, within=service.within):
            messages = [each.message for each in taken]
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
        events: list[AnyEvent] = []
        outputs: list[Written] = []

        def read() -> list[AnyEvent]:
            events.clear()
            outputs.clear()
            with line.engine.connect() as connection:
                for message in messages:
                    try:
                        events.append(read_typed(connection, message.value))
                    except ErasedError:
                        pass_over(line.service, Event.model_validate_json(message.value))
                    except MissingMasterError:
                        raise
                    except (ValidationError, SealError, TypeError) as error:
                        unreadable.append((message, error))
            return events

        unreadable: list[tuple[Any, Exception]] = []
        while_away(line.service, line.policy, read)
        for message, error in dict.fromkeys(unreadable):
            place = f"{message.topic}[{message.partition}]@{message.offset}"
            reason = str(error) if isinstance(error, SealError) else "is no event; see schemas/json/event.json"
            letters = bury_message(line.engine, line.service, place, reason, clock=line.clock, policy=line.policy)
            outputs += letters
        if events:
            outputs += run_step(line.engine, line.service, events, clock=line.clock, policy=line.policy)
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
        except (KafkaError, OSError, TimeoutError, PlainError) as error:
            self.still.clear()
            if self.in_hand is None:
                _tell_waiting(name, error)
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
                _end(self.line.instance, self.line.patience.session)

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


def _end(instance: str, session: float) -> None:
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


async def _waiting(line: Line) -> dict[TopicPartition, int]:
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
        await _let_go(consumer.stop())
    async with _admin(line.broker) as admin:
        found = await admin.list_consumer_group_offsets(topic_name(line.broker, line.service.name))
    done = {place: max(begins[place], found[place].offset if place in found else 0) for place in places}
    return {place: done[place] for place in places if ends[place] > done[place]}


def run_app(app: faust.App) -> None:
    """Run until a signal comes (exit 0) or something fatal happens (exit 1)."""
    worker = faust.Worker(app, loglevel="WARNING", quiet=True, override_logging=False, redirect_stdouts=False)
    worker.spinner = None  # it would write control characters between the log's lines
    worker.execute_from_commandline()
