"""Counts and control numbers that do not fit are said and kept; what was cut off is not posted."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest

from claimloom.ledger.journal import payloads
from claimloom.ledger.tables import journal
from claimloom.settings import Settings
from claimloom.system import System, Taken
from claimloom.x12 import check
from claimloom.x12.checking.remarks import check_counts
from schemas.acknowledgment import ClaimAcknowledged
from schemas.remittance import RemittanceReceived
from schemas.topics import Topic
from tests.command import claimloom
from tests.sessions import visit

SAMPLES = Path(__file__).parents[2] / "edi_samples"
PAYMENT = (SAMPLES / "835/sample_1_unit_cut.edi").read_text(encoding="ascii")
ANSWER = (SAMPLES / "277ca/277ca_example.edi").read_text(encoding="ascii")
Spoil = Callable[[str], str]


def put(pattern: str, text: str) -> Spoil:
    def spoil(file: str) -> str:
        spoiled = re.sub(pattern, text, file, count=1)
        assert spoiled != file
        return spoiled

    return spoil


SPOILED: dict[str, tuple[Spoil, str]] = {
    "SE01": (put(r"SE\*\d+\*", "SE*99*"), "IK5 4"),
    "SE02": (put(r"(SE\*\d+)\*\d+", r"\1*7777"), "IK5 3"),
    "GE01": (put(r"GE\*1\*", "GE*3*"), "AK9 5"),
    "GE02": (put(r"(GE\*1)\*\d+", r"\1*777"), "AK9 4"),
    "IEA01": (put(r"IEA\*1\*", "IEA*4*"), "TA1 021"),
    "IEA02": (put(r"(IEA\*1)\*\d+", r"\1*000000777"), "TA1 001"),
    "no GE": (put(r"(?m)^GE\*.*\n", ""), "AK9 3"),
}


@pytest.fixture
def system(tmp_path: Path) -> Iterator[System]:
    made = System(Settings(tmp_path / "data", as_of=date(2026, 11, 20)))
    (made.folder.inbound / "visits.jsonl").write_text(visit().model_dump_json() + "\n")
    made.run_until_idle()
    yield made
    made.close()


def give(system: System, text: str) -> Taken:
    path = system.settings.data.parent / "given.edi"
    path.write_text(text, encoding="ascii")
    system.folder.bring(path)
    (taken,) = system.run_until_idle()
    return taken


def remarks_kept(system: System, topic: Topic, kind: type[RemittanceReceived | ClaimAcknowledged]) -> list[list[str]]:
    with system.engine.connect() as connection:
        seqs = connection.scalars(
            journal.select().with_only_columns(journal.c.seq).where(journal.c.type == topic)
        ).all()
        return [each.file_remarks for each in payloads(connection, seqs, kind).values()]


@pytest.mark.parametrize("name", SPOILED)
@pytest.mark.parametrize("sample", ["payment", "answer"])
def test_what_does_not_fit_is_said_as_a_check_says_it_and_kept_with_the_event(
    system: System, sample: str, name: str
) -> None:
    spoil, ack = SPOILED[name]
    text = spoil(PAYMENT if sample == "payment" else ANSWER)
    taken = give(system, text)
    assert taken.problems == []
    (finding,) = check(text.encode()).findings
    assert (finding.ack, taken.remarks) == (ack, [f"segment {finding.segment_number}: {finding.message} ({ack})"])
    topic, kind = (
        (Topic.REMITTANCE_RECEIVED, RemittanceReceived)
        if sample == "payment"
        else (Topic.CLAIM_ACKNOWLEDGED, ClaimAcknowledged)
    )
    kept = remarks_kept(system, topic, kind)
    assert kept
    assert all(each == taken.remarks for each in kept)


@pytest.mark.parametrize("last", ["SE", "GE", "IEA"])
def test_a_payment_whose_file_was_cut_off_is_not_posted(system: System, last: str) -> None:
    taken = give(system, PAYMENT[: PAYMENT.index(f"{last}*")])
    assert taken.events == 0
    assert "file is cut off" in taken.problems[0]


def test_of_two_interchanges_the_first_cut_off_costs_the_first_alone(system: System) -> None:
    """The second one is whole; what is left of the first is no transaction set."""
    taken = give(system, PAYMENT[: PAYMENT.index("SE*")] + PAYMENT.replace("T000000902101", "T000000902102"))
    assert taken.events == 1
    assert taken.problems == ["transaction 1: segment 3: ST without its SE"]
    assert any("TA1 023" in each for each in taken.remarks)


@pytest.mark.parametrize(
    "text",
    [
        PAYMENT + PAYMENT.replace("000009021", "000009022"),
        PAYMENT.rstrip(),
        PAYMENT.replace("~\n", "~\r\n"),
        PAYMENT.replace("\n", ""),
        PAYMENT.replace("SE*34*", "\n \nSE*034*"),
    ],
    ids=["two interchanges", "no line break at the end", "line breaks of Windows", "one line", "blanks"],
)
def test_a_legal_file_gives_no_remark(text: str) -> None:
    assert check_counts(text.encode()) == []


def test_the_remark_is_told_to_who_brings_the_file_and_in_the_claims_story(tmp_path: Path) -> None:
    visits = SAMPLES / "sessions/medicare_ot_three_codes_assistant.jsonl"
    claimloom("sessions", "import", visits, "--as-of", "2026-11-20", "--data", "d", cwd=tmp_path)
    (tmp_path / "counted.edi").write_text(SPOILED["SE01"][0](PAYMENT), encoding="ascii")
    done = claimloom("remits", "import", "counted.edi", "--as-of", "2026-11-25", "--data", "d", cwd=tmp_path)
    said = "segment 36: SE01 says 99, the set has 34 segments (IK5 4)"
    assert (done.returncode, done.stdout) == (0, "+1 acknowledged, +1 paid, +1 underpaid\n")
    assert f"  {said}; read all the same: ask the sender whether all of it came" in done.stderr.splitlines()
    assert said in claimloom("claims", "show", "SAMPLE-1", "--data", "d", cwd=tmp_path).stdout
