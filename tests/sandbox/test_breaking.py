"""The grade falls when the reconciler is broken: else it would prove nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from claimloom.sandbox.scenario import scenario_named
from tools.breaking import WAYS, broken
from tools.grade import play_alone

CLAIMS_A_SCENARIO = 2


@pytest.mark.parametrize("name", WAYS)
def test_a_broken_reconciler_does_not_agree(name: str, tmp_path: Path) -> None:
    with broken(name) as way:
        played = play_alone(tmp_path / "data", map(scenario_named, way.scenarios), CLAIMS_A_SCENARIO)
    assert played.disagree, way.does
    assert len(played.labels) >= len(way.scenarios), "it is broken, not stopped"


def test_whole_again_it_agrees(tmp_path: Path) -> None:
    names = {name for way in WAYS.values() for name in way.scenarios}
    played = play_alone(tmp_path / "data", map(scenario_named, sorted(names)), CLAIMS_A_SCENARIO)
    assert (played.disagree, played.balance) == ([], 0)
