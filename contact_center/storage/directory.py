"""Loading the company's directory."""

from collections import defaultdict

from sqlalchemy import Table, select
from sqlalchemy.ext.asyncio import AsyncConnection

from contact_center.runtime.directory import AgentProfile, Code, Directory, EntryPoint, QueueSettings
from contact_center.storage import tables
from contact_center.storage.engine import Database


async def load_directory(database: Database) -> Directory:
    """The company as stored now."""
    async with database.reading() as connection:
        return Directory(
            agents=await _agents(connection),
            queues=await _queues(connection),
            skills=tuple(await connection.scalars(select(tables.skill.c.name).order_by("name"))),
            entry_points={
                row.number: EntryPoint(number=row.number, flow=row.flow)
                for row in await connection.execute(select(tables.entry_point))
            },
            not_ready_reasons=await _codes(connection, tables.not_ready_reason),
            dispositions=await _codes(connection, tables.disposition),
        )


async def _codes(connection: AsyncConnection, table: Table) -> tuple[Code, ...]:
    rows = await connection.execute(select(table).order_by(table.c.place, table.c.code))
    return tuple(Code(code=row.code, en=row.en, zh=row.zh) for row in rows)


async def _agents(connection: AsyncConnection) -> dict[str, AgentProfile]:
    skills: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for row in await connection.execute(select(tables.agent_skill).order_by("agent", "skill")):
        skills[row.agent][row.skill] = row.level
    return {
        row.id: AgentProfile(id=row.id, name=row.name, team=row.team, skills=skills[row.id])
        for row in await connection.execute(select(tables.agent).order_by("id"))
    }


async def _queues(connection: AsyncConnection) -> dict[str, QueueSettings]:
    by_code = {code.code: code for code in await _codes(connection, tables.disposition)}
    dispositions: defaultdict[str, list[Code]] = defaultdict(list)
    for row in await connection.execute(select(tables.queue_disposition).order_by("queue", "place")):
        dispositions[row.queue].append(by_code[row.disposition])
    return {
        row.id: QueueSettings(**row._mapping, dispositions=tuple(dispositions[row.id]))
        for row in await connection.execute(select(tables.queue).order_by("id"))
    }
