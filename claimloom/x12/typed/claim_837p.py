"""837P (005010X222A1): each loop, segment and element that the guide uses, by name.

Made by tools/generate_x12.py from claimloom/x12/guides/maps (derived from pyx12, see NOTICE.txt there).
"""

from __future__ import annotations

from typing import ClassVar

from claimloom.x12.typed.base import (
    AdjustmentView,
    Cents,
    CodesView,
    Day,
    LoopView,
    Many,
    ManyLoops,
    Number,
    One,
    OneLoop,
    SegmentView,
    Text,
    TransactionView,
    Whole,
)


class TransactionSetHeader(SegmentView):
    """ST*837."""

    __slots__ = ()

    transaction_set_identifier_code = Text(1)
    transaction_set_control_number = Text(2)
    implementation_convention_reference = Text(3)


class BeginningOfHierarchicalTransaction(SegmentView):
    """BHT*0019."""

    __slots__ = ()

    hierarchical_structure_code = Text(1)
    transaction_set_purpose_code = Text(2)
    originator_application_transaction_identifier = Text(3)
    transaction_set_creation_date = Day(4)
    transaction_set_creation_time = Text(5)
    claim_or_encounter_identifier = Text(6)


class SubmitterNameOf1000A(SegmentView):
    """1000A NM1*41."""

    __slots__ = ()

    entity_identifier_code = Text(1)
    entity_type_qualifier = Text(2)
    submitter_last_or_organization_name = Text(3)
    submitter_first_name = Text(4)
    submitter_middle_name = Text(5)
    identification_code_qualifier = Text(8)
    submitter_identifier = Text(9)


class SubmitterEdiContactInformationOf1000A(SegmentView):
    """1000A PER*IC."""

    __slots__ = ()

    contact_function_code = Text(1)
    submitter_contact_name = Text(2)
    communication_number_qualifier = Text(3)
    communication_number = Text(4)
    communication_number_qualifier_2 = Text(5)
    communication_number_2 = Text(6)
    communication_number_qualifier_3 = Text(7)
    communication_number_3 = Text(8)


class Loop1000A(LoopView):
    """Loop 1000A."""

    __slots__ = ()
    ID: ClassVar[str] = "1000A"

    submitter_name = One(SubmitterNameOf1000A, 0)
    submitter_edi_contact_information = Many(SubmitterEdiContactInformationOf1000A, 1)


class ReceiverNameOf1000B(SegmentView):
    """1000B NM1*40."""

    __slots__ = ()

    entity_identifier_code = Text(1)
    entity_type_qualifier = Text(2)
    receiver_name = Text(3)
    identification_code_qualifier = Text(8)
    receiver_primary_identifier = Text(9)


class Loop1000B(LoopView):
    """Loop 1000B."""

    __slots__ = ()
    ID: ClassVar[str] = "1000B"

    receiver_name = One(ReceiverNameOf1000B, 0)


class BillingProviderHierarchicalLevelOf2000A(SegmentView):
    """2000A HL."""

    __slots__ = ()

    hierarchical_id_number = Text(1)
    hierarchical_level_code = Text(3)
    hierarchical_child_code = Text(4)


class BillingProviderSpecialtyInformationOf2000A(SegmentView):
    """2000A PRV*BI."""

    __slots__ = ()

    provider_code = Text(1)
    reference_identification_qualifier = Text(2)
    provider_taxonomy_code = Text(3)


class ForeignCurrencyInformationOf2000A(SegmentView):
    """2000A CUR*85."""

    __slots__ = ()

    entity_identifier_code = Text(1)
    currency_code = Text(2)


class BillingProviderNameOf2010AA(SegmentView):
    """2010AA NM1*85."""

    __slots__ = ()

    entity_identifier_code = Text(1)
    entity_type_qualifier = Text(2)
    billing_provider_last_or_organizational_name = Text(3)
    billing_provider_first_name = Text(4)
    billing_provider_middle_name_or_initial = Text(5)
    billing_provider_name_suffix = Text(7)
    identification_code_qualifier = Text(8)
    billing_provider_identifier = Text(9)


class BillingProviderAddressOf2010AA(SegmentView):
    """2010AA N3."""

    __slots__ = ()

    billing_provider_address_line = Text(1)
    billing_provider_address_line_2 = Text(2)


class BillingProviderCityStateZipCodeOf2010AA(SegmentView):
    """2010AA N4."""

    __slots__ = ()

    billing_provider_city_name = Text(1)
    billing_provider_state_or_province_code = Text(2)
    billing_provider_postal_zone_or_zip_code = Text(3)
    country_code = Text(4)
    country_subdivision_code = Text(7)


class BillingProviderTaxIdentificationOf2010AA(SegmentView):
    """2010AA REF*EI|SY."""

    __slots__ = ()

    reference_identification_qualifier = Text(1)
    billing_provider_tax_identification_number = Text(2)


class BillingProviderUpinLicenseInformationOf2010AA(SegmentView):
    """2010AA REF*0B|1G."""

    __slots__ = ()

    reference_identification_qualifier = Text(1)
    billing_provider_license_and_or_upin_information = Text(2)


class BillingProviderContactInformationOf2010AA(SegmentView):
    """2010AA PER*IC."""

    __slots__ = ()

    contact_function_code = Text(1)
    billing_provider_contact_name = Text(2)
    communication_number_qualifier = Text(3)
    communication_number = Text(4)
    communication_number_qualifier_2 = Text(5)
    communication_number_2 = Text(6)
    communication_number_qualifier_3 = Text(7)
    communication_number_3 = Text(8)


class Loop2010AA(LoopView):
    """Loop 2010AA."""

    __slots__ = ()
    ID: ClassVar[str] = "2010AA"

    billing_provider_name = One(BillingProviderNameOf2010AA, 0)
    billing_provider_address = One(BillingProviderAddressOf2010AA, 1)
    billing_provider_city_state_zip_code = One(BillingProviderCityStateZipCodeOf2010AA, 2)
    billing_provider_tax_identification = One(BillingProviderTaxIdentificationOf2010AA, 3)
    billing_provider_upin_license_information = Many(BillingProviderUpinLicenseInformationOf2010AA, 4)
    billing_provider_contact_information = Many(BillingProviderContactInformationOf2010AA, 5)


class PayToAddressNameOf2010AB(SegmentView):
    """2010AB NM1*87."""

    __slots__ = ()

    entity_identifier_code = Text(1)
    entity_type_qualifier = Text(2)


class PayToAddressAddressOf2010AB(SegmentView):
    """2010AB N3."""

    __slots__ = ()

    pay_to_address_line = Text(1)
    pay_to_address_line_2 = Text(2)


class PayToAddressCityStateZipCodeOf2010AB(SegmentView):
    """2010AB N4."""

    __slots__ = ()

    pay_to_address_city_name = Text(1)
    pay_to_address_state_code = Text(2)
    pay_to_address_postal_zone_or_zip_code = Text(3)
    country_code = Text(4)
    country_subdivision_code = Text(7)


class Loop2010AB(LoopView):
    """Loop 2010AB."""

    __slots__ = ()
    ID: ClassVar[str] = "2010AB"

    pay_to_address_name = One(PayToAddressNameOf2010AB, 0)
    pay_to_address_address = One(PayToAddressAddressOf2010AB, 1)
    pay_to_address_city_state_zip_code = One(PayToAddressCityStateZipCodeOf2010AB, 2)


class PayToPlanNameOf2010AC(SegmentView):
    """2010AC NM1*PE."""

    __slots__ = ()

    entity_identifier_code = Text(1)
    entity_type_qualifier = Text(2)
    pay_to_plan_organizational_name = Text(3)
    identification_code_qualifier = Text(8)
    pay_to_plan_primary_identifier = Text(9)


class PayToPlanAddressOf2010AC(SegmentView):
    """2010AC N3."""

    __slots__ = ()

    pay_to_plan_address_line = Text(1)
    pay_to_plan_address_line_2 = Text(2)


class PayToPlanCityStateZipCodeOf2010AC(SegmentView):
    """2010AC N4."""

    __slots__ = ()

    pay_to_plan_city_name = Text(1)
    pay_to_plan_state_or_province_code = Text(2)
    pay_to_plan_postal_zone_or_zip_code = Text(3)
    country_code = Text(4)
    country_subdivision_code = Text(7)


class PayToPlanSecondaryIdentificationOf2010AC(SegmentView):
    """2010AC REF*2U|FY|NF."""

    __slots__ = ()

    reference_identification_qualifier = Text(1)
    pay_to_plan_secondary_identifier = Text(2)


class PayToPlanTaxIdentificationNumberOf2010AC(SegmentView):
    """2010AC REF*EI."""

    __slots__ = ()

    reference_identification_qualifier = Text(1)
    pay_to_plan_tax_identification_number = Text(2)


class Loop2010AC(LoopView):
    """Loop 2010AC."""

    __slots__ = ()
    ID: ClassVar[str] = "2010AC"

    pay_to_plan_name = One(PayToPlanNameOf2010AC, 0)
    pay_to_plan_address = One(PayToPlanAddressOf2010AC, 1)
    pay_to_plan_city_state_zip_code = One(PayToPlanCityStateZipCodeOf2010AC, 2)
    pay_to_plan_secondary_identification = One(PayToPlanSecondaryIdentificationOf2010AC, 3)
    pay_to_plan_tax_identification_number = One(PayToPlanTaxIdentificationNumberOf2010AC, 4)


class SubscriberHierarchicalLevelOf2000B(SegmentView):
    """2000B HL."""

    __slots__ = ()

    hierarchical_id_number = Text(1)
    hierarchical_parent_id_number = Text(2)
    hierarchical_level_code = Text(3)
    hierarchical_child_code = Text(4)


class SubscriberInformationOf2000B(SegmentView):
    """2000B SBR."""

    __slots__ = ()

    payer_responsibility_sequence_number_code = Text(1)
    individual_relationship_code = Text(2)
    subscriber_group_or_policy_number = Text(3)
    subscriber_group_name = Text(4)
    insurance_type_code = Text(5)
    claim_filing_indicator_code = Text(9)


class PatientInformationOf2000B(SegmentView):
    """2000B PAT."""

    __slots__ = ()

    date_time_period_format_qualifier = Text(5)
    patient_death_date = Text(6)
    unit_or_basis_for_measurement_code = Text(7)
    patient_weight = Number(8)
    pregnancy_indicator = Text(9)


class SubscriberNameOf2010BA(SegmentView):
    """2010BA NM1*IL."""

    __slots__ = ()

    entity_identifier_code = Text(1)
    entity_type_qualifier = Text(2)
    subscriber_last_name = Text(3)
    subscriber_first_name = Text(4)
    subscriber_middle_name_or_initial = Text(5)
    subscriber_name_suffix = Text(7)
    identification_code_qualifier = Text(8)
    subscriber_primary_identifier = Text(9)


class SubscriberAddressOf2010BA(SegmentView):
    """2010BA N3."""

    __slots__ = ()

    subscriber_address_line = Text(1)
    subscriber_address_line_2 = Text(2)


class SubscriberCityStateZipCodeOf2010BA(SegmentView):
    """2010BA N4."""

    __slots__ = ()

    subscriber_city_name = Text(1)
    subscriber_state_code = Text(2)
    subscriber_postal_zone_or_zip_code = Text(3)
    country_code = Text(4)
    country_subdivision_code = Text(7)


class SubscriberDemographicInformationOf2010BA(SegmentView):
    """2010BA DMG*D8."""

    __slots__ = ()

    date_time_period_format_qualifier = Text(1)
    subscriber_birth_date = Text(2)
    subscriber_gender_code = Text(3)


