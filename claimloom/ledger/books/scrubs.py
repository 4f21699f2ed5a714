"""Scrubs: what the rules said of each claim, the last time they were asked."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Final

from sqlalchemy import Column, Connection, Index, String, Table, Text

from claimloom.ledger.books.common import typed
from claimloom.ledger.database import insert_or_update
from claimloom.ledger.tables import metadata
from claimloom.topology import Book, Received
from schemas.claim import ClaimScrubbed, Severity
from schemas.topics import Topic
from schemas.values import Noun

scrubs = Table(
    "scrubs",
    metadata,
    Column("claim_id", String(36), primary_key=True),
    Column("verdict", String(5), nullable=False),
    Column("findings", Text, nullable=False),
    Column("smallest_fix", Text, nullable=False),
    Column("rules_version", Text, nullable=False),
    Column("tenant", Text, nullable=False, server_default=""),
    Column("errors", Text, nullable=False, server_default=""),
    Index("scrubs_tenant", "tenant"),
)


def claim_scrubbed(connection: Connection, received: Sequence[Received]) -> None:
    """``claim-scrubbed`` into scrubs; a later scrub of the same claim version replaces the earlier one."""
    rows = {
        str(scrubbed.claim_id): {
            "claim_id": str(scrubbed.claim_id),
            "verdict": scrubbed.verdict,
            "findings": _json(scrubbed.findings),
            "smallest_fix": json.dumps(scrubbed.smallest_fix),
            "rules_version": scrubbed.rules_version,
            "tenant": event.tenant,
            "errors": _errors(scrubbed),
        }
        for event, scrubbed in typed(received, ClaimScrubbed)
    }
    insert_or_update(connection, scrubs, list(rows.values()))


def _json(values: Sequence[Noun]) -> str:
    return json.dumps([value.model_dump(mode="json") for value in values])


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
