"""Secondary and tertiary claims made of random balanced remittances: what stands in the file adds up, cent by cent."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from claimloom.billing.secondary import Answer, secondary_claim
from schemas.claim import Claim
from schemas.event import derived_id
from schemas.remittance import Adjustment, RemitClaim, RemitLine
from schemas.session import Coverage
from tests.x12.writing.claims import COMMERCIAL, MEDICARE, SUPPLEMENT, claim, coverage, faults, text_of

DAY = date(2026, 11, 20)
BASE = claim(coverages=[MEDICARE])
THIRD = coverage(COMMERCIAL | {"payer_id": "77777", "member_id": "T1234567"})


@dataclass
class Told:
    """What the file says of one other payer, read from its text alone."""

    paid: Decimal | None = None
    own: list[Decimal] = field(default_factory=list)
    lines: dict[int, list[tuple[Decimal, list[Decimal]]]] = field(default_factory=dict)
    liability: list[str] = field(default_factory=list)
    date_at: list[str] = field(default_factory=list)
    cas: list[str] = field(default_factory=list)


def read(text: str) -> tuple[Decimal, dict[int, Decimal], dict[str, Told]]:
    """CLM02, SV102 by LX01, and the payers by NM109 of 2330B; a splitter with no grammar."""
    total, charges, told, line = Decimal(0), {}, {}, 0
    now, at = Told(), ""
    for raw in text.split("~"):
        parts = raw.strip().split("*")
        if parts[0] == "CLM":
            total, at = Decimal(parts[2]), "2300"
        elif parts[0] == "SBR" and at:
            now, at = Told(), "2320"
        elif parts[0] == "NM1" and parts[1] == "PR" and at == "2320":
            told[parts[9]] = now
        elif parts[0] == "LX":
            line, at = int(parts[1]), "2400"
        elif parts[0] == "SV1":
            charges[line] = Decimal(parts[2])
        elif parts[0] == "SVD":
            now, at = told[parts[1]], "2430"
            now.lines.setdefault(line, []).append((Decimal(parts[2]), []))
        elif parts[0] == "CAS":
            assert len(parts) <= 20
            now.cas.append(f"{at}:{line if at == '2430' else 0}:{raw.strip()}")
            amounts = [Decimal(each) for each in parts[3::3]]
            assert 0 not in amounts
            (now.own if at == "2320" else now.lines[line][-1][1]).extend(amounts)
        elif parts[:2] == ["AMT", "D"]:
            now.paid = Decimal(parts[2])
        elif parts[:2] == ["AMT", "EAF"]:
            now.liability.append(at)
        elif parts[:2] == ["DTP", "573"]:
            now.date_at.append(at)
    return total, charges, told


def assert_balanced(text: str) -> dict[str, Told]:
    total, charges, payers = read(text)
    assert total == sum(charges.values())
    for told in payers.values():
        assert told.paid is not None
        of_lines = [amount for some in told.lines.values() for _, parts in some for amount in parts]
        assert total == told.paid + sum(told.own) + sum(of_lines)
        if told.lines:
            assert told.lines.keys() == charges.keys()
            paid = sum(paid for some in told.lines.values() for paid, _ in some)
            assert told.paid == paid - sum(told.own)
            for line, charge in charges.items():
                assert charge == sum(paid + sum(parts) for paid, parts in told.lines[line])
            assert set(told.liability) == set(told.date_at) == {"2430"}
        else:
            assert told.liability == told.date_at == ["2320"]
    return payers


REASONS = st.sampled_from(["1", "2", "3", "45", "59", "97", "253", "16", "B7", "204"])
GROUPS = st.sampled_from(["CO", "PR", "OA", "PI"])


@st.composite
def adjustments(draw: st.DrawFn, rest: int, first: tuple[str, str] = ("CO", "45")) -> list[Adjustment]:
    """Parts that sum to ``rest``: zero, negative and repeated ones too."""
    parts = [
        Adjustment(group=draw(GROUPS), reason=draw(REASONS), amount_cents=draw(st.integers(-5000, 5000)), quantity=q)
        for q in draw(st.lists(st.sampled_from(["", "1", "2"]), max_size=8))
    ]
    left = rest - sum(part.amount_cents for part in parts)
    return [*parts, Adjustment(group=first[0], reason=first[1], amount_cents=left)]


@st.composite
def remittances(draw: st.DrawFn, billed: Claim, first: tuple[str, str] = ("CO", "45")) -> RemitClaim:
    """A balanced answer to a claim: by line, with lines split or taken at the claim level too, or by claim alone."""
    own = draw(adjustments(draw(st.integers(-3000, 3000)))) if draw(st.booleans()) else []
    lines = []
    if draw(st.booleans()):
        for line in billed.lines:
            cuts = sorted(draw(st.lists(st.integers(0, line.charge_cents), max_size=1)))
            for start, stop in zip([0, *cuts], [*cuts, line.charge_cents], strict=True):
                charge = stop - start
                paid = draw(st.integers(0, charge))
                lines.append(
                    RemitLine(
                        procedure_code=line.procedure_code,
                        modifiers=line.modifiers,
                        charge_cents=charge,
                        paid_cents=paid,
                        units_paid=draw(st.sampled_from(["1", "2", "0", "1.5"])),
                        line_control_number=line.line_control_number,
                        adjustments=draw(adjustments(charge - paid, first)),
                    )
                )
        # What the claim level takes off is given back by the lines, or the claim would not add up.
        taken = sum(part.amount_cents for part in own)
        lines[0] = lines[0].model_copy(
            update={
                "paid_cents": lines[0].paid_cents + taken,
                "adjustments": [
                    *lines[0].adjustments,
                    Adjustment(group="OA", reason="94", amount_cents=-taken),
                ],
            }
        )
        paid = sum(line.paid_cents for line in lines) - taken
        all_parts = taken + sum(part.amount_cents for line in lines for part in line.adjustments)
        # Claim level money and lines: charge = paid + own + lines', and paid = lines' paid - own.
        assert paid + all_parts == billed.total_charge_cents
    else:
        paid = draw(st.integers(0, billed.total_charge_cents))
        own = draw(adjustments(billed.total_charge_cents - paid, first))
    return RemitClaim(
        patient_control_number=billed.patient_control_number,
        status_code="1",
        charge_cents=billed.total_charge_cents,
        paid_cents=paid,
        payer_claim_control_number=draw(st.sampled_from(["", "1126320000010"])),
        adjustments=own,
        remarks=draw(st.lists(st.sampled_from(["MA01", "N290", "MA130"]), max_size=7)),
        lines=lines,
    )


def next_claim(billed: Claim, told: RemitClaim, to: Coverage) -> Claim:
    return secondary_claim(billed, Answer(told, DAY), to, claim_id=derived_id("next", billed.claim_id))


@given(st.data())
@settings(max_examples=120, deadline=None)
def test_secondary_and_tertiary_balance_in_the_file(data: st.DataObject) -> None:
    first = data.draw(remittances(BASE))
    second_claim = next_claim(BASE, first, coverage(SUPPLEMENT))
    text = text_of([second_claim])
    payers = assert_balanced(text)
    assert payers.keys() == {"06102"}
    assert_right(text, payers)
    second = data.draw(remittances(second_claim, ("OA", "23")))
    text = text_of([next_claim(second_claim, second, THIRD)])
    payers = assert_balanced(text)
    assert payers.keys() == {"06102", "88888"}
    assert_right(text, payers)
    others = [line for line in text.split("~\n") if line.startswith("SBR")][1:]
    assert others == ["SBR*P*18*******MB", "SBR*S*18**PLAN F*****CI"]
    sent = [part for told in (first, second) for part in told_parts(told) if part.amount_cents]
    assert sorted(triplets(text)) == sorted(
        (part.group, part.reason, part.amount_cents, part.quantity) for part in sent
    )


def assert_right(text: str, payers: dict[str, Told]) -> None:
    """pyx12 and our check; of a line that a payer split, the check looks at each part alone, which cannot balance."""
    split = any(len(some) > 1 for told in payers.values() for some in told.lines.values())
    assert [each for each in faults(text) if not (split and each.code == "unbalanced_cob")] == []


def told_parts(told: RemitClaim) -> list[Adjustment]:
    return [*told.adjustments, *(part for line in told.lines for part in line.adjustments)]


def triplets(text: str) -> list[tuple[str, str, int, str]]:
    """Every CAS triplet of the file as it stands there."""
    found = []
    for raw in text.split("~\n"):
        parts = [*raw.split("*"), "", ""]
        if parts[0] == "CAS":
            for start in range(2, len(parts) - 2, 3):
                if parts[start]:
                    amount = int(Decimal(parts[start + 1]) * 100)
                    found.append((parts[1], parts[start], amount, parts[start + 2]))
    return found
