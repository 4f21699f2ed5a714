"""``make grade``: what the ledger says of claims, against what the sandbox payer knows it did.

Thousands of claims of the realistic mix in one ledger, then every scenario alone in another, both over weeks of
simulated time. Exit 1 where a share is below what is wanted, or where a cent of a payment stands nowhere.
``--break NAME`` breaks the reconciler on purpose first (``tools.breaking``): the grade has to fall.
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
import tempfile
import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

from sqlalchemy import select

from claimloom.accounts.entry import TAKEN_BACK
from claimloom.cli.logs import log_to_stderr
from claimloom.demo import BUSINESS_DATE, held_rules, said_of
from claimloom.ledger.books.postings import account_totals
from claimloom.ledger.books.reconciliations import reconciliations
from claimloom.ledger.views.claims import all_claims
from claimloom.ledger.views.letters import dead_letter_count
from claimloom.ledger.views.scope import EVERYTHING
from claimloom.runtime.taking import Policy
from claimloom.sandbox.agreements import agreements
from claimloom.sandbox.cast import Cast, cast_for
from claimloom.sandbox.grade import Marks, grade, marks
from claimloom.sandbox.payer import Payer
from claimloom.sandbox.scenario import Scenario, all_scenarios, mix_named, scenario_named
from claimloom.sandbox.visits import make_visits
from claimloom.settings import Settings
from claimloom.system import System
from tools.breaking import WAYS, broken

SEED: Final = 14
CLAIMS: Final = 20_000
A_SCENARIO: Final = 4
# Of a thousand visits, how many are an OT and a PT visit of one patient and day; and of a patient with two insurances.
PAIRS: Final = 5
ASIDE: Final = ("provider_level", "suspense", "unmatched")
WANTED: Final[dict[str, float]] = {
    "recall": 0.995,
    "precision": 0.99,
    "expected": 1.0,
    "denial": 0.995,
    "cause": 0.95,
    "paid": 1.0,
}
WORDS: Final = {
    "recall": "money that is missing is flagged (recall)",
    "precision": "what is flagged is rightly flagged (precision)",
    "expected": "expected payment exact",
    "paid": "paid to the cent",
    "denial": "denial in its class",
    "cause": "largest cause right",
    "patient": "patient's share right",
    "work": "work right",
}


@dataclass(slots=True)
class Played:
    """What came of a play: the shares, the claims that do not agree, and the cents that stand nowhere."""

    claims: int
    seconds: float
    marks: Marks
    disagree: list[dict[str, Any]]
    balance: int
    labels: set[str]
    dead: int = 0
    """Events that a service gave up: what was not worked on says nothing of how it is worked on."""

    @property
    def scenarios(self) -> dict[str, dict[str, Any]]:
        """Of each scenario that does not agree, the first claim that does not."""
        found: dict[str, dict[str, Any]] = {}
        for each in self.disagree:
            found.setdefault(each["label"], each)
        return found

    @property
    def below(self) -> list[str]:
        """Which shares are less than wanted."""
        low = [name for name, least in WANTED.items() if getattr(self.marks, name).share < least]
        return [*low, *(["balance"] if self.balance else []), *(["dead letters"] if self.dead else [])]


def play(
    folder: Path,
    visits: Sequence[Mapping[str, Any]],
    payer: Payer,
    planted: Mapping[str, str],
    corrected: Sequence[Mapping[str, Any]] = (),
) -> Played:
    """Visits in, the payer's answers week by week, and the comparison; ``corrected`` comes after the first answers."""
    start = time.monotonic()
    answered: set[Path] = set()

    def step(on: date, files: Mapping[str, bytes]) -> None:
        """Files in, and the payers' answers to what went out because of them."""
        _deliver(folder, on, files)
        while sent := sorted(path for path in (folder / "outbound").iterdir() if path not in answered):
            answered.update(sent)
            _deliver(folder, on, payer.answer(*(path.read_text(encoding="ascii") for path in sent), on=on))

    step(payer.on, {"visits.jsonl": _lines(visits)})
    if corrected:
        step(payer.on + timedelta(days=7), {"corrected.jsonl": _lines(corrected)})
    week = 1
    while week <= payer.weeks:
        step(payer.on + timedelta(days=7 * week), payer.week(week))
        week += 1
    system = System(Settings(folder, as_of=payer.on + timedelta(days=7 * payer.weeks)))
    try:
        return _played(system, payer, planted, start)
    finally:
        system.close()


def _lines(told: Sequence[Mapping[str, Any]]) -> bytes:
    return "".join(json.dumps(each) + "\n" for each in told).encode()


def _played(system: System, payer: Payer, planted: Mapping[str, str], start: float) -> Played:
    with system.engine.connect() as connection:
        rows = [row.json() for row in all_claims(connection, EVERYTHING)]
        query = select(reconciliations.c.paid_cents).where(reconciliations.c.outcome.in_(ASIDE))
        apart = select(account_totals.c.cents).where(account_totals.c.account == TAKEN_BACK)
        aside = sum(connection.scalars(query)) - sum(connection.scalars(apart))
        dead = dead_letter_count(connection, EVERYTHING)
    truth, said = payer.truth(), said_of(system.engine)
    compared = grade(truth, rows, planted, held_rules(system.engine), said)
    posted = sum(row["paid_cents"] for row in rows if row["state"] != "unmatched")
    balance = sum(payer.paid_out.values()) - posted - aside
    labels = {each["label"] for each in truth}
    seconds = round(time.monotonic() - start, 1)
    return Played(compared["graded"], seconds, marks(truth, rows, said), compared["disagree"], balance, labels, dead)


