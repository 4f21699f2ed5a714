"""What comes back: TA1, 999, 277CA and 835 dropped into inbound, and what they do to claims; real files and ledger."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import permutations
from pathlib import Path

import pytest
from sqlalchemy import Table, select

from claimloom.ledger.books.acknowledgments import acknowledgments
from claimloom.ledger.books.claims import claims
from claimloom.ledger.books.reconciliations import reconciliations
from claimloom.ledger.books.standings import keep
from claimloom.ledger.books.submissions import submissions
from claimloom.ledger.database import insert_new, open_engine
from claimloom.ledger.journal import payloads
from claimloom.ledger.migration import migrate
from claimloom.ledger.states import claim_states
from claimloom.ledger.tables import journal
from claimloom.ledger.views.claims import ClaimRow, all_claims
from claimloom.ledger.views.scope import EVERYTHING, Page, Wanted
from claimloom.ledger.views.totals import dollars_by_state
from claimloom.ledger.views.worklist import WorkRow, work_page
from claimloom.sandbox.answer_835 import Check, write
from claimloom.sandbox.claims_in import open_file
from claimloom.sandbox.decided import paid_claim
from claimloom.sandbox.fees import decide
from claimloom.sandbox.payer import Payer
from claimloom.sandbox.verdict import Terms
from claimloom.settings import Settings
from claimloom.system import System, Taken
from claimloom.x12.nouns.read_835 import read_835
from schemas.claim import ClaimBuilt
from schemas.remittance import ClaimReconciled
from tests.sessions import visit

TODAY = date(2026, 11, 20)
HEAD = "ISA*00*          *00*          *ZZ*RECEIVER01     *ZZ*SUBMITTER01    *261120*0900*^*00501*000000077*0*T*:~"


@pytest.fixture
def system(tmp_path: Path) -> Iterator[System]:
    made = System(Settings(tmp_path, as_of=TODAY))
    lines = "".join(
        visit(session_id=f"S-{number}", patient=patient(number)).model_dump_json() + "\n" for number in range(4)
    )
    (tmp_path / "inbound" / "visits.jsonl").write_text(lines)
    made.run_until_idle()
    yield made
    made.close()


def patient(number: int) -> dict[str, object]:
    return visit().patient.model_dump(mode="json") | {"patient_id": f"P-{number}"}


def give(system: System, name: str, text: str | bytes) -> Taken:
    data = text if isinstance(text, bytes) else text.encode()
    (system.settings.data / "inbound" / name).write_bytes(data)
    (taken,) = system.run_until_idle()
    return taken


def rows(system: System) -> list[ClaimRow]:
    with system.engine.connect() as connection:
        return list(all_claims(connection, EVERYTHING))


def work(system: System) -> list[WorkRow]:
    with system.engine.connect() as connection:
        return work_page(connection, EVERYTHING, Wanted(), Page(10_000)).rows


def sent_file(system: System) -> str:
    (path,) = (system.settings.data / "outbound").iterdir()
    return path.read_text()


def numbers(system: System) -> list[str]:
    """Claim numbers in the order of the file."""
    return [part.split("*")[1] for part in sent_file(system).split("~\n") if part.startswith("CLM*")]


def interchange(body: str, kind: str, version: str) -> str:
    segments = body.count("~") + 1
    inner = f"GS*{kind}*RECEIVER01*SUBMITTER01*20261120*0900*77*X*{version}~{body}SE*{segments}*0001~GE*1*77~"
    return f"{HEAD}{inner}IEA*1*000000077~"


def answer_999(inside: str) -> str:
    body = f"ST*999*0001*005010X231A1~AK1*HC*1*005010X222A1~{inside}"
    return interchange(body, "FA", "005010X231A1")


def test_refused_interchange_stops_all_its_claims(system: System) -> None:
    assert give(system, "ta1.edi", f"{HEAD}TA1*000000001*261120*0900*R*018~IEA*0*000000077~").new == 4
    assert {(row.state, *row.flags) for row in rows(system)} == {("batch_rejected", "rejected", "test")}
    assert {item.kind for item in work(system)} == {"rejected"}


def test_999_rejection_names_the_claim_by_ctx(system: System) -> None:
    third = numbers(system)[2]
    refused = f"AK2*837*0001~IK3*HI*51*2300*8~CTX*CLM01:{third}~IK4*1:2*1271*7~IK5*R*5~AK9*R*1*1*0~"
    give(system, "999.edi", answer_999(refused))
    assert {row.state for row in rows(system)} == {"syntax_rejected"}
    said = {item.patient_control_number: item.reason for item in work(system)}
    assert "refused: 2300/HI error 8" in said[third]
    assert all("another claim of its file" in reason for number, reason in said.items() if number != third)


@pytest.mark.parametrize("last", [False, True], ids=["its CLM", "its last segment"])
def test_999_rejection_names_the_claim_by_the_place_in_our_file(system: System, last: bool) -> None:
    parts = sent_file(system).split("~\n")
    start = next(place for place, part in enumerate(parts) if part.startswith("ST*"))
    second = numbers(system)[1]
    places = [place for place, part in enumerate(parts) if part.startswith("CLM*")]
    place = places[2] - 1 if last else places[1]
    refused = f"AK2*837*0001~IK3*HI*{place - start + 1}*2300*8~IK5*R*5~AK9*R*1*1*0~"
    give(system, "999.edi", answer_999(refused))
    blamed = [item.patient_control_number for item in work(system) if "refused:" in item.reason]
    assert blamed == [second]


@pytest.mark.parametrize(
    "inside", ["AK9*A*1*1*1~", "AK2*837*0001~IK5*A~AK9*A*1*1*1~", "AK2*837*0001~IK5*E~AK9*P*1*1*1~"]
)
def test_999_acceptance_is_about_syntax(system: System, inside: str) -> None:
    give(system, "999.edi", answer_999(inside))
    assert {row.state for row in rows(system)} == {"syntax_ok"}
    assert work(system) == []


def answer_277(system: System, inside: str, source: str = "PR") -> str:
    body = (
        "ST*277*0001*005010X214~BHT*0085*08*A1*20261120*0900*TH~HL*1**20*1~"
        f"NM1*{source}*2*PAYER*****46*P1~TRN*1*R1~DTP*050*D8*20261120~DTP*009*D8*20261120~HL*2*1*21*1~"
        f"NM1*41*2*US*****46*SUBMITTER01~TRN*2*B000000001~{inside}"
    )
    return interchange(body, "HN", "005010X214")


def test_277ca_may_reject_the_batch_the_provider_or_a_claim(system: System) -> None:
    one, two, *_ = numbers(system)
    claim = "HL*3*2*19*1~NM1*85*2*X*****XX*1234567893~TRN*1*0~STC*A1:19:PR**WQ*1~HL*4*3*PT~NM1*QC*1*D*J~"
    give(system, "c.edi", answer_277(system, f"STC*A1:19*20261120*WQ*1~{claim}TRN*2*{one}~STC*A7:164:IL*20261120*U*1~"))
    assert [row.state for row in rows(system) if row.patient_control_number == one] == ["payer_rejected"]
    assert [row.state for row in rows(system) if row.patient_control_number == two] == ["sent"]
    provider = "HL*3*2*19*0~NM1*85*2*X*****XX*1234567893~TRN*1*0~STC*A8:496:85**U*1~"
    give(system, "p.edi", answer_277(system, f"STC*A1:19*20261120*WQ*1~{provider}", source="AY"))
    states = {row.patient_control_number: row.state for row in rows(system)}
    assert (states[one], states[two]) == ("payer_rejected", "ch_rejected")
    give(system, "b.edi", answer_277(system, "STC*A3:21*20261120*U*1~"))
    assert {row.state for row in rows(system)} == {"payer_rejected"}


def test_answers_that_fit_nothing_are_kept_for_a_person(system: System) -> None:
    inside = "STC*A1:19*20261120*WQ*1~HL*3*2*19*1~NM1*85*2*X*****XX*1~TRN*1*0~STC*A1:19**WQ*1~HL*4*3*PT~NM1*QC*1*D*J~"
    give(system, "u.edi", answer_277(system, f"{inside}TRN*2*SOMEBODY~STC*A2:20*20261120*WQ*1~"))
    give(system, "999.edi", answer_999("AK9*A*1*1*1~").replace("AK1*HC*1*", "AK1*HC*99*"))
    assert [(item.kind, item.patient_control_number) for item in work(system)] == [
        ("unmatched", "SOMEBODY"),
        ("unmatched", "group 99"),
    ]


Said = tuple[str, str, str]
TAKEN: list[Said] = [
    ("interchange", "interchange_ok", ""),
    ("syntax", "syntax_ok", ""),
    ("clearinghouse", "ch_accepted", "20261120"),
    ("payer", "payer_received", "20261121"),
    ("payer", "payer_accepted", "20261122"),
]
FOLDS: list[tuple[list[Said], str]] = [
    ([], "sent"),
    (TAKEN[:1], "sent"),
    (TAKEN[:2], "syntax_ok"),
    (TAKEN[:3], "ch_accepted"),
    (TAKEN[:4], "payer_received"),
    (TAKEN, "payer_accepted"),
    ([*TAKEN, ("clearinghouse", "ch_rejected", "20261130")], "payer_accepted"),
    ([*TAKEN, ("payer", "payer_rejected", "20261130")], "payer_rejected"),
    ([("payer", "payer_rejected", "20261121"), ("clearinghouse", "ch_accepted", "2027")], "payer_rejected"),
    ([TAKEN[4], ("payer", "payer_received", "20261130")], "payer_accepted"),
    ([("payer", "payer_rejected", "20261121"), ("payer", "payer_received", "20261130")], "payer_received"),
    ([("interchange", "batch_rejected", ""), TAKEN[4]], "payer_accepted"),
    ([("interchange", "batch_rejected", "")], "batch_rejected"),
]


def test_state_is_a_fold_that_does_not_depend_on_the_order(database: str) -> None:
    """Every order of every set of answers, each as a claim of its own, on PostgreSQL and SQLite alike."""
    orders = [(some, state) for answers, state in FOLDS for some in permutations(answers)]
    assert len(orders) > 1500
    for url in ("sqlite://", database):
        engine = open_engine(url)
        migrate(engine)
        said, wanted = [], dict[int, str]()
        with engine.begin() as connection:
            for number, (answers, state) in enumerate(orders):
                claim = number + 1
                wanted[claim] = state
                said += [
                    {
                        "place": 1000 * claim + place,
                        "claim": claim,
                        "patient_control_number": "",
                        "kind": "",
                        "level": level,
                        "accepted": 1,
                        "state": answer,
                        "message": "",
                        "payer_claim_control_number": "",
                        "process_date": day,
                        "number": place,
                    }
                    for place, (level, answer, day) in enumerate(answers)
                ]
            insert_new(connection, acknowledgments, said)
            insert_new(connection, claims, [blank(claims, each) for each in wanted])
            insert_new(connection, submissions, [blank(submissions, each) for each in wanted])
            assert claim_states(connection, list(wanted)) == wanted
            keep(connection, list(wanted))
            assert dollars_by_state(connection, EVERYTHING) == {
                state: (count, 100 * count, 0) for state, count in Counter(wanted.values()).items()
            }
        engine.dispose()


def blank(table: Table, claim: int) -> dict[str, object]:
    """A row that says nothing but which claim it is about."""
    row: dict[str, object] = {each.name: 1 if each.type.python_type is int else "" for each in table.columns}
    own = {"tenant": "demo", "place": claim, "claim": claim, "billed_cents": 100, "in_line": "P"}
    own |= dict.fromkeys(("claim_id", "patient_control_number", "session_id"), f"claim-{claim}")
    return row | {name: value for name, value in own.items() if name in row}


def remittance(system: System) -> bytes:
    payer = Payer(1, TODAY, ())
    return next(data for name, data in payer.answer(sent_file(system)).items() if name.startswith("835"))


def outcomes(system: System) -> list[str]:
    with system.engine.connect() as connection:
        return list(connection.scalars(select(reconciliations.c.outcome).order_by(reconciliations.c.number)))


def test_payment_read_twice_is_posted_once(system: System) -> None:
    data = remittance(system)
    first = give(system, "835.edi", data)
    before = rows(system)
    again = give(system, "again.edi", data.replace(b"*^*00501*0", b"*^*00501*9").replace(b"IEA*1*0", b"IEA*1*9"))
    assert (first.new, again.new, again.events) == (first.events, 0, first.events)
    assert rows(system) == before


@pytest.mark.parametrize("cut", [False, True], ids=["known by number", "found by what it says"])
@pytest.mark.parametrize("changed", [False, True], ids=["same words", "other words"])
def test_payment_that_stands_twice_in_one_file_is_posted_once(system: System, changed: bool, cut: bool) -> None:
    text = remittance(system).decode()
    for number in numbers(system) if cut else ():
        text = text.replace(number, number.partition("-")[0])
    start, end = text.index("ST*835"), text.index("GE*")
    again = text[start:end].replace("ST*835*0001", "ST*835*0002").replace("*0001~", "*0002~")
    again = again.replace("*45*", "*59*", 1) if changed else again
    both = text[:end] + again + text[end:].replace("GE*1*", "GE*2*")
    give(system, "both.edi", both)
    with_both = [(row.patient_control_number, row.paid_cents, row.flags) for row in rows(system)]
    payer_paid = sum(paid for _, paid, _ in with_both)
    one = sum(claim.paid_cents for each in read_835(text.encode()) for claim in getattr(each, "claims", []))
    assert payer_paid == one > 0
    assert outcomes(system).count("duplicate") == (1 if changed else 0)


def test_other_content_under_the_same_payment_is_set_aside(system: System) -> None:
    data = remittance(system)
    give(system, "835.edi", data)
    before = rows(system)
    give(system, "other.edi", data.replace(b"*45*", b"*59*", 1))
    assert outcomes(system)[-1] == "duplicate"
    assert rows(system) == before
    assert [item.kind for item in work(system) if "told again with other content" in item.reason] == ["review"]


def test_remittance_out_of_balance_waits_in_suspense_with_the_exact_difference(system: System) -> None:
    data = remittance(system).decode()
    clp = next(part for part in data.split("~\n") if part.startswith("CLP*") and part.split("*")[2] == "1")
    paid = clp.split("*")[4]
    wrong = data.replace(clp, clp.replace(f"*{paid}*", f"*{float(paid) + 10:.2f}*", 1))
    give(system, "835.edi", wrong)
    number = clp.split("*")[1]
    # The payment as a whole is out by the same 10.00: none of its claims is posted.
    assert set(outcomes(system)) == {"suspense"}
    with system.engine.connect() as connection:
        results = payloads(connection, connection.scalars(select(reconciliations.c.place)).all(), ClaimReconciled)
    said = [" ".join(each.explanation) for each in results.values()]
    assert all("BPR02 = sum CLP04 - sum PLB fails by -$10.00" in each for each in said)
    assert [row.flags for row in rows(system) if row.patient_control_number == number] == [["suspense"]]
    assert all(row.paid_cents == 0 for row in rows(system))
    assert {item.kind for item in work(system)} == {"suspense"}


def test_held_claim_is_freed_by_the_change_that_was_named(system: System) -> None:
    def send(name: str, **changes: object) -> None:
        give(system, name, visit(session_id="H-1", patient=patient(9), **changes).model_dump_json())

    send("held.jsonl", referring_provider=None)
    (item,) = work(system)
    assert item.kind == "held"
    assert item.action.startswith("fill the referring provider with name and NPI of who certified")
    send("fixed.jsonl", revision=2)
    assert work(system) == []
    states = {row.patient_control_number: row.state for row in rows(system)}
    assert states[item.patient_control_number] == "superseded"
    assert sorted(states.values()) == ["sent"] * 5 + ["superseded"]


def held(system: System) -> dict[str, str]:
    """Reasons of the held claims by the session they come from."""
    reasons = {item.patient_control_number: item.reason for item in work(system) if item.kind == "held"}
    with system.engine.connect() as connection:
        found = connection.execute(select(claims.c.patient_control_number, claims.c.session_id)).all()
    return {
        row.session_id: reasons[row.patient_control_number] for row in found if row.patient_control_number in reasons
    }


@pytest.mark.parametrize("names", [["A", "B"], ["B", "A"]])
def test_of_two_equal_visits_the_later_one_is_held(system: System, names: list[str]) -> None:
    both = [visit(session_id=name, patient=patient(7)).model_dump_json() for name in names]
    give(system, "both.jsonl", "\n".join(both))
    reasons = held(system)
    assert set(reasons) == {"B"}
    assert reasons["B"].startswith("DUP-001")
    give(system, "earlier.jsonl", visit(session_id="0", patient=patient(7)).model_dump_json())
    assert set(held(system)) == {"0", "B"}, "of a sent claim and a new one the sent one is the original"


def test_dollars_of_the_year_add_up_to_the_kx_threshold(system: System) -> None:
    """102.87 a visit: with the 25th the year's OT dollars pass 2,480.00."""
    days = [date(2026, 9, 1) + timedelta(days=number) for number in range(26)]
    lines = [
        visit(session_id=f"K-{number:02d}", patient=patient(6), date_of_service=day.isoformat()).model_dump_json()
        for number, day in enumerate(days)
    ]
    give(system, "year.jsonl", "\n".join(lines[::-1]))
    reasons = held(system)
    assert set(reasons) == {"K-24", "K-25"}
    assert "of $2,480.00 this year with this line" in reasons["K-24"]
    assert reasons["K-24"].startswith("MOD-008")


