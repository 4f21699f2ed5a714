"""One service as a process of its own, ``claimloom worker SERVICE``: what it needs is checked before it starts."""

from __future__ import annotations

import asyncio
import signal
import threading
import time
from collections.abc import Sequence
from concurrent.futures import wait
from typing import Any, Final

import structlog
from sqlalchemy.exc import DBAPIError

from claimloom.errors import PlainError
from claimloom.ledger.database import is_away, refusal
from claimloom.ledger.migration import ensure_months
from claimloom.ledger.outbound import FOLDER, write_pending
from claimloom.metrics import WAITING, away
from claimloom.runtime.clock import strike
from claimloom.runtime.kafka.connect import BrokerAwayError
from claimloom.runtime.kafka.line import WorkerLine, make_app, run_app
from claimloom.runtime.kafka.publisher import Publisher
from claimloom.runtime.kafka.topics import check_topics
from claimloom.runtime.letters import safe_error
from claimloom.runtime.patience import Patience
from claimloom.runtime.port import Health, serve
from claimloom.runtime.process import TIDY_SECONDS, settle, tidy, use_fast_loop
from claimloom.runtime.taking import Policy
from claimloom.settings import Settings
from claimloom.system import NotSentError, System
from claimloom.topology import Service, Written
from services.topology import topology

log = structlog.get_logger(__name__)
POLL_SECONDS: Final = 0.5
START_DELAYS: Final = (0.5, 1.0, 2.0, 5.0)
GAUGE_SECONDS: Final = 30.0
CLOCK_SECONDS: Final = 20.0
HOUSEKEEPING_SECONDS: Final = 3600.0
RETRY_FILES_SECONDS: Final = 2.0
# How often an intake looks whether what it read before would be read otherwise now.
AGAIN_SECONDS: Final = 30.0
# One file may be 64 MB: reading it is no standing still.
FILE_SECONDS: Final = 900.0


def run_worker(settings: Settings, name: str) -> None:
    """Run a service until it is told to stop; PlainError if it does not fit what it finds."""
    # As the first process of a container it would not end by these before its loop runs.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _told_to_stop)
    services = {service.name: service for service in topology(settings)}
    if name not in services:
        raise PlainError(f"{name}: no such service; {', '.join(services)}")
    if settings.broker is None:
        raise PlainError("CLAIMLOOM_KAFKA is not set: a worker needs a broker (claimloom run needs none)")
    if not settings.db:
        raise PlainError("CLAIMLOOM_DB is not set: workers share a PostgreSQL database")
    service = services[name]
    settle()
    use_fast_loop()
    health = Health(name)
    server = serve(settings.host, settings.port, health)
    system = _opened(settings, name, health)
    _check_topics(settings, name, [*service.consumes, *service.emits], health)
    log.info("worker starts", service=name, port=settings.port, batch=settings.batch)
    _in_background(TIDY_SECONDS, tidy, name)
    _in_background(HOUSEKEEPING_SECONDS, lambda: ensure_months(system.engine, system.now()), name)
    try:
        if service.consumes:
            _consume(settings, service, system, health)
        else:
            _take_files(settings, service, system, health)
    finally:
        server.shutdown()
        system.close()


def _told_to_stop(*_: Any) -> None:
    raise SystemExit(0)


def _opened(settings: Settings, name: str, health: Health) -> System:
    """The ledger, waited for if its server is away."""
    attempt = 0
    while True:
        health.turned = time.monotonic()
        try:
            return System(settings, policy=Policy(tell_known=True))
        except DBAPIError as error:
            if why := refusal(error):
                raise PlainError(f"{why}; see CLAIMLOOM_DB") from None
            if not is_away(error):
                raise
            WAITING.labels(name, "database").set(1)
            log.warning("database away, waiting", service=name, error_type=type(error.orig).__name__)
            time.sleep(START_DELAYS[min(attempt, len(START_DELAYS) - 1)])
            attempt += 1
        else:
            WAITING.labels(name, "database").set(0)


def _check_topics(settings: Settings, name: str, topics: Sequence[str], health: Health) -> None:
    """Refuse topics that differ from what is declared; wait for a broker that is away."""
    assert settings.broker is not None
    attempt = 0
    while True:
        health.turned = time.monotonic()
        try:
            wrong = asyncio.run(check_topics(settings.broker, [*topics, "dead-letter"]))
            break
        except BrokerAwayError:
            WAITING.labels(name, "broker").set(1)
            log.warning("broker away, waiting", service=name)
            time.sleep(START_DELAYS[min(attempt, len(START_DELAYS) - 1)])
            attempt += 1
    WAITING.labels(name, "broker").set(0)
    if wrong:
        raise PlainError("; ".join(wrong))


