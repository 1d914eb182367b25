"""Two records of one customer made one, and taken apart again: which word counts for each field."""

from dataclasses import dataclass, field, fields, replace
from typing import Any, Final

from contact_center.customers.record import Consent, Customer

IDENTITIES: Final = ("numbers", "emails", "external_ids")
_NEVER: Final = ("id", "name", "kind", "language", "version")
"""Always the kept record's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """A change of stage or tier that a reckoning had found, under version `policy`."""

    at: float
    what: str
    before: str
    after: str
    policy: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """What a merge changed, enough to undo it. `rows` are ids by table; `merges` went along.

    `turns` are those of the absorbed record: they belong to no other, and come back with it.

    `record`, `before` and `merged` (the absorbed record; the kept one before and after) are None where
    the log was replayed into a base without records.
    """

    record: Customer | None = None
    before: Customer | None = None
    merged: Customer | None = None
    consents: tuple[Consent, ...] = ()
    consents_before: tuple[Consent, ...] = ()
    rows: dict[str, tuple[str, ...]] = field(default_factory=dict)
    merges: tuple[str, ...] = ()
    turns: tuple[Turn, ...] = ()


def merged(kept: Customer, absorbed: Customer) -> Customer:
    """The kept record with what only the other knew; lists are joined, each value once.

    Business began with the earlier of both, and a refusal of profiling by either stands.
    """
    taken: dict[str, Any] = {}
    for name in (f.name for f in fields(Customer)):
        mine, theirs = getattr(kept, name), getattr(absorbed, name)
        if name in (*IDENTITIES, "tags"):
            taken[name] = tuple(dict.fromkeys((*mine, *theirs)))
        elif name not in _NEVER and mine in (None, ""):
            taken[name] = theirs
    known = [since for since in (kept.since, absorbed.since) if since > 0]
    return replace(
        kept,
        **taken | {"since": min(known, default=0.0)},
        no_profiling=kept.no_profiling or absorbed.no_profiling,
    )


def parted(now: Customer, moved: Moved) -> Customer:
    """The kept record without what the merge had added; what was changed since stays as it is."""
    if moved.before is None or moved.merged is None:
        return now
    back: dict[str, Any] = {}
    for name in (f.name for f in fields(Customer)):
        before, after, current = (getattr(c, name) for c in (moved.before, moved.merged, now))
        if name in (*IDENTITIES, "tags"):
            added = set(after) - set(before)
            back[name] = tuple(value for value in current if value not in added)
        elif current == after:
            back[name] = before
    return replace(now, **back)


def latest(consents: tuple[Consent, ...]) -> dict[str, Consent]:
    """By purpose the word said last; of two at the same time the refusal."""
    found: dict[str, Consent] = {}
    for one in sorted(consents, key=lambda c: (c.at, not c.granted)):
        found[one.purpose] = one
    return found
