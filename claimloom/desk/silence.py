"""What a person does about a claim or a file of which something should have come and did not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from claimloom.desk.next_action import mend_by, worth
from claimloom.payers import PayerConfig
from claimloom.scrub.dates import filing_ends
from schemas.claim import Claim
from schemas.followup import NextAction

NO_ACK, NO_PAYER_ACK, NO_ANSWER, FILING_ENDS = "no_ack", "no_payer_ack", "no_answer", "filing_ends"
NO_TA1, NO_999 = "no_ta1", "no_999"
ASK_THE_PAYER: Final = "ask the payer for the claim's status (276, portal or phone); resend it only where nobody has it"
ACTIONS: Final[Mapping[str, str]] = {
    NO_ACK: "ask the clearinghouse for the file's 999 and 277CA; if it has no such file, decide resend sends it again",
    NO_PAYER_ACK: "ask the clearinghouse whether the payer took the claim; ask the payer if it does not know",
    NO_ANSWER: ASK_THE_PAYER,
    FILING_ENDS: ASK_THE_PAYER,
}


def silent(
    kind: str,
    claim: Claim,
    submitted_on: str,
    payer: PayerConfig,
    today: date,
    worth_cents: int | None = None,
    answered_on: date | None = None,
) -> NextAction:
    """A claim of which something should have come: a 277CA (``no_ack``), one of the payer itself (``no_payer_ack``), an
    835 (``no_answer``), or anything at all before filing ends (``filing_ends``). ``answered_on``: what it corrects.
    """
    last = filing_ends(claim, payer, claim.lines[0].date_of_service, answered_on).day
    missing = {
        NO_ACK: f"no 277CA came within {payer.ack_days} working days",
        NO_PAYER_ACK: f"no 277CA of the payer came within {payer.payer_ack_days} working days",
        NO_ANSWER: f"no 835 came within {payer.answer_days} days",
        FILING_ENDS: "nothing proves that the payer has it",
    }
    ends = f"the last day to file is {last}" if last >= today else f"filing ended {last}"
    return NextAction(
        kind=kind,
        reason=f"sent {submitted_on}, and {missing[kind]}; {ends}",
        action=ACTIONS[kind],
        due=mend_by(today, last),
        last_day=last,
        **worth(worth_cents, claim.total_charge_cents),
    )


@dataclass(frozen=True, slots=True)
class UnansweredFile:
    """A file that nobody answered: how many of its claims wait, and what they should bring or, unknown, what was
    charged.
    """

    name: str
    control_number: str
    submitted_on: str
    claims: int
    worth_cents: int | None
    charge_cents: int


def unreceived(kind: str, sent: UnansweredFile, hours: int, today: date) -> NextAction:
    """A file of which no TA1 (``no_ta1``), or no 999 (``no_999``), came within so many hours of working days."""
    what = {NO_TA1: "TA1", NO_999: "999"}[kind]
    claims = "1 claim" if sent.claims == 1 else f"{sent.claims} claims"
    return NextAction(
        kind=kind,
        reason=f"{sent.name} with {claims} was sent {sent.submitted_on}, "
        f"and no {what} came within {hours} working hours",
        action=f"look whether the file left the outbox and ask the clearinghouse for interchange {sent.control_number} "
        "(ISA13); if it never came, decide resend sends its claims in a new file",
        due=today,
        **worth(sent.worth_cents, sent.charge_cents),
    )
