"""acknowledgment_intake: one event for each claim that a TA1, 999 or 277CA speaks of, and one for each answer that
fits nothing we sent. A 999's yes is about syntax only; a rejection stops a claim at whatever level it is said. An
answer whose signs contradict each other is neither: a person asks the sender which of them holds.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache, partial
from typing import Any, Final, Literal

from sqlalchemy import Connection, Row, select

from claimloom.desk import next_action
from claimloom.ledger.books.acknowledgments import ACKNOWLEDGMENTS
from claimloom.ledger.books.claims import claim_lines, claims
from claimloom.ledger.books.submissions import submissions
from claimloom.ledger.journal import payloads
from claimloom.ledger.outbound import body_of_file
from claimloom.ledger.tenants import owner_of
from claimloom.payers import Payers
from claimloom.payers.contracted import PayerFileError
from claimloom.reference import rows
from claimloom.scrub.dates import filing_ends
from claimloom.settings import Settings
from claimloom.topology import Arrived, Door, Draft, Portion, Read, Service
from claimloom.x12.checking.remarks import check_counts, remark
from claimloom.x12.guides.verdicts import Verdict
from claimloom.x12.nouns.read_ack import (
    BatchAnswer,
    ClaimAnswer,
    Status,
    TransactionAnswer,
    read_277ca,
    read_999,
    read_ta1,
    verdict_of,
)
from claimloom.x12.reading.document import Document
from claimloom.x12.reading.files import read_whole
from claimloom.x12.reading.tokenizer import segments
from schemas.acknowledgment import ClaimAcknowledged
from schemas.claim import ClaimBuilt
from schemas.followup import NextAction
from schemas.topics import Topic
from services.acknowledgment_intake.late import Identity, answered_since, overtaking

ACCEPTED_CATEGORY: Final = {"A0": "ch_accepted", "A1": "payer_received", "A2": "payer_accepted", "A5": "payer_accepted"}
ACTIONS: Final = {"": "no action", "WQ": "action WQ, accepted", "U": "action U, rejected"}
CONFLICT: Final = "ack_conflict"
Kind = Literal["TA1", "999", "277CA"]
SENT_BEFORE: Final = "025"
"""TA105: the receiver has an interchange with this control number."""
Level = Literal["interchange", "syntax", "clearinghouse", "payer"]


@dataclass(frozen=True, slots=True)
class _Said:
    """What an answer says of a claim, before the claim is known."""

    kind: Kind
    level: Level
    accepted: bool
    state: str
    segment_number: int
    codes: tuple[str, ...] = ()
    message: str = ""
    payer_claim_control_number: str = ""
    process_date: date | None = None
    blame: next_action.Blame = "claim"


@dataclass(slots=True)
class _Intake:
    connection: Connection
    tenant: str
    file_name: str
    sha256: str
    today: date
    remarks: list[str]
    payers: Payers
    drafts: list[Draft] = field(default_factory=list)
    as_nobodys: list[Identity] = field(default_factory=list)
    """Of each draft what its event is known by if the answer fitted nothing when it was read before."""

    def of_claims(self, found: Sequence[Row[Any]], said: _Said, named: str, nobodys: Identity = ()) -> None:
        """A draft for each claim, or one for nobody: an answer is never dropped. ``nobodys``: what it was known by if
        it fitted nothing before, where that stood elsewhere in the file.
        """
        for claim in found:
            self._draft(said, str(claim.patient_control_number), claim)
        if not found:
            self._draft(said, named, None)
        self.as_nobodys += [nobodys or self.identity(said.segment_number, named)] * (len(found) or 1)

    def identity(self, segment_number: int, number: str) -> Identity:
        """What an answer is known by: file, place, and the number that it is about."""
        return ("acknowledgment", self.tenant, self.sha256, segment_number, number)

    def _draft(self, said: _Said, number: str, claim: Row[Any] | None) -> None:
        answer = ClaimAcknowledged(
            claim_id=claim.claim_id if claim else None,
            patient_control_number=number,
            kind=said.kind,
            level=said.level,
            accepted=said.accepted,
            state=said.state if claim else "unmatched",
            codes=list(said.codes),
            message=said.message,
            payer_claim_control_number=said.payer_claim_control_number,
            next_action=self._action(said, claim),
            process_date=said.process_date,
            file_name=self.file_name,
            file_sha256=self.sha256,
            file_remarks=self.remarks,
            segment_number=said.segment_number,
        )
        identity = self.identity(said.segment_number, number)
        subject = str(claim.claim_id) if claim else number
        self.drafts.append(Draft(answer, subject, self.tenant, claim.clinic if claim else "", identity=identity))

    def _action(self, said: _Said, claim: Row[Any] | None) -> NextAction | None:
        if claim is None:
            return next_action.answers_nothing(said.kind, self.today)
        if said.accepted:
            return None
        told = (said.kind, said.message, claim.expected_allowed_cents, claim.billed_cents, self.today)
        if said.state == CONFLICT:
            return next_action.contradicted(*told)
        return next_action.rejected(*told, self._last_day(claim), said.blame)

    def _last_day(self, claim: Row[Any]) -> date | None:
        """When filing ends of a claim that was refused."""
        built = payloads(self.connection, {claim.place}, ClaimBuilt).get(claim.place)
        if built is None:
            return None
        coverage, day = built.claim.coverage, built.session.date_of_service
        try:
            payer = self.payers.config(coverage.payer_id, coverage.payer_class, day)
        except PayerFileError:  # the answer is read all the same
            return None
        return filing_ends(built.claim, payer, day, built.answered_on).day


def drafts(
    connection: Connection, arrived: Arrived, data: bytes, payers: Payers, remarks: Sequence[str] = ()
) -> list[Draft]:
    """Everything a file's TA1, 999 and 277CA say of our claims; X12Error if it cannot be read at all.

    ``remarks``: what does not fit of its counts and control numbers.
    """
    document = read_whole(data)
    owner, today = owner_of(connection, arrived.tenant), date.fromisoformat(arrived.today)
    digest = hashlib.sha256(data).hexdigest()
    intake = _Intake(connection, owner, arrived.name, digest, today, list(remarks), payers)
    _take_ta1(intake, document)
    _take_999(intake, document)
    _take_277ca(intake, document)
    return overtaking(connection, list(zip(intake.drafts, intake.as_nobodys, strict=True)))


def _take_ta1(intake: _Intake, document: Document) -> None:
    for answer in read_ta1(document):
        number = answer.control_number.zfill(9)
        found = _sent(intake, submissions.c.interchange_control_number == number)
        good = answer.code in ("A", "E")
        said = _Said(
            "TA1",
            "interchange",
            good,
            "interchange_ok" if good else "batch_rejected",
            answer.segment_number,
            (answer.note,),
            f"interchange {number} {'taken' if good else f'refused, note {answer.note}'}",
            blame="sent_twice" if answer.note == SENT_BEFORE else "file",
        )
        intake.of_claims(found, said, f"interchange {number}")


def _take_999(intake: _Intake, document: Document) -> None:
    for group in read_999(document):
        in_group = submissions.c.group_control_number == group.control_number.lstrip("0")
        named = {answer.control_number: answer for answer in group.transactions}
        sent = _sent(intake, in_group)
        named_so = f"group {group.control_number.lstrip('0')}"
        nobodys = intake.identity(group.segment_number, named_so)
        if not sent:
            said = _syntax(group.code in ("A", "E", "P"), group.segment_number, "")
            intake.of_claims([], said, named_so)
        for control_number in sorted({row.transaction_control_number for row in sent}):
            some = [row for row in sent if row.transaction_control_number == control_number]
            answer = named.get(control_number)
            code = answer.code if answer and answer.code else group.code
            number = answer.segment_number if answer else group.segment_number
            if code in ("A", "E", "P"):
                intake.of_claims(some, _syntax(True, number, "syntax accepted"), control_number, nobodys)
                continue
            at_fault = _at_fault(intake, answer, some[0].file_name) if answer else {}
            for row in some:
                why = at_fault.get(row.patient_control_number.upper())
                else_why = "another claim of its file was refused" if at_fault else "its whole file was refused"
                text = f"refused: {why}" if why else f"not taken, because {else_why}"
                codes = (code, *(why.split(", ") if why else ()))
                # Where nothing names a claim, the whole transaction is at fault.
                blame: next_action.Blame = "claim" if why else "neighbour" if at_fault else "file"
                said = replace(_syntax(False, number, text, codes), blame=blame)
                intake.of_claims([row], said, row.patient_control_number, nobodys)


def _syntax(good: bool, number: int, message: str, codes: tuple[str, ...] = ()) -> _Said:
    return _Said("999", "syntax", good, "syntax_ok" if good else "syntax_rejected", number, codes, message)


def _at_fault(intake: _Intake, answer: TransactionAnswer, file_name: str) -> dict[str, str]:
    """Which claims of a refused transaction caused it: by CTX, else by the segment's place in the file we sent."""
    content = body_of_file(intake.connection, file_name)
    places: list[tuple[int, str]] = []
    if content:
        sent = list(segments(content))
        start = next((segment.number for segment in sent if segment.id == "ST"), 1)
        places = [(segment.number - start + 1, segment.get(1)) for segment in sent if segment.id == "CLM"]
    found: dict[str, str] = {}
    for error in answer.errors:
        before = [number for position, number in places if position <= error.position]
        claim = error.claim or (before[-1] if before else "")
        if claim:
            place = f"{error.loop}/{error.segment_id} error {error.code}"
            key = claim.upper()
            found[key] = ", ".join(filter(None, (found.get(key, ""), place, *error.elements)))
    return found


