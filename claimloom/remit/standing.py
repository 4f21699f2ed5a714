"""What became of each line of a claim by the answers of its payer.

Money always counts: what was paid twice was paid twice. Of everything else (reasons, units, what was allowed, the
patient's share) the answer in force says it. Several answers to a line that together bill no more than the line are
parts of one; a later one beside a whole one overtakes it, without any reversal, as payers send them (records asked for,
then paid; denied, then paid). A later answer that pays nothing of what was paid overtakes nothing: nobody took the
money back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import ROUND_HALF_UP, Decimal
from typing import Final, NamedTuple

from claimloom.lines import shares, understood
from claimloom.payers import PayerConfig
from claimloom.reference.disciplines import ASSISTANT
from claimloom.remit.answers import Posted
from claimloom.remit.classify import ABOVE_FEES, ALONE, PRIOR_PAYER, Around, is_patient_share, is_shared, meaning
from schemas.claim import Claim
from schemas.remittance import Adjustment, RemitClaim, RemitLine
from schemas.values import PayerClass

SEQUESTRATION: Final = "253"
COINSURANCE: Final = "2"


@dataclass(slots=True)
class Line:
    """What the payer did with one of our lines. ``again_cents``: paid by answers that a later one overtook.

    ``undecided``: no answer speaks of it, and those that are here speak of a smaller charge than was billed. ``due``:
    something of it is to be paid, as far as anybody knows.
    """

    paid_cents: int = 0
    allowed_cents: int | None = None
    derived_allowed_cents: int = 0
    units: int = 0
    codes: list[str] = field(default_factory=list)
    adjustments: list[Adjustment] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    seen: bool = False
    again_cents: int = 0
    undecided: bool = False
    due: bool = True
    setting: Around = ALONE
    asked: Around | None = field(default=None, init=False, repr=False, compare=False)

    @property
    def allowed(self) -> int:
        """AMT*B6 if the payer sends it, else payment, patient's share and sequestration together."""
        return self.derived_allowed_cents if self.allowed_cents is None else self.allowed_cents

    @property
    def around(self) -> Around:
        """What stands around its adjustments; asked once the line is whole, and then often."""
        if self.asked is None:
            found = _around(self.setting, self.adjustments, self.remarks)
            nothing = self.due and self.seen and not self.paid_cents and found.reasons == {ABOVE_FEES}
            self.asked = replace(found, nothing_allowed=True) if nothing else found
        return self.asked

    def say_due(self, due: bool) -> None:
        """Whether something is to be paid, now that it is known."""
        self.due, self.asked = due, None

    def share(self, *reasons: str) -> int:
        """Sum of adjustments with these reason codes."""
        return sum(part.amount_cents for part in self.adjustments if part.reason in reasons)

    @property
    def patient_cents(self) -> int:
        """Deductible, coinsurance and copay."""
        around = self.around
        return sum(part.amount_cents for part in self.adjustments if is_patient_share(part, around))

    @property
    def shared_cents(self) -> int:
        """The same, whether or not the patient may be billed for it."""
        return sum(part.amount_cents for part in self.adjustments if is_shared(part))


@dataclass(slots=True)
class Standing:
    """Our lines as a payer's answers leave them, and what these say beside the lines.

    ``elsewhere_cents``: paid on lines that are none of ours; ``on_claim``: what was taken of the claim as a whole, and
    of no line, and ``given`` its reasons in words; ``whole_again_cents``: paid for the whole claim by answers that
    others overtook; ``merged``: places of lines that the payer answered as one, ``bundled`` of those that are paid
    within a line that it added, and its code. ``told``: what is in force of each
    line, ``strange`` the lines that are none of ours, ``counted`` the places of the answers of which something is in
    force, and ``overtaken`` those of which something is not.
    """

    lines: list[Line]
    elsewhere_cents: int = 0
    on_claim: list[Adjustment] = field(default_factory=list)
    given: str = ""
    remarks: list[str] = field(default_factory=list)
    setting: Around = ALONE
    whole_again_cents: int = 0
    merged: list[set[int]] = field(default_factory=list)
    bundled: list[tuple[set[int], str]] = field(default_factory=list)
    told: list[list[LineAnswer]] = field(default_factory=list)
    strange: list[Strange] = field(default_factory=list)
    counted: list[int] = field(default_factory=list)
    overtaken: set[int] = field(default_factory=set)

    @property
    def around(self) -> Around:
        """What stands around the adjustments of the claim as a whole."""
        return _around(self.setting, self.on_claim, self.remarks)

    @property
    def taken(self) -> list[tuple[Around, list[Adjustment]]]:
        """Adjustments of the claim and of its lines, each with what stands around them."""
        return [(self.around, self.on_claim), *((line.around, line.adjustments) for line in self.lines)]


