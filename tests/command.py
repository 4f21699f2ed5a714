"""The command line in this process: what it prints and what it exits with, without starting Python for it.

What a command leaves behind in its process (environment, folder, umask, logging, the collector's settings) is put back,
as it would be gone with a process. ``tests/test_command.py`` holds that a process says the same.
"""

from __future__ import annotations

import gc
import io
import logging
import os
import shlex
import subprocess
import sys
import warnings
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, chdir, contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

import structlog

from claimloom.cli import main


@dataclass(frozen=True)
class Done:
    """What came of it: as ``subprocess.CompletedProcess``, which waited for a process."""

    returncode: int
    output: bytes
    errors: bytes

    @property
    def stdout(self) -> str:
        return self.output.decode()

    @property
    def stderr(self) -> str:
        return self.errors.decode()


def claimloom(
    *arguments: str | Path,
    cwd: Path | None = None,
    environment: Mapping[str, str] | None = None,
    given: bytes = b"",
) -> Done:
    """Run a command; ``environment`` is added to what there is, ``given`` is its standard input."""
    words = [*map(str, arguments)]
    out, err = _stream(), _stream()
    with ExitStack() as put_back:
        put_back.enter_context(_settings_of_the_process())
        put_back.enter_context(warnings.catch_warnings())
        put_back.enter_context(patch.dict(os.environ, environment or {}))
        put_back.enter_context(patch.object(sys, "argv", ["claimloom", *words]))
        put_back.enter_context(patch.object(sys, "stdin", io.TextIOWrapper(io.BytesIO(given))))
        put_back.enter_context(redirect_stdout(out))
        put_back.enter_context(redirect_stderr(err))
        if cwd:
            put_back.enter_context(chdir(cwd))
        try:
            main(words)
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else int(end.code is not None)
        out.flush()
        err.flush()
    return Done(code, out.buffer.getvalue(), err.buffer.getvalue())  # type: ignore[attr-defined]


def shell(line: str, *, cwd: Path, environment: Mapping[str, str] | None = None) -> Done:
    """A line of a page: commands behind pipes, ours in this process and the others as they are."""
    stages: list[list[str]] = [[]]
    words = shlex.shlex(line, posix=True, punctuation_chars="|")
    words.whitespace_split = True
    for word in words:
        if word == "|":
            stages.append([])
        else:
            stages[-1].append(word)
    given, errors, code = b"", b"", 0
    for program, *arguments in stages:
        if program == "claimloom":
            done = claimloom(*arguments, cwd=cwd, environment=environment, given=given)
            given, code, errors = done.output, done.returncode, errors + done.errors
        else:
            ran = subprocess.run([program, *arguments], input=given, capture_output=True, check=False, cwd=cwd)
            given, code, errors = ran.stdout, ran.returncode, errors + ran.stderr
    return Done(code, given, errors)


def _stream() -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)


@contextmanager
def _settings_of_the_process() -> Iterator[None]:
    """What a command sets for its whole process, since that is its own."""
    root, said, collector = logging.getLogger(), structlog.get_config(), gc.get_threshold()
    umask = os.umask(0)
    os.umask(umask)
    level, handlers, environment = root.level, list(root.handlers), dict(os.environ)
    try:
        yield
    finally:
        root.setLevel(level)
        root.handlers[:] = handlers
        structlog.configure(**said)
        gc.set_threshold(*collector)
        gc.unfreeze()
        os.umask(umask)
        os.environ.clear()
        os.environ.update(environment)
