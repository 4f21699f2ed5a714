"""A claim that no rule holds is written as our own check and pyx12 want it, whatever its visit says.

Visits are made of those of all cases and samples: parts of one put into another, values changed to what is mistyped,
too long, of another kind or of another year. The service asks the writer alone: the check of a whole file would cost it
a twentieth of its time.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from copy import deepcopy
from datetime import UTC, datetime, time
from functools import cache
from pathlib import Path
from random import Random
from typing import Any, Final
from uuid import UUID

import pytest
from pydantic import ValidationError

from claimloom.billing.build import BuildError, build_claim
from claimloom.desk.writable import unwritable
from claimloom.scrub import scrub
from claimloom.scrub.case import Case
from claimloom.x12 import Envelope, Header, build_837p, check
from claimloom.x12.checking.second_opinion import pyx12_findings
from claimloom.x12.guides.values import BASIC_SET, EXTENDED_SET
from schemas.claim import Claim
from schemas.session import Session
from tests.command import claimloom
from tests.scrub.test_nothing_left_off import PAYERS, RICH, leaves
from tests.scrub.test_rules import AS_OF
from tests.sessions import visit

ROOT: Final = Path(__file__).parents[2]
SEEDS: Final = [1, *(pytest.param(seed, marks=pytest.mark.long) for seed in range(2, 14))]
VISITS: Final = 1500
DAYS: Final = ("0001-01-01", "1799-12-31", "1800-01-01", "1900-02-28", "2026-11-16", "2026-11-20", "9999-12-31")
NUMBERS: Final = (-1, 0, 1, 2, 3, 12, 23, 50, 999, 10**6, 10**10)
WORDS: Final = (
    *("", "Q", "0", "00", "1", "99", "A B", "  ", " LEAD", "TRAIL ", "O'NEIL", "ÅØÉ", "ß", "中", "\u200b", "½", "A\tB"),
    *("A\nB", "A~B", "A*B", "A:B", "A^B", "A>B", "#5 A", "%", "@", "|", "{x}", "`", "a.b", "a-b", "(x)"),
    *("X" * many for many in (25, 26, 30, 31, 35, 36, 50, 51, 60, 61, 80, 81)),
    *("01", "19", "20", "G8", "21", "53", "12", "13", "43", "MB", "MA", "CI", "WC", "BL", "ZZ", "VA", "16", "MC"),
    *("medicaid", "medicare_b", "commercial", "workers_comp_auto", "tricare", "medicare_advantage"),
    *("PO BOX 5", "IL", "PR", "AE", "CA", "MX", "DE", "K1A 0B1", "62704", "627040001", "00000", "000000000"),
    *("EM", "AA", "OA", "BM", "FX", "EL", "08", "OZ", "DCP", "TPO", "CER", "U", "M", "F", "99", "02", "10", "31"),
    *("1679576722", "1245319599", "1669421707", "1234567893", "97799", "97039", "97110", "97139", "97530", "E1399"),
    *("RT", "LT", "59", "22", "76", "KX", "CO", "GO", "M2551", "Z98.890", "S83.411A", "W19.XXXA", "225X00000X"),
)


@cache
def told() -> list[dict[str, Any]]:
    """Visits that are written somewhere in the project."""
    found = [RICH, visit().model_dump(mode="json")]
    for path in sorted([*ROOT.glob("tests/cases/*/*.jsonl"), *ROOT.glob("edi_samples/sessions/*.jsonl")]):
        for line in path.read_text(encoding="utf-8").splitlines():
            try:
                found.append(Session.model_validate_json(line).model_dump(mode="json"))
            except ValidationError:  # some are there to be refused
                continue
    return found


def another(random: Random, value: Any) -> Any:
    """A value of the same kind, or what somebody might type in its place."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return random.choice((*NUMBERS, value + 1, value - 1))
    text = value or ""
    if len(text) >= 10 and text[4:5] == "-":
        return random.choice(DAYS) + text[10:]
    return random.choice((random.choice(WORDS), text + random.choice(WORDS), random.choice(DAYS)))