class SubscriberSecondaryIdentificationOf2010BA(SegmentView):
    """2010BA REF*SY."""

    __slots__ = ()

    reference_identification_qualifier = Text(1)
    subscriber_supplemental_identifier = Text(2)


class PropertyAndCasualtyClaimNumberOf2010BA(SegmentView):
    """2010BA REF*Y4."""

    __slots__ = ()

    reference_identification_qualifier = Text(1)
    property_casualty_claim_number = Text(2)


class PropertyAndCasualtySubscriberContactInformationOf2010BA(SegmentView):
    """2010BA PER*IC."""

    __slots__ = ()

    contact_function_code = Text(1)
    name = Text(2)
    communication_number_qualifier = Text(3)
    communication_number = Text(4)
    communication_number_qualifier_2 = Text(5)
    communication_number_2 = Text(6)


class Loop2010BA(LoopView):
    """Loop 2010BA."""

    __slots__ = ()
    ID: ClassVar[str] = "2010BA"

    subscriber_name = One(SubscriberNameOf2010BA, 0)
    subscriber_address = One(SubscriberAddressOf2010BA, 1)
    subscriber_city_state_zip_code = One(SubscriberCityStateZipCodeOf2010BA, 2)
    subscriber_demographic_information = One(SubscriberDemographicInformationOf2010BA, 3)
    subscriber_secondary_identification = One(SubscriberSecondaryIdentificationOf2010BA, 4)
    property_and_casualty_claim_number = One(PropertyAndCasualtyClaimNumberOf2010BA, 5)
    property_and_casualty_subscriber_contact_information = One(
        PropertyAndCasualtySubscriberContactInformationOf2010BA, 6
    )


class PayerNameOf2010BB(SegmentView):
    """2010BB NM1*PR."""

    __slots__ = ()

    entity_identifier_code = Text(1)
    entity_type_qualifier = Text(2)
    payer_name = Text(3)
    identification_code_qualifier = Text(8)
    payer_identifier = Text(9)


class PayerAddressOf2010BB(SegmentView):
    """2010BB N3."""

    __slots__ = ()

    payer_address_line = Text(1)
    payer_address_line_2 = Text(2)


class PayerCityStateZipCodeOf2010BB(SegmentView):
    """2010BB N4."""

    __slots__ = ()

    payer_city_name = Text(1)
    payer_state_or_province_code = Text(2)
    payer_postal_zone_or_zip_code = Text(3)
    country_code = Text(4)
    country_subdivision_code = Text(7)


class PayerSecondaryIdentificationOf2010BB(SegmentView):
    """2010BB REF*2U|EI|FY|NF."""

    __slots__ = ()

    reference_identification_qualifier = Text(1)
    payer_secondary_identifier = Text(2)


class BillingProviderSecondaryIdentificationOf2010BB(SegmentView):
    """2010BB REF*G2|LU."""

    __slots__ = ()

    reference_identification_qualifier = Text(1)
    billing_provider_secondary_identifier = Text(2)


class Loop2010BB(LoopView):
    """Loop 2010BB."""

    __slots__ = ()
    ID: ClassVar[str] = "2010BB"

    payer_name = One(PayerNameOf2010BB, 0)
    payer_address = One(PayerAddressOf2010BB, 1)
    payer_city_state_zip_code = One(PayerCityStateZipCodeOf2010BB, 2)
    payer_secondary_identification = Many(PayerSecondaryIdentificationOf2010BB, 3)
    billing_provider_secondary_identification = Many(BillingProviderSecondaryIdentificationOf2010BB, 4)


class ClaimInformationOf2300(SegmentView):
    """2300 CLM."""

    __slots__ = ()

    patient_control_number = Text(1)
    total_claim_charge_amount_cents = Cents(2)
    place_of_service_code = Text(5, 1)
    facility_code_qualifier = Text(5, 2)
    claim_frequency_code = Text(5, 3)
    provider_or_supplier_signature_indicator = Text(6)
    assignment_or_plan_participation_code = Text(7)
    benefits_assignment_certification_indicator = Text(8)
    release_of_information_code = Text(9)
    patient_signature_source_code = Text(10)
    related_causes_code = Text(11, 1)
    related_causes_code_2 = Text(11, 2)
    auto_accident_state_or_province_code = Text(11, 4)
    country_code = Text(11, 5)
    special_program_indicator = Text(12)
    delay_reason_code = Text(20)


class DateOnsetOfCurrentIllnessOrSymptomOf2300(SegmentView):
    """2300 DTP*431."""

    __slots__ = ()

    date_time_qualifier = Text(1)
    date_time_period_format_qualifier = Text(2)
    onset_of_current_illness_or_injury_date = Text(3)


class DateInitialTreatmentDateOf2300(SegmentView):
    """2300 DTP*454."""

    __slots__ = ()

    date_time_qualifier = Text(1)
    date_time_period_format_qualifier = Text(2)
    initial_treatment_date = Text(3)


class DateLastSeenDateOf2300(SegmentView):
    """2300 DTP*304."""

    __slots__ = ()

    date_time_qualifier = Text(1)
    date_time_period_format_qualifier = Text(2)
    last_seen_date = Text(3)


class DateAcuteManifestationOf2300(SegmentView):
    """2300 DTP*453."""

    __slots__ = ()

    date_time_qualifier = Text(1)
    date_time_period_format_qualifier = Text(2)
    acute_manifestation_date = Text(3)


class DateAccidentOf2300(SegmentView):
    """2300 DTP*439."""

    __slots__ = ()

    date_time_qualifier = Text(1)
    date_time_period_format_qualifier = Text(2)
    accident_date = Text(3)


class DateLastMenstrualPeriodOf2300(SegmentView):
    """2300 DTP*484."""

    __slots__ = ()

    date_time_qualifier = Text(1)
    date_time_period_format_qualifier = Text(2)
    last_menstrual_period_date = Text(3)


class DateLastXRayDateOf2300(SegmentView):
    """2300 DTP*455."""

    __slots__ = ()

    date_time_qualifier = Text(1)
    date_time_period_format_qualifier = Text(2)
    last_x_ray_date = Text(3)


class DateHearingAndVisionPrescriptionDateOf2300(SegmentView):
    """2300 DTP*471."""

    __slots__ = ()

    date_time_qualifier = Text(1)
    date_time_period_format_qualifier = Text(2)
    prescription_date = Text(3)


class DateDisabilityDatesOf2300(SegmentView):
    """2300 DTP*314|360|361."""

    __slots__ = ()

    date_time_qualifier = Text(1)
    date_time_period_format_qualifier = Text(2)
    disability_from_date = Text(3)


class DateLastWorkedOf2300(SegmentView):
    """2300 DTP*297."""

    __slots__ = ()

    date_time_qualifier = Text(1)
    date_time_period_format_qualifier = Text(2)
    last_worked_date = Text(3)


class DateAuthorizedReturnToWorkOf2300(SegmentView):
    """2300 DTP*296."""

    __slots__ = ()

    date_time_qualifier = Text(1)
    date_time_period_format_qualifier = Text(2)
    work_return_date = Text(3)


class DateAdmissionOf2300(SegmentView):
    """2300 DTP*435."""

    __slots__ = ()

    date_time_qualifier = Text(1)
    date_time_period_format_qualifier = Text(2)
    related_hospitalization_admission_date = Text(3)


class DateDischargeOf2300(SegmentView):
    """2300 DTP*096."""

    __slots__ = ()

    date_time_qualifier = Text(1)
    date_time_period_format_qualifier = Text(2)
    related_hospitalization_discharge_date = Text(3)


class DateAssumedAndRelinquishedCareDatesOf2300(SegmentView):
    """2300 DTP*090|091."""

    __slots__ = ()

    date_time_qualifier = Text(1)
    date_time_period_format_qualifier = Text(2)
    assumed_or_relinquished_care_date = Text(3)


class DatePropertyAndCasualtyDateOfFirstContactOf2300(SegmentView):
    """2300 DTP*444."""

    __slots__ = ()

    date_time_qualifier = Text(1)
    date_time_period_format_qualifier = Text(2)
    date_time_period = Text(3)


class DateRepricerReceivedDateOf2300(SegmentView):
    """2300 DTP*050."""

    __slots__ = ()

    date_time_qualifier = Text(1)
    date_time_period_format_qualifier = Text(2)
    repricer_received_date = Text(3)


class ClaimSupplementalInformationOf2300(SegmentView):
    """2300 PWK."""

    __slots__ = ()

    attachment_report_type_code = Text(1)
    attachment_transmission_code = Text(2)
    identification_code_qualifier = Text(5)
    attachment_control_number = Text(6)


class ContractInformationOf2300(SegmentView):
    """2300 CN1."""

    __slots__ = ()

    contract_type_code = Text(1)
    contract_amount_cents = Cents(2)
    contract_percentage = Number(3)
    contract_code = Text(4)
    terms_discount_percentage = Number(5)
    contract_version_identifier = Text(6)


class PatientAmountPaidOf2300(SegmentView):
    """2300 AMT*F5."""

    __slots__ = ()

    amount_qualifier_code = Text(1)
    patient_amount_paid_cents = Cents(2)


class ServiceAuthorizationExceptionCodeOf2300(SegmentView):
    """2300 REF*4N."""

    __slots__ = ()

    reference_identification_qualifier = Text(1)
    service_authorization_exception_code = Text(2)


class MandatoryMedicareSection4081CrossoverIndicatorOf2300(SegmentView):
    """2300 REF*F5."""

    __slots__ = ()

    reference_identification_qualifier = Text(1)
    medicare_section_4081_indicator = Text(2)


class MammographyCertificationNumberOf2300(SegmentView):
    """2300 REF*EW."""

    __slots__ = ()

    reference_identification_qualifier = Text(1)
    mammography_certification_number = Text(2)


class ReferralNumberOf2300(SegmentView):
    """2300 REF*9F."""

    __slots__ = ()

    reference_identification_qualifier = Text(1)
    referral_number = Text(2)


class PriorAuthorizationOf2300(SegmentView):
    """2300 REF*G1."""

    __slots__ = ()

    reference_identification_qualifier = Text(1)
    prior_authorization_number = Text(2)


class PayerClaimControlNumberOf2300(SegmentView):
    """2300 REF*F8."""

    __slots__ = ()

    reference_identification_qualifier = Text(1)
    payer_claim_control_number = Text(2)


class ClinicalLaboratoryImprovementAmendmentCliaNumberOf2300(SegmentView):
    """2300 REF*X4."""

    __slots__ = ()

    reference_identification_qualifier = Text(1)
    clinical_laboratory_improvement_amendment_number = Text(2)


class RepricedClaimNumberOf2300(SegmentView):
    """2300 REF*9A."""

    __slots__ = ()

    reference_identification_qualifier = Text(1)
    repriced_claim_reference_number = Text(2)


class AdjustedRepricedClaimNumberOf2300(SegmentView):
    """2300 REF*9C."""

    __slots__ = ()

    reference_identification_qualifier = Text(1)
    adjusted_repriced_claim_reference_number = Text(2)


class InvestigationalDeviceExemptionNumberOf2300(SegmentView):
    """2300 REF*LX."""

    __slots__ = ()

    reference_identification_qualifier = Text(1)
    investigational_device_exemption_identifier = Text(2)


class ClaimIdentifierForTransmissionIntermediariesOf2300(SegmentView):
    """2300 REF*D9."""

    __slots__ = ()

    reference_identification_qualifier = Text(1)
    value_added_network_trace_number = Text(2)


class MedicalRecordNumberOf2300(SegmentView):
    """2300 REF*EA."""

    __slots__ = ()

    reference_identification_qualifier = Text(1)
    medical_record_number = Text(2)


