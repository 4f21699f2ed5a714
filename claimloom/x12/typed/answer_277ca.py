"""277CA (005010X214): each loop, segment and element that the guide uses, by name.

Made by tools/generate_x12.py from claimloom/x12/guides/maps (derived from pyx12, see NOTICE.txt there).
"""

from __future__ import annotations

from typing import ClassVar

from claimloom.x12.typed.base import (
    Cents,
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
    """ST*277."""

    __slots__ = ()

    transaction_set_identifier_code = Text(1)
    transaction_set_control_number = Text(2)
    version_release_or_industry_identifier = Text(3)


class BeginningOfHierarchicalTransaction(SegmentView):
    """BHT*0085."""

    __slots__ = ()

    hierarchical_structure_code = Text(1)
    transaction_set_purpose_code = Text(2)
    originator_application_transaction_identifier = Text(3)
    transaction_set_creation_date = Day(4)
    transaction_set_creation_time = Text(5)
    transaction_type_code = Text(6)


class InformationSourceLevelOf2000A(SegmentView):
    """2000A HL."""

    __slots__ = ()

    hierarchical_id_number = Text(1)
    hierarchical_level_code = Text(3)
    hierarchical_child_code = Text(4)


class InformationSourceNameOf2100A(SegmentView):
    """2100A NM1*AY|PR."""

    __slots__ = ()

    entity_identifier_code = Text(1)
    entity_type_qualifier = Text(2)
    payer_name = Text(3)
    identification_code_qualifier = Text(8)
    payer_identifier = Text(9)


class Loop2100A(LoopView):
    """Loop 2100A."""

    __slots__ = ()
    ID: ClassVar[str] = "2100A"

    information_source_name = One(InformationSourceNameOf2100A, 0)


class TransmissionReceiptControlIdentifierOf2200A(SegmentView):
    """2200A TRN*1."""

    __slots__ = ()

    trace_type_code = Text(1)
    information_source_application_trace_identifier = Text(2)


class InformationSourceReceiptDateOf2200A(SegmentView):
    """2200A DTP*050."""

    __slots__ = ()

    date_time_qualifier = Text(1)
    date_time_period_format_qualifier = Text(2)
    information_source_receipt_date = Text(3)


class InformationSourceProcessDateOf2200A(SegmentView):
    """2200A DTP*009."""

    __slots__ = ()

    date_time_qualifier = Text(1)
    date_time_period_format_qualifier = Text(2)
    information_source_process_date = Text(3)


class Loop2200A(LoopView):
    """Loop 2200A."""

    __slots__ = ()
    ID: ClassVar[str] = "2200A"

    transmission_receipt_control_identifier = One(TransmissionReceiptControlIdentifierOf2200A, 0)
    information_source_receipt_date = One(InformationSourceReceiptDateOf2200A, 1)
    information_source_process_date = One(InformationSourceProcessDateOf2200A, 2)


class InformationReceiverLevelOf2000B(SegmentView):
    """2000B HL."""

    __slots__ = ()

    hierarchical_id_number = Text(1)
    hierarchical_parent_id_number = Text(2)
    hierarchical_level_code = Text(3)
    hierarchical_child_code = Text(4)


class InformationReceiverNameOf2100B(SegmentView):
    """2100B NM1*41."""

    __slots__ = ()

    entity_identifier_code = Text(1)
    entity_type_qualifier = Text(2)
    information_receiver_last_or_organization_name = Text(3)
    information_receiver_first_name = Text(4)
    information_receiver_middle_name = Text(5)
    identification_code_qualifier = Text(8)
    information_receiver_identification_number = Text(9)


class Loop2100B(LoopView):
    """Loop 2100B."""

    __slots__ = ()
    ID: ClassVar[str] = "2100B"

    information_receiver_name = One(InformationReceiverNameOf2100B, 0)


class InformationReceiverTraceIdentifierOf2200B(SegmentView):
    """2200B TRN*2."""

    __slots__ = ()

    trace_type_code = Text(1)
    claim_transaction_batch_number = Text(2)


class InformationReceiverStatusInformationOf2200B(SegmentView):
    """2200B STC."""

    __slots__ = ()

    health_care_claim_status_category_code = Text(1, 1)
    status_code = Text(1, 2)
    entity_identifier_code = Text(1, 3)
    status_information_effective_date = Day(2)
    action_code = Text(3)
    total_submitted_charges_for_unit_work_cents = Cents(4)
    health_care_claim_status_category_code_2 = Text(10, 1)
    status_code_2 = Text(10, 2)
    entity_identifier_code_2 = Text(10, 3)
    health_care_claim_status_category_code_3 = Text(11, 1)
    status_code_3 = Text(11, 2)
    entity_identifier_code_3 = Text(11, 3)


class TotalAcceptedQuantityOf2200B(SegmentView):
    """2200B QTY*90."""

    __slots__ = ()

    quantity_qualifier = Text(1)
    total_accepted_quantity = Number(2)


class TotalRejectedQuantityOf2200B(SegmentView):
    """2200B QTY*AA."""

    __slots__ = ()

    quantity_qualifier = Text(1)
    total_rejected_quantity = Number(2)


class TotalAcceptedAmountOf2200B(SegmentView):
    """2200B AMT*YU."""

    __slots__ = ()

    amount_qualifier_code = Text(1)
    total_accepted_amount_cents = Cents(2)


class TotalRejectedAmountOf2200B(SegmentView):
    """2200B AMT*YY."""

    __slots__ = ()

    amount_qualifier_code = Text(1)
    total_rejected_amount_cents = Cents(2)


class Loop2200B(LoopView):
    """Loop 2200B."""

    __slots__ = ()
    ID: ClassVar[str] = "2200B"

    information_receiver_trace_identifier = One(InformationReceiverTraceIdentifierOf2200B, 0)
    information_receiver_status_information = Many(InformationReceiverStatusInformationOf2200B, 1)
    total_accepted_quantity = One(TotalAcceptedQuantityOf2200B, 2)
    total_rejected_quantity = One(TotalRejectedQuantityOf2200B, 3)
    total_accepted_amount = One(TotalAcceptedAmountOf2200B, 4)
    total_rejected_amount = One(TotalRejectedAmountOf2200B, 5)


class BillingProviderOfServiceLevelOf2000C(SegmentView):
    """2000C HL."""

    __slots__ = ()

    hierarchical_id_number = Text(1)
    hierarchical_parent_id_number = Text(2)
    hierarchical_level_code = Text(3)
    hierarchical_child_code = Text(4)


class BillingProviderNameOf2100C(SegmentView):
    """2100C NM1*85."""

    __slots__ = ()

    entity_identifier_code = Text(1)
    entity_type_qualifier = Text(2)
    provider_last_or_organization_name = Text(3)
    provider_first_name = Text(4)
    provider_middle_name = Text(5)
    provider_name_prefix = Text(6)
    provider_name_suffix = Text(7)
    identification_code_qualifier = Text(8)
    provider_identifier = Text(9)


class Loop2100C(LoopView):
    """Loop 2100C."""

    __slots__ = ()
    ID: ClassVar[str] = "2100C"

    billing_provider_name = One(BillingProviderNameOf2100C, 0)


class ProviderOfServiceInformationTraceIdentifierOf2200C(SegmentView):
    """2200C TRN*1."""

    __slots__ = ()

    trace_type_code = Text(1)
    provider_of_service_information_trace_identifier = Text(2)


class BillingProviderStatusInformationOf2200C(SegmentView):
    """2200C STC."""

    __slots__ = ()

    health_care_claim_status_category_code = Text(1, 1)
    status_code = Text(1, 2)
    entity_identifier_code = Text(1, 3)
    action_code = Text(3)
    total_submitted_charges_for_unit_work_cents = Cents(4)
    health_care_claim_status_category_code_2 = Text(10, 1)
    status_code_2 = Text(10, 2)
    entity_identifier_code_2 = Text(10, 3)
    health_care_claim_status_category_code_3 = Text(11, 1)
    status_code_3 = Text(11, 2)
    entity_identifier_code_3 = Text(11, 3)


class ProviderSecondaryIdentifierOf2200C(SegmentView):
    """2200C REF."""

    __slots__ = ()

    reference_identification_qualifier = Text(1)
    provider_secondary_identifier = Text(2)


class TotalAcceptedQuantityOf2200C(SegmentView):
    """2200C QTY*QA."""

    __slots__ = ()

    quantity_qualifier = Text(1)
    total_accepted_quantity = Number(2)


class TotalRejectedQuantityOf2200C(SegmentView):
    """2200C QTY*QC."""

    __slots__ = ()

    quantity_qualifier = Text(1)
    total_rejected_quantity = Number(2)


class TotalAcceptedAmountOf2200C(SegmentView):
    """2200C AMT*YU."""

    __slots__ = ()

    amount_qualifier_code = Text(1)
    total_accepted_amount_cents = Cents(2)


class TotalRejectedAmountOf2200C(SegmentView):
    """2200C AMT*YY."""

    __slots__ = ()

    amount_qualifier_code = Text(1)
    total_rejected_amount_cents = Cents(2)


class Loop2200C(LoopView):
    """Loop 2200C."""

    __slots__ = ()
    ID: ClassVar[str] = "2200C"

    provider_of_service_information_trace_identifier = One(ProviderOfServiceInformationTraceIdentifierOf2200C, 0)
    billing_provider_status_information = Many(BillingProviderStatusInformationOf2200C, 1)
    provider_secondary_identifier = One(ProviderSecondaryIdentifierOf2200C, 2)
    total_accepted_quantity = One(TotalAcceptedQuantityOf2200C, 3)
    total_rejected_quantity = One(TotalRejectedQuantityOf2200C, 4)
    total_accepted_amount = One(TotalAcceptedAmountOf2200C, 5)
    total_rejected_amount = One(TotalRejectedAmountOf2200C, 6)


class PatientLevelOf2000D(SegmentView):
    """2000D HL."""

    __slots__ = ()

    hierarchical_id_number = Text(1)
    hierarchical_parent_id_number = Text(2)
    hierarchical_level_code = Text(3)


class PatientNameOf2100D(SegmentView):
    """2100D NM1*QC."""

    __slots__ = ()

    entity_identifier_code = Text(1)
    entity_type_qualifier = Text(2)
    patient_last_name = Text(3)
    patient_first_name = Text(4)
    patient_middle_name = Text(5)
    patient_name_prefix = Text(6)
    patient_name_suffix = Text(7)
    identification_code_qualifier = Text(8)
    patient_identifier = Text(9)


class Loop2100D(LoopView):
    """Loop 2100D."""

    __slots__ = ()
    ID: ClassVar[str] = "2100D"

    patient_name = One(PatientNameOf2100D, 0)


class ClaimStatusTrackingNumberOf2200D(SegmentView):
    """2200D TRN*2."""

    __slots__ = ()

    trace_type_code = Text(1)
    patient_control_number = Text(2)


class ClaimLevelStatusInformationOf2200D(SegmentView):
    """2200D STC."""

    __slots__ = ()

    health_care_claim_status_category_code = Text(1, 1)
    health_care_claim_status_code = Text(1, 2)
    entity_identifier_code = Text(1, 3)
    status_information_effective_date = Day(2)
    action_code = Text(3)
    total_claim_charge_amount_cents = Cents(4)
    health_care_claim_status_category_code_2 = Text(10, 1)
    health_care_claim_status_code_2 = Text(10, 2)
    entity_identifier_code_2 = Text(10, 3)
    health_care_claim_status_category_code_3 = Text(11, 1)
    health_care_claim_status_code_3 = Text(11, 2)
    entity_identifier_code_3 = Text(11, 3)
    free_form_message_text = Text(12)


class PayerClaimControlNumberOf2200D(SegmentView):
    """2200D REF*1K."""

    __slots__ = ()

    reference_identification_qualifier = Text(1)
    payer_claim_control_number = Text(2)


class ClaimIndentifierNumberForClearinghousesAndOtherTransmissionIntermediariesOf2200D(SegmentView):
    """2200D REF*D9."""

    __slots__ = ()

    reference_identification_qualifier = Text(1)
    claim_indentifier_number_for_clearinghouses_and_other_transmission_intermediaries = Text(2)


class InstitutionalBillTypeIdentificationOf2200D(SegmentView):
    """2200D REF*BLT."""

    __slots__ = ()

    reference_identification_qualifier = Text(1)
    bill_type_identifier = Text(2)


class ClaimLevelServiceDateOf2200D(SegmentView):
    """2200D DTP*472."""

    __slots__ = ()

    date_time_qualifier = Text(1)
    date_time_period_format_qualifier = Text(2)
    claim_service_period = Text(3)


class ServiceLineInformationOf2220D(SegmentView):
    """2220D SVC."""

    __slots__ = ()

    product_or_service_id_qualifier = Text(1, 1)
    service_identification_code = Text(1, 2)
    procedure_modifier = Text(1, 3)
    procedure_modifier_2 = Text(1, 4)
    procedure_modifier_3 = Text(1, 5)
    procedure_modifier_4 = Text(1, 6)
    line_item_charge_amount_cents = Cents(2)
    revenue_code = Text(4)
    original_units_of_service_count = Number(7)


class ServiceLineLevelStatusInformationOf2220D(SegmentView):
    """2220D STC."""

    __slots__ = ()

    health_care_claim_status_category_code = Text(1, 1)
    health_care_claim_status_code = Text(1, 2)
    entity_identifier_code = Text(1, 3)
    status_information_effective_date = Day(2)
    action_code = Text(3)
    health_care_claim_status_category_code_2 = Text(10, 1)
    health_care_claim_status_code_2 = Text(10, 2)
    entity_identifier_code_2 = Text(10, 3)
    health_care_claim_status_category_code_3 = Text(11, 1)
    health_care_claim_status_code_3 = Text(11, 2)
    entity_identifier_code_3 = Text(11, 3)


class ServiceLineItemIdentificationOf2220D(SegmentView):
    """2220D REF*FJ."""

    __slots__ = ()

    reference_identification_qualifier = Text(1)
    line_item_control_number = Text(2)


class PharmacyPrescriptionNumberOf2220D(SegmentView):
    """2220D REF*XZ."""

    __slots__ = ()

    reference_identification_qualifier = Text(1)
    pharmacy_prescription_number = Text(2)


class ServiceLineDateOf2220D(SegmentView):
    """2220D DTP*472."""

    __slots__ = ()

    date_time_qualifier = Text(1)
    date_time_period_format_qualifier = Text(2)
    service_line_date = Text(3)


class Loop2220D(LoopView):
    """Loop 2220D."""

    __slots__ = ()
    ID: ClassVar[str] = "2220D"

    service_line_information = One(ServiceLineInformationOf2220D, 0)
    service_line_level_status_information = One(ServiceLineLevelStatusInformationOf2220D, 1)
    service_line_item_identification = One(ServiceLineItemIdentificationOf2220D, 2)
    pharmacy_prescription_number = One(PharmacyPrescriptionNumberOf2220D, 3)
    service_line_date = One(ServiceLineDateOf2220D, 4)


class Loop2200D(LoopView):
    """Loop 2200D."""

    __slots__ = ()
    ID: ClassVar[str] = "2200D"

    claim_status_tracking_number = One(ClaimStatusTrackingNumberOf2200D, 0)
    claim_level_status_information = Many(ClaimLevelStatusInformationOf2200D, 1)
    payer_claim_control_number = One(PayerClaimControlNumberOf2200D, 2)
    claim_indentifier_number_for_clearinghouses_and_other_transmission_intermediaries = One(
        ClaimIndentifierNumberForClearinghousesAndOtherTransmissionIntermediariesOf2200D, 3
    )
    institutional_bill_type_identification = One(InstitutionalBillTypeIdentificationOf2200D, 4)
    claim_level_service_date = One(ClaimLevelServiceDateOf2200D, 5)
    loop_2220d = ManyLoops(Loop2220D)


class Loop2000D(LoopView):
    """Loop 2000D."""

    __slots__ = ()
    ID: ClassVar[str] = "2000D"

    patient_level = One(PatientLevelOf2000D, 0)
    loop_2100d = OneLoop(Loop2100D)
    loop_2200d = ManyLoops(Loop2200D)


class Loop2000C(LoopView):
    """Loop 2000C."""

    __slots__ = ()
    ID: ClassVar[str] = "2000C"

    billing_provider_of_service_level = One(BillingProviderOfServiceLevelOf2000C, 0)
    loop_2100c = ManyLoops(Loop2100C)
    loop_2200c = OneLoop(Loop2200C)
    loop_2000d = ManyLoops(Loop2000D)


class Loop2000B(LoopView):
    """Loop 2000B."""

    __slots__ = ()
    ID: ClassVar[str] = "2000B"

    information_receiver_level = One(InformationReceiverLevelOf2000B, 0)
    loop_2100b = OneLoop(Loop2100B)
    loop_2200b = OneLoop(Loop2200B)
    loop_2000c = ManyLoops(Loop2000C)


class Loop2000A(LoopView):
    """Loop 2000A."""

    __slots__ = ()
    ID: ClassVar[str] = "2000A"

    information_source_level = One(InformationSourceLevelOf2000A, 0)
    loop_2100a = OneLoop(Loop2100A)
    loop_2200a = ManyLoops(Loop2200A)
    loop_2000b = OneLoop(Loop2000B)


class TransactionSetTrailer(SegmentView):
    """SE."""

    __slots__ = ()

    transaction_segment_count = Whole(1)
    transaction_set_control_number = Text(2)


class TransactionSet(TransactionView):
    """277CA."""

    __slots__ = ()
    ID: ClassVar[str] = "ST_LOOP"
    KIND: ClassVar[str] = "277CA"

    transaction_set_header = One(TransactionSetHeader, 0)
    beginning_of_hierarchical_transaction = One(BeginningOfHierarchicalTransaction, 1)
    loop_2000a = ManyLoops(Loop2000A)
    transaction_set_trailer = One(TransactionSetTrailer, 3)
