"""Payloads are sealed at both doors; keys rotate, are wrapped anew and erased, on SQLite and on PostgreSQL."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import uuid4

import pytest
import typer
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select, text

from claimloom.cli.health import replay
from claimloom.desk.decide import Decision
from claimloom.errors import PlainError
from claimloom.ledger.books.acknowledgments import acknowledgments
from claimloom.ledger.books.claims import claim_lines, claims
from claimloom.ledger.books.reconciliations import reconciliations
from claimloom.ledger.books.scrubs import scrubs
from claimloom.ledger.books.submissions import submissions
from claimloom.ledger.database import open_engine
from claimloom.ledger.erasure import FOLDERS, erase
from claimloom.ledger.migration import migrate
from claimloom.ledger.tables import journal, metadata, tenant_keys
from claimloom.ledger.vault import MissingMasterError, Vault
from claimloom.ledger.views.claims import find_claim
from claimloom.ledger.views.scope import EVERYTHING, Page, Wanted
from claimloom.ledger.views.story import events_of
from claimloom.ledger.views.worklist import work_page
from claimloom.runtime.step import run_step
from claimloom.runtime.taking import Policy
from claimloom.sandbox.payer import Payer
from claimloom.sandbox.visits import make_visits
from claimloom.sealing import ErasedError, MasterKeys, SealError, new_key, read_master_keys, seal, unseal
from claimloom.settings import Settings
from claimloom.system import System
from schemas.event import Event
from schemas.session import Session
from services.claim_builder.service import SERVICE as BUILDER
from services.session_intake.service import SERVICE as INTAKE
from services.session_intake.service import draft
from tests.phi import long_ones, phi_of
from tests.runtime.contract import contents

DAY = date(2026, 11, 20)
OLD = MasterKeys({"2026-10": b"o" * 32})
MASTER = MasterKeys({"2026-11": b"m" * 32, "2026-10": b"o" * 32})
VISITS = [each.visit for each in make_visits(5, 12, DAY)]
OTHERS = [each.visit | {"tenant": "other-company"} for each in make_visits(6, 6, DAY)]
Open = Callable[[MasterKeys | None], System]


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.server)])
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Open]:
    """Opens the same ledger, each time as another process would."""
    settings = Settings(tmp_path, as_of=DAY)
    if request.param == "postgresql":
        settings = replace(settings, db=request.getfixturevalue("database"))
        engine = open_engine(settings.db)
        migrate(engine)
        engine.dispose()
    systems: list[System] = []

    def open_it(master: MasterKeys | None) -> System:
        systems.append(System(replace(settings, master=master)))
        return systems[-1]

    yield open_it
    for system in systems:
        system.close()


def bring(system: System, visits: list[dict[str, object]]) -> None:
    name = f"visits-{uuid4()}.jsonl"
    (system.settings.data / "inbound" / name).write_text("".join(json.dumps(each) + "\n" for each in visits))
    system.run_until_idle()


def bodies(system: System, tenant: str = "") -> str:
    with system.engine.connect() as connection:
        query = select(journal.c.body).order_by(journal.c.seq)
        return "\n".join(connection.scalars(query.where(journal.c.tenant == tenant) if tenant else query))


def everything(system: System) -> str:
    """Every cell of every table, as a thief of the database would read it."""
    with system.engine.connect() as connection:
        return "\n".join(
            repr(tuple(row)) for table in metadata.tables.values() for row in connection.execute(select(table)).all()
        )


def keys_of(system: System) -> list[str]:
    with system.engine.connect() as connection:
        return list(connection.scalars(select(tenant_keys.c.key_id)))


def keys_used(system: System) -> list[str]:
    return [json.loads(body)["data"]["key"] for body in bodies(system).splitlines()]


EVENT = Event(
    id=uuid4(), source="s", type="claim-built", subject="p", time=datetime.now(UTC), tenant="t", clinic="c", data={}
)


@given(st.dictionaries(st.text(), st.recursive(st.none() | st.integers() | st.text(), st.lists)))
def test_what_is_sealed_comes_back(data: dict[str, object]) -> None:
    event, key = EVENT.model_copy(update={"data": data}), AESGCM(new_key())
    sealed = seal(event, "k", key)
    assert unseal(sealed, key) == event
    assert sealed.model_copy(update={"data": {}}) == EVENT


@given(st.integers(min_value=0, max_value=10**6))
def test_a_flipped_bit_is_seen(place: int) -> None:
    key = AESGCM(b"k" * 32)
    sealed = seal(EVENT.model_copy(update={"data": {"name": "Example"}}), "k", key)
    raw = bytearray(base64.b64decode(sealed.data["text"]))
    raw[place // 8 % len(raw)] ^= 1 << place % 8
    with pytest.raises(SealError):
        unseal(sealed.model_copy(update={"data": sealed.data | {"text": base64.b64encode(raw).decode()}}), key)


@pytest.mark.parametrize("field", ["id", "tenant", "type"])
def test_a_payload_cannot_be_moved_into_another_event(field: str) -> None:
    key = AESGCM(b"k" * 32)
    sealed = seal(EVENT.model_copy(update={"data": {"name": "Example"}}), "k", key)
    with pytest.raises(SealError):
        unseal(sealed.model_copy(update={field: uuid4() if field == "id" else "another"}), key)


def test_master_keys_are_read_and_never_shown(tmp_path: Path) -> None:
    coded = base64.b64encode(os.urandom(32)).decode()
    assert read_master_keys({}) is None
    assert read_master_keys({"CLAIMLOOM_MASTER_KEY": f"a:{coded}"}).current == "a"  # type: ignore[union-attr]
    file = tmp_path / "keys"
    file.write_text(f"new:{coded}\nold:{coded}\n")
    assert list(read_master_keys({"CLAIMLOOM_MASTER_KEY_FILE": str(file)}).keys) == ["new", "old"]  # type: ignore[union-attr]
    for wrong in (f"{coded}", f"a:{coded[:-8]}", f"a:{coded} a:{coded}", "a:not base64", f":{coded}"):
        with pytest.raises(PlainError) as error:
            read_master_keys({"CLAIMLOOM_MASTER_KEY": wrong})
        assert coded[:12] not in str(error.value)
    with pytest.raises(PlainError, match="cannot be read"):
        read_master_keys({"CLAIMLOOM_MASTER_KEY_FILE": str(tmp_path / "nowhere")})
    (tmp_path / "empty").write_text("\n")
    with pytest.raises(PlainError, match="empty holds no key"):
        read_master_keys({"CLAIMLOOM_MASTER_KEY_FILE": str(tmp_path / "empty")})


def test_journal_holds_no_patient_and_is_read_back(opened: Open) -> None:
    system = opened(MASTER)
    bring(system, VISITS)
    assert [each for each in long_ones(phi_of(VISITS)) if each in bodies(system)] == []
    with system.engine.connect() as connection:
        claim = find_claim(connection, EVERYTHING, str(VISITS[0]["session_id"]))[-1]
        events = events_of(connection, EVERYTHING, claim.claim_id)
    patient = VISITS[0]["patient"]
    assert isinstance(patient, dict)
    assert events[0].data["patient"]["birth_date"] == patient["birth_date"]
    assert events[0].data["patient"]["name"]["last"] == patient["name"]["last"]
    before = contents(system.engine)
    system.runtime.replay()
    assert contents(system.engine) == before


def test_without_the_master_key_there_is_one_clear_error(opened: Open) -> None:
    system = opened(MASTER)
    bring(system, VISITS)
    engine = open_engine(system.settings.database_url)
    with engine.connect() as connection:
        claim = find_claim(connection, EVERYTHING, str(VISITS[0]["session_id"]))[-1]
        with pytest.raises(PlainError, match="master key 2026-11 is not in CLAIMLOOM_MASTER_KEY_FILE"):
            events_of(connection, EVERYTHING, claim.claim_id)
    engine.dispose()
    for wrong, said in (
        (None, "2026-11 is not in CLAIMLOOM_MASTER_KEY_FILE"),
        (OLD, "2026-11 is not in CLAIMLOOM_MASTER_KEY_FILE"),
        (MasterKeys({"2026-11": b"x" * 32}), "not the one"),
    ):
        with pytest.raises(MissingMasterError, match=said):
            opened(wrong)


def test_a_process_that_began_without_a_key_writes_nothing_once_a_tenant_is_sealed(opened: Open) -> None:
    """Whatever way it takes: files, an intake's own call, a step, a decision, a tick."""
    blind = opened(None)
    some = [draft(Session.model_validate(each)) for each in VISITS[:2]]
    with_key = opened(MASTER)
    bring(with_key, OTHERS[:1])
    fed = with_key.runtime.feed(INTAKE, lambda _: [draft(Session.model_validate(VISITS[0] | {"revision": 3}))]).new
    before = contents(with_key.engine)
    with pytest.raises(MissingMasterError):
        blind.runtime.feed(INTAKE, lambda _: some)
    with pytest.raises(MissingMasterError):
        run_step(blind.engine, BUILDER, [each.event for each in fed], policy=Policy(backoff_seconds=0))
    with pytest.raises(PlainError, match="is not in CLAIMLOOM_MASTER_KEY_FILE"):
        bring(blind, VISITS)
    assert contents(with_key.engine) == before
    assert [path.name[:7] for path in (blind.settings.data / "inbound").iterdir()] == ["visits-"], "the file waits"
    assert set(keys_used(with_key)) == set(keys_of(with_key))