def test_minutes_of_a_day_are_one_pool_over_its_visits(system: System) -> None:
    """Eight minutes twice earn a unit each alone; sixteen in one day earn one (8-minute rule)."""
    codes = {"morning": "97530", "noon": "97535"}
    lines = [
        visit(session_id=name, patient=patient(4), timed=[{"code": code, "minutes": 8}]).model_dump_json()
        for name, code in codes.items()
    ]
    give(system, "day.jsonl", "\n".join(lines))
    assert held(system) == {}
    with system.engine.connect() as connection:
        (item,) = work_page(connection, EVERYTHING, Wanted(kind="not_billed"), Page()).rows
    assert item.visit_id == "noon"
    assert (
        "8 timed minutes give no unit under Medicare's 8-minute rule beside the 8 of the day's other visits"
        in item.reason
    )
    longer = visit(session_id="noon", revision=2, patient=patient(4), timed=[{"code": "97535", "minutes": 15}])
    give(system, "longer.jsonl", longer.model_dump_json())
    assert held(system) == {}


def test_visits_of_an_authorization_add_up(system: System) -> None:
    coverage = visit().coverages[0].model_dump(mode="json") | {
        "payer_id": "77777",
        "payer_class": "commercial",
        "filing_indicator": "BL",
    }
    lines = [
        visit(
            session_id=f"U-{day}",
            patient=patient(5),
            date_of_service=f"2026-11-{day}",
            coverages=[coverage],
            authorization={"number": "AUTH1", "visits_authorized": 2},
        ).model_dump_json()
        for day in (10, 11, 12)
    ]
    give(system, "visits.jsonl", "\n".join(lines))
    reasons = held(system)
    assert set(reasons) == {"U-12"}
    assert "visit 3 of 2" in reasons["U-12"]


