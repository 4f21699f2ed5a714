"""Random documents are read, checked and written whole; damaged ones give findings or one clear error, no crash."""

from __future__ import annotations

import contextlib
import random
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from claimloom import x12
from claimloom.x12.guides.grammar import grammar
from tests.x12.making import GUIDES, Maker
from tests.x12.test_samples import FILES, unpacked

SLOW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
SAMPLES = [(path.name, unpacked(path)) for path in FILES if path.parent.name != "envelope"]


@pytest.mark.parametrize("kind", GUIDES)
@SLOW
@given(seed=st.integers(0, 10**9), size=st.sampled_from([0.05, 0.2, 0.5, 0.9]))
def test_a_document_of_the_guide_is_right_and_is_written_as_it_was(kind: str, seed: int, size: float) -> None:
    text = Maker(kind, seed, size).document()
    report = x12.check(text.encode(), types={1, 2})
    # situations are not looked after by the maker; the structure is all that is told here
    wrong = [each for each in report.findings if each.snip in (1, 2) and each.ack[:3] in ("IK3", "IK5", "AK9", "TA1")]
    wrong += [each for each in report.findings if each.ack[:3] == "IK4" and each.ack[4:5] != "I" and each.snip <= 2]
    assert wrong == []
    document = x12.read(text.encode())
    assert x12.write(document).decode() == text
    assert [each for one in document.transactions for loop in one.root.walk() for each in loop.unparsed] == []


@pytest.mark.parametrize("kind", GUIDES)
def test_makers_reach_every_segment_of_a_guide(kind: str) -> None:
    """So that the test above is about all of them."""
    seen: set[tuple[str, str]] = set()
    for seed in range(60):
        document = x12.read(Maker(kind, seed, 0.9).document().encode())
        for transaction in document.transactions:
            for loop in transaction.root.walk():
                seen |= {(loop.id, text.partition("*")[0]) for text in loop.texts}
    asked = {(node.loop.id, node.id) for node in grammar(kind).nodes}
    assert asked <= seen


def everything(data: bytes) -> None:
    """All that can be asked of a file; only X12Error may come out."""
    document = x12.read(data)
    x12.write(document)
    list(x12.describe(document))
    list(x12.stream(data))
    report = x12.check(data)
    x12.acknowledge(report)
    x12.mask(data)


def damaged(data: bytes, dice: random.Random) -> bytes:
    """A few bytes or segments taken out, doubled, moved or put in."""
    found = bytearray(data)
    for _ in range(dice.randint(1, 4)):
        place, length = dice.randrange(len(found) + 1), dice.choice([0, 1, 1, 2, 8, 40, 200])
        part = bytes(found[place : place + length])
        junk = dice.choice(
            [
                b"",
                b"",
                part,
                b"~",
                b"*",
                b":",
                b"^",
                b"~\n",
                b"ISA*",
                b"ST*835*",
                b"SE*",
                b"HL*1**20*1~",
                b"\x00",
                b"\xff",
            ]
        )
        found[place : place + (length if dice.random() < 0.7 else 0)] = junk
        if dice.random() < 0.2:
            other = dice.randrange(len(found) + 1)
            found[other:other] = part
    return bytes(found)


@pytest.mark.parametrize("part", [0, *(pytest.param(part, marks=pytest.mark.long) for part in range(1, 8))])
def test_damaged_samples_give_findings_or_one_clear_error(part: int) -> None:
    for number, (name, data) in enumerate(SAMPLES):
        if number % 8 != part:
            continue
        for seed in range(12):
            bad = damaged(data, random.Random(f"{name}-{seed}"))
            try:
                everything(bad)
            except x12.X12Error as error:
                assert len(str(error)) < 400
            except Exception as error:
                raise AssertionError(f"{name} seed {seed}: {type(error).__name__}: {error}") from error


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_give_findings_or_one_clear_error(data: bytes) -> None:
    for whole in (data, b"ISA" + data, SAMPLES[0][1][:106] + data):
        with contextlib.suppress(x12.X12Error):
            everything(whole)


ISA = SAMPLES[0][1][:106]
GROUP = ISA + b"GS*HC*A*B*20261120*0900*1*X*005010X222A1~"
LEVELS = b"".join(b"HL*%d*%s*20*1~" % (n, b"%d" % (n - 1) if n > 1 else b"") for n in range(1, 20_000))
TOO_MUCH = {
    "no terminator": ISA + b"A" * 3_000_000,
    "only terminators": ISA + b"~" * 2_000_000,
    "many elements": ISA + b"REF" + b"*" * 500_000 + b"~",
    "many components": SAMPLES[0][1].replace(b"CLM*", b"CLM*" + b":" * 300_000),
    "many levels": ISA + b"GS*HB*A*B*20261120*0900*1*X*005010X279A1~ST*271*0001~" + LEVELS,
    "many interchanges": ISA * 20_000,
    "many sets": GROUP + b"ST*837*0001~SE*2*0001~" * 20_000,
    "many bad segments": GROUP + b"ST*837*0001~" + b"ZZZ*1~" * 40_000,
    "some of each": ISA * 500 + GROUP + b"ST*837*0001~SE*2*0001~" * 500 + b"ST*837*0001~" + b"ZZZ*1~" * 1_000,
}
SLOW = {"many interchanges", "many sets", "many bad segments"}


@pytest.mark.process
@pytest.mark.parametrize(
    "name", [pytest.param(each, marks=pytest.mark.long if each in SLOW else ()) for each in TOO_MUCH]
)
def test_what_is_too_much_ends_soon_and_in_bounded_memory(name: str, tmp_path: Path) -> None:
    """In a process of its own, bounded in time and memory."""
    path = tmp_path / "bad.edi"
    path.write_bytes(TOO_MUCH[name])
    program = (
        "import resource, sys\n"
        "resource.setrlimit(resource.RLIMIT_AS, (2_000_000_000, 2_000_000_000))\n"
        "from tests.x12.test_fuzz import everything\n"
        "from claimloom.x12 import X12Error\n"
        "try:\n    everything(open(sys.argv[1], 'rb').read())\n    print('read')\n"
        "except X12Error as error:\n    print('refused')\n"
        # Of this program alone: ru_maxrss has what its parent held when it was started.
        "print(open('/proc/self/status').read().split('VmHWM:')[1].split()[0])\n"
    )
    command = [sys.executable, "-c", program, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=900, check=False)
    assert done.returncode == 0, (name, done.stderr[-2000:])
    outcome, memory = done.stdout.split()
    assert outcome in ("read", "refused")
    assert int(memory) < 700_000, (name, memory)
