"""Invented visits to start from: three clinics, four payers, and a known share of visits with something wrong."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final

Visit = dict[str, Any]
FIRST_NAMES: Final = "ADA BEN CLARA DAN EVA FINN GRETA HUGO INES JON KIRA LEO MAYA NED OLGA PAUL".split()
LAST_NAMES: Final = (
    "ABBOTT BAKER COLE DRAKE ELLIS FROST GRANT HAYES IRWIN JONES KLEIN LANE MOSS NASH OWENS PRICE".split()
)
LETTERS: Final = "ACDEFGHJKMNPQRTUVWXY"
DAYS: Final = 25


@dataclass(frozen=True, slots=True)
class MadeClinic:
    """A place of one discipline, with what it bills."""

    key: str
    name: str
    discipline: str
    city: str
    postal: str
    npi_root: str
    taxonomy: str
    timed: tuple[str, ...]
    untimed: tuple[str, ...]
    diagnoses: tuple[str, ...]
    assistant: str


CLINICS: Final = (
    MadeClinic(
        "riverside",
        "RIVERSIDE OCCUPATIONAL THERAPY",
        "OT",
        "SPRINGFIELD",
        "627010001",
        "123456789",
        "225X00000X",
        ("97530", "97535", "97110", "97112"),
        ("97165",),
        ("M25511", "M6281", "G5601"),
        "OTA",
    ),
    MadeClinic(
        "lakeside",
        "LAKESIDE PHYSICAL THERAPY",
        "PT",
        "CHICAGO",
        "606010001",
        "124531959",
        "225100000X",
        ("97110", "97112", "97140", "97116"),
        ("97161",),
        ("M5450", "M25561", "R262"),
        "PTA",
    ),
    MadeClinic(
        "prairie",
        "PRAIRIE SPEECH THERAPY",
        "SLP",
        "PEORIA",
        "616020001",
        "134567890",
        "235Z00000X",
        (),
        ("92507", "92526"),
        ("R4701", "R1312", "R482"),
        "",
    ),
)
FEES: Final = {
    **dict.fromkeys(("97110", "97112", "97116", "97140"), 7500),
    **dict.fromkeys(("97530", "97535"), 8200),
    **dict.fromkeys(("97161", "97165"), 21000),
    "92507": 18500,
    "92526": 19500,
    "97150": 6000,
}
PAYERS: Final = (
    ("06102", "MEDICARE PART B IL", "medicare_b", "MB"),
    ("66666", "EXAMPLE ADVANTAGE PLAN", "medicare_advantage", "16"),
    ("99999", "EXAMPLE HEALTH PLAN", "commercial", "CI"),
    ("77777", "EXAMPLE BLUE PLAN", "commercial", "BL"),
)


def npi(root: str) -> str:
    """Nine digits with their check digit."""
    total = 24 + sum(
        sum(divmod(int(digit) * 2, 10)) if place % 2 == 0 else int(digit) for place, digit in enumerate(root)
    )
    return f"{root}{-total % 10}"


@dataclass(slots=True)
class Made:
    """A visit, and what was done wrong in it on purpose: the rule that must see it, or nothing."""

    visit: Visit
    defect: str = ""


def make_visits(seed: int, count: int, until: date) -> Iterator[Made]:
    """``count`` visits on the working days before ``until``; the same seed gives the same visits."""
    chance = random.Random(seed)  # noqa: S311 - a repeatable sample, nothing secret
    patients = [_patient(chance, number) for number in range(max(4, count // 5))]
    seen: set[tuple[str, str]] = set()
    came: dict[str, date] = {}  # the last day of each patient so far
    over: dict[str, date] = {}
    number = 0
    while number < count:
        patient, clinic, payer = patients[chance.randrange(len(patients))]
        day = until - timedelta(days=chance.randrange(4, 4 + DAYS))
        if day.weekday() > 4 or (patient["patient_id"], day.isoformat()) in seen:
            continue
        first = patient["patient_id"] not in came
        seen.add((patient["patient_id"], day.isoformat()))
        came[patient["patient_id"]] = max(day, came.get(patient["patient_id"], day))
        number += 1
        visit = make_visit(chance, f"V{number:05d}", patient, clinic, payer, day, first)
        made = Made(visit)
        if attested := over.get(patient["patient_id"], day) < day:
            _attest(visit)
        if chance.random() < 0.09:
            defects = [each for each in DEFECTS if each[1](visit)]
            made.defect, _, spoil = defects[chance.randrange(len(defects))]
            if spoil is not _spoil_threshold:
                spoil(visit)
            elif attested or day < came[patient["patient_id"]]:
                made.defect = ""  # a later visit of the patient is out without KX
            else:
                over[patient["patient_id"]] = day
                spoil(visit)
        yield made


def _patient(chance: random.Random, number: int) -> tuple[Visit, MadeClinic, tuple[str, str, str, str]]:
    clinic = CLINICS[number % len(CLINICS)]
    payer = PAYERS[chance.choices(range(len(PAYERS)), (40, 15, 25, 20))[0]]
    old = payer[0] in ("06102", "66666")
    year = chance.randrange(1935, 1957) if old else chance.randrange(1962, 2016)
    return (
        {
            "patient_id": f"P{number:05d}",
            "name": {"last": chance.choice(LAST_NAMES), "first": chance.choice(FIRST_NAMES)},
            "birth_date": date(year, chance.randrange(1, 13), chance.randrange(1, 28)).isoformat(),
            "gender": chance.choice("FM"),
            "address": {
                "line1": f"{chance.randrange(10, 990)} OAK AVE",
                "city": clinic.city,
                "state": "IL",
                "zip": clinic.postal[:5],
            },
            "member_id": _member(chance, payer[0], number),
        },
        clinic,
        payer,
    )


def _member(chance: random.Random, payer_id: str, number: int) -> str:
    if payer_id == "06102":
        marks = [chance.choice(LETTERS) for _ in range(4)]
        return f"1{marks[0]}{number % 10}4{marks[1]}{number // 10 % 10}5{marks[2]}{marks[3]}{number % 90 + 10}"
    return f"W{number:09d}"


def make_visit(
    chance: random.Random,
    session_id: str,
    patient: Visit,
    clinic: MadeClinic,
    payer: tuple[str, str, str, str],
    day: date,
    first: bool = False,
) -> Visit:
    """A visit as an EMR would send it; on a ``first`` one the patient is evaluated."""
    address = {"line1": "100 MAIN ST", "city": clinic.city, "state": "IL", "zip": clinic.postal}
    start = datetime.combine(day, time(9 + chance.randrange(7), chance.choice((0, 15, 30))))
    therapist = npi(clinic.npi_root[:8] + "5")
    visit: Visit = {
        "tenant": "demo",
        "session_id": session_id,
        "date_of_service": day.isoformat(),
        "place_of_service": "11",
        "discipline": clinic.discipline,
        "clinic": {
            "clinic_id": clinic.key,
            "name": clinic.name.title(),
            "address": address,
            "fees_cents": {code: FEES[code] for code in (*clinic.timed, *clinic.untimed)},
        },
        "billing_provider": {
            "name": clinic.name,
            "npi": npi(clinic.npi_root),
            "tax_id": f"36{clinic.npi_root[:7]}",
            "taxonomy": "261QR0400X",
            "address": address,
        },
        "therapist": {
            "name": {"last": "RIVERA", "first": "PAT"},
            "npi": therapist,
            "taxonomy": clinic.taxonomy,
        },
        "referring_provider": {"name": {"last": "SMITH", "first": "ALAN"}, "npi": npi("199999998")},
        "patient": {name: value for name, value in patient.items() if name != "member_id"},
        "coverages": [
            {
                "payer_id": payer[0],
                "payer_name": payer[1],
                "payer_class": payer[2],
                "member_id": patient["member_id"],
                "filing_indicator": payer[3],
            }
        ],
        "diagnoses": chance.sample(clinic.diagnoses, 2),
        "timed": [],
        "untimed": [],
        "plan_of_care": {
            "start": (day - timedelta(days=40)).isoformat(),
            "end": (day + timedelta(days=45)).isoformat(),
            "first_treatment": (day - timedelta(days=38)).isoformat(),
            "certified_on": (day - timedelta(days=35)).isoformat(),
            "certified_to": (day + timedelta(days=40)).isoformat(),
            "treatment_days_since_report": chance.randrange(0, 10),
        },
    }
    stop = _services(chance, visit, clinic, start, first)
    visit["start"], visit["stop"] = start.isoformat(), stop.isoformat()
    visit["note"] = {"signed_at": (stop + timedelta(minutes=10)).isoformat(), "signed_by_npi": therapist}
    if payer[0] == "77777":
        visit["authorization"] = {
            "number": f"AUTH{int(patient['patient_id'][1:]):06d}",
            "valid_from": (day - timedelta(days=60)).isoformat(),
            "valid_to": (day + timedelta(days=90)).isoformat(),
            "visits_authorized": 40,
        }
    return visit


def _services(chance: random.Random, visit: Visit, clinic: MadeClinic, start: datetime, first: bool) -> datetime:
    """Evaluation on a first visit, one to three timed codes, or a speech treatment."""
    now = start
    if not clinic.timed or first:
        code = clinic.untimed[0] if clinic.timed else chance.choice(clinic.untimed)
        visit["untimed"].append({"code": code, "minutes": 45})
        now += timedelta(minutes=45)
    assisted = bool(clinic.assistant) and chance.random() < 0.25
    if assisted:
        name = {"last": "TOWNE", "first": "KIM"}
        visit["assistant"] = {"name": name, "credential": clinic.assistant}
    for code in chance.sample(clinic.timed, chance.randrange(1, 4) if clinic.timed else 0):
        minutes = chance.choice((15, 15, 23, 25, 30, 38))
        stop = now + timedelta(minutes=minutes)
        performer = "assistant" if assisted and chance.random() < 0.5 else "therapist"
        segment = {"code": code, "start": now.isoformat(), "stop": stop.isoformat(), "performer": performer}
        visit["timed"].append(segment)
        now = stop
    return now


def _spoil_referring(visit: Visit) -> None:
    del visit["referring_provider"]


def _spoil_member(visit: Visit) -> None:
    visit["coverages"][0]["member_id"] = "123-45-6789A"


def _spoil_authorization(visit: Visit) -> None:
    del visit["authorization"]


def _spoil_note(visit: Visit) -> None:
    visit["note"] = {}


def _spoil_npi(visit: Visit) -> None:
    number = visit["therapist"]["npi"]
    visit["therapist"]["npi"] = number[:-1] + str((int(number[-1]) + 1) % 10)
    visit["note"]["signed_by_npi"] = visit["therapist"]["npi"]


def _spoil_indicator(visit: Visit) -> None:
    visit["coverages"][0]["filing_indicator"] = "MC"


def _spoil_place(visit: Visit) -> None:
    visit["place_of_service"] = "10"


def _spoil_threshold(visit: Visit) -> None:
    visit["therapy_used_cents"] = 250_000


def _attest(visit: Visit) -> None:
    """Above the year's threshold each service says that it is necessary."""
    for each in (*visit["timed"], *visit["untimed"]):
        each["modifiers"] = [*each.get("modifiers", []), "KX"]


