"""A second pair of eyes: clean claims that are drawn by chance wait for a person, who says whether they go out."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from claimloom.desk.next_action import held_until, worth
from claimloom.scrub.case import Case
from schemas.claim import ClaimScrubbed, Finding, Severity
from schemas.followup import NextAction

PASSED: Final = "review_passed"
FAILED: Final = "review_failed"
KIND: Final = "claim_review"
CODE: Final = "REVIEW"
"""Of findings that no rule has: what holds a claim is its review."""
DAYS: Final = 2
"""A claim that is in order should not wait for longer."""
ASKED: Final = "look at visit and claim, then decide review_passed; or decide review_failed and say what is wrong"


def looked_at(
    scrubbed: ClaimScrubbed, case: Case, worth_cents: int | None, sample: str, reviewer: str
) -> ClaimScrubbed:
    """A clean claim as it waits for its reviewer (empty: for anybody)."""
    who = reviewer or "a second person"
    found = Finding(
        code=CODE,
        severity=Severity.ERROR,
        message=f"drawn for review: {who} looks at it before it goes out",
        fixes=[ASKED],
    )
    latest, last = held_until(case)
    action = NextAction(
        kind=KIND,
        reason=f"drawn for review ({sample})",
        action=ASKED,
        due=max(case.as_of, min(latest, case.as_of + timedelta(days=DAYS))),
        last_day=last,
        for_whom=reviewer,
        **worth(worth_cents, scrubbed.total_charge_cents),
    )
    return _held(scrubbed, found).model_copy(update={"review": sample, "next_action": action})


def not_passed(scrubbed: ClaimScrubbed) -> ClaimScrubbed:
    """A claim that its reviewer did not let go."""
    fix = "correct in the visit what the reviewer found (claims show tells)"
    return _held(scrubbed, Finding(code=CODE, severity=Severity.ERROR, message="the review did not pass", fixes=[fix]))


def _held(scrubbed: ClaimScrubbed, found: Finding) -> ClaimScrubbed:
    findings = sorted([*scrubbed.findings, found], key=lambda each: (each.code, each.line_number or 0))
    fixes = [*scrubbed.smallest_fix, *found.fixes]
    more = {"verdict": "held", "findings": findings, "smallest_fix": fixes, "warned": []}
    return scrubbed.model_copy(update=more)
