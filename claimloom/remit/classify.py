"""What an adjustment means: contractual, the patient's, or a denial with an action.

A reason code has a category (``carc_categories.csv``), and of some codes group, class of the payer or a remark beside
it decide what is meant (``carc_meanings.csv``, each row with its source).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Final

from claimloom.reference import rows
from schemas.remittance import QMB, Adjustment, Denial

NO_DENIAL: Final = frozenset(
    {"contractual", "patient_responsibility", "sequestration", "informational", "appeal_result", "capitated", "qmb"}
)
PRIOR_PAYER: Final = "23"
ABOVE_FEES: Final = "45"
PAID_TO_PATIENT: Final = "100"
# Never the patient's, whatever the group says: late filing, bundling, missing KX, authorization.
NEVER_PATIENT: Final = frozenset({"29", "97", "119", "197"})
FORWARDED: Final = frozenset({"MA18", "N89"})
"""Remarks by which Medicare says that it sent the claim on to the next payer."""
ACTIONS: Final = {
    "correct_resubmit": "correct the claim and send it again as a replacement (frequency 7)",
    "verify_correct": "verify with the payer, correct the claim and send it again",
    "verify_then_bill_patient": "check eligibility; correct and send again, or bill the patient",
    "enroll_then_resubmit": "mend the provider's enrollment, then send the claim again",
    "bill_other_payer": "find the payer that comes first and bill it",
    "bill_secondary": "bill the secondary payer",
    "bill_medicaid": "bill the patient's Medicaid program; what it leaves is written off, never billed to the patient",
    "check_capitation": "see that the patient is on the plan's list of the month; the plan pays by the month",
    "check_day_write_off": "if the day of service was wrong, send a new claim with the right one; else write off",
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
    """A reason code's family and what is usually done.

    ``cause``: the name of what the amount is, where the code itself says why the payment differs.
    """

    name: str
    label: str
    actions: tuple[str, ...]
    patient_billable: str
    cause: str = ""


@dataclass(frozen=True, slots=True)
class Around:
    """What stands around an adjustment and can change what it means.

    ``contracted``: the provider has fees agreed with the payer, so that what is above them is nobody's;
    ``reasons``: codes of the same line or claim; ``nothing_allowed``: all of the charge is above the fees, though some
    of it was to be expected (X12 RFI 2052: a denial in the dress of a contract).
    """

    payer_class: str = ""
    contracted: bool = True
    remarks: frozenset[str] = frozenset()
    reasons: frozenset[str] = frozenset()
    nothing_allowed: bool = False


ALONE: Final = Around()


@lru_cache(5000)
def category(reason: str) -> Category:
    """Category of a CARC; an unknown one is ``unmapped`` and goes to a person, never to a write-off."""
    return _categories().get(reason, Category("unmapped", f"reason code {reason}", ("call_payer",), "no"))


@cache
def _categories() -> dict[str, Category]:
    return {row["carc"]: _category(row) for row in rows("carc_categories")}


def _category(row: dict[str, str]) -> Category:
    actions = tuple(row["default_action"].split("|"))
    return Category(row["category"], row["label"], actions, row["patient_billable"], row.get("cause", ""))


@dataclass(frozen=True, slots=True)
class _Meaning:
    """A row of carc_meanings.csv; what is empty asks nothing."""

    group: str
    payer_classes: frozenset[str]
    remarks: frozenset[str]
    category: Category

    def fits(self, group: str, around: Around) -> bool:
        return (
            (not self.group or self.group == group)
            and (not self.payer_classes or around.payer_class in self.payer_classes)
            and (not self.remarks or bool(self.remarks & around.remarks))
        )

    @property
    def asked(self) -> int:
        return bool(self.group) + bool(self.payer_classes) + bool(self.remarks)


@cache
def _meanings() -> dict[str, list[_Meaning]]:
    found: dict[str, list[_Meaning]] = {}
    for row in rows("carc_meanings"):
        classes, remarks = (frozenset(filter(None, row[name].split("|"))) for name in ("payer_class", "remark"))
        found.setdefault(row["carc"], []).append(_Meaning(row["group"], classes, remarks, _category(row)))
    for some in found.values():
        some.sort(key=lambda each: -each.asked)
    return found


def meaning(part: Adjustment, around: Around = ALONE) -> Category:
    """What this adjustment means where it stands: of the rows that fit the one that asks most, else its category."""
    return _meant(part.group, part.reason, around)


@lru_cache(5000)
def _meant(group: str, reason: str, around: Around) -> Category:
    if group == "PR" and reason == ABOVE_FEES and _is_patients_balance(around):
        return _BALANCE
    if reason == ABOVE_FEES and group == "PI" and not around.contracted:
        return _OWN_DECISION
    if reason == ABOVE_FEES and not around.nothing_allowed:
        return category(reason)
    for row in _meanings().get(reason, ()):
        if row.fits(group, around):
            return row.category
    return _NOTHING if reason == ABOVE_FEES else category(reason)


def _is_patients_balance(around: Around) -> bool:
    """Whether what is above the payer's fees is the patient's: he was paid himself, or nothing is agreed on."""
    return PAID_TO_PATIENT in around.reasons or not around.contracted


# Payer initiated: X12 has the group for what the payer thinks is not the patient's, with no contract behind it.
_OWN_DECISION: Final = Category("unmapped", "reduced by the payer's own decision, no contract", ("call_payer",), "no")
_NOTHING: Final = Category("unmapped", "nothing allowed, and no reason but the contract", ("call_payer",), "no")
_BALANCE: Final = Category("patient_responsibility", "above what the plan pays out of network", ("bill_patient",), "PR")


def is_denial(part: Adjustment, around: Around = ALONE) -> bool:
    """Whether an adjustment takes money for a reason that somebody can do something about."""
    if part.reason == PRIOR_PAYER or part.amount_cents <= 0:
        return False
    known = meaning(part, around).name
    if part.group == "PR" and part.reason == ABOVE_FEES:
        return known != "patient_responsibility"
    return known not in NO_DENIAL


def is_patient_share(part: Adjustment, around: Around = ALONE) -> bool:
    """Deductible, coinsurance, copay and the like."""
    return meaning(part, around).name == "patient_responsibility"


def is_shared(part: Adjustment) -> bool:
    """The same whoever may be billed for it: of a QMB too, what is allowed is more than what is paid by it."""
    return category(part.reason).name == "patient_responsibility"


def denial(
    part: Adjustment,
    line_control_number: str,
    remarks: Iterable[str],
    *,
    replacement: bool = True,
    around: Around = ALONE,
) -> Denial:
    """An adjustment as a denial, with what to do; ``replacement``: the payer takes frequency 7."""
    known = meaning(part, around)
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
