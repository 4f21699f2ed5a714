"""What deploy/ says fits the schemas of its formats, the program, and itself; and its commands really run."""

from __future__ import annotations

import importlib.util
import json
import re
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import jsonschema
import kubernetes_validate
import pytest
import yaml
from prometheus_client.metrics import MetricWrapperBase

from claimloom import metrics
from claimloom.ledger.database import open_engine
from claimloom.ledger.migration import revision
from claimloom.runtime.patience import Patience
from claimloom.settings import Settings
from services.topology import topology
from tools import images
from tools.acls import acls, text
from tools.cluster import Cluster

ROOT = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES = {service.name: service for service in topology(Settings(Path()))}
K8S = [
    document
    for path in sorted((ROOT / "deploy/k8s").glob("*.yaml"))
    if path.name != "kustomization.yaml"
    for document in yaml.safe_load_all(path.read_text())
]
# Kinds of an operator: their schemas are in no package.
FOREIGN = {"ScaledObject", "TriggerAuthentication"}
KNOWN_SETTINGS = set(
    re.findall(
        r'"(CLAIMLOOM_[A-Z_]+)"',
        "".join(
            (ROOT / path).read_text()
            for path in ("claimloom/settings.py", "claimloom/partners.py", "claimloom/sealing.py")
        ),
    )
)
LEDGER_GAUGES = (
    metrics.CLAIMS,
    metrics.BILLED,
    metrics.PAID,
    metrics.DEAD_OPEN,
    metrics.UNBALANCED,
    metrics.SUSPENSE,
    metrics.SILENT,
    metrics.WORK,
    metrics.DUE,
    metrics.RECOVERABLE,
)


def kind(name: str) -> list[dict[str, Any]]:
    return [document for document in K8S if document["kind"] == name]


def test_compose_fits_the_compose_specification() -> None:
    # Only a file of the package is wanted: it is found without importing it.
    found = importlib.util.find_spec("check_jsonschema")
    assert found is not None
    assert found.origin is not None
    folder = Path(found.origin).parent / "builtin_schemas" / "vendor" / "compose-spec.json"
    jsonschema.validate(COMPOSE, json.loads(folder.read_text()))
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(COMPOSE | {"services": {"a": {"imagee": "x"}}}, json.loads(folder.read_text()))


@pytest.mark.parametrize("document", [each for each in K8S if each["kind"] not in FOREIGN], ids=lambda d: d["kind"])
def test_manifest_fits_kubernetes(document: dict[str, Any]) -> None:
    kubernetes_validate.validate(document, "1.33", strict=True)


def test_schema_check_sees_a_wrong_field() -> None:
    wrong = json.loads(json.dumps(kind("Deployment")[0]))
    wrong["spec"]["template"]["spec"]["containers"][0]["imagee"] = "x"
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, "1.33", strict=True)


def test_every_service_has_one_container_in_both() -> None:
    workers = {name: each for name, each in COMPOSE["services"].items() if each.get("command", [""])[0] == "worker"}
    assert {each["command"][1] for each in workers.values()} == set(SERVICES)
    assert all(name == each["command"][1] for name, each in workers.items())
    args = [each["spec"]["template"]["spec"]["containers"][0]["args"] for each in kind("Deployment")]
    assert sorted(each[1] for each in args) == sorted(SERVICES)
    assert all(each[0] == "worker" for each in args)
    listed = yaml.safe_load((ROOT / "deploy/k8s/kustomization.yaml").read_text())["resources"]
    there = {path.name for path in (ROOT / "deploy/k8s").glob("*.yaml")}
    assert set(listed) == there - {"kustomization.yaml", "secret.example.yaml"}


def test_containers_are_shut_in() -> None:
    for name, each in COMPOSE["services"].items():
        if each.get("image") == "claimloom:local":
            assert each["read_only"], name
            assert each["cap_drop"] == ["ALL"], name
        for port in each.get("ports", []):
            assert port.startswith("127.0.0.1:"), port
    for document in [*kind("Deployment"), *kind("Job")]:
        pod = document["spec"]["template"]["spec"]
        assert pod["securityContext"]["runAsNonRoot"]
        inner = pod["containers"][0]["securityContext"]
        assert inner["readOnlyRootFilesystem"]
        assert not inner["allowPrivilegeEscalation"]
    docker = (ROOT / "deploy/Dockerfile").read_text()
    last = docker[docker.rindex("FROM ") :]
    assert "USER 10001" in last
    assert not re.search(r"gcc|build-essential|pip install", last)


