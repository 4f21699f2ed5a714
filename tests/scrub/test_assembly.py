"""Scrubber tables: what comes together on a claim: several people, other payers, compensation, evaluations."""

from __future__ import annotations

from typing import Any, Final

import pytest

from claimloom.scrub.case import Case
from schemas.claim import Severity
from tests.scrub.test_rules import (
    CLEAN,
    COMMERCIAL,
    Row,
    case,
    check,
    covered,
    fails,
    passes,
    timed,
    untimed,
)

WARN: Final = Severity.WARN
SECOND: Final = {"name": {"last": "STONE", "first": "ANA"}, "npi": "1245319599", "taxonomy": "225X00000X"}
SURGEON: Final = {"name": {"last": "SMITH", "first": "ALAN"}, "npi": "1245319599"}


def sent_by(last: str, first: str = "") -> Case:
    """Referred by one of this name."""
    return case(referring_provider=SURGEON | {"name": {"last": last, "first": first}})


def treated_by(*minutes: int, **who: Any) -> Case:
    """A code in two parts, the second by another therapist."""
    first, second = minutes
    return case(
        **timed({"code": "97530", "minutes": first}, {"code": "97530", "minutes": second, "therapist": SECOND | who})
    )


def splint(**who: Any) -> Case:
    """A splint that somebody ordered."""
    return case(**untimed({"code": "29125", "ordering_provider": SURGEON | who}))


def also_insured(*more: dict[str, Any]) -> Case:
    """With further insurances."""
    return case(coverages=[*covered(), *more])


PEOPLE: Final = [
    *(
        fails("PRV-019", firm, sent_by(firm), "2310A/NM102")
        for firm in ("RIVER ORTHOPEDICS LLC", "St. Mary's Hospital", "VALLEY MEDICAL GROUP", "SMITH, M.D., P.C.")
    ),
    fails("PRV-019", "one name", sent_by("SUKARNO"), "2310A/NM102", severity=WARN),
    fails(
        "PRV-019",
        "supervised by a clinic",
        case(supervising_provider=SURGEON | {"name": {"last": "RIVER CLINIC"}}),
        "2310D/NM102",
    ),
    fails("PRV-019", "ordered by a firm", splint(name={"last": "HAND CENTER INC"}), ("2420E/NM102", 1)),
    passes("PRV-019", "a person", CLEAN),
    passes("PRV-019", "a person named Group", sent_by("GROUP", "ANA")),
    passes("PRV-019", "nobody", case(referring_provider=None)),
    fails("PRV-002", "second therapist", treated_by(30, 30, npi="1245319598"), ("2420A/NM109", None)),
    fails("PRV-002", "who ordered", splint(npi="1245319598"), "2420E/NM109"),
    fails("PRV-002", "supervising", case(supervising_provider=SURGEON | {"npi": "1245319598"}), "2310D/NM109"),
    passes("PRV-002", "two therapists", treated_by(30, 30)),
    fails("PRV-010", "second therapist is a PT", treated_by(30, 30, taxonomy="225100000X"), ("2420A/PRV03", 2)),
    passes("PRV-010", "both are OTs", treated_by(30, 30)),
    fails("PRV-014", "second is an assistant", treated_by(30, 30, taxonomy="224Z00000X"), ("2420A/PRV03", 2)),
    passes("PRV-014", "both are therapists", treated_by(30, 30)),
    passes("UNT-009", "one code by two therapists", treated_by(30, 30)),
    fails("CLM-021", "the second therapist's minutes earn nothing", treated_by(30, 3), "2420", value="1245319599"),
    passes("CLM-021", "two therapists on lines of their own", treated_by(30, 30)),
    fails(
        "CLM-021",
        "second insurance without a number",
        also_insured(COMMERCIAL[0] | {"member_id": " "}),
        "2320/SBR",
        value="99999",
    ),
    passes("CLM-021", "second insurance with its number", also_insured(COMMERCIAL[0])),
    passes(
        "PRV-008",
        "a patient who lives in Berlin, whose code is one of Manhattan",
        case(
            patient=CLEAN.session.patient.model_dump(mode="json")
            | {"address": {"line1": "INVALIDENSTR 1", "city": "BERLIN", "zip": "10115", "country": "DE"}}
        ),
    ),
]

ROWS: Final[list[Row]] = [*PEOPLE]


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_assembled(row: Row) -> None:
    """Each row: the rule alone, what it says and where."""
    check(row)
