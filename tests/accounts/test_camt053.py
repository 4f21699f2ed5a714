"""Statements of banks as CAMT.053: entries, batches, reversals, balances; what is no safe XML; faults by line."""

from __future__ import annotations

from datetime import date

import pytest

from claimloom.accounts.bank_lines import is_statement, numbers_in, read_statement

WHOLE = """<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02">
 <BkToCstmrStmt><GrpHdr><MsgId>M1</MsgId></GrpHdr><Stmt><Id>S1</Id>
  <Acct><Id><Othr><Id>0975312468</Id></Othr></Id></Acct>
  <Bal><Tp><CdOrPrtry><Cd>OPBD</Cd></CdOrPrtry></Tp><Amt Ccy="USD">100.00</Amt><CdtDbtInd>CRDT</CdtDbtInd></Bal>
  <Bal><Tp><CdOrPrtry><Cd>CLBD</Cd></CdOrPrtry></Tp><Amt Ccy="USD">207.40</Amt><CdtDbtInd>CRDT</CdtDbtInd></Bal>
  <TxsSummry><TtlNtries><NbOfNtries>4</NbOfNtries><Sum>141.4</Sum></TtlNtries>
   <TtlCdtNtries><NbOfNtries>3</NbOfNtries><Sum>124.40</Sum></TtlCdtNtries></TxsSummry>
  <Ntry><Amt Ccy="USD">118.4</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts><BookgDt><Dt>2026-11-16</Dt></BookgDt>
   <AcctSvcrRef>BANK1</AcctSvcrRef><NtryDtls><TxDtls><Refs><EndToEndId>NOTPROVIDED</EndToEndId><TxId>902233</TxId></Refs>
    <RltdPties><Dbtr><Nm>EXAMPLE HEALTH PLAN</Nm></Dbtr></RltdPties>
    <RmtInf><Ustrd>HCCLAIMPMT</Ustrd><Ustrd>TRN*1*902233*1123456789~</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>
  <Ntry><Amt Ccy="USD">5.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>
   <BookgDt><DtTm>2026-11-16T09:00:00Z</DtTm></BookgDt><NtryDtls>
    <TxDtls><Amt Ccy="USD">2.00</Amt><AddtlTxInf>A</AddtlTxInf></TxDtls>
    <TxDtls><Amt Ccy="USD">3.00</Amt><AddtlTxInf>B</AddtlTxInf></TxDtls></NtryDtls></Ntry>
  <Ntry><Amt Ccy="USD">17.00</Amt><CdtDbtInd>DBIT</CdtDbtInd><Sts>BOOK</Sts><BookgDt><Dt>2026-11-17</Dt></BookgDt>
   <AddtlNtryInf>CHECK 1044</AddtlNtryInf></Ntry>
  <Ntry><Amt Ccy="USD">1.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><RvslInd>true</RvslInd><Sts>BOOK</Sts>
   <BookgDt><Dt>2026-11-17</Dt></BookgDt><AddtlNtryInf>FEE</AddtlNtryInf></Ntry>
 </Stmt></BkToCstmrStmt>
</Document>
"""
PENDING = """<Ntry><Amt Ccy="USD">9.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>PDNG</Sts></Ntry>"""


def test_whole_statement() -> None:
    assert is_statement(WHOLE[:200].encode())
    found = read_statement(WHOLE.encode())
    assert found.faults == []
    assert [(each.day, each.cents) for each in found.lines] == [
        (date(2026, 11, 16), 11840),
        (date(2026, 11, 16), 200),
        (date(2026, 11, 16), 300),
        (date(2026, 11, 17), -1700),
        (date(2026, 11, 17), 100),
    ]
    first, *rest = found.lines
    assert (first.trace, first.reference, first.payer) == ("902233", "BANK1", "EXAMPLE HEALTH PLAN")
    assert first.account == "0975312468"
    assert numbers_in("", "", first.description)[0] == ["902233"]
    assert [each.description for each in rest] == ["A", "B", "CHECK 1044", "FEE reversal"]
    assert [each.number for each in found.lines] == [10, 15, 16, 17, 19]


def test_what_is_pending_is_told_when_it_is_booked() -> None:
    text = WHOLE.replace(" </Stmt>", f"{PENDING}</Stmt>").replace("<NbOfNtries>4", "<NbOfNtries>5")
    assert len(read_statement(text.encode()).lines) == 5


def test_batch_without_amounts_is_one_line() -> None:
    text = WHOLE.replace('<Amt Ccy="USD">2.00</Amt><AddtlTxInf>', "<AddtlTxInf>")
    found = [each.cents for each in read_statement(text.encode()).lines]
    assert found == [11840, 500, -1700, 100]


@pytest.mark.parametrize("version", ["camt.053.001.08", "camt.053.001.13"])
def test_any_version_and_prefix(version: str) -> None:
    text = WHOLE.replace("camt.053.001.02", version).replace(
        "<Nm>EXAMPLE HEALTH PLAN</Nm>", "<Pty><Nm>EXAMPLE</Nm></Pty>"
    )
    assert read_statement(text.encode()).lines[0].payer == "EXAMPLE"
    prefixed = WHOLE.replace("</", "</d:").replace("<", "<d:").replace("<d:/d:", "</d:").replace("<d:?", "<?")
    assert len(read_statement(prefixed.replace("xmlns=", "xmlns:d=").encode()).lines) == 5


