"""The command line. People read the default output; with ``--json`` stdout holds JSON and nothing else.

Exit 0 fine, 1 findings, 2 cannot read or misuse; an error is one line on stderr. It starts with what the command that
is called needs and no more: ``root.py`` is the line itself, ``commands.py`` the table of its commands.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence
from typing import Final

# New objects before a look for garbage: of a start most are modules and models, which stay, and with the default of 700
# the looks took a fifth of it.
COLLECT_EVERY: Final = 200_000
# What we write holds patients; also what libraries and other programs write for us (pg_dump) is nobody else's.
UMASK: Final = 0o077


def main(arguments: Sequence[str] | None = None) -> None:
    """Entry point. Which version this is, is answered before anything else is imported."""
    words = sys.argv[1:] if arguments is None else list(arguments)
    if words[:1] == ["--version"]:
        print_version()
        raise SystemExit(0)
    os.umask(UMASK)
    gc.set_threshold(COLLECT_EVERY, 20, 100)
    # Pydantic looks for plugins in what every installed package says of itself; none is used here.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "1")
    from claimloom.cli.root import run  # noqa: PLC0415 - see above

    run(words)


def print_version() -> None:
    """The version that is installed, on stdout."""
    from importlib.metadata import version  # noqa: PLC0415 - takes longer than all the rest here

    sys.stdout.write(f"claimloom {version('claimloom')}\n")