class DemonstrationProjectIdentifierOf2300(SegmentView):
    """2300 REF*P4."""

    __slots__ = ()

    reference_identification_qualifier = Text(1)
    demonstration_project_identifier = Text(2)


class CarePlanOversightOf2300(SegmentView):
    """2300 REF*1J."""

    __slots__ = ()

    reference_identification_qualifier = Text(1)
    care_plan_oversight_number = Text(2)


class FileInformationOf2300(SegmentView):
    """2300 K3."""

    __slots__ = ()

    fixed_format_information = Text(1)


class ClaimNoteOf2300(SegmentView):
    """2300 NTE."""

    __slots__ = ()

    note_reference_code = Text(1)
    claim_note_text = Text(2)


class AmbulanceTransportInformationOf2300(SegmentView):
    """2300 CR1."""

    __slots__ = ()

    unit_or_basis_for_measurement_code = Text(1)
    patient_weight = Number(2)
    ambulance_transport_reason_code = Text(4)
    unit_or_basis_for_measurement_code_2 = Text(5)
    transport_distance = Number(6)
    round_trip_purpose_description = Text(9)
    stretcher_purpose_description = Text(10)


class SpinalManipulationServiceInformationOf2300(SegmentView):
    """2300 CR2."""

    __slots__ = ()

    patient_condition_code = Text(8)
    patient_condition_description = Text(10)
    patient_condition_description_2 = Text(11)


class AmbulanceCertificationOf2300(SegmentView):
    """2300 CRC*07."""

    __slots__ = ()

    code_category = Text(1)
    certification_condition_indicator = Text(2)
    condition_code = Text(3)
    condition_code_2 = Text(4)
    condition_code_3 = Text(5)
    condition_code_4 = Text(6)
    condition_code_5 = Text(7)


class PatientConditionInformationVisionOf2300(SegmentView):
    """2300 CRC*E1|E2|E3."""

    __slots__ = ()

    code_category = Text(1)
    certification_condition_indicator = Text(2)
    condition_code = Text(3)
    condition_code_2 = Text(4)
    condition_code_3 = Text(5)
    condition_code_4 = Text(6)
    condition_code_5 = Text(7)


class HomeboundIndicatorOf2300(SegmentView):
    """2300 CRC*75."""

    __slots__ = ()

    code_category = Text(1)
    certification_condition_indicator = Text(2)
    homebound_indicator = Text(3)


class EpsdtReferralOf2300(SegmentView):
    """2300 CRC*ZZ."""

    __slots__ = ()

    code_qualifier = Text(1)
    certification_condition_code_applies_indicator = Text(2)
    condition_indicator = Text(3)
    condition_indicator_2 = Text(4)
    condition_indicator_3 = Text(5)


class HealthCareDiagnosisCodeOf2300(CodesView):
    """2300 HI*ABK|BK."""

    __slots__ = ()

    diagnosis_type_code = Text(1, 1)
    diagnosis_code = Text(1, 2)
    diagnosis_type_code_2 = Text(2, 1)
    diagnosis_code_2 = Text(2, 2)
    diagnosis_type_code_3 = Text(3, 1)
    diagnosis_code_3 = Text(3, 2)
    diagnosis_type_code_4 = Text(4, 1)
    diagnosis_code_4 = Text(4, 2)
    diagnosis_type_code_5 = Text(5, 1)
    diagnosis_code_5 = Text(5, 2)
    diagnosis_type_code_6 = Text(6, 1)
    diagnosis_code_6 = Text(6, 2)
    diagnosis_type_code_7 = Text(7, 1)
    diagnosis_code_7 = Text(7, 2)
    diagnosis_type_code_8 = Text(8, 1)
    diagnosis_code_8 = Text(8, 2)
    diagnosis_type_code_9 = Text(9, 1)
    diagnosis_code_9 = Text(9, 2)
    diagnosis_type_code_10 = Text(10, 1)
    diagnosis_code_10 = Text(10, 2)
    diagnosis_type_code_11 = Text(11, 1)
    diagnosis_code_11 = Text(11, 2)
    diagnosis_type_code_12 = Text(12, 1)
    diagnosis_code_12 = Text(12, 2)


class AnesthesiaRelatedProcedureOf2300(CodesView):
    """2300 HI*BP."""

    __slots__ = ()

    code_list_qualifier_code = Text(1, 1)
    anesthesia_related_surgical_procedure = Text(1, 2)
    code_list_qualifier_code_2 = Text(2, 1)
    industry_code = Text(2, 2)


class ConditionInformationOf2300(CodesView):
    """2300 HI*BG."""

    __slots__ = ()

    code_list_qualifier_code = Text(1, 1)
    condition_code = Text(1, 2)
    code_list_qualifier_code_2 = Text(2, 1)
    condition_code_2 = Text(2, 2)
    code_list_qualifier_code_3 = Text(3, 1)
    condition_code_3 = Text(3, 2)
    code_list_qualifier_code_4 = Text(4, 1)
    condition_code_4 = Text(4, 2)
    code_list_qualifier_code_5 = Text(5, 1)
    condition_code_5 = Text(5, 2)
    code_list_qualifier_code_6 = Text(6, 1)
    condition_code_6 = Text(6, 2)
    code_list_qualifier_code_7 = Text(7, 1)
    condition_code_7 = Text(7, 2)
    code_list_qualifier_code_8 = Text(8, 1)
    condition_code_8 = Text(8, 2)
    code_list_qualifier_code_9 = Text(9, 1)
    condition_code_9 = Text(9, 2)
    code_list_qualifier_code_10 = Text(10, 1)
    condition_code_10 = Text(10, 2)
    code_list_qualifier_code_11 = Text(11, 1)
    condition_code_11 = Text(11, 2)
    code_list_qualifier_code_12 = Text(12, 1)
    condition_code_12 = Text(12, 2)


class ClaimPricingRepricingInformationOf2300(SegmentView):
    """2300 HCP."""

    __slots__ = ()

    pricing_methodology = Text(1)
    repriced_allowed_amount_cents = Cents(2)
    repriced_saving_amount_cents = Cents(3)
    repricing_organization_identifier = Text(4)
    repricing_per_diem_or_flat_rate_amount = Number(5)
    repriced_approved_ambulatory_patient_group_code = Text(6)
    repriced_approved_ambulatory_patient_group_amount_cents = Cents(7)
    reject_reason_code = Text(13)
    policy_compliance_code = Text(14)
    exception_code = Text(15)


class ReferringProviderNameOf2310A(SegmentView):
    """2310A NM1*DN|P3."""

    __slots__ = ()

    entity_identifier_code = Text(1)
    entity_type_qualifier = Text(2)
    referring_provider_last_name = Text(3)
    referring_provider_first_name = Text(4)
    referring_provider_middle_name_or_initial = Text(5)
    referring_provider_name_suffix = Text(7)
    identification_code_qualifier = Text(8)
    referring_provider_identifier = Text(9)


class ReferringProviderSecondaryIdentificationOf2310A(SegmentView):
    """2310A REF*0B|1G|G2."""

    __slots__ = ()

    reference_identification_qualifier = Text(1)
    referring_provider_secondary_identifier = Text(2)


class Loop2310A(LoopView):
    """Loop 2310A."""

    __slots__ = ()
    ID: ClassVar[str] = "2310A"

    referring_provider_name = One(ReferringProviderNameOf2310A, 0)
    referring_provider_secondary_identification = Many(ReferringProviderSecondaryIdentificationOf2310A, 1)


class RenderingProviderNameOf2310B(SegmentView):
    """2310B NM1*82."""

    __slots__ = ()

    entity_identifier_code = Text(1)
    entity_type_qualifier = Text(2)
    rendering_provider_last_or_organization_name = Text(3)
    rendering_provider_first_name = Text(4)
    rendering_provider_middle_name_or_initial = Text(5)
    rendering_provider_name_suffix = Text(7)
    identification_code_qualifier = Text(8)
    rendering_provider_identifier = Text(9)


class RenderingProviderSpecialtyInformationOf2310B(SegmentView):
    """2310B PRV*PE."""

    __slots__ = ()

    provider_code = Text(1)
    reference_identification_qualifier = Text(2)
    provider_taxonomy_code = Text(3)


class RenderingProviderSecondaryIdentificationOf2310B(SegmentView):
    """2310B REF*0B|1G|G2|LU."""

    __slots__ = ()

    reference_identification_qualifier = Text(1)
    rendering_provider_secondary_identifier = Text(2)


class Loop2310B(LoopView):
    """Loop 2310B."""

    __slots__ = ()
    ID: ClassVar[str] = "2310B"

    rendering_provider_name = One(RenderingProviderNameOf2310B, 0)
    rendering_provider_specialty_information = One(RenderingProviderSpecialtyInformationOf2310B, 1)
    rendering_provider_secondary_identification = Many(RenderingProviderSecondaryIdentificationOf2310B, 2)


class ServiceFacilityLocationNameOf2310C(SegmentView):
    """2310C NM1*77."""

    __slots__ = ()

    entity_identifier_code = Text(1)
    entity_type_qualifier = Text(2)
    laboratory_or_facility_name = Text(3)
    identification_code_qualifier = Text(8)
    laboratory_or_facility_primary_identifier = Text(9)


class ServiceFacilityLocationAddressOf2310C(SegmentView):
    """2310C N3."""

    __slots__ = ()

    laboratory_or_facility_address_line = Text(1)
    laboratory_or_facility_address_line_2 = Text(2)


class ServiceFacilityLocationCityStateZipCodeOf2310C(SegmentView):
    """2310C N4."""

    __slots__ = ()

    laboratory_or_facility_city_name = Text(1)
    laboratory_or_facility_state_or_province_code = Text(2)
    laboratory_or_facility_postal_zone_or_zip_code = Text(3)
    country_code = Text(4)
    country_subdivision_code = Text(7)


class ServiceFacilityLocationSecondaryIdentificationOf2310C(SegmentView):
    """2310C REF*0B|G2|LU."""

    __slots__ = ()

    reference_identification_qualifier = Text(1)
    laboratory_or_facility_secondary_identifier = Text(2)


class ServiceFacilityContactInformationOf2310C(SegmentView):
    """2310C PER*IC."""

    __slots__ = ()

    contact_function_code = Text(1)
    name = Text(2)
    communication_number_qualifier = Text(3)
    communication_number = Text(4)
    communication_number_qualifier_2 = Text(5)
    communication_number_2 = Text(6)


class Loop2310C(LoopView):
    """Loop 2310C."""

    __slots__ = ()
    ID: ClassVar[str] = "2310C"

    service_facility_location_name = One(ServiceFacilityLocationNameOf2310C, 0)
    service_facility_location_address = One(ServiceFacilityLocationAddressOf2310C, 1)
    service_facility_location_city_state_zip_code = One(ServiceFacilityLocationCityStateZipCodeOf2310C, 2)
    service_facility_location_secondary_identification = Many(ServiceFacilityLocationSecondaryIdentificationOf2310C, 3)
    service_facility_contact_information = One(ServiceFacilityContactInformationOf2310C, 4)


class SupervisingProviderNameOf2310D(SegmentView):
    """2310D NM1*DQ."""

    __slots__ = ()

    entity_identifier_code = Text(1)
    entity_type_qualifier = Text(2)
    supervising_provider_last_name = Text(3)
    supervising_provider_first_name = Text(4)
    supervising_provider_middle_name_or_initial = Text(5)
    supervising_provider_name_suffix = Text(7)
    identification_code_qualifier = Text(8)
    supervising_provider_identifier = Text(9)


class SupervisingProviderSecondaryIdentificationOf2310D(SegmentView):
    """2310D REF*0B|1G|G2|LU."""

    __slots__ = ()

    reference_identification_qualifier = Text(1)
    supervising_provider_secondary_identifier = Text(2)


