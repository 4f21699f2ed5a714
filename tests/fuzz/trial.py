"""A round of fuzzing the doors: good inputs and a stranger's spoiled ones into one ledger, and what must hold then.

Every good input gives what it gives alone; every spoiled one ends in ``archive/``, in ``rejected/`` with its reason, in
``inbound/`` with a told one, or as a dead letter; no text tells who a patient is; the journal fits its chain, and
replayed it gives the same tables.
"""

from __future__ import annotations

import hashlib
import json
import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout, suppress
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from random import Random
from typing import Any, Final
from uuid import uuid4

import structlog
import typer
from prometheus_client import generate_latest

from claimloom.cli.logs import libraries_log_json, log_to_stderr
from claimloom.cli.totals import dead_in, finish
from claimloom.folder import REASON
from claimloom.ledger.views.claims import all_claims
from claimloom.ledger.views.letters import dead_letter_rows
from claimloom.ledger.views.scope import EVERYTHING, Page, Scope, Wanted
from claimloom.ledger.views.totals import summary
from claimloom.ledger.views.worklist import work_page
from claimloom.runtime.taking import Policy
from claimloom.sandbox.payer import Payer
from claimloom.sandbox.visits import make_visits
from claimloom.settings import Settings
from claimloom.system import System, Taken
from schemas.event import Topic, derived_id
from tests.command import claimloom
from tests.fuzz.messages import BYTES, CONSUMERS, Message, outcomes, spoiled, step
from tests.fuzz.spoil import MARK, Spoiled, Stranger, files, line
from tests.phi import phi_of, tells
from tests.runtime import contract
from tests.schemas.frozen import lines as frozen_lines

# Other names than those of the frozen events: what these are about is nobody's here.
GOOD, STRANGER = "meadow", "stranger"
SEED: Final = 21
VISITS: Final = 8
SPOILED_FILES: Final = 24
SPOILED_MESSAGES: Final = 60


def told_apart(visit: dict[str, Any]) -> dict[str, Any]:
    """A visit whose patient has a name and a street that no word of ours is like."""
    text = json.loads(json.dumps(visit))
    for person in [text["patient"], *(each.get("subscriber") or {} for each in text["coverages"])]:
        if name := person.get("name"):
            name |= {part: f"QZ{name[part]}" for part in ("last", "first")}
        if address := person.get("address"):
            address["line1"] = f"QZ {address['line1']}"
    return dict(text)


def visits_of(tenant: str, seed: int) -> list[dict[str, Any]]:
    """Visits of a tenant, some of them with a fault that is found."""
    made = make_visits(seed, VISITS, contract.DAY)
    return [told_apart(each.visit | {"tenant": tenant}) for each in made]


def as_lines(visits: Sequence[dict[str, Any]]) -> list[bytes]:
    """A line each."""
    return [json.dumps(each).encode() for each in visits]


@dataclass
class Ledger:
    """A data folder, what was put into it, and every text that came of it."""

    folder: Path
    db: str = ""
    texts: StringIO = field(default_factory=StringIO)
    taken: list[Taken] = field(default_factory=list)
    put: list[Spoiled] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.system = System(Settings(self.folder, db=self.db, as_of=contract.DAY), policy=Policy(1, 0))

    def deliver(self, some: Sequence[Spoiled]) -> None:
        """Put files into ``inbound/`` and run until nothing is left to do, as ``claimloom run`` does."""
        for each in some:
            path = self.path(each)
            path.parent.mkdir(exist_ok=True)
            if not path.exists():
                path.write_bytes(each.content)
                self.put.append(each)
        with said_into(self.texts):
            before, start = dead_in(self.system), time.monotonic()
            taken = self.system.run_until_idle()
            with suppress(typer.Exit):
                finish(self.system, taken, start, before, as_json=False, totals=False)
        self.taken += taken

    def path(self, each: Spoiled) -> Path:
        """Where a file is put."""
        import os

        return Path(os.fsdecode(each.path(str(self.system.folder.inbound))))

    def command(self, *words: str) -> int:
        """A command, whose texts are looked at too, but for those that show claims and work to a person."""
        environment = {"CLAIMLOOM_AS_OF": contract.DAY.isoformat()} | ({"CLAIMLOOM_DB": self.db} if self.db else {})
        done = claimloom(*words, "--data", self.folder, environment=environment)
        self.texts.write(done.stderr + (done.stdout if words[0] in ("verify", "doctor") else ""))
        return done.returncode

    def answers(self, payer: Payer, kinds: tuple[str, ...]) -> list[Spoiled]:
        """What the payer says of the good files that went out."""
        found = []
        for path in sorted(self.system.folder.outbound.iterdir()):
            text = path.read_text(encoding="ascii")
            with self.system.engine.connect() as connection:
                mine = {row.patient_control_number for row in all_claims(connection, Scope((GOOD,)))}
            if any(number in text for number in mine):
                found += payer.answer(text).items()
        return [Spoiled("good", GOOD, name.encode(), data) for name, data in found if name.startswith(kinds)]

    def stands(self) -> dict[str, Any]:
        """What is known of the good tenant."""
        scope = Scope((GOOD,))
        with self.system.engine.connect() as connection:
            rows = [row.json() for row in all_claims(connection, scope)]
            work = work_page(connection, scope, Wanted(), Page(1000)).rows
            return {
                "claims": [row | {"payer": ""} if row["state"] in ("unmatched", "suspense") else row for row in rows],
                "totals": summary(connection, scope),
                "work": sorted((row.patient_control_number, row.kind, row.due, row.recoverable_cents) for row in work),
                "dead": [(row["service"], row["error"]) for row in dead_letter_rows(connection, scope)],
            }


