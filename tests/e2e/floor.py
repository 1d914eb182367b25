"""Amy, Ben and Gus, a caller and an outside number in a centre of their own: what transfers are played on."""

import itertools
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from contact_center.cti.view import Row
from contact_center.demo.company import COMPANY
from contact_center.storage.company import load_company
from contact_center.storage.engine import open_database
from contact_center.storage.migrate import upgrade
from tests.e2e.centre import Centre, running
from tests.e2e.outside import OUTSIDE_HZ, OutsidePhone
from tests.e2e.people import CALLER_HZ, Agent, Supervisor, caller
from tests.support import run, until

TONES = {"amy": 1777.0, "ben": 1555.0, "gus": 2250.0, "outside": OUTSIDE_HZ}
RING_S = 2.5
FRESH_S = 0.5
"""Of sound that came in since, and a tone has to be in all of it."""
RINGING_HZ = 425.0
ENTRY = "8100"
OUTSIDE = "+493011122233"
CARRIER = """
[[trunk]]
name = "carrier"
targets = ["sip:{sip}"]
sources = ["127.0.0.1/32"]
numbers = ["+49"]
domain = "carrier.example"
max_calls = 4                              # a call that is never forgotten would soon be noticed
keepalive_s = 0
srtp = {srtp}
inbound = {{ spelling = "national", country = "49" }}
outbound = {{ spelling = "national", country = "49" }}
"""
"""Everybody's carrier: callers come from it, numbers in Germany are reached by it, in its own spelling."""
CALLER_IDS = {"billing": "+4930100100", "technical": "+4930100200"}
FLOW = """
title: Straight
numbers: ["8100"]
languages: [en]
start: line
nodes:
  line: {kind: queue, queue: billing, skills: {billing: 1}}
"""
TECHNICAL = FLOW.replace("8100", "8200").replace("billing: 1", "technical: 4").replace("billing", "technical")
"""Says which skill the technical queue needs."""
TARGETS = {"agent": {"agent": "ben"}, "queue": {"queue": "technical"}, "outside": {"number": OUTSIDE}}
WHO = {"agent": "ben", "queue": "gus", "outside": "outside"}


class Floor:
    """Everybody of this module, on duty throughout."""

    def __init__(self, centre: Centre, folder: Path, outside: OutsidePhone, amy: type[Agent] = Agent) -> None:
        self.centre, self.folder, self.outside = centre, folder, outside
        self.agents = {"amy": amy(centre, "amy", TONES["amy"])}
        self.agents |= {name: Agent(centre, name, TONES[name]) for name in ("ben", "gus")}
        self.sofia = Supervisor(centre)
        self.numbers = (f"001202555{n:04d}" for n in itertools.count(100))

    async def open(self) -> "Floor":
        self._phone_context = caller(self.folder)
        self.caller = await self._phone_context.__aenter__()
        await self.sofia.begin()
        for agent in self.agents.values():
            await agent.log_on()
        return self

    async def close(self) -> None:
        for agent in self.agents.values():
            await agent.end()
        await self.sofia.end()
        await self.outside.end()
        await self._phone_context.__aexit__(None, None, None)

    def calls_as(self, queue: str) -> None:
        """The outside number was called with the queue's own number, as the carrier spells it."""
        invited = self.outside.told("invited") or {}
        number = CALLER_IDS[queue].replace("+49", "0")
        for header in ("From", "P-Asserted-Identity"):
            assert f"<sip:{number}@carrier.example>" in invited["headers"][header]

    # -- one cell ----------------------------------------------------------------------------------------

    async def customer_with_amy(self) -> "Cell":
        """A customer calls and Amy takes him; then Ben and Gus are ready as well."""
        for each in (self.caller, self.outside):
            each.forget()
        self.caller.recording = self.folder / f"caller-{time.monotonic_ns()}.wav"
        amy, ben, gus = self.agents.values()
        for other in (ben, gus):
            await other.do("/agent/status", status="break")
        await amy.make_ready()
        await amy.sees_state("ready")
        number = next(self.numbers)
        self.caller.dial(self.centre, number, (), entry=ENTRY)
        call = await amy.accept()
        assert call["from_number"] == number.replace("00", "+", 1)
        for other in (ben, gus):
            await other.make_ready()
            await other.sees_state("ready")
        cell = Cell(self, str(call["contact"]))
        await cell.talk("caller", "amy")
        return cell


