"""``rules check|try|packs|freeze|diff|backtest|review`` through the real command line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from claimloom.settings import Settings
from claimloom.system import System
from tests.command import claimloom
from tests.runtime import contract
from tests.scrub.test_own_rules import rule_text
from tests.sessions import visit

DOCS: Final = Path(__file__).parents[1] / "docs"
EXAMPLE: Final = DOCS / "own-rules.example.toml"
SAMPLE: Final = "edi_samples/sessions/medicare_ot_three_codes_assistant.jsonl"
SINCE: Final = ("--since", "2020-01-01")


@pytest.fixture(scope="module")
def answered(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A ledger of claims that a payer answered."""
    folder = tmp_path_factory.mktemp("rules") / "data"
    system = System(Settings(folder, as_of=contract.DAY))
    (folder / "inbound" / "visits.jsonl").write_bytes(contract.lines(contract.visits(30)))
    nobody_sent = visit(session_id="S-X", referring_provider=None).model_dump_json()
    (folder / "inbound" / "more.jsonl").write_text(nobody_sent + "\n", encoding="utf-8")
    system.run_until_idle()
    payer = contract.Payer(contract.SEED, contract.DAY)
    for path in sorted((folder / "outbound").iterdir()):
        for name, content in payer.answer(path.read_text(encoding="ascii")).items():
            (folder / "inbound" / name).write_bytes(content)
    system.run_until_idle()
    system.close()
    yield folder


def said(*words: object, code: int = 0) -> list[dict[str, Any]]:
    done = claimloom("rules", *words, "--json")
    assert done.returncode == code, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def claims(data: Path) -> list[dict[str, Any]]:
    done = claimloom("claims", "list", "--json", "--limit", "0", "--data", data)
    return [each for line in done.stdout.splitlines() if "claim_id" in (each := json.loads(line)) and each["claim_id"]]


def rules_file(folder: Path, **changes: str) -> Path:
    path = folder / "mine.toml"
    path.write_text(rule_text(**changes), encoding="utf-8")
    return path


def test_backtest_counts_denials_caught_and_paid_claims_held(answered: Path, tmp_path: Path) -> None:
    """Of a rule that holds every claim: all that were denied are caught, all that were paid are held for nothing."""
    file = rules_file(tmp_path, fails_when="'true'")
    *rules, total = said("backtest", "--pack", file, *SINCE, "--data", answered)
    mine = next(each for each in rules if each["rule"] == "OWN-1")
    rows = [row for row in claims(answered) if row["state"] != "withdrawn"]
    refused = [
        row for row in rows if row["state"] == "denied" or "denied" in row["flags"] or row["state"].endswith("rejected")
    ]
    paid = [row for row in rows if row["state"] == "paid" and row not in refused]
    assert refused
    assert paid
    assert (mine["holds"], mine["caught"], mine["false"]) == (len(rows), len(refused), len(paid))
    assert mine["false_cents"] == sum(row["paid_cents"] for row in paid)
    assert mine["unanswered"] == len(rows) - len(refused) - len(paid)
    assert (total["claims"], total["held"], total["missed"]) == (len(rows), len(rows), 0)
    assert total["newly"] == len(rows) - total["held_before"]


def test_backtest_of_what_runs_frees_and_holds_nothing_new(answered: Path) -> None:
    *_, total = said("backtest", "--pack", "built-in", *SINCE, "--data", answered)
    assert (total["newly"], total["freed"], total["held"]) == (0, 0, total["held_before"])
    assert total["missed"] > 0
    assert total["missed_cents"] > 0


def test_backtest_of_a_lighter_pack_frees(answered: Path, tmp_path: Path) -> None:
    *_, before = said("backtest", "--pack", "built-in", *SINCE, "--data", answered)
    pack = tmp_path / "light.toml"
    pack.write_text('[weights]\n"REF-001" = "warn"\n', encoding="utf-8")
    *rules, total = said("backtest", "--pack", pack, *SINCE, "--data", answered)
    (light,) = [each for each in rules if each["rule"] == "REF-001"]
    assert (light["holds"], light["warns"]) == (0, 1)
    assert (total["held"], total["freed"], total["newly"]) == (before["held"] - 1, 1, 0)


