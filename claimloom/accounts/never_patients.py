"""What a payer's answer keeps from the patient: nobody bills them for it, whatever else is decided."""

from __future__ import annotations

from schemas.money import usd
from schemas.remittance import QMB, Adjustment, ClaimReconciled, RemitClaim


def never_patients(result: ClaimReconciled, told: RemitClaim | None, short_cents: int) -> tuple[int, str]:
    """What the patient never owes of what is open after an answer, whatever anybody decides, and why: adjustments of
    group CO (X12 external code list 974: nothing of it is billed to the patient) and those that are the provider's
    whatever their group; the shares of a Qualified Medicare Beneficiary (42 U.S.C. 1396a(n)(3)(B)); and what a contract
    says is missing (``short_cents``, less than zero) where nothing was denied.
    """
    said: dict[str, int] = {}
    for denial in result.denials:
        if denial.group in ("CO", "PR") and not denial.patient_billable:
            name = f"{denial.group}-{denial.reason}"
            said[name] = said.get(name, 0) + denial.amount_cents
    for part, remarks in _shares(told):
        if marks := QMB.intersection(remarks):
            name = f"{min(marks)} (Qualified Medicare Beneficiary)"
            said[name] = said.get(name, 0) + part.amount_cents
    if short_cents < 0 and not result.denials:
        said["short of the contract"] = -short_cents
    why = ", ".join(f"{name} {usd(cents)}" for name, cents in said.items())
    return sum(said.values()), f"{why} is never billed to the patient" if said else ""


def _shares(told: RemitClaim | None) -> list[tuple[Adjustment, list[str]]]:
    """What stands under PR, with the remarks around it; those of a claim may stand in MOA alone."""
    if told is None:
        return []
    parts = [(part, told.remarks) for part in told.adjustments]
    parts += [(part, [*line.remarks, *told.remarks]) for line in told.lines for part in line.adjustments]
    return [each for each in parts if each[0].group == "PR"]
