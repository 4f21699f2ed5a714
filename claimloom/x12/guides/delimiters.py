"""The four marks that take an interchange apart; its ISA names them."""

from __future__ import annotations

from typing import NamedTuple


class Delimiters(NamedTuple):
    """The four marks of an interchange; ``repetition`` is empty before 00402, where ISA11 was no mark."""

    element: str
    component: str
    repetition: str
    terminator: str