def test_a_database_administrator_sees_that_nothing_stands_in_the_open(opened: Open) -> None:
    system = opened(MASTER)
    bring(system, VISITS)
    bare = "body not like '%\"sealed\"%'" if not system.settings.db else "position('\"sealed\"'::bytea in body) = 0"
    with system.engine.connect() as connection:
        assert connection.scalar(text("select count(*) from journal")) > 20
        assert connection.scalar(text(f"select count(*) from journal where {bare}")) == 0


def test_a_ledger_whose_sealed_tenants_were_all_erased_needs_no_key(opened: Open) -> None:
    system = opened(MASTER)
    bring(system, VISITS)
    (tenant,) = {str(each["tenant"]) for each in VISITS}
    erase(system.engine, tenant, system.settings.data)
    blind = opened(None)
    assert blind.runtime.replay().events == 0
    bring(blind, OTHERS)
    with blind.engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(claims)) == len(OTHERS)


def test_rotation_seals_what_comes_anew_and_reads_what_was(opened: Open) -> None:
    system = opened(OLD)
    bring(system, VISITS[:6])
    (tenant,) = {str(each["tenant"]) for each in VISITS}
    first = set(keys_used(system))
    Vault(system.engine, OLD).rotate(tenant)
    again = opened(OLD)
    bring(again, VISITS[6:])
    assert len(first) == 1
    assert len(set(keys_used(again))) == 2
    # The master key is changed: all are wrapped by the new one, then the old one may go.
    assert Vault(again.engine, MASTER).rewrap() == 2
    later = opened(MasterKeys({"2026-11": b"m" * 32}))
    assert later.runtime.replay() == (len(keys_used(later)), 0)


