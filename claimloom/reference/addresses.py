"""Post office boxes, however they are written."""

from __future__ import annotations

import re
from typing import Final

_MARKS: Final = r"[\W_]*"
_BOX: Final = re.compile(
    rf"(?<![A-Z0-9])(P{_MARKS}O|POST{_MARKS}OFFICE|LOCK){_MARKS}BOX(?![A-Z])", re.IGNORECASE | re.ASCII
)


def is_post_office_box(line: str) -> bool:
    """Whether a line of an address (N301, N302) has a post office or lock box in it.

    A billing provider (2010AA) is found at a street; a box stands in 2010AB (guide of the 837P, loop 2010AA; RFI 1451).
    """
    return bool(_BOX.search(line))