def changed(random: Random, session: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """A visit with one to eight things otherwise."""
    made = deepcopy(session)
    for _ in range(random.choice((1, 1, 2, 3, 5, 8))):
        how = random.random()
        name = random.choice([name for name in other if name != "tenant"])
        if how < 0.3:
            made[name] = deepcopy(other[name])
        elif how < 0.9:
            path, value = random.choice(list(leaves(made)))
            *steps, last = path.split(".")
            at: Any = made
            for step in steps:
                at = at[int(step)] if isinstance(at, list) else at[step]
            at[int(last) if isinstance(at, list) else last] = another(random, value)
        elif isinstance(made.get(name), list) and made[name]:
            made[name] = random.choice((made[name][1:], [*made[name], deepcopy(made[name][0])]))
    return made


def clean_claims(seed: int) -> Iterator[tuple[Claim, Envelope]]:
    """Claims that the scrubber lets go, each with the envelope that it was asked with."""
    random = Random(seed)
    for _ in range(VISITS):
        said = changed(random, random.choice(told()), random.choice(told()))
        frequency, charset = random.choice("1178"), random.choice((BASIC_SET, EXTENDED_SET))
        try:
            session = Session.model_validate_json(json.dumps(said))
            if not session.is_billed:
                continue
            coverage = session.coverages[0]
            payer = PAYERS.config(coverage.payer_id, coverage.payer_class, session.date_of_service)
            number = "" if frequency == "1" else random.choice(("2026300123", *WORDS))
            asked = {"frequency_code": frequency, "payer_claim_control_number": number}
            claim = build_claim(session, payer, claim_id=UUID(int=7), **asked)
        except (ValidationError, BuildError):
            continue
        refused = unwritable([claim], AS_OF, charset).get(claim.claim_id, [])
        case = Case(claim, session, payer, AS_OF, unlike=PAYERS.unlike(coverage.payer_id), unwritable=refused)
        if scrub(case).verdict == "clean":
            yield claim, Envelope("SENDER01", "RECEIVER01", 1, datetime.combine(AS_OF, time(), UTC), charset=charset)


@pytest.mark.parametrize("seed", SEEDS)
def test_what_no_rule_holds_is_right_to_our_check_and_to_pyx12(seed: int) -> None:
    clean = list(clean_claims(seed))
    for claim, envelope in clean:
        (file,) = build_837p([claim], Header(envelope, "EXAMPLE", "2175550100", "EXAMPLE")).files
        own = check(file.text.encode("ascii"), charset=envelope.charset).findings
        assert [each for each in own if each.severity == "error"] == []
        employer = "NM1*IL*2*" in file.text  # docs/x12-differences.md, subscriber_number
        theirs = [(each.loop, f"{each.segment}{each.element}") for each in pyx12_findings(file.text)]
        known = {("2010BA", "NM108"), ("2010BA", "NM109")} if employer else set()
        assert set(theirs) <= known
    assert len(clean) > VISITS / 10


MISTYPED: Final[dict[str, dict[str, Any]]] = {
    "SERVICE-LATE": {"date_of_service": "9999-12-31"},
    "SERVICE-EARLY": {"date_of_service": "0001-01-01"},
    "ONSET": {"onset_date": "0206-11-16"},
    "ACCIDENT": {"accident": {"related": ["OA"], "accident_date": "0206-11-16"}},
    "DEATH": {"patient": visit().patient.model_dump(mode="json") | {"death_date": "0206-11-20"}},
    "BEGIN": {"start": "0001-01-01T10:00:00", "stop": "2026-11-16T11:00:00"},
    "PLAN": {"plan_of_care": {"start": "2026-11-01", "first_treatment": "9999-12-31"}},
    "TIMER": {"timed": [{"code": "97530", "start": "0001-01-01T10:00:00", "stop": "0001-01-01T10:30:00"}]},
    "OLDEST": {"onset_date": "1800-01-01"},
}
REFUSED: Final = {"SERVICE-LATE", "SERVICE-EARLY", "ONSET", "ACCIDENT", "DEATH"}


def test_a_mistyped_year_is_told_as_the_field_that_it_stands_in_and_stops_nothing(tmp_path: Path) -> None:
    patient = visit().patient.model_dump(mode="json")
    visits = [
        visit(**({"session_id": name, "patient": patient | {"patient_id": name}} | said))
        for name, said in MISTYPED.items()
    ]
    (tmp_path / "v.jsonl").write_text("".join(f"{each.model_dump_json()}\n" for each in visits), encoding="utf-8")
    claimloom("sessions", "import", "v.jsonl", "--as-of", "2026-11-20", cwd=tmp_path)
    assert claimloom("dead-letters", "list", "--json", cwd=tmp_path).stdout == ""
    listed = claimloom("worklist", "--as-of", "2026-11-20", "--json", "--limit", "0", cwd=tmp_path).stdout
    work = {each["visit_id"]: each["reason"] for each in map(json.loads, listed.splitlines())}
    assert work.keys() == REFUSED
    for name, field in (("ONSET", "onset_date"), ("ACCIDENT", "accident.accident_date"), ("DEATH", "death_date")):
        assert f"{field}): this day is before 1800" in work[name]
