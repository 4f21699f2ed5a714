"""Errors in one line each: what a person can mend, and any other by its place. None quotes what it was given, and there
is no traceback, since that ends with a text that may.
"""

from __future__ import annotations

import os
import re
import sys
from typing import Final

from claimloom.errors import PlainError

# What to do about a ledger on SQLite that is whole, by the kind of its fault; of any other kind it may be damaged, and
# what came since its last copy would be lost with it.
WRITING: Final = "another process writes to it; try again when it is done"
RIGHTS: Final = "see who may read and write it and its folder"
TO_DO: Final = {5: WRITING, 6: WRITING, 3: RIGHTS, 8: RIGHTS, 14: RIGHTS, 13: "make room on its disk"}
FAULT: Final = (
    "what the ledger or a file holds is damaged or of a newer version, or this is a fault of claimloom; "
    "claimloom doctor looks at the ledger"
)
# What SQLite and PostgreSQL quote of a cell that they cannot read, and of what was to be written.
QUOTED: Final = re.compile(r" with text .*| for type .*|: ?\".*|\bKey \(.*", re.DOTALL)
OTHERWISE: Final = "if it stays so, take the data folder from its last copy"


def said_of(error: Exception) -> str:
    """The line of an error."""
    if _is_of_database(error):
        return _of_database(error)
    if isinstance(error, OSError):
        return f"{error.filename or 'system'}: {error.strerror or error}"
    if isinstance(error, PlainError):
        return str(error)
    from claimloom.runtime.letters import safe_error  # noqa: PLC0415 - who meets no fault needs no ledger

    return f"{safe_error(error)}: {FAULT}"


def _of_database(error: Exception) -> str:
    if os.environ.get("CLAIMLOOM_DB"):
        return f"database: {_first_line(error)}; see CLAIMLOOM_DB"
    # The low byte of SQLite's number is the kind of the fault.
    number = getattr(getattr(error, "orig", error), "sqlite_errorcode", 0) & 0xFF
    return f"claimloom.db: {_first_line(error)}; {TO_DO.get(number, OTHERWISE)}"


def _first_line(error: Exception) -> str:
    return QUOTED.sub("", str(getattr(error, "orig", None) or error)).partition("\n")[0]


def _is_of_database(error: Exception) -> bool:
    """Without importing what makes them: who never did cannot have an error of it."""
    found = (sys.modules.get(module) for module in ("sqlalchemy.exc", "sqlite3"))
    kinds = tuple(getattr(module, name) for module, name in zip(found, ("DBAPIError", "Error"), strict=True) if module)
    return isinstance(error, kinds)
