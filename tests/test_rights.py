"""What we write is read by nobody else, through whatever door it comes; those who move files may have two folders."""

from __future__ import annotations

import grp
import json
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from claimloom.errors import PlainError
from claimloom.rights import Rights, take_over
from claimloom.settings import Settings, read_settings
from claimloom.system import System
from tests.command import claimloom
from tests.runtime import contract
from tests.test_folder import line

GROUP = next((each for each in os.getgroups() if each != os.getegid()), os.getegid())


@pytest.fixture(autouse=True)
def _open_umask() -> Iterator[None]:
    """The worst that a caller may have."""
    before = os.umask(0)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


def modes(folder: Path) -> dict[str, int]:
    found = {str(path.relative_to(folder)): mode(path) for path in folder.rglob("*")}
    return found | {".": mode(folder)}


def wide(folder: Path, but: tuple[str, ...] = ()) -> dict[str, str]:
    return {name: f"{each:o}" for name, each in modes(folder).items() if each & 0o077 and name not in but}


def visits(path: Path) -> Path:
    path.write_text(line(1))
    path.chmod(0o644)
    return path


@pytest.mark.parametrize("umask", [0, 0o022, 0o077])
def test_commands_write_for_nobody_else(tmp_path: Path, umask: int) -> None:
    os.umask(umask)
    data, file = tmp_path / "data", visits(tmp_path / "s.jsonl")
    bad = tmp_path / "bad.jsonl"
    bad.write_text(line(2) + "{\n")
    for words in (
        ("sessions", "import", file),
        ("sessions", "import", bad),
        ("run", "--until-idle"),
        ("claims", "show", "S-1"),
        ("replay",),
        ("doctor",),
        ("db", "backup", tmp_path / "backup.db"),
    ):
        assert claimloom(*words, "--data", data).returncode < 2, words
    names = set(modes(data))
    assert {
        "claimloom.db",
        "archive/s.jsonl",
        "rejected/bad.jsonl.reason.txt",
        "outbound/TEST_837p-000000001.edi",
    } <= names
    assert wide(data) == {}
    assert mode(tmp_path / "backup.db") == 0o600
    assert os.umask(umask) == umask, "the caller's own is as it was"


def test_other_commands_that_write_files_do_too(tmp_path: Path) -> None:
    sample = Path(__file__).parents[1] / "edi_samples" / "837p" / "837p_example.edi"
    assert claimloom("x12", "split", sample, "--out", tmp_path / "parts").returncode == 0
    assert claimloom("x12", "mask", sample, "--out", tmp_path / "masked.edi").returncode == 0
    assert claimloom("db", "upgrade", "--data", tmp_path / "fresh").returncode == 0
    assert claimloom("demo", "--data", tmp_path / "demo", "--visits", "3").returncode == 0
    assert mode(tmp_path / "masked.edi") == 0o600
    assert [wide(tmp_path / name) for name in ("parts", "fresh", "demo")] == [{}, {}, {}]


def test_the_log_of_the_ledger_has_its_rights(tmp_path: Path) -> None:
    """A program of somebody else's that runs the services in itself, with whatever umask, while it is at it."""
    system = System(Settings(tmp_path / "data", as_of=contract.DAY))
    visits(tmp_path / "data" / "inbound" / "s.jsonl")
    system.run_until_idle()
    try:
        assert {"claimloom.db-wal", "claimloom.db-shm"} <= set(modes(tmp_path / "data"))
        assert wide(tmp_path / "data") == {}
    finally:
        system.close()


@pytest.mark.process
def test_a_process_of_ours_begins_with_a_tight_umask(tmp_path: Path) -> None:
    """Also of a worker: the same entry, before anything else."""
    code = "import os, sys; from claimloom.cli import main\ntry: main(['worker', 'nobody'])\nexcept SystemExit: pass\n"
    code += "before = os.umask(0); print(oct(before))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.split() == ["0o77"]


def test_a_folder_of_before_is_told_and_tightened_when_that_is_asked(tmp_path: Path) -> None:
    data = tmp_path / "data"
    claimloom("sessions", "import", visits(tmp_path / "s.jsonl"), "--data", data)
    for path in [data, *data.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)
    claimloom("run", "--until-idle", "--data", data)
    assert len(wide(data)) > 5, "no command does it beside what it is for"
    told = claimloom("doctor", "--data", data, "--json")
    found = json.loads(told.stdout)
    assert (told.returncode, "archive/s.jsonl" in found["readable_by_others"]) == (1, True)
    assert "readable_by_others" in found["needs_attention"]
    said = claimloom("doctor", "--fix", "--data", data)
    assert (said.returncode, wide(data)) == (0, {}), said.stdout
    again = claimloom("doctor", "--data", data)
    assert again.returncode == 0, again.stdout


