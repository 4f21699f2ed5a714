"""``data``: code pairs, unit limits, fees and codes of answers, from the files as CMS and X12 publish them.

Layouts as public readers of the files describe them: NCCI text with six lines before the first pair, MUE with a notice
of several lines and a heading with a line break, PPRRVU with its headings over two lines (2019, 2026), GPCI with "(with
1.0 Floor)" (github.com/alex-bea/cms_api), CARC and RARC as CSV or with days behind the text. Amounts are invented.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import pytest

from claimloom.reference.releases import in_force, packaged_lists
from tests.command import Done, claimloom
from tests.sessions import visit
from tests.test_cli_data import scrubbed

Q4 = ("--effective", "2026-10-01")
Y2027 = ("--effective", "2027-01-01")
Cells = Sequence[str]

PAIRS: list[Cells] = [
    (one, two, "", starts or "20200101", "*", indicator, "Misuse of column two code with column one code")
    for one, two, starts, ends, indicator in (
        (row[0], row[1], row[2].replace("-", ""), row[3], row[4]) for row in packaged_lists().releases("ncci")[0].rows
    )
    if not ends
]
NCCI_HEAD: list[Cells] = [
    ("CPT only copyright 2025 American Medical Association.  All rights reserved.",),
    ("Column1/Column2 Edits",),
    ("Column 1", "Column 2", "*=in existence", "Effective", "Deletion", "Modifier", "PTP Edit Rationale"),
    ("", "", "prior to 1996", "Date", "Date", "0=not allowed", ""),
    ("", "", "", "", "*=no data", "1=allowed", ""),
    ("", "", "", "", "", "9=not applicable", ""),
]
FUNCTION: Cells = ("97530", "97110", "", "20261001", "*", "1", "Standards of medical/surgical practice")
"""An invented pair, new in 2026 Q4."""


def tabs(path: Path, rows: Iterable[Cells], head: Iterable[Cells] = NCCI_HEAD) -> Path:
    path.write_bytes(b"".join("\t".join(each).encode() + b"\r\n" for each in (*head, *rows)))
    return path


def workbook(path: Path, rows: Iterable[Cells], head: Iterable[Cells] = NCCI_HEAD) -> Path:
    """The same as Excel writes it: texts shared, numbers as numbers, empty cells left out."""
    texts: dict[str, int] = {}

    def cell(place: str, text: str) -> str:
        if text.isdigit() and not text.startswith("0"):
            return f'<c r="{place}"><v>{text}</v></c>'
        return f'<c r="{place}" t="s"><v>{texts.setdefault(text, len(texts))}</v></c>'

    lines = [
        f'<row r="{number}">'
        + "".join(cell(f"{'ABCDEFGH'[at]}{number}", text) for at, text in enumerate(each) if text)
        + "</row>"
        for number, each in enumerate((*head, *rows), start=1)
    ]
    main = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    escaped = [text.replace("&", "&amp;").replace("<", "&lt;") for text in texts]
    with zipfile.ZipFile(path, "w") as book:
        book.writestr(
            "xl/worksheets/sheet1.xml", f"<worksheet {main}><sheetData>{''.join(lines)}</sheetData></worksheet>"
        )
        book.writestr("xl/sharedStrings.xml", f"<sst {main}>{''.join(f'<si><t>{x}</t></si>' for x in escaped)}</sst>")
    return path


def mue(path: Path, **changed: tuple[int, int]) -> Path:
    known = {code: (int(limit), int(kind)) for code, limit, kind in packaged_lists().releases("mue")[0].rows}
    words = {1: "1 Line Edit", 2: "2 Date of Service Edit: Policy", 3: "3 Date of Service Edit: Clinical"}
    lines = ['"CPT codes are copyright AMA.', 'All rights reserved.",,,']
    lines += ['"HCPCS/', 'CPT Code",Practitioner Services MUE Values,MUE Adjudication Indicator,MUE Rationale']
    lines += [f"{code},{limit},{words[kind]},Nature of Service" for code, (limit, kind) in (known | changed).items()]
    path.write_text("\r\n".join((*lines, "")), encoding="ascii")
    return path


PPRRVU_HEAD = """\
,,2027 National Physician Fee Schedule Relative Value File January Release,,,,,,,,,,,,,,,,,,,,,,,,,,,,,
,,CPT codes and descriptions only are copyright AMA.,,,,,,,,,,,,,,,,,,,,,,,,,,,,,
,,,STATUS,MEDICARE,WORK,NON-FAC,NA,FACILITY,NA,MP,NON-FACILITY,FACILITY,PCTC,GLOB,PRE,INTRA,POST,MULT,BILAT,ASST,CO-,\
TEAM,ENDO,CONV,DIAGNOSTIC,CALCULATION,FAMILY,PAYMENT,PAYMENT,PAYMENT
HCPCS,MOD,DESCRIPTION,CODE,PAYMENT,RVU,PE RVU,INDICATOR,PE RVU,INDICATOR,RVU,TOTAL,TOTAL,IND,DAYS,OP,OP,OP,PROC,SURG,\
SURG,SURG,SURG,BASE,FACTOR,PROCEDURES,FLAG,INDICATOR,AMOUNT,AMOUNT,AMOUNT
"""


def pprrvu(path: Path, factor: str = "34.0000", lines: Callable[[list[str]], list[str]] = list) -> Path:
    """97530 with 0.44, 0.67 (0.30 in a facility) and 0.02, all else as in 2026; a part by modifier is no fee."""
    found = []
    for code, status, work, office, facility, malpractice, multiple, _ in packaged_lists().releases("mpfs")[-1].rows:
        values = ("0.44", "0.67", "0.30", "0.02") if code == "97530" else (work, office, facility, malpractice)
        for modifier in ("", "26") if code == "97110" else ("",):
            cells = [
                code,
                modifier,
                '"Short, and quoted"',
                status,
                "",
                values[0],
                values[1],
                "",
                values[2],
                "",
                values[3],
            ]
            cells += ["0", "0", "7", "XXX", "0", "0", "0", multiple, "0", "0", "0", "0", "", factor, "09", "0", "99"]
            found.append(",".join((*cells, "0", "0", "0")))
    path.write_text(PPRRVU_HEAD + "\n".join((*lines(found), "")), encoding="ascii")
    return path


def gpci(path: Path, **works: str) -> Path:
    lines = ["ADDENDUM E. FINAL CY 2027 GEOGRAPHIC PRACTICE COST INDICES (GPCIs),,,,,,", ",,,,,,"]
    lines.append(
        "Medicare Administrative Contractor (MAC),State,Locality Number,Locality Name,2027 PW GPCI (without 1.0 Floor),"
        "2027 PW GPCI (with 1.0 Floor),2027 PE GPCI,2027 MP GPCI"
    )
    for mac, number, name, work, expense, malpractice in packaged_lists().releases("gpci")[-1].rows:
        floored = works.get(f"m{mac}_{number}", work)
        lines.append(f'{mac.lstrip("0")},XX,{number},"{name}*",0.900,{floored},{expense},{malpractice}')
    lines += [",,,,,,", "* A note on how the floor came about,,,,,,"]
    path.write_text("\n".join((*lines, "")), encoding="ascii")
    return path


def reasons(path: Path, more: Iterable[str] = ()) -> Path:
    lines = ["Code,Description,Start Date,Last Modified,Stop Date,Notes"]
    for code, starts, ends in packaged_lists().releases("carc")[0].rows:
        days = [f"{each[5:7]}/{each[8:]}/{each[:4]}" if each else "" for each in (starts, ends)]
        lines.append(f'{code},"Invented, with a comma",{days[0]},,{days[1]},')
    path.write_text("\n".join((*lines, *more, "")), encoding="ascii")
    return path


def remarks(path: Path) -> Path:
    """As a copy of X12's page has it: the days stand behind the text."""
    lines = ["RARC\tDescription"]
    for code, starts, ends, alert in packaged_lists().releases("rarc")[0].rows:
        stop = f" | Stop: {ends[5:7]}/{ends[8:]}/{ends[:4]}" if ends else ""
        start = f"Start: {starts[5:7]}/{starts[8:]}/{starts[:4]} | Last Modified: 03/01/2024"
        lines.append(f"{code}\t{'Alert: a' if alert == 'Y' else 'A'}n invented text. {start}{stop}")
    path.write_text("\n".join((*lines, "N999\tInvented. Start: 07/01/2026", "")), encoding="ascii")
    return path


