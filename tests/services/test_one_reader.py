"""What ``x12 check`` reads, inbound reads: one reader of envelopes, whatever a converter or a transport did to a file.

Clearinghouses write ISA without its padding, mail programs put text before it, mainframes wrap files at 80 bytes; none
of that changes what the segments say (X12.5; Medicare companion guides ask for the padding, their files come without).
"""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from claimloom.doors import look
from claimloom.errors import PlainError
from claimloom.settings import Settings
from claimloom.system import System
from claimloom.x12.checking.check import check
from claimloom.x12.reading.source import X12Error
from tests.runtime import contract
from tests.sessions import visit

SAMPLES = Path(__file__).parents[2] / "edi_samples"
REMIT = (SAMPLES / "835/835_example.edi").read_bytes()
ANSWER = (SAMPLES / "277ca/277ca_example.edi").read_bytes()


def unpadded(data: bytes) -> bytes:
    isa, _, rest = data.partition(b"~")
    return b"*".join(each.rstrip() or each[:1] for each in isa.split(b"*")) + b"~" + rest


def bare(data: bytes) -> bytes:
    """ISA02, 04: nothing between the separators."""
    isa, _, rest = data.partition(b"~")
    return b"*".join(each.strip() for each in isa.split(b"*")) + b"~" + rest


def wrapped(data: bytes, at: int = 80, by: bytes = b"\r\n") -> bytes:
    run = data.replace(b"\n", b"").replace(b"\r", b"")
    return by.join(run[place : place + at] for place in range(0, len(run), at))


def ended_by(data: bytes, mark: bytes) -> bytes:
    return data.replace(b"\r", b"").replace(b"\n", b"").replace(b"~", mark)


ODDLY = {
    "unpadded": unpadded,
    "nothing in ISA02": bare,
    "byte order mark": lambda data: b"\xef\xbb\xbf" + data,
    "byte order mark and blank lines": lambda data: b"\xef\xbb\xbf\r\n \r\n" + data,
    "blank lines": lambda data: b"\r\n\t \n" + data,
    "text before it": lambda data: b"From: clearinghouse\nSubject: file 12\n\n" + data,
    "much text before it": lambda data: b"log line without meaning\n" * 400 + data,
    "text behind it": lambda data: data + b"\n-- \nend of file\n",
    "wrapped at 80 bytes": wrapped,
    "wrapped in the name of its ISA": lambda data: b"I\nSA" + data[3:],
    "unpadded and wrapped": lambda data: wrapped(unpadded(data), 80, b"\n"),
    "lines for terminators": lambda data: ended_by(data, b"\n"),
    "control characters for terminators": lambda data: ended_by(data, b"\x1c"),
    "apostrophes for terminators": lambda data: ended_by(data, b"'"),
}


def taken(folder: Path, data: bytes, name: str) -> tuple[str, int, list[str]]:
    system = System(Settings(folder, as_of=contract.DAY))
    (folder / "inbound" / "first.jsonl").write_text(visit(session_id="FIRST").model_dump_json() + "\n")
    system.run_until_idle()  # an answer waits for the first visit
    try:
        (folder / "inbound" / name).write_bytes(data)
        (one,) = system.run_until_idle()
        return one.kind, one.new, one.problems
    finally:
        system.close()


@pytest.mark.parametrize("how", ODDLY)
@pytest.mark.parametrize("sample", [REMIT, ANSWER], ids=["835", "277CA"])
def test_what_is_sent_oddly_is_taken_like_the_plain_file(tmp_path: Path, sample: bytes, how: str) -> None:
    odd = ODDLY[how](sample)
    assert check(odd).kinds == check(sample).kinds
    assert taken(tmp_path / "odd", odd, "answer.edi") == taken(tmp_path / "plain", sample, "answer.edi")


def test_a_remittance_whose_file_was_named_as_json_and_begins_with_its_isa_is_x12(tmp_path: Path) -> None:
    assert taken(tmp_path, REMIT, "remit.json")[:2] == ("835", 5)


@pytest.mark.parametrize(
    "data",
    [
        b"MSH|^~\\&|EMR|CLINIC|ISA|X|20261101\n",
        b"date;text\n2026-11-01;an ISA*00 was missing\n",
        b"the ISA begins an interchange, the IEA ends it\n",
    ],
    ids=["HL7", "CSV", "prose"],
)
def test_a_text_that_only_speaks_of_an_isa_is_no_x12(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "letter.txt"
    path.write_bytes(data)
    assert look(path).kinds == ()
    with pytest.raises(X12Error):
        check(data)


def test_visits_stay_visits_whatever_their_notes_hold(tmp_path: Path) -> None:
    path = tmp_path / "visits.jsonl"
    path.write_bytes(visit().model_dump_json().encode()[:-1] + b',"note":"' + REMIT.partition(b"\n")[0] + b'"}\n')
    assert look(path).kinds == ("sessions",)


@pytest.mark.parametrize("packed", [b"\x1f\x8b\x08\x00", b"PK\x03\x04"], ids=["gzip", "zip"])
def test_what_is_packed_is_refused_as_packed(tmp_path: Path, packed: bytes) -> None:
    path = tmp_path / "remit.edi.gz"
    path.write_bytes(packed + bytes(100))
    with pytest.raises(PlainError, match=r"remit\.edi\.gz: is packed; unpack it first"):
        look(path)


def test_door_and_check_agree_of_whatever_bytes(tmp_path: Path) -> None:
    """Seeded: cut, shuffled and mixed files; where one finds an interchange so does the other."""
    dice = random.Random(26)
    for number in range(300):
        sample = dice.choice([REMIT, ANSWER])
        data = dice.choice(list(ODDLY.values()))(dice.choice(list(ODDLY.values()))(sample))
        start, size = dice.choice([0, 0, dice.randrange(40)]), dice.choice([len(data), dice.randrange(300)])
        data = data[start : start + size]
        path = tmp_path / f"{number}.edi"
        path.write_bytes(data or b" ")
        try:
            found: tuple[str, ...] | None = tuple(check(data).kinds)
        except X12Error:
            found = None
        try:
            head = look(path)
        except PlainError as error:
            assert found is None, (number, str(error))
            continue
        if found is not None:
            assert head.first.startswith(b"ISA"), number
            assert len(head.kinds) == len(found), number
        else:
            assert head.kinds == (), number
