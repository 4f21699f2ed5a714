"""Contract files as people get them wrong: one clear error with its line, its key, and what was probably meant."""

from __future__ import annotations

import pytest

from claimloom.contracts import Contract, lined_up, read_contract
from claimloom.contracts.choose import gaps

HEAD = 'payer_ids = ["55555"]\n[[terms]]\nfrom = 2026-01-01\n'
VISIT = "per_visit_cents = 9500\n"
WRONG = {
    'percent_of_charge = "0.5"\nwithold = "0.1"': "line 5: terms[1].withold: is no key of a term; did you mean with",
    "percent_of_medicare = 120": 'did you mean "1.2"?',
    'percent_of_medicare = "115.5%"': 'did you mean "1.155"?',
    "percent_of_charge = 65": 'did you mean "0.65"?',
    'fees = { "97110" = 31.80 }': "97110: whole cents are expected, as in 9500 for $95.00; did you mean 3180?",
    'fees = { "97110" = "$31.8" }': "did you mean 3180?",
    'fees = { "97110" = -100 }': "line 4: terms[1].fees: 97110: whole cents are expected",
    'fees = { "TOTAL" = 100 }': "TOTAL is no procedure code, as 97110 or G0283 are",
    "per_visit_cents = 99999999999999999999": "whole cents are expected",
    'npi = "1234567890"\nper_visit_cents = 1': "1234567890 is no NPI: its last digit is a check digit, and does not",
    "percent_of_medicare = 1\nyear = 2012": "a year is expected, as in 2026, from 2016 to 2099",
    "percent_of_medicare = 1\nyear = 2206": "a year is expected, as in 2026, from 2016 to 2099",
    'note = "a\\u0000b"\nper_visit_cents = 1': "text in quotes is expected, in one line",
    "per_visit_cents = 9500\nuntil = 2025-01-01": "terms[1].until: is before from (2026-01-01)",
    'place = "ofice"\nper_visit_cents = 1': "did you mean office?",
}


@pytest.mark.parametrize("text", WRONG)
def test_what_is_wrong_is_one_error_with_its_line_and_what_was_meant(text: str) -> None:
    found = read_contract(f"{HEAD}{text}\n", "c.toml")
    assert not isinstance(found, Contract)
    (fault,) = found
    assert WRONG[text] in str(fault)
    assert fault.line


def test_days_in_the_wrong_order_and_keys_without_effect_are_told_beside_other_faults() -> None:
    text = "per_visit_cents = 9.5\nuntil = 2025-01-01\nmppr = true\nwithold = 1\nescalator = 7\n"
    text += "escalates_from = 2026-06-01\n"
    found = read_contract(f"{HEAD}{text}", "c.toml")
    assert not isinstance(found, Contract)
    assert [(each.key, each.message.partition(";")[0].partition(",")[0]) for each in found] == [
        ("terms[1].per_visit_cents", "whole cents are expected"),
        ("terms[1].until", "is before from (2026-01-01)"),
        ("terms[1].mppr", "has no effect beside per_visit_cents"),
        ("terms[1].withold", "is no key of a term"),
        ("terms[1].escalator", "a share above -0.5 and up to 0.5 is expected"),
        ("terms[1].escalates_from", "has no effect after until (2025-01-01)"),
    ]


def test_a_term_that_ends_on_its_first_day_is_sound() -> None:
    assert isinstance(read_contract(f"{HEAD}{VISIT}until = 2026-01-01\n", "c.toml"), Contract)


def test_no_number_of_per_cent_is_guessed_of_what_is_just_above_the_whole() -> None:
    found = read_contract(f"{HEAD}percent_of_charge = 1.2\n", "c.toml")
    assert not isinstance(found, Contract)
    assert str(found[0]).endswith('as in "0.65" for 65 %')


@pytest.mark.parametrize("text", ["", " \n\t\n"])
def test_an_empty_file_is_told_as_that(text: str) -> None:
    found = read_contract(text, "c.toml")
    assert not isinstance(found, Contract)
    assert [str(each) for each in found] == ["c.toml: the file is empty"]


@pytest.mark.parametrize(
    "text",
    [
        "percent_of_charge = 1",  # the whole charge
        'percent_of_medicare = "1.2"\nyear = 2024',
        'npi = "1234567893"\nper_visit_cents = 0',
        'fees = { "G0283" = 0, "0552T" = 100 }',
        "per_visit_cents = 100000000",
    ],
)
def test_what_stands_beside_that_and_is_right_is_read(text: str) -> None:
    assert isinstance(read_contract(f"{HEAD}{text}\n", "c.toml"), Contract)


@pytest.mark.parametrize(
    ("until", "found"),
    [
        ("2026-03-31", [("2026-04-01", "2026-05-31")]),
        ("2026-05-30", [("2026-05-31", "2026-05-31")]),
        ("2026-05-31", []),
    ],
)
def test_days_on_which_nothing_counts_are_found(until: str, found: list[tuple[str, str]]) -> None:
    text = f"{HEAD}{VISIT}until = {until}\n[[terms]]\nfrom = 2026-06-01\n{VISIT}"
    contract = read_contract(text, "c.toml")
    assert isinstance(contract, Contract)
    assert [(str(first), str(last)) for first, last, _ in gaps(lined_up(contract.terms))] == found
