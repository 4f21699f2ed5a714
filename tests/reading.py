"""Every command of the tree, called so that it reads: a new one is called too, or its test says that it is missing."""

from __future__ import annotations

from typing import Final

from claimloom.cli.commands import COMMANDS, Entries

# {claim} is a number, {event} and {letter} are ids, {file} is a file of X12; ``None``: shows nothing of a ledger.
CALLS: Final[dict[str, list[str] | None]] = {
    "demo": None,
    "run": ["run --until-idle"],
    "replay": ["replay"],
    "verify": ["verify", "verify --json"],
    "doctor": ["doctor", "doctor --json"],
    "underpayments": ["underpayments", "underpayments --json --by payer,code,cause,month"],
    "worklist": ["worklist", "worklist --json", "worklist --kind underpaid"],
    "decide": ["decide note {claim} --reason seen"],
    "checklist": ["checklist {claim}", "checklist {claim} --json"],
    "units": None,
    "price": None,
    "worker": None,
    "sessions import": ["sessions import {visits}"],
    "remits import": ["remits import {file}"],
    "dead-letters list": ["dead-letters list", "dead-letters list --json", "dead-letters list --set-aside"],
    "dead-letters show": ["dead-letters show {letter}", "dead-letters show {letter} --json"],
    "dead-letters redrive": ["dead-letters redrive all"],
    "dead-letters set-aside": ["dead-letters set-aside {letter} --reason seen"],
    "claims list": ["claims list", "claims list --json", "claims list --flag underpaid", "claims list --limit 0"],
    "claims export": ["claims export"],
    "claims find": ["claims find {name}", "claims find {claim} --json"],
    "claims show": ["claims show {claim}", "claims show {claim} --json"],
    "claims self-pay": ["claims self-pay", "claims self-pay --json"],
    "claims reads": ["claims reads {claim}", "claims reads {claim} --json"],
    "payments list": ["payments list", "payments list --json", "payments list --open"],
    "payments show": ["payments show {payment}", "payments show {payment} --json"],
    "deposits import": ["deposits import {statement}"],
    "deposits list": ["deposits list", "deposits list --json", "deposits list --open"],
    "accounts show": ["accounts show {claim}", "accounts show {claim} --json"],
    "accounts balance": ["accounts balance", "accounts balance --json", "accounts balance --by payer"],
    "contracts check": None,
    "contracts diff": ["contracts diff {contract} {contract} --since 2024-01-01"],
    "contracts import": None,
    "data import": None,
    "data list": ["data list", "data list --json"],
    "sandbox answer": None,
    "sandbox serve": None,
    "x12 check": None,
    "x12 describe": None,
    "x12 read": None,
    "x12 mask": None,
    "x12 diff": None,
    "x12 split": None,
    "x12 join": None,
    "x12 ack": None,
    "rules list": None,
    "rules explain": None,
    "rules check": None,
    "rules try": ["rules try {rules} {claim}", "rules try {rules} {claim} --json"],
    "rules packs": None,
    "rules freeze": None,
    "rules diff": None,
    "rules backtest": [
        "rules backtest --pack {rules} --since 2020-01-01",
        "rules backtest --pack built-in --since 2020-01-01 --json",
    ],
    "rules review": ["rules review", "rules review --json"],
    "topics create": None,
    "topics check": None,
    "db upgrade": ["db upgrade"],
    "db check": ["db check"],
    "db backup": ["db backup {folder}/copy.db"],
    "db restore": None,
    "keys list": ["keys list"],
    "keys rotate": ["keys rotate {tenant}"],
    "keys rewrap": ["keys rewrap"],
    "keys erase": None,
    "events show": ["events show {event}", "events show {event} --json"],
    "events unpack": None,
}


def commands() -> list[str]:
    """The names of all commands."""
    found: list[str] = []
    for word, entry in COMMANDS.items():
        found += [f"{word} {each}" for each in entry.commands] if isinstance(entry, Entries) else [word]
    return found
