"""A visit to start tests from: Medicare, occupational therapy, three codes, nothing wrong with it. People invented."""

from __future__ import annotations

import json
from typing import Any

from schemas.session import Session

BROKEN_PAYER = "00000"
DEAR = dict.fromkeys(("97530", "97535", "97110"), 10**19)
CLINIC_ADDRESS = {"line1": "100 MAIN ST", "city": "SPRINGFIELD", "state": "IL", "zip": "627010001"}


def visit(**changes: Any) -> Session:
    """The visit, with some of its fields replaced."""
    fields: dict[str, Any] = {
        "tenant": "demo",
        "session_id": "S-1",
        "date_of_service": "2026-11-16",
        "place_of_service": "11",
        "discipline": "OT",
        "clinic": {
            "clinic_id": "riverside",
            "name": "Riverside Occupational Therapy",
            "address": CLINIC_ADDRESS,
            "fees_cents": {"97530": 7500, "97535": 7500, "97110": 7000},
        },
        "billing_provider": {
            "name": "EXAMPLE THERAPY CLINIC",
            "npi": "1234567893",
            "tax_id": "987654321",
            "taxonomy": "261QR0400X",
            "address": CLINIC_ADDRESS,
        },
        "therapist": {"name": {"last": "RIVERA", "first": "PAT"}, "npi": "1679576722", "taxonomy": "225X00000X"},
        "referring_provider": {"name": {"last": "SMITH", "first": "ALAN"}, "npi": "1245319599"},
        "patient": {
            "patient_id": "P-1",
            "name": {"last": "DOE", "first": "JANE"},
            "birth_date": "1950-01-15",
            "gender": "F",
            "address": {"line1": "12 OAK AVE", "city": "SPRINGFIELD", "state": "IL", "zip": "62704"},
        },
        "coverages": [
            {
                "payer_id": "06102",
                "payer_name": "MEDICARE PART B IL",
                "payer_class": "medicare_b",
                "member_id": "1EG4TE5MK73",
                "filing_indicator": "MB",
            }
        ],
        "diagnoses": ["M25.511", "M62.81"],
        "timed": [
            {"code": "97530", "minutes": 30},
            {"code": "97535", "minutes": 15},
            {"code": "97110", "minutes": 15, "performer": "assistant"},
        ],
    }
    return Session.model_validate_json(json.dumps(fields | changes))


def unbuildable(session_id: str = "TOO-DEAR", **changes: Any) -> Session:
    """A visit that ends as a dead letter of the builder: no column holds what it costs."""
    made = visit(session_id=session_id, **changes)
    return made.model_copy(update={"clinic": made.clinic.model_copy(update={"fees_cents": DEAR})})
