"""What each service may do on the broker, from the topology: ``python -m tools.acls`` writes ``deploy/kafka/acls.csv``.

Each service has a user of its own name. It reads what it consumes by the group of its name, and writes what it emits,
dead letters, and what the relay sends for whoever journalled it and died: decisions, ticks. ``setup`` makes the topics;
``watch`` sees how far behind the groups are.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from claimloom.settings import Settings
from claimloom.topology import FROM_RUNTIME, Service
from schemas.topics import Topic
from services.topology import topology

FILE: Final = Path(__file__).parents[1] / "deploy" / "kafka" / "acls.csv"
SETUP, WATCH = "setup", "watch"
# The relay's, beside dead letters and ticks (``claimloom.runtime.relay``).
RELAYED: Final = (Topic.DECISION_MADE, *FROM_RUNTIME)


class Acl(NamedTuple):
    """Who may do what to which topic, group or cluster."""

    user: str
    operation: str
    kind: str
    name: str


def acls(services: Sequence[Service]) -> list[Acl]:
    """All of them, sorted."""
    return sorted({each for service in services for each in _of_service(service)} | set(_of_others(services)))


def _of_service(service: Service) -> Iterator[Acl]:
    written = {*service.emits, Topic.DEAD_LETTER, *(RELAYED if service.consumes else ())}
    for topic in service.consumes:
        yield Acl(service.name, "Read", "topic", topic)
    for topic in written:
        yield Acl(service.name, "Write", "topic", topic)
    for topic in {*service.consumes, *written}:  # a worker looks at how topics are made before it starts
        yield Acl(service.name, "Describe", "topic", topic)
        yield Acl(service.name, "DescribeConfigs", "topic", topic)
    if service.consumes:
        yield Acl(service.name, "Read", "group", service.name)


def _of_others(services: Sequence[Service]) -> Iterator[Acl]:
    for topic in Topic:
        for operation in ("Create", "Describe", "DescribeConfigs", "AlterConfigs"):
            yield Acl(SETUP, operation, "topic", topic)
        yield Acl(WATCH, "Describe", "topic", topic)
    for service in services:
        if service.consumes:
            yield Acl(WATCH, "Describe", "group", service.name)


def text(found: Sequence[Acl]) -> str:
    """As the file has them."""
    return "user,operation,kind,name\n" + "".join(",".join(map(str, each)) + "\n" for each in found)


def main() -> None:
    """Write the file."""
    FILE.write_text(text(acls(topology(Settings(Path())))), encoding="ascii")


if __name__ == "__main__":
    main()