BOMB = '<!DOCTYPE d [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
REACH = '<!DOCTYPE d [<!ENTITY a SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize("doctype", [BOMB, REACH, '<!DOCTYPE d SYSTEM "http://192.0.2.1/d.dtd">'])
def test_document_type_is_refused(doctype: str) -> None:
    text = WHOLE.replace("?>\n", f"?>\n{doctype}\n", 1)
    assert is_statement(text.encode())
    found = read_statement(text.encode())
    assert (found.lines, found.faults) == ([], ["line 2: holds a document type (DTD), as no statement of a bank does"])


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("</Document>", "", "line 23: is no whole XML"),
        (
            "<Stmt><Id>S1</Id>",
            "<Stmt>" + "<a>" * 60 + "</a>" * 60,
            "line 3: elements stand in each other more than 40 deep",
        ),
        ('"USD">118.4<', '"USD">118.405<', "line 9, Ntry/Amt: '118.405' is no amount"),
        ('"USD">118.4<', '"USD">-118.4<', "line 9, Ntry/Amt: '-118.4' is no amount"),
        ('"USD">118.4<', '"EUR">118.4<', "line 9, Ntry/Amt@Ccy: 'EUR': only dollars"),
        ("CRDT</CdtDbtInd><Sts>BOOK", "CREDIT</CdtDbtInd><Sts>BOOK", "line 9, Ntry/CdtDbtInd: 'CREDIT' is neither"),
        ("<Dt>2026-11-16", "<Dt>16.11.2026", "line 9, Ntry/BookgDt: '16.11.2026' is no day"),
        ('"USD">3.00', '"USD">3.01', "line 13, Ntry/NtryDtls: transactions sum to $5.01, the entry is $5.00"),
        (
            '"USD">207.40',
            '"USD">207.41',
            "line 3, Stmt/Bal: balances differ by $107.41, the entries between them sum to $107.40",
        ),
        ("<NbOfNtries>3", "<NbOfNtries>2", "line 3, Stmt/TxsSummry/TtlCdtNtries/NbOfNtries: says 2, there are 3"),
        ("<Sum>141.4", "<Sum>141.5", "line 3, Stmt/TxsSummry/TtlNtries/Sum: says 141.5, it is $141.40"),
        ("Stmt>", "Rpt>", "line 2, Document: no statement"),
    ],
)
def test_fault_is_told_by_its_line_and_path(old: str, new: str, said: str) -> None:
    assert old in WHOLE
    found = read_statement(WHOLE.replace(old, new).encode())
    assert found.lines == []
    assert found.faults[0].startswith(said)


def _said(encoding: str) -> str:
    return WHOLE.replace('encoding="UTF-8"', f'encoding="{encoding}"').replace(
        "EXAMPLE HEALTH PLAN", "EXÄMPLE HEALTH PLAN"
    )


ENCODED = {
    "UTF-8 with a mark": b"\xef\xbb\xbf" + _said("UTF-8").encode(),
    "UTF-16 with a mark": _said("UTF-16").encode("utf-16"),
    "UTF-16 with a mark, big end first": b"\xfe\xff" + _said("UTF-16").encode("utf-16-be"),
    "UTF-16 without a mark": _said("UTF-16").encode("utf-16-le"),
    "UTF-16 without a mark, big end first": _said("UTF-16").encode("utf-16-be"),
    "UTF-16 that calls itself UTF-8": _said("UTF-8").encode("utf-16"),
    "UTF-8 that calls itself UTF-16": _said("utf-16").encode(),
    "UTF-8 with a mark that calls itself UTF-16": b"\xef\xbb\xbf" + _said("utf-16").encode(),
    "Latin 1": _said("ISO-8859-1").encode("latin-1"),
    "Windows": _said("windows-1252").encode("cp1252"),
    "blank lines before it, not declared": b"\n \n" + _said("x").partition("\n")[2].encode(),
}


@pytest.mark.parametrize("name", ENCODED)
def test_every_encoding_of_xml_says_the_same(name: str) -> None:
    data = ENCODED[name]
    assert is_statement(data[:1001])
    found = read_statement(data)
    assert found.faults == []
    assert [each.cents for each in found.lines] == [11840, 200, 300, -1700, 100]
    assert found.lines[0].payer == "EXÄMPLE HEALTH PLAN"


BOMB = """<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>"""
BAD_BYTES = {
    "an entity in UTF-16": (WHOLE.replace("<Document", BOMB + "<Document", 1).encode("utf-16"), "document type (DTD)"),
    "half a letter": (WHOLE.encode("utf-16")[:-1], "no whole UTF-16 text"),
    "an encoding that nobody knows": (_said("x-none").encode(), "encoding that its XML declaration names"),
    "Latin 1 that calls itself UTF-8": (_said("UTF-8").encode("latin-1"), "is no whole XML"),
    "UTF-32": (WHOLE.encode("utf-32"), ""),
}


@pytest.mark.parametrize("name", BAD_BYTES)
def test_bytes_that_are_no_text_are_refused_in_one_line(name: str) -> None:
    data, said = BAD_BYTES[name]
    found = read_statement(data)
    assert (found.lines, len(found.faults)) == ([], 1)
    assert said in found.faults[0]
    assert "\n" not in found.faults[0]
