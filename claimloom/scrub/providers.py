"""PRV and REF: who bills, who treats, who certified, and where they are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from claimloom.reference.addresses import is_mailbox
from claimloom.reference.places import place_of
from claimloom.reference.providers import npi_is_valid, taxonomies
from claimloom.scrub.case import Case, patient_loop, rendered_by, rendering_role, role_of
from claimloom.scrub.rules import Hit, rule
from schemas.claim import Severity
from schemas.values import Discipline

BAD_EIN_PREFIXES: Final = frozenset(
    ["00", "07", "08", "09", "17", "18", "19", "28", "29", "49", "69", "70", "78", "79", "89", "96", "97"]
)
STATE_OF_CMS_CODE: Final = {"EM": "MO", "WM": "MO", "EK": "KS", "WK": "KS"}
ASSISTANT_OF: Final = {Discipline.PT: "PTA", Discipline.OT: "OTA", Discipline.SLP: "SLPA"}
TAXONOMY: Final = re.compile(r"[A-Z0-9]{9}X")
HOME: Final = "12"
VETERANS: Final = "VA"
"""SBR09 of VA's plans."""
FIRMS: Final = re.compile(
    r"\b(LLC|INC|PC|PA|PLLC|LLP|LTD|CORP|CLINICS?|GROUP|HOSPITAL|CENT(ER|RE)|ASSOC(IATES)?|MEDICAL|HEALTH(CARE)?"
    r"|ORTHOPA?EDICS?|PHYSICIANS|PRACTICE|PARTNERS)\b",
    re.IGNORECASE,
)
"""Words of a firm's name, not of a person's."""


def _state_of(zip_code: str) -> str:
    """The state that a ZIP code lies in; empty where it is not known."""
    found = place_of(zip_code)
    return STATE_OF_CMS_CODE.get(found.state, found.state) if found else ""


@rule("PRV-002")
def check_digits(case: Case) -> Iterator[Hit]:
    """NPI check digits of billing, rendering, referring, supervising and ordering providers."""
    claim = case.claim
    npis = [
        ("2010AA/NM109", "billing_provider.npi", claim.billing_provider.npi),
        ("2310B/NM109", "therapist.npi", claim.rendering.npi),
    ]
    if claim.referring:
        npis.append(("2310A/NM109", "referring_provider.npi", claim.referring.npi))
    if claim.supervising:
        npis.append(("2310D/NM109", "supervising_provider.npi", claim.supervising.npi))
    for line in claim.lines:
        if line.rendering:
            npis.append(("2420A/NM109", f"the NPI of the therapist of {line.procedure_code}", line.rendering.npi))
        if line.ordering:
            npis.append(("2420E/NM109", f"the NPI of who ordered {line.procedure_code}", line.ordering.npi))
    for where, name, npi in npis:
        if not npi_is_valid(npi):
            yield Hit(where, f"{npi} of {name}", (f"correct {name}; its last digit is a check digit",), value=npi)


@rule("PRV-004")
def tax_id(case: Case) -> Iterator[Hit]:
    """A social security number belongs to a person, never to an organisation."""
    provider = case.claim.billing_provider
    if provider.tax_id_type == "SY" and provider.entity_type == "2":
        fixes = ("set billing_provider.tax_id_type to EI", "set billing_provider.entity_type to 1")
        yield Hit("2010AA/REF01", "SY with an organisation (NM102 = 2)", fixes, value="SY")


@rule("PRV-005", after=("PRV-004",))
def tax_id_plausible(case: Case) -> Iterator[Hit]:
    """Prefixes that were never given out, and fillers."""
    provider = case.claim.billing_provider
    number = provider.tax_id
    filler = len(set(number)) == 1 or number == "123456789"
    if provider.tax_id_type == "EI" and (filler or number[:2] in BAD_EIN_PREFIXES):
        yield Hit("2010AA/REF02", f"begins with {number[:2]}", ("check billing_provider.tax_id",), value=number[:2])


