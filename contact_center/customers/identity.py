"""Who is calling: the number matched none, one or many customer records."""

from collections.abc import Sequence

from contact_center.customers.record import Customer


def identified(matches: Sequence[Customer]) -> Customer | None:
    """The caller's record when exactly one matched; a household's shared number identifies nobody."""
    return matches[0] if len(matches) == 1 else None
