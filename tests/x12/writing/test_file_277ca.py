"""277CA files that we write: a sample written anew, rejections at every level, pyx12, our reader. People invented."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claimloom.x12.checking.check import check
from claimloom.x12.checking.second_opinion import pyx12_findings
from claimloom.x12.nouns.read_ack import read_277ca
from claimloom.x12.writing.envelope import Envelope
from claimloom.x12.writing.file_277ca import (
    BatchReport,
    ClaimReport,
    LineReport,
    ProviderReport,
    Said,
    StatusTriplet,
    Totals,
    write_277ca,
)
from schemas.values import PersonName

SAMPLE = Path(__file__).parents[3] / "edi_samples" / "277ca" / "277ca_example.edi"
ENVELOPE = Envelope("RECEIVER01", "SUBMITTER01", 4, datetime(2026, 11, 23, 9, 30, tzinfo=UTC))
DAY = date(2026, 11, 23)
SEEN = Said("WQ", [StatusTriplet("A1", "19", "PR")])
NOBODY = Totals()
TAKEN = Said("WQ", [StatusTriplet("A2", "20", "PR")])
REFUSED = Said("U", [StatusTriplet("A7", "164", "IL")])


def claim(
    number: str, last: str, first: str, member: str, cents: int, day: date, icn: str = "", said: Said = TAKEN
) -> ClaimReport:
    return ClaimReport(number, cents, PersonName(last=last, first=first), member, [said], day, None, icn)


CLAIMS = [
    claim("CLN1-000101", "DOE", "JANE", "1EG4TE5MK73", 29500, date(2026, 11, 16), "1126320000010"),
    claim("CLN1-000102", "LEE", "KIM", "W123456789", 23000, date(2026, 11, 17), said=REFUSED),
    claim("CLN1-000101S", "DOE", "JANE", "SUPP55501", 15000, date(2026, 11, 16)),
    claim("CLN1-000090R", "PARK", "LEO", "XYZ900100200", 12000, date(2026, 10, 12)),
]


def report(providers: list[ProviderReport], said: Said = SEEN, totals: Totals = NOBODY) -> BatchReport:
    return BatchReport(
        *("EXAMPLE CLEARINGHOUSE", "RECEIVER01", "EXAMPLE BILLING COMPANY", "SUBMITTER01", "BATCH0001"),
        reference="ACK0001",
        received_on=DAY,
        processed_on=DAY,
        said=[said],
        providers=providers,
        totals=totals,
        source_kind="AY",
    )


def provider(claims: list[ClaimReport], said: Said = SEEN, totals: Totals = NOBODY) -> ProviderReport:
    return ProviderReport("EXAMPLE THERAPY CLINIC", "1234567893", [said], claims, totals)


def body(text: str) -> list[str]:
    found = [part.strip() for part in text.split("~") if part.strip()]
    return found[2:-2]


def test_sample_is_written_from_its_facts() -> None:
    text = write_277ca([report([provider(CLAIMS)])], ENVELOPE)
    wanted = [line if not line.startswith("TRN*1*RCPT") else "TRN*1*ACK0001" for line in body(SAMPLE.read_text())]
    assert body(text) == wanted
    assert pyx12_findings(text) == []
    assert check(text.encode()).findings == []


def test_line_that_rejects_its_claim() -> None:
    line = LineReport(
        "97110", 12000, [Said("U", [StatusTriplet("A7", "454", "85"), StatusTriplet("A7", "507")])], ["GP"], "L1", DAY
    )
    rejected = ClaimReport("N1", 12000, PersonName(last="DOE"), "M12", [REFUSED], DAY, date(2026, 11, 24), lines=[line])
    text = write_277ca([report([provider([rejected])])], ENVELOPE)
    at = body(text).index("TRN*2*N1")
    assert body(text)[at:-1] == [
        "TRN*2*N1",
        "STC*A7:164:IL*20261123*U*120",
        "DTP*472*RD8*20261123-20261124",
        "SVC*HC:97110:GP*120",
        "STC*A7:454:85*20261123*U*******A7:507",
        "REF*FJ*L1",
        "DTP*472*D8*20261123",
    ]
    assert pyx12_findings(text) == []
    only_by_line = replace(rejected, said=[TAKEN])
    assert rejected.rejected
    assert only_by_line.rejected
    assert "QTY*QC*1" in body(write_277ca([report([provider([only_by_line])])], ENVELOPE))
    (read,) = read_277ca(text.encode())
    assert read.claims[0].verdict == "rejected"


def test_batch_rejected_as_a_whole_names_no_provider() -> None:
    text = write_277ca([report([], Said("U", [StatusTriplet("A3", "24", "41")]), Totals(0, 0, 4, 79500))], ENVELOPE)
    at = body(text).index("TRN*2*BATCH0001")
    assert body(text)[at:-1] == ["TRN*2*BATCH0001", "STC*A3:24:41*20261123*U*795", "QTY*AA*4", "AMT*YY*795"]
    assert "HL*2*1*21*0" in body(text)
    (read,) = read_277ca(text.encode())
    assert (read.batch_id, read.claims, read.statuses[0].action) == ("BATCH0001", [], "U")


def test_provider_rejected_as_a_whole_names_no_claim() -> None:
    refused = provider([], Said("U", [StatusTriplet("A8", "562", "85")]), Totals(0, 0, 2, 5000))
    text = write_277ca([report([refused, provider(CLAIMS[:1])])], ENVELOPE)
    assert "HL*3*2*19*0" in body(text)
    assert "STC*A1:19:PR*20261123*WQ*345" in body(text)
    (read,) = read_277ca(text.encode())
    assert read.provider_statuses["1234567893"][0].action == "U"
    assert [each.patient_control_number for each in read.claims] == ["CLN1-000101"]


@given(st.lists(st.lists(st.tuples(st.integers(0, 10**7), st.booleans()), min_size=1, max_size=5), max_size=3))
@settings(max_examples=50, deadline=None)
def test_every_claim_is_answered_and_counts_and_amounts_add_up(given_claims: list[list[tuple[int, bool]]]) -> None:
    number = 0
    providers = []
    for some in given_claims:
        claims = []
        for cents, good in some:
            number += 1
            claims.append(claim(f"N{number}", "DOE", "JANE", "M12", cents, DAY, said=TAKEN if good else REFUSED))
        providers.append(provider(claims))
    text = write_277ca([report(providers)], ENVELOPE)
    flat = [each for some in given_claims for each in some]
    found = [part.split("*") for part in body(text)]
    for yes, wanted in (("90", True), ("AA", False)):
        counted = [int(parts[2]) for parts in found if parts[:2] == ["QTY", yes]]
        assert counted == [n for n in [sum(good is wanted for _, good in flat)] if n]
    (read,) = read_277ca(text.encode())
    assert [each.verdict == "accepted" for each in read.claims] == [good for _, good in flat]
    assert sum(float(parts[2]) for parts in found if parts[:2] == ["AMT", "YU"]) == pytest.approx(
        2 * sum(cents for cents, good in flat if good) / 100
    )
    if providers:
        assert pyx12_findings(text) == []