@rule("PRV-006")
def street_address(case: Case) -> Iterator[Hit]:
    """2010AA needs a street; mail goes to 2010AB."""
    address = case.claim.billing_provider.address
    if is_mailbox(address.line1) or is_mailbox(address.line2):
        fix = "put a street address into billing_provider.address and the PO box into billing_provider.pay_to_address"
        yield Hit("2010AA/N301", "", (fix,))


@rule("PRV-007")
def zip_plus_four(case: Case) -> Iterator[Hit]:
    """Nine digits where a service is billed or given."""
    places = [("2010AA/N403", "billing_provider.address.zip", case.claim.billing_provider.address)]
    if case.claim.service_facility_address:
        places.append(("2310C/N403", "clinic.address.zip", case.claim.service_facility_address))
    for where, name, address in places:
        if len(address.zip) != 9 and not address.country:
            yield Hit(where, f"{name} is {address.zip}", (f"give {name} all nine digits",), value=address.zip)


@rule("PRV-008")
def state_of_zip(case: Case) -> Iterator[Hit]:
    """The state must be that of the ZIP; unknown ZIPs are left alone."""
    provider = case.claim.billing_provider
    places = [
        ("2010AA", "billing_provider.address", provider.address),
        (patient_loop(case), "patient.address", case.claim.patient.address),
    ]
    if provider.pay_to_address:
        places.append(("2010AB", "billing_provider.pay_to_address", provider.pay_to_address))
    if case.claim.service_facility_address:
        places.append(("2310C", "clinic.address", case.claim.service_facility_address))
    for loop, name, address in places:
        known = "" if address.country else _state_of(address.zip)
        if known and known != address.state:
            detail = f"{name} says {address.state}, its ZIP lies in {known}"
            yield Hit(f"{loop}/N402", detail, (f"correct state or ZIP code of {name}",), value=address.state)


@rule("PRV-009")
def taxonomy(case: Case) -> Iterator[Hit]:
    """Shape, and NUCC's list 25.1; lists are additive, so an unknown code is a warning."""
    given = (
        ("2000A/PRV03", "billing_provider.taxonomy", case.claim.billing_provider.taxonomy),
        ("2310B/PRV03", "therapist.taxonomy", case.claim.rendering.taxonomy),
    )
    for where, name, code in given:
        if code in taxonomies() or (code == "" and where == "2000A/PRV03"):
            continue
        if not TAXONOMY.fullmatch(code):
            yield Hit(where, f"{name} is {code or 'empty'}", (f"give {name} a 10-character NUCC code",), value=code)
        else:
            detail = f"{name} {code} is not in NUCC list 25.1"
            yield Hit(where, detail, (f"check {name}",), value=code, severity=Severity.WARN)


@rule("PRV-010", after=("PRV-009",))
def rendering_discipline(case: Case) -> Iterator[Hit]:
    """A line's GP, GO or GN must be the renderer's own discipline."""
    for line, said in case.lines:
        role = role_of(rendered_by(case, line))
        if role in ("PT", "OT", "SLP") and any(discipline != role for discipline in said.disciplines):
            detail = f"therapist's taxonomy says {role}"
            fixes = ("correct therapist (the one who treated) or its taxonomy", "correct discipline")
            yield Hit("2420A/PRV03" if line.rendering else "2310B/PRV03", detail, fixes, line, role)


@rule("PRV-011")
def billing_taxonomy(case: Case) -> Iterator[Hit]:
    """Some payers identify the billing provider by NPI and taxonomy."""
    if not case.claim.billing_provider.taxonomy:
        yield Hit("2000A/PRV03", "", ("fill billing_provider.taxonomy",))