def test_settings_are_known_and_no_secret_is_written_out() -> None:
    given = set(COMPOSE["x-settings"]) | set(kind("ConfigMap")[0]["data"])
    assert {name.removesuffix("_FILE") for name in given} <= {name.removesuffix("_FILE") for name in KNOWN_SETTINGS}
    for name in given:
        assert not re.search("PASSWORD$|KEY$", name), f"{name} would stand in the open"
    assert set(kind("Secret")[0]["stringData"].values()) == {"REPLACE-ME"}
    for url in (COMPOSE["x-settings"]["CLAIMLOOM_DB"], kind("ConfigMap")[0]["data"]["CLAIMLOOM_DB"]):
        assert ":" not in url.partition("://")[2].partition("@")[0]


def test_probes_budgets_and_scaling_meet_what_they_name() -> None:
    deployments = {each["metadata"]["name"]: each for each in kind("Deployment")}
    for each in deployments.values():
        container = each["spec"]["template"]["spec"]["containers"][0]
        assert container["ports"] == [{"name": "health", "containerPort": 9464}]
        assert container["readinessProbe"]["httpGet"] == {"path": "/readyz", "port": "health"}
        assert container["livenessProbe"]["httpGet"] == {"path": "/healthz", "port": "health"}
    budgets = {
        each["spec"]["selector"]["matchLabels"]["app.kubernetes.io/name"] for each in kind("PodDisruptionBudget")
    }
    assert budgets == set(deployments)
    partitions = int(kind("ConfigMap")[0]["data"]["CLAIMLOOM_PARTITIONS"])
    scaled = {each["spec"]["scaleTargetRef"]["name"]: each["spec"] for each in kind("ScaledObject")}
    assert set(scaled) == {name.replace("_", "-") for name, each in SERVICES.items() if each.consumes}
    for name, spec in scaled.items():
        service = SERVICES[name.replace("-", "_")]
        assert spec["maxReplicaCount"] == partitions
        assert {each["metadata"]["consumerGroup"] for each in spec["triggers"]} == {service.name}
        assert {each["metadata"]["topic"] for each in spec["triggers"]} == {str(topic) for topic in service.consumes}


def made_names() -> set[str]:
    found = set()
    for each in vars(metrics).values():
        for metric in each.collect() if isinstance(each, MetricWrapperBase) else []:
            found |= {metric.name, f"{metric.name}_total", f"{metric.name}_bucket"}
    return found


def test_alerts_and_panels_name_metrics_that_exist() -> None:
    rules = yaml.safe_load((ROOT / "deploy/alerts.yml").read_text())["groups"][0]["rules"]
    board = json.loads((ROOT / "deploy/grafana/claimloom.json").read_text())
    asked = [rule["expr"] for rule in rules]
    asked += [target["expr"] for panel in board["panels"] for target in panel["targets"]]
    names = {name for expr in asked for name in re.findall(r"claimloom_[a-z_]+", expr)}
    assert names <= made_names(), names - made_names()
    needed = {"Lag", "DeadLetters", "SilentPayer", "UnbalancedRemittances", "ClocksNearExpiry", "WorkerDown"}
    assert needed <= {rule["alert"] for rule in rules}
    for rule in rules:
        assert rule["annotations"]["summary"]
        assert len(rule["annotations"]["runbook"]) > 40
    targets = yaml.safe_load((ROOT / "deploy/prometheus.yml").read_text())["scrape_configs"][0]["static_configs"][0]
    assert {each.partition(":")[0] for each in targets["targets"]} == set(SERVICES)


