"""The grade falls when the reconciler is broken: else it would prove nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from claimloom.sandbox.scenario import scenario_named
from tools.breaking import WAYS, Way, broken
from tools.grade import play_alone, show_broken

CLAIMS_A_SCENARIO = 2


@pytest.mark.parametrize("name", WAYS)
def test_a_broken_reconciler_does_not_agree(name: str, tmp_path: Path) -> None:
    with broken(name) as way:
        played = play_alone(tmp_path / "data", map(scenario_named, way.scenarios), CLAIMS_A_SCENARIO)
    assert played.disagree, way.does
    assert len(played.labels) >= len(way.scenarios), "it is broken, not stopped"
    assert played.dead == 0, "a way that makes dead letters breaks nothing: the claims are not judged at all"


def test_whole_again_it_agrees(tmp_path: Path) -> None:
    names = {name for way in WAYS.values() for name in way.scenarios}
    played = play_alone(tmp_path / "data", map(scenario_named, sorted(names)), CLAIMS_A_SCENARIO)
    assert (played.disagree, played.balance, played.dead) == ([], 0, 0)


def _raises(_was: Any) -> Any:
    def stopped(*args: Any, **kwargs: Any) -> None:
        raise ValueError("stopped")

    return stopped


def test_a_way_that_makes_dead_letters_is_no_fall_of_the_grade(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(WAYS, "stops", Way("it raises", "claimloom.remit.outcome:reconcile", _raises, ()))
    some = [scenario_named("unit_cut")]
    with broken("stops"):
        played = play_alone(tmp_path / "data", some, 1)
    assert played.disagree
    assert played.dead > 0
    assert "dead letters" in played.below
    assert show_broken(["stops"], some) == 1
    assert "stopped by dead letters, not judged: stops" in capsys.readouterr().out


def test_a_way_that_breaks_is_a_fall_of_the_grade(capsys: pytest.CaptureFixture[str]) -> None:
    assert show_broken(["underpaid_is_fine"], [scenario_named("unit_cut")]) == 0
    assert "not" not in capsys.readouterr().out.splitlines()[-1].partition(";")[0]
