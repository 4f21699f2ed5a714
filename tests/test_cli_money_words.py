"""What commands say of money in words for people: what an import brought, causes, payers by name and id."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from tests.command import claimloom
from tests.services.payers_say import (
    FIRST_LINES,
    MEDICARE,
    PLAN,
    SUPPLEMENT,
    Desk,
    Line,
    accepted,
    begin,
    remittance,
    told,
)

DAY, PAID = date(2026, 11, 20), date(2026, 12, 2)
PLAN_SAYS = ("EXAMPLE COMMERCIAL", "44444")


@pytest.fixture
def words(tmp_path: Path) -> Iterator[Desk]:
    made = begin(tmp_path / "d", DAY)
    yield made
    made.system.close()


def importing(desk: Desk, text: str, name: str) -> str:
    """What the import of an answer says."""
    path = desk.folder.parent / name
    path.write_text(text, encoding="utf-8")
    done = claimloom("remits", "import", path, "--data", desk.folder, "--as-of", PAID)
    assert done.returncode == 0, done.stderr
    return done.stdout


def replaced(desk: Desk) -> str:
    """The number of a claim that went out, and that a corrected visit replaced."""
    visit = told([PLAN])
    desk.visit(visit)
    (first,) = desk.sent()
    desk.give(accepted(first.number, "1126330000501", batch="B1"))
    desk.visit(visit | {"revision": 2, "timed": [{"code": "97530", "minutes": 30}, {"code": "97535", "minutes": 30}]})
    assert [each.frequency for each in desk.sent()] == ["1", "7"]
    assert desk.claims()[first.number].replaced_by
    return first.number


def test_import_says_that_a_replaced_claim_was_paid(words: Desk) -> None:
    number = replaced(words)
    said = importing(words, remittance(number, FIRST_LINES, trace="E1", paid="63.58", payer=PLAN_SAYS), "1.edi")
    assert said == "+1 paid of those replaced\n"


def test_import_says_that_a_replaced_claim_was_denied(words: Desk) -> None:
    number = replaced(words)
    lines = [Line(each.code, each.charge, "0", (f"CO*16*{each.charge}",)) for each in FIRST_LINES]
    said = importing(words, remittance(number, lines, trace="E1", paid="0", payer=PLAN_SAYS), "1.edi")
    assert said == "+1 denied of those replaced\n"


def test_import_says_what_was_paid_more_for_a_paid_claim(words: Desk) -> None:
    words.visit(told([PLAN, SUPPLEMENT]))
    (sent,) = words.sent()
    first = remittance(sent.number, FIRST_LINES, trace="E1", paid="63.58", payer=PLAN_SAYS, status="19")
    assert importing(words, first, "1.edi") == "+1 acknowledged, +1 paid\n"
    lines = (
        Line("HC:97530:GO", "150", "11.56", ("OA*23*138.44",)),
        Line("HC:97535:GO", "75", "4.66", ("OA*23*70.34",)),
    )
    second = remittance(
        sent.number, lines, trace="S1", paid="16.22", day="20261209", status="2", payer=("EXAMPLE SUPPLEMENT", "88888")
    )
    assert importing(words, second, "2.edi") == "+$16.22 paid, for claims that were answered before\n"
    assert importing(words, second, "3.edi") == "nothing changed\n"


def test_import_says_what_was_read_where_no_claim_stands_otherwise(words: Desk) -> None:
    words.visit(told([PLAN, SUPPLEMENT]))
    (sent,) = words.sent()
    first = remittance(sent.number, FIRST_LINES, trace="E1", paid="63.58", payer=PLAN_SAYS, status="19")
    importing(words, first, "1.edi")
    lines = [Line(each.code, each.charge, "0", (f"OA*23*{each.charge}",)) for each in FIRST_LINES]
    nothing = remittance(
        sent.number, lines, trace="S1", paid="0", day="20261209", status="2", payer=("EXAMPLE SUPPLEMENT", "88888")
    )
    assert importing(words, nothing, "2.edi") == "1 new record read, no claim stands otherwise\n"


def test_causes_are_read_in_words_and_named_in_json(words: Desk) -> None:
    words.visit(told([MEDICARE]))
    (sent,) = words.sent()
    less = (Line("HC:97530:GO", "150", "30", ("CO*45*98.41**59*9.11**253*0.92", "PR*2*11.56")), FIRST_LINES[1])
    importing(words, remittance(sent.number, less, trace="E1", paid="48.27"), "1.edi")
    where = ("--data", words.folder, "--as-of", PAID)
    shown = claimloom("claims", "show", sent.number, "--data", words.folder).stdout
    found = json.loads(claimloom("claims", "show", sent.number, "--data", words.folder, "--json").stdout)
    (cause,) = found["claim"]["causes"][:1]
    assert cause["cause"] == "contract_rate"
    summed = claimloom("underpayments", *where).stdout
    assert "contract_rate" in claimloom("underpayments", *where, "--json").stdout
    worklist = claimloom("worklist", *where).stdout
    for text in (shown, summed, worklist):
        assert "not the fee agreed on" in " ".join(text.split())
        assert "contract_rate" not in text


def test_balance_by_payer_names_two_payers_of_one_name_apart(words: Desk) -> None:
    other = PLAN | {"payer_id": "44445"}
    words.visit(told([PLAN]), told([other], session_id="S-2", patient={**told([PLAN])["patient"], "patient_id": "P-9"}))
    said = claimloom("accounts", "balance", "--by", "payer", "--data", words.folder, "--as-of", PAID).stdout
    assert "EXAMPLE COMMERCIAL (44444)" in said
    assert "EXAMPLE COMMERCIAL (44445)" in said
    clinics = claimloom("accounts", "balance", "--by", "clinic", "--data", words.folder, "--as-of", PAID).stdout
    assert "(" not in clinics.splitlines()[1]
