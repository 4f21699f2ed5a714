"""Every rule through the real command line: it fires on a visit that somebody sends, and lets its neighbour be.

Visits of the tables beside this file are sent as they are, where nothing but the visit makes the case (``_alone``).
``SCENES`` adds what takes several visits, a payer's own settings, or modifiers that a visit states itself. What is left
are ``GUARDS``: rules over what our own builder makes of a visit, which no visit can bring about as long as the builder
is right. They stand between a fault of ours and a payer.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, Final

import pytest

from claimloom.billing.build import build_claim
from claimloom.scrub import RULES
from claimloom.scrub.case import LedgerView
from schemas.session import Session
from tests.command import claimloom
from tests.scrub.test_rules import (
    ADVANTAGE,
    AS_OF,
    BASE,
    CLAIM_ID,
    PAYERS,
    Json,
    Row,
    biller,
    clinic,
    clocked,
    therapist,
    timed,
    untimed,
)
from tests.scrub.test_whole import ROWS
from tests.sessions import visit

THERAPISTS: Final = {"PT": "225100000X", "OT": "225X00000X", "SLP": "235Z00000X"}
GUARDS: Final = {
    "CLM-001": "claim numbers are our own",
    "CLM-002": "the charge of a claim is summed up from its lines",
    "CLM-006": "corrections are made only of what a payer gave a number to",
    "CLM-007": "an original is given no number of the payer",
    "CLM-008": "a correction goes out in the way that the payer's settings say",
    "CLM-012": "a visit of more than 50 lines becomes work, and no claim",
    "COB-001": "the next payer's claim is made of the answers of those before it",
    "DX-001": "a visit of no diagnosis or more than 12 is refused at the door",
    "ENV-011": "lines are numbered when they are made",
    "LIN-006": "charges are made of the fees",
    "LIN-008": "line control numbers are our own",
    "MOD-002": "the discipline's modifier is put on each line",
    "MOD-003": "the discipline's modifier is put on each line",
    "MOD-005": "units of assistants are marked when units are made",
    "UNT-001": "units are made of the minutes",
    "UNT-002": "units are made of the minutes",
    "UNT-003": "units are made of the minutes",
    "UNT-004": "units are made of the minutes",
    "UNT-009": "what may stand on one line is put on one line",
    "UNT-013": "units are made of the minutes",
    "MOD-018": "modifiers are put in the payer's order",
}

ELSEWHERE: Final = {"MUE-003"}
"""Of an imported list: ``test_a_quarter_of_limits_decides_with_its_indicator``; no limit by line is packaged."""


def seen(discipline: str = "OT", **changes: Any) -> Session:
    """A visit of a discipline, whose clinic has a fee for every code."""
    made: Json = {"clinic": clinic(), "therapist": therapist(taxonomy=THERAPISTS[discipline]), "discipline": discipline}
    return visit(**made | changes)


def marked(*modifiers: str, code: str = "97530", **changes: Any) -> Session:
    """A visit of half an hour of a code, with modifiers that it states itself."""
    return seen(**timed({"code": code, "minutes": 30, "modifiers": list(modifiers)}), **changes)


@dataclass(frozen=True)
class Scene:
    """Visits of a patient, sent one after the other: with the last of ``fires`` a rule finds something, with the last
    of ``passes`` nothing. ``payer``: settings of the payer's own file.
    """

    rule: str
    fires: Sequence[Session]
    passes: Sequence[Session]
    payer: str = ""


def scene(rule: str, fires: Session, passes: Session, payer: str = "") -> Scene:
    """One visit for each."""
    return Scene(rule, [fires], [passes], payer)


ASSISTANT_GAVE: Final = seen(**timed({"code": "97530", "minutes": 30, "performer": "assistant"}))
FIRST: Final = seen(**timed(clocked("97530", "10:00", "10:30")))
COGNITIVE: Final = seen(**timed(("97129", 30)))
DEVICE: Final = untimed({"code": "98977", "device_days": 16})
MONITORED: Final = seen(**DEVICE)
SUPPLIED_AGAIN: Final = seen(date_of_service="2026-10-17", **DEVICE)
MINUTES: Final = timed(("98980", 20))
MANAGED: Final = seen(**MINUTES)
MANAGED_BEFORE: Final = seen(date_of_service="2026-10-31", **MINUTES)
PLANNED: Final = {"plan_of_care": {"start": "2026-10-19"}}
TAUGHT: Final = untimed({"code": "98975", "device_days": 2}) | PLANNED
EVALUATION: Final = untimed("97165") | PLANNED
EVALUATED: Final = seen(**EVALUATION)
NEW_PLAN: Final = seen(date_of_service="2026-11-18", **untimed("97165"), plan_of_care={"start": "2026-11-17"})
SET_UP: Final = seen(**TAUGHT)
RECORDS: Final = [{"report_type": "PN", "transmission": "AA"}]
HALF_AN_HOUR: Final = timed(("97140", 30))
SCENES: Final = (
    scene(
        "DX-005",
        seen(**timed({"code": "97530", "minutes": 30, "diagnosis_pointers": [3]})),
        seen(**timed({"code": "97530", "minutes": 30, "diagnosis_pointers": [2, 1]})),
    ),
    Scene("DUP-001", [seen(), seen()], [seen(), seen(date_of_service="2026-11-17")]),
    Scene("DUP-002", [seen(), seen()], [seen(), seen(**HALF_AN_HOUR)]),
    scene(
        "CLM-003",
        marked(clinic=clinic(fees_cents={"97530": 0})),
        seen(clinic=clinic(fees_cents={"97530": 0, "97535": 7500}), **timed(("97530", 30), ("97535", 15))),
    ),
    scene(
        "CLM-010",
        seen(billing_provider=biller(medicare_participating=True), accepts_assignment=False),
        seen(billing_provider=biller(medicare_participating=False), accepts_assignment=False),
    ),
    Scene(
        "CLM-023",
        [seen(), seen(**HALF_AN_HOUR)],
        [seen(), seen("PT", **HALF_AN_HOUR)],
        "one_claim_a_day = true",
    ),
    scene("LIN-005", seen(**untimed({"code": "97016", "count": 999}, {"code": "97016", "count": 999})), seen()),
    scene("LIN-007", seen(clinic=clinic(fees_cents={"97530": 1000, "97535": 7500, "97110": 7500})), seen()),
    Scene(
        "LIN-011",
        [COGNITIVE, seen(therapist=therapist(npi="1245319599"), **timed(("97129", 30)))],
        [COGNITIVE, COGNITIVE],
    ),
    Scene("LIN-014", [EVALUATED, seen(date_of_service="2026-11-18", **EVALUATION)], [EVALUATED, NEW_PLAN]),
    Scene("LIN-015", [MONITORED, seen(date_of_service="2026-11-17", **DEVICE)], [MONITORED, SUPPLIED_AGAIN]),
    Scene("LIN-016", [MANAGED, seen(date_of_service="2026-11-17", **MINUTES)], [MANAGED, MANAGED_BEFORE]),
    Scene("LIN-017", [SET_UP, seen(date_of_service="2026-11-17", **TAUGHT)], [SET_UP]),
    scene("MOD-001", marked("SZ"), marked("KX")),
    scene("MOD-004", marked("GP"), marked("GO")),
    scene("MOD-006", marked("CQ"), marked("CO")),
    scene("MOD-007", marked("CO"), ASSISTANT_GAVE),
    scene("MOD-008", marked(therapy_used_cents=300000), marked("KX", therapy_used_cents=300000)),
    scene("MOD-009", marked("KX", therapy_used_cents=0), marked("KX", therapy_used_cents=247900)),
    scene("MOD-010", marked("KX", therapy_used_cents=300000), marked("KX", therapy_used_cents=250000)),
    scene("MOD-011", marked("GA", "GZ"), marked("GY", "GX")),
    scene("MOD-012", marked("GA", coverages=ADVANTAGE), marked(coverages=ADVANTAGE)),
    scene("MOD-013", marked("GA", "KX"), marked("KX")),
    scene("MOD-014", marked("59", "XE"), marked("XE")),
    scene(
        "MOD-015",
        marked("59"),
        seen(**timed({"code": "97530", "minutes": 30, "modifiers": ["59"]}, ("97537", 15))),
    ),
    scene("MOD-016", marked("25"), marked("22")),
    scene("MOD-017", marked(), marked("97"), 'hab_modifier = "required"'),
    scene(
        "MOD-020",
        marked("76"),
        seen(**timed(("97530", 15), {"code": "97530", "minutes": 15, "modifiers": ["76"]})),
    ),
    scene("MOD-021", marked("ZQ"), marked("KX")),
    scene("MOD-025", marked("22"), seen(**untimed({"code": "97165", "modifiers": ["22"]}), attachments=RECORDS)),
    scene("MOD-026", marked("GZ"), marked("GA")),
    scene("PRV-011", seen(billing_provider=biller(taxonomy="")), seen(), "requires_bp_taxonomy = true"),
    scene("REF-004", seen(), seen(referral_number="R1"), "referral_required = true"),
    scene(
        "TEL-002",
        marked(mode="telehealth", place_of_service="10"),
        marked("95", mode="telehealth", place_of_service="10"),
        'telehealth_modifier = "95"',
    ),
    Scene(
        "UNT-014",
        [FIRST, seen("PT", **timed(clocked("97110", "10:15", "10:45")))],
        [FIRST, seen("PT", **timed(clocked("97110", "10:30", "11:00")))],
    ),
)


def _alone(row: Row) -> bool:
    """Whether the visit alone makes the case of a row."""
    case, coverage = row.case, row.case.session.coverages[0]
    config = PAYERS.config(coverage.payer_id, coverage.payer_class, case.session.date_of_service)
    bare = replace(case, ledger=LedgerView(), rates_cents=None, answered_on=None)
    if row.set_up or row.kind == "waits" or case.payer != config or case != bare:
        return False
    return build_claim(case.session, config, claim_id=CLAIM_ID) == case.claim


def _rows() -> Iterator[Row]:
    """Of each rule two that fire and two that pass, at most."""
    taken: dict[tuple[str, str], int] = defaultdict(int)
    for row in ROWS:
        key = (row.rule, row.kind)
        if taken[key] < 2 and _alone(row) and str(row) not in NOT_SENT:
            taken[key] += 1
            yield row


NOT_SENT: Final = frozenset({"ENV-007 a filing code of nobody", "AUT-004 exhausted is AUT-003"})
"""The door refuses the one; of the other the ledger says how often the authorization was used."""


@dataclass(frozen=True)
class Sent:
    """A visit that was sent, and where a rule should have found something."""

    rule: str
    why: str
    visit: str
    expected: tuple[tuple[str, int | None], ...] | bool


def _as_sent(session: Session, visit_id: str, patient: str) -> Json:
    told: Json = json.loads(session.model_dump_json())
    told["session_id"] = visit_id
    told["patient"]["patient_id"] = patient
    return told


def _found(folder: Path, visit_id: str) -> list[Json]:
    shown = claimloom("claims", "show", visit_id, "--json", cwd=folder)
    assert shown.returncode == 0, f"{visit_id}: {shown.stderr}"
    events = json.loads(shown.stdout)["events"]
    (scrubbed,) = [each["data"] for each in events if each["type"] == "claim-scrubbed"]
    return [each for each in scrubbed["findings"] if each["severity"] != "not_evaluated"]


def _play(folder: Path, day: date, visits: Sequence[Json]) -> None:
    (folder / "visits.jsonl").write_text("".join(f"{json.dumps(each)}\n" for each in visits), encoding="utf-8")
    done = claimloom("sessions", "import", "visits.jsonl", "--as-of", str(day), cwd=folder)
    assert done.returncode == 0, done.stdout + done.stderr


def _differs(folder: Path, sent: Sequence[Sent]) -> Iterator[str]:
    for each in sent:
        mine = [(one["where"], one["line_number"]) for one in _found(folder, each.visit) if one["code"] == each.rule]
        right = bool(mine) is each.expected if isinstance(each.expected, bool) else tuple(mine) == each.expected
        if not right:
            yield f"{each.rule} {each.why}: {mine}, and not {each.expected}"


def test_rows_of_the_tables_say_the_same_of_visits_that_are_sent(tmp_path: Path) -> None:
    """Day by day on which they are sent."""
    by_day: dict[date, list[Row]] = defaultdict(list)
    for row in _rows():
        by_day[row.case.as_of].append(row)
    wrong: list[str] = []
    for day, some in by_day.items():
        folder = tmp_path / str(day)
        folder.mkdir()
        sent = [Sent(row.rule, row.why, f"V{number}", row.expected) for number, row in enumerate(some)]
        _play(folder, day, [_as_sent(row.case.session, f"V{n}", f"P{n}") for n, row in enumerate(some)])
        wrong += _differs(folder, sent)
    assert wrong == []


def test_scenes_fire_and_let_their_neighbours_be(tmp_path: Path) -> None:
    """All in one ledger; each of patients of its own."""
    settings = tmp_path / "claimloom-data/payers"
    settings.mkdir(parents=True)
    visits: list[Json] = []
    sent: list[Sent] = []
    for each in SCENES:
        payer_id = each.rule.replace("-", "")
        if each.payer:
            text = f'payer_ids = ["{payer_id}"]\npayer_class = "medicare_b"\n{each.payer}\n'
            (settings / f"{payer_id}.toml").write_text(text, encoding="utf-8")
        for kind, some in (("fires", each.fires), ("passes", each.passes)):
            told = [_as_sent(one, f"{each.rule}-{kind}-{n}", f"{each.rule}-{kind}") for n, one in enumerate(some)]
            if each.payer:
                for one in told:
                    one["coverages"][0]["payer_id"] = payer_id
            visits += told
            sent.append(Sent(each.rule, kind, told[-1]["session_id"], kind == "fires"))
    _play(tmp_path, AS_OF, visits)
    assert list(_differs(tmp_path, sent)) == []


@pytest.mark.parametrize("kind", ["fails", "passes"])
def test_every_rule_is_played_or_a_guard(kind: str) -> None:
    """None is left out, and none is called a guard that somebody's visit can bring to fire."""
    in_tables = {row.rule for row in _rows() if row.kind == kind}
    played = in_tables | {each.rule for each in SCENES}
    missing = set(RULES) - played - GUARDS.keys() - ELSEWHERE
    assert missing == set()
    if kind == "fails":
        assert played & GUARDS.keys() == set()


def test_the_visit_that_scenes_begin_with_is_clean(tmp_path: Path) -> None:
    """So that what a scene finds comes from what it changes."""
    _play(tmp_path, AS_OF, [_as_sent(BASE, "V0", "P0")])
    assert {each["severity"] for each in _found(tmp_path, "V0")} <= {"warn"}
