"""Adding rows or changing those with the same key, on both engines."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection


async def upsert(connection: AsyncConnection, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    """Insert `rows`; where the primary key is there already, its other columns are changed to theirs."""
    if not rows:
        return
    keys = [column.name for column in table.primary_key]
    rest = [name for name in rows[0] if name not in keys]
    if connection.dialect.name == "postgresql":
        one = postgresql.insert(table)
        await connection.execute(
            one.on_conflict_do_update(index_elements=keys, set_={name: one.excluded[name] for name in rest}),
            rows,
        )
    else:
        other = sqlite.insert(table)
        await connection.execute(
            other.on_conflict_do_update(
                index_elements=keys, set_={name: other.excluded[name] for name in rest}
            ),
            rows,
        )
