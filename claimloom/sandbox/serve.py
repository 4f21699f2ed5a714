"""A payer beside a data folder: it looks for claims in ``outbound/`` and puts its answers into ``inbound/``.

A round is a week. What it has seen, and in which round, stands in ``sandbox/served.json``, so that a later call goes on
where this one stopped: with the same seed the payer decides again what it decided, and only what is new is written.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from claimloom.errors import PlainError
from claimloom.rights import make_file, make_folder
from claimloom.sandbox.claims_in import open_file
from claimloom.sandbox.payer import Payer
from claimloom.sandbox.scenario import mix_named

MEMORY: Final = "served.json"


def read_claims(path: Path) -> str:
    """The text of a file of claims; PlainError for what cannot be read as text of X12."""
    try:
        return path.read_bytes().decode("latin-1")
    except IsADirectoryError:
        raise PlainError(f"{path}: is a folder; name a file in it") from None
    except OSError as error:
        raise PlainError(f"{path}: {error.strerror}") from None


@dataclass(slots=True)
class Round:
    """What a round brought."""

    number: int
    on: date
    taken: list[str] = field(default_factory=list)
    written: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    """Files of ``outbound/`` that are no 837P, and why."""


class Counter:
    """Serves one data folder, a round at a time."""

    def __init__(self, data: Path, *, mix: str, seed: int, start: date, tenant: str = "") -> None:
        if not data.is_dir():
            raise PlainError(f"{data}: no such folder")
        if not (data / "outbound").is_dir() or not (data / "inbound").is_dir():
            raise PlainError(f"{data}: has no outbound/ and inbound/, so it is no data folder of claimloom")
        self.data = data
        self.inbound = data / "inbound" / tenant if tenant else data / "inbound"
        self.memory = {"mix": mix, "seed": seed, "start": start.isoformat(), "rounds": 0, "files": {}}
        self._remember()
        self.payer = Payer(seed, date.fromisoformat(str(self.memory["start"])), mix_named(mix))
        for number in range(self.rounds):
            self._again(number)

    @property
    def rounds(self) -> int:
        """How many rounds there were, in all calls."""
        return int(str(self.memory["rounds"]))

    @property
    def files(self) -> dict[str, int]:
        """The files that were answered, with the round in which they came."""
        found = self.memory["files"]
        assert isinstance(found, dict)
        return found

    def serve(self) -> Round:
        """One week: answers to what is new, and what is due of what came before."""
        number = self.rounds
        made = Round(number + 1, self._day(number))
        found = self.payer.week(number) if number else {}
        texts = []
        for path in sorted((self.data / "outbound").iterdir()):
            if path.name in self.files or path.name.startswith(".") or not path.is_file():
                continue
            try:
                text = read_claims(path)
                open_file(text)
            except PlainError as error:
                made.skipped.append(f"{path.name}: {error}")
                continue
            texts.append(text)
            self.files[path.name] = number
            made.taken.append(path.name)
        found |= self.payer.answer(*texts, on=made.on)
        make_folder(self.inbound)
        for name, content in found.items():
            put(self.inbound / name, content)
        made.written = list(found)
        self.memory["rounds"] = number + 1
        self._write_down()
        return made

    def _day(self, number: int) -> date:
        return self.payer.on + timedelta(days=7 * number)

    def _again(self, number: int) -> None:
        """A round that was: the same decisions and debts, and nothing is written."""
        if number:
            self.payer.week(number)
        came = [name for name, when in self.files.items() if when == number]
        self.payer.answer(*(read_claims(self.data / "outbound" / name) for name in came), on=self._day(number))

    def _remember(self) -> None:
        path = self.data / "sandbox" / MEMORY
        if not path.exists():
            return
        try:
            known = json.loads(path.read_text(encoding="utf-8"))
            same = all(known[key] == self.memory[key] for key in ("mix", "seed"))
        except (ValueError, KeyError, TypeError):
            raise PlainError(f"{path}: cannot be read; take it away to begin anew") from None
        if not same:
            said = f"--mix {known['mix']} --seed {known['seed']}"
            raise PlainError(f"{path}: this folder is served with {said}; say the same, or take it away to begin anew")
        self.memory = known

    def _write_down(self) -> None:
        folder = self.data / "sandbox"
        make_folder(folder)
        put(folder / "truth.jsonl", lines(self.payer))
        put(folder / MEMORY, (json.dumps(self.memory, indent=1) + "\n").encode())


def lines(payer: Payer) -> bytes:
    """The payer's truth, a line a claim."""
    return "".join(json.dumps(each) + "\n" for each in payer.truth()).encode()


def put(path: Path, content: bytes) -> None:
    """A file that is there as a whole or not at all."""
    half = path.with_name(f".{path.name}.part")
    half.unlink(missing_ok=True)
    make_file(half)
    half.write_bytes(content)
    half.replace(path)


def answers_of(payer: Payer, text: str, weeks: int | None) -> Mapping[str, bytes]:
    """All that the payer says of a file, up to some week."""
    found = payer.answer(text)
    last = payer.weeks if weeks is None else min(weeks, payer.weeks)
    for week in range(1, last + 1):
        found |= payer.week(week)
    return found