def _take_277ca(intake: _Intake, document: Document) -> None:
    for batch in read_277ca(document):
        sent = _sent(intake, submissions.c.batch_id == batch.batch_id) if batch.batch_id else []
        level: Level = "clearinghouse" if batch.source_level == "clearinghouse" else "payer"
        known = {row.patient_control_number.upper(): row for row in sent}
        for claim in batch.claims:
            found = known.get(claim.patient_control_number.upper())
            rows_found = [found] if found else _by_number(intake, claim.patient_control_number)
            intake.of_claims(rows_found, _of_claim(batch, claim, level), claim.patient_control_number)
        named = {claim.patient_control_number.upper() for claim in batch.claims}
        # That all of it was looked at accepts no claim by itself; what refuses all, or seems to, speaks of each.
        if batch.statuses and verdict_of(batch.statuses) != "accepted" and not named:
            intake.of_claims(sent, _of_batch(batch, level, batch.statuses), f"batch {batch.batch_id}")
        for npi, statuses in batch.provider_statuses.items():
            if verdict_of(statuses) != "accepted":
                mine = [row for row in sent if row.billing_npi == npi]
                some = [row for row in mine if row.patient_control_number.upper() not in named]
                if some or not mine:
                    intake.of_claims(some, _of_batch(batch, level, statuses), f"provider {npi}")
        if not batch.claims and not sent:
            intake.of_claims([], _of_batch(batch, level, batch.statuses), f"batch {batch.batch_id}")


