"""The X12 part of ``make bench``: reading, checking and writing, beside a bare split-and-keep loop and pyx12.

``python -m benchmarks.x12 --gigabyte`` streams an 835 of 1 GB and tells the memory it took.
"""

from __future__ import annotations

import argparse
import json
import logging
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Final
from uuid import NAMESPACE_OID, uuid5

from benchmarks.report import MORE, YARD_MB, Report, best, split_and_keep
from benchmarks.way import DAY
from claimloom import x12
from claimloom.billing.build import build_claim
from claimloom.cli.logs import log_to_stderr
from claimloom.payers import Payers
from claimloom.sandbox.payer import Payer
from claimloom.sandbox.visits import make_visits
from claimloom.settings import Settings
from claimloom.system import System
from claimloom.x12.checking.second_opinion import pyx12_findings
from claimloom.x12.nouns.read_835 import read_835
from claimloom.x12.reading.document import Document
from claimloom.x12.reading.files import read
from claimloom.x12.typed import claim_837p, payment_835
from claimloom.x12.writing.envelope import Envelope
from claimloom.x12.writing.file_837p import Header
from schemas.claim import Claim
from schemas.session import Session

PAYERS: Final = Payers()
VISITS: Final = 2000
PYX12_CLAIMS: Final = 40
# Of split and keep, for an 835 as the product's nouns.
READ_835: Final = 0.08
HEADER: Final = Header(
    Envelope("SUBMITTER01", "RECEIVER01", 1, datetime(2026, 11, 20, 9, tzinfo=UTC)),
    "EXAMPLE BILLING COMPANY",
    "5555550100",
    "EXAMPLE CLEARINGHOUSE",
)


def files(visits: int) -> tuple[bytes, bytes]:
    """An 837P file with about so many claims, and the sandbox payer's 835 for it."""
    with tempfile.TemporaryDirectory() as folder:
        system = System(Settings(Path(folder), as_of=DAY, claims_per_file=5000, batch=5000))
        lines = "".join(json.dumps(each.visit) + "\n" for each in make_visits(7, visits, DAY))
        (Path(folder) / "inbound" / "visits.jsonl").write_text(lines, encoding="utf-8")
        system.run_until_idle()
        sent = max((Path(folder) / "outbound").iterdir(), key=lambda path: path.stat().st_size).read_bytes()
        answers = Payer(7, DAY).answer(sent.decode("ascii"))
        system.close()
    return sent, max((data for name, data in answers.items() if name.startswith("835")), key=len)


def claims(count: int) -> list[Claim]:
    """Claims to write."""
    found: list[Claim] = []
    for number, made in enumerate(make_visits(7, count, DAY)):
        session = Session.model_validate(made.visit)
        coverage = session.coverages[0]
        payer = PAYERS.config(coverage.payer_id, coverage.payer_class, session.date_of_service)
        found.append(build_claim(session, payer, claim_id=uuid5(NAMESPACE_OID, str(number))))
    return found


def of_six_lines(claim: Claim) -> Claim:
    """The claim with its lines over and over, as of a long visit."""
    number, lines = claim.patient_control_number, claim.lines * 6
    six = [
        line.model_copy(update={"line_number": place, "line_control_number": f"{number}-{place}"})
        for place, line in enumerate(lines[:6], start=1)
    ]
    return claim.model_copy(update={"lines": six, "total_charge_cents": sum(line.charge_cents for line in six)})


def balanced(data: bytes) -> tuple[Document, list[x12.Imbalance]]:
    """Read an 835 and look at every balance; the sandbox payer makes a few that do not hold."""
    document = read(data)
    return document, [each for transaction in document.transactions for each in x12.imbalances(transaction)]


def looked_at(data: bytes) -> Document:
    """Read an 837P and take the number and charge of each claim, the code, charge, units and day of each line."""
    document = read(data)
    for transaction in document.transactions:
        for provider in claim_837p.TransactionSet(transaction).loop_2000a:
            for subscriber in provider.loop_2000b:
                found = [*subscriber.loop_2300, *(c for p in subscriber.loop_2000c for c in p.loop_2300)]
                for claim in found:
                    head = claim.claim_information
                    assert head is not None
                    assert head.patient_control_number
                    total = head.total_claim_charge_amount_cents
                    lines = [line.professional_service for line in claim.loop_2400]
                    assert total == sum(line.line_item_charge_amount_cents or 0 for line in lines if line)
    return document


