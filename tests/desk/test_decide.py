"""What may be decided, and what stands against it: the table alone, without a ledger."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import get_args
from uuid import UUID

import pytest

from claimloom.desk.decide import KINDS, ClaimFacts, Decision, Item, decide
from claimloom.errors import PlainError
from schemas.decision import DecisionMade

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
ITEM = Item(UUID(int=1), "claim-1", "underpaid", "open", "")
ASKED = Decision("take", "anna", "k-1", NOW)


def test_every_kind_of_the_event_is_a_row_and_no_other() -> None:
    assert set(KINDS) == set(get_args(DecisionMade.model_fields["kind"].annotation))


def test_who_takes_an_item_has_it_for_a_day() -> None:
    made = decide(ASKED, ITEM)
    assert (made.kind, made.actor, made.about, made.key) == ("take", "anna", "claim-1", "k-1")
    assert made.fields == {"until": "2026-11-21T12:00:00+00:00"}
    assert decide(ASKED, replace(ITEM, owner="anna")).kind == "take"  # again: for another day


@pytest.mark.parametrize(
    ("asked", "item", "said"),
    [
        ({}, {"owner": "ben"}, "is taken by ben"),
        ({}, {"state": "closed"}, "is closed already"),
        ({"kind": "release"}, {}, "is taken by nobody"),
        ({"kind": "release"}, {"owner": "ben"}, "is taken by ben, not by anna"),
        ({"kind": "note"}, {}, "needs a reason"),
        ({"kind": "note", "reason": "  "}, {}, "needs a reason"),
        ({"kind": "note", "reason": "x" * 2001}, {}, "at most 2,000"),
        ({"kind": "note", "reason": "a\0b"}, {}, "without control characters"),
        ({"kind": "note", "reason": "a\x1b[31m"}, {}, "without control characters"),
        ({"kind": "note", "reason": "a\udcff"}, {}, "without control characters"),
        ({"key": "a\nb"}, {}, "a key has at most 200 characters"),
        ({"key": "k" * 201}, {}, "a key has at most 200 characters"),
        ({"kind": "close", "reason": "r"}, {}, "close needs outcome: --with outcome=done"),
        ({"kind": "close", "reason": "r", "fields": {"outcome": "later"}}, {}, "outcome is one of done"),
        ({"kind": "close", "reason": "r", "fields": {"outcome": "done"}}, {"owner": "ben"}, "is taken by ben"),
        ({"kind": "set_aside", "reason": "r"}, {}, "only a payment that is not posted"),
        ({"kind": "set_asid", "reason": "r"}, {}, "is it set_aside?"),
        ({"kind": "pay"}, {}, "one of take"),
        ({"fields": {"until": "2030-01-01"}}, {}, "take takes no until"),
    ],
)
def test_what_stands_against_it_is_said(asked: dict[str, object], item: dict[str, str], said: str) -> None:
    with pytest.raises(PlainError, match=said):
        decide(replace(ASKED, **asked), replace(ITEM, **item))


@pytest.mark.parametrize(
    ("asked", "item"),
    [
        ({"kind": "release"}, {"owner": "anna"}),
        ({"kind": "note", "reason": "in review"}, {"owner": "ben", "state": "closed"}),
        ({"kind": "note", "reason": "first line\r\n\tsecond\u00a0line, ß 名前 🙂"}, {}),
        ({"kind": "set_aside", "reason": "not ours"}, {"kind": "unmatched"}),
        ({"kind": "set_aside", "reason": "not ours"}, {"kind": "suspense", "owner": "anna"}),
        ({"kind": "close", "reason": "paid", "fields": {"outcome": "done"}}, {}),
        ({"kind": "close", "reason": "four cents", "fields": {"outcome": "not_worth_it"}}, {"owner": "anna"}),
    ],
)
def test_its_lawful_neighbour_passes(asked: dict[str, object], item: dict[str, str]) -> None:
    made = decide(replace(ASKED, **asked), replace(ITEM, **item))
    assert made.kind == asked["kind"]


CLAIM = replace(ITEM, kind="claim", claim=ClaimFacts("paid", payers_after=True))
BILL = replace(ASKED, kind="bill_next_payer")


@pytest.mark.parametrize(
    ("kind", "facts", "said"),
    [
        ("bill_next_payer", {"payers_after": False}, "has no further insurance"),
        ("bill_next_payer", {"state": "sent"}, r"is not decided by its payer \(sent\)"),
        ("forwarded", {"payers_after": False}, "has no further insurance"),
        ("void", {"state": "clean"}, r"no claim that a payer has \(clean\)"),
        ("void", {"state": "denied"}, "there is nothing to take back"),
        ("void", {"is_voided": True}, "is voided already"),
        ("void", {"is_void": True}, "is voided already"),
        ("void", {"accepts_void": False}, "takes no voids"),
        ("resend", {}, "denied as a duplicate"),
        ("resend", {"state": "held"}, "was not sent yet"),
        ("resend", {"state": "sent", "is_replaced": True}, "has a newer version"),
    ],
)
def test_what_stands_against_a_decision_about_a_claim_is_said(kind: str, facts: dict[str, object], said: str) -> None:
    assert CLAIM.claim
    item = replace(CLAIM, claim=replace(CLAIM.claim, **facts))
    with pytest.raises(PlainError, match=said):
        decide(replace(ASKED, kind=kind, reason="r"), item)


def test_a_claim_that_may_be_is() -> None:
    assert decide(BILL, CLAIM).kind == "bill_next_payer"
    assert decide(replace(ASKED, kind="void", reason="r"), CLAIM).kind == "void"
    sent = replace(CLAIM, claim=ClaimFacts("batch_rejected"))
    assert decide(replace(ASKED, kind="resend", reason="r"), sent).kind == "resend"


@pytest.mark.parametrize("amount", ["", "12,50", "-3", "0", "1.234", "abc"])
def test_amount_is_dollars_and_cents(amount: str) -> None:
    asked = replace(ASKED, kind="refund", reason="r", fields={"amount": amount})
    with pytest.raises(PlainError, match=r"amount"):
        decide(asked, replace(ITEM, kind="overpaid", claim=ClaimFacts("paid")))


def test_only_what_is_too_much_is_paid_back() -> None:
    asked = replace(ASKED, kind="refund", reason="r", fields={"amount": "12.50"})
    with pytest.raises(PlainError, match="is no money too much"):
        decide(asked, ITEM)
    with pytest.raises(PlainError, match="names no claim"):
        decide(asked, replace(ITEM, kind="overpaid"))
    paid = ClaimFacts("paid", open_cents=-1250)
    assert decide(asked, replace(ITEM, kind="overpaid", claim=paid)).fields == {"amount": "12.50"}


def test_without_an_amount_all_that_is_open_is_meant() -> None:
    item = replace(ITEM, claim=ClaimFacts("denied", open_cents=22_500, patients_cents=7_500, never="CO-29 $150.00"))
    limit = {"reason": "r", "write_off_limit_cents": 25_000}
    made = decide(replace(ASKED, kind="write_off", **limit), item)
    assert (made.fields["amount"], made.fields["whole"], made.fields["state"]) == ("225.00", "yes", "done")
    assert decide(replace(ASKED, kind="to_patient", **limit), item).fields["amount"] == "75.00"
    paid = replace(ITEM, kind="overpaid", claim=ClaimFacts("paid", open_cents=-6358))
    assert decide(replace(ASKED, kind="refund", **limit), paid).fields["amount"] == "63.58"


@pytest.mark.parametrize(
    ("kind", "item", "fields", "said"),
    [
        ("write_off", {"open_cents": 100}, {"amount": "1.01"}, r"has \$1.00 open with its payer: that at most"),
        ("write_off", {"open_cents": 0}, {}, r"has \$0.00 open with its payer"),
        ("write_off", {"open_cents": -5}, {"amount": "1"}, r"has \$0.00 open with its payer"),
        ("write_off", {"open_cents": 100}, {"type": "tired"}, "type is one of small_balance"),
        (
            "to_patient",
            {"open_cents": 100, "patients_cents": 60, "never": "CO-29"},
            {"amount": "0.61"},
            r"\$0.60 that the",
        ),
        ("to_patient", {"open_cents": 100, "patients_cents": 0, "never": "CO-29"}, {}, r"\$0.00 that the .* CO-29"),
        ("refund", {"open_cents": -100}, {"amount": "1.01"}, r"is paid \$1.00 too much: return that at most"),
        ("refund", {"open_cents": 100}, {}, r"was paid nothing too much"),
        ("undo", {}, {}, "cannot be undone; refund, write_off, to_patient, match_line can"),
    ],
)
def test_more_than_there_is_cannot_be_moved(
    kind: str, item: dict[str, object], fields: dict[str, str], said: str
) -> None:
    about = replace(ITEM, kind="overpaid" if kind == "refund" else ITEM.kind, claim=ClaimFacts("paid", **item))
    with pytest.raises(PlainError, match=said):
        decide(replace(ASKED, kind=kind, reason="r", fields=fields, write_off_limit_cents=25_000), about)


def test_payers_letter_may_ask_for_more_than_we_hold_for_too_much() -> None:
    asked = replace(ASKED, kind="refund", reason="r", fields={"amount": "20"})
    facts = ClaimFacts("paid", open_cents=-1000, paid_cents=2000)
    assert decide(asked, replace(ITEM, kind="review", claim=facts, asks_back=True)).fields == {"amount": "20"}
    with pytest.raises(PlainError, match=r"is paid \$10.00 too much"):
        decide(asked, replace(ITEM, kind="review", claim=facts))
    with pytest.raises(PlainError, match=r"is paid \$19.99 by its payer"):
        decide(asked, replace(ITEM, kind="review", claim=replace(facts, paid_cents=1999), asks_back=True))


def test_above_the_limit_two_write_off_the_same() -> None:
    item = replace(ITEM, claim=ClaimFacts("denied"))
    asked = replace(ASKED, kind="write_off", reason="r", fields={"amount": "250.01"}, write_off_limit_cents=25_000)
    assert decide(replace(asked, fields={"amount": "250"}), item).fields["state"] == "done"
    assert decide(asked, item).fields["state"] == "asked"
    before = replace(item, asked_by="anna", asked_cents=25_001)
    with pytest.raises(PlainError, match="a second person has to agree"):
        decide(asked, before)
    made = decide(replace(asked, actor="ben"), before)
    assert (made.fields["state"], made.fields["asked_by"]) == ("done", "anna")
    other = decide(replace(asked, actor="ben", fields={"amount": "300"}), before)
    assert other.fields["state"] == "asked"
