"""``make fuzz``: bytes for the X12 library by atheris, then spoiled inputs for every door, each for a bounded time.

``x12``: coverage-guided, from the samples on. Whatever raises anything but X12Error, takes longer than ten seconds or
more than 2 GB stops it, and the bytes are kept as ``build/fuzz/crash-*``: a file for ``edi_samples/`` and the begin of
a test. ``doors``: rounds of ``tests/fuzz``, a seed each; the first that does not hold ends it and says its seed.
"""

from __future__ import annotations

import argparse
import contextlib
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "build" / "fuzz"
FOLDERS = ("837p", "835", "999", "277ca", "ta1", "neighbours", "envelope")


def one(data: bytes) -> None:
    """All that can be asked of a file."""
    from claimloom import x12

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


def fuzz_x12(seconds: int, seed: int) -> None:
    """Ends the process."""
    import atheris

    with atheris.instrument_imports(include=["claimloom.x12"]):
        from claimloom import x12

        for each in x12.__all__:  # a name brings its module along only when it is asked for
            getattr(x12, each)
    options = [
        f"-max_total_time={seconds}",
        f"-seed={seed}",
        "-timeout=10",
        "-rss_limit_mb=2048",
        "-max_len=20000",
        f"-artifact_prefix={FOLDER}/",
        str(corpus()),
    ]
    atheris.Setup([sys.argv[0], *options], one)
    atheris.Fuzz()


def fuzz_doors(seconds: int, seed: int) -> None:
    """Rounds until the time is over."""
    from tests.fuzz.trial import Rounds

    end = time.monotonic() + seconds
    with tempfile.TemporaryDirectory(prefix="claimloom-fuzz-") as folder:
        rounds = Rounds(Path(folder))
        first = seed
        while time.monotonic() < end:
            rounds.round(seed)
            seed += 1
    sys.stdout.write(f"{seed - first} rounds, seeds {first} to {seed - 1}: all held\n")


def main() -> None:
    """Fuzz for some seconds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["x12", "doors"])
    parser.add_argument("--seconds", type=int, default=600)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    {"x12": fuzz_x12, "doors": fuzz_doors}[given.what](given.seconds, given.seed)


if __name__ == "__main__":
    main()
