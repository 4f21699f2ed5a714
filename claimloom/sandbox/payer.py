"""The payer: takes 837P files, decides each claim by a scenario, answers over weeks, and keeps the truth of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any, Final

from claimloom.sandbox.answer_835 import Check, Plb, told_again, write
from claimloom.sandbox.claims_in import Delivery, Filed, open_file
from claimloom.sandbox.decided import DecidedClaim
from claimloom.sandbox.decision import PayerDecision, decided, number_of
from claimloom.sandbox.fees import AGREED, kind_of
from claimloom.sandbox.letters import accept_999, answer_277ca
from claimloom.sandbox.scenario import PAYERS, PLAIN, Mix, Provider, Scenario, ScenarioAnswer, mix_named, scenario_named

SHARE: Final = "filed_second_pays"
SILENT: Final = Scenario("no_fee", "has no fee for a code of the claim", "no contract", payers=())
Choice = Callable[[Filed, int], Iterable[Scenario]]
"""Which scenarios to try on a claim, the first that fits is taken; the number is a roll under a thousand."""
Key = tuple[str, ...]


@dataclass(slots=True)
class Box:
    """A file that came, and what was decided of it."""

    delivery: Delivery
    made: list[PayerDecision]
    on: date
    """The day of its first answers; its weeks count from there."""
    checks: dict[str, Check] = field(default_factory=dict)
    """Payments that are told again, by the scenario that does so."""

    @property
    def number(self) -> int:
        """ISA13 of the file."""
        return int(self.delivery.interchange)


class Payer:
    """Answers files. The same seed decides the same claim in the same way, whatever file it comes in, and whenever it
    comes again."""

    def __init__(
        self, seed: int, on: date, mix: Mix | None = None, choice: Choice | None = None, *, apart: bool = False
    ) -> None:
        self.seed = seed
        self.on = on
        self.mix = mix_named("demo") if mix is None else mix
        self.choice = choice or self._rolled
        self.apart = apart
        """Each scenario has payments of its own."""
        self.decisions: dict[str, PayerDecision] = {}
        self.boxes: list[Box] = []
        self.paid_out: dict[str, int] = {}
        """BPR02 of each payment with its sign, by trace number: what has moved in truth."""
        self._days: dict[Key, list[Filed]] = {}
        self._by_icn: dict[str, str] = {}
        self._debts: dict[Key, tuple[str, int]] = {}

    def answer(self, *texts: str, on: date | None = None) -> dict[str, bytes]:
        """999, 277CA and the first 835 of files that came together, by file name; ``on`` another day than the payer's
        first. PlainError for what is no 837P.
        """
        deliveries = [open_file(text) for text in texts]
        for claim in (claim for delivery in deliveries for claim in delivery.claims):
            if claim.number not in self.decisions:
                self._days.setdefault(_day_of(claim), []).append(claim)
        found: dict[str, bytes] = {}
        for delivery in deliveries:
            found |= self._answer(delivery, on)
        return found

    def _answer(self, delivery: Delivery, on: date | None) -> dict[str, bytes]:
        box = Box(
            delivery,
            [self.decisions.get(claim.number) or self._decide(claim) for claim in delivery.claims],
            on or self.on,
        )
        self.decisions |= {each.claim.number: each for each in box.made}
        for each in box.made:
            numbers = {each.icn, *(paid.icn for _, paid in each.given)}
            self._by_icn |= dict.fromkeys(numbers, each.claim.number)
        self.boxes.append(box)
        number, on = box.number, box.on
        refused = {each.claim.number: each.scenario.refused for each in box.made if each.scenario.refused}
        icns = {claim.number: self.decisions[claim.number].icn for claim in delivery.claims}
        return {
            f"999-{number:09d}.edi": accept_999(delivery, number * 100 + 1, on),
            f"277ca-{number:09d}.edi": answer_277ca(delivery, refused, icns, number * 100 + 2, on),
        } | self._week(box, 0)

    def week(self, week: int) -> dict[str, bytes]:
        """What comes so many weeks after the payer's first day, for all files that came before."""
        today = self.on + timedelta(days=7 * week)
        found: dict[str, bytes] = {}
        for box in self.boxes:
            if (since := (today - box.on).days // 7) > 0:
                found |= self._week(box, since)
        return found

    @property
    def weeks(self) -> int:
        """The last week, from the payer's first day, in which something comes."""
        late = [(box.on - self.on).days // 7 + max(each.scenario.weeks for each in box.made) for box in self.boxes]
        return max(late, default=0)

    def later(self) -> dict[str, bytes]:
        """All that comes after the first answers."""
        found: dict[str, bytes] = {}
        for week in range(1, self.weeks + 1):
            found |= self.week(week)
        return found

    def truth(self) -> list[dict[str, Any]]:
        """One record a claim, in the order of arrival."""
        return [each.truth() for each in self.decisions.values()]

    def _rolled(self, _claim: Filed, roll: int) -> Iterator[Scenario]:
        for scenario, weight in self.mix:
            if roll < weight:
                yield scenario
            roll -= weight
        yield scenario_named(PLAIN)

    def _replaced(self, claim: Filed) -> PayerDecision | None:
        """The claim that this one replaces or voids, by REF*F8, if this payer gave an answer to it."""
        if claim.frequency not in ("7", "8"):
            return None
        found = self.decisions.get(self._by_icn.get(claim.original, ""))
        return found if found is not None and found.given else None

    def _for_second(self) -> Iterator[Scenario]:
        """A claim that was filed after another payer's answer: what such payers do, and at last their share."""
        yield from (scenario for scenario, _ in self.mix if scenario.payers == ("second",))
        yield scenario_named(SHARE)

    def _decide(self, claim: Filed) -> PayerDecision:
        roll, icn = number_of(self.seed, claim)
        day = self._days[_day_of(claim)]
        if (before := self._replaced(claim)) and (made := decided(claim, _again(claim, before), icn, day, before)):
            return made
        others = self._for_second() if kind_of(claim) == "second" else ()
        for scenario in (*self.choice(claim, roll), *others):
            if made := decided(claim, scenario, icn, day):
                return made
        return decided(claim, scenario_named(PLAIN), icn, day) or PayerDecision(claim, SILENT, icn, [])

    def _week(self, box: Box, week: int) -> dict[str, bytes]:
        """The 835s of a file in that week: one of its payments, one of each that is told again."""
        on = box.on + timedelta(days=7 * week)
        isa = box.number * 100 + 10 + 2 * week
        groups = self._groups(box, week)
        checks = []
        for place, (key, (claims, plbs)) in enumerate(groups.items(), start=1):
            check = self._check(box, key, claims, plbs, f"T{box.number:09d}{week:02d}{place:03d}", on)
            if key[4]:
                box.checks[key[4]] = check
            checks.append(check)
        name = f"835-{box.number:09d}.edi" if week == 0 else f"835-week{week:02d}-{box.number:09d}.edi"
        found = {name: self._written(box, checks, isa, on)} if checks else {}
        for place, check in enumerate(self._again(box, week), start=1):
            found[f"835-week{week:02d}-{box.number:09d}-again{place}.edi"] = self._written(
                box, [check], isa * 10 + place, on
            )
        return found

    def _written(self, box: Box, checks: list[Check], number: int, on: date) -> bytes:
        return write(checks, sender="SANDBOXPAYER", receiver=box.delivery.sender, number=number, on=on)

    def _again(self, box: Box, week: int) -> Iterator[Check]:
        for name, check in box.checks.items():
            for again in scenario_named(name).again:
                if again.week == week:
                    yield from told_again(check, again.dress)

    def _groups(self, box: Box, week: int) -> dict[Key, tuple[list[DecidedClaim], list[Plb]]]:
        """Payer, provider, check, its kind, and the scenario that tells it again; with what is paid by it."""
        groups: dict[Key, tuple[list[DecidedClaim], list[Plb]]] = {}
        for each in box.made:
            own = each.scenario.name if each.scenario.again or self.apart else ""
            for answer, paid in each.given:
                if answer.week == week:
                    kind = _kind(answer, paid)
                    key = (paid.payer_id, each.claim.npi, answer.check, kind, own)
                    groups.setdefault(key, ([], []))[0].append(paid)
                    if paid.interest:
                        groups[key][1].append(("L6", paid.icn, -paid.interest))
            for pair in each.scenario.provider:
                if pair.week == week:
                    key = (each.claim.payer_id, each.claim.npi, pair.check, "", own)
                    groups.setdefault(key, ([], []))[1].append(_plb(each, pair))
        return groups

    def _check(self, box: Box, key: Key, claims: list[DecidedClaim], plbs: list[Plb], trace: str, on: date) -> Check:
        source = next(each.claim for each in box.made if each.claim.npi == key[1])
        name = claims[0].payer_name if claims else source.payer_name
        check = Check(key[0], name, key[1], source.provider, source.tax_id, trace, on, claims, plbs)
        check.by_check, check.debit = key[3] == "check", key[3] == "debit"
        if not check.debit:
            self._forward(check)
        self.paid_out[trace] = check.total
        return check

    def _forward(self, check: Check) -> None:
        """Balance forward: what could not be taken goes over to the next payment, and is one sum there (RFI 738)."""
        key = (check.payer_id, check.npi)
        reference, debt = self._debts.get(key, ("", 0))
        if debt and check.total:
            check.plbs.append(("FB", reference, debt))
            del self._debts[key]
        if check.total < 0:
            self._debts[key] = (check.trace, -check.total)
            check.plbs.append(("FB", check.trace, check.total))


def _again(claim: Filed, before: PayerDecision) -> Scenario:
    """How a replacement or a void is answered: as the scenario of the first claim says, else as payers do."""
    if claim.frequency == "8":
        return replace(scenario_named("voided"), payers=PAYERS)
    usual = replace(scenario_named("replacement_reversed"), payers=PAYERS)
    return before.scenario if before.scenario.replaces else usual


def _day_of(claim: Filed) -> Key:
    """Claims that are looked at together; an agreement may count a patient's visits of all days."""
    return (claim.payer_id, claim.member, "" if kind_of(claim) == AGREED else claim.day, claim.npi)


def _kind(answer: ScenarioAnswer, paid: DecidedClaim) -> str:
    if paid.off_by:
        return "wrong"
    return "debit" if answer.debit else "check" if answer.by_check else ""


def _plb(made: PayerDecision, pair: Provider) -> Plb:
    first = made.given[0][1].paid if made.given else 0
    amount = {"paid": first, "-paid": -first}.get(pair.amount)
    number = made.claim.number
    reference = {
        "": "",
        "icn": made.icn,
        "claim": number,
        "trace": f"R{made.icn[1:]}",
        "letter": f"LTR{made.icn[5:]}",
        "letter+claim": f"LTR{made.icn[5:]}{number}",
        "claim+icn": f"{number} {made.icn}",
        "number": made.icn[4:],
    }[pair.reference]
    return pair.reason, reference, int(pair.amount) if amount is None else amount
