"""Files arrive when they stand still, are moved aside before they are read, and end as what was read."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from claimloom.doors import FileArrived
from claimloom.errors import PlainError
from claimloom.folder import Folder
from claimloom.settings import Settings
from claimloom.system import System
from claimloom.topology import Arrived, Door, Portion, Read
from schemas.session import Session
from services.session_intake.service import draft
from tests.command import claimloom
from tests.runtime import contract
from tests.sessions import visit
from tests.x12.test_growth import is_linear, lines_run

QUIET = 0.4


def line(number: int, tenant: str = "") -> str:
    made = visit().model_copy(update={"session_id": f"S-{number}"}).model_dump(mode="json")
    return json.dumps(made | ({"tenant": tenant} if tenant else {})) + "\n"


@pytest.fixture
def system(tmp_path: Path) -> Iterator[System]:
    opened = System(Settings(tmp_path, as_of=contract.DAY))
    yield opened
    opened.close()


def test_a_file_that_still_grows_has_not_arrived(tmp_path: Path) -> None:
    folder = Folder(tmp_path, QUIET)
    path = tmp_path / "inbound" / "a.jsonl"
    path.write_text(line(1))
    for number in range(2, 5):
        assert folder.arrived() == []
        assert folder.coming() == [path]
        with path.open("a") as file:
            file.write(line(number))
        time.sleep(QUIET / 2)
    while not folder.arrived():
        time.sleep(QUIET / 8)
    assert len(path.read_text().splitlines()) == 4


def test_a_file_of_before_need_not_be_watched(tmp_path: Path) -> None:
    folder = Folder(tmp_path, 3600)
    path = tmp_path / "inbound" / "a.jsonl"
    path.write_text(line(1))
    os.utime(path, (path.stat().st_mtime - 7200,) * 2)
    assert folder.arrived() == [path]


def test_half_written_and_hidden_files_are_left_alone(tmp_path: Path) -> None:
    """Also what lies in a folder of such a name: a transport's own, from which it renames."""
    folder = Folder(tmp_path, 0)
    for name in (".a.jsonl", "a.part", "b.tmp", ".~tmp~/a.jsonl", "demo/.half/a.jsonl", "x.part/a.jsonl"):
        path = tmp_path / "inbound" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(line(1))
    assert folder.arrived() == folder.coming() == []


@pytest.mark.parametrize(
    "ending",
    ["filepart", "partial", "PART", "Tmp", "temp", "writing", "crdownload", "incomplete", "inprogress", "upload"],
)
def test_a_file_is_read_only_under_the_name_that_its_transport_ends_with(tmp_path: Path, ending: str) -> None:
    """WinSCP and others write under a name of their own and rename: taken before, their rename would find nothing."""
    folder = Folder(tmp_path, 0)
    half = tmp_path / "inbound" / f"835-1.edi.{ending}"
    half.write_text(line(1))
    assert folder.arrived() == folder.coming() == []
    whole = half.rename(half.with_suffix(""))
    assert folder.arrived() == [whole]


@pytest.mark.process
def test_run_waits_the_quiet_time_once_and_names_what_it_left(tmp_path: Path) -> None:
    system = System(Settings(tmp_path, as_of=contract.DAY, quiet_seconds=QUIET))
    (tmp_path / "inbound" / "whole.jsonl").write_text(line(1))
    growing = tmp_path / "inbound" / "growing.jsonl"
    writer = subprocess.Popen([sys.executable, "-c", WRITER, str(growing)], stdout=subprocess.PIPE, text=True)
    assert writer.stdout is not None
    assert writer.stdout.readline() == "begun\n"
    taken = system.run_until_idle()
    left = [path.name for path in system.folder.coming()]
    writer.kill()
    writer.wait()
    writer.stdout.close()
    system.close()
    assert [each.name for each in taken] == ["whole.jsonl"]
    assert left == ["growing.jsonl"]


WRITER = """
import sys, time
with open(sys.argv[1], "w") as file:
    for number in range(6000):
        file.write("{}\\n"); file.flush()
        if number == 0:
            print("begun", flush=True)
        time.sleep(0.01)
"""


