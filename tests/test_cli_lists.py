"""Lists on the command line: filters, pages, names that are not known, and finding a claim by what is known of it."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from sqlalchemy import select

from claimloom.ledger.books.acknowledgments import acknowledgments
from claimloom.ledger.books.reconciliations import reconciliations
from claimloom.ledger.books.standings import standings
from claimloom.ledger.views.claims import ClaimRow, all_claims
from claimloom.ledger.views.scope import EVERYTHING
from claimloom.sandbox.visits import make_visits
from claimloom.settings import Settings
from claimloom.system import System
from tests.command import Done, claimloom
from tests.runtime import contract
from tests.runtime.test_contract import InProcess

SEED: Final = 14
REMIT: Final = str(Path(__file__).parents[1] / "edi_samples/835/835_example.edi")
VISIT: Final = str(Path(__file__).parents[1] / "edi_samples/sessions/telehealth_at_home.jsonl")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Two tenants with patients of the same names, visits and ids."""
    made = InProcess(tmp_path_factory.mktemp("lists"))
    contract.whole_way(made, list(make_visits(SEED, 16, contract.DAY)), SEED)
    others = [each.visit | {"tenant": "other"} for each in make_visits(SEED, 16, contract.DAY)]
    made.deliver({"other.jsonl": "".join(json.dumps(each) + "\n" for each in others).encode()})
    made.close()
    yield made.folder


@pytest.fixture(scope="module")
def rows(folder: Path) -> list[ClaimRow]:
    system = System(Settings(folder, as_of=contract.DAY))
    with system.engine.connect() as connection:
        found = list(all_claims(connection, EVERYTHING))
    system.close()
    return found


def run(folder: Path, *words: str) -> Done:
    return claimloom(*words, environment={"CLAIMLOOM_DATA": str(folder), "CLAIMLOOM_AS_OF": "2026-11-20"})


def listed(folder: Path, *words: str) -> list[dict[str, Any]]:
    done = run(folder, *words)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


FILTERS: Final = (
    (),
    ("--tenant", "other"),
    ("--tenant", "demo", "--clinic", "riverside"),
    ("--payer", "06102"),
    ("--payer", "MEDICARE PART B IL"),
    ("--from", "2026-11-05", "--to", "2026-11-12"),
    ("--from", "2026-11-05", "--to", "2026-11-06"),
)


@pytest.mark.parametrize("filters", FILTERS, ids=" ".join)
@pytest.mark.parametrize("command", [("claims", "list"), ("claims", "export"), ("worklist",)], ids=" ".join)
def test_filters_and_pages_are_the_same_everywhere(
    folder: Path, command: tuple[str, ...], filters: tuple[str, ...]
) -> None:
    every = listed(folder, *command, *filters, "--limit", "0", "--json")
    assert every
    given = dict(zip(filters[::2], filters[1::2], strict=True))
    for row in every:
        assert {"tenant", "clinic", "payer_id", "patient_id", "visit_id", "date_of_service"} <= set(row)
        assert {"submitted_on", "last_answer_on"} <= set(row)
        assert given.get("--tenant") in (None, row["tenant"])
        assert given.get("--clinic") in (None, row["clinic"])
        assert "--payer" not in given or row["payer_id"] == "06102"
        assert "--from" not in given or given["--from"] <= row["date_of_service"] <= given["--to"]
    walked: list[dict[str, Any]] = []
    after: tuple[str, ...] = ()
    while True:
        done = run(folder, *command, *filters, "--limit", "4", "--json", *after)
        walked += [json.loads(line) for line in done.stdout.splitlines()]
        if not done.stderr:
            break
        after = ("--after", done.stderr.split()[-1])
    assert walked == every


def test_an_export_goes_on_behind_a_place(folder: Path) -> None:
    every = listed(folder, "claims", "export")
    for command in (("claims", "list", "--json", "--limit", "0"), ("claims", "export")):
        place = run(folder, "claims", "export", "--limit", "5").stderr.split()[-1]
        assert listed(folder, *command, "--after", place) == every[5:]


def test_states_flags_and_kinds(folder: Path, rows: list[ClaimRow]) -> None:
    for name in ("paid", "held", "superseded"):
        found = listed(folder, "claims", "export", "--state", name)
        assert len(found) == sum(row.state == name for row in rows) > 0
    found = listed(folder, "claims", "export", "--flag", "underpaid")
    assert len(found) == sum("underpaid" in row.flags for row in rows) > 0
    found = listed(folder, "worklist", "--kind", "denied", "--json")
    assert {row["kind"] for row in found} == {"denied"}


def test_the_foot_counts_what_is_listed(folder: Path, rows: list[ClaimRow]) -> None:
    done = run(folder, "claims", "list", "--limit", "3")
    assert done.stdout.splitlines()[-1].startswith(f"3 of {len(rows)} claims")
    place = done.stderr.split("--after ")[1].split()[0]
    assert run(folder, "claims", "list", "--limit", "3", "--after", place).returncode == 0