class Cell:
    """One customer's call through one combination."""

    def __init__(self, floor: Floor, contact: str) -> None:
        self.floor, self.contact = floor, contact
        self.outside_call = ""

    # -- sound -------------------------------------------------------------------------------------------

    def hears(self, ear: str, mouth: str, last_s: float = FRESH_S) -> bool:
        hz = CALLER_HZ if mouth == "caller" else TONES[mouth]
        if ear in self.floor.agents:
            return self.floor.agents[ear].hears(hz, last_s)
        return (self.floor.caller if ear == "caller" else self.floor.outside).hears(hz, last_s)

    def heard_s(self, name: str) -> float:
        """How much sound somebody has got."""
        if name in self.floor.agents:
            return self.floor.agents[name].heard_s
        return (self.floor.caller if name == "caller" else self.floor.outside).heard_s

    async def talk(self, *names: str) -> None:
        """Each of these hears each other one from now on: what was heard before does not count."""
        marks = {name: self.heard_s(name) for name in names}
        for name in names:
            await until(
                lambda: self.heard_s(name) >= marks[name] + FRESH_S,  # noqa: B023  # awaited
                what=f"fresh sound at {name}",
            )
        for ear, mouth in itertools.permutations(names, 2):
            await until(
                lambda: self.hears(ear, mouth),  # noqa: B023  # awaited
                what=f"{mouth}'s tone at {ear}",
            )

    async def waits(self, name: str, *others: str) -> None:
        """He hears music and none of the others, and they do not hear him."""
        if name == "caller":
            caller, centre = self.floor.caller, self.floor.centre
            await until(lambda: caller.hears_music(centre), what="music at the caller")
        for other in others:
            await until(lambda: not self.hears(name, other), what=f"{name} without {other}")  # noqa: B023
            await until(lambda: not self.hears(other, name), what=f"{other} without {name}")  # noqa: B023

    # -- acts --------------------------------------------------------------------------------------------

    async def send(self, how: str, kind: str) -> None:
        await self.floor.agents["amy"].do(f"/contacts/{self.contact}/transfer", to=TARGETS[kind], how=how)

    async def consult(self, act: str) -> None:
        await self.floor.agents["amy"].do(f"/contacts/{self.contact}/consult/{act}")

    async def offered(self, kind: str) -> str:
        """The target rings; the offer or call it is."""
        if kind == "outside":
            self.outside_call = await self.floor.outside.rings()
            self.floor.calls_as("billing")
            return self.outside_call
        offer = await self.floor.agents[WHO[kind]].offered()
        assert offer["contact"] == self.contact
        return str(offer["offer"])

    async def answer(self, kind: str) -> None:
        if kind == "outside":
            self.floor.outside.do("answer", await self.offered(kind))
            await self.floor.outside.hears_of("up")
        else:
            await self.floor.agents[WHO[kind]].accept()

    async def reject(self, kind: str) -> None:
        offer = await self.offered(kind)
        if kind == "outside":
            self.floor.outside.do("refuse", offer)
        else:
            await self.floor.agents[WHO[kind]].do(f"/offers/{offer}/reject")

    async def target_hangs_up(self, kind: str) -> None:
        if kind == "outside":
            self.floor.outside.do("hangup", self.outside_call)
        else:
            await self.floor.agents[WHO[kind]].do(f"/contacts/{self.contact}/hang-up")

    # -- the end -----------------------------------------------------------------------------------------

    async def over(self, segments: list[tuple[str | None, str]], states: dict[str, str]) -> Row:
        """The customer hangs up, if he has not: one interaction, nobody in a call, no sound any more."""
        floor = self.floor
        if floor.caller.told("ended") is None:
            floor.caller.hang_up()
        await floor.caller.hears_of("ended")
        if self.outside_call:
            await floor.outside.hears_of("ended")
        for name, state in states.items():
            await floor.agents[name].sees_state(state)
        await floor.sofia.sees(lambda: self.contact not in floor.sofia.rows["contacts"], what="contact gone")
        for agent in floor.agents.values():
            await agent.is_out_of_calls()
            if agent.console.desk.get("wrap_up") is not None:
                await agent.wrap_up(self.contact)
            await until(agent.is_silent, what="no leg at an agent")
        row = await floor.sofia.story(self.contact, lambda row: row["ended_at"] is not None)
        ends = [event for event in row["events"] if event["event"]["type"] == "ContactEnded"]
        assert len(ends) == 1
        assert all(each["ended"] is not None for each in row["segments"])
        assert [(each["agent"], each["number"]) for each in row["segments"]] == segments
        return row


async def _make(url: str, company: Path) -> None:
    await upgrade(url)
    database = open_database(url)
    await load_company(database, company)
    await database.close()


@contextmanager
def opened(folder: Path, prompts: Path, amy: type[Agent] = Agent, *, srtp: bool = False) -> Iterator[Floor]:
    """A centre of its own with everybody on duty; `amy` says what her device is.

    With `srtp` the carrier takes encrypted sound only, and so does the outside number.
    """
    flows = folder / "flows"
    flows.mkdir()
    (flows / "straight.yaml").write_text(FLOW)
    (flows / "technical.yaml").write_text(TECHNICAL)
    company = folder / "company.toml"
    text = COMPANY.read_text("utf-8").replace('wrap_up_mode = "optional_timed"', 'wrap_up_mode = "none"', 1)
    text = text.replace('[[queues]]\nid = "billing"', '[[queues]]\nrecording = true\nid = "billing"')
    for queue, number in CALLER_IDS.items():
        text = text.replace(f'id = "{queue}"\nname', f'id = "{queue}"\ncaller_id = "{number}"\nname')
    company.write_text(text.replace('flow = "main_menu"', 'flow = "straight"'), "utf-8")
    run(_make(f"sqlite+aiosqlite:///{folder / 'company.db'}", company))
    outside = run(OutsidePhone.open(folder, *(("--srtp",) if srtp else ())))
    carrier = CARRIER.format(sip=outside.sip, srtp=str(srtp).lower())
    (folder / "trunks.toml").write_text(carrier)
    settings = {
        "CC_TRUNKS_FILE": str(folder / "trunks.toml"),
        "CC_OFFER_TIMEOUT_S": str(RING_S),
        "CC_OUTSIDE_RING_S": str(RING_S),
        "CC_FLOWS_DIR": str(flows),
    }
    with running(folder / "company.db", prompts, **settings) as centre:
        people = run(Floor(centre, folder, outside, amy).open())
        yield people
        run(people.close())


CELLS = list(itertools.product(("blind", "attended"), TARGETS))


def segment(kind: str) -> tuple[str | None, str]:
    return (None, OUTSIDE) if kind == "outside" else (WHO[kind], "")


def after_talking(kind: str) -> dict[str, str]:
    """Amy's queue has no wrap-up, the technical queue has."""
    if kind == "outside":
        return {"amy": "ready"}
    return {"amy": "ready", WHO[kind]: "wrap_up" if kind == "queue" else "ready"}
