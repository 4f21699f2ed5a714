"""Real processes killed at random moments, files delivered twice and in any order, files that are not what they say."""

from __future__ import annotations

import contextlib
import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from claimloom.demo import BUSINESS_DATE
from claimloom.sandbox.claims_in import open_file
from claimloom.sandbox.payer import Payer
from claimloom.sandbox.visits import make_visits
from tests import command

pytestmark = pytest.mark.process

CLAIMLOOM = str(Path(sys.executable).with_name("claimloom"))
KILLS_A_DELIVERY = 15
VISITS = 240
SETTINGS = {
    "CLAIMLOOM_AS_OF": BUSINESS_DATE.isoformat(),
    "CLAIMLOOM_BATCH": "6",
    "CLAIMLOOM_CLAIMS_PER_FILE": "25",
}


ENVIRONMENT = os.environ | SETTINGS


def claimloom(*arguments: str) -> command.Done:
    return command.claimloom(*arguments, environment=SETTINGS)


def finish(folder: Path) -> None:
    done = claimloom("run", "--until-idle", "--data", str(folder))
    assert done.returncode == 0, done.stderr


def visits_file(seed: int = 11, count: int = VISITS) -> bytes:
    return "".join(json.dumps(each.visit) + "\n" for each in make_visits(seed, count, BUSINESS_DATE)).encode()


def of_its_own(visits: bytes, number: int) -> bytes:
    """The visits under ids that no other file has."""
    for name in (b"session_id", b"patient_id"):
        visits = visits.replace(b'"%s": "' % name, b'"%s": "%d-' % (name, number))
    return visits


def drop(folder: Path, content: Mapping[str, bytes]) -> None:
    (folder / "inbound").mkdir(parents=True, exist_ok=True)
    for name, data in content.items():
        half = folder / "inbound" / f".{name}.part"
        half.write_bytes(data)
        half.replace(folder / "inbound" / name)


def answers(folder: Path) -> tuple[dict[str, bytes], dict[str, bytes]]:
    payer = Payer(11, BUSINESS_DATE)
    first: dict[str, bytes] = {}
    for path in sorted((folder / "outbound").iterdir()):
        first |= payer.answer(path.read_text(encoding="ascii"))
    return first, payer.later()


def export(folder: Path) -> str:
    done = claimloom("claims", "export", "--data", str(folder))
    assert done.returncode == 0, done.stderr
    return done.stdout


def events_by_claim(folder: Path) -> dict[str, list[str]]:
    """Ids of the events about each claim, whatever their order in time."""
    found: dict[str, list[str]] = {}
    with contextlib.closing(sqlite3.connect(folder / "claimloom.db")) as database:
        asked = "select claims.claim_id, journal.id from journal join claims on claims.place = journal.claim"
        for claim_id, event_id in database.execute(asked):
            found.setdefault(claim_id, []).append(event_id)
    return {claim_id: sorted(ids) for claim_id, ids in found.items()}


def files_by_claim(folder: Path) -> Counter[str]:
    paths = sorted((folder / "outbound").iterdir())
    return Counter(claim.number for path in paths for claim in open_file(path.read_text(encoding="ascii")).claims)


def outbound(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (folder / "outbound").iterdir()}


def in_order(folder: Path, count: int) -> Path:
    """Visits, the payer's answers, and what it says later, one after the other."""
    drop(folder, {"visits.jsonl": visits_file(count=count)})
    finish(folder)
    first, later = answers(folder)
    drop(folder, first)
    finish(folder)
    drop(folder, later)
    finish(folder)
    return folder


def progress(folder: Path) -> tuple[Any, ...]:
    """How far the work is, as another process sees it."""
    try:
        database = sqlite3.connect(f"file:{folder}/claimloom.db?mode=ro", uri=True)
    except sqlite3.OperationalError:
        return (0, 0)
    with contextlib.closing(database), contextlib.suppress(sqlite3.OperationalError):
        (events,) = database.execute("select max(seq) from journal").fetchone()
        (place,) = database.execute("select sum(seq) from positions").fetchone()
        return (events or 0, place or 0)
    return (0, 0)