def setting_of(payer: PayerConfig) -> Around:
    """Who pays, as far as it changes what a reason code means: by class, and whether fees are agreed on."""
    agreed = payer.payer_class is not PayerClass.COMMERCIAL or bool(payer.terms)
    return Around(str(payer.payer_class), agreed)


def _around(setting: Around, parts: Sequence[Adjustment], remarks: Sequence[str]) -> Around:
    return Around(setting.payer_class, setting.contracted, frozenset(remarks), frozenset(part.reason for part in parts))


class Strange(NamedTuple):
    """A line that is none of ours: of which answer, its number there from 1, and whether a person said so."""

    answer: int
    number: int
    line: RemitLine
    is_decided: bool


class LineAnswer(NamedTuple):
    """What one answer says of one of our lines: in one line or in several, as it stands with what the claim's own CAS
    take off it, and as it came.
    """

    answer: int
    lines: list[RemitLine]
    as_told: list[RemitLine]

    @property
    def paid_cents(self) -> int:
        return sum(line.paid_cents for line in self.lines)

    @property
    def charge_cents(self) -> int:
        return sum(abs(line.charge_cents) for line in self.lines)


def standing(claim: Claim, answers: Sequence[Posted], payer: PayerConfig | None = None) -> Standing:
    """The claim as one payer's answers, in their order, leave it."""
    setting = setting_of(payer) if payer else ALONE
    made = Standing([Line(setting=setting) for _ in claim.lines], setting=setting)
    if not answers:
        return made
    told, rests = _by_line(claim, answers, made)
    in_force: set[int] = set()
    for ours, line, some in zip(claim.lines, made.lines, told, strict=True):
        parts, line.again_cents = _in_force(some, ours.charge_cents, setting)
        made.told.append(parts)
        made.overtaken |= {each.answer for each in some} - {part.answer for part in parts}
        line.paid_cents = line.again_cents
        for part in parts:
            in_force.add(part.answer)
            for one in part.lines:
                _add(line, one, answers[part.answer].claim.remarks)
    for ours, line in zip(claim.lines, made.lines, strict=True):
        if payer and payer.assistant_factor != 1 and ASSISTANT & set(ours.modifiers):
            line.derived_allowed_cents += _assistant_cut(line, payer.assistant_factor)
    whole, made.whole_again_cents = _whole(answers, in_force)
    in_force |= whole
    made.counted = sorted(in_force)
    for number in made.counted:
        made.on_claim += rests[number]
        made.remarks += answers[number].claim.remarks
    made.given = ", ".join(f"{part.group}-{part.reason}" for part in made.on_claim)
    _leave_undecided(claim, made, [answers[number].claim for number in in_force])
    if whole and not any(line.seen for line in made.lines):
        _share_out(claim, made)
    return made


def _by_line(
    claim: Claim, answers: Sequence[Posted], made: Standing
) -> tuple[list[list[LineAnswer]], list[list[Adjustment]]]:
    """What the answers say of each of our lines; and what each takes of the claim as a whole, and of no line."""
    told: list[list[LineAnswer]] = [[] for _ in claim.lines]
    rests: list[list[Adjustment]] = []
    for number, each in enumerate(answers):
        meant = understood(claim.lines, each.claim.lines, each.decided)
        lines, rest = _on_lines(each.claim, meant.lines, made.setting)
        made.merged += meant.merged
        made.bundled += meant.bundled
        rests.append(rest)
        for position, (place, line, one) in enumerate(zip(meant.places, lines, meant.lines, strict=True)):
            if place is None:
                made.elsewhere_cents += line.paid_cents
                made.strange.append(Strange(number, meant.numbers[position], one, bool(meant.ways[position])))
                continue
            if not told[place] or told[place][-1].answer != number:
                told[place].append(LineAnswer(number, [], []))
            told[place][-1].lines.append(line)
            told[place][-1].as_told.append(one)
    return told, rests


