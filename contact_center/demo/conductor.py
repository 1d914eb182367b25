"""`contact-center demo`: a whole small company at work, with real calls, until Ctrl-C or a set time."""

import asyncio
import json
import os
import shutil
import socket
import sys
import threading
import time
import traceback
from dataclasses import asdict
from pathlib import Path
from random import Random

import httpx
from rich.console import Console
from rich.progress import Progress, TaskID
from rich.table import Table

from contact_center.config import Settings, load_settings, split_bind
from contact_center.demo import story
from contact_center.demo.company import customers, load_demo, menus
from contact_center.demo.people import Agents, Callers, Line
from contact_center.demo.tally import Heard, Kept, Summary, summarise
from contact_center.ivr.audio import SPEECH_RMS, levelled, read_wav, resample, trimmed, write_wav
from contact_center.ivr.library import Library, shipped_flows
from contact_center.ivr.prompts import Prompts
from contact_center.ivr.speech import Espeak, SpeechError
from contact_center.loyalty.policy import Menu
from contact_center.runtime import logs
from contact_center.runtime.people import User
from contact_center.runtime.supervisor import Supervisor
from contact_center.storage import migrate
from contact_center.storage.company import CompanyFile
from contact_center.storage.engine import open_database

err = Console(stderr=True)
CALLER_SAYS = "Hello. I have a question about my last bill. It seems a little higher than usual."
AGENT_SAYS = "Harbour Mobile, good day. Let me have a look at your account. One moment, please."
LEFT_FOR_PEOPLE = ("amy", "gus")
AT_WORK = ("chen", "jun", "hana", "dana", "kai", "fang", "ivan", "ben")
"""Simulated agents in the order they are taken on: the first two cover both queues in both languages."""
STORY_EVERY, STORY_FROM = 8, 3
"""Every so many calls one of the three customers of the story calls, beginning with the third call."""
DRAIN_S = 10.0
"""Before the end nobody dials any more, so that the calls still up can end by themselves."""
READY_WITHIN_S = 60.0


class DemoFault(Exception):  # noqa: N818  # says what stopped the demo
    """The demo cannot go on; the message says why."""


def conduct(*, seconds: float | None, callers: int, agents: int) -> int:
    """Prepare, start every role, let simulated people work; the exit status."""
    settings = _demo_settings()
    try:
        company, voices, heard = asyncio.run(_prepare(settings))
    except SpeechError as error:
        err.print(f"[bold red]error:[/] {error}")
        return 1
    logs.begin("demo", "WARNING")
    story = _Story(settings, company, voices, heard, seconds, callers, agents)
    supervisor = Supervisor(environment={**os.environ, **_environment(settings)})
    thread = threading.Thread(target=story.run, name="story")
    thread.start()
    status = supervisor.run(until=lambda: story.over, before_end=story.end)
    thread.join()
    if story.fault:
        err.print(f"[bold red]error:[/] {story.fault}", soft_wrap=True)
        return 1
    if story.summary is None:
        return status
    for fault in story.summary.faults:
        err.print(f"[bold red]fault:[/] {fault}", soft_wrap=True)
    print(json.dumps({**asdict(story.summary), "ok": not story.summary.faults}))
    return 1 if story.summary.faults else status


# -- preparation -------------------------------------------------------------------------------------


def _demo_settings() -> Settings:
    """The defaults, in a folder of the demo's own; taken ports are replaced by free ones."""
    given = {name for name in os.environ if name.startswith("CC_")}
    overrides: dict[str, object] = {}
    if "CC_DATA_DIR" not in given:
        overrides["data_dir"] = Path("var/demo")
    settings = load_settings(**overrides)
    if "CC_HTTP_BIND" not in given:
        overrides["http_bind"] = _free(settings.http_bind, socket.SOCK_STREAM)
    if "CC_SIP_BIND" not in given:
        overrides["sip_bind"] = _free(settings.sip_bind, socket.SOCK_DGRAM)
    return load_settings(**overrides)


def _free(bind: str, kind: socket.SocketKind) -> str:
    host, port = split_bind(bind)
    for candidate in range(port, port + 200, 10):
        with socket.socket(socket.AF_INET, kind) as trial:
            if kind is socket.SOCK_STREAM:
                trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                trial.bind((host, candidate))
            except OSError:
                continue
            return f"{host}:{candidate}"
    raise DemoFault(f"no free port near {bind}")


