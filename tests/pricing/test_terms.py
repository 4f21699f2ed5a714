"""What each term of a contract pays, alone and mixed: worked out by hand on public figures."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claimloom.contracts import Contract, TermsTiedError, VisitNumbers, read_contract
from claimloom.payers import PayerConfig, Payers
from claimloom.pricing import (
    Price,
    PriceLine,
    VisitFacts,
    full_unit_rank,
    nothing_because,
    pay_allowed,
    price_claim,
    rates_of,
)
from schemas.values import PayerClass

DAY = date(2026, 11, 16)
NOBODY = Payers().config("55555", PayerClass.COMMERCIAL, DAY)
TERM = "[[terms]]\nfrom = 2026-01-01\n"
FEES = 'fees = { "97110" = 3000, "97112" = 3600, "97530" = 4000 }\n'
# 97530 is 35.07 in full and 25.05 with MPPR, 97110 29.06 and 22.21: national, 2026.
LINES = [PriceLine("97530", ("GP",), 2, 15000), PriceLine("97110", ("GP", "CQ"), 1, 7000)]


def payer(*terms: str, of: PayerConfig = NOBODY) -> PayerConfig:
    found = read_contract('payer_ids = ["55555"]\n' + "".join(f"{TERM}{each}\n" for each in terms), "plan.toml")
    assert isinstance(found, Contract), found
    return replace(of, contract_terms=found.terms)


def priced(config: PayerConfig, lines: list[PriceLine] = LINES, on: date = DAY, **more: Any) -> Price:
    found = price_claim(lines, config, on, None, **({"taken": [{}] * len(lines)} | more))
    assert found is not None
    return found


def allowed(config: PayerConfig, lines: list[PriceLine] = LINES, on: date = DAY, **more: Any) -> list[int]:
    return [line.allowed_cents for line in priced(config, lines, on, **more).lines]


def test_fees_by_code() -> None:
    found = priced(payer(FEES))
    assert [line.allowed_cents for line in found.lines] == [8000, 3000]
    assert found.lines[0].steps == [
        "2 x $40.00 by terms[1] of plan.toml since 2026-01-01",
        "plan.toml, terms[1], since 2026-01-01 (by code)",
        "allowed $80.00",
        "expected $80.00",
    ]


@pytest.mark.parametrize(
    ("term", "cents"),
    [
        ('percent_of_medicare = "1.10"', [2 * 3858, 3197]),
        ('percent_of_medicare = "1.10"\nmppr = true', [3858 + 2756, 2443]),
        ('percent_of_medicare = "1.10"\nyear = 2024\nlocality = "national"', [2 * 4028, 3222]),
        ("percent_of_medicare = 1", [2 * 3507, 2906]),
        ("percent_of_medicare = 1\nmppr = true", [3507 + 2505, 2221]),
    ],
)
def test_percent_of_medicare(term: str, cents: list[int]) -> None:
    assert allowed(payer(term)) == cents


def test_a_clinics_locality_counts_unless_the_term_is_national() -> None:
    chicago = {"zip": "60601"}["zip"]
    local, national = payer("percent_of_medicare = 1"), payer('percent_of_medicare = 1\nlocality = "national"')
    found = [rates_of(LINES[:1], each, DAY, chicago) for each in (local, national)]
    assert found == [[2 * 3565], [2 * 3507]]


def test_facility_or_office_by_place_of_service() -> None:
    """Splint 29125 in 2026: practice expense 1.79 in an office, 0.65 in a facility."""
    lines = [PriceLine("29125", ("GO",), 1, 90000)]
    office, facility = (
        allowed(payer("percent_of_medicare = 1"), lines, facts=VisitFacts(place=place)) for place in ("11", "22")
    )
    assert office[0] - facility[0] == 3808  # 1.14 x 33.4009
    on_the_line = [replace(lines[0], place_of_service="22")]
    assert allowed(payer("percent_of_medicare = 1"), on_the_line, facts=VisitFacts(place="11")) == facility
    assert "facility" in priced(payer("percent_of_medicare = 1"), on_the_line).lines[0].steps[0]
    always = [PriceLine("97110", ("GP",), 1, 90000)]
    assert len({*(allowed(payer(FEES), always, facts=VisitFacts(place=place))[0] for place in ("11", "22"))}) == 1


def test_percent_of_charge() -> None:
    assert allowed(payer('percent_of_charge = "0.65"')) == [9750, 4550]


def test_a_visit_is_borne_by_its_first_line_even_beyond_its_charge() -> None:
    config = payer("per_visit_cents = 20000")
    assert allowed(config) == [20000, 0]
    assert priced(config).lines[1].steps[0] == "nothing by itself: line 1 bears the visit's amount"
    assert allowed(config, [LINES[0]]) == [15000]
    assert allowed(payer("per_visit_cents = 20000\nlesser_of = false"), [LINES[0]]) == [20000]


@pytest.mark.parametrize(("visit", "cents"), [(None, 9500), (1, 9500), (2, 7000), (3, 5000), (9, 5000)])
@pytest.mark.parametrize("counted", ["day", "year"])
def test_a_visits_amount_steps_down(visit: int | None, cents: int, counted: str) -> None:
    config = payer(f'per_visit_cents = [9500, 7000, 5000]\ncounted = "{counted}"')
    found = priced(config, facts=VisitFacts(visit=VisitNumbers(**{f"of_{counted}": visit})))
    assert found.lines[0].allowed_cents == cents
    assumed = visit is None
    assert found.assumed == ((f"first_visit_of_{counted}",) if assumed else ())
    assert found.lines[0].steps[0].endswith(f"of the {counted}{', as is assumed' if assumed else ''}")


def test_a_case_is_paid_with_its_first_visit() -> None:
    config = payer("case_rate_cents = 12000")
    assert allowed(config) == [12000, 0]
    assert allowed(config, facts=VisitFacts(visit=VisitNumbers(of_case=4))) == [0, 0]
    assert priced(config).assumed == ("first_visit_of_case",)


def test_capitation_pays_nothing_by_the_claim() -> None:
    found = priced(payer('capitation = "member and month"'))
    assert (found.allowed_cents, found.paid_cents) == (0, 0)
    assert found.lines[0].steps[0] == "nothing by the claim: it is paid by member and month"


def test_carved_out_codes_have_their_own_term() -> None:
    config = payer(FEES, 'code = ["97110"]\nplace = "11"\npercent_of_charge = "0.5"')
    assert allowed(config, facts=VisitFacts(place="11")) == [8000, 3500]
    assert allowed(config, facts=VisitFacts(place="12")) == [8000, 3000]
    told = priced(config, facts=VisitFacts(place="11")).lines[1].steps
    assert "plan.toml, terms[2], since 2026-01-01 (by code, place, before 1 less specific)" in told


@pytest.mark.parametrize(
    ("condition", "facts"),
    [
        ('tax_id = "987654321"', VisitFacts(tax_id="987654321")),
        ('npi = "1234567893"', VisitFacts(npi="1234567893")),
        ('plan = ["G1", "G2"]', VisitFacts(plan="G2")),
        ('clinic = "riverside"', VisitFacts(clinic="riverside")),
        ('place = "facility"', VisitFacts(place="22")),
        ('modifier = "CQ"', VisitFacts()),
    ],
)
def test_a_term_counts_where_its_condition_holds(condition: str, facts: VisitFacts) -> None:
    config = payer(f'{condition}\ncode = "97110"\npercent_of_charge = "0.1"', "per_visit_cents = 1")
    line = [LINES[1]]
    assert allowed(config, line, facts=facts) == [700]
    other = [replace(line[0], modifiers=("GP",))] if "modifier" in condition else line
    assert allowed(config, other, facts=VisitFacts()) == [1]


def test_lesser_of_charge_and_rate_may_be_agreed_off() -> None:
    cheap = [PriceLine("97530", (), 1, 2500)]
    assert priced(payer(FEES), cheap).reductions == {"lesser_of_charge": 1500}
    assert allowed(payer(FEES + "lesser_of = false"), cheap) == [4000]


@pytest.mark.parametrize(
    ("by", "cents"),
    [("unit", [4000 + 3200, 1500]), ("code", [8000, 2400])],
)
def test_units_or_codes_step_down_the_dearest_first(by: str, cents: list[int]) -> None:
    config = payer(f'{FEES}unit_steps = ["1", "0.8", "0.5"]\nsteps_by = "{by}"')
    assert allowed(config) == cents
    assert allowed(config, LINES[::-1]) == cents[::-1]
    assert priced(config).reductions["multiple_units"] == 11000 - sum(cents)


def test_units_of_the_days_other_claims_step_down_with_these() -> None:
    config = payer(f'{FEES}unit_steps = ["1", "0.5"]')
    assert allowed(config, [LINES[1]], beside=[LINES[0]]) == [1500]
    assert allowed(config, [LINES[0]], beside=[LINES[1]]) == [6000]


def test_units_of_a_contract_are_ranked_as_medicare_ranks_them() -> None:
    config = payer("percent_of_medicare = 1\nmppr = true")
    assert config.ranks_units
    dear, cheap = (full_unit_rank(line, config, DAY, None) for line in LINES)
    assert dear and cheap and dear > cheap
    assert allowed(config, [LINES[1]], full_unit="elsewhere") == [2221]
    assert full_unit_rank(LINES[0], payer(FEES), DAY, None) is None
    assert not payer(FEES).ranks_units


def test_a_visits_cap_is_filled_in_the_order_of_lines() -> None:
    config = payer(FEES + "visit_cap_cents = 9000")
    assert allowed(config) == [8000, 1000]
    assert priced(config).reductions == {"visit_cap": 2000}
    assert allowed(config, LINES[:1]) == [8000]


def test_what_is_withheld_is_allowed_and_not_paid() -> None:
    found = priced(payer(FEES + 'withhold = "0.10"'), taken=[{"copay": 2000}, {}])
    assert (found.allowed_cents, found.paid_cents) == (11000, 6000 - 600 + 3000 - 300)
    assert found.reductions == {"withhold": 900}
    assert "withheld 10% of $60.00 = $6.00 less" in found.lines[0].steps


def test_assistant_and_sequestration_are_the_terms_where_it_says_so() -> None:
    medicare = Payers().config("06102", PayerClass.MEDICARE_B, DAY)
    base = payer("percent_of_medicare = 1", of=medicare)
    assert {"assistant", "sequestration"} <= set(priced(base).reductions)
    without = payer('percent_of_medicare = 1\nassistant_factor = "1"\nsequestration = "0"', of=medicare)
    assert priced(without).reductions == {}
    own = payer(FEES + 'assistant_factor = "0.85"')
    assert [line.paid_cents for line in priced(own).lines] == [8000, 2550]
    assert pay_allowed(LINES[1], 3000, own, {}, on=DAY) == 2550


@pytest.mark.parametrize(
    ("on", "cents"),
    [
        (date(2026, 6, 30), 3000),
        (date(2026, 7, 1), 3090),
        (date(2027, 6, 30), 3090),
        (date(2027, 7, 1), 3183),  # 30.00 x 1.03 x 1.03 = 31.827
    ],
)
def test_an_escalator_counts_from_its_day_and_every_year_after(on: date, cents: int) -> None:
    config = payer(FEES + 'escalator = "0.03"\nescalates_from = 2026-07-01')
    assert allowed(config, [LINES[1]], on) == [cents]


def test_terms_mix_in_one_claim() -> None:
    """Fees for what the table has, half the charge for an evaluation, percent of Medicare with MPPR for the rest."""
    config = payer(
        FEES + 'unit_steps = ["1", "0.5"]',
        'code = "97161"\npercent_of_charge = "0.5"',
        'percent_of_medicare = "1.2"\nmppr = true\nwithhold = "0.1"',
    )
    lines = [*LINES, PriceLine("97161", ("GP",), 1, 20000), PriceLine("97535", ("GP",), 2, 9000)]
    # 97535 is the only one with MPPR here: 32.40 and 23.88, each times 1.2.
    assert allowed(config, lines) == [4000 + 2000, 1500, 10000, 3888 + 2866]
    assert priced(config, lines).lines[3].paid_cents == 6754 - 675


def test_a_contract_goes_before_the_payers_file_and_the_class() -> None:
    plan = Payers().config("99999", PayerClass.COMMERCIAL, DAY)
    config = payer('code = "97110"\npercent_of_charge = "0.1"', of=plan)
    assert allowed(config) == [2 * 3860, 700]
    medicare = Payers().config("06102", PayerClass.MEDICARE_B, DAY)
    assert allowed(payer("per_visit_cents = 5", of=medicare)) == [5, 0]


def test_last_years_fees_are_those_of_the_term_of_that_year() -> None:
    config = payer(FEES).contract_terms
    older = replace(config[0], starts=date(2025, 1, 1), until=date(2025, 12, 31), key="terms[0]")
    both = replace(NOBODY, contract_terms=(replace(older, way=type(older.way)({"97110": 2500})), *config))  # type: ignore[call-arg, arg-type]
    assert rates_of([LINES[1]], both, DAY, None, fee_year=2025) == [2500]
    assert rates_of([LINES[1]], payer(FEES), DAY, None, fee_year=2025) == [3000]
    frozen = payer('percent_of_medicare = "1.10"\nyear = 2025')
    assert rates_of([LINES[1]], frozen, DAY, None, fee_year=2025) == [3222]  # 110 % of 29.29 of 2024


def test_nothing_to_expect_is_said_with_its_reason() -> None:
    assert nothing_because(LINES, NOBODY, DAY, None) == "payer 55555 has neither a contract nor fees of its class"
    assert nothing_because([PriceLine("97799", (), 1, 1)], payer(FEES), DAY, None) == (
        "payer 55555 has no fee for 97799 on 2026-11-16"
    )
    assert nothing_because(LINES, payer(FEES), date(2025, 12, 31), None).endswith("97530, 97110 on 2025-12-31")
    local = payer("percent_of_medicare = 1")
    assert nothing_because(LINES, local, DAY, "99999") == "zip 99999 lies in none of Medicare's localities of 2026"
    assert nothing_because(LINES, local, DAY, "60601") == ""


def test_terms_of_two_files_that_tie_are_never_guessed() -> None:
    one = payer('code = "97110"\nper_visit_cents = 1').contract_terms
    other = payer('modifier = "CQ"\nper_visit_cents = 2').contract_terms
    with pytest.raises(TermsTiedError, match="fit equally well"):
        price_claim(LINES[1:], replace(NOBODY, contract_terms=(*one, *other)), DAY, None)


MIX = [
    FEES,
    'code = "97161"\npercent_of_charge = "0.5"',
    'percent_of_medicare = "1.2"\nmppr = true',
    'code = "97110"\nmodifier = "CQ"\nper_visit_cents = 2500',
    'place = "facility"\nclinic = "a"\nplan = "G1"\ncase_rate_cents = 5000',
]
codes = st.sampled_from(["97110", "97112", "97140", "97530", "97535", "97161", "92507", "29125"])
some = st.builds(PriceLine, codes, st.sampled_from([("GP",), ("GP", "CQ")]), st.integers(1, 6), st.integers(0, 60000))
where = st.builds(
    VisitFacts, clinic=st.sampled_from(["", "a"]), plan=st.just("G1"), place=st.sampled_from(["11", "22"])
)


@given(st.lists(some, min_size=1, max_size=6), where, st.permutations(range(len(MIX))))
def test_terms_in_any_order_give_the_same(lines: list[PriceLine], facts: VisitFacts, order: list[int]) -> None:
    one, other = (priced(payer(*texts), lines, facts=facts) for texts in (MIX, [MIX[place] for place in order]))
    assert one.lines == other.lines
    for line in one.lines:
        cuts = sum(line.reductions.get(name, 0) for name in ("assistant", "sequestration", "withhold"))
        assert line.allowed_cents == line.deductible_cents + line.coinsurance_cents + cuts + line.paid_cents
        assert line.derivation.cents == line.paid_cents
        assert next(part.cents for part in line.derivation.parts if part.name == "allowed") == line.allowed_cents


def test_every_way_has_words() -> None:
    for term in (*MIX, 'capitation = "member and month"', 'percent_of_charge = "0.5"\nvisit_cap_cents = 1'):
        for line, place in itertools.product(LINES, ("11", "22")):
            found = price_claim([line], payer(term), DAY, None, facts=VisitFacts(clinic="a", plan="G1", place=place))
            for each in found.lines if found else ():
                assert each.steps[-1].startswith("expected $")
                assert len(each.steps) >= 3