@contextmanager
def said_into(texts: StringIO) -> Iterator[None]:
    """All that is printed and logged meanwhile, down to what is only told to who debugs."""
    root, kept = logging.getLogger(), structlog.get_config()
    level, handlers = root.level, list(root.handlers)
    try:
        with redirect_stdout(texts), redirect_stderr(texts):
            log_to_stderr(logging.DEBUG)
            libraries_log_json()
            yield
    finally:
        structlog.configure(**kept)
        root.setLevel(level)
        root.handlers[:] = handlers


class Rounds:
    """Rounds beside the same good inputs; what these give alone is found out once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.good = as_lines(visits_of(GOOD, SEED))
        visits = visits_of(STRANGER, SEED + 1)
        self.stranger = self._stranger(as_lines(visits))
        phi = phi_of([*visits, *visits_of(GOOD, SEED)])
        self.phi = phi | {each.replace("-", "") for each in phi if len(each) == 10 and each[4] == "-"} | {MARK}
        self.alone = {kinds: self._alone(kinds) for kinds in (("999", "277ca", "835"), ("835",))}

    def _stranger(self, lines: list[bytes]) -> Stranger:
        ledger, payer = Ledger(self.folder / "stranger"), Payer(SEED, contract.DAY)
        ledger.deliver([Spoiled("good", "", b"visits.jsonl", b"\n".join(lines))])
        found = {}
        for path in sorted(ledger.system.folder.outbound.iterdir()):
            found[f"837-{path.name}"] = path.read_bytes()
            found |= payer.answer(path.read_text(encoding="ascii"))
        ledger.system.close()
        return Stranger(STRANGER, lines, {name: data for name, data in sorted(found.items()) if len(data) < 50_000})

    def _alone(self, kinds: tuple[str, ...]) -> tuple[dict[str, Any], list[Spoiled]]:
        ledger = Ledger(self.folder / "-".join(kinds))
        ledger.deliver([Spoiled("good", "", b"visits.jsonl", b"\n".join(self.good))])
        answers = ledger.answers(Payer(SEED, contract.DAY), kinds)
        ledger.deliver(answers)
        stands = ledger.stands()
        ledger.system.close()
        assert stands["totals"]["paid_cents"] > 0
        return stands, answers

    def round(self, seed: int, db: str = "") -> Ledger:
        """One round, AssertionError with what does not hold; gives the ledger, closed."""
        chance = Random(seed)
        ledger = Ledger(self.folder / f"round-{seed}", db)
        try:
            early = seed % 3 == 0
            kinds: tuple[str, ...] = ("835",) if early else ("999", "277ca", "835")
            wanted, answers = self.alone[kinds]
            bad = list(files(self.stranger, chance, SPOILED_FILES))
            third = len(bad) // 3
            known = [Spoiled("good", "", b"known.jsonl", b"\n".join(self.stranger.lines[:3] + self.good[:1]))]
            visits = [Spoiled("good", "", b"visits.jsonl", self._among(chance))]
            if chance.random() < 0.5:
                ledger.deliver(bad[:third])
                bad[:third] = []
            ledger.deliver(known)
            if early:
                ledger.deliver([*answers, *bad[:third]])
                ledger.deliver([*visits, *bad[third:]])
            else:
                ledger.deliver([*visits, *bad[:third]])
                ledger.deliver([*ledger.answers(Payer(SEED, contract.DAY), kinds), *bad[third:]])
            self._messages(ledger, chance)
            self._holds(ledger, wanted)
        except AssertionError as error:
            raise AssertionError(f"seed {seed}, {[each.kind for each in ledger.put]}: {error}") from error
        finally:
            ledger.system.close()
        return ledger

    def _among(self, chance: Random) -> bytes:
        """The good visits, each among spoiled ones of the stranger."""
        some = [line(chance.choice(self.stranger.lines), chance)[1] for _ in range(6)]
        mixed = [*self.good, *some]
        chance.shuffle(mixed)
        return b"\n".join(mixed)

    def _messages(self, ledger: Ledger, chance: Random) -> None:
        """On every topic some messages, in the hands of all who consume it; each is taken, or a letter."""
        engine = ledger.system.engine
        offset = 0
        with said_into(ledger.texts):
            for service in CONSUMERS:
                topic = chance.choice([each for each in service.consumes if each is not Topic.TICK])
                some = [
                    Message(str(topic), offset + number, _message(topic, chance))
                    for number in range(SPOILED_MESSAGES // len(CONSUMERS))
                ]
                offset += len(some)
                step(engine, service, some)
                ledger.system.run_until_idle()
                with engine.connect() as connection:
                    letters = {row["event_id"] for row in dead_letter_rows(connection, EVERYTHING)}
                for each in some:
                    of_message = str(derived_id("message", f"{topic}[0]@{each.offset}"))
                    taken = outcomes(engine, service, [_id_of(each.value)])
                    assert of_message in letters or taken != [""], f"message is lost: {topic} {each.value[:300]!r}"

    def _holds(self, ledger: Ledger, wanted: dict[str, Any]) -> None:
        system = ledger.system
        _nothing_is_lost(ledger)
        found = ledger.stands()
        assert {name: found[name] for name in wanted if found[name] != wanted[name]} == {}
        contract.standings_equal_the_fold(system.engine)
        assert ledger.command("verify") == 0
        for words in (["run", "--until-idle"], ["dead-letters", "list"], ["doctor"]):
            assert ledger.command(*words) in (0, 1), words
        ledger.texts.write(generate_latest().decode())
        with system.engine.connect() as connection:
            letters = [row["error"] for row in dead_letter_rows(connection, EVERYTHING)]
        assert [each for each in letters if not each.isprintable() or len(each) > 1000] == []
        reasons = [path.read_text(encoding="utf-8") for path in (ledger.folder / "rejected").rglob(f"*{REASON}")]
        text = "\n".join([ledger.texts.getvalue(), *letters, *reasons])
        told = [part for part in text.splitlines() if "Traceback" in part or tells(part, self.phi)]
        assert told == [], told[:3]
        before = contract.contents(system.engine)
        system.runtime.replay()
        after = contract.contents(system.engine)
        assert [name for name in before if before[name] != after[name]] == []


def _nothing_is_lost(ledger: Ledger) -> None:
    folder = ledger.folder
    archived = {hashlib.sha256(path.read_bytes()).digest() for path in (folder / "archive").iterdir()}
    reasons = [path for path in (folder / "rejected").iterdir() if path.name.endswith(REASON)]
    refused = [path.with_name(path.name.removesuffix(REASON)) for path in reasons if path.read_text().strip()]
    rejected = {hashlib.sha256(path.read_bytes()).digest() for path in refused}
    assert len(list((folder / "rejected").iterdir())) == 2 * len(reasons)
    left = ledger.system.folder.left()
    stays = 0
    for each in ledger.put:
        if (path := ledger.path(each)) in left or path.parent in left:
            stays += 1
        else:
            assert hashlib.sha256(each.content).digest() in archived | rejected, f"lost: {each.kind} {each.name!r}"
    assert len(ledger.taken) == len(ledger.put) - stays, "files that were told of, and files that came"


def _message(topic: Topic, chance: Random) -> bytes:
    """An event of the topic with its envelope or its payload spoiled, or no event at all."""
    kind = chance.choice(["envelope", "payload", "payload", "bytes"])
    if kind == "bytes":
        return chance.choice([*BYTES, MARK.encode()])
    if kind == "envelope":
        _, event = chance.choice(list(spoiled(topic)))
        return json.dumps(event).encode()
    event = json.loads(chance.choice(frozen_lines(topic))) | {"id": str(uuid4()), "tenant": STRANGER}
    return line(json.dumps(event).encode(), chance)[1]


def _id_of(value: bytes) -> str:
    with suppress(ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return str(json.loads(value)["id"])
    return ""
