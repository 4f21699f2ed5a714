"""``make dev-up`` and ``dev-down``: servers for a person, on loopback, ended by who started them and nobody else."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest

from tools.dev import PIDS, down, up


def listens(address: str) -> bool:
    host, _, port = address.rpartition(":")
    try:
        with socket.create_connection((host, int(port)), 2):
            return True
    except OSError:
        return False


@pytest.mark.server
def test_servers_are_there_until_they_are_ended(tmp_path: Path) -> None:
    folder = tmp_path / "dev"
    try:
        settings = up(folder, hours=0.1)
        assert sorted(settings) == ["CLAIMLOOM_DB", "CLAIMLOOM_KAFKA"]
        broker = settings["CLAIMLOOM_KAFKA"]
        assert broker.startswith("127.0.0.1:")
        assert listens(broker)
        with psycopg.connect(settings["CLAIMLOOM_DB"]) as connection:
            assert connection.execute("show listen_addresses").fetchone() == ("127.0.0.1",)
        assert up(folder, hours=0.1) == settings  # started once
        numbers = [int(each) for each in json.loads((folder / PIDS).read_text())]
        assert len(numbers) == 3
    finally:
        ended = down(folder)
    assert ended == 3
    assert not listens(broker)
    for number in numbers[1:]:
        with pytest.raises(ProcessLookupError):
            os.kill(number, 0)
    assert down(folder) == 0


@pytest.mark.server
def test_they_end_by_themselves(tmp_path: Path) -> None:
    broker = up(tmp_path, hours=1 / 3600)["CLAIMLOOM_KAFKA"]
    end = time.monotonic() + 60
    while listens(broker) and time.monotonic() < end:
        time.sleep(0.2)
    assert not listens(broker)
    down(tmp_path)


@pytest.mark.process
def test_a_process_that_got_the_number_of_one_that_ended_is_left_alone(tmp_path: Path) -> None:
    other = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        (tmp_path / PIDS).write_text(json.dumps({str(other.pid): "Mon Nov  2 09:00:00 2020"}))
        assert down(tmp_path) == 0
        assert other.poll() is None
    finally:
        other.send_signal(signal.SIGKILL)
        other.wait()