def test_the_ten_rules_of_the_docs_are_checked_and_tried_on_answers(answered: Path) -> None:
    assert len(said("check", EXAMPLE)) == 10
    *_, total = said("backtest", "--pack", EXAMPLE, *SINCE, "--data", answered)
    assert total["claims"] > 0
    text = claimloom("rules", "backtest", "--pack", EXAMPLE, *SINCE, "--data", answered)
    assert text.returncode == 0
    assert "denied or refused, and not held by it" in text.stdout


def test_try_says_what_each_rule_finds(answered: Path, tmp_path: Path) -> None:
    row = claims(answered)[0]
    file = rules_file(tmp_path, fails_when="'line.units > 0'")
    other = rule_text(id='"OWN-2"', fails_when="'claim.units > 900'") + rule_text(id='"OWN-3"', payers='["none"]')
    file.write_text(file.read_text() + other, encoding="utf-8")
    holds, passes, elsewhere = said("try", file, row["patient_control_number"], "--data", answered)
    assert {each["line"] for each in holds["found"]} >= {1}
    assert (passes["asked"], passes["found"]) == (True, [])
    assert (elsewhere["asked"], elsewhere["found"]) == (False, [])
    text = claimloom("rules", "try", file, row["visit_id"], "--data", answered).stdout
    assert "OWN-2 passes" in text
    assert "OWN-3 is not asked: it is for payer none, not " in text


def test_check_names_what_is_wrong_and_says_so_by_its_exit(tmp_path: Path) -> None:
    file = rules_file(tmp_path, fails_when="'line.cdoe == \"97110\"'")
    done = claimloom("rules", "check", file)
    assert (done.returncode, done.stdout) == (1, "0 rules can be asked\n")
    assert "line.cdoe, which is no fact; is it line.code?" in " ".join(done.stderr.split())


def test_doctor_names_a_file_of_rules_that_cannot_be_used(tmp_path: Path) -> None:
    assert claimloom("sessions", "import", DOCS.parent / SAMPLE, "--data", tmp_path).returncode == 0
    assert claimloom("rules", "check", "--data", tmp_path).stdout.startswith("there are no rules of your own")
    (tmp_path / "rules").mkdir()
    for name, text, said in (
        ("scrubbing.toml", "[[review]]\npercent =", "it is TOML, docs/scrubbing.md has the form"),
        ("scrubbing.toml", '[[pin]]\npack = "autumn"\nfrom = 2026-12-01', "pin 1: pack autumn is not here"),
        ("own/a.toml", "[[rule]]\nid =", "it is TOML, docs/own-rules.md has the form"),
    ):
        file = tmp_path / "rules" / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")
        done = claimloom("doctor", "--data", tmp_path, "--json")
        assert done.returncode == 1
        assert said in json.loads(done.stdout)["rule_files"]
        assert "rule_files" in json.loads(done.stdout)["needs_attention"]
        file.unlink()
    assert json.loads(claimloom("doctor", "--data", tmp_path, "--json").stdout)["rule_files"] == "ok"


def test_check_reads_all_of_the_folder(tmp_path: Path) -> None:
    folder = tmp_path / "rules"
    folder.mkdir()
    (folder / "scrubbing.toml").write_text('[[pin]]\npack = "gone"\n')
    done = claimloom("rules", "check", "--data", tmp_path)
    assert done.returncode == 1
    assert "pack gone is not here" in done.stderr


