"""What another program puts on a topic: a field of its envelope may hold anything, and the journal takes not that.

What is refused here is one dead letter. Without this a worker would meet the same fault again and again: putting the
event aside needs the journal too.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final
from unicodedata import category

from claimloom.runtime.taking import AnyEvent

# As wide as the journal's columns are, and no key or name is longer than a line of text.
WIDEST: Final = {"source": 40, "type": 32, "tenant": 200, "clinic": 200, "subject": 500, "traceparent": 200}
YEARS: Final = range(2000, 2100)
MOST_VERSION: Final = 10_000


class StrangerError(ValueError):
    """An event that is not taken; the message names the fields, never what they hold."""


def check(event: AnyEvent, topic: str) -> None:
    """StrangerError if the envelope holds what no event of this topic can."""
    if said := list(_faults(event, topic)):
        raise StrangerError("; ".join(said))


def _faults(event: AnyEvent, topic: str) -> Iterator[str]:
    if event.type != topic:
        yield "type: is not that of the topic"
    for name, most in WIDEST.items():
        text = str(getattr(event, name))
        if len(text) > most:
            yield f"{name}: more than {most} characters"
        elif not all(map(_is_written, text)):
            yield f"{name}: holds a control character"
    if event.time.year not in YEARS:
        yield "time: is in no year from 2000 to 2099"
    if not 1 <= event.schema_version <= MOST_VERSION:
        yield "schema_version: is none"


def _is_written(letter: str) -> bool:
    return category(letter) not in ("Cc", "Cs")
