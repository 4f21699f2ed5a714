"""What people decide about what is owed: money given up, moved to the patient, or returned to who paid it.

A decision says what somebody asked for; how much of it stands follows from what the payer owes without it, so that it
is the same in whatever order they are told. Where a payer pays after all, the patient's part gives way first, then what
was given up: nobody is billed for what was paid. The patient's part gives way as well to what the payer's newest answer
keeps from them. Of a refund that no overpayment stands behind any more, because the
payer took the money back as well, the rest waits where the payer's word about it goes (PLB 72, X12 RFI 325 and 484).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from operator import sub
from typing import Any, Final, NamedTuple

from claimloom.accounts.entry import ACCOUNTS, ANSWER, LEVEL, UNPOSTED, Legs
from schemas.decision import DecisionMade
from schemas.money import cents_of

REFUND, WRITE_OFF, TO_PATIENT, UNDO = "refund", "write_off", "to_patient", "undo"
GIVES_WAY: Final = "gives_way"
"""Kind of an entry: what was decided gives way, or comes back, since the payer decided otherwise."""
MONEY: Final = (REFUND, WRITE_OFF, TO_PATIENT)
"""Decisions that move money."""
BY_PEOPLE: Final = frozenset((*MONEY, GIVES_WAY))
"""Kinds of entries that follow from decisions."""
RECOVERED: Final = "recovered"
"""Kind of an entry: the payer took what it had paid too much beside its claims (PLB WO), and is owed it no more."""
FOLLOWING: Final = BY_PEOPLE | {RECOVERED}
"""Kinds of entries of which as much stands as what is owed without them bears."""
TYPES: Final = (
    *("small_balance", "filed_too_late", "no_authorization", "not_covered", "bad_debt", "charity", "courtesy"),
    *("administrative", "other"),
)
"""What money is given up for: reasons of write-offs, beside those that answers bring."""
OTHER: Final = "other"
ASKED: Final = "asked"
"""State of a write-off that waits for a second person: it moves nothing."""


class DecidedMove(NamedTuple):
    """What a decision moves: its kind, what for (of a write-off), and cents; less than zero where it is undone."""

    kind: str
    reason: str
    cents: int


def moved_by(made: DecisionMade) -> DecidedMove | None:
    """What a decision moves, if it moves money."""
    fields, kind, sign = made.fields, str(made.kind), 1
    if kind == UNDO:
        kind, sign = fields.get("kind", ""), -1
    if kind not in MONEY or fields.get("state") == ASKED:
        return None
    cents = cents_of(fields.get("amount", "")) or 0
    return DecidedMove(kind, fields.get("type", OTHER) if kind == WRITE_OFF else kind, sign * cents) if cents else None


@dataclass(slots=True)
class AskedOfAccount:
    """Cents that people decided on for what one payer owes of a visit, write-offs by what they are for; and what the
    payer took beside its claims, by the name of one of them, and did not give back (X12 RFI 227, 1976, 2370).
    """

    refund: int = 0
    patient: int = 0
    taken: int = 0
    write_offs: dict[str, int] = field(default_factory=dict)

    def add(self, kind: str, reasons: Mapping[str, int]) -> None:
        """One decision more, or one less."""
        for name, cents in reasons.items():
            if kind == REFUND:
                self.refund += cents
            elif kind == TO_PATIENT:
                self.patient += cents
            else:
                self.write_offs[name] = self.write_offs.get(name, 0) + cents

    def stands(self, owed_cents: int, never_cents: int) -> Legs:
        """What of it stands where a payer owes so much without it (less than zero: it is owed), of which so much is
        never the patient's.
        """
        refund = max(self.refund, 0)
        returned = min(refund, max(-owed_cents, 0))
        room = max(owed_cents, 0)
        write_off = min(sum(max(cents, 0) for cents in self.write_offs.values()), room)
        patient = min(max(self.patient, 0), room - write_off, max(room - never_cents, 0))
        return Legs(
            receivable=returned - write_off - patient,
            patient=patient,
            write_off=write_off,
            cash=-refund,
            other=refund - returned,
        )

    def recovered(self, owed_cents: int) -> Legs:
        """How much of what the payer took is what it is owed; what we returned ourselves goes first."""
        over = max(-owed_cents, 0)
        cents = min(max(self.taken, 0), over - min(max(self.refund, 0), over))
        return Legs(receivable=cents, other=-cents)


def newest_answer(rows: Iterable[Mapping[str, Any]]) -> int | None:
    """The place of a payer's newest answer to the newest version of a visit's claim that has one, without what was
    taken off it. Until a newer version is answered, the answer to the one before holds.
    """
    last: dict[int, Mapping[str, Any]] = {}
    for row in sorted(rows, key=lambda row: int(row["place"])):
        if row["kind"] in (ANSWER, UNPOSTED):
            last[row["claim"]] = row
    answers = [(row["version"], row["place"]) for row in last.values() if row["kind"] == ANSWER]
    return max(answers)[1] if answers else None


def uneven(
    rows: Sequence[dict[str, Any]], payers: Mapping[int, str], never: Callable[[int], int]
) -> Iterator[tuple[list[dict[str, Any]], str, Legs]]:
    """Of each payer of a visit for whom what people decided, or what it took, stands otherwise than posted: the entries
    of that, the kind of the next one, and what is missing of them. ``rows``: all entries of the visit; ``payers``: of
    its claims, by place; ``never``: cents that the answer at a place keeps from the patient.
    """
    of: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        of.setdefault(payers[row["claim"]], []).append(row)
    for _, mine in sorted(of.items()):
        theirs = [row for row in mine if row["kind"] in BY_PEOPLE]
        asked = AskedOfAccount()
        for row in theirs:
            if row["kind"] != GIVES_WAY:
                asked.add(row["kind"], json.loads(row["reasons"] or "{}"))
        told = [row for row in mine if row["kind"] == LEVEL]
        asked.taken = sum(int(row["other_cents"]) for row in told)
        owed = sum(row["receivable_cents"] for row in mine if row["kind"] not in FOLLOWING)
        answer = newest_answer(mine) if asked.patient > 0 else None
        stands = asked.stands(owed, never(answer) if answer is not None else 0)
        taken = [row for row in mine if row["kind"] == RECOVERED]
        for some, kind, legs in ((theirs, GIVES_WAY, stands), (taken, RECOVERED, asked.recovered(owed))):
            missing = Legs(*map(sub, legs, _sum_of(some)))
            if not missing.is_empty:
                yield some or told, kind, missing


def _sum_of(rows: Iterable[Mapping[str, Any]]) -> Legs:
    some = list(rows)
    return Legs(*(sum(row[f"{name}_cents"] for row in some) for name in ACCOUNTS))
