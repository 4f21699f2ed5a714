"""Payers as a value: files of a folder over the packaged ones, and digests that change with what they are of."""

from __future__ import annotations

import re
from dataclasses import fields, replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from claimloom.payers import MONEY, PayerConfig, PayerFileError, Payers
from claimloom.reference import rows
from schemas.values import PayerClass

DAY = date(2026, 11, 16)
ROOT = Path(__file__).parents[2]
PLAN = """
payer_ids = ["55555"]
payer_class = "commercial"
unit_rule = "ama_midpoint"
contract = "fee_table"

[[fees]]
from = 2026-01-01
97110 = 4000
"""


def payers(folder: Path, **files: str) -> Payers:
    for name, text in files.items():
        (folder / f"{name}.toml").write_text(text, encoding="utf-8")
    return Payers((folder,))


def plan(of: Payers, payer_id: str = "55555") -> PayerConfig:
    return of.config(payer_id, PayerClass.COMMERCIAL, DAY)


def test_a_folder_is_read_beside_the_packaged_files(tmp_path: Path) -> None:
    known = payers(tmp_path, plan=PLAN)
    assert set(known.ids()) == {"55555", *Payers().ids()}
    table = plan(known).fee_table(DAY)
    assert table is not None
    assert table.fees_cents == {"97110": 4000}
    assert plan(Payers()).fee_table(DAY) is None


def test_a_folder_that_is_not_there_is_no_fault(tmp_path: Path) -> None:
    assert Payers((tmp_path / "none",)).ids() == Payers().ids()


def test_the_same_question_gets_the_same_object(tmp_path: Path) -> None:
    known = payers(tmp_path, plan=PLAN)
    assert plan(known) is plan(known)
    assert plan(known) is not plan(Payers((tmp_path,)))


def test_an_unknown_key_and_a_digest_in_a_file_are_refused(tmp_path: Path) -> None:
    for key in ("colour", "digest"):
        with pytest.raises(PayerFileError, match=f"payer 55555: unknown setting {key}"):
            plan(payers(tmp_path, plan=f'{key} = "red"\n{PLAN}'))


def test_digests_are_of_what_the_file_says_not_of_how(tmp_path: Path) -> None:
    one = plan(payers(tmp_path, plan=PLAN))
    same = plan(payers(tmp_path, plan="# a comment\n" + PLAN.replace("4000", "4_000")))
    assert (same.digest, same.rules_digest) == (one.digest, one.rules_digest)


@pytest.mark.parametrize(
    ("old", "new", "of_rules"),
    [
        ("97110 = 4000", "97110 = 4001", False),
        ("97110 = 4000", "97112 = 4000", False),
        ('"fee_table"', '"fee_table"\nline_tolerance = "0.03"', False),
        ('"fee_table"', '"fee_table"\nmax_units_per_visit = 4', True),
        ('"fee_table"', '"fee_table"\nauth_required = ["*"]', True),
        (
            "[[fees]]",
            '[[rule_severity]]\nrule = "UNT-010"\nseverity = "error"\nfrom = 2026-01-01\nreason = "r"\n[[fees]]',
            True,
        ),
    ],
)
def test_digests_change_with_the_payers_own_file(tmp_path: Path, old: str, new: str, of_rules: bool) -> None:
    before = plan(payers(tmp_path, plan=PLAN))
    after = plan(payers(tmp_path, plan=PLAN.replace(old, new)))
    assert after.digest != before.digest
    assert (after.rules_digest != before.rules_digest) is of_rules


def test_digests_do_not_change_with_another_payers_file(tmp_path: Path) -> None:
    before = plan(payers(tmp_path, plan=PLAN))
    after = plan(payers(tmp_path, other=PLAN.replace("55555", "44444").replace("4000", "1")))
    assert (after.digest, after.rules_digest) == (before.digest, before.rules_digest)


def test_a_change_counts_from_its_day_on(tmp_path: Path) -> None:
    before = plan(payers(tmp_path, plan=PLAN))
    later = payers(tmp_path, plan=f"{PLAN}\n[[changes]]\nfrom = 2026-11-17\nmax_units_per_visit = 4\n")
    assert plan(later).digest == before.digest
    assert later.config("55555", PayerClass.COMMERCIAL, date(2026, 11, 17)).digest != before.digest


def test_days_between_two_changes_share_what_they_get(tmp_path: Path) -> None:
    """In whatever order the file names the changes."""
    changed = [f"[[changes]]\nfrom = 2026-{month:02d}-01\nmax_units_per_visit = {month}\n" for month in (9, 3)]
    some = payers(tmp_path, plan="\n".join([PLAN, *changed]))
    days = [date(2026, 2, 28), date(2026, 3, 1), date(2026, 8, 31), date(2026, 9, 1), date(2027, 1, 1)]
    found = [some.config("55555", PayerClass.COMMERCIAL, day) for day in days]
    assert [each.max_units_per_visit for each in found][1:] == [3, 3, 9, 9]
    assert len({id(each) for each in found}) == 3
    assert found[1] is found[2]


