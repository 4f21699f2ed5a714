"""The payer by itself: what moves over weeks, and what it does with claims that come again."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest

from claimloom.demo import BUSINESS_DATE
from claimloom.sandbox.payer import Payer
from claimloom.sandbox.scenario import scenario_named
from claimloom.x12.nouns.read_835 import Remittance, read_835

SAMPLES: Final = Path(__file__).parents[2] / "edi_samples"
CLAIMS: Final = (SAMPLES / "837p/837p_example.edi").read_text()


def payer(name: str, claims: str = CLAIMS) -> tuple[Payer, dict[str, bytes]]:
    made = Payer(1, BUSINESS_DATE, ((scenario_named(name), 1000),))
    return made, made.answer(claims)


def payments(files: dict[str, bytes]) -> list[Remittance]:
    found = [each for name, data in files.items() if name.startswith("835") for each in read_835(data)]
    assert all(isinstance(each, Remittance) and not each.imbalances for each in found)
    return found  # type: ignore[return-value]


def again(frequency: str, icn: str, number: str) -> str:
    """The file once more, with its first claim as a replacement or void of what the payer knows as ``icn``."""
    text = CLAIMS.replace("*000000001*", "*000000002*").replace("IEA*1*000000001", "IEA*1*000000002")
    start = text.index("CLM*")
    end = text.index("~", start)
    clm = text[start:end].split("*")
    place = clm[5].split(":")
    clm[1], clm[5] = number, f"{place[0]}:{place[1]}:{frequency}"
    return text[:start] + "*".join(clm) + f"~\nREF*F8*{icn}" + text[end:]


@pytest.mark.parametrize(("frequency", "pays"), [("7", True), ("8", False)])
def test_a_replacement_and_a_void_take_the_first_payment_back(frequency: str, pays: bool) -> None:
    made, _ = payer("paid_as_contracted")
    first = next(iter(made.decisions.values()))
    answers = made.answer(again(frequency, first.icn, "NEW-2"), on=BUSINESS_DATE + timedelta(days=7))
    claims = [claim for each in payments(answers) for claim in each.claims]
    (back,) = [claim for claim in claims if claim.status_code == "22"]
    assert (back.patient_control_number, back.paid_cents) == (first.claim.number, -first.paid)
    assert [claim.paid_cents > 0 for claim in claims if claim.patient_control_number == "NEW-2"] == [True] * pays


def test_a_replacement_of_what_it_never_had_is_a_claim_like_any_other() -> None:
    made, _ = payer("paid_as_contracted")
    answers = made.answer(again("7", "UNKNOWN1", "NEW-2"))
    assert all(claim.status_code != "22" for each in payments(answers) for claim in each.claims)
    assert made.decisions["NEW-2"].paid > 0


def test_what_a_week_cannot_bear_is_forwarded_until_it_is_used_up() -> None:
    made, first = payer("recovery_forwarded")
    weeks = [made.week(week) for week in range(1, 3)]
    pairs = [
        (pair.reason, pair.amount_cents)
        for files in (first, *weeks)
        for each in payments(files)
        for pair in each.provider_adjustments
    ]
    assert any(reason == "FB" and cents < 0 for reason, cents in pairs)
    assert all(each.header.total_paid_cents >= 0 for files in weeks for each in payments(files))
    later = made.answer(again("1", "", "NEW-3"), on=BUSINESS_DATE + timedelta(days=14))
    taken = [pair for each in payments(later) for pair in each.provider_adjustments if pair.reason == "FB"]
    assert any(pair.amount_cents > 0 for pair in taken)


def test_a_claim_that_comes_again_is_decided_again_as_before() -> None:
    made, first = payer("unit_cut")
    assert made.answer(CLAIMS) == first
