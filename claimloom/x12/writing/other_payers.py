"""Coordination of benefits in an 837P: what earlier payers did, loops 2320, 2330A, 2330B and 2430, and its balance."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from claimloom.x12.guides.findings import Finding
from claimloom.x12.guides.text import decimal_text
from claimloom.x12.writing.page import TextPage
from claimloom.x12.writing.parties import RELATIONSHIPS, insured, payer, subscriber_information
from claimloom.x12.writing.segments import procedure
from schemas.claim import Claim, LineAdjudication, OtherPayer
from schemas.remittance import Adjustment

SUBSCRIBER_RELATIONSHIPS: Final = RELATIONSHIPS | {"18"}
GROUPS: Final = frozenset(("CO", "OA", "PI", "PR"))
# A form, not a list: a payer's answer has codes that are newer than any list here, and its next payer is to hear them.
REMARK: Final = re.compile(r"(?:M|MA|N)\d{1,4}", re.ASCII)
TRIPLETS = 6
MOST_CAS = 5
MOST_REMARKS = 5


def other_payer(page: TextPage, claim: Claim, other: OtherPayer) -> None:
    """Loops 2320, 2330A and 2330B."""
    page.loop = "2320"
    coverage = other.coverage
    relationship = page.listed(coverage.relationship, SUBSCRIBER_RELATIONSHIPS, "SBR", "02")
    subscriber_information(page, other.responsibility, coverage, relationship)
    adjustments(page, other.adjustments)
    for qualifier, amount in (
        ("D", other.paid_cents),
        ("A8", other.noncovered_cents),
        ("EAF", other.remaining_liability_cents),
    ):
        if amount is not None:
            page.add("AMT", qualifier, page.money(amount, "AMT", "02"))
    benefits = page.listed(other.benefits_assignment, "YNW", "OI", "03")
    page.add("OI", "", "", benefits, "", "", page.listed(other.release_of_information, "YI", "OI", "06"))
    if other.remarks:
        if len(other.remarks) > MOST_REMARKS:
            page.fault("too_many_elements", "IK4 3", f"at most {MOST_REMARKS} remarks", "MOA", "08")
        remarks = [
            page.matching(remark, REMARK, "MOA", f"{place:02d}", "a remark code")
            for place, remark in enumerate(other.remarks, start=3)
        ]
        page.add("MOA", "", "", *remarks[:MOST_REMARKS])
    page.loop = "2330A"
    insured(page, coverage, claim.patient.name)
    # The guide wants the address where it is known; that of a subscriber who is the patient always is.
    own = coverage.relationship == "18"
    if at := claim.patient.address if own else coverage.subscriber.address if coverage.subscriber else None:
        page.address(at)
    page.loop = "2330B"
    payer(page, coverage)
    if other.adjudication_date and not other.lines:
        page.on("573", other.adjudication_date)
    page.reference("G1", other.authorization_number)
    page.reference("9F", other.referral_number)
    page.reference("F8", other.payer_claim_control_number)


def line_adjudication(page: TextPage, other: OtherPayer, line: LineAdjudication) -> None:
    """Loop 2430."""
    code = procedure(page, line.procedure_code, line.modifiers, "SVD")
    paid = page.money(line.paid_cents, "SVD", "02")
    units = page.quantity(line.units_paid, "SVD", "05")
    bundled = "" if line.bundled_into is None else str(line.bundled_into)
    page.add("SVD", page.code(other.coverage.payer_id, "SVD", "01", 80, 2), paid, code, "", units, bundled)
    adjustments(page, line.adjustments)
    page.on("573", line.adjudication_date)
    if line.remaining_liability_cents is not None:
        page.add("AMT", "EAF", page.money(line.remaining_liability_cents, "AMT", "02"))


def adjustments(page: TextPage, given: Sequence[Adjustment]) -> None:
    """CAS: one group a segment, six triplets in it, in the order in which the payer gave them; no zero amounts."""
    groups: dict[str, list[Adjustment]] = {}
    for each in given:
        if each.amount_cents:
            groups.setdefault(each.group, []).append(each)
    count = 0
    for group, some in groups.items():
        said = page.listed(group, GROUPS, "CAS", "01")
        for start in range(0, len(some), TRIPLETS):
            count += 1
            elements = ["CAS", said]
            for each in some[start : start + TRIPLETS]:
                place = len(elements)
                reason = page.code(each.reason, "CAS", f"{place:02d}", 5)
                amount = page.money(each.amount_cents, "CAS", f"{place + 1:02d}")
                quantity = page.quantity(each.quantity, "CAS", f"{place + 2:02d}") if each.quantity else ""
                elements += [reason, amount, quantity]
            page.add(*elements)
    if count > MOST_CAS:
        page.fault("too_many_segments", "IK3 5", f"{count} CAS segments, at most {MOST_CAS}", "CAS")


def check_cob(claim: Claim) -> Iterator[Finding]:
    """What each earlier payer said adds up to the claim, and stands where the guide wants it.

    For a payer that adjudicated: charge = paid + adjustments of claim and lines; with lines also paid = sum of the
    lines' payments less the claim's adjustments; and for each line charge = its payments + its adjustments.
    """
    if claim.responsibility in ("S", "T") and not claim.other_payers:
        message = "a claim to a later payer says what the payer before it did"
        yield _fault("situational_segment_missing", "IK3 I6", "2320", "SBR", "", message)
    seen = {claim.responsibility}
    payers: set[str] = set()
    for other in claim.other_payers:
        if other.responsibility in seen - {"U"}:
            message = "two payers of a claim cannot have the same place in the order"
            yield _fault("bad_code", "IK4 7", "2320", "SBR", "01", message, other.responsibility)
        seen.add(other.responsibility)
        if other.coverage.payer_id in payers and other.lines:
            message = "two payers with lines need different ids, or nobody can tell whose line it is"
            yield _fault("bad_code", "IK4 7", "2330B", "NM1", "09", message, other.coverage.payer_id)
        payers.add(other.coverage.payer_id)
        yield from _situations(other)
        if other.paid_cents is not None:
            yield from _balance(claim, other)
    if len(claim.other_payers) > 10:
        yield _fault("too_many_loops", "IK3 4", "2320", "SBR", "", "at most 10 other payers")


def _situations(other: OtherPayer) -> Iterator[Finding]:
    adjudicated = other.paid_cents is not None
    adjusted = bool(other.adjustments or other.lines)
    if not adjudicated and adjusted:
        message = "a payer with adjustments or lines has an amount that it paid, 0 included"
        yield _fault("situational_segment_missing", "IK3 I6", "2320", "AMT", "", message)
    if other.noncovered_cents is not None and (adjudicated or adjusted):
        message = "a payer that was not billed (A8) has paid and adjusted nothing"
        yield _fault("situational_segment_present", "IK3 I9", "2320", "AMT", "", message)
    if other.remaining_liability_cents is not None and other.lines:
        message = "what remains to be paid stands at the lines when the payer answered by line"
        yield _fault("situational_segment_present", "IK3 I9", "2320", "AMT", "", message)
    if adjudicated and not other.lines and other.adjudication_date is None:
        message = "an answer at claim level needs its date"
        yield _fault("situational_segment_missing", "IK3 I6", "2330B", "DTP", "", message)


def _balance(claim: Claim, other: OtherPayer) -> Iterator[Finding]:
    assert other.paid_cents is not None
    own = sum(each.amount_cents for each in other.adjustments)
    of_lines = sum(each.amount_cents for line in other.lines for each in line.adjustments)
    told = other.paid_cents + own + of_lines
    if told != claim.total_charge_cents:
        short = decimal_text(told - claim.total_charge_cents)
        message = f"payer {other.responsibility}: paid and adjusted differ from the charge by {short}"
        yield _fault("unbalanced_cob", "", "2320", "AMT", "02", message)
    if not other.lines:
        return
    if other.paid_cents != sum(line.paid_cents for line in other.lines) - own:
        message = f"payer {other.responsibility}: paid is not what its lines and the claim's adjustments give"
        yield _fault("unbalanced_cob", "", "2320", "AMT", "02", message)
    numbers = {line.line_number for line in claim.lines}
    for line in other.lines:
        for number, element in ((line.line_number, "01"), (line.bundled_into, "06")):
            if number is not None and number not in numbers:
                message = f"payer {other.responsibility}: this claim has no line {number}"
                yield _fault("bad_code", "IK4 7", "2430", "SVD", element, message, str(number))
    for billed in claim.lines:
        said = [each for each in other.lines if each.line_number == billed.line_number]
        told = sum(each.paid_cents + sum(part.amount_cents for part in each.adjustments) for each in said)
        if told != billed.charge_cents:
            short = decimal_text(told - billed.charge_cents)
            message = f"payer {other.responsibility}: line {billed.line_number} is off its charge by {short}"
            yield _fault("unbalanced_cob", "", "2430", "SVD", "02", message)
        if len(said) > 15:
            yield _fault("too_many_loops", "IK3 4", "2430", "SVD", "", "at most 15 adjudications of a line")


def _fault(code: str, ack: str, loop: str, segment: str, element: str, message: str, value: str = "") -> Finding:
    snip = 3 if code == "unbalanced_cob" else 4 if code.startswith("situational") else 2
    return Finding(code, message, snip=snip, ack=ack, loop=loop, segment=segment, element=element, value=value)
