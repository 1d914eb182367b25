"""What every live screen is: named collections of rows, each a fold over the event log.

A `Projection` takes recorded events and says which rows they touched. Rows are replaced whole, so a client
that replaces the rows it is sent always ends with what a fresh snapshot would give it, whatever it missed
in between and however the changes were bundled.
"""

from collections.abc import Iterable
from typing import Any, Protocol

from contact_center.cti.events import Recorded

Key = tuple[str, str]
"""(collection, row key), e.g. ("agents", "anna")."""
Row = dict[str, Any]
Rows = dict[str, dict[str, Row | None]]


class Projection(Protocol):
    """A fold over the log whose state is rows."""

    def apply(self, recorded: Recorded) -> set[Key]:
        """Take one event; the keys of the rows that may have changed."""
        ...

    def present(self) -> Iterable[Key]:
        """Every row there is."""
        ...

    def row(self, key: Key) -> Row | None:
        """The row as it is now; None when there is none (any more)."""
        ...


def gather(projections: Iterable[Projection], keys: Iterable[Key]) -> Rows:
    """The present rows of `keys`, by collection; None for those that are gone."""
    views = tuple(projections)
    rows: Rows = {}
    for collection, name in keys:
        found = (view.row((collection, name)) for view in views)
        rows.setdefault(collection, {})[name] = next((row for row in found if row is not None), None)
    return rows


def apply_changes(rows: Rows, changes: Rows) -> Rows:
    """What a client does with a `changes` message; the console's fold in TypeScript is the same rule."""
    merged = {collection: dict(named) for collection, named in rows.items()}
    for collection, named in changes.items():
        target = merged.setdefault(collection, {})
        for name, row in named.items():
            if row is None:
                target.pop(name, None)
            else:
                target[name] = row
    return merged