def test_a_pack_is_kept_pinned_and_compared(tmp_path: Path) -> None:
    assert claimloom("rules", "freeze", "autumn", "--data", tmp_path).returncode == 0
    assert "is there already" in claimloom("rules", "freeze", "autumn", "--data", tmp_path).stderr
    (tmp_path / "rules" / "scrubbing.toml").write_text(
        '[[pin]]\ntenants = ["acme"]\npack = "autumn"\nfrom = 2026-12-01\n'
    )
    built_in, autumn = said("packs", "--data", tmp_path)
    assert (autumn["hash"], autumn["differs"]) == (built_in["hash"], [])
    assert autumn["pins"] == [{"tenants": ["acme"], "from": "2026-12-01"}]
    assert said("diff", "built-in", "autumn", "--data", tmp_path) == []
    (found,) = said("diff", "autumn", rules_file(tmp_path), "--data", tmp_path)
    assert found == {"rule": "OWN-1", "said": "not asked in autumn, error in built-in"}


@pytest.mark.parametrize("name", ["../autumn", "a b", "built-in", "x/y"])
def test_a_pack_is_called_by_a_plain_name(tmp_path: Path, name: str) -> None:
    done = claimloom("rules", "freeze", name, "--data", tmp_path)
    assert done.returncode == 2
    assert [*tmp_path.rglob("*.toml")] == []


def test_a_pinned_pack_is_what_a_tenants_claims_are_asked(tmp_path: Path) -> None:
    data = tmp_path / "data"
    (data / "rules" / "packs").mkdir(parents=True)
    (data / "rules" / "packs" / "strict.toml").write_text('[weights]\n"NCC-004" = "error"\n')
    (data / "rules" / "scrubbing.toml").write_text('[[pin]]\npack = "strict"\n')
    system = System(Settings(data, as_of=contract.DAY))
    (data / "inbound" / "visits.jsonl").write_bytes(contract.lines(contract.visits(3)))
    system.run_until_idle()
    system.close()
    row = claims(data)[0]
    shown = json.loads(claimloom("claims", "show", row["claim_id"], "--json", "--data", data).stdout)
    (scrubbed,) = [each["data"] for each in shown["events"] if each["type"] == "claim-scrubbed"]
    (strict,) = [each for each in said("packs", "--data", data) if each["pack"] == "strict"]
    assert (scrubbed["pack"], scrubbed["pack_hash"]) == ("strict 2026.11", strict["hash"])
    assert ", pack strict" in claimloom("claims", "show", row["claim_id"], "--data", data).stdout


@pytest.mark.parametrize(
    ("name", "text", "wrong"),
    [
        (
            "scrubbing.toml",
            '[[pin]]\npack = ["autumn"]\n',
            "pin 1: pack is the name of one pack in quotes; one of built-in",
        ),
        ("scrubbing.toml", "[[pin]]\npack = {autumn = 1}\n", "pin 1: pack is the name of one pack in quotes"),
        ("scrubbing.toml", "[[pin]]\nfrom = 2026-12-01\n", "pin 1: pack is the name of one pack in quotes"),
        ("scrubbing.toml", '[[pin]]\npack = "autumn"\n', "pin 1: pack autumn is not here; one of built-in"),
        ("scrubbing.toml", "review_key = " + "9" * 5000, "scrubbing.toml: a number has too many digits"),
        ("own/deep.toml", "rule = " + "[" * 5000, "deep.toml: it nests too deep"),
        ("own/own.toml", "[[rule]]\nid = 'OWN-A'\nmessage = 'm'\nfails_when = 5\n", "fails_when is a text in quotes"),
        ("packs/old.toml", '[rules]\n"UNT-010" = "heavy"\n', "rules file old.toml: UNT-010 weighs heavy"),
    ],
)
def test_a_file_of_the_folder_that_cannot_be_used_is_named(name: str, text: str, wrong: str, tmp_path: Path) -> None:
    path = tmp_path / "rules" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    done = claimloom("rules", "check", "--data", tmp_path)
    assert done.returncode == 1
    assert wrong in " ".join(done.stderr.split())