def test_erased_is_gone_for_ever_and_others_stay(opened: Open) -> None:
    system = opened(MASTER)
    bring(system, VISITS + OTHERS)
    (tenant,) = {str(each["tenant"]) for each in VISITS}
    mine, others = long_ones(phi_of(VISITS) - phi_of(OTHERS)), phi_of(OTHERS)
    assert [each for each in mine if each in everything(system)] != []
    erase(system.engine, tenant, system.settings.data)
    assert [each for each in mine if each in everything(system)] == []
    assert [each for each in others if each in everything(system)] != []
    with system.engine.connect() as connection:
        assert connection.scalars(select(tenant_keys.c.wrapped).where(tenant_keys.c.tenant == tenant)).all() == [""]
        assert len(find_claim(connection, EVERYTHING, str(OTHERS[0]["session_id"]))) == 1
    after = opened(MASTER)
    bring(after, [VISITS[0] | {"revision": 9}])
    (reason,) = (after.settings.data / "rejected").glob("*.reason.txt")
    assert f"the key of tenant {tenant} was erased" in reason.read_text()
    for path in (after.settings.data / "rejected").iterdir():
        path.unlink()
    before = contents(after.engine)
    replayed = after.runtime.replay()  # passes over what nobody can read any more
    assert replayed.erased == len(bodies(after, tenant).splitlines()) > 0
    assert replayed.events == len(bodies(after).splitlines()) - replayed.erased
    assert contents(after.engine) == before


