"""The envelope: CloudEvents 1.0 attributes plus tenant, clinic, key and cause. Ids are derived, never drawn."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from hashlib import sha1
from typing import Any, Final, Literal
from uuid import UUID

from pydantic import Field

from schemas.values import Noun

NAMESPACE = UUID("6f1c3b0e-7d1f-5c0a-9a53-1d5f0c1a0b11")
_NAMESPACE_BYTES: Final = NAMESPACE.bytes


class Topic(StrEnum):
    """Event type and topic name in one."""

    SESSION_COMPLETED = "session-completed"
    CLAIM_BUILT = "claim-built"
    CLAIM_SCRUBBED = "claim-scrubbed"
    CLAIM_SUBMITTED = "claim-submitted"
    CLAIM_ACKNOWLEDGED = "claim-acknowledged"
    REMITTANCE_RECEIVED = "remittance-received"
    CLAIM_RECONCILED = "claim-reconciled"
    DEAD_LETTER = "dead-letter"
    DECISION_MADE = "decision-made"
    TICK = "tick"
    CONFLICT_FOUND = "conflict-found"
    DEPOSIT_TOLD = "deposit-told"
    WORK_FOUND = "work-found"


def derived_id(*parts: object) -> UUID:
    """The id of what the parts name: same parts, same id, for ever (uuid5 over length-prefixed text).

    Worked out as RFC 9562 section 5.5 says it, in two thirds of the time of ``uuid.uuid5``: every event has one.
    """
    name = "".join([f"{len(text)}:{text}" for text in map(str, parts)])
    digest = sha1(_NAMESPACE_BYTES + name.encode(), usedforsecurity=False).digest()
    return UUID(int=int.from_bytes(digest[:16], "big"), version=5)


class Envelope(Noun):
    """What every event says beside its payload."""

    specversion: Literal["1.0"] = "1.0"
    id: UUID
    source: str = Field(description="The service that emitted it")
    type: str = Field(description="Event type = topic")
    subject: str = Field(description="The key: patient, claim or source key; events of one key keep their order")
    time: datetime
    tenant: str
    clinic: str
    schema_version: int = Field(default=1, description="Version of the payload's shape, counted for each event type")
    caused_by: UUID | None = Field(default=None, description="Id of the event it follows from")
    traceparent: str = Field(
        default="", description="W3C trace context: the trace of the event it follows from, and a span of its own"
    )


class Event(Envelope):
    """One fact. ``data`` is the payload as JSON-ready values; ``schemas.topics.payload`` gives it typed."""

    data: dict[str, Any]


class TypedEvent(Envelope):
    """One fact whose payload is at hand as its model: just made, or read from JSON text without a dict in between."""

    __slots__ = ("_payload",)  # beside the model: a private attribute of pydantic's costs ten times as much to look at

    def carrying(self, payload: Noun | Callable[[], Noun]) -> TypedEvent:
        """This envelope with its payload, or with how that is read once it is asked for."""
        object.__setattr__(self, "_payload", payload)
        return self

    @property
    def payload(self) -> Noun:
        """The payload, typed; what reading it raises, if it was to be read only now."""
        found: Noun | Callable[[], Noun] = object.__getattribute__(self, "_payload")
        if not isinstance(found, Noun):
            found = found()
            object.__setattr__(self, "_payload", found)
        return found

    def whole(self) -> Event:
        """The same fact with its payload as JSON-ready values."""
        return Event(**super().model_dump(), data=self.payload.model_dump(mode="json"))

    def envelope_json(self) -> str:
        """The envelope's text alone."""
        return super().model_dump_json()

    def model_dump(self, **options: Any) -> dict[str, Any]:
        """As an ``Event``: never without the payload."""
        return self.whole().model_dump(**options)

    def model_dump_json(self, **options: Any) -> str:
        """As an ``Event``: never without the payload."""
        return self.whole().model_dump_json(**options)


DATA: Final = ',"data":'
"""What stands between envelope and payload in an event's text, and in no string of JSON: quotes are escaped there."""


def written(event: TypedEvent, data: str) -> str:
    """The event's text around that of its payload: what ``Event.model_dump_json`` gives, the payload written once."""
    return f"{event.envelope_json()[:-1]}{DATA}{data}}}"


def split(body: bytes) -> tuple[bytes, bytes] | None:
    """Texts of envelope and payload, for a text written by the above; None if it is laid out otherwise.

    Only an offer: what is cut wrongly (a field after ``data``, one of that name deeper down) is no JSON.
    """
    head, mark, rest = body.partition(DATA.encode())
    return (head + b"}", rest[:-1]) if mark and rest.endswith(b"}") else None
