"""A sealed ledger and the commands: without its master key none shows a claim or writes, whichever it is."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from tests.command import claimloom
from tests.test_folder import line


def _key(path: Path, letter: bytes = b"k", name: str = "k1") -> dict[str, str]:
    path.write_text(f"{name}:{base64.b64encode(letter * 32).decode()}\n")
    path.chmod(0o600)
    return {"CLAIMLOOM_MASTER_KEY_FILE": str(path)}


def _everything(data: Path) -> dict[str, bytes]:
    return {
        str(path): path.read_bytes() for path in data.rglob("*") if path.is_file() and "claimloom.db-" not in path.name
    }


@pytest.fixture
def data(tmp_path: Path) -> Path:
    file = tmp_path / "s1.jsonl"
    file.write_text(line(1))
    done = claimloom("sessions", "import", file, "--data", tmp_path / "data", environment=_key(tmp_path / "key"))
    assert done.returncode == 0, done.stderr
    (tmp_path / "data" / "inbound" / "s2.jsonl").write_text(line(2))
    (tmp_path / "s3.jsonl").write_text(line(3))
    return tmp_path / "data"


COMMANDS = (
    "sessions import {}/s3.jsonl",
    "remits import {}/answer.edi",
    "run --until-idle",
    "decide note S-1 --reason seen",
    "dead-letters redrive all",
    "dead-letters list",
    "replay",
    "claims list",
    "claims export",
    "claims show S-1",
    "claims find doe",
    "claims reads S-1",
    "worklist",
)


@pytest.mark.parametrize("command", COMMANDS)
def test_without_its_key_a_command_writes_and_shows_nothing(data: Path, command: str) -> None:
    (data.parent / "answer.edi").write_bytes(
        (Path(__file__).parents[1] / "edi_samples" / "835" / "835_example.edi").read_bytes()
    )
    before = _everything(data)
    words = command.format(data.parent).split()
    for environment in ({}, _key(data.parent / "other", b"x"), _key(data.parent / "third", b"k", "k2")):
        done = claimloom(*words, "--data", data, environment=environment)
        assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1), done.stderr
        assert "master key k1" in done.stderr
    assert _everything(data) == before
    done = claimloom(*words, "--data", data, environment=_key(data.parent / "key"))
    assert done.returncode < 2 or "work item S-1: not here" in done.stderr


@pytest.mark.parametrize(
    "command", ["db check", "db backup {}/copy.db", "keys list", "doctor", "keys erase {tenant} --yes"]
)
def test_what_shows_no_claim_and_writes_no_event_needs_no_key(data: Path, command: str) -> None:
    done = claimloom(*command.format(data.parent, tenant=_tenant(data)).split(), "--data", data)
    assert done.returncode < 2, done.stderr


def _tenant(data: Path) -> str:
    return claimloom("keys", "list", "--data", data).stdout.splitlines()[1].split()[0]


def test_a_ledger_without_sealed_tenants_works_without_a_key(tmp_path: Path) -> None:
    (tmp_path / "s1.jsonl").write_text(line(1))
    data = tmp_path / "data"
    for words in (("sessions", "import", tmp_path / "s1.jsonl"), ("claims", "list"), ("replay",)):
        assert claimloom(*words, "--data", data).returncode == 0
