"""Reason codes at provider level: all of the guide, each with its meaning, its account and where that was read."""

from __future__ import annotations

from claimloom.reference.plb_meanings import (
    BY_PAYEE,
    BY_REFERENCE,
    NONE,
    REVIEW,
    TAKEN,
    WITHHELD,
    plb_meaning,
    plb_meanings,
)

CODES = (
    *("50", "51", "72", "90", "AH", "AM", "AP", "B2", "B3", "BD", "BN", "C5", "CR", "CS", "CT", "CV", "CW", "DM", "E3"),
    *("FB", "FC", "GO", "HM", "IP", "IR", "IS", "J1", "L3", "L6", "LE", "LS", "OA", "OB", "PI", "PL", "RA", "RE", "SL"),
    *("TL", "WO", "WU", "ZZ"),
)


def test_every_code_of_the_guide_has_a_meaning_with_its_source() -> None:
    assert sorted(plb_meanings()) == sorted(CODES)
    for each in plb_meanings().values():
        assert each.words
        assert each.account
        assert each.source
        assert each.work in (NONE, TAKEN, WITHHELD, REVIEW), each
        assert each.pair in ("", BY_PAYEE, BY_REFERENCE), each


def test_what_no_source_settles_is_a_review() -> None:
    unsettled = [each for each in plb_meanings().values() if "the name of the code alone" in f"the {each.source}"]
    assert {each.work for each in unsettled} == {REVIEW}
    assert (plb_meaning("Q9").work, plb_meaning("Q9").account) == (REVIEW, "review")


def test_what_is_tied_over_payments() -> None:
    tied = {each.code: (each.account, each.pair) for each in plb_meanings().values() if each.pair}
    assert tied == {
        "FB": ("forwarded", BY_PAYEE),
        "WO": ("takeback", BY_REFERENCE),
        "72": ("takeback", BY_REFERENCE),
        "CS": ("adjustment", BY_REFERENCE),
        "AP": ("advance", BY_REFERENCE),
    }