class Loop2310D(LoopView):
    """Loop 2310D."""

    __slots__ = ()
    ID: ClassVar[str] = "2310D"

    supervising_provider_name = One(SupervisingProviderNameOf2310D, 0)
    supervising_provider_secondary_identification = Many(SupervisingProviderSecondaryIdentificationOf2310D, 1)


class AmbulancePickUpLocationOf2310E(SegmentView):
    """2310E NM1*PW."""

    __slots__ = ()

    entity_identifier_code = Text(1)
    entity_type_qualifier = Text(2)


class AmbulancePickUpLocationAddressOf2310E(SegmentView):
    """2310E N3."""

    __slots__ = ()

    ambulance_pick_up_address_line = Text(1)
    ambulance_pick_up_address_line_2 = Text(2)


class AmbulancePickUpLocationCityStateZipCodeOf2310E(SegmentView):
    """2310E N4."""

    __slots__ = ()

    ambulance_pick_up_city_name = Text(1)
    ambulance_pick_up_state_or_province_code = Text(2)
    ambulance_pick_up_postal_zone_or_zip_code = Text(3)
    country_code = Text(4)
    country_subdivision_code = Text(7)


class Loop2310E(LoopView):
    """Loop 2310E."""

    __slots__ = ()
    ID: ClassVar[str] = "2310E"

    ambulance_pick_up_location = One(AmbulancePickUpLocationOf2310E, 0)
    ambulance_pick_up_location_address = One(AmbulancePickUpLocationAddressOf2310E, 1)
    ambulance_pick_up_location_city_state_zip_code = One(AmbulancePickUpLocationCityStateZipCodeOf2310E, 2)


class AmbulanceDropOffLocationOf2310F(SegmentView):
    """2310F NM1*45."""

    __slots__ = ()

    entity_identifier_code = Text(1)
    entity_type_qualifier = Text(2)
    ambulance_drop_off_location = Text(3)


class AmbulanceDropOffLocationAddressOf2310F(SegmentView):
    """2310F N3."""

    __slots__ = ()

    ambulance_drop_off_address_line = Text(1)
    ambulance_drop_off_address_line_2 = Text(2)


class AmbulanceDropOffLocationCityStateZipCodeOf2310F(SegmentView):
    """2310F N4."""

    __slots__ = ()

    ambulance_drop_off_city_name = Text(1)
    ambulance_drop_off_state_or_province_code = Text(2)
    ambulance_drop_off_postal_zone_or_zip_code = Text(3)
    country_code = Text(4)
    country_subdivision_code = Text(7)


class Loop2310F(LoopView):
    """Loop 2310F."""

    __slots__ = ()
    ID: ClassVar[str] = "2310F"

    ambulance_drop_off_location = One(AmbulanceDropOffLocationOf2310F, 0)
    ambulance_drop_off_location_address = One(AmbulanceDropOffLocationAddressOf2310F, 1)
    ambulance_drop_off_location_city_state_zip_code = One(AmbulanceDropOffLocationCityStateZipCodeOf2310F, 2)


class OtherSubscriberInformationOf2320(SegmentView):
    """2320 SBR."""

    __slots__ = ()

    payer_responsibility_sequence_number_code = Text(1)
    individual_relationship_code = Text(2)
    insured_group_or_policy_number = Text(3)
    other_insured_group_name = Text(4)
    insurance_type_code = Text(5)
    claim_filing_indicator_code = Text(9)


class ClaimLevelAdjustmentsOf2320(AdjustmentView):
    """2320 CAS."""

    __slots__ = ()

    claim_adjustment_group_code = Text(1)
    adjustment_reason_code = Text(2)
    adjustment_amount_cents = Cents(3)
    adjustment_quantity = Number(4)
    adjustment_reason_code_2 = Text(5)
    adjustment_amount_2_cents = Cents(6)
    adjustment_quantity_2 = Number(7)
    adjustment_reason_code_3 = Text(8)
    adjustment_amount_3_cents = Cents(9)
    adjustment_quantity_3 = Number(10)
    adjustment_reason_code_4 = Text(11)
    adjustment_amount_4_cents = Cents(12)
    adjustment_quantity_4 = Number(13)
    adjustment_reason_code_5 = Text(14)
    adjustment_amount_5_cents = Cents(15)
    adjustment_quantity_5 = Number(16)
    adjustment_reason_code_6 = Text(17)
    adjustment_amount_6_cents = Cents(18)
    adjustment_quantity_6 = Number(19)


class CoordinationOfBenefitsCobPayerPaidAmountOf2320(SegmentView):
    """2320 AMT*D."""

    __slots__ = ()

    amount_qualifier_code = Text(1)
    payer_paid_amount_cents = Cents(2)


class CoordinationOfBenefitsCobTotalNonCoveredAmountOf2320(SegmentView):
    """2320 AMT*A8."""

    __slots__ = ()

    amount_qualifier_code = Text(1)
    non_covered_charge_amount_cents = Cents(2)


class RemainingPatientLiabilityOf2320(SegmentView):
    """2320 AMT*EAF."""

    __slots__ = ()

    amount_qualifier_code = Text(1)
    remaining_patient_liability_cents = Cents(2)


class OtherInsuranceCoverageInformationOf2320(SegmentView):
    """2320 OI."""

    __slots__ = ()

    benefits_assignment_certification_indicator = Text(3)
    patient_signature_source_code = Text(4)
    release_of_information_code = Text(6)


class OutpatientAdjudicationInformationOf2320(SegmentView):
    """2320 MOA."""

    __slots__ = ()

    reimbursement_rate = Number(1)
    hcpcs_payable_amount_cents = Cents(2)
    claim_payment_remark_code = Text(3)
    claim_payment_remark_code_2 = Text(4)
    claim_payment_remark_code_3 = Text(5)
    claim_payment_remark_code_4 = Text(6)
    claim_payment_remark_code_5 = Text(7)
    end_stage_renal_disease_payment_amount_cents = Cents(8)
    non_payable_professional_component_billed_amount_cents = Cents(9)


class OtherSubscriberNameOf2330A(SegmentView):
    """2330A NM1*IL."""

    __slots__ = ()

    entity_identifier_code = Text(1)
    entity_type_qualifier = Text(2)
    other_insured_last_name = Text(3)
    other_insured_first_name = Text(4)
    other_insured_middle_name = Text(5)
    other_insured_name_suffix = Text(7)
    identification_code_qualifier = Text(8)
    other_insured_identifier = Text(9)


class OtherSubscriberAddressOf2330A(SegmentView):
    """2330A N3."""

    __slots__ = ()

    other_subscriber_address_line = Text(1)
    other_insured_address_line = Text(2)


class OtherSubscriberCityStateZipCodeOf2330A(SegmentView):
    """2330A N4."""

    __slots__ = ()

    other_subscriber_city_name = Text(1)
    other_subscriber_state_or_province_code = Text(2)
    other_subscriber_postal_zone_or_zip_code = Text(3)
    country_code = Text(4)
    country_subdivision_code = Text(7)


class OtherSubscriberSecondaryIdentificationOf2330A(SegmentView):
    """2330A REF*SY."""

    __slots__ = ()

    reference_identification_qualifier = Text(1)
    other_insured_additional_identifier = Text(2)


class Loop2330A(LoopView):
    """Loop 2330A."""

    __slots__ = ()
    ID: ClassVar[str] = "2330A"

    other_subscriber_name = One(OtherSubscriberNameOf2330A, 0)
    other_subscriber_address = One(OtherSubscriberAddressOf2330A, 1)
    other_subscriber_city_state_zip_code = One(OtherSubscriberCityStateZipCodeOf2330A, 2)
    other_subscriber_secondary_identification = One(OtherSubscriberSecondaryIdentificationOf2330A, 3)


class OtherPayerNameOf2330B(SegmentView):
    """2330B NM1*PR."""

    __slots__ = ()

    entity_identifier_code = Text(1)
    entity_type_qualifier = Text(2)
    other_payer_organization_name = Text(3)
    identification_code_qualifier = Text(8)
    other_payer_primary_identifier = Text(9)


class OtherPayerAddressOf2330B(SegmentView):
    """2330B N3."""

    __slots__ = ()

    other_payer_address_line = Text(1)
    other_payer_address_line_2 = Text(2)


class OtherPayerCityStateZipCodeOf2330B(SegmentView):
    """2330B N4."""

    __slots__ = ()

    other_payer_city_name = Text(1)
    other_payer_state_or_province_code = Text(2)
    other_payer_postal_zone_or_zip_code = Text(3)
    country_code = Text(4)
    country_subdivision_code = Text(7)


class ClaimCheckOrRemittanceDateOf2330B(SegmentView):
    """2330B DTP*573."""

    __slots__ = ()

    date_time_qualifier = Text(1)
    date_time_period_format_qualifier = Text(2)
    adjudication_or_payment_date = Text(3)


class OtherPayerSecondaryIdentifierOf2330B(SegmentView):
    """2330B REF*2U|EI|FY|NF."""

    __slots__ = ()

    reference_identification_qualifier = Text(1)
    other_payer_secondary_identifier = Text(2)


class OtherPayerPriorAuthorizationNumberOf2330B(SegmentView):
    """2330B REF*G1."""

    __slots__ = ()

    reference_identification_qualifier = Text(1)
    other_payer_prior_authorization_number = Text(2)


class OtherPayerReferralNumberOf2330B(SegmentView):
    """2330B REF*9F."""

    __slots__ = ()

    reference_identification_qualifier = Text(1)
    other_payer_prior_authorization_or_referral_number = Text(2)


class OtherPayerClaimAdjustmentIndicatorOf2330B(SegmentView):
    """2330B REF*T4."""

    __slots__ = ()

    reference_identification_qualifier = Text(1)
    other_payer_claim_adjustment_indicator = Text(2)


class OtherPayerClaimControlNumberOf2330B(SegmentView):
    """2330B REF*F8."""

    __slots__ = ()

    reference_identification_qualifier = Text(1)
    other_payers_claim_control_number = Text(2)


class Loop2330B(LoopView):
    """Loop 2330B."""

    __slots__ = ()
    ID: ClassVar[str] = "2330B"

    other_payer_name = One(OtherPayerNameOf2330B, 0)
    other_payer_address = One(OtherPayerAddressOf2330B, 1)
    other_payer_city_state_zip_code = One(OtherPayerCityStateZipCodeOf2330B, 2)
    claim_check_or_remittance_date = One(ClaimCheckOrRemittanceDateOf2330B, 3)
    other_payer_secondary_identifier = Many(OtherPayerSecondaryIdentifierOf2330B, 4)
    other_payer_prior_authorization_number = One(OtherPayerPriorAuthorizationNumberOf2330B, 5)
    other_payer_referral_number = One(OtherPayerReferralNumberOf2330B, 6)
    other_payer_claim_adjustment_indicator = One(OtherPayerClaimAdjustmentIndicatorOf2330B, 7)
    other_payer_claim_control_number = One(OtherPayerClaimControlNumberOf2330B, 8)


class OtherPayerReferringProviderOf2330C(SegmentView):
    """2330C NM1*DN|P3."""

    __slots__ = ()

    entity_identifier_code = Text(1)
    entity_type_qualifier = Text(2)


class OtherPayerReferringProviderSecondaryIdentificationOf2330C(SegmentView):
    """2330C REF*0B|1G|G2."""

    __slots__ = ()

    reference_identification_qualifier = Text(1)
    other_payer_referring_provider_identifier = Text(2)


class Loop2330C(LoopView):
    """Loop 2330C."""

    __slots__ = ()
    ID: ClassVar[str] = "2330C"

    other_payer_referring_provider = One(OtherPayerReferringProviderOf2330C, 0)
    other_payer_referring_provider_secondary_identification = Many(
        OtherPayerReferringProviderSecondaryIdentificationOf2330C, 1
    )


