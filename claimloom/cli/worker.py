"""``worker``: one service as a Kafka worker."""

from __future__ import annotations

import logging
import os
from typing import Annotated, Final

import structlog
import typer

from claimloom.cli.faults import said_of
from claimloom.cli.logs import libraries_log_json, log_to_stderr
from claimloom.cli.options import Data
from claimloom.errors import PlainError
from claimloom.settings import read_settings

LEVELS: Final = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING}


def worker(
    service: Annotated[str, typer.Argument(help="A service of services/topology.py.")], data: Data = None
) -> None:
    """Run one service as a Kafka worker until it is stopped. Settings come from CLAIMLOOM_*."""
    from claimloom.worker import run_worker  # noqa: PLC0415 - Faust takes half a second to import

    log_to_stderr(_level())
    libraries_log_json()
    try:
        run_worker(read_settings(data), service)
    except Exception as error:  # noqa: BLE001 - told as it may be
        # Who reads a worker's lines reads JSON.
        structlog.get_logger().error("cannot run", service=service, reason=said_of(error))
        raise SystemExit(2) from None


def _level() -> int:
    name = os.environ.get("CLAIMLOOM_LOG", "info")
    if name not in LEVELS:
        raise PlainError(f"CLAIMLOOM_LOG: {', '.join(LEVELS)} is expected")
    return LEVELS[name]
