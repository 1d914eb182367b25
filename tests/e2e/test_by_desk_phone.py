"""What an agent can do at a browser he can do with a desk phone: the same acts on a registered pjsua2 phone.

It registers with MD5, as many phones do (`test_desk_phone` with SHA-256), and the carrier takes SRTP only.
The rows are every feature of a call. At a browser they are shown by `test_transfers`, `test_call_controls`,
`test_recorded_call` and `test_unanswered`; here Amy has a phone, and the console beside it has no device.
What a phone does by itself (keys, REFER) has rows of its own.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from contact_center.cti.view import Row
from contact_center.telephony.sip.digest import ha1
from contact_center.telephony.sip.edge.phone_book import Devices
from tests.e2e.centre import Centre
from tests.e2e.floor import OUTSIDE, RING_S, RINGING_HZ, Cell, Floor, opened
from tests.e2e.outside import OUTSIDE_HZ, OutsidePhone
from tests.e2e.people import Agent
from tests.support import aio, until

PASSWORD = "a desk phone"


class DeskAgent(Agent):
    """An agent whose device is a desk phone: it is picked up by hand, and transfers by REFER."""

    def __init__(self, centre: Centre, login: str, tone_hz: float) -> None:
        super().__init__(centre, login, tone_hz)
        self.centre, self.tone_hz = centre, tone_hz
        self._picked_up: set[str] = set()

    async def log_on(self) -> None:
        Devices(self.centre.home / "phones" / "devices.json").add("amy", "contact-center", PASSWORD)
        await self.console.log_in()
        await self.console.post("/agent/log-on")
        self._following = asyncio.create_task(self.console.follow_feed())
        secret = ha1("MD5", "amy", "contact-center", PASSWORD)
        register = ("--register", f"sip:{self.centre.sip}", "--user", "amy", "--md5-ha1", secret)
        self.phone = await OutsidePhone.open(self.centre.home, *register, tone_hz=self.tone_hz, name="desk")
        await self.sees(lambda: self.console.own.get("device") == "up", what="registered")

    async def make_ready(self) -> None:
        """A desk phone needs no test."""
        await self.leave_not_ready()

    async def accept(self) -> Row:
        offer = await self.offered()
        await until(self._rings_anew, within_s=20.0, what="another ring")
        self.call_id = self._rings_anew()[-1]
        self._picked_up.add(self.call_id)
        self.phone.do("answer", self.call_id)
        return await self.is_in(offer["contact"])

    def _rings_anew(self) -> list[str]:
        """The calls this phone was rung with and has not picked up."""
        rung = (str(each["id"]) for each in self.phone.all_told("invited"))
        return [call for call in rung if call not in self._picked_up]

    def hears(self, tone_hz: float, last_s: float = 0.5) -> bool:
        return self.phone.hears(tone_hz, last_s)

    @property
    def heard_s(self) -> float:
        return self.phone.heard_s

    def is_silent(self) -> bool:
        return self.phone.told("ended") is not None

    def refers(self, to: str) -> None:
        self.phone.order("refer", id=self.call_id, to=f"sip:{to}")

    async def is_told(self, code: int, *, final: bool) -> None:
        expected = {"id": self.call_id, "code": code, "final": final}
        await until(
            lambda: expected in self.phone.all_told("refer_told"),
            what=f"{expected}, told {self.phone.all_told('refer_told')}",
        )

    async def end(self) -> None:
        await self.console.post("/agent/log-off")
        await self.phone.end()
        self._following.cancel()
        await asyncio.gather(self._following, return_exceptions=True)
        await self.console.close()


@pytest.fixture(scope="module")
def floor(tmp_path_factory: pytest.TempPathFactory, prompts: Path) -> Iterator[Floor]:
    with opened(tmp_path_factory.mktemp("desk"), prompts, DeskAgent, srtp=True) as people:
        yield people


def amy_of(cell: Cell) -> DeskAgent:
    amy = cell.floor.agents["amy"]
    assert isinstance(amy, DeskAgent)
    return amy


async def hold_mute_record_and_keys(cell: Cell) -> None:
    """Hold with music, retrieve, mute, pause the recording, keys by the console and by the phone itself."""
    amy, caller = amy_of(cell), cell.floor.caller
    path = f"/contacts/{cell.contact}"
    await amy.do(f"{path}/hold")
    await cell.waits("caller", "amy")
    await amy.sees_state("held")
    await amy.do(f"{path}/retrieve")
    await cell.talk("caller", "amy")
    await amy.do(f"{path}/mute")
    await until(lambda: not cell.hears("caller", "amy"), what="the customer without Amy")
    await amy.do(f"{path}/unmute")
    await cell.talk("caller", "amy")
    for act, shown in (("pause", "paused"), ("resume", "on")):
        await amy.do(f"{path}/recording/{act}")
        await amy.sees(lambda: amy.console.desk["call"]["recording"] == shown, what=shown)  # noqa: B023
    await amy.do(f"{path}/digits", digits="42")
    await caller.gets_keys("42")
    amy.phone.order("keys", id=amy.call_id, digits="7")
    await caller.gets_keys("427")
    amy.phone.order("info", id=amy.call_id, digits="9")
    await caller.gets_keys("4279")
    amy.phone.do("hangup", amy.call_id)
    await caller.hears_of("ended")
    await cell.over([("amy", "")], {"amy": "ready"})


async def attended_to_outside_and_conference(cell: Cell) -> None:
    amy = amy_of(cell)
    await cell.send("attended", "outside")
    await cell.answer("outside")
    await cell.talk("amy", "outside")
    await cell.consult("swap")
    await cell.talk("amy", "caller")
    await cell.consult("conference")
    await cell.talk("amy", "caller", "outside")
    amy.phone.do("hangup", amy.call_id)
    await cell.talk("caller", "outside")
    await cell.over([("amy", ""), (None, OUTSIDE)], {"amy": "ready"})


async def attended_to_an_agent(cell: Cell) -> None:
    """Asked, backed out of, asked again, handed over."""
    amy = amy_of(cell)
    for act in ("cancel", "complete"):
        await cell.send("attended", "agent")
        await cell.answer("agent")
        await cell.talk("amy", "ben")
        await cell.waits("caller", "amy", "ben")
        await amy.sees_state("held")
        await cell.consult(act)
        await cell.talk("caller", "amy" if act == "cancel" else "ben")
        await cell.floor.agents["ben"].sees_state("ready" if act == "cancel" else "talking")
    await amy.phone.hears_of("ended")
    await cell.over([("amy", ""), ("ben", "")], {"amy": "ready", "ben": "ready"})


async def attended_to_a_queue(cell: Cell) -> None:
    """Who was asked hangs up again; asked anew, turned from and to, handed over."""
    amy = amy_of(cell)
    await cell.send("attended", "queue")
    await cell.answer("queue")
    await cell.talk("amy", "gus")
    await cell.target_hangs_up("queue")
    await cell.talk("caller", "amy")
    await cell.floor.agents["gus"].sees_state("ready")
    await cell.send("attended", "queue")
    await cell.answer("queue")
    await cell.talk("amy", "gus")
    await cell.consult("swap")
    await cell.talk("amy", "caller")
    await cell.waits("gus", "amy", "caller")
    await cell.consult("complete")
    await cell.talk("caller", "gus")
    await amy.phone.hears_of("ended")
    await cell.over([("amy", ""), ("gus", "")], {"amy": "ready", "gus": "wrap_up"})


async def attended_by_refer_with_replaces(cell: Cell) -> None:
    """First one that names no dialog of the call, then the consultation's."""
    amy = amy_of(cell)
    await cell.send("attended", "outside")
    await cell.answer("outside")
    await cell.talk("amy", "outside")
    amy.refers("somebody@example.org?Replaces=not-ours%3Bto-tag%3D1%3Bfrom-tag%3D2")
    await amy.is_told(481, final=True)
    await cell.talk("amy", "outside")
    aside = (await cell.floor.outside.hears_of("up"))["sip_call_id"].replace("@", "%40")
    amy.refers(f"somebody@example.org?Replaces={aside}%3Bto-tag%3D1%3Bfrom-tag%3D2")
    await amy.is_told(200, final=True)
    await cell.talk("caller", "outside")
    await cell.over([("amy", ""), (None, OUTSIDE)], {"amy": "ready"})


