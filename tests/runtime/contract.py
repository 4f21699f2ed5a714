"""One behaviour over every runtime: the same files in, the same ledger out. Run by test_contract.py."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import Engine, func, select

from claimloom.decisions import journal_decisions
from claimloom.demo import held_rules
from claimloom.desk.decide import Decision
from claimloom.ledger.books import FOLDED
from claimloom.ledger.books.claims import claims
from claimloom.ledger.books.payments import money_in
from claimloom.ledger.books.reconciliations import reconciliations
from claimloom.ledger.books.remittances import payments, remittances
from claimloom.ledger.books.standings import flagged, held_totals, standing_of, standings
from claimloom.ledger.books.standings import totals as totals_table
from claimloom.ledger.books.visits import visit_totals
from claimloom.ledger.books.work_items import work_items, work_totals
from claimloom.ledger.tables import journal
from claimloom.ledger.views.claims import all_claims
from claimloom.ledger.views.letters import dead_letter_count, dead_letter_rows
from claimloom.ledger.views.scope import EVERYTHING, Page, Wanted
from claimloom.ledger.views.totals import summary
from claimloom.ledger.views.worklist import work_page
from claimloom.runtime.taking import Policy
from claimloom.sandbox.grade import grade
from claimloom.sandbox.payer import Payer
from claimloom.sandbox.visits import Made, make_visits
from claimloom.settings import Settings
from claimloom.system import System
from claimloom.x12.reading.files import stream
from services.topology import topology
from tests.sessions import BROKEN_PAYER, visit

DAY = date(2026, 11, 20)
SEED = 7


class Runtime(Protocol):
    """What a runtime must do to be looked at."""

    folder: Path
    engine: Engine

    def deliver(self, files: Mapping[str, bytes]) -> None:
        """Put files into inbound and wait until nothing is left to do."""


def visits(count: int = 60) -> list[Made]:
    """Invented visits, some of them spoiled on purpose."""
    return list(make_visits(SEED, count, DAY))


def lines(made: Sequence[Made]) -> bytes:
    """A sessions file."""
    return "".join(json.dumps(each.visit) + "\n" for each in made).encode()


def whole_way(runtime: Runtime, made: Sequence[Made], seed: int = SEED) -> Payer:
    """Visits, one that gives no claim, one that is given up, one corrected; the payer's answers; what it says later."""
    unpriced = visit(session_id="NO-FEE").model_dump(mode="json")
    unpriced["clinic"]["fees_cents"] = {"97110": 7000}
    # What is given up on in the same words by every database: the settings of its payer cannot be used.
    (runtime.folder / "payers").mkdir(exist_ok=True)
    (runtime.folder / "payers" / "broken.toml").write_text(f'payer_ids = ["{BROKEN_PAYER}"]\nno_such_setting = 1\n')
    coverage = visit().coverages[0].model_dump(mode="json") | {"payer_id": BROKEN_PAYER}
    given_up = visit(session_id="GIVEN-UP", coverages=[coverage])
    others = [json.dumps(unpriced), given_up.model_dump_json(), ""]
    runtime.deliver({"visits.jsonl": lines(made) + "\n".join(others).encode()})
    held = [each.visit for each in made if each.defect]
    again = held[0] | {"revision": 2}
    otherwise = made[0].visit | {"place_of_service": "12"}  # under a revision that is known: taken by nobody
    corrected = "".join(json.dumps(each) + "\n" for each in (again, otherwise))
    runtime.deliver({"corrected.jsonl": corrected.encode()})
    payer = Payer(seed, DAY)
    for path in sorted((runtime.folder / "outbound").iterdir()):
        runtime.deliver(payer.answer(path.read_text(encoding="ascii")))
    runtime.deliver(payer.later())
    runtime.deliver({"statement.csv": statement(runtime.engine)})
    decided(runtime)
    return payer


