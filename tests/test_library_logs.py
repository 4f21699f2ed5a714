"""What libraries say goes out once, not a thousand times a second."""

from __future__ import annotations

import json
import logging

from claimloom.cli.logs import SeldomRepeated, _JsonLines


def record(at: float, text: str = "Unable connect to node with id %s: %s", node: int = 1) -> logging.LogRecord:
    made = logging.makeLogRecord({"name": "aiokafka", "msg": text, "args": (node, "refused")})
    made.created = at
    return made


def test_the_same_line_goes_out_once_in_ten_seconds_and_tells_how_often_it_came() -> None:
    seldom = SeldomRepeated()
    lines = [record(100 + number / 1000, node=number % 3) for number in range(25_000)]
    out = [each for each in lines if seldom.filter(each)]
    assert [(each.created, each.repeated) for each in out] == [(100.0, 0), (110.0, 9_999), (120.0, 9_999)]


def test_other_lines_are_not_held_back() -> None:
    seldom = SeldomRepeated()
    assert all(seldom.filter(record(100, f"line {number} %s %s")) for number in range(5_000))
    assert len(seldom._said) <= SeldomRepeated.MOST


def test_a_clock_that_goes_back_does_not_silence_anything() -> None:
    seldom = SeldomRepeated()
    assert seldom.filter(record(1000))
    assert seldom.filter(record(10))


def test_a_broker_that_makes_its_groups_topic_is_no_error() -> None:
    for said, level in (
        ("Group Coordinator Request failed: [Error 15] GroupCoordinatorNotAvailableError", "warning"),
        ("Unable to connect", "error"),
    ):
        record = logging.LogRecord("aiokafka.consumer", logging.ERROR, "", 0, said, None, None)
        assert json.loads(_JsonLines().format(record))["level"] == level
