"""Scrubber tables: providers, patient and payers, plan of care, authorization, telehealth (PRV to TEL)."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

import pytest

from claimloom.reference.providers import npi_is_valid
from claimloom.scrub.case import Case
from claimloom.scrub.subscriber import MBI
from schemas.claim import Severity
from tests.scrub.test_rules import (
    ADVANTAGE,
    ALL_AUTHORIZED,
    AS_OF,
    BASE,
    CLEAN,
    COMMERCIAL,
    COMPENSATION,
    MEDICAID,
    STREET,
    Row,
    biller,
    case,
    check,
    clinic,
    covered,
    fails,
    insured_by,
    passes,
    patient,
    spouse,
    therapist,
    timed,
    untimed,
    waits,
)

ELSEWHERE: Final = {"line1": "9 ELM ST", "city": "SPRINGFIELD", "state": "IL", "zip": "627040009"}
HOME: Final = BASE.patient.address.model_dump()
TAX_ID: Final = "2010AA/REF02"
BAD_PREFIXES: Final = "00 07 08 09 17 18 19 28 29 49 69 70 78 79 89 96 97".split()
LINES: Final = (1, 2, 3)
LATER: Final = covered()[0]


def billed(**changes: Any) -> Case:
    """By this provider."""
    return case(billing_provider=biller(**changes))


def billed_from(**changes: Any) -> Case:
    """From this address; the clinic stands there too."""
    address = STREET | changes
    return case(billing_provider=biller(address=address), clinic=clinic(address=address))


def treated(**changes: Any) -> Case:
    """By this therapist."""
    return case(therapist=therapist(**changes))


def at(place: dict[str, Any], **changes: Any) -> Case:
    """In a clinic that stands here."""
    return case(clinic=clinic(address=place), **changes)


def referred(npi: str, **changes: Any) -> Case:
    """By this physician."""
    return case(referring_provider={"name": {"last": "SMITH", "first": "ALAN"}, "npi": npi}, **changes)


def on_all(where: str) -> tuple[tuple[str, int | None], ...]:
    """The same place on each line of the visit."""
    return tuple((where, number) for number in LINES)


def employed(last: str, first: str = "", member_id: str = "W123456789") -> Case:
    """Workers' compensation: the employer holds the policy."""
    holder = {"relationship": "20", "subscriber": {"name": {"last": last, "first": first}}}
    plan = {"payer_class": "workers_comp_auto", "filing_indicator": "WC", "member_id": member_id}
    return case(coverages=[COMMERCIAL[0] | holder | plan])


def helped(discipline: str, credential: str, performer: str = "assistant") -> Case:
    """A visit in which this assistant gave minutes."""
    assistant = {"name": {"last": "LEE", "first": "KIM"}, "credential": credential}
    timed = [{"code": "97530", "minutes": 30, "performer": performer}]
    return case(discipline=discipline, assistant=assistant, timed=timed, untimed=[])