def statement(engine: Engine) -> bytes:
    """What a bank says of the payments: a number, the payer's name alone, and money that is of none of them."""
    names = ("day", "amount_cents", "trace_number", "payer_name")
    order = (money_in.c.tenant, money_in.c.day, money_in.c.payment_id)
    query = select(*(money_in.c[name] for name in names)).where(money_in.c.tenant == "demo").order_by(*order).limit(50)
    with engine.connect() as connection:
        rows = [row for row in connection.execute(query) if row.amount_cents > 0]
    said = ["Date,Amount,Trace Number,Description"]
    said += [f"{row.day},{row.amount_cents / 100:.2f},{row.trace_number},HCCLAIMPMT" for row in rows[1:3]]
    said += [f"{row.day},{row.amount_cents / 100:.2f},,{row.payer_name}" for row in rows[:1]]
    return "\n".join([*said, f"{DAY},12.34,,CARD SALES", ""]).encode()


def decided(runtime: Runtime) -> None:
    """A held claim is taken, another one noted, a third one closed; each told twice by one key.

    Where workers run nobody publishes these: whoever made them might have died then. The relay has to. A runtime that
    has a way of its own to decide goes that way.
    """
    settings = Settings(runtime.folder, as_of=DAY)
    tell = getattr(runtime, "told", None) or partial(_journalled, runtime, settings)
    with runtime.engine.connect() as connection:
        rows = work_page(connection, EVERYTHING, Wanted(kind="held"), Page(1000)).rows
    held = sorted(rows, key=lambda row: row.patient_control_number)
    told = (("take", "", {}), ("note", "the clinic looks for it", {}), ("close", "not ours", {"outcome": "wrong"}))
    for row, (kind, reason, fields) in zip(held, told, strict=False):  # a small ledger holds fewer
        decision = Decision(kind, "anna", f"{kind}-{row.patient_control_number}", settings.now(), reason, fields)
        for _ in range(2):
            tell(row.id, decision)
    runtime.deliver({})


def _journalled(runtime: Runtime, settings: Settings, work: str, decision: Decision) -> None:
    served = getattr(runtime, "cluster", None) is not None
    policy, services = Policy(in_order=not served, relay=served), topology(settings)
    journal_decisions(runtime.engine, services, EVERYTHING, [(work, decision)], clock=settings.now, policy=policy)


def export(engine: Engine) -> list[dict[str, Any]]:
    """The ledger as ``claims export`` tells it. Trace numbers hold the number of the file they answer: left out."""
    with engine.connect() as connection:
        rows = [row.json() for row in all_claims(connection, EVERYTHING)]
    return [row | {"payer": ""} if row["state"] in ("unmatched", "suspense") else row for row in rows]


def worklist(engine: Engine) -> list[tuple[Any, ...]]:
    """What is to do, without the numbers of files."""
    with engine.connect() as connection:
        rows = work_page(connection, EVERYTHING, Wanted(), Page(10_000)).rows
    return sorted((row.patient_control_number, row.kind, row.due, row.recoverable_cents) for row in rows)


def events_by_type(engine: Engine) -> dict[str, int]:
    """How many events of each type the journal holds; of remittances those of claims.

    What a payer carries over at provider level depends on which claims it answers together, so on the files.
    """
    query = select(journal.c.type, func.count()).group_by(journal.c.type)
    of_claims = select(func.count()).select_from(remittances).where(remittances.c.patient_control_number != "")
    with engine.connect() as connection:
        found = {row[0]: row[1] for row in connection.execute(query)}
        found["remittance-received"] = connection.scalar(of_claims)
    del found["claim-reconciled"]  # one each, see conserved
    return found


def ids(engine: Engine, *types: str) -> list[str]:
    """Ids of the events of some types: derived, so the same wherever they were made."""
    with engine.connect() as connection:
        return sorted(connection.scalars(select(journal.c.id).where(journal.c.type.in_(types))))


def claims_in_files(folder: Path) -> Counter[str]:
    """How often each claim stands in a file to send."""
    found: Counter[str] = Counter()
    for path in (folder / "outbound").iterdir():
        found.update(claim.head.get(1) for claim in stream(path))
    return found


