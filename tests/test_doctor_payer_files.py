"""``doctor`` says which file of a payer or contract cannot be used: the visits of all payers wait for it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from claimloom.settings import Settings
from claimloom.system import System
from tests.command import claimloom

CONTRACT = 'payer_ids = ["44444"]\nname = "plan"\n\n[[terms]]\nfrom = 2026-01-01\npercent_of_charge = "0.5"\n'


@pytest.mark.parametrize(
    ("folder", "text", "said"),
    [
        ("contracts", CONTRACT + "lesser = true\n", "contract file plan.toml, line 7: terms[1].lesser: is no key"),
        ("contracts", CONTRACT + "[[terms", "contract file plan.toml, line 7"),
        ("contracts", "", "contract file plan.toml: the file is empty"),
        ("payers", 'payer_ids = ["44444"]\nack_dais = 3\n', "payer 44444: unknown setting ack_dais"),
        ("payers", 'payer_ids = ["44444"]\n[[changes]]\nfrom = 2027-01-01\nack_dais = 3\n', "unknown setting ack_dais"),
        ("payers", "ack_days = 3\n", "payer file plan.toml: payer_ids is missing"),
        ("payers", 'payer_ids = ["44444\n', "payer file plan.toml: "),
        ("payers", "ack_days = " + "9" * 5000, "payer file plan.toml: a number has too many digits"),
        ("payers", "ack_days = " + "[" * 5000, "payer file plan.toml: it nests too deep"),
        ("payers", "payer_ids = 44444\n", "payer file plan.toml: payer_ids is a list of texts"),
        ("payers", "payer_ids = [44444]\n", "payer file plan.toml: payer_ids is a list of texts"),
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
    for folder, text in (("contracts", CONTRACT), ("payers", '\ufeffpayer_ids = ["44444"]\nack_days = 4\n')):
        (tmp_path / folder).mkdir(exist_ok=True)
        (tmp_path / folder / "plan.toml").write_text(text)
    done = claimloom("doctor", "--data", tmp_path)
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "nothing needs attention")
    assert "payer files                ok" in done.stdout