@pytest.mark.process
def test_what_a_dead_process_was_reading_is_read(tmp_path: Path, system: System) -> None:
    code = (
        "import os, sys; from pathlib import Path; from claimloom.folder import Folder\n"
        "folder = Folder(Path(sys.argv[1]), 0); [path] = folder.arrived(); folder.take(path); os._exit(9)"
    )
    (tmp_path / "inbound" / "riverside").mkdir()
    (tmp_path / "inbound" / "riverside" / "a.jsonl").write_text(line(1, "riverside"))
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False)
    assert done.returncode == 9
    assert list((tmp_path / "inbound").rglob("*.jsonl")) == []
    (taken,) = system.run_until_idle()
    assert (taken.name, taken.new, taken.problems) == ("a.jsonl", 1, [])
    assert (tmp_path / "archive" / "a.jsonl").exists()
    assert not any((tmp_path / ".reading").rglob("*.jsonl"))


def test_a_fault_that_is_not_the_files_puts_it_back(
    tmp_path: Path, system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "inbound" / "a.jsonl").write_text(line(1))

    def gone(_self: FileArrived, _most: int) -> Iterator[bytes]:
        raise OSError(5, "Input/output error")
        yield b""

    with monkeypatch.context() as patched:
        patched.setattr(FileArrived, "lines", gone)
        with pytest.raises(OSError, match="Input/output"):
            system.run_until_idle()
    assert (tmp_path / "inbound" / "a.jsonl").exists()
    assert [each.new for each in system.run_until_idle()] == [1]


def test_what_came_while_it_was_read_is_told(tmp_path: Path, system: System) -> None:
    """A writer that had the file open goes on writing after it was moved aside."""
    path = tmp_path / "inbound" / "a.jsonl"
    path.write_text(line(1))
    held = path.open("a")
    read = FileArrived.lines

    def grown(self: FileArrived, most: int) -> Iterator[bytes]:
        yield from read(self, most)
        held.write(line(2))
        held.close()

    FileArrived.lines = grown  # type: ignore[method-assign]
    try:
        (taken,) = system.run_until_idle()
    finally:
        FileArrived.lines = read  # type: ignore[method-assign]
    assert taken.new == 1
    assert "more came while it was read" in (tmp_path / "rejected" / "a.jsonl.reason.txt").read_text()
    (tmp_path / "rejected" / "a.jsonl").rename(path)
    assert [each.new for each in system.run_until_idle()] == [1]


def test_a_tenants_folder_takes_only_its_own(tmp_path: Path, system: System) -> None:
    mine = visit().tenant
    system.folder.bring(_file(tmp_path, line(1) + line(2, "another")), mine)
    (taken,) = system.run_until_idle()
    assert taken.new == 1
    assert taken.problems == [f"visits of tenant another stand in a file for {mine}; none of them was kept"]


def read_schedule(arrived: Arrived) -> Iterator[Read]:
    """Of an invented schedule each line behind the first is a visit, behind its time."""
    lines = [each.partition(b" ")[2] for each in arrived.lines(100_000)][1:]
    yield lambda _: Portion([draft(Session.model_validate_json(each)) for each in lines])


def test_a_door_to_other_text_is_told_nowhere_else(tmp_path: Path, system: System) -> None:
    schedule = Door("schedule", (), lambda head: head.first.startswith(b"#SCHEDULE"), read_schedule)
    intake, *others = system.runtime.services
    with_door = replace(intake, doors=(*intake.doors, schedule))
    system.runtime.services = (*others, with_door)
    inbound = tmp_path / "inbound"
    (inbound / "day.txt").write_text(f"#SCHEDULE\n09:00 {line(1)}10:00 {line(2)}")
    (inbound / "letter.txt").write_text("Dear colleague,\n")
    assert system.take_inbound(with_door.name)[0].name == "day.txt"
    # What nobody knows is left to the first of all, who refuses it.
    (refused,) = system.take_inbound(others[0].name)
    assert (refused.name, refused.problems) == (
        "letter.txt",
        ["letter.txt: neither X12 (begins with ISA) nor sessions (JSON Lines, begins with {)"],
    )
    assert (tmp_path / "archive" / "day.txt").exists()
    (inbound / "again.txt").write_text((tmp_path / "archive" / "day.txt").read_text())
    (taken,) = system.run_until_idle()
    assert (taken.kind, taken.events, taken.new, taken.problems) == ("schedule", 2, 0, [])