def _of_claim(batch: BatchAnswer, claim: ClaimAnswer, level: Level) -> _Said:
    verdict = claim.verdict
    if verdict == "accepted":
        category = claim.statuses[0].category if claim.statuses else "A1"
        state = ACCEPTED_CATEGORY.get(category, "payer_received")
        state = "ch_accepted" if level == "clearinghouse" else state
    else:
        state = _not_taken(verdict, level)
    return _Said(
        "277CA",
        level,
        verdict == "accepted",
        state,
        claim.segment_number,
        tuple(_codes(claim.statuses)),
        _words(claim.statuses, signs=verdict == "conflict"),
        claim.payer_claim_control_number,
        batch.process_date,
    )


def _not_taken(verdict: Verdict, level: Level) -> str:
    if verdict == "conflict":
        return CONFLICT
    return "ch_rejected" if level == "clearinghouse" else "payer_rejected"


def _of_batch(batch: BatchAnswer, level: Level, statuses: Sequence[Status]) -> _Said:
    verdict = verdict_of(statuses)
    state = _not_taken(verdict, level)
    number = batch.segment_number
    codes, words = tuple(_codes(statuses)), _words(statuses, signs=verdict == "conflict")
    return _Said(
        "277CA", level, False, state, number, codes, f"whole batch or provider: {words}", "", batch.process_date
    )


