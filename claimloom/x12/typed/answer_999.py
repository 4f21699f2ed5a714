"""999 (005010X231A1): each loop, segment and element that the guide uses, by name.

Made by tools/generate_x12.py from claimloom/x12/guides/maps (derived from pyx12, see NOTICE.txt there).
"""

from __future__ import annotations

from typing import ClassVar

from claimloom.x12.typed.base import LoopView, Many, ManyLoops, One, SegmentView, Text, TransactionView, Whole


class TransactionSetHeader(SegmentView):
    """ST*999."""

    __slots__ = ()

    transaction_set_identifier_code = Text(1)
    transaction_set_control_number = Text(2)
    implementation_convention_reference = Text(3)


class FunctionalGroupResponseHeader(SegmentView):
    """AK1."""

    __slots__ = ()

    functional_identifier_code = Text(1)
    group_control_number = Whole(2)
    version_release_industry_identifier_code = Text(3)


class TransactionSetResponseHeaderOf2000(SegmentView):
    """2000 AK2."""

    __slots__ = ()

    transaction_set_identifier_code = Text(1)
    transaction_set_control_number = Text(2)
    implementation_convention_reference = Text(3)


class ErrorIdentificationOf2100(SegmentView):
    """2100 IK3."""

    __slots__ = ()

    segment_id_code = Text(1)
    segment_position_in_transaction_set = Whole(2)
    loop_identifier_code = Text(3)
    segment_syntax_error_code = Text(4)


class SegmentContextOf2100(SegmentView):
    """2100 CTX*SITUATIONAL TRIGGER."""

    __slots__ = ()

    context_name = Text(1, 1)
    segment_id_code = Text(2)
    segment_position_in_transaction_set = Whole(3)
    loop_identifier_code = Text(4)
    element_position_in_segment = Whole(5, 1)
    component_data_element_position_in_composite = Whole(5, 2)
    repeating_data_element_position = Whole(5, 3)
    data_element_reference_number = Whole(6, 1)


class BusinessUnitIdentifierOf2100(SegmentView):
    """2100 CTX."""

    __slots__ = ()

    context_name = Text(1, 1)
    context_reference = Text(1, 2)
    element_position_in_segment = Whole(5, 1)
    component_data_element_position_in_composite = Whole(5, 2)
    repeating_data_element_position = Whole(5, 3)


class ImplementationDataElementNoteOf2110(SegmentView):
    """2110 IK4."""

    __slots__ = ()

    element_position_in_segment = Whole(1, 1)
    component_data_element_position_in_composite = Whole(1, 2)
    repeating_data_element_position = Whole(1, 3)
    data_element_reference_number = Whole(2)
    implementation_data_element_syntax_error_code = Text(3)
    copy_of_bad_data_element = Text(4)


class ElementContextOf2110(SegmentView):
    """2110 CTX*SITUATIONAL TRIGGER."""

    __slots__ = ()

    context_name = Text(1, 1)
    segment_id_code = Text(2)
    segment_position_in_transaction_set = Whole(3)
    loop_identifier_code = Text(4)
    element_position_in_segment = Whole(5, 1)
    component_data_element_position_in_composite = Whole(5, 2)
    repeating_data_element_position = Whole(5, 3)
    data_element_reference_number = Whole(6, 1)


class Loop2110(LoopView):
    """Loop 2110."""

    __slots__ = ()
    ID: ClassVar[str] = "2110"

    implementation_data_element_note = One(ImplementationDataElementNoteOf2110, 0)
    element_context = Many(ElementContextOf2110, 1)


class Loop2100(LoopView):
    """Loop 2100."""

    __slots__ = ()
    ID: ClassVar[str] = "2100"

    error_identification = One(ErrorIdentificationOf2100, 0)
    segment_context = Many(SegmentContextOf2100, 1)
    business_unit_identifier = One(BusinessUnitIdentifierOf2100, 2)
    loop_2110 = ManyLoops(Loop2110)


class TransactionSetResponseTrailerOf2000(SegmentView):
    """2000 IK5."""

    __slots__ = ()

    transaction_set_acknowledgment_code = Text(1)
    implementation_transaction_set_syntax_error_code = Text(2)
    implementation_transaction_set_syntax_error_code_2 = Text(3)
    implementation_transaction_set_syntax_error_code_3 = Text(4)
    implementation_transaction_set_syntax_error_code_4 = Text(5)
    implementation_transaction_set_syntax_error_code_5 = Text(6)


class Loop2000(LoopView):
    """Loop 2000."""

    __slots__ = ()
    ID: ClassVar[str] = "2000"

    transaction_set_response_header = One(TransactionSetResponseHeaderOf2000, 0)
    loop_2100 = ManyLoops(Loop2100)
    transaction_set_response_trailer = One(TransactionSetResponseTrailerOf2000, 2)


class FunctionalGroupResponseTrailer(SegmentView):
    """AK9."""

    __slots__ = ()

    functional_group_acknowledge_code = Text(1)
    number_of_transaction_sets_included = Whole(2)
    number_of_received_transaction_sets = Whole(3)
    number_of_accepted_transaction_sets = Whole(4)
    functional_group_syntax_error_code = Text(5)
    functional_group_syntax_error_code_2 = Text(6)
    functional_group_syntax_error_code_3 = Text(7)
    functional_group_syntax_error_code_4 = Text(8)
    functional_group_syntax_error_code_5 = Text(9)


class TransactionSetTrailer(SegmentView):
    """SE."""

    __slots__ = ()

    number_of_included_segments = Whole(1)
    transaction_set_control_number = Text(2)


class TransactionSet(TransactionView):
    """999."""

    __slots__ = ()
    ID: ClassVar[str] = "ST_LOOP"
    KIND: ClassVar[str] = "999"

    transaction_set_header = One(TransactionSetHeader, 0)
    functional_group_response_header = One(FunctionalGroupResponseHeader, 1)
    loop_2000 = ManyLoops(Loop2000)
    functional_group_response_trailer = One(FunctionalGroupResponseTrailer, 3)
    transaction_set_trailer = One(TransactionSetTrailer, 4)