class OtherPayerRenderingProviderOf2330D(SegmentView):
    """2330D NM1*82."""

    __slots__ = ()

    entity_identifier_code = Text(1)
    entity_type_qualifier = Text(2)


class OtherPayerRenderingProviderSecondaryIdentificationOf2330D(SegmentView):
    """2330D REF*0B|1G|G2|LU."""

    __slots__ = ()

    reference_identification_qualifier = Text(1)
    other_payer_rendering_provider_secondary_identifier = Text(2)


class Loop2330D(LoopView):
    """Loop 2330D."""

    __slots__ = ()
    ID: ClassVar[str] = "2330D"

    other_payer_rendering_provider = One(OtherPayerRenderingProviderOf2330D, 0)
    other_payer_rendering_provider_secondary_identification = Many(
        OtherPayerRenderingProviderSecondaryIdentificationOf2330D, 1
    )


class OtherPayerServiceFacilityLocationOf2330E(SegmentView):
    """2330E NM1*77."""

    __slots__ = ()

    entity_identifier_code = Text(1)
    entity_type_qualifier = Text(2)


class OtherPayerServiceFacilityLocationSecondaryIdentificationOf2330E(SegmentView):
    """2330E REF*0B|G2|LU."""

    __slots__ = ()

    reference_identification_qualifier = Text(1)
    other_payer_service_facility_location_secondary_identifier = Text(2)


class Loop2330E(LoopView):
    """Loop 2330E."""

    __slots__ = ()
    ID: ClassVar[str] = "2330E"

    other_payer_service_facility_location = One(OtherPayerServiceFacilityLocationOf2330E, 0)
    other_payer_service_facility_location_secondary_identification = Many(
        OtherPayerServiceFacilityLocationSecondaryIdentificationOf2330E, 1
    )


class OtherPayerSupervisingProviderOf2330F(SegmentView):
    """2330F NM1*DQ."""

    __slots__ = ()

    entity_identifier_code = Text(1)
    entity_type_qualifier = Text(2)


class OtherPayerSupervisingProviderSecondaryIdentificationOf2330F(SegmentView):
    """2330F REF*0B|1G|G2|LU."""

    __slots__ = ()

    reference_identification_qualifier = Text(1)
    other_payer_supervising_provider_identifier = Text(2)


class Loop2330F(LoopView):
    """Loop 2330F."""

    __slots__ = ()
    ID: ClassVar[str] = "2330F"

    other_payer_supervising_provider = One(OtherPayerSupervisingProviderOf2330F, 0)
    other_payer_supervising_provider_secondary_identification = Many(
        OtherPayerSupervisingProviderSecondaryIdentificationOf2330F, 1
    )


class OtherPayerBillingProviderOf2330G(SegmentView):
    """2330G NM1*85."""

    __slots__ = ()

    entity_identifier_code = Text(1)
    entity_type_qualifier = Text(2)


class OtherPayerBillingProviderSecondaryIdentificationOf2330G(SegmentView):
    """2330G REF*G2|LU."""

    __slots__ = ()

    reference_identification_qualifier = Text(1)
    other_payer_billing_provider_identifier = Text(2)


class Loop2330G(LoopView):
    """Loop 2330G."""

    __slots__ = ()
    ID: ClassVar[str] = "2330G"

    other_payer_billing_provider = One(OtherPayerBillingProviderOf2330G, 0)
    other_payer_billing_provider_secondary_identification = Many(
        OtherPayerBillingProviderSecondaryIdentificationOf2330G, 1
    )


class Loop2320(LoopView):
    """Loop 2320."""

    __slots__ = ()
    ID: ClassVar[str] = "2320"

    other_subscriber_information = One(OtherSubscriberInformationOf2320, 0)
    claim_level_adjustments = Many(ClaimLevelAdjustmentsOf2320, 1)
    coordination_of_benefits_cob_payer_paid_amount = One(CoordinationOfBenefitsCobPayerPaidAmountOf2320, 2)
    coordination_of_benefits_cob_total_non_covered_amount = One(CoordinationOfBenefitsCobTotalNonCoveredAmountOf2320, 3)
    remaining_patient_liability = One(RemainingPatientLiabilityOf2320, 4)
    other_insurance_coverage_information = One(OtherInsuranceCoverageInformationOf2320, 5)
    outpatient_adjudication_information = One(OutpatientAdjudicationInformationOf2320, 6)
    loop_2330a = OneLoop(Loop2330A)
    loop_2330b = OneLoop(Loop2330B)
    loop_2330c = ManyLoops(Loop2330C)
    loop_2330d = OneLoop(Loop2330D)
    loop_2330e = OneLoop(Loop2330E)
    loop_2330f = OneLoop(Loop2330F)
    loop_2330g = OneLoop(Loop2330G)


class ServiceLineNumberOf2400(SegmentView):
    """2400 LX."""

    __slots__ = ()

    assigned_number = Whole(1)


class ProfessionalServiceOf2400(SegmentView):
    """2400 SV1*ER|HC|IV|WK."""

    __slots__ = ()

    product_or_service_id_qualifier = Text(1, 1)
    procedure_code = Text(1, 2)
    procedure_modifier_1 = Text(1, 3)
    procedure_modifier_2 = Text(1, 4)
    procedure_modifier_3 = Text(1, 5)
    procedure_modifier_4 = Text(1, 6)
    description = Text(1, 7)
    line_item_charge_amount_cents = Cents(2)
    unit_or_basis_for_measurement_code = Text(3)
    service_unit_count = Number(4)
    place_of_service_code = Text(5)
    diagnosis_code_pointer = Whole(7, 1)
    diagnosis_code_pointer_2 = Whole(7, 2)
    diagnosis_code_pointer_3 = Whole(7, 3)
    diagnosis_code_pointer_4 = Whole(7, 4)
    emergency_indicator = Text(9)
    epsdt_indicator = Text(11)
    family_planning_indicator = Text(12)
    co_pay_status_code = Text(15)


class DurableMedicalEquipmentServiceOf2400(SegmentView):
    """2400 SV5*HC."""

    __slots__ = ()

    procedure_identifier = Text(1, 1)
    procedure_code = Text(1, 2)
    unit_or_basis_for_measurement_code = Text(2)
    length_of_medical_necessity = Number(3)
    dme_rental_price_cents = Cents(4)
    dme_purchase_price_cents = Cents(5)
    rental_unit_price_indicator = Text(6)


class LineSupplementalInformationOf2400(SegmentView):
    """2400 PWK."""

    __slots__ = ()

    attachment_report_type_code = Text(1)
    attachment_transmission_code = Text(2)
    identification_code_qualifier = Text(5)
    attachment_control_number = Text(6)


class DurableMedicalEquipmentCertificateOfMedicalNecessityIndicatorOf2400(SegmentView):
    """2400 PWK*CT."""

    __slots__ = ()

    attachment_report_type_code = Text(1)
    attachment_transmission_code = Text(2)


class AmbulanceTransportInformationOf2400(SegmentView):
    """2400 CR1."""

    __slots__ = ()

    unit_or_basis_for_measurement_code = Text(1)
    patient_weight = Number(2)
    ambulance_transport_reason_code = Text(4)
    unit_or_basis_for_measurement_code_2 = Text(5)
    transport_distance = Number(6)
    round_trip_purpose_description = Text(9)
    stretcher_purpose_description = Text(10)


class DurableMedicalEquipmentCertificationOf2400(SegmentView):
    """2400 CR3*I|R|S."""

    __slots__ = ()

    certification_type_code = Text(1)
    unit_or_basis_for_measurement_code = Text(2)
    durable_medical_equipment_duration = Number(3)


class AmbulanceCertificationOf2400(SegmentView):
    """2400 CRC*07."""

    __slots__ = ()

    code_category = Text(1)
    certification_condition_indicator = Text(2)
    condition_code = Text(3)
    condition_code_2 = Text(4)
    condition_code_3 = Text(5)
    condition_code_4 = Text(6)
    condition_code_5 = Text(7)


class HospiceEmployeeIndicatorOf2400(SegmentView):
    """2400 CRC*70."""

    __slots__ = ()

    code_category = Text(1)
    hospice_employed_provider_indicator = Text(2)
    condition_indicator = Text(3)


class ConditionIndicatorDurableMedicalEquipmentOf2400(SegmentView):
    """2400 CRC*09."""

    __slots__ = ()

    code_category = Text(1)
    certification_condition_indicator = Text(2)
    condition_indicator = Text(3)
    condition_indicator_2 = Text(4)


class DateServiceDateOf2400(SegmentView):
    """2400 DTP*472."""

    __slots__ = ()

    date_time_qualifier = Text(1)
    date_time_period_format_qualifier = Text(2)
    service_date = Text(3)


class DatePrescriptionDateOf2400(SegmentView):
    """2400 DTP*471."""

    __slots__ = ()

    date_time_qualifier = Text(1)
    date_time_period_format_qualifier = Text(2)
    prescription_date = Text(3)


class DateCertificationRevisionRecertificationDateOf2400(SegmentView):
    """2400 DTP*607."""

    __slots__ = ()

    date_time_qualifier = Text(1)
    date_time_period_format_qualifier = Text(2)
    certification_revision_or_recertification_date = Text(3)


class DateBeginTherapyDateOf2400(SegmentView):
    """2400 DTP*463."""

    __slots__ = ()

    date_time_qualifier = Text(1)
    date_time_period_format_qualifier = Text(2)
    begin_therapy_date = Text(3)


class DateLastCertificationDateOf2400(SegmentView):
    """2400 DTP*461."""

    __slots__ = ()

    date_time_qualifier = Text(1)
    date_time_period_format_qualifier = Text(2)
    last_certification_date = Text(3)


class DateLastSeenDateOf2400(SegmentView):
    """2400 DTP*304."""

    __slots__ = ()

    date_time_qualifier = Text(1)
    date_time_period_format_qualifier = Text(2)
    treatment_or_therapy_date = Text(3)


class DateTestDateOf2400(SegmentView):
    """2400 DTP*738|739."""

    __slots__ = ()

    date_time_qualifier = Text(1)
    date_time_period_format_qualifier = Text(2)
    test_performed_date = Text(3)


class DateShippedDateOf2400(SegmentView):
    """2400 DTP*011."""

    __slots__ = ()

    date_time_qualifier = Text(1)
    date_time_period_format_qualifier = Text(2)
    shipped_date = Text(3)


class DateLastXRayDateOf2400(SegmentView):
    """2400 DTP*455."""

    __slots__ = ()

    date_time_qualifier = Text(1)
    date_time_period_format_qualifier = Text(2)
    last_x_ray_date = Text(3)


class DateInitialTreatmentDateOf2400(SegmentView):
    """2400 DTP*454."""

    __slots__ = ()

    date_time_qualifier = Text(1)
    date_time_period_format_qualifier = Text(2)
    initial_treatment_date = Text(3)


class AmbulancePatientCountOf2400(SegmentView):
    """2400 QTY*PT."""

    __slots__ = ()

    quantity_qualifier = Text(1)
    ambulance_patient_count = Number(2)


class ObstetricAnesthesiaAdditionalUnitsOf2400(SegmentView):
    """2400 QTY*FL."""

    __slots__ = ()

    quantity_qualifier = Text(1)
    obstetric_additional_units = Number(2)


class TestResultOf2400(SegmentView):
    """2400 MEA*OG|TR."""

    __slots__ = ()

    measurement_reference_identification_code = Text(1)
    measurement_qualifier = Text(2)
    test_results = Number(3)


