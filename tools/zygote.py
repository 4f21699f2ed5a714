"""Starts worker processes quickly: imports everything once, then forks one process for each order on stdin.

What is forked is a process like any other: it has its own environment, log, signals and end.

``DIES_BEFORE_SENDING=N`` in its environment lets it send to the broker N times, and ends it as by kill -9 where it
would send once more: what it has journalled then is on no topic.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

DIES: Final = "DIES_BEFORE_SENDING"


class Forked:
    """A forked process, as far as ``subprocess.Popen`` is needed here."""

    def __init__(self, zygote: Zygote, pid: int) -> None:
        self.zygote = zygote
        self.pid = pid
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """The exit code, or None while it runs."""
        if self.returncode is None:
            self.returncode = self.zygote.ask({"poll": self.pid})
        return self.returncode

    def wait(self, timeout: float = 60) -> int:
        """The exit code, waited for."""
        end = time.monotonic() + timeout
        while (code := self.poll()) is None:
            if time.monotonic() > end:
                raise subprocess.TimeoutExpired(str(self.pid), timeout)
            time.sleep(0.01)
        return code

    def send_signal(self, number: int) -> None:
        """Send a signal to it."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, number)

    def kill(self) -> None:
        """kill -9."""
        self.send_signal(9)


class Zygote:
    """The process that forks."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tools.zygote"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def ask(self, order: Mapping[str, object]) -> int | None:
        """Give an order and read the answer."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        return answer if answer is None else int(answer)

    def start(self, arguments: Sequence[str], environment: Mapping[str, str], log: Path) -> Forked:
        """A new process that runs the command line with these arguments."""
        pid = self.ask({"run": list(arguments), "environment": dict(environment), "log": str(log)})
        assert pid is not None
        return Forked(self, pid)

    def close(self) -> None:
        """End it; what it forked was ended before."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()


def main() -> None:
    """Read orders until stdin ends."""
    import claimloom.worker  # noqa: F401
    from claimloom.cli import main as command_line

    for line in sys.stdin:
        order = json.loads(line)
        if "poll" in order:
            pid, status = os.waitpid(order["poll"], os.WNOHANG)
            answer = os.waitstatus_to_exitcode(status) if pid else None
        else:
            answer = os.fork()
            if answer == 0:
                _become(order)
                try:
                    command_line(order["run"])
                except SystemExit as end:
                    sys.stderr.flush()
                    os._exit(end.code if isinstance(end.code, int) else int(end.code is not None))
                finally:
                    sys.stderr.flush()
                os._exit(0)
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


def _become(order: Mapping[str, object]) -> None:
    os.setsid()
    os.environ.clear()
    environment = order["environment"]
    assert isinstance(environment, dict)
    os.environ.update(environment)
    log = os.open(str(order["log"]), os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(log, 1)
    os.dup2(log, 2)
    if DIES in environment:
        _die_before_sending(int(environment[DIES]))


def _die_before_sending(times: int) -> None:
    from claimloom.runtime.kafka.publisher import Publisher

    send, left = Publisher.send, [times]

    async def sent(publisher: Publisher, events: Sequence[Any]) -> None:
        if events and not left[0]:
            os.kill(os.getpid(), signal.SIGKILL)
        left[0] -= bool(events)
        await send(publisher, events)

    Publisher.send = sent  # type: ignore[method-assign]


if __name__ == "__main__":
    main()
