"""The small port of a worker: ``/healthz``, ``/readyz`` and ``/metrics``, answered by a thread of its own."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from claimloom.errors import PlainError
from claimloom.metrics import away

STILL_SECONDS: Final = 30.0


@dataclass(slots=True)
class Health:
    """What a worker says of itself. ``turned`` is when its loop last came round."""

    service: str
    ready: bool = False
    turned: float = field(default_factory=time.monotonic)
    patience: float = STILL_SECONDS
    """Seconds after which a loop that did not come round stands still."""

    def alive(self) -> tuple[bool, str]:
        """Whether the loop turns."""
        still = time.monotonic() - self.turned
        return still < self.patience, f"loop turned {still:.0f} s ago"

    def is_ready(self) -> tuple[bool, str]:
        """Whether it takes work and waits for nothing that is away."""
        if not self.ready:
            return False, "no partitions assigned yet"
        waits_for = away(self.service)
        return not waits_for, f"waiting for {', '.join(waits_for)}" if waits_for else "ready"


def serve(host: str, port: int, health: Health) -> ThreadingHTTPServer:
    """Listen in the background; PlainError if the port is taken."""

    class Handler(BaseHTTPRequestHandler):
        timeout = 10  # who connects and asks nothing holds no thread for ever

        def do_GET(self) -> None:
            if self.path == "/metrics":
                self._answer(200, generate_latest(), CONTENT_TYPE_LATEST)
            elif self.path in ("/healthz", "/readyz"):
                good, said = health.alive() if self.path == "/healthz" else health.is_ready()
                self._answer(200 if good else 503, f"{said}\n".encode(), "text/plain; charset=utf-8")
            else:
                self._answer(404, b"/healthz, /readyz and /metrics are here\n", "text/plain; charset=utf-8")

        def _answer(self, status: int, body: bytes, kind: str) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """A probe a second is not worth a line."""

    try:
        server = ThreadingHTTPServer((host, port), Handler)
    except (OSError, OverflowError) as error:  # OverflowError: a number that is no port
        said = error.strerror if isinstance(error, OSError) else "no port; 1 to 65535 are"
        raise PlainError(f"port {port} of {host}: {said}; set CLAIMLOOM_PORT to a free one") from None
    threading.Thread(target=server.serve_forever, name="port", daemon=True).start()
    return server
