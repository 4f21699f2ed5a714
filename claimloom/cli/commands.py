"""The table of all commands: where the function of each is, and the first line of its help.

So the lists of commands that ``--help`` prints need no module of a command, and each command starts with what it uses
itself: ``claimloom x12 check`` knows no database. ``tree.py`` makes the command line of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple


class Entry(NamedTuple):
    """A command: ``module:function`` in this package, and the first line of the function's docstring."""

    where: str
    help: str


class Entries(NamedTuple):
    """A word that several commands begin with."""

    help: str
    commands: Mapping[str, Entry]


SESSIONS: Final = {
    "import": Entry(
        "imports:import_sessions",
        "Read a file of visits (JSON Lines) and build, scrub and submit their claims.",
    ),
}
REMITS: Final = {
    "import": Entry("imports:import_remits", "Read an 835, 277CA, 999 or TA1 file and reconcile what it says."),
}
DEAD_LETTERS: Final = {
    "list": Entry("letters:list_dead", "List events that a service gave up on and that nobody mended yet."),
    "show": Entry(
        "letters:show_dead",
        "Show a dead letter and where its event stands. The event's data is left out: it may hold a patient.",
    ),
    "redrive": Entry(
        "letters:redrive",
        "Give dead letters to their services once more, then run. Exit 1 if some are still dead.",
    ),
    "set-aside": Entry(
        "letters:set_aside",
        "Say of dead letters that nothing is to be done about them: they are listed no longer.",
    ),
}
CLAIMS: Final = {
    "list": Entry(
        "claims:list_claims",
        "List claims with state, flags and money; payments that fit no claim stand at the end.",
    ),
    "export": Entry("claims:export", "Print a line of JSON a claim, for other programs; amounts in cents."),
    "find": Entry(
        "claims:find",
        "Find the claims that a text names. Who looked is noted, and which claims were shown.",
    ),
    "show": Entry("claim:show", "Tell a claim's story, from minutes to money."),
    "self-pay": Entry(
        "self_pay:list_self_pay",
        "List visits that their patients pay: no claim goes out, and what each is charged.",
    ),
    "reads": Entry("claim:reads", "Say who looked at a claim, or at anything, and when."),
}
PAYMENTS: Final = {
    "list": Entry("payments:list_payments", "List payments: what each brought, and where every cent of it went."),
    "show": Entry(
        "payments:show_payment",
        "Tell where every cent of a payment went: claims, provider level, what waits.",
    ),
}
DEPOSITS: Final = {
    "import": Entry(
        "deposits:import_deposits",
        "Read a bank's statement (CSV, BAI2, CAMT.053) and tie its lines to payments; with one bad line nothing of it.",
    ),
    "list": Entry(
        "deposits:list_deposits",
        "List what the bank told, with the payment of each line; and payments whose money did not come.",
    ),
}
ACCOUNTS: Final = {
    "show": Entry("accounts:show_account", "Tell what moved in the account of a visit, and who owes what of it."),
    "balance": Entry("accounts:show_balance", "Say who owes what by age, after all that was posted until a day."),
}
X12: Final = {
    "check": Entry(
        "x12.check:check_files",
        "Check files: structure, values, balances, situations, codes. Exit 1: findings; 2: a file cannot be read.",
    ),
    "describe": Entry(
        "x12.describe:describe_files",
        "Print files as a person reads them. Names, member ids and birth dates are blanked unless you ask for them.",
    ),
    "read": Entry(
        "x12.describe:read_file",
        "Print all values as JSON Lines: a line a claim of 837P and 835, then a line a transaction set.",
    ),
    "mask": Entry(
        "x12.mask:mask_file",
        "Print the file with names and numbers replaced: same structure, findings and balances, for a bug report.",
    ),
    "diff": Entry(
        "x12.diff:diff_files",
        "Compare two files by what they mean: claims, lines, segments, values. Exit 1 if they differ.",
    ),
    "split": Entry(
        "x12.split:split_file",
        "Make several files of one, each with control numbers and counts of its own. Prints their names.",
    ),
    "join": Entry(
        "x12.split:join_files",
        "Make one file of several of the same sender and receiver: one interchange, right control numbers and counts.",
    ),
    "ack": Entry("x12.answer:acknowledge_file", "Print the TA1 and 999 that a receiver of this file would send."),
}
RULES: Final = {
    "list": Entry("rules:list_rules", "List every rule of the catalog, those that are not written yet as such."),
    "explain": Entry("rules:explain", "Say what a rule looks at, for whom, and which denial it prevents."),
    "check": Entry(
        "own_rules:check_rules",
        "Read own rules, packs, pins and reviews, and say what is wrong with them. Exit 1 if something is.",
    ),
    "try": Entry("own_rules:try_rules", "Ask the rules of a file about a visit that is here, and change nothing."),
    "packs": Entry(
        "packs:list_packs", "List the packs of rules, who keeps to which, and what of each is not as it was made."
    ),
    "freeze": Entry(
        "packs:freeze",
        "Keep the rules of today as a pack, in the folder rules/packs, to pin it or to compare with it later.",
    ),
    "diff": Entry(
        "packs:diff_packs",
        "Say what is not the same in two packs: rules that one lacks, what each weighs, own rules written otherwise.",
    ),
    "backtest": Entry(
        "packs:backtest_pack",
        "Ask a pack about claims that are answered: denials it would have caught, and paid claims it would have held.",
    ),
    "review": Entry(
        "own_rules:show_reviews",
        "Sum up what reviewers said of the claims that were drawn: how often they agree with the rules.",
    ),
}
TOPICS: Final = {
    "create": Entry("topics:create", "Make the topics that are not there."),
    "check": Entry("topics:check", "Say what differs from the declaration. Exit 1 if something does."),
}
DB: Final = {
    "upgrade": Entry(
        "database:upgrade",
        "Bring the schema to this version's, and make the journal's months. Back up first.",
    ),
    "check": Entry("database:check_db", "Say whether the database fits this version. Exit 1 if not."),
    "backup": Entry(
        "database:backup",
        "Write the whole ledger into one file: a copy of the SQLite database, or pg_dump's custom format.",
    ),
    "restore": Entry(
        "restore:restore",
        "Put a backup in the place of the ledger, and take in again what went out and came in since.",
    ),
}
KEYS: Final = {
    "list": Entry(
        "keys:list_keys",
        "List tenants' keys: which master key wraps them, and whether they are current, old or erased.",
    ),
    "rotate": Entry(
        "keys:rotate",
        "Seal what comes with a new key; what there is stays readable. Workers take it up within a minute.",
    ),
    "rewrap": Entry(
        "keys:rewrap",
        "Put all tenants' keys under the first master key of the file, so that the others may go.",
    ),
    "erase": Entry(
        "keys:erase_tenant",
        "Make a tenant's data unreadable for ever: its keys go, and every row and file that stands in the open.",
    ),
}
CONTRACTS: Final = {
    "check": Entry(
        "contracts:check_contracts",
        "Say all that is wrong with contract files, each with its line and key. Exit 1 if something is.",
    ),
    "diff": Entry(
        "contracts:diff_contracts",
        "Say what another contract would have meant for the claims of a ledger: what is allowed, by code and in total.",
    ),
    "import": Entry(
        "contracts:import_fees",
        "Make a contract of a payer's fee list. Bad rows are all named, and then nothing is written (exit 1).",
    ),
}
DATA: Final = {
    "import": Entry(
        "data:import_data",
        "Take in a newer release of a public list, and say what it changes. What came with the product stays.",
    ),
    "list": Entry(
        "data:list_data",
        "List which release of a public list covers which days. Days between and after them are covered by none.",
    ),
}
EVENTS: Final = {
    "show": Entry(
        "events:show_event",
        "Print an event of the journal, unpacked and in the open. It may hold a patient; who looked is noted.",
    ),
    "unpack": Entry("events:unpack_message", "Print what a topic carried as the text that it is."),
}
SANDBOX: Final = {
    "answer": Entry(
        "sandbox:answer",
        "Answer an 837P file as payers do: 999, 277CA and 835s by week, and the truth of what was done.",
    ),
    "serve": Entry(
        "sandbox:serve",
        "Answer the claims of a data folder, a week a round: outbound is looked into, answers come into inbound.",
    ),
}
COMMANDS: Final[Mapping[str, Entry | Entries]] = {
    "demo": Entry("demo:demo", "Play the whole way: invented visits, claims, a payer's answers, and the truth check."),
    "run": Entry(
        "run:run",
        "Run all services over a data folder: read inbound/, write outbound/. Without --until-idle, until stopped.",
    ),
    "replay": Entry(
        "health:replay",
        "Rebuild every table from the journal, and say whether they are what stood there. Exit 1 if not.",
    ),
    "verify": Entry(
        "verify:verify",
        "Say whether journal and audit are as they were written, by a key outside the database. Exit 1 if not.",
    ),
    "doctor": Entry(
        "health:doctor",
        "Look whether a data folder is sound and nothing is left lying. Exit 1 if something needs a person.",
    ),
    "worklist": Entry("worklist:worklist", "List what to do next, the most money that is likely to come first."),
    "underpayments": Entry(
        "underpayments:underpayments",
        "Sum up what payers paid less than expected: found, open, disputed, given up and recovered; and trends.",
    ),
    "decide": Entry(
        "decide:decide",
        "Write down what was decided about a work item or a claim; what follows from it is done at once.",
    ),
    "checklist": Entry(
        "checklist:checklist",
        "Say what a visit's documentation needs, and what of it is there. Exit 1 if something is missing.",
    ),
    "units": Entry("units:units", "Turn a day's minutes into units, and say why."),
    "price": Entry("price:price", "Say what a payer should pay for the lines of a day, step by step."),
    "worker": Entry(
        "worker:worker",
        "Run one service as a Kafka worker until it is stopped. Settings come from CLAIMLOOM_*.",
    ),
    "sessions": Entries("Finished visits.", SESSIONS),
    "remits": Entries("What payers and clearinghouses answer.", REMITS),
    "dead-letters": Entries("Events that a service gave up on.", DEAD_LETTERS),
    "claims": Entries("Claims and their money.", CLAIMS),
    "payments": Entries("Payments and what became of their money.", PAYMENTS),
    "deposits": Entries("What the bank says, beside what payers say.", DEPOSITS),
    "accounts": Entries("Who owes what.", ACCOUNTS),
    "events": Entries("What the journal and the topics hold.", EVENTS),
    "contracts": Entries("What is agreed on with payers.", CONTRACTS),
    "data": Entries("Public lists that claims are checked by.", DATA),
    "sandbox": Entries("A payer to try claims on.", SANDBOX),
    "x12": Entries("Look into X12 files.", X12),
    "rules": Entries("What scrubbing looks at.", RULES),
    "topics": Entries("Topics of the broker.", TOPICS),
    "db": Entries("The database of the ledger.", DB),
    "keys": Entries("Keys that payloads are sealed with.", KEYS),
}
