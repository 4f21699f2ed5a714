"""The envelope: CloudEvents 1.0 attributes plus tenant, clinic, key and cause. Ids are derived, never drawn."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any, Literal
from uuid import UUID, uuid5

from pydantic import Field

from schemas.values import Noun

NAMESPACE = UUID("6f1c3b0e-7d1f-5c0a-9a53-1d5f0c1a0b11")


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


def derived_id(*parts: object) -> UUID:
    """The id of what the parts name: same parts, same id, for ever (uuid5 over length-prefixed text)."""
    return uuid5(NAMESPACE, "".join(f"{len(text)}:{text}" for text in map(str, parts)))


class Event(Noun):
    """One fact. ``data`` is the payload as JSON-ready values; ``schemas.topics.payload`` gives it typed."""

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
    data: dict[str, Any]
