"""Ways to break the reconciler on purpose, to see whether the grade falls: one that cannot fall proves nothing.

A way names a function by module and name, and puts something else in its place wherever it is used. A name that is not
there any more is an error: then the way is to be pointed at what has its place.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from decimal import Decimal
from importlib import import_module
from typing import Any, Final

Change = Callable[[Any], Any]
"""Gets the function, gives what stands in its place."""


@dataclass(frozen=True, slots=True)
class Way:
    """How it is broken, and a few scenarios that must notice."""

    does: str
    function: str
    """``module:name``."""
    change: Change
    scenarios: tuple[str, ...]


def _always(value: Any) -> Change:
    return lambda _: lambda *args, **kwargs: value


def _then(after: Callable[[Any], Any]) -> Change:
    """What the function gives is changed."""
    return lambda was: lambda *args, **kwargs: after(was(*args, **kwargs))


WAYS: Final[dict[str, Way]] = {
    "underpaid_is_fine": Way(
        "an underpayment is called paid as expected",
        "claimloom.remit.outcome:_outcome",
        _then(lambda outcome: "paid_as_expected" if outcome == "underpaid" else outcome),
        ("contract_rate_short", "unit_cut"),
    ),
    "overpaid_is_fine": Way(
        "an overpayment is called paid as expected",
        "claimloom.remit.outcome:_outcome",
        _then(lambda outcome: "paid_as_expected" if outcome == "overpaid" else outcome),
        ("paid_twice", "mppr_forgotten"),
    ),
    "nothing_is_denied": Way(
        "no reason is a denial",
        "claimloom.remit.classify:is_denial",
        _always(False),
        ("denied_timely", "denied_authorization"),
    ),
    "all_denials_alike": Way(
        "every denial is one of coding",
        "claimloom.remit.classify:denial",
        _then(lambda denial: denial.model_copy(update={"category": "coding"})),
        ("denied_timely", "denied_records"),
    ),
    "no_reduction": Way(
        "no MPPR is expected",
        "claimloom.pricing.rates:_mppr",
        _always(False),
        ("paid_as_contracted", "mppr_forgotten"),
    ),
    "no_sequestration": Way(
        "no sequestration is expected",
        "claimloom.pricing.price:_cuts",
        _then(lambda cuts: (cuts[0], Decimal(0))),
        ("paid_as_contracted", "deductible"),
    ),
    "no_assistant_cut": Way(
        "no cut for assistants is expected",
        "claimloom.pricing.price:_cuts",
        _then(lambda cuts: (Decimal(1), cuts[1])),
        ("assistant_cut",),
    ),
    "causes_unnamed": Way(
        "no cause on a line has its name",
        "claimloom.remit.causes:line_causes",
        _then(lambda causes: [each.model_copy(update={"cause": "unexplained"}) for each in causes]),
        ("unit_cut",),
    ),
    "reversals_ignored": Way(
        "nothing is taken back by a reversal",
        "claimloom.remit.answers:_taken_back",
        _always([]),
        ("reversal_then_denied", "reversal_then_correct"),
    ),
    "no_later_payer": Way(
        "no answer is a later payer's",
        "claimloom.remit.answers:_later",
        _always(set()),
        ("crossover_second_pays",),
    ),
    "no_patient": Way(
        "nothing is the patient's share",
        "claimloom.remit.outcome:reconcile",
        _then(lambda result: replace(result, patient_cents=0)),
        ("deductible", "copay_on_claim"),
    ),
    "nothing_to_do": Way(
        "no remittance makes work",
        "claimloom.desk.next_action:of_result",
        _always(None),
        ("denied_timely", "paid_twice"),
    ),
}


@contextmanager
def broken(name: str) -> Iterator[Way]:
    """The reconciler broken in that way, wherever the function is known by its name; whole again afterwards."""
    way = WAYS[name]
    module, _, function = way.function.partition(":")
    was = getattr(import_module(module), function)
    instead = way.change(was)
    places = [
        (found, key)
        for title, found in list(sys.modules.items())
        if title.partition(".")[0] in ("claimloom", "services")
        for key, value in list(vars(found).items())
        if value is was
    ]
    for found, key in places:
        setattr(found, key, instead)
    try:
        yield way
    finally:
        for found, key in places:
            setattr(found, key, was)