PROVIDERS: Final = [
    fails("PRV-002", "rendering", treated(npi="1679576723"), "2310B/NM109", value="1679576723"),
    fails("PRV-002", "billing", billed(npi="1234567890"), "2010AA/NM109", value="1234567890"),
    fails("PRV-002", "referring", referred("1245319598"), "2310A/NM109", value="1245319598"),
    fails("PRV-002", "right check digit, wrong first", billed(npi="3000000009"), "2010AA/NM109"),
    fails(
        "PRV-002",
        "9 digits",
        case(claim={"rendering": CLEAN.claim.rendering.model_copy(update={"npi": "123456789"})}),
        "2310B/NM109",
    ),
    passes("PRV-002", "three good ones", CLEAN),
    passes("PRV-002", "nobody referred", case(referring_provider=None)),
    fails("PRV-004", "SSN of an organisation", billed(tax_id_type="SY"), "2010AA/REF01", value="SY"),
    passes("PRV-004", "SSN of a person", billed(tax_id_type="SY", entity_type="1", first="PAT")),
    passes("PRV-004", "EIN of a person", billed(entity_type="1", first="PAT")),
    *(fails("PRV-005", f"prefix {each}", billed(tax_id=f"{each}1234567"), TAX_ID, value=each) for each in BAD_PREFIXES),
    fails("PRV-005", "one digit", billed(tax_id="222222222"), TAX_ID),
    fails("PRV-005", "counting", billed(tax_id="123456789"), TAX_ID),
    passes("PRV-005", "prefix 98", billed(tax_id="981234567")),
    passes("PRV-005", "eight equal digits", billed(tax_id="222222223")),
    passes("PRV-005", "an SSN has no prefixes", billed(tax_id="001234567", tax_id_type="SY", entity_type="1")),
    *(
        fails("PRV-006", street, billed_from(line1=street), "2010AA/N301")
        for street in (
            "PO BOX 12",
            "P.O. Box 12",
            "P O BOX 1",
            "POBOX 12",
            "P.O.BOX12",
            "100 MAIN ST, PO BOX 12",
            "Post Office Box 1",
            "LOCKBOX 7",
            "1 A ST PMB 9",
            "PO DRAWER 5",
            "P.O. Drawer 12",
            "POB 77",
            "P O B 77",
            "BOX 12",
            "DRAWER 9",
            "CALLER BOX 3",
            "GPO Box 4",
            "Apartado 190",
        )
    ),
    fails("PRV-006", "in the second line", billed_from(line2="LOCK BOX 3"), "2010AA/N301"),
    passes("PRV-006", "a street with box in its name", billed_from(line1="100 BOXWOOD LN")),
    passes("PRV-006", "a street that begins with it", billed_from(line1="100 POBOXER RD")),
    passes("PRV-006", "a rural route", billed_from(line1="RR 2 BOX 15")),
    passes("PRV-006", "a highway contract", billed_from(line1="HC 1 BOX 5")),
    passes("PRV-006", "a street of that name", billed_from(line1="12 DRAWER CT")),
    passes("PRV-006", "a street POB", billed_from(line1="12 POBLANO RD")),
    passes("PRV-006", "each line for itself", billed_from(line1="1 OLD POST OFFICE", line2="BOX ELDER WING")),
    passes("PRV-006", "pay-to address", billed(pay_to_address=STREET | {"line1": "PO BOX 12"})),
    fails("PRV-007", "billing", billed_from(zip="62701"), "2010AA/N403", value="62701"),
    fails("PRV-007", "facility", at(ELSEWHERE | {"zip": "62704"}), "2310C/N403", value="62704"),
    passes("PRV-007", "nine digits both", at(ELSEWHERE)),
    passes("PRV-007", "the patient's may have five", CLEAN),
    fails("PRV-008", "billing", billed_from(state="MO"), "2010AA/N402", value="MO"),
    fails("PRV-008", "patient", case(patient=patient(address=HOME | {"state": "IN"})), "2010BA/N402", value="IN"),
    fails(
        "PRV-008",
        "patient who is not the subscriber",
        case(
            patient=patient(address=HOME | {"state": "IN"}),
            coverages=insured_by("99999", "commercial", "CI", **spouse()),
        ),
        "2010CA/N402",
    ),
    fails("PRV-008", "facility", at(ELSEWHERE | {"state": "WI"}), "2310C/N402", value="WI"),
    fails("PRV-008", "pay-to", billed(pay_to_address=STREET | {"state": "WI"}), "2010AB/N402", value="WI"),
    passes("PRV-008", "Missouri by its CMS code", at(ELSEWHERE | {"state": "MO", "zip": "631010001"})),
    passes("PRV-008", "Kansas by its CMS code", at(ELSEWHERE | {"state": "KS", "zip": "660620001"})),
    passes("PRV-008", "west Kansas", at(ELSEWHERE | {"state": "KS", "zip": "664410001"})),
    passes("PRV-008", "unknown ZIP", at(ELSEWHERE | {"state": "WI", "zip": "000010001"})),
    fails("PRV-009", "9 characters", billed(taxonomy="261QR0400"), "2000A/PRV03", value="261QR0400"),
    fails("PRV-009", "no X", treated(taxonomy="225X000000"), "2310B/PRV03"),
    fails("PRV-009", "lower case", treated(taxonomy="225x00000x"), "2310B/PRV03"),
    fails("PRV-009", "not in the list", treated(taxonomy="999X00000X"), "2310B/PRV03", severity=Severity.WARN),
    passes("PRV-009", "both in the list", CLEAN),
    passes("PRV-009", "no billing taxonomy is PRV-011", billed(taxonomy="")),
    fails("PRV-010", "PT renders OT", treated(taxonomy="225100000X"), on_all("2310B/PRV03"), value=("PT",) * 3),
    fails(
        "PRV-010",
        "one line of another discipline",
        case(line={2: {"modifiers": ["GN"]}}),
        ("2310B/PRV03", 2),
        value="OT",
    ),
    passes("PRV-010", "OT hand specialist", treated(taxonomy="225XH1200X")),
    passes("PRV-010", "a role that is no therapist's", treated(taxonomy="224Z00000X")),
    passes("PRV-010", "a taxonomy outside the table", treated(taxonomy="208100000X")),
    passes("PRV-010", "line without modifier", case(line={n: {"modifiers": []} for n in LINES})),
    fails(
        "PRV-011",
        "wanted and not there",
        case(billing_provider=biller(taxonomy=""), payer={"requires_bp_taxonomy": True}),
        "2000A/PRV03",
    ),
    passes("PRV-011", "wanted and there", case(payer={"requires_bp_taxonomy": True})),
    passes("PRV-011", "not wanted", billed(taxonomy="")),
    *(
        fails("PRV-014", role, treated(taxonomy=code), "2310B/PRV03", value=role)
        for role, code in (("PTA", "225200000X"), ("OTA", "224Z00000X"), ("SLPA", "2355S0801X"))
    ),
    passes("PRV-014", "therapist", CLEAN),
    passes(
        "PRV-014", "no rule of other payers", case(therapist=therapist(taxonomy="224Z00000X"), coverages=COMMERCIAL)
    ),
    fails("PRV-020", "certifies the own plan", referred("1679576722"), "2310A/NM109"),
    passes("PRV-020", "certified by another", CLEAN),
    passes("PRV-020", "a physician who renders", referred("1679576722", therapist=therapist(taxonomy="208100000X"))),
    passes("PRV-020", "no rule of other payers", referred("1679576722", coverages=COMMERCIAL)),
    fails("PRV-022", "at home, and where?", case(place_of_service="12"), "2310C/N301"),
    passes("PRV-022", "at home, with its address", at(ELSEWHERE, place_of_service="12")),
    passes("PRV-022", "assisted living", case(place_of_service="13")),
    passes("PRV-022", "no rule of other payers", case(place_of_service="12", coverages=COMMERCIAL)),
    fails("REF-001", "nobody certified", case(referring_provider=None), "2310A/NM109"),
    passes("REF-001", "certified", CLEAN),
    passes("REF-001", "no rule of Advantage plans", case(referring_provider=None, coverages=ADVANTAGE)),
    fails("REF-004", "wanted and not there", case(payer={"referral_required": True}), "2300/REF*9F"),
    passes("REF-004", "wanted and there", case(payer={"referral_required": True}, referral_number="R1")),
    passes("REF-004", "not wanted", CLEAN),
]


