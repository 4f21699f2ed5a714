"""TEL: visits by video or telephone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from claimloom.scrub.case import Case
from claimloom.scrub.rules import Hit, MissingInputError, rule

HANDS_ON: Final = frozenset(
    [
        "97010",
        "97012",
        "97014",
        "97016",
        "97018",
        "97022",
        "97024",
        "97026",
        "97028",
        "97032",
        "97034",
        "97035",
        "97036",
        "97124",
        "97140",
        "97597",
        "97598",
        "20560",
        "20561",
        "G0283",
        "G0281",
    ]
)
TELEHEALTH_PLACES: Final = ("02", "10")
MODES: Final = ("95", "93", "GT", "GQ")


@rule("TEL-001")
def place_and_mode(case: Case) -> Iterator[Hit]:
    """Place of service and mode say the same."""
    place, remote = case.claim.place_of_service, case.session.mode == "telehealth"
    if remote and place not in case.payer.telehealth_pos:
        fixes = (f"set place_of_service to {case.payer.telehealth_pos[-1]}", "set mode to in_person")
        yield Hit("2300/CLM05-1", f"{place} for a telehealth visit", fixes, value=place)
    elif not remote and place in TELEHEALTH_PLACES:
        fixes = ("set place_of_service to 11", "set mode to telehealth")
        yield Hit("2300/CLM05-1", f"{place} for a visit in person", fixes, value=place)


@rule("TEL-002")
def modifier(case: Case) -> Iterator[Hit]:
    """The payer's own telehealth modifier, if and only if it was one."""
    wanted, remote = case.payer.telehealth_modifier, case.session.mode == "telehealth"
    for line, said in case.lines:
        if remote != (wanted in said.marks):
            verb = "add" if remote else "take out"
            yield Hit("2400/SV101-3", "", (f"{verb} {wanted} in modifiers of {line.procedure_code}",), line, wanted)


@rule("TEL-003")
def still_covered(case: Case) -> Iterator[Hit]:
    """Medicare pays therapists' telehealth until a date set by law."""
    until = case.payer.telehealth_until
    if case.claim.place_of_service not in TELEHEALTH_PLACES:
        return
    if until is None or case.day <= until:
        raise MissingInputError(f"Medicare's telehealth list of {case.day.year}")
    yield Hit("2300/CLM05-1", f"covered until {until}", ("do not bill Medicare for it",), value=str(case.day))


@rule("TEL-004", about=MODES)
def one_mode(case: Case) -> Iterator[Hit]:
    """One of 95, 93, GT, GQ; 93 not with FQ."""
    for line in case.claim.lines:
        found = [each for each in line.modifiers if each in MODES]
        if len(found) > 1 or {"93", "FQ"} <= set(line.modifiers):
            detail = ":".join(line.modifiers)
            fix = f"leave one telehealth modifier on {line.procedure_code}"
            yield Hit("2400/SV101-3", detail, (fix,), line, detail)


@rule("TEL-005", about=HANDS_ON)
def hands_on(case: Case) -> Iterator[Hit]:
    """Nobody massages by video."""
    if case.session.mode != "telehealth":
        return
    for line in case.claim.lines:
        if line.procedure_code in HANDS_ON:
            fixes = (f"take {line.procedure_code} out of the visit", "set mode to in_person and place_of_service to 11")
            yield Hit("2400/SV101-2", line.procedure_code, fixes, line, line.procedure_code)
