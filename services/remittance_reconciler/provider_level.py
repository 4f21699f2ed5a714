"""What stands at provider level (PLB): which claim a reference names, and what of a pair is open.

A pair is looked at as a whole: what the payer gave back before it took it asks for nothing, in whatever order its two
sides are read. The newest of a pair says what is open of it, and overtakes the one that asked for something before.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import Connection, select

from claimloom.claim_number import repaired
from claimloom.desk import next_action
from claimloom.ledger.books.claims import claims, npis_of
from claimloom.ledger.books.provider_level import PairState, pair_of, pair_states, payee_of
from claimloom.ledger.books.remittances import remittances
from claimloom.ledger.database import among, lock, owned
from claimloom.ledger.journal import event_ids
from claimloom.remit import set_aside
from schemas.remittance import ClaimReconciled, ProviderAdjustment
from services.remittance_reconciler.late import ToldRemittance


@dataclass(slots=True)
class Level:
    """The claim that a reference names, by id and number; the pair, if it is tied to one, what is open of that after
    it, whether it is the last of it here, and the event that it overtakes.
    """

    claim_id: UUID | None
    number: str
    pair: str = ""
    open_cents: int | None = None
    is_last: bool = True
    overtakes: UUID | None = None

    def said(self, told: ClaimReconciled, plb: ProviderAdjustment, today: date) -> ClaimReconciled:
        """What comes of it."""
        found = set_aside.provider_level(told, plb, self.claim_id, self.number, self.open_cents)
        on, action = told.payment_date or today, None
        if self.is_last:
            action = next_action.provider_level(plb, self.number, on, self.open_cents)
        return found.model_copy(update={"next_action": action, "overtakes": self.overtakes, "pair": self.pair})


def levels_of(connection: Connection, batch: Sequence[ToldRemittance]) -> dict[UUID, Level]:
    """Of all of a batch that stand at provider level. Those of one pair are handled one after the other."""
    some = [one for one in batch if one.data.provider_adjustment]
    found = {one.event_id: Level(*_named_claim(connection, one)) for one in some}
    tied: dict[tuple[str, str], list[ToldRemittance]] = {}
    for one in some:
        data, level = one.data, found[one.event_id]
        assert data.provider_adjustment is not None
        if data.imbalances or data.duplicate_of:
            continue  # not posted
        whose = _only_provider(connection, one)
        if pair := pair_of(data.header, data.provider_adjustment, level.number, whose):
            level.pair = pair
            tied.setdefault((one.tenant, pair), []).append(one)
    lock(connection, [f"pair {tenant} {pair}" for tenant, pair in tied])
    states: dict[tuple[str, str], PairState] = {}
    for tenant in {tenant for tenant, _ in tied}:
        mine = pair_states(connection, tenant, [pair for of, pair in tied if of == tenant])
        states |= {(tenant, pair): state for pair, state in mine.items()}
    asked = event_ids(connection, {each.asked for each in states.values() if each.asked})
    for key, ones in tied.items():
        state = states.get(key, PairState(0, None))
        cents = state.cents
        for one in ones:
            assert one.data.provider_adjustment is not None
            cents += one.data.provider_adjustment.amount_cents
            found[one.event_id].open_cents = cents
            found[one.event_id].is_last = one is ones[-1]
        if state.asked in asked:
            found[ones[0].event_id].overtakes = UUID(asked[state.asked])
    return found


def by_payers_numbers(connection: Connection, numbers: Collection[str]) -> list[int]:
    """Places of the claims of whose payments a payer gave one of these numbers."""
    mine = among(connection, remittances.c.payer_claim_control_number, numbers)
    return list(connection.scalars(select(remittances.c.claim).where(mine, remittances.c.claim.is_not(None))))


def _only_provider(connection: Connection, one: ToldRemittance) -> str:
    """Of a payment that names the payee by tax id alone the NPI, if one billing provider of ours has that tax id."""
    assert one.data.provider_adjustment is not None
    payee = payee_of(one.data.header, one.data.provider_adjustment)
    npis = npis_of(connection, one.tenant, payee.tax_id) if payee.tax_id and not payee.npi else []
    return npis[0] if len(npis) == 1 else ""


def _named_claim(connection: Connection, one: ToldRemittance) -> tuple[UUID | None, str]:
    """Id and number of the claim whose number, or whose payer's number, stands anywhere in a PLB reference."""
    assert one.data.provider_adjustment is not None
    reference = one.data.provider_adjustment.reference
    # A reference holds numbers run together as well (X12 RFI 2370), so one in our form is looked for in it.
    words = sorted({reference, *reference.replace("-", " ").split(), *reference.split(), *repaired(reference)} - {""})
    if not words:
        return None, ""
    rows = owned(connection, claims, claims.c.patient_control_number, words, one.tenant)
    if not rows:
        rows = owned(connection, claims, claims.c.place, by_payers_numbers(connection, words), one.tenant)
    return (UUID(rows[0].claim_id), rows[0].patient_control_number) if len(rows) == 1 else (None, "")