def member(number: str, **changes: Any) -> Case:
    """Insured under this number."""
    return case(coverages=covered(member_id=number), **changes)


def born(day: str, **changes: Any) -> Case:
    """A patient born on this day."""
    return case(patient=patient(birth_date=day), **changes)


SUBSCRIBERS: Final = [
    fails("SUB-001", "one character", member("1"), "2010BA/NM109"),
    fails("SUB-001", "none", member(""), "2010BA/NM109"),
    fails("SUB-001", "blanks", member(" 1 "), "2010BA/NM109"),
    passes("SUB-001", "two characters", member("12")),
    *(
        fails("SUB-002", why, member(number), "2010BA/NM109")
        for why, number in (
            ("10 characters", "1EG4TE5MK7"),
            ("12 characters", "1EG4TE5MK730"),
            ("a slash", "1EG4/TE5/MK73"),
            ("begins with 0", "0EG4TE5MK73"),
            ("S in second place", "1SG4TE5MK73"),
            ("B in eighth place", "1EG4TE5BK73"),
            ("digit in fifth place", "1EG44E5MK73"),
            ("letter at the end", "1EG4TE5MK7A"),
        )
    ),
    passes("SUB-002", "as on the card", CLEAN),
    passes("SUB-002", "lower case", member("1eg4te5mk73")),
    passes("SUB-002", "dashes of the card", member("1EG4-TE5-MK73")),
    passes("SUB-002", "spaces", member("1EG4 TE5 MK73")),
    passes("SUB-002", "digits where they may be", member("9A00A00AA00")),
    passes("SUB-002", "no rule of other payers", case(coverages=COMMERCIAL)),
    fails("SUB-003", "one digit less", case(coverages=[ADVANTAGE[0] | {"member_id": "W12345678"}]), "2010BA/NM109"),
    fails("SUB-003", "one digit more", case(coverages=[ADVANTAGE[0] | {"member_id": "W1234567890"}]), "2010BA/NM109"),
    passes("SUB-003", "as the plan writes them", case(coverages=ADVANTAGE)),
    passes("SUB-003", "payer without a shape", member("W12")),
    fails("SUB-004", "tomorrow", born("2026-11-17"), "2010BA/DMG02"),
    fails("SUB-004", "120 years and a day", born("1906-11-15"), "2010BA/DMG02"),
    fails(
        "SUB-004",
        "and on a 30th",
        born("1906-11-29", date_of_service="2026-11-30", as_of=date(2026, 12, 1)),
        "2010BA/DMG02",
    ),
    fails(
        "SUB-004",
        "of a dependent",
        case(patient=patient(birth_date="2026-11-17"), coverages=insured_by("99999", "commercial", "CI", **spouse())),
        "2010CA/DMG02",
    ),
    passes("SUB-004", "on the day", born("2026-11-16")),
    passes("SUB-004", "120 years", born("1906-11-16")),
    passes("SUB-004", "120 years on a 30th", born("1906-11-30", date_of_service="2026-11-30", as_of=date(2026, 12, 1))),
    passes(
        "SUB-004", "120 years on a leap day", born("1908-02-29", date_of_service="2028-02-29", as_of=date(2028, 3, 1))
    ),
    fails("SUB-008", "Medicare insures persons", case(coverages=covered(**spouse())), "2000B/SBR02"),
    fails("SUB-008", "so does Medicaid", case(coverages=[MEDICAID[0] | spouse()]), "2000B/SBR02"),
    passes("SUB-008", "self", CLEAN),
    passes("SUB-008", "commercial insures families", case(coverages=[COMMERCIAL[0] | spouse()])),
    fails("SUB-009", "died the day before", case(patient=patient(death_date="2026-11-15")), "2400/DTP*472"),
    passes("SUB-009", "died on the day", case(patient=patient(death_date="2026-11-16"))),
    passes("SUB-009", "lives", CLEAN),
    fails(
        "SUB-010",
        "digit in the last name",
        case(patient=patient(name={"last": "D0E", "first": "JANE"})),
        "2010BA/NM103",
    ),
    fails(
        "SUB-010",
        "digit in the first name",
        case(patient=patient(name={"last": "DOE", "first": "JAN3"})),
        "2010BA/NM103",
    ),
    *(
        fails("SUB-010", filler, case(patient=patient(name={"last": filler, "first": "JANE"})), "2010BA/NM103")
        for filler in ("UNKNOWN", "None", "test")
    ),
    fails(
        "SUB-010",
        "digit in the subscriber's",
        case(coverages=[COMMERCIAL[0] | spouse(subscriber={"name": {"last": "P0E", "first": "SAM"}})]),
        "2010BA/NM103",
    ),
    fails(
        "SUB-010",
        "dependent's",
        case(coverages=[COMMERCIAL[0] | spouse()], patient=patient(name={"last": "NONE", "first": "JANE"})),
        "2010CA/NM103",
    ),
    passes("SUB-001", "an employer has no number", employed("EXAMPLE WAREHOUSE 24 INC", member_id="")),
    fails("SUB-001", "a person of an employer's plan has one", employed("POE", "SAM", member_id=""), "2010BA/NM109"),
    passes("SUB-010", "an employer with a digit", employed("EXAMPLE WAREHOUSE 24 INC")),
    fails("SUB-010", "a person with a digit, of an employer's plan", employed("P0E", "SAM"), "2010BA/NM103"),
    passes("SUB-010", "names that look like it", case(patient=patient(name={"last": "TESTA", "first": "NONE"}))),
    passes("SUB-010", "no first name", case(patient=patient(name={"last": "DOE", "first": ""}))),
    passes("SUB-010", "two good ones", case(coverages=[COMMERCIAL[0] | spouse()])),
]