def test_what_comes_back_is_of_a_tenant_who_has_claims(tmp_path: Path, system: System) -> None:
    """In a folder whose name is a slip it would stand for ever as paid for claims that are not here. Before anybody has
    claims nobody can tell: it waits.
    """
    remit = (Path(__file__).parents[1] / "edi_samples/835/835_example.edi").read_bytes()
    inbound = tmp_path / "inbound"
    for tenant, said in (
        ("first", ["tenant first: choose one of demo"]),
        ("demo", []),
        ("Demo", ["tenant Demo: not known; is it one of demo?"]),
    ):
        (inbound / tenant).mkdir()
        (inbound / tenant / "a.edi").write_bytes(remit)
        if tenant == "first":
            assert system.run_until_idle() == []
            assert system.folder.coming() == []
            assert list(system.folder.left()) == [inbound / "first" / "a.edi"]
            (inbound / "visits.jsonl").write_text(line(1, "demo"))
        *visits, taken = system.run_until_idle()
        assert [each.new for each in visits] == ([1] if tenant == "first" else [])
        assert taken.problems == said, tenant
        assert bool(taken.new) == (not said)
    assert (tmp_path / "rejected" / "a.edi").read_bytes() == remit


@pytest.mark.parametrize("tenant", ["../x", "a/b", ".hidden", "a\x1bb"])
def test_a_tenant_that_is_no_folders_name_is_refused(tmp_path: Path, system: System, tenant: str) -> None:
    with pytest.raises(PlainError, match="cannot be the name of a folder"):
        system.folder.bring(_file(tmp_path, line(1)), tenant)


def test_what_is_no_file_of_its_own_is_left_and_named(tmp_path: Path, system: System) -> None:
    """A link's target is another's to move, and a link in the archive would keep nothing."""
    inbound, other = tmp_path / "inbound", tmp_path / "other.jsonl"
    other.write_text(line(1))
    (inbound / "near.jsonl").symlink_to("../other.jsonl")
    (inbound / "far.jsonl").symlink_to(other)
    (inbound / "nowhere.jsonl").symlink_to("nowhere")
    (inbound / "round").symlink_to(".")
    os.mkfifo(inbound / "pipe.edi")
    (inbound / "ten\nant").mkdir()
    (inbound / "whole.jsonl").write_text(line(2))
    assert [each.name for each in system.run_until_idle()] == ["whole.jsonl"]
    link = "is a link; put the file itself there"
    assert {path.name: why for path, why in system.folder.left().items()} == {
        **dict.fromkeys(("near.jsonl", "far.jsonl", "nowhere.jsonl", "round"), link),
        "pipe.edi": "is no file",
        "ten\nant": "cannot be the name of a tenant's folder",
    }
    assert system.folder.coming() == []
    done = claimloom("run", "--until-idle", "--data", tmp_path, "--as-of", "2026-11-20")
    assert (done.returncode, len(done.stderr.splitlines())) == (0, 6)
    assert f"near.jsonl: {link}, left in inbound" in done.stderr
    seen = json.loads(claimloom("doctor", "--json", "--data", tmp_path).stdout)
    assert (seen["inbound_waiting"], seen["needs_attention"]) == (6, ["inbound_waiting"])


LONG = "ä" * 120 + "b" * 9 + ".jsonl"
NAMES = (LONG, "a" * 249 + ".jsonl", os.fsdecode(b"\xff.jsonl"), "a\nb\x1b[31m.jsonl", "[red] x.jsonl", "名前.jsonl")


@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
@pytest.mark.parametrize("text", ["good", "bad"])
def test_a_file_of_any_name_is_read_and_stops_no_other(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / "inbound").mkdir()
    (tmp_path / "inbound" / name).write_text(line(1) if text == "good" else line(1) + "bad\n")
    (tmp_path / "inbound" / "z.jsonl").write_text(line(2))
    system = System(Settings(tmp_path, as_of=contract.DAY, quiet_seconds=0))
    taken = system.run_until_idle()
    system.close()
    (odd,) = (each for each in taken if each.name != "z.jsonl")
    assert ([each.new for each in taken], len(odd.problems)) == ([1, 1], text == "bad")
    assert odd.name.isprintable()
    rejected, reasons = ({*(tmp_path / "rejected").glob(f"*{ending}")} for ending in (".jsonl", ".reason.txt"))
    assert reasons == {path.with_name(f"{path.name}.reason.txt") for path in rejected}
    assert (len(rejected), len([*(tmp_path / "archive").iterdir()])) == ((1, 1) if text == "bad" else (0, 2))
    assert not any((tmp_path / ".reading").rglob("*"))