@rule("PRV-014")
def assistant_rendering(case: Case) -> Iterator[Hit]:
    """Assistants give minutes; the supervising therapist renders."""
    role = rendering_role(case)
    if role in ("PTA", "OTA", "SLPA"):
        fix = "put the supervising therapist into therapist and the assistant into assistant"
        yield Hit("2310B/PRV03", f"therapist.taxonomy is that of a {role}", (fix,), value=role)
    for line in case.claim.lines:
        if line.rendering and (role := role_of(line.rendering)) in ("PTA", "OTA", "SLPA"):
            fix = f"name the supervising therapist in therapist of {line.procedure_code}, and say who gave the minutes"
            yield Hit("2420A/PRV03", f"therapist of {line.procedure_code} is a {role}", (fix,), line, role)


@rule("PRV-019")
def referrer_is_a_person(case: Case) -> Iterator[Hit]:
    """Who referred, ordered or supervised is a person: loops 2310A, 2310D and 2420E know NM102 = 1 alone. A name that
    says it is a firm is refused; one without a first name is shown, for some people have only one.
    """
    claim = case.claim
    given = [
        ("2310A/NM102", "referring_provider", claim.referring, None),
        ("2310D/NM102", "supervising_provider", claim.supervising, None),
        *(("2420E/NM102", f"ordering_provider of {line.procedure_code}", line.ordering, line) for line in claim.lines),
    ]
    for where, name, who, line in given:
        if who is None or who.name.first.strip():
            continue
        firm = FIRMS.search(who.name.last.replace(".", ""))
        detail = f"{name} is an organisation" if firm else f"{name} has no first name"
        fix = f"put the person into {name}, with the NPI of that person and not of the practice"
        yield Hit(where, detail, (fix,), line, severity=None if firm else Severity.WARN)


@rule("PRV-020")
def certifier_is_not_renderer(case: Case) -> Iterator[Hit]:
    """A therapist cannot certify the own plan."""
    referring = case.claim.referring
    therapist = rendering_role(case) in ("PT", "OT", "SLP")
    if referring and therapist and referring.npi == case.claim.rendering.npi:
        yield Hit("2310A/NM109", "", ("put the certifying physician or NPP into referring_provider",))


@rule("PRV-022")
def home_address(case: Case) -> Iterator[Hit]:
    """A visit at home says where: the clinic's address cannot be the place."""
    if case.claim.place_of_service == HOME and case.claim.service_facility_address is None:
        fixes = ("put the address of the visit into clinic.address", "set place_of_service to 11")
        yield Hit("2310C/N301", "place of service 12 without 2310C", fixes)


@rule("PRV-023")
def assistant_of_the_discipline(case: Case) -> Iterator[Hit]:
    """CQ is a PTA's and CO an OTA's: another assistant's minutes cannot be billed under this plan of care."""
    assistant = case.session.assistant
    if assistant and case.by_assistant and ASSISTANT_OF[case.claim.discipline] != assistant.credential:
        wanted = ASSISTANT_OF[case.claim.discipline]
        detail = f"{assistant.credential} in a visit of {case.claim.discipline.value}"
        fixes = (f"correct assistant.credential to {wanted}, or who gave the minutes", "correct discipline")
        yield Hit("2400/SV101-3", detail, fixes, value=assistant.credential)


@rule("REF-001")
def certifying_physician(case: Case) -> Iterator[Hit]:
    """NM1*DN of the physician or NPP who certifies the plan of care."""
    if case.claim.referring is None:
        yield Hit("2310A/NM109", "", ("fill referring_provider with name and NPI of who certified the plan",))


@rule("REF-004")
def referral_number(case: Case) -> Iterator[Hit]:
    """REF*9F where the plan wants a referral."""
    if not case.claim.referral_number:
        yield Hit("2300/REF*9F", "", ("fill referral_number",))


@rule("REF-005")
def veterans_referral(case: Case) -> Iterator[Hit]:
    """VA's community care denies what names no referral or authorization (REF*9F or REF*G1)."""
    claim = case.claim
    if claim.coverage.filing_indicator == VETERANS and not (claim.referral_number or claim.authorization_number):
        fixes = (
            "fill referral_number with the VA referral number alone, no words before it",
            "fill authorization.number",
        )
        yield Hit("2300/REF*9F", "no referral of VA", fixes, value=VETERANS)
