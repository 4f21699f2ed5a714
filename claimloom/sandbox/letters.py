"""What the payer says of a file before it decides: TA1 and 999, and 277CA, written by the product's writers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from typing import Final

from claimloom.sandbox.claims_in import Delivery, Filed, FiledSet
from claimloom.x12.writing.envelope import Envelope
from claimloom.x12.writing.file_277ca import BatchReport, ClaimReport, ProviderReport, Said, StatusTriplet, write_277ca
from claimloom.x12.writing.file_999 import GroupAnswer, InterchangeAnswer, SetAnswer, write_999
from schemas.values import PersonName

CLAIMS: Final = "005010X222A1"
RECEIVED: Final = Said("WQ", (StatusTriplet("A1", "19", "PR"),))
TAKEN: Final = Said("WQ", (StatusTriplet("A2", "20", "PR"),))


def envelope(sender: str, receiver: str, number: int, on: date) -> Envelope:
    """The envelope of a letter of that day."""
    return Envelope(sender, receiver, number % 10**9 or 1, datetime.combine(on, time(9), UTC))


def accept_999(box: Delivery, number: int, on: date) -> bytes:
    """TA1 and 999 that take everything."""
    sets = [SetAnswer("837", part.transaction, "A", CLAIMS) for part in box.parts]
    count = len(sets)
    answer = GroupAnswer(*("HC", box.group, CLAIMS, "A"), included=count, received=count, accepted=count, sets=sets)
    front = [InterchangeAnswer(box.interchange, f"{on:%y%m%d}", "0900", "A")]
    return write_999([answer], envelope(box.receiver, box.sender, number, on), front).encode("ascii")


def answer_277ca(
    box: Delivery, refused: Mapping[str, tuple[str, str, str]], icns: Mapping[str, str], number: int, on: date
) -> bytes:
    """Each claim taken into adjudication with its number, or refused with a status; an ST for each that came."""
    reports = [
        _batch(box, part, refused, icns, f"A{number:08d}{place or ''}", on) for place, part in enumerate(box.parts)
    ]
    return write_277ca(reports, envelope(box.receiver, box.sender, number, on)).encode("ascii")


def _batch(
    box: Delivery,
    part: FiledSet,
    refused: Mapping[str, tuple[str, str, str]],
    icns: Mapping[str, str],
    reference: str,
    on: date,
) -> BatchReport:
    providers = []
    by_npi: dict[str, list[Filed]] = {}
    for claim in part.claims:
        by_npi.setdefault(claim.npi, []).append(claim)
    for npi, mine in by_npi.items():
        reports = [_report(claim, refused.get(claim.number), icns[claim.number]) for claim in mine]
        providers.append(ProviderReport(mine[0].provider, npi, [RECEIVED], reports))
    return BatchReport(
        source_name="SANDBOX PAYER",
        source_id=box.receiver,
        receiver_name="SENDER",
        receiver_id=box.sender,
        batch_id=part.batch,
        reference=reference,
        received_on=on,
        processed_on=on,
        said=[RECEIVED],
        providers=providers,
    )


def _report(claim: Filed, status: tuple[str, str, str] | None, icn: str) -> ClaimReport:
    return ClaimReport(
        patient_control_number=claim.number,
        charge_cents=claim.charge,
        patient=PersonName(last=claim.last, first=claim.first),
        member_id=claim.member,
        said=[Said("U", (StatusTriplet(*status),)) if status else TAKEN],
        date_of_service=_day(claim.services[0].day),
        payer_claim_control_number="" if status else icn,
    )


def _day(text: str) -> date:
    return date(int(text[:4]), int(text[4:6]), int(text[6:8]))
