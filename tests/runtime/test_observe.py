"""What a worker tells of itself: health, metrics, logs, traces, and never a patient."""

from __future__ import annotations

import json
import re
import time
import urllib.error
import urllib.request
from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import func, select

from claimloom.ledger.database import open_engine
from claimloom.ledger.tables import journal
from claimloom.ledger.views.scope import EVERYTHING, Page, Wanted
from claimloom.ledger.views.totals import dollars_by_state
from claimloom.ledger.views.worklist import work_page
from claimloom.sandbox.visits import make_visits
from claimloom.settings import read_settings
from services.topology import topology
from tests.phi import assert_no_phi, phi_of
from tests.runtime.test_faust import wait_for
from tools.cluster import SERVICES, Cluster, Worker
from tools.local import Postgres

MADE = list(make_visits(9, 30, date(2026, 11, 20)))
VISITS = [each.visit for each in MADE]
FEES = dict.fromkeys(VISITS[0]["clinic"]["fees_cents"], 10**19)
UNBUILDABLE = VISITS[0] | {"session_id": "TOO-DEAR", "clinic": VISITS[0]["clinic"] | {"fees_cents": FEES}}


def get(worker: Worker, path: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{worker.port}{path}", timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except OSError as error:
        return 0, str(error)


def metric(text: str, name: str, **labels: str) -> float:
    """Sum of the samples of a metric that carry these labels."""
    total = 0.0
    for line in text.splitlines():
        found = re.fullmatch(rf"{name}(?:\{{(.*)\}})? ([0-9.e+-]+)", line)
        if found and all(f'{key}="{value}"' in (found.group(1) or "") for key, value in labels.items()):
            total += float(found.group(2))
    return total


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    """A database server of our own, since it is stopped."""
    made = Postgres().start()
    yield made
    made.close()


@pytest.fixture(scope="module")
def running(kafka: str, server: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """All workers, after thirty visits and one that cannot be built."""
    folder = tmp_path_factory.mktemp("observed") / "data"
    cluster = Cluster(folder, kafka, server.new_database(), {"CLAIMLOOM_AS_OF": "2026-11-20"}).set_up().start_all()
    cluster.bring("visits.jsonl", "".join(json.dumps(each) + "\n" for each in [*VISITS, UNBUILDABLE]).encode())
    cluster.idle()
    time.sleep(2)
    yield cluster
    cluster.close()


def of(cluster: Cluster, service: str) -> Worker:
    return next(worker for worker in cluster.workers if worker.service == service)


def test_health_and_readiness(running: Cluster) -> None:
    for worker in running.workers:
        assert get(worker, "/healthz")[0] == 200
        assert get(worker, "/readyz") == (200, "ready\n"), worker.service
        assert get(worker, "/elsewhere")[0] == 404


def test_metrics_count_what_was_done(running: Cluster) -> None:
    builder = get(of(running, "claim_builder"), "/metrics")[1]
    assert metric(builder, "claimloom_handled_total", service="claim_builder", topic="session-completed") == 31
    assert metric(builder, "claimloom_dead_letters_total") == 1
    assert metric(builder, "claimloom_retried_total") > 0
    assert metric(builder, "claimloom_published_total", topic="claim-built") == 30
    assert metric(builder, "claimloom_published_total", topic="dead-letter") == 1
    assert metric(builder, "claimloom_step_seconds_count") >= 1
    assert metric(builder, "claimloom_lag") == 0
    services = topology(read_settings(None, running.environment))
    (consumed,) = (each.consumes for each in services if each.name == "claim_builder")
    assert len(re.findall(r"^claimloom_lag\{", builder, re.MULTILINE)) == 4 * len(consumed)
    intake = get(of(running, "session_intake"), "/metrics")[1]
    assert metric(intake, "claimloom_published_total", topic="session-completed") == 31


def test_every_service_counts_and_is_behind_nothing(running: Cluster) -> None:
    """Handled is what the journal holds of the topics that a service consumes; after that its lag is 0."""
    engine = open_engine(running.db)
    with engine.connect() as connection:
        query = select(journal.c.type, func.count()).group_by(journal.c.type)
        journalled = {row[0]: row[1] for row in connection.execute(query)}
    engine.dispose()
    consuming = [service for service in topology(read_settings(None, running.environment)) if service.consumes]
    assert len(consuming) == 6
    for service in consuming:
        text = get(of(running, service.name), "/metrics")[1]
        for topic in service.consumes:
            if topic in journalled:
                assert metric(text, "claimloom_handled_total", topic=topic) == journalled[topic], (service.name, topic)
            lags = re.findall(rf'^claimloom_lag\{{.*topic="{topic}".*\}} (.*)$', text, re.MULTILINE)
            assert [float(each) for each in lags] == [0.0] * 4, (service.name, topic)


def test_gauges_are_the_ledger_to_the_cent(running: Cluster) -> None:
    worker = of(running, "account_keeper")
    running.end(worker)  # gauges are measured at the start, then now and then
    worker = running.start("account_keeper")
    wait_for(lambda: metric(get(worker, "/metrics")[1], "claimloom_claims") == 30)
    text = get(worker, "/metrics")[1]
    engine = open_engine(running.db)
    with engine.connect() as connection:
        for state, (count, billed, paid) in dollars_by_state(connection, EVERYTHING).items():
            assert metric(text, "claimloom_claims", state=state) == count
            assert metric(text, "claimloom_billed_dollars", state=state) == billed / 100
            assert metric(text, "claimloom_paid_dollars", state=state) == paid / 100
        assert (
            metric(text, "claimloom_work_items")
            == len(work_page(connection, EVERYTHING, Wanted(), Page(10_000)).rows)
            > 0
        )
    engine.dispose()
    assert metric(text, "claimloom_dead_letters_open") == 1
    assert "claimloom_payer_silent_days{" in text


def test_logs_are_json_with_ids_and_without_a_patient(running: Cluster) -> None:
    phi = phi_of(VISITS)
    assert len(phi) > 20
    seen = set()
    for path in sorted(running.folder.with_name(f"{running.folder.name}-logs").iterdir()):
        text = path.read_text()
        assert_no_phi(text, phi)
        for line in text.splitlines():
            said = json.loads(line)
            assert {"event", "level", "timestamp"} <= set(said)
            seen.add(said["event"])
            if said["event"] == "dead letter":
                assert {"service", "event_id", "trace_id", "event_type", "error"} <= set(said)
    assert {"worker starts", "file taken", "dead letter"} <= seen
    for worker in running.workers:
        assert_no_phi(get(worker, "/metrics")[1], phi)


def test_errors_of_the_command_line_hold_no_patient(running: Cluster, tmp_path: Path) -> None:
    broken = tmp_path / "broken.jsonl"
    broken.write_text(json.dumps(VISITS[0])[:-20] + "\n" + json.dumps(VISITS[1] | {"patient": {"name": "x"}}) + "\n")
    for command in (["sessions", "import", str(broken)], ["claims", "show", "nobody"], ["dead-letters", "list"]):
        done = running.claimloom(*command, check=False)
        assert_no_phi(done.stderr + done.stdout, phi_of(VISITS))


def test_everything_that_follows_from_a_visit_has_its_trace(running: Cluster) -> None:
    engine = open_engine(running.db)
    with engine.connect() as connection:
        events = [json.loads(body) for body in connection.scalars(select(journal.c.body).order_by(journal.c.seq))]
    engine.dispose()
    by_id = {event["id"]: event for event in events}
    spans: dict[str, set[str]] = defaultdict(set)
    for event in events:
        assert re.fullmatch(r"00-[0-9a-f]{32}-[0-9a-f]{16}-01", event["traceparent"])
        trace, span = event["traceparent"].split("-")[1:3]
        assert span not in spans[trace]
        spans[trace].add(span)
        if event["caused_by"]:
            assert by_id[event["caused_by"]]["traceparent"].split("-")[1] == trace
    assert len(spans) == 31


def test_not_ready_while_the_database_is_away_and_well_again_after(running: Cluster, server: Postgres) -> None:
    worker = of(running, "claim_builder")
    server.stop()
    try:
        running.bring("more.jsonl", (json.dumps(VISITS[0] | {"session_id": "LATER"}) + "\n").encode())
        intake = of(running, "session_intake")
        wait_for(lambda: get(intake, "/readyz") == (503, "waiting for database\n"))
        assert get(intake, "/healthz")[0] == 200
    finally:
        server.start()
    running.idle()
    wait_for(lambda: get(intake, "/readyz")[0] == 200)
    assert metric(get(worker, "/metrics")[1], "claimloom_handled_total") == 32


def test_a_port_that_is_taken_is_one_line(running: Cluster) -> None:
    taken = of(running, "claim_scrubber").port
    again = running.start("claim_scrubber", CLAIMLOOM_PORT=str(taken))
    assert again.process.wait(30) == 2
    running.workers.remove(again)
    last = json.loads(again.log.read_text().splitlines()[-1])
    said = f"port {taken} of 127.0.0.1: Address already in use; set CLAIMLOOM_PORT"
    assert (last["event"], last["service"]) == ("cannot run", "claim_scrubber")
    assert last["reason"].startswith(said)


def test_every_service_is_watched(running: Cluster) -> None:
    assert {worker.service for worker in running.workers} == set(SERVICES)
