"""Topics: the one declaration that creating and checking go by."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from aiokafka.admin import NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import (
    TopicAlreadyExistsError,
)

from claimloom.errors import PlainError
from claimloom.runtime.kafka.connect import admin_of
from claimloom.settings import Broker
from schemas.topics import Topic
from schemas.words import counted

DAY_MS: Final = 86_400_000
MESSAGE_BYTES: Final = 8 * 1024 * 1024


def topic_name(broker: Broker, topic: str) -> str:
    """The topic is the event type, behind the prefix if there is one."""
    return f"{broker.prefix}{topic}"


def declared(broker: Broker) -> dict[str, str]:
    """Settings that every topic must have; the one declaration that creating and checking go by.

    No compaction: the first message after a hole in the offsets would count as acknowledged. The broker's own time on
    each message: by that of a sender whose clock is days behind, it would be older than the retention at once.
    """
    return {
        "retention.ms": str(broker.retention_days * DAY_MS),
        "min.insync.replicas": str(broker.min_insync),
        "cleanup.policy": "delete",
        "max.message.bytes": str(MESSAGE_BYTES),
        "message.timestamp.type": "LogAppendTime",
    }


async def create_topics(broker: Broker) -> list[str]:
    """Make the topics that are not there; returns their names. What differs is left alone and told by the check."""
    async with admin_of(broker) as admin:
        there = set(await admin.list_topics())
        missing = [name for topic in Topic if (name := topic_name(broker, topic)) not in there]
        new = [
            NewTopic(name, broker.partitions, broker.replication, topic_configs=declared(broker)) for name in missing
        ]
        if new:
            try:
                made = await admin.create_topics(new)
            except TopicAlreadyExistsError:
                return []
            for name, code, *rest in made.topic_errors:
                if code not in (0, TopicAlreadyExistsError.errno):
                    raise PlainError(f"topic {name} cannot be made: {rest[0] if rest else f'error {code}'}")
        return missing


async def check_topics(broker: Broker, topics: Sequence[str] = tuple(Topic)) -> list[str]:
    """What differs from the declaration, a sentence each with what to do."""
    found: list[str] = []
    async with admin_of(broker) as admin:
        there = set(await admin.list_topics())
        names = [topic_name(broker, topic) for topic in topics]
        found += [f"topic {name} is missing: claimloom topics create" for name in names if name not in there]
        here = [name for name in names if name in there]
        if not here:
            return found
        for each in await admin.describe_topics(here):
            name, partitions = each["topic"], each["partitions"]
            if len(partitions) != broker.partitions:
                there_are = counted(len(partitions), "partition")
                found.append(
                    f"topic {name} has {there_are}, CLAIMLOOM_PARTITIONS says {broker.partitions}: "
                    "set it to what there is, or (if nothing waits in it) delete the topic and create it again; "
                    "adding partitions would break the order of a patient's events"
                )
            copies = {len(part["replicas"]) for part in partitions}
            if copies != {broker.replication}:
                found.append(
                    f"topic {name} has {', '.join(map(str, sorted(copies)))} replicas, CLAIMLOOM_REPLICATION says "
                    f"{broker.replication}: kafka-reassign-partitions, or set it to what there is"
                )
        asked = [ConfigResource(ConfigResourceType.TOPIC, name) for name in here]
        for answer in await admin.describe_configs(asked):
            for _code, _message, _kind, name, entries in answer.resources:
                values = {entry[0]: entry[1] for entry in entries}
                found += [
                    f"topic {name} has {key}={values.get(key)}, declared is {value}: "
                    f"kafka-configs --alter --topic {name} --add-config {key}={value}"
                    for key, value in declared(broker).items()
                    if values.get(key) != value
                ]
    return found
