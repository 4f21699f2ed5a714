"""One broker and one PostgreSQL for a whole run of tests, on however many processes: started when first asked for.

The keeper is a process of its own. Whoever began the run holds its standard input; when that ends, by whatever end the
beginner came to (also kill -9), the keeper ends its servers and itself. Workers ask it over a socket: ``kafka`` or
``postgres``, answered by a line of JSON with ``address`` and ``folder`` (of the logs), or ``error``.
"""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from tools.local import Broker, Postgres

ASK_SECONDS: Final = 240
SOCKET: Final = "asked"


class Keeper:
    """The keeper, as its beginner holds it."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="claimloom-keeper-"))
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tools.keeper", str(self.folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,  # Ctrl-C is the beginner's, who then lets go of us in order
        )
        assert self.process.stdout is not None
        self.process.stdout.readline()  # it listens

    @property
    def socket(self) -> str:
        """Where it is asked."""
        return str(self.folder / SOCKET)

    def close(self) -> None:
        """Let go, and wait until the servers are down."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()


def ask(where: str, what: str) -> tuple[str, Path]:
    """Address and folder of the server that is asked for; RuntimeError if it could not be started."""
    with socket.socket(socket.AF_UNIX) as asked, asked.makefile("rw") as talk:
        asked.settimeout(ASK_SECONDS)
        asked.connect(where)
        talk.write(f"{what}\n")
        talk.flush()
        answer = json.loads(talk.readline())
    if error := answer.get("error"):
        raise RuntimeError(error)
    return answer["address"], Path(answer["folder"])


class _Kept:
    """The servers that were asked for so far."""

    def __init__(self) -> None:
        self.servers: dict[str, Broker | Postgres] = {}

    def of(self, what: str) -> dict[str, str]:
        if what not in self.servers:
            self.servers[what] = Broker().start() if what == "kafka" else Postgres().start()
        server = self.servers[what]
        address = server.servers if isinstance(server, Broker) else server.url()
        return {"address": address, "folder": str(server.folder)}

    def close(self) -> None:
        for server in self.servers.values():
            server.close()


def main() -> None:
    """Answer until standard input ends."""
    folder = Path(sys.argv[1])
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    kept = _Kept()
    with contextlib.suppress(KeyboardInterrupt), socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(folder / SOCKET))
        listening.listen(64)
        os.write(1, b"listens\n")
        watched = selectors.DefaultSelector()
        watched.register(0, selectors.EVENT_READ)
        watched.register(listening, selectors.EVENT_READ)
        try:
            while 0 not in [key.fd for key, _ in watched.select()]:
                _answer(listening, kept)
        finally:
            kept.close()
            shutil.rmtree(folder, ignore_errors=True)


def _answer(listening: socket.socket, kept: _Kept) -> None:
    asking, _ = listening.accept()
    with asking, asking.makefile("rw") as talk:
        try:
            found = kept.of(talk.readline().strip())
        except (RuntimeError, OSError) as error:
            found = {"error": str(error)}
        talk.write(json.dumps(found) + "\n")
        talk.flush()


if __name__ == "__main__":
    main()
