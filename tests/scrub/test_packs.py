"""Packs: which rules are asked, what they weigh, what of a pack of before is not as it was, and who keeps to which."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Final
from uuid import UUID, uuid5

import pytest

from claimloom.errors import PlainError
from claimloom.scrub import PACKAGED, scrub
from claimloom.scrub import rules as mechanism
from claimloom.scrub.case import Case
from claimloom.scrub.packs import differences, frozen, read_pack
from claimloom.scrub.scrubbing import Sample, Scrubbing
from schemas.claim import Severity
from tests.scrub.test_own_rules import rule_text
from tests.scrub.test_rules import AS_OF, case

# A claim that UNT-010 (more units than usual) only warns of.
LONG: Final = {"timed": [{"code": "97530", "minutes": 120}]}
DAY: Final = date(2026, 11, 20)


def kept(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_every_verdict_names_its_pack() -> None:
    found = scrub(case())
    assert (found.pack, found.pack_hash) == (PACKAGED.version, PACKAGED.hash)
    assert found.pack == "built-in 2026.11"


def test_the_hash_changes_with_a_rules_code_its_weight_and_own_rules(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = Scrubbing(tmp_path)
    kept(tmp_path, "own/mine.toml", rule_text())
    other = Scrubbing(tmp_path / "other")
    kept(tmp_path, "other/own/mine.toml", rule_text(fails_when="'line.units > 3'"))
    lighter = read_pack(kept(tmp_path, "light.toml", '[weights]\n"DX-002" = "warn"\n'), ())
    found = [PACKAGED.hash, own.pack("demo", DAY).hash, other.pack("demo", DAY).hash, lighter.hash]
    monkeypatch.setattr("claimloom.scrub.packs.rules_digest", lambda: "another text of a module or table")
    found.append(replace(PACKAGED).hash)
    assert len(set(found)) == len(found)


def test_the_digest_reads_every_module_and_table_that_rules_are_made_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    real = mechanism.files
    monkeypatch.setattr(mechanism, "files", lambda name: asked.append(name) or real(name))
    mechanism.rules_digest.__wrapped__()
    folder = Path(mechanism.__file__).parent
    packages = {"claimloom.scrub." + each.parent.name for each in folder.glob("*/__init__.py")}
    assert set(asked) == {"claimloom.scrub", "claimloom.reference", "claimloom.reference.data", *packages}


def test_a_frozen_pack_is_the_same_rules(tmp_path: Path) -> None:
    again = read_pack(kept(tmp_path, "autumn.toml", frozen(PACKAGED, PACKAGED.version)), ())
    assert (again.rules, again.hash, again.frozen_hash, again.differs) == (
        *(PACKAGED.rules, PACKAGED.hash, PACKAGED.hash),
        (),
    )
    assert differences(PACKAGED, again) == []


def test_a_pack_of_before_says_what_is_not_as_it_was(tmp_path: Path) -> None:
    text = frozen(PACKAGED, "older").splitlines()
    lines = {line.split('"')[1]: line for line in text if line.startswith('"')}
    changed = [line for line in text if line not in (lines["UNT-010"], lines["SUB-009"])]
    changed = [line if line != lines["DX-002"] else '"DX-002" = "error 0123456789abcdef"' for line in changed]
    structure = next(each for each in PACKAGED.rules if each.snip_level <= 3)
    changed.remove(lines[structure.id])
    found = read_pack(kept(tmp_path, "older.toml", "\n".join([*changed, '"ABC-001" = "error"', ""])), ())
    said = dict(found.differs)
    assert said.keys() == {"DX-002", "ABC-001", structure.id}
    assert "written otherwise since" in said["DX-002"]
    assert "is no more" in said["ABC-001"]
    assert "came since" in said[structure.id]
    ids = {each.id for each in found.rules}
    assert structure.id in ids
    assert not {"UNT-010", "SUB-009", "ABC-001"} & ids
    assert {each.rule for each in differences(PACKAGED, found)} == {"UNT-010", "SUB-009"}


def test_weights_are_weighed_and_switched_off(tmp_path: Path) -> None:
    of = case(**LONG)
    assert [each.severity for each in scrub(of).findings if each.code == "UNT-010"] == [Severity.WARN]
    heavy = read_pack(kept(tmp_path, "heavy.toml", '[weights]\n"UNT-010" = "error"\n'), ())
    silent = read_pack(kept(tmp_path, "off.toml", '[weights]\n"UNT-010" = "off"\n'), ())
    assert scrub(of, heavy).verdict == "held"
    assert [each for each in scrub(of, silent).findings if each.code == "UNT-010"] == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[weights]\n"UNT-999" = "warn"\n', "UNT-999 is no rule of this pack"),
        ('[weights]\n"UNT-010" = "hold"\n', "UNT-010 is hold; error, warn or off"),
        ('[weights]\n"CLM-001" = "off"\n', "CLM-001 is about structure"),
        ('[wieghts]\n"UNT-010" = "off"\n', "unknown wieghts; is it weights?"),
        ("", "has neither rules nor weights"),
    ],
)
def test_a_pack_that_is_wrong_is_told_in_a_line(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(PlainError, match=said):
        read_pack(kept(tmp_path, "wrong.toml", text), ())


def test_a_tenant_keeps_to_its_pack_from_a_day_on(tmp_path: Path) -> None:
    kept(tmp_path, "packs/heavy.toml", '[weights]\n"UNT-010" = "error"\n')
    kept(tmp_path, "scrubbing.toml", '[[pin]]\ntenants = ["acme"]\npack = "heavy"\nfrom = 2026-11-20\n')
    scrubbing = Scrubbing(tmp_path)
    names = [scrubbing.pack(*each).name for each in (("acme", DAY), ("acme", date(2026, 11, 19)), ("demo", DAY))]
    assert names == ["heavy", "built-in", "built-in"]


def test_a_pin_to_a_pack_that_is_not_here_is_told(tmp_path: Path) -> None:
    kept(tmp_path, "scrubbing.toml", '[[pin]]\npack = "heavy"\n')
    with pytest.raises(PlainError, match="pack heavy is not here; one of built-in"):
        Scrubbing(tmp_path).pack("acme", DAY)


REVIEW: Final = 'review_key = "kept by the owner"\n[[review]]\nid = "new"\npercent = {percent}\n{more}\n'


def sampled(folder: Path, of: Case, percent: int = 100, more: str = "") -> Sample | None:
    kept(folder, "scrubbing.toml", REVIEW.format(percent=percent, more=more))
    return Scrubbing(folder).drawn("demo", of, scrub(of).findings)


@pytest.mark.parametrize(
    ("more", "is_drawn"),
    [
        ("", True),
        ('clinics = ["riverside"]', True),
        ('clinics = ["north"]', False),
        ('therapists = ["1679576722"]', True),
        ('therapists = ["1234567893"]', False),
        ('rules = ["UNT-010"]', True),
        ('rules = ["DX-002"]', False),
        ('tenants = ["other"]', False),
        ("until = 2026-11-19", False),
    ],
)
def test_a_sample_is_drawn_from_those_that_it_is_about(tmp_path: Path, more: str, is_drawn: bool) -> None:
    of = case(**LONG)
    assert of.as_of == AS_OF == DAY
    assert bool(sampled(tmp_path, of, more=more)) is is_drawn


def test_a_sample_draws_about_so_many_and_always_the_same() -> None:
    days = (date.min, date.max)
    ten = Sample("ten", 10, "", days)
    claims = [str(uuid5(UUID(int=0), str(number))) for number in range(5000)]
    first = [each for each in claims if ten.draws("key of ours", each)]
    assert 400 < len(first) < 600
    assert [each for each in reversed(claims) if ten.draws("key of ours", each)] == first[::-1]
    assert set(first) != {each for each in claims if ten.draws("another key", each)}
    more = replace(ten, percent=30)
    assert set(first) < {each for each in claims if more.draws("key of ours", each)}


def test_a_review_without_a_key_is_told(tmp_path: Path) -> None:
    kept(tmp_path, "scrubbing.toml", '[[review]]\nid = "new"\npercent = 5\n')
    with pytest.raises(PlainError, match="needs review_key"):
        Scrubbing(tmp_path).drawn("demo", case(), [])
