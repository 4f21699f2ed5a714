"""The sandbox's contracts: one for each term that a contract may have, each played, and none of them a copy of ours."""

from __future__ import annotations

import tomllib
from typing import Final

import pytest

from claimloom.contracts import Contract, read_contract
from claimloom.contracts.keys import BESIDE, WAYS, WHEN
from claimloom.errors import PlainError
from claimloom.sandbox.agreements import agreements, read_agreement
from claimloom.sandbox.scenario import all_scenarios

# Whose it is and where: the cast has one provider, plan and clinic a scenario, so these are tried in tests/pricing.
NOT_PLAYED: Final = {"tax_id", "npi", "plan", "clinic", "modifier"}
PLAYED: Final = [each for each in all_scenarios().values() if each.agreement]


def test_each_term_of_a_contract_is_in_one_that_is_played() -> None:
    used: set[str] = set()
    for name in {each.agreement for each in PLAYED}:
        for term in tomllib.loads(agreements()[name].contract)["terms"]:
            used |= term.keys()
    assert {*WAYS, *BESIDE, *WHEN} - used == NOT_PLAYED
    assert any("interest_state" in agreements()[each.agreement].contract for each in PLAYED)


def test_each_agreement_is_played_and_its_contract_is_sound() -> None:
    assert set(agreements()) == {each.agreement for each in PLAYED}
    for name, each in agreements().items():
        found = read_contract(each.contract, name)
        assert isinstance(found, Contract), found
        assert found.payer_ids == (each.payer_id,)
        assert "http" in each.source, name
    assert len({each.payer_id for each in agreements().values()}) == len(agreements())


def test_what_is_paid_wrongly_has_a_neighbour_that_is_paid_rightly() -> None:
    right = {each.agreement for each in PLAYED if not each.truth.flags and not each.truth.cause}
    assert {each.agreement for each in PLAYED} == right
    wrong = {each.truth.cause for each in PLAYED if each.truth.cause}
    assert wrong == {
        *("old_contract", "escalator_not_applied", "wrong_place", "contract_rate", "mppr_not_applied", "withhold")
    }


PART = 'payer_id = "1"\nsays = "x"\nsource = "y"\ncontract = ""\n[[part]]\n'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f'{PART}pays = "fee"', "pays is none of fees, medicare"),
        (f'{PART}pays = "fees"\nfeez = "1"', "no key feez"),
        ('says = "x"', "'part'"),
        ("payer_id = ", "agreement bad: "),
        (PART.replace('says = "x"\n', "") + 'pays = "month"', "says"),
    ],
)
def test_an_agreement_that_is_not_understood_is_refused(text: str, said: str) -> None:
    with pytest.raises(PlainError, match="agreement bad") as error:
        read_agreement("bad", text)
    assert said in str(error.value)
