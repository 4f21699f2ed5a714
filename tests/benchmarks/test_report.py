"""What a benchmark says of a figure, what it keeps, and how it counts."""

from __future__ import annotations

import json
import sqlite3
import sys
from pathlib import Path

import pytest

from benchmarks import ledger, report
from benchmarks.report import LESS, MORE, Report, Row, child, json_lines
from benchmarks.way import DATABASE, Frames, bytes_used


@pytest.mark.parametrize(
    ("ratio", "better", "said"),
    [
        (1.0, LESS, "same"),
        (1.09, LESS, "same"),
        (0.91, MORE, "same"),
        (1.12, LESS, "worse"),
        (1.12, MORE, "better"),
        (0.88, LESS, "better"),
        (0.88, MORE, "worse"),
    ],
)
def test_a_figure_is_better_worse_or_within_the_band(ratio: float, better: str, said: str) -> None:
    assert Row("way", 5.0, "us", ratio, better).verdict(1.0) == said


def test_a_figure_that_was_not_kept_is_new() -> None:
    assert Row("way", 5.0, "us", 1.0, LESS).verdict(None) == "new"


@pytest.mark.parametrize(
    ("better", "goal", "said"),
    [
        (LESS, 2.0, "goal 2 reached"),
        (LESS, 0.5, "goal 0.5 missed"),
        (MORE, 0.5, "goal 0.5 reached"),
        (MORE, 2.0, "goal 2 missed"),
        (MORE, None, ""),
    ],
)
def test_a_goal_is_reached_or_missed(better: str, goal: float | None, said: str) -> None:
    assert Row("way", 5.0, "us", 1.0, better, goal).reached() == said


def test_what_is_kept_is_compared_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(report, "LAST", tmp_path / "last.json")
    assert "no run is kept" in report.compared_with()
    first = Report()
    first.cost("way", 60.0, "us a claim", yard=0.06)  # 30 us of split and keep for a kilobyte
    first.rate("read", 8.0, "MB/s", yard=0.02)  # 100 MB/s
    first.plain("pages", 30.0, "a claim")
    assert [row.ratio for row in first.rows] == [2.0, 0.08, 30.0]
    first.keep()
    kept = json.loads((tmp_path / "last.json").read_text(encoding="utf-8"))
    assert set(kept) == {"version", "commit", "python", "ratios"}
    assert kept["ratios"] == {"way": 2.0, "read": 0.08, "pages": 30.0}

    capsys.readouterr()
    second = Report()
    second.cost("way", 30.0, "us a claim", yard=0.06)
    second.rate("read", 8.0, "MB/s", yard=0.01)
    second.plain("pages", 31.0, "a claim")
    said = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert [(words[0], words[-1]) for words in said] == [("way", "better"), ("read", "worse"), ("pages", "same")]
    second.keep()
    assert json.loads((tmp_path / "last.json").read_text(encoding="utf-8"))["ratios"]["pages"] == 31.0


def test_parts_that_were_not_run_stay_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report, "LAST", tmp_path / "last.json")
    for name in ("one", "two"):
        some = Report()
        some.plain(name, 1.0, "")
        some.keep()
    assert set(report.kept()["ratios"]) == {"one", "two"}


@pytest.mark.process
def test_a_child_is_measured_by_itself() -> None:
    large = child([sys.executable, "-c", "held = bytearray(200_000_000)\nprint('{\"held\": 200}')"])
    small = child([sys.executable, "-c", "pass"])
    assert list(json_lines(large.said)) == [{"held": 200}]
    assert large.peak_mb > 190
    assert small.peak_mb < 100, "not that of the child before it"
    with pytest.raises(RuntimeError, match="no such thing"):
        child([sys.executable, "-c", "raise SystemExit('no such thing')"])


def test_pages_of_the_wal_are_counted_past_a_checkpoint(tmp_path: Path) -> None:
    writer = sqlite3.connect(tmp_path / DATABASE, isolation_level=None)
    writer.execute("pragma journal_mode = wal")
    writer.execute("pragma wal_autocheckpoint = 3")
    writer.execute("create table rows (id integer primary key, text)")
    frames = Frames(tmp_path)
    for number in range(20):
        writer.execute("insert into rows values (?, ?)", (number, "x" * 10))  # one page, again and again
    assert frames.close() == 20
    writer.close()


def test_pages_that_are_free_are_not_counted(tmp_path: Path) -> None:
    writer = sqlite3.connect(tmp_path / DATABASE, isolation_level=None)
    writer.execute("create table rows (text)")
    before = bytes_used(tmp_path)
    writer.execute("insert into rows values (?)", ("x" * 100_000,))
    assert bytes_used(tmp_path) > before + 95_000
    writer.execute("delete from rows")
    writer.close()
    assert bytes_used(tmp_path) == before


@pytest.mark.long
@pytest.mark.server
def test_the_ledgers_part_runs_with_few_visits(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("VISITS", "NEW", "ANSWERED", "GROWN", "ANSWERED_LARGE", "GROWN_LARGE"):
        monkeypatch.setattr(ledger, name, 40)
    monkeypatch.setattr(ledger, "ROUNDS", 1)
    told = Report(last={})
    ledger.measure(told, large=True)
    assert all(row.value > 0 for row in told.rows)
    assert len(told.rows) == 21