def answer_in_force(claim: Claim, answers: Sequence[Posted], stands: Standing) -> RemitClaim | None:
    """What of a payer's answers is in force, as one answer to the claim, each line under our number of the line that it
    means; None where that is something else than what was billed.

    A line with money that is none of ours has no place in it.

    An amount taken off a claim as a whole belongs to all lines of its answer: where one of these was overtaken, nobody
    says how much of the amount is left.
    """
    some = [answers[number].claim for number in stands.counted]
    lines = [
        line.model_copy(update={"line_control_number": ours.line_control_number})
        for ours, parts in zip(claim.lines, stands.told, strict=False)
        for part in parts
        for line in part.as_told
    ] + [each.line for each in stands.strange]
    whole = [each for each in some if not each.lines]
    charge = sum(abs(line.charge_cents) for line in lines) + sum(each.charge_cents for each in whole)
    parted_amounts = any(answers[number].claim.adjustments for number in stands.overtaken & {*stands.counted})
    unknown = any(each.is_decided or each.line.charge_cents or each.line.paid_cents for each in stands.strange)
    if not some or charge != claim.total_charge_cents or (whole and lines) or parted_amounts or unknown:
        return None
    adjustments = [part for each in some for part in each.adjustments]
    paid = sum(line.paid_cents for line in lines) - sum(part.amount_cents for part in adjustments)
    return some[-1].model_copy(
        update={
            "status_code": some[0].status_code,
            "charge_cents": charge,
            "paid_cents": paid if lines else some[-1].paid_cents,
            "adjustments": adjustments,
            "remarks": list(dict.fromkeys(code for each in some for code in each.remarks)),
            "lines": lines,
        }
    )


def _on_lines(
    paid: RemitClaim, lines: Sequence[RemitLine], setting: Around
) -> tuple[Sequence[RemitLine], list[Adjustment]]:
    """The lines, with what the claim's own CAS take as the patient's share or as sequestration taken off them.

    Such an amount is the same wherever the payer tells it; told of the claim, its lines are paid as if there were none.
    It goes on the lines in their order, of each at most what was paid; coinsurance and sequestration, which are
    percentages, evenly over all. What no line can take stays with the claim.
    """
    if not paid.adjustments:
        return lines, []
    lines, rest = list(lines), []
    around = _around(setting, paid.adjustments, paid.remarks)
    # Sequestration is taken of what the patient's share leaves.
    for part in sorted(paid.adjustments, key=lambda each: each.reason == SEQUESTRATION):
        taken = [0] * len(lines)
        if part.amount_cents > 0 and meaning(part, around).name in ("patient_responsibility", "sequestration", "qmb"):
            taken = _borne(part, lines)
        for place, (line, cents) in enumerate(zip(lines, taken, strict=True)):
            if cents:
                mine = part.model_copy(update={"amount_cents": cents})
                change = {"paid_cents": line.paid_cents - cents, "adjustments": [*line.adjustments, mine]}
                lines[place] = line.model_copy(update=change)
        rest += _left_of(part, taken)
    return lines, rest


def _borne(part: Adjustment, lines: Sequence[RemitLine]) -> list[int]:
    """How many cents of an amount of the claim each line takes: of coinsurance by what is allowed of it, where told."""
    rooms = [max(line.paid_cents, 0) for line in lines]
    allowed = [line.allowed_cents for line in lines if line.allowed_cents is not None]
    of = allowed if part.reason == COINSURANCE and len(allowed) == len(lines) else rooms
    if part.reason in (COINSURANCE, SEQUESTRATION) and sum(of) > 0:
        evenly = shares(part.amount_cents, of, evenly=True)
        if all(0 <= cents <= room for cents, room in zip(evenly, rooms, strict=True)):
            return evenly
    return shares(part.amount_cents, rooms)


def _left_of(part: Adjustment, taken: Sequence[int]) -> list[Adjustment]:
    """What no line took of it."""
    left = part.amount_cents - sum(taken)
    return [part.model_copy(update={"amount_cents": left})] if left else []


def _in_force(told: Sequence[LineAnswer], charge_cents: int, setting: Around) -> tuple[list[LineAnswer], int]:
    """The answers to a line that are in force, and what was paid by those that they overtook."""
    parts: list[LineAnswer] = []
    again = 0
    for each in told:
        paid = sum(part.paid_cents for part in parts)
        if not parts or sum(part.charge_cents for part in parts) + each.charge_cents <= charge_cents:
            parts.append(each)
        elif each.paid_cents == 0 and (paid or _only_repeats(each, setting)):
            continue
        else:
            again += paid
            parts = [each]
    return parts, again