def conserved(engine: Engine) -> None:
    """Every cent that payers sent is posted, at provider level, unmatched or in suspense; what is kept adds up."""
    standings_equal_the_fold(engine)
    with engine.connect() as connection:
        sent = connection.scalar(select(func.sum(payments.c.total_paid_cents))) or 0
        amounts = connection.execute(select(remittances.c.paid_cents, remittances.c.provider_adjustment_cents)).all()
        told = sum(row.paid_cents - row.provider_adjustment_cents for row in amounts)
        off = suspense_difference(connection)
        assert sent == told + off, (sent, told, off)
        count = connection.scalar(select(func.count()).select_from(remittances))
        assert connection.scalar(select(func.count()).select_from(reconciliations)) == count


def suspense_difference(connection: Any) -> int:
    """What the payer's own totals are off by, in payments that do not balance."""
    off: dict[str, int] = {}
    told = journal.c.type == "remittance-received"
    for body in connection.scalars(select(journal.c.body).where(told)):
        remit = json.loads(body)["data"]
        for each in remit["imbalances"]:
            if each["rule"].startswith("BPR02"):
                off[remit["payment_id"]] = each["difference_cents"]
    return sum(off.values())


def graded(runtime: Runtime, payer: Payer, made: Sequence[Made]) -> dict[str, Any]:
    """Against the payer's own record, to the cent."""
    planted = {each.visit["session_id"]: each.defect for each in made if each.defect}
    with runtime.engine.connect() as connection:
        rows = [row.json() for row in all_claims(connection, EVERYTHING)]
    return grade(payer.truth(), rows, planted, held_rules(runtime.engine))


def contents(engine: Engine) -> dict[str, list[str]]:
    """All projections, row by row."""
    with engine.connect() as connection:
        return {table.name: sorted(repr(tuple(row)) for row in connection.execute(select(table))) for table in FOLDED}


def standings_equal_the_fold(engine: Engine) -> None:
    """How claims stand, and every sum that is kept, are what all that is known makes them, counted anew."""
    wrong = {name: shown for name, shown in kept_and_counted(engine).items() if shown != ([], [])}
    assert wrong == {}, wrong


def kept_and_counted(engine: Engine) -> dict[str, tuple[list[Any], list[Any]]]:
    """By table: some rows that stand there and should not, and some that should and do not."""
    with engine.connect() as connection:
        asked = {
            table.name: [row._asdict() for row in connection.execute(select(table))]
            for table in (standings, flagged, totals_table, held_totals, work_items, work_totals)
        }
        places = {row[0] for table in (claims, reconciliations) for row in connection.execute(select(table.c.place))}
        rows = standing_of(connection, places)
        in_turn = select(claims).order_by(claims.c.version, claims.c.place)
        built = {row.place: row for row in connection.execute(in_turn)}
        newest = {(row.tenant, row.session_id, row.in_line): row.place for row in built.values()}
        asked["visit_totals"] = [row._asdict() for row in connection.execute(select(visit_totals))]
        # What came by a topic alone has no source, and is none of its maker's.
        made = (journal.c.type == "session-completed") & (journal.c.source != "")
        visits = Counter(
            (body["tenant"], body["clinic"])
            for text in connection.scalars(select(journal.c.body).where(made))
            for body in [json.loads(text)]
        )
    counted = {
        "standings": rows,
        "flagged": [
            {name: row[name] for name in ("tenant", "claimless", "day", "number", "place")} | {"flag": flag}
            for row in rows
            for flag in row["flags"].split(",")
            if flag
        ],
        "totals": _totals(rows),
        "held_totals": _held(rows),
        "work_totals": _work(asked["work_items"]),
        "work_items": [_listed(row, built, newest) for row in asked["work_items"]],
        "visit_totals": [{"tenant": a, "clinic": b, "count": count} for (a, b), count in visits.items()],
    }
    found = {}
    for name, wanted in counted.items():
        was, now = (Counter(json.dumps(row, sort_keys=True) for row in some) for some in (asked[name], wanted))
        found[name] = (sorted((was - now).elements())[:3], sorted((now - was).elements())[:3])
    return found