def test_corrected_visit_after_payment_becomes_a_replacement(system: System) -> None:
    data = remittance(system)
    give(system, "835.edi", data)
    more = [{"code": "97530", "minutes": 45}]
    changed = visit(session_id="S-1", patient=patient(1), revision=2, timed=more)
    give(system, "fixed.jsonl", changed.model_dump_json())
    with system.engine.connect() as connection:
        query = select(claims.c.place).where(claims.c.session_id == "S-1", claims.c.version == 2)
        (built,) = payloads(connection, connection.scalars(query).all(), ClaimBuilt).values()
    assert built.claim.frequency_code == "7"
    assert built.claim.payer_claim_control_number


def test_older_revision_that_comes_late_is_not_sent(system: System) -> None:
    before = len(list((system.settings.data / "outbound").iterdir()))
    both = [visit(session_id="L-1", patient=patient(8), revision=number).model_dump_json() for number in (2, 1)]
    give(system, "both.jsonl", "\n".join(both))
    assert len(list((system.settings.data / "outbound").iterdir())) == before + 1
    assert [row.state for row in rows(system) if row.patient_control_number.endswith("-2")] == ["sent"]
    assert sorted(row.state for row in rows(system)) == ["sent"] * 5 + ["superseded"]


def test_two_claims_of_a_day_share_one_unit_paid_in_full(system: System) -> None:
    """OT and PT of one patient, day and provider: the payer takes the full unit from one of them only."""
    other = {
        "session_id": "PT-1",
        "discipline": "PT",
        "patient": patient(1),
        "therapist": visit().therapist.model_dump(mode="json") | {"npi": "1245319599", "taxonomy": "225100000X"},
        "referring_provider": visit().referring_provider.model_dump(mode="json") | {"npi": "1234567893"},
        "clinic": visit().clinic.model_dump(mode="json") | {"fees_cents": {"97112": 7500}},
        "timed": [{"code": "97112", "minutes": 30}],
    }
    give(system, "pt.jsonl", visit(**other).model_dump_json())
    path = max((system.settings.data / "outbound").iterdir())
    box = open_file(path.read_text())
    (claim,) = box.claims
    half = decide(claim, Terms(reduce="every"))
    assert half is not None
    told = paid_claim(claim, half, icn="1000000000001", kind="medicare")
    names = (claim.payer_id, claim.payer_name, claim.npi, claim.provider, claim.tax_id)
    check = Check(*names, "T99", TODAY, [told])
    give(system, "835.edi", write([check], sender="SANDBOXPAYER", receiver=box.sender, number=99, on=TODAY))
    (row,) = [row for row in rows(system) if row.patient_control_number == claim.number]
    assert (row.flags, row.paid_cents, row.variance_cents) == ([], half[0].paid, 0)