def test_what_every_followup_worker_tells_of_the_ledger_is_never_summed() -> None:
    """There are two of them and more: a sum would be a multiple of what the ledger holds."""
    rules = yaml.safe_load((ROOT / "deploy/alerts.yml").read_text())["groups"][0]["rules"]
    board = json.loads((ROOT / "deploy/grafana/claimloom.json").read_text())
    asked = [rule["expr"] for rule in rules]
    asked += [target["expr"] for panel in board["panels"] for target in panel["targets"]]
    of_ledger = [metric.collect()[0].name for metric in LEDGER_GAUGES]
    for name in of_ledger:
        exprs = [expr for expr in asked if re.search(rf"{name}\b", expr)]
        assert exprs, name
        for expr in exprs:
            assert re.match(rf"max (by \(\w+\) )?\({name}\b", expr.replace("max(", "max (")), expr


def test_a_worker_is_given_the_time_that_it_takes_to_stop() -> None:
    workers = [each for each in COMPOSE["services"].values() if each.get("command", [""])[0] == "worker"]
    graces = [int(each["stop_grace_period"].removesuffix("s")) for each in workers]
    graces += [each["spec"]["template"]["spec"]["terminationGracePeriodSeconds"] for each in kind("Deployment")]
    assert len(graces) == 2 * len(SERVICES)
    assert min(graces) > Patience().stop


def test_pg_dump_of_the_image_is_not_older_than_the_server() -> None:
    found = re.search(r"postgresql-client-(\d+)", (ROOT / "deploy/Dockerfile").read_text())
    assert found is not None
    assert int(found[1]) >= int(re.split("[:@]", COMPOSE["services"]["postgres"]["image"])[1])


def test_images_are_pinned_by_one_tool() -> None:
    """All or none of a file, and what is written stays as it is but for the digests."""
    digest = "sha256:" + "0" * 64
    for name in images.FILES:
        lines = (ROOT / name).read_text()
        found = images.images_in(lines)
        assert found
        assert len(re.findall("@sha256:", lines)) in (0, len(images.IMAGE.findall(lines)))
        once = images.pinned(lines, dict.fromkeys(found, digest))
        assert images.pinned(once, dict.fromkeys(found, digest)) == once
        assert once.replace(f"@{digest}", "") == re.sub("@sha256:[0-9a-f]{64}", "", lines)
    used = [each["image"] for each in COMPOSE["services"].values() if each.get("image") != "claimloom:local"]
    assert {re.sub("@.*", "", each) for each in used} == images.images_in((ROOT / "docker-compose.yml").read_text())


def ready(port: int) -> str:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=2) as answer:
            return str(answer.read().decode())
    except urllib.error.HTTPError as error:
        return str(error.read().decode())
    except OSError as error:
        return str(error)


def test_commands_of_the_containers_really_run(kafka: str, database: str, tmp_path: Path) -> None:
    """Each command with the environment of its container, but for where broker, database and folder are."""
    (tmp_path / "master_key").write_text("2026-11:" + "A" * 43 + "=")
    (tmp_path / "db_password").write_text("not needed here")
    here = {
        "CLAIMLOOM_DATA": str(tmp_path / "data"),
        "CLAIMLOOM_DB": database,
        "CLAIMLOOM_KAFKA": kafka,
        "CLAIMLOOM_DB_PASSWORD_FILE": str(tmp_path / "db_password"),
        "CLAIMLOOM_MASTER_KEY_FILE": str(tmp_path / "master_key"),
    }
    given = {name: re.sub(r"^\$\{.*:-(.*)\}$", r"\1", value) for name, value in COMPOSE["x-settings"].items()}
    cluster = Cluster(tmp_path / "data", kafka, database, given | here)
    try:
        for name in ("upgrade", "setup"):
            done = cluster.claimloom(*COMPOSE["services"][name]["command"])
            assert done.returncode == 0, done.stderr
        engine = open_engine(database)
        assert revision(engine) is not None
        engine.dispose()
        workers = [cluster.start(name) for name in SERVICES]
        for worker in workers:
            end = time.monotonic() + 60
            while (said := ready(worker.port)) != "ready\n":
                assert worker.process.poll() is None, worker.log.read_text()
                assert time.monotonic() < end, (worker.service, said, worker.log.read_text())
                time.sleep(0.2)
        assert {worker.service: cluster.end(worker) for worker in workers} == dict.fromkeys(SERVICES, 0)
    finally:
        cluster.close()


