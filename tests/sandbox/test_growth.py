"""The sandbox payer answers claims of many providers in proportion."""

from __future__ import annotations

from datetime import date

from claimloom.sandbox.claims_in import Delivery, Filed, FiledService
from claimloom.sandbox.letters import answer_277ca


class Counted(Filed):
    """A claim that counts how often its provider is asked for."""

    asked = 0

    def __getattribute__(self, name: str) -> object:
        if name == "npi":
            Counted.asked += 1
        return super().__getattribute__(name)


def test_each_claim_is_asked_for_its_provider_once() -> None:
    person = {"last": "DOE", "first": "JANE", "member": "M1", "provider": "CLINIC"}
    service = FiledService("97110", (), 100, 1, "20261116", "1")
    claims: list[Filed] = [
        Counted(f"C{number}", 100, "11", "1", npi=f"{number:010d}", services=[service], **person)
        for number in range(50)
    ]
    box = Delivery("SENDER", "PAYER", "000000001", "1", "0001", "BATCH", claims)
    Counted.asked = 0
    answer_277ca(box, {}, {f"C{number}": f"{number}" for number in range(50)}, 1, date(2026, 11, 20))
    assert Counted.asked == len(claims)