async def blind_by_refer_to_an_agent(cell: Cell) -> None:
    amy = amy_of(cell)
    await cell.floor.agents["gus"].do("/agent/status", status="break")
    amy.refers("gus@example.org")
    await amy.is_told(480, final=True)  # he is not ready: nothing has changed
    await cell.talk("caller", "amy")
    amy.refers("ben@example.org")
    await amy.is_told(100, final=False)
    await amy.phone.hears_of("ended")
    await amy.sees_state("ready")
    await cell.floor.agents["ben"].accept()
    await cell.talk("caller", "ben")
    await cell.over([("amy", ""), ("ben", "")], {"amy": "ready", "ben": "ready"})


async def blind_by_refer_to_a_queue(cell: Cell) -> None:
    amy = amy_of(cell)
    amy.refers("technical@example.org")
    await amy.is_told(200, final=True)
    await amy.phone.hears_of("ended")
    await cell.answer("queue")
    await cell.talk("caller", "gus")
    await cell.over([("amy", ""), ("gus", "")], {"amy": "ready", "gus": "wrap_up"})


async def blind_by_refer_to_a_flow(cell: Cell) -> None:
    amy = amy_of(cell)
    amy.refers("8200@example.org")  # the number of the technical flow
    await amy.is_told(200, final=True)
    await cell.answer("queue")
    await cell.talk("caller", "gus")
    await cell.over([("amy", ""), ("gus", "")], {"amy": "ready", "gus": "wrap_up"})