def _environment(settings: Settings) -> dict[str, str]:
    return {
        "CC_DATA_DIR": str(settings.data_dir),
        "CC_HTTP_BIND": settings.http_bind,
        "CC_SIP_BIND": settings.sip_bind,
        "CC_LOG_LEVEL": os.environ.get("CC_LOG_LEVEL", "ERROR"),
    }


async def _prepare(settings: Settings) -> tuple[CompanyFile, tuple[Path, Path], dict[str, Menu]]:
    """A fresh company in the data folder, and who hears which menu; prompts and voices of before are kept."""
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not settings.database_url:
        for leftover in settings.data_dir.glob("contact-center.db*"):
            leftover.unlink()
        shutil.rmtree(settings.journal_dir, ignore_errors=True)
    with Progress(console=err, transient=True) as progress:
        loading = progress.add_task("company, customers, history", total=None)
        await migrate.upgrade(settings.effective_database_url)
        database = open_database(settings.effective_database_url)
        try:
            company = await load_demo(database, time.time())
            heard = await menus(database)
        finally:
            await database.close()
        progress.update(loading, total=1, completed=1)
        folder = settings.flows_dir or shipped_flows()
        recordings = folder / "prompts"
        prompts = Prompts(settings.prompts_dir, recordings if recordings.is_dir() else None)
        for flow in Library(folder, settings.data_dir.resolve() / "flows").all():
            saying = progress.add_task(f"prompts of {flow.name}", total=None)
            await prompts.prepare(flow, _Shown(progress, saying))
        voices = _voice(settings, "caller", CALLER_SAYS), _voice(settings, "agent", AGENT_SAYS)
    return company, voices, heard


class _Shown:
    """Moves one progress bar."""

    def __init__(self, progress: Progress, task: TaskID) -> None:
        self._progress, self._task = progress, task

    def __call__(self, done: int, of: int) -> None:
        self._progress.update(self._task, completed=done, total=of)


def _voice(settings: Settings, name: str, text: str) -> Path:
    """What a simulated person says, as 8 kHz mono WAV."""
    file = settings.prompts_dir / f"demo-{name}.wav"
    if not file.exists():
        samples, rate_hz = read_wav(Espeak().speak(text, "en"))
        write_wav(file, levelled(trimmed(resample(samples, rate_hz)), SPEECH_RMS / 2))
    return file


# -- the story ---------------------------------------------------------------------------------------


