"""`flow test --over-sip` in a centre of its own: every test file as it is, by real phones.

Three threads: the supervisor of edge and media host in the main one, the core's reactor, and the tests, which
wait for what they hear and ask the stage in the reactor's thread.
"""

import asyncio
import json
import os
import signal
import tempfile
import threading
import time
from collections.abc import Callable, Coroutine, Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from contact_center.bootstrap import Core, start_core
from contact_center.config import Settings, load_settings
from contact_center.demo.callers import spawn
from contact_center.demo.over_sip import NotHeard, Person, SipResult, read_file
from contact_center.demo.ports import HOST, free_port
from contact_center.demo.stage import AGENT, CALLED_BACK, Stage, sent_to
from contact_center.ivr.flow import Callback, Flow, Queue, Transfer, Voicemail
from contact_center.ivr.prompts import Prompts
from contact_center.ivr.scenario import TOLD, Scenario, Step
from contact_center.ivr.testing import test_files
from contact_center.runtime import logs, reactor
from contact_center.runtime.supervisor import Supervisor
from contact_center.storage import migrate
from contact_center.storage.company import load_company
from contact_center.storage.engine import open_database

T = TypeVar("T")
PATIENCE_S = 120.0
UP_WITHIN_S = 60.0
RINGS_WITHIN_S = 20.0
LOOK_S = 0.05
Read = tuple[Path, Flow, tuple[Scenario, ...], Prompts]


def rehearse(
    paths: Iterable[Path], prompts: Path, say: Callable[[SipResult], None], only: Sequence[str] = ()
) -> None:
    """Run the tests named by `only` of these files and folders; `say` is told of each.

    `prompts` is a folder where what was spoken before is found again. Raises what keeps a centre from
    starting.
    """
    unread: list[SipResult] = []
    files: list[Read] = []
    for file in test_files(paths):
        read = read_file(file, prompts, only)
        if isinstance(read, SipResult):
            unread.append(read)
        elif read[1]:
            files.append((file, *read))
    for each in unread:
        say(each)
    if files:
        with tempfile.TemporaryDirectory(prefix="cc-") as home:
            _Rehearsal(Path(home), prompts, files, say).run()


class _Stopped(Exception):  # noqa: N818  # nothing went wrong
    """Somebody ends the run before its tests are over."""


class _Rehearsal:
    def __init__(
        self, home: Path, prompts: Path, files: Sequence[Read], say: Callable[[SipResult], None]
    ) -> None:
        self.files, self.say = files, say
        prompts.mkdir(parents=True, exist_ok=True)
        (home / "prompts").symlink_to(prompts.resolve())
        self.settings = _settings(home)
        self.over = False
        self.fault: BaseException | None = None
        self.loop: asyncio.AbstractEventLoop | None = None

    def run(self) -> None:
        """Until every test is over, or a signal says so."""
        logs.begin("rehearsal", self.settings.log_level)
        roles = Supervisor(roles=("media", "edge"), environment=_environment(self.settings))
        threads = [threading.Thread(target=each, daemon=True) for each in (self._core, self._tests)]
        threads[0].start()
        threads[1].start()
        status = roles.run(until=lambda: self.over)
        self.over = True
        for thread in threads:
            thread.join(10.0)
        if self.fault is not None:
            raise self.fault
        if status:
            raise RuntimeError("the media host or the edge cannot start")

    # -- the core ----------------------------------------------------------------------------------

    def _core(self) -> None:
        loop = reactor.install()
        from twisted.internet import reactor as installed  # the one just installed

        clock: Any = installed
        clock.callWhenRunning(lambda: setattr(self, "loop", loop))
        clock.run(installSignalHandlers=False)

    def ask(self, work: Coroutine[Any, Any, T]) -> T:
        """Run this in the reactor's thread, and wait for it."""
        assert self.loop is not None  # noqa: S101  # the tests begin when it runs
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(PATIENCE_S)

    def see(self, look: Callable[[], T]) -> T:
        async def looked() -> T:
            return look()

        return self.ask(looked())

    def until(self, look: Callable[[], object], *, within_s: float, what: Callable[[], str]) -> None:
        """Wait for it; `what` says what is the case instead, when it does not come."""
        due = time.monotonic() + within_s
        while not self.see(look):
            if self.over:
                raise _Stopped
            if time.monotonic() > due:
                raise NotHeard(self.see(what))
            time.sleep(LOOK_S)

    # -- the tests ---------------------------------------------------------------------------------

    def _tests(self) -> None:
        try:
            while self.loop is None:
                time.sleep(LOOK_S)
            core = self.ask(self._start())
            try:
                self._run_all(core)
            finally:
                self.ask(core.stop())
        except _Stopped:
            pass
        except BaseException as error:  # noqa: BLE001  # whatever it was, the main thread raises it
            self.fault = error
        finally:
            self.over = True
            if self.loop is not None:
                from twisted.internet import reactor as installed

                clock: Any = installed
                clock.callFromThread(clock.stop)

    async def _start(self) -> Core:
        for _, flow, _, book in self.files:
            await book.prepare(flow)
        self.settings.data_dir.mkdir(parents=True, exist_ok=True)
        company = self.settings.data_dir / "company.toml"
        company.write_text(company_for(self.files), encoding="utf-8")
        await migrate.upgrade(self.settings.effective_database_url)
        database = open_database(self.settings.effective_database_url)
        await load_company(database, company)
        await database.close()
        return await start_core(self.settings)

    def _run_all(self, core: Core) -> None:
        self.until(
            lambda: core.links.connected()["edge"] and core.links.connected()["media"],
            within_s=UP_WITHIN_S,
            what=lambda: "edge and media host do not come up",
        )
        phone = AgentPhone()
        try:
            stage = self.see(lambda: Stage(core, phone.sip))
            for file, flow, scenarios, book in self.files:
                for scenario in scenarios:
                    if self.over:
                        return
                    self.say(self._run(stage, phone, str(file), flow, scenario, book))
        finally:
            phone.close()

    def _run(
        self, stage: Stage, phone: "AgentPhone", file: str, flow: Flow, scenario: Scenario, book: Prompts
    ) -> SipResult:
        line, why = scenario.line, ""
        with tempfile.TemporaryDirectory(prefix="over-sip-") as folder:
            person = Person(Path(folder), flow, book, patience_s=PATIENCE_S)
            try:
                self.ask(stage.arrange(flow, scenario, book))
                person.dial(f"sip:{scenario.called}@{self.settings.sip_bind}", scenario.caller)
                for step in scenario.steps:
                    line = step.line
                    _Steps(self, stage, phone, person).take(step)
            except NotHeard as missed:
                why = str(missed)
            finally:
                person.leave()
                phone.hang_up()
        self.see(stage.clear)
        try:
            self.until(stage.is_quiet, within_s=RINGS_WITHIN_S, what=lambda: "the line does not come to rest")
        except NotHeard as missed:
            why = why or str(missed)
        return SipResult(file=file, line=line if why else scenario.line, name=scenario.name, why=why)