def test_a_remittance_of_a_name_that_is_no_text_is_kept(tmp_path: Path) -> None:
    """The name stands in its events."""
    (tmp_path / "inbound").mkdir()
    remit = (Path(__file__).parents[1] / "edi_samples/835/835_example.edi").read_bytes()
    (tmp_path / "inbound" / os.fsdecode(b"\xff.edi")).write_bytes(remit)
    (tmp_path / "inbound" / "visits.jsonl").write_text(line(1))
    system = System(Settings(tmp_path, as_of=contract.DAY, quiet_seconds=0))
    _, taken = system.run_until_idle()
    system.close()
    assert (taken.name, taken.problems) == ("_.edi", [])
    assert taken.new > 0


def test_no_file_is_put_over_another(tmp_path: Path, system: System) -> None:
    """A day's file that was sent again with more at its end begins as the first one, for however long."""
    text = "\n" * 1_200_000 + line(1)
    for more in ("", line(2), "", "bad\n"):
        (tmp_path / "inbound" / "day.jsonl").write_text(line(1) + text + more)
        system.run_until_idle()
    kept = {path.name: path.read_text() for path in (tmp_path / "archive").iterdir()}
    assert kept == {"day.jsonl": line(1) + text, "day-2.jsonl": line(1) + text + line(2)}
    assert [path.name for path in (tmp_path / "rejected").glob("*.jsonl")] == ["day.jsonl"]
    (tmp_path / "archive" / "folder.jsonl").mkdir()
    (tmp_path / "rejected" / "folder.jsonl.reason.txt").mkdir()
    for text in (line(3), "bad"):
        (tmp_path / "inbound" / "folder.jsonl").write_text(text)
        system.run_until_idle()
    assert (tmp_path / "archive" / "folder-2.jsonl").read_text() == line(3)
    assert (tmp_path / "rejected" / "folder-2.jsonl").read_text() == "bad"


def test_of_files_of_one_name_that_are_brought_at_once_none_is_lost(tmp_path: Path) -> None:
    folder = Folder(tmp_path, 0)
    texts = [line(number) * 2000 for number in range(16)]
    paths = []
    for number, text in enumerate(texts):
        (tmp_path / str(number)).mkdir()
        paths.append(_file(tmp_path / str(number), text))
    with ThreadPoolExecutor(len(paths)) as pool:
        list(pool.map(folder.bring, paths))
    assert sorted(path.read_text() for path in (tmp_path / "inbound").iterdir()) == sorted(texts)


@pytest.mark.process
def test_what_a_dead_process_was_reading_is_read_by_one_of_its_id(tmp_path: Path, system: System) -> None:
    """A container that starts anew has the same name and process id; a reader that lives keeps what it reads."""
    code = (
        "import os, sys; from pathlib import Path; from claimloom.folder import Folder\n"
        "folder = Folder(Path(sys.argv[1]), 0); [path] = folder.arrived(); folder.take(path); os._exit(9)"
    )
    (tmp_path / "inbound" / "a.jsonl").write_text(line(1))
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False)
    (left,) = (tmp_path / ".reading").iterdir()
    left.rename(left.with_name(f"{left.name.rpartition('.')[0]}.{os.getpid()}"))
    alive = Folder(tmp_path, 0)
    (tmp_path / "inbound" / "b.jsonl").write_text(line(2))
    kept = alive.take(tmp_path / "inbound" / "b.jsonl")
    assert kept is not None
    assert [each.name for each in system.run_until_idle()] == ["a.jsonl"]
    assert kept.exists()
    alive.close()
    assert [each.name for each in system.run_until_idle()] == ["b.jsonl"]
    assert not any((tmp_path / ".reading").rglob("*.jsonl"))


