"""A payer takes what it paid too much, beside its claims, by the name of a claim: both sides ask for nothing more."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.command import claimloom
from tests.test_deposits import CASE
from tests.test_payments import given

OURS, PAYERS = "CJXCDHYBTIFIWF-1", "1126330001001"
# 20.00 more than the contract says, paid on the first claim of the case.
MORE = {"BPR*I*45.31*": "BPR*I*65.31*", "*150*45.31*11.56*": "*150*65.31*11.56*", "*150*45.31**2": "*150*65.31**2"}
MORE |= {"CAS*CO*45*83.1*": "CAS*CO*45*63.1*", "AMT*B6*57.79": "AMT*B6*77.79"}


def take(reference: str, cents: int, trace: str, code: str = "WO") -> str:
    """An 835 with nothing but a PLB that takes (or, less than zero, gives) money."""
    dollars = f"{cents / 100:.2f}"
    paid = f"BPR*I*{-cents / 100:.2f}*C*ACH" if cents < 0 else f"BPR*I*{dollars}*D*ACH"
    return (
        "ISA*00*          *00*          *ZZ*PAYERHOUSE     *ZZ*SUBMITTER01    *261215*0900*^*00501*"
        f"{trace[-6:]:0>9}*0*T*:~"
        f"GS*HP*PAYERHOUSE*SUBMITTER01*20261215*0900*{int(trace[-4:])}*X*005010X221A1~ST*835*0001~"
        f"{paid}*CCP*01*071000013*DA*123456*1000006102**01*071000505*DA*654321*20261215~TRN*1*{trace}*1000006102~"
        "DTM*405*20261215~N1*PR*MEDICARE PART B IL~N3*1 PAYER WAY~N4*CHICAGO*IL*60601~REF*2U*06102~"
        "PER*BL*PROVIDER SERVICES*TE*5555550111~N1*PE*NORTHSIDE THERAPY LLC*XX*1234567893~REF*TJ*987654321~"
        f"PLB*1234567893*20261231*{code}:{reference}*{dollars}~SE*14*0001~GE*1*{int(trace[-4:])}~IEA*1*{trace[-6:]:0>9}~"
    )


@pytest.fixture(scope="module")
def overpaid(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("overpaid_visits")
    given(folder, CASE)
    text = (folder / "1.edi").read_text()
    for old, new in MORE.items():
        assert old in text, old
        text = text.replace(old, new)
    (folder / "more.edi").write_text(text)
    return folder


@pytest.fixture
def folder(overpaid: Path, tmp_path: Path) -> Path:
    shutil.copytree(overpaid, tmp_path, dirs_exist_ok=True)
    return tmp_path


def work(folder: Path, *texts: str) -> list[tuple[str, str]]:
    """What is to do after these 835s: kind and reason."""
    for number, text in enumerate(texts):
        name = f"given{number}.edi"
        (folder / name).write_text(text)
        done = claimloom("remits", "import", name, "--as-of", "2026-12-16", cwd=folder)
        assert done.returncode == 0, done.stderr
    rows = map(json.loads, claimloom("worklist", "--json", cwd=folder).stdout.splitlines())
    return sorted((row["kind"], row["reason"]) for row in rows)


def owed(folder: Path) -> list[Any]:
    (account,) = map(json.loads, claimloom("accounts", "show", OURS, "--json", cwd=folder).stdout.splitlines())
    return [account["balances"]["receivable"]] if "balances" in account else [account["receivable_cents"]]


# A number of the payer's is known once a payment of the claim told it.
NAMED = [(OURS, 1), (OURS, -1), (PAYERS, 1), (f"{OURS} {PAYERS}", 1), (f"{OURS} {PAYERS}", -1)]


@pytest.mark.parametrize(("reference", "order"), NAMED)
def test_what_was_paid_too_much_and_taken_asks_for_nothing(folder: Path, reference: str, order: int) -> None:
    more = (folder / "more.edi").read_text()
    texts = [more, take(reference, 2000, "EFT7001")]
    assert work(folder, *texts[::order]) == []
    assert owed(folder) == [0]
    assert claimloom("replay", cwd=folder).returncode == 0
    assert (work(folder), owed(folder)) == ([], [0])


def test_a_part_that_was_taken_leaves_the_rest(folder: Path) -> None:
    ((kind, reason),) = work(folder, (folder / "more.edi").read_text(), take(OURS, 500, "EFT7001"))
    assert (kind, "$5.00 is what the payer took of it (PLB), $15.00 is left" in reason) == ("overpaid", True)
    assert owed(folder) == [-1500]
    assert work(folder, take(OURS, 1500, "EFT7002")) == []
    assert owed(folder) == [0]
    ((kind, reason),) = work(folder, take(OURS, -500, "EFT7003"))  # given up again
    assert (kind, "$15.00 is what the payer took" in reason, owed(folder)) == ("overpaid", True, [-500])


def test_what_names_another_claim_leaves_it(folder: Path) -> None:
    found = work(folder, (folder / "more.edi").read_text(), take("SOMETHING ELSE", 2000, "EFT7001"))
    assert [kind for kind, _ in found] == ["overpaid", "review"]
    assert "what the payer took" not in found[0][1]
    assert owed(folder) == [-2000]


def test_more_taken_than_was_too_much_is_asked_about(folder: Path) -> None:
    ((kind, reason),) = work(folder, (folder / "more.edi").read_text(), take(OURS, 2500, "EFT7001"))
    assert (kind, "$20.00 is what the payer took of it (PLB), $5.00 is left" in reason) == ("review", True)
    assert owed(folder) == [0]
