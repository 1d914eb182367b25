"""Two records of one customer made one, and taken apart again: which word counts for each field."""

from dataclasses import dataclass, field, fields, replace
from typing import Any, Final, Literal

from contact_center.customers.record import Consent, Customer

IDENTITIES: Final = ("numbers", "emails", "external_ids")
_NEVER: Final = ("id", "name", "kind", "language", "version")
"""Always the kept record's own."""

_RULED: Final = ("since", "no_profiling")
"""The earlier beginning and a refusal count, whoever says so."""


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


Said = str | int | float | bool | tuple[str, ...] | None
How = Literal["same", "kept", "taken", "joined", "conflict"]
"""What becomes of a field: both say the same; only the kept record says something; it is the other's;
lists are joined; each says something else, and the kept record's word stays."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldMerge:
    """One field before (`kept`, `absorbed`) and after (`joint`) a merge."""

    name: str
    kept: Said
    absorbed: Said
    joint: Said
    how: How


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentMerge:
    """What each record allowed for a purpose (None: nothing said), and what counts after a merge."""

    purpose: str
    kept: bool | None
    absorbed: bool | None
    joint: bool


def field_by_field(kept: Customer, absorbed: Customer) -> tuple[FieldMerge, ...]:
    """What a merge would do to each field of the record, in the record's order."""
    joint = merged(kept, absorbed)
    found = []
    for name in (f.name for f in fields(Customer) if f.name not in ("id", "version")):
        mine, theirs, after = (getattr(c, name) for c in (kept, absorbed, joint))
        found.append(
            FieldMerge(
                name=name, kept=mine, absorbed=theirs, joint=after, how=_how(name, mine, theirs, after)
            )
        )
    return tuple(found)


def _how(name: str, mine: Said, theirs: Said, after: Said) -> How:
    if mine == theirs:
        return "same"
    if isinstance(after, tuple):
        return "kept" if after == mine else "joined" if mine else "taken"
    if after == theirs:
        return "taken"
    return "conflict" if theirs and name not in _RULED else "kept"


def consent_by_consent(mine: tuple[Consent, ...], theirs: tuple[Consent, ...]) -> tuple[ConsentMerge, ...]:
    """What a merge would do to each consent; the word said last counts."""
    kept, absorbed = latest(mine), latest(theirs)
    return tuple(
        ConsentMerge(
            purpose=purpose,
            kept=kept[purpose].granted if purpose in kept else None,
            absorbed=absorbed[purpose].granted if purpose in absorbed else None,
            joint=one.granted,
        )
        for purpose, one in sorted(latest((*mine, *theirs)).items())
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
