"""Profiles as rows of the database, and back."""

from typing import Any

from sqlalchemy import Row

from contact_center.loyalty.index import Contribution
from contact_center.loyalty.profile import Churn, Footing, Glimpse, Profile
from contact_center.runtime.codec import Codec
from contact_center.storage.customer_tables import profile

CONTRIBUTIONS: Codec[tuple[Contribution, ...]] = Codec(tuple[Contribution, ...])
GLIMPSES: Codec[tuple[Glimpse, ...]] = Codec(tuple[Glimpse, ...])
_SAME = tuple(
    c.name
    for c in profile.columns
    if c.name not in ("index_value", "contributions", "past", "risks", "rests_on", "churn")
)


def row_of(kept: Profile) -> dict[str, Any]:
    """The `profile` row of a profile."""
    return {name: getattr(kept, name) for name in _SAME} | {
        "index_value": kept.index,
        "contributions": CONTRIBUTIONS.plain(kept.contributions),
        "past": GLIMPSES.plain(kept.past),
        "risks": list(kept.risks),
        "rests_on": _known(kept.rests_on),
        "churn": _known(kept.churn),
    }


def _known(value: Footing | Churn | None) -> dict[str, Any] | None:
    """The fields that say something. Not `asdict`: it copies what it finds, a million times."""
    if value is None:
        return None
    return {name: each for name in value.__dataclass_fields__ if (each := getattr(value, name)) is not None}


def profile_of(row: Row[Any]) -> Profile:
    """The profile of a `profile` row."""
    same = {name: getattr(row, name) for name in _SAME}
    return Profile(
        **same,
        index=row.index_value,
        contributions=tuple(Contribution(**c) for c in row.contributions),
        past=tuple(Glimpse(**g) for g in row.past),
        risks=tuple(row.risks),
        rests_on=Footing(**row.rests_on),
        churn=None if row.churn is None else Churn(**row.churn),
    )
