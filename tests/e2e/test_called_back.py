"""A caller keys that he wants to be called back, and hangs up; the core dies; he is called and served."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from contact_center.customers.record import Customer
from tests.e2e.centre import Centre, running
from tests.e2e.outside import OUTSIDE_HZ, OutsidePhone
from tests.e2e.people import CALLER_HZ, agent, caller, supervisor
from tests.e2e.test_core_killed import other_core
from tests.support import aio, until

ASKS = (("11", 0.5), ("1", 12.0), ("1", 14.0))
"""English, billing; out of the line; called back at this number. Each key waits for what it answers."""
TRUNK = """
version = 1
[[trunk]]
name = "carrier"
targets = ["sip:{sip}"]
sources = ["127.0.0.1/32"]
numbers = ["+1"]
keepalive_s = 0
"""


@asynccontextmanager
async def carrier(folder: Path) -> AsyncIterator[tuple[OutsidePhone, Path]]:
    """A carrier with one phone behind it, which keys a 1 three seconds after it answers; its trunks file."""
    phone = await OutsidePhone.open(folder, "--digits", "1@3")
    trunks = folder / "trunks.toml"
    trunks.write_text(TRUNK.format(sip=phone.sip), "utf-8")
    try:
        yield phone, trunks
    finally:
        await phone.end()


@aio
async def test_called_back_in_the_old_place_after_the_core_was_killed(
    company_database: Path, prompts: Path, people: list[Customer], tmp_path: Path
) -> None:
    async with carrier(tmp_path) as (phone, trunks):
        with running(company_database, prompts, CC_TRUNKS_FILE=str(trunks)) as centre:
            await walk(centre, phone, people[2], tmp_path)


async def walk(centre: Centre, phone: OutsidePhone, customer: Customer, folder: Path) -> None:
    number = customer.numbers[0]
    async with supervisor(centre) as sofia, agent(centre, "amy") as amy, caller(folder) as person:
        person.dial(centre, number, ASKS)
        asking = (await sofia.contact_of(number))["id"]
        await sofia.sees(lambda: sofia.rows.get("callbacks"), what="a callback", within_s=30.0)
        await person.hears_of("ended")
        (kept,) = sofia.rows["callbacks"].values()
        assert (kept["number"], kept["state"], kept["asked_in"]) == (number, "waiting", asking)
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
        assert story["wait_s"] > 8.0
        kinds = [each["event"]["type"] for each in story["events"]]
        told = [kind for kind in kinds if kind.startswith("Callback")]
        assert told == ["CallbackAttempted", "CallbackAnswered", "CallbackDone"]
        assert sofia.queue("billing")["abandoned"] == abandoned
        (done,) = (await sofia.get("/callbacks"))["callbacks"]
        assert (done["id"], done["state"], done["agent"]) == (kept["id"], "done", "amy")
