"""Rules of one's own: what a file may say, whom it is asked of, and what happens where a rule gives no answer."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Final

import pytest

from claimloom.errors import PlainError
from claimloom.scrub import scrub
from claimloom.scrub.case import Case
from claimloom.scrub.own.expression import ExpressionError, compiled
from claimloom.scrub.own.facts import FACTS, facts_of, facts_of_line
from claimloom.scrub.own.file import read_rules
from claimloom.scrub.packs import built_in
from schemas.claim import ClaimScrubbed, Severity
from tests.phi import phi_of
from tests.scrub.test_rules import BASE, case

DOCS: Final = Path(__file__).parents[2] / "docs"
GOOD: Final = {
    "id": '"OWN-1"',
    "message": '"no more than two units of one code"',
    "fails_when": "'line.units > 1'",
    "severity": '"hold"',
    "fix": '"bill less"',
}


def rule_text(**changes: str) -> str:
    said = GOOD | changes
    return "[[rule]]\n" + "".join(f"{key.rstrip('_')} = {value}\n" for key, value in said.items() if value)


def asked(folder: Path, of: Case, *, tenant: str = "demo", **changes: str) -> ClaimScrubbed:
    path = folder / "mine.toml"
    path.write_text(rule_text(**changes), encoding="utf-8")
    return scrub(of, built_in(read_rules(path)).of(tenant))


def told(scrubbed: ClaimScrubbed) -> list[tuple[Severity, int | None]]:
    return [(each.severity, each.line_number) for each in scrubbed.findings if each.code == "OWN-1"]


def test_a_rule_of_lines_tells_the_line_and_holds(tmp_path: Path) -> None:
    found = asked(tmp_path, case())
    assert told(found) == [(Severity.ERROR, 1)]
    assert (found.verdict, found.smallest_fix) == ("held", ["bill less"])


def test_the_nearest_claim_that_is_in_order_passes(tmp_path: Path) -> None:
    found = asked(tmp_path, case(), fails_when="'line.units > 2'")
    assert (told(found), found.verdict) == ([], "clean")


def test_a_rule_that_warns_holds_nothing(tmp_path: Path) -> None:
    found = asked(tmp_path, case(), severity='"warn"', fails_when="'claim.units > 1'")
    assert (told(found), found.verdict) == ([(Severity.WARN, None)], "clean")


@pytest.mark.parametrize(
    ("scope", "is_asked"),
    [
        ({"payers": '["06102"]'}, True),
        ({"payers": '["06103"]'}, False),
        ({"classes": '["medicare_b"]'}, True),
        ({"classes": '["medicaid"]'}, False),
        ({"clinics": '["riverside"]'}, True),
        ({"clinics": '["north"]'}, False),
        ({"tenants": '["demo"]'}, True),
        ({"tenants": '["other"]'}, False),
        ({"from_": "2026-11-16"}, True),
        ({"from_": "2026-11-17"}, False),
        ({"until": "2026-11-16"}, True),
        ({"until": "2026-11-15"}, False),
    ],
)
def test_it_is_asked_of_those_that_it_is_for(tmp_path: Path, scope: dict[str, str], is_asked: bool) -> None:
    assert bool(told(asked(tmp_path, case(), **scope))) is is_asked


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("claim.diagnoses[11] == claim.codes[0]", "a list is shorter than the place asked for"),
        ("1 / (claim.units - claim.units) > 0", "a number is divided by zero"),
        ("int(coverage.member_id) > 0", "it gives no answer for this claim"),
        ("plan.days > 30", "the visit does not tell plan.days"),
        ('payer.id.matches("(")', "it gives no answer for this claim"),
    ],
)
def test_one_that_gives_no_answer_holds_and_quotes_nothing(tmp_path: Path, text: str, why: str) -> None:
    found = asked(tmp_path, case(plan_of_care=None), severity='"warn"', fails_when=f"'{text}'")
    assert told(found) == [(Severity.ERROR, None)]
    (finding,) = (each for each in found.findings if each.code == "OWN-1")
    assert (found.verdict, why in finding.message, "mine.toml" in finding.fixes[0]) == ("held", True, True)
    assert not any(each in str(finding) for each in phi_of([BASE.model_dump(mode="json")]) if len(each) > 3)


def test_what_needs_a_fact_may_ask_first_whether_it_is_told(tmp_path: Path) -> None:
    text = "'plan.start != \"\" && plan.days > 30'"
    assert told(asked(tmp_path, case(plan_of_care=None), fails_when=text)) == []


WRONG: Final = {
    "an unknown fact": (
        {"fails_when": "'line.cdoe == \"97110\"'"},
        "names line.cdoe, which is no fact; is it line.code?",
    ),
    "a number as text": ({"fails_when": "'line.units == \"1\"'"}, "no matching overload"),
    "no yes or no": ({"fails_when": "'line.code'"}, "gives string; a condition is true or false"),
    "cut off": ({"fails_when": "'line.units >'"}, "cannot be read"),
    "an unknown key": ({"severty": '"hold"'}, "unknown severty; is it severity?"),
    "no message": ({"message": ""}, "message is missing"),
    "another severity": ({"severity": '"error"'}, "severity is hold or warn"),
    "an id of the catalog": ({"id": '"MOD-008"'}, "id begins with OWN-"),
    "an empty list": ({"payers": "[]"}, "payers is a list of texts"),
    "a text for a list": ({"clinics": '"north"'}, "clinics is a list of texts"),
    "an unknown class": ({"classes": '["medicare"]'}, "no payer class medicare; is it medicare_b?"),
    "a text for a day": ({"from_": '"2026-01-01"'}, "from is a day without quotes"),
    "an end before its begin": ({"from_": "2026-01-02", "until": "2026-01-01"}, "until is before from"),
    "no TOML": ({"fix": "bill less"}, "it is TOML"),
    "three walks": (
        {"fails_when": "'claim.codes.all(a, claim.codes.all(b, claim.codes.all(c, a + b != c)))'"},
        "walks lists 3 times",
    ),
    "too long": ({"fails_when": f"'{'line.units > 1 || ' * 80}true'"}, "characters; at most 1,000"),
    "too deep": ({"fails_when": f"'{'(' * 200}true{')' * 200}'"}, "nests too deep"),
    "Python": ({"fails_when": '\'__import__("os").system("true") == 0\''}, "names __import__, which is no fact"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_file_that_is_wrong_is_told_in_a_line(tmp_path: Path, name: str) -> None:
    changes, said = WRONG[name]
    with pytest.raises(PlainError) as told_of:
        asked(tmp_path, case(), **changes)
    text = str(told_of.value)
    assert said in text
    assert text.startswith("rules file mine.toml: ")
    assert "\n" not in text


def test_two_rules_of_one_id_are_told(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(rule_text() + rule_text(), encoding="utf-8")
    with pytest.raises(PlainError, match=r"rule OWN-1 stands in mine\.toml already"):
        read_rules(tmp_path / "mine.toml")


def test_what_could_cost_without_end_costs_little() -> None:
    walks = "claim.codes.all(a, claim.codes.all(b, a + b + a + b != a))"
    assert compiled(walks).text == walks
    for text in ("'a'.matches('(a+)+$')", "[claim.codes].exists(a, [a + a].exists(b, size(b + b + b) > 9))"):
        assert compiled(text).text == text


def test_every_fact_can_be_asked_for_and_is_found(tmp_path: Path) -> None:
    """Each of its type: a value that is none could not be handed over."""
    of = case()
    found = facts_of(of) | facts_of_line(of, of.claim.lines[0])
    of_type = {"text": str, "number": int, "yes or no": bool, "list of texts": list}
    assert {each.name for each in FACTS} - found.keys() <= {"plan.days"}
    for each in FACTS:
        assert each.name not in found or type(found[each.name]) is of_type[each.kind], each.name
        test = {"text": '== ""', "number": ">= 0", "yes or no": "", "list of texts": "== []"}[each.kind]
        assert compiled(f"{each.name} {test}").of_lines is each.name.startswith("line.")


def test_no_fact_is_a_name_or_a_birth_date() -> None:
    of = case()
    found = str(facts_of(of) | facts_of_line(of, of.claim.lines[0]))
    patient = of.claim.patient
    for secret in (patient.name.last, patient.name.first, patient.birth_date.isoformat(), patient.address.line1):
        assert secret not in found


def test_the_fact_sheet_says_what_the_code_has() -> None:
    text = (DOCS / "own-rules.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([a-z_.]+)` \| ([a-z ]+) \| (.+) \|$", text, re.MULTILINE)
    assert rows == [(each.name, each.kind, each.means) for each in FACTS]


def test_ten_rules_of_payers_pages_are_read_and_name_their_page() -> None:
    found = read_rules(DOCS / "own-rules.example.toml")
    assert len(found) == 10
    assert all(each.rule.source.startswith("http") for each in found)


def test_a_day_is_compared_as_a_day(tmp_path: Path) -> None:
    text = "'visit.day >= \"2026-11-16\" && visit.weekday == 1'"
    of = case()
    assert (of.day, told(asked(tmp_path, of, fails_when=text))) == (date(2026, 11, 16), [(Severity.ERROR, None)])


@pytest.mark.parametrize(
    "text",
    ["dyn(claim.place_of_service) == 11", "type(line.units) == string", "'2' == dyn (line.units)"],
)
def test_a_condition_that_hides_what_it_compares_is_refused(text: str) -> None:
    with pytest.raises(ExpressionError, match=r"asks (dyn|type)\(\.\.\.\): leave it out"):
        compiled(text)


def test_a_condition_that_turns_a_text_into_a_number_is_none_of_these() -> None:
    assert compiled("int(claim.place_of_service) == 11").of_lines is False