Y4: Final = "2010BA/REF*Y4"
CLAIM_NUMBER: Final = {"claim_number_required": True}


def injured(*related: str, payer: dict[str, Any] | None = None, **changes: Any) -> Case:
    """Paid for by workers' compensation."""
    return case(coverages=COMPENSATION, payer=payer, accident={"related": list(related)} | changes)


PAYERS: Final = [
    fails("SUB-015", "no accident known", case(coverages=COMPENSATION, payer=CLAIM_NUMBER), "2010BA/REF*Y4"),
    fails("SUB-015", "no number", injured("AA", payer=CLAIM_NUMBER, accident_date="2026-10-01"), "2010BA/REF*Y4"),
    fails(
        "SUB-015",
        "dependent's",
        case(coverages=[COMPENSATION[0] | spouse()], payer=CLAIM_NUMBER),
        "2010CA/REF*Y4",
    ),
    fails("SUB-015", "auto, no date", injured("AA", claim_number="WC1"), "2300/DTP*439"),
    fails("SUB-015", "other, no date", injured("EM", "OA", claim_number="WC1"), "2300/DTP*439"),
    passes(
        "SUB-015", "number and date", injured("EM", payer=CLAIM_NUMBER, claim_number="WC1", accident_date="2026-10-01")
    ),
    passes(
        "SUB-015",
        "number not wanted",
        injured("EM", payer={"claim_number_required": False}, accident_date="2026-10-01"),
    ),
    fails("SUB-015", "blanks are no number", injured("EM", claim_number=" ", accident_date="2026-10-01"), Y4),
    passes("SUB-015", "no rule of other payers", case(coverages=COMMERCIAL, payer=CLAIM_NUMBER)),
    waits("SUB-015", "employment without a date: was it an accident?", injured("EM", claim_number="WC1")),
    passes("PYR-001", "has settings", CLEAN),
    fails("PYR-001", "a digit wrong", case(coverages=covered(payer_id="06103")), "2010BB/NM109", value="06103"),
    fails("PYR-001", "two digits changed places", case(coverages=covered(payer_id="60102")), "2010BB/NM109"),
    fails("PYR-001", "a digit missing", case(coverages=covered(payer_id="6102")), "2010BB/NM109"),
    waits("PYR-001", "nothing like it is known", case(coverages=covered(payer_id="AB123"))),
    fails(
        "PYR-002", "commercial for Medicare", case(coverages=covered(filing_indicator="CI")), "2000B/SBR09", value="CI"
    ),
    fails("PYR-002", "empty", case(coverages=covered(filing_indicator="")), "2000B/SBR09", value=""),
    fails(
        "PYR-002",
        "Medicare for commercial",
        case(coverages=[COMMERCIAL[0] | {"filing_indicator": "MB"}]),
        "2000B/SBR09",
    ),
    fails(
        "PYR-002",
        "empty where all is allowed",
        case(coverages=covered(filing_indicator=""), payer={"sbr09_allowed": ()}),
        "2000B/SBR09",
    ),
    passes("PYR-002", "MB for Medicare", CLEAN),
    *(
        passes("PYR-002", f"{code} for {name}", case(coverages=[insured[0] | {"filing_indicator": code}]))
        for name, insured, codes in (
            ("commercial", COMMERCIAL, "CI BL 12 13 14 15 HM FI 11 OF ZZ"),
            ("Advantage", ADVANTAGE, "16 HM 12 CI MB"),
            ("compensation", COMPENSATION, "WC AM LM"),
            ("Medicaid", MEDICAID, "MC"),
        )
        for code in codes.split()
    ),
    fails("PYR-004", "secondary without type", case(claim={"responsibility": "S"}), "2000B/SBR05", value=""),
    fails(
        "PYR-004",
        "secondary with a wrong type",
        case(claim={"responsibility": "T"}, coverages=covered(msp_type="17")),
        "2000B/SBR05",
        value="17",
    ),
    fails("PYR-004", "primary with a type", case(coverages=covered(msp_type="12")), "2000B/SBR05", value="12"),
    passes("PYR-004", "primary without", CLEAN),
    *(
        passes("PYR-004", f"secondary {kind}", case(claim={"responsibility": "S"}, coverages=covered(msp_type=kind)))
        for kind in "12 13 14 15 16 41 42 43 47".split()
    ),
    fails("PYR-004", "Medicare told of without type", case(coverages=[*COMMERCIAL, LATER]), "2320/SBR05", value=""),
    fails(
        "PYR-004",
        "Medicare third, with a type that is none",
        case(coverages=[*COMMERCIAL, *ADVANTAGE, LATER | {"msp_type": "17"}]),
        "2320/SBR05",
        value="17",
    ),
    fails(
        "PYR-004",
        "Part A told of without type",
        case(coverages=[*COMMERCIAL, LATER | {"filing_indicator": "MA"}]),
        "2320/SBR05",
    ),
    passes("PYR-004", "Medicare told of with a type", case(coverages=[*COMMERCIAL, LATER | {"msp_type": "43"}])),
    passes("PYR-004", "another told of", case(coverages=[*covered(), *COMMERCIAL])),
    fails("COB-001", "secondary, no payer before", case(claim={"responsibility": "S"}), "2320", value="S"),
    fails("COB-001", "eleventh", case(claim={"responsibility": "H"}), "2320", value="H"),
    passes("COB-001", "primary", CLEAN),
]


