"""The last days of a claim, each with how it was found and what proves that it was kept: filing of the claim as it is,
of a correction after the payer's answer, of the next payer's claim, and appeal.

That a claim was filed in time proves the payer's own 277CA or its 835, since the day counts on which the payer received
it (Pub. 100-04 ch. 1 section 70); a file that went out, a TA1, a 999 or a clearinghouse that took it does not
(https://www.have-foresight.com/case-studies/proof-of-timely-filing-277ca-acknowledgment-chain). What a payer takes
beside that says its manual.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any, Final

from claimloom.billing.secondary import ORDER
from claimloom.desk.next_action import REOPENING_DAYS
from claimloom.payers import PayerConfig, Payers
from claimloom.remit.answers import NO_POSTING
from claimloom.scrub.dates import ANSWER, FilingEnd, days_to_file, filing_ends
from schemas.acknowledgment import ClaimAcknowledged
from schemas.claim import ClaimBuilt, ClaimSubmitted
from schemas.remittance import ClaimReconciled
from schemas.values import Noun

VOID: Final = "8"
KEPT, MISSED, OPEN, UNPROVEN = "kept", "missed", "open", "unproven"


@dataclass(frozen=True, slots=True)
class Clock:
    """``name`` original, corrected, next_payer or appeal; ``state``: kept (proven), missed, open (nothing to prove
    yet), unproven (it went out, and nothing shows that the payer has it).
    """

    name: str
    last_day: date
    because: str
    state: str
    proof: str = ""

    def json(self) -> dict[str, Any]:
        """As the public interface has it."""
        return asdict(self) | {"last_day": self.last_day.isoformat()}


def clocks(told: Sequence[Noun], payers: Payers, today: date) -> list[Clock]:
    """The clocks of a claim, by what its events say; none of a void, which nothing ends."""
    built = next((each for each in told if isinstance(each, ClaimBuilt)), None)
    if built is None or built.claim.frequency_code == VOID:
        return []
    claim, day = built.claim, built.session.date_of_service
    # What made it may be another claim's: the answer of the payer before it proves nothing to this one.
    told = [each for each in told if getattr(each, "claim_id", claim.claim_id) == claim.claim_id]
    payer = payers.config(claim.coverage.payer_id, claim.coverage.payer_class, day)
    end = filing_ends(claim, payer, day, built.answered_on)
    name = "corrected" if claim.frequency_code == "7" else "original"
    found = [Clock(name, end.day, end.words, *_filed(told, end.day, today))]
    answers = [each for each in told if isinstance(each, ClaimReconciled) and _decides(each) and each.payment_date]
    if answered := max((each.payment_date for each in answers if each.payment_date), default=None):
        newest = answers[-1]
        void = newest.outcome == "denied" and any("MA130" in each.remarks for each in newest.denials)
        found += _after(built, payer, payers, answered, today, unprocessable=void)
    return found


def _filed(told: Iterable[Noun], last: date, today: date) -> tuple[str, str]:
    """How filing stands, and what proves it."""
    sent = ""
    proofs: list[tuple[date | None, str]] = []
    for each in told:
        if isinstance(each, ClaimSubmitted):
            sent = f"sent {each.submitted_on}"
        elif isinstance(each, ClaimAcknowledged) and each.accepted and each.level == "payer":
            number = f", number {each.payer_claim_control_number}" if each.payer_claim_control_number else ""
            on = f" of {each.process_date}" if each.process_date else ""
            proofs.append((each.process_date, f"277CA{on} of the payer{number}"))
        elif isinstance(each, ClaimReconciled) and _decides(each):
            proofs.append((each.payment_date, f"835 of {each.payment_date}, {each.trace_number}"))
    in_time = [proof for on, proof in proofs if on is None or on <= last]
    if proofs:
        return (KEPT, in_time[0]) if in_time else (UNPROVEN, f"{proofs[0][1]} is later; {sent}")
    if sent:
        return UNPROVEN, f"{sent}; no 277CA of the payer and no 835 shows that it has the claim"
    return (OPEN, "not sent yet") if today <= last else (MISSED, "not sent")


def _after(
    built: ClaimBuilt, payer: PayerConfig, payers: Payers, answered: date, today: date, *, unprocessable: bool
) -> Iterator[Clock]:
    """What begins with the payer's answer."""
    claim, day = built.claim, built.session.date_of_service
    if unprocessable:  # no determination: a new claim in the days of the first, and nothing to appeal
        yield _begun("corrected", filing_ends(claim, payer, day, built.answered_on), today, " (a new claim)")
        return
    if payer.accepts_replacement:
        end = filing_ends(claim.model_copy(update={"frequency_code": "7"}), payer, day, answered)
        yield _begun("corrected", end, today)
    else:
        end = FilingEnd(answered + timedelta(days=REOPENING_DAYS), answered, REOPENING_DAYS, ANSWER)
        yield _begun("corrected", end, today, " (reopening, 42 CFR 405.980(c))")
    place = ORDER.find(claim.responsibility) + 1
    for coverage in built.session.coverages[place : place + 1] if place else ():
        after = payers.config(coverage.payer_id, coverage.payer_class, day)
        end = days_to_file(after, day, max(day, answered))
        yield _begun("next_payer", end, today, f" ({coverage.payer_name})")
    end = FilingEnd(answered + timedelta(days=payer.appeal_days), answered, payer.appeal_days, ANSWER)
    yield _begun("appeal", end, today)


def _begun(name: str, end: FilingEnd, today: date, more: str = "") -> Clock:
    return Clock(name, end.day, end.words + more, OPEN if today <= end.day else MISSED)


def _decides(each: ClaimReconciled) -> bool:
    takes_back = each.status_code == "22" and each.paid_cents <= 0  # a correction may be told under 22 as well
    return not takes_back and each.status_code not in NO_POSTING and each.claim_id is not None
