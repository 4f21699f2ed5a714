"""Wrong input to the commands that people type files and figures into: one line that says what, where, what to do."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from tests.command import Done, claimloom

SAMPLES = Path(__file__).parents[1] / "edi_samples"
CLAIMS = SAMPLES / "837p/837p_example.edi"
VISIT = SAMPLES / "sessions/telehealth_at_home.jsonl"
SPLIT, JOIN, IMPORT = ("x12", "split", "--out", "o"), ("x12", "join"), ("remits", "import", "--data", "d")
BIG = "1000000000"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("wrong")
    ours = CLAIMS.read_bytes()
    packed = gzip.compress((SAMPLES / "835/835_example.edi").read_bytes())
    files = {
        "ok.edi": ours,
        "other.edi": ours.replace(b"SUBMITTER01    *", b"SOMEBODY       *"),
        "production.edi": ours.replace(b"*T*:~", b"*P*:~", 1),
        "cut.edi": ours[:900],
        "remit.edi": (SAMPLES / "835/835_example.edi").read_bytes(),
        "packed.gz": packed,
        "half.gz": packed[:100],
        "empty.edi": b"",
        "text.txt": b"hello\n",
        "visit.jsonl": b'{"tenant": "demo"}\n',
    }
    for name, data in files.items():
        (made / name).write_bytes(data)
    (made / "folder").mkdir()
    return made


def run(folder: Path, *arguments: str) -> Done:
    return claimloom(*arguments, cwd=folder)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((*SPLIT, "none.edi"), "none.edi: No such file or directory"),
        ((*SPLIT, "empty.edi"), "empty.edi: file is empty; ask the sender for it again"),
        ((*SPLIT, "folder"), "folder: is a folder; name a file in it"),
        ((*SPLIT, "text.txt"), "text.txt: no ISA in the file, so it is not X12; check what was sent"),
        ((*SPLIT, "half.gz"), "half.gz: gzip ends in the middle, after 100 bytes; ask for it again"),
        ((*SPLIT, "cut.edi"), "cut.edi: transaction set 1 stands without its GS or SE; mend the file before"),
        ((*SPLIT, "remit.edi", "--claims", "1"), "remit.edi: transaction set 1 (835) is not split by claims"),
        ((*SPLIT, "ok.edi", "--by", "claim"), "--by claim: choose transaction, provider or claims"),
        ((*SPLIT, "ok.edi", "--by", "claims"), "--by claims and --claims N go together"),
        ((*SPLIT, "ok.edi", "--by", "provider", "--claims", "2"), "--by claims and --claims N go together"),
        ((*SPLIT, "ok.edi", "--claims", "0"), "Invalid value for '--claims'"),
        ((*SPLIT, "ok.edi", "--number", BIG), "Invalid value for '--number'"),
        (("x12", "split", "ok.edi", "--out", "text.txt"), "text.txt: is a file; a folder is expected after --out"),
        (("x12", "split", "ok.edi"), "Missing option '--out'; see claimloom x12 split --help"),
        ((*JOIN, "ok.edi", "none.edi"), "none.edi: No such file or directory"),
        ((*JOIN, "ok.edi", "folder"), "folder: is a folder; name a file in it"),
        ((*JOIN, "ok.edi", "text.txt"), "text.txt: no ISA in the file"),
        ((*JOIN, "ok.edi", "empty.edi"), "empty.edi: file is empty"),
        ((*JOIN, "ok.edi", "cut.edi"), "cut.edi: a transaction set stands without its GS or SE"),
        ((*JOIN, "ok.edi", "other.edi"), "other.edi: sender ZZ SOMEBODY, but ok.edi has ZZ SUBMITTER01; join only"),
        ((*JOIN, "ok.edi", "production.edi"), "production.edi: usage P, but ok.edi has T; join only"),
        ((*JOIN, "ok.edi", "--out", "folder"), "folder: is there already; choose another name"),
        ((*JOIN, "ok.edi", "--out", "none/x.edi"), "none/x.edi: cannot be written, No such file or directory"),
        ((*JOIN, "ok.edi", "--number", "0"), "Invalid value for '--number'"),
        (("price",), "Missing argument 'lines'; see claimloom price --help"),
        (("price", "97110*1"), "97110*1: write code:modifiers*units@cents of the line"),
        (("price", "97110*1@70.00"), "whole cents, as in 97530:GO*2@15000 for 2 units at $150.00"),
        (("price", "97110*0@7000"), "97110*0@7000: write code:modifiers*units@cents of the line, units from 1"),
        (("price", "97110*1@-7000"), "97110*1@-7000: write"),
        (("price", "97110*1@7000", "ABCDE*1@7000", "--date", "2026-11-16"), "ABCDE: payer medicare has no fee on 2026"),
        (
            ("price", "97110*1@7000", "--date", "2019-01-01"),
            "no fee schedule of Medicare covers 2019-01-01; claimloom data import mpfs takes one in",
        ),
        (("price", "97110*1@7000", "--date", "16/11/2026"), "'16/11/2026' does not match the form YYYY-MM-DD"),
        (
            ("price", "97110*1@7000", "--payer", "none"),
            "payer none: has neither file nor contract, so no fees; choose medicare or one",
        ),
        (("price", "97110*1@7000", "--zip", "627"), "zip 627: five or nine digits are expected, as in 62701"),
        (("price", "97110*1@7000", "--date", "2026-11-16", "--zip", "99999"), "zip 99999: in none of Medicare's"),
        (("units", "97110=1441"), "97110=1441: a day has 1,440 minutes"),
        (("units", "ABCDE=15"), "ABCDE: no code of the therapy table"),
        (("doctor", "--data", "none"), "none: no data folder of claimloom (no claimloom.db in it); see --data"),
        (("doctor", "--data", "text.txt"), "text.txt: is a file; --data takes a folder"),
        (("doctor", "--data", "folder"), "folder: no data folder of claimloom"),
        ((*IMPORT, "none.edi"), "none.edi: No such file or directory"),
        ((*IMPORT, "empty.edi"), "empty.edi: file is empty; ask the sender for it again"),
        ((*IMPORT, "folder"), "folder: is a folder; name a file in it"),
        ((*IMPORT, "text.txt"), "text.txt: neither X12 (begins with ISA) nor visits (JSON Lines, begin with {)"),
        ((*IMPORT, "visit.jsonl"), "visit.jsonl: this is no X12; use claimloom sessions import"),
        ((*IMPORT, "packed.gz"), "packed.gz: is packed; unpack it first"),
        ((*IMPORT, "ok.edi"), "ok.edi: these are claims (837); what comes back is read here"),
        (("sessions", "import", "remit.edi", "--data", "d"), "remit.edi: this is X12; use claimloom remits import"),
        (("remits", "import", "remit.edi", "--data", "text.txt"), "text.txt: is a file; --data takes a folder"),
        (("claims", "shown"), "No such command 'shown'"),
    ],
    ids=lambda each: " ".join(each) if isinstance(each, tuple) else "",
)
def test_it_is_one_line(arguments: tuple[str, ...], said: str, folder: Path) -> None:
    done = run(folder, *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert done.stderr.startswith("claimloom: ")
    assert done.stderr.count("\n") == 1
    assert not (folder / "o").exists()
    assert not (folder / "d").exists()


def test_file_that_breaks_off_is_kept_with_the_reason(folder: Path, tmp_path: Path) -> None:
    cut = tmp_path / "cut.edi"
    cut.write_bytes((folder / "remit.edi").read_bytes()[:900])
    done = run(tmp_path, "remits", "import", "cut.edi", "--data", "d")
    assert (done.returncode, done.stdout) == (2, "nothing changed\n")
    assert "cut.edi: cannot be read\n  file is cut off at offset 900" in done.stderr
    assert (tmp_path / "d/rejected/cut.edi.reason.txt").exists()
    found = run(tmp_path, "doctor", "--data", "d")
    assert found.returncode == 1
    assert "needs attention: rejected files; rejected/NAME.reason.txt says what is wrong" in found.stdout


def test_payment_that_fits_no_claim_is_told(folder: Path, tmp_path: Path) -> None:
    done = run(tmp_path, "remits", "import", str(folder / "remit.edi"), "--data", "d")
    assert (done.returncode, done.stdout) == (1, "nothing changed\n")
    early = "remit.edi: no visit has been read here yet, so nobody knows whose it is; it waits for the first"
    assert done.stderr.splitlines() == ["d: new data folder", f"{early}, left in inbound"]
    done = run(tmp_path, "sessions", "import", str(VISIT), "--data", "d")
    assert (done.returncode, done.stdout) == (0, "+1 visit, +1 claim, +1 submitted, +3 unmatched\n")
    totals = " ".join(run(tmp_path, "run", "--until-idle", "--data", "d").stdout.split())
    assert "unmatched 3 $" in totals
    foot = run(tmp_path, "claims", "list", "--data", "d").stdout.splitlines()[-1]
    assert foot.startswith("4 of 4 claims and payments")
    assert foot.endswith("3 payments without a claim, not counted")


def test_damaged_ledger_is_told(folder: Path, tmp_path: Path) -> None:
    run(tmp_path, "remits", "import", str(folder / "remit.edi"), "--data", "d")
    ledger = tmp_path / "d/claimloom.db"
    data = bytearray(ledger.read_bytes())
    data[40000:60000:7] = bytes(len(data[40000:60000:7]))
    ledger.write_bytes(data)
    done = run(tmp_path, "doctor", "--data", "d")
    assert done.returncode == 1
    assert "needs attention: database; stop, and take the ledger from its last backup" in done.stdout
    assert "Traceback" not in done.stderr


def test_modifier_without_effect_is_noted(folder: Path) -> None:
    done = run(folder, "price", "97110:QC*1@7000", "--date", "2026-11-16", "--zip", "62701-0001")
    assert done.returncode == 0
    assert done.stderr == "not in the table of modifiers, so of no effect here: QC\n"


@pytest.mark.parametrize("times", [2, 3])
def test_the_same_visit_twice_in_a_file_is_not_said_to_be_known_before(tmp_path: Path, times: int) -> None:
    (tmp_path / "twice.jsonl").write_bytes(VISIT.read_bytes() * times)
    done = run(tmp_path, "sessions", "import", "twice.jsonl", "--data", "d", "--as-of", "2026-11-20")
    again = "1 repeats" if times == 2 else "2 repeat"
    assert done.stderr.splitlines()[1] == f"twice.jsonl: sessions, 1 new, {again} what stands in this file already"
    done = run(tmp_path, "sessions", "import", str(VISIT), "--data", "d", "--as-of", "2026-11-20")
    assert done.stderr.splitlines() == [f"{VISIT.name}: sessions, 0 new, 1 known before"]


def test_the_same_payment_twice_in_a_file_is_said_so_too(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "twice.edi").write_bytes((folder / "remit.edi").read_bytes() * 2)
    run(tmp_path, "sessions", "import", str(VISIT), "--data", "d", "--as-of", "2026-11-20")
    done = run(tmp_path, "remits", "import", "twice.edi", "--data", "d", "--as-of", "2026-11-20")
    assert "known before" not in done.stderr
    assert "repeat what stands in this file already" in done.stderr
