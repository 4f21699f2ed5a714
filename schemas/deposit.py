"""What a bank says: payload of ``deposit-told``."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from pydantic import Field

from schemas.values import Cents, Noun


class DepositTold(Noun):
    """Payload of ``deposit-told``: one line of a bank's statement."""

    day: date
    amount_cents: Cents = Field(description="Negative: money left the account")
    trace: str = Field(default="", description="Trace, check or EFT number, where the bank has a column for it")
    reference: str = Field(default="", description="Another number of the bank's")
    description: str = ""
    payer: str = Field(default="", description="Who paid, where the bank has a column for it")
    account: str = Field(default="", description="The account, where the bank has a column for it")
    file_name: str
    file_sha256: str
    line: int = Field(description="1-based line of the file")
    form: str = Field(default="", description="In what the bank wrote the file: CSV, BAI2 or CAMT.053")
    told_before: UUID | None = Field(
        default=None, description="The event that told the same line, out of another file: it is no second one"
    )
