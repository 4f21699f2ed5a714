"""835 (005010X221A1): each loop, segment and element that the guide uses, by name.

Made by tools/generate_x12.py from claimloom/x12/guides/maps (derived from pyx12, see NOTICE.txt there).
"""

from __future__ import annotations

from typing import ClassVar

from claimloom.x12.typed.base import (
    AdjustmentView,
    Cents,
    Day,
    LoopView,
    Many,
    ManyLoops,
    Number,
    One,
    OneLoop,
    ProviderAdjustmentView,
    SegmentView,
    Text,
    TransactionView,
    Whole,
)


class TransactionSetHeader(SegmentView):
    """ST*835."""

    __slots__ = ()

    transaction_set_identifier_code = Text(1)
    transaction_set_control_number = Text(2)


class FinancialInformation(SegmentView):
    """BPR."""

    __slots__ = ()

    transaction_handling_code = Text(1)
    total_actual_provider_payment_amount_cents = Cents(2)
    credit_or_debit_flag_code = Text(3)
    payment_method_code = Text(4)
    payment_format_code = Text(5)
    depository_financial_institution_dfi_identification_number_qualifier = Text(6)
    sender_dfi_identifier = Text(7)
    account_number_qualifier = Text(8)
    sender_bank_account_number = Text(9)
    payer_identifier = Text(10)
    originating_company_supplemental_code = Text(11)
    depository_financial_institution_dfi_identification_number_qualifier_2 = Text(12)
    receiver_or_provider_bank_id_number = Text(13)
    account_number_qualifier_2 = Text(14)
    receiver_or_provider_account_number = Text(15)
    check_issue_or_eft_effective_date = Day(16)


class ReassociationTraceNumber(SegmentView):
    """TRN*1."""

    __slots__ = ()

    trace_type_code = Text(1)
    check_or_eft_trace_number = Text(2)
    payer_identifier = Text(3)
    originating_company_supplemental_code = Text(4)


class ForeignCurrencyInformation(SegmentView):
    """CUR*PR."""

    __slots__ = ()

    entity_identifier_code = Text(1)
    currency_code = Text(2)


class ReceiverIdentification(SegmentView):
    """REF*EV."""

    __slots__ = ()

    reference_identification_qualifier = Text(1)
    receiver_identifier = Text(2)


class VersionIdentification(SegmentView):
    """REF*F2."""

    __slots__ = ()

    reference_identification_qualifier = Text(1)
    version_identification_code = Text(2)


class ProductionDate(SegmentView):
    """DTM*405."""

    __slots__ = ()

    date_time_qualifier = Text(1)
    production_date = Day(2)


class PayerIdentificationOf1000A(SegmentView):
    """1000A N1*PR."""

    __slots__ = ()

    entity_identifier_code = Text(1)
    payer_name = Text(2)
    identification_code_qualifier = Text(3)
    payer_identifier = Text(4)


class PayerAddressOf1000A(SegmentView):
    """1000A N3."""

    __slots__ = ()

    payer_address_line = Text(1)
    payer_address_line_2 = Text(2)


class PayerCityStateZipCodeOf1000A(SegmentView):
    """1000A N4."""

    __slots__ = ()

    payer_city_name = Text(1)
    payer_state_code = Text(2)
    payer_postal_zone_or_zip_code = Text(3)
    country_code = Text(4)
    country_subdivision_code = Text(7)


class AdditionalPayerIdentificationOf1000A(SegmentView):
    """1000A REF*2U|EO|HI|NF."""

    __slots__ = ()

    reference_identification_qualifier = Text(1)
    additional_payer_identifier = Text(2)


class PayerBusinessContactInformationOf1000A(SegmentView):
    """1000A PER*CX."""

    __slots__ = ()

    contact_function_code = Text(1)
    payer_contact_name = Text(2)
    communication_number_qualifier = Text(3)
    payer_contact_communication_number = Text(4)
    communication_number_qualifier_2 = Text(5)
    payer_contact_communication_number_2 = Text(6)
    communication_number_qualifier_3 = Text(7)
    payer_contact_communication_number_3 = Text(8)


