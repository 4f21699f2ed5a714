"""What holds for any visits and any rules: order, more rules, nothing changed, places that stand there."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from claimloom.billing.build import BuildError
from claimloom.ledger.tables import journal
from claimloom.scrub import PACKAGED, scrub
from claimloom.scrub.case import Case
from claimloom.scrub.own.file import read_rules
from claimloom.scrub.packs import built_in
from claimloom.settings import Settings
from claimloom.system import System
from schemas.claim import ClaimScrubbed, Severity
from schemas.event import Event
from schemas.topics import payload
from tests.scrub.test_own_rules import rule_text
from tests.scrub.test_rules import ADVANTAGE, COMMERCIAL, case, covered
from tests.sessions import visit

CODES: Final = ("97530", "97535", "97110", "97140", "97112")
MODIFIERS: Final = ("59", "KX", "RT", "LT", "XS", "GA")
MEDICARE: Final = covered()

some_visits = st.builds(
    lambda **said: {key: value for key, value in said.items() if value is not None},
    timed=st.lists(
        st.fixed_dictionaries(
            {
                "code": st.sampled_from(CODES),
                "minutes": st.integers(1, 90),
                "modifiers": st.lists(st.sampled_from(MODIFIERS), unique=True, max_size=2),
            }
        ),
        min_size=1,
        max_size=4,
    ),
    coverages=st.sampled_from((MEDICARE, COMMERCIAL, ADVANTAGE)),
    diagnoses=st.lists(
        st.sampled_from(("M25.511", "M62.81", "M54.50", "G35", "M54.5")), unique=True, min_size=1, max_size=3
    ),
    referring_provider=st.sampled_from((visit().referring_provider.model_dump(), None)),
    place_of_service=st.sampled_from(("11", "12", "02")),
    patient_paid_cents=st.sampled_from((0, 2000)),
    referral_number=st.sampled_from(("", "R 1")),
)


def case_of(said: dict[str, Any]) -> Case | None:
    try:
        return case(**said)
    except BuildError:  # minutes that give no unit
        return None


@given(some_visits, st.sampled_from(("line.units > 1", "claim.units > 2", 'claim.referral != ""', "plan.days > 0")))
@settings(max_examples=60, deadline=None)
def test_one_more_rule_frees_nothing_and_takes_no_finding(
    tmp_path_factory: pytest.TempPathFactory, said: dict[str, Any], text: str
) -> None:
    of = case_of(said)
    if of is None:
        return
    path = tmp_path_factory.mktemp("rules") / "mine.toml"
    path.write_text(rule_text(fails_when=f"'{text}'"), encoding="utf-8")
    fewer, more = scrub(of), scrub(of, built_in(read_rules(path)))
    assert fewer.verdict == "clean" or more.verdict == "held"
    assert [each for each in more.findings if each.code != "OWN-1"] == fewer.findings


@given(some_visits, st.data())
@settings(max_examples=60, deadline=None)
def test_any_rule_left_out_and_put_back_frees_nothing(said: dict[str, Any], data: st.DataObject) -> None:
    of = case_of(said)
    if of is None:
        return
    out = data.draw(st.sets(st.sampled_from([each.id for each in PACKAGED.rules]), max_size=20))
    fewer = replace(PACKAGED, rules=tuple(each for each in PACKAGED.rules if each.id not in out))
    assert scrub(of, fewer).verdict == "clean" or scrub(of).verdict == "held"


@given(some_visits)
@settings(max_examples=60, deadline=None)
def test_scrubbing_changes_neither_claim_nor_visit(said: dict[str, Any]) -> None:
    of = case_of(said)
    if of is None:
        return
    before = (of.claim.model_dump_json(), of.session.model_dump_json(), repr(of.payer))
    first = scrub(of)
    assert (of.claim.model_dump_json(), of.session.model_dump_json(), repr(of.payer)) == before
    assert scrub(of) == first


@given(some_visits)
@settings(max_examples=60, deadline=None)
def test_every_finding_names_a_line_and_a_value_that_stand_there(said: dict[str, Any]) -> None:
    of = case_of(said)
    if of is None:
        return
    numbers = {line.line_number for line in of.claim.lines}
    text = of.claim.model_dump_json() + of.session.model_dump_json()
    for each in scrub(of).findings:
        assert each.line_number is None or each.line_number in numbers, each
        words = [word for word in each.value.replace(",", " ").replace(":", " ").split() if word.isalnum()]
        plain = text.replace(".", "")
        assert all(word in text or word in plain or word.isdigit() for word in words), each


SAME_DAY: Final = (
    {"session_id": "S-A", "timed": [{"code": "97530", "minutes": 22}]},
    {"session_id": "S-B", "timed": [{"code": "97110", "minutes": 22}]},
    {"session_id": "S-C", "timed": [{"code": "97140", "minutes": 20}], "referring_provider": None},
)


def held_of(folder: Path, visits: tuple[dict[str, Any], ...]) -> tuple[int, list[str]]:
    """Units of the day, and the rules that hold any of its claims, beside those about who came first."""
    system = System(Settings(folder, as_of=date(2026, 11, 20)))
    fees = {"clinic": visit().clinic.model_dump() | {"fees_cents": dict.fromkeys(CODES, 7000)}}
    text = "".join(visit(**each, **fees).model_dump_json() + "\n" for each in visits)
    (folder / "inbound" / "visits.jsonl").write_text(text, encoding="utf-8")
    system.run_until_idle()
    with system.engine.connect() as connection:
        bodies = connection.scalars(select(journal.c.body)).all()
    told = [payload(Event.model_validate_json(body)) for body in bodies]
    system.close()
    units = sum(line.units for each in told if hasattr(each, "session") for line in each.claim.lines)
    findings = [one for each in told if isinstance(each, ClaimScrubbed) for one in each.findings]
    return units, sorted(one.code for one in findings if one.severity is Severity.ERROR)


def test_the_order_of_visits_in_a_day_does_not_matter(tmp_path: Path) -> None:
    found = [held_of(tmp_path / str(number), visits) for number, visits in enumerate(itertools.permutations(SAME_DAY))]
    assert found == [found[0]] * 6
    assert found[0][0] == 4  # 64 minutes by the 8-minute rule
