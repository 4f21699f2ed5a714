"""What a person should do next; events that no service could handle (``dead-letter``), what is told otherwise than
it is known (``conflict-found``), and what a claim asks for beside its answers (``work-found``).
"""

from __future__ import annotations

from datetime import date
from typing import Literal
from uuid import UUID

from pydantic import Field

from schemas.values import Cents, Discipline, Noun


class NextAction(Noun):
    """What a person should do next, and by when."""

    kind: Literal[
        "denied",
        "underpaid",
        "overpaid",
        "suspense",
        "unmatched",
        "held",
        "rejected",
        "review",
        "conflict",
        "other_payer",
        "next_payer",
        "no_ack",
        "no_answer",
        "no_ta1",
        "no_999",
        "no_payer_ack",
        "filing_ends",
        "not_billed",
        "no_claim",
        "claim_review",
        "no_deposit",
        "no_835",
    ]
    reason: str
    action: str
    due: date
    last_day: date | None = Field(
        default=None, description="The last day on which it helps: filing, appeal or paying back ends with it"
    )
    recoverable_cents: Cents
    for_whom: str = Field(default="", description="The one person whose work it is; empty: whoever takes it")
    of_charge: bool = Field(
        default=False, description="That is what was charged: what the payer should pay of it is not known"
    )


class ConflictFound(Noun):
    """Something is known by its identity and was told again with other content: not taken, a person decides."""

    about: UUID = Field(description="Id of the event that is known")
    differs: list[str] = Field(description="Names of the fields that differ, never their values")
    claim_id: UUID | None = Field(default=None, description="The newest claim of the visit, if there is one")
    patient_control_number: str = ""
    file_name: str
    next_action: NextAction


class Unbilled(Noun):
    """A visit of which no claim was made."""

    session_id: str
    revision: int
    patient_id: str
    payer_id: str
    date_of_service: date
    charge_cents: Cents | None = Field(
        default=None, description="What the patient is charged, who pays the visit himself; None: he is not"
    )
    charged_for: str = Field(default="", description="What for: codes, units and dollars, in words")
    discipline: Discipline | None = None
    billing_npi: str = ""
    minutes: dict[str, int] = Field(
        default_factory=dict,
        description="Timed minutes by code that count with the day's other visits and earned no unit here",
    )
    claim_out: str = Field(default="", description="Number of its claim that went out before; a person decides on it")
    settled: bool = Field(default=False, description="Nothing is left to do: counted with another visit, or withdrawn")


class MoneyApart(Noun):
    """A payment whose money no bank told of, or a line of a bank's that no 835 tells of."""

    about: UUID = Field(description="The event that told of the bank's line, or of the payment the first")
    trace_number: str = Field(description="TRN02, or the number that the bank gives; empty: none")
    payer: str
    payer_id: str = ""
    amount_cents: Cents
    day: date = Field(description="Of the payment (BPR16), or of the bank's line")


class WorkFound(Noun):
    """A claim asks for a person, now or from a day on, unless an answer comes before; or a visit that has none; or
    money.
    """

    claim_id: UUID = Field(
        description="Of a visit without a claim that of the claim that would have been; of money what it is about"
    )
    patient_control_number: str
    next_action: NextAction
    unbilled: Unbilled | None = Field(default=None, description="The visit, where no claim could be made of it")
    money: MoneyApart | None = Field(default=None, description="Payment or bank's line, where one lacks the other")
    not_before: date | None = Field(default=None, description="Until then it waits off the list; None: at once")


class DeadLetter(Noun):
    """An event a service gave up on. Says where and what kind of error, never the error's data (PHI)."""

    service: str
    event_id: UUID
    event_type: str
    error_type: str = Field(description="Class of the exception")
    error: str = Field(description="Where it happened and, if it is safe to show, what it said")
    attempts: int