def _spoil_plan(visit: Visit) -> None:
    day = date.fromisoformat(visit["date_of_service"])
    visit["plan_of_care"]["certified_to"] = (day - timedelta(days=1)).isoformat()


def _spoil_group(visit: Visit) -> None:
    visit["untimed"].append({"code": "97150", "minutes": 20})
    visit["clinic"]["fees_cents"]["97150"] = FEES["97150"]


def _of(payer_id: str) -> Callable[[Visit], bool]:
    return lambda visit: visit["coverages"][0]["payer_id"] == payer_id


def _any(_visit: Visit) -> bool:
    return True


DEFECTS: Final[tuple[tuple[str, Callable[[Visit], bool], Callable[[Visit], None]], ...]] = (
    ("REF-001", _of("06102"), _spoil_referring),
    ("SUB-002", _of("06102"), _spoil_member),
    ("AUT-001", _of("77777"), _spoil_authorization),
    ("CLM-018", _any, _spoil_note),
    ("PRV-002", _any, _spoil_npi),
    ("PYR-002", _any, _spoil_indicator),
    ("TEL-001", _any, _spoil_place),
    ("MOD-008", _of("06102"), _spoil_threshold),
    ("POC-003", _of("06102"), _spoil_plan),
    ("NCC-002", lambda visit: _of("06102")(visit) and bool(visit["timed"]), _spoil_group),
)
