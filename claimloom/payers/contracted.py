"""The contracts of a data folder by payer: each file read once, whole or not at all."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from claimloom.contracts import Contract, ContractFault, LateRule, Term, lined_up, read_contract, tied, ties
from claimloom.errors import PlainError


class PayerFileError(PlainError):
    """A payer's or contract's file says something that cannot be used; names the file and the key."""


@dataclass(frozen=True, slots=True)
class Agreed:
    """What the contracts say of one payer."""

    terms: tuple[Term, ...] = ()
    late_state: str = ""
    late_rule: LateRule | None = None


def read_file(path: Path) -> Contract | list[ContractFault]:
    """The contract of a file, or its faults."""
    try:
        return read_contract(path.read_text(encoding="utf-8-sig"), path.name)
    except UnicodeDecodeError as error:
        return [
            ContractFault(
                path.name, 0, "", f"this is no UTF-8 text: byte {error.start + 1} cannot be read; save it as UTF-8"
            )
        ]


@dataclass(frozen=True)
class Contracted:
    """Contracts of some folders. A file with a fault gives nothing, and every payer waits until it is mended: whose it
    would be is not known as long as it cannot be read.
    """

    folders: tuple[Path, ...] = field(default=())

    def of(self, payer_id: str) -> Agreed:
        """What is agreed on with a payer; PayerFileError with the first fault of a file that cannot be used."""
        return self._by_payer.get(payer_id, Agreed())

    def payers(self) -> Collection[str]:
        """Payer ids that have a contract."""
        return self._by_payer.keys()

    @cached_property
    def _by_payer(self) -> dict[str, Agreed]:
        contracts = list(self._read())
        payers = {payer_id for each in contracts for payer_id in each.payer_ids}
        return {payer_id: _agreed([each for each in contracts if payer_id in each.payer_ids]) for payer_id in payers}

    def _read(self) -> Iterable[Contract]:
        found = [path for folder in self.folders if folder.is_dir() for path in folder.iterdir()]
        for path in sorted(path for path in found if path.suffix == ".toml"):
            contract = read_file(path)
            if not isinstance(contract, Contract):
                more = f" (and {len(contract) - 1} more)" if len(contract) > 1 else ""
                raise PayerFileError(f"contract file {contract[0]}{more}; claimloom contracts check names all")
            yield contract


def _agreed(contracts: list[Contract]) -> Agreed:
    terms = lined_up([term for each in contracts for term in each.terms])
    for pair in ties(terms):
        raise PayerFileError(f"contract file {tied(*pair)}")
    late = [each for each in contracts if each.interest_state or each.interest]
    for each in late[1:]:
        if (each.interest_state, each.interest) != (late[0].interest_state, late[0].interest):
            raise PayerFileError(f"contract file {each.file}: interest differs from that of {late[0].file}")
    return Agreed(tuple(terms), late[0].interest_state, late[0].interest) if late else Agreed(tuple(terms))
