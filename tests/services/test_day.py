"""Claims of one day in a ledger: what is known of the one changes how the other stands, whichever is answered first."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from claimloom.ledger.database import open_reader
from claimloom.remit.answers import Posted
from claimloom.settings import Settings
from claimloom.system import System
from claimloom.x12.writing.envelope import Envelope
from claimloom.x12.writing.file_835 import ClaimPayment, PayerContact, Payment, write_835
from schemas.claim import Claim
from schemas.remittance import RemitHeader
from schemas.values import Address
from tests.desk.test_day import FEES, OT, PT, paid
from tests.runtime import contract
from tests.sessions import visit

DAY = date(2026, 11, 25)
PAYER = PayerContact(Address(line1="1 MAC WAY", city="CHICAGO", state="IL", zip="60601"), "SERVICES", "5555550111")


def told(number: int, claim: Claim, posted: Posted) -> bytes:
    """One 835 of one claim."""
    header = RemitHeader(
        payer_name="MEDICARE PART B IL",
        payer_id="06102",
        payee_name="EXAMPLE THERAPY CLINIC",
        payee_npi="1234567893",
        payee_tax_id="987654321",
        trace_number=f"EFT{number}",
        originating_company_id="1999999999",
        payment_method="CHK",
        payment_date=DAY,
        production_date=DAY,
        total_paid_cents=posted.claim.paid_cents,
    )
    lines = [line.model_copy(update={"date_of_service": date(2026, 11, 16)}) for line in posted.claim.lines]
    full = posted.claim.model_copy(update={"lines": lines, "payer_claim_control_number": f"ICN{number}"})
    payment = Payment(header, PAYER, [ClaimPayment(full, claim.patient.name, "11", "1")])
    return write_835([payment], Envelope("PAYER01", "SUB01", number, datetime(2026, 11, 25, 6, tzinfo=UTC))).encode()


def stands(folder: Path, *answers: tuple[Claim, Posted]) -> dict[str, dict[str, Any]]:
    """The ledger after both visits and these files, one by one: how each claim stands, by visit."""
    system = System(Settings(folder, as_of=DAY))
    for name, discipline, code in (("S-1", "OT", "97530"), ("S-2", "PT", "97110")):
        clinic = visit().clinic.model_dump(mode="json") | {"fees_cents": FEES}
        therapist = visit().therapist.model_dump(mode="json")
        if discipline == "PT":
            therapist |= {"npi": "1003000126", "taxonomy": "225100000X"}
        made = visit(
            session_id=name,
            discipline=discipline,
            clinic=clinic,
            therapist=therapist,
            timed=[{"code": code, "minutes": 30}],
        )
        (folder / "inbound" / f"{name}.jsonl").write_text(made.model_dump_json(exclude_none=True) + "\n")
    system.run_until_idle()
    for place, (claim, posted) in enumerate(answers):
        (folder / "inbound" / f"835-{place}.edi").write_bytes(told(place, claim, numbered(folder, claim, posted)))
        system.run_until_idle()
    contract.standings_equal_the_fold(system.engine)
    of = {OT.total_charge_cents: "OT", PT.total_charge_cents: "PT"}
    found = {of[row["billed_cents"]]: row for row in contract.export(system.engine)}
    system.close()
    return found


def numbered(folder: Path, claim: Claim, posted: Posted) -> Posted:
    """The answer under the number that the ledger gave the claim, which is known by its charge."""
    engine = open_reader(f"sqlite:///{folder / 'claimloom.db'}")
    numbers = {row["billed_cents"]: row["patient_control_number"] for row in contract.export(engine)}
    engine.dispose()
    number = numbers[claim.total_charge_cents]
    lines = [line.model_copy(update={"line_control_number": f"{number}-1"}) for line in posted.claim.lines]
    told = posted.claim.model_copy(update={"patient_control_number": number, "lines": lines})
    return Posted(posted.header, told, posted.order)


# What OT and PT have of units in full, and whether money is missing or too much, claim by claim.
@pytest.mark.parametrize(
    ("ot_full", "pt_full", "flags"),
    [
        (1, 0, ([], [])),
        (0, 1, (["underpaid"], [])),
        (1, 1, ([], ["overpaid"])),
        (0, 0, (["underpaid"], [])),
    ],
)
@pytest.mark.parametrize("ot_first", [True, False])
def test_both_orders_end_alike(
    tmp_path: Path, ot_full: int, pt_full: int, flags: tuple[list[str], list[str]], ot_first: bool
) -> None:
    answers = [(OT, paid(OT, ot_full)), (PT, paid(PT, pt_full))]
    found = stands(tmp_path, *(answers if ot_first else answers[::-1]))
    graded = {"underpaid", "overpaid"}
    assert tuple(sorted(graded & set(found[each]["flags"])) for each in ("OT", "PT")) == flags


def test_one_that_waits_for_the_other_is_neither_short_nor_over(tmp_path: Path) -> None:
    found = stands(tmp_path, (OT, paid(OT)))
    assert not {"underpaid", "overpaid"} & set(found["OT"]["flags"])
    assert [cause["cause"] for cause in found["OT"]["causes"]] == ["day_share"]
