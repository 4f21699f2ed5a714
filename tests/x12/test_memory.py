"""Checking and streaming hold no more of a large file than of a small one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from claimloom import x12

SAMPLE = Path(__file__).parents[2] / "edi_samples" / "835" / "835_example.edi"
PAGE = 4096


def resident_mb() -> float:
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE / 1e6


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="asks Linux how much memory is in use")
@pytest.mark.long
@pytest.mark.parametrize("what", ["check", "stream"])
def test_memory_does_not_grow_with_the_file(what: str) -> None:
    document = x12.read(SAMPLE)
    (payment,) = document.transactions
    head = "".join(f"{each.text}~\n" for each in document.segments() if each.number < payment.frame.first).encode()
    body = "".join(f"{each.text}~\n" for each in payment.segments()).encode()
    seen: list[float] = []

    def made() -> Iterator[bytes]:
        yield head
        for number in range(6_000):
            if number in (2_000, 5_999):
                seen.append(resident_mb())
            yield body
        yield b"GE*6000*2~\nIEA*1*000000002~\n"

    if what == "check":
        assert len(x12.check(made()).sets) == 6_000
    else:
        assert sum(1 for _ in x12.stream(made())) == 18_000
    assert seen[1] - seen[0] < 9, seen  # 4,000 sets of 1.3 KB are 5 MB of text, and ten times that as loops
