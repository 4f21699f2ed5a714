"""What a payer is expected to pay for a claim as it was built: before any answer, under what is said to be assumed."""

from __future__ import annotations

from collections.abc import Sequence

from claimloom.contracts import NOT_COUNTED, VisitNumbers
from claimloom.payers import PayerConfig
from claimloom.pricing import Price, PriceLine, VisitFacts, price_claim
from schemas.claim import Claim
from schemas.expectation import Expectation

DEDUCTIBLE_MET = "deductible_met"
COPAY_OF_THE_CONTRACT = "copay_of_the_contract"


def price_lines(claim: Claim) -> list[PriceLine]:
    """The lines of a claim, to be priced."""
    return [
        PriceLine(
            line.procedure_code,
            tuple(line.modifiers),
            line.units,
            line.charge_cents,
            place_of_service=line.place_of_service,
        )
        for line in claim.lines
    ]


def facts_of(claim: Claim, clinic: str = "", visit: VisitNumbers = NOT_COUNTED) -> VisitFacts:
    """What a contract asks beyond the lines: ``clinic`` is the envelope's, ``visit`` the ledger's to know."""
    provider = claim.billing_provider
    return VisitFacts(
        tax_id=provider.tax_id,
        npi=provider.npi,
        plan=claim.coverage.group_number,
        clinic=clinic,
        place=claim.place_of_service,
        visit=visit,
    )


def place_zip(claim: Claim) -> str:
    """The ZIP by which Medicare's locality is found: of the service facility (2310C), or of the billing address."""
    place = claim.service_facility_address or claim.billing_provider.address
    return place.zip


def built_price(
    claim: Claim,
    payer: PayerConfig,
    clinic: str,
    lines: Sequence[PriceLine] | None = None,
    visit: VisitNumbers = NOT_COUNTED,
) -> Price | None:
    """The claim's price with its deductible met and the copay of the payer's settings; None: nothing to expect."""
    asked = price_lines(claim) if lines is None else lines
    taken: list[dict[str, int]] = [{} for _ in asked]
    if payer.copay_cents and not payer.coinsurance:
        left = payer.copay_cents
        for each, line in zip(taken, asked, strict=True):
            each["copay"] = min(left, line.charge_cents)
            left -= each["copay"]
    day = claim.lines[0].date_of_service
    return price_claim(asked, payer, day, place_zip(claim), taken=taken, facts=facts_of(claim, clinic, visit))


def expected_of(
    claim: Claim, payer: PayerConfig, clinic: str, visit: VisitNumbers = NOT_COUNTED
) -> tuple[list[int] | None, Expectation | None]:
    """What goes out with the claim: the rate of each line before its charge caps it, and what is expected; None and
    None where there is nothing to expect.
    """
    price = built_price(claim, payer, clinic, visit=visit)
    if price is None:
        return None, None
    assumed = [DEDUCTIBLE_MET, *price.assumed]
    if payer.copay_cents and not payer.coinsurance:
        assumed.append(COPAY_OF_THE_CONTRACT)
    expected = Expectation(
        allowed_cents=price.allowed_cents,
        paid_cents=price.paid_cents,
        assumed=assumed,
        lines=[line.told() for line in price.lines],
    )
    return [line.allowed_cents + line.reductions.get("lesser_of_charge", 0) for line in price.lines], expected
