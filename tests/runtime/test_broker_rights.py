"""A broker that lets each service do what deploy/kafka/acls.csv says: the whole way goes, and nothing beside it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.errors import TopicAuthorizationFailedError
from aiokafka.protocol.admin import CreateAclsRequest

from claimloom.ledger.migration import open_ledger
from claimloom.runtime.kafka.connect import admin_of, connection_arguments
from claimloom.settings import Broker as Address
from claimloom.settings import Settings, read_settings
from services.topology import topology
from tests.runtime import contract
from tests.runtime.test_secure import SETTINGS, certificate, settings_of
from tools.acls import SETUP, Acl, acls
from tools.cluster import Cluster
from tools.local import Broker

RIGHTS = acls(topology(Settings(Path())))
USERS = sorted({each.user for each in RIGHTS})
# As the protocol numbers them.
KINDS = {"topic": 2, "group": 3}
OPERATIONS = {"Read": 3, "Write": 4, "Create": 5, "Describe": 8, "DescribeConfigs": 10, "AlterConfigs": 11}
LITERAL, ALLOW = 3, 3
AUTHORIZER = """
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:broker;User:admin;User:ANONYMOUS
"""


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    folder = tmp_path_factory.mktemp("guarded")
    certificate(folder)
    users = [f"SCRAM-SHA-512=[name={user},password=outer]" for user in (*USERS, "admin")]
    broker = Broker(folder, users=users, tls=True)
    broker.extra = SETTINGS.replace("@CONTROLLER@", str(broker.controller_port)) + AUTHORIZER
    yield broker.start()
    broker.close()


async def allow(address: Address, rights: Sequence[Acl]) -> None:
    async with admin_of(address) as admin:
        for each in rights:
            operation = OPERATIONS[each.operation]
            user = f"User:{each.user}"
            asked = CreateAclsRequest(KINDS[each.kind], str(each.name), LITERAL, user, "*", operation, ALLOW)
            answer = await admin._send_to_controller(asked)
            assert [code for code, _ in answer.creation_responses] == [0], each


class Served:
    """A runtime, as ``tests/runtime/contract.py`` wants it, whose workers have a user of their own each."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self.folder = cluster.folder
        self.engine = open_ledger(cluster.db, cluster.folder / "chain.key")

    def deliver(self, files: Mapping[str, bytes]) -> None:
        for name, content in files.items():
            self.cluster.bring(name, content)
        self.cluster.idle()


@pytest.mark.long
def test_the_whole_way_goes_by_the_rights_of_the_topology(guarded: Broker, database: str, tmp_path: Path) -> None:
    given = settings_of(guarded) | {"CLAIMLOOM_TOPIC_PREFIX": "", "CLAIMLOOM_KAFKA_USER": "admin"}
    del given["CLAIMLOOM_MASTER_KEY"]  # what it says is looked at here
    cluster = Cluster(tmp_path / "data", guarded.servers, database, given)
    try:
        address = read_settings(None, cluster.environment).broker
        assert address is not None
        asyncio.run(allow(address, RIGHTS))
        cluster.settings = given | {"CLAIMLOOM_KAFKA_USER": SETUP}
        cluster.set_up()
        for service in topology(Settings(Path())):
            cluster.start(service.name, CLAIMLOOM_KAFKA_USER=service.name)
        served = Served(cluster)
        contract.whole_way(served, contract.visits(12))
        contract.conserved(served.engine)
        assert set(contract.claims_in_files(cluster.folder).values()) == {1}
        served.engine.dispose()
        cluster.settings = given | {"CLAIMLOOM_KAFKA_USER": "claim_builder"}
        with pytest.raises(TopicAuthorizationFailedError):
            asyncio.run(write(cluster, "claim-submitted"))
    finally:
        cluster.close()


async def write(cluster: Cluster, topic: str) -> None:
    address = read_settings(None, cluster.environment).broker
    assert address is not None
    producer = AIOKafkaProducer(**connection_arguments(address))
    await producer.start()
    try:
        await producer.send_and_wait(topic, b"{}")
    finally:
        await producer.stop()
