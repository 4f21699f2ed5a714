"""Versions of payloads: which one each event type has today, and how an older one becomes the next.

An event in the journal is never rewritten, so every version that was ever written is read for ever. How to change a
payload: ``docs/events.md``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from schemas.event import Topic

Data = dict[str, Any]
Versions = Mapping[Topic, int]
Upcasters = Mapping[tuple[Topic, int], Callable[[Data], Data]]

VERSIONS: Final[Versions] = {
    Topic.SESSION_COMPLETED: 1,
    Topic.CLAIM_BUILT: 1,
    Topic.CLAIM_SCRUBBED: 1,
    Topic.CLAIM_SUBMITTED: 1,
    Topic.CLAIM_ACKNOWLEDGED: 1,
    Topic.REMITTANCE_RECEIVED: 1,
    Topic.CLAIM_RECONCILED: 1,
    Topic.DEAD_LETTER: 1,
    Topic.DECISION_MADE: 1,
    Topic.TICK: 1,
    Topic.CONFLICT_FOUND: 1,
    Topic.DEPOSIT_TOLD: 1,
    Topic.WORK_FOUND: 1,
}

UPCASTERS: Final[Upcasters] = {}
"""By event type and version: the payload of that version as one of the next. The input stays as it is."""


class NewerEvent(ValueError):  # noqa: N818 - it names what came, as a finding does
    """An event of a version that this program does not know, in a shape that it cannot read."""


def version_of(topic: Topic) -> int:
    """The version that a new event of the topic is written in."""
    return VERSIONS[topic]


def upcast(
    topic: Topic, version: int, data: Data, *, upcasters: Upcasters = UPCASTERS, versions: Versions = VERSIONS
) -> Data:
    """The payload in today's version; one of today's version or a newer one is given back as it is."""
    for step in range(version, versions[topic]):
        data = upcasters[topic, step](data)
    return data
