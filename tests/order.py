"""The order of a run on several processes, the longest first, and what is said on the way: time, and the slowest files.

A unit is what runs on one process: a file, so that its fixtures are made once; or, where a file shares nothing, each of
its tests that is long. How long they take is kept in ``durations.json``, for those that take more than 20 ms; the
processor's time, the same on a busy machine, unless a test waits or starts something. ``--keep-durations`` writes
it anew from a run, ``--quick`` leaves out those that stand in it.
"""

from __future__ import annotations

import json
import re
import time
from collections import defaultdict
from collections.abc import Generator
from pathlib import Path
from typing import Any, Final

import pytest
from _pytest.nodeid import coerce_node_id

KEPT: Final = Path(__file__).with_name("durations.json")
ALONE: Final = 0.5
# What ``--quick`` leaves out, and the least that is kept: of one case, and of all cases of a test together.
SLOW: Final = 0.02
SLOW_TOGETHER: Final = 3.0
SHOWN: Final = 8
EVERY_SECONDS: Final = 30.0
GROUP: Final = re.compile(r"@tests/[\w/.]+$")  # by which xdist keeps a file together, behind a test's name


def known() -> dict[str, float]:
    """Seconds by unit."""
    return dict(json.loads(KEPT.read_text(encoding="utf-8"))) if KEPT.exists() else {}


def shares(item: pytest.Item) -> bool:
    """Whether a fixture of its module is made for several tests."""
    info = getattr(item, "_fixtureinfo", None)
    found = info.name2fixturedefs.values() if info else ()
    return any(each.scope in ("module", "class", "package") for some in found for each in some)


def units(items: list[pytest.Item], seconds: dict[str, float]) -> dict[pytest.Item, str]:
    """The unit of each test: its file, or its own name where it is one for itself."""
    together = {item.path for item in items if shares(item)}
    return {
        item: item.nodeid
        if item.path not in together and seconds.get(item.nodeid, 0.0) >= ALONE
        else item.nodeid.partition("::")[0]
        for item in items
    }


def is_slow(name: str, seconds: dict[str, float]) -> bool:
    """Whether a test, or all cases of it together, are known to take long."""
    return seconds.get(name, 0.0) >= SLOW or seconds.get(together(name), 0.0) >= SLOW_TOGETHER


def together(name: str) -> str:
    """The name under which all cases of a test are added up."""
    return name.partition("[")[0] + "[]"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Longest unit first; within one, as it was. Who has no group is a unit for itself.

    xdist goes by the group behind a test's name, and writes it where pytest 9.2 does not look: it is written here.
    """
    seconds = known()
    if config.getoption("--quick"):
        slow = {item for item in items if is_slow(item.nodeid, seconds)}
        config.hook.pytest_deselected(items=[*slow])
        items[:] = [item for item in items if item not in slow]
    unit_of = units(items, seconds)
    whole: dict[str, float] = defaultdict(float)
    for item, unit in unit_of.items():
        whole[unit] += seconds.get(item.nodeid, 0.0)
        if unit != item.nodeid and hasattr(config, "workerinput"):
            item._id = coerce_node_id(f"{item.nodeid}@{unit}")
    items.sort(key=lambda item: (-whole[unit_of[item]], unit_of[item]))


_processor = [0.0]


def pytest_runtest_logstart() -> None:
    """What went before a test is none of its."""
    _processor[0] = time.process_time()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """What a phase took: the time of the processor, or of the clock where something else is waited for."""
    report = yield
    now = time.process_time()
    waits = {"server", "process"} & set(report.keywords)
    report.took = report.duration if waits else now - _processor[0]
    _processor[0] = now
    return report


class Progress:
    """Adds up what tests take, by file; says now and then how long it has been, and at the end the slowest."""

    def __init__(self, reporter: Any, keep: bool) -> None:
        self.reporter = reporter
        self.keep = keep
        self.began = self.said = time.monotonic()
        self.by_test: dict[str, float] = defaultdict(float)
        self.passed = 0

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """One phase of a test."""
        self.by_test[GROUP.sub("", report.nodeid)] += getattr(report, "took", 0.0)
        self.passed += report.when == "call"
        if (now := time.monotonic()) - self.said > EVERY_SECONDS:
            self.said = now
            self.reporter.ensure_newline()
            self.reporter.write_line(f"{self.passed} tests, {now - self.began:.0f} s")

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """The slowest files."""
        by_file: dict[str, float] = defaultdict(float)
        for name, seconds in self.by_test.items():
            by_file[name.partition("::")[0]] += seconds
        whole = sum(by_file.values())
        terminalreporter.write_line(
            f"{self.passed} tests in {time.monotonic() - self.began:.0f} s, {whole:.0f} s of work and waiting; slowest:"
        )
        for name, seconds in sorted(by_file.items(), key=lambda each: -each[1])[:SHOWN]:
            terminalreporter.write_line(f"  {seconds:7.1f} s  {name}")
        if self.keep:
            kept = known() | self.by_test
            sums: dict[str, float] = defaultdict(float)
            for name, seconds in kept.items():
                sums[together(name)] += 0.0 if name.endswith("[]") else seconds
            kept |= {name: whole for name, whole in sums.items() if whole >= SLOW_TOGETHER}
            long = {name: round(took, 2) for name, took in sorted(kept.items()) if took >= SLOW}
            KEPT.write_text(json.dumps(long, indent=0) + "\n", encoding="utf-8")


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--keep-durations``: write down what the tests of this run took, for the order of the next."""
    parser.addoption("--keep-durations", action="store_true", help="write tests/durations.json anew")
    parser.addoption(
        "--quick",
        action="store_true",
        help="leave out tests that are known to take more than 20 ms, or 3 s with all their cases",
    )


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Only where the report is printed."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Progress(reporter, config.getoption("--keep-durations")), "progress-of-files")
