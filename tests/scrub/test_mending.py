"""The smallest change of a held claim: in words, with who can make it, tried before it is offered."""

from __future__ import annotations

import re
from typing import Any, Final

import pytest

from claimloom.scrub import scrub
from claimloom.scrub.case import Case
from claimloom.scrub.mending import AUTOMATIC, mend, smallest_changes
from schemas.claim import Finding, Needs, Severity
from schemas.fields import without_names
from schemas.fix_words import words_of_fix
from tests.scrub.test_rules import case, patient, timed
from tests.scrub.test_whole import FAILING, Row

WORDY: Final[dict[str, Any]] = {"authorization": {"number": "Auth # VA0012345"}}


def errors_of(made: Case) -> list[Finding]:
    return [each for each in scrub(made).findings if each.severity is Severity.ERROR]


def steps(made: Case) -> list[tuple[str, Needs, list[str]]]:
    return [(each.text, each.needs, each.rules) for each in scrub(made).fix]


def test_parts_say_who_can_make_them() -> None:
    """A number with words before it, a name with a digit, a code pair that is never paid together."""
    broken = case(
        patient=patient(name={"last": "D0E", "first": "JANE"}), **WORDY, **timed(("97140", 15), ("97124", 15))
    )
    found = {rules[0]: (text, needs) for text, needs, rules in steps(broken)}
    assert found == {
        "AUT-005": ("leave only the number in the authorization's number, without words before it", Needs.AUTOMATIC),
        "SUB-010": ("correct the patient's name", Needs.FACT),
        "NCC-001": ("take 97124 out of the visit", Needs.CLINICIAN),
    }
    assert words_of_fix(scrub(broken))[-1].endswith(")")


def test_automatic_is_only_what_was_tried_and_frees() -> None:
    """A number that no file can hold when its words are gone is asked for."""
    assert [needs for _, needs, _ in steps(case(**WORDY))] == [Needs.AUTOMATIC]
    left = case(authorization={"number": "Auth # VA#12345"})
    assert [(needs, rules) for _, needs, rules in steps(left)] == [(Needs.FACT, ["AUT-005"])]


def test_a_change_that_brings_another_error_is_not_offered_first() -> None:
    """97130 is an add-on of 97129: who takes that one out has another error (LIN-009)."""
    made = case(**timed(("97129", 15), ("97130", 15), ("97140", 15)))
    held = made.claim.lines[0]
    first = Finding(code="NCC-999", severity=Severity.ERROR, message="", line_number=held.line_number)
    both = ["take 97129 out of the visit", "take 97140 out of the visit"]
    findings = [first.model_copy(update={"fixes": both})]
    assert list(smallest_changes(findings)) == [both[:1], both[1:]]
    chosen, (step,) = mend(made, findings, errors_of)
    assert chosen == both[1:]
    assert step.needs is Needs.CLINICIAN


@pytest.mark.parametrize("row", FAILING, ids=str)
def test_no_offer_names_a_field_of_the_file_or_makes_up_what_was_done(
    row: Row, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is automatic leaves services, diagnoses, modifiers, units and charges as they are."""
    if row.set_up:
        row.set_up(monkeypatch)
    scrubbed = scrub(row.case)
    assert [without_names(each) for each in scrubbed.smallest_fix] == [each.text for each in scrubbed.fix]
    assert not [each.text for each in scrubbed.fix if re.search(r"\b[a-z]+_[a-z]+\b|\b[a-z]+\.\w", each.text)]
    for step in scrubbed.fix:
        assert step.rules
        if step.needs is Needs.AUTOMATIC:
            (rule,) = step.rules
            changed = AUTOMATIC[rule][1](row.case)
            assert changed.claim.lines == row.case.claim.lines
            assert changed.claim.diagnoses == row.case.claim.diagnoses
            assert changed.services == row.case.services