def kill_at_work(folder: Path, chance: random.Random) -> bool:
    """Start a run, kill it a random moment after its first sign of work; False if there was nothing left to do."""
    before = progress(folder)
    process = subprocess.Popen(
        [CLAIMLOOM, "run", "--until-idle", "--data", str(folder)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=ENVIRONMENT,
    )
    try:
        while process.poll() is None and progress(folder) == before:
            time.sleep(0.002)
        time.sleep(chance.uniform(0, 0.12))
        return process.poll() is None
    finally:
        process.kill()
        process.wait()


@pytest.mark.long
def test_kill_9_at_random_moments_changes_nothing(tmp_path: Path) -> None:
    chance = random.Random(5)
    folder, undisturbed = tmp_path / "killed", in_order(tmp_path / "undisturbed", VISITS)
    first, later = answers(undisturbed)
    kills = []
    for delivery in ({"visits.jsonl": visits_file()}, first, later):
        drop(folder, delivery)
        kills.append(0)
        while kills[-1] < KILLS_A_DELIVERY and kill_at_work(folder, chance):
            kills[-1] += 1
        finish(folder)
    assert sum(kills) >= 30, kills
    assert export(folder) == export(undisturbed)
    assert events_by_claim(folder) == events_by_claim(undisturbed)
    assert outbound(folder) == outbound(undisturbed)
    assert set(files_by_claim(folder).values()) == {1}
    assert claimloom("replay", "--data", str(folder)).returncode == 0


@pytest.mark.parametrize("count", [48, pytest.param(VISITS, marks=pytest.mark.long)])
def test_twice_and_shuffled_changes_nothing(count: int, tmp_path: Path) -> None:
    """Visits in another order, every file twice, answers before their time: the same claims with the same money."""
    chance = random.Random(6)
    folder, undisturbed = tmp_path / "shuffled", in_order(tmp_path / "undisturbed", count)
    lines = visits_file(count=count).splitlines(keepends=True)
    for turn in range(2):
        chance.shuffle(lines)
        drop(folder, {f"visits-{turn}.jsonl": b"".join(lines)})
    finish(folder)
    built = {"claim-built", "claim-scrubbed", "claim-submitted"}

    def ids(path: Path) -> list[tuple[str, str]]:
        with contextlib.closing(sqlite3.connect(path / "claimloom.db")) as database:
            rows = database.execute("select type, id from journal").fetchall()
        return sorted((kind, event_id) for kind, event_id in rows if kind in built)

    assert ids(folder) == ids(undisturbed)
    assert set(files_by_claim(folder).values()) == {1}
    assert files_by_claim(folder) == files_by_claim(undisturbed)
    first, later = answers(undisturbed)
    remits = [(name, data) for name, data in {**first, **later}.items() if name.startswith("835")]
    for turn in range(2):
        chance.shuffle(remits)
        for place, (name, data) in enumerate(remits):
            drop(folder, {f"{turn}-{place:03d}-{name}": data})
    finish(folder)

    def money(path: Path) -> list[dict[str, Any]]:
        rows = [json.loads(line) for line in export(path).splitlines()]
        # Acknowledgments are told by the place in a file, and the files hold other claims here: left out.
        kept = ("patient_control_number", "flags", "paid_cents", "expected_paid_cents", "variance_cents", "causes")
        return sorted(
            ({name: row[name] for name in kept} for row in rows if "rejected" not in row["flags"]),
            key=json.dumps,
        )

    rejected = {
        row["patient_control_number"]
        for row in map(json.loads, export(undisturbed).splitlines())
        if "rejected" in row["flags"]
    }
    mine = [row for row in money(folder) if row["patient_control_number"] not in rejected]
    assert mine == money(undisturbed)


GOOD_835 = Path(__file__).parents[1] / "edi_samples/835/835_example.edi"
BAD_FILES = {
    "empty.edi": (b"", "file is empty; ask the sender for it again"),
    "binary.edi": (bytes(range(256)) * 10, "neither X12 (begins with ISA) nor sessions (JSON Lines, begins with {)"),
    "mark.edi": (b"\xef\xbb\xbf", "file is empty; ask the sender for it again"),
    "cut.edi": (GOOD_835.read_bytes()[:900], "file is cut off at offset 900"),
    "half.jsonl": (b'{"tenant": "demo", "ses', "line 1: not JSON at column 20"),
    "834.edi": (
        GOOD_835.read_bytes().replace(b"ST*835*0001", b"ST*834*0001"),
        "transaction 834 is not read here; TA1, 999, 277CA and 835 are",
    ),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_bad_file_gets_one_error_and_disturbs_nothing(name: str, tmp_path: Path) -> None:
    content, said = BAD_FILES[name]
    good = visits_file().splitlines(keepends=True)[:3]
    drop(tmp_path, {"0-good.jsonl": b"".join(good[:2]), name: content, "z-good.jsonl": good[2]})
    done = claimloom("run", "--until-idle", "--data", str(tmp_path), "--json")
    assert done.returncode == 1
    assert json.loads(done.stdout)["sessions"] == 3
    assert said in (tmp_path / "rejected" / f"{name}.reason.txt").read_text()
    assert (tmp_path / "rejected" / name).read_bytes() == content
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert list((tmp_path / "inbound").iterdir()) == []


def test_line_of_200_mb_is_refused_in_little_memory_and_the_others_are_read(tmp_path: Path) -> None:
    good = visits_file().splitlines(keepends=True)[:2]
    (tmp_path / "inbound").mkdir()
    with (tmp_path / "inbound" / "big.jsonl").open("wb") as file:
        file.write(good[0])
        for _ in range(200):
            file.write(b"x" * 1_000_000)
        file.write(b"\n" + good[1])
    code = (
        "import resource, subprocess, sys\n"
        "done = subprocess.run(sys.argv[1:], capture_output=True, text=True)\n"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024, done.returncode, done.stdout)"
    )
    command = [sys.executable, "-c", code, CLAIMLOOM, "run", "--until-idle", "--json", "--data", str(tmp_path)]
    megabytes, status, totals = subprocess.run(
        command, capture_output=True, text=True, check=True, env=ENVIRONMENT
    ).stdout.split(maxsplit=2)
    assert (int(status), json.loads(totals)["sessions"]) == (1, 2)
    assert int(megabytes) < 250
    reason = (tmp_path / "rejected" / "big.jsonl.reason.txt").read_text()
    assert "line 2: line is longer than 1,000,000 bytes" in reason
    shutil.rmtree(tmp_path / "rejected")


def test_one_byte_order_mark_before_good_content_is_no_fault(tmp_path: Path) -> None:
    good = visits_file().splitlines(keepends=True)[0]
    drop(tmp_path, {"marked.jsonl": b"\xef\xbb\xbf" + good, "marked.edi": b"\xef\xbb\xbf" + GOOD_835.read_bytes()})
    assert claimloom("run", "--until-idle", "--data", str(tmp_path)).returncode == 0
    assert sorted(path.name for path in (tmp_path / "archive").iterdir()) == ["marked.edi", "marked.jsonl"]


def test_bad_transaction_does_not_lose_its_neighbour(tmp_path: Path) -> None:
    text = GOOD_835.read_text()
    start, end = text.index("ST*835"), text.index("GE*")
    one = text[start:end]
    broken = one.replace("CLP*CLN1-000101*1*295*", "CLP*CLN1-000101*1*2x5*").replace("*0001~", "*0002~")
    both = text[:start] + broken + one + text[end:].replace("GE*1*", "GE*2*")
    drop(tmp_path, {"both.edi": both.encode(), "a visit.jsonl": visits_file(count=1)})
    done = claimloom("run", "--until-idle", "--data", str(tmp_path))
    assert done.returncode == 1
    reason = (tmp_path / "rejected" / "both.edi.reason.txt").read_text()
    assert "transaction 1: segment" in reason
    assert "10 events, 6 of them new" in reason  # the first payment but for a claim, and the second as a whole


@pytest.mark.long
def test_two_runs_and_a_watching_one_on_one_folder_share_the_work(tmp_path: Path) -> None:
    drop(tmp_path, {f"visits {number} 'x'.jsonl": of_its_own(visits_file(number), number) for number in (11, 12)})
    folder = ["--data", str(tmp_path)]
    watching = subprocess.Popen([CLAIMLOOM, "run", *folder], stderr=subprocess.PIPE, text=True, env=ENVIRONMENT)
    others = [
        subprocess.Popen(
            [CLAIMLOOM, "run", "--until-idle", *folder],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env=ENVIRONMENT,
        )
        for _ in range(2)
    ]
    said = [other.communicate(timeout=120)[1] for other in others]
    finish(tmp_path)
    watching.terminate()
    assert watching.communicate(timeout=60)[1].count("Traceback") == 0
    assert (watching.returncode, [other.returncode for other in others]) == (0, [0, 0]), said
    assert set(files_by_claim(tmp_path).values()) == {1}
    assert len(export(tmp_path).splitlines()) == 2 * VISITS
    assert claimloom("replay", *folder).returncode == 0


def test_broken_database_is_one_line(tmp_path: Path) -> None:
    drop(tmp_path, {"visits.jsonl": visits_file().splitlines(keepends=True)[0]})
    finish(tmp_path)
    (tmp_path / "claimloom.db").write_bytes(b"not a database" * 1000)
    for name in ("claimloom.db-wal", "claimloom.db-shm"):
        (tmp_path / name).unlink(missing_ok=True)
    done = claimloom("claims", "list", "--data", str(tmp_path))
    assert (done.returncode, done.stdout) == (2, "")
    said = "claimloom.db: file is not a database; if it stays so, take the data folder from its last copy"
    assert done.stderr == f"claimloom: {said}\n"


def test_poison_goes_to_dead_letters_and_redrive_mends_it(tmp_path: Path) -> None:
    visits = [each.visit for each in make_visits(11, 40, BUSINESS_DATE)]
    poisoned = [visit for visit in visits if visit["coverages"][0]["payer_id"] == "99999"]
    (tmp_path / "payers").mkdir()
    bad = tmp_path / "payers" / "plan.toml"
    bad.write_text('payer_ids = ["99999"]\npayer_class = "commercial"\nunit_rul = "ama_midpoint"\n')
    drop(tmp_path, {"visits.jsonl": "".join(json.dumps(visit) + "\n" for visit in visits).encode()})
    done = claimloom("run", "--until-idle", "--data", str(tmp_path), "--json")
    assert done.returncode == 1
    assert f"{len(poisoned)} new dead letters; mend the cause" in done.stderr
    assert json.loads(done.stdout)["claims"] == len(visits) - len(poisoned)
    listed = claimloom("dead-letters", "list", "--data", str(tmp_path), "--json")
    letters = [json.loads(line) for line in listed.stdout.splitlines()]
    assert len(letters) == len(poisoned) > 3
    assert letters[0]["error"] == (
        "payer file plan.toml, payer 99999: unknown setting unit_rul; docs/payers.md lists the settings"
    )
    everything = done.stderr + done.stdout + listed.stdout + listed.stderr
    for visit in visits:
        for secret in (
            visit["patient"]["birth_date"],
            visit["coverages"][0]["member_id"],
            visit["patient"]["name"]["last"],
        ):
            assert secret not in everything
    assert claimloom("dead-letters", "redrive", "all", "--data", str(tmp_path)).returncode == 1
    bad.unlink()
    shown = claimloom("dead-letters", "show", letters[0]["id"], "--data", str(tmp_path))
    assert shown.returncode == 0, shown.stderr
    mended = claimloom("dead-letters", "redrive", "all", "--data", str(tmp_path), "--json")
    assert (mended.returncode, json.loads(mended.stdout)) == (0, {"redriven": len(poisoned), "still_dead": 0})
    rows = export(tmp_path).splitlines()
    assert len(rows) == len(visits)
    assert claimloom("dead-letters", "list", "--data", str(tmp_path), "--json").stdout == ""
