"""``doctor`` says which file of a payer or contract cannot be used: the visits of all payers wait for it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from claimloom.settings import Settings
from claimloom.system import System
from tests.command import claimloom

CONTRACT = 'payer_ids = ["44444"]\nname = "plan"\n\n[[terms]]\nfrom = 2026-01-01\npercent_of_charge = "0.5"\n'
PAYER = 'payer_ids = ["44444"]\n'
LAWFUL = """
coinsurance = "0.2"
dispute_line = 0.02
timely_days = 365
replacement_days = 90
accepts_void = false
telehealth_until = 2027-12-31
crossover = ["*"]
unit_rule = "ama_midpoint"
hab_modifier = ""
[[changes]]
from = 2027-01-01
line_tolerance = "0.01"
[[fees]]
from = 2026-01-01
97110 = 3050
[[rule_severity]]
rule = "UNT-010"
severity = "error"
from = 2026-01-01
reason = "reviews them all"
"""


@pytest.mark.parametrize(
    ("folder", "text", "said"),
    [
        ("contracts", CONTRACT + "lesser = true\n", "contract file plan.toml, line 7: terms[1].lesser: is no key"),
        ("contracts", CONTRACT + "[[terms", "contract file plan.toml, line 7"),
        ("contracts", "", "contract file plan.toml: the file is empty"),
        ("payers", 'payer_ids = ["44444"]\nack_dais = 3\n', "toml, payer 44444: unknown setting ack_dais"),
        ("payers", 'payer_ids = ["44444"]\n[[changes]]\nfrom = 2027-01-01\nack_dais = 3\n', "unknown setting ack_dais"),
        ("payers", "ack_days = 3\n", "payer file plan.toml: payer_ids is missing"),
        ("payers", 'payer_ids = ["44444\n', "payer file plan.toml: "),
        ("payers", "ack_days = " + "9" * 5000, "payer file plan.toml: a number has too many digits"),
        ("payers", "ack_days = " + "[" * 5000, "payer file plan.toml: it nests too deep"),
        ("payers", "payer_ids = 44444\n", "payer file plan.toml: payer_ids is a list of texts"),
        ("payers", "payer_ids = [44444]\n", "payer file plan.toml: payer_ids is a list of texts"),
        (
            "payers",
            PAYER + 'coinsurance = "abc"\n',
            'coinsurance: "abc" stands where a number, not below 0 is expected',
        ),
        ("payers", PAYER + "line_tolerance = -1\n", "line_tolerance: -1 stands where a number, not below 0"),
        ("payers", PAYER + 'timely_days = "90"\n', 'timely_days: "90" stands where a whole number, not below 0'),
        ("payers", PAYER + "timely_days = -5\n", "timely_days: -5 stands where"),
        ("payers", PAYER + "replacement_days = true\n", "replacement_days: true stands where a whole number"),
        ("payers", PAYER + 'accepts_void = "yes"\n', 'accepts_void: "yes" stands where true or false is expected'),
        ("payers", PAYER + "crossover = 5\n", "crossover: 5 stands where a list of texts"),
        ("payers", PAYER + "telehealth_until = 2027\n", "telehealth_until: 2027 stands where a day, like 2027-01-01"),
        ("payers", PAYER + 'unit_rule = "cms"\n', 'unit_rule: "cms" is none of cms_8min, ama_midpoint'),
        ("payers", PAYER + 'payer_class = "blue"\n', 'payer_class: "blue" is none of medicare_b'),
        ("payers", PAYER + "changes = 5\n", "changes: tables are expected, each under [[changes]]"),
        ("payers", PAYER + "[[changes]]\nack_days = 3\n", "changes[1]: from is missing"),
        ("payers", PAYER + '[[changes]]\nfrom = "x"\n', 'changes[1].from: "x" stands where a day'),
        ("payers", PAYER + "[[changes]]\nfrom = 2027-01-01\nack_days = 'x'\n", 'changes[1].ack_days: "x" stands where'),
        ("payers", PAYER + "[[fees]]\nfrom = 2027-01-01\n97110 = 30.5\n", "fees[1].97110: 30.5 stands where a whole"),
        ("payers", PAYER + '[[rule_severity]]\nrule = "UNT-010"\n', "rule_severity[1]: severity is missing"),
        ("contracts", "name = " + "9" * 5000, "this is no TOML: a number has too many digits"),
        ("contracts", "name = " + "[" * 5000, "this is no TOML: it nests too deep"),
    ],
)
def test_doctor_says_which_file_of_a_payer_cannot_be_used(folder: str, text: str, said: str, tmp_path: Path) -> None:
    System(Settings(tmp_path)).close()
    (tmp_path / folder).mkdir(exist_ok=True)
    (tmp_path / folder / "plan.toml").write_text(text)
    done = claimloom("doctor", "--data", tmp_path)
    assert done.returncode == 1
    (line,) = [each for each in done.stdout.splitlines() if each.startswith("payer files")]
    assert said in line
    assert "needs attention: payer files; visits of all payers wait until that is mended" in done.stdout
    assert "payer_files" in json.loads(claimloom("doctor", "--data", tmp_path, "--json").stdout)["needs_attention"]


def test_doctor_has_nothing_against_files_that_can_be_used(tmp_path: Path) -> None:
    System(Settings(tmp_path)).close()
    for folder, text in (("contracts", CONTRACT), ("payers", f"\ufeff{PAYER}{LAWFUL}")):
        (tmp_path / folder).mkdir(exist_ok=True)
        (tmp_path / folder / "plan.toml").write_text(text)
    done = claimloom("doctor", "--data", tmp_path)
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "nothing needs attention")
    assert "payer files                ok" in done.stdout
