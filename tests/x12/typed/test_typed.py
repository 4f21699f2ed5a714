"""The typed views: made from the tables as they are, and with a way to every value of every sample."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from claimloom.x12.reading.document import Segment
from claimloom.x12.reading.files import read
from claimloom.x12.reading.source import X12Error
from claimloom.x12.typed import answer_277ca, answer_999, claim_837p, payment_835
from claimloom.x12.typed.base import Field, LoopView, Many, ManyLoops, One, OneLoop, SegmentView
from tests.x12.test_samples import FILES, FOLDER
from tools.generate_x12 import modules

VIEWS = {
    "837P": claim_837p.TransactionSet,
    "835": payment_835.TransactionSet,
    "999": answer_999.TransactionSet,
    "277CA": answer_277ca.TransactionSet,
}
KNOWN = [path for path in FILES if path.parent.name in ("837p", "835", "999", "277ca")]


def test_modules_are_made_from_the_tables() -> None:
    for path, text in modules().items():
        assert path.read_text() == text, f"{path.name}: python -m tools.generate_x12"


def fields(view: SegmentView) -> set[tuple[int, int]]:
    found = {name: each for base in type(view).__mro__ for name, each in vars(base).items()}
    return {(each.position, each.component) for each in found.values() if isinstance(each, Field)}


def walk(view: LoopView) -> tuple[list[SegmentView], list[Segment]]:
    """All segment views below a loop view, and what is kept as unparsed."""
    views: list[SegmentView] = []
    rest = list(view.unparsed)
    for name, each in vars(type(view)).items():
        value = getattr(view, name)
        if isinstance(each, One):
            views += [value] if value is not None else []
        elif isinstance(each, Many):
            views += value
        elif isinstance(each, OneLoop | ManyLoops):
            for below in value if isinstance(value, list) else [value] if value is not None else []:
                more, left = walk(below)
                views += more
                rest += left
    return views, rest


@pytest.mark.parametrize("path", KNOWN, ids=lambda path: path.name)
def test_every_segment_and_value_of_a_file_has_its_name_or_is_in_unparsed(path: Path) -> None:
    for transaction in read(path).transactions:
        if not transaction.known:
            continue
        views, rest = walk(VIEWS[transaction.kind](transaction))
        numbers = [each.segment.number for each in views] + [each.number for each in rest]
        seen = {each.number: each for each in transaction.segments()}
        doubled = {number for number in numbers if numbers.count(number) > 1}
        # one that comes too often in its loop is reached by the generic way alone
        extra = {each.number for each in seen.values() if each.number not in numbers}
        assert not doubled
        assert len(extra) <= 1, [seen[each] for each in extra]
        for view in views:
            segment = view.segment
            named = {position for position, _ in fields(view)}
            for position, text in enumerate(segment.elements):
                if position and text and position not in named:
                    assert text in view.unparsed, (segment.id, position)


def test_a_remittance_by_name() -> None:
    (transaction,) = read(FOLDER / "835" / "835_example.edi").transactions
    payment = payment_835.TransactionSet(transaction)
    header = payment.financial_information
    assert header is not None
    assert header.total_actual_provider_payment_amount_cents is not None
    claims = [claim for group in payment.loop_2000 for claim in group.loop_2100]
    paid = [each.claim_payment_information for each in claims]
    total = sum(each.claim_payment_amount_cents or 0 for each in paid if each is not None)
    level = sum(part.amount_cents for plb in payment.provider_adjustment for part in plb.adjustments)
    assert header.total_actual_provider_payment_amount_cents == total - level
    first = claims[0].loop_2110[0]
    assert first.service_payment_information is not None
    assert first.service_payment_information.segment.number == first.loop.number
    dates = first.service_date
    assert dates[0].service_date == date(2026, 10, 1) or isinstance(dates[0].service_date, date)


def test_a_claim_by_name() -> None:
    (transaction,) = read(FOLDER / "837p" / "medicare_primary_pt_with_referring.edi").transactions
    provider = claim_837p.TransactionSet(transaction).loop_2000a[0]
    assert provider.loop_2010aa is not None
    subscriber = provider.loop_2000b[0]
    (claim,) = subscriber.loop_2300
    information = claim.claim_information
    assert information is not None
    lines = [line.professional_service for line in claim.loop_2400]
    charges = [line.line_item_charge_amount_cents for line in lines if line is not None]
    assert sum(each or 0 for each in charges) == information.total_claim_charge_amount_cents
    first = lines[0]
    assert first is not None
    assert first.service_unit_count == Decimal(first.segment.get(4))


def test_a_value_that_is_none_says_where_it_stands() -> None:
    text = (FOLDER / "837p" / "medicare_primary_pt_with_referring.edi").read_text()
    claim = text[text.index("CLM*") :].split("~")[0]
    amount = claim.split("*")[2]
    bad = text.replace(claim, claim.replace(f"*{amount}*", "*12X*", 1))
    (transaction,) = read(bad.encode()).transactions
    (found,) = claim_837p.TransactionSet(transaction).loop_2000a[0].loop_2000b[0].loop_2300
    assert found.claim_information is not None
    with pytest.raises(X12Error) as error:
        _ = found.claim_information.total_claim_charge_amount_cents
    at = bad.index("12X")
    assert f"CLM02 at offset {at} is no amount of money" in str(error.value)