def test_journal_holds_all_eight_topics_but_the_dead(system: System) -> None:
    for name, data in Payer(1, TODAY, ()).answer(sent_file(system)).items():
        (system.settings.data / "inbound" / name).write_bytes(data)
    system.run_until_idle()
    with system.engine.connect() as connection:
        assert len(set(connection.scalars(select(journal.c.type)))) == 7


def said_of(
    number: str, *stcs: str, below: str = "", over: str = "STC*A1:19:PR*20261121*WQ*220~", batch: str = "X"
) -> str:
    """A payer's 277CA of one claim, with its statuses, or with none named below the batch."""
    claim = f"HL*4*3*PT~NM1*QC*1*DOE*JANE****MI*W1~TRN*2*{number}~{''.join(stcs)}{below}" if number else ""
    body = (
        "ST*277*0001*005010X214~BHT*0085*08*X1*20261121*1200*TH~HL*1**20*1~NM1*PR*2*PAYER*****PI*44444~TRN*1*T1~"
        "DTP*050*D8*20261121~DTP*009*D8*20261121~HL*2*1*21*1~NM1*41*2*BILLING*****46*SUBMITTER01~"
        f"TRN*2*{batch}~{over}HL*3*2*19*1~NM1*85*2*CLINIC*****XX*1234567893~TRN*1*0~STC*A1:19:PR**WQ*220~{claim}"
    )
    return interchange(body, "HN", "005010X214")