def _only_repeats(told: LineAnswer, setting: Around) -> bool:
    """Whether it says no more than that the line was sent twice: the answer to the first is the answer."""
    return any(
        meaning(part, _around(setting, line.adjustments, line.remarks)).name == "duplicate"
        for line in told.lines
        for part in line.adjustments
    )


def _whole(answers: Sequence[Posted], in_force: set[int]) -> tuple[set[int], int]:
    """Of the answers without lines the one in force, and what was paid by those that are not."""
    wholes = [number for number, each in enumerate(answers) if not each.claim.lines]
    if not wholes:
        return set(), 0
    paid = [number for number in wholes if answers[number].claim.paid_cents]
    newest = (paid or wholes)[-1]
    of_lines = any(number > newest or not answers[newest].claim.paid_cents for number in in_force)
    found = set() if of_lines else {newest}
    return found, sum(answers[number].claim.paid_cents for number in wholes if number not in found)


def _leave_undecided(claim: Claim, made: Standing, answers: Sequence[RemitClaim]) -> None:
    """Lines that no answer speaks of, where the answers together speak of no more than the others were billed at."""
    unseen = [place for place, line in enumerate(made.lines) if not line.seen]
    billed = sum(line.charge_cents for line in claim.lines)
    open_cents = sum(claim.lines[place].charge_cents for place in unseen)
    if answers and len(unseen) < len(made.lines) and sum(each.charge_cents for each in answers) <= billed - open_cents:
        for place in unseen:
            made.lines[place].undecided = True


def _share_out(claim: Claim, made: Standing) -> None:
    """The patient's share of an answer without lines goes on ours in their order, each at most its charge."""
    around, rest = made.around, []
    room = [line.charge_cents for line in claim.lines]
    for part in made.on_claim:
        taken = [0] * len(room)
        if part.amount_cents > 0 and meaning(part, around).name in ("patient_responsibility", "qmb"):
            taken = shares(part.amount_cents, room)
        for line, cents in zip(made.lines, taken, strict=True):
            if cents:
                line.adjustments.append(part.model_copy(update={"amount_cents": cents}))
                line.remarks = made.remarks
        room = [left - cents for left, cents in zip(room, taken, strict=True)]
        rest += _left_of(part, taken)
    made.on_claim = rest


def _assistant_cut(line: Line, factor: Decimal) -> int:
    """What was taken off the payer's part for an assistant: no adjustment of its own says it (it is in CO-45, N851)."""
    left = line.paid_cents - line.again_cents + line.share(SEQUESTRATION)
    near = int((left / factor).quantize(Decimal(1), ROUND_HALF_UP))
    cuts = [int((program * (1 - factor)).quantize(Decimal(1), ROUND_HALF_UP)) for program in (near, near - 1, near + 1)]
    exact = [cut for program, cut in zip((near, near - 1, near + 1), cuts, strict=True) if program - cut == left]
    return [*exact, near - left][0] if left > 0 else 0


def _units(said: str) -> int:
    """SVC05 in whole units; 0 for what is no number to go by."""
    plain = said.replace(".", "", 1)
    return int(float(said)) if plain.isascii() and plain.isdigit() else 0


def _add(ours: Line, line: RemitLine, remarks: Sequence[str]) -> None:
    ours.seen = True
    ours.paid_cents += line.paid_cents
    # What was unbundled of our line comes under other codes, whose units are none of ours.
    ours.units += _units(line.units_paid) if line.charge_cents or not ours.units else 0
    ours.codes.append(line.procedure_code)
    ours.adjustments += line.adjustments
    ours.remarks += [*line.remarks, *(code for code in remarks if code not in line.remarks)]
    if line.allowed_cents is not None:
        ours.allowed_cents = (ours.allowed_cents or 0) + line.allowed_cents
    if ours.allowed_cents is not None:
        return  # nothing has to be made of the rest
    around = _around(ours.setting, line.adjustments, ours.remarks)
    shared = sum(
        part.amount_cents
        for part in line.adjustments
        if is_shared(part) or part.reason in (SEQUESTRATION, PRIOR_PAYER) or meaning(part, around).cause
    )
    ours.derived_allowed_cents += line.paid_cents + shared
