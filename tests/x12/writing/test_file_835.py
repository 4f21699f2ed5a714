"""835 files that we write: a sample written anew, any remittance read back as it was, and pyx12. People invented."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claimloom.x12.checking.check import check
from claimloom.x12.checking.second_opinion import pyx12_findings
from claimloom.x12.guides.delimiters import Delimiters
from claimloom.x12.nouns.read_835 import Remittance, read_835
from claimloom.x12.writing.envelope import Envelope
from claimloom.x12.writing.file_835 import Accounts, ClaimPayment, PayerContact, Payment, write_835
from schemas.remittance import Adjustment, ProviderAdjustment, RemitClaim, RemitHeader, RemitLine
from schemas.values import Address, PersonName

SAMPLE = Path(__file__).parents[3] / "edi_samples" / "835" / "835_example.edi"
ENVELOPE = Envelope("PAYER01", "SUBMITTER01", 2, datetime(2026, 11, 25, 6, 0, tzinfo=UTC))
PAYER = PayerContact(
    Address(line1="1 MAC WAY", city="CHICAGO", state="IL", zip="60601"), "PROVIDER SERVICES", "5555550111"
)
BANKS = Accounts("071000013", "123456", "071000505", "654321")
JANE, ANN = PersonName(last="DOE", first="JANE"), PersonName(last="ROE", first="ANN")


def parts(text: str) -> list[Adjustment]:
    """``CO 45 7986, PR 2 1202`` as adjustments."""
    found = []
    for each in text.split(", "):
        group, reason, amount = each.split(" ")
        found.append(Adjustment(group=group, reason=reason, amount_cents=int(amount)))
    return found


def line(code: str, marks: str, charge: int, paid: int, number: str, cas: str, day: date, **more: object) -> RemitLine:
    fields = {"units_paid": "1", "date_of_service": day, "line_control_number": number, "adjustments": parts(cas)}
    return RemitLine.model_validate(
        fields | more | {"procedure_code": code, "modifiers": marks.split(), "charge_cents": charge, "paid_cents": paid}
    )


def sample() -> Payment:
    """The payment of the sample file, from its facts."""
    visit, october = date(2026, 11, 16), date(2026, 10, 1)
    header = RemitHeader(
        payer_name="MEDICARE PART B IL",
        payer_id="06102",
        payee_name="EXAMPLE THERAPY CLINIC",
        payee_npi="1234567893",
        payee_tax_id="987654321",
        trace_number="EFT20261125A",
        originating_company_id="1999999999",
        payment_method="ACH",
        payment_date=date(2026, 11, 25),
        total_paid_cents=8158,
        production_date=date(2026, 11, 24),
    )
    first = RemitClaim(
        patient_control_number="CLN1-000101",
        status_code="1",
        charge_cents=29500,
        paid_cents=8066,
        patient_responsibility_cents=2124,
        filing_indicator="MB",
        payer_claim_control_number="1126320000010",
        member_id="1EG4TE5MK73",
        remarks=["MA01"],
        interest_cents=52,
        lines=[
            line(
                *("97530", "GO KX", 15000, 4714, "L000101-1", "CO 45 7986, CO 59 1002, CO 253 96, PR 2 1202", visit),
                units_paid="2",
                allowed_cents=6012,
            ),
            line(
                *("97535", "GO KX", 7500, 1872, "L000101-2", "CO 45 4260, CO 59 852, CO 253 38, PR 2 478", visit),
                allowed_cents=2388,
            ),
            line(
                *("97110", "GO CO KX", 7000, 1480, "L000101-3", "CO 45 4361, CO 59 685, CO 253 30, PR 2 444", visit),
                allowed_cents=2221,
                remarks=["N851"],
            ),
        ],
    )
    reversal = RemitClaim(
        patient_control_number="CLN1-000088",
        status_code="22",
        charge_cents=-12000,
        paid_cents=-5000,
        filing_indicator="MB",
        payer_claim_control_number="1126290000020",
        member_id="2EG4TE5MK74",
        lines=[line("97110", "GP", -12000, -5000, "L000088-1", "CO 45 -7000", october, units_paid="-2")],
    )
    correction = reversal.model_copy(
        update={
            "status_code": "1",
            "charge_cents": 12000,
            "paid_cents": 6240,
            "patient_responsibility_cents": 1592,
            "payer_claim_control_number": "1126320000021",
            "lines": [
                line(
                    *("97110", "GP", 12000, 6240, "L000088-1", "CO 45 4041, CO 253 127, PR 2 1592", october),
                    units_paid="2",
                    allowed_cents=7959,
                )
            ],
        }
    )
    taken = [
        ProviderAdjustment(provider_id="1234567893", reason="L6", reference="1126320000010", amount_cents=-52),
        ProviderAdjustment(provider_id="1234567893", reason="WO", reference="1126250000077", amount_cents=1200),
    ]
    claims = [
        ClaimPayment(first, JANE, "11", "1", medical_record_number="MRN0007", received_on=date(2026, 11, 18)),
        ClaimPayment(reversal, ANN, "11", "1"),
        ClaimPayment(correction, ANN, "11", "7"),
    ]
    return Payment(header, PAYER, claims, taken, BANKS)


def body(text: str) -> list[str]:
    """From ST to SE. One unit paid may be said or not (SVC05 absent means 1): the sample says it, we do not."""
    found = [part.strip() for part in text.split("~") if part.strip()]
    wanted = found[[part[:2] for part in found].index("ST") : [part[:2] for part in found].index("SE") + 1]
    return [part.removesuffix("**1") if part.startswith("SVC") else part for part in wanted]


def test_sample_is_written_from_its_facts() -> None:
    assert body(write_835([sample()], ENVELOPE)) == body(SAMPLE.read_text())


def test_written_file_is_right_for_pyx12_and_for_our_check() -> None:
    text = write_835([sample(), sample()], ENVELOPE)
    findings = check(text.encode()).findings
    assert [each.code for each in findings] == []
    # pyx12's list of remarks is older than N851.
    assert pyx12_findings(text.replace("N851", "N290")) == []


NAMES = (
    st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ -.", min_size=1, max_size=35)
    .map(lambda text: " ".join(text.split()))
    .filter(bool)
)
IDS = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-", min_size=2, max_size=20)
AMOUNTS = st.integers(-(10**9), 10**9)
DAYS = st.dates(date(2000, 1, 1), date(2099, 12, 31))
ADJUSTMENTS = st.lists(
    st.builds(
        Adjustment,
        group=st.sampled_from(["CO", "PR", "OA", "PI"]),
        reason=st.sampled_from(["1", "45", "253", "B7"]),
        amount_cents=AMOUNTS,
        quantity=st.sampled_from(["", "1", "-2", "1.5"]),
    ),
    max_size=15,
)
MODIFIERS = st.lists(st.sampled_from(["GP", "KX", "CQ", "59"]), max_size=4)
LINES = st.builds(
    RemitLine,
    procedure_code=st.sampled_from(["97110", "97530", "G0283"]),
    modifiers=MODIFIERS,
    submitted_code=st.sampled_from(["", "97112"]),
    submitted_modifiers=st.just([]),
    charge_cents=AMOUNTS,
    paid_cents=AMOUNTS,
    units_paid=st.sampled_from(["1", "0", "-2", "3.5"]),
    units_submitted=st.sampled_from(["", "4"]),
    date_of_service=st.none() | DAYS,
    line_control_number=st.just("") | IDS,
    allowed_cents=st.none() | AMOUNTS,
    adjustments=ADJUSTMENTS,
    remarks=st.lists(st.sampled_from(["N290", "M20"]), max_size=3),
    segment_number=st.just(0),
)
CLAIMS = st.builds(
    RemitClaim,
    patient_control_number=IDS,
    status_code=st.sampled_from(["1", "2", "4", "19"]),
    charge_cents=AMOUNTS,
    paid_cents=AMOUNTS,
    patient_responsibility_cents=st.integers(0, 10**9),
    filing_indicator=st.sampled_from(["MB", "12"]),
    payer_claim_control_number=IDS,
    original_payer_claim_control_number=st.just("") | IDS,
    member_id=st.just("") | IDS,
    adjustments=ADJUSTMENTS,
    remarks=st.lists(st.sampled_from(["MA01", "MA130"]), max_size=5),
    interest_cents=st.integers(0, 10**6),
    lines=st.lists(LINES, max_size=4),
    segment_number=st.just(0),
)
HEADERS = st.builds(
    RemitHeader,
    payer_name=NAMES,
    payer_id=IDS,
    payee_name=NAMES,
    payee_npi=st.just("1234567893"),
    payee_tax_id=st.just("987654321"),
    trace_number=IDS,
    originating_company_id=st.just("1999999999"),
    payment_method=st.sampled_from(["ACH", "CHK", "NON", "FWT"]),
    payment_date=DAYS,
    total_paid_cents=st.integers(0, 10**9),
    production_date=st.none() | DAYS,
)
LEVEL = st.builds(
    ProviderAdjustment,
    provider_id=st.sampled_from(["1234567893", "1679576722"]),
    reason=st.sampled_from(["WO", "FB", "L6", "72"]),
    reference=st.just("") | IDS,
    amount_cents=AMOUNTS,
    segment_number=st.just(0),
)
PAYMENTS = st.builds(
    Payment,
    HEADERS,
    st.just(PAYER),
    st.lists(st.builds(ClaimPayment, CLAIMS, st.just(JANE), st.just("11"), st.just("1")), max_size=3),
    st.lists(LEVEL, max_size=8),
    st.just(BANKS),
)


@given(st.lists(PAYMENTS, min_size=1, max_size=2), st.sampled_from(["*:^~", "|>!'"]))
@settings(max_examples=80, deadline=None)
def test_what_is_written_is_read_back(payments: list[Payment], marks: str) -> None:
    text = write_835(payments, replace(ENVELOPE, delimiters=Delimiters(*marks)))
    found = read_835(text.encode())
    assert len(found) == len(payments)
    for payment, read in zip(payments, found, strict=True):
        assert isinstance(read, Remittance)
        assert read.header == payment.header
        assert [each.model_dump() for each in map(bare, read.claims)] == [
            ordered(paid.claim).model_dump() | {"frequency_code": paid.frequency_code} for paid in payment.claims
        ]
        level = sorted(read.provider_adjustments, key=lambda each: each.provider_id)
        assert [each.model_copy(update={"segment_number": 0}) for each in level] == sorted(
            payment.provider_adjustments, key=lambda each: each.provider_id
        )
    # pyx12 takes a second PLB for a second footer, of which there may be one; the guide has any number of PLBs.
    assert [each.segment for each in pyx12_findings(text) if each.segment != "PLB"] == []


def bare(claim: RemitClaim) -> RemitClaim:
    """Without the numbers of segments."""
    lines = [each.model_copy(update={"segment_number": 0}) for each in claim.lines]
    return claim.model_copy(update={"segment_number": 0, "lines": lines})


def ordered(claim: RemitClaim) -> RemitClaim:
    """Adjustments as the segments have them: group by group."""
    lines = [each.model_copy(update={"adjustments": by_group(each.adjustments)}) for each in claim.lines]
    return claim.model_copy(update={"adjustments": by_group(claim.adjustments), "lines": lines})


def by_group(some: list[Adjustment]) -> list[Adjustment]:
    groups = list(dict.fromkeys(each.group for each in some))
    return sorted(some, key=lambda each: groups.index(each.group))


@pytest.mark.parametrize("name", ["李", "X" * 61])
def test_text_that_does_not_fit_is_a_mistake_of_the_caller(name: str) -> None:
    payment = sample()
    header = payment.header.model_copy(update={"payee_name": name})
    with pytest.raises(ValueError, match="a text"):
        write_835([Payment(header, PAYER)], ENVELOPE)
