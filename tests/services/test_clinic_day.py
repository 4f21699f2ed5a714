"""Which day it is says the clinic's clock: a visit of its today is not of tomorrow, and its last day to file counts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from sqlalchemy import select

from claimloom.ledger.journal import payloads
from claimloom.ledger.tables import journal
from claimloom.reference.time_zones import STATES, day_at
from schemas.claim import ClaimScrubbed
from schemas.event import Topic
from schemas.session import Clinic
from tests.services.payers_say import MEDICARE, PLAN, Desk, begin, told

PLACES = {"HI": "968130001", "GU": "969100001", "AS": "967990001", "NY": "100010001", "IL": "627010001"}
KAGMAN = {"line1": "5 RUE X", "city": "NOUMEA", "zip": "98800", "country": "NC"}


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = begin(tmp_path, date(2026, 11, 20))
    yield made
    made.system.close()


def clinic(state: str, **changes: Any) -> dict[str, Any]:
    made = told([MEDICARE])["clinic"]
    return made | {"address": made["address"] | {"state": state, "zip": PLACES[state]}} | changes


def found(desk: Desk, moment: datetime, day: str, where: dict[str, Any], **changes: Any) -> ClaimScrubbed:
    """What is found at a moment in a visit of a day."""
    desk.system.runtime.clock = lambda: moment
    name = f"{moment:%m%d%H} {day} {where['address']['state']}"
    desk.visit(
        told(changes.pop("coverages", [MEDICARE]), date_of_service=day, session_id=name, clinic=where, **changes)
    )
    with desk.system.engine.connect() as connection:
        query = select(journal.c.seq).where(journal.c.type == Topic.CLAIM_SCRUBBED).order_by(journal.c.seq.desc())
        place = connection.scalars(query.limit(1)).one()
        return payloads(connection, [place], ClaimScrubbed)[place]


def codes(scrubbed: ClaimScrubbed) -> set[str]:
    return {each.code for each in scrubbed.findings}


AT_ONE = datetime(2026, 12, 1, 1, tzinfo=UTC)
"""15:00 of November 30 in Honolulu, 11:00 of December 1 on Guam."""


@pytest.mark.parametrize(
    ("where", "day", "future"),
    [
        (clinic("HI"), "2026-11-30", False),
        (clinic("HI"), "2026-12-01", True),
        (clinic("GU"), "2026-12-01", False),
        (clinic("GU"), "2026-12-02", True),
        (clinic("AS"), "2026-12-01", True),
        (clinic("IL"), "2026-11-30", False),
        (clinic("IL"), "2026-12-01", True),
        (clinic("IL", time_zone="Pacific/Guam"), "2026-12-01", False),
        (clinic("GU", time_zone="America/Chicago"), "2026-12-01", True),
    ],
)
def test_tomorrow_is_tomorrow_at_the_clinic(desk: Desk, where: dict[str, Any], day: str, future: bool) -> None:
    scrubbed = found(desk, AT_ONE, day, where)
    assert ("DAT-002" in codes(scrubbed)) is future


def test_a_morning_on_guam_is_yesterday_in_greenwich(desk: Desk) -> None:
    """08:00 of December 2 there is 22:00 of December 1 in UTC."""
    moment = datetime(2026, 12, 1, 22, tzinfo=UTC)
    assert "DAT-002" not in codes(found(desk, moment, "2026-12-02", clinic("GU")))
    (file,) = (desk.folder / "outbound").glob("*837p-*")
    assert file.read_text().partition("BHT*")[2].split("*")[3:5] == ["20261202", "0800"]
    assert len(desk.sent()) == 1
    assert found(desk, moment, "2026-12-02", clinic("IL")).as_of == date(2026, 12, 1)


def test_the_last_day_to_file_ends_with_the_clinics(desk: Desk) -> None:
    """90 days from September 1 are November 30."""
    plan = {"coverages": [PLAN]}
    in_honolulu = found(desk, AT_ONE, "2026-09-01", clinic("HI"), **plan)
    on_guam = found(desk, AT_ONE, "2026-09-01", clinic("GU"), **plan)
    assert ("DAT-004" in codes(in_honolulu), "DAT-005" in codes(in_honolulu)) == (False, True)
    assert "DAT-004" in codes(on_guam)


def test_the_night_when_clocks_go_back() -> None:
    """New York leaves daylight saving on November 1: midnight before it is 04:00 UTC, midnight after it 05:00."""
    here = Clinic.model_validate(clinic("NY"))
    moments = [(31, 3, 59), (1, 3, 59), (1, 4, 0), (2, 4, 59), (2, 5, 0)]
    days = [day_at(here, datetime(2026, 11 if d < 9 else 10, d, h, m, tzinfo=UTC)) for d, h, m in moments]
    assert days == [date(2026, 10, 30), date(2026, 10, 31), date(2026, 11, 1), date(2026, 11, 1), date(2026, 11, 2)]


def test_abroad_it_is_the_day_of_greenwich_unless_the_zone_is_told() -> None:
    there = Clinic.model_validate(clinic("IL", address=KAGMAN))
    moment = datetime(2026, 12, 1, 22, tzinfo=UTC)
    assert day_at(there, moment) == date(2026, 12, 1)
    assert day_at(there.model_copy(update={"time_zone": "Pacific/Noumea"}), moment) == date(2026, 12, 2)


def test_every_state_has_one_zone() -> None:
    states = [state for some in STATES.values() for state in some.split()]
    assert len(states) == len(set(states)) == 56  # fifty, the District, and five territories


@pytest.mark.parametrize("name", ["Mars/Olympus", "EST ", "../etc/passwd", "Pacific"])
def test_a_zone_that_nobody_knows_is_refused(name: str) -> None:
    with pytest.raises(ValidationError, match="time_zone is no name of the IANA list"):
        Clinic.model_validate(clinic("HI", time_zone=name))


@pytest.mark.parametrize(
    ("start", "stop", "day", "hit"),
    [
        ("2026-11-16T10:00", "2026-11-16T11:00", "2026-11-16", False),
        ("2026-11-16T23:50", "2026-11-17T00:50", "2026-11-16", False),  # past midnight
        ("2026-11-17T01:00Z", "2026-11-17T02:00Z", "2026-11-16", False),  # 15:00 of the 16th in Honolulu
        ("2026-11-16T15:00-10:00", "2026-11-16T16:00-10:00", "2026-11-16", False),
        ("2026-11-17T10:00", "2026-11-17T11:00", "2026-11-16", True),
        ("2026-11-17T12:00Z", "2026-11-17T13:00Z", "2026-11-16", True),
    ],
)
def test_a_visit_begins_on_its_date_of_service(desk: Desk, start: str, stop: str, day: str, hit: bool) -> None:
    moment = datetime(2026, 11, 20, 20, tzinfo=UTC)
    scrubbed = found(desk, moment, day, clinic("HI"), start=start, stop=stop)
    assert ("DAT-010" in codes(scrubbed)) is hit
    assert scrubbed.verdict == "clean"
