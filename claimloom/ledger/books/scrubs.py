"""Scrubs: the verdict on each claim, the last time the rules were asked; the event at ``place`` has what they found."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Final

from sqlalchemy import Column, Connection, Index, String, Table, Text

from claimloom.ledger.books.common import about_claims
from claimloom.ledger.database import insert_or_update
from claimloom.ledger.tables import metadata, place
from claimloom.topology import Book, Received
from schemas.claim import ClaimScrubbed, Severity
from schemas.topics import Topic

scrubs = Table(
    "scrubs",
    metadata,
    place("claim"),
    place(primary_key=False, nullable=False),
    Column("verdict", String(5), nullable=False),
    Column("rules_version", Text, nullable=False),
    Column("tenant", Text, nullable=False, server_default=""),
    Column("errors", Text, nullable=False, server_default=""),
    # Rules that warn of a clean claim, with commas between them.
    Column("warned", Text, nullable=False, server_default=""),
    Index("scrubs_tenant", "tenant"),
)


def claim_scrubbed(connection: Connection, received: Sequence[Received]) -> None:
    """``claim-scrubbed`` into scrubs; a later scrub of the same claim version replaces the earlier one."""
    rows = {
        claim: {
            "claim": claim,
            "place": each.place,
            "verdict": scrubbed.verdict,
            "rules_version": scrubbed.rules_version,
            "tenant": each.event.tenant,
            "errors": _errors(scrubbed),
            "warned": ",".join(scrubbed.warned),
        }
        for each, claim, scrubbed in about_claims(received, ClaimScrubbed)
    }
    insert_or_update(connection, scrubs, list(rows.values()))


def _errors(scrubbed: ClaimScrubbed) -> str:
    """What holds a held claim: each rule once, as JSON pairs of its name and the head of its message; else nothing."""
    if scrubbed.verdict != "held":
        return ""
    found: dict[str, str] = {}
    for finding in scrubbed.findings:
        if finding.severity is Severity.ERROR:
            found.setdefault(finding.code, finding.message.partition(":")[0])
    return json.dumps(sorted(found.items()))


SCRUBS: Final = Book("scrubs", (scrubs,), {Topic.CLAIM_SCRUBBED: claim_scrubbed})
