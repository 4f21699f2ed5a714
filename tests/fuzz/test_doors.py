"""Spoiled inputs among good ones, from seeds: what was good comes of it as alone, nothing is lost, nobody is named.

``python -m tools.fuzz doors`` goes on with further seeds; a seed that it says goes into ``SEEDS``.
"""

from __future__ import annotations

from random import Random

import psycopg
import pytest

from claimloom.ledger.database import open_engine
from claimloom.ledger.migration import migrate
from tests.fuzz.spoil import BYTES, X12, files
from tests.fuzz.trial import Rounds
from tools.local import new_database

SEEDS = [*range(4), *(pytest.param(seed, marks=pytest.mark.long) for seed in range(4, 16))]


@pytest.fixture(scope="module")
def rounds(tmp_path_factory: pytest.TempPathFactory) -> Rounds:
    return Rounds(tmp_path_factory.mktemp("rounds"))


@pytest.mark.parametrize("seed", SEEDS)
def test_spoiled_inputs_change_nothing_of_the_good_ones(rounds: Rounds, seed: int) -> None:
    ledger = rounds.round(seed)
    assert len(ledger.put) > 20


@pytest.mark.parametrize("seed", [100, pytest.param(101, marks=pytest.mark.long)])
def test_the_same_on_postgresql(rounds: Rounds, postgres: str, seed: int) -> None:
    url = new_database(postgres, psycopg)
    engine = open_engine(url)
    migrate(engine)
    engine.dispose()
    rounds.round(seed, url)


def test_every_way_to_spoil_is_taken(rounds: Rounds) -> None:
    kinds = {each.kind for seed in range(25) for each in files(rounds.stranger, Random(seed), 24)}
    for word in (*BYTES, *X12):
        assert any(each.endswith(word) for each in kinds), word
    for what in ("text", "number", "other", "raw", "gone", "more", "twice", "name"):
        assert any(each.startswith(f"line {what} ") for each in kinds), what


def test_a_file_is_the_same_for_a_seed(rounds: Rounds) -> None:
    first, second = (list(files(rounds.stranger, Random(5), 24)) for _ in range(2))
    assert first == second
