"""SASL over TLS against a real broker, with sealed payloads: nobody on the way or on the disk reads a name."""

from __future__ import annotations

import asyncio
import ipaddress
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from claimloom.packing import unpack
from claimloom.runtime.kafka.connect import connection_arguments
from claimloom.runtime.kafka.topics import topic_name
from claimloom.sandbox.visits import make_visits
from claimloom.settings import read_settings
from tests.phi import assert_no_phi, long_ones, phi_of
from tools.cluster import Cluster
from tools.local import Broker

VISITS = [each.visit for each in make_visits(8, 10, date(2026, 11, 20))]
SETTINGS = """
listeners=SASL_SSL://127.0.0.1:@PORT@,CONTROLLER://127.0.0.1:@CONTROLLER@
advertised.listeners=SASL_SSL://127.0.0.1:@PORT@
listener.security.protocol.map=SASL_SSL:SASL_SSL,CONTROLLER:PLAINTEXT
inter.broker.listener.name=SASL_SSL
sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-512
sasl.mechanism.inter.broker.protocol=PLAIN
listener.name.sasl_ssl.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required \
username="broker" password="inner" user_broker="inner";
listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
ssl.keystore.type=PEM
ssl.keystore.location=@DIR@/server.pem
ssl.truststore.type=PEM
ssl.truststore.location=@DIR@/ca.pem
ssl.endpoint.identification.algorithm=
"""


def certificate(folder: Path) -> None:
    """A CA, and a certificate of it for loopback with its key in one PEM file. Good on whatever day it is here, and on
    the one that it is for the broker.
    """
    ca_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    ca_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"CA of {folder.name}")])
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    always = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)

    def signed(subject: x509.Name, public: ec.EllipticCurvePublicKey, *extensions: x509.ExtensionType) -> bytes:
        builder = x509.CertificateBuilder(ca_name, subject, public, x509.random_serial_number())
        builder = builder.not_valid_before(always[0]).not_valid_after(always[1])
        for each in extensions:
            builder = builder.add_extension(each, critical=isinstance(each, x509.BasicConstraints))
        return builder.sign(ca_key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)

    identifier = x509.SubjectKeyIdentifier.from_public_key(ca_key.public_key())
    ca = signed(ca_name, ca_key.public_key(), x509.BasicConstraints(ca=True, path_length=0), identifier)
    here = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key())
    server = signed(name, key.public_key(), here, authority)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "server.pem").write_bytes(private + server + ca)
    (folder / "ca.pem").write_bytes(ca)


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    folder = tmp_path_factory.mktemp("guarded")
    certificate(folder)
    broker = Broker(folder, users=["SCRAM-SHA-512=[name=claimloom,password=outer]"], tls=True)
    broker.extra = SETTINGS.replace("@CONTROLLER@", str(broker.controller_port))
    yield broker.start()
    broker.close()


def settings_of(broker: Broker) -> dict[str, str]:
    return {
        "CLAIMLOOM_AS_OF": "2026-11-20",
        "CLAIMLOOM_KAFKA_SECURITY": "SASL_SSL",
        "CLAIMLOOM_KAFKA_SASL": "SCRAM-SHA-512",
        "CLAIMLOOM_KAFKA_USER": "claimloom",
        "CLAIMLOOM_KAFKA_PASSWORD": "outer",
        "CLAIMLOOM_KAFKA_CA": str(broker.folder / "ca.pem"),
        "CLAIMLOOM_MASTER_KEY": "2026-11:" + "A" * 43 + "=",
    }


async def everything_on(cluster: Cluster) -> bytes:
    broker = read_settings(None, cluster.environment).broker
    assert broker is not None
    consumer = AIOKafkaConsumer(**connection_arguments(broker))
    await consumer.start()
    topics = ("session-completed", "claim-built", "claim-scrubbed", "claim-submitted")
    places = [TopicPartition(topic_name(broker, each), number) for each in topics for number in range(4)]
    consumer.assign(places)
    await consumer.seek_to_beginning(*places)
    left = sum((await consumer.end_offsets(places)).values())
    found: list[bytes] = []
    while len(found) < left:
        for some in (await consumer.getmany(timeout_ms=500)).values():
            found += [unpack(message.value) for message in some]
    await consumer.stop()
    assert len(found) >= 3 * len(VISITS)
    return b"\n".join(found)


def test_visits_become_files_over_sasl_and_tls_and_nobody_reads_them_on_the_way(
    guarded: Broker, database: str, tmp_path: Path
) -> None:
    cluster = Cluster(tmp_path / "data", guarded.servers, database, settings_of(guarded))
    try:
        cluster.set_up().start_all()
        cluster.bring("visits.jsonl", "".join(json.dumps(each) + "\n" for each in VISITS).encode())
        cluster.idle()
        sent = "".join(path.read_text() for path in (tmp_path / "data" / "outbound").iterdir())
        phi = long_ones(phi_of(VISITS))
        assert [each for each in phi if each.upper() in sent.upper()] != []
        assert_no_phi(asyncio.run(everything_on(cluster)).decode(), phi)
        for path in (guarded.folder / "data").rglob("*.log"):
            assert_no_phi(path.read_bytes().decode("latin-1"), phi)
    finally:
        cluster.close()


WRONG = [
    ({"CLAIMLOOM_KAFKA_PASSWORD": "guessed"}, "refuses us: user claimloom or its password is wrong"),
    ({"CLAIMLOOM_KAFKA_CA": "other"}, "refuses us: its certificate is not by CLAIMLOOM_KAFKA_CA"),
    ({"CLAIMLOOM_KAFKA_SASL": "SCRAM-SHA-256"}, "refuses us: it does not take SASL SCRAM-SHA-256"),
    ({"CLAIMLOOM_KAFKA_SECURITY": "PLAINTEXT"}, "cannot be reached"),
]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [WRONG[0], pytest.param(*WRONG[1], marks=pytest.mark.long), *WRONG[2:]],  # a client tries a certificate for long
    ids=["password", "ca", "mechanism", "plaintext"],
)
def test_wrong_credentials_are_one_clear_line(
    guarded: Broker, tmp_path: Path, wrong: dict[str, str], said: str
) -> None:
    certificate(tmp_path)
    given = {name: str(tmp_path / "ca.pem") if value == "other" else value for name, value in wrong.items()}
    cluster = Cluster(tmp_path / "data", guarded.servers, "", settings_of(guarded) | given)
    done = cluster.claimloom("topics", "check", check=False)
    cluster.close()
    assert done.returncode == 2, done.stdout
    assert "Traceback" not in done.stderr
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"claimloom: Kafka at {guarded.servers} {said}")
    assert "guessed" not in done.stderr


@pytest.mark.long
def test_a_worker_with_a_wrong_password_ends_and_says_so(guarded: Broker, database: str, tmp_path: Path) -> None:
    """It would wait for ever for a broker that is there."""
    right = Cluster(tmp_path / "data", guarded.servers, database, settings_of(guarded)).set_up()
    wrong = Cluster(
        tmp_path / "data", guarded.servers, database, settings_of(guarded) | {"CLAIMLOOM_KAFKA_PASSWORD": "guessed"}
    )
    done = wrong.claimloom("worker", "claim_builder", check=False)
    right.close()
    wrong.close()
    assert done.returncode == 2
    said = [json.loads(line) for line in done.stderr.splitlines()]
    assert said[-1]["event"] == "cannot run"
    assert "password is wrong" in said[-1]["reason"]
    assert "guessed" not in done.stderr
