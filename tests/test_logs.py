"""The look through all logs of the suite can fail: each way in which a patient could be logged turns a test red."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.logs import found_in

pytestmark = pytest.mark.process

ROOT = Path(__file__).parent.parent
HEAD = """
import json, logging, subprocess, sys
import structlog
from pathlib import Path
"""
LOUD = {
    "a last name by structlog": 'structlog.get_logger().warning("cannot scrub", name="DOE")',
    "a first name in small letters": 'structlog.get_logger().error("cannot scrub jane")',
    "a bound value": 'structlog.get_logger().bind(member="1EG4TE5MK73").info("claim")',
    "a birth date by logging": 'logging.getLogger("library").warning("row %s", "1950-01-15")',
    "a birth date as X12 has it": 'logging.getLogger("library").error("DMG*D8*19500115*F")',
    "a logger that hands on to nobody": (
        'quiet = logging.getLogger("quiet"); quiet.propagate = False; quiet.error("member W000000012")'
    ),
    "a sample's name": 'logging.getLogger("x").warning("subscriber PARK, LEO")',
    "a command's log line": (
        "subprocess.run([sys.executable, '-c', "
        """'print(\\'{"event": "PRICE is held", "level": "info"}\\')'], capture_output=True)"""
    ),
    "a log line on stderr": """sys.stderr.write('{"event": "file taken", "level": "info", "who": "ABBOTT"}\\n')""",
    "a process whose words are thrown away": (
        "subprocess.Popen([sys.executable, '-c', "
        """'import sys; print(\\'{"event": "HUGO is held", "level": "info"}\\', file=sys.stderr)'], """
        "stderr=subprocess.DEVNULL).wait()"
    ),
    "a worker's log": (
        "from tools.cluster import Cluster\n"
        "    cluster = Cluster(tmp_path / 'data', '', '')\n"
        "    (tmp_path / 'data-logs').mkdir()\n"
        "    (tmp_path / 'data-logs' / 'claim_builder-1.log').write_text('first line\\nTraceback of GRETA\\n')\n"
        "    cluster.close()"
    ),
    "a server's log": (
        "from tools.local import Postgres\n"
        "    server = Postgres(tmp_path)\n"
        "    (tmp_path / 'postgres.log').write_text('DETAIL: Failing row contains (2001-02-03)\\n')\n"
        "    server.close()"
    ),
}
QUIET = {
    "ids": 'structlog.get_logger().warning("dead letter", claim_id="6f1c3b0e", on="2026-11-20")',
    "what is printed for a person": 'print("DOE, JANE 1950-01-15 1EG4TE5MK73")',
    "a level that is not logged": 'logging.getLogger("library").debug("row DOE")',
}


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """What pytest says of a file with all of these, the look at logs its only plugin."""
    folder = tmp_path_factory.mktemp("small")
    file = folder / "test_small.py"
    bodies = [*LOUD.values(), *QUIET.values()]
    tests = [f"def test_{number}(tmp_path):\n    {body}\n" for number, body in enumerate(bodies)]
    file.write_text("\n".join([HEAD, *tests]))
    command = [sys.executable, "-m", "pytest", "-rA", "-p", "tests.logs", "-c", os.devnull, "--rootdir", str(folder)]
    # Into a file, not through communicate(): a patient stands in it on purpose, and our own look would see it.
    with (folder / "said").open("w") as to:
        environment = os.environ | {
            "PYTHONPATH": os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
        }
        code = subprocess.call([*command, str(file)], stdout=to, stderr=to, env=environment, cwd=folder)
    assert code == 1
    yield (folder / "said").read_text()


@pytest.mark.parametrize("name", LOUD)
def test_a_patient_in_a_log_turns_a_test_red(name: str, said: str) -> None:
    number = list(LOUD).index(name)
    assert re.search(rf"^FAILED .*::test_{number} - A log tells who a patient is:", said, re.MULTILINE)


def test_place_and_words_are_said(said: str) -> None:
    assert re.search(r"/test_small\.py:\d+: doe: ", said)
    assert re.search(r"/claim_builder-1\.log:2: greta: Traceback", said)


@pytest.mark.parametrize("name", QUIET)
def test_what_is_no_log_of_a_patient_stays_green(name: str, said: str) -> None:
    number = len(LOUD) + list(QUIET).index(name)
    assert re.search(rf"^PASSED .*::test_{number}$", said, re.MULTILINE)


def test_words_that_only_hold_a_name_are_none() -> None:
    assert found_in("3 lines opened in the planning of grants") == []
    assert found_in("Lines of INES") == ["ines"]
