"""Ids of events."""

from __future__ import annotations

from uuid import RFC_4122, UUID, uuid5

from hypothesis import given
from hypothesis import strategies as st

from schemas.event import NAMESPACE, derived_id

PARTS = st.lists(st.one_of(st.text(), st.integers(), st.uuids(), st.none()), max_size=6)


@given(PARTS)
def test_an_id_is_the_uuid5_of_its_parts(parts: list[object]) -> None:
    """By the standard library's own arithmetic, for ever."""
    found = derived_id(*parts)
    assert found == uuid5(NAMESPACE, "".join(f"{len(str(part))}:{part}" for part in parts))
    assert (found.version, found.variant) == (5, RFC_4122)


def test_parts_do_not_run_into_each_other() -> None:
    assert len({derived_id("1", "11"), derived_id("11", "1"), derived_id("111"), derived_id(111, "")}) == 4
    assert derived_id(UUID(int=1)) == derived_id(str(UUID(int=1)))
