"""Partners: who takes our files, and how. Values of a data folder, asked for by tenant; never globals of the process.

A partner has control numbers of its own (ISA13). Under one sender id a receiver sees one sequence of them, so tenants
that share a sender share its numbers: the shared partner has no name, and its counter belongs to no tenant.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from claimloom.errors import PlainError


@dataclass(frozen=True, slots=True)
class Sender:
    """Sender and receiver of our files: ISA06/ISA08, loops 1000A and 1000B."""

    submitter_id: str = "SUBMITTER01"
    submitter_name: str = "EXAMPLE BILLING COMPANY"
    contact_phone: str = "5555550100"
    receiver_id: str = "RECEIVER01"
    receiver_name: str = "EXAMPLE CLEARINGHOUSE"
    usage: str = "T"


class SenderField(NamedTuple):
    """A setting of the sender: what it must look like, in a pattern and in words."""

    pattern: re.Pattern[str]
    words: str


# What delimits an X12 file stands in none of its values; blanks around one would be lost.
_PLAIN: Final = r"(?! )[^*:^~\x00-\x1f\x7f-\U0010ffff]{%s}(?<! )"
_ID: Final = SenderField(re.compile(_PLAIN % "2,15"), "2 to 15 plain characters (ISA06, ISA08)")
_NAME: Final = SenderField(re.compile(_PLAIN % "1,60"), "1 to 60 plain characters (NM103)")
SENDER: Final = {
    "CLAIMLOOM_SUBMITTER_ID": _ID,
    "CLAIMLOOM_SUBMITTER_NAME": _NAME,
    "CLAIMLOOM_CONTACT_PHONE": SenderField(re.compile(r"[2-9][0-9]{9}"), "ten digits of a phone number (PER04)"),
    "CLAIMLOOM_RECEIVER_ID": _ID,
    "CLAIMLOOM_RECEIVER_NAME": _NAME,
}
"""Who sends to whom; without them files go out in the name of an example, and so as tests alone."""
USAGES: Final = ("T", "P")


def missing_for_production(environment: Mapping[str, str]) -> list[str]:
    """Settings that files with real claims need and that nobody gave, or that are still an example's."""
    missing = [name for name in SENDER if environment.get(name, "") in ("", getattr(Sender(), _named(name)))]
    return missing if environment.get("CLAIMLOOM_USAGE") == "P" else [*missing, "CLAIMLOOM_USAGE=P"]


def sender_of(environment: Mapping[str, str]) -> Sender:
    """Sender and receiver by their settings; PlainError for one that no file could hold, and for real claims (usage P)
    in the name of an example.
    """
    given = {name: environment[name] for name in SENDER if environment.get(name)}
    for name, value in given.items():
        if not SENDER[name].pattern.fullmatch(value):
            raise PlainError(f"{name} is {value!r}; {SENDER[name].words} are expected")
    usage = environment.get("CLAIMLOOM_USAGE") or "T"
    if usage not in USAGES:
        raise PlainError(f"CLAIMLOOM_USAGE is {usage!r}; T (test) or P (production) is expected")
    missing = missing_for_production(environment)
    if usage == "P" and missing:
        raise PlainError(f"CLAIMLOOM_USAGE is P, so real claims would go out; set {', '.join(missing)} as well")
    return Sender(**{_named(name): value for name, value in given.items()}, usage=usage)


def _named(setting: str) -> str:
    return setting.removeprefix("CLAIMLOOM_").lower()


@dataclass(frozen=True, slots=True)
class Partner:
    """Most claims of a file and of a transaction (ST) that it takes, and in which characters (basic, extended).

    ``ta1_hours`` and ``syntax_hours``: hours of working days until a TA1 and a 999 should be here; 0: a TA1 is not
    asked for (ISA14), positive 999s are not sent. A 999 comes in an hour where CAQH CORE 450 is kept, within a business
    day from Medicare's contractors (CGS, GPNet Communications Manual); clearinghouses send it when the file is edited.
    ``eft_hours`` and ``check_hours``: the same until the money of an 835 should be on the account, and for an EFT until
    the 835 of money should be here; 0: nobody is told. An 835 goes out within three business days of its EFT, one of
    them is late after four (CAQH CORE rule 370, sections 4.2 and 4.3: https://www.caqh.org/taxonomy/term/142,
    https://gateway.sib.ok.gov/DRS/ERA.aspx). For checks no rule was found: two weeks, for mail and lockbox.
    """

    name: str = ""
    sender: Sender = Sender()
    claims_per_file: int = 500
    claims_per_transaction: int = 5000
    charset: str = "basic"
    ta1_hours: int = 0
    syntax_hours: int = 24
    eft_hours: int = 96
    check_hours: int = 240


@dataclass(frozen=True, slots=True)
class Partners:
    """Who takes each tenant's files."""

    shared: Partner = Partner()

    def of(self, tenant: str) -> Partner:
        """The partner of a tenant; today all share one."""
        return self.shared
