"""Visits that the patient pays himself: what he is charged, and whose patients may not be asked to.

A plan that is not told of a visit is none of its business: the patient may ask for that and pay (45 CFR
164.522(a)(1)(vi); Pub. L. 111-5 s. 13405(a)). But who treats a Medicare patient sends the claim for what is covered,
enrolled or not, and therapists cannot opt out (42 U.S.C. 1395w-4(g)(4); Pub. 100-02 ch. 15 s. 40, 40.4); what patients
of Medicare Advantage and Medicaid may be asked is limited. Then it is work for a person, and nothing is charged.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from claimloom.billing.build import BuildError, treatments_of
from claimloom.billing.units import derive_units
from schemas.money import usd
from schemas.session import Coverage, Session, TimedSegment, UntimedProcedure
from schemas.values import PayerClass, UnitRule

EXCLUDED: Final = "GY"
"""A service that Medicare's law excludes: no claim is owed for it (Pub. 100-02 ch. 15 s. 40, last sentence)."""
TAKE_BACK: Final = "take self_pay back, so that the claim goes out"
REFUSED: Final = "if the patient himself refuses in writing that a claim is sent, set refuses_claim"
BOUND: Final = {
    PayerClass.MEDICARE_B: (
        "the patient has Medicare Part B: who treats has to send the claim for covered therapy, and no therapist can "
        "opt out (42 U.S.C. 1395w-4(g)(4))",
        f"{TAKE_BACK}; or {REFUSED} (Medicare's limits on charges hold all the same); or, if no service is covered, "
        "put GY on each of them",
    ),
    PayerClass.MEDICARE_ADVANTAGE: (
        "the patient has a Medicare Advantage plan: he may be asked no more than his share of covered therapy, with or "
        "without a contract with the plan (42 CFR 422.214, 422.504(g))",
        f"{TAKE_BACK}; or {REFUSED}",
    ),
    PayerClass.MEDICAID: (
        "the patient has Medicaid: who takes part in it may ask him no more than his share of covered therapy "
        "(42 CFR 447.15)",
        f"{TAKE_BACK}; or close this if the state lets him pay and he agreed in writing before",
    ),
}
"""By class of a coverage: why its patient may not simply be charged, and what to do."""


@dataclass(frozen=True, slots=True)
class Charged:
    """A code of a visit that the patient pays: its units, and what they cost by the clinic's fee list."""

    code: str
    units: int
    cents: int

    def said(self) -> str:
        """In words, as in "97530 x 2 $150.00"."""
        return f"{self.code} x {self.units} {usd(self.cents)}"


def charges(session: Session) -> list[Charged]:
    """What the visit costs its patient; BuildError if it earns no unit or a fee is missing. No payer's rule counts its
    units, so the codes' own does: past its middle a unit is earned (CPT).
    """
    derived = derive_units(treatments_of(session), UnitRule.AMA_MIDPOINT)
    billed = [row for row in derived.codes if row.units]
    if not billed:
        said = "it earns no unit by CPT's midpoint"
        raise BuildError(session.session_id, said, "correct the minutes if they are wrong")
    fees = session.clinic.fees_cents
    if missing := next((row.code for row in billed if row.code not in fees), ""):
        said = f"the clinic's fee list has no fee for {missing}"
        raise BuildError(session.session_id, said, "add it to clinic.fees_cents")
    return [Charged(row.code, row.units, fees[row.code] * row.units) for row in billed]


def must_be_billed(session: Session) -> Coverage | None:
    """The coverage, if there is one, because of which the patient may not simply pay himself."""
    in_force = [each for each in session.coverages if _is_in_force(each, session)]
    for each in in_force:
        freed = session.refuses_claim and each.payer_class is not PayerClass.MEDICAID
        excluded = each.payer_class is PayerClass.MEDICARE_B and _all_excluded([*session.timed, *session.untimed])
        if each.payer_class in BOUND and not freed and not excluded:
            return each
    return None


def _is_in_force(coverage: Coverage, session: Session) -> bool:
    day = session.date_of_service
    begun = coverage.effective_from is None or coverage.effective_from <= day
    return begun and (coverage.effective_to is None or day <= coverage.effective_to)


def _all_excluded(services: Sequence[TimedSegment | UntimedProcedure]) -> bool:
    return all(EXCLUDED in each.modifiers for each in services)