class PayerTechnicalContactInformationOf1000A(SegmentView):
    """1000A PER*BL."""

    __slots__ = ()

    contact_function_code = Text(1)
    payer_technical_contact_name = Text(2)
    communication_number_qualifier = Text(3)
    payer_contact_communication_number = Text(4)
    communication_number_qualifier_2 = Text(5)
    payer_technical_contact_communication_number = Text(6)
    communication_number_qualifier_3 = Text(7)
    payer_contact_communication_number_2 = Text(8)


class PayerWebSiteOf1000A(SegmentView):
    """1000A PER*IC."""

    __slots__ = ()

    contact_function_code = Text(1)
    communication_number_qualifier = Text(3)
    communication_number = Text(4)


class Loop1000A(LoopView):
    """Loop 1000A."""

    __slots__ = ()
    ID: ClassVar[str] = "1000A"

    payer_identification = One(PayerIdentificationOf1000A, 0)
    payer_address = One(PayerAddressOf1000A, 1)
    payer_city_state_zip_code = One(PayerCityStateZipCodeOf1000A, 2)
    additional_payer_identification = Many(AdditionalPayerIdentificationOf1000A, 3)
    payer_business_contact_information = One(PayerBusinessContactInformationOf1000A, 4)
    payer_technical_contact_information = Many(PayerTechnicalContactInformationOf1000A, 5)
    payer_web_site = One(PayerWebSiteOf1000A, 6)


class PayeeIdentificationOf1000B(SegmentView):
    """1000B N1*PE."""

    __slots__ = ()

    entity_identifier_code = Text(1)
    payee_name = Text(2)
    identification_code_qualifier = Text(3)
    payee_identification_code = Text(4)


class PayeeAddressOf1000B(SegmentView):
    """1000B N3."""

    __slots__ = ()

    payee_address_line = Text(1)
    payee_address_line_2 = Text(2)


class PayeeCityStateZipCodeOf1000B(SegmentView):
    """1000B N4."""

    __slots__ = ()

    payee_city_name = Text(1)
    payee_state_code = Text(2)
    payee_postal_zone_or_zip_code = Text(3)
    country_code = Text(4)
    country_subdivision_code = Text(7)


class PayeeAdditionalIdentificationOf1000B(SegmentView):
    """1000B REF*0B|D3|PQ|TJ."""

    __slots__ = ()

    reference_identification_qualifier = Text(1)
    additional_payee_identifier = Text(2)


class RemittanceDeliveryMethodOf1000B(SegmentView):
    """1000B RDM*BM|EM|FT|OL."""

    __slots__ = ()

    report_transmission_code = Text(1)
    name = Text(2)
    communication_number = Text(3)


class Loop1000B(LoopView):
    """Loop 1000B."""

    __slots__ = ()
    ID: ClassVar[str] = "1000B"

    payee_identification = One(PayeeIdentificationOf1000B, 0)
    payee_address = One(PayeeAddressOf1000B, 1)
    payee_city_state_zip_code = One(PayeeCityStateZipCodeOf1000B, 2)
    payee_additional_identification = Many(PayeeAdditionalIdentificationOf1000B, 3)
    remittance_delivery_method = One(RemittanceDeliveryMethodOf1000B, 4)


class HeaderNumberOf2000(SegmentView):
    """2000 LX."""

    __slots__ = ()

    assigned_number = Whole(1)


class ProviderSummaryInformationOf2000(SegmentView):
    """2000 TS3."""

    __slots__ = ()

    provider_identifier = Text(1)
    facility_type_code = Text(2)
    fiscal_period_date = Day(3)
    total_claim_count = Number(4)
    total_claim_charge_amount_cents = Cents(5)
    total_msp_payer_amount_cents = Cents(13)
    total_non_lab_charge_amount_cents = Cents(15)
    total_hcpcs_reported_charge_amount_cents = Cents(17)
    total_hcpcs_payable_amount_cents = Cents(18)
    total_professional_component_amount_cents = Cents(20)
    total_msp_patient_liability_met_amount_cents = Cents(21)
    total_patient_reimbursement_amount_cents = Cents(22)
    total_pip_claim_count = Number(23)
    total_pip_adjustment_amount_cents = Cents(24)