def test_what_comes_new_into_a_wide_folder_is_tight(tmp_path: Path) -> None:
    data = tmp_path / "data"
    for name in ("inbound", "outbound", "archive", "rejected"):
        (data / name).mkdir(parents=True)
    visits(data / "inbound" / "s.jsonl")
    assert claimloom("run", "--until-idle", "--data", data).returncode == 0
    assert {path.name: mode(path) for path in data.rglob("*") if path.is_file()} == {
        "claimloom.db": 0o600,
        "chain.key": 0o600,
        "heads.json": 0o600,
        "s.jsonl": 0o600,
        "TEST_837p-000000001.edi": 0o600,
    }
    assert mode(data) == 0o777


def test_those_who_move_files_have_two_folders_and_no_more(tmp_path: Path) -> None:
    data, name = tmp_path / "data", grp.getgrgid(GROUP).gr_name
    environment = {"CLAIMLOOM_FILES_GROUP": name}
    done = claimloom("sessions", "import", visits(tmp_path / "s.jsonl"), "--data", data, environment=environment)
    assert done.returncode == 0, done.stderr
    found = modes(data)
    assert {each: f"{found[each]:o}" for each in (".", "inbound", "outbound", "archive", "claimloom.db")} == {
        ".": "710",
        "inbound": "2770",
        "outbound": "2770",
        "archive": "700",
        "claimloom.db": "600",
    }
    assert found["outbound/TEST_837p-000000001.edi"] == 0o660
    assert found["archive/s.jsonl"] == 0o600
    assert {(data / each).stat().st_gid for each in (".", "inbound", "outbound")} == {GROUP}
    assert claimloom("doctor", "--data", data, environment=environment).returncode == 0
    assert claimloom("doctor", "--data", data).returncode == 1, "without the setting nobody should have it"


def test_a_group_that_is_said_later_is_given_by_fix(tmp_path: Path) -> None:
    data = tmp_path / "data"
    claimloom("sessions", "import", visits(tmp_path / "s.jsonl"), "--data", data)
    environment = {"CLAIMLOOM_FILES_GROUP": str(GROUP)}
    assert claimloom("doctor", "--data", data, environment=environment).returncode == 1
    assert claimloom("doctor", "--fix", "--data", data, environment=environment).returncode == 0
    assert mode(data / "inbound") == 0o2770


@pytest.mark.parametrize("name", ["no-such-group", "4294967290", "-1", "²"])
def test_a_group_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(PlainError, match="a group of this machine"):
        read_settings(None, {"CLAIMLOOM_FILES_GROUP": name})


def test_another_users_file_is_copied_and_so_becomes_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = visits(tmp_path / "s.jsonl")
    before, times = file.stat().st_ino, file.stat().st_mtime_ns
    monkeypatch.setattr(os, "geteuid", lambda: file.stat().st_uid + 1)
    take_over(file)
    assert (file.read_text(), mode(file), file.stat().st_mtime_ns) == (line(1), 0o600, times)
    assert file.stat().st_ino != before
    assert [path.name for path in tmp_path.iterdir()] == ["s.jsonl"]


def test_a_master_key_that_others_read_is_told(tmp_path: Path) -> None:
    data, key = tmp_path / "data", tmp_path / "key"
    key.write_text("k1:" + "bTFtMW0xbTFtMW0xbTFtMW0xbTFtMW0xbTFtMW0xbTE=" + "\n")
    environment = {"CLAIMLOOM_MASTER_KEY_FILE": str(key)}
    for rights, code in ((0o600, 0), (0o644, 1), (0o640, 1)):
        key.chmod(rights)
        claimloom("sessions", "import", visits(tmp_path / "s.jsonl"), "--data", data, environment=environment)
        done = claimloom("doctor", "--data", data, environment=environment)
        assert (done.returncode, "master key file; others may read it" in done.stdout) == (code, bool(code))


def test_links_in_the_folders_are_left_alone(tmp_path: Path) -> None:
    data, other = tmp_path / "data", tmp_path / "elsewhere"
    claimloom("sessions", "import", visits(tmp_path / "s.jsonl"), "--data", data)
    other.write_text("of somebody else")
    other.chmod(0o644)
    (data / "archive" / "link").symlink_to(other)
    assert list(Rights().wide(data)) == []
    assert claimloom("doctor", "--fix", "--data", data).returncode == 0
    assert mode(other) == 0o644
