"""Encryption of payloads: AES-256-GCM, a key for each tenant and time, wrapped by a master key that stands outside.

What is authenticated beside the text (tenant, event id, type) stops a payload from being put into another event. A
payload is packed before it is sealed (``"sealed": 2``); those of before, which were not (1), are opened as well.
"""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from claimloom.errors import PlainError
from claimloom.packing import pack, unpack
from schemas.event import Event

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE_BYTES: Final = 12
KEY_BYTES: Final = 32
SEALED: Final = "sealed"


class SealError(PlainError):
    """A payload that cannot be opened; the message says which key is missing, never what it holds."""


class ErasedError(SealError):
    """A payload of a tenant whose key was erased."""


@dataclass(frozen=True, slots=True)
class MasterKeys:
    """Master keys by id; the first is the current one, the others open what was wrapped before it."""

    keys: Mapping[str, bytes]

    @property
    def current(self) -> str:
        """Id of the key that new tenant keys are wrapped with."""
        return next(iter(self.keys))

    def wrap(self, tenant: str, key_id: str, key: bytes) -> tuple[str, str]:
        """Id of the master key, and the tenant's key under it."""
        about = f"{tenant}|{key_id}".encode()
        return self.current, _encrypt(cipher(self.keys[self.current]), key, about)

    def unwrap(self, master_id: str, tenant: str, key_id: str, wrapped: str) -> bytes:
        """The tenant's key; SealError if the master key is not here or does not fit."""
        if master_id not in self.keys:
            raise SealError(f"master key {master_id} is not here; add it to the master key file")
        try:
            return _decrypt(cipher(self.keys[master_id]), wrapped, f"{tenant}|{key_id}".encode())
        except ValueError:
            raise SealError(f"master key {master_id} is not the one that tenant keys were wrapped with") from None


def read_master_keys(environment: Mapping[str, str]) -> MasterKeys | None:
    """From CLAIMLOOM_MASTER_KEY_FILE or CLAIMLOOM_MASTER_KEY: words ID:BASE64 of 32 bytes, the current key first."""
    where = environment.get("CLAIMLOOM_MASTER_KEY_FILE")
    try:
        text = Path(where).read_text(encoding="ascii") if where else environment.get("CLAIMLOOM_MASTER_KEY", "")
    except OSError as error:
        raise PlainError(f"CLAIMLOOM_MASTER_KEY_FILE: {where} cannot be read: {error.strerror}") from None
    except ValueError:
        raise PlainError(f"CLAIMLOOM_MASTER_KEY_FILE: {where} cannot be read as text") from None
    keys: dict[str, bytes] = {}
    for number, word in enumerate(text.split(), start=1):
        name, _, coded = word.partition(":")
        try:
            key = base64.b64decode(coded, validate=True)
        except ValueError:
            key = b""
        if not name or len(key) != KEY_BYTES or name in keys:
            raise PlainError(f"master key {number}: ID:BASE64 of {KEY_BYTES} bytes is expected, each id once")
        keys[name] = key
    if where and not keys:  # nobody names a file who wants nothing sealed
        raise PlainError(f"CLAIMLOOM_MASTER_KEY_FILE: {where} holds no key; ID:BASE64 of {KEY_BYTES} bytes is expected")
    return MasterKeys(keys) if keys else None


def new_key() -> bytes:
    """A fresh key."""
    return os.urandom(KEY_BYTES)


def cipher(key: bytes) -> AESGCM:
    """What seals and opens under a key. Who seals nothing does not load the library."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415 - see above

    return AESGCM(key)


def seal(event: Event, key_id: str, key: AESGCM) -> Event:
    """The event with its payload sealed; the envelope stays readable."""
    text = pack(json.dumps(event.data, separators=(",", ":")).encode())
    return event.model_copy(update={"data": {SEALED: 2, "key": key_id, "text": _encrypt(key, text, _about(event))}})


def is_sealed(event: Event) -> bool:
    """Whether the payload must be opened before it can be read."""
    return SEALED in event.data


def unseal(event: Event, key: AESGCM) -> Event:
    """The event with its payload in the open; SealError if it was changed or belongs to another event."""
    try:
        text = unpack(_decrypt(key, str(event.data["text"]), _about(event)))
    except (KeyError, ValueError):  # no key named, changed, cut short, or no base64 at all
        raise SealError(f"event {event.id}: its payload was changed or moved; take it from the journal") from None
    data: dict[str, Any] = json.loads(text)
    return event.model_copy(update={"data": data})


def _about(event: Event) -> bytes:
    return f"{event.tenant}|{event.id}|{event.type}".encode()


def _encrypt(key: AESGCM, text: bytes, about: bytes) -> str:
    nonce = os.urandom(NONCE_BYTES)
    return base64.b64encode(nonce + key.encrypt(nonce, text, about)).decode("ascii")


def _decrypt(key: AESGCM, coded: str, about: bytes) -> bytes:
    """The text; ValueError if it is not what was encrypted under this key and about this."""
    from cryptography.exceptions import InvalidTag  # noqa: PLC0415 - see ``cipher``

    raw = base64.b64decode(coded, validate=True)
    try:
        return key.decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], about)
    except InvalidTag:
        raise ValueError("changed") from None