def test_a_new_tenant_gets_one_key_and_nothing_is_sealed_by_a_lost_one(opened: Open) -> None:
    """The key is made and committed before anything is sealed with it, so a step that is rolled back loses none."""
    system = opened(MASTER)
    clinic: dict[str, object] = dict(VISITS[2]["clinic"])  # type: ignore[call-overload]
    fees = dict.fromkeys(VISITS[2]["clinic"]["fees_cents"], 10**19)  # type: ignore[index,call-overload]
    bring(system, [*VISITS[:2], VISITS[2] | {"clinic": clinic | {"fees_cents": fees}}])  # no column holds so much
    with system.engine.connect() as connection:
        keys = connection.execute(select(tenant_keys.c.key_id, tenant_keys.c.state)).all()
        assert connection.scalar(text("select count(*) from journal where type = 'dead-letter'")) == 1
    assert [each.state for each in keys] == ["current"]
    assert set(keys_used(system)) == {keys[0].key_id}


@pytest.mark.parametrize("text_of", ["", "AAAA", "\u00e9" * 40, "not base64 at all"])
def test_a_payload_that_is_cut_short_or_garbled_is_refused_like_a_changed_one(text_of: str) -> None:
    key = AESGCM(b"k" * 32)
    sealed = seal(EVENT.model_copy(update={"data": {"name": "Example"}}), "k", key)
    with pytest.raises(SealError):
        unseal(sealed.model_copy(update={"data": sealed.data | {"text": text_of}}), key)


def test_a_master_key_of_other_letters_is_one_clear_error() -> None:
    with pytest.raises(PlainError, match="ID:BASE64"):
        read_master_keys({"CLAIMLOOM_MASTER_KEY": "a:" + "\u00e9" * 44})


def test_a_tenant_erased_before_its_visits_were_handled_stops_nobody_else(opened: Open) -> None:
    system = opened(MASTER)
    bring(system, VISITS[:1])
    (tenant,) = {str(each["tenant"]) for each in VISITS}
    some = [draft(Session.model_validate(each)) for each in [*VISITS[1:4], *OTHERS[:2]]]
    system.runtime.feed(INTAKE, lambda _: some)
    erase(system.engine, tenant, system.settings.data)
    after = opened(MASTER)
    after.run_until_idle()
    with after.engine.connect() as connection:
        assert [len(find_claim(connection, EVERYTHING, str(each["session_id"]))) for each in OTHERS[:2]] == [1, 1]


def test_replay_sees_a_difference_in_the_middle_of_a_document(opened: Open) -> None:
    """What compares must look at whole cells."""
    system = opened(None)
    bring(system, VISITS)
    answered(system, 5)
    with system.engine.connect() as connection:
        item = work_page(connection, EVERYTHING, Wanted(), Page(1)).rows[0]
    system.decide(EVERYTHING, item.id, Decision("note", "anna", "long", system.now(), "called " * 280))
    before = contents(system.engine)
    change = "update decisions set reason = substr(reason, 1, 900) || 'X' || substr(reason, 902)"
    with system.engine.begin() as connection:
        assert connection.execute(text(change)).rowcount
    assert contents(system.engine) != before
    with pytest.raises(typer.Exit) as end:
        replay(data=system.settings.data) if not system.settings.db else _replay_on(system)
    assert end.value.exit_code == 1
    assert contents(system.engine) == before


