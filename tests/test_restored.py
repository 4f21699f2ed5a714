"""A backup is put back beside a folder that went on: no claim is sent twice, no answer is lost."""

from __future__ import annotations

import json
import random
import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import psycopg
import pytest
from sqlalchemy import select, text

from claimloom.ledger.books.submissions import submissions
from claimloom.ledger.database import open_engine
from claimloom.ledger.migration import migrate
from claimloom.restored import Restoring
from claimloom.sandbox.payer import Payer
from claimloom.sandbox.visits import make_visits
from claimloom.settings import Settings
from claimloom.system import System
from tests.chains import misfits
from tests.command import claimloom
from tests.runtime import contract
from tools.local import Postgres, new_database

SEED: Final = 14
ENVIRONMENT: Final = {"CLAIMLOOM_AS_OF": contract.DAY.isoformat()}


class Clinic:
    """A data folder whose ledger is copied before each delivery."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.backups = folder.parent / "backups"
        self.backups.mkdir()
        self.count = 0
        self.system = System(Settings(folder, as_of=contract.DAY))

    def deliver(self, files: Mapping[str, bytes]) -> None:
        """One file at a time, with a backup before each, and one while the services are half through it."""
        for name, content in files.items():
            self.backup()
            (self.folder / "inbound" / name).write_bytes(content)
            self.system.take_inbound()
            self.backup()
            self.system.run_until_idle()

    def backup(self) -> None:
        done = claimloom("db", "backup", self.backups / f"{self.count}.db", "--data", self.folder)
        assert done.returncode == 0, done.stderr
        self.count += 1


MEDICARE: Final = "06102"
"""Takes no corrections: what is one is known by the answers, which a ledger put back without them has not."""


def whole_way(clinic: Clinic) -> None:
    """Visits in several files, some corrected after they went out, and what the payer says of each file, and later."""
    made = list(make_visits(SEED, 12, contract.DAY))
    payer = Payer(SEED, contract.DAY)
    answered: set[str] = set()
    for number, some in enumerate((made[:5], made[5:9], made[9:])):
        clinic.deliver({f"visits-{number}.jsonl": contract.lines(some)})
        if number == 1:
            takes = [each for each in made[:9] if each.visit["coverages"][0]["payer_id"] != MEDICARE]
            clinic.deliver({"corrected.jsonl": lines([each.visit | {"revision": 2} for each in takes[:2]])})
        for path in sorted((clinic.folder / "outbound").iterdir()):
            if path.name not in answered:
                answered.add(path.name)
                clinic.deliver(payer.answer(path.read_text(encoding="ascii")))
    clinic.deliver(payer.later())


def lines(visits: list[Mapping[str, Any]]) -> bytes:
    return "".join(json.dumps(each) + "\n" for each in visits).encode()


def claims_sent(folder: Path) -> Counter[str]:
    found: Counter[str] = Counter()
    for path in (folder / "outbound").iterdir():
        found.update(re.findall(r"~\s*CLM\*([^*]+)\*", path.read_text(encoding="ascii")))
    return found


def said(folder: Path, db: str = "") -> dict[str, Any]:
    system = System(Settings(folder, as_of=contract.DAY, db=db))
    found = {
        "export": contract.export(system.engine),
        "totals": contract.totals(system.engine),
        "events": contract.events_by_type(system.engine),
        "work": contract.worklist(system.engine),
    }
    with system.engine.connect() as connection:
        found["sent"] = sorted(map(tuple, connection.execute(select(*list(submissions.c)[1:]))))
    system.close()
    return found


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Clinic:
    clinic = Clinic(tmp_path_factory.mktemp("lived") / "data")
    whole_way(clinic)
    clinic.system.close()
    return clinic


POINTS: Final = 20


@pytest.mark.parametrize(
    "point", [pytest.param(each, marks=() if each in (0, 7, 13) else pytest.mark.long) for each in range(POINTS)]
)
def test_a_backup_of_any_moment_becomes_what_was_lost(lived: Clinic, tmp_path: Path, point: int) -> None:
    number = random.Random(point).randrange(lived.count)
    folder = tmp_path / "data"
    shutil.copytree(lived.folder, folder)
    before, sent = said(folder), claims_sent(folder)
    assert set(sent.values()) == {1}
    done = claimloom(
        "db", "restore", lived.backups / f"{number}.db", "--data", folder, "--json", environment=ENVIRONMENT
    )
    assert done.returncode == 0, (number, done.stdout, done.stderr)
    after = said(folder)
    assert claims_sent(folder) == sent
    assert after["sent"] == before["sent"]
    assert {name: after[name] == before[name] for name in before} == dict.fromkeys(before, True)
    assert misfits(f"sqlite:///{folder}/claimloom.db", folder) == []
    again = claimloom("run", "--until-idle", "--data", folder, environment=ENVIRONMENT)
    assert (again.returncode, claims_sent(folder)) == (0, sent)
    for words in (("replay",), ("doctor", "--json")):
        looked = claimloom(*words, "--data", folder, environment=ENVIRONMENT)
        assert looked.returncode == 0 or '"needs_attention": ["rejected_files"]' in looked.stdout, looked.stdout


def test_numbers_go_on_above_all_that_were_used(lived: Clinic, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    shutil.copytree(lived.folder, folder)
    last = max(int(path.stem.rpartition("-")[2]) for path in (folder / "outbound").iterdir())
    restored = ("db", "restore", lived.backups / "0.db", "--data", folder, "--json")
    done = claimloom(*restored, environment=ENVIRONMENT)
    assert json.loads(done.stdout)["last_number"] == last
    more = [each.visit | {"session_id": f"more-{at}"} for at, each in enumerate(make_visits(3, 3, contract.DAY))]
    (folder / "inbound" / "more.jsonl").write_bytes(lines(more))
    assert claimloom("run", "--until-idle", "--data", folder, environment=ENVIRONMENT).returncode == 0
    assert max(claims_sent(folder).values()) == 1
    assert (folder / "outbound" / f"TEST_837p-{last + 1:09d}.edi").exists()
    done = claimloom(*restored, "--above", "5000", environment=ENVIRONMENT)
    assert json.loads(done.stdout)["last_number"] == 5000


def test_doctor_finds_a_ledger_that_is_older_than_its_folder(lived: Clinic, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    shutil.copytree(lived.folder, folder)
    shutil.copy(lived.backups / "0.db", folder / "claimloom.db")
    done = claimloom("doctor", "--data", folder, "--json", environment=ENVIRONMENT)
    found = json.loads(done.stdout)
    assert (done.returncode, found["unknown_files"]) == (1, len(list((folder / "outbound").iterdir())))
    assert {"unknown_files", "chain"} <= set(found["needs_attention"])
    assert claimloom("db", "restore", "--data", folder, environment=ENVIRONMENT).returncode == 0
    found = json.loads(claimloom("doctor", "--data", folder, "--json", environment=ENVIRONMENT).stdout)
    assert not {"unknown_files", "chain", "events_waiting"} & set(found["needs_attention"])


def test_doctor_says_that_events_wait(tmp_path: Path) -> None:
    system = System(Settings(tmp_path, as_of=contract.DAY))
    (tmp_path / "inbound" / "visits.jsonl").write_bytes(contract.lines(list(make_visits(3, 3, contract.DAY))))
    system.take_inbound()
    system.close()
    done = claimloom("doctor", "--data", tmp_path, "--json", environment=ENVIRONMENT)
    assert (done.returncode, json.loads(done.stdout)["events_waiting"]) == (1, 3)


def test_a_claim_that_went_out_and_is_not_known_is_named(lived: Clinic, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    shutil.copytree(lived.folder, folder)
    for path in (folder / "archive").glob("visits-2*"):
        path.unlink()
    done = claimloom("db", "restore", lived.backups / "0.db", "--data", folder, "--json", environment=ENVIRONMENT)
    unmatched = json.loads(done.stdout)["unmatched"]
    assert (done.returncode, len(unmatched) > 0, set(unmatched) <= set(claims_sent(folder))) == (1, True, True)


def test_what_no_file_shows_as_sent_waits_for_a_person(lived: Clinic, tmp_path: Path) -> None:
    folder, transport = tmp_path / "data", tmp_path / "taken"
    shutil.copytree(lived.folder, folder)
    shutil.move(folder / "outbound", transport)
    (folder / "outbound").mkdir()
    for path in (folder / "archive").glob("*.edi"):
        path.unlink()
    restored = ("db", "restore", lived.backups / "0.db", "--data", folder, "--json")
    done = json.loads(claimloom(*restored, environment=ENVIRONMENT).stdout)
    assert (done["sent_files"], done["to_send"] > 5) == (0, True)
    assert claims_sent(folder) == {}
    found = json.loads(claimloom("doctor", "--data", folder, "--json", environment=ENVIRONMENT).stdout)
    assert "events_waiting" in found["needs_attention"]
    done = json.loads(claimloom(*restored, "--sent", transport, environment=ENVIRONMENT).stdout)
    assert (done["sent_files"], done["to_send"]) == (len(list(transport.iterdir())), 0)
    assert claimloom("run", "--until-idle", "--data", folder, environment=ENVIRONMENT).returncode == 0
    assert claims_sent(folder) == {}


def test_a_key_that_is_lost_is_made_anew(lived: Clinic, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    shutil.copytree(lived.folder, folder)
    anew = ("db", "restore", "--new-key", "--data", folder)
    assert claimloom(*anew, environment=ENVIRONMENT).returncode == 2
    (folder / "chain.key").unlink()
    done = claimloom("db", "restore", "--data", folder, environment=ENVIRONMENT)
    assert (done.returncode, "docs/security.md" in done.stderr) == (2, True)
    assert claimloom(*anew, environment=ENVIRONMENT).returncode == 0
    assert misfits(f"sqlite:///{folder}/claimloom.db", folder) == []


def test_what_is_no_backup_changes_nothing(lived: Clinic, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    shutil.copytree(lived.folder, folder)
    before = (folder / "claimloom.db").read_bytes()
    (tmp_path / "other").write_bytes(b"no database at all" * 100)
    for file in (tmp_path / "other", tmp_path / "none"):
        done = claimloom("db", "restore", file, "--data", folder, environment=ENVIRONMENT)
        assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
    assert (folder / "claimloom.db").read_bytes() == before


def test_a_database_of_a_server_that_was_put_back(database: str, tmp_path: Path) -> None:
    engine = open_engine(database)
    migrate(engine)
    engine.dispose()
    folder = tmp_path / "data"
    system = System(Settings(folder, as_of=contract.DAY, db=database))
    made = list(make_visits(SEED, 8, contract.DAY))
    (folder / "inbound" / "first.jsonl").write_bytes(contract.lines(made[:4]))
    system.run_until_idle()
    environment = {"CLAIMLOOM_DATA": str(folder), "CLAIMLOOM_DB": database, **ENVIRONMENT}
    environment["CLAIMLOOM_PG_DUMP"] = str(Postgres.program("pg_dump"))
    assert claimloom("db", "backup", tmp_path / "backup", environment=environment).returncode == 0
    (folder / "inbound" / "second.jsonl").write_bytes(contract.lines(made[4:]))
    system.run_until_idle()
    payer = Payer(SEED, contract.DAY)
    for path in sorted((folder / "outbound").iterdir()):
        for name, content in payer.answer(path.read_text(encoding="ascii")).items():
            (folder / "inbound" / name).write_bytes(content)
        system.run_until_idle()
    system.close()
    before, sent = said(folder, database), claims_sent(folder)
    fresh = new_database(database, psycopg)
    command = [str(Postgres.program("pg_restore")), "--no-owner", f"--dbname={fresh}", str(tmp_path / "backup")]
    subprocess.run(command, check=True, capture_output=True)
    restored = System(Settings(folder, as_of=contract.DAY, db=fresh))
    done = Restoring(restored).run()
    with restored.engine.connect() as connection:
        assert connection.scalar(text("select count(*) from went_out")) == done.sent_claims > 0
    restored.close()
    assert (said(folder, fresh), claims_sent(folder)) == (before, sent)
    assert misfits(fresh, folder) == []
