"""What a person decided, and the stroke of a clock: payloads of ``decision-made`` and ``tick``."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from schemas.values import Noun

DecisionName = Literal[
    "take",
    "release",
    "note",
    "set_aside",
    "close",
    "bill_next_payer",
    "forwarded",
    "void",
    "resend",
    "refund",
    "write_off",
    "to_patient",
    "match",
    "unpost",
    "undo",
    "review_passed",
    "review_failed",
    "match_line",
]
"""What can be decided; ``claimloom.desk.decide`` says what each needs."""


class DecisionMade(Noun):
    """A person's decision about a work item or a dead letter. The same key is the same, however often it is told."""

    key: str = Field(description="Idempotency key, of who asks; the event's id is derived from tenant and key")
    kind: DecisionName
    work_id: UUID = Field(description="The work item, the dead letter, the claim or the decision that it is about")
    about: str = Field(
        description="What that is about: a claim's id, the id of the event of a payment, or of what was given up on"
    )
    actor: str = Field(description="Who decided")
    reason: str = Field(default="", description="Why, in the words of who decided")
    fields: dict[str, str] = Field(default_factory=dict, description="What the kind needs: until, outcome, amount ...")


class Tick(Noun):
    """A service's clock struck, and something was due. One event for each service and window."""

    service: str
    window: datetime = Field(description="Beginning of the window, UTC")
    every_seconds: int