async def blind_by_refer_to_an_outside_number(cell: Cell) -> None:
    """Called by way of the carrier, as the queue, whatever host the phone names."""
    amy = amy_of(cell)
    amy.refers(f"{OUTSIDE}@example.org")
    await amy.is_told(100, final=False)
    await amy.phone.hears_of("ended")
    await amy.sees_state("ready")
    await cell.answer("outside")
    await cell.talk("caller", "outside")
    await cell.over([("amy", ""), (None, OUTSIDE)], {"amy": "ready"})


async def blind_to_outside_and_back_when_refused(cell: Cell) -> None:
    amy = amy_of(cell)
    await cell.send("blind", "outside")
    await cell.reject("outside")
    assert (await amy.offered(within_s=RING_S + 10))["purpose"] == "return"
    await amy.accept()
    await cell.talk("caller", "amy")
    await cell.over([("amy", ""), ("amy", "")], {"amy": "ready"})


FEATURES: tuple[Callable[[Cell], Awaitable[None]], ...] = (
    hold_mute_record_and_keys,
    attended_to_outside_and_conference,
    attended_to_an_agent,
    attended_to_a_queue,
    attended_by_refer_with_replaces,
    blind_by_refer_to_an_agent,
    blind_by_refer_to_a_queue,
    blind_by_refer_to_a_flow,
    blind_by_refer_to_an_outside_number,
    blind_to_outside_and_back_when_refused,
)


@pytest.mark.parametrize("feature", FEATURES, ids=lambda feature: str(feature.__name__))
@aio
async def test_in_a_call(floor: Floor, feature: Callable[[Cell], Awaitable[None]]) -> None:
    await feature(await floor.customer_with_amy())


@aio
async def test_a_phone_that_rings_out_is_rona_and_a_refused_one_is_rejected(floor: Floor) -> None:
    amy = floor.agents["amy"]
    assert isinstance(amy, DeskAgent)
    for how, reason in (("rings out", "missed_offer"), ("refuses", "rejected_offer")):
        await amy.make_ready()
        for each in (floor.caller, amy.phone):
            each.forget()
        floor.caller.dial(floor.centre, next(floor.numbers), (), entry="8100")
        call = await amy.phone.rings()
        if how == "refuses":
            amy.phone.do("refuse", call)
        await amy.sees_state("not_ready", within_s=RING_S + 10)
        assert amy.console.own["reason"] == reason
        await amy.phone.hears_of("ended")
        floor.caller.hang_up()
        await floor.caller.hears_of("ended")


@pytest.mark.parametrize("answers", [True, False])
@aio
async def test_click_to_dial_rings_the_phone_first(floor: Floor, answers: bool) -> None:
    amy = floor.agents["amy"]
    assert isinstance(amy, DeskAgent)
    for each in (floor.outside, amy.phone):
        each.forget()
    began = await amy.console.post("/calls", to=OUTSIDE, queue="billing")
    assert began.status_code == 201, began.text
    call = await amy.phone.rings()
    await amy.sees(
        lambda: (amy.console.desk.get("call") or {}).get("stage") == "own_device", what="own phone first"
    )
    assert floor.outside.told("invited") is None
    if not answers:
        amy.phone.do("refuse", call)
        await amy.sees(lambda: amy.console.desk.get("call_failed"), what="why it failed")
        assert amy.console.desk["call_failed"]["cause"] == "own_declined"
        await amy.is_out_of_calls()
        return
    amy.call_id = call
    amy.phone.do("answer", call)
    cell = Cell(floor, began.json()["contact"])
    cell.outside_call = await floor.outside.rings()
    floor.calls_as("billing")
    await until(lambda: amy.hears(RINGING_HZ), what="the ringing tone at the phone")
    floor.outside.do("progress", cell.outside_call)
    await until(lambda: amy.hears(OUTSIDE_HZ), what="what the number says before it answers")
    assert floor.outside.told("up") is None
    floor.outside.do("answer", cell.outside_call)
    await cell.talk("amy", "outside")
    amy.phone.do("hangup", call)
    await floor.outside.hears_of("ended")
    await amy.is_out_of_calls()