class ContractInformationOf2400(SegmentView):
    """2400 CN1."""

    __slots__ = ()

    contract_type_code = Text(1)
    contract_amount_cents = Cents(2)
    contract_percentage = Number(3)
    contract_code = Text(4)
    terms_discount_percentage = Number(5)
    contract_version_identifier = Text(6)


class RepricedLineItemReferenceNumberOf2400(SegmentView):
    """2400 REF*9B."""

    __slots__ = ()

    reference_identification_qualifier = Text(1)
    repriced_line_item_reference_number = Text(2)


class AdjustedRepricedLineItemReferenceNumberOf2400(SegmentView):
    """2400 REF*9D."""

    __slots__ = ()

    reference_identification_qualifier = Text(1)
    adjusted_repriced_line_item_reference_number = Text(2)


class PriorAuthorizationOf2400(SegmentView):
    """2400 REF*G1."""

    __slots__ = ()

    reference_identification_qualifier = Text(1)
    prior_authorization_or_referral_number = Text(2)
    reference_identification_qualifier_2 = Text(4, 1)
    other_payer_primary_identifier = Text(4, 2)


class LineItemControlNumberOf2400(SegmentView):
    """2400 REF*6R."""

    __slots__ = ()

    reference_identification_qualifier = Text(1)
    line_item_control_number = Text(2)


class MammographyCertificationNumberOf2400(SegmentView):
    """2400 REF*EW."""

    __slots__ = ()

    reference_identification_qualifier = Text(1)
    mammography_certification_number = Text(2)


class ClinicalLaboratoryImprovementAmendmentCliaNumberOf2400(SegmentView):
    """2400 REF*X4."""

    __slots__ = ()

    reference_identification_qualifier = Text(1)
    clinical_laboratory_improvement_amendment_number = Text(2)


class ReferringClinicalLaboratoryImprovementAmendmentCliaFacilityIdentificationOf2400(SegmentView):
    """2400 REF*F4."""

    __slots__ = ()

    reference_identification_qualifier = Text(1)
    referring_clia_number = Text(2)


class ImmunizationBatchNumberOf2400(SegmentView):
    """2400 REF*BT."""

    __slots__ = ()

    reference_identification_qualifier = Text(1)
    immunization_batch_number = Text(2)


class ReferralNumberOf2400(SegmentView):
    """2400 REF*9F."""

    __slots__ = ()

    reference_identification_qualifier = Text(1)
    referral_number = Text(2)
    reference_identification_qualifier_2 = Text(4, 1)
    other_payer_primary_identifier = Text(4, 2)


class SalesTaxAmountOf2400(SegmentView):
    """2400 AMT*T."""

    __slots__ = ()

    amount_qualifier_code = Text(1)
    sales_tax_amount_cents = Cents(2)


class PostageClaimedAmountOf2400(SegmentView):
    """2400 AMT*F4."""

    __slots__ = ()

    amount_qualifier_code = Text(1)
    postage_claimed_amount_cents = Cents(2)


class FileInformationOf2400(SegmentView):
    """2400 K3."""

    __slots__ = ()

    fixed_format_information = Text(1)


class LineNoteOf2400(SegmentView):
    """2400 NTE*ADD|DCP."""

    __slots__ = ()

    note_reference_code = Text(1)
    line_note_text = Text(2)


class ThirdPartyOrganizationNotesOf2400(SegmentView):
    """2400 NTE*TPO."""

    __slots__ = ()

    note_reference_code = Text(1)
    line_note_text = Text(2)


class PurchasedServiceInformationOf2400(SegmentView):
    """2400 PS1."""

    __slots__ = ()

    purchased_service_provider_identifier = Text(1)
    purchased_service_charge_amount_cents = Cents(2)


class LinePricingRepricingInformationOf2400(SegmentView):
    """2400 HCP."""

    __slots__ = ()

    pricing_methodology = Text(1)
    repriced_allowed_amount_cents = Cents(2)
    repriced_saving_amount_cents = Cents(3)
    repricing_organization_identifier = Text(4)
    repricing_per_diem_or_flat_rate_amount = Number(5)
    repriced_approved_ambulatory_patient_group_code = Text(6)
    repriced_approved_ambulatory_patient_group_amount_cents = Cents(7)
    product_or_service_id_qualifier = Text(9)
    repriced_approved_hcpcs_code = Text(10)
    unit_or_basis_for_measurement_code = Text(11)
    repriced_approved_service_unit_count = Number(12)
    reject_reason_code = Text(13)
    policy_compliance_code = Text(14)
    exception_code = Text(15)


class DrugIdentificationOf2410(SegmentView):
    """2410 LIN."""

    __slots__ = ()

    product_or_service_id_qualifier = Text(2)
    national_drug_code_or_universal_product_number = Text(3)


class DrugQuantityOf2410(SegmentView):
    """2410 CTP."""

    __slots__ = ()

    national_drug_unit_count = Number(4)
    code_qualifier = Text(5, 1)


class PrescriptionOrCompoundDrugAssociationNumberOf2410(SegmentView):
    """2410 REF*VY|XZ."""

    __slots__ = ()

    reference_identification_qualifier = Text(1)
    prescription_number = Text(2)


class Loop2410(LoopView):
    """Loop 2410."""

    __slots__ = ()
    ID: ClassVar[str] = "2410"

    drug_identification = One(DrugIdentificationOf2410, 0)
    drug_quantity = One(DrugQuantityOf2410, 1)
    prescription_or_compound_drug_association_number = One(PrescriptionOrCompoundDrugAssociationNumberOf2410, 2)


class RenderingProviderNameOf2420A(SegmentView):
    """2420A NM1*82."""

    __slots__ = ()

    entity_identifier_code = Text(1)
    entity_type_qualifier = Text(2)
    rendering_provider_last_or_organization_name = Text(3)
    rendering_provider_first_name = Text(4)
    rendering_provider_middle_name_or_initial = Text(5)
    rendering_provider_name_suffix = Text(7)
    identification_code_qualifier = Text(8)
    rendering_provider_identifier = Text(9)


class RenderingProviderSpecialtyInformationOf2420A(SegmentView):
    """2420A PRV*PE."""

    __slots__ = ()

    provider_code = Text(1)
    reference_identification_qualifier = Text(2)
    provider_taxonomy_code = Text(3)


class RenderingProviderSecondaryIdentificationOf2420A(SegmentView):
    """2420A REF*0B|1G|G2|LU."""

    __slots__ = ()

    reference_identification_qualifier = Text(1)
    rendering_provider_secondary_identifier = Text(2)
    reference_identification_qualifier_2 = Text(4, 1)
    other_payer_primary_identifier = Text(4, 2)


class Loop2420A(LoopView):
    """Loop 2420A."""

    __slots__ = ()
    ID: ClassVar[str] = "2420A"

    rendering_provider_name = One(RenderingProviderNameOf2420A, 0)
    rendering_provider_specialty_information = One(RenderingProviderSpecialtyInformationOf2420A, 1)
    rendering_provider_secondary_identification = Many(RenderingProviderSecondaryIdentificationOf2420A, 2)


class PurchasedServiceProviderNameOf2420B(SegmentView):
    """2420B NM1*QB."""

    __slots__ = ()

    entity_identifier_code = Text(1)
    entity_type_qualifier = Text(2)
    identification_code_qualifier = Text(8)
    purchased_service_provider_identifier = Text(9)


class PurchasedServiceProviderSecondaryIdentificationOf2420B(SegmentView):
    """2420B REF*0B|1G|G2."""

    __slots__ = ()

    reference_identification_qualifier = Text(1)
    purchased_service_provider_secondary_identifier = Text(2)
    reference_identification_qualifier_2 = Text(4, 1)
    other_payer_primary_identifier = Text(4, 2)


class Loop2420B(LoopView):
    """Loop 2420B."""

    __slots__ = ()
    ID: ClassVar[str] = "2420B"

    purchased_service_provider_name = One(PurchasedServiceProviderNameOf2420B, 0)
    purchased_service_provider_secondary_identification = Many(
        PurchasedServiceProviderSecondaryIdentificationOf2420B, 1
    )


class ServiceFacilityLocationNameOf2420C(SegmentView):
    """2420C NM1*77."""

    __slots__ = ()

    entity_identifier_code = Text(1)
    entity_type_qualifier = Text(2)
    laboratory_or_facility_name = Text(3)
    identification_code_qualifier = Text(8)
    laboratory_or_facility_primary_identifier = Text(9)


class ServiceFacilityLocationAddressOf2420C(SegmentView):
    """2420C N3."""

    __slots__ = ()

    laboratory_or_facility_address_line = Text(1)
    laboratory_or_facility_address_line_2 = Text(2)


class ServiceFacilityLocationCityStateZipCodeOf2420C(SegmentView):
    """2420C N4."""

    __slots__ = ()

    laboratory_or_facility_city_name = Text(1)
    laboratory_or_facility_state_or_province_code = Text(2)
    laboratory_or_facility_postal_zone_or_zip_code = Text(3)
    country_code = Text(4)
    country_subdivision_code = Text(7)


class ServiceFacilityLocationSecondaryIdentificationOf2420C(SegmentView):
    """2420C REF*G2|LU."""

    __slots__ = ()

    reference_identification_qualifier = Text(1)
    service_facility_location_secondary_identifier = Text(2)
    reference_identification_qualifier_2 = Text(4, 1)
    other_payer_primary_identifier = Text(4, 2)


class Loop2420C(LoopView):
    """Loop 2420C."""

    __slots__ = ()
    ID: ClassVar[str] = "2420C"

    service_facility_location_name = One(ServiceFacilityLocationNameOf2420C, 0)
    service_facility_location_address = One(ServiceFacilityLocationAddressOf2420C, 1)
    service_facility_location_city_state_zip_code = One(ServiceFacilityLocationCityStateZipCodeOf2420C, 2)
    service_facility_location_secondary_identification = Many(ServiceFacilityLocationSecondaryIdentificationOf2420C, 3)


class SupervisingProviderNameOf2420D(SegmentView):
    """2420D NM1*DQ."""

    __slots__ = ()

    entity_identifier_code = Text(1)
    entity_type_qualifier = Text(2)
    supervising_provider_last_name = Text(3)
    supervising_provider_first_name = Text(4)
    supervising_provider_middle_name_or_initial = Text(5)
    supervising_provider_name_suffix = Text(7)
    identification_code_qualifier = Text(8)
    supervising_provider_identifier = Text(9)


class SupervisingProviderSecondaryIdentificationOf2420D(SegmentView):
    """2420D REF*0B|1G|G2|LU."""

    __slots__ = ()

    reference_identification_qualifier = Text(1)
    supervising_provider_secondary_identifier = Text(2)
    reference_identification_qualifier_2 = Text(4, 1)
    other_payer_primary_identifier = Text(4, 2)


class Loop2420D(LoopView):
    """Loop 2420D."""

    __slots__ = ()
    ID: ClassVar[str] = "2420D"

    supervising_provider_name = One(SupervisingProviderNameOf2420D, 0)
    supervising_provider_secondary_identification = Many(SupervisingProviderSecondaryIdentificationOf2420D, 1)


class OrderingProviderNameOf2420E(SegmentView):
    """2420E NM1*DK."""

    __slots__ = ()

    entity_identifier_code = Text(1)
    entity_type_qualifier = Text(2)
    ordering_provider_last_name = Text(3)
    ordering_provider_first_name = Text(4)
    ordering_provider_middle_name_or_initial = Text(5)
    ordering_provider_name_suffix = Text(7)
    identification_code_qualifier = Text(8)
    ordering_provider_identifier = Text(9)


class OrderingProviderAddressOf2420E(SegmentView):
    """2420E N3."""

    __slots__ = ()

    ordering_provider_address_line = Text(1)
    ordering_provider_address_line_2 = Text(2)