CONFLICTS = {
    "A7 without an action": (["STC*A7:164:IL*20261121**220~"], ["rejected: invalid information (A7)", "no action"]),
    "A3 with WQ": (["STC*A3:21:PR*20261121*WQ*220~"], ["returned unprocessable (A3)", "action WQ"]),
    "A8 without an action behind an A1": (
        ["STC*A1:20:PR*20261121*WQ*220~", "STC*A8:507:PR*20261121**220~"],
        ["fields contradict (A8)", "no action"],
    ),
    "A6 as its second status": (
        ["STC*A1:20:PR*20261121*WQ*220*******A6:21~"],
        ["missing information (A6)", "action WQ"],
    ),
    "A2 with U": (["STC*A2:20:PR*20261121*U*220~"], ["accepted into adjudication (A2)", "action U"]),
    "an action that is none": (["STC*A7:164:IL*20261121*15*220~"], ["(A7)", "an action that is none"]),
    "no status at all": ([], ["no status at all"]),
}


@pytest.mark.parametrize("name", CONFLICTS)
def test_signs_of_a_277ca_that_contradict_are_work_for_a_person(system: System, name: str) -> None:
    """A3, A6, A7 and A8 mean rejected, and no category accepts with a warning (X12 RFI 2203)."""
    stcs, words = CONFLICTS[name]
    number = numbers(system)[0]
    give(system, "277.edi", said_of(number, *stcs))
    assert {row.state for row in rows(system) if row.patient_control_number == number} == {"ack_conflict"}
    (item,) = work(system)
    assert (item.kind, item.patient_control_number) == ("conflict", number)
    assert all(each in item.reason for each in ["277CA contradicts itself", *words]), item.reason


