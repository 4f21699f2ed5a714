"""Every scenario alone: what the ledger says of its claims is what public sources say is right."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from claimloom.demo import BUSINESS_DATE
from claimloom.errors import PlainError
from claimloom.sandbox.payer import Payer
from claimloom.sandbox.scenario import all_scenarios, mix_named, mixes, read_scenario, scenario_named
from claimloom.x12.nouns.read_835 import Remittance, read_835
from tools.grade import Played, play_alone

# Where the ledger is known to be wrong, and in what; whoever mends one takes it from here.
OPEN: Final[dict[str, str]] = {}
CLAIMS_A_SCENARIO: Final = 1
SAMPLES: Final = Path(__file__).parents[2] / "edi_samples"


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    folder = tmp_path_factory.mktemp("alone") / "data"
    return play_alone(folder, all_scenarios().values(), CLAIMS_A_SCENARIO)


PLAYED: Final = [name for name in all_scenarios() if name != "voided"]


@pytest.mark.parametrize("name", PLAYED)
def test_scenario_agrees(played: Played, name: str) -> None:
    first = played.scenarios.get(name)
    if name in OPEN:
        assert first is not None, f"{name} agrees now: take it from OPEN"
    else:
        assert first is None, first


def test_all_were_played_and_no_cent_is_lost(played: Played) -> None:
    assert played.labels == set(PLAYED)
    assert played.balance == 0
    assert "clean" not in played.scenarios, "a visit of the cast was held"


@pytest.mark.parametrize(
    ("name", "paid", "left"),
    [("filed_second_pays", 1.0, 0), ("filed_second_pays_part", 0.5, 1), ("filed_second_denies", 0, 0)],
)
def test_a_claim_filed_second_gets_of_what_the_first_payer_left(name: str, paid: float, left: int) -> None:
    payer = Payer(1, BUSINESS_DATE, ((scenario_named(name), 1000),))
    answers = payer.answer((SAMPLES / "837p/secondary_after_medicare_by_line.edi").read_text())
    (decision,) = payer.decisions.values()
    share = sum(amount for each in decision.claim.services for group, _, amount in each.prior if group == "PR")
    assert share > 0
    assert abs(decision.paid - paid * share) <= len(decision.claim.services)
    (told,) = (each for name, data in answers.items() if name.startswith("835") for each in read_835(data))
    assert isinstance(told, Remittance)
    (claim,) = told.claims
    assert (claim.status_code, claim.paid_cents) == ("2", decision.paid)
    assert bool(claim.patient_responsibility_cents) == bool(left)
    assert (
        sum(part.amount_cents for line in claim.lines for part in line.adjustments)
        == claim.charge_cents - decision.paid
    )


def test_there_are_enough_and_each_has_its_source() -> None:
    found = all_scenarios().values()
    assert len(found) >= 60
    for each in found:
        assert "RFI" in each.source or "http" in each.source or "005010" in each.source, each.name


def test_mixes_leave_something_for_what_is_paid_as_contracted() -> None:
    assert sum(mixes().realistic.values()) < 800
    assert {scenario.name for scenario, _ in mix_named("demo")} == set(mixes().realistic) - set(mixes().demo_leaves_out)
    assert set(mixes().demo_leaves_out) <= set(OPEN)
    assert sum(weight for _, weight in mix_named("all")) == 1000


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('does = "x"\nsource = "y"\npayer = ["plan"]', "file: no key payer; nearest known: payers"),
        ('does = "x"\nsource = "y"\n[[answer]]\nhow = "dney"', "answer.how: dney is not known; nearest known: deny"),
        ('does = "x"\nsource = "y"\n[[answer]]\nterms = { copey = 1 }', "terms: no key copey; nearest known: copay"),
        ('does = "x"\nsource = "y"\n[truth]\nflags = ["underpayed"]', "nearest known: underpaid"),
        ('does = "x"\nsource = ""', "from which source"),
        ("does = ", "scenario bad: "),
    ],
)
def test_a_file_that_is_not_understood_is_refused(text: str, said: str) -> None:
    with pytest.raises(PlainError, match="scenario bad") as error:
        read_scenario("bad", text)
    assert said in str(error.value)


def test_an_unknown_mix_names_the_nearest() -> None:
    with pytest.raises(PlainError, match="nearest known: deductible"):
        mix_named("deductable")
