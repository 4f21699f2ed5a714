"""The keys of the tenants: kept wrapped in ``tenant_keys``, opened by the master key of the process.

A tenant whose key is erased cannot be read by anybody any more, in the journal, on topics, or in a copy of either.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Final, TypeVar
from uuid import uuid4
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, select, update

from claimloom.errors import PlainError
from claimloom.ledger.database import among, insert_new, lock, transaction
from claimloom.ledger.tables import tenant_keys
from claimloom.packing import pack
from claimloom.sealing import SEALED, ErasedError, MasterKeys, SealError, cipher, is_sealed, new_key, seal, unseal
from schemas.event import DATA, Event, TypedEvent, written
from schemas.topics import parse, parse_envelope

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

# How long a worker may still use a key that was rotated by another process.
REMEMBERED_SECONDS: Final = 60
T = TypeVar("T")
_SEALED_TEXT: Final = f'{DATA}{{"{SEALED}":'
_SEALED_DATA: Final = _SEALED_TEXT.encode()


class NoKeyError(Exception):
    """The tenant has no key yet: it must be made in a transaction of its own, before the step is tried again."""

    def __init__(self, tenant: str) -> None:
        super().__init__("tenant without a key")
        self.tenant = tenant


class MissingMasterError(SealError):
    """The process was not given the master key that it needs: no event's fault, and none may be given up for it."""


def _erased(tenant: str) -> ErasedError:
    return ErasedError(f"the key of tenant {tenant} was erased; its data cannot be read any more")


def _unwrapped(master: MasterKeys, row: Any) -> bytes:
    try:
        return master.unwrap(row.master_id, row.tenant, row.key_id, row.wrapped)
    except SealError as error:
        raise MissingMasterError(str(error)) from None


class Vault:
    """Seals and opens events of a ledger."""

    def __init__(self, engine: Engine, master: MasterKeys) -> None:
        self.engine = engine
        self.master = master
        self._current: dict[str, tuple[float, str, AESGCM]] = {}
        self._by_id: dict[tuple[str, str], tuple[float, AESGCM]] = {}

    def seal(self, connection: Connection, event: Event) -> Event:
        """Under the tenant's current key; NoKeyError if it has none yet, SealError if it was erased."""
        known = self._current.get(event.tenant)
        if known is None or known[0] < time.monotonic():
            query = select(tenant_keys).where(tenant_keys.c.tenant == event.tenant, tenant_keys.c.state != "old")
            row = connection.execute(query).first()
            if row is None:
                raise NoKeyError(event.tenant)
            known = (time.monotonic() + REMEMBERED_SECONDS, row.key_id, self._opened(row))
            self._current[event.tenant] = known
        return seal(event, known[1], known[2])

    def open(self, connection: Connection, event: Event) -> Event:
        """The event in the open; SealError if its key was erased."""
        name = (event.tenant, str(event.data.get("key")))
        known = self._by_id.get(name)
        if "\0" in "".join(name):  # no database asks for that
            raise SealError(f"event {event.id}: names a key with a zero byte")
        if known is None or known[0] < time.monotonic():
            mine = (tenant_keys.c.tenant == name[0]) & (tenant_keys.c.key_id == name[1])
            row = connection.execute(select(tenant_keys).where(mine)).first()
            if row is None:
                raise SealError(f"event {event.id}: key {name[1]} is not in this ledger")
            known = (time.monotonic() + REMEMBERED_SECONDS, self._opened(row))
            self._by_id[name] = known
        return unseal(event, known[1])

    def hold(self, connection: Connection, tenants: Iterable[str]) -> None:
        """ErasedError if one of the tenants was erased; until the end of the transaction none of them will be.

        A key that is remembered here says nothing of that, and a step must not write rows that erasing has passed.
        """
        mine = among(connection, tenant_keys.c.tenant, sorted(set(tenants)))
        query = select(tenant_keys.c.tenant, tenant_keys.c.state).where(mine).order_by(tenant_keys.c.tenant)
        for tenant, state in connection.execute(query.with_for_update(read=True)).all():
            if state == "erased":
                raise _erased(tenant)

    def forget(self, connection: Connection) -> None:
        """Look at every key anew; until the end of the transaction none is erased or rotated."""
        self._current.clear()
        self._by_id.clear()
        connection.execute(select(tenant_keys.c.tenant).with_for_update(read=True)).all()

    def _opened(self, row: Any) -> AESGCM:
        if row.state == "erased":
            raise _erased(row.tenant)
        return cipher(_unwrapped(self.master, row))

    def make(self, tenant: str) -> None:
        """A first key for a tenant that has none."""
        with transaction(self.engine) as connection:
            lock(connection, [f"keys {tenant}"])
            states = set(connection.scalars(select(tenant_keys.c.state).where(tenant_keys.c.tenant == tenant)))
            if not states:
                insert_new(connection, tenant_keys, [self._row(tenant)])
            elif states == {"old"}:
                raise SealError(f"tenant {tenant} has keys and none is current; restore tenant_keys from a backup")

    def rotate(self, tenant: str) -> None:
        """A new key for what comes; what there is stays readable by the old one."""
        with transaction(self.engine) as connection:
            lock(connection, [f"keys {tenant}"])
            mine = tenant_keys.c.tenant == tenant
            states = set(connection.scalars(select(tenant_keys.c.state).where(mine)))
            if not states or "erased" in states:
                raise PlainError(f"tenant {tenant}: {'its key was erased' if states else 'has no key'}; see keys list")
            connection.execute(update(tenant_keys).where(mine).values(state="old"))
            insert_new(connection, tenant_keys, [self._row(tenant)])
        self._current.pop(tenant, None)

    def rewrap(self) -> int:
        """Put every tenant's key under the current master key, so that an older one may go; returns how many."""
        count = 0
        with transaction(self.engine) as connection:
            lock(connection, ["keys"])
            for row in connection.execute(select(tenant_keys).where(tenant_keys.c.state != "erased")).all():
                key = self.master.unwrap(row.master_id, row.tenant, row.key_id, row.wrapped)
                master_id, wrapped = self.master.wrap(row.tenant, row.key_id, key)
                mine = (tenant_keys.c.tenant == row.tenant) & (tenant_keys.c.key_id == row.key_id)
                connection.execute(update(tenant_keys).where(mine).values(master_id=master_id, wrapped=wrapped))
                count += 1
        return count

    def _row(self, tenant: str) -> dict[str, str]:
        key_id = str(uuid4())
        master_id, wrapped = self.master.wrap(tenant, key_id, new_key())
        return {"tenant": tenant, "key_id": key_id, "master_id": master_id, "wrapped": wrapped, "state": "current"}


