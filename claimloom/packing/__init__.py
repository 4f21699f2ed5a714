"""Text made small, for the journal, the topics and the files that are kept: zstandard with a dictionary.

Events are short and much alike, so most of one is in the dictionary. Each packed text names the dictionary that it was
packed with. Those are the files ``ID.dict`` in this folder: one that was ever used stays as it is for ever, a better
one is added beside it under another id. What was never packed (an older ledger's, an event that another program sent)
is read as it stands.
"""

from __future__ import annotations

import threading
from functools import cache
from pathlib import Path
from typing import Final

import zstandard

CURRENT: Final = 32769
"""Id of the dictionary for what is packed now; ids below 32768 are not ours to give."""
LEVEL: Final = 3
MOST: Final = 64 * 1024 * 1024
"""Bytes that a packed text may claim to have: what says more is no text of ours, and would take the memory."""


class PackedError(ValueError):
    """What was packed by a newer program, cut short, or never by us; the message says which."""


def pack(text: bytes) -> bytes:
    """The text as a zstandard frame (RFC 8878) that names its length and its dictionary."""
    return _tools().packer.compress(text)


def is_packed(text: bytes) -> bool:
    """Whether it is a frame; no text of ours begins as one does."""
    return text.startswith(zstandard.FRAME_HEADER)


def unpack(packed: bytes) -> bytes:
    """What was packed; text that never was, unchanged. PackedError if it cannot be had."""
    if not is_packed(packed):
        return packed
    try:
        said = zstandard.get_frame_parameters(packed)
        unpacker = _tools().unpacker(said.dict_id)
        if said.content_size == zstandard.CONTENTSIZE_UNKNOWN:  # another program's, which packed as it wrote
            text = unpacker.stream_reader(packed).read(MOST + 1)
        elif said.content_size <= MOST:
            return unpacker.decompress(packed)
        else:
            text = b""
    except zstandard.ZstdError:
        raise PackedError("a packed text that was changed or cut short") from None
    if not text or len(text) > MOST:
        raise PackedError(f"a packed text that has more than {MOST:,} bytes")
    return text


class _Tools(threading.local):
    """A thread's own: none of them may be used by two at once."""

    def __init__(self) -> None:
        self.packer = zstandard.ZstdCompressor(level=LEVEL, dict_data=_dictionary(CURRENT), write_content_size=True)
        self._unpackers: dict[int, zstandard.ZstdDecompressor] = {}

    def unpacker(self, dictionary: int) -> zstandard.ZstdDecompressor:
        found = self._unpackers.get(dictionary)
        if found is None:
            data = _dictionary(dictionary) if dictionary else None
            found = self._unpackers[dictionary] = zstandard.ZstdDecompressor(dict_data=data)
        return found


@cache
def _tools() -> _Tools:
    return _Tools()


@cache
def _dictionary(number: int) -> zstandard.ZstdCompressionDict:
    try:
        data = (Path(__file__).parent / f"{number}.dict").read_bytes()
    except FileNotFoundError:
        raise PackedError(
            f"a text packed with dictionary {number}, which this version has not; update claimloom"
        ) from None
    return zstandard.ZstdCompressionDict(data)
