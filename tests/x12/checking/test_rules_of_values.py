"""Rules of single values of an 837P: each with what it says, and the nearest legal neighbour that it lets pass."""

from __future__ import annotations

from pathlib import Path

import pytest

from claimloom import x12
from claimloom.x12.checking.check import check
from claimloom.x12.guides.findings import Finding

SAMPLES = Path(__file__).parents[3] / "edi_samples"
CLAIMS = (SAMPLES / "837p/837p_example.edi").read_text(encoding="ascii")
REMIT = (SAMPLES / "835/835_example.edi").read_text(encoding="ascii")


def found(text: str) -> list[Finding]:
    return check(text.encode("latin-1")).findings


def changed(old: str, new: str, text: str = CLAIMS) -> list[Finding]:
    assert old in text, old
    return found(text.replace(old, new, 1))


NPI = "NM1*85*2*EXAMPLE THERAPY CLINIC*****XX*1234567893"


@pytest.mark.parametrize(
    ("npi", "said"),
    [
        ("9999999995", "does not begin with 1 or 2"),
        ("3234567890", "does not begin with 1 or 2"),
        ("123456789", "has 9 digits, an NPI has 10"),
        ("12345678931", "has 11 digits, an NPI has 10"),
        ("12345O7893", "has other characters than digits"),
        ("1234567894", "check digit is wrong"),
        ("2234567893", "check digit is wrong"),
        ("1234567893", ""),
        ("2000000002", ""),
    ],
)
def test_an_npi_finding_says_which_rule_fails(npi: str, said: str) -> None:
    """45 CFR 162.406: ten digits, the last a check digit by Luhn over 80840, the first 1 or 2 (CMS, NPI standard)."""
    messages = [each.message for each in changed(NPI, NPI.replace("1234567893", npi)) if each.element == "09"]
    assert messages == (
        [f"NM109 is no NPI: it {said}" if "check" not in said else f"NM109 is no NPI: its {said}"] if said else []
    )


@pytest.mark.parametrize("code", ["9753O", "97530GO", "9753", "XX530", "A97530", "97-30"])
def test_a_procedure_that_is_not_written_as_hcpcs_is_said(code: str) -> None:
    (one,) = changed("SV1*HC:97530:", f"SV1*HC:{code}:")
    assert (one.segment, one.element, one.severity) == ("SV1", "01-2", "error")


@pytest.mark.parametrize("code", ["97530", "G0283", "0552T", "0001U", "3074F", "K0001"])
def test_a_procedure_that_is_written_as_hcpcs_passes(code: str) -> None:
    assert changed("SV1*HC:97530:", f"SV1*HC:{code}:") == []


@pytest.mark.parametrize(
    ("code", "said"),
    [("261QP2000X", []), ("999999999X", ["warn"]), ("261QP2000Y", ["error"]), ("PHYSTHERAP", ["error"])],
)
def test_a_taxonomy_that_only_the_next_release_may_have_is_a_warning(code: str, said: list[str]) -> None:
    """NUCC brings out its code set twice a year."""
    old = next(each for each in CLAIMS.split("~\n") if each.startswith("PRV*BI*PXC*"))
    assert [each.severity for each in changed(old, f"PRV*BI*PXC*{code}")] == said


def test_a_claim_number_that_comes_twice_is_a_warning() -> None:
    """CLM01 is what 277CA (TRN02) and 835 (CLP01) name the claim by."""
    one, two = [each for each in CLAIMS.split("~\n") if each.startswith("CLM*")][:2]
    number, other = one.split("*")[1], two.split("*")[1]
    (said,) = changed(f"CLM*{other}*", f"CLM*{number}*")
    assert (said.code, said.severity, said.claim) == ("duplicate_claim_number", "warn", number)
    assert changed(f"CLM*{other}*", f"CLM*{number.lower()}*") == []


def test_a_claim_number_comes_again_in_other_files_and_interchanges() -> None:
    twice = CLAIMS + CLAIMS.replace("000000001", "000000009")
    assert [each for each in found(twice) if each.code == "duplicate_claim_number"] == []
    assert found(CLAIMS) == found(CLAIMS) == []


def address(loop: str) -> str:
    """An N4 of the sample, of the billing provider or the first subscriber."""
    rows = CLAIMS.split("~\n")
    start = next(at for at, each in enumerate(rows) if each.startswith(loop))
    return next(each for each in rows[start:] if each.startswith("N4*"))


@pytest.mark.parametrize("loop", ["NM1*85", "NM1*IL"])
def test_an_address_at_home_has_a_state_and_a_postal_code(loop: str) -> None:
    """Notes of N402 and N403 in 005010X222A1; another country in N404 has neither of them by necessity."""
    old = address(loop)
    city = old.split("*")[1]
    assert [each.element for each in changed(old, f"N4*{city}**62701")] == ["02"]
    assert [each.element for each in changed(old, f"N4*{city}*IL")] == ["03"]
    assert [each.element for each in changed(old, f"N4*{city}")] == ["02", "03"]
    assert [each.element for each in changed(old, f"N4*{city}***DE") if each.code.startswith("situational")] == []


def test_a_payers_address_in_an_835_too_as_a_warning() -> None:
    old = next(each for each in REMIT.split("~\n") if each.startswith("N4*"))
    (said,) = changed(old, old.rsplit("*", 1)[0], REMIT)
    assert (said.element, said.severity) == ("03", "warn")


def test_who_files_says_what_kind_of_payer_it_is() -> None:
    """Note of SBR09: required until plans have an identifier of their own, which was given up (84 FR 57621)."""
    old = next(each for each in CLAIMS.split("~\n") if each.startswith("SBR*P*18*"))
    (said,) = changed(old, "*".join(old.split("*")[:9]).rstrip("*"))
    assert (said.segment, said.element, said.ack) == ("SBR", "09", "IK4 I9")


def test_a_group_that_names_nobody_who_rendered_is_no_error() -> None:
    """Suppliers, ambulances and infusion companies bill so; for a therapy claim scrubbing asks (PRV-013)."""
    report = x12.check(SAMPLES / "837p/group_bills_without_rendering_provider.edi")
    assert report.findings == []