def taken_in(data: Path, kind: str, *said: object) -> Done:
    data.mkdir(exist_ok=True)
    return claimloom("data", "import", kind, *said, "--data", data)


def lines_of(done: Done) -> list[Any]:
    assert done.returncode == 0, done.stderr
    return [json.loads(each) for each in done.stdout.splitlines()]


def found_by(found: dict[str, Any], *codes: str) -> list[tuple[str, str, str]]:
    return [(each["code"], each["severity"], each["value"]) for each in found["findings"] if each["code"] in codes]


# --- what is taken in decides for its days ---------------------------------------------------------------------------


def test_a_quarter_of_pairs_decides_for_its_days_and_the_one_before_for_its_own(tmp_path: Path) -> None:
    """In the files' way: parts of one release, a pair that begins, one that ended, one that never was."""
    empty, data = tmp_path / "empty", tmp_path / "data"
    ended = ("97140", "97124", "", "20200101", "20260930", "0", "Mutually exclusive procedures")
    never = ("97535", "97110", "", "20261001", "20261001", "9", "Mutually exclusive procedures")
    kept = [each for each in PAIRS if (each[0], each[1]) != ("97140", "97124")]
    one = tabs(tmp_path / "ccipra-v323r0-f1.txt", [*kept[:500], ended])
    two = tabs(tmp_path / "ccipra-v323r0-f2.txt", [*kept[500:], FUNCTION, never])
    # The day's visit, of 97530, 97535 and 97110.
    empty.mkdir()
    before = found_by(scrubbed(empty, "M25.511"), "NCC-002", "NCC-005")
    assert before == [("NCC-005", "warn", "2026-11-16")] * 2
    said = taken_in(data, "ncci", one, two, *Q4)
    assert said.stdout.splitlines()[:4] == [
        "new: 1: 97530/97110 indicator 1",
        "deleted: 1: 97140/97124",
        "changed: 0",
        "compared with the release of 2024-07-01 (PTP v30.2, v32.2)",
    ]
    after = found_by(scrubbed(data, "M25.511"), "NCC-002", "NCC-005")
    assert after == [("NCC-002", "error", "97110"), ("NCC-005", "warn", "2026-11-16")]
    last_day = scrubbed(data, "M25.511", date_of_service="2026-09-30")
    assert found_by(last_day, "NCC-002", "NCC-005") == [("NCC-005", "warn", "2026-09-30")]
    rows = [each for each in lines_of(claimloom("data", "list", "--json", "--data", data)) if each["list"] == "ncci"]
    assert [(each["starts"], each["ends"], each["where"]) for each in rows] == [
        ("2024-07-01", "2026-09-30", "packaged"),
        ("2026-10-01", "2026-12-31", "data folder"),
    ]


