"""TOML that people write, read in one way: whatever is wrong with it is a ``tomllib.TOMLDecodeError``."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from typing import Any


def read_toml_text(text: str, *, parse_float: Callable[[str], Any] = float) -> dict[str, Any]:
    """What a text says; TOMLDecodeError where it is none. A byte order mark before it, as Windows writes it, is none
    of it.
    """
    try:
        return tomllib.loads(text.removeprefix("\ufeff"), parse_float=parse_float)
    except tomllib.TOMLDecodeError:
        raise
    except RecursionError:
        raise tomllib.TOMLDecodeError("it nests too deep") from None
    except ValueError:  # Python reads no number of more than 4,300 digits
        raise tomllib.TOMLDecodeError("a number has too many digits") from None