class OrderingProviderCityStateZipCodeOf2420E(SegmentView):
    """2420E N4."""

    __slots__ = ()

    ordering_provider_city_name = Text(1)
    ordering_provider_state_or_province_code = Text(2)
    ordering_provider_postal_zone_or_zip_code = Text(3)
    country_code = Text(4)
    country_subdivision_code = Text(7)


class OrderingProviderSecondaryIdentificationOf2420E(SegmentView):
    """2420E REF*0B|1G|G2."""

    __slots__ = ()

    reference_identification_qualifier = Text(1)
    ordering_provider_secondary_identifier = Text(2)
    reference_identification_qualifier_2 = Text(4, 1)
    other_payer_primary_identifier = Text(4, 2)


class OrderingProviderContactInformationOf2420E(SegmentView):
    """2420E PER*IC."""

    __slots__ = ()

    contact_function_code = Text(1)
    ordering_provider_contact_name = Text(2)
    communication_number_qualifier = Text(3)
    communication_number = Text(4)
    communication_number_qualifier_2 = Text(5)
    communication_number_2 = Text(6)
    communication_number_qualifier_3 = Text(7)
    communication_number_3 = Text(8)


class Loop2420E(LoopView):
    """Loop 2420E."""

    __slots__ = ()
    ID: ClassVar[str] = "2420E"

    ordering_provider_name = One(OrderingProviderNameOf2420E, 0)
    ordering_provider_address = One(OrderingProviderAddressOf2420E, 1)
    ordering_provider_city_state_zip_code = One(OrderingProviderCityStateZipCodeOf2420E, 2)
    ordering_provider_secondary_identification = Many(OrderingProviderSecondaryIdentificationOf2420E, 3)
    ordering_provider_contact_information = One(OrderingProviderContactInformationOf2420E, 4)


class ReferringProviderNameOf2420F(SegmentView):
    """2420F NM1*DN|P3."""

    __slots__ = ()

    entity_identifier_code = Text(1)
    entity_type_qualifier = Text(2)
    referring_provider_last_name = Text(3)
    referring_provider_first_name = Text(4)
    referring_provider_middle_name_or_initial = Text(5)
    referring_provider_name_suffix = Text(7)
    identification_code_qualifier = Text(8)
    referring_provider_identifier = Text(9)


class ReferringProviderSecondaryIdentificationOf2420F(SegmentView):
    """2420F REF*0B|1G|G2."""

    __slots__ = ()

    reference_identification_qualifier = Text(1)
    referring_provider_secondary_identifier = Text(2)
    reference_identification_qualifier_2 = Text(4, 1)
    other_payer_primary_identifier = Text(4, 2)


class Loop2420F(LoopView):
    """Loop 2420F."""

    __slots__ = ()
    ID: ClassVar[str] = "2420F"

    referring_provider_name = One(ReferringProviderNameOf2420F, 0)
    referring_provider_secondary_identification = Many(ReferringProviderSecondaryIdentificationOf2420F, 1)


class AmbulancePickUpLocationOf2420G(SegmentView):
    """2420G NM1*PW."""

    __slots__ = ()

    entity_identifier_code = Text(1)
    entity_type_qualifier = Text(2)


class AmbulancePickUpLocationAddressOf2420G(SegmentView):
    """2420G N3."""

    __slots__ = ()

    ambulance_pick_up_address_line = Text(1)
    ambulance_pick_up_address_line_2 = Text(2)


class AmbulancePickUpLocationCityStateZipCodeOf2420G(SegmentView):
    """2420G N4."""

    __slots__ = ()

    ambulance_pick_up_city_name = Text(1)
    ambulance_pick_up_state_or_province_code = Text(2)
    ambulance_pick_up_postal_zone_or_zip_code = Text(3)
    country_code = Text(4)
    country_subdivision_code = Text(7)


class Loop2420G(LoopView):
    """Loop 2420G."""

    __slots__ = ()
    ID: ClassVar[str] = "2420G"

    ambulance_pick_up_location = One(AmbulancePickUpLocationOf2420G, 0)
    ambulance_pick_up_location_address = One(AmbulancePickUpLocationAddressOf2420G, 1)
    ambulance_pick_up_location_city_state_zip_code = One(AmbulancePickUpLocationCityStateZipCodeOf2420G, 2)


class AmbulanceDropOffLocationOf2420H(SegmentView):
    """2420H NM1*45."""

    __slots__ = ()

    entity_identifier_code = Text(1)
    entity_type_qualifier = Text(2)
    ambulance_drop_off_location = Text(3)


class AmbulanceDropOffLocationAddressOf2420H(SegmentView):
    """2420H N3."""

    __slots__ = ()

    ambulance_drop_off_address_line = Text(1)
    ambulance_drop_off_address_line_2 = Text(2)


class AmbulanceDropOffLocationCityStateZipCodeOf2420H(SegmentView):
    """2420H N4."""

    __slots__ = ()

    ambulance_drop_off_city_name = Text(1)
    ambulance_drop_off_state_or_province_code = Text(2)
    ambulance_drop_off_postal_zone_or_zip_code = Text(3)
    country_code = Text(4)
    country_subdivision_code = Text(7)


class Loop2420H(LoopView):
    """Loop 2420H."""

    __slots__ = ()
    ID: ClassVar[str] = "2420H"

    ambulance_drop_off_location = One(AmbulanceDropOffLocationOf2420H, 0)
    ambulance_drop_off_location_address = One(AmbulanceDropOffLocationAddressOf2420H, 1)
    ambulance_drop_off_location_city_state_zip_code = One(AmbulanceDropOffLocationCityStateZipCodeOf2420H, 2)


class LineAdjudicationInformationOf2430(SegmentView):
    """2430 SVD."""

    __slots__ = ()

    other_payer_primary_identifier = Text(1)
    service_line_paid_amount_cents = Cents(2)
    product_or_service_id_qualifier = Text(3, 1)
    procedure_code = Text(3, 2)
    procedure_modifier = Text(3, 3)
    procedure_modifier_2 = Text(3, 4)
    procedure_modifier_3 = Text(3, 5)
    procedure_modifier_4 = Text(3, 6)
    procedure_code_description = Text(3, 7)
    paid_service_unit_count = Number(5)
    bundled_or_unbundled_line_number = Whole(6)


class LineAdjustmentOf2430(AdjustmentView):
    """2430 CAS."""

    __slots__ = ()

    claim_adjustment_group_code = Text(1)
    adjustment_reason_code = Text(2)
    adjustment_amount_cents = Cents(3)
    adjustment_quantity = Number(4)
    adjustment_reason_code_2 = Text(5)
    adjustment_amount_2_cents = Cents(6)
    adjustment_quantity_2 = Number(7)
    adjustment_reason_code_3 = Text(8)
    adjustment_amount_3_cents = Cents(9)
    adjustment_quantity_3 = Number(10)
    adjustment_reason_code_4 = Text(11)
    adjustment_amount_4_cents = Cents(12)
    adjustment_quantity_4 = Number(13)
    adjustment_reason_code_5 = Text(14)
    adjustment_amount_5_cents = Cents(15)
    adjustment_quantity_5 = Number(16)
    adjustment_reason_code_6 = Text(17)
    adjustment_amount_6_cents = Cents(18)
    adjustment_quantity_6 = Number(19)


class LineCheckOrRemittanceDateOf2430(SegmentView):
    """2430 DTP*573."""

    __slots__ = ()

    date_time_qualifier = Text(1)
    date_time_period_format_qualifier = Text(2)
    adjudication_or_payment_date = Text(3)


class RemainingPatientLiabilityOf2430(SegmentView):
    """2430 AMT*EAF."""

    __slots__ = ()

    amount_qualifier_code = Text(1)
    remaining_patient_liability_cents = Cents(2)


class Loop2430(LoopView):
    """Loop 2430."""

    __slots__ = ()
    ID: ClassVar[str] = "2430"

    line_adjudication_information = One(LineAdjudicationInformationOf2430, 0)
    line_adjustment = Many(LineAdjustmentOf2430, 1)
    line_check_or_remittance_date = One(LineCheckOrRemittanceDateOf2430, 2)
    remaining_patient_liability = One(RemainingPatientLiabilityOf2430, 3)


class FormIdentificationCodeOf2440(SegmentView):
    """2440 LQ*AS|UT."""

    __slots__ = ()

    code_list_qualifier_code = Text(1)
    form_identifier = Text(2)


class SupportingDocumentationOf2440(SegmentView):
    """2440 FRM."""

    __slots__ = ()

    question_number_letter = Text(1)
    question_response = Text(2)
    question_response_2 = Text(3)
    question_response_3 = Day(4)
    question_response_4 = Number(5)


class Loop2440(LoopView):
    """Loop 2440."""

    __slots__ = ()
    ID: ClassVar[str] = "2440"

    form_identification_code = One(FormIdentificationCodeOf2440, 0)
    supporting_documentation = Many(SupportingDocumentationOf2440, 1)


class Loop2400(LoopView):
    """Loop 2400."""

    __slots__ = ()
    ID: ClassVar[str] = "2400"

    service_line_number = One(ServiceLineNumberOf2400, 0)
    professional_service = One(ProfessionalServiceOf2400, 1)
    durable_medical_equipment_service = One(DurableMedicalEquipmentServiceOf2400, 2)
    line_supplemental_information = Many(LineSupplementalInformationOf2400, 3)
    durable_medical_equipment_certificate_of_medical_necessity_indicator = One(
        DurableMedicalEquipmentCertificateOfMedicalNecessityIndicatorOf2400, 4
    )
    ambulance_transport_information = One(AmbulanceTransportInformationOf2400, 5)
    durable_medical_equipment_certification = One(DurableMedicalEquipmentCertificationOf2400, 6)
    ambulance_certification = Many(AmbulanceCertificationOf2400, 7)
    hospice_employee_indicator = One(HospiceEmployeeIndicatorOf2400, 8)
    condition_indicator_durable_medical_equipment = One(ConditionIndicatorDurableMedicalEquipmentOf2400, 9)
    date_service_date = One(DateServiceDateOf2400, 10)
    date_prescription_date = One(DatePrescriptionDateOf2400, 11)
    date_certification_revision_recertification_date = One(DateCertificationRevisionRecertificationDateOf2400, 12)
    date_begin_therapy_date = One(DateBeginTherapyDateOf2400, 13)
    date_last_certification_date = One(DateLastCertificationDateOf2400, 14)
    date_last_seen_date = One(DateLastSeenDateOf2400, 15)
    date_test_date = Many(DateTestDateOf2400, 16)
    date_shipped_date = One(DateShippedDateOf2400, 17)
    date_last_x_ray_date = One(DateLastXRayDateOf2400, 18)
    date_initial_treatment_date = One(DateInitialTreatmentDateOf2400, 19)
    ambulance_patient_count = One(AmbulancePatientCountOf2400, 20)
    obstetric_anesthesia_additional_units = One(ObstetricAnesthesiaAdditionalUnitsOf2400, 21)
    test_result = Many(TestResultOf2400, 22)
    contract_information = One(ContractInformationOf2400, 23)
    repriced_line_item_reference_number = One(RepricedLineItemReferenceNumberOf2400, 24)
    adjusted_repriced_line_item_reference_number = One(AdjustedRepricedLineItemReferenceNumberOf2400, 25)
    prior_authorization = Many(PriorAuthorizationOf2400, 26)
    line_item_control_number = One(LineItemControlNumberOf2400, 27)
    mammography_certification_number = One(MammographyCertificationNumberOf2400, 28)
    clinical_laboratory_improvement_amendment_clia_number = One(
        ClinicalLaboratoryImprovementAmendmentCliaNumberOf2400, 29
    )
    referring_clinical_laboratory_improvement_amendment_clia_facility_identification = One(
        ReferringClinicalLaboratoryImprovementAmendmentCliaFacilityIdentificationOf2400, 30
    )
    immunization_batch_number = One(ImmunizationBatchNumberOf2400, 31)
    referral_number = Many(ReferralNumberOf2400, 32)
    sales_tax_amount = One(SalesTaxAmountOf2400, 33)
    postage_claimed_amount = One(PostageClaimedAmountOf2400, 34)
    file_information = Many(FileInformationOf2400, 35)
    line_note = One(LineNoteOf2400, 36)
    third_party_organization_notes = One(ThirdPartyOrganizationNotesOf2400, 37)
    purchased_service_information = One(PurchasedServiceInformationOf2400, 38)
    line_pricing_repricing_information = One(LinePricingRepricingInformationOf2400, 39)
    loop_2410 = OneLoop(Loop2410)
    loop_2420a = OneLoop(Loop2420A)
    loop_2420b = OneLoop(Loop2420B)
    loop_2420c = OneLoop(Loop2420C)
    loop_2420d = OneLoop(Loop2420D)
    loop_2420e = OneLoop(Loop2420E)
    loop_2420f = ManyLoops(Loop2420F)
    loop_2420g = OneLoop(Loop2420G)
    loop_2420h = OneLoop(Loop2420H)
    loop_2430 = ManyLoops(Loop2430)
    loop_2440 = ManyLoops(Loop2440)


