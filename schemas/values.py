"""Small values that every noun is made of: money in integer cents, codes, addresses, people.

Money is an integer number of cents everywhere, in fields that end in ``_cents``; X12 decimal text is turned into
cents at the edge of ``claimloom.x12`` and nowhere else, so that no float can ever touch an amount.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, model_validator


class Noun(BaseModel):
    """Base of everything that travels in an event: frozen, and what a newer writer added to it is kept.

    A constructor with an unknown argument is refused by mypy, a sessions file with an unknown field by its intake.
    """

    model_config = ConfigDict(frozen=True, extra="allow", defer_build=True)


Cents = Annotated[int, Field(strict=True, description="Money in integer cents")]
STATE: Final = re.compile(r"[A-Z]{2}", re.ASCII)
US_ZIP: Final = re.compile(r"\d{5}(\d{4})?", re.ASCII)
CANADA_POST: Final = re.compile(r"[A-Z]\d[A-Z] ?\d[A-Z]\d", re.ASCII)
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

    @property
    def words(self) -> str:
        """For people."""
        return "Medicare's 8-minute rule" if self is UnitRule.CMS_8MIN else "the midpoint rule of each code"


class Address(Noun):
    """Postal address, X12 N3 and N4.

    Without a country it is one of the United States (RFI 1667: US is not sent), with state and ZIP code. Canada has
    provinces and postal codes in their places (guide of the 837P, N402 and N403); other countries have a postal code if
    there is one, and no state.
    """

    line1: Text = Field(description="Street address, N301")
    line2: str = Field(default="", description="Suite or unit, N302")
    city: Text = Field(description="N401")
    state: str = Field(default="", description="USPS state code, or province of Canada: two capital letters, N402")
    zip: str = Field(default="", description="ZIP or ZIP+4, digits only; elsewhere the postal code, N403")
    country: str = Field(
        default="", pattern=r"^([A-Z]{2})?$", description="ISO 3166 code, empty in the United States, N404"
    )
    subdivision: str = Field(
        default="", pattern=r"^[A-Z0-9]{0,3}$", description="Part of a country that is neither US nor CA, N407"
    )

    @model_validator(mode="after")
    def _of_its_country(self) -> Address:
        if not self.country:
            if not STATE.fullmatch(self.state):
                raise ValueError("state is two capital letters; an address outside the United States has its country")
            if not US_ZIP.fullmatch(self.zip):
                raise ValueError("zip is 5 or 9 digits; an address outside the United States has its country")
            if self.subdivision:
                raise ValueError("a subdivision needs its country")
        elif self.country == "US":
            raise ValueError("country is empty for the United States")
        elif self.country == "CA":
            if not STATE.fullmatch(self.state) or not CANADA_POST.fullmatch(self.zip) or self.subdivision:
                raise ValueError("an address in Canada has its province in state and its postal code in zip")
        elif self.state:
            raise ValueError("state is for the United States and Canada; put a part of another country in subdivision")
        return self


class PersonName(Noun):
    """A person's name, NM103-NM107."""

    last: Text = Field(description="NM103")
    first: str = Field(default="", description="NM104")
    middle: str = Field(default="", description="NM105")
    suffix: str = Field(default="", description="JR, III ..., NM107")
