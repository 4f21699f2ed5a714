"""Contract files: each mistake is one clear error with its line, its neighbour passes, and nothing is half taken."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from claimloom.contracts import Contract, ContractFault, Fees, PercentOfMedicare, Term, read_contract

HEAD = 'payer_ids = ["55555"]\n'
TERM = "[[terms]]\nfrom = 2026-01-01\n"


def faults(text: str) -> list[ContractFault]:
    found = read_contract(text, "plan.toml")
    assert not isinstance(found, Contract), "no fault was found"
    return found


def terms(text: str) -> tuple[Term, ...]:
    found = read_contract(text, "plan.toml")
    assert isinstance(found, Contract), found
    return found.terms


@pytest.mark.parametrize(
    ("good", "bad", "key", "said"),
    [
        ('percent_of_medicare = "1.10"', "percent_of_medicare = 110", "percent_of_medicare", '"1.10" for 110 %'),
        ("percent_of_medicare = 1.10", 'percent_of_medicare = "a"', "percent_of_medicare", "a share above 0"),
        ('percent_of_charge = "0.65"', "percent_of_charge = 65", "percent_of_charge", '"0.65" for 65 %'),
        ('fees = { "97110" = 3180 }', 'fees = { "97110" = 31.80 }', "fees", "97110: whole cents"),
        ('fees = { "97110" = 3180 }', 'fees = { "9711" = 3180 }', "fees", "9711 is no procedure code"),
        ("per_visit_cents = 9500", "per_visit_cents = -1", "per_visit_cents", "whole cents"),
        ("per_visit_cents = [9500, 7000]", "per_visit_cents = []", "per_visit_cents", "the list is empty"),
        ("case_rate_cents = 120000", 'case_rate_cents = "1200"', "case_rate_cents", "whole cents"),
        ('capitation = "member and month"', "capitation = true", "capitation", "member and month is expected"),
        (
            'percent_of_medicare = "1"\nyear = 2024',
            'percent_of_medicare = "1"\nyear = 24',
            "year",
            "a year is expected, as in 2026",
        ),
        (
            'percent_of_medicare = "1"\nlocality = "national"',
            'percent_of_medicare = "1"\nlocality = "nation"',
            "locality",
            "did you mean national?",
        ),
        (
            'percent_of_medicare = "1"\nmppr = true',
            'percent_of_medicare = "1"\nmppr = "yes"',
            "mppr",
            "true or false is expected",
        ),
        (
            'per_visit_cents = [2, 1]\ncounted = "year"',
            'per_visit_cents = [2, 1]\ncounted = "week"',
            "counted",
            "day or year is expected",
        ),
        (
            'fees = { "97110" = 1 }\nunit_steps = ["1", "0.5"]',
            'fees = { "97110" = 1 }\nunit_steps = ["0.5", "1"]',
            "unit_steps",
            "no share may be above the one before it",
        ),
        (
            'fees = { "97110" = 1 }\nunit_steps = ["1", "0.5"]\nsteps_by = "code"',
            'fees = { "97110" = 1 }\nunit_steps = ["1", "0.5"]\nsteps_by = "codes"',
            "steps_by",
            "did you mean code?",
        ),
        ('fees = { "97110" = 1 }\nwithhold = "0.1"', 'fees = { "97110" = 1 }\nwithhold = 10', "withhold", "10 %"),
        (
            'fees = { "97110" = 1 }\nassistant_factor = "0.85"',
            'fees = { "97110" = 1 }\nassistant_factor = 85',
            "assistant_factor",
            "85 %",
        ),
        (
            'fees = { "97110" = 1 }\nsequestration = "0"',
            'fees = { "97110" = 1 }\nsequestration = 2',
            "sequestration",
            "2 %",
        ),
        (
            'fees = { "97110" = 1 }\nescalator = "0.03"\nescalates_from = 2027-01-01',
            'fees = { "97110" = 1 }\nescalator = 3\nescalates_from = 2027-01-01',
            "escalator",
            "3 % a year",
        ),
        (
            'fees = { "97110" = 1 }\nescalator = "0.03"\nescalates_from = 2027-01-01',
            'fees = { "97110" = 1 }\nescalator = "0.03"\nescalates_from = "2027-01-01"',
            "escalates_from",
            "a date without quotes",
        ),
        (
            'fees = { "97110" = 1 }\nvisit_cap_cents = 9000',
            'fees = { "97110" = 1 }\nvisit_cap_cents = 90.5',
            "visit_cap_cents",
            "whole cents",
        ),
        (
            'fees = { "97110" = 1 }\nlesser_of = false',
            'fees = { "97110" = 1 }\nlesser_of = 0',
            "lesser_of",
            "true or false",
        ),
        ('fees = { "97110" = 1 }\nplace = "11"', 'fees = { "97110" = 1 }\nplace = "98"', "place", "a place of service"),
        (
            'fees = { "97110" = 1 }\nplace = "facility"',
            'fees = { "97110" = 1 }\nplace = "facilty"',
            "place",
            "mean facility?",
        ),
        ('fees = { "97110" = 1 }\nnpi = "1234567893"', 'fees = { "97110" = 1 }\nnpi = "123"', "npi", "ten digits"),
        (
            'fees = { "97110" = 1 }\ntax_id = "987654321"',
            'fees = { "97110" = 1 }\ntax_id = 987654321',
            "tax_id",
            "nine digits",
        ),
        ('fees = { "97110" = 1 }\nplan = "G1"', 'fees = { "97110" = 1 }\nplan = ""', "plan", "a group number"),
        (
            'fees = { "97110" = 1 }\nclinic = ["a", "b"]',
            'fees = { "97110" = 1 }\nclinic = ["a", "a"]',
            "clinic",
            "names something twice",
        ),
        (
            'fees = { "97110" = 1 }\ncode = "97110"',
            'fees = { "97110" = 1 }\ncode = "97111"',
            "code",
            "did you mean 97110?",
        ),
        (
            'fees = { "97110" = 1 }\nmodifier = ["CQ"]',
            'fees = { "97110" = 1 }\nmodifier = "CQX"',
            "modifier",
            "two letters",
        ),
        (
            'fees = { "97110" = 1 }\nuntil = 2026-12-31',
            'fees = { "97110" = 1 }\nuntil = 2025-12-31',
            "until",
            "is before from",
        ),
        ('fees = { "97110" = 1 }\nnote = "n"', 'fees = { "97110" = 1 }\nnote = 1', "note", "text in quotes"),
    ],
)
def test_a_mistake_in_a_key_is_one_error_and_its_neighbour_passes(good: str, bad: str, key: str, said: str) -> None:
    assert len(terms(HEAD + TERM + good)) == 1
    text = HEAD + TERM + bad
    (fault,) = faults(text)
    assert fault.key == f"terms[1].{key}"
    assert said in fault.message
    assert text.splitlines()[fault.line - 1].startswith(key), fault.line
    assert str(fault).startswith(f"plan.toml, line {fault.line}: terms[1].{key}: ")


@pytest.mark.parametrize(
    ("way", "key", "because"),
    [
        ('percent_of_charge = "0.65"', "lesser_of = true", "beside percent_of_charge"),
        ('fees = { "97110" = 1 }', "year = 2024", "beside fees"),
        ('fees = { "97110" = 1 }', "mppr = true", "beside fees"),
        ('fees = { "97110" = 1 }', 'locality = "clinic"', "beside fees"),
        ("per_visit_cents = [2, 1]", "visit_cap_cents = 1", "beside per_visit_cents"),
        ("per_visit_cents = 9500", 'counted = "day"', "beside one amount for every visit"),
        ('capitation = "member and month"', 'withhold = "0.1"', "beside capitation"),
        ('fees = { "97110" = 1 }', 'steps_by = "unit"', "without unit_steps"),
        ('fees = { "97110" = 1 }', 'escalator = "0.03"', "without escalates_from"),
        ('fees = { "97110" = 1 }', "escalates_from = 2026-01-01", "without escalator"),
        ('percent_of_medicare = 1\nunit_steps = ["1", "0.5"]', "mppr = true", "beside unit_steps"),
    ],
)
def test_a_key_without_effect_beside_another_is_an_error(way: str, key: str, because: str) -> None:
    assert len(terms(f"{HEAD}{TERM}{way}\n")) == 1
    (fault,) = faults(f"{HEAD}{TERM}{way}\n{key}\n")
    assert fault.message.startswith(f"has no effect {because}")
    assert fault.key == f"terms[1].{key.split(maxsplit=1)[0]}"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("payer_ids = [", "plan.toml, line 1: this is no TOML: "),
        ("payer_ids = 1 2", "plan.toml, line 1, column 15: this is no TOML: "),
        (HEAD, "plan.toml: terms: is missing"),
        (TERM + "per_visit_cents = 1", "plan.toml: payer_ids: is missing"),
        (
            'payer_id = ["1"]\n' + HEAD + TERM + "per_visit_cents = 1",
            "line 1: payer_id: is no key of a contract; did you",
        ),
        (HEAD + "terms = []", "plan.toml, line 2: terms: the list is empty"),
        (HEAD + "terms = 1", "plan.toml, line 2: terms: a list of terms is expected"),
        (
            HEAD + TERM + "per_vist_cents = 1\ncase_rate_cents = 1",
            "terms[1].per_vist_cents: is no key of a term; did you mean per_v",
        ),
        (HEAD + "[[terms]]\nper_visit_cents = 1", "plan.toml, line 2: terms[1]: from is missing"),
        (HEAD + TERM, "plan.toml, line 2: terms[1]: says no way of paying: one of fees, percent_of_medicare"),
        (
            HEAD + TERM + "per_visit_cents = 1\ncase_rate_cents = 1",
            "case_rate_cents: a term has one way of paying, and per_v",
        ),
        (
            HEAD + "interest_days = 30\n" + TERM + "per_visit_cents = 1",
            "interest_days: has no effect without interest_rate",
        ),
        (HEAD + 'interest_state = "TX"\n' + TERM + "per_visit_cents = 1", "only the rules of CA, FL, IL are here"),
    ],
)
def test_what_is_wrong_with_the_file_is_told(text: str, said: str) -> None:
    assert said in " / ".join(map(str, faults(text)))


def test_all_faults_are_told_together_in_the_order_of_lines() -> None:
    text = f'{HEAD}{TERM}fees = {{ "97110" = 1 }}\nyeer = 1\n{TERM}percent_of_charge = 2\nplace = "1"\n'
    assert [(fault.line, fault.key) for fault in faults(text)] == [
        (5, "terms[1].yeer"),
        (8, "terms[2].percent_of_charge"),
        (9, "terms[2].place"),
    ]


def test_a_table_of_fees_may_stand_below_its_term() -> None:
    (term,) = terms(f'{HEAD}{TERM}[terms.fees]\n"97110" = 3180\n97112 = 3540\n')
    assert term.way == Fees({"97110": 3180, "97112": 3540})
    (fault,) = faults(f'{HEAD}{TERM}[terms.fees]\n"97110" = "x"\n')
    assert (fault.line, fault.key) == (4, "terms[1].fees")


def test_shares_are_exact_with_quotes_and_without() -> None:
    for written in ('"1.1"', "1.1"):
        (term,) = terms(f"{HEAD}{TERM}percent_of_medicare = {written}\n")
        assert term.way == PercentOfMedicare(Decimal("1.1"))


def test_a_later_term_of_the_same_conditions_ends_the_one_before() -> None:
    text = f"{HEAD}{TERM}per_visit_cents = 9000\n[[terms]]\nfrom = 2026-07-01\nper_visit_cents = 9500\n"
    assert [term.until for term in terms(text)] == [date(2026, 6, 30), None]


@pytest.mark.parametrize(
    ("one", "other", "is_tied"),
    [
        ('code = "97110"', 'place = "11"', True),
        ('code = "97110"', 'code = "97112"', False),
        ('code = ["97110", "97112"]', 'code = ["97112", "97530"]', True),
        ('code = "97110"', 'code = "97110"\nplace = "11"', False),
        ('code = "97110"', 'place = "11"\nuntil = 2025-12-31', False),
        ('code = "97110"', 'place = "11"\nuntil = 2026-01-01', True),
        ('modifier = "CQ"', 'modifier = "GP"', True),
        ('clinic = "a"', 'clinic = "b"', False),
    ],
)
def test_terms_that_fit_equally_well_are_an_error(one: str, other: str, is_tied: bool) -> None:
    starts = "2025-01-01" if "until" in other else "2026-01-01"
    text = f"{HEAD}{TERM}{one}\nper_visit_cents = 1\n[[terms]]\nfrom = {starts}\n{other}\npercent_of_charge = 1\n"
    if not is_tied:
        assert len(terms(text)) == 2
        return
    (fault,) = faults(text)
    assert "terms[1]" in str(fault)
    assert "terms[2]" in str(fault)
    assert fault.message.endswith("end one with until, or give one a further condition")