def _codes(statuses: Iterable[Status]) -> Iterator[str]:
    for status in statuses:
        yield f"{status.category}:{status.code}:{status.entity}".rstrip(":")


def _words(statuses: Iterable[Status], *, signs: bool = False) -> str:
    """What was said, for people; with ``signs`` also by which action."""
    labels = _labels()
    said = [
        f"{labels.get(status.category, 'category')} ({status.category}), "
        f"{labels.get(f'code {status.code}', 'status')} ({status.code})"
        + (f", beside {ACTIONS.get(status.action, 'an action that is none')} (STC03)" if signs else "")
        for status in statuses
    ]
    return "; ".join(said) or "no status at all"


@cache
def _labels() -> dict[str, str]:
    found = {row["category"]: row["label"] for row in rows("claim_status_categories")}
    return found | {f"code {row['status_code']}": row["label"] for row in rows("claim_status_codes")}


def _sent(intake: _Intake, condition: Any) -> list[Row[Any]]:
    """Claims of the tenant that were sent, as the condition on their submission says, in the file's order."""
    query = (
        select(
            claims.c.place,
            claims.c.claim_id,
            claims.c.tenant,
            claims.c.patient_control_number,
            claims.c.clinic,
            claims.c.expected_allowed_cents,
            claims.c.billed_cents,
            submissions.c.transaction_control_number,
            submissions.c.file_name,
            claim_lines.c.billing_npi,
        )
        .join(submissions, submissions.c.claim == claims.c.place)
        .join(claim_lines, (claim_lines.c.claim == claims.c.place) & (claim_lines.c.line_number == 1))
        .where(condition)
        .order_by(submissions.c.file_name, submissions.c.position)
    )
    # Whose they are is looked at here: SQLite without statistics would go by the tenant, and read all that it has.
    rows: Any = intake.connection.execute(query).all()
    return [row for row in rows if row.tenant == intake.tenant]


def _by_number(intake: _Intake, number: str) -> list[Row[Any]]:
    return _sent(intake, claims.c.patient_control_number.in_({number, number.upper()}))


def read(payers: Payers, arrived: Arrived) -> Iterator[Read]:
    """All answers of a file in one portion."""
    data = arrived.data()
    remarks = list(map(remark, check_counts(data)))

    def portion(connection: Connection) -> Portion:
        return Portion(drafts(connection, arrived, data, payers, remarks), (), remarks)

    yield portion


def service(settings: Settings) -> Service:
    """The intake; when filing ends of what was refused says the payer's setting."""
    payers = Payers.of(settings.data)
    return Service(
        name="acknowledgment_intake",
        emits=(Topic.CLAIM_ACKNOWLEDGED,),
        again=answered_since,
        keeps=(ACKNOWLEDGMENTS,),
        doors=(
            # Also for X12 of which nothing can be read: it says why.
            Door(
                "answers",
                ("TA1", "999", "277"),
                lambda head: head.first.startswith(b"ISA") and head.kinds != ("835",),
                partial(read, payers),
            ),
        ),
    )
