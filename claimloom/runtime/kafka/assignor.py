"""How a group shares partitions out: as declared, also while a broker says nothing of some topics."""

from __future__ import annotations

from typing import Any

from faust.assignor import PartitionAssignor


class _AsDeclared:
    """What the leader of a group knows of topics, filled up by the declaration that every worker's start was held to.

    A broker that has just come back first says nothing of some topics. Faust's assignor gives such a topic to nobody,
    and nobody asks again when it is there: all workers of the group stood still then.
    """

    def __init__(self, cluster: Any, partitions: int) -> None:
        self.cluster = cluster
        self.partitions = partitions

    def partitions_for_topic(self, topic: str) -> set[int]:
        """All that Faust's assignor asks for."""
        return set(self.cluster.partitions_for_topic(topic) or ()) | set(range(self.partitions))


def assignor(partitions: int) -> type[PartitionAssignor]:
    class Assignor(PartitionAssignor):
        def assign(self, cluster: Any, member_metadata: Any) -> Any:
            return super().assign(_AsDeclared(cluster, partitions), member_metadata)

    return Assignor
