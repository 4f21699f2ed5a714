"""What a person can mend, in one line."""

from __future__ import annotations

import os
import sys

from claimloom.errors import PlainError


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
    return f"claimloom.db: {_first_line(error)}; if it stays so, take the data folder from its last copy"


def _first_line(error: Exception) -> str:
    return str(getattr(error, "orig", None) or error).partition("\n")[0]


def _is_of_database(error: Exception) -> bool:
    """Without importing SQLAlchemy: who never did cannot have an error of it."""
    errors = sys.modules.get("sqlalchemy.exc")
    return errors is not None and isinstance(error, errors.SQLAlchemyError)
