"""Every cause that can be told has words for people, and people read those."""

from __future__ import annotations

import re
from pathlib import Path

from claimloom.reference import rows
from claimloom.remit.cause_words import CAUSE_WORDS, cause_words
from schemas.remittance import NOT_SHORT

ROOT = Path(__file__).parents[2]
TOLD = re.compile(r'(?:Found\(|_causes\(\(|yield |name = |name, text = |^ +\()"([a-z]+(?:_[a-z]+)*)",? ', re.MULTILINE)


def names_in_the_code() -> set[str]:
    texts = [
        ROOT / "claimloom/remit/causes.py",
        ROOT / "claimloom/remit/outcome.py",
        ROOT / "claimloom/desk/mistaken.py",
    ]
    found = {name for path in texts for name in TOLD.findall(path.read_text(encoding="utf-8"))}
    by_code = {row["cause"] for name in ("carc_meanings", "carc_categories") for row in rows(name) if row.get("cause")}
    return found | by_code | NOT_SHORT


def test_every_cause_has_words_of_its_own() -> None:
    found = names_in_the_code()
    assert len(found) > 30
    assert found <= set(CAUSE_WORDS)
    assert len(set(CAUSE_WORDS.values())) == len(CAUSE_WORDS)
    assert all("_" not in words and len(words) < 60 for words in CAUSE_WORDS.values())


def test_documented_names_are_those_with_words() -> None:
    text = (ROOT / "docs/cli.md").read_text(encoding="utf-8")
    about = text[text.index("`causes` sum to") :].split("`paid_cents` is by all")[0]
    named = {name.strip() for part in re.findall(r"`([a-z_,\s]+)`", about)[1:] for name in part.split(",")}
    assert named - {"variance_cents"} == set(CAUSE_WORDS)


def test_cause_of_a_newer_version_is_read_by_its_name() -> None:
    assert cause_words("paid_in_kind") == "paid in kind"
