"""Visits to play scenarios alone to: claims that fit, and a provider apart where money is taken back."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from itertools import cycle, islice, product
from typing import Any, Final

from claimloom.sandbox.agreements import agreements
from claimloom.sandbox.claims_in import Filed
from claimloom.sandbox.fees import AGREED
from claimloom.sandbox.scenario import KNOWN_TO_BILLER, PLAIN, Scenario, scenario_named
from claimloom.sandbox.visits import CLINICS, FEES, LETTERS, PAYERS, Visit, make_visit

STRANGER: Final = ("55501", "STRANGE MUTUAL", "commercial", "CI")
SUPPLEMENT: Final = ("44444", "SUPPLEMENT MUTUAL", "commercial", "CI")
FIRST_OF_TWO: Final = "first_of_two_payers"
OT, PT = CLINICS[0], CLINICS[1]
BY_KIND: Final = {"medicare": PAYERS[0], "advantage": PAYERS[1], "plan": PAYERS[2], "blue": PAYERS[3]}
FIRST_NPI: Final = 141_000_000


@dataclass(slots=True)
class Cast:
    """Visits, and which scenario is played to the claims of which provider."""

    visits: list[Visit] = field(default_factory=list)
    corrected: list[Visit] = field(default_factory=list)
    """The same visits with one unit more, to be sent a week later."""
    roles: dict[str, Scenario] = field(default_factory=dict)
    """By the member id of the claim."""

    def choice(self, claim: Filed, _roll: int) -> Iterator[Scenario]:
        """The scenario of the claim's member."""
        yield self.roles.get(claim.member) or scenario_named(PLAIN)


def cast_for(scenarios: Iterable[Scenario], each: int, until: date) -> Cast:
    """``each`` claims (or pairs of them) of every scenario, on days before ``until``."""
    made = Cast()
    for place, scenario in enumerate(scenarios):
        if all(answer.version == 2 for answer in scenario.answers) and scenario.replaces:
            continue  # of a claim that is sent again whatever was said of the first
        if scenario.payers == ("second",):
            for number in range(each):
                _add(made, scenario_named(FIRST_OF_TWO), place, number, "medicare", until)
                _cover(made, scenario, place, number)
            continue
        kinds = [kind for kind in scenario.payers if kind in (*KNOWN_TO_BILLER, AGREED, "stranger")]
        for number, kind in enumerate(islice(cycle(kinds), each)):
            _add(made, scenario, place, number, kind, until)
        for week in scenario.company_weeks:
            _add(made, _company(week), place, each + week, kinds[0], until, apart=True)
    return made


def _moves_money(scenario: Scenario) -> bool:
    """Whether it takes money back or gives some at provider level, so that others' payments would bear it."""
    back = any(each.how == "reverse" for each in scenario.answers)
    return bool(back or scenario.provider or scenario.again or scenario.company_weeks)


def _cover(made: Cast, scenario: Scenario, place: int, number: int) -> None:
    """A second insurance of the newest visit, whose payer plays the scenario."""
    member = f"S{place + 1:05d}{number:04d}"
    made.roles[member] = scenario
    names = dict(zip(("payer_id", "payer_name", "payer_class", "filing_indicator"), SUPPLEMENT, strict=True))
    made.visits[-1]["coverages"].append(names | {"member_id": member})


def _company(week: int) -> Scenario:
    """A payment as contracted in a week in which a scenario wants one beside it."""
    plain = scenario_named(PLAIN)
    return replace(plain, answers=(replace(plain.answers[0], week=week),))


