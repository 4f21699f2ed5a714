"""Small values that every noun is made of: money in integer cents, codes, addresses, people.

Money is an integer number of cents everywhere, in fields that end in ``_cents``; X12 decimal text is turned into
cents at the edge of ``claimloom.x12`` and nowhere else, so that no float can ever touch an amount.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class Noun(BaseModel):
    """Base of everything that travels in an event: frozen, and what a newer writer added to it is kept.

    A constructor with an unknown argument is refused by mypy, a sessions file with an unknown field by its intake.
    """

    model_config = ConfigDict(frozen=True, extra="allow", defer_build=True)


Cents = Annotated[int, Field(strict=True, description="Money in integer cents")]
Npi = Annotated[str, Field(pattern=r"^\d{10}$", description="National Provider Identifier, 10 digits")]
Text = Annotated[str, Field(min_length=1)]


class Discipline(StrEnum):
    """Whose plan of care a service belongs to; gives the GP, GO or GN modifier."""

    PT = "PT"
    OT = "OT"
    SLP = "SLP"


class PayerClass(StrEnum):
    """Family of payers that share defaults; the keys of claimloom/payers/_classes.toml."""

    MEDICARE_B = "medicare_b"
    MEDICARE_ADVANTAGE = "medicare_advantage"
    MEDICAID = "medicaid"
    COMMERCIAL = "commercial"
    TRICARE = "tricare"
    WORKERS_COMP_AUTO = "workers_comp_auto"


class UnitRule(StrEnum):
    """How minutes become units: CMS 8-minute rule over the day's pool, or the AMA midpoint rule per code."""

    CMS_8MIN = "cms_8min"
    AMA_MIDPOINT = "ama_midpoint"


class Address(Noun):
    """Postal address, X12 N3 and N4."""

    line1: Text = Field(description="Street address, N301")
    line2: str = Field(default="", description="Suite or unit, N302")
    city: Text = Field(description="N401")
    state: str = Field(pattern=r"^[A-Z]{2}$", description="USPS state code, N402")
    zip: str = Field(pattern=r"^\d{5}(\d{4})?$", description="ZIP or ZIP+4, digits only, N403")


class PersonName(Noun):
    """A person's name, NM103-NM107."""

    last: Text = Field(description="NM103")
    first: str = Field(default="", description="NM104")
    middle: str = Field(default="", description="NM105")
    suffix: str = Field(default="", description="JR, III ..., NM107")