class Loop2300(LoopView):
    """Loop 2300."""

    __slots__ = ()
    ID: ClassVar[str] = "2300"

    claim_information = One(ClaimInformationOf2300, 0)
    date_onset_of_current_illness_or_symptom = One(DateOnsetOfCurrentIllnessOrSymptomOf2300, 1)
    date_initial_treatment_date = One(DateInitialTreatmentDateOf2300, 2)
    date_last_seen_date = One(DateLastSeenDateOf2300, 3)
    date_acute_manifestation = One(DateAcuteManifestationOf2300, 4)
    date_accident = One(DateAccidentOf2300, 5)
    date_last_menstrual_period = One(DateLastMenstrualPeriodOf2300, 6)
    date_last_x_ray_date = One(DateLastXRayDateOf2300, 7)
    date_hearing_and_vision_prescription_date = One(DateHearingAndVisionPrescriptionDateOf2300, 8)
    date_disability_dates = One(DateDisabilityDatesOf2300, 9)
    date_last_worked = One(DateLastWorkedOf2300, 10)
    date_authorized_return_to_work = One(DateAuthorizedReturnToWorkOf2300, 11)
    date_admission = One(DateAdmissionOf2300, 12)
    date_discharge = One(DateDischargeOf2300, 13)
    date_assumed_and_relinquished_care_dates = Many(DateAssumedAndRelinquishedCareDatesOf2300, 14)
    date_property_and_casualty_date_of_first_contact = One(DatePropertyAndCasualtyDateOfFirstContactOf2300, 15)
    date_repricer_received_date = One(DateRepricerReceivedDateOf2300, 16)
    claim_supplemental_information = Many(ClaimSupplementalInformationOf2300, 17)
    contract_information = One(ContractInformationOf2300, 18)
    patient_amount_paid = One(PatientAmountPaidOf2300, 19)
    service_authorization_exception_code = One(ServiceAuthorizationExceptionCodeOf2300, 20)
    mandatory_medicare_section_4081_crossover_indicator = One(MandatoryMedicareSection4081CrossoverIndicatorOf2300, 21)
    mammography_certification_number = One(MammographyCertificationNumberOf2300, 22)
    referral_number = One(ReferralNumberOf2300, 23)
    prior_authorization = One(PriorAuthorizationOf2300, 24)
    payer_claim_control_number = One(PayerClaimControlNumberOf2300, 25)
    clinical_laboratory_improvement_amendment_clia_number = One(
        ClinicalLaboratoryImprovementAmendmentCliaNumberOf2300, 26
    )
    repriced_claim_number = One(RepricedClaimNumberOf2300, 27)
    adjusted_repriced_claim_number = One(AdjustedRepricedClaimNumberOf2300, 28)
    investigational_device_exemption_number = One(InvestigationalDeviceExemptionNumberOf2300, 29)
    claim_identifier_for_transmission_intermediaries = One(ClaimIdentifierForTransmissionIntermediariesOf2300, 30)
    medical_record_number = One(MedicalRecordNumberOf2300, 31)
    demonstration_project_identifier = One(DemonstrationProjectIdentifierOf2300, 32)
    care_plan_oversight = One(CarePlanOversightOf2300, 33)
    file_information = Many(FileInformationOf2300, 34)
    claim_note = One(ClaimNoteOf2300, 35)
    ambulance_transport_information = One(AmbulanceTransportInformationOf2300, 36)
    spinal_manipulation_service_information = One(SpinalManipulationServiceInformationOf2300, 37)
    ambulance_certification = Many(AmbulanceCertificationOf2300, 38)
    patient_condition_information_vision = Many(PatientConditionInformationVisionOf2300, 39)
    homebound_indicator = One(HomeboundIndicatorOf2300, 40)
    epsdt_referral = One(EpsdtReferralOf2300, 41)
    health_care_diagnosis_code = One(HealthCareDiagnosisCodeOf2300, 42)
    anesthesia_related_procedure = One(AnesthesiaRelatedProcedureOf2300, 43)
    condition_information = Many(ConditionInformationOf2300, 44)
    claim_pricing_repricing_information = One(ClaimPricingRepricingInformationOf2300, 45)
    loop_2310a = ManyLoops(Loop2310A)
    loop_2310b = OneLoop(Loop2310B)
    loop_2310c = OneLoop(Loop2310C)
    loop_2310d = OneLoop(Loop2310D)
    loop_2310e = OneLoop(Loop2310E)
    loop_2310f = OneLoop(Loop2310F)
    loop_2320 = ManyLoops(Loop2320)
    loop_2400 = ManyLoops(Loop2400)


class PatientHierarchicalLevelOf2000C(SegmentView):
    """2000C HL."""

    __slots__ = ()

    hierarchical_id_number = Text(1)
    hierarchical_parent_id_number = Text(2)
    hierarchical_level_code = Text(3)
    hierarchical_child_code = Text(4)


class PatientInformationOf2000C(SegmentView):
    """2000C PAT."""

    __slots__ = ()

    individual_relationship_code = Text(1)
    date_time_period_format_qualifier = Text(5)
    patient_death_date = Text(6)
    unit_or_basis_for_measurement_code = Text(7)
    patient_weight = Number(8)
    pregnancy_indicator = Text(9)


class PatientNameOf2010CA(SegmentView):
    """2010CA NM1*QC."""

    __slots__ = ()

    entity_identifier_code = Text(1)
    entity_type_qualifier = Text(2)
    patient_last_name = Text(3)
    patient_first_name = Text(4)
    patient_middle_name_or_initial = Text(5)
    patient_name_suffix = Text(7)


class PatientAddressOf2010CA(SegmentView):
    """2010CA N3."""

    __slots__ = ()

    patient_address_line = Text(1)
    patient_address_line_2 = Text(2)


class PatientCityStateZipCodeOf2010CA(SegmentView):
    """2010CA N4."""

    __slots__ = ()

    patient_city_name = Text(1)
    patient_state_code = Text(2)
    patient_postal_zone_or_zip_code = Text(3)
    country_code = Text(4)
    country_subdivision_code = Text(7)


class PatientDemographicInformationOf2010CA(SegmentView):
    """2010CA DMG*D8."""

    __slots__ = ()

    date_time_period_format_qualifier = Text(1)
    patient_birth_date = Text(2)
    patient_gender_code = Text(3)


class PropertyAndCasualtyClaimNumberOf2010CA(SegmentView):
    """2010CA REF*Y4."""

    __slots__ = ()

    reference_identification_qualifier = Text(1)
    property_casualty_claim_number = Text(2)


class PropertyAndCasualtyPatientIdentifierOf2010CA(SegmentView):
    """2010CA REF*1W|SY."""

    __slots__ = ()

    reference_identification_qualifier = Text(1)
    property_and_casualty_patient_identifier = Text(2)


class PropertyAndCasualtyPatientContactInformationOf2010CA(SegmentView):
    """2010CA PER*IC."""

    __slots__ = ()

    contact_function_code = Text(1)
    name = Text(2)
    communication_number_qualifier = Text(3)
    communication_number = Text(4)
    communication_number_qualifier_2 = Text(5)
    communication_number_2 = Text(6)


class Loop2010CA(LoopView):
    """Loop 2010CA."""

    __slots__ = ()
    ID: ClassVar[str] = "2010CA"

    patient_name = One(PatientNameOf2010CA, 0)
    patient_address = One(PatientAddressOf2010CA, 1)
    patient_city_state_zip_code = One(PatientCityStateZipCodeOf2010CA, 2)
    patient_demographic_information = One(PatientDemographicInformationOf2010CA, 3)
    property_and_casualty_claim_number = One(PropertyAndCasualtyClaimNumberOf2010CA, 4)
    property_and_casualty_patient_identifier = One(PropertyAndCasualtyPatientIdentifierOf2010CA, 5)
    property_and_casualty_patient_contact_information = One(PropertyAndCasualtyPatientContactInformationOf2010CA, 6)


class Loop2000C(LoopView):
    """Loop 2000C."""

    __slots__ = ()
    ID: ClassVar[str] = "2000C"

    patient_hierarchical_level = One(PatientHierarchicalLevelOf2000C, 0)
    patient_information = One(PatientInformationOf2000C, 1)
    loop_2010ca = OneLoop(Loop2010CA)
    loop_2300 = ManyLoops(Loop2300)


class Loop2000B(LoopView):
    """Loop 2000B."""

    __slots__ = ()
    ID: ClassVar[str] = "2000B"

    subscriber_hierarchical_level = One(SubscriberHierarchicalLevelOf2000B, 0)
    subscriber_information = One(SubscriberInformationOf2000B, 1)
    patient_information = One(PatientInformationOf2000B, 2)
    loop_2010ba = OneLoop(Loop2010BA)
    loop_2010bb = OneLoop(Loop2010BB)
    loop_2300 = ManyLoops(Loop2300)
    loop_2000c = ManyLoops(Loop2000C)


class Loop2000A(LoopView):
    """Loop 2000A."""

    __slots__ = ()
    ID: ClassVar[str] = "2000A"

    billing_provider_hierarchical_level = One(BillingProviderHierarchicalLevelOf2000A, 0)
    billing_provider_specialty_information = One(BillingProviderSpecialtyInformationOf2000A, 1)
    foreign_currency_information = One(ForeignCurrencyInformationOf2000A, 2)
    loop_2010aa = OneLoop(Loop2010AA)
    loop_2010ab = OneLoop(Loop2010AB)
    loop_2010ac = OneLoop(Loop2010AC)
    loop_2000b = ManyLoops(Loop2000B)


class TransactionSetTrailer(SegmentView):
    """SE."""

    __slots__ = ()

    transaction_segment_count = Whole(1)
    transaction_set_control_number = Text(2)


class TransactionSet(TransactionView):
    """837P."""

    __slots__ = ()
    ID: ClassVar[str] = "ST_LOOP"
    KIND: ClassVar[str] = "837P"

    transaction_set_header = One(TransactionSetHeader, 0)
    beginning_of_hierarchical_transaction = One(BeginningOfHierarchicalTransaction, 1)
    loop_1000a = OneLoop(Loop1000A)
    loop_1000b = OneLoop(Loop1000B)
    loop_2000a = ManyLoops(Loop2000A)
    transaction_set_trailer = One(TransactionSetTrailer, 5)