def test_a_workbook_and_a_text_are_one_release(tmp_path: Path) -> None:
    rows = [*PAIRS, FUNCTION]
    one, other = tmp_path / "one", tmp_path / "other"
    assert taken_in(one, "ncci", tabs(tmp_path / "f1.txt", rows), *Q4).returncode == 0
    assert taken_in(other, "ncci", workbook(tmp_path / "f1.xlsx", rows), *Q4).returncode == 0
    name = "reference/ncci-2026-10-01.csv"
    assert (one / name).read_text() == (other / name).read_text()
    assert "\n97530,97110,2026-10-01,,1\n" in (one / name).read_text()


def test_a_quarter_of_limits_decides_with_its_indicator(tmp_path: Path) -> None:
    """97530 twice a day at most: absolute (MUE-001), by line (MUE-003), or to be appealed (MUE-002)."""
    found = {}
    for indicator in (1, 2, 3):
        data = tmp_path / str(indicator)
        file = mue(tmp_path / f"mue{indicator}.csv", **{"97530": (1, indicator)})
        done = taken_in(data, "mue", file, *Q4)
        assert f"changed: 1: 97530 1 (MAI {indicator}), was 6 (MAI 3)" in done.stdout.splitlines()
        found[indicator] = found_by(scrubbed(data, "M25.511"), "MUE-001", "MUE-002", "MUE-003", "NCC-005")
    assert found == {
        1: [("MUE-003", "error", "2"), ("NCC-005", "warn", "2026-11-16")],
        2: [("MUE-001", "error", "2"), ("NCC-005", "warn", "2026-11-16")],
        3: [("MUE-002", "warn", "2"), ("NCC-005", "warn", "2026-11-16")],
    }


def price(data: Path, day: str, *more: str) -> Done:
    words = ("price", "97530:GO*2@15000", "--date", day, *more)
    return claimloom(*words, environment={"CLAIMLOOM_DATA": str(data)})


