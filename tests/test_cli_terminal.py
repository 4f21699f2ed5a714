"""Nothing that others wrote moves a terminal: by no command, in a pipe or on a terminal, of a ledger full of such."""

from __future__ import annotations

import json
import os
import pty
import re
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from claimloom.cli.output import Grid, out, same_json, visible
from claimloom.ledger.tables import metadata
from claimloom.packing import pack
from tests.command import claimloom
from tests.reading import CALLS
from tests.test_cli_damage import asked, whole

__all__ = ["whole"]
# Title, clear, colour, bell, C1, DEL, backspaces, a line of its own, the other way round, rich's own marks.
HOSTILE = (
    "\x1b]0;t\x07\x1b[2J\x9b31m\x85\x7f\x08\x08"
    "\r\n2026-11-20 alice\u2028\u202e\u2066\u061c\u200f[bold]x[/] :smile: [link=http://a]"
)
OURS = re.compile(r"\x1b\[[0-9;]*m")
OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
SAMPLES = Path(__file__).parents[1] / "edi_samples"
MEANT = {"causes", "reasons", "flags", "state", "errors", "fields", "due", "action", "service"}
KEPT = {"id", "claim_id", "event_id", "work_id", "tenant", "visit", "session_id", "patient_control_number", "body"}


@pytest.fixture(scope="module")
def hostile(whole: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every text of every table but those that a command is asked for by."""
    data = tmp_path_factory.mktemp("hostile") / "data"
    shutil.copytree(whole, data)
    with closing(sqlite3.connect(data / "claimloom.db")) as database:
        for name, table in metadata.tables.items():
            if name in ("journal", "outbox", "inbox", "positions", "tenant_keys", "chain"):
                continue
            for column in table.columns:
                is_text = column.type.python_type is str and not column.primary_key and column.name not in KEPT
                if not is_text or column.name in MEANT:
                    continue
                database.execute(f"update or ignore {name} set {column.name} = {column.name} || ?", (HOSTILE,))
        stranger = "insert into audit (time, actor, action, claim_id, tenant) values ('2026', ?, ?, '', '')"
        database.execute(stranger, (HOSTILE, HOSTILE))
        for seq, body in database.execute("select seq, body from journal").fetchall():
            database.execute("update journal set body = ? where seq = ?", (_spoiled(body), seq))
        database.commit()
    return data


def _spoiled(body: bytes) -> bytes:
    from claimloom.packing import unpack

    text = unpack(body).decode()
    for name in ("message", "payer_name", "trace_number", "because", "file_name", "reason", "error"):
        text = re.sub(rf'"{name}":"', lambda found: found[0] + json.dumps(HOSTILE)[1:-1], text)
    return pack(text.encode())


def calm(text: str) -> list[str]:
    return OBEYED.findall(OURS.sub("", text))


@pytest.mark.parametrize("environment", [{}, {"FORCE_COLOR": "1"}], ids=["pipe", "colours"])
def test_no_command_lets_a_text_through(hostile: Path, environment: dict[str, str]) -> None:
    names = asked(hostile)
    shown = 0
    for name, calls in CALLS.items():
        if name in ("replay", "sessions import", "remits import", "db backup", "dead-letters redrive"):
            continue
        for command in calls or ():
            done = claimloom(*command.format(**names).split(), "--data", hostile, environment=environment)
            as_ever = name.startswith("keys") or "is set aside already" in done.stderr  # by the run before
            assert done.returncode < 2 or as_ever, f"{command}: {done.stderr}"
            assert calm(done.stdout + done.stderr) == [], command
            assert not re.search("^2026-11-20 alice", done.stdout + done.stderr, re.MULTILINE), command
            shown += "[bold]x[/] :smile:" in done.stdout
            vars(out).pop("console", None)
    assert shown >= 8


@pytest.mark.parametrize(
    "words", ["check", "describe", "read", "describe --show-phi", "diff", "diff --show-phi", "diff --json"]
)
@pytest.mark.parametrize("sample", ["835/835_example.edi", "837p/837p_example.edi"])
def test_no_x12_command_does(tmp_path: Path, words: str, sample: str) -> None:
    content = (SAMPLES / sample).read_bytes()
    bad = tmp_path / "bad\x1b[2J.edi"
    for name in (b"EXAMPLE", b"MEDICARE", b"DOE", b"CLN1", b"EFT"):
        content = content.replace(name, name + b"\x1b[31m\x07\x9b\x85")
    bad.write_bytes(content)
    command, *more = words.split()
    files = [SAMPLES / sample, bad] if command == "diff" else [bad]
    done = claimloom("x12", command, *files, *more)
    assert calm(done.stdout + done.stderr) == [], words


@pytest.mark.process
@pytest.mark.parametrize("words", ["mask", "events unpack"])
def test_on_a_terminal_not_even_what_is_printed_as_it_came_does(tmp_path: Path, words: str) -> None:
    """A real terminal: in a pipe the bytes of a file stay what they are."""
    file = tmp_path / "file"
    file.write_bytes((SAMPLES / "835/835_example.edi").read_bytes().replace(b"MEDICARE", b"ME\x9b31m\x07"))
    if words != "mask":
        file.write_text(json.dumps({"a": "\x7f\x9b31m\u202e"}, ensure_ascii=False))
    code, text = on_terminal(*(["x12", "mask"] if words == "mask" else words.split()), file)
    assert code == 0, text
    assert len(text) > 10
    assert calm(text) == []


def on_terminal(*words: str | Path, columns: str = "80") -> tuple[int, str]:
    """What a command of a process of its own prints on a real terminal, and its exit status."""
    above, below = pty.openpty()
    call = [Path(sys.executable).with_name("claimloom"), *words]
    done = subprocess.Popen(call, stdout=below, stderr=below, env=os.environ | {"COLUMNS": columns, "TERM": "xterm"})
    os.close(below)
    text = b""
    try:
        while piece := os.read(above, 65536):
            text += piece
    except OSError:
        pass  # the other end was closed
    finally:
        os.close(above)
    return done.wait(), text.decode("utf-8", "replace").replace("\r\n", "\n")


def test_json_shown_so_holds_the_same() -> None:
    value = {"a\x9b": ["\u202e\x7f", "ß 名前"]}
    text = json.dumps(value, ensure_ascii=False, indent=1)
    assert json.loads(same_json(text)) == value
    assert calm(same_json(text)) == []


def test_a_grid_in_a_pipe_is_as_wide_as_it_is() -> None:
    grid = Grid("Claim", ("Billed", "Expected"), "", right=(1,))
    grid.add("C-1", ("$1.00", "$22.00"), "")
    grid.add("C\n2", "$3.00", "some words")
    assert grid.lines() == [
        "Claim    Billed",
        "       Expected",
        "C-1       $1.00",
        "         $22.00",
        "C\\n2      $3.00  some words",
    ]


@pytest.mark.process
@pytest.mark.parametrize("columns", ["80", "100", "140"])
def test_a_narrow_terminal_loses_no_column(whole: Path, columns: str) -> None:
    _, shown = on_terminal("claims", "list", "--data", whole, columns=columns)
    lines = [OURS.sub("", each) for each in shown.splitlines()]
    rows = [
        json.loads(each) for each in claimloom("claims", "export", "--limit", "50", "--data", whole).stdout.splitlines()
    ]
    text = "\n".join(lines)
    for name in ("Claim", "Payer", "State", "Flags", "Billed", "Expected", "Paid", "Patient", "Variance"):
        assert name in text
    assert [row["patient_control_number"] for row in rows if row["patient_control_number"] not in text] == []
    assert max(len(each) for each in lines[:-1]) <= int(columns)


def test_what_is_made_visible_is_one_line() -> None:
    assert visible(HOSTILE).splitlines() == [visible(HOSTILE)]
    assert calm(visible(HOSTILE)) == []