def planned(as_of: date = AS_OF, payer: dict[str, Any] | None = None, **plan: Any) -> Case:
    """A visit under a plan of care that began on 2026-10-16."""
    return case(as_of=as_of, payer=payer, plan_of_care={"start": "2026-10-16", "first_treatment": "2026-10-21"} | plan)


DAY_31: Final = date(2026, 11, 21)
ORDERED: Final = {"order_on_file": True, "sent_on": "2026-11-15"}
CERTIFIED: Final = {"certified_on": "2026-11-20"}

PLANS: Final = [
    fails("POC-001", "begins the day after", planned(start="2026-11-17"), "session.plan_of_care"),
    fails("POC-001", "ended the day before", planned(end="2026-11-15"), "session.plan_of_care"),
    passes("POC-001", "ends on the day", planned(end="2026-11-16")),
    passes("POC-001", "begins on the day", planned(start="2026-11-16")),
    passes("POC-001", "no end", planned()),
    passes("POC-001", "evaluation on the plan's date", case(plan_of_care={"start": "2026-11-16"}, **untimed("97165"))),
    passes("POC-001", "no rule of other payers", case(coverages=ADVANTAGE, plan_of_care={"start": "2026-11-17"})),
    waits("POC-001", "no plan told", CLEAN),
    fails("POC-002", "31 days, not signed", planned(DAY_31), "session.plan_of_care.certified_on"),
    fails(
        "POC-002", "signed on day 31", planned(DAY_31, certified_on="2026-11-21"), "session.plan_of_care.certified_on"
    ),
    fails("POC-002", "order, not sent", planned(DAY_31, order_on_file=True), "session.plan_of_care.certified_on"),
    fails(
        "POC-002",
        "order, sent on day 31",
        planned(DAY_31, **ORDERED | {"sent_on": "2026-11-16"}),
        "session.plan_of_care.certified_on",
    ),
    fails("POC-002", "sent, no order", planned(DAY_31, sent_on="2026-10-17"), "session.plan_of_care.certified_on"),
    fails(
        "POC-002",
        "an order was not enough in 2024",
        case(
            date_of_service="2024-12-31",
            as_of=date(2025, 2, 1),
            plan_of_care={"start": "2024-12-20", "order_on_file": True, "sent_on": "2024-12-21"},
        ),
        "session.plan_of_care.certified_on",
    ),
    passes("POC-002", "30 days, not signed", planned(AS_OF)),
    passes("POC-002", "signed on day 30", planned(DAY_31, **CERTIFIED)),
    passes("POC-002", "order, and sent on day 30", planned(DAY_31, **ORDERED)),
    passes(
        "POC-002",
        "an order is enough since 2025",
        case(
            date_of_service="2025-01-01",
            as_of=date(2025, 2, 1),
            plan_of_care={"start": "2024-12-20", "order_on_file": True, "sent_on": "2024-12-21"},
        ),
    ),
    passes("POC-002", "delay documented", planned(DAY_31, delayed_certification=True)),
    waits("POC-002", "no plan told", CLEAN),
    fails(
        "POC-003",
        "day 91",
        planned(start="2026-08-18", first_treatment="2026-08-18", certified_on="2026-08-20"),
        "session.plan_of_care.certified_to",
    ),
    fails(
        "POC-003",
        "ended the day before",
        planned(certified_to="2026-11-15", **CERTIFIED),
        "session.plan_of_care.certified_to",
    ),
    fails(
        "POC-003",
        "a period longer than 90 days",
        planned(start="2026-01-02", first_treatment="2026-01-02", certified_on="2026-01-05", certified_to="2027-02-14"),
        "session.plan_of_care.certified_to",
        severity=Severity.WARN,
    ),
    passes(
        "POC-003",
        "recertified, the first signature told",
        planned(start="2026-01-02", first_treatment="2026-01-02", certified_on="2026-01-05", certified_to="2027-02-13"),
    ),
    passes(
        "POC-003",
        "recertified, the newest signature told",
        planned(start="2026-01-02", first_treatment="2026-01-02", certified_on="2026-10-01", certified_to="2026-12-28"),
    ),
    passes("POC-003", "day 90", planned(start="2026-08-19", first_treatment="2026-08-19", certified_on="2026-08-20")),
    passes("POC-003", "ends on the day", planned(certified_to="2026-11-16", **CERTIFIED)),
    passes("POC-003", "delay documented", planned(certified_to="2026-11-15", delayed_certification=True, **CERTIFIED)),
    passes("POC-003", "not certified is POC-002", planned()),
    waits("POC-003", "no plan told", CLEAN),
    fails("PRV-023", "an OTA in a PT visit", helped("PT", "OTA"), "2400/SV101-3", value="OTA"),
    fails("PRV-023", "a PTA in an OT visit", helped("OT", "PTA"), "2400/SV101-3", value="PTA"),
    passes("PRV-023", "an OTA in an OT visit", helped("OT", "OTA")),
    passes("PRV-023", "was there and gave no minute alone", helped("PT", "OTA", "therapist")),
    fails("POC-004", "eleventh day", planned(treatment_days_since_report=11), "session.plan_of_care", value="11"),
    passes("POC-004", "tenth day", planned(treatment_days_since_report=10)),
    waits("POC-004", "not counted", planned()),
]