def test_a_year_of_fees_prices_its_days_and_no_year_is_guessed(tmp_path: Path) -> None:
    """National: (0.44 + 0.67 + 0.02) x 34.0000 = 38.42 in full, with half of 0.67 27.03 reduced. In Chicago the work is
    1.100 (2027) of 0.44: 0.484 + 0.67 x PE + 0.02 x MP.
    """
    data = tmp_path / "data"
    none = price(data, "2027-01-05")
    assert (none.returncode, none.stdout) == (2, "")
    assert "no fee schedule of Medicare covers 2027-01-05" in none.stderr
    done = taken_in(data, "mpfs", pprrvu(tmp_path / "PPRRVU2027_Jan_nonQPP.csv"), *Y2027)
    assert any(
        each.startswith("changed: 1: 97530 status A: 0.44 0.67 0.3 0.02, was") for each in done.stdout.splitlines()
    )
    said = price(data, "2027-01-05").stdout
    assert "1 x $38.42 in full (RVU27A, national (GPCI 1), CF 34.0000)" in said
    assert "1 x $27.03 with half the practice expense" in said
    assert "CF 33.4009" in price(data, "2026-12-31").stdout
    assert "CF 34.0000" in price(data, "2027-12-31").stdout
    assert price(data, "2028-01-01").returncode == 2
    # The clinic's place has no index of 2027 until it is loaded.
    assert price(data, "2027-01-05", "--zip", "60601").returncode == 2
    changes = taken_in(data, "gpci", gpci(tmp_path / "GPCI2027.csv", m06102_16="1.100"), *Y2027).stdout.splitlines()
    ((expense, malpractice),) = [
        row[4:] for row in packaged_lists().releases("gpci")[-1].rows if row[:2] == ("06102", "16")
    ]
    assert any(each.startswith("changed: 1: 06102/16 1.1 ") for each in changes)
    full = round((0.44 * 1.1 + 0.67 * float(expense) + 0.02 * float(malpractice)) * 34, 2)
    assert f"1 x ${full:.2f} in full (RVU27A, Chicago" in price(data, "2027-01-05", "--zip", "60601").stdout


def test_codes_of_answers_are_taken_in_with_their_days(tmp_path: Path) -> None:
    data = tmp_path / "data"
    new = "999,An invented reason,7/1/2026,,,"
    assert taken_in(data, "carc", reasons(tmp_path / "carc.csv", [new]), "--effective", "2026-07-01").stdout.startswith(
        "new: 1: 999 in force\ndeleted: 0\nchanged: 0\n"
    )
    done = taken_in(data, "rarc", remarks(tmp_path / "rarc.txt"), "--effective", "2026-07-01", "--json")
    assert lines_of(done)[0] == {"change": "added", "code": "N999", "now": "in force"}
    text = (data / "reference/rarc-2026-07-01.csv").read_text()
    packaged = packaged_lists().releases("rarc")[0]
    assert set(text.splitlines()[1:]) == {*map(",".join, packaged.rows), "N999,2026-07-01,,N"}
    rows = lines_of(claimloom("data", "list", "--json", "--data", data))
    assert [(each["starts"], each["ends"]) for each in rows if each["list"] == "carc"] == [
        ("1995-01-01", "2024-06-30"),
        ("2026-07-01", "2026-10-31"),
    ]


def test_a_dry_run_says_the_same_and_writes_nothing(tmp_path: Path) -> None:
    data, file = tmp_path / "data", mue(tmp_path / "mue.csv", **{"97530": (4, 3)})
    dry = taken_in(data, "mue", file, *Q4, "--dry-run")
    assert [*data.iterdir()] == []
    assert dry.stdout.splitlines()[-1] == "nothing is written: 190 codes for days from 2026-10-01 to 2026-12-31"
    assert taken_in(data, "mue", file, *Q4).stdout.splitlines()[:4] == dry.stdout.splitlines()[:4]


