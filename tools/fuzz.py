"""``make fuzz``: coverage-guided fuzzing of the X12 library by atheris, from the samples on, for a bounded time.

Whatever raises anything but X12Error, takes longer than ten seconds or more than 2 GB stops it, and the bytes are kept
as ``build/fuzz/crash-*``: a file for ``edi_samples/`` and the begin of a test.
"""

from __future__ import annotations

import argparse
import contextlib
import sys
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["claimloom.x12"]):
    from claimloom import x12

    for each in x12.__all__:  # a name brings its module along only when it is asked for
        getattr(x12, each)

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "build" / "fuzz"
FOLDERS = ("837p", "835", "999", "277ca", "ta1", "neighbours", "envelope")


def one(data: bytes) -> None:
    """All that can be asked of a file."""
    with contextlib.suppress(x12.X12Error):
        document = x12.read(data)
        again = x12.read(x12.write(document))
        assert [each.text for each in again.segments()] == [each.text for each in document.segments()]
        list(x12.describe(document))
        report = x12.check(data)
        answer = x12.acknowledge(report)
        assert x12.read(answer.encode("latin-1")).interchanges
        x12.mask(data)


def corpus() -> Path:
    """The samples as single files, which atheris adds to."""
    folder = FOLDER / "corpus"
    folder.mkdir(parents=True, exist_ok=True)
    for name in FOLDERS:
        for path in (ROOT / "edi_samples" / name).iterdir():
            if path.suffix != ".toml":
                (folder / f"{name}-{path.name}").write_bytes(path.read_bytes())
    return folder


def main() -> None:
    """Fuzz for some seconds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=600)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    options = [
        f"-max_total_time={given.seconds}",
        f"-seed={given.seed}",
        "-timeout=10",
        "-rss_limit_mb=2048",
        "-max_len=20000",
        f"-artifact_prefix={FOLDER}/",
        str(corpus()),
    ]
    atheris.Setup([sys.argv[0], *options], one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