@pytest.mark.parametrize(
    ("stcs", "state", "kinds"),
    [
        (["STC*A7:164:IL*20261121*U*220~"], "payer_rejected", {"rejected"}),
        (["STC*A1:20:PR*20261121*WQ*220~", "STC*A7:164:IL*20261121*U*220~"], "payer_rejected", {"rejected"}),
        (["STC*A7:164:IL*20261121**220~", "STC*A3:21:PR*20261121*U*220~"], "payer_rejected", {"rejected"}),
        (["STC*A2:20:PR*20261121*WQ*220~"], "payer_accepted", set()),
        (["STC*A1:20:PR*20261121*WQ*220~"], "payer_received", set()),
        (["STC*A2:20:PR*20261121**220~"], "payer_accepted", set()),
    ],
)
def test_signs_that_agree_say_what_they_said(system: System, stcs: list[str], state: str, kinds: set[str]) -> None:
    number = numbers(system)[0]
    give(system, "277.edi", said_of(number, *stcs))
    assert {row.state for row in rows(system) if row.patient_control_number == number} == {state}
    assert {item.kind for item in work(system)} == kinds


def test_a_line_that_rejects_by_one_sign_is_a_conflict_of_its_claim(system: System) -> None:
    number = numbers(system)[0]
    line = "SVC*HC:97530*150*****2~STC*A7:454**~"
    give(system, "277.edi", said_of(number, "STC*A2:20:PR*20261121*WQ*220~", below=line))
    assert [item.kind for item in work(system)] == ["conflict"]


