"""Answers that fitted nothing, looked at again when what they answer is there: their file is read once more."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import replace

from sqlalchemy import Connection, select

from claimloom.ledger.books.acknowledgments import OF_NOTHING, acknowledgments
from claimloom.ledger.books.claims import claims
from claimloom.ledger.books.submissions import submissions
from claimloom.ledger.database import among
from claimloom.ledger.journal import event_places, payloads
from claimloom.topology import Draft, Kept
from schemas.acknowledgment import ClaimAcknowledged
from schemas.event import derived_id
from schemas.topics import Topic

Identity = tuple[object, ...]


def overtaking(connection: Connection, made: Sequence[tuple[Draft, Identity]]) -> list[Draft]:
    """Drafts of a file, each with what its event would be known by if it fitted nothing. Where such an event is there,
    of which no other was made since, the draft overtakes it, under an identity of its own.
    """
    ids = {identity: derived_id(Topic.CLAIM_ACKNOWLEDGED, *identity) for _, identity in made}
    known = event_places(connection, {str(each) for each in ids.values()})
    mine = among(connection, acknowledgments.c.place, known.values())
    asked = select(acknowledgments.c.place).where(mine, OF_NOTHING)
    waiting = set(connection.scalars(asked).all()) if known else set()
    found = []
    for draft, identity in made:
        data, before = draft.data, ids[identity]
        assert isinstance(data, ClaimAcknowledged)
        if data.claim_id and known.get(str(before)) in waiting:
            of_its_own = draft.identity if draft.identity != identity else (*identity, "its claim came")
            data = data.model_copy(update={"overtakes": before})
            found.append(replace(draft, data=data, identity=of_its_own))
        else:
            found.append(draft)
    return found


def answered_since(connection: Connection, places: Collection[int]) -> list[Kept]:
    """Files with answers that fitted nothing and fit one of these claims, or the file that it went out in.

    A claim's number is its own. A control number may be used again by a ledger that began anew, so a file that came
    before the day on which ours went out answers nothing of it.
    """
    sent_on = _numbers(connection, places)
    columns = ("place", "tenant", "patient_control_number", "received_on")
    mine = (  # the tenants too: the index begins with them
        among(connection, acknowledgments.c.tenant, {tenant for tenant, _ in sent_on}),
        among(connection, acknowledgments.c.patient_control_number, {named for _, named in sent_on}),
    )
    rows = connection.execute(select(*(acknowledgments.c[name] for name in columns)).where(*mine, OF_NOTHING)).all()
    tenants = {
        place: tenant
        for place, tenant, named, received_on in rows
        if (tenant, named) in sent_on and sent_on[tenant, named] <= received_on
    }
    files: dict[tuple[str, str, str], set[int]] = defaultdict(set)
    for place, said in payloads(connection, tenants, ClaimAcknowledged).items():
        files[said.file_name, said.file_sha256, tenants[place]].add(place)
    return [Kept(*file, frozenset(why)) for file, why in sorted(files.items())]


def _numbers(connection: Connection, places: Collection[int]) -> dict[tuple[str, str], str]:
    """By tenant and what an answer that fits nothing says it is about (``of_claims``): the day from which on it may be
    meant, empty for a claim's own number.
    """
    found: dict[tuple[str, str], str] = {}
    asked = select(claims.c.tenant, claims.c.patient_control_number)
    for tenant, number in connection.execute(asked.where(among(connection, claims.c.place, places))).all():
        found |= dict.fromkeys(((tenant, number), (tenant, number.lower())), "")
    columns = ("tenant", "interchange_control_number", "group_control_number", "batch_id", "submitted_on")
    query = select(*(submissions.c[name] for name in columns)).where(among(connection, submissions.c.claim, places))
    for tenant, interchange, group, batch, on in connection.execute(query.distinct()).all():
        found |= {(tenant, f"interchange {interchange}"): on, (tenant, f"group {group}"): on}
        found |= {(tenant, f"batch {batch}"): on}
    return found
