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
from typing import Final, Literal
from unicodedata import category
from uuid import UUID

from claimloom.errors import PlainError
from schemas.decision import DecisionMade

LEASE_HOURS: Final = 24
# Payments that could not be posted: of work only these can be set aside.
UNPOSTED: Final = ("unmatched", "suspense")
LETTER: Final = "dead_letter"
OUTCOMES: Final = ("done", "not_worth_it", "wrong")
MAX_REASON: Final = 2000
MAX_KEY: Final = 200


@dataclass(frozen=True, slots=True)
class Item:
    """What a decision looks at of the work item, or the dead letter, that it is about. ``name`` is what whoever asks
    calls it.
    """

    id: UUID
    about: str
    kind: str
    state: str
    owner: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """What somebody asks for. ``key`` makes asking twice the same as asking once."""

    kind: str
    actor: str
    key: str
    now: datetime
    reason: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)


Kind = Literal["take", "release", "note", "set_aside", "close"]
Check = Callable[[Decision, Item], str]
"""What stands against it, as a sentence; empty if nothing does."""


@dataclass(frozen=True, slots=True)
class DecisionKind:
    """A row of the table: the words for people, which fields are needed, what may stand against it."""

    kind: Kind
    help: str
    needs: tuple[str, ...] = ()
    needs_reason: bool = False
    checks: tuple[Check, ...] = ()
    fills: Callable[[Decision], Mapping[str, str]] = lambda _: {}


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


def _is_outcome(decision: Decision, _: Item) -> str:
    found = decision.fields.get("outcome", "")
    return "" if found in OUTCOMES else f"cannot end as {found!r}; outcome is one of {', '.join(OUTCOMES)}"


def _until(decision: Decision) -> Mapping[str, str]:
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
            checks=(_is_open, _is_free, _is_outcome),
        ),
    )
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
        raise PlainError(f"{row.kind} needs {', '.join(missing)}: --with outcome={', or '.join(OUTCOMES)}")
    unknown = sorted(set(decision.fields) - set(row.needs))
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
    what = "dead letter" if item.kind == LETTER else "work item"
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
        fields={**decision.fields, **row.fills(decision)},
    )
