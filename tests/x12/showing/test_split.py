"""Files made of files: what passes a check goes on passing it, and nothing is lost or told twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from claimloom.x12.checking.check import check
from claimloom.x12.reading.document import Document
from claimloom.x12.reading.files import read
from claimloom.x12.reading.source import X12Error
from claimloom.x12.showing.diff import diff
from claimloom.x12.showing.split import join, split
from tests.x12.test_samples import EXPECTED, FILES, FOLDER

CLAIMS = FOLDER / "837p" / "837p_example.edi"
PAYMENT = FOLDER / "835" / "835_example.edi"
GOOD = [path for path in FILES if not EXPECTED[path]["findings"] and read(path).transactions]
ids = [f"{path.parent.name}/{path.name}" for path in GOOD]


def numbers(document: Document) -> list[tuple[str, str, str, str]]:
    return [
        (each.group.interchange.control_number, each.group.control_number, each.control_number, _batch(each.root))
        for each in document.transactions
        if each.group
    ]


def _batch(root: object) -> str:
    bht = root.find("BHT")  # type: ignore[attr-defined]
    return bht.get(3) if bht else ""


def amounts(documents: list[Document], segment_id: str, at: int) -> list[str]:
    return [segment.get(at) for document in documents for segment in document.segments() if segment.id == segment_id]


@pytest.mark.parametrize("path", GOOD, ids=ids)
def test_parts_of_a_good_file_are_good(path: Path) -> None:
    document = read(path)
    parts = split(document)
    assert len(parts) == len(document.transactions) + sum(
        bool(each.answers) and not each.transactions for each in document.interchanges
    )
    for part in parts:
        assert check(part).findings == []
    again = [read(part) for part in parts]
    for segment_id, at in (("CLM", 2), ("CLP", 4), ("STC", 4), ("BPR", 2)):
        assert amounts(again, segment_id, at) == amounts([document], segment_id, at)


@pytest.mark.parametrize("path", [path for path in GOOD if path.parent.name == "837p"], ids=lambda path: path.name)
@pytest.mark.parametrize(("by", "claims"), [("claims", 1), ("claims", 2), ("provider", 0)])
def test_divided_claims_are_good_and_joined_they_mean_the_same(path: Path, by: str, claims: int) -> None:
    document = read(path)
    parts = split(document, by, claims=claims)
    for part in parts:
        assert check(part).findings == []
        count = len(amounts([read(part)], "CLM", 1))
        assert count >= 1
        assert not claims or count <= claims
    joined = read(join([read(part) for part in parts]))
    assert check(join([read(part) for part in parts])).findings == []
    assert diff(document, joined) == []
    assert sorted(amounts([joined], "CLM", 1)) == sorted(amounts([document], "CLM", 1))


def test_numbers_of_a_divided_file() -> None:
    parts = [read(part) for part in split(read(CLAIMS), "claims", claims=1, first_number=41)]
    assert [numbers(part)[0] for part in parts] == [
        (f"{number:09d}", str(number), "0001", f"BATCH0001-{count}") for count, number in enumerate(range(41, 45), 1)
    ]
    child = [segment.elements for segment in parts[1].segments() if segment.id == "HL"]
    assert child == [["HL", "1", "", "20", "1"], ["HL", "2", "1", "22", "1"], ["HL", "3", "2", "23", "0"]]


def test_a_whole_transaction_keeps_its_number_and_its_batch() -> None:
    (part,) = split(read(CLAIMS))
    assert numbers(read(part)) == numbers(read(CLAIMS))
    (part,) = split(read(CLAIMS), "provider")
    assert numbers(read(part))[0][3] == "BATCH0001"


def test_the_number_after_the_largest_is_one() -> None:
    parts = split(read(CLAIMS), "claims", claims=2, first_number=999_999_999)
    assert [read(part).interchanges[0].control_number for part in parts] == ["999999999", "000000001"]


def another(number: int) -> bytes:
    """The same batch number, other claims, in an interchange of its own."""
    data = CLAIMS.read_bytes().replace(b"000000001", b"%09d" % number)
    return data.replace(b"CLM*CLN1", b"CLM*CLN%d" % number)


def test_joined_files_are_one_interchange_with_sets_counted() -> None:
    joined = read(join([read(CLAIMS), read(another(2)), read(another(3))], number=7))
    assert numbers(joined) == [
        ("000000007", "7", "0001", "BATCH0001"),
        ("000000007", "7", "0002", "BATCH0001-2"),
        ("000000007", "7", "0003", "BATCH0001-3"),
    ]
    assert check(join([read(CLAIMS), read(another(2))])).findings == []


def test_groups_of_two_kinds_stay_two_groups() -> None:
    both = join([read(FOLDER / "envelope" / "two_groups_of_two_kinds.edi")])
    document = read(both)
    assert [group.control_number for group in document.interchanges[0].groups] == ["1", "2"]
    assert check(both).findings == []


def test_files_with_other_delimiters_are_joined_in_those_of_the_first() -> None:
    other = another(2).translate(bytes.maketrans(b"*:^~", b"|>!'"))
    joined = join([read(CLAIMS), read(other)])
    assert b"|" not in joined
    assert check(joined).findings == []


@pytest.mark.parametrize(
    ("act", "said"),
    [
        (lambda: split(read(PAYMENT), "claims", claims=1), "a part of it does not add up"),
        (lambda: split(read(PAYMENT), "provider"), "a part of it does not add up"),
        (lambda: split(read(CLAIMS), "claims"), "at least 1"),
        (lambda: split(read(CLAIMS), "patient"), "choose transaction, claims or provider"),
        (lambda: split(read(FOLDER / "envelope" / "se_missing.edi")), "without its GS or SE"),
        (lambda: join([read(CLAIMS), read(PAYMENT)]), "sender"),
        (lambda: join([]), "nothing to join"),
        (lambda: join([read(CLAIMS), read(CLAIMS)]), "the same interchange is there twice"),
        (lambda: join([read(CLAIMS), read(CLAIMS.read_bytes().replace(b"\n", b"\r\n"))]), "is there twice"),
    ],
)
def test_what_cannot_be_done_says_why(act: object, said: str) -> None:
    with pytest.raises(X12Error, match=said):
        act()  # type: ignore[operator]


def test_a_value_with_a_separator_of_the_first_file_is_not_joined() -> None:
    data = CLAIMS.read_bytes().replace(b"EXAMPLE THERAPY CLINIC", b"EXAMPLE|THERAPY CLINIC")
    first = CLAIMS.read_bytes().translate(bytes.maketrans(b"*", b"|"))
    with pytest.raises(X12Error, match="a value holds"):
        join([read(first), read(data)])


@pytest.mark.parametrize("by", ["claims", "provider"])
def test_a_payment_is_not_split_and_the_error_names_the_way_that_was_asked_for(by: str) -> None:
    document = read(FOLDER / "835" / "835_example.edi")
    with pytest.raises(X12Error, match=rf"transaction set 1 \(835\) is not split by {by}: one payment is one ST"):
        split(document, by, claims=1)


def test_another_file_of_the_same_claims_is_joined() -> None:
    """A batch that was sent anew under a number of its own is another interchange: who joins it knows why."""
    again = CLAIMS.read_bytes().replace(b"000000001", b"000000002")
    assert check(join([read(CLAIMS), read(again)])).ok
