"""Fields of a visit are named in words, and every word of a finding that is a field's name has them."""

from __future__ import annotations

import pytest

from schemas.fields import field_named, field_words, in_plain_words


@pytest.mark.parametrize(
    ("path", "words"),
    [
        (("patient", "address", "zip"), "the patient's ZIP code"),
        (("coverages", 0, "subscriber", "name", "last"), "the subscriber's last name of insurance 1"),
        (("timed", 1, "minutes"), "the minutes of timed service 2"),
        (("untimed", 0, "modifiers", 1), "modifier 2 of untimed service 1"),
        (("diagnoses", 2), "diagnosis 3"),
        (("clinic", "fees_cents", "97110"), "the clinic's fee of 97110"),
        (("billing_provider", "pay_to_address", "zip"), "the billing provider's pay-to ZIP code"),
        (("date_of_service",), "the date of service"),
    ],
)
def test_a_field_is_told_in_words_with_its_name_behind(path: tuple[str | int, ...], words: str) -> None:
    assert field_words(path) == words
    assert field_named(path) == f"{words} ({'.'.join(map(str, path))})"


def test_what_is_no_field_of_a_visit_keeps_its_name() -> None:
    assert field_named(("patient", "nickname")) == "patient.nickname"
    assert field_named(()) == ""


def test_a_sentence_gets_the_words_where_a_name_stands_and_nowhere_else() -> None:
    rest = "to MB in 2010AA/NM103; see session.timed, not note or e.g. this"
    said = in_plain_words(f"set coverages.0.filing_indicator {rest}")
    named = "the filing indicator of insurance 1 (coverages.0.filing_indicator)"
    assert said == f"set {named} {rest}"
    assert in_plain_words(said) == said