def test_every_setting_is_in_the_digest() -> None:
    config = plan(Payers())
    for each in fields(PayerConfig):
        if each.init:
            changed = replace(config, **{each.name: "something else"})
            assert changed.digest != config.digest, each.name
            assert (changed.rules_digest == config.rules_digest) is (each.name in MONEY), each.name


def test_decimals_are_compared_by_value() -> None:
    config = plan(Payers())
    two, three = (replace(config, coinsurance=Decimal(text)) for text in ("0.2", "0.200"))
    assert two.digest == three.digest


def test_no_rule_looks_at_a_payers_money() -> None:
    """What ``rules_digest`` leaves out must decide nothing in scrubbing."""
    sources = [path.read_text(encoding="utf-8") for path in sorted((ROOT / "claimloom/scrub").glob("*.py"))]
    looked_at = {name for text in sources for name in re.findall(r"payer\.([a-z_0-9]+)", text)}
    looked_at |= {
        name for row in rows("scrubber_rules") for name in re.findall(r"payer\.([a-z_0-9]+)", row["applies_to"])
    }
    assert {"rule_severity", "unit_rule", "ncci_modifier_side"} <= looked_at
    assert not looked_at & MONEY


def test_a_payer_without_a_file_has_its_class(tmp_path: Path) -> None:
    """Any contractor of Medicare's: whose fees they are says the clinic's ZIP."""
    known = Payers((tmp_path,))
    for payer_class, has_fees in (
        (PayerClass.MEDICARE_B, True),
        (PayerClass.MEDICARE_ADVANTAGE, True),
        (PayerClass.MEDICAID, False),
        (PayerClass.COMMERCIAL, False),
        (PayerClass.TRICARE, False),
        (PayerClass.WORKERS_COMP_AUTO, False),
    ):
        assert bool(known.config("01112", payer_class, DAY).terms) is has_fees, payer_class


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ('contract = "fee-table"', "contract fee-table is none of .*; did you mean fee_table?"),
        ('contract = "medicare"', "fees have no effect beside contract medicare"),
        ('contract = "fee_table"\nmedicare_year = 2024', "medicare_year has no effect beside contract fee_table"),
        ('contract = "fee_table"\nmppr = true', "mppr has no effect beside contract fee_table"),
    ],
)
def test_a_short_contract_that_contradicts_itself_is_refused(tmp_path: Path, changed: str, said: str) -> None:
    with pytest.raises(PayerFileError, match=f"payer 55555: {said}"):
        plan(payers(tmp_path, plan=PLAN.replace('contract = "fee_table"', changed)))


def test_a_short_contract_is_terms_without_conditions(tmp_path: Path) -> None:
    two = PLAN + "[[fees]]\nfrom = 2026-07-01\n97110 = 4100\n"
    first, second = plan(payers(tmp_path, plan=two)).terms
    assert (first.starts, first.until, first.when, first.rank) == (date(2026, 1, 1), date(2026, 6, 30), (), 0)
    assert (second.starts, second.until) == (date(2026, 7, 1), None)


def contracted(folder: Path, **files: str) -> Payers:
    (folder / "contracts").mkdir()
    for name, text in files.items():
        (folder / "contracts" / f"{name}.toml").write_text(text, encoding="utf-8")
    return Payers((), (folder / "contracts",))


TERMS = 'payer_ids = ["55555"]\n[[terms]]\nfrom = 2026-01-01\n'


def test_contracts_of_several_files_are_one_payers(tmp_path: Path) -> None:
    known = contracted(
        tmp_path, one=f"{TERMS}per_visit_cents = 1\n", two=f'{TERMS}code = "97110"\ncase_rate_cents = 1\n'
    )
    assert [(term.file, term.key) for term in plan(known).terms] == [("one.toml", "terms[1]"), ("two.toml", "terms[1]")]
    assert "55555" in known.ids()
    assert plan(known, "44444").terms == ()


@pytest.mark.parametrize(
    ("two", "said"),
    [
        (f"{TERMS}per_visit_cents = 2\n", "one.toml: terms.1. and terms.1. of two.toml fit equally well"),
        (f"{TERMS}per_visit_cent = 2\n", "two.toml, line 2.* .and 1 more.; claimloom contracts check names all"),
        ("payer_ids = [", "two.toml, line 1: this is no TOML"),
    ],
)
def test_a_contract_that_cannot_be_used_stops_pricing(tmp_path: Path, two: str, said: str) -> None:
    with pytest.raises(PayerFileError, match=f"contract file {said}"):
        plan(contracted(tmp_path, one=f"{TERMS}per_visit_cents = 1\n", two=two))


def test_a_contract_says_what_late_payment_costs(tmp_path: Path) -> None:
    head = TERMS.replace("[[terms]]", 'interest_days = 45\ninterest_rate = "0.12"\n[[terms]]')
    config = plan(contracted(tmp_path, one=f"{head}per_visit_cents = 1\n"))
    assert config.late_rule is not None
    assert (config.late_rule.days, config.late_rule.rate) == (45, Decimal("0.12"))


def test_digests_change_with_the_contract(tmp_path: Path) -> None:
    one = plan(Payers())
    other = plan(contracted(tmp_path, one=f"{TERMS}per_visit_cents = 1\n"))
    assert other.digest != one.digest
    assert other.rules_digest == one.rules_digest