class ProviderSupplementalSummaryInformationOf2000(SegmentView):
    """2000 TS2."""

    __slots__ = ()

    total_drg_amount_cents = Cents(1)
    total_federal_specific_amount_cents = Cents(2)
    total_hospital_specific_amount_cents = Cents(3)
    total_disproportionate_share_amount_cents = Cents(4)
    total_capital_amount_cents = Cents(5)
    total_indirect_medical_education_amount_cents = Cents(6)
    total_outlier_day_count = Number(7)
    total_day_outlier_amount_cents = Cents(8)
    total_cost_outlier_amount_cents = Cents(9)
    average_drg_length_of_stay = Number(10)
    total_discharge_count = Number(11)
    total_cost_report_day_count = Number(12)
    total_covered_day_count = Number(13)
    total_noncovered_day_count = Number(14)
    total_msp_pass_through_amount_cents = Cents(15)
    average_drg_weight = Number(16)
    total_pps_capital_fsp_drg_amount_cents = Cents(17)
    total_pps_capital_hsp_drg_amount_cents = Cents(18)
    total_pps_dsh_drg_amount_cents = Cents(19)


class ClaimPaymentInformationOf2100(SegmentView):
    """2100 CLP."""

    __slots__ = ()

    patient_control_number = Text(1)
    claim_status_code = Text(2)
    total_claim_charge_amount_cents = Cents(3)
    claim_payment_amount_cents = Cents(4)
    patient_responsibility_amount_cents = Cents(5)
    claim_filing_indicator_code = Text(6)
    payer_claim_control_number = Text(7)
    facility_type_code = Text(8)
    claim_frequency_code = Text(9)
    diagnosis_related_group_drg_code = Text(11)
    diagnosis_related_group_drg_weight = Number(12)
    discharge_fraction = Number(13)


class ClaimAdjustmentOf2100(AdjustmentView):
    """2100 CAS*CO|OA|PI|PR."""

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


class PatientNameOf2100(SegmentView):
    """2100 NM1*QC."""

    __slots__ = ()

    entity_identifier_code = Text(1)
    entity_type_qualifier = Text(2)
    patient_last_name = Text(3)
    patient_first_name = Text(4)
    patient_middle_name_or_initial = Text(5)
    patient_name_suffix = Text(7)
    identification_code_qualifier = Text(8)
    patient_identifier = Text(9)


class InsuredNameOf2100(SegmentView):
    """2100 NM1*IL."""

    __slots__ = ()

    entity_identifier_code = Text(1)
    entity_type_qualifier = Text(2)
    subscriber_last_name = Text(3)
    subscriber_first_name = Text(4)
    subscriber_middle_name_or_initial = Text(5)
    subscriber_name_suffix = Text(7)
    identification_code_qualifier = Text(8)
    subscriber_identifier = Text(9)


class CorrectedPatientInsuredNameOf2100(SegmentView):
    """2100 NM1*74."""

    __slots__ = ()

    entity_identifier_code = Text(1)
    entity_type_qualifier = Text(2)
    corrected_patient_or_insured_last_name = Text(3)
    corrected_patient_or_insured_first_name = Text(4)
    corrected_patient_or_insured_middle_name = Text(5)
    corrected_patient_or_insured_name_suffix = Text(7)
    identification_code_qualifier = Text(8)
    corrected_insured_identification_indicator = Text(9)


class ServiceProviderNameOf2100(SegmentView):
    """2100 NM1*82."""

    __slots__ = ()

    entity_identifier_code = Text(1)
    entity_type_qualifier = Text(2)
    rendering_provider_last_or_organization_name = Text(3)
    rendering_provider_first_name = Text(4)
    rendering_provider_middle_name_or_initial = Text(5)
    rendering_provider_name_suffix = Text(7)
    identification_code_qualifier = Text(8)
    rendering_provider_identifier = Text(9)


class CrossoverCarrierNameOf2100(SegmentView):
    """2100 NM1*TT."""

    __slots__ = ()

    entity_identifier_code = Text(1)
    entity_type_qualifier = Text(2)
    coordination_of_benefits_carrier_name = Text(3)
    identification_code_qualifier = Text(8)
    coordination_of_benefits_carrier_identifier = Text(9)


class CorrectedPriorityPayerNameOf2100(SegmentView):
    """2100 NM1*PR."""

    __slots__ = ()

    entity_identifier_code = Text(1)
    entity_type_qualifier = Text(2)
    corrected_priority_payer_name = Text(3)
    identification_code_qualifier = Text(8)
    corrected_priority_payer_identification_number = Text(9)


