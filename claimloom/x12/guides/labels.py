"""Short labels of codes for people, in our own words; the packaged lists have those of reasons and statuses."""

from __future__ import annotations

from functools import cache
from typing import Final

from claimloom.reference import rows

PAYMENTS: Final = {"ACH": "ACH", "CHK": "check", "BOP": "bank's choice", "FWT": "wire", "NON": "no payment"}
# CLP02
CLAIM_STATUS: Final = {
    "1": "processed as primary",
    "2": "processed as secondary",
    "3": "processed as tertiary",
    "4": "denied",
    "19": "processed as primary, sent on",
    "20": "processed as secondary, sent on",
    "21": "processed as tertiary, sent on",
    "22": "reversal",
    "23": "not this payer's, sent on",
    "25": "predetermination, no payment",
}
# CLM05-3, CLP09
FREQUENCY: Final = {"1": "original", "7": "replacement", "8": "void"}
# SBR01
PAYER_PLACE: Final = {"P": "primary", "S": "secondary", "T": "tertiary", "U": "unknown place"}
# PLB03-1, those that are met; the others stand as codes
PROVIDER_LEVEL: Final = {
    "50": "late charge",
    "51": "interest penalty",
    "72": "refund received",
    "90": "early payment",
    "AH": "origination fee",
    "AM": "paid to borrower's account",
    "AP": "advance",
    "B2": "rebate",
    "B3": "recovery allowance",
    "BN": "bonus",
    "CS": "adjustment",
    "E3": "withholding",
    "FB": "balance carried forward",
    "IP": "incentive",
    "IR": "tax withheld",
    "J1": "not reimbursable",
    "L3": "penalty",
    "L6": "interest",
    "LE": "levy",
    "LS": "lump sum",
    "OB": "offset for an affiliate",
    "WO": "overpayment recovery",
    "WU": "recovery",
}
# TA104, IK501, AK901
ANSWERS: Final = {
    "A": "accepted",
    "E": "accepted, errors noted",
    "P": "partly accepted",
    "R": "rejected",
    "M": "rejected (authentication)",
    "W": "rejected (assurance)",
    "X": "rejected (cannot be decrypted)",
}
# TA105
NOTES: Final = dict(
    zip(
        [f"{number:03d}" for number in range(28)],
        [
            "no error",
            "ISA13 and IEA02 differ",
            "standard not supported",
            "version not supported",
            "segment terminator",
            "sender qualifier",
            "sender id",
            "receiver qualifier",
            "receiver id",
            "receiver unknown",
            "authorization qualifier",
            "authorization value",
            "security qualifier",
            "security value",
            "date",
            "time",
            "repetition separator",
            "version id",
            "control number",
            "acknowledgment wanted",
            "usage indicator",
            "count of groups",
            "control structure",
            "file ended too soon",
            "content",
            "duplicate control number",
            "element separator",
            "component separator",
        ],
        strict=True,
    )
)
# IK304
SEGMENT_ERRORS: Final = {
    "1": "unknown segment",
    "2": "unexpected segment",
    "3": "segment missing",
    "4": "too many loops",
    "5": "too many of this segment",
    "6": "not in this transaction set",
    "7": "out of order",
    "8": "has wrong elements",
    "I4": "segment not used",
    "I6": "segment missing in this situation",
    "I7": "too few loops",
    "I8": "too few of this segment",
    "I9": "segment not allowed in this situation",
}
# IK403
ELEMENT_ERRORS: Final = {
    "1": "missing",
    "2": "missing in this combination",
    "3": "too many elements",
    "4": "too short",
    "5": "too long",
    "6": "bad character",
    "7": "bad code",
    "8": "bad date",
    "9": "bad time",
    "10": "excluded by another element",
    "12": "repeated too often",
    "13": "too many components",
    "I6": "code not used",
    "I9": "missing in this situation",
    "I10": "not used",
    "I11": "repeated too seldom",
    "I12": "not written as the guide says",
    "I13": "not allowed in this situation",
}
# IK502 to IK506
SET_ERRORS: Final = {
    "1": "set not supported",
    "2": "SE missing",
    "3": "ST02 and SE02 differ",
    "4": "wrong count of segments",
    "5": "segments in error",
    "6": "bad ST01",
    "7": "bad control number",
    "18": "set not of this group",
    "19": "bad ST03",
    "23": "control number used twice",
    "I5": "errors against the guide",
    "I6": "guide not supported",
}
# AK905 to AK909
GROUP_ERRORS: Final = {
    "1": "group not supported",
    "2": "version not supported",
    "3": "GE missing",
    "4": "GS06 and GE02 differ",
    "5": "wrong count of sets",
    "6": "bad GS06",
    "19": "control number used twice",
}
# DTM01 and DTP01 that the tables of the description name
ENTITIES: Final = {"DN": "referring", "P3": "primary care", "82": "rendering", "77": "facility", "DQ": "supervising"}
UNITS: Final = {"UN": "units", "MJ": "minutes", "DA": "days"}


@cache
def reasons() -> dict[str, str]:
    """Labels of claim adjustment reasons (CARC)."""
    return {row["carc"]: row["label"] for row in rows("carc_categories")}


@cache
def places() -> dict[str, str]:
    """Labels of places of service."""
    return {row["pos"]: row["label"] for row in rows("pos_codes")}


@cache
def statuses() -> dict[str, str]:
    """Labels of claim statuses of a 277CA."""
    return {row["status_code"]: row["label"] for row in rows("claim_status_codes")}


@cache
def categories() -> dict[str, str]:
    """Labels of claim status categories of a 277CA."""
    return {row["category"]: row["label"] for row in rows("claim_status_categories")}