def authorized(insured: list[dict[str, Any]] | None = None, as_of: date = AS_OF, visits: int = 0, **found: Any) -> Case:
    """By a payer that wants a number for everything."""
    number = {"number": "A1"} | found
    return case(coverages=insured or ALL_AUTHORIZED, as_of=as_of, visits=visits, authorization=number)


def counted(used: int, allowed: int = 10, **changes: Any) -> Case:
    """Visits used before this one."""
    return authorized(visits_used=used, visits_authorized=allowed, **changes)


TESTED: Final = timed(("97750", 30))

AUTHORIZATIONS: Final = [
    fails("AUT-001", "all codes", case(coverages=ALL_AUTHORIZED), "2300/REF*G1"),
    fails("AUT-001", "a listed code", case(coverages=ADVANTAGE, **TESTED), "2300/REF*G1"),
    passes("AUT-001", "no listed code", case(coverages=ADVANTAGE)),
    passes("AUT-001", "given", authorized()),
    passes("AUT-001", "not wanted", CLEAN),
    fails("AUT-002", "begins the day after", authorized(valid_from="2026-11-17"), "2300/REF*G1"),
    fails("AUT-002", "ended the day before", authorized(valid_to="2026-11-15"), "2300/REF*G1"),
    fails("AUT-002", "a code is not in it", authorized(codes=["97530", "97110"]), ("2300/REF*G1", 2)),
    passes("AUT-002", "first day", authorized(valid_from="2026-11-16")),
    passes("AUT-002", "last day", authorized(valid_to="2026-11-16")),
    passes("AUT-002", "all codes in it", authorized(codes=["97530", "97110", "97535"])),
    passes("AUT-002", "code that needs none", authorized(ADVANTAGE, codes=["97750"])),
    fails("AUT-003", "one too many", counted(10), "2300/REF*G1", value="11"),
    fails("AUT-003", "one too many by our own count", counted(3, visits=10), "2300/REF*G1", value="11"),
    passes("AUT-003", "the last one", counted(9)),
    passes("AUT-003", "no number of visits", authorized(visits_used=99)),
    fails("AUT-004", "ends in 7 days", authorized(valid_to="2026-11-27"), "2300/REF*G1", value="2026-11-27"),
    fails("AUT-004", "ends today", authorized(valid_to="2026-11-20"), "2300/REF*G1", value="2026-11-20"),
    fails("AUT-004", "two visits left", counted(7), "2300/REF*G1", value="2"),
    fails("AUT-004", "none left", counted(9), "2300/REF*G1", value="0"),
    passes("AUT-004", "ends in 8 days", authorized(valid_to="2026-11-28")),
    passes("AUT-004", "ended yesterday", authorized(valid_to="2026-11-19")),
    passes("AUT-004", "three visits left", counted(6)),
    passes("AUT-004", "exhausted is AUT-003", counted(10)),
]

