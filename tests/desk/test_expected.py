"""What is expected of a claim as it is built, with its derivation, under what is assumed."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from claimloom.billing.build import build_claim
from claimloom.desk.expected import expected_of
from claimloom.payers import PayerConfig, Payers
from claimloom.pricing import words_of
from schemas.claim import Claim, ClaimBuilt
from schemas.event import derived_id
from schemas.expectation import Expectation, row, step_of
from schemas.values import PayerClass
from tests.sessions import visit

VISIT = visit()
DAY = VISIT.date_of_service


def built(payer: PayerConfig, **changes: Any) -> tuple[Claim, list[int] | None, Expectation | None]:
    claim = build_claim(
        visit(**changes), payer, claim_id=derived_id("one"), frequency_code="1", payer_claim_control_number=""
    )
    return claim, *expected_of(claim, payer, "riverside")


def config(payer_id: str, payer_class: PayerClass, folder: Path | None = None) -> PayerConfig:
    return Payers((), (folder,) if folder else ()).config(payer_id, payer_class, DAY)


def test_medicare_is_expected_with_its_deductible_met() -> None:
    claim, rates, expected = built(config("06102", PayerClass.MEDICARE_B))
    assert expected is not None
    assert (rates, expected.allowed_cents, expected.paid_cents) == ([5779, 2330, 2178], 10287, 7809)
    assert expected.assumed == ["deductible_met"]
    steps = [step_of(each) for each in expected.lines]
    assert [step.cents for step in steps] == [4531, 1827, 1451]
    assert words_of(steps[2])[-3:] == [
        "assistant 15% of $17.42 = $2.61 less",
        "sequestration 2% of $14.81 = $0.30 less",
        "expected $14.51",
    ]
    event = ClaimBuilt(claim=claim, session=VISIT, expected_rate_cents=rates, expected=expected)
    assert ClaimBuilt.model_validate_json(event.model_dump_json()).expected == expected


def test_a_copay_of_the_contract_goes_on_the_lines_in_their_order() -> None:
    plan = replace(config("99999", PayerClass.COMMERCIAL), copay_cents=2500)
    _, _, expected = built(plan)
    assert expected is not None
    assert expected.allowed_cents - expected.paid_cents == 2500
    assert "copay_of_the_contract" in expected.assumed


def test_a_visit_may_be_worth_more_than_its_first_line(tmp_path: Path) -> None:
    (tmp_path / "plan.toml").write_text(
        'payer_ids = ["55555"]\n[[terms]]\nfrom = 2026-01-01\nclinic = "riverside"\nper_visit_cents = 20000\n'
    )
    claim, rates, expected = built(config("55555", PayerClass.COMMERCIAL, tmp_path))
    assert expected is not None
    assert rates == [20000, 0, 0]
    event = ClaimBuilt(claim=claim, session=VISIT, expected_rate_cents=rates, expected=expected)
    assert event.allowed_cents == expected.allowed_cents == 20000
    assert event.model_copy(update={"expected": None}).allowed_cents == 15000  # an event from before contracts


def test_a_payer_without_contract_has_nothing_to_expect() -> None:
    assert built(config("55555", PayerClass.COMMERCIAL))[1:] == (None, None)


def test_sequestration_of_none_is_no_step() -> None:
    medicare = replace(config("06102", PayerClass.MEDICARE_B), sequestration=Decimal(0))
    _, _, expected = built(medicare)
    assert expected is not None
    assert "sequestration" not in [part.name for part in step_of(expected.lines[0]).parts]


@pytest.mark.parametrize(
    ("said", "length"),
    [
        (row("paid", 1), 2),
        (row("fee", 1, {"units": 1}), 3),
        (row("fee", 1, source="a"), 4),
        (row("paid", 1, parts=[row("fee", 1)]), 5),
    ],
)
def test_a_row_has_no_empty_end_and_reads_back(said: list[Any], length: int) -> None:
    assert len(said) == length
    step = step_of(said)
    assert (step.name, step.cents) == (said[0], 1)
    assert row(step.name, step.cents, step.inputs, step.source, [[p.name, p.cents] for p in step.parts]) == said