def place(*values: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode()


PLACES: Final = (
    place(None, None, None, None),
    place({}, [], {}, []),
    place("a", "a", "a", "a"),
    place(True, "", "", 0),
    place(0, 0, 0, 0),
    place(2**63, "", "", 0),
    place(0, "", "", 2**63),
    place(1e308, "", "", 0),
    place(0, "\0", "", ""),
    place(0, "", ""),
    base64.urlsafe_b64encode(b"[" * 100_000).decode(),
    base64.urlsafe_b64encode(b"[NaN, NaN, NaN, NaN]").decode(),
)


@pytest.mark.parametrize("after", PLACES, ids=range(len(PLACES)))
@pytest.mark.parametrize("command", ["claims list", "claims list --flag paid", "claims export", "worklist"])
def test_a_place_that_no_page_gave_is_refused(folder: Path, command: str, after: str) -> None:
    words = command.replace("paid", "underpaid").split()
    done = run(folder, *words, "--after", after)
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1)
    assert "--after is no place in this list" in done.stderr


NO_TEXT: Final = os.fsdecode(b"x\xff")
SAYING: Final = (
    "claims list --tenant",
    "claims export --clinic",
    "worklist --payer",
    "claims list --state",
    "claims list --after",
    "claims find --tenant demo",
    "claims show",
    "claims reads",
    "decide take",
    "dead-letters show",
    "--db",
)


@pytest.mark.parametrize("words", SAYING)
@pytest.mark.parametrize(("text", "said"), [("", "is empty"), (NO_TEXT, "is no text (UTF-8)")], ids=["empty", "bytes"])
def test_what_is_said_is_text_and_some(folder: Path, words: str, text: str, said: str) -> None:
    """A filter by a variable that is not set would be none: of all tenants, say."""
    done = run(folder, *words.split(), text, *(["doctor"] if words == "--db" else []))
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1)
    assert said in done.stderr


@pytest.mark.parametrize("text", [" ", "\t", "\u3000"])
def test_nobody_is_found_by_a_name_of_blanks(folder: Path, text: str) -> None:
    assert run(folder, "claims", "find", text, "--tenant", "demo").returncode == 2


def test_what_is_found_may_have_blanks_around_it(folder: Path, rows: list[ClaimRow]) -> None:
    number = next(row.patient_control_number for row in rows if row.tenant == "demo" and row.claim_id)
    found = listed(folder, "claims", "find", f"  {number}\n", "--tenant", "demo", "--json")
    assert [row["patient_control_number"] for row in found] == [number]


@pytest.mark.parametrize("words", ["claims list --tenant", "claims show", "dead-letters show", "rules explain"])
@pytest.mark.parametrize("text", ["a\nb", "a\rb", "\x1b[31ma", "a\u202eb", "x" * 100_000], ids=range(5))
def test_what_is_wrong_is_said_in_a_line_that_can_be_read(folder: Path, words: str, text: str) -> None:
    done = run(folder, *words.split(), text)
    assert (done.returncode, done.stdout) == (2, "")
    line = done.stderr.removesuffix("\n")
    assert line.isprintable()
    assert len(line) < 3000


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("claims", "list", "--from", "2026-11-12", "--to", "2026-11-05"), "is after --to 2026-11-05"),
        (("claims", "export", "--from", "2026-11-12", "--to", "2026-11-11"), "--from 2026-11-12 is after"),
        (("worklist", "--from", "2026-11-12", "--to", "2026-11-05"), "is after --to 2026-11-05; no day lies between"),
        (("claims", "list", "--limit", str(2**63 - 1)), "less than or equal to 1000000000"),
        (("claims", "export", "--limit", "9" * 30), "less than or equal to 1000000000"),
        (("worklist", "--limit", str(2**63 - 1)), "less than or equal to 1000000000"),
        (("claims", "list", "--tenant", "dem"), "tenant dem: not known; is it one of demo"),
        (("claims", "export", "--clinic", "riversid"), "clinic riversid: not known; is it one of riverside"),
        (("worklist", "--clinic", "riversid"), "clinic riversid: not known; is it one of riverside"),
        (("claims", "show", "anything", "--tenant", "dem"), "tenant dem: not known; is it one of demo"),
        (("decide", "take", "anything", "--tenant", "dem"), "tenant dem: not known; is it one of demo"),
        (("decide", "close", "any", "--with", "outcome=done", "--with", "outcome=wrong"), "outcome: is given twice"),
        (("remits", "import", REMIT, "--tenant", "othre"), "tenant othre: not known; is it one of other"),
        (("remits", "import", REMIT, "--tenant", "Demo"), "tenant Demo: not known; is it one of demo"),
        (("claims", "list", "--payer", "06103"), "payer 06103: not known; is it one of 06102"),
        (("worklist", "--payer", "06103"), "payer 06103: not known; is it one of 06102"),
        (("claims", "list", "--state", "payed"), "state payed: not known; is it one of paid"),
        (("claims", "list", "--flag", "underpayd"), "flag underpayd: not known; is it one of underpaid"),
        (("worklist", "--kind", "holds"), "kind holds: not known; is it one of held"),
        (("claims", "list", "--after", "nowhere"), "--after is no place in this list"),
        (("worklist", "--after", "bm93aGVyZQ=="), "--after is no place in this list"),
        (("claims", "find", "anything"), "several tenants are here: say --tenant, one of demo, other"),
        (("claims", "find", "anything", "--tenant", "demo2"), "tenant demo2: not known; is it one of demo"),
        (("claims", "find", "nobody of that name", "--tenant", "demo"), "no claim of that name or number"),
    ],
    ids=lambda each: " ".join(Path(word).name for word in each) if isinstance(each, tuple) else "",
)
def test_what_is_not_known_is_refused_with_the_nearest_names(folder: Path, words: tuple[str, ...], said: str) -> None:
    done = run(folder, *words)
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1)
    assert said in done.stderr