def _consume(settings: Settings, service: Service, system: System, health: Health) -> None:
    assert settings.broker is not None
    after = None
    if FOLDER in service.couriers:

        def after() -> None:
            _write_files(system, service.name)

        after()
        # Files that found no room are written when there is some again, also if no claim comes after them.
        _in_background(RETRY_FILES_SECONDS, after, service.name)
    if gauges := service.gauges:
        _in_background(GAUGE_SECONDS, lambda: gauges(system.engine, system.now()), service.name)
        _in_background(GAUGE_SECONDS, system.publish_heads, service.name)
    if service.clockwork:
        ticking = Policy(relay=True)
        _in_background(CLOCK_SECONDS, lambda: strike(system.engine, service, system.now(), ticking), service.name)
    line = WorkerLine(
        service,
        system.engine,
        settings.broker,
        health,
        batch=settings.batch,
        clock=system.now,
        instance=settings.instance,
        patience=Patience().percent(settings.patience_percent),
        after_step=after,
    )
    run_app(make_app(line))


def _write_files(system: System, name: str) -> None:
    """Files stay in the ledger until they could be written, so a full disk stops nothing."""
    try:
        write_pending(system.engine, system.folder.outbound, system.settings.rights)
        WAITING.labels(name, "outbound").set(0)
    except OSError as error:
        WAITING.labels(name, "outbound").set(1)
        log.error("file cannot be written, waiting", service=name, reason=error.strerror)
    except DBAPIError as error:
        if not is_away(error):
            raise
        log.warning("database away, files wait", service=name, error_type=type(error.orig).__name__)


def _in_background(every: float, work: Any, name: str) -> None:
    """Do it now and then, in a thread that ends with the process. What takes long is done less often: at most a
    twentieth of the time goes into it.
    """

    def run() -> None:
        while True:
            start = time.monotonic()
            try:
                work()
            except Exception as error:  # noqa: BLE001 - of no matter for the line; tried again
                log.warning("background work failed", service=name, error_type=type(error).__name__)
            time.sleep(max(every, 19 * (time.monotonic() - start)))

    threading.Thread(target=run, name="background", daemon=True).start()


def _take_files(settings: Settings, service: Service, system: System, health: Health) -> None:
    """An intake reads a folder, no topic: no Faust app, the same step and the same sending.

    A file is put away only when the broker has all its events; read again, it gives the same ids, and the journalled
    events are sent again.
    """
    assert settings.broker is not None
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="sender", daemon=True).start()
    publisher = Publisher(settings.broker, service.name, Patience().percent(settings.patience_percent))

    def publish(events: Sequence[Written]) -> None:
        sending = asyncio.run_coroutine_threadsafe(publisher.send(events), loop)
        while not sending.done():
            health.turned = time.monotonic()  # waiting for the broker is no standing still
            if stop.is_set() and away(service.name):
                sending.cancel()
                raise NotSentError("told to stop while the broker is away")
            wait([sending], POLL_SECONDS)
        if error := sending.exception():
            raise NotSentError(safe_error(error)) from None

    system.publish = publish
    health.ready = True
    health.patience = FILE_SECONDS
    attempt, looked = 0, 0.0
    while not stop.is_set():
        health.turned = time.monotonic()
        try:
            system.take_inbound(service.name)
            if time.monotonic() - looked > AGAIN_SECONDS:
                looked = time.monotonic()
                system.read_again(service.name)
            attempt = 0
            WAITING.labels(service.name, "database").set(0)
            WAITING.labels(service.name, "inbound").set(0)
        except NotSentError as error:
            if not stop.is_set():
                raise PlainError(str(error)) from None
        except OSError as error:
            WAITING.labels(service.name, "inbound").set(1)
            log.error("folders cannot be used, waiting", service=service.name, reason=error.strerror)
            stop.wait(RETRY_FILES_SECONDS)
        except DBAPIError as error:
            if not is_away(error):
                raise
            WAITING.labels(service.name, "database").set(1)
            log.warning("database away, waiting", service=service.name, error_type=type(error.orig).__name__)
            stop.wait(START_DELAYS[min(attempt, len(START_DELAYS) - 1)])
            attempt += 1
        stop.wait(POLL_SECONDS)
    asyncio.run_coroutine_threadsafe(publisher.close(), loop).result(10)
