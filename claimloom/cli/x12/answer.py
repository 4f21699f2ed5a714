"""``x12 ack``: what a receiver of a file would answer."""

from __future__ import annotations

from claimloom.cli.folder import settings_of
from claimloom.cli.options import AsOf
from claimloom.cli.output import notes
from claimloom.cli.x12.files import File, Output, of_file, write
from claimloom.x12.checking.check import check
from claimloom.x12.writing.acknowledge import acknowledge


def acknowledge_file(file: File, to: Output = None, as_of: AsOf = None) -> None:
    """Print the TA1 and 999 that a receiver of this file would send."""
    report = of_file(file, check)
    write(acknowledge(report, created=settings_of(None, as_of).now()).encode("latin-1"), to)
    if not report.ok:
        notes.print(f"{file}: has findings; claimloom x12 check lists them", soft_wrap=True)
