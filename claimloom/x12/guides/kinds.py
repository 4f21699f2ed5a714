"""What kinds of files there are: their versions, how a file says what it is, and what each kind gives out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

# GS08/ST03 of the versions that are read as typed documents.
VERSIONS: Final = {
    "005010X222A1": "837P",
    "005010X222": "837P",
    "005010X221A1": "835",
    "005010X221": "835",
    "005010X231A1": "999",
    "005010X231": "999",
    "005010X214": "277CA",
}
# GS01 by the transaction set in the group.
FUNCTIONAL: Final = {"837": "HC", "835": "HP", "999": "FA", "277": "HN"}
# Loops that come without a bound: in a stream they are given out and not kept in the loop around them. Those inside of
# what is given out whole (``UNITS``) are none: a claim keeps its lines.
BULK: Final = {
    "837P": frozenset({"2000A", "2000B", "2000C", "2300"}),
    "835": frozenset({"2000", "2100"}),
    "999": frozenset({"2000"}),
    "277CA": frozenset({"2000A", "2000B", "2000C", "2000D"}),
}
# What a stream gives out: a claim, a claim's payment, the answer to a transaction set or to a claim.
UNITS: Final = {"837P": "2300", "835": "2100", "999": "2000", "277CA": "2000D"}

# Guides of the sets that are read, which are not: by how their versions begin.
NEIGHBOURS: Final = {
    "004010X091": "835 (4010)",
    "004010X098": "837P (4010)",
    "004010X096": "837I (4010)",
    "004010X097": "837D (4010)",
    "005010X223": "837I",
    "005010X224": "837D",
    "005010X291": "837P predetermination",
    "005010X292": "837I predetermination",
    "005010X293": "837D predetermination",
    "005010X298": "837P post-adjudicated",
    "005010X299": "837I post-adjudicated",
    "005010X300": "837D post-adjudicated",
    "005010X212": "277",
    "005010X213": "277",
    "005010X228": "277",
    "005010X364": "277 data reporting acknowledgment",
}
# ST01 of the transaction sets that are told apart, typed or not.
SETS: Final = frozenset("269 270 271 274 275 276 277 278 820 824 834 835 837 997 999".split())
# A version that names a guide, be it one that we know or not: what is written otherwise names none.
GUIDE: Final = re.compile(r"00[3-9][0-9]{3}(X[0-9]{3}([A-Z][0-9]{1,2})?)?", re.ASCII)
# The code of a finding that says of a set of another guide that nobody looks at it: nothing is wrong with it by that.
NOT_SUPPORTED: Final = "not_supported"
# Loops of a neighbour, told by the segment that begins them: (how deep, id). HL hang by their own parents.
PLAIN: Final = {"INS": 1, "ENT": 1, "LX": 3, "CLP": 4, "CLM": 2, "SVC": 5, "RMR": 4, "EB": 4, "STC": 0}
# Procedures without a name of their own: what was done has to be said beside the code (SV101-7).
UNLISTED: Final = frozenset({"97039", "97139", "97799", "92700", "95999", "99199", "A9999", "E1399", "L1499", "L3999"})


def names_a_guide(version: str) -> bool:
    """Whether GS08 or ST03 is written as the version of a guide is, of any release from 003 on."""
    return GUIDE.fullmatch(version) is not None and (len(version) > 6 or version.startswith("004"))


def kind_of(transaction: str, versions: Sequence[str]) -> str:
    """What a transaction set is, from ST01 and its versions (ST03, then GS08): the first that names a guide of it.

    A guide that nobody here knows is never read as another: its set is named with its version.
    """
    for version in versions:
        if VERSIONS.get(version, "").startswith(transaction[:3]) and transaction in SETS:
            return VERSIONS[version]
        for start, name in NEIGHBOURS.items():
            if version.startswith(start) and name[:3] == transaction:
                return name
    typed = {"837": "837P", "835": "835", "999": "999", "277": "277"}
    if transaction in typed:
        # A version that names no guide: as the one that is usual here. A 277 may be many things.
        other = next((each for each in versions if names_a_guide(each) and each not in VERSIONS), "")
        return (
            f"{transaction} ({other.removeprefix('00') if len(other) == 6 else other})" if other else typed[transaction]
        )
    if not transaction:
        return "no ST01"
    return transaction if len(transaction) == 3 and transaction.isascii() and transaction.isalnum() else "?"
