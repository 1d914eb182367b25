"""Database rows to the values of the rooms that own them."""

from typing import Any

from sqlalchemy import Row

from contact_center.customers.history import Answered, Interaction, Keyed, LegQuality, Segment


def interaction_of(row: Row[Any]) -> Interaction:
    """The interaction of an `interaction` row (joined names included when the query selected them)."""
    fields = dict(row._mapping)
    fields["ivr_path"] = tuple(fields["ivr_path"])
    fields["digits"] = tuple(Keyed(**keyed) for keyed in fields["digits"])
    fields["segments"] = tuple(Segment(**segment) for segment in fields["segments"])
    fields["quality"] = tuple(LegQuality(**leg) for leg in fields["quality"])
    fields["survey"] = tuple(Answered(**answered) for answered in fields["survey"])
    return Interaction(**fields)