def test_a_claim_is_found_by_whatever_a_person_has_of_it(folder: Path) -> None:
    system = System(Settings(folder, as_of=contract.DAY))
    with system.engine.connect() as connection:
        paid = select(standings, reconciliations.c.trace_number).join(
            reconciliations, reconciliations.c.place == standings.c.outcome
        )
        claim = connection.execute(paid.where(standings.c.tenant == "demo", standings.c.state == "paid")).first()
        assert claim is not None
        mine = (acknowledgments.c.claim == claim.place) & (acknowledgments.c.payer_claim_control_number != "")
        payers = connection.scalar(select(acknowledgments.c.payer_claim_control_number).where(mine))
    system.close()
    assert payers
    last, first = claim.patient_name.split(", ")
    texts = [claim.patient_name, claim.patient_name.upper(), last, f"{last}, {first[:1]}", last[:3].title()]
    texts += [f"{last} {first}", f"{first}  {last}".upper(), f"{last},{first}", f"{last} ,  {first[:1]}"]
    texts += [claim.patient_id, claim.visit, claim.number, payers, claim.trace_number]
    for text in texts:
        found = listed(folder, "claims", "find", text, "--tenant", "demo", "--json")
        assert claim.number in [row["patient_control_number"] for row in found], text
        assert {row["tenant"] for row in found} == {"demo"}, text
    for text in (claim.patient_name, claim.patient_id, claim.visit):
        found = listed(folder, "claims", "find", text, "--tenant", "other", "--json")
        assert {row["tenant"] for row in found} == {"other"}, text
    # Numbers are one claim's alone: who asks within another tenant learns nothing.
    for text in (claim.number, payers, claim.trace_number):
        assert run(folder, "claims", "find", text, "--tenant", "other").returncode == 2, text


def test_what_a_check_paid_for_no_claim_of_ours_is_found_by_its_number(tmp_path: Path) -> None:
    """Who looks where a deposit went wants all of it; so does who has the payer's number."""
    assert run(tmp_path, "sessions", "import", VISIT).returncode == 0
    assert run(tmp_path, "remits", "import", REMIT).returncode == 0
    for text, count, said in (("EFT20261125A", 3, "3 claims and payments"), ("1126320000010", 1, "1 payment")):
        found = listed(tmp_path, "claims", "find", text, "--json")
        assert [row["state"] for row in found] == ["unmatched"] * count
        assert said in run(tmp_path, "claims", "find", text).stdout
    assert run(tmp_path, "claims", "find", "EFT20261125").returncode == 2


def test_who_looked_is_written_down_for_each_claim_that_was_shown(folder: Path, rows: list[ClaimRow]) -> None:
    patient = next(row.patient_id for row in rows if row.tenant == "demo" and row.patient_id)
    environment = {"CLAIMLOOM_DATA": str(folder), "CLAIMLOOM_USER": "kim"}
    done = claimloom("claims", "find", patient, "--tenant", "demo", "--json", environment=environment)
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert found
    for row in found:
        reads = listed(folder, "claims", "reads", row["claim_id"], "--json")
        assert [each for each in reads if (each["actor"], each["action"]) == ("kim", "claims find")], row
        assert patient not in json.dumps(reads)


def test_a_name_is_in_no_answer_but_whose_rows_they_are(folder: Path) -> None:
    done = run(folder, "claims", "find", "ellis", "--tenant", "demo")
    assert done.returncode == 0, done.stderr
    assert "ellis" not in done.stdout.casefold()