class OtherSubscriberNameOf2100(SegmentView):
    """2100 NM1*GB."""

    __slots__ = ()

    entity_identifier_code = Text(1)
    entity_type_qualifier = Text(2)
    other_subscriber_last_name = Text(3)
    other_subscriber_first_name = Text(4)
    other_subscriber_middle_name_or_initial = Text(5)
    other_subscriber_name_suffix = Text(7)
    identification_code_qualifier = Text(8)
    other_subscriber_identifier = Text(9)


class InpatientAdjudicationInformationOf2100(SegmentView):
    """2100 MIA."""

    __slots__ = ()

    covered_days_or_visits_count = Number(1)
    pps_operating_outlier_amount_cents = Cents(2)
    lifetime_psychiatric_days_count = Number(3)
    claim_drg_amount_cents = Cents(4)
    claim_payment_remark_code = Text(5)
    claim_disproportionate_share_amount_cents = Cents(6)
    claim_msp_pass_through_amount_cents = Cents(7)
    claim_pps_capital_amount_cents = Cents(8)
    pps_capital_fsp_drg_amount_cents = Cents(9)
    pps_capital_hsp_drg_amount_cents = Cents(10)
    pps_capital_dsh_drg_amount_cents = Cents(11)
    old_capital_amount_cents = Cents(12)
    pps_capital_ime_amount_cents = Cents(13)
    pps_operating_hospital_specific_drg_amount_cents = Cents(14)
    cost_report_day_count = Number(15)
    pps_operating_federal_specific_drg_amount_cents = Cents(16)
    claim_pps_capital_outlier_amount_cents = Cents(17)
    claim_indirect_teaching_amount_cents = Cents(18)
    nonpayable_professional_component_amount_cents = Cents(19)
    claim_payment_remark_code_2 = Text(20)
    claim_payment_remark_code_3 = Text(21)
    claim_payment_remark_code_4 = Text(22)
    claim_payment_remark_code_5 = Text(23)
    pps_capital_exception_amount_cents = Cents(24)


class OutpatientAdjudicationInformationOf2100(SegmentView):
    """2100 MOA."""

    __slots__ = ()

    reimbursement_rate = Number(1)
    claim_hcpcs_payable_amount_cents = Cents(2)
    claim_payment_remark_code = Text(3)
    claim_payment_remark_code_2 = Text(4)
    claim_payment_remark_code_3 = Text(5)
    claim_payment_remark_code_4 = Text(6)
    claim_payment_remark_code_5 = Text(7)
    claim_esrd_payment_amount_cents = Cents(8)
    nonpayable_professional_component_amount_cents = Cents(9)


class OtherClaimRelatedIdentificationOf2100(SegmentView):
    """2100 REF."""

    __slots__ = ()

    reference_identification_qualifier = Text(1)
    other_claim_related_identifier = Text(2)


class RenderingProviderIdentificationOf2100(SegmentView):
    """2100 REF."""

    __slots__ = ()

    reference_identification_qualifier = Text(1)
    rendering_provider_secondary_identifier = Text(2)


class StatementFromOrToDateOf2100(SegmentView):
    """2100 DTM*232|233."""

    __slots__ = ()

    date_time_qualifier = Text(1)
    claim_date = Day(2)


class CoverageExpirationDateOf2100(SegmentView):
    """2100 DTM*036."""

    __slots__ = ()

    date_time_qualifier = Text(1)
    date = Day(2)


class ClaimReceivedDateOf2100(SegmentView):
    """2100 DTM*050."""

    __slots__ = ()

    date_time_qualifier = Text(1)
    date = Day(2)


class ClaimContactInformationOf2100(SegmentView):
    """2100 PER*CX."""

    __slots__ = ()

    contact_function_code = Text(1)
    claim_contact_name = Text(2)
    communication_number_qualifier = Text(3)
    claim_contact_communications_number = Text(4)
    communication_number_qualifier_2 = Text(5)
    claim_contact_communications_number_2 = Text(6)
    communication_number_qualifier_3 = Text(7)
    communication_number_extension = Text(8)


class ClaimSupplementalInformationOf2100(SegmentView):
    """2100 AMT."""

    __slots__ = ()

    amount_qualifier_code = Text(1)
    claim_supplemental_information_amount_cents = Cents(2)


