"""Everything in one process, ``claimloom run``, in a data folder whose disk fills up; then there is room again."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from claimloom.folder import waiting_in
from claimloom.ledger.migration import open_ledger

PAGE: Final = 4096
PATIENCE_SECONDS: Final = 300
COMMAND: Final = (sys.executable, "-m", "claimloom", "run", "--until-idle")


class SmallDisk:
    """A runtime, as ``tests/runtime/contract.py`` wants it, on a disk of its own. Each delivery is begun with a room of
    chance, so that the disk is full at any point of the work, some times over; then there is room.
    """

    def __init__(self, folder: Path, seed: int, times: int, environment: Mapping[str, str]) -> None:
        self.folder = folder
        self.chance = random.Random(seed)
        self.times = times
        self.environment = {**os.environ, **environment, "CLAIMLOOM_DATA": str(folder)}
        self.done = self.ended = self.waited = 0
        for name in ("inbound", "outbound"):
            (folder / name).mkdir(exist_ok=True)
        self.run()
        self.engine = open_ledger(f"sqlite:///{folder}/claimloom.db", folder / "chain.key")

    def deliver(self, files: Mapping[str, bytes]) -> None:
        """Put files into inbound, run on a full disk and make room meanwhile, again and again; then run to the end."""
        for name, content in files.items():
            (self.folder / "inbound" / name).write_bytes(content)
        for _ in range(self.times):
            filler = self.folder / "filler"
            _fill(filler, self.chance.choice([0, 1, 4, 16, 64, 128, 256, 512]))
            self.run(filler)
            self.done += 1
        assert self.run() in (0, 1)
        assert waiting_in(self.folder / "inbound") == []

    def run(self, filler: Path | None = None) -> int:
        """One run until nothing is left. It waits for room, or ends with one line that says so and no traceback."""
        process = subprocess.Popen(COMMAND, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if filler:
            try:
                process.wait(self.chance.uniform(1.0, 5.0))
            except subprocess.TimeoutExpired:
                self.waited += 1
            filler.unlink()
        _, errors = process.communicate(timeout=PATIENCE_SECONDS)
        said = errors.decode()
        assert "Traceback" not in said, said[-3000:]
        assert process.returncode in (0, 1, 2), said[-3000:]
        if process.returncode == 2:
            self.ended += 1
            assert said.strip().splitlines()[-1].startswith("claimloom: "), said[-3000:]
        return process.returncode


def _fill(filler: Path, pages_free: int) -> None:
    """All but some pages of the disk."""
    filler.write_bytes(b"0" * PAGE * pages_free)
    with filler.with_name("filler-2").open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"0" * PAGE)
        except OSError:
            pass
    filler.unlink()
    filler.with_name("filler-2").rename(filler)
