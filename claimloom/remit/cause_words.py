"""Causes of a difference between paid and expected, in a biller's words: what people read in place of their names."""

from __future__ import annotations

from typing import Final

CAUSE_WORDS: Final = {
    "denied": "line denied",
    "denied_part": "part of a line denied",
    "units_cut": "fewer units paid than billed",
    "units_added": "more units paid than billed",
    "fee_schedule_year": "last year's fees",
    "old_contract": "terms of the contract before",
    "escalator_not_applied": "yearly rise of the contract left out",
    "wrong_place": "fee of another place of service",
    "wrong_locality": "Medicare fee of another locality",
    "contract_rate": "not the fee agreed on",
    "mppr_not_applied": "no multiple procedure reduction taken",
    "mppr_on_every_unit": "multiple procedure reduction on every unit, none in full",
    "mppr_twice": "multiple procedure reduction taken twice",
    "mppr_order": "the day's full unit given to another line",
    "assistant_cut": "cut for an assistant, though none is billed",
    "assistant_not_cut": "no cut for the assistant",
    "bundled": "lines paid together as one",
    "recode": "paid as another code",
    "coinsurance": "coinsurance is another than the plan's",
    "sequestration": "sequestration is another than the law's",
    "line_missing": "line left out of the remittance",
    "line_put_aside": "paid on a line that somebody put aside",
    "late_interest": "interest for paying late not paid",
    "line_not_ours": "paid on a line that was not billed",
    "claim_level": "decided for the claim as a whole",
    "claim_level_adjustment": "taken off the claim as a whole",
    "duplicate_payment": "paid twice",
    "reversed": "payment taken back, no correction sent",
    "reversal_remainder": "taken back is not what was paid",
    "unexplained": "no known cause",
    "rounding": "rounded otherwise",
    "not_decided": "line not answered yet",
    "reversal_unseen": "taken back of a payment not read here",
    "payer_order": "paid as second payer",
    "day_share": "made up for by another claim of the day",
    "capitated": "paid by the month",
    "mips": "MIPS adjustment by law",
    "incentive": "bonus of the payer",
    "penalty": "cut by law",
    "tax_withheld": "tax withheld",
    "withhold": "withheld by the contract",
    "interest": "interest for late payment",
}
"""Every cause has its words here; programs go by the names."""
CATEGORY_WORDS: Final = {
    "benefit_exclusion": "benefit excluded",
    "benefit_max": "benefit used up",
    "cob": "coordination of benefits",
}
"""Of kinds of denial whose name says too little."""


def category_words(name: str) -> str:
    """The words of a kind of denial (``carc_categories.csv``)."""
    return CATEGORY_WORDS.get(name, name.replace("_", " "))


def cause_words(name: str) -> str:
    """The words of a cause; the name itself of one that a newer version told."""
    return CAUSE_WORDS.get(name, name.replace("_", " "))
