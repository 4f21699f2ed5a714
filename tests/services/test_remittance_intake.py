"""A file of payments is read in portions, and the ledger is the same as if it had been read at once."""

from __future__ import annotations

import gzip
import tracemalloc
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select

from claimloom.doors import FileArrived, look
from claimloom.ledger.books.claims import claims
from claimloom.ledger.tables import journal
from claimloom.ledger.views.scope import EVERYTHING, Page, Wanted
from claimloom.ledger.views.worklist import work_page
from claimloom.settings import Settings
from claimloom.system import System
from claimloom.x12.nouns.read_835 import Remittance, read_835
from claimloom.x12.reading import files
from schemas.event import Event
from services.remittance_intake import service
from services.remittance_intake.again import digest_of
from services.remittance_intake.service import SERVICE, read
from services.session_intake.service import SERVICE as INTAKE
from services.session_intake.service import draft
from tests.sessions import visit

SAMPLE = (Path(__file__).parents[2] / "edi_samples/835/paid_with_copay.edi").read_text(encoding="ascii")
CLAIMS = 7
DIGESTS = ["9915c601", "09ada693", "f0e6236b", "bad156aa", "bc5db134", "6356820f", "a47356ac", "9f41eebf"]


def payment(claims: int, *, trace: str = "", change: int = -1, plbs: int = 0) -> list[str]:
    """Segments of an ST with so many claims, each under a number of its own; one of them says other words."""
    segments = SAMPLE.split("~\n")
    start, end = (next(place for place, each in enumerate(segments) if each.startswith(name)) for name in ("ST", "GE"))
    first, behind = (
        next(place for place, each in enumerate(segments) if each.startswith(name)) for name in ("CLP", "SE")
    )
    made = segments[start:first]
    made = [each.replace("TRN*1*", f"TRN*1*{trace}") for each in made]
    for number in range(claims):
        claim = segments[first].split("*")
        own = [claim[0], f"{claim[1]}-{number}", *claim[2:7], f"{number:08d}", *claim[8:]]
        rest = segments[first + 1 : behind]
        if number == change:
            rest = [each.replace("CAS*CO*45*", "CAS*CO*59*") for each in rest]
            assert rest != segments[first + 1 : behind]
        made += ["*".join(own), *rest]
    made += [f"PLB*1234567893*20261231*WO:{number}*0.01" for number in range(plbs)]
    return [*made, *segments[behind:end]]


def file_of(*payments: list[str]) -> bytes:
    segments = SAMPLE.split("~\n")
    start, end = (next(place for place, each in enumerate(segments) if each.startswith(name)) for name in ("ST", "GE"))
    inner = [segment for each in payments for segment in each]
    return "~\n".join([*segments[:start], *inner, *segments[end:]]).encode()


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "PORTION", 3)


def opened_by_a_visit(folder: Path) -> System:
    """A ledger with a visit that no payment here is about: by it the tenant is known."""
    system = System(Settings(folder, as_of=date(2026, 11, 20)))
    system.runtime.feed(INTAKE, lambda _: [draft(visit(session_id="FIRST", date_of_service="2026-11-02"))])
    system.run_until_idle()
    return system


@pytest.fixture
def system(tmp_path: Path) -> Iterator[System]:
    opened = opened_by_a_visit(tmp_path / "one")
    yield opened
    opened.close()


@pytest.fixture
def other(tmp_path: Path) -> Iterator[System]:
    opened = opened_by_a_visit(tmp_path / "other")
    yield opened
    opened.close()


def told(system: System) -> list[tuple[str, object]]:
    """Ids and contents of all remittances, in their order."""
    with system.engine.connect() as connection:
        mine = select(journal.c.body).where(journal.c.type == "remittance-received").order_by(journal.c.seq)
        events = [Event.model_validate_json(body) for body in connection.scalars(mine)]
    return [(str(event.id), event.data) for event in events]


def marked(system: System) -> list[str]:
    return [str(data.get("duplicate_of", "")) for _, data in told(system) if isinstance(data, dict)]


def give(system: System, data: bytes, name: str = "835.edi", portions: int | None = None) -> int:
    """Read a file, or its first portions alone; how many events are new."""
    path = system.settings.data / name
    path.write_bytes(data)
    new = 0
    for number, portion in enumerate(read(FileArrived(path, look(path), "demo", "2026-11-20"))):
        if number == portions:
            break
        new += len(system.runtime.feed(SERVICE, lambda connection, portion=portion: portion(connection).drafts).new)  # type: ignore[misc]
    return new