class ClaimSupplementalInformationQuantityOf2100(SegmentView):
    """2100 QTY."""

    __slots__ = ()

    quantity_qualifier = Text(1)
    claim_supplemental_information_quantity = Number(2)


class ServicePaymentInformationOf2110(SegmentView):
    """2110 SVC."""

    __slots__ = ()

    product_or_service_id_qualifier = Text(1, 1)
    adjudicated_procedure_code = Text(1, 2)
    procedure_modifier = Text(1, 3)
    procedure_modifier_2 = Text(1, 4)
    procedure_modifier_3 = Text(1, 5)
    procedure_modifier_4 = Text(1, 6)
    line_item_charge_amount_cents = Cents(2)
    line_item_provider_payment_amount_cents = Cents(3)
    national_uniform_billing_committee_revenue_code = Text(4)
    units_of_service_paid_count = Number(5)
    product_or_service_id_qualifier_2 = Text(6, 1)
    procedure_code = Text(6, 2)
    procedure_modifier_5 = Text(6, 3)
    procedure_modifier_6 = Text(6, 4)
    procedure_modifier_7 = Text(6, 5)
    procedure_modifier_8 = Text(6, 6)
    procedure_code_description = Text(6, 7)
    original_units_of_service_count = Number(7)


class ServiceDateOf2110(SegmentView):
    """2110 DTM*150|151|472."""

    __slots__ = ()

    date_time_qualifier = Text(1)
    service_date = Day(2)


class ServiceAdjustmentOf2110(AdjustmentView):
    """2110 CAS*CO|OA|PI|PR."""

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


class ServiceIdentificationOf2110(SegmentView):
    """2110 REF."""

    __slots__ = ()

    reference_identification_qualifier = Text(1)
    provider_identifier = Text(2)


class LineItemControlNumberOf2110(SegmentView):
    """2110 REF*6R."""

    __slots__ = ()

    reference_identification_qualifier = Text(1)
    line_item_control_number = Text(2)


class RenderingProviderInformationOf2110(SegmentView):
    """2110 REF."""

    __slots__ = ()

    reference_identification_qualifier = Text(1)
    rendering_provider_identifier = Text(2)


class HealthcarePolicyIdentificationOf2110(SegmentView):
    """2110 REF*0K."""

    __slots__ = ()

    reference_identification_qualifier = Text(1)
    healthcare_policy_identification = Text(2)


class ServiceSupplementalAmountOf2110(SegmentView):
    """2110 AMT."""

    __slots__ = ()

    amount_qualifier_code = Text(1)
    service_supplemental_amount_cents = Cents(2)


class ServiceSupplementalQuantityOf2110(SegmentView):
    """2110 QTY."""

    __slots__ = ()

    quantity_qualifier = Text(1)
    service_supplemental_quantity_count = Number(2)


class HealthCareRemarkCodesOf2110(SegmentView):
    """2110 LQ*HE|RX."""

    __slots__ = ()

    code_list_qualifier_code = Text(1)
    remark_code = Text(2)


class Loop2110(LoopView):
    """Loop 2110."""

    __slots__ = ()
    ID: ClassVar[str] = "2110"

    service_payment_information = One(ServicePaymentInformationOf2110, 0)
    service_date = Many(ServiceDateOf2110, 1)
    service_adjustment = Many(ServiceAdjustmentOf2110, 2)
    service_identification = Many(ServiceIdentificationOf2110, 3)
    line_item_control_number = One(LineItemControlNumberOf2110, 4)
    rendering_provider_information = Many(RenderingProviderInformationOf2110, 5)
    healthcare_policy_identification = Many(HealthcarePolicyIdentificationOf2110, 6)
    service_supplemental_amount = Many(ServiceSupplementalAmountOf2110, 7)
    service_supplemental_quantity = Many(ServiceSupplementalQuantityOf2110, 8)
    health_care_remark_codes = Many(HealthCareRemarkCodesOf2110, 9)


