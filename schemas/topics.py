"""The twelve event types: one topic each, with the payload it carries and the one way to read it."""

from __future__ import annotations

from functools import partial
from typing import Final

from pydantic import ValidationError

from schemas.acknowledgment import ClaimAcknowledged
from schemas.claim import ClaimBuilt, ClaimScrubbed, ClaimSubmitted
from schemas.decision import DecisionMade, Tick
from schemas.deposit import DepositTold
from schemas.event import Event, Topic, TypedEvent, split
from schemas.followup import ConflictFound, DeadLetter, WorkFound
from schemas.remittance import ClaimReconciled, RemittanceReceived
from schemas.session import Session
from schemas.upcasters import UPCASTERS, VERSIONS, NewerEvent, Upcasters, Versions, upcast
from schemas.values import Noun

__all__ = ["PAYLOADS", "Topic", "parse", "parse_envelope", "payload"]

PAYLOADS: Final[dict[Topic, type[Noun]]] = {
    Topic.SESSION_COMPLETED: Session,
    Topic.CLAIM_BUILT: ClaimBuilt,
    Topic.CLAIM_SCRUBBED: ClaimScrubbed,
    Topic.CLAIM_SUBMITTED: ClaimSubmitted,
    Topic.CLAIM_ACKNOWLEDGED: ClaimAcknowledged,
    Topic.REMITTANCE_RECEIVED: RemittanceReceived,
    Topic.CLAIM_RECONCILED: ClaimReconciled,
    Topic.DEAD_LETTER: DeadLetter,
    Topic.DECISION_MADE: DecisionMade,
    Topic.TICK: Tick,
    Topic.CONFLICT_FOUND: ConflictFound,
    Topic.DEPOSIT_TOLD: DepositTold,
    Topic.WORK_FOUND: WorkFound,
}


def parse(body: str | bytes) -> Event | TypedEvent:
    """An event of a journal or topic; ValidationError if it is none.

    The payload of today's version is read from its text by its model, in one go: a dict of it first, and the model of
    that, cost twice as much. What cannot be read so (an older or newer version, a payload that does not hold what it
    should, another layout) comes as it stands, for ``payload`` to bring up to date or to refuse.
    """
    text = body.encode() if isinstance(body, str) else body
    if parts := split(text):
        try:
            event = TypedEvent.model_validate_json(parts[0])
            topic = Topic(event.type)
            if event.schema_version == VERSIONS[topic]:
                return event.carrying(PAYLOADS[topic].model_validate_json(parts[1]))
        except ValueError:
            pass
    return Event.model_validate_json(text)


def parse_envelope(body: str | bytes) -> Event | TypedEvent:
    """The same for a text that one of us wrote: its payload is read when it is asked for, and what it holds wrongly is
    said only then.
    """
    text = body.encode() if isinstance(body, str) else body
    if parts := split(text):
        try:
            event = TypedEvent.model_validate_json(parts[0])
            topic = Topic(event.type)
        except ValueError:
            return parse(text)
        if event.schema_version == VERSIONS[topic]:
            return event.carrying(partial(_payload_of, topic, parts[1], text))
    return parse(text)


def _payload_of(topic: Topic, data: bytes, text: bytes) -> Noun:
    try:
        return PAYLOADS[topic].model_validate_json(data)
    except ValueError:
        return payload(Event.model_validate_json(text))


def payload(event: Event | TypedEvent, *, upcasters: Upcasters = UPCASTERS, versions: Versions = VERSIONS) -> Noun:
    """The event's payload, typed, whatever version it was written in. Every reader of an event comes through here.

    What a newer writer added is kept in it. NewerEvent if a newer version cannot be read; ValidationError if one that
    is known does not hold what it should.
    """
    if isinstance(event, TypedEvent):
        return event.payload
    topic = Topic(event.type)
    data = upcast(topic, event.schema_version, event.data, upcasters=upcasters, versions=versions)
    try:
        return PAYLOADS[topic].model_validate(data)
    except ValidationError:
        if event.schema_version <= versions[topic]:
            raise
    # Outside the handler: what the validator said would quote the data.
    raise NewerEvent(
        f"{topic} of version {event.schema_version} cannot be read by this program, which knows versions up to "
        f"{versions[topic]}; update the workers first, then give it again"
    )