class _Story:
    """Runs beside the supervisor in a thread of its own: people come, call, answer, and are counted."""

    def __init__(
        self,
        settings: Settings,
        company: CompanyFile,
        voices: tuple[Path, Path],
        heard: dict[str, Menu],
        seconds: float | None,
        callers: int,
        agents: int,
    ) -> None:
        self._settings, self._company, self._voices = settings, company, voices
        self._menus = heard
        self._seconds, self._callers, self._agents = seconds, callers, agents
        self._url = f"http://{settings.http_bind}"
        self._started = self._opened = time.time()
        self._ending = threading.Event()
        self._chance = Random(11)  # noqa: S311  # demo people, not secrets
        self._numbers = self._people()
        self._story = [(each.numbers[0], each.name) for each in story.people(time.time())]
        self._dialled = 0
        self.over = False
        self.fault = ""
        self.summary: Summary | None = None

    def run(self) -> None:
        try:
            self.summary = asyncio.run(self._play())
        except (DemoFault, httpx.HTTPError, OSError, RuntimeError) as error:
            self.fault = str(error) or type(error).__name__
            if not isinstance(error, DemoFault):
                traceback.print_exc()
        finally:
            self.over = True

    def end(self) -> None:
        """Asked to stop: no new calls; waits until the running ones are counted."""
        self._ending.set()
        deadline = time.monotonic() + DRAIN_S + 15
        while not self.over and time.monotonic() < deadline:
            time.sleep(0.05)

    def _people(self) -> list[tuple[str, str]]:
        """Numbers to call from, each once: mostly customers, some strangers."""
        known = [(each.numbers[0], each.name) for each in customers(time.time())]
        strangers = [(f"+1202555{9000 + n}", "") for n in range(30)]
        people = list(dict(known + strangers).items())
        self._chance.shuffle(people)
        return people

    def _next_number(self) -> tuple[str, str]:
        self._dialled += 1
        if self._dialled % STORY_EVERY == STORY_FROM:
            return self._story[self._dialled // STORY_EVERY % len(self._story)]
        if self._numbers:
            return self._numbers.pop()
        return f"+1305555{self._chance.randrange(10_000):04d}", ""

    def _may_dial(self) -> bool:
        if self._ending.is_set():
            return False
        return self._seconds is None or time.time() - self._opened < self._seconds - DRAIN_S

    async def _rest(self, seconds: float) -> None:
        for _ in range(round(seconds / 0.1)):
            if not self._may_dial():
                return
            await asyncio.sleep(0.1)

    async def _play(self) -> Summary:
        async with httpx.AsyncClient(base_url=self._url, timeout=10.0) as http:
            await self._ready(http)
            self._opened = time.time()
            folder = self._settings.data_dir
            agents, callers = Agents(folder / "demo-agents.log"), Callers(folder / "demo-callers.log")
            short = self._seconds is not None and self._seconds < 90
            logins = self._logins()
            await agents.start(self._url, logins, talk_s="4-7" if short else "6-16", speech=self._voices[1])
            await callers.start()
            self._welcome([login["login"] for login in logins])
            lines = [
                Line(
                    callers,
                    self._next_number,
                    self._settings.sip_bind,
                    self._voices[0],
                    self._chance,
                    self._menus,
                )
                for _ in range(min(self._callers, 4))
            ]
            try:
                calling = asyncio.gather(*(line.work(self._may_dial, self._rest) for line in lines))
                await self._until_drained(calling, callers, agents)
            finally:
                await callers.stop()
                await agents.stop()
            made = [result for line in lines for result in line.results]
            kept = await self._kept(http, len(made))
        heard: list[Heard] = agents.heard
        busy = AT_WORK[: self._agents]
        return summarise(time.time() - self._started, made, heard, kept, busy)

    async def _until_drained(
        self, calling: "asyncio.Future[list[None]]", callers: Callers, agents: Agents
    ) -> None:
        """Who talks finishes; agents take nothing new, and who has reached nobody by then gives up."""
        while not calling.done() and self._may_dial():
            await asyncio.wait([calling], timeout=0.2)
        agents.leave()
        await asyncio.wait([calling], timeout=DRAIN_S / 2)
        await callers.give_up()
        await calling

    async def _ready(self, http: httpx.AsyncClient) -> None:
        deadline = time.time() + READY_WITHIN_S
        while time.time() < deadline:
            if self._ending.is_set():
                raise DemoFault("stopped before the roles were ready")
            try:
                if (await http.get("/readyz")).status_code == httpx.codes.OK:
                    return
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.1)
        raise DemoFault(f"the roles were not ready within {READY_WITHIN_S:.0f} s")

    def _logins(self) -> list[dict[str, str]]:
        passwords = {user.login: user.password for user in self._company.users}
        return [{"login": login, "password": passwords[login]} for login in AT_WORK[: self._agents]]

    async def _kept(self, http: httpx.AsyncClient, expected: int) -> list[Kept]:
        """This run's interactions from the API, once all are there (they follow their call at once)."""
        admin = next(u for u in self._company.users if "administrator" in u.roles)
        answer = await http.post(
            "/api/v1/session",
            json={"login": admin.login, "password": admin.password},
            headers={"Origin": self._url},
        )
        answer.raise_for_status()
        deadline = time.time() + 5.0
        while True:
            found = await http.get("/api/v1/interactions", params={"from": self._started, "limit": 500})
            found.raise_for_status()
            rows = [row for row in found.json()["interactions"] if row["ended_at"] is not None]
            if len(rows) >= expected or time.time() > deadline:
                return [
                    Kept(
                        contact=row["contact"],
                        from_number=row["from_number"],
                        queue=row["queue"],
                        agent=row["agent"],
                        outcome=row["outcome"],
                    )
                    for row in rows
                ]
            await asyncio.sleep(0.1)

    def _welcome(self, busy: list[str]) -> None:
        by_role: dict[str, User | object] = {}
        table = Table(title=f"{self._company.name} · {self._company.name_zh}", title_justify="left")
        table.add_column("log in as")
        table.add_column("to be")
        table.add_column("password")
        for user in self._company.users:
            role = user.roles[0]
            if user.login in LEFT_FOR_PEOPLE or (
                role in ("supervisor", "administrator") and role not in by_role
            ):
                by_role[role] = user
                table.add_row(user.login, f"{role} ({user.name})", user.password)
        err.print(f"\n[bold]console[/]   {self._url}\n[bold]wallboard[/] {self._url}/wallboard")
        err.print(f"[bold]call[/]      sip:8000@{self._settings.sip_bind}  (any SIP phone, UDP)")
        err.print(table)
        err.print(f"simulated agents at work: {', '.join(busy)}", highlight=False)
        err.print("Ctrl-C stops everything.\n")
        sys.stderr.flush()
