"""`kill -9` of the core: with one caller talking and one in the queue nobody notices, and all goes on; who
keyed that he wants to be called back, and hung up, is called and served in his old place."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from contact_center.cti.view import Row
from contact_center.customers.record import Customer
from tests.e2e.centre import Centre, running
from tests.e2e.ears import decoded, hold_music, longest_gap_s, longest_pause_s, longest_without_music_s
from tests.e2e.outside import OUTSIDE_HZ, OutsidePhone
from tests.e2e.people import AGENT_HZ, CALLER_HZ, Supervisor, agent, caller, supervisor
from tests.support import aio, run, until

TRUNK = """
version = 1
[[trunk]]
name = "carrier"
targets = ["sip:{sip}"]
sources = ["127.0.0.1/32"]
numbers = ["+1"]
keepalive_s = 0
"""
NOTICEABLE_S = 0.3
AFTERWARDS_S = 3.0
"""How long both are listened to once the new core is there."""


@pytest.fixture(scope="module")
def customers_phone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OutsidePhone]:
    """Behind the carrier; it keys a 1 three seconds after it answers."""
    phone = run(OutsidePhone.open(tmp_path_factory.mktemp("carrier"), "--digits", "1@3"))
    yield phone
    run(phone.end())


@pytest.fixture(scope="module")
def mortal(
    company_database: Path,
    prompts: Path,
    customers_phone: OutsidePhone,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Centre]:
    """A centre whose core is killed."""
    trunks = tmp_path_factory.mktemp("trunks") / "trunks.toml"
    trunks.write_text(TRUNK.format(sip=customers_phone.sip), "utf-8")
    with running(company_database, prompts, CC_TRUNKS_FILE=str(trunks)) as centre:
        yield centre


async def other_core(centre: Centre, sofia: Supervisor) -> None:
    """Kill the core and wait until the next one has settled and feeds its readers."""
    old, epoch = centre.pid("core"), sofia.epoch
    os.kill(old, signal.SIGKILL)
    await until(lambda: not _alive(old), what="the death of the core")
    await until(lambda: _other(centre, old), within_s=30.0, what="another core process")
    await sofia.sees(lambda: sofia.epoch != epoch, what="the new core's snapshot", within_s=30.0)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _other(centre: Centre, old: int) -> bool:
    try:
        return centre.pid("core") != old
    except AssertionError:
        return False


@aio
async def test_nobody_on_the_telephone_notices_the_death_of_the_core(
    mortal: Centre, people: list[Customer], tmp_path: Path
) -> None:
    centre = mortal
    async with (
        supervisor(centre) as sofia,
        agent(centre, "amy") as amy,
        caller(tmp_path) as talking,
        caller(tmp_path) as queued,
    ):
        await amy.make_ready()
        talking.dial(centre, people[0].numbers[0])
        call = await amy.accept()
        first = call["contact"]
        await until(talking.hears_agent, what="the agent's tone at the caller")
        await until(amy.hears_caller, what="the caller's tone at the agent")
        queued.dial(centre, people[1].numbers[0])
        second = (await sofia.contact_of(people[1].numbers[0]))["id"]
        await sofia.sees(lambda: sofia.rows["contacts"][second]["state"] == "waiting", what="in line")
        await until(lambda: queued.hears_music(centre), what="music")

        before = {name: dict(sofia.rows["contacts"][name]) for name in (first, second)}
        pop = amy.console.desk["call"]["pop"]
        talk_s, wait_s = talking.heard_s, queued.heard_s
        heard, spoken = len(amy.heard), len(amy.spoken_at)
        await other_core(centre, sofia)
        back_s = talking.heard_s
        await until(
            lambda: talking.heard_s > back_s + AFTERWARDS_S,
            within_s=15.0,
            what="the talk going on",
        )

        # This process speaks for the agent: where it was held up itself, nobody can hear it.
        own_s = longest_pause_s(amy.spoken_at[spoken:])
        assert longest_gap_s(talking.heard(talk_s), AGENT_HZ) < NOTICEABLE_S + own_s
        assert longest_gap_s(decoded(amy.heard[heard:]), CALLER_HZ) < NOTICEABLE_S
        assert longest_pause_s([at for at, _ in amy.heard[heard:]]) < NOTICEABLE_S + own_s
        assert longest_without_music_s(queued.heard(wait_s), hold_music(centre)) < 2 * NOTICEABLE_S
        assert talking.told("ended") is None
        assert queued.told("ended") is None
        assert set(sofia.rows["contacts"]) == {first, second}
        for name, row in before.items():
            now = sofia.rows["contacts"][name]
            assert {key: now[key] for key in row} == row
        assert sofia.rows["agents"]["amy"]["state"] == "talking"
        await amy.sees(lambda: (amy.console.desk.get("call") or {}).get("pop"), what="the pop again")
        assert amy.console.desk["call"]["contact"] == first
        assert amy.console.desk["call"]["pop"]["customer"] == pop["customer"]
        assert amy.console.desk["call"]["pop"]["path"] == pop["path"]
        assert amy.console.desk["call"]["since"] == call["since"]

        talking.hang_up()
        await amy.sees_state("wrap_up")
        await amy.wrap_up(first)
        ended = await talking.hears_of("ended")
        assert (await amy.accept())["contact"] == second
        await until(queued.hears_agent, what="the agent's tone at the second caller")
        await until(amy.hears_caller, what="the second caller's tone at the agent")
        await amy.do(f"/contacts/{second}/hang-up")
        await amy.wrap_up(second)
        await queued.hears_of("ended")

        story = await sofia.story(first, complete)
        assert story["outcome"] == "handled"
        established = next(e["at"] for e in story["events"] if e["event"]["type"] == "Established")
        assert abs(story["talk_s"] - (story["ended_at"] - established)) < 0.5
        assert story["talk_s"] < ended["seconds"]
        other = await sofia.story(second, complete)
        assert other["outcome"] == "handled"
        waited_s = next(e["at"] for e in other["events"] if e["event"]["type"] == "Established")
        assert abs(other["wait_s"] - (waited_s - before[second]["enqueued_at"])) < 0.5
        for each in (story, other):
            told_once(each)
        stored = (await sofia.get("/interactions?limit=500"))["interactions"]
        assert [row["contact"] for row in stored].count(first) == 1
        assert [row["contact"] for row in stored].count(second) == 1


@aio
async def test_called_back_in_the_old_place_after_the_core_was_killed(
    mortal: Centre, customers_phone: OutsidePhone, people: list[Customer], tmp_path: Path
) -> None:
    centre, phone, customer = mortal, customers_phone, people[2]
    number = customer.numbers[0]

    def in_the_flow() -> Row:
        return sofia.rows["contacts"][asking]

    async with supervisor(centre) as sofia, agent(centre, "amy") as amy, caller(tmp_path) as person:
        person.dial(centre, number)
        asking = (await sofia.contact_of(number))["id"]
        await sofia.sees(lambda: in_the_flow()["state"] == "waiting", what="in line")
        enqueued_at = in_the_flow()["enqueued_at"]
        person.press("1")  # out of the line
        await sofia.sees(lambda: in_the_flow()["node"] == "billing_callback", what="the offer of a callback")
        person.press("1")  # at this number
        await sofia.sees(lambda: sofia.rows.get("callbacks"), what="a callback", within_s=30.0)
        await person.hears_of("ended")
        (kept,) = sofia.rows["callbacks"].values()
        assert (kept["number"], kept["state"], kept["asked_in"]) == (number, "waiting", asking)
        assert kept["enqueued_at"] == enqueued_at, "his old place"
        await sofia.sees(lambda: not sofia.rows.get("contacts"), what="the end of his call")
        await sofia.sees(
            lambda: [sofia.queue("billing")[each] for each in ("waiting", "callbacks_waiting")] == [0, 1],
            what="a callback in line",
        )
        before = await sofia.story(asking, lambda row: row["outcome"] is not None)
        assert (before["outcome"], before["callback"]) == ("callback", kept["id"])
        abandoned = sofia.queue("billing")["abandoned"]

        await other_core(centre, sofia)
        (again,) = sofia.rows["callbacks"].values()
        assert again == kept

        await amy.make_ready()
        phone.do("answer", await phone.rings())
        offer = await amy.offered()
        assert offer["callback"] == {"since": kept["enqueued_at"], "attempt": 1}
        assert offer["pop"]["customer"]["id"] == customer.id
        contact = (await amy.accept())["contact"]
        await until(phone.hears_agent, what="the agent's tone at the customer")
        await until(lambda: amy.hears(OUTSIDE_HZ), what="the customer's tone at the agent")
        assert not amy.hears(CALLER_HZ)
        await amy.do(f"/contacts/{contact}/hang-up")
        await amy.wrap_up(contact)

        story = await sofia.story(contact, lambda row: row["outcome"] and row["disposition"])
        assert (story["callback"], story["asked_in"], story["outcome"]) == (kept["id"], asking, "handled")
        answered_at = next(e["at"] for e in story["events"] if e["event"]["type"] == "Established")
        assert abs(story["wait_s"] - (answered_at - enqueued_at)) < 0.5
        kinds = [each["event"]["type"] for each in story["events"]]
        told = [kind for kind in kinds if kind.startswith("Callback")]
        assert told == ["CallbackAttempted", "CallbackAnswered", "CallbackDone"]
        assert sofia.queue("billing")["abandoned"] == abandoned
        (done,) = (await sofia.get("/callbacks"))["callbacks"]
        assert (done["id"], done["state"], done["agent"]) == (kept["id"], "done", "amy")


def complete(row: Row) -> bool:
    return row["ended_at"] is not None and row["wrap_up_s"] > 0


def told_once(story: Row) -> None:
    """Every event of a contact stands in the log once, in order."""
    numbers = [event["seq"] for event in story["events"]]
    assert numbers == sorted(set(numbers))
    kinds = [event["event"]["type"] for event in story["events"]]
    for once in (
        "ContactArrived",
        "CustomerIdentified",
        "Queued",
        "OfferMade",
        "Established",
        "ContactEnded",
    ):
        assert kinds.count(once) == 1, kinds
