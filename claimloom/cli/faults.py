"""Errors in one line each: what a person can mend, and any other by its place. None quotes what it was given, and there
is no traceback, since that ends with a text that may.
"""

from __future__ import annotations

import errno
import os
import re
import sys
from typing import Final

from claimloom.errors import PlainError

# What to do about a ledger or a file that is whole, by the kind of the fault. What was kept by then stays: the command
# given again goes on from there.
WRITING: Final = "another process writes to it; try again when it is done"
RIGHTS: Final = "see who may read and write it and its folder"
ROOM: Final = "make room on its disk, then try again"
ONLY_READ: Final = "its disk is mounted for reading alone; make it writable, then try again"
OF_FILE: Final = {
    errno.ENOSPC: ROOM,
    errno.EDQUOT: ROOM,
    errno.EFBIG: ROOM,
    errno.EACCES: RIGHTS,
    errno.EPERM: RIGHTS,
    errno.EROFS: ONLY_READ,
}
# By SQLite's kind; of any other kind a ledger may be damaged, and what came since its last copy would be lost with it.
OF_LEDGER: Final = {5: WRITING, 6: WRITING, 3: RIGHTS, 8: RIGHTS, 14: RIGHTS, 13: ROOM}
# A disk that takes no more says this too, where SQLite wrote beside the ledger (its log, the index of that).
DISK: Final = 10
# By PostgreSQL's SQLSTATE.
OF_SERVER: Final = {
    "53100": "make room on the server's disk, then try again",
    "25006": "it only reads (a standby, or default_transaction_read_only); name the one that writes in CLAIMLOOM_DB",
    "42501": "its user lacks a right there; grant it, or name another user in CLAIMLOOM_DB",
    "55P03": WRITING,
    "53300": "it has no connection left; try again later",
}
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
        to_do = OF_FILE.get(error.errno or 0)
        name = error.filename or "system"
        if error.filename2:  # a copy or a move: room is lacking where it was to stand, rights may be in either place
            name = error.filename2 if to_do == ROOM else f"{name} to {error.filename2}"
        said = f"{name}: {error.strerror or error}"
        return f"{said}; {to_do}" if to_do else said
    if isinstance(error, PlainError):
        return str(error)
    from claimloom.runtime.letters import safe_error  # noqa: PLC0415 - who meets no fault needs no ledger

    return f"{safe_error(error)}: {FAULT}"


def _of_database(error: Exception) -> str:
    if os.environ.get("CLAIMLOOM_DB"):
        state = str(getattr(getattr(error, "orig", error), "sqlstate", None) or "")
        return f"database: {_first_line(error)}; {OF_SERVER.get(state, 'see CLAIMLOOM_DB')}"
    # The low byte of SQLite's number is the kind of the fault.
    number = getattr(getattr(error, "orig", error), "sqlite_errorcode", 0) & 0xFF
    to_do = OF_LEDGER.get(number, OTHERWISE)
    return f"claimloom.db: {_first_line(error)}; {f'{ROOM}; {to_do}' if number == DISK else to_do}"


def _first_line(error: Exception) -> str:
    return QUOTED.sub("", str(getattr(error, "orig", None) or error)).partition("\n")[0]


def _is_of_database(error: Exception) -> bool:
    """Without importing what makes them: who never did cannot have an error of it."""
    found = (sys.modules.get(module) for module in ("sqlalchemy.exc", "sqlite3"))
    kinds = tuple(getattr(module, name) for module, name in zip(found, ("DBAPIError", "Error"), strict=True) if module)
    return isinstance(error, kinds)