class Loop2100(LoopView):
    """Loop 2100."""

    __slots__ = ()
    ID: ClassVar[str] = "2100"

    claim_payment_information = One(ClaimPaymentInformationOf2100, 0)
    claim_adjustment = Many(ClaimAdjustmentOf2100, 1)
    patient_name = One(PatientNameOf2100, 2)
    insured_name = One(InsuredNameOf2100, 3)
    corrected_patient_insured_name = One(CorrectedPatientInsuredNameOf2100, 4)
    service_provider_name = One(ServiceProviderNameOf2100, 5)
    crossover_carrier_name = One(CrossoverCarrierNameOf2100, 6)
    corrected_priority_payer_name = One(CorrectedPriorityPayerNameOf2100, 7)
    other_subscriber_name = One(OtherSubscriberNameOf2100, 8)
    inpatient_adjudication_information = One(InpatientAdjudicationInformationOf2100, 9)
    outpatient_adjudication_information = One(OutpatientAdjudicationInformationOf2100, 10)
    other_claim_related_identification = Many(OtherClaimRelatedIdentificationOf2100, 11)
    rendering_provider_identification = Many(RenderingProviderIdentificationOf2100, 12)
    statement_from_or_to_date = Many(StatementFromOrToDateOf2100, 13)
    coverage_expiration_date = One(CoverageExpirationDateOf2100, 14)
    claim_received_date = One(ClaimReceivedDateOf2100, 15)
    claim_contact_information = Many(ClaimContactInformationOf2100, 16)
    claim_supplemental_information = Many(ClaimSupplementalInformationOf2100, 17)
    claim_supplemental_information_quantity = Many(ClaimSupplementalInformationQuantityOf2100, 18)
    loop_2110 = ManyLoops(Loop2110)


class Loop2000(LoopView):
    """Loop 2000."""

    __slots__ = ()
    ID: ClassVar[str] = "2000"

    header_number = One(HeaderNumberOf2000, 0)
    provider_summary_information = One(ProviderSummaryInformationOf2000, 1)
    provider_supplemental_summary_information = One(ProviderSupplementalSummaryInformationOf2000, 2)
    loop_2100 = ManyLoops(Loop2100)


class ProviderAdjustment(ProviderAdjustmentView):
    """PLB."""

    __slots__ = ()

    provider_identifier = Text(1)
    fiscal_period_date = Day(2)
    adjustment_reason_code = Text(3, 1)
    provider_adjustment_identifier = Text(3, 2)
    provider_adjustment_amount_cents = Cents(4)
    adjustment_reason_code_2 = Text(5, 1)
    provider_adjustment_identifier_2 = Text(5, 2)
    provider_adjustment_amount_2_cents = Cents(6)
    adjustment_reason_code_3 = Text(7, 1)
    provider_adjustment_identifier_3 = Text(7, 2)
    provider_adjustment_amount_3_cents = Cents(8)
    adjustment_reason_code_4 = Text(9, 1)
    provider_adjustment_identifier_4 = Text(9, 2)
    provider_adjustment_amount_4_cents = Cents(10)
    adjustment_reason_code_5 = Text(11, 1)
    provider_adjustment_identifier_5 = Text(11, 2)
    provider_adjustment_amount_5_cents = Cents(12)
    adjustment_reason_code_6 = Text(13, 1)
    provider_adjustment_identifier_6 = Text(13, 2)
    provider_adjustment_amount_6_cents = Cents(14)


class TransactionSetTrailer(SegmentView):
    """SE."""

    __slots__ = ()

    transaction_segment_count = Whole(1)
    transaction_set_control_number = Text(2)


class TransactionSet(TransactionView):
    """835."""

    __slots__ = ()
    ID: ClassVar[str] = "ST_LOOP"
    KIND: ClassVar[str] = "835"

    transaction_set_header = One(TransactionSetHeader, 0)
    financial_information = One(FinancialInformation, 1)
    reassociation_trace_number = One(ReassociationTraceNumber, 2)
    foreign_currency_information = One(ForeignCurrencyInformation, 3)
    receiver_identification = One(ReceiverIdentification, 4)
    version_identification = One(VersionIdentification, 5)
    production_date = One(ProductionDate, 6)
    loop_1000a = OneLoop(Loop1000A)
    loop_1000b = OneLoop(Loop1000B)
    loop_2000 = ManyLoops(Loop2000)
    provider_adjustment = Many(ProviderAdjustment, 10)
    transaction_set_trailer = One(TransactionSetTrailer, 11)