def paid(data: bytes) -> Document:
    """Read an 835 and take status, charge and payment of each claim and each line by name."""
    document = read(data)
    for transaction in document.transactions:
        for group in payment_835.TransactionSet(transaction).loop_2000:
            for claim in group.loop_2100:
                head = claim.claim_payment_information
                assert head is not None
                charges = sum(
                    line.service_payment_information.line_item_charge_amount_cents or 0
                    for line in claim.loop_2110
                    if line.service_payment_information
                )
                assert not claim.loop_2110 or charges == head.total_claim_charge_amount_cents
    return document


def first_claims(data: bytes, count: int) -> bytes:
    """A file with the first claims of another, for who takes a second for what we do in a hundredth."""
    (part,) = [x12.split(x12.read(data), by="claims", claims=count)[0]]
    return part


def measure(report: Report, visits: int = VISITS) -> None:
    """Reading, checking and writing as shares of the yardstick, which is split and keep of the same file."""
    sent, remittance = files(visits)
    by_name: tuple[tuple[str, bytes, dict[str, Callable[[bytes], Any]]], ...] = (
        (
            "835",
            remittance,
            {"read and balanced": balanced, "read and taken by name": paid, "read_835": read_835, "check": x12.check},
        ),
        ("837P", sent, {"read": read, "read and taken by name": looked_at, "check": x12.check}),
    )
    for name, data, works in by_name:
        size = len(data) / 1e6
        yard = best(partial(split_and_keep, data)) / size * YARD_MB
        for what, work in works.items():
            goal = READ_835 if what == "read_835" else None
            report.rate(f"{name} {what}", size / best(partial(work, data)), "MB/s", yard, goal)
    small = first_claims(sent, PYX12_CLAIMS)
    theirs = best(lambda: pyx12_findings(small.decode("latin-1")), 2)
    report.plain("837P check, times as fast as pyx12", theirs / best(lambda: x12.check(small)), "times", MORE)
    written = claims(visits)
    for name, some in (("written", written), ("written, six lines", [of_six_lines(claim) for claim in written])):
        text = "".join(file.text for file in x12.build_837p(some, HEADER).files)
        yard = best(partial(split_and_keep, text.encode())) / len(text) * 1e6 * YARD_MB
        seconds = best(partial(x12.build_837p, some, HEADER))
        report.rate(f"837P {name}", len(text) / 1e6 / seconds, "MB/s", yard)


def gigabyte(size: int) -> dict[str, Any]:
    """Check and stream an 835 of so many bytes that is made as it is read; tells time and the most memory held."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "small.edi"  # made elsewhere, so that the memory told is that of reading alone
        command = [sys.executable, "-m", "benchmarks.x12", "--remittance", str(path)]
        subprocess.run(command, check=True)  # noqa: S603 - this very module
        remittance = path.read_bytes()
    document = x12.read(remittance)
    (transaction,) = document.transactions[:1]
    body = "".join(f"{each.text}~\n" for each in transaction.segments()).encode("latin-1")
    head = "".join(f"{each.text}~\n" for each in document.segments() if each.number < transaction.frame.first).encode(
        "latin-1"
    )
    times = size // len(body)
    control = transaction.control_number.encode()
    first = document.interchanges[0]
    group = document.interchanges[0].groups[0]

    def made() -> Iterator[bytes]:
        yield head
        for number in range(times):
            yield body.replace(b"ST*835*" + control, b"ST*835*%09d" % number).replace(
                b"*" + control + b"~\n", b"*%09d~\n" % number
            )
        yield f"GE*{times}*{group.control_number}~\nIEA*1*{first.control_number}~\n".encode()

    start = time.perf_counter()
    report = x12.check(made())
    checked = time.perf_counter() - start
    start = time.perf_counter()
    count = sum(1 for _ in x12.stream(made()))
    streamed = time.perf_counter() - start
    return {
        "bytes": times * len(body),
        "sets": len(report.sets),
        "claims": count,
        "findings": len(report.findings),
        "check_seconds": round(checked, 1),
        "stream_seconds": round(streamed, 1),
        "peak_memory_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


def main(arguments: Sequence[str] | None = None) -> None:
    """``--gigabyte``: one line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gigabyte", action="store_true", help="check and stream an 835 of 1 GB")
    parser.add_argument("--bytes", type=int, default=1_000_000_000)
    parser.add_argument("--remittance", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    log_to_stderr(logging.CRITICAL)
    if given.remittance:
        given.remittance.write_bytes(files(400)[1])
    elif given.gigabyte:
        sys.stdout.write(json.dumps(gigabyte(given.bytes)) + "\n")
    else:
        measure(Report())


if __name__ == "__main__":
    main()
