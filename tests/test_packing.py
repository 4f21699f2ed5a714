"""What is packed comes back as it was; what never was, too; and nothing else is taken for it."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import threading
from pathlib import Path

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from claimloom import packing
from claimloom.packing import PackedError, pack, unpack
from tests.command import claimloom

FOLDER = Path(packing.__file__).parent
# What was packed with a dictionary needs it as it was, for ever.
DICTIONARIES = {"32769.dict": "f47acdb2a360edf222e75a6b6df997808bf5ae3b0b778489281c5499a3973736"}


@given(st.binary(max_size=5000))
def test_what_is_packed_comes_back(data: bytes) -> None:
    assert unpack(pack(data)) == data


@given(st.text(max_size=500).map(lambda text: json.dumps({"data": text}).encode()))
def test_what_was_never_packed_is_read_as_it_stands(text: bytes) -> None:
    assert unpack(text) == text
    assert unpack(zstandard.ZstdCompressor().compress(text)) == text  # packed by another program, without a dictionary


def test_dictionaries_are_what_they_were() -> None:
    found = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in FOLDER.glob("*.dict")}
    assert found == DICTIONARIES
    assert zstandard.get_frame_parameters(pack(b"{}")).dict_id == packing.CURRENT


def test_what_cannot_be_had_is_refused_with_the_reason() -> None:
    whole = pack(b'{"data": 1}' * 50)
    with pytest.raises(PackedError, match="changed or cut short"):
        unpack(whole[:-3])
    with pytest.raises(PackedError, match="changed or cut short"):
        unpack(whole[:5])
    dictionary = (FOLDER / f"{packing.CURRENT}.dict").read_bytes()
    newer = zstandard.ZstdCompressionDict(dictionary[:4] + (40_000).to_bytes(4, "little") + dictionary[8:])
    with pytest.raises(PackedError, match="dictionary 40000, which this version has not; update claimloom"):
        unpack(zstandard.ZstdCompressor(dict_data=newer).compress(b"{}"))


def test_a_small_message_that_says_it_is_enormous_takes_no_memory() -> None:
    bomb = zstandard.ZstdCompressor().compress(bytes(packing.MOST + 1))
    assert len(bomb) < 10_000
    with pytest.raises(PackedError, match="has more than 67,108,864 bytes"):
        unpack(bomb)
    # One that does not say how long it is may not be longer either.
    silent = zstandard.ZstdCompressor(write_content_size=False).compress(bytes(packing.MOST + 1))
    with pytest.raises(PackedError, match="has more than"):
        unpack(silent)
    assert unpack(zstandard.ZstdCompressor(write_content_size=False).compress(b"{}" * 99)) == b"{}" * 99


def test_threads_pack_beside_each_other() -> None:
    texts = [json.dumps({"id": number, "data": "x" * (number % 97)}).encode() for number in range(2000)]
    wrong: list[bytes] = []

    def work() -> None:
        wrong.extend(each for each in texts if unpack(pack(each)) != each)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert wrong == []


def test_the_text_of_an_event_is_shown_and_who_looked_is_noted(tmp_path: Path) -> None:
    assert claimloom("demo", "--visits", "4", "--data", tmp_path / "demo", "--json").returncode == 0
    connection = sqlite3.connect(tmp_path / "demo" / "claimloom.db")
    rows = connection.execute("select id, body, type from journal").fetchall()
    connection.close()
    for event_id, body, kind in rows:
        if kind in ("session-completed", "claim-built"):
            shown = claimloom("events", "show", event_id, "--data", tmp_path / "demo", "--json")
            (tmp_path / "message").write_bytes(body)
            text = claimloom("events", "unpack", tmp_path / "message").stdout
            assert json.loads(shown.stdout) == json.loads(text)
            assert json.loads(text)["id"] == event_id
            claim = json.loads(text)["data"].get("session_id") or json.loads(text)["data"]["session"]["session_id"]
            reads = claimloom("claims", "reads", claim, "--data", tmp_path / "demo", "--json").stdout
            assert "events show" in reads
    (tmp_path / "message").write_bytes(rows[0][1][:-9])
    refused = claimloom("events", "unpack", tmp_path / "message")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "the value of one message is expected" in refused.stderr
    assert claimloom("events", "show", "nobody", "--data", tmp_path / "demo").returncode == 2
