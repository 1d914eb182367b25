"""Loading a company file (TOML) into the database: agents, queues, skills, codes, entry points, users.

Loading twice is the same as once. The file is the truth for what it names; what it no longer names stays
(history speaks of it), except an agent's skills and a queue's dispositions, which become exactly the file's.
Users that exist keep their password: people change it.
"""

import asyncio
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from sqlalchemy import Table, and_, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from contact_center.runtime.directory import (
    MOST_WRAP_UP_S,
    CallbackMode,
    RoutingPolicy,
    Stickiness,
    WrapUpMode,
)
from contact_center.runtime.passwords import Passwords
from contact_center.runtime.people import Language, Role
from contact_center.storage import tables
from contact_center.storage.engine import Database

_Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")]
_Name = Annotated[str, Field(min_length=1, max_length=200)]
_Level = Annotated[int, Field(ge=1, le=5)]


class CompanyFileError(Exception):
    """The company file cannot be used; the message names the file, each key and why."""


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class CodeEntry(_Entry):
    code: _Id
    en: _Name
    zh: _Name


class AgentEntry(_Entry):
    id: _Id
    name: _Name
    team: Annotated[str, Field(max_length=100)] = ""
    skills: dict[_Id, _Level] = {}


class QueueEntry(_Entry):
    id: _Id
    name: _Name
    name_zh: _Name
    target_s: Annotated[float, Field(gt=0)] = 20.0
    target_level: Annotated[float, Field(gt=0, le=1)] = 0.8
    short_s: Annotated[float, Field(ge=0)] = 5.0
    wrap_up_mode: WrapUpMode = "optional_timed"
    wrap_up_s: Annotated[float, Field(ge=0, le=MOST_WRAP_UP_S)] = 60.0
    disposition_required: bool = False
    music: str = ""
    recording: bool = False
    recording_notice: Annotated[str, Field(max_length=500)] = ""
    recording_notice_zh: Annotated[str, Field(max_length=500)] = ""
    recording_days: Annotated[int, Field(ge=1, le=36_500)] = 90
    recording_own: bool = True
    caller_id: str = ""
    routing: RoutingPolicy = "fcfs"
    importance: Annotated[float, Field(ge=1, le=10)] = 1.0
    hold_targets: Annotated[float, Field(ge=0, le=100)] = 6.0
    callback: CallbackMode = "customer_first"
    callback_attempts: Annotated[int, Field(ge=1, le=20)] = 3
    callback_gap_s: Annotated[float, Field(ge=10, le=86_400)] = 300.0
    callback_expires_s: Annotated[float, Field(ge=60, le=604_800)] = 14_400.0
    callback_most: Annotated[int, Field(ge=0, le=10_000)] = 100
    callback_ring_s: Annotated[float, Field(ge=5, le=120)] = 25.0
    callback_confirm: bool = True
    callback_hours: Annotated[str, Field(max_length=64)] = ""
    cap: Annotated[int, Field(ge=1)] | None = None
    overflow_to: str = ""
    overflow_length: Annotated[int, Field(ge=0)] | None = None
    overflow_wait_s: Annotated[float, Field(ge=1)] | None = None
    closed: bool = False
    hours: Annotated[str, Field(max_length=64)] = ""
    tiering: bool = False
    sticky: Stickiness = "off"
    sticky_s: Annotated[float, Field(ge=0, le=180)] = 20.0
    retention_skill: str = ""
    dispositions: tuple[_Id, ...] = ()


class EntryPointEntry(_Entry):
    number: _Name
    flow: _Id


class UserEntry(_Entry):
    login: _Id
    name: _Name
    password: Annotated[str, Field(min_length=8)]
    roles: Annotated[tuple[Role, ...], Field(min_length=1)]
    agent: _Id | None = None
    language: Language = "en"


class CompanyFile(_Entry):
    """The whole file."""

    name: _Name
    name_zh: _Name
    skills: tuple[_Id, ...] = ()
    agents: tuple[AgentEntry, ...] = ()
    queues: tuple[QueueEntry, ...] = ()
    dispositions: tuple[CodeEntry, ...] = ()
    not_ready_reasons: tuple[CodeEntry, ...] = ()
    entry_points: tuple[EntryPointEntry, ...] = ()
    users: tuple[UserEntry, ...] = ()

    @model_validator(mode="after")
    def _refers_to_what_it_names(self) -> "CompanyFile":
        if faults := [*_repeated(self), *_unknown_references(self)]:
            raise ValueError("; ".join(faults))
        return self


def _repeated(company: CompanyFile) -> Iterable[str]:
    keys = {
        "agents": [a.id for a in company.agents],
        "queues": [q.id for q in company.queues],
        "dispositions": [d.code for d in company.dispositions],
        "not_ready_reasons": [r.code for r in company.not_ready_reasons],
        "entry_points": [e.number for e in company.entry_points],
        "users": [u.login for u in company.users],
    }
    for section, names in keys.items():
        for name in sorted({n for n in names if names.count(n) > 1}):
            yield f"{section}: {name} is there more than once"


