"""A call through a centre that keeps its records in PostgreSQL and tells its events to Redis."""

from pathlib import Path

from contact_center.cti.bus_redis import RedisStream
from contact_center.cti.events import contact_of
from contact_center.cti.view import Row
from contact_center.customers.record import Customer
from tests.e2e.centre import running
from tests.e2e.people import agent, caller, supervisor
from tests.support import aio, until


def finished(row: Row) -> bool:
    return row["ended_at"] is not None and row["wrap_up_s"] > 0


@aio
async def test_a_call_is_kept_in_postgresql_and_told_to_redis(
    company_on_postgres: str, redis_server: str, prompts: Path, people: list[Customer], tmp_path: Path
) -> None:
    with running(company_on_postgres, prompts, CC_REDIS_URL=redis_server) as centre:
        async with supervisor(centre) as sofia, agent(centre, "amy") as amy, caller(tmp_path) as person:
            await amy.make_ready()
            person.dial(centre, people[0].numbers[0])
            contact = (await amy.accept())["contact"]
            await until(person.hears_agent, what="the agent's tone at the caller")
            await until(amy.hears_caller, what="the caller's tone at the agent")
            person.hang_up()
            await amy.wrap_up(contact)
            story = await sofia.story(contact, finished)
            assert (story["outcome"], story["disposition"]) == ("handled", "resolved")
            assert not (centre.home / "contact-center.db").exists()

            stream = RedisStream(redis_server)
            first = story["events"][0]["seq"]
            log = await stream.read(first - 1, 1000)
            await stream.close()
            assert [recorded.seq for recorded in log] == list(range(first, first + len(log)))
            told = [(recorded.seq, recorded.id) for recorded in log if contact_of(recorded.event) == contact]
            assert told == [(event["seq"], event["id"]) for event in story["events"]]
