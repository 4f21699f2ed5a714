"""Reaching the broker: addresses, TLS, and why it refuses us if it does."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Coroutine
from typing import Any, Final

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.conn import create_conn
from aiokafka.errors import (
    AuthenticationFailedError,
    AuthenticationMethodNotSupported,
    BrokerResponseError,
    KafkaError,
    SaslAuthenticationFailed,
    UnsupportedSaslMechanismError,
)

from claimloom.errors import PlainError
from claimloom.settings import Broker

ADMIN_SECONDS: Final = 15
CLOSE_SECONDS: Final = 5
AWAY: Final = (KafkaError, OSError, TimeoutError)
"""What a broker's clients raise while it is away, or stands still: waiting helps. One that is paused in the middle of a
conversation gives NodeNotReadyError, which is a KafkaError and no connection's."""


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
        found["ssl_context"] = tls(broker)
    if broker.security.startswith("SASL"):
        found["sasl_mechanism"] = broker.sasl
        found["sasl_plain_username"] = broker.user
        found["sasl_plain_password"] = broker.password
    return found


def tls(broker: Broker) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=str(broker.ca) if broker.ca else None)
        if broker.certificate:
            context.load_cert_chain(broker.certificate, broker.key)
    except (OSError, ssl.SSLError) as error:
        raise PlainError(f"Kafka certificates cannot be read: {error.strerror or error}") from None
    return context


class RefusedError(PlainError):
    """The broker is there and does not let us in; waiting changes nothing about it."""


class BrokerAwayError(PlainError):
    """No broker answers; waiting may help."""


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
        except (*AWAY, ValueError):
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
async def admin_of(broker: Broker) -> AsyncIterator[AIOKafkaAdminClient]:
    """A client for what is asked of the broker itself; RefusedError, or BrokerAwayError whenever it does not answer."""
    admin = AIOKafkaAdminClient(**connection_arguments(broker), request_timeout_ms=ADMIN_SECONDS * 1000)
    try:
        await asyncio.wait_for(admin.start(), ADMIN_SECONDS)
    except AWAY as error:
        await let_go(admin.close())
        if refused := await _refusal_in_time(broker):
            raise RefusedError(f"Kafka at {broker.servers} refuses us: {refused}") from None
        raise _unreachable(broker, error) from None
    try:
        yield admin
    except AWAY as error:  # it went away, or stood still, after it had answered
        if isinstance(error, BrokerResponseError) and not error.retriable:  # it answers, and says no
            raise RefusedError(f"Kafka at {broker.servers} refuses us: {type(error).__name__}") from None
        raise _unreachable(broker, error) from None
    finally:
        await let_go(admin.close())


def _unreachable(broker: Broker, error: Exception) -> BrokerAwayError:
    said = type(error).__name__
    return BrokerAwayError(f"Kafka at {broker.servers} cannot be reached ({said}); see CLAIMLOOM_KAFKA*")


async def let_go(closing: Coroutine[Any, Any, None]) -> None:
    """A client whose broker answers nothing would wait for it also when it is closed."""
    with contextlib.suppress(Exception):
        await asyncio.wait_for(closing, CLOSE_SECONDS)