def _deliver(folder: Path, on: date, files: Mapping[str, bytes]) -> None:
    system = System(Settings(folder, as_of=on, quiet_seconds=0), policy=Policy(at_once=True))
    try:
        for name, content in files.items():
            (folder / "inbound" / name).write_bytes(content)
        system.run_until_idle()
    finally:
        system.close()


def play_alone(folder: Path, scenarios: Iterable[Scenario], each: int = A_SCENARIO) -> Played:
    """Every scenario with payments of its own."""
    asked = list(scenarios)
    contracts = folder / "contracts"
    contracts.mkdir(parents=True, exist_ok=True)
    for name in sorted({scenario.agreement for scenario in asked if scenario.agreement}):
        (contracts / f"{name}.toml").write_text(agreements()[name].contract, encoding="utf-8")
    cast = cast_for(asked, each, BUSINESS_DATE)
    return play(folder, cast.visits, Payer(SEED, BUSINESS_DATE, (), cast.choice, apart=True), {}, cast.corrected)


def play_mix(folder: Path, claims: int, mix: str = "realistic") -> Played:
    """Claims of many patients, with scenarios mixed in the payments; some have two visits on a day, some a second
    insurance.
    """
    asked = [scenario_named("mppr_two_claims"), scenario_named("filed_second_pays")]
    pairs = cast_for(asked, claims * PAIRS // 1000, BUSINESS_DATE)
    made = list(make_visits(SEED, claims - len(pairs.visits), BUSINESS_DATE))
    planted = {each.visit["session_id"]: each.defect for each in made if each.defect}
    payer = Payer(SEED, BUSINESS_DATE, mix_named(mix))
    payer.choice = _pairs_first(pairs, payer)
    return play(folder, [*(each.visit for each in made), *pairs.visits], payer, planted)


def _pairs_first(pairs: Cast, payer: Payer) -> Any:
    by_mix = payer.choice

    def choice(claim: Any, roll: int) -> Any:
        return pairs.choice(claim, roll) if claim.member in pairs.roles else by_mix(claim, roll)

    return choice


def show(name: str, played: Played) -> None:
    """The shares, and the scenarios that do not agree."""
    print(f"\n{name}: {played.claims} claims and spoiled visits, {played.seconds} s")
    for key, words in WORDS.items():
        share = getattr(played.marks, key)
        wanted = f"  (wanted {WANTED[key]:.3f})" if key in WANTED else ""
        low = "  BELOW" if key in played.below else ""
        print(f"  {words:48} {share.share:.4f}  {share.right} of {share.of}{wanted}{low}")
    print(f"  {'trial balance: paid out less what stands somewhere':48} {played.balance} cents")
    if played.dead:
        print(f"  {'dead letters: events that a service gave up':48} {played.dead}  BELOW")
    for label, first in sorted(played.scenarios.items()):
        number = first.get("patient_control_number") or first.get("session_id")
        count = sum(each["label"] == label for each in played.disagree)
        print(f"  does not agree: {label} ({count}), first {number}: {'; '.join(first['why'])}")


def show_broken(names: Iterable[str], scenarios: Collection[Scenario] = ()) -> int:
    """Scenarios alone (every one, if none is named), whole and then broken in each way. Exit 1 where the grade does not
    fall, and where it fell since services gave up: that is no judgment of what they do.
    """
    unseen, stopped = [], []
    played_by = scenarios or all_scenarios().values()
    with tempfile.TemporaryDirectory(prefix="claimloom-grade-") as folder:
        whole = play_alone(Path(folder) / "whole", played_by, 1)
        print(f"whole: {_shares(whole)}")
        for name in names:
            with broken(name) as way:
                played = play_alone(Path(folder) / name, played_by, 1)
            more = len(played.disagree) - len(whole.disagree)
            print(f"{name} ({way.does}): {_shares(played)}; {more} claims more that do not agree")
            unseen += [name] if more <= 0 else []
            stopped += [name] if played.dead > whole.dead else []
    if unseen:
        print(f"the grade did not fall: {', '.join(unseen)}")
    if stopped:
        print(f"stopped by dead letters, not judged: {', '.join(stopped)}")
    return 1 if unseen or stopped else 0


def _shares(played: Played) -> str:
    return ", ".join(f"{key} {getattr(played.marks, key).share:.3f}" for key in WORDS)


def main() -> int:
    """The two plays."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--claims", type=int, default=CLAIMS, help="of the realistic mix; 0: scenarios alone")
    parser.add_argument("--break", dest="broken", choices=[*WAYS, "all"], help="break the reconciler first")
    wanted = parser.parse_args()
    log_to_stderr(logging.CRITICAL)
    if wanted.broken:
        return show_broken([*WAYS] if wanted.broken == "all" else [wanted.broken])
    with tempfile.TemporaryDirectory(prefix="claimloom-grade-") as folder:
        plays = {"every scenario alone": play_alone(Path(folder) / "alone", all_scenarios().values())}
        if wanted.claims:
            plays["realistic mix"] = play_mix(Path(folder) / "mix", wanted.claims)
    for name, played in plays.items():
        show(name, played)
    low = {name: played.below for name, played in plays.items() if played.below}
    for name, words in low.items():
        print(f"\n{name}: below what is wanted: {', '.join(words)}")
    return 1 if low else 0


if __name__ == "__main__":
    sys.exit(main())
