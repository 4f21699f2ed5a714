"""Modifiers that say whose plan of care a line belongs to, and that an assistant gave it (SV101-3 to -6)."""

from __future__ import annotations

from typing import Final

from schemas.values import Discipline

DISCIPLINE_MODIFIER: Final = {Discipline.PT: "GP", Discipline.OT: "GO", Discipline.SLP: "GN"}
DISCIPLINE_OF: Final = {modifier: discipline for discipline, modifier in DISCIPLINE_MODIFIER.items()}
ASSISTANT_MODIFIER: Final = {Discipline.PT: "CQ", Discipline.OT: "CO"}
"""Speech therapy has no assistants of this kind."""
ASSISTANT: Final = frozenset(ASSISTANT_MODIFIER.values())