REMOTE: Final = {"mode": "telehealth", "place_of_service": "10"}
HANDS_ON: Final = (
    "97010 97012 97014 97016 97018 97022 97024 97026 97028 97032 97034 97035 97036 97124 97140 97597 97598 20560 20561 "
    "G0283 G0281"
).split()
WANTS_95: Final = {"telehealth_modifier": "95"}


def marked(*modifiers: str, **changes: Any) -> Case:
    """One code with these modifiers."""
    part = {"code": "97530", "minutes": 30, "modifiers": list(modifiers)}
    return case(**timed(part), **changes)


TELEHEALTH: Final = [
    *(fails("TEL-001", f"{p} in person", case(place_of_service=p), "2300/CLM05-1", value=p) for p in ("02", "10")),
    fails("TEL-001", "by video in the office", case(mode="telehealth"), "2300/CLM05-1", value="11"),
    fails(
        "TEL-001",
        "payer takes 10 only",
        case(**REMOTE | {"place_of_service": "02"}, payer={"telehealth_pos": ("10",)}),
        "2300/CLM05-1",
    ),
    *(passes("TEL-001", f"by video, {p}", case(**REMOTE | {"place_of_service": p})) for p in ("02", "10")),
    passes("TEL-001", "in person", CLEAN),
    passes("TEL-001", "payer takes 11", case(mode="telehealth", payer={"telehealth_pos": ("11",)})),
    fails("TEL-002", "by video without it", marked(payer=WANTS_95, **REMOTE), ("2400/SV101-3", 1)),
    fails("TEL-002", "by video with another", marked("GT", payer=WANTS_95, **REMOTE), ("2400/SV101-3", 1)),
    fails("TEL-002", "in person with it", marked("95", payer=WANTS_95), ("2400/SV101-3", 1)),
    passes("TEL-002", "by video with it", marked("95", payer=WANTS_95, **REMOTE)),
    passes("TEL-002", "in person without it", marked(payer=WANTS_95)),
    passes("TEL-002", "payer wants none", marked(**REMOTE)),
    fails(
        "TEL-003",
        "the day after",
        case(
            **REMOTE,
            date_of_service="2028-01-01",
            as_of=date(2028, 1, 2),
            payer={"telehealth_until": date(2027, 12, 31)},
        ),
        "2300/CLM05-1",
        value="2028-01-01",
    ),
    fails(
        "TEL-003",
        "the place counts",
        case(date_of_service="2028-01-01", as_of=date(2028, 1, 2), place_of_service="02"),
        "2300/CLM05-1",
    ),
    waits(
        "TEL-003",
        "last day: whether the code is on the list",
        case(**REMOTE, date_of_service="2027-12-31", as_of=date(2028, 1, 2)),
    ),
    passes("TEL-003", "in person after the day", case(date_of_service="2028-01-01", as_of=date(2028, 1, 2))),
    passes(
        "TEL-003",
        "no rule of other payers",
        case(**REMOTE, coverages=COMMERCIAL, payer={"telehealth_until": date(2020, 1, 1)}),
    ),
    *(
        fails("TEL-004", ":".join(pair), marked(*pair), ("2400/SV101-3", 1))
        for pair in (("95", "93"), ("95", "GT"), ("GT", "GQ"), ("93", "FQ"))
    ),
    *(passes("TEL-004", each, marked(each)) for each in ("95", "93", "GT", "GQ", "FQ")),
    passes("TEL-004", "95 with FQ", marked("95", "FQ")),
    *(
        fails("TEL-005", code, case(**REMOTE, **untimed(code, also=[("97530", 15)])), ("2400/SV101-2", 2), value=code)
        for code in HANDS_ON
        if code not in ("97032", "97034", "97035", "97036", "97124", "97140")
    ),
    *(
        fails("TEL-005", code, case(**REMOTE, **timed((code, 15))), ("2400/SV101-2", 1), value=code)
        for code in ("97032", "97034", "97035", "97036", "97124", "97140")
    ),
    passes("TEL-005", "in person", case(**timed(("97140", 15)))),
    passes("TEL-005", "codes for the screen", case(**REMOTE, **timed(("97530", 15), ("97033", 15), ("97112", 15)))),
]

ROWS: Final[list[Row]] = [*PROVIDERS, *SUBSCRIBERS, *PAYERS, *PLANS, *AUTHORIZATIONS, *TELEHEALTH]


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_rule(row: Row) -> None:
    """The rule says what the catalog's condition says."""
    check(row)


@pytest.mark.parametrize("npi", ["1234567893", "1245319599", "1679576722"])
def test_npi_check_digit(npi: str) -> None:
    """One last digit of ten fits."""
    assert [digit for digit in "0123456789" if npi_is_valid(npi[:9] + digit)] == [npi[9]]


@pytest.mark.parametrize("letter", "SLOIBZ")
def test_six_letters_are_in_no_mbi(letter: str) -> None:
    """They look like digits."""
    good = "1EG4TE5MK73"
    assert MBI.fullmatch(good)
    assert not any(MBI.fullmatch(good[:place] + letter + good[place + 1 :]) for place in range(11))
