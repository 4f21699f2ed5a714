"""Partners: who takes our files, and how. Values of a data folder, asked for by tenant; never globals of the process.

A partner has control numbers of its own (ISA13). Under one sender id a receiver sees one sequence of them, so tenants
that share a sender share its numbers: the shared partner has no name, and its counter belongs to no tenant.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sender:
    """Sender and receiver of our files: ISA06/ISA08, loops 1000A and 1000B."""

    submitter_id: str = "SUBMITTER01"
    submitter_name: str = "EXAMPLE BILLING COMPANY"
    contact_phone: str = "5555550100"
    receiver_id: str = "RECEIVER01"
    receiver_name: str = "EXAMPLE CLEARINGHOUSE"
    usage: str = "T"


@dataclass(frozen=True, slots=True)
class Partner:
    """Most claims of a file and of a transaction (ST) that it takes, and in which characters (basic, extended)."""

    name: str = ""
    sender: Sender = Sender()
    claims_per_file: int = 500
    claims_per_transaction: int = 5000
    charset: str = "basic"


@dataclass(frozen=True, slots=True)
class Partners:
    """Who takes each tenant's files."""

    shared: Partner = Partner()

    def of(self, tenant: str) -> Partner:
        """The partner of a tenant; today all share one."""
        return self.shared