def _add(
    made: Cast, scenario: Scenario, place: int, number: int, kind: str, until: date, *, apart: bool | None = None
) -> None:
    chance = random.Random(f"{scenario.name} {number}")  # noqa: S311 - a repeatable sample, nothing secret
    payer = _with_contract(scenario) if kind == AGREED else BY_KIND.get(kind, STRANGER)
    low = "wrong_locality" in scenario.name or number % 2 == 1
    clinics = (OT, PT) if "pair" in scenario.needs else (PT,) if low else (OT,)
    member = _member(kind, place, number)
    home = place + 1 if (_moves_money(scenario) if apart is None else apart) else 0
    made.roles[member] = scenario
    for back, clinic in product(range(scenario.visits - 1, -1, -1), clinics):
        own = replace(
            clinic,
            key=f"{clinic.key}-{home}",
            name=f"{clinic.name} {home}",
            npi_root=str(FIRST_NPI + 10 * home),
            city=OT.city if "pair" in scenario.needs else clinic.city,
            postal=OT.postal if "pair" in scenario.needs else clinic.postal,
        )
        visit = make_visit(
            chance,
            f"{scenario.name}-{place}-{number}-{clinic.discipline}" + (f"-{scenario.visits - back}" if back else ""),
            _patient(place, number, member, own.city, own.postal),
            own,
            payer,
            _weekday(until - timedelta(days=6 + number % 10 + 7 * back)),
        )
        _services(visit, scenario, clinic.discipline)
        if scenario.visits > 1:
            visit["plan_of_care"] = _one_course(until)
        visit["place_of_service"] = scenario.place or visit["place_of_service"]
        made.visits.append(visit)
        if scenario.replaces:
            more = deepcopy(visit) | {"revision": 2}
            more["timed"][1]["minutes"] = 30
            more["stop"] = (datetime.fromisoformat(visit["stop"]) + timedelta(minutes=15)).isoformat()
            made.corrected.append(more)


def _with_contract(scenario: Scenario) -> tuple[str, str, str, str]:
    """A commercial plan under the id of the scenario's agreement."""
    agreement = agreements()[scenario.agreement]
    return agreement.payer_id, f"{agreement.name.replace('_', ' ').upper()} PLAN"[:60], "commercial", "CI"


def _one_course(until: date) -> dict[str, Any]:
    """One plan of care for all visits of a patient."""
    start = until - timedelta(days=60)
    told = {"start": start, "first_treatment": start, "certified_on": start, "sent_on": start}
    ends = {"end": until + timedelta(days=30), "certified_to": until + timedelta(days=25)}
    return {name: day.isoformat() for name, day in (told | ends).items()} | {"treatment_days_since_report": 1}


def _weekday(day: date) -> date:
    return day - timedelta(days=max(0, day.weekday() - 4))


def _member(kind: str, place: int, number: int) -> str:
    if kind == "medicare":
        letters = LETTERS[place // 20], LETTERS[place % 20], LETTERS[number // 1000]
        return f"2A{letters[2]}{number // 100 % 10}{letters[0]}{letters[1]}5DK{number % 100:02d}"
    return f"W{place + 1:05d}{number:04d}"


def _patient(place: int, number: int, member: str, city: str, postal: str) -> dict[str, Any]:
    return {
        "patient_id": f"P9{place:03d}{number:04d}",
        "name": {"last": "ABBOTT" if number % 2 else "COLE", "first": "ADA" if place % 2 else "HUGO"},
        "birth_date": "1950-02-11",
        "gender": "F" if place % 2 else "M",
        "address": {"line1": f"{10 + place} OAK AVE", "city": city, "state": "IL", "zip": postal[:5]},
        "member_id": member,
    }


def _services(visit: Visit, scenario: Scenario, discipline: str) -> None:
    """Two lines, the first of two units; what the scenario needs besides."""
    codes = ("97530", "97535") if discipline == "OT" else ("97112", "97110")
    if "pair" in scenario.needs:
        codes = ("97110", "97112")
    performers = ("assistant", "assistant") if "assistant" in scenario.needs else ("therapist", "therapist")
    visit["untimed"] = []
    minutes = (30, 15)
    start = datetime.fromisoformat(visit["start"])
    visit["stop"] = (start + timedelta(minutes=sum(minutes))).isoformat()
    visit["note"]["signed_at"] = (start + timedelta(hours=2)).isoformat()
    visit["timed"] = [
        {"code": code, "minutes": long, "performer": who}
        for code, long, who in zip(codes, minutes, performers, strict=True)
    ]
    visit["clinic"]["fees_cents"] = dict(FEES)
    visit.pop("assistant", None)
    if "assistant" in scenario.needs:
        credential = "OTA" if discipline == "OT" else "PTA"
        visit["assistant"] = {"name": {"last": "TOWNE", "first": "KIM"}, "credential": credential}