def _file(folder: Path, text: str) -> Path:
    path = folder / "brought.jsonl"
    path.write_text(text)
    return path


def test_one_file_rejected_for_two_reasons_is_there_with_both(tmp_path: Path) -> None:
    """The same file for two tenants, say: neither reason is written over the other, and one told again is one."""
    folder = Folder(tmp_path, 0)
    for why in ("not of north", "not of south", "not of north"):
        (tmp_path / "inbound" / "a.jsonl").write_text(line(1))
        taken = folder.take(tmp_path / "inbound" / "a.jsonl")
        assert taken is not None
        folder.put_away(taken, "", [why])
    folder.close()
    reasons = {path.name: path.read_text().splitlines()[0] for path in (tmp_path / "rejected").glob("*.reason.txt")}
    assert reasons == {"a.jsonl.reason.txt": "not of north", "a-2.jsonl.reason.txt": "not of south"}
    assert len([*(tmp_path / "rejected").glob("*.jsonl")]) == 2


@pytest.mark.parametrize("end", ["archive", "rejected"])
@pytest.mark.parametrize("before", [True, False], ids=["stood there", "came now"])
def test_twice_as_many_files_of_one_name_are_twice_the_work(tmp_path: Path, end: str, before: bool) -> None:
    """All are of one size, so that only what is in them tells whether the same is there."""
    texts: dict[str, set[str]] = {}

    def work(count: int) -> int:
        folder = Folder(tmp_path / str(count), 0)
        (tmp_path / str(count) / "away").mkdir(exist_ok=True)
        sent = [f"{number:06d}" for number in range(count)]
        if before:
            for number, text in enumerate(sent, start=1):
                (folder.data / end / (f"a-{number}.edi" if number > 1 else "a.edi")).write_text(f"old {text}")
            sent = [f"old {text}" for text in sent]
            texts[str(count)] = set(sent)

        def put_away() -> None:
            for text in sent:
                (folder.data / "away" / "a.edi").write_text(text)
                folder.put_away(folder.data / "away" / "a.edi", "", ["bad"] if end == "rejected" else [])

        lines = lines_run(put_away)
        kept = [path.read_text() for path in (folder.data / end).glob("*.edi")]
        assert sorted(kept) == sorted(sent)
        return lines

    work(1)
    assert is_linear([work(count) for count in (20, 40, 80)])


def test_of_files_that_are_brought_under_one_name_the_next_looks_at_few(tmp_path: Path) -> None:
    folder = Folder(tmp_path, 0)
    path = _file(tmp_path, line(1))
    counts = []
    for number in range(2, 101):
        counts.append(lines_run(lambda: folder.bring(path)))
        assert len(list(folder.inbound.iterdir())) == number - 1
    assert max(counts) < 5 * counts[0]


def test_putting_files_away_makes_no_file_to_be_written_over(tmp_path: Path) -> None:
    """A file that is let go of costs each that is made soon after it, by the filesystem's own search for a free one."""
    folder = Folder(tmp_path, 0)
    for number in range(20):
        (folder.inbound / f"{number}.jsonl").write_text(line(number))
    taken = [path for each in folder.arrived() if (path := folder.take(each))]
    made: list[str] = []
    _CREATED.append(made)
    for path in taken:
        folder.put_away(path, "", [])
    _CREATED.clear()
    folder.close()
    assert made == []
    assert len(list((tmp_path / "archive").iterdir())) == 20


_CREATED: list[list[str]] = []


def _note_created(name: str, arguments: tuple[object, ...]) -> None:
    if _CREATED and name == "open" and isinstance(arguments[2], int) and arguments[2] & os.O_CREAT:
        _CREATED[0].append(str(arguments[0]))


sys.addaudithook(_note_created)


def test_without_links_files_end_where_they_belong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(_path: Path, _target: Path) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(Path, "hardlink_to", refused)
    folder = Folder(tmp_path, 0)
    for text in ("one", "two", "one"):
        taken = folder.take(folder.bring(_file(tmp_path, text)))
        assert taken is not None
        folder.put_away(taken, "", [])
    folder.close()
    assert sorted(path.read_text() for path in (tmp_path / "archive").iterdir()) == ["one", "two"]
    assert not any(folder.inbound.iterdir())