def pods() -> dict[str, dict[str, Any]]:
    found = {}
    for document in [*kind("Deployment"), *kind("Job")]:
        template = document["spec"]["template"]
        found[template["metadata"]["labels"]["app.kubernetes.io/name"]] = template["spec"]
    return found


LEDGER, BROKER, PAYLOADS = {"db_password"}, {"kafka_password", "kafka_ca.pem"}, {"master_key"}
NEEDS = {name.replace("_", "-"): LEDGER | BROKER | PAYLOADS for name in SERVICES} | {
    "upgrade": LEDGER,
    "topics": BROKER,
}


def test_a_pod_is_given_the_secrets_that_it_needs_and_no_other() -> None:
    assert set(pods()) == set(NEEDS)
    there = set(kind("Secret")[0]["stringData"])
    named = {f"/secrets/{each}" for each in LEDGER | BROKER | PAYLOADS}
    for name, pod in pods().items():
        (container,) = pod["containers"]
        (volume,) = [each["secret"] for each in pod["volumes"] if "secret" in each]
        assert {each["path"] for each in volume["items"]} == NEEDS[name], name
        assert {each["value"] for each in container["env"] if each["value"] in named} == {
            f"/secrets/{each}" for each in NEEDS[name]
        }, name
        assert container["envFrom"] == [{"configMapRef": {"name": "claimloom-settings"}}]
        users = [each["value"] for each in container["env"] if each["name"] == "CLAIMLOOM_KAFKA_USER"]
        keys = {each["path"]: each["key"] for each in volume["items"]}
        assert set(keys.values()) <= there, name
        assert [f"kafka_password_{user}" for user in users] == [keys[each] for each in keys if each == "kafka_password"]
        assert users in ([], ["setup"], [name.replace("-", "_")])
    files = {value for value in kind("ConfigMap")[0]["data"].values() if "/secrets/" in value}
    assert files == set()


def test_the_chain_is_kept_from_who_writes_no_ledger() -> None:
    """Its key is in the data folder."""
    for name, pod in pods().items():
        assert any("persistentVolumeClaim" in each for each in pod["volumes"]) is (name != "topics"), name


def test_pods_talk_to_names_broker_and_database_alone() -> None:
    policies = {each["metadata"]["name"]: each["spec"] for each in kind("NetworkPolicy")}
    assert policies.pop("nothing") == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    broker = int(kind("ConfigMap")[0]["data"]["CLAIMLOOM_KAFKA"].rpartition(":")[2])
    for pod, needs in NEEDS.items():
        labels = {"app.kubernetes.io/part-of": "claimloom", "app.kubernetes.io/name": pod}
        mine = [each for each in policies.values() if selects(each["podSelector"], labels)]
        rules = [rule for each in mine for rule in each.get("egress", [])]
        assert all(rule["to"] and rule["ports"] for rule in rules)
        asked = {53, *([broker] if needs & BROKER else []), *([5432] if needs & LEDGER else [])}
        assert {port["port"] for rule in rules for port in rule["ports"]} == asked, pod
        assert [port["port"] for each in mine for rule in each.get("ingress", []) for port in rule["ports"]] == [9464]


def selects(selector: dict[str, Any], labels: dict[str, str]) -> bool:
    said = selector.get("matchLabels", {}).items() <= labels.items()
    return said and all(
        each["operator"] == "NotIn" and labels[each["key"]] not in each["values"]
        for each in selector.get("matchExpressions", [])
    )


def test_rights_on_the_broker_are_those_of_the_topology() -> None:
    """``python -m tools.acls`` writes them."""
    found = acls(tuple(SERVICES.values()))
    assert (ROOT / "deploy/kafka/acls.csv").read_text() == text(found)
    writes = {(each.user, each.name) for each in found if each.operation == "Write"}
    for service in SERVICES.values():
        assert {(service.name, topic) for topic in service.emits} <= writes
    assert {user for user, name in writes if name == "claim-submitted"} == {"claim_submitter"}
    users = {each.user for each in found}
    secrets = {each.removeprefix("kafka_password_") for each in kind("Secret")[0]["stringData"]}
    assert users <= secrets
