"""Codes of provider lists."""

from __future__ import annotations

from claimloom.reference.providers import taxonomies
from claimloom.scrub.providers import TAXONOMY


def test_every_listed_taxonomy_has_the_shape_that_is_asked_of_others() -> None:
    assert all(TAXONOMY.fullmatch(code) for code in taxonomies())
