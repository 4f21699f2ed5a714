"""What a person can mend, in one line."""

from __future__ import annotations

import os
import sys
from typing import Final

from claimloom.errors import PlainError

# What to do about a ledger on SQLite that is whole, by the kind of its fault; of any other kind it may be damaged, and
# what came since its last copy would be lost with it.
WRITING: Final = "another process writes to it; try again when it is done"
RIGHTS: Final = "see who may read and write it and its folder"
TO_DO: Final = {5: WRITING, 6: WRITING, 3: RIGHTS, 8: RIGHTS, 14: RIGHTS, 13: "make room on its disk"}
OTHERWISE: Final = "if it stays so, take the data folder from its last copy"


def is_mendable(error: Exception) -> bool:
    """Whether a person can do something about it: it is told in a line, and not as a fault of ours."""
    return isinstance(error, PlainError | OSError) or _is_of_database(error)


def said_of(error: Exception) -> str:
    """The line of an error that is mendable."""
    if _is_of_database(error):
        return _of_database(error)
    if isinstance(error, OSError):
        return f"{error.filename or 'system'}: {error.strerror or error}"
    return str(error)


def _of_database(error: Exception) -> str:
    if os.environ.get("CLAIMLOOM_DB"):
        return f"database: {_first_line(error)}; see CLAIMLOOM_DB"
    # The low byte of SQLite's number is the kind of the fault.
    number = getattr(getattr(error, "orig", error), "sqlite_errorcode", 0) & 0xFF
    return f"claimloom.db: {_first_line(error)}; {TO_DO.get(number, OTHERWISE)}"


def _first_line(error: Exception) -> str:
    return str(getattr(error, "orig", None) or error).partition("\n")[0]


def _is_of_database(error: Exception) -> bool:
    """Without importing what makes them: who never did cannot have an error of it."""
    found = (sys.modules.get(module) for module in ("sqlalchemy.exc", "sqlite3"))
    kinds = tuple(
        getattr(module, name) for module, name in zip(found, ("SQLAlchemyError", "Error"), strict=True) if module
    )
    return isinstance(error, kinds)
