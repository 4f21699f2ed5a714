"""A masked file: nobody in it, and everything else as it was. Held over every sample."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

import pytest

from claimloom.reference.providers import npi_is_valid
from claimloom.x12.checking.check import check
from claimloom.x12.guides.findings import Finding
from claimloom.x12.reading.document import Segment
from claimloom.x12.reading.files import read
from claimloom.x12.showing.mask import Replacements, mask
from claimloom.x12.showing.phi import Secrecy, rule_of, veiled
from tests.x12.mutate import mutants
from tests.x12.test_samples import FILES, FOLDER, unpacked

CLAIMS = FOLDER / "837p" / "837p_example.edi"
PAYMENT = FOLDER / "835" / "835_example.edi"

# Written down by hand, apart from the table that masking works with: where a person or an account stands.
SECRET: Final[dict[str, tuple[int, ...]]] = {
    "ISA": (2, 4, 6, 8),
    "GS": (2, 3),
    "BHT": (3,),
    "BPR": (7, 9, 10, 11, 13, 15),
    "CLM": (1,),
    "CLP": (1, 7),
    "DMG": (2,),
    "ENT": (4,),
    "IK4": (4,),
    "K3": (1,),
    "MSG": (1,),
    "N1": (2, 4),
    "N3": (1, 2),
    "N4": (1,),
    "NM1": (3, 4, 5, 9),
    "NTE": (2,),
    "PAT": (6,),
    "PER": (2, 4, 6, 8),
    "PLB": (1, 3, 5, 7, 9, 11, 13),
    "PWK": (6,),
    "REF": (2,),
    "SBR": (3, 4),
    "STC": (12,),
    "SVD": (1,),
    "TRN": (2, 3),
}
ids = [f"{path.parent.name}/{path.name}" for path in FILES]


@cache
def masked_file(path: Path) -> bytes:
    return mask(path)


def place(finding: Finding) -> tuple[object, ...]:
    return (
        finding.code,
        finding.ack,
        finding.severity,
        finding.segment_number,
        finding.position,
        finding.offset,
        finding.loop,
        finding.segment,
        finding.element,
        finding.repeat,
        finding.data_element,
        finding.transaction,
    )


def words(segment: Segment) -> Iterator[str]:
    """The words at secret places that could tell somebody apart: four characters or more, not only zeros."""
    for at in SECRET.get(segment.id, ()):
        for word in re.split(r"[ :^>]", segment.get(at)):
            if len(word) >= 4 and word.strip("0") and any(each.isalnum() for each in word):
                yield word


@pytest.mark.parametrize("path", FILES, ids=ids)
def test_a_masked_file_has_the_same_findings_in_the_same_places(path: Path) -> None:
    masked = masked_file(path)
    assert len(masked) == len(unpacked(path))
    assert [place(each) for each in check(masked).findings] == [place(each) for each in check(path).findings]


@pytest.mark.parametrize("path", [path for path in FILES if path.suffix == ".edi"], ids=lambda path: path.name)
def test_a_damaged_file_that_is_masked_has_the_same_findings(path: Path) -> None:
    text = path.read_text(encoding="latin-1")
    if not text.startswith("ISA") or text[3:4] not in "*|" or "wrapped" in path.name:
        return  # the mutants take their marks from fixed places
    for mutant in mutants(text, 5, seed=len(text)):
        damaged = mutant.text.encode("latin-1")
        before = [place(each) for each in check(damaged).findings]
        assert [place(each) for each in check(mask(damaged)).findings] == before, (mutant.kind, mutant.what)


@pytest.mark.parametrize(
    ("sample", "old", "new"),
    [
        ("837p/accident_claim_number_of_subscriber_and_patient", "REF*Y4*", "REF*Y4JANE*"),
        ("837p/auto_accident_with_its_state", "DTP*439*", "DTP*439JANE*"),
        ("837p/auto_accident_with_its_state", "DTP*472*D8*2026", "DTP*472*D8*X2027"),
        ("837p/auto_accident_with_its_state", "DTP*472*D8*2026", "DTP*472*JANE*2027"),
        ("837p/auto_accident_with_its_state", "BHT*0019*00*BATCH0001*2026", "BHT*0019*00*BATCH0001*2\x01 6"),
        ("835/paid_with_copay", "CAS*PR*", "CAS*PRJANE*"),
    ],
)
def test_what_only_begins_like_a_code_is_none(sample: str, old: str, new: str) -> None:
    """A code with a name behind it is replaced when masked, so a rule that took it for the code found other things."""
    text = (FOLDER / f"{sample}.edi").read_text()
    assert old in text
    damaged = text.replace(old, new, 1).encode("latin-1")
    found = [place(each) for each in check(damaged).findings]
    assert found
    assert [place(each) for each in check(mask(damaged)).findings] == found


@pytest.mark.parametrize("path", FILES, ids=ids)
def test_no_secret_word_of_a_file_survives(path: Path) -> None:
    before = read(path)
    masked = masked_file(path)
    after = {
        word
        for segment in read(masked).segments()
        for element in segment.elements[1:]
        for word in re.split(r"[ :^>]", element)
    }
    codes = {"SITUATIONAL", "CLM01", "TRIGGER", "POST", "OFFICE"}
    secret = {word for segment in before.segments() for word in words(segment)} - codes
    secret = {word for word in secret if not re.fullmatch(r"00\d{4}X\d{3}(A\d)?", word)}  # a version in REF02
    assert secret & after == set()
    text = masked.decode("latin-1")
    assert [word for word in secret if len(word) >= 7 and word in text] == []


@pytest.mark.parametrize("path", FILES, ids=ids)
def test_amounts_codes_and_order_stay(path: Path) -> None:
    before, after = read(path).segments(), read(masked_file(path)).segments()
    assert [each.id[:3] for each in before] == [each.id[:3] for each in after]
    kept = (Secrecy.NUMBER, Secrecy.KEEP)
    for old, new in zip(before, after, strict=True):
        assert len(old.elements) == len(new.elements)
        for at in range(1, len(old.elements)):
            if rule_of(old.id, at) in kept and old.get(at).replace(".", "").replace("-", "").isdigit():
                assert new.get(at) == old.get(at), (old, at)


def test_one_value_has_one_replacement_so_references_still_match() -> None:
    document = read(mask(CLAIMS))
    (claim,) = [loop for loop in document.transactions[0].root.walk() if loop.id == "2300" and loop.all("2320")]
    other = claim.all("2320")[0].loop("2330B")
    assert other is not None
    payer = other.find("NM1")
    svd = claim.all("2400")[0].all("2430")[0].segment_at(0)
    assert payer is not None
    assert payer.get(9) == svd.get(1) != "06102"
    insured = [loop.find("NM1") for loop in document.transactions[0].root.walk() if loop.id == "2010BA"]
    names = [name.get(3) for name in insured if name]
    assert names[0] == names[2] != names[1]
    interchange = document.interchanges[0]
    assert interchange.groups[0].header is not None
    assert interchange.header.get(6).strip() == interchange.groups[0].header.get(2)


def test_reversal_and_correction_keep_one_claim_number_and_npis_stay_valid() -> None:
    root = read(mask(PAYMENT)).transactions[0].root
    claims = [loop.segment_at(0) for loop in root.walk() if loop.id == "2100"]
    assert claims[1].get(1) == claims[2].get(1) != "CLN1-000088"
    plb = root.find("PLB")
    assert plb is not None
    assert plb.get(3, 2) == claims[0].get(7)
    assert npi_is_valid(plb.get(1))
    assert plb.get(1) != "1234567893"
    assert plb.get(2) == "20261231"


def test_days_keep_their_distance_and_birth_dates_their_year() -> None:
    transaction = read(mask(CLAIMS)).transactions[0]
    bht = transaction.root.find("BHT")
    assert bht is not None
    assert bht.get(4) == "20260701"
    service = [loop.find("DTP", "472") for loop in transaction.root.walk() if loop.id == "2400"]
    assert [each.get(3) for each in service if each][:4] == ["20260624", "20260624", "20260624", "20260625"]
    born = [segment.get(2) for segment in transaction.segments() if segment.id == "DMG"]
    assert born == ["19500101", "20180101", "19500101", "19850101"]


def test_everybody_older_than_89_is_born_in_one_year() -> None:
    text = CLAIMS.read_bytes().replace(b"DMG*D8*19500115", b"DMG*D8*19210115", 1)
    born = [segment.get(2) for segment in read(mask(text)).segments() if segment.id == "DMG"]
    assert born[0] == "19360101"


@pytest.mark.parametrize(
    ("sent", "masked"), [("62704", "62700"), ("627050500", "627000000"), ("03601", "00000"), ("AB1 2CD", None)]
)
def test_postal_codes_keep_three_digits_of_large_areas(sent: str, masked: str | None) -> None:
    text = CLAIMS.read_bytes().replace(b"N4*SPRINGFIELD*IL*62704", b"N4*SPRINGFIELD*IL*" + sent.encode(), 1)
    found = [segment.get(3) for segment in read(mask(text)).segments() if segment.id == "N4"]
    if masked is None:
        assert found[2] != sent
    else:
        assert found[2] == masked


def test_what_no_guide_knows_is_replaced_but_for_short_codes_and_amounts() -> None:
    text = CLAIMS.read_bytes().replace(b"CLM*CLN1-000102", b"ZZZ*JANE DOE*AB*12.50*5551234567~\nCLM*CLN1-000102")
    (segment,) = [each for each in read(mask(text)).segments() if each.id == "ZZZ"]
    assert segment.elements[2:4] == ["AB", "12.50"]
    assert "JANE" not in segment.text
    assert "5551234567" not in segment.text


def test_the_same_file_is_masked_the_same_way() -> None:
    assert mask(CLAIMS) == mask(CLAIMS.read_bytes())


def test_no_two_words_get_one_replacement() -> None:
    known = {f"{first}{second}" for first in "ABCDEFGHIJKLMNOPQRSTUVWXYZ" for second in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}
    words = Replacements(set())
    assert len({words.replaced(word, False) for word in known}) == len(known)


def test_a_shown_segment_has_the_same_length_and_no_name() -> None:
    for segment in read(CLAIMS).segments():
        shown = veiled(segment)
        assert [len(each) for each in shown] == [len(each) for each in segment.elements]
        if segment.id == "NM1" and segment.get(2) == "1":
            assert segment.get(3) not in shown
