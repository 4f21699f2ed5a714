"""What a person may decide about a work item or a dead letter: one table of kinds, each with what it needs and when
it may be.

Command line, pages and programs make the same ``Decision`` and give it to ``decide``. The answer is the payload of
``decision-made``; what follows is done by the services that keep what it is about, from the event, so that replay does
the same. A new kind is a row in ``KINDS``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from difflib import get_close_matches
from typing import Final
from unicodedata import category
from uuid import UUID

from claimloom.desk.correction import NOTHING_TO_VOID
from claimloom.desk.money_decided import (
    CLAIM,
    NOT_SENT,
    UNDOABLE,
    amount_of,
    as_it_was,
    can_be_undone,
    is_amount,
    is_confirmed_by_another,
    is_there,
    is_too_much,
    is_type,
    written_off,
)
from claimloom.desk.second_look import FAILED, KIND, PASSED
from claimloom.errors import PlainError
from schemas.decision import DecisionMade, DecisionName

LEASE_HOURS: Final = 24
# Payments that could not be posted: of work only these can be set aside.
UNPOSTED: Final = ("unmatched", "suspense")
MATCH, UNPOST, UNDO = "match", "unpost", "undo"
MATCH_LINE: Final = "match_line"
MATCHABLE: Final = "unmatched"
LETTER: Final = "dead_letter"
OUTCOMES: Final = ("done", "not_worth_it", "wrong")
NEXT: Final = ("next_payer", "other_payer")
DECISION: Final = "decision"
DECIDED: Final = frozenset({"paid", "denied", "reversed"})
MAX_REASON: Final = 2000
MAX_KEY: Final = 200


@dataclass(frozen=True, slots=True)
class ClaimFacts:
    """What a decision looks at of a claim: how it stands, whether another took its place, whether a payer comes after
    its own, whether it is a void or voided, and whether its payer takes voids. ``open_cents``: what its payer owes of
    the visit, less than zero where it is owed; ``patients_cents`` of it the patient may be billed, and ``never`` says
    why not more; ``paid_cents``: what it paid of the visit and was not returned.
    """

    state: str
    is_replaced: bool = False
    payers_after: bool = False
    is_void: bool = False
    is_voided: bool = False
    accepts_void: bool = True
    open_cents: int | None = None
    patients_cents: int = 0
    never: str = ""
    paid_cents: int = 0


@dataclass(frozen=True, slots=True)
class Item:
    """What a decision looks at of the work item, the dead letter or the claim that it is about. ``name`` is what
    whoever asks calls it. ``asked_by``: who asked before to write this off, ``asked_cents`` of it. ``made``: the
    decision that it is about; closed: it is undone. ``asks_back``: its payer asks for money beside the claims (PLB).
    ``overtaken``: its claim is no more what goes out for the visit.
    """

    id: UUID
    about: str
    kind: str
    state: str
    owner: str
    name: str = ""
    claim: ClaimFacts | None = None
    asked_by: str = ""
    asked_cents: int = 0
    made: DecisionMade | None = None
    asks_back: bool = False
    overtaken: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """What somebody asks for. ``key`` makes asking twice the same as asking once; ``write_off_limit_cents`` is what one
    person may write off alone.
    """

    kind: str
    actor: str
    key: str
    now: datetime
    reason: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    write_off_limit_cents: int = 0


Check = Callable[[Decision, Item], str]
"""What stands against it, as a sentence; empty if nothing does."""


@dataclass(frozen=True, slots=True)
class DecisionKind:
    """A row of the table: the words for people, which fields are needed, what may stand against it."""

    kind: DecisionName
    help: str
    needs: tuple[str, ...] = ()
    takes: tuple[str, ...] = ()
    needs_reason: bool = False
    checks: tuple[Check, ...] = ()
    fills: Callable[[Decision, Item], Mapping[str, str]] = lambda _, __: {}
    of_claim: bool = False
    ends: tuple[str, ...] = ()
    """``takes``: fields that may be left off; ``of_claim``: about a claim, whether or not there is work about it;
    ``ends``: kinds of work about it that it settles.
    """


def _is_open(_: Decision, item: Item) -> str:
    if item.state == "open":
        return ""
    return "is set aside already" if item.kind == LETTER else "is closed already"


def _is_free(decision: Decision, item: Item) -> str:
    if not item.owner or item.owner == decision.actor:
        return ""
    return f"is taken by {item.owner}, who may release it"


def _is_theirs(decision: Decision, item: Item) -> str:
    if not item.owner:
        return "is taken by nobody"
    return "" if item.owner == decision.actor else f"is taken by {item.owner}, not by {decision.actor}"


def _is_unposted(_: Decision, item: Item) -> str:
    return (
        ""
        if item.kind in (*UNPOSTED, LETTER)
        else f"is about a claim ({item.kind}); only a payment that is not posted is set aside"
    )


def _is_unmatched(_: Decision, item: Item) -> str:
    return "" if item.kind == MATCHABLE else f"is no payment without a claim ({item.kind}); only that is matched"


def _is_to_review(_: Decision, item: Item) -> str:
    if item.kind != KIND:
        return f"was not drawn for review ({item.kind})"
    return "is overtaken: its visit was withdrawn or told anew" if item.overtaken else ""


def _is_no_review(_: Decision, item: Item) -> str:
    """Closed, its claim would stay held with nobody asked about it."""
    return "" if item.kind != KIND else "waits for its reviewer: decide review_passed, or decide review_failed"


def _is_outcome(decision: Decision, _: Item) -> str:
    found = decision.fields.get("outcome", "")
    return "" if found in OUTCOMES else f"cannot end as {found!r}; outcome is one of {', '.join(OUTCOMES)}"


def _is_of_a_claim(_: Decision, item: Item) -> str:
    return "" if item.claim else "is about no claim"


def _can_be_voided(_: Decision, item: Item) -> str:
    claim = item.claim
    if claim is None:
        return "is about no claim"
    if claim.is_void or claim.is_voided:
        return "is voided already"
    if claim.state in NOT_SENT:
        return f"is no claim that a payer has ({claim.state}); withdraw the visit and it is never sent"
    if claim.state in NOTHING_TO_VOID:
        return f"is {claim.state}: there is nothing to take back"
    if not claim.accepts_void:
        return "went to a payer that takes no voids: ask it for a reopening, and return what was paid (refund)"
    return ""


def _can_be_sent_again(_: Decision, item: Item) -> str:
    claim = item.claim
    if claim is None:
        return "is about no claim"
    if claim.is_replaced:
        return "has a newer version; that one is sent"
    if claim.state in NOT_SENT:
        return f"was not sent yet ({claim.state})"
    if claim.state in DECIDED:
        return f"is {claim.state}: sent unchanged it is denied as a duplicate (CARC 18); correct the visit instead"
    return ""


def _has_a_next_payer(_: Decision, item: Item) -> str:
    if item.claim is None:
        return "is about no claim"
    return "" if item.claim.payers_after else "has no further insurance: add it to the visit and raise the revision"


def _is_answered(_: Decision, item: Item) -> str:
    if item.claim is None or item.claim.state in ("paid", "denied"):
        return ""
    return f"is not decided by its payer ({item.claim.state}): a later payer wants to know what it paid"


def _until(decision: Decision, _: Item) -> Mapping[str, str]:
    return {"until": (decision.now + timedelta(hours=LEASE_HOURS)).isoformat()}


KINDS: Final = {
    each.kind: each
    for each in (
        DecisionKind("take", f"work on it alone, for {LEASE_HOURS} hours", checks=(_is_open, _is_free), fills=_until),
        DecisionKind("release", "give it back to all", checks=(_is_open, _is_theirs)),
        DecisionKind("note", "write down what was found out", needs_reason=True),
        DecisionKind(
            "set_aside",
            "a payment is not ours to post, or of a dead letter nothing is to be done: it waits no longer",
            needs_reason=True,
            checks=(_is_open, _is_free, _is_unposted),
        ),
        DecisionKind(
            "close",
            "nothing more is to be done",
            needs=("outcome",),
            needs_reason=True,
            checks=(_is_open, _is_free, _is_no_review, _is_outcome),
        ),
        DecisionKind(
            "match",
            "a payment is this claim's: it is posted there",
            needs=("claim",),
            needs_reason=True,
            checks=(_is_open, _is_free, _is_unmatched),
        ),
        DecisionKind(
            "bill_next_payer",
            "the next payer gets the claim now, with what was answered so far",
            checks=(_is_free, _has_a_next_payer, _is_answered),
            of_claim=True,
            ends=NEXT,
        ),
        DecisionKind(
            "forwarded",
            "the next payer has the claim already: it is not billed, and asked about again if it says nothing",
            needs_reason=True,
            checks=(_is_free, _has_a_next_payer),
            of_claim=True,
            ends=NEXT,
        ),
        DecisionKind(
            "void",
            "take back a claim that went out (frequency 8)",
            needs_reason=True,
            checks=(_is_free, _can_be_voided),
            of_claim=True,
        ),
        DecisionKind(
            "resend",
            "send a claim once more as it is, under its number: its payer never had it",
            needs_reason=True,
            checks=(_is_free, _can_be_sent_again),
            of_claim=True,
            ends=("rejected",),
        ),
        DecisionKind(
            "unpost",
            "a payment is not this claim's: it leaves it and is asked about again",
            needs=("payment",),
            needs_reason=True,
            checks=(_is_free,),
            of_claim=True,
        ),
        DecisionKind(
            MATCH_LINE,
            "a line of a payment is for this line of the claim, or (to=none) for none of its lines",
            needs=("payment", "line", "to"),
            takes=("remittance",),
            needs_reason=True,
            checks=(_is_free,),
            of_claim=True,
        ),
        DecisionKind(
            "refund",
            "money that was too much was returned to who paid it",
            takes=("amount",),
            needs_reason=True,
            checks=(_is_open, _is_free, is_too_much, is_amount, is_there),
            fills=amount_of,
        ),
        DecisionKind(
            "write_off",
            "give money up; above the limit a second person decides the same",
            takes=("amount", "type"),
            needs_reason=True,
            checks=(_is_open, _is_free, _is_of_a_claim, is_amount, is_there, is_type, is_confirmed_by_another),
            fills=written_off,
        ),
        DecisionKind(
            "to_patient",
            "the patient owes it and is billed for it",
            takes=("amount",),
            needs_reason=True,
            checks=(_is_open, _is_free, _is_of_a_claim, is_amount, is_there),
            fills=amount_of,
        ),
        DecisionKind(
            PASSED,
            "a claim that was drawn for review is right: the rules are asked once more, and it goes out",
            checks=(_is_open, _is_free, _is_to_review),
        ),
        DecisionKind(
            FAILED,
            "a claim that was drawn for review is not right: it stays held until the visit is corrected",
            needs_reason=True,
            checks=(_is_open, _is_free, _is_to_review),
        ),
        DecisionKind(
            "undo",
            f"take {', '.join(UNDOABLE[:-1])} or {UNDOABLE[-1]} back, by the id of that decision or its claim",
            needs_reason=True,
            checks=(can_be_undone,),
            fills=as_it_was,
        ),
    )
}


FIELDS: Final = {
    "outcome": f"--with outcome={', or '.join(OUTCOMES)}",
    "payment": "--with payment=TRACE",
    "claim": "--with claim=NUMBER",
    "line": "--with line=NUMBER (claims show counts those of the payment)",
    "to": "--with to=LINE of the claim, or none",
}


def _is_written(letter: str) -> bool:
    return letter in "\t\r\n" or category(letter) not in ("Cc", "Cs")


def decide(decision: Decision, item: Item) -> DecisionMade:
    """The event's payload; PlainError with what stands against it."""
    row = KINDS.get(decision.kind)  # type: ignore[call-overload]
    if row is None:
        near = get_close_matches(decision.kind, KINDS, n=1)
        raise PlainError(f"decision {decision.kind}: {'is it ' + near[0] if near else 'one of ' + ', '.join(KINDS)}?")
    missing = [name for name in row.needs if not decision.fields.get(name)]
    if missing:
        raise PlainError(f"{row.kind} needs {', '.join(missing)}: {' '.join(FIELDS[name] for name in missing)}")
    unknown = sorted(set(decision.fields) - {*row.needs, *row.takes})
    if unknown:
        raise PlainError(f"{row.kind} takes no {', '.join(unknown)}")
    if row.needs_reason and not decision.reason.strip():
        raise PlainError(f"{row.kind} needs a reason: --reason says why")
    if len(decision.reason) > MAX_REASON:
        raise PlainError(f"a reason has at most {MAX_REASON:,} characters")
    if not all(map(_is_written, decision.reason)):
        raise PlainError("a reason is text: without control characters, lines and tabs aside")
    if not decision.key.isprintable() or len(decision.key) > MAX_KEY:
        raise PlainError(f"a key has at most {MAX_KEY} characters, in one line")
    named = {LETTER: "dead letter", DECISION: "decision", CLAIM: "claim"}
    what = named.get(item.kind, "claim" if row.of_claim else "work item")
    if row.kind != UNDO and item.kind == DECISION:
        raise PlainError(f"{what} {item.name or item.id} is no work item: it can be undone")
    if item.kind == LETTER and row.kind != "set_aside":
        raise PlainError(f"{what} {item.name or item.id} is no work item: it is given again (redrive) or set aside")
    for check in row.checks:
        if said := check(decision, item):
            raise PlainError(f"{what} {item.name or item.id} {said}")
    return DecisionMade(
        key=decision.key,
        kind=row.kind,
        work_id=item.id,
        about=item.about,
        actor=decision.actor,
        reason=decision.reason,
        fields={**decision.fields, **row.fills(decision, item)},
    )
