"""What happens when nobody answers: the caller gives up, or the agent lets it ring."""

from pathlib import Path

from contact_center.cti.view import Row
from contact_center.customers.record import Customer
from tests.e2e.centre import Centre, metric
from tests.e2e.conftest import OFFER_TIMEOUT_S
from tests.e2e.people import agent, caller, supervisor
from tests.support import aio, until

ABANDONED = 'cc_contacts_ended_total{outcome="abandoned",queue="billing"}'


def ended(row: Row) -> bool:
    return row["ended_at"] is not None


@aio
async def test_a_caller_who_gives_up_is_an_abandon_and_everywhere_the_same_number(
    centre: Centre, people: list[Customer], tmp_path: Path
) -> None:
    async with supervisor(centre) as sofia, caller(tmp_path) as person:
        before, counted = dict(sofia.queue("billing")), metric(centre, ABANDONED)
        reported = await sofia.report("billing")
        person.dial(centre, people[3].numbers[0])
        contact = (await sofia.contact_of(people[3].numbers[0]))["id"]
        await sofia.sees(
            lambda: sofia.queue("billing")["waiting"] == before["waiting"] + 1, what="one caller waiting"
        )
        assert sofia.queue("billing")["longest_since"] is not None
        await until(lambda: person.hears_music(centre), what="music")
        person.hang_up()
        await sofia.sees(lambda: contact not in sofia.rows["contacts"], what="the contact gone")

        story = await sofia.story(contact, ended)
        assert story["outcome"] == "abandoned"
        assert story["queue"] == "billing"
        assert story["agent"] is None
        assert story["wait_s"] > 1.0
        assert [event["event"]["type"] for event in story["events"]][-2:] == [
            "ConnectionCleared",
            "ContactEnded",
        ]
        await sofia.sees(
            lambda: sofia.queue("billing")["abandoned"] == before["abandoned"] + 1, what="an abandon more"
        )
        await sofia.sees(lambda: sofia.queue("billing")["waiting"] == before["waiting"], what="none waiting")
        assert (await sofia.report("billing"))["abandoned"] == reported["abandoned"] + 1
        assert sofia.queue("billing")["abandoned"] == (await sofia.report("billing"))["abandoned"]
        assert metric(centre, ABANDONED) == counted + 1, "counted since this core started, and once"


@aio
async def test_an_agent_who_misses_an_offer_is_not_ready_and_the_caller_is_first_again(
    centre: Centre, people: list[Customer], tmp_path: Path
) -> None:
    async with (
        supervisor(centre) as sofia,
        agent(centre, "amy") as amy,
        agent(centre, "ben") as ben,
        caller(tmp_path) as first,
        caller(tmp_path) as second,
    ):
        missed = sofia.queue("billing")["rona"]
        await amy.make_ready()
        first.dial(centre, people[4].numbers[0])
        contact = (await sofia.contact_of(people[4].numbers[0]))["id"]
        offer = await amy.offered()
        assert offer["contact"] == contact
        await sofia.sees(lambda: sofia.rows["contacts"][contact]["state"] == "offered", what="offered")
        enqueued_at = sofia.rows["contacts"][contact]["enqueued_at"]
        second.dial(centre, people[5].numbers[0])
        other = (await sofia.contact_of(people[5].numbers[0]))["id"]

        await amy.sees_state("not_ready", within_s=OFFER_TIMEOUT_S + 5.0)
        assert amy.console.own["reason"] == "missed_offer"
        await sofia.sees(lambda: sofia.rows["contacts"][contact]["state"] == "waiting", what="back in line")
        await sofia.sees(lambda: sofia.rows["contacts"][other]["state"] == "waiting", what="both waiting")
        assert sofia.rows["contacts"][contact]["returned"] == 1
        assert sofia.rows["contacts"][other]["returned"] == 0
        assert sofia.rows["contacts"][contact]["enqueued_at"] == enqueued_at
        await sofia.sees(lambda: sofia.queue("billing")["rona"] == missed + 1, what="a missed offer more")

        await ben.make_ready()
        assert (await ben.offered())["contact"] == contact
        await ben.accept()
        await until(first.hears_agent, what="the agent's tone at the first caller")
        await until(ben.hears_caller, what="the caller's tone at the agent")
        second.hang_up()
        await second.hears_of("ended")
        await ben.do(f"/contacts/{contact}/hang-up")
        await ben.wrap_up(contact)
        await first.hears_of("ended")
        story = await sofia.story(contact, lambda row: ended(row) and row["wrap_up_s"] > 0)
        assert (story["outcome"], story["agent"], story["rona_count"]) == ("handled", "ben", 1)
        lapsed = [e["event"] for e in story["events"] if e["event"]["type"] == "OfferLapsed"]
        assert [(each["agent"], each["reason"]) for each in lapsed] == [("amy", "rona")]
        assert (await sofia.story(other, ended))["outcome"] == "abandoned"