FILES = {
    "one payment": file_of(payment(CLAIMS, plbs=2)),
    "twice the same": file_of(payment(4), payment(4)),
    "twice with other words": file_of(payment(4), payment(4, change=3)),
    "many": file_of(*(payment(2, trace=f"T{number}") for number in range(5)), payment(CLAIMS, trace="LAST")),
}


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("portions", range(1, 5))
def test_killed_between_portions_and_read_again_is_as_in_one_go(
    small: None, system: System, other: System, name: str, portions: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    give(system, FILES[name], portions=portions)
    give(system, FILES[name])
    monkeypatch.setattr(service, "PORTION", 1000)
    give(other, FILES[name])
    assert told(system) == told(other)
    assert give(system, FILES[name]) == 0


def test_a_payment_of_several_portions_is_no_duplicate_of_itself(small: None, system: System) -> None:
    assert give(system, FILES["one payment"]) == CLAIMS + 2
    assert marked(system) == [""] * (CLAIMS + 2)


def test_the_same_payment_twice_in_a_file_is_told_over_a_portions_border(small: None, system: System) -> None:
    """Of the second telling only what says other words is new, and marked."""
    assert give(system, FILES["twice the same"]) == 4
    assert give(system, file_of(payment(4, trace="X"), payment(4, trace="X", change=3)), "x.edi") == 5
    assert marked(system) == [""] * 8 + ["x.edi"]


@pytest.mark.parametrize("name", ["835.edi", "other.edi"])
def test_another_file_with_a_payment_told_before_is_marked_though_it_is_cut(
    small: None, system: System, name: str
) -> None:
    """Also under the name of the first, and also where it was read in part before."""
    give(system, file_of(payment(2)))
    more = file_of(payment(CLAIMS))
    give(system, more, name, portions=2)
    assert give(system, more, name) == 1
    assert marked(system) == ["", "", *["835.edi"] * (CLAIMS - 2)]


def test_what_another_file_told_between_two_readings_counts_for_that_one_alone(small: None, system: System) -> None:
    first, second = file_of(payment(CLAIMS)), file_of(payment(CLAIMS, change=0))
    give(system, first, "a.edi", portions=1)
    give(system, second, "b.edi")
    give(system, first, "renamed.edi")
    duplicates = {str(data["position"]) for _, data in told(system) if isinstance(data, dict) and data["duplicate_of"]}
    assert duplicates == {"0", "3", "4", "5", "6"}


def test_a_payment_is_balanced_over_all_its_portions(small: None, system: System) -> None:
    (one,) = read_835(FILES["one payment"])
    give(system, FILES["one payment"])
    said = [data["imbalances"] for _, data in told(system) if isinstance(data, dict)]
    whole = [each.model_dump(mode="json") for each in getattr(one, "imbalances", [])]
    assert whole != []
    assert said == [whole] * (CLAIMS + 2)


def named(trace: str, number: str, icn: str) -> list[str]:
    """A payment of one claim under these numbers of ours and the payer's."""
    made = payment(1, trace=trace)
    at = next(place for place, each in enumerate(made) if each.startswith("CLP"))
    parts = made[at].split("*")
    made[at] = "*".join([parts[0], number, *parts[2:7], icn, *parts[8:]])
    return made


def test_a_claim_that_a_payer_gave_two_numbers_is_known_by_both_of_them_at_once(system: System) -> None:
    system.runtime.feed(INTAKE, lambda _: [draft(visit())])
    system.runtime.run_until_idle()
    with system.engine.connect() as connection:
        ours = connection.execute(select(claims).where(claims.c.session_id == "S-1")).one()
    number, theirs = ours.patient_control_number, (b"XYZ900100200", b"1EG4TE5MK73")  # the member of the visit
    give(system, file_of(named("A", number, "ICN-00A"), named("B", number, "ICN-00B")).replace(*theirs))
    later = file_of(named("C", "THEIRS-1", "ICN-00A"), named("D", "THEIRS-2", "ICN-00B"), named("E", "X", "ICN-00C"))
    give(system, later.replace(*theirs), "b.edi")
    known = [data.get("claim_id") for _, data in told(system) if isinstance(data, dict) and "payment_id" in data]
    assert known == [*[ours.claim_id] * 4, None]


def test_what_is_packed_is_never_held_whole(tmp_path: Path) -> None:
    many = file_of(*(payment(40, trace=f"T{number}") for number in range(30)))
    packed = gzip.compress(many)
    assert len(packed) < files.SMALL < len(many)
    (tmp_path / "835.edi.gz").write_bytes(packed)
    for source in (many, packed, tmp_path / "835.edi.gz"):
        given = files.transactions(source)
        first = next(given)
        assert next(given).index == first.index + 1
        assert all(loop.parent is None for loop in first.root.walk()), "it was not let go of"


def test_a_file_holds_no_more_than_its_largest_payment_and_a_portion(
    system: System, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "PORTION", 100, raising=False)
    monkeypatch.setattr(files, "SMALL", 0)  # what is small is held whole

    def held(payments: int) -> int:
        path = tmp_path / f"{payments}.edi"
        path.write_bytes(file_of(*(payment(40, trace=f"T{number}") for number in range(payments))))
        arrived = FileArrived(path, look(path), "demo", "2026-11-20")
        size = len(arrived.data())
        tracemalloc.start()
        try:
            with system.engine.connect() as connection:
                assert sum(len(portion(connection).drafts) for portion in read(arrived)) == payments * 40
            return tracemalloc.get_traced_memory()[1] - size
        finally:
            tracemalloc.stop()

    held(5)
    small, large = held(20), held(40)
    assert large < small * 1.5, (small, large)


SPOILED = "CAS*CO*45*3O"


def spoiled(segments: list[str], claim: int) -> list[str]:
    """The payment with an adjustment that nobody can read, of one of its claims."""
    places = [at for at, each in enumerate(segments) if each.startswith("CLP*")]
    at = next(at for at in range(places[claim], len(segments)) if segments[at].startswith("CAS*CO*45*"))
    return [*segments[:at], SPOILED, *segments[at + 1 :]]


def balanced(segments: list[str]) -> list[str]:
    """The payment with the sum of its claims for its amount."""
    paid = sum(float(each.split("*")[4]) for each in segments if each.startswith("CLP*"))
    return [f"BPR*I*{paid:g}*{each.split('*', 3)[3]}" if each.startswith("BPR*") else each for each in segments]


def taken(system: System, data: bytes, name: str) -> list[str]:
    """Give a file by inbound; what could not be read of it."""
    (system.folder.inbound / name).write_bytes(data)
    (one,) = system.run_until_idle()
    return one.problems


@pytest.mark.parametrize("claim", [0, 3, CLAIMS - 1], ids=["first", "middle", "last"])
def test_a_claim_that_cannot_be_read_is_left_out_and_comes_with_the_mended_file(system: System, claim: int) -> None:
    """Its neighbours are told at once, and once; the mended file gives what was left out and nothing else."""
    good = balanced(payment(CLAIMS))
    (said,) = taken(system, file_of(spoiled(good, claim)), "835.edi")
    place = file_of(good).decode().split("~\n").index(next(each for each in good if f"-{claim}*" in each)) + 1
    assert said.startswith("transaction 1: segment ")
    assert said.endswith(
        f"(CAS): not a decimal amount with at most two places; its claim (segment {place}) is left out"
    )
    read_at = [data["position"] for _, data in told(system) if isinstance(data, dict) and data.get("claim")]
    assert read_at == [each for each in range(CLAIMS) if each != claim]
    assert taken(system, file_of(good), "mended.edi") == []
    received = [
        data for _, data in told(system) if isinstance(data, dict) and "payment_id" in data and data.get("claim")
    ]
    positions = [each["position"] for each in received if "duplicate_of" in each]
    assert sorted(positions) == list(range(CLAIMS))
    assert {each["duplicate_of"] for each in received if "duplicate_of" in each} == {""}


def test_a_claim_that_cannot_be_read_hides_no_imbalance(system: System) -> None:
    """BPR02 - sum CLP04 does not hold that CAS: what is read of the payment stands in suspense with the figure."""
    short = balanced(payment(2))
    paid = next(each for each in short if each.startswith("BPR*")).split("*")
    more = [
        each if not each.startswith("BPR*") else "*".join([*paid[:2], f"{float(paid[2]) + 220:g}", *paid[3:]])
        for each in short
    ]
    taken(system, file_of(spoiled(more, 0)), "835.edi")
    received = [data for _, data in told(system) if isinstance(data, dict) and "file_name" in data]
    assert [[each["difference_cents"] for each in data["imbalances"]] for data in received] == [[22000], [22000]]
    with system.engine.connect() as connection:
        reasons = {row.reason for row in work_page(connection, EVERYTHING, Wanted(), Page(10)).rows}
    assert all("BPR02 = sum CLP04 - sum PLB by $220.00" in reason for reason in reasons)
    assert reasons


def test_one_claim_that_cannot_be_read_leaves_the_payments_header(system: System) -> None:
    (said,) = taken(system, file_of(spoiled(balanced(payment(1)), 0)), "835.edi")
    assert "its claim" in said
    (data,) = [data for _, data in told(system) if isinstance(data, dict) and "file_name" in data]
    assert (data.get("claim"), data["imbalances"], data["position"]) == (None, [], 1)


def test_what_a_claim_says_has_the_digest_that_ledgers_have() -> None:
    """It is part of an event's id: fields that are read today and were not once are no part of it."""
    said = []
    for name in ("835_example", "paid_with_copay"):
        for each in read_835((Path(__file__).parents[2] / f"edi_samples/835/{name}.edi").read_bytes()):
            assert isinstance(each, Remittance)
            said += [digest_of(part)[:8] for part in (*each.claims, *each.provider_adjustments, each.header)]
    assert said == DIGESTS