def test_a_batch_whose_signs_contradict_is_a_conflict_of_each_claim(system: System) -> None:
    batch = next(part.split("*")[3] for part in sent_file(system).split("~\n") if part.startswith("BHT*"))
    give(system, "277.edi", said_of("", over="STC*A3:24:41*20261121*WQ*220~", batch=batch))
    assert {row.state for row in rows(system)} == {"ack_conflict"}
    assert {item.kind for item in work(system)} == {"conflict"}


def test_a_conflict_leaves_the_state_to_a_later_answer_and_the_work_to_a_person(system: System) -> None:
    number = numbers(system)[0]
    give(system, "1.edi", said_of(number, "STC*A7:164:IL*20261121**220~"))
    give(
        system,
        "2.edi",
        said_of(number, "STC*A2:20:PR*20261122*WQ*220~").replace("DTP*009*D8*20261121", "DTP*009*D8*20261122"),
    )
    assert {row.state for row in rows(system) if row.patient_control_number == number} == {"payer_accepted"}
    assert [item.kind for item in work(system)] == ["conflict"]  # like a rejection: until a payment or a person ends it


def test_a_claim_is_known_however_the_payer_writes_its_letters(system: System) -> None:
    number = numbers(system)[0]
    give(system, "277.edi", said_of(number.lower(), "STC*A7:164:IL*20261121*U*220~"))
    assert {row.state for row in rows(system) if row.patient_control_number == number} == {"payer_rejected"}
    assert [item.kind for item in work(system)] == ["rejected"]
