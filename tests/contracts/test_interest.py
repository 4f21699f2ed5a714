"""Interest for late payment, by rules that were read."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from claimloom.contracts import LateRule, interest_on, rule_of
from claimloom.contracts.interest import states_known


def test_illinois_has_nine_percent_after_thirty_days() -> None:
    rule = rule_of("IL", date(2026, 3, 1))
    assert rule is not None
    assert (rule.days, rule.rate) == (30, Decimal("0.09"))
    # 100 days late on $500.00: 500 * 0.09 * 100 / 365 = 12.33
    assert interest_on(50_000, date(2026, 1, 1), date(2026, 5, 11), rule).cents == 1233


def test_in_time_costs_nothing_and_less_than_a_dollar_is_not_owed_in_illinois() -> None:
    rule = rule_of("IL", date(2026, 1, 1))
    assert rule is not None
    on_the_last_day = interest_on(50_000, date(2026, 1, 1), date(2026, 1, 31), rule)
    assert (on_the_last_day.cents, on_the_last_day.days_late) == (0, 0)
    late = interest_on(5_000, date(2026, 1, 1), date(2026, 2, 10), rule)
    assert (late.cents, late.days_late) == (0, 10)


def test_paper_has_other_days_in_florida() -> None:
    day = date(2026, 1, 1)
    found = [rule_of("FL", day, on_paper=on_paper) for on_paper in (False, True)]
    assert [rule and rule.days for rule in found] == [20, 40]


def test_what_was_not_read_is_unknown() -> None:
    assert rule_of("TX", date(2026, 1, 1)) is None
    assert rule_of("CA", date(2025, 12, 31)) is None
    assert rule_of("CA", date(2026, 1, 1)) is not None
    assert states_known() == {"CA", "FL", "IL"}


def test_a_contract_has_a_rule_of_its_own() -> None:
    rule = LateRule(45, Decimal("0.12"), "plan.toml")
    assert interest_on(36_500, date(2026, 1, 1), date(2026, 2, 25), rule).cents == 120