class _Steps:
    """The steps of one test that the world takes, or that the core can be asked about."""

    def __init__(self, of: _Rehearsal, stage: Stage, phone: "AgentPhone", person: Person) -> None:
        self.of, self.stage, self.phone, self.person = of, stage, phone, person

    def take(self, step: Step) -> None:
        match step.kind:
            case "position":
                self.of.see(lambda: self.stage.position(int(float(step.text))))
            case "expects":
                self.of.see(lambda: self.stage.expects(float(step.text)))
            case "queue_says":
                self.of.see(lambda: self.stage.queue_says(step.text))
            case "agent":
                self.agent(step.text)
            case "queue":
                self.queue(step)
            case "node":
                self.of.until(
                    lambda: self.stage.node() == step.text,
                    within_s=RINGS_WITHIN_S,
                    what=lambda: f"is at node {self.stage.node()!r}, not {step.text!r}",
                )
            case kind if kind in TOLD:
                self.told(f"{kind} {step.text}")
            case "end":
                self.person.take(step)
                self.ended(step.text)
            case _:
                self.person.take(step)

    def agent(self, does: str) -> None:
        match does:
            case "joins":
                self.of.ask(self.stage.agent_ready())
                self.phone.answer()
                self.reaches("connected")
                self.of.ask(self.stage.agent_rests())
            case "refuses":
                self.of.ask(self.stage.agent_ready())
                self.phone.refuse()
                self.of.ask(self.stage.agent_rests())
            case _:
                self.phone.hang_up()
                self.of.until(
                    lambda: self.stage.phase() != "connected",
                    within_s=RINGS_WITHIN_S,
                    what=lambda: "the flow does not go on after the agent",
                )

    def reaches(self, phase: str) -> None:
        self.of.until(
            lambda: self.stage.phase() == phase,
            within_s=RINGS_WITHIN_S,
            what=lambda: f"the flow is {self.stage.phase()}, not {phase}",
        )

    def queue(self, step: Step) -> None:
        def waiting() -> object:
            session = self.stage.session()
            return session is not None and session.waiting is not None

        self.of.until(waiting, within_s=PATIENCE_S, what=lambda: "no queue was entered")
        session = self.of.see(self.stage.session)
        queue, needs = (session.queue, session.need.ways[0]) if session is not None else ("", {})
        if step.text and queue != step.text:
            raise NotHeard(f"is in queue {queue!r}, not {step.text!r}")
        if step.skills is not None and needs != step.skills:
            raise NotHeard(f"the queue asks for skills {needs}, not {step.skills}")

    def told(self, what: str) -> None:
        """Reports of the line come when they come: their order is not the test's."""
        self.of.until(
            lambda: what in self.stage.told,
            within_s=PATIENCE_S,
            what=lambda: f"no {what!r}, but {', '.join(self.stage.told) or 'nothing'}",
        )
        self.of.see(lambda: self.stage.told.remove(what))

    def ended(self, reason: str) -> None:
        found = self.of.see(lambda: self.stage.why_ended) or "caller hung up"
        if reason and found != reason:
            raise NotHeard(f"the call ended for {found!r}, not {reason!r}")