def test_rules_version_changes_with_a_release(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    versions = [scrubbed(data, "M25.511")["rules_version"]]
    for limit in (6, 4):
        assert taken_in(data, "mue", mue(tmp_path / "mue.csv", **{"97530": (limit, 3)}), *Q4).returncode == 0
        versions.append(scrubbed(data, "M25.511")["rules_version"])
    assert len(set(versions)) == 3


# --- what cannot be taken in -----------------------------------------------------------------------------------------


def broken(kind: str, path: Path, old: str, new: str) -> Path:
    makers: dict[str, Callable[[Path], Path]] = {
        "ncci": lambda path: tabs(path, PAIRS),
        "mue": mue,
        "mpfs": pprrvu,
        "gpci": gpci,
        "carc": reasons,
        "rarc": remarks,
    }
    text = makers[kind](path).read_bytes().decode()
    assert old in text
    path.write_bytes(text.replace(old, new, 1).encode())
    return path


PAIR = "97140\t97124\t\t20200101\t*\t0"


@pytest.mark.parametrize(
    ("kind", "old", "new", "said"),
    [
        ("ncci", PAIR, PAIR.replace("*\t0", "*\t2"), 'column "modifier 0 not allowed 1 allowed 9 not applicable": "2"'),
        ("ncci", PAIR, PAIR.replace("20200101", "20201301"), 'column "effective date": "20201301", where a day is'),
        ("ncci", PAIR, PAIR.replace("*", "20191231"), "2019-12-31 lies before 2020-01-01, its first day"),
        ("ncci", PAIR, f"{PAIR}\r\n{PAIR}", "97140 97124 2020-01-01 stands there twice"),
        ("ncci", PAIR, PAIR[:12], 'column "effective date": "Misuse of column two", where a day is'),
        ("ncci", "Modifier", "Mod.", "no column for modifier"),
        ("mue", "97530,6,", "97530,six,", 'column "practitioner services mue values": "six", where a number of units'),
        ("mue", "97530,6,3 ", "97530,6,4 ", 'column "mue adjudication indicator": "4 Date'),
        ("mue", "97530,", "9753,", 'column "hcpcs cpt code": "9753", where a code of five characters'),
        ("mue", "Practitioner Services", "DME Supplier Services", "the limits of suppliers"),
        ("mue", "HCPCS/", "Code/", "no line begins with the heading"),
        ("mpfs", "0.44,0.67", "0.44,n/a", 'column "non fac pe rvu": "n/a", where a number is expected'),
        ("mpfs", "0.44,0.67", "0.44,-0.67", 'column "non fac pe rvu": "-0.67" is out of bounds'),
        ("mpfs", "CONV", "BASE", "no column for factor"),
        ("gpci", "06102,", "6,", 'column "medicare administrative contractor mac": "6"'),
        ("carc", "01/01/1995", "02/30/1995", 'column "start date": "02/30/1995", where a day is expected'),
        ("carc", "Start Date", "Begun", 'column "description": no day on which the code starts'),
        ("rarc", "Start: ", "Begun: ", 'column "description": no day on which the code starts'),
        ("rarc", "\nM1\t", "\nQ1\t", 'column "rarc": "Q1", where a remark code is expected'),
    ],
)
def test_a_bad_row_is_named_and_nothing_is_taken(kind: str, old: str, new: str, said: str, tmp_path: Path) -> None:
    old, new = (each.replace("06102", "6102") for each in (old, new))
    done = taken_in(tmp_path / "data", kind, broken(kind, tmp_path / "list.txt", old, new), *Q4)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert ("column " in said) <= (", line " in done.stderr or "no column" in said)
    assert [*(tmp_path / "data").iterdir()] == []


def test_a_part_of_a_release_and_the_wrong_file_are_refused(tmp_path: Path) -> None:
    part = taken_in(tmp_path / "data", "ncci", tabs(tmp_path / "f1.txt", PAIRS[:400]), *Q4)
    assert "rows of PTP v30.2, v32.2 are missing: this is no whole release; are all its parts given?" in part.stderr
    two = taken_in(tmp_path / "data", "mue", mue(tmp_path / "a.csv"), mue(tmp_path / "b.csv"), *Q4)
    assert "one file is expected" in two.stderr
    apm = taken_in(tmp_path / "data", "mpfs", pprrvu(tmp_path / "PPRRVU2027_Jan_QPP.csv"), *Y2027)
    assert "import the file of nonQPP" in apm.stderr
    (tmp_path / "cut.xlsx").write_bytes(workbook(tmp_path / "whole.xlsx", PAIRS).read_bytes()[:-100])
    assert "a broken workbook" in taken_in(tmp_path / "data", "ncci", tmp_path / "cut.xlsx", *Q4).stderr
    assert [*(tmp_path / "data").iterdir()] == []


def hostile(path: Path, inside: str, packed: int = zipfile.ZIP_DEFLATED) -> Path:
    """A workbook with a first sheet of our own."""
    main = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    with zipfile.ZipFile(path, "w", packed) as book:
        book.writestr("xl/worksheets/sheet1.xml", f"<worksheet {main}><sheetData>{inside}</sheetData></worksheet>")
    return path


def spoiled(path: Path, *, local: int, central: int, value: int) -> Path:
    """The same with a byte of each kind of head changed: at ``local`` of an entry, at ``central`` of the directory."""
    data = bytearray(path.read_bytes())
    for mark, place in ((b"PK\x03\x04", local), (b"PK\x01\x02", central)):
        data[data.index(mark) + place] = value
    path.write_bytes(data)
    return path


ROW = '<row r="1"><c r="A1"><v>1</v></c></row>'


@pytest.mark.parametrize(
    "make",
    [
        lambda path: hostile(path, '<row r="1"><c r="ZZZZZZZ1"><v>1</v></c></row>'),
        lambda path: hostile(path, f'<row><c t="inlineStr"><is><t>{"a" * 3_000_000}</t></is></c></row>'),
        lambda path: hostile(path, "<a>" * 700_000),
        lambda path: hostile(path, "<row/>" * 1_048_577),
        lambda path: spoiled(hostile(path, ROW), local=6, central=8, value=1),
        lambda path: spoiled(hostile(path, ROW), local=8, central=10, value=99),
        lambda path: spoiled(hostile(path, ROW), local=57, central=12, value=0xFF),
        lambda path: spoiled(hostile(path, ROW, zipfile.ZIP_LZMA), local=70, central=12, value=0xFF),
    ],
    ids=["far column", "endless cell", "endless depth", "too many rows", "password", "packing", "damage", "lzma"],
)
def test_a_workbook_that_no_program_writes_is_refused_in_a_line(make: Callable[[Path], Path], tmp_path: Path) -> None:
    done = taken_in(tmp_path / "data", "mue", make(tmp_path / "mue.xlsx"), *Q4)
    assert (done.returncode, done.stdout) == (2, "")
    assert "mue.xlsx: a broken workbook; save it anew, or import the text file" in done.stderr
    assert [*(tmp_path / "data").iterdir()] == []


def test_the_last_column_and_the_longest_cell_of_a_workbook_are_read(tmp_path: Path) -> None:
    wide = f'<row r="1"><c r="XFD1" t="inlineStr"><is><t>{"&amp;" * 32_767}</t></is></c></row>'
    done = taken_in(tmp_path / "data", "mue", hostile(tmp_path / "mue.xlsx", wide), *Q4)
    assert 'no line begins with the heading "hcpcs"' in done.stderr


def test_a_release_that_was_changed_by_hand_is_not_half_believed(tmp_path: Path) -> None:
    data = tmp_path / "data"
    assert taken_in(data, "mue", mue(tmp_path / "mue.csv"), *Q4).returncode == 0
    (data / "reference/mue-2026-10-01.csv").write_text("code,limit,indicator\n97530,6\n")
    done = claimloom("data", "list", "--data", data)
    assert (done.returncode, done.stdout) == (2, "")
    assert "reference file mue-2026-10-01.csv: no list of mue; import it again" in done.stderr


def test_what_is_in_force_is_said_by_day() -> None:
    """97597 with 97602 could not be opened until v32.2; 98016 is a code since 2025."""
    (release,) = packaged_lists().releases("ncci")
    days = [release.starts.replace(year=year, month=6, day=30) for year in (2024, 2025, 2026)]
    assert [in_force(release, day).get("98016/97151") for day in days] == [None, "indicator 1", "indicator 1"]
    assert in_force(release, days[2])["97597/97602"] == "indicator 0"
    assert in_force(release, release.ends)["97597/97602"] == "indicator 1"
    assert visit().date_of_service > release.ends


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_a_list_that_was_saved_as_unicode_text_is_read(tmp_path: Path, encoding: str) -> None:
    """Excel's "Unicode Text" is UTF-16 with its mark, with tabs."""
    plain, path = tabs(tmp_path / "plain.txt", [*PAIRS, FUNCTION]), tmp_path / "unicode.txt"
    text = "\ufeff" + plain.read_text(encoding="ascii")
    path.write_bytes(text.encode(encoding))
    said = [taken_in(tmp_path / each.stem, "ncci", each, *Q4).stdout.splitlines()[:4] for each in (plain, path)]
    assert said[0] == said[1]
    assert said[0][0].startswith("new: 1: 97530/97110")
    path.write_bytes(text.encode(encoding)[:-1])
    done = taken_in(tmp_path / "cut", "ncci", path, *Q4)
    assert (done.returncode, done.stderr) == (
        2,
        "claimloom: unicode.txt: is no whole UTF-16 text; save it anew as CSV (UTF-8)\n",
    )
