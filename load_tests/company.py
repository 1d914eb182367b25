"""The benchmarks' company: one queue, no wrap-up, as many agents as wanted, each logged in to a session."""

import json
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import httpx

from contact_center.config import Settings
from contact_center.demo.console_client import SIMULATED_TEST
from contact_center.runtime.passwords import Passwords
from contact_center.runtime.people import Session
from contact_center.storage import migrate
from contact_center.storage.company import load_company
from contact_center.storage.engine import open_database
from contact_center.storage.people import People
from contact_center.web.access import COOKIE

PASSWORD = "bench mark"  # noqa: S105  # of a company that lives for a minute on 127.0.0.1
SESSION_S = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedIn:
    """An agent's open console session."""

    agent: str
    token: str
    csrf: str


def agent_names(count: int) -> list[str]:
    return [f"agent{number:03d}" for number in range(1, count + 1)]


def _toml(agents: Sequence[str]) -> str:
    lines = ['name = "Bench"', 'name_zh = "Bench"', 'skills = ["talk"]', "[[queues]]", 'id = "bench"']
    lines += ['name = "Bench"', 'name_zh = "Bench"', 'wrap_up_mode = "none"']
    for agent in agents:
        quoted = json.dumps(agent)
        lines += ["[[agents]]", f"id = {quoted}", f"name = {quoted}", "skills = {talk = 3}"]
        lines += ["[[users]]", f"login = {quoted}", f"name = {quoted}", f'password = "{PASSWORD}"']
        lines += ['roles = ["agent"]', f"agent = {quoted}"]
    return "\n".join(lines) + "\n"


def _write(file: Path, agents: Sequence[str]) -> None:
    file.write_text(_toml(agents))


async def found(settings: Settings, agents: Sequence[str]) -> list[LoggedIn]:
    """Store the company; sessions are opened in the database, for hashing passwords would be the load."""
    await migrate.upgrade(settings.effective_database_url)
    database = open_database(settings.effective_database_url)
    file = settings.data_dir / "company.toml"
    _write(file, agents)
    one_hash = Passwords().hash(PASSWORD)
    try:
        await load_company(database, file, lambda _: one_hash)
        people = People(database)
        opened = []
        for agent in agents:
            known = await people.user(agent)
            assert known is not None, agent
            logged_in = LoggedIn(agent=agent, token=secrets.token_urlsafe(), csrf=secrets.token_urlsafe())
            session = Session(
                token_hash=sha256(logged_in.token.encode()).hexdigest(),
                csrf=logged_in.csrf,
                user=known[0],
                expires_at=time.time() + SESSION_S,
            )
            await people.open_session(session, time.time())
            opened.append(logged_in)
        return opened
    finally:
        await database.close()


def make_ready(url: str, agents: Sequence[LoggedIn]) -> None:
    """Log every agent on and choose *ready*, as a console does."""
    with httpx.Client(base_url=f"{url}/api/v1", trust_env=False, timeout=30.0) as console:
        for agent in agents:
            as_agent = {"Origin": url, "X-CSRF-Token": agent.csrf, "Cookie": f"{COOKIE}={agent.token}"}
            console.post("/agent/log-on", headers=as_agent).raise_for_status()
            tested = console.post("/agent/device/test", json=SIMULATED_TEST, headers=as_agent)
            tested.raise_for_status()
            chosen = console.post("/agent/status", json={"status": "ready"}, headers=as_agent)
            chosen.raise_for_status()
