"""By what a claim was priced, as a stamp on its events: two claims with one stamp had the same fees and settings.

It counts only what decides: the payer's settings as they hold on the date of service (with its contract's fees, and the
defaults of its class), and the packaged tables of units and fees. So it changes when that payer's file does or when a
table does, and not with another payer's file. Where the stamps of ``claim-built`` and ``claim-reconciled`` differ, fees
or settings were edited between the two.
"""

from __future__ import annotations

import hashlib
from typing import Final

from claimloom.payers import PayerConfig
from claimloom.reference import tables_digest

TABLES: Final = (
    *("therapy_codes", "code_ladders", "modifiers"),
    *("mpfs_rvu_therapy", "gpci", "zip5_locality", "conversion_factors"),
)


def priced_by(payer: PayerConfig) -> str:
    """Twelve hex digits over the payer's settings and the tables of units and fees."""
    return hashlib.sha256(f"{payer.digest} {tables_digest(*TABLES)}".encode()).hexdigest()[:12]
