"""What an adjustment means: contractual, the patient's, or a denial with an action (``carc_categories.csv``)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Final

from claimloom.reference import rows
from schemas.remittance import Adjustment, Denial

NO_DENIAL: Final = frozenset(
    {"contractual", "patient_responsibility", "sequestration", "informational", "appeal_result"}
)
PRIOR_PAYER: Final = "23"
# Never the patient's, whatever the group says: late filing, bundling, missing KX, authorization.
NEVER_PATIENT: Final = frozenset({"29", "97", "119", "197"})
QMB: Final = frozenset({"N781", "N782", "N783"})
ACTIONS: Final = {
    "correct_resubmit": "correct the claim and send it again as a replacement (frequency 7)",
    "verify_correct": "verify with the payer, correct the claim and send it again",
    "verify_then_bill_patient": "check eligibility; correct and send again, or bill the patient",
    "enroll_then_resubmit": "mend the provider's enrollment, then send the claim again",
    "bill_other_payer": "find the payer that comes first and bill it",
    "bill_secondary": "bill the secondary payer",
    "bill_patient": "review, then bill the patient",
    "contact_patient": "ask the patient for what the payer needs",
    "call_payer": "call the payer",
    "wait_call_payer": "wait, then call the payer",
    "send_information": "send the records that the payer asks for",
    "appeal": "appeal",
    "appeal_with_records": "appeal with the visit's records",
    "appeal_with_proof": "appeal with the 277CA as proof of filing in time",
    "retro_auth": "ask for a retroactive authorization, or correct the number and send again",
    "extend_auth": "ask for more visits",
    "new_referral": "get a new referral and send again",
    "check_original": "find the claim it is said to repeat before anything else",
    "review_rarc": "read the remark codes: the reason code alone says nothing",
    "underpayment_check": "check the payment against the contract",
    "write_off": "write off",
}
# Part B contractors differ on frequency 7; what all of them take is a reopening.
REOPENING: Final = "correct the claim by a clerical-error reopening (this payer may not take frequency 7)"
UNPROCESSABLE: Final = "correct it and send a new claim (frequency 1); not a determination, so no appeal"


@dataclass(frozen=True, slots=True)
class Category:
    """A reason code's family and what is usually done."""

    name: str
    label: str
    actions: tuple[str, ...]
    patient_billable: str


@lru_cache(5000)
def category(reason: str) -> Category:
    """Category of a CARC; an unknown one is ``unmapped`` and goes to a person, never to a write-off."""
    return _categories().get(reason, Category("unmapped", f"reason code {reason}", ("call_payer",), "no"))


@cache
def _categories() -> dict[str, Category]:
    return {
        row["carc"]: Category(
            row["category"], row["label"], tuple(row["default_action"].split("|")), row["patient_billable"]
        )
        for row in rows("carc_categories")
    }


def is_denial(part: Adjustment) -> bool:
    """Whether an adjustment takes money for a reason that somebody can do something about."""
    if part.reason == PRIOR_PAYER or part.amount_cents <= 0:
        return False
    known = category(part.reason).name
    if part.group == "PR" and part.reason == "45":
        return True
    return known not in NO_DENIAL


def is_patient_share(part: Adjustment) -> bool:
    """Deductible, coinsurance, copay and the like."""
    return category(part.reason).name == "patient_responsibility"


def denial(part: Adjustment, line_control_number: str, remarks: Iterable[str], *, replacement: bool = True) -> Denial:
    """An adjustment as a denial, with what to do; ``replacement``: the payer takes frequency 7."""
    known = category(part.reason)
    said = list(remarks)
    words = ACTIONS if replacement else ACTIONS | {"correct_resubmit": REOPENING}
    actions = [words.get(token, token.replace("_", " ")) for token in known.actions]
    action = UNPROCESSABLE if part.reason == "16" and "MA130" in said else ", or ".join(actions)
    may_bill = part.group == "PR" and known.patient_billable in ("PR", "depends")
    return Denial(
        line_control_number=line_control_number,
        group=part.group,
        reason=part.reason,
        remarks=said,
        category=known.name,
        amount_cents=part.amount_cents,
        action=action,
        patient_billable=may_bill and part.reason not in NEVER_PATIENT and not QMB & set(said),
    )
