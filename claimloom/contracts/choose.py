"""Which term counts for a service: the most specific one; and which terms contradict each other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import combinations

from claimloom.contracts.terms import CONDITIONS, Fees, PricedService, Term
from claimloom.errors import PlainError


class TermsTiedError(PlainError):
    """Two terms fit a service equally well, so that none can be chosen."""


def choose(terms: Sequence[Term], service: PricedService, on: date) -> Term | None:
    """The term with the most conditions of those that hold; None if none does; TermsTiedError if two are as specific.

    A contract's terms go before what its payer's own file says.
    """
    found = [term for term in terms if term.in_force(on) and term.holds(service)]
    if len(found) < 2:
        return found[0] if found else None
    best = max((term.rank, term.weight) for term in found)
    first, *others = [term for term in found if (term.rank, term.weight) == best]
    if others:
        raise TermsTiedError(tied(first, others[0]))
    return first


def lined_up(terms: Sequence[Term]) -> list[Term]:
    """The terms with the days on which each ends: one without ``until`` counts until the next with the same conditions
    and way of paying begins. In the order of their beginning, so that any order of a file gives the same.
    """
    ended = []
    for term in terms:
        later = [
            each.starts
            for each in terms
            if each.starts > term.starts
            and (each.rank, each.when, _table(each)) == (term.rank, term.when, _table(term))
        ]
        until = min(later) - timedelta(days=1) if later else None
        ended.append(replace(term, until=until) if term.until is None and until else term)
    return sorted(ended, key=lambda term: (term.starts, term.file, term.key))


def _table(term: Term) -> bool:
    return isinstance(term.way, Fees)


def ties(terms: Sequence[Term]) -> Iterator[tuple[Term, Term]]:
    """Pairs of lined up terms that fit some service on some day equally well."""
    for one, other in combinations(terms, 2):
        if (one.rank, one.weight) == (other.rank, other.weight) and _meet(one, other):
            yield one, other


def gaps(terms: Sequence[Term]) -> Iterator[tuple[date, date, Term]]:
    """First and last day between a lined up term and the next with the same conditions; neither counts there."""
    for term in terms:
        alike = [each for each in terms if (each.when, _table(each)) == (term.when, _table(term))]
        later = [each.starts for each in alike if each.starts > term.starts]
        if term.until is None or not later:
            continue
        first, last = term.until + timedelta(days=1), min(later) - timedelta(days=1)
        if first <= last:
            yield first, last, term


def _meet(one: Term, other: Term) -> bool:
    if any(a.until is not None and a.until < b.starts for a, b in ((one, other), (other, one))):
        return False
    for name in CONDITIONS:
        mine, theirs = one.values(name), other.values(name)
        # A line has several modifiers: two that differ may stand on one line.
        if name != "modifier" and mine is not None and theirs is not None and not mine & theirs:
            return False
    return True


def tied(one: Term, other: Term) -> str:
    """What stands against each other, in words."""
    shared = sorted((one.values("code") or frozenset()) & (other.values("code") or frozenset()))
    codes = f" for {', '.join(shared[:5])}{' ...' if len(shared) > 5 else ''}" if shared else ""
    where = f"{other.key} of {other.file}" if one.file != other.file else other.key
    return (
        f"{one.file}: {one.key} and {where} fit equally well{codes} from {max(one.starts, other.starts)} on; "
        "end one with until, or give one a further condition"
    )


def because(term: Term, terms: Sequence[Term], service: PricedService, on: date) -> str:
    """Why this term: what it is conditional on, and how many others would have fitted."""
    others = sum(each is not term and each.in_force(on) and each.holds(service) for each in terms)
    names = [name for name, _ in term.when]
    if isinstance(term.way, Fees) and "code" not in names:
        names.append("code")
    by = f"by {', '.join(names)}" if names else "for everything"
    return f"{by}, before {others} less specific" if others else by