_VAULTS: WeakKeyDictionary[Engine, Vault] = WeakKeyDictionary()


def use_vault(engine: Engine, master: MasterKeys | None) -> None:
    """Seal what is written to this ledger from now on, if there is a master key."""
    if master is not None:
        _VAULTS[engine] = Vault(engine, master)


def vault_of(engine: Engine) -> Vault | None:
    """The vault of a ledger whose payloads are sealed."""
    return _VAULTS.get(engine)


def check_master(connection: Connection, master: MasterKeys | None) -> None:
    """MissingMasterError for a ledger that holds sealed tenants, if their master keys are not here: what comes could
    not be read, and what is written would stand in the open.
    """
    sealed = tenant_keys.c.state != "erased"
    needed = connection.scalars(select(tenant_keys.c.master_id).where(sealed).distinct()).all()
    if missing := sorted(set(needed) - set(master.keys if master else ())):
        raise MissingMasterError(
            f"payloads are sealed and master key {', '.join(missing)} is not in CLAIMLOOM_MASTER_KEY_FILE"
        )
    for each in needed:
        assert master is not None
        row = connection.execute(select(tenant_keys).where(sealed, tenant_keys.c.master_id == each).limit(1)).one()
        _unwrapped(master, row)


def hold(connection: Connection, tenants: Iterable[str]) -> None:
    """Before anything is written: see ``Vault.hold``. Without a vault nothing is, where others seal payloads."""
    if vault := vault_of(connection.engine):
        vault.hold(connection, tenants)
    else:
        check_master(connection, None)


def body_of(connection: Connection, event: Event | TypedEvent) -> str:
    """The event as it stands in the journal and on a topic."""
    vault = vault_of(connection.engine)
    if isinstance(event, TypedEvent):
        if vault is None:
            return written(event, event.payload.model_dump_json())
        event = event.whole()
    return (vault.seal(connection, event) if vault else event).model_dump_json()


def stored(body: str, packed: bytes = b"") -> bytes:
    """That text as it is kept: packed. What is sealed stays as it is, so that who looks at the database sees it."""
    return body.encode() if _SEALED_TEXT in body else packed or pack(body.encode())


def read_event(connection: Connection, body: str | bytes) -> Event:
    """An event of the journal or a topic, its payload in the open."""
    event = Event.model_validate_json(body)
    return _opened(connection, event) if is_sealed(event) else event


def _opened(connection: Connection, event: Event) -> Event:
    vault = vault_of(connection.engine)
    if vault is None:
        if "\0" in event.tenant or not _has_keys(connection, event.tenant):  # whoever sealed it, it was none of us
            raise SealError(f"event {event.id}: sealed by a key that this ledger does not have")
        check_master(connection, None)
        raise _erased(event.tenant)  # of all whose payloads are sealed
    return vault.open(connection, event)


def _has_keys(connection: Connection, tenant: str) -> bool:
    query = select(tenant_keys.c.key_id).where(tenant_keys.c.tenant == tenant).limit(1)
    return connection.execute(query).first() is not None


def read_typed(connection: Connection, body: str | bytes) -> Event | TypedEvent:
    """The same for who wants the payload as its model: see ``schemas.topics.parse``."""
    text = body.encode() if isinstance(body, str) else body
    return read_event(connection, text) if _SEALED_DATA in text else _in_the_open(connection, parse(text))


def read_envelope(connection: Connection, body: str | bytes) -> Event | TypedEvent:
    """The same of what one of us wrote, for who may want the envelope alone: see ``schemas.topics.parse_envelope``."""
    text = body.encode() if isinstance(body, str) else body
    return read_event(connection, text) if _SEALED_DATA in text else _in_the_open(connection, parse_envelope(text))


def _in_the_open(connection: Connection, event: Event | TypedEvent) -> Event | TypedEvent:
    """Sealed by another program, it may be laid out otherwise: with a space behind a colon it is no less sealed."""
    return _opened(connection, event) if isinstance(event, Event) and is_sealed(event) else event


def with_keys(engine: Engine, work: Callable[[], T]) -> T:
    """Do it, and again after making the key of a tenant that is seen for the first time."""
    while True:
        try:
            return work()
        except NoKeyError as missing:
            vault = vault_of(engine)
            assert vault is not None
            vault.make(missing.tenant)
