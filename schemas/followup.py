"""What a person should do next, and events that no service could handle: the payload of ``dead-letter``."""

from __future__ import annotations

from datetime import date
from typing import Literal
from uuid import UUID

from pydantic import Field

from schemas.values import Cents, Noun


class NextAction(Noun):
    """What a person should do next, and by when."""

    kind: Literal["denied", "underpaid", "overpaid", "suspense", "unmatched", "held", "rejected", "conflict", "review"]
    reason: str
    action: str
    due: date
    recoverable_cents: Cents


class DeadLetter(Noun):
    """An event a service gave up on. Says where and what kind of error, never the error's data (PHI)."""

    service: str
    event_id: UUID
    event_type: str
    error_type: str = Field(description="Class of the exception")
    error: str = Field(description="Where it happened and, if it is safe to show, what it said")
    attempts: int
