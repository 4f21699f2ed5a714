"""Which units an assistant gave: the split behind CQ and CO (SSA section 1834(v), CMS CQ/CO examples).

Minutes that both gave together count as the therapist's. Whole 15-minute blocks of one performer come first; what is
left goes to the therapist if he or she has 8 minutes or more of it, else to the assistant.
"""

from __future__ import annotations


def assistant_units(units: int, therapist_minutes: int, assistant_minutes: int) -> int:
    """Of the units of one timed code, those that carry CQ or CO; all of them where the therapist gave no minute."""
    if not therapist_minutes:
        return units if assistant_minutes else 0
    plain, rest_therapist = divmod(therapist_minutes, 15)
    marked, rest_assistant = divmod(assistant_minutes, 15)
    left = units - plain - marked
    if left >= 2:
        return marked + 1 + (rest_therapist < 8)
    if left == 1:
        return marked + (rest_therapist < 8 and rest_assistant > 0)
    return max(0, marked + left)


def untimed_needs_modifier(total_minutes: int, assistant_minutes: int) -> bool:
    """Whether an untimed service carries CQ or CO: the assistant alone gave more than 10 % of its minutes."""
    return 10 * assistant_minutes > total_minutes
