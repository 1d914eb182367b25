"""Adding rows or changing those with the same key, on both engines."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection


async def upsert(
    connection: AsyncConnection, table: Table, rows: Sequence[dict[str, Any]], *, counting: str | None = None
) -> None:
    """Insert `rows`; where the primary key is there already, its other columns are changed to theirs.

    The column `counting` goes up by one instead.
    """
    if not rows:
        return
    keys = [column.name for column in table.primary_key]
    rest = [name for name in rows[0] if name not in keys]
    new = (postgresql if connection.dialect.name == "postgresql" else sqlite).insert(table)
    theirs = {name: new.excluded[name] for name in rest if name != counting}
    more = {counting: table.c[counting] + 1} if counting is not None else {}
    await connection.execute(new.on_conflict_do_update(index_elements=keys, set_=theirs | more), rows)
