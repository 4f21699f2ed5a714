"""What TA1, 999 and 277CA say of our claims: the payload of ``claim-acknowledged``."""

from __future__ import annotations

from datetime import date
from typing import Literal
from uuid import UUID

from pydantic import Field

from schemas.followup import NextAction
from schemas.values import Noun


class ClaimAcknowledged(Noun):
    """One answer about one claim, or (``claim_id`` empty) an answer that fits nothing we sent."""

    claim_id: UUID | None
    patient_control_number: str
    kind: Literal["TA1", "999", "277CA"]
    level: Literal["interchange", "syntax", "clearinghouse", "payer"]
    accepted: bool
    state: str = Field(description="Claim state it leads to, e.g. syntax_ok, payer_accepted, ack_conflict, unmatched")
    codes: list[str] = Field(
        default_factory=list, description="As received: note code, IK5, or STC category:status:entity"
    )
    message: str = ""
    payer_claim_control_number: str = Field(default="", description="277CA REF*1K")
    next_action: NextAction | None = Field(default=None, description="What to do with a rejected claim, and by when")
    process_date: date | None = Field(default=None, description="277CA DTP*009")
    overtakes: UUID | None = Field(
        default=None, description="Id of the claim-acknowledged by which it fitted nothing, until its claim came"
    )
    file_name: str
    file_sha256: str
    file_remarks: list[str] = Field(
        default_factory=list,
        description="Counts and control numbers of the file that do not fit; it was read all the same",
    )
    segment_number: int = Field(description="Where in the file it stands, 1-based from ISA")
