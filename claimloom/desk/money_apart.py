"""What a person does about a payment whose money did not come, or about money of which no 835 tells.

An EFT and its 835 come within some business days of each other (CAQH CORE rule 370); who misses one asks the payer by
the trace number (TRN02), amount and day, after the clearinghouse (https://gateway.sib.ok.gov/DRS/ERA.aspx). A check
that nobody cashes is void after 180 days (Texas Medicaid Provider Procedures Manual, vol. 1, 1.2.5).
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from claimloom.desk.working_time import HOURS, after
from claimloom.reference.working_days import DAY
from schemas.followup import MoneyApart, NextAction
from schemas.money import usd

NO_DEPOSIT, NO_835 = "no_deposit", "no_835"
CHECK: Final = "CHK"
"""BPR04 of a payment by check."""
STALE: Final = timedelta(days=180)


def is_overdue(day: date, hours: int, now: datetime) -> bool:
    """Whether so many hours of working days have passed since the end of a day; 0 hours: never."""
    return hours > 0 and after(datetime.combine(day + DAY, time(), tzinfo=UTC), hours) <= now


def no_deposit(money: MoneyApart, method: str, hours: int, today: date) -> NextAction:
    """An 835 whose money no line of a bank's brings."""
    by_check = method == CHECK
    what = "a check" if by_check else "an EFT" if method == "ACH" else f"a payment ({method or 'BPR04 empty'})"
    ask = "whether it was cashed, and to stop and reissue it" if by_check else "to trace the EFT"
    return NextAction(
        kind=NO_DEPOSIT,
        reason=f"an 835 of {money.payer or 'a payer'} tells of {what} of {usd(money.amount_cents)} on {money.day}, "
        f"trace {money.trace_number or 'none'}, and no line of a bank brings it within {_days(hours)}",
        action=f"look for it at the bank by number and amount; else ask the payer {ask} by trace number "
        f"{money.trace_number or 'none'} (TRN02)",
        due=today,
        last_day=money.day + STALE if by_check else None,
        recoverable_cents=money.amount_cents,
    )


def no_835(money: MoneyApart, hours: int, today: date) -> NextAction:
    """A line of a bank's, of a payer as it seems, of which no 835 tells."""
    number = f"trace {money.trace_number}" if money.trace_number else "no trace number"
    by = f"trace number {money.trace_number}" if money.trace_number else "day and amount"
    return NextAction(
        kind=NO_835,
        reason=f"the bank has {usd(money.amount_cents)} of {money.payer or 'a payer'} since {money.day}, {number}, "
        f"and no 835 tells what it is for within {_days(hours)}",
        action=f"ask the clearinghouse for the 835 by {by}, then the payer; ask the bank for the addenda if it gives "
        "no number; close it if it is no payer's money",
        due=today,
        recoverable_cents=money.amount_cents,
    )


def _days(hours: int) -> str:
    days, rest = divmod(hours, HOURS)
    return f"{days} working days" if days > 1 and not rest else f"{hours} working hours"
