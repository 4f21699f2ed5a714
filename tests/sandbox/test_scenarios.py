"""Every scenario alone: what the ledger says of its claims is what public sources say is right."""

from __future__ import annotations

from typing import Final

import pytest

from claimloom.errors import PlainError
from claimloom.sandbox.scenario import all_scenarios, mix_named, mixes, read_scenario
from tools.grade import Played, play_alone

# Where the ledger is known to be wrong, and in what; whoever mends one takes it from here.
OPEN: Final = {
    "bonus": "CO-161 is called unexplained and overpaid, not an incentive",
    "debit": "BPR03 = D is not read as money leaving",
    "denied_as_co45": "a denial in the dress of CO-45 is disputed as a fee",
    "forwarded_then_paid": "work about the forwarding stays when the payer pays after all",
    "lines_bundled": "a bundled line (OA-94, CO-97, SVC06) is flagged as denied though the claim is paid right",
    "mppr_two_claims_full_each": "two full units a day are not flagged: the expectation is fitted to the payment",
    "mppr_two_claims_none_full": "no full unit on any claim of a day is not flagged",
    "mppr_two_claims_other": "the expectations of a day's claims add up to two full units",
    "reversal_now_money_later": "a pair of WO of one reference that is zero stays as work",
    "reversal_without_correction": "paid, taken back and never corrected is not flagged",
}
CLAIMS_A_SCENARIO: Final = 1


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    folder = tmp_path_factory.mktemp("alone") / "data"
    return play_alone(folder, all_scenarios().values(), CLAIMS_A_SCENARIO)


@pytest.mark.parametrize("name", all_scenarios())
def test_scenario_agrees(played: Played, name: str) -> None:
    first = played.scenarios.get(name)
    if name in OPEN:
        assert first is not None, f"{name} agrees now: take it from OPEN"
    else:
        assert first is None, first


def test_all_were_played_and_no_cent_is_lost(played: Played) -> None:
    assert played.labels >= set(all_scenarios())
    assert played.balance == 0
    assert "clean" not in played.scenarios, "a visit of the cast was held"


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