def _replay_on(system: System) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CLAIMLOOM_DB", system.settings.db)
        replay(data=system.settings.data)


def answered(system: System, seed: int) -> None:
    """The sandbox payer answers what lies in outbound."""
    payer = Payer(seed, DAY)
    for path in sorted((system.settings.data / "outbound").iterdir()):
        for name, data in payer.answer(path.read_text(encoding="ascii")).items():
            (system.settings.data / "inbound" / name).write_bytes(data)
    system.run_until_idle()


def files_of(folder: Path) -> dict[Path, str]:
    """Everything that lies in the data folder, but for the ledger."""
    found = [path for name in FOLDERS for path in (folder / name).rglob("*") if path.is_file()]
    return {path: path.read_text(encoding="utf-8") for path in found}


def test_erased_after_the_payers_answers_leaves_no_row_and_no_file_of_it(opened: Open) -> None:
    system = opened(MASTER)
    bring(system, VISITS)
    answered(system, 5)
    bring(system, OTHERS)
    (tenant,) = {str(each["tenant"]) for each in VISITS}
    folder = system.settings.data
    with system.engine.connect() as connection:
        query = select(claims.c.patient_control_number, claims.c.tenant)
        number_of = {row.patient_control_number: row.tenant for row in connection.execute(query)}
        assert connection.scalar(select(func.count()).select_from(reconciliations)) > 0  # type: ignore[operator]
    others = {number for number, owner in number_of.items() if owner != tenant}
    mine = set(number_of) - others
    mixed = folder / "archive" / "both.txt"
    mixed.write_text(f"{min(mine)} and {min(others)}")
    kept = {path for path, content in files_of(folder).items() if any(each in content for each in others)}

    erased = erase(system.engine, tenant, folder)

    assert erased.mixed == ["archive/both.txt"]
    assert len(erased.files) > 5
    left = files_of(folder)
    assert [str(path) for path, said in left.items() if path != mixed and any(each in said for each in mine)] == []
    assert kept <= set(left)
    staying = ("journal", "chain", "tenant_keys")
    tables = [each for each in metadata.sorted_tables if "tenant" in each.c and each.name not in staying]
    assert len(tables) > 5
    with system.engine.connect() as connection:
        for table in tables:
            assert connection.scalar(select(func.count()).where(table.c.tenant == tenant)) == 0, table.name
        for table in (claim_lines, scrubs, submissions, acknowledgments):
            theirs = table.c.claim.in_(select(claims.c.place))
            assert connection.scalar(select(func.count()).select_from(table).where(~theirs)) == 0, table.name
    assert erase(system.engine, tenant, folder).files == []
    before = contents(system.engine)
    system.runtime.replay()
    assert contents(system.engine) == before


def test_a_process_that_remembers_the_key_writes_nothing_for_an_erased_tenant(opened: Open) -> None:
    """Its vault has the key for a minute yet; the step looks at the key's row, which erasing changed."""
    system, another = opened(MASTER), opened(MASTER)
    bring(system, VISITS[:6] + OTHERS[:2])
    (tenant,) = {str(each["tenant"]) for each in VISITS}
    fed = system.runtime.feed(INTAKE, lambda _: [draft(Session.model_validate(each)) for each in VISITS[6:]]).new
    assert len(fed) == 6
    erase(another.engine, tenant, another.settings.data)
    before = contents(system.engine)
    events = [each.event for each in fed]
    assert run_step(system.engine, BUILDER, events, policy=Policy(backoff_seconds=0)) == []
    with pytest.raises(ErasedError):
        system.runtime.feed(INTAKE, lambda _: [draft(Session.model_validate(VISITS[0] | {"revision": 7}))])
    assert contents(system.engine) == before
    bring(system, OTHERS[2:])
    with system.engine.connect() as connection:
        counted = connection.execute(select(claims.c.tenant, func.count()).group_by(claims.c.tenant)).all()
    assert [tuple(each) for each in counted] == [("other-company", 6)]
