"""The ``x12`` commands: their shapes, their exits, a pipe, standard input."""

from __future__ import annotations

import gzip
import json
import zipfile
from pathlib import Path

import pytest

from tests.command import Done, claimloom

SAMPLES = Path(__file__).parents[1] / "edi_samples"
CLAIMS = SAMPLES / "837p" / "837p_example.edi"
PAYMENT = SAMPLES / "835" / "835_example.edi"
WRONG = SAMPLES / "837p" / "auto_accident_without_its_state.edi"


def x12(*arguments: str | Path, data: bytes = b"") -> Done:
    return claimloom("x12", *arguments, given=data)


def test_check_points_at_the_element() -> None:
    done = x12("check", WRONG)
    assert done.returncode == 1
    lines = done.stdout.splitlines()
    assert lines[2:] == [
        "  error situational_element_missing, 1 place",
        "    segment 22, loop 2300, claim CLN1-000260, answered with IK4 I9",
        "      CLM*CLN1-000260*180***11:B:1*Y*A*Y*Y**AA",
        f"      {' ' * 40}^",
        "      CLM11-4 must name the state of an auto accident",
    ]
    assert "\x1b" not in done.stdout


def test_check_names_the_file_of_a_zip(tmp_path: Path) -> None:
    path = tmp_path / "two.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(PAYMENT, "good.edi")
        archive.write(WRONG, "bad.edi")
    done = x12("check", path)
    assert done.returncode == 1
    assert "    bad.edi: segment " in done.stdout


def test_check_blanks_the_value_that_is_wrong() -> None:
    data = CLAIMS.read_bytes().replace(b"NM1*IL*1*LEE*SAM*", b"NM1*IL*1*LEE*S\x07M*")
    hidden, shown = x12("check", "-", data=data), x12("check", "-", "--show-phi", data=data)
    assert "NM1*IL*1*xxx*x?x" in hidden.stdout
    assert "LEE" not in hidden.stdout
    assert "NM1*IL*1*LEE*S?M" in shown.stdout


def test_check_shape_and_a_second_opinion() -> None:
    done = x12("check", WRONG, CLAIMS, "--json", "--validator", "pyx12")
    first, second = map(json.loads, done.stdout.splitlines())
    assert done.returncode == 1
    assert set(first) == {"file", "kind", "segments", "transactions", "findings"}
    assert set(first["findings"][0]) == {
        *("code", "severity", "segment_number", "loop", "segment", "element", "message"),
        *("ack", "snip", "position", "offset", "repeat", "data_element", "transaction", "claim", "fix", "validator"),
    }
    assert first["findings"][0]["validator"] == "claimloom"
    assert second["kind"] == "837P"
    assert {each["validator"] for each in second["findings"]} <= {"pyx12"}


def test_check_groups_and_leaves_the_rest_to_all() -> None:
    data = CLAIMS.read_bytes().replace(b"DTP*472*D8*2026", b"DTP*472*D8*2O26")
    short, whole = x12("check", "-", data=data).stdout, x12("check", "-", "--all", data=data).stdout
    assert "error bad_date, 8 places" in short
    assert "and 5 more; --all shows them" in short
    assert short.count("DTP*472*D8*2O26") == 3
    assert whole.count("DTP*472*D8*2O26") == 8


def test_packed_files_and_standard_input(tmp_path: Path) -> None:
    packed = tmp_path / "claims.edi.gz"
    packed.write_bytes(gzip.compress(CLAIMS.read_bytes()))
    assert x12("check", packed).returncode == 0
    assert x12("describe", packed).stdout == x12("describe", CLAIMS).stdout
    assert x12("mask", "-", data=CLAIMS.read_bytes()).stdout == x12("mask", packed).stdout


def test_one_unreadable_file_does_not_stop_the_next() -> None:
    done = x12("check", "README.md", CLAIMS)
    said = done.stdout.splitlines()
    assert done.returncode == 2
    assert "README.md: cannot be read" in said[0]
    assert said[1].endswith("837P, 112 segments, 1 transaction, no findings")


def test_read_gives_claims_and_then_the_transaction() -> None:
    lines = [json.loads(line) for line in x12("read", CLAIMS).stdout.splitlines()]
    head = {"file", "kind", "version", "interchange", "group", "transaction", "transaction_index"}
    assert len(lines) == 5
    claim = {"patient_control_number", "segment_number", "offset", "charge_cents", "loop", "around", "unparsed"}
    assert set(lines[0]) == head | claim
    assert set(lines[4]) == head | {"claims", "loop", "unparsed"}
    assert (lines[0]["charge_cents"], lines[4]["claims"]) == (29500, 4)
    assert [loop["id"] for loop in lines[1]["around"]] == ["2000A", "2000B", "2000C"]
    clm = lines[0]["loop"]["segments"][0]
    assert CLAIMS.read_bytes()[clm["offset"] :].startswith(b"CLM*CLN1-000101*")
    assert clm["elements"]["05-3"] == "1"


def test_diff_of_two_files(tmp_path: Path) -> None:
    other = tmp_path / "other.edi"
    other.write_bytes(PAYMENT.read_bytes().replace(b"*80.66*", b"*80.99*").replace(b"JANE", b"JOAN"))
    assert x12("diff", PAYMENT, PAYMENT).returncode == 0
    done = x12("diff", PAYMENT, other)
    assert done.returncode == 1
    assert done.stdout.splitlines()[1:] == [
        "  payment CLN1-000101",
        "    2100 CLP04 Claim Payment Amount: 80.66 -> 80.99 (segment 15/15)",
        "    2100 NM104 Patient First Name: xxxx -> xxxx (not the same; --show-phi shows it) (segment 16/16)",
    ]
    (first, second) = map(json.loads, x12("diff", PAYMENT, other, "--json", "--show-phi").stdout.splitlines())
    assert (first["old"], first["new"], second["new"]) == ("80.66", "80.99", "JOAN")


def test_split_and_join_go_round(tmp_path: Path) -> None:
    done = x12("split", CLAIMS, "--claims", "1", "--out", tmp_path)
    names = [tmp_path / f"837p_example_{count:03d}.edi" for count in range(1, 5)]
    assert done.stdout.splitlines() == list(map(str, names))
    assert x12("check", *names).returncode == 0
    joined = tmp_path / "joined.edi"
    assert x12("join", *names, "--out", joined).returncode == 0
    assert x12("diff", CLAIMS, joined).returncode == 0
    again = x12("split", CLAIMS, "--claims", "1", "--out", tmp_path)
    assert again.returncode == 2
    assert "is there already; choose another folder" in again.stderr


def test_ack_is_what_a_receiver_sends() -> None:
    done = x12("ack", WRONG)
    assert "IK4*11:4*156*I9" in done.stdout
    assert x12("check", "-", data=done.output).returncode == 0


@pytest.mark.parametrize("command", ["check", "describe", "read", "mask", "ack"])
def test_what_is_no_file_is_one_line_on_stderr(command: str) -> None:
    done = x12(command, "/nowhere/file.edi")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "claimloom: /nowhere/file.edi: No such file or directory\n"


def test_a_terminal_is_shown_the_element_as_it_stands() -> None:
    """``:B:`` is a component of it, which rich would take for an emoji."""
    shown = claimloom("x12", "check", WRONG, environment={"FORCE_COLOR": "1"}).stdout
    assert "CLM*CLN1-000260*180***11:B:1*Y*A*Y*Y**AA" in shown


def test_read_takes_the_json_that_all_others_take() -> None:
    assert x12("read", CLAIMS, "--json").stdout == x12("read", CLAIMS).stdout
