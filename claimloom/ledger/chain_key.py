"""The key that a ledger is chained by: 32 bytes in a file outside the database, the same for all who write to it."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Sequence
from json.encoder import encode_basestring_ascii as _quoted
from pathlib import Path
from typing import Any, Final
from weakref import WeakKeyDictionary

from sqlalchemy import Engine

from claimloom.errors import PlainError

BYTES: Final = 32
NAME: Final = "chain.key"


class ChainKey:
    """Makes the digests of rows, of records, and of heads, each by a key of its own."""

    def __init__(self, secret: bytes) -> None:
        self._rows, self._links, self._heads = (
            hmac.digest(secret, name, hashlib.sha256) for name in (b"rows", b"links", b"heads")
        )

    def row(self, kept: str, columns: Sequence[Any], body: str) -> bytes:
        """32 bytes over what a row says."""
        head = _json([kept, *columns]).encode()
        return hmac.digest(self._rows, b"%s\n%s" % (head, body.encode("utf-8", "surrogatepass")), "sha256")

    def link(self, before: str, record: Sequence[Any], digests: Sequence[bytes]) -> str:
        """Hexadecimal, over the link before, what the record says, and the digests of its rows in their order."""
        head = json.dumps([before, *record]).encode()
        return hmac.digest(self._links, b"%s\n%s" % (head, b"".join(digests)), "sha256").hex()

    def seal(self, said: str) -> str:
        """Hexadecimal, over what is kept of the heads."""
        return hmac.digest(self._heads, said.encode(), "sha256").hex()


def _json(columns: Sequence[Any]) -> str:
    """What ``json.dumps`` gives of them, in a third of its time for texts and whole numbers: every event has a row."""
    written = [
        _quoted(each) if isinstance(each, str) else str(each) if type(each) is int else json.dumps(each)
        for each in columns
    ]
    return f"[{', '.join(written)}]"


def read_key(file: Path) -> ChainKey | None:
    """The key of a file, None if there is no file; PlainError for what is no key."""
    try:
        secret = file.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise PlainError(f"{file}: the key of the ledger's chain cannot be read: {error.strerror}") from None
    if len(secret) != BYTES:
        raise PlainError(f"{file}: {BYTES} bytes are expected, the key of the ledger's chain, not {len(secret)}")
    return ChainKey(secret)


def needed_key(file: Path) -> ChainKey:
    """The key of a file; PlainError if it is not there."""
    if (found := read_key(file)) is None:
        raise PlainError(
            f"{file}: the key of the ledger's chain is not there; see CLAIMLOOM_CHAIN_KEY_FILE, and "
            "docs/security.md if it is lost for good"
        )
    return found


def key_beside(url: str) -> Path | None:
    """Where the key of an SQLite ledger stands; that of a server's has to be told."""
    return Path(url.removeprefix("sqlite:///")).parent / NAME if url.startswith("sqlite:///") else None


def make_key(file: Path) -> ChainKey:
    """A new key, readable by its owner alone; the one that is there if another process was faster."""
    half = file.with_name(f".{file.name}.{secrets.token_hex(8)}")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        made = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            os.write(made, secrets.token_bytes(BYTES))
            os.fsync(made)
        finally:
            os.close(made)
        try:
            os.link(half, file)  # whole, or not there
        except FileExistsError:
            pass
        finally:
            half.unlink()
        folder = os.open(file.parent, os.O_RDONLY)
        os.fsync(folder)
        os.close(folder)
    except OSError as error:
        raise PlainError(f"{file}: the key of the ledger's chain cannot be made: {error.strerror}") from None
    found = read_key(file)
    assert found is not None
    return found


_KEYS: WeakKeyDictionary[Engine, ChainKey] = WeakKeyDictionary()


def keep_key(engine: Engine, key: ChainKey) -> None:
    """What is written by this engine from now on is chained by that key."""
    _KEYS[engine] = key


def key_of(engine: Engine) -> ChainKey:
    """The key of a ledger that was opened to be written."""
    if (found := _KEYS.get(engine)) is None:
        raise RuntimeError("a ledger that is written to needs the key of its chain: claimloom.ledger.chain.use_chain")
    return found