def _unknown_references(company: CompanyFile) -> Iterable[str]:
    codes = {d.code for d in company.dispositions}
    agents = {a.id for a in company.agents}
    for agent in company.agents:
        for skill in agent.skills.keys() - set(company.skills):
            yield f"agents.{agent.id}.skills: no skill {skill}"
    queues = {q.id for q in company.queues}
    for queue in company.queues:
        if queue.overflow_to and (queue.overflow_to == queue.id or queue.overflow_to not in queues):
            yield f"queues.{queue.id}.overflow_to: no other queue {queue.overflow_to}"
        if queue.retention_skill and queue.retention_skill not in company.skills:
            yield f"queues.{queue.id}.retention_skill: no skill {queue.retention_skill}"
        for code in set(queue.dispositions) - codes:
            yield f"queues.{queue.id}.dispositions: no disposition {code}"
    for user in company.users:
        if user.agent is not None and user.agent not in agents:
            yield f"users.{user.login}.agent: no agent {user.agent}"
        if "agent" in user.roles and user.agent is None:
            yield f"users.{user.login}.agent: missing, although the role agent is given"


def read_company(path: Path) -> CompanyFile:
    """The file, checked; raises `CompanyFileError`."""
    try:
        return CompanyFile.model_validate(tomllib.loads(path.read_text("utf-8")))
    except OSError as error:
        raise CompanyFileError(f"{path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CompanyFileError(f"{path}: {error}") from error
    except ValidationError as error:
        faults = [f"{'.'.join(map(str, e['loc'])) or 'file'}: {e['msg']}" for e in error.errors()]
        raise CompanyFileError(f"{path}: {'; '.join(faults)}") from error


async def load_company(
    database: Database, path: Path, hash_password: Callable[[str], str] | None = None
) -> CompanyFile:
    """Store the file's company and give it back; all or nothing."""
    company = read_company(path)
    hashes = await _hash_new_passwords(database, company.users, hash_password or Passwords().hash)
    async with database.transaction() as connection:
        await _put(connection, tables.skill, ("name",), [{"name": s} for s in company.skills])
        await _put_agents(connection, company.agents)
        await _put_codes(connection, tables.disposition, company.dispositions)
        await _put_codes(connection, tables.not_ready_reason, company.not_ready_reasons)
        await _put_queues(connection, company.queues)
        entry_points = [entry.model_dump() for entry in company.entry_points]
        await _put(connection, tables.entry_point, ("number",), entry_points)
        await _put_users(connection, company.users, hashes)
    return company


async def _put_agents(connection: AsyncConnection, agents: Sequence[AgentEntry]) -> None:
    rows = [agent.model_dump(exclude={"skills"}) for agent in agents]
    await _put(connection, tables.agent, ("id",), rows)
    skills = [
        {"agent": agent.id, "skill": skill, "level": level}
        for agent in agents
        for skill, level in agent.skills.items()
    ]
    await _replace(connection, tables.agent_skill, "agent", [agent.id for agent in agents], skills)


async def _put_codes(connection: AsyncConnection, table: Table, codes: Sequence[CodeEntry]) -> None:
    rows = [code.model_dump() | {"place": place} for place, code in enumerate(codes)]
    await _put(connection, table, ("code",), rows)


async def _put_queues(connection: AsyncConnection, queues: Sequence[QueueEntry]) -> None:
    rows = [queue.model_dump(exclude={"dispositions"}) for queue in queues]
    await _put(connection, tables.queue, ("id",), rows)
    codes = [
        {"queue": queue.id, "disposition": code, "place": place}
        for queue in queues
        for place, code in enumerate(dict.fromkeys(queue.dispositions))
    ]
    await _replace(connection, tables.queue_disposition, "queue", [queue.id for queue in queues], codes)


async def _hash_new_passwords(
    database: Database, users: Sequence[UserEntry], hash_password: Callable[[str], str]
) -> dict[str, str]:
    """Hashes by login of the users not there yet; made beforehand, as each takes a while."""
    async with database.reading() as connection:
        known = set(await connection.scalars(select(tables.user_account.c.login)))
    new = [user for user in users if user.login not in known]
    return {user.login: await asyncio.to_thread(hash_password, user.password) for user in new}


async def _put_users(
    connection: AsyncConnection, users: Sequence[UserEntry], hashes: Mapping[str, str]
) -> None:
    for user in users:
        row: dict[str, Any] = user.model_dump(exclude={"password"}) | {"roles": list(user.roles)}
        if user.login in hashes:
            row |= {"id": user.login, "password_hash": hashes[user.login]}
        await _put(connection, tables.user_account, ("login",), [row])


async def _put(
    connection: AsyncConnection, table: Table, key: tuple[str, ...], rows: Sequence[Mapping[str, Any]]
) -> None:
    """Update the rows that are there, add the others."""
    for row in rows:
        same = and_(*(table.c[name] == row[name] for name in key))
        there = await connection.execute(select(table.c[key[0]]).where(same))
        if there.first() is None:
            await connection.execute(insert(table).values(**row))
        else:
            await connection.execute(update(table).where(same).values(**row))


async def _replace(
    connection: AsyncConnection,
    table: Table,
    owner: str,
    owners: Sequence[str],
    rows: Sequence[Mapping[str, Any]],
) -> None:
    """Make the rows of these owners exactly `rows`."""
    await connection.execute(delete(table).where(table.c[owner].in_(owners)))
    if rows:
        await connection.execute(insert(table), list(rows))