def _totals(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    names = ("count", "sent", "billed_cents", "paid_cents", "short_cents", "awaited_cents")
    sums: dict[tuple[Any, ...], Counter[str]] = {}
    for row in rows:
        for grain, key in (("all", ""), ("clinic", row["clinic"]), ("payer", row["payer_id"])):
            replaced = 1 if row["replaced_by"] else 0
            place = (row["tenant"], grain, key, row["day"], row["state"], row["flags"], replaced)
            sums.setdefault(place, Counter()).update(
                {
                    "count": 1,
                    "sent": 1 if row["submitted_on"] else 0,
                    **{name: row[name] or 0 for name in names[2:] if name != "billed_cents" or row["in_line"] == "P"},
                }
            )
    keys = ("tenant", "grain", "key", "day", "state", "flags", "replaced")
    return [
        dict(zip(keys, place, strict=True)) | {name: sums_of[name] for name in names} for place, sums_of in sums.items()
    ]


def _held(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    sums: dict[tuple[str, ...], list[int]] = {}
    for row in rows:
        for code, message in json.loads(row["held_for"] or "[]"):
            total = sums.setdefault((row["tenant"], row["clinic"], code, message), [0, 0])
            total[0] += 1
            total[1] += row["billed_cents"]
    keys = ("tenant", "clinic", "code", "message")
    return [dict(zip(keys, place, strict=True)) | {"count": a, "cents": b} for place, (a, b) in sums.items()]


def _work(items: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    sums: dict[tuple[str, ...], list[int]] = {}
    for item in items:
        if item["listed"]:
            total = sums.setdefault((item["tenant"], item["clinic"], item["payer_id"], item["kind"]), [0, 0])
            total[0] += 1
            total[1] += item["recoverable_cents"]
    keys = ("tenant", "clinic", "payer_id", "kind")
    return [dict(zip(keys, place, strict=True)) | {"count": a, "cents": b} for place, (a, b) in sums.items()]


def _listed(item: Mapping[str, Any], built: Mapping[int, Any], newest: Mapping[Any, int]) -> dict[str, Any]:
    """An item as its claim, and the newest of its line of the visit, make it."""
    wanted = dict(item)
    if claim := built.get(item["claim"] or 0):
        later = newest[claim.tenant, claim.session_id, claim.in_line] != claim.place
        wanted |= {name: getattr(claim, name) for name in ("tenant", "clinic", "payer_id", "patient_id")}
        wanted |= {"visit": claim.session_id, "day": claim.date_of_service, "overtaken": int(later)}
    stands = item["state"] == "open" and not item["not_before"]
    shown = stands and (not wanted["overtaken"] or item["kind"] == "suspense")
    return wanted | {"listed": int(shown)}


def replayed_equal(folder: Path, database: str) -> None:
    """The tables rebuilt from the journal are what stood there."""
    system = System(Settings(folder, db=database, as_of=DAY))
    before = contents(system.engine)
    system.runtime.replay()
    after = contents(system.engine)
    standings_equal_the_fold(system.engine)
    system.close()
    differ = {name: (before[name], after[name]) for name in before if before[name] != after[name]}
    shown = {
        name: [sorted(set(a) - set(b))[:3] for a, b in ((was, now), (now, was))] for name, (was, now) in differ.items()
    }
    assert shown == {}, shown


def dead(engine: Engine) -> list[tuple[str, str]]:
    """Services and errors of what was given up on."""
    with engine.connect() as connection:
        rows = dead_letter_rows(connection, EVERYTHING)
        assert dead_letter_count(connection, EVERYTHING) == len(rows)
        return sorted((row["service"], row["error"]) for row in rows)


def totals(engine: Engine) -> dict[str, int]:
    """The sums that ``run`` prints."""
    with engine.connect() as connection:
        return summary(connection, EVERYTHING)
