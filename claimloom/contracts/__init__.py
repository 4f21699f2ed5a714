"""What is agreed on with a payer: dated terms, read from files and chosen for a service. Pure values.

``reading`` makes terms of a file or says everything that is wrong with it, ``choose`` finds the term of a service,
``fees_csv`` makes a file of a fee list, ``interest`` knows what late payment costs a payer. How much a term pays is
worked out by ``claimloom.pricing``: docs/contracts.md.
"""

from __future__ import annotations

from claimloom.contracts.choose import TermsTiedError, because, choose, lined_up, tied, ties
from claimloom.contracts.interest import Interest, LateRule, interest_on, rule_of
from claimloom.contracts.reading import Contract, ContractFault, read_contract
from claimloom.contracts.terms import (
    NOT_COUNTED,
    Capitation,
    CaseRate,
    Fees,
    PercentOfCharge,
    PercentOfMedicare,
    PerVisit,
    PricedService,
    Term,
    VisitNumbers,
)

__all__ = [
    "NOT_COUNTED",
    "Capitation",
    "CaseRate",
    "Contract",
    "ContractFault",
    "Fees",
    "Interest",
    "LateRule",
    "PerVisit",
    "PercentOfCharge",
    "PercentOfMedicare",
    "PricedService",
    "Term",
    "TermsTiedError",
    "VisitNumbers",
    "because",
    "choose",
    "interest_on",
    "lined_up",
    "read_contract",
    "rule_of",
    "tied",
    "ties",
]