class AgentPhone:
    """The agent's phone, or that of whoever a caller is sent to: it rings until the test picks it up."""

    def __init__(self) -> None:
        self._process = spawn("--answer", "--by-hand", "--tone", "1777", "--max-talk-s", "900")
        self._said: list[tuple[str, dict[str, Any]]] = []
        threading.Thread(target=self._read, daemon=True).start()
        self.sip = str(self._hears("ready")["sip"])
        self._call = ""

    def _read(self) -> None:
        if self._process.stdout is not None:
            for line in self._process.stdout:
                ((name, body),) = json.loads(line).items()
                self._said.append((name, body))

    def _hears(self, name: str) -> dict[str, Any]:
        """The next thing of this kind; what came before it is over."""
        due = time.monotonic() + RINGS_WITHIN_S
        while time.monotonic() < due:
            while self._said:
                said, body = self._said.pop(0)
                if said == name:
                    return body
            time.sleep(LOOK_S)
        raise NotHeard(f"the agent's phone is not {name}")

    def _tell(self, order: str) -> None:
        if self._process.stdin is not None and self._process.poll() is None:
            self._process.stdin.write(json.dumps({order: {"id": self._call}}) + "\n")
            self._process.stdin.flush()

    def answer(self) -> None:
        self._call = str(self._hears("invited")["id"])
        self._tell("answer")

    def refuse(self) -> None:
        self._call = str(self._hears("invited")["id"])
        self._tell("refuse")

    def hang_up(self) -> None:
        if self._call:
            self._tell("hangup")
            self._call = ""

    def close(self) -> None:
        self._process.send_signal(signal.SIGTERM)
        self._process.wait(5.0)


# -- what the centre is made of ----------------------------------------------------------------------


def company_for(files: Sequence[Read]) -> str:
    """A company file with the queues and skills these flows ask for, and one agent who can do all.

    Agents that tests send callers to by name are there as well.
    """
    queues, skills, others = {CALLED_BACK}, set[str](), set[str]()
    for _, flow, scenarios, _ in files:
        _asked(flow, queues, skills)
        others |= {name for scenario in scenarios for name in sent_to(scenario)}
    able = ", ".join(f"{json.dumps(name)} = 5" for name in sorted(skills))
    lines = ['name = "Rehearsal"', 'name_zh = "演练"', f"skills = {json.dumps(sorted(skills))}"]
    lines.append('not_ready_reasons = [{code = "break", en = "Break", zh = "休息"}]')
    for agent, known in {AGENT: able, **dict.fromkeys(sorted(others), "")}.items():
        named = json.dumps(agent)
        lines += ["[[agents]]", f"id = {named}", f"name = {named}", f"skills = {{{known}}}"]
    for queue in sorted(queues):
        named = json.dumps(queue)
        lines += [
            "[[queues]]",
            f"id = {named}",
            f"name = {named}",
            f"name_zh = {named}",
            'wrap_up_mode = "none"',
        ]
    return "\n".join(lines) + "\n"


def _asked(flow: Flow, queues: set[str], skills: set[str]) -> None:
    for node in flow.nodes.values():
        if isinstance(node, Queue | Callback | Transfer | Voicemail) and node.queue:
            queues.add(node.queue)
        if isinstance(node, Queue | Callback):
            skills.update(node.skills)
            for more in node.skills_by_language.values():
                skills.update(more)
    for called in flow.flows.values():
        _asked(called, queues, skills)


def _settings(home: Path) -> Settings:
    """A centre on free ports of this machine that nothing else knows of, whatever the settings here say."""
    return load_settings(
        data_dir=home,
        flows_dir=None,
        database_url="",
        redis_url="",
        trunks_file=None,
        media_host="127.0.0.1",
        sip_also="",
        sip_bind=f"{HOST}:{free_port()}",
        http_bind=f"{HOST}:{free_port()}",
        log_level=os.environ.get("CC_LOG_LEVEL", "ERROR"),
    )


def _environment(settings: Settings) -> dict[str, str]:
    own = {name: value for name, value in os.environ.items() if not name.startswith("CC_")}
    return {
        **own,
        "CC_CONFIG": str(settings.data_dir / "none.toml"),
        "CC_DATA_DIR": str(settings.data_dir),
        "CC_SIP_BIND": settings.sip_bind,
        "CC_HTTP_BIND": settings.http_bind,
        "CC_LOG_LEVEL": settings.log_level,
    }
