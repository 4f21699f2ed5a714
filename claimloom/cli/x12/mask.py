"""``x12 mask``: a file without its people."""

from __future__ import annotations

from claimloom.cli.x12.files import File, Output, of_file, write
from claimloom.x12.showing.mask import mask


def mask_file(file: File, to: Output = None) -> None:
    """Print the file with names and numbers replaced: same structure, findings and balances, for a bug report.

    Distances between days stay, so treat it as a limited data set, not as a public one.
    """
    write(of_file(file, mask), to)
