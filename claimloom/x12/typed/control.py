"""ISA, GS, TA1, GE and IEA by name: ``Isa(interchange.header)``, ``Ta1(answer)``.

Made by tools/generate_x12.py from claimloom/x12/guides/maps (derived from pyx12, see NOTICE.txt there).
"""

from __future__ import annotations

from claimloom.x12.typed.base import Day, SegmentView, Text, Whole


class Isa(SegmentView):
    """ISA*00|03."""

    __slots__ = ()

    authorization_information_qualifier = Text(1)
    authorization_information = Text(2)
    security_information_qualifier = Text(3)
    security_information = Text(4)
    interchange_id_qualifier = Text(5)
    interchange_sender_id = Text(6)
    interchange_id_qualifier_2 = Text(7)
    interchange_receiver_id = Text(8)
    interchange_date = Text(9)
    interchange_time = Text(10)
    interchange_control_standards_identifier = Text(11)
    interchange_control_version_number = Text(12)
    interchange_control_number = Whole(13)
    acknowledgment_requested = Text(14)
    usage_indicator = Text(15)
    component_element_separator = Text(16)


class Gs(SegmentView):
    """GS*HC."""

    __slots__ = ()

    functional_identifier_code = Text(1)
    application_senders_code = Text(2)
    application_receivers_code = Text(3)
    date = Day(4)
    time = Text(5)
    group_control_number = Whole(6)
    responsible_agency_code = Text(7)
    version_release_industry_identifier_code = Text(8)


class Ge(SegmentView):
    """GE."""

    __slots__ = ()

    number_of_transaction_sets_included = Whole(1)
    group_control_number = Whole(2)


class Ta1(SegmentView):
    """TA1."""

    __slots__ = ()

    interchange_control_number = Whole(1)
    interchange_date = Text(2)
    interchange_time = Text(3)
    interchange_acknowledgement_code = Text(4)
    interchange_note_code = Text(5)


class Iea(SegmentView):
    """IEA."""

    __slots__ = ()

    number_of_included_functional_groups = Whole(1)
    interchange_control_number = Whole(2)
